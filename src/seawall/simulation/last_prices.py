"""Where the generated market begins: at the prices that the venue knew last.

Began it anew at its own levels, each restart of the demo would be a jump for those who hold
positions.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Mapping

import aiohttp
import msgspec

from seawall.feeds.updates import e8_of
from seawall.simulation.generator import LEVELS_E8, STABLE

PATIENCE_S = 15.0  # the API starts beside us; without its answer the market begins at its levels
ASK_EVERY_S = 0.2


class IndexTicker(msgspec.Struct, rename="camel"):
    """An index as the API shows it."""

    inst_id: str
    idx_px: str


class IndexTickers(msgspec.Struct):
    """The answer."""

    code: str
    data: list[IndexTicker] = []


async def last_levels_e8(
    session: aiohttp.ClientSession,
    base_url: str,
    *,
    ssl_context: ssl.SSLContext | None,
    stop: asyncio.Event,
    patience_s: float = PATIENCE_S,
) -> Mapping[str, int]:
    """Quote units per whole asset, e8: the venue's indices where it has them, else the levels of
    the default world, which is also the answer once `stop` is set.
    """
    deadline = asyncio.get_running_loop().time() + patience_s
    while True:
        found = await _ask(session, f"{base_url}/api/v5/market/index-tickers", ssl_context)
        if found is not None:
            return {**LEVELS_E8, **found}
        if stop.is_set() or asyncio.get_running_loop().time() >= deadline:
            return LEVELS_E8
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), ASK_EVERY_S)


async def _ask(
    session: aiohttp.ClientSession, url: str, ssl_context: ssl.SSLContext | None
) -> dict[str, int] | None:
    """The price of each asset that has an index in money; None while the venue does not answer."""
    try:
        async with session.get(
            url,
            ssl=ssl_context if ssl_context is not None else True,
            timeout=aiohttp.ClientTimeout(total=2.0),
        ) as response:
            answer = msgspec.json.decode(await response.read(), type=IndexTickers)
    except (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError):
        return None
    if answer.code != "0":
        return None
    found = {}
    for row in answer.data:
        base, _, quote = row.inst_id.partition("-")
        price_e8 = e8_of(row.idx_px)
        if quote in STABLE and price_e8:
            found[base] = price_e8
    return found
