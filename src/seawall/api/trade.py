"""The hot trade routes: place, amend and cancel orders, one at a time or up to twenty.

Each takes the raw body that was signed, turns its rows into commands, gives the good ones to the
gateway as one batch and answers row by row: `code` "0" when all were executed, "1" when none was,
"2" otherwise. Only when no row was decided at all does the answer fail as a whole, with the code
that says what a client may do: 50013, 50026 and 50001 promise that nothing was accepted; 50004 says
that the outcome has to be asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from seawall.api import codes
from seawall.api.admission import rate_fault
from seawall.api.codes import ApiCode, Fault, fault, fault_of_reason
from seawall.api.envelope import Answer, OrderEnvelope, encode, fault_answer
from seawall.api.order_requests import (
    amend_command,
    cancel_command,
    place_command,
    text_of,
    validity_ms,
)
from seawall.api.services import Services, SignedRequest
from seawall.api.wire_trade import (
    AMEND_MANY,
    AMEND_ONE,
    CANCEL_MANY,
    CANCEL_ONE,
    PLACE_MANY,
    PLACE_ONE,
    AmendRequest,
    AmendRow,
    CancelRequest,
    CancelRow,
    OrderRequest,
    PlaceRow,
)
from seawall.core.model.limits import VALID_FOR_MS_DEFAULT
from seawall.gateway import EndpointClass, Outcome, OutcomeNote, OutcomeStatus

T = TypeVar("T")

ROWS_MAX: Final = 20
# Why a request was certainly not accepted -> the code that says so.
NOT_ACCEPTED_CODES: Final[dict[str, ApiCode]] = {
    OutcomeNote.PLANNED_STOP: codes.PLANNED_STOP,
    OutcomeNote.ENGINE_UNREACHABLE: codes.SYSTEM_ERROR,
    OutcomeNote.OVERLOADED: codes.BUSY,
    OutcomeNote.EXPIRED_IN_QUEUE: codes.ORDER_TOO_LATE,
}
# A row with one of these did not reach the engine, or nobody knows: it decides nothing.
UNDECIDED: Final = (codes.PLANNED_STOP, codes.SYSTEM_ERROR, codes.BUSY, codes.OUTCOME_UNKNOWN)


class RowEnd(msgspec.Struct, frozen=True, gc=False):
    """How one row ended: code "0" and the order, or a fault."""

    code: str
    message: str
    order_id: int
    time_us: int
    undecided: ApiCode | None = None


def fault_of(outcome: Outcome) -> Fault | None:
    """What the gateway's outcome is answered with; None when it was executed."""
    if outcome.status == OutcomeStatus.EXECUTED:
        return None
    if outcome.status == OutcomeStatus.NOT_ACCEPTED:
        return fault(NOT_ACCEPTED_CODES.get(outcome.note, codes.BUSY))
    if outcome.status == OutcomeStatus.UNKNOWN:
        return fault(codes.OUTCOME_UNKNOWN)
    if outcome.note == OutcomeNote.INTERNAL_FAULT:
        return fault(codes.SYSTEM_ERROR)
    return fault_of_reason(outcome.reason)


def end_of(result: Outcome | Fault, now_us: int) -> RowEnd:
    """How a row ended, from the gateway's outcome or from the fault found before."""
    if isinstance(result, Fault):
        return RowEnd(result.code, result.message, 0, now_us)
    time_us = result.out_time_us or now_us
    found = fault_of(result)
    if found is None:
        return RowEnd("0", "", result.order_id, time_us)
    is_decided = result.status == OutcomeStatus.REJECTED or found.api_code not in UNDECIDED
    undecided = None if is_decided else found.api_code
    return RowEnd(found.code, found.message, result.order_id, time_us, undecided)


def answer_of(
    rows: Sequence[Any], ends: Sequence[RowEnd], services: Services, request: SignedRequest
) -> Answer:
    """The envelope over all rows; an error as a whole when no row was decided."""
    undecided = [end.undecided for end in ends if end.undecided is not None]
    if len(undecided) == len(ends):
        whole = codes.OUTCOME_UNKNOWN if codes.OUTCOME_UNKNOWN in undecided else undecided[0]
        return fault_answer(fault(whole), incident_id=services.health.incident_id())
    failed = sum(1 for end in ends if end.code != "0")
    code, message = "0", ""
    if failed:
        code, message = ("1", "All operations failed") if failed == len(ends) else ("2", "")
    envelope: OrderEnvelope[Any] = OrderEnvelope(
        code=code,
        msg=message,
        data=list(rows),
        in_time=str(request.in_time_us),
        out_time=str(services.now_us()),
    )
    return Answer(status=200, body=encode(envelope))


def decoded_rows(
    body: bytes, one: msgspec.json.Decoder[Any] | None, many: msgspec.json.Decoder[Any]
) -> list[Any] | Fault:
    """The rows of a body; hostile bytes become a fault."""
    if not body:
        return fault(codes.EMPTY_BODY)
    try:
        if one is not None:
            return [one.decode(body)]
        rows: list[Any] = many.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return fault(codes.BAD_JSON)
    if not rows:
        return fault(codes.EMPTY_BODY, "The list of orders must not be empty.")
    if len(rows) > ROWS_MAX:
        return fault(codes.TOO_MANY_IN_BATCH)
    return rows


class TradeRoutes:
    """The six hot routes over one set of services."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def place_one(self, request: SignedRequest) -> Answer:
        """POST trade/order."""
        return await self._place(request, decoded_rows(request.body, PLACE_ONE, PLACE_MANY))

    async def place_many(self, request: SignedRequest) -> Answer:
        """POST trade/batch-orders."""
        return await self._place(request, decoded_rows(request.body, None, PLACE_MANY))

    async def cancel_one(self, request: SignedRequest) -> Answer:
        """POST trade/cancel-order."""
        return await self._cancel(request, decoded_rows(request.body, CANCEL_ONE, CANCEL_MANY))

    async def cancel_many(self, request: SignedRequest) -> Answer:
        """POST trade/cancel-batch-orders."""
        return await self._cancel(request, decoded_rows(request.body, None, CANCEL_MANY))

    async def amend_one(self, request: SignedRequest) -> Answer:
        """POST trade/amend-order."""
        return await self._amend(request, decoded_rows(request.body, AMEND_ONE, AMEND_MANY))

    async def amend_many(self, request: SignedRequest) -> Answer:
        """POST trade/amend-batch-orders."""
        return await self._amend(request, decoded_rows(request.body, None, AMEND_MANY))

    async def _place(self, request: SignedRequest, rows: list[OrderRequest] | Fault) -> Answer:
        rows = self._counted(request, rows, EndpointClass.ORDERS)
        if isinstance(rows, Fault):
            return fault_answer(rows)
        venue = self._services.venue
        results: list[Any] = []
        for row in rows:
            valid_for_ms = self._validity_ms(request, row.exp_time)
            results.append(
                valid_for_ms
                if isinstance(valid_for_ms, Fault)
                else place_command(
                    row, venue, account_id=request.account_id, valid_for_ms=valid_for_ms
                )
            )
        ends = await self._ends(results, self._services.gateway.place)
        answers = [
            PlaceRow(
                ord_id=_order_text(end.order_id),
                cl_ord_id=text_of(row.cl_ord_id),
                tag=text_of(row.tag),
                ts=str(end.time_us // 1_000),
                s_code=end.code,
                s_msg=end.message,
            )
            for row, end in zip(rows, ends, strict=True)
        ]
        return answer_of(answers, ends, self._services, request)

    async def _cancel(self, request: SignedRequest, rows: list[CancelRequest] | Fault) -> Answer:
        rows = self._counted(request, rows, EndpointClass.CANCELS)
        if isinstance(rows, Fault):
            return fault_answer(rows)
        venue = self._services.venue
        results = [cancel_command(row, venue, account_id=request.account_id) for row in rows]
        ends = await self._ends(results, self._services.gateway.cancel)
        answers = [
            CancelRow(
                ord_id=_order_text(end.order_id) or text_of(row.ord_id),
                cl_ord_id=text_of(row.cl_ord_id),
                ts=str(end.time_us // 1_000),
                s_code=end.code,
                s_msg=end.message,
            )
            for row, end in zip(rows, ends, strict=True)
        ]
        return answer_of(answers, ends, self._services, request)

    async def _amend(self, request: SignedRequest, rows: list[AmendRequest] | Fault) -> Answer:
        rows = self._counted(request, rows, EndpointClass.ORDERS)
        if isinstance(rows, Fault):
            return fault_answer(rows)
        venue = self._services.venue
        results: list[Any] = []
        for row in rows:
            valid_for_ms = self._validity_ms(request, row.exp_time)
            results.append(
                valid_for_ms
                if isinstance(valid_for_ms, Fault)
                else amend_command(
                    row, venue, account_id=request.account_id, valid_for_ms=valid_for_ms
                )
            )
        ends = await self._ends(results, self._services.gateway.amend)
        answers = [
            AmendRow(
                ord_id=_order_text(end.order_id) or text_of(row.ord_id),
                cl_ord_id=text_of(row.cl_ord_id),
                req_id=text_of(row.req_id),
                ts=str(end.time_us // 1_000),
                s_code=end.code,
                s_msg=end.message,
            )
            for row, end in zip(rows, ends, strict=True)
        ]
        return answer_of(answers, ends, self._services, request)

    def _counted(
        self, request: SignedRequest, rows: list[T] | Fault, endpoint_class: EndpointClass
    ) -> list[T] | Fault:
        """The rows, once a token was taken for each."""
        if isinstance(rows, Fault):
            return rows
        return (
            rate_fault(request.account_id, endpoint_class, self._services, count=len(rows)) or rows
        )

    def _validity_ms(self, request: SignedRequest, row_exp_time: Any) -> int | Fault:
        """Until when a row may be executed: its own expTime, else the header's."""
        exp_time = text_of(row_exp_time) or request.header(b"exptime")
        if not exp_time:
            return VALID_FOR_MS_DEFAULT
        return validity_ms(exp_time, self._services.now_us() // 1_000)

    async def _ends(
        self, results: list[Any], send: Callable[[list[Any]], Awaitable[list[Outcome]]]
    ) -> list[RowEnd]:
        """Send the rows that are commands as one batch; every row gets its end, in order."""
        commands = [result for result in results if not isinstance(result, Fault)]
        outcomes = iter(await send(commands) if commands else [])
        now_us = self._services.now_us()
        return [
            end_of(result if isinstance(result, Fault) else next(outcomes), now_us)
            for result in results
        ]


def _order_text(order_id: int) -> str:
    return str(order_id) if order_id else ""
