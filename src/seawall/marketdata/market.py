"""Everything that is public about one instrument's market."""

from collections import deque
from typing import Final, final

from seawall.core.model.order_events import OrderFilled
from seawall.marketdata.bars import bar_named
from seawall.marketdata.candles import CandleBoard
from seawall.marketdata.day_window import DayWindow
from seawall.marketdata.history import HistoryCandle, HistoryTrade
from seawall.marketdata.l2_book import L2Book
from seawall.marketdata.views import TickerView, TradeView

TRADES_KEPT: Final = 500  # what v5 serves as recent; older ones are read from the read models


@final
class Market:
    """Book, last trades, candles and 24 hours of one instrument.

    `unit_value` is the quote units of one tick times one lot.
    """

    __slots__ = ("board", "book", "instrument_id", "newest_ms", "trades", "unit_value", "window")

    def __init__(self, *, instrument_id: int, unit_value: int) -> None:
        self.instrument_id = instrument_id
        self.unit_value = unit_value
        self.book = L2Book()
        self.board = CandleBoard()
        self.window = DayWindow(self.board.series["1m"])
        self.trades: deque[TradeView] = deque(maxlen=TRADES_KEPT)  # oldest first
        self.newest_ms = 0  # time of the newest trade

    def take_in(
        self,
        *,
        minutes: list[HistoryCandle],
        hours: list[HistoryCandle],
        trades: list[HistoryTrade],
        clock_ms: int,
    ) -> None:
        """Start from stored rows, oldest first, which may be ahead of the clock."""
        for minute in minutes:
            self.board.add_stored_minute(minute)
        for hour in hours:
            self.board.add_stored_hour(hour)
        for trade in trades:
            self.newest_ms = max(self.newest_ms, trade.time_ms)
            self.trades.append(
                TradeView(
                    trade_id=trade.trade_id,
                    price=trade.price,
                    quantity=trade.quantity,
                    side=trade.side,
                    time_ms=trade.time_ms,
                    seq=trade.seq,
                )
            )
        self.window.recount(max(clock_ms, self.newest_ms))

    def add_trade(self, fill: OrderFilled, *, seq: int, time_ms: int) -> None:
        """Count one trade everywhere but in the book."""
        price, quantity = fill.price, fill.quantity
        quote_amount = price * quantity * self.unit_value
        if time_ms > self.newest_ms:
            self.newest_ms = time_ms
        self.window.roll(self.newest_ms)
        self.board.add_trade(
            time_ms=time_ms, price=price, quantity=quantity, quote_amount=quote_amount
        )
        self.window.add_trade(price=price, quantity=quantity, quote_amount=quote_amount)
        self.trades.append(
            TradeView(
                trade_id=fill.trade_id,
                price=price,
                quantity=quantity,
                side=fill.taker_side,
                time_ms=time_ms,
                seq=seq,
            )
        )

    def ticker(self, clock_ms: int) -> TickerView:
        """The market in one line, at the venue's clock."""
        now_ms = max(clock_ms, self.newest_ms)
        self.window.roll(now_ms)
        last = self.trades[-1] if self.trades else None
        bid_price, bid_quantity, _ = self.book.bids.best() or (0, 0, 0)
        ask_price, ask_quantity, _ = self.book.asks.best() or (0, 0, 0)
        open_24h, high_24h, low_24h = self.window.open_high_low()
        return TickerView(
            instrument_id=self.instrument_id,
            last_price=last.price if last else 0,
            last_quantity=last.quantity if last else 0,
            bid_price=bid_price,
            bid_quantity=bid_quantity,
            ask_price=ask_price,
            ask_quantity=ask_quantity,
            open_24h=open_24h,
            high_24h=high_24h,
            low_24h=low_24h,
            volume_24h=self.window.volume,
            quote_volume_24h=self.window.quote_volume,
            open_utc0=self._day_open("1Dutc", now_ms),
            open_utc8=self._day_open("1D", now_ms),
            time_ms=now_ms,
        )

    def _day_open(self, bar_name: str, now_ms: int) -> int:
        bar = bar_named(bar_name)
        assert bar is not None
        today = self.board.series[bar_name].at(bar.start_of(now_ms))
        if today is not None:
            return today.open
        return self.trades[-1].price if self.trades else 0
