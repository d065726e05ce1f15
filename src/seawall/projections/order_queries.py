"""Questions about orders and fills: history by account, one order, how a request ended."""

from typing import Any, Final, final

from sqlalchemy import Column, Connection, Row, Select, or_, select

from seawall.projections.opening import ReadModels, bindable
from seawall.projections.projector import read_progress
from seawall.projections.row_batch import NS_PER_MS
from seawall.projections.rows import FillRow, OrderRow, OrderStateName, RecentOrders, RejectionRow
from seawall.projections.tables import (
    FILLS,
    INSTRUMENTS,
    NO_REASON,
    ORDERS,
    REJECTIONS,
    TRADES,
    OrderState,
)

FILL_QUERY: Final[Select[Any]] = (
    select(
        FILLS,
        TRADES.c.instrument_id,
        TRADES.c.price,
        TRADES.c.quantity,
        TRADES.c.time_ns,
        TRADES.c.seq,
        ORDERS.c.client_id,
        ORDERS.c.tag,
    )
    .join(TRADES, TRADES.c.trade_id == FILLS.c.trade_id)
    .join(ORDERS, ORDERS.c.order_id == FILLS.c.order_id)
)

NO_STATE: Final = -1
ENDED_STATES: Final[dict[OrderStateName, int]] = {
    "filled": OrderState.FILLED,
    "cancelled": OrderState.CANCELLED,
}


@final
class OrderQueries:
    """Orders, fills and refusals from the read models. Lists are newest first.

    `after` and `before` bound ids from above and below, both excluded; `begin_ms` and `end_ms`
    bound times, both included: of an order that of its creation.
    """

    def __init__(self, models: ReadModels) -> None:
        self._models = models

    def ended_orders(
        self,
        account_id: int,
        *,
        limit: int,
        instrument_id: int | None = None,
        state: OrderStateName | None = None,
        after: int | None = None,
        before: int | None = None,
        begin_ms: int | None = None,
        end_ms: int | None = None,
    ) -> list[OrderRow]:
        """The account's filled and cancelled orders; `state` asks for one of the two."""
        column = ORDERS.c
        query = select(ORDERS).where(column.account_id == account_id)
        if state is None:
            query = query.where(column.state != OrderState.OPEN)
        else:
            query = query.where(column.state == ENDED_STATES.get(state, NO_STATE))
        if instrument_id is not None:
            query = query.where(column.instrument_id == instrument_id)
        query = _page(query, column.order_id, after=after, before=before, limit=limit)
        query = _during(query, column.created_ns, begin_ms=begin_ms, end_ms=end_ms)
        return self._orders(query)

    def order(self, account_id: int, order_id: int) -> OrderRow | None:
        """The account's order of that id, open or ended."""
        column = ORDERS.c
        found = self._orders(
            select(ORDERS).where(
                column.order_id == bindable(order_id), column.account_id == account_id
            )
        )
        return found[0] if found else None

    def order_by_client_id(
        self, account_id: int, client_id: bytes, *, since_ms: int
    ) -> OrderRow | None:
        """The newest order of that client id that is open, or ended at `since_ms` or later."""
        column = ORDERS.c
        found = self._orders(
            select(ORDERS)
            .where(column.account_id == account_id, column.client_id == client_id)
            .where(column.client_id != b"")
            .where(_is_open_or_ended_since(since_ms))
            .order_by(column.order_id.desc())
            .limit(1)
        )
        return found[0] if found else None

    def rejection_by_client_id(
        self, account_id: int, client_id: bytes, *, since_ms: int
    ) -> RejectionRow | None:
        """The newest refusal of an order of that client id, at `since_ms` or later."""
        column = REJECTIONS.c
        query = (
            select(REJECTIONS)
            .where(column.account_id == account_id, column.client_id == client_id)
            .where(column.time_ns >= since_ms * NS_PER_MS)
            .order_by(column.seq.desc())
            .limit(1)
        )
        with self._models.reading() as connection:
            row = connection.execute(query).one_or_none()
        return RejectionRow(**row._mapping) if row is not None else None

    def fills(
        self,
        account_id: int,
        *,
        limit: int,
        instrument_id: int | None = None,
        order_id: int | None = None,
        after: int | None = None,
        before: int | None = None,
        begin_ms: int | None = None,
        end_ms: int | None = None,
    ) -> list[FillRow]:
        """The account's fills by trade id, of all its orders or one."""
        query = FILL_QUERY.where(FILLS.c.account_id == account_id)
        if order_id is not None:
            query = query.where(FILLS.c.order_id == bindable(order_id))
        if instrument_id is not None:
            query = query.where(TRADES.c.instrument_id == instrument_id)
        query = _page(query, FILLS.c.trade_id, after=after, before=before, limit=limit)
        query = _during(query, TRADES.c.time_ns, begin_ms=begin_ms, end_ms=end_ms)
        with self._models.reading() as connection:
            return [_fill(row) for row in connection.execute(query)]

    def recent(
        self, *, since_ms: int, ended_max: int | None = None, fills_max: int | None = None
    ) -> RecentOrders:
        """What account maps start from: open orders, those ended since, and the fills since.

        Of the ended ones and of each instrument's fills only the newest come, as many as are asked
        for. All of it is of one state, that after entry `applied_seq`; -1 before the read models
        began.
        """
        ended_ns = ORDERS.c.ended_ns
        ended = select(ORDERS).where(ended_ns > 0, ended_ns >= since_ms * NS_PER_MS)
        newest = ended.order_by(ended_ns.desc()).limit(ended_max)
        with self._models.reading() as connection:
            progress = read_progress(connection)
            rows = [
                *connection.execute(select(ORDERS).where(ended_ns == 0)),
                *connection.execute(newest),
            ]
            orders = [_order(row) for row in rows]
            orders.sort(key=lambda order: order.order_id)
            return RecentOrders(
                applied_seq=-1 if progress is None else progress.applied_seq,
                orders=orders,
                fills=_fills_since(connection, since_ms, limit=fills_max),
            )

    def _orders(self, query: Select[Any]) -> list[OrderRow]:
        with self._models.reading() as connection:
            return [_order(row) for row in connection.execute(query)]


def _page(
    query: Select[Any],
    id_column: Column[int],
    *,
    after: int | None,
    before: int | None,
    limit: int,
) -> Select[Any]:
    if after is not None:
        query = query.where(id_column < bindable(after))
    if before is not None:
        query = query.where(id_column > bindable(before))
    return query.order_by(id_column.desc()).limit(bindable(limit))


def _during(
    query: Select[Any], time_column: Column[int], *, begin_ms: int | None, end_ms: int | None
) -> Select[Any]:
    if begin_ms is not None:
        query = query.where(time_column >= bindable(begin_ms * NS_PER_MS))
    if end_ms is not None:
        query = query.where(time_column < bindable((end_ms + 1) * NS_PER_MS))
    return query


def _is_open_or_ended_since(since_ms: int) -> Any:
    ended_ns = ORDERS.c.ended_ns
    return or_(ended_ns == 0, ended_ns >= since_ms * NS_PER_MS)


def _fills_since(connection: Connection, since_ms: int, *, limit: int | None) -> list[FillRow]:
    since_ns = since_ms * NS_PER_MS
    column = TRADES.c
    fills: list[FillRow] = []
    for instrument_id in connection.execute(select(INSTRUMENTS.c.instrument_id)).scalars().all():
        query = FILL_QUERY.where(column.instrument_id == instrument_id, column.time_ns >= since_ns)
        newest = query.order_by(column.time_ns.desc()).limit(limit)
        fills += [_fill(row) for row in connection.execute(newest)]
    fills.sort(key=lambda fill: fill.trade_id)
    return fills


def _state_name(row: Row[Any]) -> OrderStateName:
    if row.state == OrderState.FILLED:
        return "filled"
    if row.state == OrderState.CANCELLED:
        return "cancelled"
    return "partially_filled" if row.quantity_filled > 0 else "live"


def _order(row: Row[Any]) -> OrderRow:
    values = dict(row._mapping)
    is_open = values.pop("ended_ns") == 0
    values["state"] = _state_name(row)
    values["quantity_open"] = row.quantity - row.quantity_filled if is_open else 0
    values["last_is_maker"] = row.last_is_maker != 0
    values["reduce_only"] = row.reduce_only != 0
    values["cancel_reason"] = None if row.cancel_reason == NO_REASON else row.cancel_reason
    return OrderRow(**values)


def _fill(row: Row[Any]) -> FillRow:
    values = dict(row._mapping)
    values["is_maker"] = row.is_maker != 0
    return FillRow(**values)
