"""An unmodified ccxt trades on the venue: only its base URL is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import ccxt
import pytest

from tests.api.served import ServedVenue, served_venue
from tests.api.venue import PASSPHRASE, secret_of

pytestmark = pytest.mark.slow
PAIR = "BTC/USDT"


@pytest.fixture(scope="module")
def served() -> Iterator[ServedVenue]:
    """One venue for all tests of this module; each trades at a price of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with served_venue(port) as venue:
        yield venue


def client_of(served: ServedVenue, who: str, **changes: Any) -> Any:
    """A ccxt client that belongs to somebody."""
    client = ccxt.okx(
        {
            "apiKey": who,
            "secret": secret_of(who).decode(),
            "password": PASSPHRASE,
            "urls": {"api": {"rest": served.url}},
            "enableRateLimit": False,
        }
        | changes
    )
    client.load_markets()
    return client


@pytest.fixture(scope="module")
def alice(served: ServedVenue) -> Any:
    """A rich client."""
    return client_of(served, "alice")


@pytest.fixture(scope="module")
def bob(served: ServedVenue) -> Any:
    """Another."""
    return client_of(served, "bob")


def test_markets_carry_their_trading_rules(alice: Any) -> None:
    """Precision and limits decide how ccxt rounds what it sends."""
    market = alice.market(PAIR)

    assert market["precision"] == {"amount": 0.00001, "price": 0.1}
    assert market["limits"]["amount"]["min"] == 0.00001
    assert market["active"] and market["spot"]
    assert market["instIdCode"] == 0
    assert set(alice.markets) == {"BTC/USDT", "ETH/USDT"}
    assert {"BTC", "ETH", "USDT"} <= set(alice.currencies)


def test_an_order_lives_through_place_edit_fetch_and_cancel(alice: Any) -> None:
    """The whole life of an order, by the unified calls."""
    order = alice.create_order(PAIR, "limit", "buy", 0.5, 50_000, {"clientOrderId": "life1"})
    fetched = alice.fetch_order(order["id"], PAIR)

    assert (fetched["status"], fetched["price"], fetched["amount"]) == ("open", 50_000, 0.5)
    assert fetched["clientOrderId"] == "life1"

    alice.edit_order(order["id"], PAIR, "limit", "buy", 0.25, 50_001.5)
    edited = alice.fetch_order(order["id"], PAIR)

    assert (edited["price"], edited["amount"]) == (50_001.5, 0.25)
    assert order["id"] in [one["id"] for one in alice.fetch_open_orders(PAIR)]

    alice.cancel_order(order["id"], PAIR)

    assert alice.fetch_order(order["id"], PAIR)["status"] == "canceled"
    assert alice.fetch_order("", PAIR, {"clientOrderId": "life1"})["id"] == order["id"]
    assert order["id"] in [one["id"] for one in alice.fetch_canceled_orders(PAIR)]


def test_a_trade_is_seen_by_both_sides_and_by_the_public(alice: Any, bob: Any) -> None:
    """A limit order meets a market order; fills, balances, book, ticker and candles agree."""
    base_before = alice.fetch_balance()["BTC"]["total"]
    buy = alice.create_order(PAIR, "limit", "buy", 0.3, 60_000)
    sell = bob.create_order(PAIR, "market", "sell", 0.2)
    book = alice.fetch_order_book(PAIR)

    assert book["bids"][0][:2] == [60_000, 0.1]
    assert bob.fetch_order(sell["id"], PAIR)["status"] == "closed"
    assert bob.fetch_order(sell["id"], PAIR)["average"] == 60_000

    mine = alice.fetch_my_trades(PAIR)[-1]

    assert (mine["price"], mine["amount"], mine["takerOrMaker"]) == (60_000, 0.2, "maker")
    assert mine["fee"] == {"cost": 0.00016, "currency": "BTC"}
    assert mine["order"] == buy["id"]
    assert alice.fetch_balance()["BTC"]["total"] == pytest.approx(base_before + 0.2 - 0.00016)
    assert alice.fetch_trades(PAIR)[-1]["amount"] == 0.2
    assert alice.fetch_ticker(PAIR)["last"] == 60_000
    assert alice.fetch_tickers()[PAIR]["last"] == 60_000
    assert alice.fetch_ohlcv(PAIR, "1m")[-1][4] == 60_000
    assert alice.fetch_ohlcv(PAIR, "1d")[-1][4] == 60_000
    assert sell["id"] in [one["id"] for one in bob.fetch_closed_orders(PAIR)]
    alice.cancel_order(buy["id"], PAIR)


def test_a_market_buy_can_be_sized_by_what_it_costs(alice: Any, bob: Any) -> None:
    """tgtCcy quote_ccy spends an amount of quote; the leftover that buys no lot is not spent."""
    ask = bob.create_order(PAIR, "limit", "sell", 1, 70_000)
    options = {"tgtCcy": "quote_ccy", "cost": 100}
    order = alice.create_order(PAIR, "market", "buy", 100, None, options)
    fetched = alice.fetch_order(order["id"], PAIR)

    assert fetched["status"] == "closed"
    assert fetched["filled"] == 0.00142
    bob.cancel_order(ask["id"], PAIR)


def test_venue_facts(alice: Any, served: ServedVenue) -> None:
    """Time, status and fees."""
    now_ms = served.venue.gateway.venue.clock_ms

    assert abs(alice.fetch_time() - now_ms) < 5_000
    assert alice.fetch_status()["status"] == "ok"
    assert alice.fetch_trading_fee(PAIR)["maker"] == 0.0008
    assert alice.fetch_trading_fee(PAIR)["taker"] == 0.001
    assert alice.fetch_positions() == []


def test_money_moves_between_funding_and_trading(alice: Any) -> None:
    """A transfer leaves the sum as it was."""
    alice.transfer("USDT", 1_000, "trading", "funding")

    assert alice.fetch_balance({"type": "funding"})["USDT"]["total"] == 1_000
    alice.transfer("USDT", 1_000, "funding", "trading")
    assert alice.fetch_balance({"type": "funding"}).get("USDT", {"total": 0})["total"] == 0


def test_several_orders_in_one_request(alice: Any) -> None:
    """A batch is answered row by row and cancelled the same way."""
    rows = [
        {"symbol": PAIR, "type": "limit", "side": "buy", "amount": 0.1, "price": price}
        for price in (40_000, 40_001)
    ]
    placed = alice.create_orders(rows)
    cancelled = alice.cancel_orders([one["id"] for one in placed], PAIR)

    assert [one["id"] for one in placed] == [one["id"] for one in cancelled]


def test_refusals_become_the_exceptions_that_bots_catch(alice: Any, served: ServedVenue) -> None:
    """ccxt maps codes to classes; bots decide by the class whether to retry, stop or ask."""
    carol = client_of(served, "carol")
    with pytest.raises(ccxt.InsufficientFunds):
        carol.create_order(PAIR, "limit", "buy", 1, 50_000)
    with pytest.raises(ccxt.OrderNotFound):
        alice.cancel_order("4096", PAIR)
    with pytest.raises(ccxt.OrderNotFound):
        alice.fetch_order("4096", PAIR)
    with pytest.raises(ccxt.InvalidOrder):
        alice.create_order(PAIR, "limit", "buy", 101, 50_000)
    alice.create_order(PAIR, "limit", "buy", 0.1, 30_000, {"clientOrderId": "twice"})
    with pytest.raises(ccxt.InvalidOrder):
        alice.create_order(PAIR, "limit", "buy", 0.1, 30_000, {"clientOrderId": "twice"})
    with pytest.raises(ccxt.BadSymbol):
        alice.publicGetMarketTicker({"instId": "DOGE-USDT"})
    with pytest.raises(ccxt.AuthenticationError):
        client_of(served, "alice", secret="wrong")
    with pytest.raises(ccxt.AuthenticationError):
        client_of(served, "alice", password="wrong")
    with pytest.raises(ccxt.AuthenticationError):
        client_of(served, "nobody")


def test_interruptions_become_the_exceptions_that_bots_retry(
    alice: Any, served: ServedVenue
) -> None:
    """Planned and unplanned interruptions differ, and both are told apart from a refusal."""
    health = served.venue.health
    health.stopping = True

    assert alice.fetch_status()["status"] == "maintenance"
    health.stopping = False
    health.reachable = False
    health.incident = "I7"
    assert alice.fetch_status()["status"] == "maintenance"
    health.reachable = True


def test_the_sandbox_header_is_accepted_and_changes_nothing(served: ServedVenue) -> None:
    """python-okx and ccxt's sandbox send x-simulated-trading; there is one venue."""
    client = ccxt.okx({"urls": {"test": {"rest": served.url}}})
    client.set_sandbox_mode(True)

    assert PAIR in client.load_markets()
