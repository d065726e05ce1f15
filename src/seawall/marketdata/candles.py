"""Candles of one instrument: a series per bar, kept trade by trade.

Only periods with trades are stored; a period without is flat at the close before it and is made
when read. An entry's time may lie up to a second before that of an entry already seen, so a trade
may still fall into the period before the newest one: periods are found by their start, never by
being the last.
"""

from bisect import bisect_right, insort
from typing import Final, final

from seawall.marketdata.bars import BARS, Bar
from seawall.marketdata.history import DAY_MS, MINUTE_MS, HistoryCandle
from seawall.marketdata.views import CandleView

MINUTES_KEPT: Final = DAY_MS // MINUTE_MS  # the ticker's 24 hours
PERIODS_KEPT: Final = 480  # of every longer bar; older ones are read from the read models


@final
class Candle:
    """A period with trades: prices in ticks, `volume` in lots, `quote_volume` in quote units."""

    __slots__ = ("close", "high", "low", "open", "open_ms", "quote_volume", "volume")

    def __init__(self, *, open_ms: int, price: int) -> None:
        self.open_ms = open_ms
        self.open = price
        self.high = price
        self.low = price
        self.close = price
        self.volume = 0
        self.quote_volume = 0


@final
class CandleSeries:
    """The newest periods of one bar."""

    __slots__ = ("_by_start", "bar", "kept", "starts")

    def __init__(self, bar: Bar) -> None:
        self.bar = bar
        self.kept = MINUTES_KEPT if bar.period_ms == MINUTE_MS else PERIODS_KEPT
        self.starts: list[int] = []  # ascending, of periods with trades
        self._by_start: dict[int, Candle] = {}

    def candle_for(self, *, time_ms: int, price: int) -> Candle:
        """The candle of the period of a trade; when the trade is the first one, it opens at
        `price`.
        """
        start = self.bar.start_of(time_ms)
        candle = self._by_start.get(start)
        if candle is None:
            candle = Candle(open_ms=start, price=price)
            self._by_start[start] = candle
            insort(self.starts, start)
            if len(self.starts) > self.kept:
                del self._by_start[self.starts.pop(0)]
        return candle

    def add_stored(self, row: HistoryCandle) -> None:
        """Take in a stored candle of this bar or of a part of it; they come in order of time."""
        candle = self.candle_for(time_ms=row.open_ms, price=row.open)
        candle.high = max(candle.high, row.high)
        candle.low = min(candle.low, row.low)
        candle.close = row.close
        candle.volume += row.volume
        candle.quote_volume += row.quote_volume

    def between(self, start_ms: int, end_ms: int) -> list[Candle]:
        """The stored candles that start from `start_ms` on and before `end_ms`, oldest first."""
        first = bisect_right(self.starts, start_ms - 1)
        last = bisect_right(self.starts, end_ms - 1)
        return [self._by_start[start] for start in self.starts[first:last]]

    def first_from(self, start_ms: int) -> Candle | None:
        """The oldest stored candle that starts at `start_ms` or later."""
        first = bisect_right(self.starts, start_ms - 1)
        return self._by_start[self.starts[first]] if first < len(self.starts) else None

    def at(self, start_ms: int) -> Candle | None:
        """The candle of the period that starts then, if it had trades."""
        return self._by_start.get(start_ms)

    def page(
        self, *, after: int | None, before: int | None, limit: int, clock_ms: int
    ) -> list[CandleView]:
        """At most `limit` periods that start before `after` and later than `before`, newest first.

        The series runs without holes from the oldest stored period to the one of `clock_ms`.
        """
        if not self.starts:
            return []
        start = max(self.bar.start_of(clock_ms), self.starts[-1])
        oldest = self.starts[0]
        if after is not None and after <= start:
            if after <= oldest:
                return []
            start = self.bar.start_of(after - 1)
        floor = oldest if before is None else max(oldest, before + 1)
        index = bisect_right(self.starts, start) - 1
        rows: list[CandleView] = []
        while start >= floor and len(rows) < limit:
            candle = self._by_start[self.starts[index]]
            is_confirmed = clock_ms >= self.bar.next_start(start)
            if candle.open_ms == start:
                rows.append(_view(candle, is_confirmed=is_confirmed))
                index -= 1
            else:
                rows.append(_flat(start, candle.close, is_confirmed=is_confirmed))
            start = self.bar.previous_start(start)
        return rows


def _view(candle: Candle, *, is_confirmed: bool) -> CandleView:
    return CandleView(
        open_ms=candle.open_ms,
        open=candle.open,
        high=candle.high,
        low=candle.low,
        close=candle.close,
        volume=candle.volume,
        quote_volume=candle.quote_volume,
        is_confirmed=is_confirmed,
    )


def _flat(start_ms: int, price: int, *, is_confirmed: bool) -> CandleView:
    return CandleView(
        open_ms=start_ms,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=0,
        quote_volume=0,
        is_confirmed=is_confirmed,
    )


@final
class CandleBoard:
    """The series of every bar of one instrument."""

    __slots__ = ("_current", "_current_minute", "series")

    def __init__(self) -> None:
        self.series: dict[str, CandleSeries] = {bar.name: CandleSeries(bar) for bar in BARS}
        self._current: list[Candle] = []  # one per bar, of the minute of the last trade
        self._current_minute = -1

    def add_trade(self, *, time_ms: int, price: int, quantity: int, quote_amount: int) -> None:
        """Add a trade to the candle of its time in every bar."""
        minute = time_ms // MINUTE_MS
        if minute != self._current_minute:
            self._current = [
                one.candle_for(time_ms=time_ms, price=price) for one in self.series.values()
            ]
            self._current_minute = minute
        for candle in self._current:
            if price > candle.high:
                candle.high = price
            elif price < candle.low:
                candle.low = price
            candle.close = price
            candle.volume += quantity
            candle.quote_volume += quote_amount

    def add_stored_minute(self, row: HistoryCandle) -> None:
        """Take in a stored minute: the bars below an hour are built from these."""
        for series in self.series.values():
            if not series.bar.is_hourly:
                series.add_stored(row)

    def add_stored_hour(self, row: HistoryCandle) -> None:
        """Take in a stored hour: the bars from an hour up are built from these."""
        for series in self.series.values():
            if series.bar.is_hourly:
                series.add_stored(row)
