"""The shape of history rows that market data starts from; whoever holds them (a read model) fits
these ports.
"""

from typing import Final, Protocol

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000
HISTORY_MINUTES_MS: Final = 10 * DAY_MS
"""How far back one-minute rows are of use: bars up to half an hour are built from them."""
HISTORY_HOURS_MS: Final = 480 * DAY_MS
"""How far back one-hour rows are of use: bars from an hour up are built from them."""


class HistoryCandle(Protocol):
    """A stored candle of one minute or one hour that had trades."""

    @property
    def instrument_id(self) -> int:
        """The instrument."""

    @property
    def open_ms(self) -> int:
        """Start of the minute or hour, UTC."""

    @property
    def open(self) -> int:
        """First price, ticks."""

    @property
    def high(self) -> int:
        """Highest price, ticks."""

    @property
    def low(self) -> int:
        """Lowest price, ticks."""

    @property
    def close(self) -> int:
        """Last price, ticks."""

    @property
    def volume(self) -> int:
        """Lots traded."""

    @property
    def quote_volume(self) -> int:
        """Quote units traded."""


class HistoryTrade(Protocol):
    """A stored trade."""

    @property
    def trade_id(self) -> int:
        """Its id; ids sort by time of creation."""

    @property
    def instrument_id(self) -> int:
        """The instrument."""

    @property
    def price(self) -> int:
        """Ticks."""

    @property
    def quantity(self) -> int:
        """Lots."""

    @property
    def side(self) -> int:
        """The taker's side."""

    @property
    def time_ms(self) -> int:
        """When it happened."""

    @property
    def seq(self) -> int:
        """The entry that made it."""
