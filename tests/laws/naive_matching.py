"""The naive twin's matching: one taker meets makers one by one, each time looking at the whole book
anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from seawall.core.model.enums import (
    CancelReason,
    LedgerKind,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from seawall.core.model.events import Event
from seawall.core.model.ids import order_id_of
from seawall.core.model.limits import FILLS_PER_ENTRY_MAX
from seawall.core.model.order_events import OrderCancelled, OrderFilled
from tests.laws.naive_ledger import E8, NaiveLedger, NaiveOrder

HOUSE_FEE = (LedgerKind.HOUSE_FEE, 0)


@dataclass
class Taker:
    """An order on its way through the book; with `is_quote_sized` it has an amount to spend instead
    of lots.
    """

    order: NaiveOrder
    is_market: bool = False
    is_quote_sized: bool = False
    quote_left: int = 0
    steps: int = 0
    events: list[Event] = field(default_factory=list)


def fee_of(amount: int, rate_e8: int) -> int:
    """A fee rounds up, a rebate (negative) rounds down in size: both in favour of the house."""
    if rate_e8 >= 0:
        return -((-amount * rate_e8) // E8)
    return -(amount * -rate_e8 // E8)


def take(ledger: NaiveLedger, taker: Taker) -> None:
    """Match the taker until it is done, blocked or alone; then rest or cancel what is left of
    it.
    """
    order = taker.order
    if order.time_in_force == TimeInForce.POST_ONLY and crossing(ledger, taker):
        end(ledger, taker, CancelReason.POST_ONLY)
        return
    if order.time_in_force == TimeInForce.FOK and not can_fill_whole(ledger, taker):
        end(ledger, taker, CancelReason.FOK)
        return
    reason = walk(ledger, taker)
    if reason is not None:
        end(ledger, taker, reason)
    elif order.quantity_open() == 0 and not taker.is_quote_sized:
        ledger.remember_ended(order)
    elif taker.is_market:
        other_side = Side.SELL if order.side == Side.BUY else Side.BUY
        has_others = len(ledger.side_of_book(order.instrument_id, other_side)) > 0
        end(ledger, taker, CancelReason.MARKET_CAP if has_others else CancelReason.IOC)
    elif order.time_in_force == TimeInForce.IOC:
        end(ledger, taker, CancelReason.IOC)
    else:
        ledger.rest(order)
        taker.events += ledger.after_rest(order)


def crossing(ledger: NaiveLedger, taker: Taker) -> list[NaiveOrder]:
    """The makers inside the taker's limit."""
    return ledger.crossing(
        instrument_id=taker.order.instrument_id,
        taker_side=taker.order.side,
        limit_price=taker.order.limit_price,
    )


def can_fill_whole(ledger: NaiveLedger, taker: Taker) -> bool:
    """Whether a fill-or-kill order would fill, by going through the makers without touching
    them.
    """
    order = taker.order
    if ledger.is_swap(order.instrument_id):
        return ledger.can_fill_swap_whole(taker)
    needed = order.quantity
    for maker in crossing(ledger, taker)[:FILLS_PER_ENTRY_MAX]:
        if needed == 0:
            break
        if not ledger.are_of_one_owner(order.account_id, maker.account_id):
            needed -= min(needed, maker.quantity_open())
        elif order.self_trade_prevention != SelfTradePrevention.CANCEL_MAKER:
            return False
    return needed == 0


def walk(ledger: NaiveLedger, taker: Taker) -> int | None:
    """Trade step by step; the reason to cancel what is left, or None when the book or the taker is
    exhausted.
    """
    order = taker.order
    while True:
        if taker.is_quote_sized and taker.quote_left == 0:
            return CancelReason.QUOTE_LEFTOVER
        makers = crossing(ledger, taker)
        if not makers or (not taker.is_quote_sized and order.quantity_open() == 0):
            return None
        maker = makers[0]
        if lots_to_trade(ledger, taker, maker) == 0:
            return CancelReason.QUOTE_LEFTOVER
        if not ledger.is_in_band(maker.instrument_id, maker.limit_price):
            return CancelReason.BAND_PROTECT
        if taker.steps == FILLS_PER_ENTRY_MAX:
            return CancelReason.FILL_LIMIT
        taker.steps += 1
        if ledger.are_of_one_owner(order.account_id, maker.account_id):
            mode = order.self_trade_prevention
            if mode != SelfTradePrevention.CANCEL_TAKER:
                taker.events += ledger.cancel(maker, CancelReason.SELF_TRADE)
            if mode != SelfTradePrevention.CANCEL_MAKER:
                return CancelReason.SELF_TRADE
        elif ledger.is_swap(maker.instrument_id):
            reason = ledger.trade_swap(taker, maker)
            if reason is not None:
                return reason
        else:
            trade(ledger, taker, maker)


def lots_to_trade(ledger: NaiveLedger, taker: Taker, maker: NaiveOrder) -> int:
    """How many lots the two would trade."""
    if taker.is_quote_sized:
        unit_value = ledger.instruments[maker.instrument_id].unit_value
        return min(maker.quantity_open(), taker.quote_left // (maker.limit_price * unit_value))
    return min(maker.quantity_open(), taker.order.quantity_open())


def trade(ledger: NaiveLedger, taker: Taker, maker: NaiveOrder) -> None:
    """One fill at the maker's price: money, fees, the event."""
    order = taker.order
    instrument = ledger.instruments[maker.instrument_id]
    base, quote = instrument.base_asset_id, instrument.quote_asset_id
    lots = lots_to_trade(ledger, taker, maker)
    base_amount = lots * instrument.lot_size
    quote_amount = maker.limit_price * lots * instrument.unit_value
    taker_buys = order.side == Side.BUY
    buyer_id, seller_id = (
        (order.account_id, maker.account_id) if taker_buys else (maker.account_id, order.account_id)
    )
    buyer, seller = (LedgerKind.TRADING, buyer_id), (LedgerKind.TRADING, seller_id)
    ledger.move(base, base_amount, seller, buyer)
    ledger.move(quote, quote_amount, buyer, seller)

    tiers = ledger.genesis.fee_tiers
    taker_rate = tiers[ledger.accounts[order.account_id].fee_tier].taker_e8
    maker_rate = tiers[ledger.accounts[maker.account_id].fee_tier].maker_e8
    taker_asset, taker_amount = (base, base_amount) if taker_buys else (quote, quote_amount)
    maker_asset, maker_amount = (quote, quote_amount) if taker_buys else (base, base_amount)
    taker_fee = charge(ledger, order.account_id, taker_asset, fee_of(taker_amount, taker_rate))
    maker_fee = charge(ledger, maker.account_id, maker_asset, fee_of(maker_amount, maker_rate))

    if taker.is_quote_sized:
        taker.quote_left -= quote_amount
    say_filled(ledger, taker, maker, lots=lots, taker_fee=taker_fee, maker_fee=maker_fee)
    if maker.quantity_open() == 0:
        ledger.forget(maker)


def say_filled(
    ledger: NaiveLedger,
    taker: Taker,
    maker: NaiveOrder,
    *,
    lots: int,
    taker_fee: int,
    maker_fee: int,
) -> None:
    """Count the lots of a fill, and tell it."""
    order = taker.order
    maker.filled += lots
    if not taker.is_quote_sized:
        order.filled += lots
    trades_so_far = sum(1 for one in taker.events if isinstance(one, OrderFilled))
    taker.events.append(
        OrderFilled(
            trade_id=order_id_of(shard=ledger.genesis.shard, seq=ledger.seq, counter=trades_so_far),
            instrument_id=order.instrument_id,
            price=maker.limit_price,
            quantity=lots,
            taker_side=order.side,
            taker_order_id=order.order_id,
            taker_account_id=order.account_id,
            taker_fee=taker_fee,
            taker_open=taker.quote_left if taker.is_quote_sized else order.quantity_open(),
            maker_order_id=maker.order_id,
            maker_account_id=maker.account_id,
            maker_fee=maker_fee,
            maker_open=maker.quantity_open(),
        )
    )


def charge(ledger: NaiveLedger, account_id: int, asset_id: int, fee: int) -> int:
    """Book a fee, or a rebate as far as the house's capital goes; what was booked."""
    user = (LedgerKind.TRADING, account_id)
    if fee < 0:
        capital = ledger.house_capital.get(asset_id, 0)
        if ledger.balance(*HOUSE_FEE, asset_id) + fee < -capital:
            return 0
        ledger.move(asset_id, -fee, HOUSE_FEE, user)
    elif fee > 0:
        ledger.move(asset_id, fee, user, HOUSE_FEE)
    return fee


def end(ledger: NaiveLedger, taker: Taker, reason: int) -> None:
    """Cancel what is left of a taker, which is not in the book."""
    order = taker.order
    ledger.remember_ended(order)
    taker.events.append(
        OrderCancelled(
            order_id=order.order_id,
            account_id=order.account_id,
            instrument_id=order.instrument_id,
            reason=reason,
            quantity_open=0 if taker.is_quote_sized else order.quantity_open(),
            was_resting=False,
        )
    )
