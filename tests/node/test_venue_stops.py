"""A venue told to stop in every way in which terminals, shells and service managers say it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.node.venue import Venue, is_alive, wait_for

pytestmark = pytest.mark.slow


def to_the_group(number: signal.Signals) -> Callable[[Venue], None]:
    """As a terminal does it, and `timeout`."""
    return lambda venue: os.killpg(venue.process.pid, number)


def to_every_process(venue: Venue) -> None:
    """As a service manager does it, engine first."""
    for pid in (*venue.pids().values(), venue.process.pid):
        os.kill(pid, signal.SIGTERM)


WAYS: dict[str, Callable[[Venue], None]] = {
    "Ctrl-C": to_the_group(signal.SIGINT),
    "SIGTERM to the group": to_the_group(signal.SIGTERM),
    "SIGTERM to every process": to_every_process,
}


@pytest.mark.parametrize("way", WAYS)
def test_stop_that_everybody_hears_is_a_clean_stop(
    way: str, tmp_path: Path, free_port: int
) -> None:
    """Only the supervisor acts on it, so nobody loses the engine while he still trades."""
    with Venue(tmp_path / "data", free_port, "--world") as venue:
        wait_for(lambda: "world" in venue.pids(), what="the world")
        client = venue.client()
        client.wait_until_trading("warm")
        client.close()
        pids = venue.pids()
        assert set(pids) == {"engine", "follower", "edge", "world"}
        WAYS[way](venue)
        assert venue.process.wait(60) == 0, venue.log

        assert not any(is_alive(pid) for pid in pids.values())
        after = venue.log.partition("Stop it with")[2]
        assert "interrupted" not in after
        assert "starting it again" not in after
        assert "exit=" not in after
        assert "the venue has stopped" in after
