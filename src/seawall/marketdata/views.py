"""What readers of market data get: frozen values in integers, newest first where they are lists.

Prices are ticks (0: there is none yet), quantities lots, turnovers quote units, times milliseconds.
"""

from typing import TypeAlias

import msgspec

Level: TypeAlias = tuple[int, int, int]
"""One price level of a book: price in ticks, open quantity in lots, number of orders."""


class BookView(msgspec.Struct, frozen=True):
    """The best levels of a book, best first; `seq_id` is the seq of the book's last change,
    `time_ms` its time.
    """

    bids: list[Level]
    asks: list[Level]
    seq_id: int
    time_ms: int


class TradeView(msgspec.Struct, frozen=True):
    """One trade as the market saw it; `side` is the taker's (`Side`), `seq` that of its entry."""

    trade_id: int
    price: int
    quantity: int
    side: int
    time_ms: int
    seq: int


class TickerView(msgspec.Struct, frozen=True):
    """Last trade, best bid and ask, and the last 24 hours.

    The 24 hours are the newest 1,440 one-minute candles, the running one included, so that the
    ticker and the candles agree; likewise `open_utc0` and `open_utc8` are the opens of the running
    day's candle that begins at midnight UTC, or at midnight UTC+8. A price of 0 says that there has
    been no trade, or that a side is empty.
    """

    instrument_id: int
    last_price: int
    last_quantity: int
    bid_price: int
    bid_quantity: int
    ask_price: int
    ask_quantity: int
    open_24h: int
    high_24h: int
    low_24h: int
    volume_24h: int  # lots
    quote_volume_24h: int  # quote units
    open_utc0: int
    open_utc8: int
    time_ms: int  # the venue's clock, or the newest trade when that is later


class CandleView(msgspec.Struct, frozen=True):
    """Trades of one period, in the order in which they happened.

    A period without trades is flat at the close before it. `is_confirmed` says that the venue's
    clock has passed the period's end, so that no later trade can fall into it.
    """

    open_ms: int  # start of the period
    open: int
    high: int
    low: int
    close: int
    volume: int  # lots
    quote_volume: int  # quote units
    is_confirmed: bool
