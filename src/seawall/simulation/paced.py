"""A simulated market at the pace of the wall clock, as a source of updates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from seawall.feeds.updates import Deliver, Update

STEP_S = 0.05
# A process that was stopped longer than this (a laptop asleep) goes on from where it was; else it
# would have to invent hours of updates at once.
STALL_MS_MAX = 5_000


class Market(Protocol):
    """Updates by time since a start; `origin_ms` is the wall time of that start."""

    origin_ms: int

    def advance(self, until_ms: int) -> list[Update]:
        """Return what is received until then, in order."""
        ...


class PacedSource:
    """Delivers a market's updates when they are due. `monotonic_ms` is any clock that only goes
    on.
    """

    def __init__(self, market: Market, *, monotonic_ms: Callable[[], int]) -> None:
        self._market = market
        self._monotonic_ms = monotonic_ms

    async def run(self, deliver: Deliver) -> None:
        """Deliver until cancelled."""
        started_ms = last_ms = self._monotonic_ms()
        while True:
            now_ms = self._monotonic_ms()
            if now_ms - last_ms > STALL_MS_MAX:
                self._market.origin_ms += now_ms - last_ms
                started_ms += now_ms - last_ms
            last_ms = now_ms
            for update in self._market.advance(now_ms - started_ms):
                deliver(update)
            await asyncio.sleep(STEP_S)
