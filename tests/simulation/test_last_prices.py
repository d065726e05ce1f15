"""A generated market goes on where the venue's prices stand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import aiohttp
import pytest

from seawall.simulation.generator import LEVELS_E8
from seawall.simulation.last_prices import last_levels_e8
from tests.simulation.test_client import Handler, Recorder, hang_up

E8 = 10**8
KNOWN = (
    '{"code":"0","data":[{"instId":"BTC-USDT","idxPx":"12345.5"},'
    '{"instId":"ETH-BTC","idxPx":"0.02"},{"instId":"XRP-USDT","idxPx":""}]}'
)


def levels(
    handler: Handler, *, patience_s: float = 0.0, is_stopping: bool = False
) -> Mapping[str, int]:
    """What is found out from a server that answers so."""

    async def main() -> Mapping[str, int]:
        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        stop = asyncio.Event()
        if is_stopping:
            stop.set()
        try:
            async with aiohttp.ClientSession() as session:
                return await last_levels_e8(
                    session,
                    f"http://127.0.0.1:{port}",
                    ssl_context=None,
                    stop=stop,
                    patience_s=patience_s,
                )
        finally:
            server.close()
            await server.wait_closed()

    return asyncio.run(main())


def test_prices_in_money_are_taken_over_and_the_others_begin_at_their_levels() -> None:
    """A quotient of two prices follows from them."""
    assert {**LEVELS_E8, "BTC": 1_234_550_000_000} == levels(Recorder(KNOWN))


@pytest.mark.parametrize(
    "handler",
    [
        Recorder('{"code":"0","data":[]}'),
        Recorder('{"code":"50001","data":[]}', status="503 Stopped"),
        Recorder("<html>", status="502 Bad Gateway"),
        hang_up,
    ],
)
def test_a_venue_without_prices_gets_the_levels_of_the_default_world(handler: Handler) -> None:
    """A new one, and one whose API does not come up: the world must not wait for ever."""
    assert dict(LEVELS_E8) == dict(levels(handler))


def test_the_api_may_come_up_a_little_later() -> None:
    """It starts beside the world."""
    asked = 0

    async def second_time_lucky(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await (Recorder(KNOWN) if asked > 1 else hang_up)(reader, writer)

    assert 12_345 * E8 < levels(second_time_lucky, patience_s=30.0)["BTC"]


def test_who_is_told_to_stop_does_not_wait_for_the_api() -> None:
    """A world that is stopped while the venue starts ends at once."""
    assert dict(LEVELS_E8) == dict(levels(hang_up, patience_s=3_600.0, is_stopping=True))
