"""Live venues through ccxt: what is delivered, and what a failing venue does to us."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ccxt.async_support as ccxt
import pytest

from seawall.errors import BadConfiguration
from seawall.feeds.ccxt_source import CcxtSource, open_venue
from seawall.feeds.updates import OutsideBbo, OutsideTrade, Update
from seawall.simulation.bench.lean_client import LeanConnection
from seawall.simulation.bench.processes import running_venue

E8 = 10**8


class FakeVenue:
    """A venue that fails so many times before each answer it gives."""

    def __init__(self, *, failures: list[Exception], book: Mapping[str, Any]) -> None:
        self.failures = failures
        self.book = book
        self.trades: list[Mapping[str, Any]] = []
        self.is_closed = False

    async def load_markets(self) -> Mapping[str, Any]:
        """One market."""
        return {"BTC/USDT": {}}

    async def fetch_order_book(self, symbol: str, limit: int) -> Mapping[str, Any]:
        """The book, unless it is time to fail."""
        if self.failures:
            raise self.failures.pop(0)
        return self.book

    async def fetch_trades(
        self, symbol: str, since: int | None, limit: int
    ) -> list[Mapping[str, Any]]:
        """The same trades each time."""
        return self.trades

    async def close(self) -> None:
        """Remember it."""
        self.is_closed = True


def followed(venue: FakeVenue, *, updates: int) -> tuple[list[Update], list[str]]:
    """Run a source on a venue until so many updates have come; its updates and notes."""
    notes: list[str] = []
    seen: list[Update] = []
    enough = asyncio.Event()

    def deliver(update: Update) -> None:
        seen.append(update)
        if len(seen) >= updates:
            enough.set()

    async def main() -> None:
        source = CcxtSource(
            source_id=3,
            venue=venue,
            symbols={"BTC/USDT": 0, "XYZ/USDT": 1},
            wall_ms=lambda: 5_000,
            note=notes.append,
            poll_s=0.001,
        )
        task = asyncio.create_task(source.run(deliver))
        await asyncio.wait_for(enough.wait(), 10)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    return seen, notes


BOOK = {"bids": [["100.5", "200"], ["90", "1000"]], "asks": [["101", "300"]], "timestamp": 4_990}


def test_a_book_becomes_best_bid_and_offer() -> None:
    """Exact prices, the venue's time, and depth within 2 % only."""
    venue = FakeVenue(failures=[], book=BOOK)
    (first, *_), notes = followed(venue, updates=1)

    assert isinstance(first, OutsideBbo)
    assert (10_050_000_000, 101 * E8, 4_990, 5_000) == (
        first.bid_e8,
        first.ask_e8,
        first.venue_ms,
        first.receive_ms,
    )
    assert first.is_deep
    assert ["source 3 does not trade XYZ/USDT"] == notes
    assert venue.is_closed


def test_an_emptied_book_is_not_deep_and_an_empty_one_says_nothing() -> None:
    """How a wild price prints."""
    thin = {"bids": [["100", "1"]], "asks": [["101", "1"]]}
    (first, *_), _ = followed(FakeVenue(failures=[], book=thin), updates=1)
    assert isinstance(first, OutsideBbo) and not first.is_deep

    empty = FakeVenue(failures=[], book={"bids": [], "asks": [["101", "1"]]})
    empty.trades = [{"id": "7", "price": "100", "amount": "1", "side": "buy", "timestamp": 1}]
    (only, *_), _ = followed(empty, updates=1)
    assert isinstance(only, OutsideTrade)


def test_a_trade_is_delivered_once() -> None:
    """Polling shows the same trades again and again."""
    venue = FakeVenue(failures=[], book=BOOK)
    venue.trades = [
        {"id": "7", "price": "100", "amount": "0.5", "side": "buy", "timestamp": 10},
        {"id": "8", "price": "99.5", "amount": "0.5", "side": "sell", "timestamp": 10},
        {"id": "9", "price": None, "amount": "0.5", "side": "sell", "timestamp": 11},
    ]
    updates, _ = followed(venue, updates=10)
    trades = [update for update in updates if isinstance(update, OutsideTrade)]

    assert [(7, 100 * E8, True), (8, 9_950_000_000, False)] == [
        (trade.trade_id, trade.price_e8, trade.is_buy) for trade in trades
    ]


@pytest.mark.parametrize(
    "failure",
    [ccxt.NetworkError("down"), ccxt.RateLimitExceeded("slow"), ccxt.ExchangeError("odd")],
)
def test_a_failing_venue_is_asked_again_and_noted_once(failure: Exception) -> None:
    """A lost venue must neither end the collector nor fill its log."""
    _, notes = followed(FakeVenue(failures=[failure] * 3, book=BOOK), updates=1)

    assert [
        f"source 3 does not answer for BTC/USDT: {type(failure).__name__}",
        "source 3 answers again for BTC/USDT",
    ] == notes[1:]


def test_an_unknown_venue_is_a_configuration_error() -> None:
    """A slip in a name is said, not guessed at."""
    with pytest.raises(BadConfiguration, match="krakn"):
        open_venue("krakn")


@pytest.mark.slow
def test_our_own_venue_can_be_a_source(tmp_path: Path) -> None:
    """The real ccxt client against a real venue: what is quoted there arrives exactly."""

    async def quote(venue_port: int, key: Any) -> None:
        connection = await LeanConnection.open(venue_port, key)
        for side, price in (("buy", "9999.9"), ("sell", "10000.3")):
            body = (
                f'{{"instId":"BTC-USDT","tdMode":"cash","side":"{side}","ordType":"limit",'
                f'"px":"{price}","sz":"2"}}'
            )
            status, answer, _ = await connection.post("/api/v5/trade/order", body.encode())
            assert (200, b'{"code":"0"') == (status, answer[:11]), answer
        connection.close()

    async def first_update(rest_url: str) -> Update:
        arrived: asyncio.Future[Update] = asyncio.get_running_loop().create_future()

        def deliver(update: Update) -> None:
            if not arrived.done():
                arrived.set_result(update)

        source = CcxtSource(
            source_id=1,
            venue=open_venue("okx", rest_url=rest_url),
            symbols={"BTC/USDT": 0},
            wall_ms=lambda: 5_000,
            note=print,
        )
        task = asyncio.create_task(source.run(deliver))
        try:
            return await asyncio.wait_for(arrived, 30)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    with running_venue(tmp_path) as venue:
        asyncio.run(quote(venue.port, venue.keys[0]))
        update = asyncio.run(first_update(f"http://127.0.0.1:{venue.port}"))

    assert isinstance(update, OutsideBbo)
    assert (999_990_000_000, 1_000_030_000_000, 2 * E8) == (
        update.bid_e8,
        update.ask_e8,
        update.bid_size_e8,
    )
    assert update.is_deep
