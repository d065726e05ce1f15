"""Questions about markets: trades and candles, older than what memory holds."""

from typing import Any, Final, final

from sqlalchemy import Connection, Row, Select, Table, func, select

from seawall.projections.candle_pages import BarCalendar, page_of, page_starts
from seawall.projections.opening import ReadModels, bindable
from seawall.projections.projector import Progress, read_progress
from seawall.projections.row_batch import NS_PER_MS
from seawall.projections.rows import CandlePageRow, RecentMarkets, StoredCandle, TradeRow
from seawall.projections.tables import CANDLES_1H, CANDLES_1M, INSTRUMENTS, TRADES, VOLUME_LOW_BITS

TRADE_QUERY: Final[Select[Any]] = select(
    TRADES.c.trade_id,
    TRADES.c.instrument_id,
    TRADES.c.price,
    TRADES.c.quantity,
    TRADES.c.side,
    TRADES.c.time_ns,
    TRADES.c.seq,
)


@final
class MarketQueries:
    """Trades and candles from the read models; each call reads one state of them."""

    def __init__(self, models: ReadModels) -> None:
        self._models = models

    def progress(self) -> Progress | None:
        """How far the read models are; None before they began."""
        with self._models.reading() as connection:
            return read_progress(connection)

    def trades(
        self,
        instrument_id: int,
        *,
        limit: int,
        after: int | None = None,
        before: int | None = None,
        before_ms: int | None = None,
    ) -> list[TradeRow]:
        """Newest first: ids below `after` and above `before`, earlier than `before_ms`."""
        query = TRADE_QUERY.where(TRADES.c.instrument_id == instrument_id)
        if after is not None:
            query = query.where(TRADES.c.trade_id < bindable(after))
        if before is not None:
            query = query.where(TRADES.c.trade_id > bindable(before))
        order = TRADES.c.trade_id.desc()
        if before_ms is not None:
            query = query.where(TRADES.c.time_ns < bindable(before_ms * NS_PER_MS))
            query = query.order_by(TRADES.c.time_ns.desc())
        with self._models.reading() as connection:
            return [
                _trade(row)
                for row in connection.execute(query.order_by(order).limit(bindable(limit)))
            ]

    def candles(
        self,
        instrument_id: int,
        bar: BarCalendar,
        *,
        limit: int,
        clock_ms: int,
        after: int | None = None,
        before: int | None = None,
    ) -> list[CandlePageRow]:
        """Newest first: periods that start before `after` and later than `before`, at most `limit`.

        From the first trade to the period of `clock_ms` (the venue's clock) or of the newest trade.
        A period is confirmed when the read models, which may lag, have seen its end.
        """
        table = CANDLES_1H if bar.is_hourly else CANDLES_1M
        open_ms = table.c.open_ms
        of_instrument = table.c.instrument_id == instrument_id
        with self._models.reading() as connection:
            progress = read_progress(connection)
            edges = select(func.min(open_ms), func.max(open_ms)).where(of_instrument)
            first_ms, last_ms = connection.execute(edges).one()
            if first_ms is None or progress is None:
                return []
            known_ms = min(clock_ms, progress.clock_ms)
            starts = page_starts(
                bar,
                first_ms=first_ms,
                last_ms=max(last_ms, known_ms),
                after=after,
                before=before,
                limit=limit,
            )
            if not starts:
                return []
            end_ms = bar.next_start(starts[0])
            inside = _stored(
                connection,
                _candle_query(table).where(of_instrument, open_ms >= starts[-1], open_ms < end_ms),
            )
            earlier = (
                select(table.c.close)
                .where(of_instrument, open_ms < starts[-1])
                .order_by(open_ms.desc())
                .limit(1)
            )
            carried = connection.execute(earlier).scalar()
        return page_of(bar, starts, inside, carried=carried or 0, clock_ms=known_ms)

    def recent(self, *, minutes_ms: int, hours_ms: int, trades: int) -> RecentMarkets:
        """What market data starts from: that much of the past before the read models' clock.

        minutes_ms, hours_ms: how far back the stored minutes and hours go. trades: how many of each
        instrument. All of it is of one state, that after entry `applied_seq`.
        """
        with self._models.reading() as connection:
            progress = read_progress(connection)
            if progress is None:
                return RecentMarkets(applied_seq=0, minutes=[], hours=[], trades=[])
            clock_ms = progress.clock_ms
            return RecentMarkets(
                applied_seq=progress.applied_seq,
                minutes=_stored_since(connection, CANDLES_1M, clock_ms - minutes_ms),
                hours=_stored_since(connection, CANDLES_1H, clock_ms - hours_ms),
                trades=_newest_trades(connection, trades),
            )


def _candle_query(table: Table) -> Select[Any]:
    column = table.c
    return select(
        column.instrument_id,
        column.open_ms,
        column.open,
        column.high,
        column.low,
        column.close,
        column.volume_high,
        column.volume_low,
        column.quote_volume_high,
        column.quote_volume_low,
    ).order_by(column.open_ms)


def _stored(connection: Connection, query: Select[Any]) -> list[StoredCandle]:
    return [
        StoredCandle(
            instrument_id=row[0],
            open_ms=row[1],
            open=row[2],
            high=row[3],
            low=row[4],
            close=row[5],
            volume=(row[6] << VOLUME_LOW_BITS) + row[7],
            quote_volume=(row[8] << VOLUME_LOW_BITS) + row[9],
        )
        for row in connection.execute(query)
    ]


def _stored_since(connection: Connection, table: Table, since_ms: int) -> list[StoredCandle]:
    return _stored(connection, _candle_query(table).where(table.c.open_ms >= since_ms))


def _newest_trades(connection: Connection, limit: int) -> list[TradeRow]:
    rows: list[TradeRow] = []
    for instrument_id in connection.execute(select(INSTRUMENTS.c.instrument_id)).scalars().all():
        query = TRADE_QUERY.where(TRADES.c.instrument_id == instrument_id)
        newest = query.order_by(TRADES.c.trade_id.desc()).limit(limit)
        rows += [_trade(row) for row in connection.execute(newest)]
    rows.sort(key=lambda row: row.trade_id)
    return rows


def _trade(row: Row[Any]) -> TradeRow:
    return TradeRow(
        trade_id=row.trade_id,
        instrument_id=row.instrument_id,
        price=row.price,
        quantity=row.quantity,
        side=row.side,
        time_ms=row.time_ns // NS_PER_MS,
        seq=row.seq,
    )
