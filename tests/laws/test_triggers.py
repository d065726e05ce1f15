"""The firing index and a list that is searched from end to end agree on every path of prices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from seawall.core.engine import Engine
from seawall.core.engine.trailing import Algo
from seawall.core.engine.trigger_levels import TriggerLevel
from seawall.core.model.commands import CancelAlgo
from seawall.core.model.enums import AlgoType
from seawall.core.model.events import Event
from seawall.core.model.risk_events import AlgoAccepted, AlgoTriggered
from tests.core.engine.algo_venue import (
    BTC_INDEX,
    BUY,
    INDEX,
    INDEXED_SPOT,
    LAST,
    MARK,
    SELL,
    SPOT,
    SWAP,
    TICK_E8,
    AlgoVenue,
    fired,
    of_kind,
)
from tests.laws.naive_triggers import NaiveTriggers
from tests.laws.worlds import Draw, seeds

MARKETS = (SPOT, SWAP, INDEXED_SPOT)
KINDS = {SPOT: (LAST,), SWAP: (LAST, MARK, INDEX), INDEXED_SPOT: (LAST, INDEX)}
STEPS = 150


class Path:
    """A venue on a path of prices, and the twin that reads along."""

    def __init__(self, seed: int) -> None:
        self.draw = Draw(seed)
        self.venue = AlgoVenue(is_protected=False)
        self.twin = NaiveTriggers(
            dict.fromkeys(MARKETS, TICK_E8), {SWAP: BTC_INDEX, INDEXED_SPOT: BTC_INDEX}
        )
        self.price = 1_000
        self.entries: list[list[Event]] = []
        self.see(self.venue.tick(1_000))
        for market in MARKETS:
            self.see(self.venue.trade(1_000, market))

    def see(self, events: list[Event]) -> None:
        """Keep the entry, and let the twin read it."""
        self.entries.append(events)
        self.twin.see(events)

    def step(self) -> None:
        """One thing happens."""
        draw, venue = self.draw, self.venue
        market = draw.one(MARKETS)
        choice = draw.below(100)
        if choice < 40:
            self.see(venue.algo(1 + draw.below(20), market, **self.terms(market)))
        elif choice < 50 and venue.engine.state.algo_book.by_id:
            algo = draw.one(list(venue.engine.state.algo_book.by_id.values())).terms
            cancel = CancelAlgo(
                account_id=algo.account_id,
                instrument_id=algo.instrument_id,
                algo_id=self.id_of(algo),
            )
            self.see(venue.do(cancel))
        elif choice < 60:
            side = draw.one((BUY, SELL))
            away = self.near() if draw.chance(50) else self.price
            self.see(venue.order(21 + draw.below(4), side, away, 1 + draw.below(3), market))
        elif choice < 80:
            self.move()
            self.see(venue.order(25, SELL, self.price, 1, market))
            self.see(venue.order(26, BUY, self.price, 1, market))
        else:
            self.move()
            self.see(venue.tick(self.price))
        if draw.chance(10):
            venue.restart()

    def id_of(self, terms: Any) -> int:
        """The id of the waiting algo order with these terms."""
        waiting = self.venue.engine.state.algo_book.by_id
        return next(int(one) for one, algo in waiting.items() if algo.terms is terms)

    def move(self) -> None:
        """A little, or at times a lot."""
        reach = 60 if self.draw.chance(10) else 6
        self.price = max(100, self.price + self.draw.between(-reach, reach))

    def near(self) -> int:
        """A price near the present one."""
        return max(1, self.price + self.draw.between(-30, 30))

    def terms(self, market: int) -> dict[str, Any]:
        """An algo order that is accepted more often than not."""
        draw = self.draw
        type_ = draw.below(4)
        terms: dict[str, Any] = {
            "algo_type": type_,
            "side": draw.one((BUY, SELL)),
            "quantity": draw.between(1, 4),
            "trigger_by": draw.one(KINDS[market]),
            "self_trade_prevention": draw.below(3),
            "reduce_only": market == SWAP and draw.chance(20),
        }
        if type_ == AlgoType.TRAILING:
            if draw.chance(50):
                terms["callback_e8"] = draw.one((100_000, 1_000_000, 1_234_567, 5_000_000))
            else:
                terms["callback_ticks"] = draw.between(1, 40)
            terms["active_price"] = 0 if draw.chance(50) else self.near()
            return terms
        terms["trigger_price"] = self.near()
        terms["order_price"] = 0 if draw.chance(50) else self.near()
        if type_ == AlgoType.OCO:
            terms["second_trigger_by"] = draw.one(KINDS[market])
            terms["second_trigger_price"] = self.near()
            terms["second_order_price"] = 0 if draw.chance(50) else self.near()
        return terms


def walked(seed: int, steps: int = STEPS) -> Path:
    """A path to its end."""
    path = Path(seed)
    for _ in range(steps):
        path.step()
    return path


@pytest.mark.slow
def test_the_firing_index_agrees_with_a_search_of_the_whole_list() -> None:
    """Which fires, by which leg, at which price, in which order; also after restarts."""
    total = accepted = 0
    for seed in seeds(few=25, many=1_000):
        path = walked(seed)

        assert path.twin.complaints == [], f"seed {seed}"
        assert path.venue.engine.ledger_faults() == [], f"seed {seed}"
        waiting = path.venue.engine.state.algo_book.by_id
        assert sorted(waiting) == sorted(path.twin.waiting), f"seed {seed}"
        total += path.twin.fired
        accepted += sum(len(of_kind(events, AlgoAccepted)) for events in path.entries)
    assert total > 300 and accepted > 1.2 * total


def first_firing(path: Path) -> int:
    """The place of an entry in which at least two algo orders fired."""
    return next(place for place, events in enumerate(path.entries) if len(fired(events)) >= 2)


def missing(events: list[Event]) -> list[Event]:
    """One that should fire does not."""
    last = of_kind(events, AlgoTriggered)[-1]
    return [event for event in events if event is not last]


def out_of_turn(events: list[Event]) -> list[Event]:
    """The second comes before the first."""
    one, two = of_kind(events, AlgoTriggered)[:2]
    swapped = {id(one): two, id(two): one}
    return [swapped.get(id(event), event) for event in events]


def at_another_price(events: list[Event]) -> list[Event]:
    """One unit beside."""
    one = of_kind(events, AlgoTriggered)[0]
    return [replace(e, price_e8=one.price_e8 + 1) if e is one else e for e in events]


def other_leg(events: list[Event]) -> list[Event]:
    """The wrong leg."""
    one = of_kind(events, AlgoTriggered)[0]
    return [replace(e, leg=1 - one.leg) if e is one else e for e in events]


def twice(events: list[Event]) -> list[Event]:
    """It fires again."""
    return [*events, of_kind(events, AlgoTriggered)[0]]


@pytest.mark.parametrize("spoil", [missing, out_of_turn, at_another_price, other_leg, twice])
def test_the_twin_finds_a_wrong_firing(spoil: Callable[[list[Event]], list[Event]]) -> None:
    """What the twin cannot find it does not prove."""
    path = next(
        path
        for path in (walked(seed, 80) for seed in seeds(few=20, many=20))
        if any(len(fired(events)) >= 2 for events in path.entries)
    )
    place = first_firing(path)
    twin = NaiveTriggers(path.twin.ticks_e8, path.twin.indices)
    for events in path.entries[:place]:
        twin.see(events)
    assert twin.complaints == []

    assert twin.see(spoil(path.entries[place])).complaints != []


def forgotten_by_price(engine: Engine, algo: Algo) -> None:
    """No price finds it."""
    engine.state.algo_book.price(SPOT, LAST).falling.levels.clear()


def out_of_order(engine: Engine, algo: Algo) -> None:
    """The list of triggers is not sorted."""
    engine.state.algo_book.price(SPOT, LAST).falling.levels.reverse()


def out_of_its_level(engine: Engine, algo: Algo) -> None:
    """It hangs where it can not be taken out again."""
    assert algo.waiting is not None
    algo.waiting.level = None


def at_a_wrong_price(engine: Engine, algo: Algo) -> None:
    """The level says another price than the order."""
    assert algo.waiting is not None and algo.waiting.level is not None
    algo.waiting.level.key -= 1


def as_another_leg(engine: Engine, algo: Algo) -> None:
    """It would fire as the second of its legs."""
    assert algo.waiting is not None
    algo.waiting.leg = 1


def at_an_empty_level(engine: Engine, algo: Algo) -> None:
    """A price that nobody waits for any more."""
    engine.state.algo_book.price(SPOT, LAST).falling.levels.insert(0, TriggerLevel(-(10**9)))


def forgotten_by_account(engine: Engine, algo: Algo) -> None:
    """Its account does not list it."""
    del engine.state.algo_book.by_slot[algo.account_slot]


def miscounted(engine: Engine, algo: Algo) -> None:
    """The account's count is one too high."""
    account = engine.state.account(algo.terms.account_id)
    assert account is not None
    account.algos += 1


def lost_in_the_queue(engine: Engine, algo: Algo) -> None:
    """It fired, and nobody will make an order of it."""
    engine.state.algo_book.fire(algo, 0, 1)


@pytest.mark.parametrize(
    "breach",
    [
        forgotten_by_price,
        out_of_order,
        out_of_its_level,
        at_a_wrong_price,
        as_another_leg,
        at_an_empty_level,
        forgotten_by_account,
        miscounted,
        lost_in_the_queue,
    ],
)
def test_the_audit_finds_a_broken_index(breach: Callable[[Engine, Algo], None]) -> None:
    """Each of the checks of the audit turns red."""
    venue = AlgoVenue()
    venue.tick()
    venue.trade(1_000)
    venue.wait_for(trigger_price=950)
    newest = venue.wait_for(trigger_price=940)
    assert venue.engine.ledger_faults() == []
    breach(venue.engine, venue.engine.state.algo_book.by_id[newest])

    assert venue.engine.ledger_faults() != []
