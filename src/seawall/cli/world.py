"""The simulated world of a demo: brought to `node` from here, since node must not know it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from seawall.journal.channel import OpenChannel
from seawall.node.settings import Settings

World = Callable[[OpenChannel, asyncio.Event], Coroutine[Any, Any, None]]


def simulated_world(directory: Path, *, settings: Settings, tape: Path | None) -> World:
    """Outside venues, the collector, makers and takers, as something to run beside the venue."""
    from seawall.journal.directory import open_directory
    from seawall.node.tls import CA_FILE, TLS_FOLDER
    from seawall.simulation.world import WorldSettings, run_world

    scheme, context = "http", None
    if settings.tls:
        scheme = "https"
        context = ssl.create_default_context(cafile=str(directory / TLS_FOLDER / CA_FILE))
    genesis = open_directory(directory).genesis

    async def run(open_channel: OpenChannel, stop: asyncio.Event) -> None:
        await run_world(
            WorldSettings(
                directory=directory,
                genesis=genesis,
                open_channel=open_channel,
                base_url=f"{scheme}://{settings.host}:{settings.port}",
                ssl_context=context,
                tape=tape,
            ),
            stop=stop,
        )

    return run
