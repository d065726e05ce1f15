"""The door of market data: load once, apply events in order, read views."""

from collections.abc import Iterable
from typing import Final, cast, final

from seawall.core.model.enums import Side
from seawall.core.model.events import EntryEvents, InstrumentListed
from seawall.core.model.order_events import OrderAccepted, OrderAmended, OrderCancelled, OrderFilled
from seawall.errors import ReadModelBehind
from seawall.marketdata.history import HistoryCandle, HistoryTrade
from seawall.marketdata.l2_book import L2Book, RestingOrder
from seawall.marketdata.market import Market
from seawall.marketdata.views import BookView, CandleView, TickerView, TradeView

NS_PER_MS: Final = 1_000_000


@final
class MarketData:
    """Books, trades, tickers and candles of every instrument.

    Give it first what the read models hold (`load_history`), then the engine's description
    (`begin`), then every entry's events in order (`apply`). All reads are from memory and never
    raise for an unknown instrument: its book is empty and so is everything else.
    """

    def __init__(self) -> None:
        self.applied_seq = 0  # newest entry whose events were applied
        self.clock_ms = 0  # the venue's clock as last heard
        self._history_seq = 0  # trades up to here came with the history
        self._markets: dict[int, Market] = {}
        self._history_minutes: dict[int, list[HistoryCandle]] = {}
        self._history_hours: dict[int, list[HistoryCandle]] = {}
        self._history_trades: dict[int, list[HistoryTrade]] = {}
        self._resting: dict[int, RestingOrder] = {}
        self._arriving: dict[int, RestingOrder] = {}  # orders of the entry being applied

    # ---- what comes in

    def load_history(
        self,
        *,
        applied_seq: int,
        minutes: Iterable[HistoryCandle],
        hours: Iterable[HistoryCandle],
        trades: Iterable[HistoryTrade],
    ) -> None:
        """Start from what the read models hold: every trade up to entry `applied_seq`. Comes before
        `begin`.

        Rows are in order of time. Useful are the minutes of the last HISTORY_MINUTES_MS, the hours
        of the last HISTORY_HOURS_MS, and the last 500 trades of each instrument; older ones do no
        harm. Books are not part of it. Trades of entries up to `applied_seq` that are applied later
        are not counted twice.
        """
        assert not self._markets, "history comes before the first event"
        self._history_seq = applied_seq
        for minute in minutes:
            self._history_minutes.setdefault(minute.instrument_id, []).append(minute)
        for hour in hours:
            self._history_hours.setdefault(hour.instrument_id, []).append(hour)
        for trade in trades:
            self._history_trades.setdefault(trade.instrument_id, []).append(trade)

    def begin(self, description: list[EntryEvents]) -> None:
        """Take in the engine's description: instruments and books as they are at its seq.

        Raises ReadModelBehind when the loaded history ends before that seq: the trades in between
        would be missing from candles and tickers. Begin at an older checkpoint and apply from
        there, or let the read models catch up.
        """
        assert not self._markets and len(description) == 1, "one description, and it comes first"
        entry = description[0]
        if self._history_seq < entry.seq:
            raise ReadModelBehind(
                expected=f"read models up to seq {entry.seq}, where the engine is described",
                found=f"they end at seq {self._history_seq}",
                to_do="start from an older checkpoint, or wait until they have caught up",
            )
        self.advance(entry.clock_ms)
        self._apply_entry(entry)
        self.applied_seq = entry.seq

    def apply(self, entries: list[EntryEvents]) -> None:
        """Apply the events of entries, in order; those already applied are left out, so streams may
        overlap.
        """
        for entry in entries:
            if entry.seq > self.applied_seq:
                self._apply_entry(entry)
                self.applied_seq = entry.seq
                self.advance(entry.clock_ms)

    def advance(self, clock_ms: int) -> None:
        """Hear the venue's clock, which moves also when nothing happens; it never goes back."""
        if clock_ms > self.clock_ms:
            self.clock_ms = clock_ms

    # ---- what goes out

    def instrument_ids(self) -> list[int]:
        """All instruments, in the order of their listing."""
        return list(self._markets)

    def book(self, instrument_id: int, depth: int) -> BookView:
        """The best `depth` levels of each side."""
        market = self._markets.get(instrument_id)
        return market.book.view(depth) if market is not None else L2Book().view(0)

    def trades(
        self,
        instrument_id: int,
        *,
        limit: int,
        after: int | None = None,
        before: int | None = None,
    ) -> list[TradeView]:
        """The newest trades, newest first: ids below `after` (older) and above `before` (newer), at
        most `limit`.

        Memory holds the last 500; older ones are in the read models.
        """
        market = self._markets.get(instrument_id)
        rows: list[TradeView] = []
        for trade in reversed(market.trades) if market is not None else ():
            if len(rows) >= limit or (before is not None and trade.trade_id <= before):
                break
            if after is None or trade.trade_id < after:
                rows.append(trade)
        return rows

    def ticker(self, instrument_id: int) -> TickerView | None:
        """Last trade, best bid and ask, 24 hours; None for an instrument that is not listed."""
        market = self._markets.get(instrument_id)
        return market.ticker(self.clock_ms) if market is not None else None

    def candles(
        self,
        instrument_id: int,
        bar_name: str,
        *,
        limit: int,
        after: int | None = None,
        before: int | None = None,
    ) -> list[CandleView]:
        """Candles newest first, the running one included: starts below `after` and above `before`
        (ms).

        `bar_name` is one of `BARS`. Memory reaches back 1,440 minutes of `1m` and 480 periods of
        every other bar that had trades; older ones are in the read models.
        """
        market = self._markets.get(instrument_id)
        if market is None or bar_name not in market.board.series:
            return []
        series = market.board.series[bar_name]
        return series.page(after=after, before=before, limit=limit, clock_ms=self.clock_ms)

    # ---- one entry

    def _apply_entry(self, entry: EntryEvents) -> None:
        seq = entry.seq
        time_ms = entry.time_ns // NS_PER_MS
        for event in entry.events:
            kind = type(event)
            if kind is OrderAccepted:
                # The venue may make several orders in one entry; they come one after the other.
                self._rest_what_remains(seq=seq, time_ms=time_ms)
                self._on_accepted(cast(OrderAccepted, event))
            elif kind is OrderFilled:
                self._on_filled(cast(OrderFilled, event), seq=seq, time_ms=time_ms)
            elif kind is OrderCancelled:
                self._on_cancelled(cast(OrderCancelled, event), seq=seq, time_ms=time_ms)
            elif kind is OrderAmended:
                self._on_amended(cast(OrderAmended, event), seq=seq, time_ms=time_ms)
            elif kind is InstrumentListed:
                self._on_listed(cast(InstrumentListed, event))
        if self._arriving:
            self._rest_what_remains(seq=seq, time_ms=time_ms)

    def _on_listed(self, event: InstrumentListed) -> None:
        instrument_id = event.instrument_id
        assert instrument_id not in self._markets, "an instrument is listed once"
        market = Market(instrument_id=instrument_id, unit_value=event.unit_value)
        market.take_in(
            minutes=self._history_minutes.pop(instrument_id, []),
            hours=self._history_hours.pop(instrument_id, []),
            trades=self._history_trades.pop(instrument_id, []),
            clock_ms=self.clock_ms,
        )
        self._markets[instrument_id] = market

    def _on_accepted(self, event: OrderAccepted) -> None:
        book = self._markets[event.instrument_id].book
        self._arriving[event.order_id] = RestingOrder(
            book=book,
            side=book.bids if event.side == Side.BUY else book.asks,
            price=event.limit_price,
            quantity_open=event.quantity,
        )

    def _on_filled(self, event: OrderFilled, *, seq: int, time_ms: int) -> None:
        if event.maker_order_id in self._arriving:
            self._rest(event.maker_order_id, seq=seq, time_ms=time_ms)
        maker = self._resting[event.maker_order_id]
        is_done = event.maker_open == 0
        maker.side.change(price=maker.price, quantity=-event.quantity, orders=-1 if is_done else 0)
        maker.open -= event.quantity
        assert maker.open == event.maker_open, "a maker's open quantity differs from the engine's"
        if is_done:
            del self._resting[event.maker_order_id]
        maker.book.seq_id = seq
        maker.book.time_ms = time_ms
        taker = self._arriving[event.taker_order_id]
        taker.open = event.taker_open
        if seq > self._history_seq:
            self._markets[event.instrument_id].add_trade(event, seq=seq, time_ms=time_ms)

    def _on_cancelled(self, event: OrderCancelled, *, seq: int, time_ms: int) -> None:
        if not event.was_resting:
            del self._arriving[event.order_id]
            return
        if event.order_id in self._arriving:
            self._rest(event.order_id, seq=seq, time_ms=time_ms)
        order = self._resting.pop(event.order_id)
        assert order.open == event.quantity_open, "a book differs from the engine's"
        self._take_out(order, seq=seq, time_ms=time_ms)

    def _on_amended(self, event: OrderAmended, *, seq: int, time_ms: int) -> None:
        arriving = self._arriving.get(event.order_id)
        if arriving is not None:  # part of a description: what is open of a partly filled order
            arriving.open = event.quantity_open
            return
        order = self._resting[event.order_id]
        if not event.kept_priority:
            self._take_out(order, seq=seq, time_ms=time_ms)
            del self._resting[event.order_id]
            order.price = event.limit_price
            order.open = event.quantity_open
            self._arriving[event.order_id] = order
        elif order.open != event.quantity_open:
            order.side.change(
                price=order.price, quantity=event.quantity_open - order.open, orders=0
            )
            order.open = event.quantity_open
            order.book.seq_id = seq
            order.book.time_ms = time_ms

    def _take_out(self, order: RestingOrder, *, seq: int, time_ms: int) -> None:
        order.side.change(price=order.price, quantity=-order.open, orders=-1)
        order.book.seq_id = seq
        order.book.time_ms = time_ms

    def _rest_what_remains(self, *, seq: int, time_ms: int) -> None:
        """An arrived order that nobody cancelled rests with what is open of it: at the end of its
        entry, or when the next order of that entry arrives.
        """
        for order_id in list(self._arriving):
            self._rest(order_id, seq=seq, time_ms=time_ms)

    def _rest(self, order_id: int, *, seq: int, time_ms: int) -> None:
        order = self._arriving.pop(order_id)
        if order.open > 0:
            order.side.change(price=order.price, quantity=order.open, orders=1)
            self._resting[order_id] = order
            order.book.seq_id = seq
            order.book.time_ms = time_ms
