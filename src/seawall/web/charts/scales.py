"""Scales: from a value to a place, in integers, so that a picture is the same on every machine."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import msgspec

FRACTION_BITS: Final = 20
_WORK_BITS: Final = 62
TIME_STEPS_MS: Final = tuple(
    seconds * 1_000
    for seconds in (
        1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600,
        43_200, 86_400, 172_800, 604_800,
    )
)  # fmt: skip


@lru_cache(maxsize=4_096)
def log2(value: int) -> int:
    """The binary logarithm of a positive number, times 2^20, rounded down: by repeated squaring."""
    assert value > 0, "a logarithm needs a positive number"
    whole = value.bit_length() - 1
    result = whole
    rest = (value << _WORK_BITS) >> whole  # in [1, 2)
    for _ in range(FRACTION_BITS):
        rest = (rest * rest) >> _WORK_BITS
        is_above = rest >> (_WORK_BITS + 1)
        result = result << 1 | is_above
        rest >>= is_above
    return result


class Linear(msgspec.Struct, frozen=True):
    """A value between `low` and `high` at a place between `start` and `end`."""

    low: int
    high: int
    start: int
    end: int

    def place(self, value: int) -> int:
        """Where a value lies; the ends are places too when low equals high."""
        if self.high == self.low:
            return (self.start + self.end) // 2
        return self.start + (value - self.low) * (self.end - self.start) // (self.high - self.low)


class Logarithmic(msgspec.Struct, frozen=True):
    """As `Linear`, for positive values, by their logarithm."""

    low: int
    high: int
    start: int
    end: int

    def place(self, value: int) -> int:
        """Where a positive value lies."""
        return Linear(log2(self.low), log2(self.high), self.start, self.end).place(log2(value))


def linear_ticks(low: int, high: int, most: int) -> list[int]:
    """Round values from `low` to `high`, at most so many: steps of 1, 2, 5 times a power of 10.

    Steps grow by two and a half at most, so that five may be asked for to get at least two.
    """
    assert most >= 5, "fewer could leave a single one"
    step = 10 ** max(0, len(str((high - low) // most)) - 2)
    while True:
        for multiple in (1, 2, 5):
            first = -(-low // (step * multiple)) * step * multiple
            found = range(first, high + 1, step * multiple)
            if len(found) <= most:
                return list(found)
        step *= 10


def log_ticks(low: int, high: int, most: int) -> list[int]:
    """Powers of ten from `low` to `high`; within two decades also 2 and 5 times them, and where
    these are fewer than three, even steps. Never more than `most`.
    """
    powers = [10**power for power in range(len(str(high)) + 1)]
    for multiples in ((1,), (1, 2, 5)):
        found = [one * power for power in powers for one in multiples if low <= one * power <= high]
        if len(found) >= 3:
            every = -(-len(found) // most)
            return found[::every]
    return linear_ticks(low, high, most)


def time_ticks(from_ms: int, to_ms: int, most: int) -> list[int]:
    """Round moments between two, at most so many."""
    for step in TIME_STEPS_MS:
        found = range(-(-from_ms // step) * step, to_ms + 1, step)
        if len(found) <= most:
            return list(found)
    return [from_ms]
