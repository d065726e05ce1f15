"""The outside world of a venue, in one process: outside venues, the collector, makers, takers and
holders of leveraged positions.

The collector publishes observations over the engine's link like any publisher; the traders hold
API keys and use the HTTP API like anyone. Nothing here has another way into the venue.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import structlog

from seawall.core.model.genesis import Genesis
from seawall.feeds.archive import BYTES_MAX_DEFAULT, StreamArchive
from seawall.feeds.collector import PUBLISHER_ID, Collector
from seawall.feeds.updates import Source, Update
from seawall.journal.channel import OpenChannel
from seawall.journal.frames import Behind, EventsFrame, Refused
from seawall.journal.link import EngineLink
from seawall.simulation.last_prices import last_levels_e8
from seawall.simulation.outside_sources import (
    indices_by_instrument,
    market_names,
    outside_sources,
)
from seawall.simulation.outside_view import OutsideView
from seawall.simulation.population import traders

CONNECT_S = 60.0


class WorldSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the world needs to know of a venue.

    directory: the venue's; raw streams go to its `feeds`, demo keys are read from it. open_channel:
    the way to the engine. base_url, ssl_context: the API. tape: a directory of recordings.
    """

    directory: Path
    genesis: Genesis
    open_channel: OpenChannel
    base_url: str
    ssl_context: ssl.SSLContext | None = None
    seed: int = 1
    tape: Path | None = None
    feeds_bytes_max: int = BYTES_MAX_DEFAULT


async def run_world(settings: WorldSettings, *, stop: asyncio.Event) -> None:
    """Run the outside world until `stop`, or until a part of it fails, which is raised.

    Raises EngineUnreachable when no engine answers within a minute, BadConfiguration for a bad
    tape.
    """
    log = structlog.get_logger()
    view = OutsideView(market_names(settings.genesis))
    archive = StreamArchive(
        settings.directory / "feeds",
        note=log.warning,
        bytes_max=settings.feeds_bytes_max,
    )
    publishing = _Publishing(settings, archive)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(archive.close)
        collector = await publishing.start()
        stack.push_async_callback(publishing.link.close)

        def deliver(update: Update) -> None:
            collector.deliver(update)
            view.deliver(update)

        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=20))
        )
        sources = await _sources(settings, session, stop=stop, note=log.info)
        mains = [source.run(deliver) for source in sources]
        mains += [collector.run(), publishing.link.wait_closed()]
        mains += [
            trader.run()
            for trader in traders(
                settings.directory,
                settings.genesis,
                view=view,
                session=session,
                base_url=settings.base_url,
                ssl_context=settings.ssl_context,
                seed=settings.seed,
            )
        ]
        log.info("the outside world is there", sources=len(settings.genesis.sources))
        await _until(stop, mains)


async def _sources(
    settings: WorldSettings,
    session: aiohttp.ClientSession,
    *,
    stop: asyncio.Event,
    note: Callable[[str], None],
) -> list[Source]:
    """The outside venues; the generated ones begin where the venue's prices stand."""
    levels_e8 = await last_levels_e8(
        session, settings.base_url, ssl_context=settings.ssl_context, stop=stop
    )
    return outside_sources(
        settings.genesis,
        seed=settings.seed,
        tape=settings.tape,
        origin_ms=time.time_ns() // 1_000_000,
        note=note,
        levels_e8=levels_e8,
    )


async def _until(stop: asyncio.Event, mains: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run all until `stop`; the failure of one ends all and is raised."""
    tasks = [asyncio.create_task(main) for main in mains]
    stopping = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (stopping, *tasks):
            task.cancel()
        await asyncio.gather(stopping, *tasks, return_exceptions=True)
    for task in done - {stopping}:
        await task


class _Publishing:
    """The collector's link: hello as publisher 4, then batches; events are only its answers."""

    def __init__(self, settings: WorldSettings, archive: StreamArchive) -> None:
        self._settings = settings
        self._archive = archive
        self._collector: Collector | None = None
        self._behind: set[asyncio.Task[None]] = set()
        self.link = EngineLink(
            settings.open_channel,
            on_events=self._on_events,
            on_refused=self._on_refused,
            on_behind=self._on_behind,
        )

    async def start(self) -> Collector:
        """Connect, say hello, and return the collector that publishes over the link."""
        await self.link.connect(timeout_s=CONNECT_S)
        welcome = await self.link.hello(PUBLISHER_ID)
        await self.link.subscribe(welcome.seq + 1)
        genesis = self._settings.genesis
        self._collector = Collector(
            publisher=self.link,
            archive=self._archive,
            synthetic={
                # A tape's first source says what was recorded; all the others are made up.
                source.source_id: self._settings.tape is None or place > 0
                for place, source in enumerate(genesis.sources)
            },
            indices=indices_by_instrument(genesis),
            wall_ns=time.time_ns,
            incarnation=welcome.incarnation,
            shard=genesis.shard,
        )
        return self._collector

    def _on_events(self, frame: EventsFrame) -> None:
        """The link keeps count of what was applied; the world reads the API for everything else."""

    def _on_refused(self, frame: Refused) -> None:
        if self._collector is not None:
            self._collector.refused(frame.batch_number)

    def _on_behind(self, frame: Behind) -> None:
        task = asyncio.create_task(self.link.subscribe(frame.ring_start_seq))
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)
