"""Orders, fills and balances of the maps, as rows of the wire.

A price is written in quote per base, a size in base (of a swap: in contracts), an amount in its
asset; all exact, except the
average price of several fills, which is rounded to ten decimals. `fee` is negative when paid, as v5
has it; a rebate stands in `rebate`.
"""

from __future__ import annotations

from typing import Final

from seawall.api.decimals import format_decimal, format_ratio
from seawall.api.services import StoredFill, StoredOrder
from seawall.api.wire_account import AssetBalanceRow
from seawall.api.wire_trade import FillRow, OrderRow
from seawall.core.model.enums import (
    MARGIN_MODE_NAMES,
    SELF_TRADE_PREVENTION_NAMES,
    SIDE_NAMES,
    CancelReason,
    OrderCause,
    OrderType,
    TimeInForce,
)
from seawall.gateway import BalanceView, InstrumentView, OrderState, VenueMaps

AVERAGE_PLACES: Final = 10
LIMIT_TYPES: Final = {
    TimeInForce.GTC: "limit",
    TimeInForce.GTD: "limit",
    TimeInForce.IOC: "ioc",
    TimeInForce.FOK: "fok",
    TimeInForce.POST_ONLY: "post_only",
}
CATEGORIES: Final = {
    OrderCause.LIQUIDATION: "partial_liquidation",
    OrderCause.UNWIND: "full_liquidation",
}
# Keyed by name: the read models state the same names as plain text.
STATES: Final[dict[str, str]] = {
    OrderState.LIVE: "live",
    OrderState.PARTIALLY_FILLED: "partially_filled",
    OrderState.FILLED: "filled",
    OrderState.CANCELLED: "canceled",
}
# CancelReason -> (cancelSource, cancelSourceReason)
CANCEL_SOURCES: Final = {
    CancelReason.USER: ("1", "Order canceled by user"),
    CancelReason.IOC: ("14", "IOC order was canceled: it found no counterparty for the rest"),
    CancelReason.FOK: ("13", "FOK order was canceled: it could not be filled completely"),
    CancelReason.POST_ONLY: ("31", "The post-only order would have taken liquidity"),
    CancelReason.SELF_TRADE: ("32", "Self-trade prevention"),
    CancelReason.EXPIRED: ("0", "The order's time was over"),
    CancelReason.MASS_CANCEL: ("1", "Order canceled by user with all others"),
    CancelReason.AMEND_FAILED: ("1", "The amend failed, and was to cancel then"),
    CancelReason.AMENDED_TO_DONE: ("1", "Amended to a size that was filled already"),
    CancelReason.MARKET_CAP: ("15", "The market order reached its worst price"),
    CancelReason.FILL_LIMIT: ("33", "The order reached the most matches of one order"),
    CancelReason.QUOTE_LEFTOVER: ("14", "The rest buys less than one lot"),
    CancelReason.BAND_PROTECT: ("15", "The next fill would lie outside the execution band"),
    CancelReason.REDUCE_ONLY: ("21", "The position is smaller than the reduce-only orders"),
    CancelReason.LIQUIDATION: ("3", "Order canceled by liquidation"),
    CancelReason.DELEVERAGED: ("9", "Order canceled by auto-deleveraging"),
    CancelReason.MARGIN: ("2", "The account could not settle the fill"),
    CancelReason.MIRROR: ("0", "The outside price that it mirrors has changed"),
    CancelReason.FROZEN: ("0", "An operator froze trading"),
}


def price_text(ticks: int, instrument: InstrumentView) -> str:
    """A price of the instrument."""
    return format_decimal(ticks * instrument.tick_size_e8, 8)


def size_text(lots: int, instrument: InstrumentView, venue: VenueMaps) -> str:
    """A size of the instrument: in base, of a swap in contracts."""
    if instrument.is_swap:
        return str(lots)
    return amount_text(lots * instrument.lot_size, instrument.base_asset_id, venue)


def inst_type_of(instrument: InstrumentView) -> str:
    """How v5 calls its kind."""
    return "SWAP" if instrument.is_swap else "SPOT"


def family_of(instrument: InstrumentView, venue: VenueMaps) -> str:
    """What a swap follows, e.g. BTC-USDT; nothing for spot."""
    if not instrument.is_swap:
        return ""
    base = asset_name(instrument.base_asset_id, venue)
    return f"{base}-{asset_name(instrument.quote_asset_id, venue)}"


def amount_text(units: int, asset_id: int, venue: VenueMaps) -> str:
    """An amount of an asset."""
    asset = venue.asset(asset_id)
    assert asset is not None, "amounts are of listed assets"
    return format_decimal(units, asset.scale)


def asset_name(asset_id: int, venue: VenueMaps) -> str:
    """What an asset is called."""
    asset = venue.asset(asset_id)
    assert asset is not None, "events name listed assets"
    return asset.name


def order_row(view: StoredOrder, venue: VenueMaps) -> OrderRow:
    """An order, open or ended."""
    instrument = listed_instrument(view.instrument_id, venue)
    is_market = view.order_type == OrderType.MARKET
    is_in_quote = view.quote_amount > 0
    fee_asset = asset_name(view.fee_asset_id, venue)
    source, source_reason = "", ""
    if view.cancel_reason is not None:
        source, source_reason = CANCEL_SOURCES[view.cancel_reason]
    return OrderRow(
        inst_id=instrument.name,
        ord_id=str(view.order_id),
        cl_ord_id=view.client_id.decode("ascii"),
        tag=view.tag.decode("ascii"),
        px="" if is_market else price_text(view.limit_price, instrument),
        sz=(
            amount_text(view.quote_amount, instrument.quote_asset_id, venue)
            if is_in_quote
            else size_text(view.quantity, instrument, venue)
        ),
        ord_type="market" if is_market else LIMIT_TYPES[view.time_in_force],
        side=SIDE_NAMES[view.side],
        td_mode=MARGIN_MODE_NAMES[view.margin_mode],
        inst_type=inst_type_of(instrument),
        reduce_only="true" if view.reduce_only else "false",
        category=category_of(view),
        algo_id=str(view.cause_id) if view.cause == OrderCause.ALGO else "",
        pnl="" if instrument.is_swap else "0",
        acc_fill_sz=size_text(view.quantity_filled, instrument, venue),
        fill_px=price_text(view.last_price, instrument) if view.last_trade_id else "",
        trade_id=str(view.last_trade_id) if view.last_trade_id else "",
        fill_sz=size_text(view.last_quantity, instrument, venue),
        fill_time=ms_text(view.last_fill_ns) if view.last_trade_id else "",
        avg_px=average_price_text(view, instrument),
        state=STATES[view.state],
        stp_mode=SELF_TRADE_PREVENTION_NAMES[view.self_trade_prevention],
        fee_ccy=fee_asset,
        fee=amount_text(min(-view.fee, 0), view.fee_asset_id, venue),
        rebate_ccy=fee_asset,
        rebate=amount_text(max(-view.fee, 0), view.fee_asset_id, venue),
        tgt_ccy=target_of(view, instrument),
        cancel_source=source,
        cancel_source_reason=source_reason,
        u_time=ms_text(view.updated_ns),
        c_time=ms_text(view.created_ns),
    )


def target_of(view: StoredOrder, instrument: InstrumentView) -> str:
    """In what a market order of a spot pair was sized."""
    if instrument.is_swap or view.order_type != OrderType.MARKET:
        return ""
    return "quote_ccy" if view.quote_amount > 0 else "base_ccy"


def category_of(view: StoredOrder) -> str:
    """Why v5 says that the order was made: somebody's wish, or a liquidation."""
    return CATEGORIES.get(view.cause, "normal")


def average_price_text(view: StoredOrder, instrument: InstrumentView) -> str:
    """Quote paid or received per base over all fills; empty when there is none."""
    if view.quantity_filled == 0:
        return ""
    numerator = view.notional_filled * instrument.tick_size_e8
    denominator = view.quantity_filled * instrument.unit_value * 10**8
    return format_ratio(numerator, denominator, AVERAGE_PLACES)


def fill_row(view: StoredFill, venue: VenueMaps) -> FillRow:
    """One fill of one of the account's orders."""
    instrument = listed_instrument(view.instrument_id, venue)
    return FillRow(
        inst_id=instrument.name,
        trade_id=str(view.trade_id),
        ord_id=str(view.order_id),
        cl_ord_id=view.client_id.decode("ascii"),
        bill_id=bill_id_text(view),
        tag=view.tag.decode("ascii"),
        fill_px=price_text(view.price, instrument),
        fill_sz=size_text(view.quantity, instrument, venue),
        side=SIDE_NAMES[view.side],
        inst_type=inst_type_of(instrument),
        fill_pnl="" if instrument.is_swap else "0",
        exec_type="M" if view.is_maker else "T",
        fee_ccy=asset_name(view.fee_asset_id, venue),
        fee=amount_text(-view.fee, view.fee_asset_id, venue),
        ts=ms_text(view.time_ns),
        fill_time=ms_text(view.time_ns),
    )


def bill_id_text(view: StoredFill) -> str:
    """The id of a fill: its trade's and its side of it. It sorts as the trades do."""
    return str(view.trade_id << 1 | view.is_maker)


def asset_balance_row(balance: BalanceView, venue: VenueMaps) -> AssetBalanceRow:
    """One currency of the funding account."""
    return AssetBalanceRow(
        ccy=asset_name(balance.asset_id, venue),
        bal=amount_text(balance.balance, balance.asset_id, venue),
        avail_bal=amount_text(balance.available, balance.asset_id, venue),
        frozen_bal=amount_text(balance.held, balance.asset_id, venue),
    )


def listed_instrument(instrument_id: int, venue: VenueMaps) -> InstrumentView:
    """The instrument that an event named."""
    instrument = venue.instrument(instrument_id)
    assert instrument is not None, "events name listed instruments"
    return instrument


def ms_text(time_ns: int) -> str:
    """A time of the journal in milliseconds."""
    return str(time_ns // 1_000_000)
