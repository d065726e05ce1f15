"""Wall time that nobody can step while the venue runs.

Wall time is read once, and from then on the boot-time clock (which counts through suspension) is
added, so a step of the machine's clock moves nothing (record 0009). The
supervisor reads it and hands the difference to its children, so that all processes of a venue agree
even after a restart of one.
"""

from __future__ import annotations

import time
from typing import Final

NS_PER_MS: Final = 1_000_000


def boot_ns() -> int:
    """Nanoseconds since the machine started, suspension included."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def read_wall_offset_ns() -> int:
    """Wall time minus boot time, now."""
    return time.time_ns() - boot_ns()


class WallClock:
    """Wall time as it was at `offset_ns`'s reading, plus what has passed since."""

    def __init__(self, *, offset_ns: int) -> None:
        self.offset_ns = offset_ns

    def now_ns(self) -> int:
        """Nanoseconds since 1970."""
        # Without a call of `boot_ns`: each request asks several times.
        return self.offset_ns + time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return self.now_ns() // NS_PER_MS

    def step_ms(self) -> int:
        """How far the machine's own clock has been moved since; a large figure is an alarm."""
        return (read_wall_offset_ns() - self.offset_ns) // NS_PER_MS
