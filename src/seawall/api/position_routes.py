"""Positions: reading, leverage, isolated margin, position mode, closing, and funding payments."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, get, post
from litestar.params import QueryParameter

from seawall.api import codes
from seawall.api.account_rows import amount_text, asset_name, listed_instrument, ms_text
from seawall.api.admission import rate_fault
from seawall.api.codes import Fault, fault
from seawall.api.decimals import TOO_FINE, parse_decimal
from seawall.api.envelope import ApiError, Envelope
from seawall.api.json_bodies import body_of
from seawall.api.order_requests import (
    FLAGS,
    SWAP_MARGIN_MODES,
    is_identifier,
    margin_mode_of,
    named_instrument,
    text_of,
    wrong,
)
from seawall.api.paging import After, InstId, InstType, Limit, page_of
from seawall.api.position_rows import position_id_text, position_row
from seawall.api.private_reads import caller_of, require_fresh
from seawall.api.public_routes import checked_inst_type, known_instrument
from seawall.api.services import RouteServices, Services
from seawall.api.trade import ROWS_MAX, fault_of
from seawall.api.wire_swap import (
    CLOSE_POSITION,
    LEVERAGE,
    MARGIN,
    POSITION_MODE,
    BillRow,
    ClosePositionRow,
    LeverageRow,
    MarginRow,
    PositionModeRow,
    PositionRow,
)
from seawall.core.model.commands import AdjustMargin, PlaceOrder, SetLeverage
from seawall.core.model.enums import MARGIN_MODE_NAMES, OrderType, Side, TimeInForce
from seawall.core.model.limits import AMOUNT_MAX, CLIENT_ID_BYTES, TAG_BYTES
from seawall.gateway import EndpointClass, InstrumentView, PositionView

NET_MODE: Final = "net_mode"
FUNDING_BILLS: Final = "8"
FUNDING_PAID: Final = "173"
FUNDING_RECEIVED: Final = "174"
INSTRUMENTS_MAX: Final = 20
LEVER_DIGITS: Final = 6
SEQ_BITS: Final = 12  # a bill's id: seq of its entry, place within it

MarginModeName = Annotated[
    str | None, QueryParameter(name="mgnMode", description="cross, isolated")
]
PositionId = Annotated[str | None, QueryParameter(name="posId")]
BillType = Annotated[str | None, QueryParameter(name="type", description="8: funding")]
AnyRequest = Request[Any, Any, Any]


@get("/api/v5/account/positions")
async def positions(
    request: AnyRequest,
    services: RouteServices,
    inst_type: InstType = None,
    inst_id: InstId = None,
    pos_id: PositionId = None,
) -> Envelope[PositionRow]:
    """The account's open positions."""
    checked_inst_type(inst_type)
    names = inst_id.split(",") if inst_id else []
    if len(names) > INSTRUMENTS_MAX:
        raise ApiError(wrong("instId", f"at most {INSTRUMENTS_MAX} instruments"))
    ids = {known_instrument(name, services.venue).instrument_id for name in names}
    wanted_ids = set(pos_id.split(",")) if pos_id else set()
    await require_fresh(services)
    account_id = caller_of(request).account_id
    if inst_type not in (None, "", "SWAP", "ANY"):
        return Envelope(data=[])
    found = [
        services.accounts.positions.position(account_id, one.instrument_id)
        for one in services.accounts.positions.of_account(account_id)
        if one.size and (not ids or one.instrument_id in ids)
    ]
    return Envelope(
        data=[
            position_row(one, services)
            for one in found
            if one is not None and (not wanted_ids or position_id_text(one) in wanted_ids)
        ]
    )


@get("/api/v5/account/leverage-info")
async def leverage_info(
    request: AnyRequest,
    services: RouteServices,
    inst_id: InstId = None,
    mgn_mode: MarginModeName = None,
) -> Envelope[LeverageRow]:
    """The leverage of the account in swaps; an account has one in each, whatever the mode."""
    if mgn_mode and any(one not in SWAP_MARGIN_MODES for one in mgn_mode.split(",")):
        raise ApiError(wrong("mgnMode", "cross or isolated"))
    names = inst_id.split(",") if inst_id else [""]
    if len(names) > INSTRUMENTS_MAX:
        raise ApiError(wrong("instId", f"at most {INSTRUMENTS_MAX} instruments"))
    instruments = [known_instrument(name, services.venue) for name in names]
    await require_fresh(services)
    account_id = caller_of(request).account_id
    return Envelope(
        data=[
            LeverageRow(
                inst_id=one.name,
                mgn_mode=mode,
                lever=str(lever_of(services, account_id, one)),
            )
            for one in instruments
            if one.is_swap
            for mode in (mgn_mode or "cross").split(",")
        ]
    )


def lever_of(services: Services, account_id: int, instrument: InstrumentView) -> int:
    """The leverage that the account's next order in the swap will have."""
    found = services.accounts.positions.position(account_id, instrument.instrument_id)
    if found is not None:
        return found.lever
    return int(services.venue.swap_terms(instrument.instrument_id).lever_default)


@post("/api/v5/account/set-leverage", status_code=200)
async def set_leverage(request: AnyRequest, services: RouteServices) -> Envelope[LeverageRow]:
    """Choose the leverage of a swap; position and orders are re-measured at once."""
    asked = await body_of(request, LEVERAGE)
    instrument = swap_of(asked.inst_id, services)
    mode = margin_mode_of("mgnMode", asked.mgn_mode, instrument)
    if isinstance(mode, Fault):
        raise ApiError(mode)
    require_net(asked.pos_side)
    lever = lever_number(text_of(asked.lever))
    if isinstance(lever, Fault):
        raise ApiError(lever)
    account_id = caller_of(request).account_id
    take_token(services, account_id, EndpointClass.TRANSFERS)
    outcome = await services.gateway.set_leverage(
        SetLeverage(
            account_id=account_id,
            instrument_id=instrument.instrument_id,
            margin_mode=mode,
            lever=lever,
        )
    )
    refusal = fault_of(outcome)
    if refusal is not None:
        raise ApiError(refusal)
    return Envelope(
        data=[
            LeverageRow(inst_id=instrument.name, mgn_mode=MARGIN_MODE_NAMES[mode], lever=str(lever))
        ]
    )


def lever_number(text: str) -> int | Fault:
    """A leverage: whole and at least 1."""
    if not text:
        return fault(codes.PARAMETER_EMPTY, "Parameter lever can not be empty.")
    lever = parse_decimal(text, 0)
    if lever == TOO_FINE:
        return wrong("lever", "a whole number")
    if lever < 0:
        return wrong("lever", "a plain whole number such as 10")
    if lever == 0 or lever >= 10**LEVER_DIGITS:
        return fault(codes.LEVER_OUT_OF_RANGE)
    return lever


@post("/api/v5/account/position/margin-balance", status_code=200)
async def margin_balance(request: AnyRequest, services: RouteServices) -> Envelope[MarginRow]:
    """Add margin to an isolated position, or take some out."""
    asked = await body_of(request, MARGIN)
    instrument = swap_of(asked.inst_id, services)
    require_net(asked.pos_side)
    kind = text_of(asked.type)
    if kind not in ("add", "reduce"):
        raise ApiError(wrong("type", "add or reduce"))
    asset = services.venue.asset(instrument.quote_asset_id)
    assert asset is not None, "an instrument's assets are listed before it"
    text = text_of(asked.amt)
    if not text:
        raise ApiError(fault(codes.PARAMETER_EMPTY, "Parameter amt can not be empty."))
    amount = parse_decimal(text, asset.scale)
    if amount <= 0 or amount > AMOUNT_MAX:
        raise ApiError(
            wrong("amt", f"a positive decimal with at most {asset.scale} decimal places")
        )
    account_id = caller_of(request).account_id
    take_token(services, account_id, EndpointClass.TRANSFERS)
    outcome = await services.gateway.adjust_margin(
        AdjustMargin(
            account_id=account_id,
            instrument_id=instrument.instrument_id,
            amount=amount if kind == "add" else -amount,
        )
    )
    refusal = fault_of(outcome)
    if refusal is not None:
        raise ApiError(refusal)
    return Envelope(
        data=[
            MarginRow(
                inst_id=instrument.name,
                amt=amount_text(amount, asset.asset_id, services.venue),
                type=kind,
                leverage=str(lever_of(services, account_id, instrument)),
                ccy=asset.name,
            )
        ]
    )


@post("/api/v5/account/set-position-mode", status_code=200)
async def set_position_mode(
    request: AnyRequest, services: RouteServices
) -> Envelope[PositionModeRow]:
    """net_mode is the one there is; long_short_mode is refused."""
    del services
    asked = await body_of(request, POSITION_MODE)
    mode = text_of(asked.pos_mode)
    if mode == "long_short_mode":
        raise ApiError(fault(codes.MODE_NOT_SUPPORTED, "Positions are kept in net_mode only."))
    if mode != NET_MODE:
        raise ApiError(wrong("posMode", NET_MODE))
    return Envelope(data=[PositionModeRow(pos_mode=NET_MODE)])


@post("/api/v5/trade/close-position", status_code=200)
async def close_position(
    request: AnyRequest, services: RouteServices
) -> Envelope[ClosePositionRow]:
    """Close a whole position at the market, by orders that can only reduce it."""
    asked = await body_of(request, CLOSE_POSITION)
    instrument = swap_of(asked.inst_id, services)
    mode = margin_mode_of("mgnMode", asked.mgn_mode, instrument)
    if isinstance(mode, Fault):
        raise ApiError(mode)
    require_net(asked.pos_side)
    if FLAGS.get(text_of(asked.auto_cxl)) is None:
        raise ApiError(wrong("autoCxl", "true or false"))
    client_id, tag = text_of(asked.cl_ord_id), text_of(asked.tag)
    if client_id and not is_identifier(client_id, CLIENT_ID_BYTES):
        raise ApiError(wrong("clOrdId", "1 to 32 letters and digits"))
    if tag and not is_identifier(tag, TAG_BYTES):
        raise ApiError(wrong("tag", "1 to 16 letters and digits"))
    await require_fresh(services)
    account_id = caller_of(request).account_id
    position = services.accounts.positions.position(account_id, instrument.instrument_id)
    if position is None or position.size == 0 or position.margin_mode != mode:
        raise ApiError(fault(codes.NO_POSITION))
    take_token(services, account_id, EndpointClass.ORDERS)
    orders = closing_orders(position, instrument, services, client_id=client_id, tag=tag)
    outcomes = await services.gateway.place(orders)
    refusals = [fault_of(outcome) for outcome in outcomes]
    if None not in refusals and refusals[0] is not None:
        raise ApiError(refusals[0])  # none was executed; else the position says what is left
    return Envelope(data=[ClosePositionRow(inst_id=instrument.name, cl_ord_id=client_id, tag=tag)])


def closing_orders(
    position: PositionView,
    instrument: InstrumentView,
    services: Services,
    *,
    client_id: str,
    tag: str,
) -> list[PlaceOrder]:
    """Market orders that close the position: as many as the largest order allows, at most ROWS_MAX.

    The value of a market order is judged at its worst price; a half leaves room for that.
    """
    mark = services.venue.prices.mark(instrument.instrument_id).mark
    terms = services.venue.swap_terms(instrument.instrument_id)
    largest = instrument.quantity_max
    if mark:
        largest = min(largest, max(terms.market_order_max // (2 * mark * terms.unit_value), 1))
    left = abs(position.size)
    orders: list[PlaceOrder] = []
    while left > 0 and len(orders) < ROWS_MAX:
        lots = min(left, largest)
        left -= lots
        orders.append(
            PlaceOrder(
                account_id=position.account_id,
                instrument_id=instrument.instrument_id,
                side=Side.SELL if position.size > 0 else Side.BUY,
                order_type=OrderType.MARKET,
                limit_price=0,
                quantity=lots,
                time_in_force=TimeInForce.IOC,
                margin_mode=position.margin_mode,
                reduce_only=True,
                client_id=b"" if orders else client_id.encode("ascii"),
                tag=tag.encode("ascii"),
            )
        )
    return orders


@get(["/api/v5/account/bills", "/api/v5/account/bills-archive"])
async def funding_bills(
    request: AnyRequest,
    services: RouteServices,
    inst_type: InstType = None,
    inst_id: InstId = None,
    bill_type: BillType = None,
    after: After = None,
    limit: Limit = None,
) -> Envelope[BillRow]:
    """Payments of funding (type 8), newest first, from the read models; no other bills are
    offered.
    """
    checked_inst_type(inst_type)
    if bill_type != FUNDING_BILLS:
        raise ApiError(wrong("type", f"{FUNDING_BILLS}: bills of funding are what is offered"))
    instrument = known_instrument(inst_id, services.venue) if inst_id else None
    page = page_of(limit=limit, after=after)
    rows: list[BillRow] = []
    after_seq = None if page.after is None else page.after >> SEQ_BITS
    payments = await services.history.funding_payments(
        caller_of(request).account_id, limit=page.limit, after_seq=after_seq
    )
    for payment in payments:
        paid_in = listed_instrument(payment.detail, services.venue)
        if instrument is not None and paid_in.instrument_id != instrument.instrument_id:
            continue
        amount = amount_text(payment.amount, payment.asset_id, services.venue)
        rows.append(
            BillRow(
                bill_id=str(payment.seq << SEQ_BITS | payment.position),
                sub_type=FUNDING_RECEIVED if payment.amount > 0 else FUNDING_PAID,
                ccy=asset_name(payment.asset_id, services.venue),
                bal_chg=amount,
                pnl=amount,
                inst_id=paid_in.name,
                ts=ms_text(payment.time_ns),
            )
        )
    return Envelope(data=rows)


def swap_of(inst_id: Any, services: Services) -> InstrumentView:
    """The swap that a body names."""
    instrument = named_instrument(inst_id, None, services.venue)
    if isinstance(instrument, Fault):
        raise ApiError(instrument)
    if not instrument.is_swap:
        raise ApiError(fault(codes.MODE_NOT_SUPPORTED, f"{instrument.name} is not a swap."))
    return instrument


def require_net(pos_side: Any) -> None:
    """There is one position per swap."""
    if text_of(pos_side) not in ("", "net"):
        raise ApiError(wrong("posSide", "net, or nothing"))


def take_token(services: Services, account_id: int, endpoint_class: EndpointClass) -> None:
    """Count the request; refuse it when there are too many."""
    refusal = rate_fault(account_id, endpoint_class, services)
    if refusal is not None:
        raise ApiError(refusal)


POSITION_ROUTES: Final = (
    positions,
    leverage_info,
    set_leverage,
    margin_balance,
    set_position_mode,
    close_position,
    funding_bills,
)
