"""An unmodified ccxt trades on a venue started as a user starts it, and finds all after a kill."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import ccxt
import pytest

from seawall.replay.verify import verify
from tests.node.outside_prices import OutsidePrices
from tests.node.venue import Venue, wait_for

pytestmark = pytest.mark.slow
PAIR = "BTC/USDT"
SWAP = "BTC/USDT:USDT"


def client_of(venue: Venue, name: str) -> Any:
    """A ccxt client with a key of the demo; only the base URL is told."""
    keys = json.loads((venue.directory / "demo-keys.json").read_text())
    key = next(one for one in keys if one["name"] == name)
    client = ccxt.okx(
        {
            "apiKey": key["api_key"],
            "secret": key["secret"],
            "password": key["passphrase"],
            "urls": {"api": {"rest": venue.url}},
            "enableRateLimit": False,
        }
    )
    client.load_markets()
    return client


def warm_up(venue: Venue) -> None:
    """Wait until the venue trades."""
    client = venue.client()
    client.wait_until_trading(f"warm{venue.process.pid}x")
    client.close()


def test_ccxt_trades_and_finds_everything_after_a_kill(tmp_path: Path, free_port: int) -> None:
    """Every call that a trading client makes, through gateway, journal and engine and back."""
    with Venue(tmp_path / "data", free_port) as venue:
        warm_up(venue)
        maker, demo = client_of(venue, "maker-1"), client_of(venue, "demo")
        assert demo.fetch_status()["status"] == "ok"
        assert demo.fetch_time() > 1_600_000_000_000
        before = demo.fetch_balance()["total"]["BTC"]

        maker.create_order(PAIR, "limit", "sell", 1, 10_100)
        maker.create_order(PAIR, "limit", "buy", 1, 10_000)
        assert demo.fetch_ticker(PAIR)["ask"] == 10_100
        assert PAIR in demo.fetch_tickers()
        assert demo.fetch_order_book(PAIR)["bids"][0][:2] == [10_000, 1]

        resting = demo.create_order(PAIR, "limit", "buy", 0.5, 9_000)
        demo.edit_order(resting["id"], PAIR, "limit", "buy", 0.25, 9_100)
        taken = demo.create_order(PAIR, "market", "buy", 0.1)
        filled = demo.fetch_order(taken["id"], PAIR)
        assert (filled["status"], filled["filled"], filled["average"]) == ("closed", 0.1, 10_100)
        assert demo.fetch_balance()["total"]["BTC"] == pytest.approx(before + 0.1 * 0.999)
        assert demo.fetch_trades(PAIR)[-1]["price"] == 10_100
        assert demo.fetch_ohlcv(PAIR, "1m")[-1][4] == 10_100
        assert demo.fetch_my_trades(PAIR)[-1]["fee"]["currency"] == "BTC"
        gone = demo.create_order(PAIR, "limit", "buy", 0.5, 8_000)
        demo.cancel_order(gone["id"], PAIR)
        assert demo.fetch_order(gone["id"], PAIR)["status"] == "canceled"
        with pytest.raises(ccxt.InsufficientFunds):
            demo.create_order(PAIR, "limit", "sell", 500, 20_000)

        maker.session.close()
        demo.session.close()
        os.killpg(venue.process.pid, signal.SIGKILL)
        venue.process.wait()
    with Venue(tmp_path / "data", free_port) as again:
        warm_up(again)
        demo = client_of(again, "demo")
        found = {one["id"]: one for one in demo.fetch_open_orders(PAIR)}
        assert (found[resting["id"]]["amount"], found[resting["id"]]["price"]) == (0.25, 9_100)
        assert demo.fetch_order(taken["id"], PAIR)["filled"] == 0.1
        demo.session.close()
        assert again.stop() == 0
    result = verify(tmp_path / "data")
    assert result.is_green and result.commands > 0, result.findings


def has_marks(client: Any) -> bool:
    """Whether the swaps have a mark, so that they can be traded."""
    return SWAP in client.fetch_mark_prices()


def test_ccxt_finds_positions_stops_and_margin_after_a_kill(tmp_path: Path, free_port: int) -> None:
    """What an account has in swaps is in the journal, and so are its waiting stops."""
    prices = {"BTC-USDT": 10_100.0}
    with Venue(tmp_path / "data", free_port) as venue:
        warm_up(venue)
        maker, demo = client_of(venue, "maker-1"), client_of(venue, "demo")
        with OutsidePrices(venue.directory, prices):
            wait_for(lambda: has_marks(demo), what="a mark")
            maker.create_order(SWAP, "limit", "sell", 50, 10_105)
            demo.set_leverage(4, SWAP)
            demo.create_order(SWAP, "limit", "buy", 20, 10_105)
            stop = demo.create_order(
                SWAP, "market", "sell", 20, None, {"stopLossPrice": 9_000, "reduceOnly": True}
            )
            before = demo.fetch_position(SWAP)
            free = demo.fetch_balance()["USDT"]["free"]
        maker.session.close()
        demo.session.close()
        os.killpg(venue.process.pid, signal.SIGKILL)
        venue.process.wait()
    with Venue(tmp_path / "data", free_port) as again:
        warm_up(again)
        demo = client_of(again, "demo")
        position = demo.fetch_position(SWAP)
        for key in ("contracts", "side", "entryPrice", "leverage", "marginMode", "initialMargin"):
            assert before[key] == position[key], key
        waiting = demo.fetch_open_orders(SWAP, params={"ordType": "conditional"})
        assert [(one["id"], one["stopLossPrice"]) for one in waiting] == [(stop["id"], 9_000)]
        assert demo.fetch_leverage(SWAP)["longLeverage"] == 4
        assert demo.fetch_balance()["USDT"]["free"] == pytest.approx(free)
        demo.session.close()
        assert again.stop() == 0
    result = verify(tmp_path / "data")
    assert result.is_green and result.commands > 0, result.findings
