"""What the outside sources say of a true path: late, a little wrong, and, in a fault, absurd.

Each source sees the path after its own delay, with a slowly changing error, and shows a spread
around it. A fault replaces what the sources of one failure domain say for a time; nothing else of
the script changes with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from seawall.core.model.commands import ObservePrices
from seawall.simulation.draws import MILLION, Draws
from seawall.simulation.drills.paths import TruePath

MEMORY: Final = 32  # of a source's error: each observation keeps 31/32 of it
# So that the error's standard deviation is the one asked for: sqrt(1 - (31/32)^2), about 0.248.
STEP_NUMERATOR, STEP_DENOMINATOR = 31, 125


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """How a source differs from the truth."""

    source_id: int
    delay_ms: int  # it shows what was true then
    error_ppm: int  # standard deviation of its error, about
    spread_ppm: int
    latency_ms: int  # from there to us
    offset_ms: int  # within the period, when it is observed


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What some sources say of one index from one moment until another."""

    source_ids: tuple[int, ...]
    index_id: int
    from_ms: int
    to_ms: int
    bid_e8: int
    ask_e8: int


class Feed:
    """One source's view of one index."""

    def __init__(self, *, seed: int, index_id: int, habits: Habits, path: TruePath) -> None:
        self._draws = Draws(seed, f"source {habits.source_id} index {index_id}")
        self._habits = habits
        self._index_id = index_id
        self._path = path
        self._error_ppm = 0
        self._number = 0
        self._trade_id = 0
        self._last_e8 = 0

    def traded_e8(self, at_ms: int) -> int:
        """Where the source itself trades at a moment, with its present error and no delay."""
        true_e8 = self._path.price_e8(at_ms)
        return true_e8 + true_e8 * self._error_ppm // MILLION

    def observe(self, at_ms: int) -> ObservePrices:
        """What the source says at a moment; moments must not go back."""
        habits, draws = self._habits, self._draws
        self._error_ppm = self._error_ppm * (MEMORY - 1) // MEMORY + draws.bell(
            habits.error_ppm * STEP_NUMERATOR // STEP_DENOMINATOR
        )
        mid = self.traded_e8(at_ms - habits.delay_ms)
        half = max(1, mid * habits.spread_ppm // (2 * MILLION))
        bid, ask = mid - half, mid + half
        last = bid if draws.sign() > 0 else ask
        before = self._last_e8 or last
        self._last_e8 = last
        self._number += 1
        updates = 1 + draws.below(9)
        self._trade_id += updates
        return ObservePrices(
            source_id=habits.source_id,
            index_id=self._index_id,
            bid_e8=bid,
            ask_e8=ask,
            last_e8=last,
            low_e8=min(last, before),
            high_e8=max(last, before),
            trade_id=self._trade_id,
            venue_ms=at_ms - habits.latency_ms,
            receive_ms=at_ms,
            updates=updates,
            is_deep=True,
            is_synthetic=True,
            stream_hash=sha256(
                b"%d|%d|%d" % (habits.source_id, self._index_id, self._number)
            ).digest(),
        )


def observations(
    feeds: Sequence[tuple[Habits, Feed]], *, second_ms: int, period_ms: int
) -> Iterator[tuple[int, ObservePrices]]:
    """What all sources say within one second, each `period_ms` at its own moment."""
    for start_ms in range(second_ms, second_ms + 1_000, period_ms):
        for habits, feed in feeds:
            at_ms = start_ms + habits.offset_ms
            yield at_ms, feed.observe(at_ms)


def faulted(told: ObservePrices, fault: Fault) -> ObservePrices | None:
    """What the source said instead during the fault, or None when the fault does not touch it."""
    if told.source_id not in fault.source_ids or told.index_id != fault.index_id:
        return None
    if not fault.from_ms <= told.receive_ms < fault.to_ms:
        return None
    return ObservePrices(
        source_id=told.source_id,
        index_id=told.index_id,
        bid_e8=fault.bid_e8,
        ask_e8=fault.ask_e8,
        last_e8=fault.ask_e8,
        low_e8=fault.bid_e8,
        high_e8=fault.ask_e8,
        trade_id=told.trade_id,
        venue_ms=told.venue_ms,
        receive_ms=told.receive_ms,
        updates=told.updates,
        is_deep=True,
        is_synthetic=True,
        stream_hash=sha256(told.stream_hash).digest(),
    )
