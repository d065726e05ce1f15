"""An arriving order meets the book: match, settle, rest. The same for new orders and for amended
ones that lost their place.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.clearing import Leg, settle_spot
from seawall.core.engine.band import note_band_stop
from seawall.core.engine.client_ids import NO_ROW
from seawall.core.engine.overlay_fills import follow_spot_fill
from seawall.core.engine.resting import end_resting, rest, say_filled
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_fill import MAKER_SHORT, TAKER_SHORT, fill_swap, trim_reduce_only
from seawall.core.engine.units_watch import note_outflow
from seawall.core.ledger import release
from seawall.core.matching import Order
from seawall.core.model.enums import CancelReason, OrderType, SelfTradePrevention, Side, TimeInForce
from seawall.core.model.limits import FILLS_PER_ENTRY_MAX

NOTHING_LEFT: Final = -1  # the order was filled whole
NO_MORE_COUNTERPARTY: Final = -2  # nothing inside its limit is left


def match(state: State, market: Market, order: Order, quote_amount: i64) -> i64:
    """Trade the order against the other side, best price first; returns why it stopped.

    `quote_amount` > 0 sizes the order in quote: lots are bought while the amount pays for one more.
    Returns NOTHING_LEFT, NO_MORE_COUNTERPARTY or the CancelReason of what is left.
    """
    opposite = market.book.opposite_side(order.side)
    is_quote_sized = quote_amount > 0
    quote_left = quote_amount
    steps: i64 = 0
    steps_max = state.trades_max - state.trades_made
    if steps_max > FILLS_PER_ENTRY_MAX:
        steps_max = FILLS_PER_ENTRY_MAX
    while is_quote_sized or order.quantity_open > 0:
        if is_quote_sized and quote_left == 0:
            return CancelReason.QUOTE_LEFTOVER
        level = opposite.best()
        if level is None or not opposite.is_reached_by(level, order.limit_price):
            return NO_MORE_COUNTERPARTY
        maker = level.head
        assert maker is not None
        quantity = order.quantity_open
        lot_cost = level.price * market.instrument.unit_value
        if is_quote_sized:
            quantity = quote_left // lot_cost
            if quantity == 0:
                return CancelReason.QUOTE_LEFTOVER
        if level.price > market.band_high or level.price < market.band_low:
            note_band_stop(state, market)
            return CancelReason.BAND_PROTECT
        if steps >= steps_max:
            return CancelReason.FILL_LIMIT
        steps += 1
        if maker.owner_id == order.owner_id:
            prevention = order.self_trade_prevention
            if prevention != SelfTradePrevention.CANCEL_TAKER:
                end_resting(state, market, maker, CancelReason.SELF_TRADE)
            if prevention != SelfTradePrevention.CANCEL_MAKER:
                return CancelReason.SELF_TRADE
            continue
        if quantity > maker.quantity_open:
            quantity = maker.quantity_open
        if market.swap is not None:
            outcome = fill_swap(
                state, market, order, maker, quantity, order.quantity_open - quantity
            )
            if outcome == TAKER_SHORT:
                return CancelReason.MARGIN
            if outcome == MAKER_SHORT:
                end_resting(state, market, maker, CancelReason.MARGIN)
            else:
                order.quantity_open -= quantity
        elif is_quote_sized:
            quote_left -= quantity * lot_cost
            fill(state, market, order, maker, quantity, quote_left)
        else:
            order.quantity_open -= quantity
            fill(state, market, order, maker, quantity, order.quantity_open)
    return NOTHING_LEFT


def fill(
    state: State, market: Market, taker: Order, maker: Order, quantity: i64, taker_open: i64
) -> None:
    """One trade of `quantity` lots at the maker's price: money, fees, the maker's place, the
    event.
    """
    instrument = market.instrument
    maker_account = state.accounts[maker.account_slot]
    taker_account = state.accounts[taker.account_slot]
    price = maker.limit_price
    base_amount = quantity * instrument.lot_size
    quote_amount = price * quantity * instrument.unit_value
    tiers = state.genesis.fee_tiers
    maker_rate = tiers[maker_account.fee_tier].maker_e8
    taker_rate = tiers[taker_account.fee_tier].taker_e8
    maker_base = state.trading_at(maker.account_slot, instrument.base_asset_id)
    maker_quote = state.trading_at(maker.account_slot, instrument.quote_asset_id)
    taker_base = state.trading_at(taker.account_slot, instrument.base_asset_id)
    taker_quote = state.trading_at(taker.account_slot, instrument.quote_asset_id)
    if taker.side == Side.BUY:
        release(state.ledger, maker_base, base_amount)
        base = Leg(giver=maker_base, receiver=taker_base, house=market.house_base)
        quote = Leg(giver=taker_quote, receiver=maker_quote, house=market.house_quote)
        taker_fee = settle_spot(state.ledger, base, amount=base_amount, rate_e8=taker_rate)
        maker_fee = settle_spot(state.ledger, quote, amount=quote_amount, rate_e8=maker_rate)
    else:
        release(state.ledger, maker_quote, quote_amount)
        base = Leg(giver=taker_base, receiver=maker_base, house=market.house_base)
        quote = Leg(giver=maker_quote, receiver=taker_quote, house=market.house_quote)
        taker_fee = settle_spot(state.ledger, quote, amount=quote_amount, rate_e8=taker_rate)
        maker_fee = settle_spot(state.ledger, base, amount=base_amount, rate_e8=maker_rate)
    buyer = taker_account if taker.side == Side.BUY else maker_account
    seller = maker_account if taker.side == Side.BUY else taker_account
    note_outflow(state, buyer, instrument.quote_asset_id, quote_amount)
    note_outflow(state, seller, instrument.base_asset_id, base_amount)
    if state.overlay is not None:
        follow_spot_fill(state, market, maker, lots=quantity, price=price, fee=maker_fee)
        follow_spot_fill(state, market, taker, lots=quantity, price=price, fee=taker_fee)
    market.book.reduce(maker, quantity)
    say_filled(
        state,
        market,
        taker,
        maker,
        quantity,
        taker_open=taker_open,
        taker_fee=taker_fee,
        maker_fee=maker_fee,
    )
    if maker.quantity_open == 0:
        state.drop_order(maker_account, maker)


def ending_of(market: Market, order: Order, order_type: i64, stopped: i64) -> i64:
    """What becomes of an order that matching has left: NOTHING_LEFT, NO_MORE_COUNTERPARTY (it
    rests), or a CancelReason.
    """
    if stopped != NO_MORE_COUNTERPARTY:
        return stopped
    if order_type == OrderType.MARKET:
        if market.book.opposite_side(order.side).best() is None:
            return CancelReason.IOC
        return CancelReason.MARKET_CAP
    if order.time_in_force == TimeInForce.IOC or order.time_in_force == TimeInForce.FOK:
        return CancelReason.IOC
    return NO_MORE_COUNTERPARTY


def finish(state: State, market: Market, account: Account, order: Order, ending: i64) -> None:
    """Rest the remainder of an arriving order or end it, as `ending_of` decided."""
    if order.client_row == NO_ROW and len(order.client_id) > 0:
        state.add_client_id(account, order)
    if ending == NO_MORE_COUNTERPARTY:
        rest(state, market, account, order)
        if order.is_reduce_only:
            trim_reduce_only(state, market, state.position(account, market), order)
        return
    if order.client_row != NO_ROW:
        state.remember_client_id(account, order.client_row)
    if ending != NOTHING_LEFT:
        state.out.order_cancelled(
            order_id=order.order_id,
            account_id=order.account_id,
            instrument_id=order.instrument_id,
            reason=ending,
            quantity_open=order.quantity_open,
            was_resting=False,
        )
