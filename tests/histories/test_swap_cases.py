"""The smallest cases in swaps that once showed a bug, or could have: each stays for good."""

from __future__ import annotations

from seawall.core.model.commands import AmendOrder, TransferFunds
from seawall.core.model.enums import CancelReason, RiskTier, TimeInForce
from seawall.core.model.events import Event
from seawall.core.model.order_events import OrderAccepted, OrderAmended, OrderCancelled, OrderFilled
from seawall.core.model.rejects import RejectReason
from tests.laws.swap_venue import (
    ALICE,
    BIG,
    BOB,
    CAROL,
    DAVE,
    ISOLATED,
    TICK,
    USDT,
    SwapVenue,
    long,
    short,
    swap_genesis,
)
from tests.laws.swap_worlds import instruments_of
from tests.laws.venue import of_kind, reason_of


def endings(events: list[Event]) -> list[int]:
    """Why orders ended in the entry."""
    return [one.reason for one in of_kind(events, OrderCancelled)]


def sound(venue: SwapVenue) -> bool:
    """Whether the venue's own audit is content."""
    return venue.engine.ledger_faults() == []


def test_profit_of_the_position_that_is_closed_is_not_counted_twice() -> None:
    """Alice's cash covers the loss at the fill's price only if her profit at the mark, which the
    same fill takes away, were cash besides. The fill does not happen; it once stopped the venue.
    """
    venue = SwapVenue(swap_genesis(cash={ALICE: 260 * TICK}))
    venue.lever(ALICE, 100)
    venue.do(short(BOB, 10, 1_015))
    venue.do(long(ALICE, 10, 1_015))
    venue.move(1_020, seconds=40)
    venue.do(TransferFunds(ALICE, USDT, 158 * TICK, to_trading=False))
    venue.do(long(CAROL, 10, 1_000))
    events = venue.do(short(ALICE, 10, 1_000, reduce_only=True))

    assert (venue.mark(), venue.cash(ALICE)) == (1_020, 102 * TICK)
    assert [CancelReason.MARGIN] == endings(events)
    assert venue.size(ALICE) == 10 and sound(venue)


def test_a_quote_sized_order_in_a_swap_is_refused() -> None:
    """Its margin would be that of no contracts at all."""
    venue = SwapVenue()
    venue.do(short(BOB, 10, 1_000))
    order = long(ALICE, 0, 0)
    order.quote_amount = 5_000 * TICK

    assert reason_of(venue.do(order)) == RejectReason.BAD_FLAGS


def test_an_isolated_position_turns_around_on_its_own_margin() -> None:
    """Closing gives the old side's margin free, and the new side takes it: no other cash is
    needed.
    """
    venue = SwapVenue(swap_genesis(cash={ALICE: 1_000 * TICK}))
    venue.do(short(BOB, 10, 1_000))
    venue.do(long(ALICE, 10, 1_000, mode=ISOLATED))
    assert (venue.cash(ALICE), venue.margin(ALICE)) == (0, 1_000 * TICK)
    venue.do(long(CAROL, 15, 1_000))
    venue.do(short(ALICE, 15, 1_000, mode=ISOLATED))

    assert venue.size(ALICE) == -5
    assert (venue.cash(ALICE), venue.margin(ALICE)) == (500 * TICK, 500 * TICK)
    assert sound(venue)


def test_a_fill_or_kill_does_not_count_on_makers_that_it_would_cut() -> None:
    """Bob is short 10. Once the first maker has closed that, his reduce-only order is cut."""
    venue = SwapVenue()
    venue.do(short(BOB, 10, 1_000))
    venue.do(long(CAROL, 10, 1_000))
    venue.do(long(BOB, 10, 999))
    venue.do(long(BOB, 10, 998, reduce_only=True))
    killed = venue.do(short(DAVE, 20, 998, time_in_force=TimeInForce.FOK))

    assert [CancelReason.FOK] == endings(killed)
    assert of_kind(killed, OrderFilled) == []
    filled = venue.do(short(DAVE, 10, 998, time_in_force=TimeInForce.FOK))
    assert of_kind(filled, OrderFilled)[0].quantity == 10
    assert [CancelReason.REDUCE_ONLY] == endings(filled)


def test_a_malformed_order_is_refused_alike_before_and_after_a_restart() -> None:
    """Whether the venue has thought of a position before must not show."""
    venue = SwapVenue()
    fresh = venue.do(long(ALICE, -1, 1_000))
    refused = venue.do(long(ALICE, 10**6, 1_000))
    after = venue.do(long(ALICE, -1, 1_000))

    assert reason_of(refused) == RejectReason.QUANTITY_TOO_LARGE
    assert reason_of(fresh) == reason_of(after) == RejectReason.BAD_QUANTITY
    assert of_kind(venue.do(long(ALICE, 1, 1_000)), OrderAccepted)


def amended(venue: SwapVenue, order_id: int, **terms: int) -> list[Event]:
    """Alice changes an order."""
    return venue.do(
        AmendOrder(account_id=ALICE, instrument_id=BIG, order_id=order_id, **terms),
    )


def test_an_order_can_be_made_smaller_when_margin_is_short() -> None:
    """It frees margin; to refuse it for want of margin helps nobody."""
    venue = SwapVenue(swap_genesis(cash={ALICE: 2_100 * TICK}))
    venue.do(short(BOB, 10, 1_000))
    venue.do(long(ALICE, 10, 1_000))
    venue.do(long(ALICE, 10, 990))
    order_id = venue.last_order_id()
    venue.move(980, seconds=20)

    assert reason_of(venue.do(long(ALICE, 1, 960))) == RejectReason.INSUFFICIENT_MARGIN
    assert of_kind(amended(venue, order_id, new_quantity=9), OrderAmended)


def test_an_amend_does_not_count_its_own_order_twice() -> None:
    """At the largest position the price of a waiting order may still change."""
    most = SwapVenue().engine.state.markets[BIG].swap.tiers.notional_max
    instruments = instruments_of(RiskTier.MAJOR, 8)
    instruments[1].quantity_max = 10**10
    instruments[1].price_max = 1_100
    venue = SwapVenue(swap_genesis(usual=2**57, instruments=instruments, protections=0))
    venue.seconds(1)
    lots = int(most) // (venue.mark() * TICK)
    fine = venue.do(long(ALICE, lots, 900))
    order_id = venue.last_order_id()

    assert of_kind(fine, OrderAccepted)
    assert reason_of(venue.do(long(ALICE, 1, 900))) == RejectReason.POSITION_LIMIT
    assert of_kind(amended(venue, order_id, new_price=901), OrderAmended)
    assert reason_of(amended(venue, order_id, new_quantity=lots + 1)) == (
        RejectReason.POSITION_LIMIT
    )


def test_a_position_can_be_reduced_when_margin_is_short() -> None:
    """Below its initial margin an account takes no new risk, but it must be able to get out."""
    venue = SwapVenue(swap_genesis(cash={ALICE: 1_000 * TICK}))
    venue.do(short(BOB, 10, 1_000))
    venue.do(long(ALICE, 10, 1_000))
    venue.move(960, seconds=20)
    venue.do(long(CAROL, 10, 955))

    assert reason_of(venue.do(short(ALICE, 5, 955))) == RejectReason.INSUFFICIENT_MARGIN
    assert of_kind(venue.do(short(ALICE, 5, 955, reduce_only=True)), OrderFilled)
    assert venue.size(ALICE) == 5 and sound(venue)


def test_a_reduce_only_order_that_is_cut_away_on_arrival_never_rested() -> None:
    """Readers put what is left of an order into their books when its entry is over."""
    venue = SwapVenue()
    venue.do(short(BOB, 10, 1_000))
    venue.do(long(ALICE, 10, 1_000))
    venue.do(short(ALICE, 10, 1_010, reduce_only=True))
    away, worse = (venue.do(short(ALICE, 4, price, reduce_only=True)) for price in (1_015, 1_005))

    assert [(one.reason, one.was_resting) for one in of_kind(away, OrderCancelled)] == [
        (CancelReason.REDUCE_ONLY, False)
    ]
    assert [(one.limit_price, one.quantity) for one in of_kind(worse, OrderAmended)] == [(1_010, 6)]
