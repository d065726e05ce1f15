"""Waiting for a condition, with a deadline instead of luck."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

DEADLINE_SECONDS = 60.0


async def until(claim: Callable[[], bool], *, what: str = "the claim") -> None:
    """Wait until the claim holds, and fail when it never does."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not claim():
        assert time.monotonic() < deadline, f"waited {DEADLINE_SECONDS:g} s for {what}"
        await asyncio.sleep(0.002)
