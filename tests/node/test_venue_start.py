"""A venue as a user starts it: trade, add people, stop, replay, verify, start again."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.node.venue import Client, Venue, is_alive, seawall, wait_for

pytestmark = pytest.mark.slow

SOURCES = Path(__file__).resolve().parent.parent.parent / "src"


def new_key(directory: Path, name: str) -> dict[str, object]:
    """A person and a key, made while the venue runs."""
    made = seawall("user", "create", name, "--dir", str(directory), "--json", "-")
    assert made.returncode == 0, made.stderr
    made = seawall("key", "create", name, "--dir", str(directory), "--json", "-")
    assert made.returncode == 0, made.stderr
    key: dict[str, object] = json.loads(made.stdout)
    return {**key, "api_key": key["key_id"]}


def replayed(directory: Path, *options: str) -> dict[str, object]:
    """What `seawall replay` says."""
    done = seawall("replay", str(directory), "--json", "-", *options)
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout)
    return result


def replayed_by_sources(directory: Path) -> dict[str, object]:
    """The same by the interpreted sources, whatever is installed."""
    done = subprocess.run(
        [sys.executable, "-m", "seawall", "replay", str(directory), "--json", "-"],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
    )
    result: dict[str, object] = json.loads(done.stdout)
    assert result["core"] == "interpreted"
    return result


def test_venue_trades_stops_and_comes_back_as_it_was(tmp_path: Path, free_port: int) -> None:
    """The first minute of every user, and the second start."""
    directory = tmp_path / "data"
    with Venue(directory, free_port) as venue:
        assert str(directory) in venue.log
        assert "demo-keys.json" in venue.log
        assert "not real" in venue.log
        demo = venue.client()
        demo.wait_until_trading("warm")
        _, placed = demo.place("mine", price="123.4", size="0.5")
        maker = venue.client("maker-1")
        _, sold = maker.place("sell1", side="sell", price="123.4", size="0.2")
        assert sold["sCode"] == "0"
        assert demo.order("mine")[1]["state"] == "partially_filled"

        newcomer = Client(venue.url, new_key(directory, "alice"))
        status, balance = newcomer.get("/api/v5/account/balance")
        assert (status, balance["code"]) == (200, "0")

        busy = seawall("up", str(directory), "--port", str(free_port))
        assert busy.returncode == 64
        assert str(free_port) in busy.stderr
        healthy = seawall("status", "--url", venue.url)
        assert (healthy.returncode, healthy.stdout) == (0, "trading is undisturbed\n")
        for client in (demo, maker, newcomer):
            client.close()
        assert venue.stop() == 0

    checked = seawall("verify", str(directory))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    one, other = replayed(directory), replayed(directory)
    third = replayed_by_sources(directory)
    for field in ("seq", "commands", "events_hash", "state_hash"):
        assert one[field] == other[field] == third[field]
    assert replayed(directory, "--until", "5")["seq"] == 5

    with Venue(directory, free_port) as venue:
        demo = venue.client()
        _, found = demo.order("mine")
        assert (found["ordId"], found["accFillSz"]) == (placed["ordId"], "0.2")
        demo.close()
        assert venue.stop() == 0


def test_killed_supervisor_leaves_nothing_running(tmp_path: Path, free_port: int) -> None:
    """A venue without its supervisor would keep port and data directory for ever."""
    with Venue(tmp_path / "data", free_port) as venue:
        pids = venue.pids()
        assert set(pids) == {"engine", "edge", "follower"}
        venue.process.kill()
        venue.process.wait()
        wait_for(
            lambda: not any(is_alive(pid) for pid in pids.values()), what="its processes to end"
        )

    with Venue(tmp_path / "data", free_port) as venue:
        assert venue.stop() == 0


def test_one_process_over_tls_trades_and_stops_on_interrupt(tmp_path: Path, free_port: int) -> None:
    """The same parts in one loop, for debugging, and TLS for clients that insist on it."""
    directory = tmp_path / "data"
    with Venue(directory, free_port, "--one-process", "--tls") as venue:
        trusted = ssl.create_default_context(cafile=str(directory / "tls" / "ca.pem"))
        url = f"https://localhost:{free_port}/api/v5/public/time"
        with urllib.request.urlopen(url, context=trusted, timeout=10) as answer:
            assert json.load(answer)["code"] == "0"
        assert "ca.pem" in venue.log
        demo = venue.client(url=f"https://localhost:{free_port}", verify=trusted)
        demo.wait_until_trading("warm")
        demo.close()
        venue.process.send_signal(signal.SIGINT)
        assert venue.process.wait(30) == 0

    assert seawall("verify", str(directory)).returncode == 0
