"""The disk's own latency: what one small durable write costs here, now."""

from __future__ import annotations

import os
import time
from pathlib import Path

WRITES = 200
BYTES = 4_096


def probe_disk(directory: Path, *, writes: int = WRITES) -> list[int]:
    """Append 4 KB and fdatasync, again and again; the latencies in microseconds."""
    path = directory / "disk-probe"
    block = b"\0" * BYTES
    took: list[int] = []
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        for _ in range(writes):
            started = time.perf_counter_ns()
            os.write(fd, block)
            os.fdatasync(fd)
            took.append((time.perf_counter_ns() - started) // 1_000)
    finally:
        os.close(fd)
        path.unlink()
    return took


def percentile(values: list[int], percent: int) -> int:
    """The smallest value that at least `percent` of the values do not exceed; 0 of none."""
    if not values:
        return 0
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def shown(values: list[int]) -> dict[str, int]:
    """Latencies in brief, microseconds."""
    return {
        "count": len(values),
        "p50_us": percentile(values, 50),
        "p99_us": percentile(values, 99),
        "max_us": max(values, default=0),
    }
