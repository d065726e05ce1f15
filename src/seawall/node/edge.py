"""The edge's role: maps from disk, then from the engine; the gateway; the API over HTTP.

It starts at a checkpoint, applies the journal after it, and subscribes where that ends, so its maps
are complete before the first request. Without an engine it answers what it can and the truth about
the rest.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from seawall.api import Services, create_app
from seawall.api.read_models import ReadModelHistory
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import EntryEvents
from seawall.errors import EnvironmentFault
from seawall.gateway.account_maps import AccountMaps
from seawall.gateway.gateway import Gateway
from seawall.gateway.limits import CLIENT_ID_MEMORY_NS, ENDED_ORDERS_MAX, FILLS_MAX
from seawall.gateway.rate_limits import RateLimits
from seawall.gateway.venue_maps import VenueMaps
from seawall.identity import IdentityStore, KeyRing
from seawall.journal.channel import OpenChannel
from seawall.journal.directory import open_directory
from seawall.journal.frames import Behind, EventsFrame, Refused
from seawall.journal.link import EngineLink
from seawall.journal.reader import JournalReader
from seawall.marketdata import HISTORY_HOURS_MS, HISTORY_MINUTES_MS, MarketData
from seawall.node.clock import NS_PER_MS, WallClock
from seawall.node.health import EdgeHealth
from seawall.node.history import fill_view, order_view
from seawall.node.http_server import HttpServer, bind
from seawall.node.people import missing_announcements
from seawall.node.settings import Settings
from seawall.node.starting import frame_of, read_model_url, starting_replica
from seawall.node.tls import ensure_certificate
from seawall.projections import (
    AccountQueries,
    MarketQueries,
    OrderQueries,
    RiskQueries,
    open_read_models,
)

FIRST_ANSWER_SECONDS: Final = 10.0  # how long the API waits for an engine before it opens without
FOREVER_SECONDS: Final = 30 * 86_400.0
HISTORY_TRADES: Final = 500  # per instrument
NS_PER_US: Final = 1_000
ANNOUNCE_RETRY_SECONDS: Final = 1.0
# New objects that outlive their request, between two looks of the garbage collector at the young,
# and how many looks there are between those at the older ones.
COLLECT_AT: Final = (20_000, 20, 50)


class FellBehind(EnvironmentFault):
    """The engine no longer holds the events that this process needs; a restart reads them from
    disk.
    """


class EdgeRole:
    """Maps, gateway and API of one data directory; `open_channel` leads to the engine."""

    def __init__(
        self, directory: Path, *, settings: Settings, clock: WallClock, open_channel: OpenChannel
    ) -> None:
        self._directory = directory
        self._settings = settings
        self._clock = clock
        self._log = structlog.get_logger()
        self._home = open_directory(directory)
        self.health = EdgeHealth(now_ms=clock.now_ms)
        self._identity = IdentityStore.open(directory)
        venue = VenueMaps(self._home.genesis)
        self.gateway = Gateway(
            venue=venue,
            accounts=AccountMaps(venue),
            keys=KeyRing(self._identity),
            limits=RateLimits(),
            now_ns=clock.now_ns,
        )
        self.market = MarketData()
        self.gateway.follow(self._feed_market)
        self._models = open_read_models(
            read_model_url(directory), genesis_hash=self._home.genesis_hash
        )
        self._link = EngineLink(
            open_channel,
            on_events=self._on_events,
            on_refused=self._on_refused,
            on_behind=self._on_behind,
            on_lost=self._on_lost,
            on_regained=self._on_regained,
        )

    def build_maps(self) -> None:
        """Fill every map from read models, checkpoint and journal; nothing is served before."""
        recent = MarketQueries(self._models).recent(
            minutes_ms=HISTORY_MINUTES_MS, hours_ms=HISTORY_HOURS_MS, trades=HISTORY_TRADES
        )
        since_ms = (self._clock.now_ns() - CLIENT_ID_MEMORY_NS) // NS_PER_MS
        orders = OrderQueries(self._models).recent(
            since_ms=since_ms, ended_max=ENDED_ORDERS_MAX, fills_max=FILLS_MAX
        )
        replica, place = starting_replica(
            self._home, seq_max=min(recent.applied_seq, max(orders.applied_seq, 0))
        )
        description = replica.engine.describe()
        self.gateway.describe(description, seq=replica.seq)
        self.market.load_history(
            applied_seq=recent.applied_seq,
            minutes=recent.minutes,
            hours=recent.hours,
            trades=recent.trades,
        )
        self.market.begin(read_entries(description))
        if orders.applied_seq >= 0:
            self.gateway.accounts.seed_history(
                orders=[order_view(row) for row in orders.orders],
                fills=[fill_view(row) for row in orders.fills],
                history_seq=orders.applied_seq,
                described_seq=replica.seq,
            )
        described_seq = replica.seq
        with JournalReader(self._directory) as reader:
            for _, payload in reader.read_from(place.record_no + 1, after=place.link):
                for batch in replica.apply_record(payload).batches:
                    self.gateway.on_events(frame_of(batch))
        self._log.info("maps are built", from_seq=described_seq, seq=self.gateway.applied_seq)

    async def run(self, *, stop: asyncio.Event, on_ready: Callable[[], None]) -> None:
        """Serve until `stop`; then refuse as planned, answer what is under way, and close."""
        certificate = None
        if self._settings.tls:
            _, certificate = ensure_certificate(self._directory, now_ms=self._clock.now_ms())
        await self.gateway.keys.settled()
        connecting = asyncio.create_task(self._connect(), name="connect")
        server = HttpServer(
            create_app(self._services()), settings=self._settings, certificate=certificate
        )
        serving: asyncio.Task[None] | None = None
        try:
            done, _ = await asyncio.wait({connecting}, timeout=FIRST_ANSWER_SECONDS)
            if done:
                await connecting
            else:
                self.health.on_missing()
            bound = bind(self._settings.host, self._settings.port)
            look_for_garbage_seldom()
            serving = asyncio.create_task(server.serve(bound), name="http")
            on_ready()
            await self._until_stop(stop, connecting, serving)
        finally:
            self.health.stop()
            server.stop()
            if serving is not None:
                await asyncio.wait({serving})
            connecting.cancel()
            with suppress(asyncio.CancelledError):
                await connecting
            await self._link.close()
            self._models.close()
            self._identity.close()

    async def _connect(self) -> None:
        """Reach the engine, introduce the lanes, announce people and keys it lacks."""
        await self._link.connect(timeout_s=FOREVER_SECONDS)
        self.health.on_connected()
        await self.gateway.start(self._link)
        self._log.info("connected to the engine", seq=self.gateway.applied_seq)
        while commands := missing_announcements(
            self._identity.people(), self._identity.active_keys(), self
        ):
            outcomes = await self.gateway.operate(commands)
            if any(not outcome.seq for outcome in outcomes):
                self._log.warning("some accounts or keys are not announced yet; trying again")
                await asyncio.sleep(ANNOUNCE_RETRY_SECONDS)
            elif refused := [outcome for outcome in outcomes if outcome.reason]:
                self._log.error("the venue refuses accounts or keys", count=len(refused))
                return
            await self.gateway.fresh()
            await self.gateway.keys.settled()

    async def _until_stop(
        self, stop: asyncio.Event, connecting: asyncio.Task[None], serving: asyncio.Task[None]
    ) -> None:
        """Wait for the stop; what ends before it is a failure, and is raised."""
        stopping = asyncio.create_task(stop.wait())
        ended = asyncio.create_task(self._link_ended(connecting))
        try:
            await asyncio.wait({stopping, ended, serving}, return_when=asyncio.FIRST_COMPLETED)
            for task in (ended, serving):
                if task.done():
                    await task
        finally:
            stopping.cancel()
            ended.cancel()

    async def _link_ended(self, connecting: asyncio.Task[None]) -> None:
        await asyncio.wait({connecting})
        await connecting
        await self._link.wait_closed()

    def _services(self) -> Services:
        return Services(
            gateway=self.gateway,
            venue=self.gateway.venue,
            accounts=self.gateway.accounts,
            market=self.market,
            history=ReadModelHistory(
                orders=OrderQueries(self._models),
                markets=MarketQueries(self._models),
                accounts=AccountQueries(self._models),
                risk=RiskQueries(self._models),
                clock_ms=lambda: self.gateway.venue.clock_ms,
            ),
            keys=self.gateway.keys,
            limits=self.gateway.limits,
            health=self.health,
            now_us=lambda: self._clock.now_ns() // NS_PER_US,
            created_ms=self._home.genesis.created_ms,
        )

    # What the journal is known to hold (see `people.JournalView`)

    def is_account_open(self, account_id: int) -> bool:
        """Whether the account was opened."""
        return self.gateway.accounts.account(account_id) is not None

    def is_key_announced(self, key_id: str) -> bool:
        """Whether the key was announced and not taken back."""
        return self.gateway.keys.is_announced(key_id.encode())

    # What the link reports

    def _feed_market(self, frame: EventsFrame, entries: list[EntryEvents]) -> None:
        self.market.apply(entries)
        self.market.advance(frame.clock_ms)

    def _on_events(self, frame: EventsFrame) -> None:
        self.gateway.on_events(frame)
        self.health.on_events(frame)

    def _on_refused(self, refused: Refused) -> None:
        self.health.on_refused(refused)
        self.gateway.on_refused(refused)

    def _on_lost(self) -> None:
        self.health.on_lost()
        self.gateway.on_lost()

    def _on_regained(self) -> None:
        self.health.on_connected()
        self.gateway.on_regained()

    def _on_behind(self, behind: Behind) -> None:
        raise FellBehind(
            expected=f"the events from seq {self.gateway.applied_seq + 1} on",
            found=f"an engine at seq {behind.seq} that holds them from {behind.ring_start_seq} on",
            to_do="nothing: the edge starts again and reads the journal",
        )


def look_for_garbage_seldom() -> None:
    """Keep the collector away from what stands after the start, and from each few requests: the
    maps live on and have no cycles, and a request leaves little that only the collector finds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AT)
