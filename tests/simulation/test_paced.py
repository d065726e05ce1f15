"""Markets at the pace of the wall clock."""

from __future__ import annotations

import asyncio

import pytest

from seawall.feeds.updates import Update
from seawall.simulation.paced import PacedSource
from tests.feeds.outside import bbo


class Ended(Exception):
    """The clock of a test has no more times."""


class OneUpdatePerAsk:
    """A market that remembers when it was asked."""

    def __init__(self) -> None:
        self.origin_ms = 1_000
        self.asked: list[int] = []

    def advance(self, until_ms: int) -> list[Update]:
        """One update, stamped with the wall time it stands for."""
        self.asked.append(until_ms)
        return [bbo(100, 101, receive_ms=self.origin_ms + until_ms)]


def test_a_stopped_process_goes_on_where_it_was() -> None:
    """After a laptop slept for an hour, the market has not moved, and stamps are of now."""
    times = iter([500, 500, 550, 3_600_550, 3_600_600])

    def monotonic_ms() -> int:
        try:
            return next(times)
        except StopIteration:
            raise Ended from None

    market = OneUpdatePerAsk()
    delivered: list[Update] = []
    source = PacedSource(market, monotonic_ms=monotonic_ms)
    with pytest.raises(Ended):
        asyncio.run(source.run(delivered.append))

    assert [0, 50, 50, 100] == market.asked
    assert 1_000 + 3_600_000 + 100 == delivered[-1].receive_ms
