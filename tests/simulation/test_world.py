"""The outside world beside a real venue: a market to see, and one that comes back after a kill."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seawall.feeds.archive import read_archive
from seawall.simulation.bench.processes import children, running, wait_for

VISIBLE = ("BTC-USDT", "ETH-USDT", "SOL-USDT", "BTC-USDT-SWAP", "ETH-USDT-SWAP")
PATIENCE_S = 90.0


def rows(port: int, path: str) -> list[dict[str, Any]]:
    """The data of an answer; empty while the venue does not give one."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v5/{path}", timeout=5) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]
            return found
    except (OSError, urllib.error.URLError):
        return []


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.1)


def has_market(port: int) -> bool:
    """Whether every visible instrument has a best bid, a best ask above it and a trade."""
    for name in VISIBLE:
        found = rows(port, f"market/ticker?instId={name}")
        if not found or not all(found[0][key] for key in ("bidPx", "askPx", "last")):
            return False
        assert float(found[0]["bidPx"]) < float(found[0]["askPx"])
    return True


def has_positions(port: int) -> bool:
    """Whether both swaps have open interest, a mark, and funding that is estimated from it."""
    open_interest = rows(port, "public/open-interest?instType=SWAP")
    marks = rows(port, "public/mark-price?instType=SWAP")
    funding = rows(port, "public/funding-rate?instId=BTC-USDT-SWAP")
    return (
        2 == len(open_interest) == len(marks)
        and all(int(one["oi"]) > 0 for one in open_interest)
        and bool(funding and funding[0]["fundingRate"])
    )


def quotes(port: int) -> tuple[str, str]:
    """Best bid and ask of the first instrument."""
    ticker = rows(port, "market/ticker?instId=BTC-USDT")[0]
    return ticker["bidPx"], ticker["askPx"]


def last_trade_id(port: int) -> int:
    """The newest trade of the first instrument; 0 without one."""
    found = rows(port, "market/trades?instId=BTC-USDT&limit=1")
    return int(found[0]["tradeId"]) if found else 0


@pytest.mark.slow
def test_the_demo_shows_a_market_that_survives_the_engine(tmp_path: Path, free_port: int) -> None:
    """Quotes and trades in spot and swaps, and positions; they go on after the engine was
    killed.
    """
    directory, log = tmp_path / "venue", tmp_path / "log"
    command = [sys.executable, "-m", "seawall", "up", str(directory), "--port", str(free_port)]
    with running(command, log) as process:
        wait_for(free_port, process, log)
        wait_until(lambda: has_market(free_port), "a market in spot and swaps")
        wait_until(lambda: has_positions(free_port), "positions in both swaps")
        before = last_trade_id(free_port)
        os.kill(children(process.pid)["engine"], signal.SIGKILL)
        wait_until(lambda: last_trade_id(free_port) > before, "a trade after the kill")
        wait_until(lambda: has_market(free_port), "a market after the kill")
    archives = list((directory / "feeds").glob("source-*/*.gz"))

    assert 7 == len({path.parent for path in archives})
    assert all(len(list(read_archive(path))) > 10 for path in archives)


@pytest.mark.slow
def test_the_demo_in_one_process_shows_a_market_too(tmp_path: Path, free_port: int) -> None:
    """Quotes that move and trades that go on, and a clean end of all of it."""
    directory, log = tmp_path / "venue", tmp_path / "log"
    command = [sys.executable, "-m", "seawall", "up", str(directory), "--port", str(free_port)]
    with running([*command, "--one-process"], log) as process:
        wait_for(free_port, process, log)
        wait_until(lambda: has_market(free_port), "a market in spot and swaps")
        assert children(process.pid) == {}
        before, trade_id = quotes(free_port), last_trade_id(free_port)
        wait_until(lambda: quotes(free_port) != before, "quotes that move")
        wait_until(lambda: last_trade_id(free_port) > trade_id, "another trade")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, log.read_text()
    assert "Traceback" not in log.read_text()
