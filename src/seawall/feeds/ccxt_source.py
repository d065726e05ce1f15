"""Live outside venues through ccxt: order book and trades by polling, with the venue's own pace.

ccxt is asked to give numbers as strings, so no float stands between the venue and the
observation. A venue that fails is asked again after a growing pause; each run of failures is
noted once. Symbols that the venue does not know are noted and left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from seawall.errors import BadConfiguration
from seawall.feeds.updates import Deliver, OutsideBbo, OutsideTrade, e8_of

POLL_S = 1.0
BACKOFF_S_MAX = 60.0
BOOK_LEVELS = 50
TRADES = 50
E8 = 10**8
# The book is deep when each side shows this much quote within 2 % of its touch.
DEEP_QUOTE_E8 = 10_000 * E8
NEAR = 50  # 1/50 is 2 %


class CcxtVenue(Protocol):
    """The part of a ccxt exchange (asyncio) that is used."""

    async def load_markets(self) -> Mapping[str, Any]:
        """Read what the venue trades, by symbol."""
        ...

    async def fetch_order_book(self, symbol: str, limit: int) -> Mapping[str, Any]:
        """Read the nearest levels."""
        ...

    async def fetch_trades(
        self, symbol: str, since: int | None, limit: int
    ) -> list[Mapping[str, Any]]:
        """Read the last trades, oldest first."""
        ...

    async def close(self) -> None:
        """End the connections."""
        ...


def open_venue(venue_id: str, *, rest_url: str | None = None) -> CcxtVenue:
    """Make a ccxt exchange by its id, e.g. kraken; `rest_url` replaces its address.

    Raises BadConfiguration when ccxt does not know the id.
    """
    import ccxt.async_support as ccxt

    if venue_id not in ccxt.exchanges:
        raise BadConfiguration(
            expected="the id of an exchange that ccxt knows, e.g. kraken",
            found=venue_id,
            to_do="correct the price source",
        )
    options: dict[str, Any] = {"enableRateLimit": True}
    if rest_url is not None:
        options["urls"] = {"api": {"rest": rest_url}}
    venue = getattr(ccxt, venue_id)(options)
    venue.number = str
    opened: CcxtVenue = venue
    return opened


class CcxtSource:
    """One live venue. `symbols` gives our instrument for each of its symbols, e.g. BTC/USDT: 0."""

    def __init__(
        self,
        *,
        source_id: int,
        venue: CcxtVenue,
        symbols: Mapping[str, int],
        wall_ms: Callable[[], int],
        note: Callable[[str], None],
        poll_s: float = POLL_S,
    ) -> None:
        self._source_id = source_id
        self._venue = venue
        self._symbols = symbols
        self._wall_ms = wall_ms
        self._note = note
        self._poll_s = poll_s
        self._last_trade_ms: dict[str, tuple[int, int]] = {}  # symbol -> (time, id) of the newest

    async def run(self, deliver: Deliver) -> None:
        """Deliver until cancelled."""
        try:
            symbols = await self._known_symbols()
            await asyncio.gather(*(self._follow(symbol, deliver) for symbol in symbols))
        finally:
            await self._venue.close()

    async def _known_symbols(self) -> list[str]:
        markets = await self._persistently("its markets", self._venue.load_markets)
        for symbol in self._symbols:
            if symbol not in markets:
                self._note(f"source {self._source_id} does not trade {symbol}")
        return [symbol for symbol in self._symbols if symbol in markets]

    async def _follow(self, symbol: str, deliver: Deliver) -> None:
        async def poll() -> None:
            book = await self._venue.fetch_order_book(symbol, BOOK_LEVELS)
            bbo = self._bbo(symbol, book)
            if bbo is not None:
                deliver(bbo)
            for row in await self._venue.fetch_trades(symbol, None, TRADES):
                trade = self._trade(symbol, row)
                if trade is not None:
                    deliver(trade)

        while True:
            await self._persistently(symbol, poll)
            await asyncio.sleep(self._poll_s)

    async def _persistently(self, what: str, ask: Callable[[], Any]) -> Any:
        """Ask until there is an answer, pausing longer after each failure."""
        import ccxt.async_support as ccxt

        pause_s = self._poll_s
        while True:
            try:
                answer = await ask()
            except (ccxt.BaseError, OSError, TimeoutError) as error:
                if pause_s == self._poll_s:
                    kind = type(error).__name__
                    self._note(f"source {self._source_id} does not answer for {what}: {kind}")
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, BACKOFF_S_MAX)
                continue
            if pause_s > self._poll_s:
                self._note(f"source {self._source_id} answers again for {what}")
            return answer

    def _bbo(self, symbol: str, book: Mapping[str, Any]) -> OutsideBbo | None:
        """The touch of a book; None when a side is empty or cannot be read."""
        bids, asks = _levels(book.get("bids")), _levels(book.get("asks"))
        if not bids or not asks:
            return None
        now_ms = self._wall_ms()
        (bid, bid_size), (ask, ask_size) = bids[0], asks[0]
        return OutsideBbo(
            source_id=self._source_id,
            instrument_id=self._symbols[symbol],
            bid_e8=bid,
            ask_e8=ask,
            bid_size_e8=bid_size,
            ask_size_e8=ask_size,
            is_deep=min(_near_value(bids), _near_value(asks)) >= DEEP_QUOTE_E8,
            venue_ms=_milliseconds(book.get("timestamp"), now_ms),
            receive_ms=now_ms,
            raw=_raw(symbol, "book", {"bids": book["bids"], "asks": book["asks"]}),
        )

    def _trade(self, symbol: str, row: Mapping[str, Any]) -> OutsideTrade | None:
        """A trade that has not been delivered; None for an old one or one that cannot be read."""
        price, size = e8_of(str(row.get("price"))), e8_of(str(row.get("amount")))
        now_ms = self._wall_ms()
        venue_ms = _milliseconds(row.get("timestamp"), now_ms)
        id_text = str(row.get("id"))
        trade_id = int(id_text) if id_text.isdecimal() and len(id_text) < 19 else 0
        if not price or not size or (venue_ms, trade_id) <= self._last_trade_ms.get(symbol, (0, 0)):
            return None
        self._last_trade_ms[symbol] = (venue_ms, trade_id)
        return OutsideTrade(
            source_id=self._source_id,
            instrument_id=self._symbols[symbol],
            price_e8=price,
            size_e8=size,
            trade_id=trade_id,
            is_buy=row.get("side") == "buy",
            venue_ms=venue_ms,
            receive_ms=now_ms,
            raw=_raw(symbol, "trade", row.get("info")),
        )


def _levels(side: Any) -> list[tuple[int, int]]:
    """(price, size) of each level, e8; a level that cannot be read ends the list."""
    levels: list[tuple[int, int]] = []
    for level in side or []:
        price, size = e8_of(str(level[0])), e8_of(str(level[1]))
        if not price or not size:
            break
        levels.append((price, size))
    return levels


def _near_value(levels: list[tuple[int, int]]) -> int:
    """Quote, e8, of the levels within 2 % of the first."""
    touch = levels[0][0]
    return sum(p * s for p, s in levels if abs(p - touch) * NEAR <= touch) // E8


def _milliseconds(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and value > 0 else otherwise


def _raw(symbol: str, kind: str, what: Any) -> bytes:
    return msgspec.json.encode({"symbol": symbol, kind: what}, enc_hook=str)
