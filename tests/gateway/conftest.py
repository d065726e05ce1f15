"""Coroutine tests run on asyncio, which is what the gateway is written for."""

from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Name the loop of every test marked `anyio`."""
    return "asyncio"
