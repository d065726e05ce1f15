"""Single cases at the edges of swaps: no cash, no mark, no room, the wrong moment."""

from __future__ import annotations

import pytest

from seawall.core.model.commands import (
    AmendOrder,
    CancelOrder,
    MassCancel,
    SetTradingState,
    TransferFunds,
)
from seawall.core.model.enums import CancelReason, IndexState, RiskTier, TimeInForce
from seawall.core.model.events import FundsTransferred
from seawall.core.model.instruments import FeeTier
from seawall.core.model.limits import ACCOUNT_ID_SYSTEM
from seawall.core.model.order_events import OrderAccepted, OrderAmended, OrderCancelled, OrderFilled
from seawall.core.model.rejects import RejectReason
from seawall.core.model.risk_events import LeverageChanged, MarginAdjusted, PositionChanged
from tests.histories.test_swap_cases import endings, sound
from tests.laws.swap_venue import (
    ALICE,
    ALICE_TOO,
    BIG,
    BOB,
    CAROL,
    DAVE,
    ISOLATED,
    OTHER,
    TICK,
    USDC,
    USDT,
    SwapVenue,
    long,
    short,
    swap_genesis,
)
from tests.laws.swap_worlds import SMALL, instruments_of
from tests.laws.venue import of_kind, reason_of


def test_margin_is_exact_to_the_unit() -> None:
    """RS4, RS5: one unit less of cash, and the order is refused."""
    for cash, is_fine in ((10_000, True), (9_999, False)):
        venue = SwapVenue(swap_genesis(cash={ALICE: cash * TICK // 10}))
        events = venue.do(long(ALICE, 10, 1_000))

        assert bool(of_kind(events, OrderAccepted)) == is_fine


def test_a_maker_whose_cash_does_not_cover_the_fill_is_cancelled() -> None:
    """Alice waits to reduce at a loss; by then her money has gone as far as it may."""
    venue = SwapVenue(swap_genesis(cash={ALICE: 260 * TICK}))
    venue.lever(ALICE, 100)
    venue.do(short(BOB, 10, 1_015))
    venue.do(long(ALICE, 10, 1_015))
    venue.move(1_019, seconds=40)
    venue.do(TransferFunds(ALICE, USDT, 158 * TICK, to_trading=False))
    venue.do(short(ALICE, 10, 1_000, reduce_only=True))
    venue.do(short(DAVE, 10, 1_001))
    events = venue.do(long(CAROL, 10, 1_001))

    assert [(one.account_id, one.reason) for one in of_kind(events, OrderCancelled)] == [
        (ALICE, CancelReason.MARGIN)
    ]
    assert [one.maker_account_id for one in of_kind(events, OrderFilled)] == [DAVE]
    assert venue.size(ALICE) == 10 and sound(venue)


def test_a_fee_larger_than_the_cash_stops_a_taker() -> None:
    """Alice's profit is in a price that is not good, so nothing can be turned into cash."""
    tiers = [FeeTier(maker_e8=0, taker_e8=5_000_000)]
    venue = SwapVenue(swap_genesis(cash={ALICE: 1_500 * TICK}, tiers=tiers))
    venue.do(short(BOB, 10, 1_000))
    venue.do(long(ALICE, 10, 1_000))  # pays 500
    venue.do(TransferFunds(ALICE, USDT, 0, to_trading=False))
    venue.move(990)
    before = venue.cash(ALICE)
    venue.do(long(CAROL, 10, 980))
    events = venue.do(short(ALICE, 10, 980, reduce_only=True))
    loss, fee = 200 * TICK, 490 * TICK

    assert before == 1_000 * TICK
    assert of_kind(events, OrderFilled) and venue.cash(ALICE) == before - loss - fee
    assert sound(venue)


def test_profit_elsewhere_becomes_cash_when_a_fill_needs_it() -> None:
    """Alice wins in one swap and loses in another; the win pays, at the mark, and only there."""
    venue = SwapVenue(swap_genesis(cash={ALICE: 400 * TICK}))
    for instrument_id in (BIG, SMALL):
        venue.lever(ALICE, 100, of=instrument_id)
    venue.do(short(BOB, 20, 1_000))
    venue.do(long(ALICE, 20, 1_000))
    venue.do(long(BOB, 100, 200, of=SMALL))
    venue.do(short(ALICE, 100, 200, of=SMALL))
    venue.move(1_040, seconds=60)  # +800 in BIG, -400 in SMALL
    venue.do(TransferFunds(ALICE, USDT, venue.cash(ALICE), to_trading=False))
    lacking = venue.cash(ALICE)
    venue.do(short(CAROL, 100, 210, of=SMALL))
    events = venue.do(long(ALICE, 100, 210, of=SMALL, reduce_only=True))

    assert lacking == 400 * TICK  # what is not covered without gains may not leave
    assert of_kind(events, OrderFilled)
    told = [one for one in of_kind(events, PositionChanged) if one.account_id == ALICE]
    changed = {one.instrument_id: one for one in told}
    assert changed[SMALL].size == 0 and changed[SMALL].realised < 0
    assert changed[BIG].cost == 20 * venue.mark() * TICK
    assert sound(venue)


@pytest.mark.parametrize(("prevention", "filled"), [(0, 5), (1, 0), (2, 0)])
def test_nobody_trades_a_swap_with_himself(prevention: int, filled: int) -> None:
    """Two accounts of one owner, and somebody behind."""
    venue = SwapVenue()
    venue.do(short(ALICE_TOO, 5, 1_000))
    venue.do(short(BOB, 5, 1_001))
    events = venue.do(long(ALICE, 5, 1_001, prevention=prevention))

    assert sum(one.quantity for one in of_kind(events, OrderFilled)) == filled
    assert CancelReason.SELF_TRADE in endings(events)
    assert venue.size(ALICE_TOO) == 0 and venue.size(ALICE) == filled


def test_waiting_reducers_are_cut_while_their_owner_trades() -> None:
    """RO1, RO2: worst price first, in the middle of the owner's own match."""
    venue = SwapVenue()
    venue.do(short(BOB, 10, 1_000))
    venue.do(long(ALICE, 10, 1_000))
    venue.do(short(ALICE, 6, 1_010, reduce_only=True))
    venue.do(short(ALICE, 4, 1_015, reduce_only=True))
    venue.do(long(CAROL, 3, 999))
    venue.do(long(DAVE, 4, 998))
    events = venue.do(short(ALICE, 7, 998))
    amended = [(one.limit_price, one.quantity) for one in of_kind(events, OrderAmended)]

    assert amended == [(1_015, 1), (1_010, 3)]
    assert [CancelReason.REDUCE_ONLY] == endings(events)
    assert venue.size(ALICE) == 3 and sound(venue)


def test_a_reducing_taker_never_passes_zero() -> None:
    """Cut to the position on arrival."""
    venue = SwapVenue()
    venue.do(short(BOB, 10, 1_000))
    venue.do(long(ALICE, 10, 1_000))
    venue.do(long(CAROL, 30, 1_000))
    events = venue.do(short(ALICE, 30, 0, reduce_only=True))

    assert of_kind(events, OrderAccepted)[0].quantity == 10
    assert venue.size(ALICE) == 0 and endings(events) == []


def test_an_order_is_amended_through_the_mark_and_back() -> None:
    """The gap counts against it: beyond the mark it needs more."""
    venue = SwapVenue(swap_genesis(cash={ALICE: 1_010 * TICK}))
    venue.do(long(ALICE, 10, 990))
    order_id = venue.last_order_id()

    def to(price: int) -> int:
        order = AmendOrder(account_id=ALICE, instrument_id=BIG, order_id=order_id, new_price=price)
        return reason_of(venue.do(order))

    assert to(1_001) == RejectReason.NONE  # a gap of 10
    assert to(1_002) == RejectReason.INSUFFICIENT_MARGIN
    assert to(1_021) == RejectReason.PRICE_LIMIT
    assert to(980) == RejectReason.NONE


def test_leverage_cannot_fall_below_what_orders_need() -> None:
    """LV: position and open orders are looked at with the new leverage."""
    venue = SwapVenue(swap_genesis(cash={ALICE: 1_500 * TICK}))
    venue.do(long(ALICE, 10, 990))

    assert of_kind(venue.lever(ALICE, 7), LeverageChanged)
    assert reason_of(venue.lever(ALICE, 6)) == RejectReason.INSUFFICIENT_MARGIN
    assert reason_of(venue.lever(ALICE, 101)) == RejectReason.BAD_LEVERAGE
    assert reason_of(venue.lever(ALICE, 7, ISOLATED)) == RejectReason.MARGIN_MODE_CONFLICT


def test_money_stays_while_the_price_of_a_position_is_in_doubt() -> None:
    """In CONFIRM the worst endpoint counts; in HOLD nothing leaves at all."""
    venue = SwapVenue()
    venue.do(short(BOB, 10, 1_000))
    venue.do(long(ALICE, 10, 1_000))
    venue.price_e8 = venue.price_e8 * 80 // 100
    venue.seconds(1)
    index = venue.engine.state.indices[1]
    assert index.state == IndexState.CONFIRM
    swap = venue.engine.state.markets[BIG].swap
    loss = 10 * (1_000 - int(swap.low_mark)) * TICK
    kept = int(swap.tiers.initial_margin(10 * swap.low_mark * TICK, 10)) + loss
    free = venue.cash(ALICE) - kept
    too_much = venue.do(TransferFunds(ALICE, USDT, free + 1, to_trading=False))
    all_of_it = venue.do(TransferFunds(ALICE, USDT, free, to_trading=False))

    assert reason_of(too_much) == RejectReason.INSUFFICIENT_MARGIN
    assert of_kind(all_of_it, FundsTransferred)
    venue.seconds(20, sources=())
    assert index.state == IndexState.HOLD
    assert reason_of(venue.do(TransferFunds(ALICE, USDT, 1, to_trading=False))) == (
        RejectReason.PRICE_UNCERTAIN
    )
    assert of_kind(venue.do(TransferFunds(DAVE, USDT, 1, to_trading=False)), FundsTransferred)


@pytest.mark.parametrize("protections", [0, 1])
def test_nobody_trades_a_swap_before_its_first_mark(protections: int) -> None:
    """Without a mark there is no margin: a short would bind nothing but its fee."""
    venue = SwapVenue(swap_genesis(usual=0, protections=protections), is_up=False)
    venue.beat()

    assert reason_of(venue.do(short(ALICE, 50, 1_000))) == RejectReason.PRICE_UNCERTAIN
    assert reason_of(venue.do(long(BOB, 50, 1))) == RejectReason.PRICE_UNCERTAIN


def test_the_venues_own_account_takes_no_orders() -> None:
    """Its id can be written into any command; nobody is found by it."""
    venue = SwapVenue()
    system = ACCOUNT_ID_SYSTEM
    commands = (
        long(system, 1, 1_000),
        AmendOrder(account_id=system, instrument_id=BIG, order_id=1, new_price=5),
        CancelOrder(account_id=system, instrument_id=BIG, order_id=1),
        MassCancel(account_id=system),
        TransferFunds(system, USDT, 1, to_trading=False),
    )

    assert {reason_of(venue.do(one)) for one in commands} == {RejectReason.UNKNOWN_ACCOUNT}
    assert reason_of(venue.lever(system, 3)) == RejectReason.UNKNOWN_ACCOUNT
    assert reason_of(venue.adjust(system, 1)) == RejectReason.UNKNOWN_ACCOUNT


def test_a_swap_settles_in_an_asset_of_another_scale() -> None:
    """USDC has six digits: a tick of a contract is a thousand units."""
    tiers = [FeeTier(maker_e8=20_000, taker_e8=50_001)]
    venue = SwapVenue(swap_genesis(tiers=tiers))
    before = venue.cash(ALICE, USDC)
    venue.do(short(BOB, 7, 1_001, of=OTHER))
    venue.do(long(ALICE, 7, 1_001, of=OTHER))
    venue.do(long(BOB, 7, 1_004, of=OTHER))
    venue.do(short(ALICE, 7, 1_004, of=OTHER))
    fees = -(-7 * 1_001_000 * 50_001 // 10**8) - (-7 * 1_004_000 * 50_001 // 10**8)

    assert venue.cash(ALICE, USDC) == before + 7 * 3_000 - fees
    assert venue.cash(ALICE, USDT) == venue.cash(DAVE, USDT) and sound(venue)


def test_a_mark_stops_at_the_highest_price() -> None:
    """An index above it is nothing that could be traded."""
    instruments = instruments_of(RiskTier.MAJOR, 8)
    instruments[1].price_max = 1_005
    venue = SwapVenue(swap_genesis(instruments=instruments))
    venue.do(short(BOB, 5, 1_000))
    venue.do(long(ALICE, 5, 1_000))
    venue.move(1_020)

    assert venue.mark() == 1_005
    assert reason_of(venue.do(long(ALICE, 1, 1_006))) == RejectReason.PRICE_TOO_HIGH
    assert sound(venue)


def test_an_order_beyond_the_limit_is_moved_to_it_on_request() -> None:
    """To the last tick inside."""
    venue = SwapVenue()
    high = int(venue.engine.state.markets[BIG].high)
    refused = venue.do(long(ALICE, 1, high + 1))
    moved = venue.do(long(ALICE, 1, high + 500, reprice=True))

    assert reason_of(refused) == RejectReason.PRICE_LIMIT
    assert of_kind(moved, OrderAccepted)[0].limit_price == high


def test_fill_or_kill_dies_whole_when_a_maker_has_no_cash() -> None:
    """As in the maker's case above, but nothing at all may trade."""
    venue = SwapVenue(swap_genesis(cash={ALICE: 260 * TICK}))
    venue.lever(ALICE, 100)
    venue.do(short(BOB, 10, 1_015))
    venue.do(long(ALICE, 10, 1_015))
    venue.move(1_019, seconds=40)
    venue.do(TransferFunds(ALICE, USDT, 158 * TICK, to_trading=False))
    venue.do(short(DAVE, 5, 1_000))
    venue.do(short(ALICE, 10, 1_000, reduce_only=True))
    events = venue.do(long(CAROL, 15, 1_000, time_in_force=TimeInForce.FOK))

    assert [CancelReason.FOK] == endings(events)
    assert of_kind(events, OrderFilled) == []


def test_margin_can_be_added_while_only_cancels_are_accepted() -> None:
    """But taken out only to the unit that is spare."""
    venue = SwapVenue()
    venue.do(short(BOB, 10, 1_000))
    venue.do(long(ALICE, 10, 1_000, mode=ISOLATED))
    venue.do(SetTradingState(BIG, 4))

    assert reason_of(venue.adjust(ALICE, -1)) == RejectReason.MARGIN_NOT_REMOVABLE
    assert of_kind(venue.adjust(ALICE, 77), MarginAdjusted)
    assert reason_of(venue.adjust(ALICE, -78)) == RejectReason.MARGIN_NOT_REMOVABLE
    assert of_kind(venue.adjust(ALICE, -77), MarginAdjusted)
