"""An unmodified ccxt trades swaps on the venue: only its base URL is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import ccxt
import pytest

from tests.api.served import ServedVenue, served_venue
from tests.api.swap_venue import SwapVenue
from tests.api.test_ccxt import client_of
from tests.api.venue import wall_ns

pytestmark = pytest.mark.slow
SYMBOL = "BTC/USDT:USDT"


@pytest.fixture(scope="module")
def served() -> Iterator[ServedVenue]:
    """One venue for all tests of this module."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with served_venue(port, lambda: SwapVenue(now_ns=wall_ns)) as venue:
        yield venue


@pytest.fixture(scope="module")
def alice(served: ServedVenue) -> Any:
    """A rich client."""
    return client_of(served, "alice")


@pytest.fixture(scope="module")
def bob(served: ServedVenue) -> Any:
    """Another."""
    return client_of(served, "bob")


def flat(client: Any) -> None:
    """Nothing is open when a test ends."""
    for order in client.fetch_open_orders(SYMBOL):
        client.cancel_order(order["id"], SYMBOL)


def test_swaps_are_markets(alice: Any) -> None:
    """Contract size, settlement and kind decide how ccxt computes."""
    market = alice.market(SYMBOL)

    assert (market["swap"], market["linear"], market["settle"]) == (True, True, "USDT")
    assert (market["contractSize"], market["precision"]["amount"]) == (0.01, 1)
    assert market["limits"]["leverage"]["max"] == 100
    assert set(alice.markets) == {"BTC/USDT", SYMBOL, "ETH/USDT:USDT"}


def test_outside_prices_and_funding(alice: Any) -> None:
    """Mark, index, funding, interest, tiers."""
    assert alice.fetch_mark_price(SYMBOL)["markPrice"] == 60_000
    assert set(alice.fetch_mark_prices()) == {SYMBOL, "ETH/USDT:USDT"}
    assert alice.publicGetMarketIndexTickers({"instId": "BTC-USDT"})["data"][0]["idxPx"] == "60000"
    rate = alice.fetch_funding_rate(SYMBOL)
    assert rate["interval"] == "8h"
    assert rate["fundingTimestamp"] > alice.milliseconds()
    assert set(alice.fetch_funding_rates()) == {SYMBOL, "ETH/USDT:USDT"}
    assert alice.fetch_funding_rate_history(SYMBOL) == []
    assert alice.fetch_open_interest(SYMBOL)["openInterestAmount"] is not None
    tiers = alice.fetch_market_leverage_tiers(SYMBOL)
    assert (tiers[0]["maxLeverage"], tiers[0]["maintenanceMarginRate"]) == (100, 0.005)
    assert len(tiers) == 5


def test_leverage_is_set_and_fetched(alice: Any) -> None:
    """ccxt sends a number."""
    alice.set_leverage(7, SYMBOL)

    assert alice.fetch_leverage(SYMBOL)["longLeverage"] == 7
    with pytest.raises(ccxt.ExchangeError):
        alice.set_leverage(125, SYMBOL)
    alice.set_leverage(10, SYMBOL)
    alice.set_position_mode(False)
    with pytest.raises(ccxt.ExchangeError):
        alice.set_position_mode(True)
    assert alice.fetch_position_mode()["hedged"] is False


def test_a_position_is_opened_seen_and_closed(alice: Any, bob: Any) -> None:
    """Limit, market and reduce-only, as a bot does it."""
    resting = bob.create_order(SYMBOL, "limit", "sell", 20, 60_010)
    taken = alice.create_order(SYMBOL, "market", "buy", 15)
    order = alice.fetch_order(taken["id"], SYMBOL)

    assert (order["status"], order["filled"], order["average"]) == ("closed", 15, 60_010)
    assert order["fee"]["currency"] == "USDT"
    (position,) = alice.fetch_positions([SYMBOL])
    assert (position["side"], position["contracts"], position["entryPrice"]) == ("long", 15, 60_010)
    assert (position["marginMode"], position["leverage"]) == ("cross", 10)
    assert position["markPrice"] is not None
    assert position["unrealizedPnl"] is not None
    assert position["maintenanceMargin"] > 0
    assert alice.fetch_position(SYMBOL)["contracts"] == 15
    balance = alice.fetch_balance()
    assert balance["USDT"]["free"] < balance["USDT"]["total"]
    bob.create_order(SYMBOL, "limit", "buy", 20, 59_990)
    closed = alice.create_order(SYMBOL, "market", "sell", 50, None, {"reduceOnly": True})

    assert alice.fetch_order(closed["id"], SYMBOL)["filled"] == 15
    assert alice.fetch_order(closed["id"], SYMBOL)["reduceOnly"] is True
    assert alice.fetch_positions([SYMBOL]) == []
    assert alice.fetch_my_trades(SYMBOL)[-1]["takerOrMaker"] == "taker"
    assert resting["id"]
    flat(bob)


def test_a_position_can_be_closed_by_one_call(alice: Any, bob: Any) -> None:
    """close-position, the panic button."""
    bob.create_order(SYMBOL, "limit", "sell", 5, 60_000)
    alice.create_order(SYMBOL, "limit", "buy", 5, 60_000)
    bob.create_order(SYMBOL, "limit", "buy", 5, 59_990)
    alice.close_position(SYMBOL)

    assert alice.fetch_positions([SYMBOL]) == []


def test_stops_wait_and_are_cancelled(alice: Any) -> None:
    """Stop-loss, take-profit, trigger and trailing, listed by type and cancelled by id."""
    stop = alice.create_order(
        SYMBOL, "market", "sell", 1, None, {"stopLossPrice": 59_000, "slTriggerPxType": "mark"}
    )
    profit = alice.create_order(
        SYMBOL, "limit", "sell", 1, 61_000, {"takeProfitPrice": 61_000, "tpTriggerPxType": "index"}
    )
    trigger = alice.create_order(SYMBOL, "limit", "buy", 1, 59_500, {"triggerPrice": 59_500})
    trailing = alice.create_order(SYMBOL, "market", "sell", 1, None, {"trailingPercent": 1})
    found = {one["id"]: one for one in alice.fetch_open_orders(SYMBOL, params={"trigger": True})}
    assert set(found) == {trigger["id"]}
    assert found[trigger["id"]]["triggerPrice"] == 59_500
    both = alice.fetch_open_orders(SYMBOL, params={"ordType": "conditional"})
    assert {one["id"] for one in both} == {stop["id"], profit["id"]}
    by_id = {one["id"]: one for one in both}
    assert by_id[stop["id"]]["stopLossPrice"] == 59_000
    assert by_id[profit["id"]]["takeProfitPrice"] == 61_000
    moving = alice.fetch_open_orders(SYMBOL, params={"trailing": True})
    assert [one["id"] for one in moving] == [trailing["id"]]
    assert alice.fetch_order(stop["id"], SYMBOL, {"trigger": True})["status"] == "open"
    for order in (stop, profit, trigger):
        alice.cancel_order(order["id"], SYMBOL, {"trigger": True})
    alice.cancel_order(trailing["id"], SYMBOL, {"trailing": True})

    assert alice.fetch_order(stop["id"], SYMBOL, {"trigger": True})["status"] == "canceled"
    gone = alice.fetch_canceled_orders(SYMBOL, params={"trigger": True, "ordType": "conditional"})
    assert {one["id"] for one in gone} >= {stop["id"], profit["id"]}
    with pytest.raises(ccxt.ExchangeError):
        alice.create_order(
            SYMBOL, "market", "sell", 1, None, {"stopLossPrice": 61_000, "slTriggerPxType": "mark"}
        )


def test_isolated_margin_is_added_and_taken_out(alice: Any, bob: Any) -> None:
    """By the endpoint behind add_margin, whose answer this release of ccxt cannot parse itself (it
    indexes the text of `type`).
    """
    eth = "ETH/USDT:USDT"
    bob.create_order(eth, "limit", "sell", 10, 3_000)
    alice.set_leverage(5, eth, {"marginMode": "isolated"})
    alice.create_order(eth, "limit", "buy", 10, 3_000, {"marginMode": "isolated"})
    before = alice.fetch_position(eth)

    assert (before["marginMode"], before["leverage"]) == ("isolated", 5)
    assert before["collateral"] is not None
    assert before["liquidationPrice"] > 0
    adjust = alice.privatePostAccountPositionMarginBalance
    body = {"instId": "ETH-USDT-SWAP", "posSide": "net"}
    adjust(body | {"type": "add", "amt": 100})
    assert alice.fetch_position(eth)["initialMargin"] == before["initialMargin"] + 100
    adjust(body | {"type": "reduce", "amt": 50})
    with pytest.raises(ccxt.ExchangeError):
        adjust(body | {"type": "reduce", "amt": 1_000})
    assert alice.fetch_position(eth)["initialMargin"] == before["initialMargin"] + 50


def test_refusals_become_the_exceptions_that_bots_catch(alice: Any, served: ServedVenue) -> None:
    """Too little margin, beyond the price limit, nothing to reduce."""
    alice.set_leverage(1, SYMBOL)
    with pytest.raises(ccxt.InsufficientFunds):
        alice.create_order(SYMBOL, "limit", "buy", 30_000, 59_900)
    alice.set_leverage(10, SYMBOL)
    with pytest.raises(ccxt.InvalidOrder):
        alice.create_order(SYMBOL, "limit", "buy", 1, 90_000)
    with pytest.raises(ccxt.ExchangeError):
        alice.create_order(SYMBOL, "market", "sell", 1, None, {"reduceOnly": True})
    with pytest.raises(ccxt.OrderNotFound):
        alice.cancel_order("4096", SYMBOL, {"trigger": True})
    with pytest.raises(ccxt.OrderNotFound):
        alice.fetch_order("4096", SYMBOL, {"trigger": True})
