"""Many algo orders at once: the order of their turns, and the bounds of a tick and of an entry."""

from __future__ import annotations

import pytest

from seawall.core.model.commands import (
    ALL_INSTRUMENTS,
    CancelAlgo,
    MassCancel,
    SetAccountState,
    SetFreeze,
    SetTradingState,
)
from seawall.core.model.enums import CancelReason, Side, TradingState
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import Event
from seawall.core.model.limits import (
    FILLS_PER_ENTRY_MAX,
    FIRED_PER_TICK_MAX,
    ORDERS_PER_ENTRY_MAX,
    TICK_EVENTS_MAX,
)
from seawall.core.model.order_events import OrderAccepted, OrderFilled
from seawall.core.model.rejects import RejectReason
from seawall.core.model.risk_events import AlgoAccepted, AlgoCancelled, AlgoTriggered
from tests.core.engine.algo_venue import (
    BUY,
    LAST,
    MARK,
    SELL,
    SPOT,
    SWAP,
    AlgoVenue,
    fired,
    of_kind,
)

PER_ACCOUNT = 200


def stops(venue: AlgoVenue, count: int, *, trigger_by: int, market: int = SPOT) -> list[int]:
    """So many stops at one price, of accounts 1, 2, 3 in turns of 200."""
    return [
        venue.wait_for(
            who=1 + number // PER_ACCOUNT,
            market=market,
            trigger_price=950,
            trigger_by=trigger_by,
        )
        for number in range(count)
    ]


def bids(venue: AlgoVenue, count: int, *, market: int, quantity: int = 1) -> None:
    """So many orders of account 25 that buy, at prices of their own."""
    for number in range(count):
        venue.order(25, BUY, 945 - number % 40, quantity, market)


def check_ids(events: list[Event]) -> None:
    """No two orders and no two trades of an entry share an id."""
    orders = [event.order_id for event in of_kind(events, OrderAccepted)]
    trades = [event.trade_id for event in of_kind(events, OrderFilled)]
    assert len(set(orders)) == len(orders) and len(set(trades)) == len(trades)
    assert len(orders) <= ORDERS_PER_ENTRY_MAX and len(trades) <= ORDERS_PER_ENTRY_MAX


@pytest.mark.slow
@pytest.mark.parametrize("is_restarted", [False, True], ids=["", "restarted"])
def test_2500_stops_by_mark_take_three_ticks_in_the_order_of_placement(is_restarted: bool) -> None:
    """A thousand a tick at most, and each becomes an order once."""
    venue = AlgoVenue(is_protected=False)
    venue.tick(1_000, times=2)
    bids(venue, 2_500, market=SWAP)
    ids = stops(venue, 2_500, trigger_by=MARK, market=SWAP)
    taken: list[int] = []
    counts = []
    price: int | None = 950
    for _ in range(4):
        events = venue.tick(price)
        price = 1_200  # what fired stays fired
        check_ids(events)
        assert len(events) < TICK_EVENTS_MAX + 100
        assert venue.engine.ledger_faults() == []
        counts.append(len(fired(events)))
        taken += fired(events)
        if is_restarted:
            venue.restart()

    assert taken == ids
    assert counts == [1_000, 1_000, 500, 0] and max(counts) == FIRED_PER_TICK_MAX
    assert fired(venue.tick()) == []


@pytest.mark.slow
def test_a_cascade_by_the_last_price_stops_and_goes_on_in_the_tick() -> None:
    """One trade fires 2,500 stops; the entry takes what it may, trades between the ticks take
    none.
    """
    venue = AlgoVenue()
    venue.tick()
    venue.trade(1_000)
    bids(venue, 2_500, market=SPOT)
    ids = stops(venue, 2_500, trigger_by=LAST)
    venue.order(30, SELL, 950, 1)
    events = venue.order(29, BUY, 950, 1)
    taken = fired(events)
    check_ids(events)
    assert 0 < len(taken) <= FIRED_PER_TICK_MAX
    for _ in range(20):
        if len(taken) == 2_500:
            break
        assert fired(venue.order(28, SELL, 0, 1)) == []
        before = len(taken)
        events = venue.tick()
        check_ids(events)
        taken += fired(events)
        assert before < len(taken) <= before + FIRED_PER_TICK_MAX

    assert taken == ids
    assert venue.engine.ledger_faults() == []


@pytest.mark.slow
def test_a_tick_stops_when_it_has_said_enough() -> None:
    """Each stop of these cancels two orders of its own account before it trades: six events."""
    venue = AlgoVenue(is_protected=False)
    venue.tick(1_000, times=2)
    for number in range(1_000):
        who = 1 + number // PER_ACCOUNT
        for maker in (who, who, 25):
            venue.order(maker, BUY, 945, 1, SWAP)
    ids = stops(venue, 1_000, trigger_by=MARK, market=SWAP)
    first = venue.tick(950)
    second = venue.tick(950)

    assert 700 < len(fired(first)) < 1_000 and len(first) < TICK_EVENTS_MAX + 100
    assert fired(first) + fired(second) == ids
    assert venue.engine.state.trades_max == ORDERS_PER_ENTRY_MAX


@pytest.mark.slow
def test_a_frozen_venue_keeps_what_waits_for_its_turn() -> None:
    """It is not refused for the freeze, nor made an order in it; later the last price counts."""
    venue = AlgoVenue()
    venue.tick()
    venue.trade(1_000)
    bids(venue, 40, market=SPOT, quantity=100)
    ids = stops(venue, 1_010, trigger_by=LAST)
    venue.order(28, SELL, 946, 1)
    assert fired(venue.order(27, BUY, 946, 1)) == ids[:1_000]
    venue.do(SetFreeze(index_id=0, is_frozen=True, operator_id=1))
    assert fired(venue.tick(times=3)) == []
    venue.do(SetFreeze(index_id=0, is_frozen=False, operator_id=1, second_operator_id=2))
    venue.tick()

    assert fired(venue.trade(960)) == []
    assert fired(venue.trade(946)) == ids[1_000:]


def test_a_frozen_account_loses_its_stop_with_the_reason() -> None:
    """It may cancel only."""
    venue = AlgoVenue()
    venue.tick()
    venue.trade(1_000)
    venue.order(25, BUY, 940, 5)
    venue.wait_for(who=1, trigger_price=950)
    venue.do(SetAccountState(account_id=1, is_frozen=True))
    triggered = of_kind(venue.trade(950), AlgoTriggered)[0]

    assert (triggered.order_id, triggered.reason) == (0, RejectReason.ACCOUNT_FROZEN)


def test_a_stop_that_moves_the_price_fires_the_next() -> None:
    """Each is a command of its own: what its trades fire queues up behind those that wait."""
    venue = AlgoVenue()
    venue.tick()
    venue.trade(1_000)
    for price in (990, 980, 970, 960):
        venue.order(25, BUY, price, 1)
    deep = venue.wait_for(who=1, trigger_price=970)
    deeper = venue.wait_for(who=1, trigger_price=960)
    first = venue.wait_for(who=2, trigger_price=990)
    second = venue.wait_for(who=3, trigger_price=990)
    events = venue.order(4, SELL, 0, 1)

    assert fired(events) == [first, second, deep, deeper]
    assert [event.price // 1 for event in of_kind(events, OrderFilled)] == [990, 980, 970, 960]
    assert [event.order_id for event in of_kind(events, AlgoTriggered)][-1] == 0  # nobody is left


def test_those_that_fire_together_take_turns_by_placement() -> None:
    """Whatever their triggers and sides."""
    venue = AlgoVenue()
    venue.tick()
    venue.trade(1_000)
    ids = [
        venue.wait_for(who=1 + number, side=side, trigger_price=price)
        for number, (side, price) in enumerate(
            [(SELL, 960), (BUY, 990), (SELL, 970), (SELL, 951), (BUY, 950), (SELL, 999)]
        )
    ]

    assert fired(venue.trade(950)) == ids


@pytest.mark.slow
def test_a_stop_that_needs_more_trades_than_are_left_waits_for_the_next_tick() -> None:
    """It is not cut short for want of ids: 2,000 makers stand before it."""
    venue = AlgoVenue(is_protected=False)
    venue.tick(1_000, times=2)
    bids(venue, 3_000, market=SWAP)
    ids = [
        venue.wait_for(
            who=1,
            market=SWAP,
            quantity=1_500,
            trigger_price=950,
            trigger_by=MARK,
            order_price=900,
        )
        for _ in range(2)
    ]
    first = venue.tick(950)
    second = venue.tick(950)

    assert (fired(first), fired(second)) == ([ids[0]], [ids[1]])
    for events in (first, second):
        check_ids(events)
        assert len(of_kind(events, OrderFilled)) == 1_500


@pytest.mark.slow
def test_a_large_trade_leaves_stops_to_the_tick() -> None:
    """An entry with 2,000 trades of its own still gives every trade an id."""
    venue = AlgoVenue()
    venue.tick()
    venue.trade(1_000)
    bids(venue, 2_300, market=SPOT)
    ids = [
        venue.wait_for(who=1, quantity=100, trigger_price=950),
        venue.wait_for(who=2, quantity=1, trigger_price=950),
    ]
    events = venue.order(28, SELL, 0, FILLS_PER_ENTRY_MAX)
    check_ids(events)
    assert len(of_kind(events, OrderFilled)) == FILLS_PER_ENTRY_MAX
    assert fired(events) == []
    assert fired(venue.order(27, SELL, 0, 1)) == []  # first in the tick, not before

    assert fired(venue.tick()) == ids


def waiting_rest(*, is_protected: bool = False) -> tuple[AlgoVenue, list[int]]:
    """A venue that has fired 1,100 stops, of which 100 wait for the next tick."""
    venue = AlgoVenue(is_protected=is_protected)
    venue.tick(1_000, times=15 if is_protected else 2)
    bids(venue, 40, market=SWAP, quantity=100)
    ids = stops(venue, 1_100, trigger_by=MARK, market=SWAP)
    events = venue.tick(950)
    assert fired(events) == ids[:1_000]
    return venue, ids[1_000:]


@pytest.mark.slow
def test_what_waits_for_its_turn_may_still_be_cancelled() -> None:
    """By name and by a mass cancel."""
    venue, rest = waiting_rest()
    who = 6
    cancelled = venue.do(CancelAlgo(account_id=who, instrument_id=SWAP, algo_id=rest[0]))
    assert [one.algo_id for one in of_kind(cancelled, AlgoCancelled)] == [rest[0]]
    venue.restart()
    events = venue.do(MassCancel(account_id=who, instrument_id=ALL_INSTRUMENTS, side=Side.SELL))
    assert [one.algo_id for one in of_kind(events, AlgoCancelled)] == rest[1:]
    assert {one.reason for one in of_kind(events, AlgoCancelled)} == {CancelReason.MASS_CANCEL}

    assert fired(venue.tick()) == []
    assert venue.engine.ledger_faults() == []


@pytest.mark.slow
@pytest.mark.parametrize("later", [950, 1_000])
def test_what_waits_for_its_turn_is_armed_again_when_the_price_may_not_act(later: int) -> None:
    """After the pause only the present price counts."""
    venue, rest = waiting_rest()
    halt = SetTradingState(instrument_id=SWAP, trading_state=TradingState.CANCEL_ONLY)
    venue.do(halt)
    assert fired(venue.tick(950)) == []
    assert venue.engine.ledger_faults() == []
    venue.restart()
    venue.tick(later)
    venue.do(SetTradingState(instrument_id=SWAP, trading_state=TradingState.LIVE))

    assert fired(venue.tick(later)) == (rest if later == 950 else [])


@pytest.mark.slow
def test_a_reader_that_starts_late_is_told_what_waits() -> None:
    """Those that watch and those that wait for their turn, by id."""
    venue, rest = waiting_rest()
    other = venue.wait_for(who=9, market=SWAP, trigger_price=900, trigger_by=MARK)
    told = [
        int(event.algo_id)
        for entry in read_entries(venue.engine.describe())
        for event in of_kind(list(entry.events), AlgoAccepted)
    ]

    assert told == [*rest, other]
