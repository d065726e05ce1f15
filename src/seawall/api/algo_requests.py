"""Algo orders of the wire to commands, and which way their triggers point.

A trigger fires when its price reaches it from the side on which the price stands when it is placed.
So a stop-loss on the wrong side would act as a take-profit: it is refused here.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from seawall.api import codes
from seawall.api.codes import Fault, fault
from seawall.api.decimals import NOT_A_NUMBER, TOO_FINE, parse_decimal
from seawall.api.order_requests import (
    FLAGS,
    SIDES,
    STP_MODES,
    is_identifier,
    margin_mode_of,
    named_instrument,
    order_id_of,
    price_ticks,
    size_lots,
    text_of,
    wrong,
)
from seawall.api.services import Services
from seawall.api.wire_algo import AlgoRequest, CancelAlgoRequest
from seawall.core.model.commands import CancelAlgo, PlaceAlgo
from seawall.core.model.enums import (
    TRIGGER_PRICE_NAMES,
    AlgoType,
    MarginMode,
    Side,
    TriggerPrice,
)
from seawall.core.model.limits import CLIENT_ID_BYTES, TAG_BYTES
from seawall.core.model.units import E8
from seawall.gateway import InstrumentView

ORDER_TYPES: Final = {
    "conditional": AlgoType.CONDITIONAL,
    "oco": AlgoType.OCO,
    "trigger": AlgoType.TRIGGER,
    "move_order_stop": AlgoType.TRAILING,
}
MARKET: Final = ("-1", "-1.0")
# (is a stop-loss, side) -> what to say when its trigger stands on the wrong side of the price
WRONG_SIDES: Final = {
    (True, Side.BUY): codes.BUY_STOP_TOO_LOW,
    (True, Side.SELL): codes.SELL_STOP_TOO_HIGH,
    (False, Side.BUY): codes.BUY_PROFIT_TOO_HIGH,
    (False, Side.SELL): codes.SELL_PROFIT_TOO_LOW,
}


class Leg(msgspec.Struct, frozen=True):
    """A trigger price, the price that is watched, and the limit of the order (0: market)."""

    trigger_price: int = 0
    trigger_by: int = TriggerPrice.LAST
    order_price: int = 0


NO_LEG: Final = Leg()


class Terms(msgspec.Struct, frozen=True):
    """What depends on the type of an algo order."""

    first: Leg = NO_LEG
    second: Leg = NO_LEG
    callback_e8: int = 0
    callback_ticks: int = 0
    active_price: int = 0


def algo_command(
    row: AlgoRequest, services: Services, *, account_id: int, valid_for_ms: int
) -> PlaceAlgo | Fault:
    """The algo order a row describes, or why it is none."""
    venue = services.venue
    instrument = named_instrument(row.inst_id, None, venue)
    if isinstance(instrument, Fault):
        return instrument
    side = SIDES.get(text_of(row.side))
    if side is None:
        return wrong("side", "buy or sell")
    algo_type = ORDER_TYPES.get(text_of(row.ord_type))
    if algo_type is None:
        return wrong("ordType", "conditional, oco, trigger or move_order_stop")
    margin_mode = _margin_mode(row, instrument)
    if isinstance(margin_mode, Fault):
        return margin_mode
    is_reduce_only = _reduce_only(row, instrument)
    if isinstance(is_reduce_only, Fault):
        return is_reduce_only
    names = _names(row)
    if isinstance(names, Fault):
        return names
    quantity = size_lots("sz", text_of(row.sz), instrument, venue)
    if isinstance(quantity, Fault):
        return quantity
    terms = _terms(row, instrument, algo_type)
    if isinstance(terms, Fault):
        return terms
    refusal = _wrong_side(terms, row, instrument, services, algo_type=algo_type, side=side)
    if refusal is not None:
        return refusal
    return PlaceAlgo(
        account_id=account_id,
        instrument_id=instrument.instrument_id,
        algo_type=algo_type,
        side=side,
        quantity=quantity,
        margin_mode=margin_mode,
        reduce_only=is_reduce_only,
        self_trade_prevention=STP_MODES[text_of(row.stp_mode)],
        trigger_price=terms.first.trigger_price,
        trigger_by=terms.first.trigger_by,
        order_price=terms.first.order_price,
        second_trigger_price=terms.second.trigger_price,
        second_trigger_by=terms.second.trigger_by,
        second_order_price=terms.second.order_price,
        callback_e8=terms.callback_e8,
        callback_ticks=terms.callback_ticks,
        active_price=terms.active_price,
        valid_for_ms=valid_for_ms,
        client_id=names[0],
        tag=names[1],
    )


def _margin_mode(row: AlgoRequest, instrument: InstrumentView) -> int | Fault:
    if instrument.is_swap:
        return margin_mode_of("tdMode", row.td_mode, instrument)
    # ccxt sends cross for stops on spot; nothing is ever borrowed, so cash is what it can mean.
    if text_of(row.td_mode) not in ("", "cash", "cross"):
        return fault(codes.MODE_NOT_SUPPORTED)
    return MarginMode.CASH


def _reduce_only(row: AlgoRequest, instrument: InstrumentView) -> bool | Fault:
    """Whether it may only reduce, after everything that cannot be promised was refused."""
    is_reduce_only = FLAGS.get(text_of(row.reduce_only))
    if is_reduce_only is None:
        return wrong("reduceOnly", "true or false")
    if is_reduce_only and not instrument.is_swap:
        return fault(codes.NO_REDUCE_ONLY)
    if text_of(row.pos_side) not in ("", "net"):
        return wrong("posSide", "net, or nothing")
    if text_of(row.stp_mode) not in STP_MODES:
        return wrong("stpMode", "cancel_maker, cancel_taker or cancel_both")
    if text_of(row.close_fraction):
        return wrong("closeFraction", "nothing: state sz, with reduceOnly")
    if text_of(row.tgt_ccy) not in ("", "base_ccy"):
        return wrong("tgtCcy", "base_ccy, or nothing")
    if row.attach_algo_ords not in (None, "", []):
        return wrong("attachAlgoOrds", "nothing: attached orders are not offered")
    return is_reduce_only


def _names(row: AlgoRequest) -> tuple[bytes, bytes] | Fault:
    """(client id, tag); v5 has two names for the first."""
    client_id = text_of(row.algo_cl_ord_id) or text_of(row.cl_ord_id)
    if client_id and not is_identifier(client_id, CLIENT_ID_BYTES):
        return wrong("algoClOrdId", "1 to 32 letters and digits")
    tag = text_of(row.tag)
    if tag and not is_identifier(tag, TAG_BYTES):
        return wrong("tag", "1 to 16 letters and digits")
    return client_id.encode("ascii"), tag.encode("ascii")


def _terms(row: AlgoRequest, instrument: InstrumentView, algo_type: int) -> Terms | Fault:
    if algo_type == AlgoType.TRAILING:
        return _trailing(row, instrument)
    if algo_type == AlgoType.TRIGGER:
        leg = _leg("trigger", row.trigger_px, row.trigger_px_type, row.order_px, instrument)
        return leg if isinstance(leg, Fault) else Terms(first=leg)
    has_profit, has_stop = bool(text_of(row.tp_trigger_px)), bool(text_of(row.sl_trigger_px))
    if algo_type == AlgoType.CONDITIONAL and has_profit and has_stop:
        return wrong("ordType", "oco for a take-profit together with a stop-loss")
    legs: list[Leg] = []
    if has_profit or algo_type == AlgoType.OCO:
        leg = _leg("tp", row.tp_trigger_px, row.tp_trigger_px_type, row.tp_ord_px, instrument)
        if isinstance(leg, Fault):
            return leg
        legs.append(leg)
    if has_stop or algo_type == AlgoType.OCO or not legs:
        leg = _leg("sl", row.sl_trigger_px, row.sl_trigger_px_type, row.sl_ord_px, instrument)
        if isinstance(leg, Fault):
            return leg
        legs.append(leg)
    return Terms(first=legs[0], second=legs[1] if len(legs) > 1 else NO_LEG)


def _leg(
    kind: str, trigger: Any, trigger_type: Any, order: Any, instrument: InstrumentView
) -> Leg | Fault:
    """One trigger with its order; `kind` begins the names of its parameters."""
    prefix = "" if kind == "trigger" else kind
    trigger_name = "triggerPx" if not prefix else f"{prefix}TriggerPx"
    order_name = "orderPx" if not prefix else f"{prefix}OrdPx"
    text = text_of(trigger)
    if not text:
        return fault(codes.PARAMETER_EMPTY, f"Parameter {trigger_name} can not be empty.")
    trigger_price = price_ticks(trigger_name, text, instrument)
    if isinstance(trigger_price, Fault):
        return trigger_price
    trigger_by = watched_price(f"{trigger_name}Type", trigger_type, instrument)
    if isinstance(trigger_by, Fault):
        return trigger_by
    order_text = text_of(order)
    if not order_text:
        return fault(codes.PARAMETER_EMPTY, f"Parameter {order_name} can not be empty.")
    order_price = 0 if order_text in MARKET else price_ticks(order_name, order_text, instrument)
    if isinstance(order_price, Fault):
        return order_price
    return Leg(trigger_price=trigger_price, trigger_by=trigger_by, order_price=order_price)


def watched_price(name: str, value: Any, instrument: InstrumentView) -> int | Fault:
    """The price that a trigger watches: the mark of a swap and the last price of spot, unless told
    otherwise.
    """
    text = text_of(value)
    if not text:
        return TriggerPrice.MARK if instrument.is_swap else TriggerPrice.LAST
    if text not in TRIGGER_PRICE_NAMES:
        return wrong(name, "last, mark or index")
    return TRIGGER_PRICE_NAMES.index(text)


def _trailing(row: AlgoRequest, instrument: InstrumentView) -> Terms | Fault:
    ratio_text, spread_text = text_of(row.callback_ratio), text_of(row.callback_spread)
    if bool(ratio_text) == bool(spread_text):
        return wrong("callbackRatio", "a ratio, or else callbackSpread, one of the two")
    trigger_by = watched_price("triggerPxType", row.trigger_px_type, instrument)
    if isinstance(trigger_by, Fault):
        return trigger_by
    active_text = text_of(row.active_px)
    active = price_ticks("activePx", active_text, instrument) if active_text else 0
    if isinstance(active, Fault):
        return active
    ratio_e8 = 0
    spread: int | Fault = 0
    if ratio_text:
        ratio_e8 = parse_decimal(ratio_text, 8)
        if ratio_e8 in (NOT_A_NUMBER, TOO_FINE) or not 0 < ratio_e8 <= E8:
            return wrong("callbackRatio", "a plain decimal above 0, such as 0.01")
    else:
        spread = price_ticks("callbackSpread", spread_text, instrument)
    if isinstance(spread, Fault):
        return spread
    return Terms(
        first=Leg(trigger_by=trigger_by),
        callback_e8=ratio_e8,
        callback_ticks=spread,
        active_price=active,
    )


def _wrong_side(
    terms: Terms,
    row: AlgoRequest,
    instrument: InstrumentView,
    services: Services,
    *,
    algo_type: int,
    side: int,
) -> Fault | None:
    """Why a stop-loss or take-profit stands on the wrong side of the present price, or None."""
    if algo_type not in (AlgoType.CONDITIONAL, AlgoType.OCO):
        return None
    first_is_stop = algo_type == AlgoType.CONDITIONAL and bool(text_of(row.sl_trigger_px))
    legs = [(terms.first, first_is_stop)]
    if algo_type == AlgoType.OCO:
        legs.append((terms.second, True))
    for leg, is_stop in legs:
        is_rising = rises_to(leg.trigger_price, leg.trigger_by, instrument, services)
        should_rise = is_stop == (side == Side.BUY)
        if is_rising is not None and is_rising != should_rise:
            return fault(WRONG_SIDES[(is_stop, side)])
    return None


def rises_to(
    trigger_price: int, trigger_by: int, instrument: InstrumentView, services: Services
) -> bool | None:
    """Whether the watched price would have to rise to the trigger; None while there is no price."""
    prices = services.venue.prices
    tick_e8 = instrument.tick_size_e8
    if trigger_by == TriggerPrice.MARK:
        reference_e8 = prices.mark(instrument.instrument_id).mark * tick_e8
    elif trigger_by == TriggerPrice.INDEX:
        reference_e8 = prices.index(instrument.index_id).value_e8
    else:
        ticker = services.market.ticker(instrument.instrument_id)
        reference_e8 = ticker.last_price * tick_e8 if ticker is not None else 0
    if reference_e8 == 0:
        return None
    return trigger_price * tick_e8 >= reference_e8


def cancel_algo_command(
    row: CancelAlgoRequest, services: Services, *, account_id: int
) -> CancelAlgo | Fault:
    """The cancel a row describes, or why it is none."""
    instrument = named_instrument(row.inst_id, None, services.venue)
    if isinstance(instrument, Fault):
        return instrument
    text = text_of(row.algo_id)
    client_id = text_of(row.algo_cl_ord_id)
    if text:
        if not (text.isascii() and text.isdigit()):
            return wrong("algoId", "the decimal number of an algo order")
        algo_id = order_id_of(text)
        if algo_id == 0:
            return fault(codes.NOT_FOUND_TO_CHANGE)
        client_id = ""
    elif not client_id:
        return fault(codes.PARAMETER_EMPTY, "Either algoId or algoClOrdId is required.")
    elif not is_identifier(client_id, CLIENT_ID_BYTES):
        return wrong("algoClOrdId", "1 to 32 letters and digits")
    else:
        algo_id = 0
    return CancelAlgo(
        account_id=account_id,
        instrument_id=instrument.instrument_id,
        algo_id=algo_id,
        client_id=client_id.encode("ascii"),
    )
