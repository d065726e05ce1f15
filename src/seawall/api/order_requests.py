"""Rows of the trade endpoints to commands: exact, liberal in form, strict in meaning.

Liberal: a number may stand where v5 documents a string, `""` and null mean absent, booleans may be
strings, unknown fields are ignored. Strict: what cannot be done exactly as written is refused with
the code a client understands. Each function returns the command, or the fault that the row is
answered with; nothing here raises.
"""

from __future__ import annotations

import re
from typing import Any, Final

from seawall.api import codes
from seawall.api.codes import Fault, fault
from seawall.api.decimals import NOT_A_NUMBER, TOO_FINE, format_decimal, parse_decimal
from seawall.api.wire_trade import AmendRequest, CancelRequest, OrderRequest
from seawall.core.model.commands import AmendOrder, CancelOrder, PlaceOrder
from seawall.core.model.enums import (
    MARGIN_MODE_NAMES,
    MarginMode,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from seawall.core.model.limits import (
    CLIENT_ID_BYTES,
    NOTIONAL_MAX,
    TAG_BYTES,
    VALID_FOR_MS_MAX,
)
from seawall.gateway import InstrumentView, VenueMaps

NUMBER_MAX: Final = 10**40  # a larger JSON integer is not worth its digits
ORDER_ID_MAX: Final = 2**63 - 1
NO_TEXT: Final = "?"  # stands for a value that is no text; no field accepts it

SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}
# ordType -> order type, time in force
ORDER_TYPES: Final = {
    "market": (OrderType.MARKET, TimeInForce.IOC),
    "limit": (OrderType.LIMIT, TimeInForce.GTC),
    "post_only": (OrderType.LIMIT, TimeInForce.POST_ONLY),
    "fok": (OrderType.LIMIT, TimeInForce.FOK),
    "ioc": (OrderType.LIMIT, TimeInForce.IOC),
    "optimal_limit_ioc": (OrderType.MARKET, TimeInForce.IOC),
}
SWAP_ONLY_TYPE: Final = "optimal_limit_ioc"
SWAP_MARGIN_MODES: Final = {"cross": MarginMode.CROSS, "isolated": MarginMode.ISOLATED}
STP_MODES: Final = {
    "": SelfTradePrevention.CANCEL_MAKER,
    "cancel_maker": SelfTradePrevention.CANCEL_MAKER,
    "cancel_taker": SelfTradePrevention.CANCEL_TAKER,
    "cancel_both": SelfTradePrevention.CANCEL_BOTH,
}
FLAGS: Final = {"": False, "false": False, "true": True}
_ORDER_ID: Final = re.compile(r"[0-9]{1,25}", re.ASCII)


def text_of(value: Any) -> str:
    """A wire value as text: "" when absent, a number's digits, "true" or "false"."""
    if value.__class__ is str:
        return str(value)
    if value is None:
        return ""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int) and -NUMBER_MAX < value < NUMBER_MAX:
        return str(value)
    return NO_TEXT


def wrong(name: str, expected: str) -> Fault:
    """A parameter is not what it has to be."""
    return fault(codes.BAD_PARAMETER, f"Parameter {name} error: expected {expected}.")


def is_identifier(text: str, length_max: int) -> bool:
    """Whether `text` is made of at most `length_max` ASCII letters and digits."""
    return text.isascii() and text.isalnum() and len(text) <= length_max


def place_command(
    row: OrderRequest, venue: VenueMaps, *, account_id: int, valid_for_ms: int
) -> PlaceOrder | Fault:
    """The order a row describes, or why it is none."""
    instrument = named_instrument(row.inst_id, row.inst_id_code, venue)
    if isinstance(instrument, Fault):
        return instrument
    side = SIDES.get(text_of(row.side))
    if side is None:
        return wrong("side", "buy or sell")
    kind = ORDER_TYPES.get(text_of(row.ord_type))
    if kind is None:
        return wrong("ordType", "market, limit, post_only, fok, ioc or optimal_limit_ioc")
    stp_mode = STP_MODES.get(text_of(row.stp_mode))
    if stp_mode is None:
        return wrong("stpMode", "cancel_maker, cancel_taker or cancel_both")
    client_id = text_of(row.cl_ord_id)
    if client_id and not is_identifier(client_id, CLIENT_ID_BYTES):
        return wrong("clOrdId", "1 to 32 letters and digits")
    tag = text_of(row.tag)
    if tag and not is_identifier(tag, TAG_BYTES):
        return wrong("tag", "1 to 16 letters and digits")
    options = _swap_options(row, instrument) if instrument.is_swap else _spot_options(row)
    if isinstance(options, Fault):
        return options
    margin_mode, is_reduce_only, is_repriced = options
    order_type, time_in_force = kind
    price: int | Fault = 0
    if order_type == OrderType.LIMIT:
        price = price_ticks("px", text_of(row.px), instrument)
    if isinstance(price, Fault):
        return price
    size = _order_size(row, instrument, venue, side=side, order_type=order_type)
    if isinstance(size, Fault):
        return size
    quantity, quote_amount = size
    return PlaceOrder(
        account_id=account_id,
        instrument_id=instrument.instrument_id,
        side=side,
        order_type=order_type,
        limit_price=price,
        quantity=quantity,
        time_in_force=time_in_force,
        self_trade_prevention=stp_mode,
        quote_amount=quote_amount,
        valid_for_ms=valid_for_ms,
        client_id=client_id.encode("ascii"),
        tag=tag.encode("ascii"),
        margin_mode=margin_mode,
        reduce_only=is_reduce_only,
        reprice=is_repriced,
    )


# Margin mode, whether the order may only reduce, and whether it moves to the price limit.
Options = tuple[int, bool, bool]


def _spot_options(row: OrderRequest) -> Options | Fault:
    """Those of a spot order, or why it asks for something that spot cannot promise."""
    if text_of(row.td_mode) not in ("", "cash"):
        return fault(codes.MODE_NOT_SUPPORTED)
    options = _common_options(row)
    if isinstance(options, Fault):
        return options
    is_reduce_only, is_repriced = options
    if is_reduce_only:
        return fault(codes.NO_REDUCE_ONLY)
    if text_of(row.ord_type) == SWAP_ONLY_TYPE:
        return wrong("ordType", "market: optimal_limit_ioc is for swaps")
    return MarginMode.CASH, False, is_repriced


def _swap_options(row: OrderRequest, instrument: InstrumentView) -> Options | Fault:
    """Those of an order in a swap, or why they are none."""
    margin_mode = margin_mode_of("tdMode", row.td_mode, instrument)
    if isinstance(margin_mode, Fault):
        return margin_mode
    options = _common_options(row)
    return options if isinstance(options, Fault) else (margin_mode, *options)


def margin_mode_of(name: str, value: Any, instrument: InstrumentView) -> int | Fault:
    """The margin mode of a swap; it has to be stated, and cash is none."""
    text = text_of(value)
    if not text:
        return fault(codes.PARAMETER_EMPTY, f"Parameter {name} can not be empty.")
    mode = SWAP_MARGIN_MODES.get(text)
    if mode is None:
        if text in MARGIN_MODE_NAMES:
            return fault(
                codes.MODE_NOT_SUPPORTED, f"{instrument.name} is traded cross or isolated."
            )
        return wrong(name, "cross or isolated")
    return mode


def _common_options(row: OrderRequest) -> tuple[bool, bool] | Fault:
    """(reduce only, reprice) of an order."""
    if text_of(row.pos_side) not in ("", "net"):
        return wrong("posSide", "net, or nothing")
    is_reduce_only = FLAGS.get(text_of(row.reduce_only))
    if is_reduce_only is None:
        return wrong("reduceOnly", "true or false")
    if FLAGS.get(text_of(row.ban_amend)) is None:
        return wrong("banAmend", "true or false")
    amend_type = text_of(row.px_amend_type)
    if amend_type not in ("", "0", "1"):
        return wrong("pxAmendType", "0 (refuse) or 1 (move to the price limit)")
    if row.attach_algo_ords not in (None, "", []):
        return wrong("attachAlgoOrds", "nothing: attached orders are not offered")
    return is_reduce_only, amend_type == "1"


def _order_size(
    row: OrderRequest, instrument: InstrumentView, venue: VenueMaps, *, side: int, order_type: int
) -> tuple[int, int] | Fault:
    """(lots, quote units) of the order, of which one is 0: a market buy is sized in quote unless it
    says base.
    """
    text = text_of(row.sz)
    target = text_of(row.tgt_ccy)
    if target not in ("", "base_ccy", "quote_ccy"):
        return wrong("tgtCcy", "base_ccy or quote_ccy")
    if order_type == OrderType.MARKET and target == "quote_ccy":
        if instrument.is_swap:
            return wrong("tgtCcy", "nothing: a swap is sized in contracts")
        if side == Side.SELL:
            return wrong("tgtCcy", "base_ccy for a sell")
    is_in_quote = order_type == OrderType.MARKET and side == Side.BUY and target != "base_ccy"
    if not is_in_quote or instrument.is_swap:
        lots = size_lots("sz", text, instrument, venue)
        return lots if isinstance(lots, Fault) else (lots, 0)
    quote = venue.asset(instrument.quote_asset_id)
    assert quote is not None, "an instrument's assets are listed before it"
    amount = parse_decimal(text, quote.scale)
    if amount == TOO_FINE:
        return fault(codes.SIZE_OFF_LOT, f"sz: {quote.name} has {quote.scale} decimal places.")
    if amount <= 0:
        return _not_positive("sz", text)
    if amount > NOTIONAL_MAX:
        return fault(codes.SIZE_TOO_LARGE)
    return 0, amount


def _not_positive(name: str, text: str) -> Fault:
    if not text:
        return fault(codes.PARAMETER_EMPTY, f"Parameter {name} can not be empty.")
    return wrong(name, "a plain positive decimal number such as 0.001")


def price_ticks(name: str, text: str, instrument: InstrumentView) -> int | Fault:
    """A price in ticks: positive and on the grid, or why not."""
    if not text:
        return fault(codes.PRICE_MISSING)
    price_e8 = parse_decimal(text, 8)
    if price_e8 == NOT_A_NUMBER:
        return wrong(name, "a plain positive decimal number such as 60000.1")
    ticks, rest = divmod(price_e8, instrument.tick_size_e8)
    if price_e8 == TOO_FINE or rest != 0:
        tick_size = format_decimal(instrument.tick_size_e8, 8)
        return fault(
            codes.PRICE_OUT_OF_LIMIT, f"{name}: not a multiple of the tick size {tick_size}."
        )
    if ticks == 0:
        return fault(codes.PRICE_OUT_OF_LIMIT, f"{name}: the price must be positive.")
    if ticks > NOTIONAL_MAX:
        return fault(codes.PRICE_OUT_OF_LIMIT)
    return ticks


def size_lots(name: str, text: str, instrument: InstrumentView, venue: VenueMaps) -> int | Fault:
    """A size in base, or of a swap in contracts, as lots: positive and whole, or why not."""
    base = venue.asset(instrument.base_asset_id)
    assert base is not None, "an instrument's assets are listed before it"
    scale, units_per_lot = (0, 1) if instrument.is_swap else (base.scale, instrument.lot_size)
    units = parse_decimal(text, scale)
    if units == NOT_A_NUMBER or units == 0:
        return _not_positive(name, text)
    lots, rest = divmod(units, units_per_lot)
    if units == TOO_FINE or rest != 0:
        lot_size = format_decimal(units_per_lot, scale)
        return fault(codes.SIZE_OFF_LOT, f"{name}: not a multiple of the lot size {lot_size}.")
    if lots > NOTIONAL_MAX:
        return fault(codes.SIZE_TOO_LARGE)
    return lots


def cancel_command(row: CancelRequest, venue: VenueMaps, *, account_id: int) -> CancelOrder | Fault:
    """The cancel a row describes, or why it is none."""
    named = _named_order(row, venue)
    if isinstance(named, Fault):
        return named
    instrument_id, order_id, client_id = named
    return CancelOrder(
        account_id=account_id, instrument_id=instrument_id, order_id=order_id, client_id=client_id
    )


def amend_command(
    row: AmendRequest, venue: VenueMaps, *, account_id: int, valid_for_ms: int
) -> AmendOrder | Fault:
    """The amend a row describes, or why it is none."""
    named = _named_order(row, venue)
    if isinstance(named, Fault):
        return named
    instrument_id, order_id, client_id = named
    instrument = venue.instrument(instrument_id)
    assert instrument is not None, "just found by name"
    request_id = text_of(row.req_id)
    if request_id and not is_identifier(request_id, CLIENT_ID_BYTES):
        return wrong("reqId", "1 to 32 letters and digits")
    is_cancel_on_fail = FLAGS.get(text_of(row.cxl_on_fail))
    if is_cancel_on_fail is None:
        return wrong("cxlOnFail", "true or false")
    new_price_text, new_size_text = text_of(row.new_px), text_of(row.new_sz)
    if not new_price_text and not new_size_text:
        return fault(codes.NOTHING_TO_AMEND)
    price: int | Fault = 0
    if new_price_text:
        price = price_ticks("newPx", new_price_text, instrument)
    if isinstance(price, Fault):
        return price
    quantity: int | Fault = 0
    if new_size_text:
        quantity = size_lots("newSz", new_size_text, instrument, venue)
    if isinstance(quantity, Fault):
        return quantity
    return AmendOrder(
        account_id=account_id,
        instrument_id=instrument_id,
        order_id=order_id,
        client_id=client_id,
        new_price=price,
        new_quantity=quantity,
        cancel_on_fail=is_cancel_on_fail,
        valid_for_ms=valid_for_ms,
    )


def named_instrument(inst_id: Any, inst_id_code: Any, venue: VenueMaps) -> InstrumentView | Fault:
    """The instrument named by `instId`, or else by its integer `instIdCode`."""
    name = text_of(inst_id)
    if name:
        return venue.instrument_by_name(name) or _no_instrument(name)
    code = text_of(inst_id_code)
    if not code:
        return fault(codes.PARAMETER_EMPTY, "Parameter instId can not be empty.")
    if _ORDER_ID.fullmatch(code) is None:
        return wrong("instIdCode", "an integer")
    return venue.instrument(int(code)) or _no_instrument(code)


def _no_instrument(name: str) -> Fault:
    shown = name if is_identifier(name.replace("-", ""), 64) else "of that name"
    return fault(codes.NO_INSTRUMENT, f"There is no instrument {shown}.")


def order_id_of(text: str) -> int:
    """The order id a text names; 0, which names none, when it is not one."""
    if _ORDER_ID.fullmatch(text) is None:
        return 0
    order_id = int(text)
    return order_id if order_id <= ORDER_ID_MAX else 0


def _named_order(
    row: CancelRequest | AmendRequest, venue: VenueMaps
) -> tuple[int, int, bytes] | Fault:
    """(instrument id, order id or 0, client id); the order id decides when both are given."""
    instrument = named_instrument(row.inst_id, row.inst_id_code, venue)
    if isinstance(instrument, Fault):
        return instrument
    order_text = text_of(row.ord_id)
    if order_text:
        if _ORDER_ID.fullmatch(order_text) is None:
            return wrong("ordId", "the decimal number of an order")
        order_id = order_id_of(order_text)
        if order_id == 0:
            return fault(codes.NOT_FOUND_TO_CHANGE)
        return instrument.instrument_id, order_id, b""
    client_id = text_of(row.cl_ord_id)
    if not client_id:
        return fault(codes.NO_ORDER_NAMED)
    if not is_identifier(client_id, CLIENT_ID_BYTES):
        return wrong("clOrdId", "1 to 32 letters and digits")
    return instrument.instrument_id, 0, client_id.encode("ascii")


def validity_ms(exp_time: str, now_ms: int) -> int | Fault:
    """How long a command is valid that may be executed until `expTime` (ms since 1970), at most
    VALID_FOR_MS_MAX.
    """
    until_ms = parse_decimal(exp_time, 0)
    if until_ms < 0:
        return wrong("expTime", "milliseconds since 1970")
    if until_ms <= now_ms:
        return fault(codes.EXPIRY_PASSED)
    return min(until_ms - now_ms, VALID_FOR_MS_MAX)
