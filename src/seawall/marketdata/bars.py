"""The calendar of candles: when a period of each bar begins and ends, in milliseconds since 1970
UTC.

Bars up to four hours are the same in UTC and UTC+8. From six hours up the plain name counts in
UTC+8 (a day begins at 16:00 UTC) and the name with `utc` in UTC, as v5 does. Weeks begin on Monday,
months on the first.
"""

from datetime import date
from typing import Final, final

from seawall.marketdata.history import DAY_MS, HOUR_MS, MINUTE_MS

UTC8_MS: Final = 8 * HOUR_MS
MONDAY_MS: Final = 4 * DAY_MS  # 5 January 1970 was the first Monday
EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()


@final
class Bar:
    """One kind of candle. `period_ms` is the length of a period, 0 for calendar months.

    `shift_ms` is how far ahead of UTC the clock is by which the periods are counted, and
    `anchor_ms` the start of some period by that clock. Such a bar is built from stored one-hour
    candles if `is_hourly`, else one-minute ones.
    """

    __slots__ = ("anchor_ms", "is_hourly", "name", "period_ms", "shift_ms")

    def __init__(self, *, name: str, period_ms: int, shift_ms: int, anchor_ms: int = 0) -> None:
        self.name = name
        self.period_ms = period_ms
        self.shift_ms = shift_ms
        self.anchor_ms = anchor_ms
        self.is_hourly = period_ms == 0 or period_ms >= HOUR_MS

    def start_of(self, time_ms: int) -> int:
        """Start of the period that contains `time_ms`."""
        if self.period_ms == 0:
            return self._month_start(time_ms)
        origin = self.anchor_ms - self.shift_ms
        return (time_ms - origin) // self.period_ms * self.period_ms + origin

    def next_start(self, start_ms: int) -> int:
        """Start of the period after the one that starts at `start_ms`; that is its end."""
        if self.period_ms == 0:
            return self._month_start(start_ms + 31 * DAY_MS)
        return start_ms + self.period_ms

    def previous_start(self, start_ms: int) -> int:
        """Start of the period before the one that starts at `start_ms`."""
        return self.start_of(start_ms - 1)

    def _month_start(self, time_ms: int) -> int:
        day = date.fromordinal((time_ms + self.shift_ms) // DAY_MS + EPOCH_ORDINAL)
        days = day.replace(day=1).toordinal() - EPOCH_ORDINAL
        return days * DAY_MS - self.shift_ms


def _short(name: str, period_ms: int) -> Bar:
    return Bar(name=name, period_ms=period_ms, shift_ms=0)


def _long(name: str, period_ms: int, anchor_ms: int = 0) -> tuple[Bar, Bar]:
    plain = Bar(name=name, period_ms=period_ms, shift_ms=UTC8_MS, anchor_ms=anchor_ms)
    return plain, Bar(name=f"{name}utc", period_ms=period_ms, shift_ms=0, anchor_ms=anchor_ms)


BARS: Final[tuple[Bar, ...]] = (
    _short("1m", MINUTE_MS),
    _short("3m", 3 * MINUTE_MS),
    _short("5m", 5 * MINUTE_MS),
    _short("15m", 15 * MINUTE_MS),
    _short("30m", 30 * MINUTE_MS),
    _short("1H", HOUR_MS),
    _short("2H", 2 * HOUR_MS),
    _short("4H", 4 * HOUR_MS),
    *_long("6H", 6 * HOUR_MS),
    *_long("12H", 12 * HOUR_MS),
    *_long("1D", DAY_MS),
    *_long("1W", 7 * DAY_MS, MONDAY_MS),
    *_long("1M", 0),
)
_BY_NAME: Final = {bar.name: bar for bar in BARS}


def bar_named(name: str) -> Bar | None:
    """The bar of a v5 name such as `1m`, `4H` or `1Dutc`; None when there is none."""
    return _BY_NAME.get(name)
