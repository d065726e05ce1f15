"""The engine and the naive twin tell the same story of every stream with swaps: positions, margin,
ledger, refusals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from seawall.core.model.genesis_check import genesis_fault
from tests.laws import naive_reserves, shrinking
from tests.laws.naive_ledger import E8, NaiveOrder
from tests.laws.naive_margin import NaiveTiers
from tests.laws.naive_swap_twin import NaiveSwapTwin
from tests.laws.naive_swaps import NaiveSwaps
from tests.laws.swap_driving import Told, compare
from tests.laws.swap_strategies import swap_stream
from tests.laws.swap_worlds import SWAP_FLAVOURS, SwapWorld, swap_world_of
from tests.laws.worlds import Step, seeds

WISHES = 150
SEEN: dict[str, Counter[str]] = {}


def story(flavour: str, seed: int) -> tuple[SwapWorld, list[Step]]:
    """A world and its stream."""
    world, draw = swap_world_of(flavour, seed)
    return world, swap_stream(world, draw, WISHES)


def check(flavour: str, seed: int) -> Told:
    """Compare over the stream of a seed; a difference is told with the smallest stream."""
    world, steps = story(flavour, seed)
    assert genesis_fault(world.genesis) == ""
    told = compare(world.genesis, steps)
    if told.difference:
        small = shrinking.smallest(
            steps[: told.seq], lambda some: compare(world.genesis, some).difference != ""
        )
        found = compare(world.genesis, small).difference
        pytest.fail(f"{flavour} world, seed {seed}:\n{shrinking.told(small)}\n{found}")
    return told


@pytest.mark.slow
@pytest.mark.parametrize("flavour", SWAP_FLAVOURS)
def test_engine_and_twin_tell_the_same_story_of_swaps(flavour: str) -> None:
    """A rule misread in one place would be misread differently in the other."""
    counts: Counter[str] = Counter()
    for seed in seeds(few=5, many=600):
        told = check(flavour, seed)
        counts += told.counts
        counts["liquidated"] += told.is_liquidated
    SEEN[flavour] = counts


# What the streams of all flavours together must contain, so that silence is no agreement.
AT_LEAST = {
    "swap fills": 200,
    "spot fills": 10,
    "rebates": 20,
    "flips": 10,
    "closes": 40,
    "trims": 10,
    "amends": 30,
    "positions of mode 1": 200,
    "positions of mode 2": 80,
    "FundingSettled": 2,
    "FundingPaid": 4,
    "index 1/0": 500,
    "index 2/0": 5,  # degraded
    "index 3/0": 3,  # to be confirmed
    "index 4/1": 50,  # held, stale
    "index 4/2": 5,  # held, disputed
    "swap cancel 1": 50,  # immediate or cancel
    "swap cancel 2": 50,  # fill or kill
    "swap cancel 3": 10,  # post only
    "swap cancel 4": 50,  # self trade
    "swap cancel 5": 20,  # expired
    "swap cancel 12": 2,  # the band
    "swap cancel 13": 20,  # reduce only
    "reject 109": 10,  # post-only mode
    "reject 110": 10,  # reduce-only mode
    "reject 111": 50,  # price uncertain
    "reject 200": 5,  # flags
    "reject 210": 20,  # margin mode
    "reject 211": 4,  # another mode is in use
    "reject 212": 20,  # leverage
    "reject 215": 5,  # price limit
    "reject 303": 30,  # no market
    "reject 307": 30,  # nothing to reduce
    "reject 308": 50,  # no position
    "reject 400": 50,  # balance
    "reject 404": 50,  # margin
    "reject 405": 5,  # margin that must stay
}


@pytest.mark.slow
def test_the_streams_really_do_things() -> None:
    """Green by emptiness is failure."""
    for flavour in SWAP_FLAVOURS:
        if flavour not in SEEN:
            test_engine_and_twin_tell_the_same_story_of_swaps(flavour)
    total = sum(SEEN.values(), Counter[str]())
    missing = {
        name: (total[name], least) for name, least in AT_LEAST.items() if total[name] < least
    }

    assert missing == {}
    assert total["too careful"] * 100 < total["swap fills"]
    assert total["liquidated"] < 5 * len(SWAP_FLAVOURS)


# Rules as somebody might misread them: (flavour, where it stands, its name, the wrong rule).


def no_gap(self: NaiveTiers, notional: int, lever: int) -> int:
    """Initial margin by leverage alone."""
    return -(-notional // lever)


def released_up(self: NaiveSwaps, order: NaiveOrder, lots: int, price: int) -> int:
    """A share of cost that rounds up."""
    position = self.position(order.account_id, order.instrument_id)
    if lots == 0:
        return 0
    released = -(-abs(position.cost) * lots // abs(position.size))
    value = self.value(order.instrument_id, lots, price)
    return value - released if position.size > 0 else released - value


def fees_down(amount: int, rate_e8: int) -> int:
    """Fees that round in favour of the trader."""
    return amount * rate_e8 // E8


def cut_newest(self: NaiveSwaps, *_: int) -> list[object]:
    """Reduce-only orders that are not cut."""
    return []


def mark_alone(self: NaiveSwaps, instrument_id: int) -> tuple[int, int]:
    """Doubtful prices that nobody doubts."""
    return self.markets[instrument_id].mark, self.markets[instrument_id].mark


def gains_leave(
    self: NaiveSwaps, account_id: int, asset_id: int, wish: object = None, **_: bool
) -> int:
    """Unrealised profit that may be taken out."""
    return TRUE_FREE(self, account_id, asset_id, wish)


TRUE_FREE = NaiveSwaps.free_margin


def keeps_all(self: NaiveSwaps, account_id: int, instrument_id: int) -> int:
    """Isolated margin of which nothing may be removed."""
    return 0


def all_modes_agree(self: NaiveSwapTwin, account_id: int, instrument_id: int) -> bool:
    """Margin modes that are never fixed."""
    return self.position(account_id, instrument_id).size != 0


def always_normal(self: NaiveSwapTwin, instrument_id: int) -> str:
    """A capability matrix of one column."""
    return "normal"


def no_band(self: NaiveSwaps, instrument_id: int, price: int) -> bool:
    """Fills anywhere."""
    return True


def fills_whatever(self: NaiveSwaps, taker: object) -> bool:
    """Fill-or-kill that does not look."""
    return True


def no_funding(self: NaiveSwaps) -> list[object]:
    """Nobody pays."""
    return []


def from_the_margin(self: NaiveSwaps, account_id: int, instrument_id: int) -> tuple[int, ...]:
    """Everything settles in the account's cash."""
    return (0, account_id)


WRONG_RULES: dict[str, tuple[str, object, str, Callable[..., object]]] = {
    "margin_ignores_brackets": ("large", NaiveTiers, "initial", no_gap),
    "cost_rounds_up": ("steady", NaiveSwaps, "closing_profit", released_up),
    "fees_round_down": ("steady", naive_reserves, "fee_of", fees_down),
    "reduce_only_is_not_cut": ("steady", NaiveSwaps, "trim", cut_newest),
    "one_price_is_enough": ("restless", NaiveSwaps, "endpoints", mark_alone),
    "profit_can_be_withdrawn": ("steady", NaiveSwaps, "free_margin", gains_leave),
    "margin_stays_forever": ("steady", NaiveSwaps, "removable", keeps_all),
    "orders_do_not_fix_the_mode": ("steady", NaiveSwaps, "is_in_use", all_modes_agree),
    "every_price_is_good": ("restless", NaiveSwapTwin, "grade", always_normal),
    "no_band": ("restless", NaiveSwaps, "is_in_band", no_band),
    "fok_fills_whatever": ("scarce", NaiveSwaps, "can_fill_swap_whole", fills_whatever),
    "no_funding": ("funded", NaiveSwaps, "pay_funding", no_funding),
    "isolated_is_cross": ("steady", NaiveSwaps, "purse", from_the_margin),
}


@pytest.mark.slow
@pytest.mark.parametrize("rule", WRONG_RULES)
def test_a_misread_rule_of_swaps_is_found(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a wrong twin the law turns red: the streams are rich enough that each rule matters."""
    flavour, place, name, wrong = WRONG_RULES[rule]
    monkeypatch.setattr(place, name, wrong)

    assert any(differs(flavour, seed) for seed in range(40))


def differs(flavour: str, seed: int) -> bool:
    """Whether engine and (wrong) twin differ over the stream of a seed."""
    world, steps = story(flavour, seed)
    try:
        return compare(world.genesis, steps).difference != ""
    except AssertionError:  # the wrong twin contradicts itself
        return True
