"""The rolling 24 hours of one instrument, as the fold of its newest 1,440 one-minute candles.

Volumes go in with each trade and out with each minute that leaves; the extremes are only looked for
again when a minute that held one leaves. A window without trades is flat at the close before it.
"""

from typing import Final, final

from seawall.marketdata.candles import CandleSeries
from seawall.marketdata.history import DAY_MS, MINUTE_MS

NONE_YET: Final = 0  # a price is never 0


@final
class DayWindow:
    """Turnover and extremes of the 1,440 minutes that end with the running one."""

    __slots__ = ("_carried", "_high", "_low", "_minutes", "_start_ms", "quote_volume", "volume")

    def __init__(self, minutes: CandleSeries) -> None:
        self._minutes = minutes
        self._start_ms = 0  # start of the oldest minute inside
        self._carried = NONE_YET  # the close before the window
        self._high = NONE_YET  # of the trades inside
        self._low = NONE_YET
        self.volume = 0  # lots
        self.quote_volume = 0  # quote units

    def roll(self, now_ms: int) -> None:
        """Let the minutes leave that are over 24 hours old at `now_ms`; time does not go back."""
        start = now_ms // MINUTE_MS * MINUTE_MS - DAY_MS + MINUTE_MS
        if start <= self._start_ms:
            return
        leaving = self._minutes.between(self._start_ms, start)
        self._start_ms = start
        has_lost_extreme = False
        for candle in leaving:
            self.volume -= candle.volume
            self.quote_volume -= candle.quote_volume
            self._carried = candle.close
            if candle.high == self._high or candle.low == self._low:
                has_lost_extreme = True
        if has_lost_extreme:
            self._find_extremes()

    def add_trade(self, *, price: int, quantity: int, quote_amount: int) -> None:
        """Count a trade; the window has been rolled to its time, and its candle has it."""
        self.volume += quantity
        self.quote_volume += quote_amount
        if price > self._high:
            self._high = price
        if price < self._low or self._low == NONE_YET:
            self._low = price

    def recount(self, now_ms: int) -> None:
        """Count anew from the one-minute candles, after stored ones were taken in."""
        start = now_ms // MINUTE_MS * MINUTE_MS - DAY_MS + MINUTE_MS
        self._start_ms = start
        for candle in self._minutes.between(0, start):
            self._carried = candle.close
        inside = self._minutes.between(start, start + DAY_MS)
        self.volume = sum(candle.volume for candle in inside)
        self.quote_volume = sum(candle.quote_volume for candle in inside)
        self._find_extremes()

    def _find_extremes(self) -> None:
        inside = self._minutes.between(self._start_ms, self._start_ms + DAY_MS)
        self._high = max((candle.high for candle in inside), default=NONE_YET)
        self._low = min((candle.low for candle in inside), default=NONE_YET)

    def open_high_low(self) -> tuple[int, int, int]:
        """Open, high and low of the window in ticks; zeros when there has never been a trade.

        The open is that of the window's oldest minute: its first trade, else the close that was
        carried into it, else (the market is younger than the window) the first trade inside.
        """
        oldest = self._minutes.at(self._start_ms)
        if oldest is not None or self._carried == NONE_YET:
            return self._first_open(), self._high, self._low
        if self._high == NONE_YET:
            return self._carried, self._carried, self._carried
        return self._carried, max(self._carried, self._high), min(self._carried, self._low)

    def _first_open(self) -> int:
        first = self._minutes.first_from(self._start_ms)
        return first.open if first is not None else NONE_YET
