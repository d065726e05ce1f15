"""Mirrored liquidity: orders that the engine derives from what one source says."""

from __future__ import annotations

import pytest

from seawall.core.matching import Order
from seawall.core.model.commands import OverrideIndex, SetAccountState, SetSource, SetTradingState
from seawall.core.model.enums import CancelReason, OrderCause, Side, TimeInForce, TradingState
from seawall.core.model.events import Event
from seawall.core.model.genesis import Mirror
from seawall.core.model.order_events import (
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
)
from seawall.core.model.rejects import RejectReason
from seawall.core.model.risk_events import OrderCaused
from tests.core.engine.outside_world import (
    ALICE,
    BOB,
    E8,
    INDEX,
    LEA,
    OLGA,
    OTTO,
    SPOT,
    SWAP,
    World,
    fills_of,
    genesis,
    mirror,
    of_kind,
    running,
    said,
)


def mirroring(
    where: int = SWAP, *, is_protected: bool = True, mirrors: list[Mirror] | None = None
) -> World:
    """Lea mirrors source 1."""
    return running(genesis(is_protected=is_protected, mirrors=mirrors or [mirror(where)]))


def quotes(world: World, where: int = SWAP) -> list[tuple[int, int, int]]:
    """Side, price and open lots of Lea's orders, oldest first."""
    return [
        (int(one.side), int(one.limit_price), int(one.quantity_open))
        for one in orders_of(world, where)
    ]


def orders_of(world: World, where: int = SWAP) -> list[Order]:
    """Lea's open orders."""
    found = []
    account = world.engine.state.account(LEA)
    assert account is not None
    order = account.first_order
    while order is not None:
        if order.instrument_id == where:
            found.append(order)
        order = order.account_next
    return sorted(found, key=lambda one: int(one.order_id))


def reasons(events: list[Event]) -> list[int]:
    """Why orders of Lea ended."""
    ended = of_kind(events, OrderCancelled)
    return [int(one.reason) for one in ended if one.account_id == LEA]


@pytest.mark.parametrize("where", [SPOT, SWAP])
@pytest.mark.parametrize("is_protected", [True, False])
def test_a_mirror_quotes_a_spread_away_from_its_source_rounded_outwards(
    where: int, is_protected: bool
) -> None:
    """60,000 with 59,997 and 60,003 outside, a tenth of a percent further out."""
    world = mirroring(where, is_protected=is_protected)

    assert quotes(world, where) == [(Side.BUY, 599_370, 100), (Side.SELL, 600_631, 100)]
    assert {one.cause for one in orders_of(world, where)} == {OrderCause.MIRROR}


def test_a_mirror_says_which_source_it_follows() -> None:
    """Undo compares causes."""
    world = mirroring()
    world.now_ms += 500

    events = world.say(1, 60_100)

    caused = of_kind(events, OrderCaused)
    assert [(one.cause, one.first) for one in caused] == [(OrderCause.MIRROR, 1)] * 2
    assert reasons(events) == [CancelReason.MIRROR] * 2
    assert quotes(world) == [(Side.BUY, 600_368, 100), (Side.SELL, 601_632, 100)]


def test_an_unchanged_order_keeps_its_place_and_a_touched_one_is_made_whole() -> None:
    """Only what is different is replaced."""
    world = mirroring()
    first = orders_of(world)
    world.buy(ALICE, 40, 60_063.1)
    assert quotes(world)[1] == (Side.SELL, 600_631, 60)

    world.tick()

    now = orders_of(world)
    assert now[0] is first[0]
    assert quotes(world) == [(Side.BUY, 599_370, 100), (Side.SELL, 600_631, 100)]
    assert now[1] is not first[1]


def test_only_orders_of_the_mirror_are_replaced() -> None:
    """Lea trades by hand as well, and mirrors two sources."""
    world = mirroring(mirrors=[mirror(), mirror(source_id=3)])
    placed = world.buy(LEA, 7, 59_000)
    by_hand = of_kind(placed, OrderAccepted)[0].order_id

    world.outside(60_050, 1)
    world.tick()

    assert by_hand in [one.order_id for one in orders_of(world)]
    assert sorted(quotes(world)) == [
        (Side.BUY, 590_000, 7),
        (Side.BUY, 599_370, 100),
        (Side.BUY, 599_869, 100),
        (Side.SELL, 600_631, 100),
        (Side.SELL, 601_131, 100),
    ]


def test_s18_a_mirrored_source_that_prints_32_cents_trades_nothing_under_protection() -> None:
    """Its orders are gone in the same moment, before anything can match."""
    world = mirroring()
    world.buy(ALICE, 50, 60_000)

    events = world.say(1, 0.32)

    assert reasons(events) == [CancelReason.MIRROR] * 2
    assert of_kind(events, OrderFilled) == []
    world.prices[1] = 0.32
    events = world.tick(60)
    assert of_kind(events, OrderFilled) == []
    assert quotes(world) == []


def test_s18_without_protection_the_same_source_sells_at_32_cents() -> None:
    """The literal case of the first document: what was mirrored was executable."""
    world = mirroring(is_protected=False)
    world.buy(ALICE, 50, 60_000)

    events = world.say(1, 0.32)

    assert fills_of(events) == [(600_000, 50)]
    assert quotes(world)[-1] == (Side.SELL, 4, 50)
    assert fills_of(world.buy(BOB, 50, 60_000)) == [(4, 50)]


@pytest.mark.parametrize(
    "changes",
    [
        {"is_deep": False},
        {"bid_e8": 0},
        {"bid_e8": 60_001 * E8, "ask_e8": 60_000 * E8},
        {"bid_e8": 55_000 * E8},
        {"venue_ms": 1},
    ],
)
def test_an_invalid_sample_withdraws_the_mirror_at_once(changes: dict[str, int]) -> None:
    """What the index would not believe is not quoted, not for a second."""
    world = mirroring()
    world.now_ms += 400

    events = world.do(said(1, 60_000, world.now_ms, **changes))

    assert reasons(events) == [CancelReason.MIRROR] * 2
    assert quotes(world) == []


@pytest.mark.parametrize(("price", "is_near"), [(60_580, True), (60_600, False), (59_380, False)])
def test_a_source_more_than_a_percent_from_the_index_is_not_mirrored(
    price: float, is_near: bool
) -> None:
    """Both its prices count: the ask of 60,600 is at 60,603."""
    world = mirroring()

    world.say(1, price)

    assert (quotes(world) != []) == is_near


def test_a_silent_source_is_withdrawn_in_the_tick_that_finds_it_stale() -> None:
    """Old quotes are picked off by those who are quicker."""
    world = mirroring()
    world.silent = {1}
    assert quotes(world) != []

    world.tick(9)  # its last words came a second before the last beat
    assert quotes(world) != []
    events = world.tick()

    assert reasons(events) == [CancelReason.MIRROR] * 2
    assert quotes(world) == []
    world.silent = set()
    world.tick(2)
    assert len(quotes(world)) == 2


def test_an_index_in_doubt_withdraws_its_mirrors_before_triggers_or_anything_else() -> None:
    """In the tick in which doubt begins; the orders' end precedes the marks."""
    world = mirroring()
    world.outside(50_000, 2, 3, 4, 5, 6, 7)

    world.tick()

    assert quotes(world) == []
    world.tick(30)
    assert quotes(world) == []


def test_an_operator_who_distrusts_a_source_ends_its_mirror_at_once() -> None:
    """As soon as he says so, not a second later."""
    world = mirroring()

    events = world.do(SetSource(INDEX, 1, is_quarantined=True, operator_id=OLGA))

    assert reasons(events) == [CancelReason.MIRROR] * 2
    world.tick(3)
    assert quotes(world) == []


@pytest.mark.parametrize("is_protected", [True, False])
@pytest.mark.parametrize("index_id", [0, INDEX])
def test_a_freeze_ends_the_mirror_until_it_is_released(index_id: int, is_protected: bool) -> None:
    """Nobody quotes in a frozen place."""
    world = mirroring(is_protected=is_protected)

    events = world.freeze(index_id)

    assert reasons(events) == [CancelReason.FROZEN] * 2
    world.tick(5)
    assert quotes(world) == []
    world.release(index_id)
    world.tick()
    assert len(quotes(world)) == 2


def test_an_overridden_index_far_from_the_source_ends_its_mirror() -> None:
    """The rule is about the index as it is now."""
    world = mirroring()

    world.do(OverrideIndex(INDEX, 50_000 * E8, OLGA, OTTO))

    assert quotes(world) == []


def test_a_mirror_that_cannot_pay_is_refused_aloud() -> None:
    """Mirrored orders have the same margin as everybody's."""
    rich = Mirror(account_id=LEA, instrument_id=SWAP, source_id=1, spread_e8=0, quantity=250_000)
    world = running(genesis(is_protected=False, mirrors=[rich]))
    world.tick()

    refused = of_kind(world.say(1, 60_001), OrderRejected)

    assert {one.reason for one in refused} == {RejectReason.INSUFFICIENT_MARGIN}
    assert quotes(world) == []


def test_a_mirror_respects_the_state_of_its_instrument_and_account() -> None:
    """Post-only where only that is accepted, nothing where nothing is."""
    world = mirroring()
    world.do(SetTradingState(SWAP, TradingState.POST_ONLY))
    world.outside(60_010)
    world.tick()
    assert {one.time_in_force for one in orders_of(world)} == {TimeInForce.POST_ONLY}

    world.do(SetTradingState(SWAP, TradingState.CANCEL_ONLY))
    world.tick()
    assert quotes(world) == []
    world.do(SetTradingState(SWAP, TradingState.LIVE))
    world.do(SetAccountState(LEA, is_frozen=True))
    assert of_kind(world.tick(), OrderRejected) == []
    assert quotes(world) == []


def test_mirrored_orders_are_found_again_after_a_restart() -> None:
    """Else each restart would leave a pair of orphans in the book."""
    world = mirroring(mirrors=[mirror(), mirror(source_id=3)])
    copy = world.restored()

    for one in (world, copy):
        one.outside(60_020)
        one.tick(2)

    assert quotes(copy) == quotes(world)
    assert len(quotes(copy)) == 4
    assert copy.engine.state_hash() == world.engine.state_hash()
    assert copy.engine.ledger_faults() == []
