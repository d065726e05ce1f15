"""Reading orders and fills back: one order and how a request ended, open orders, history.

Open orders and what ended within the day come from the event-fed maps and see one's own writes; the
read models add what is older. Both are asked for the same page and merged by id, the maps' version
first.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, get

from seawall.api import codes
from seawall.api.account_rows import fill_row, order_row
from seawall.api.codes import fault, fault_of_reason
from seawall.api.envelope import ApiError, Envelope
from seawall.api.order_requests import is_identifier, order_id_of, wrong
from seawall.api.paging import (
    After,
    Before,
    Begin,
    ClOrdId,
    End,
    InstFamily,
    InstId,
    InstType,
    Limit,
    OrdId,
    OrdType,
    Page,
    State,
    page_of,
)
from seawall.api.private_reads import caller_of, require_fresh
from seawall.api.public_routes import checked_inst_type, known_instrument
from seawall.api.services import HistoryQuery, RouteServices, Services, StoredFill, StoredOrder
from seawall.api.wire_trade import FillRow, OrderRow, PlaceRow
from seawall.core.model.limits import CLIENT_ID_BYTES
from seawall.gateway import FillView, OrderView, PendingView, RejectionView

AnyRequest = Request[Any, Any, Any]
OPEN_STATES: Final = ("", "live", "partially_filled")
ENDED_STATES: Final = ("", "filled", "canceled", "mmp_canceled")
MAP_PAGE: Final = 100
BILL_ID_MAX: Final = 2**64 - 1


@get("/api/v5/trade/order")
async def one_order(
    request: AnyRequest,
    services: RouteServices,
    inst_id: InstId = None,
    ord_id: OrdId = None,
    cl_ord_id: ClOrdId = None,
) -> Envelope[OrderRow | PlaceRow]:
    """An order, or how the request with that client id ended: refused, or unknown (50004)."""
    instrument = known_instrument(inst_id, services.venue)
    if not ord_id and not cl_ord_id:
        raise ApiError(fault(codes.NO_ORDER_NAMED))
    await require_fresh(services)
    account_id = caller_of(request).account_id
    found: StoredOrder | RejectionView | PendingView | None
    if ord_id:
        found = await _order_by_id(services, account_id, ord_id)
    else:
        assert cl_ord_id, "one of the two is there"
        found = _order_by_client_id(services, account_id, cl_ord_id)
    if found is None or found.instrument_id != instrument.instrument_id:
        raise ApiError(fault(codes.NO_SUCH_ORDER))
    if isinstance(found, PendingView):
        raise ApiError(fault(codes.OUTCOME_UNKNOWN))
    if isinstance(found, RejectionView):
        return Envelope(code="1", msg="All operations failed", data=[_rejection_row(found)])
    return Envelope(data=[order_row(found, services.venue)])


async def _order_by_id(services: Services, account_id: int, text: str) -> StoredOrder | None:
    order_id = order_id_of(text)
    if order_id == 0:
        return None
    found = services.accounts.order(account_id, order_id)
    if found is not None:
        return found
    return await services.history.order(account_id, order_id)


def _order_by_client_id(
    services: Services, account_id: int, text: str
) -> OrderView | RejectionView | PendingView | None:
    if not is_identifier(text, CLIENT_ID_BYTES):
        raise ApiError(wrong("clOrdId", "1 to 32 letters and digits"))
    client_id = text.encode("ascii")
    return services.gateway.outcome_of(account_id, client_id)


def _rejection_row(rejection: RejectionView) -> PlaceRow:
    """The same row that the request was, or would have been, answered with."""
    found = fault_of_reason(rejection.reason)
    return PlaceRow(
        ord_id="",
        cl_ord_id=rejection.client_id.decode("ascii"),
        tag="",
        ts=str(rejection.time_ns // 1_000_000),
        s_code=found.code,
        s_msg=found.message,
    )


class OrderFilter:
    """Which orders of a page are wanted, by the words of the wire."""

    def __init__(
        self,
        *,
        inst_type: str | None,
        ord_type: str | None,
        state: str | None,
        states: tuple[str, ...],
    ) -> None:
        if (state or "") not in states:
            raise ApiError(wrong("state", " or ".join(states[1:])))
        self._inst_type = inst_type
        self._types = frozenset(ord_type.split(",")) if ord_type else None
        self._state = state

    def admits(self, row: OrderRow) -> bool:
        """Whether the order is of the types and in the state asked for."""
        is_of_kind = self._inst_type in (None, "", "ANY", row.inst_type)
        is_of_type = is_of_kind and (self._types is None or row.ord_type in self._types)
        return is_of_type and (not self._state or row.state == self._state)


@get("/api/v5/trade/orders-pending")
async def open_orders(
    request: AnyRequest,
    services: RouteServices,
    inst_type: InstType = None,
    inst_id: InstId = None,
    inst_family: InstFamily = None,
    ord_type: OrdType = None,
    order_state: State = None,
    after: After = None,
    before: Before = None,
    limit: Limit = None,
) -> Envelope[OrderRow]:
    """Open orders, newest first."""
    del inst_family  # instId selects
    page = page_of(limit=limit, after=after, before=before)
    wanted = OrderFilter(
        inst_type=inst_type, ord_type=ord_type, state=order_state, states=OPEN_STATES
    )
    instrument_id = _instrument_id(inst_type, inst_id, services)
    await require_fresh(services)
    rows: list[OrderRow] = []
    newest = page.after
    while len(rows) < page.limit:
        views = services.accounts.open_orders(
            caller_of(request).account_id,
            instrument_id=instrument_id,
            after=newest,
            before=page.before,
            limit=MAP_PAGE,
        )
        rows += [
            row for row in (order_row(view, services.venue) for view in views) if wanted.admits(row)
        ]
        if len(views) < MAP_PAGE:
            break
        newest = views[-1].order_id
    return Envelope(data=rows[: page.limit])


@get(["/api/v5/trade/orders-history", "/api/v5/trade/orders-history-archive"])
async def ended_orders(
    request: AnyRequest,
    services: RouteServices,
    inst_type: InstType = None,
    inst_id: InstId = None,
    inst_family: InstFamily = None,
    ord_type: OrdType = None,
    order_state: State = None,
    after: After = None,
    before: Before = None,
    begin: Begin = None,
    end: End = None,
    limit: Limit = None,
) -> Envelope[OrderRow]:
    """Orders that have ended, newest first."""
    del inst_family  # instId selects
    page = page_of(limit=limit, after=after, before=before, begin=begin, end=end)
    wanted = OrderFilter(
        inst_type=inst_type, ord_type=ord_type, state=order_state, states=ENDED_STATES
    )
    instrument_id = _instrument_id(inst_type, inst_id, services)
    await require_fresh(services)
    account_id = caller_of(request).account_id
    rows: list[OrderRow] = []
    newest = page.after
    while len(rows) < page.limit:
        views = await _ended_views(services, account_id, instrument_id, page, newest)
        rows += [
            row for row in (order_row(view, services.venue) for view in views) if wanted.admits(row)
        ]
        if len(views) < MAP_PAGE:
            break
        newest = views[-1].order_id
    return Envelope(data=rows[: page.limit])


async def _ended_views(
    services: Services,
    account_id: int,
    instrument_id: int | None,
    page: Page,
    newest: int | None,
) -> list[StoredOrder]:
    """One page of ended orders from memory and read models together, before any other filter than
    the page's.
    """
    older = await services.history.orders(
        HistoryQuery(
            account_id=account_id,
            limit=MAP_PAGE,
            instrument_id=instrument_id,
            after=newest,
            before=page.before,
            begin_ms=page.begin_ms,
            end_ms=page.end_ms,
        )
    )
    found: dict[int, StoredOrder] = {view.order_id: view for view in older}
    while len(found) < 2 * MAP_PAGE:
        recent = services.accounts.ended_orders(
            account_id, instrument_id=instrument_id, after=newest, before=page.before
        )
        found.update({view.order_id: view for view in recent if _is_in(page, view.created_ns)})
        if len(recent) < MAP_PAGE or _is_before(page, recent[-1].created_ns):
            break
        newest = recent[-1].order_id
    return sorted(found.values(), key=lambda view: -view.order_id)[:MAP_PAGE]


@get(["/api/v5/trade/fills", "/api/v5/trade/fills-history"])
async def fills(
    request: AnyRequest,
    services: RouteServices,
    inst_type: InstType = None,
    inst_id: InstId = None,
    inst_family: InstFamily = None,
    ord_id: OrdId = None,
    after: After = None,
    before: Before = None,
    begin: Begin = None,
    end: End = None,
    limit: Limit = None,
) -> Envelope[FillRow]:
    """The account's fills, newest first; `after` and `before` are bill ids."""
    del inst_family  # instId selects
    page = page_of(
        limit=limit, after=after, before=before, begin=begin, end=end, id_max=BILL_ID_MAX
    )
    order_id = order_id_of(ord_id) if ord_id else None
    instrument_id = _instrument_id(inst_type, inst_id, services)
    await require_fresh(services)
    account_id = caller_of(request).account_id
    newest = None if page.after is None else page.after >> 1
    rows: list[FillRow] = []
    while order_id != 0 and len(rows) < page.limit:
        views = await _fill_views(services, account_id, instrument_id, order_id, page, newest)
        rows += [
            row
            for row in (fill_row(view, services.venue) for view in views)
            if inst_type in (None, "", "ANY", row.inst_type)
        ]
        if len(views) < MAP_PAGE:
            break
        newest = views[-1].trade_id
    return Envelope(data=rows[: page.limit])


async def _fill_views(
    services: Services,
    account_id: int,
    instrument_id: int | None,
    order_id: int | None,
    page: Page,
    newest: int | None,
) -> list[StoredFill]:
    """One page of fills from memory and read models together."""
    query = HistoryQuery(
        account_id=account_id,
        limit=MAP_PAGE,
        instrument_id=instrument_id,
        order_id=order_id,
        after=newest,
        before=None if page.before is None else page.before >> 1,
        begin_ms=page.begin_ms,
        end_ms=page.end_ms,
    )
    older = await services.history.fills(query)
    found: dict[int, StoredFill] = {view.trade_id: view for view in older}
    found.update({view.trade_id: view for view in _recent_fills(services, query, page)})
    return sorted(found.values(), key=lambda view: -view.trade_id)[:MAP_PAGE]


def _recent_fills(services: Services, query: HistoryQuery, page: Page) -> list[FillView]:
    """A page of fills from memory."""
    wanted: list[FillView] = []
    newest = query.after
    while len(wanted) < query.limit:
        recent = services.accounts.fills(
            query.account_id,
            instrument_id=query.instrument_id,
            order_id=query.order_id,
            after=newest,
            before=query.before,
            limit=MAP_PAGE,
        )
        wanted += [view for view in recent if _is_in(page, view.time_ns)]
        if len(recent) < MAP_PAGE or _is_before(page, recent[-1].time_ns):
            break
        newest = recent[-1].trade_id
    return wanted


def _is_before(page: Page, time_ns: int) -> bool:
    """Whether a time, and so everything older, is before the page's begin."""
    return page.begin_ms is not None and time_ns // 1_000_000 < page.begin_ms


def _is_in(page: Page, time_ns: int) -> bool:
    """Whether a time is within the page's bounds."""
    time_ms = time_ns // 1_000_000
    is_late_enough = page.begin_ms is None or page.begin_ms <= time_ms
    return is_late_enough and (page.end_ms is None or time_ms <= page.end_ms)


def _instrument_id(inst_type: str | None, inst_id: str | None, services: Services) -> int | None:
    """The instrument that a list is restricted to; None for all."""
    checked_inst_type(inst_type)
    return known_instrument(inst_id, services.venue).instrument_id if inst_id else None


ORDER_ROUTES: Final = (one_order, open_orders, ended_orders, fills)
