"""Algo orders: placing, cancelling, those that wait, and those that ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from litestar import Request, get, post
from litestar.params import QueryParameter

from seawall.api import codes
from seawall.api.account_rows import (
    inst_type_of,
    listed_instrument,
    ms_text,
    price_text,
    size_text,
)
from seawall.api.admission import rate_fault
from seawall.api.algo_requests import ORDER_TYPES, algo_command, cancel_algo_command, rises_to
from seawall.api.codes import Fault, code_of_reason, fault
from seawall.api.decimals import format_decimal
from seawall.api.envelope import ApiError, Envelope
from seawall.api.json_bodies import body_of
from seawall.api.order_requests import is_identifier, order_id_of, text_of, wrong
from seawall.api.paging import After, Before, InstId, InstType, Limit, OrdType, Page, State, page_of
from seawall.api.position_routes import take_token
from seawall.api.private_reads import caller_of, require_fresh
from seawall.api.public_routes import checked_inst_type, known_instrument
from seawall.api.services import HistoryQuery, RouteServices, Services, StoredAlgo
from seawall.api.trade import ROWS_MAX, RowEnd, end_of
from seawall.api.wire_algo import ALGO, CANCEL_ALGOS, AlgoAnswerRow, AlgoOrderRow
from seawall.core.model.enums import (
    MARGIN_MODE_NAMES,
    SIDE_NAMES,
    TRIGGER_PRICE_NAMES,
    AlgoType,
    Side,
)
from seawall.core.model.limits import CLIENT_ID_BYTES, VALID_FOR_MS_DEFAULT
from seawall.gateway import AlgoState, EndpointClass, InstrumentView, Outcome

ORDER_TYPE_NAMES: Final = {number: name for name, number in ORDER_TYPES.items()}
STATES: Final[dict[str, str]] = {
    AlgoState.LIVE: "live",
    AlgoState.EFFECTIVE: "effective",
    AlgoState.CANCELLED: "canceled",
    AlgoState.FAILED: "order_failed",
}
ENDED: Final = ("effective", "canceled", "order_failed")
SL: Final = 1  # the leg of a pair that is the stop-loss

AlgoId = Annotated[str | None, QueryParameter(name="algoId")]
AlgoClientId = Annotated[str | None, QueryParameter(name="algoClOrdId")]
AnyRequest = Request[Any, Any, Any]


@post("/api/v5/trade/order-algo", status_code=200)
async def place_algo(request: AnyRequest, services: RouteServices) -> Envelope[AlgoAnswerRow]:
    """Let an order wait for a price."""
    asked = await body_of(request, ALGO)
    account_id = caller_of(request).account_id
    take_token(services, account_id, EndpointClass.ORDERS)
    result = algo_command(asked, services, account_id=account_id, valid_for_ms=VALID_FOR_MS_DEFAULT)
    answer: Outcome | Fault = (
        result if isinstance(result, Fault) else (await services.gateway.place_algos([result]))[0]
    )
    end = end_of(answer, services.now_us())
    client_id = text_of(asked.algo_cl_ord_id) or text_of(asked.cl_ord_id)
    return _answer([end], [_answer_row(end, client_id=client_id, tag=text_of(asked.tag))])


@post("/api/v5/trade/cancel-algos", status_code=200)
async def cancel_algos(request: AnyRequest, services: RouteServices) -> Envelope[AlgoAnswerRow]:
    """Cancel up to 20 algo orders."""
    rows = await body_of(request, CANCEL_ALGOS)
    if not rows:
        raise ApiError(fault(codes.EMPTY_BODY, "The list of algo orders must not be empty."))
    if len(rows) > ROWS_MAX:
        raise ApiError(fault(codes.TOO_MANY_IN_BATCH))
    account_id = caller_of(request).account_id
    refusal = rate_fault(account_id, EndpointClass.CANCELS, services, count=len(rows))
    if refusal is not None:
        raise ApiError(refusal)
    results = [cancel_algo_command(row, services, account_id=account_id) for row in rows]
    commands = [result for result in results if not isinstance(result, Fault)]
    outcomes = iter(await services.gateway.cancel_algos(commands) if commands else [])
    now_us = services.now_us()
    ends = [
        end_of(result if isinstance(result, Fault) else next(outcomes), now_us)
        for result in results
    ]
    return _answer(
        ends,
        [
            _answer_row(
                end, algo_id=text_of(row.algo_id), client_id=text_of(row.algo_cl_ord_id), tag=""
            )
            for row, end in zip(rows, ends, strict=True)
        ],
    )


def _answer(ends: Sequence[RowEnd], rows: list[AlgoAnswerRow]) -> Envelope[AlgoAnswerRow]:
    """The envelope over all rows; an error as a whole when no row was decided."""
    undecided = [end.undecided for end in ends if end.undecided is not None]
    if len(undecided) == len(ends):
        unknown = codes.OUTCOME_UNKNOWN in undecided
        raise ApiError(fault(codes.OUTCOME_UNKNOWN if unknown else undecided[0]))
    failed = sum(1 for end in ends if end.code != "0")
    if failed == 0:
        return Envelope(data=rows)
    if failed == len(ends):
        return Envelope(code="1", msg="All operations failed", data=rows)
    return Envelope(code="2", data=rows)


def _answer_row(end: RowEnd, *, client_id: str, tag: str, algo_id: str = "") -> AlgoAnswerRow:
    return AlgoAnswerRow(
        algo_id=str(end.order_id) if end.order_id else algo_id,
        algo_cl_ord_id=client_id,
        cl_ord_id=client_id,
        tag=tag,
        s_code=end.code,
        s_msg=end.message,
    )


@get("/api/v5/trade/order-algo")
async def one_algo(
    request: AnyRequest,
    services: RouteServices,
    algo_id: AlgoId = None,
    client_id: AlgoClientId = None,
) -> Envelope[AlgoOrderRow]:
    """One algo order, waiting or ended."""
    if not algo_id and not client_id:
        raise ApiError(fault(codes.PARAMETER_EMPTY, "Either algoId or algoClOrdId is required."))
    await require_fresh(services)
    account_id = caller_of(request).account_id
    found: StoredAlgo | None = None
    if algo_id:
        number = order_id_of(algo_id)
        if number:
            found = services.accounts.algos.algo(account_id, number)
            found = found or await services.history.algo(account_id, number)
    elif client_id and is_identifier(client_id, CLIENT_ID_BYTES):
        found = services.accounts.algos.algo_by_client_id(account_id, client_id.encode("ascii"))
    if found is None:
        raise ApiError(fault(codes.NO_SUCH_ORDER))
    return Envelope(data=[algo_row(found, services)])


@get("/api/v5/trade/orders-algo-pending")
async def waiting_algos(
    request: AnyRequest,
    services: RouteServices,
    ord_type: OrdType = None,
    inst_type: InstType = None,
    inst_id: InstId = None,
    algo_id: AlgoId = None,
    client_id: AlgoClientId = None,
    after: After = None,
    before: Before = None,
    limit: Limit = None,
) -> Envelope[AlgoOrderRow]:
    """Algo orders that wait, newest first, of the types named or of all."""
    page = page_of(limit=limit, after=after, before=before)
    wanted = _Wanted(services, inst_type, inst_id, ord_type, algo_id, client_id, page)
    await require_fresh(services)
    found = services.accounts.algos.waiting(caller_of(request).account_id)
    rows = [algo_row(one, services) for one in found if wanted.admits(one)]
    return Envelope(data=rows[: page.limit])


@get("/api/v5/trade/orders-algo-history")
async def ended_algos(
    request: AnyRequest,
    services: RouteServices,
    ord_type: OrdType = None,
    algo_state: State = None,
    inst_type: InstType = None,
    inst_id: InstId = None,
    algo_id: AlgoId = None,
    after: After = None,
    before: Before = None,
    limit: Limit = None,
) -> Envelope[AlgoOrderRow]:
    """Algo orders that fired or were cancelled, newest first."""
    if algo_state and algo_state not in ENDED:
        raise ApiError(wrong("state", ", ".join(ENDED)))
    page = page_of(limit=limit, after=after, before=before)
    wanted = _Wanted(services, inst_type, inst_id, ord_type, algo_id, None, page)
    await require_fresh(services)
    account_id = caller_of(request).account_id
    rows: list[AlgoOrderRow] = []
    newest = page.after
    while len(rows) < page.limit:
        query = HistoryQuery(
            account_id=account_id, limit=page.limit, after=newest, before=page.before
        )
        older = await services.history.algos(query)
        found: dict[int, StoredAlgo] = {one.algo_id: one for one in older}
        for one in services.accounts.algos.ended(account_id):
            if newest is None or one.algo_id < newest:
                found[one.algo_id] = one
        newest_first = sorted(found.values(), key=lambda one: -one.algo_id)[: page.limit]
        rows += [
            algo_row(one, services)
            for one in newest_first
            if wanted.admits(one) and algo_state in (None, "", STATES[one.state])
        ]
        if len(newest_first) < page.limit:
            break
        newest = newest_first[-1].algo_id
    return Envelope(data=rows[: page.limit])


class _Wanted:
    """Which algo orders a list is restricted to."""

    def __init__(
        self,
        services: Services,
        inst_type: str | None,
        inst_id: str | None,
        ord_type: str | None,
        algo_id: str | None,
        client_id: str | None,
        page: Page,
    ) -> None:
        checked_inst_type(inst_type)
        types = ord_type.split(",") if ord_type else list(ORDER_TYPES)
        if not all(one in ORDER_TYPES for one in types):
            raise ApiError(wrong("ordType", ", ".join(ORDER_TYPES)))
        self._types = {ORDER_TYPES[one] for one in types}
        self._venue = services.venue
        self._inst_type = inst_type
        self._instrument_id = (
            known_instrument(inst_id, services.venue).instrument_id if inst_id else None
        )
        self._algo_id = order_id_of(algo_id) if algo_id else None
        self._client_id = client_id.encode("utf-8") if client_id else None
        self._page = page

    def admits(self, algo: StoredAlgo) -> bool:
        """Whether it belongs to the page."""
        instrument = listed_instrument(algo.instrument_id, self._venue)
        page = self._page
        return (
            algo.algo_type in self._types
            and self._inst_type in (None, "", "ANY", inst_type_of(instrument))
            and self._instrument_id in (None, algo.instrument_id)
            and self._algo_id in (None, algo.algo_id)
            and self._client_id in (None, algo.client_id)
            and (page.after is None or algo.algo_id < page.after)
            and (page.before is None or algo.algo_id > page.before)
        )


def algo_row(algo: StoredAlgo, services: Services) -> AlgoOrderRow:
    """An algo order as the wire shows it."""
    venue = services.venue
    instrument = listed_instrument(algo.instrument_id, venue)
    has_fired = algo.state in (AlgoState.EFFECTIVE, AlgoState.FAILED)
    return AlgoOrderRow(
        inst_type=inst_type_of(instrument),
        inst_id=instrument.name,
        algo_id=str(algo.algo_id),
        algo_cl_ord_id=algo.client_id.decode("ascii"),
        ord_id=str(algo.order_id) if algo.order_id else "",
        ord_id_list=(str(algo.order_id),) if algo.order_id else (),
        ord_type=ORDER_TYPE_NAMES[algo.algo_type],
        side=SIDE_NAMES[algo.side],
        sz=size_text(algo.quantity, instrument, venue),
        td_mode=MARGIN_MODE_NAMES[algo.margin_mode],
        state=STATES[algo.state],
        reduce_only="true" if algo.reduce_only else "false",
        tag=algo.tag.decode("ascii"),
        actual_side=_fired_side(algo, instrument, services) if has_fired else "",
        actual_px=format_decimal(algo.fired_e8, 8) if has_fired else "",
        trigger_time=ms_text(algo.updated_ns) if has_fired else "",
        fail_code=code_of_reason(algo.reason).code if algo.state == AlgoState.FAILED else "",
        c_time=ms_text(algo.created_ns),
        u_time=ms_text(algo.updated_ns),
        **_leg_texts(algo, instrument, services),
    )


def _leg_texts(algo: StoredAlgo, instrument: InstrumentView, services: Services) -> dict[str, Any]:
    """The prices of its legs under the names that v5 has for them."""
    names = ("trigger_px", "trigger_px_type", "ord_px")
    found: dict[str, Any] = dict.fromkeys(
        (*names, *(f"{kind}_{name}" for kind in ("tp", "sl") for name in names)), ""
    )
    found |= {"callback_ratio": "", "callback_spread": "", "active_px": ""}

    def put(kind: str, trigger_price: int, trigger_by: int, order_price: int) -> None:
        found[f"{kind}trigger_px"] = price_text(trigger_price, instrument)
        found[f"{kind}trigger_px_type"] = TRIGGER_PRICE_NAMES[trigger_by]
        found[f"{kind}ord_px"] = price_text(order_price, instrument) if order_price else "-1"

    if algo.algo_type == AlgoType.TRAILING:
        found["trigger_px_type"] = TRIGGER_PRICE_NAMES[algo.trigger_by]
        if algo.callback_e8:
            found["callback_ratio"] = format_decimal(algo.callback_e8, 8)
        else:
            found["callback_spread"] = price_text(algo.callback_ticks, instrument)
        if algo.active_price:
            found["active_px"] = price_text(algo.active_price, instrument)
        return found
    kind = ""
    if algo.algo_type == AlgoType.OCO:
        kind = "tp_"
        put("sl_", algo.second_trigger_price, algo.second_trigger_by, algo.second_order_price)
    elif algo.algo_type == AlgoType.CONDITIONAL:
        kind = "sl_" if _is_stop(algo, instrument, services) else "tp_"
    put(kind, algo.trigger_price, algo.trigger_by, algo.order_price)
    return found


def _fired_side(algo: StoredAlgo, instrument: InstrumentView, services: Services) -> str:
    """Which of the two legs fired, as v5 calls them."""
    if algo.algo_type == AlgoType.OCO:
        return "sl" if algo.fired_leg == SL else "tp"
    if algo.algo_type == AlgoType.CONDITIONAL:
        return "sl" if _is_stop(algo, instrument, services) else "tp"
    return ""


def _is_stop(algo: StoredAlgo, instrument: InstrumentView, services: Services) -> bool:
    """Whether the one leg of a conditional order limits a loss: a buy waits for a rise, a sell for
    a fall. Known from its placement, else from what fired it, else from the present price, which
    has not crossed it.
    """
    is_rising = algo.is_rising
    if is_rising is None and algo.fired_e8:
        is_rising = algo.fired_e8 >= algo.trigger_price * instrument.tick_size_e8
        if algo.fired_e8 == algo.trigger_price * instrument.tick_size_e8:
            is_rising = algo.side == Side.BUY
    if is_rising is None:
        is_rising = rises_to(algo.trigger_price, algo.trigger_by, instrument, services)
    return (algo.side == Side.BUY) == (is_rising if is_rising is not None else True)


ALGO_ROUTES: Final = (place_algo, cancel_algos, one_algo, waiting_algos, ended_algos)
