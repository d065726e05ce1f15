"""The engine's role: recover from the journal, serve, and stop without leaving anything undone."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from seawall.errors import BadConfiguration, DataDirectoryInUse, SeawallError
from seawall.journal.channel import listen
from seawall.journal.directory import open_directory, socket_path
from seawall.journal.recovery import open_replica
from seawall.journal.replica import AppliedRecord, Replica
from seawall.journal.ring import EventRing
from seawall.journal.writer import JournalWriter
from seawall.node.clock import WallClock
from seawall.node.engine_fault import ApplyFailed, clear_fault, write_fault
from seawall.node.engine_service import EngineService, apply_failure
from seawall.node.settings import Settings
from seawall.node.starting import frame_of, read_model_witness

LOCK_SECONDS: Final = 5.0  # how long a killed predecessor may take to disappear
HOUSE_SECONDS: Final = 1.0
BEATS_PER_HOUSE_ROUND: Final = 8  # fewer entries in a round than this are the engine's own
COLLECT_SECONDS_MIN: Final = 5.0  # garbage is collected when nothing goes on, at most this often,
COLLECT_SECONDS_MAX: Final = 60.0  # and at least this often, busy or not
FLUSH_SECONDS: Final = 1.0
CLOCK_BEHIND_MS_MAX: Final = 5_000


class EngineRole:
    """The engine of one data directory: take the directory, recover, serve until told to stop."""

    def __init__(self, directory: Path, *, settings: Settings, clock: WallClock) -> None:
        self._directory = directory
        self._settings = settings
        self._clock = clock
        self._log = structlog.get_logger()
        self.writer: JournalWriter | None = None
        self.service: EngineService | None = None

    def open(self) -> EngineService:
        """Take the directory and recover. Raises what a start can find wrong; ApplyFailed for a
        bug.
        """
        writer = self._take_directory()
        self.writer = writer
        for note in writer.notes:
            self._log.warning(note)
        try:
            replica, ring = self._recover()
        except ApplyFailed as error:
            write_fault(self._directory, seq=error.seq, message=str(error))
            raise
        clear_fault(self._directory)
        behind_ms = replica.engine.clock_ms - self._clock.now_ms()
        if behind_ms > CLOCK_BEHIND_MS_MAX:
            raise BadConfiguration(
                expected="the machine's clock not to be behind the venue's",
                found=f"it is {behind_ms / 1000:.1f} s behind",
                to_do="set the machine's clock, or wait until it has caught up",
            )
        self.service = EngineService(
            replica=replica, append=writer.append, clock=self._clock, ring=ring
        )
        return self.service

    def _take_directory(self) -> JournalWriter:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                return JournalWriter(
                    self._directory,
                    holder="seawall engine",
                    records_per_file=self._settings.records_per_file,
                )
            except DataDirectoryInUse:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _recover(self) -> tuple[Replica, EventRing]:
        """The replica at the end of the journal, and the newest events again in the ring."""
        started = time.monotonic()
        home = open_directory(self._directory)
        ring: EventRing | None = None
        seq = 0

        def remember(_record_no: int, applied: AppliedRecord) -> None:
            nonlocal ring, seq
            for batch in applied.batches:
                if ring is None:
                    ring = EventRing(seq=batch.first_seq - 1)
                ring.append(frame_of(batch))
                seq = ring.seq

        try:
            recovered = open_replica(
                self._directory, witnesses=read_model_witness(home), on_applied=remember
            )
        except AssertionError as error:
            raise apply_failure(error, seq=seq + 1) from error
        for note in recovered.notes:
            self._log.warning(note)
        self._log.info(
            "recovered",
            seq=recovered.replica.seq,
            record=recovered.place.record_no,
            seconds=round(time.monotonic() - started, 2),
        )
        return recovered.replica, ring or EventRing(seq=recovered.replica.seq)

    async def run(self, *, stop: asyncio.Event, on_ready: Callable[[], None]) -> None:
        """Serve the socket until `stop`; then refuse as planned, finish, and close the journal."""
        assert self.service is not None, "open first"
        server = await listen(socket_path(self._directory), self.service.serve)
        on_ready()
        try:
            await self.serve(stop=stop)
        finally:
            server.close()

    async def serve(self, *, stop: asyncio.Event) -> None:
        """Run the service and its housekeeping until `stop`, whatever carries the channels."""
        service, writer = self.service, self.writer
        assert service is not None and writer is not None, "open first"
        rest_from_garbage()
        housekeeping = asyncio.create_task(self._keep_house(writer, service))
        running = asyncio.create_task(service.run(), name="engine")
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                service.stop()
            await running
            await service.flush(timeout_s=FLUSH_SECONDS)
            await service.disconnect(timeout_s=FLUSH_SECONDS)
            self._log.info("stopped", seq=service.seq)
        except ApplyFailed as error:
            write_fault(self._directory, seq=error.seq, message=str(error))
            raise
        finally:
            stopping.cancel()
            housekeeping.cancel()
            with suppress(asyncio.CancelledError):
                await housekeeping
            writer.close()

    async def _keep_house(self, writer: JournalWriter, service: EngineService) -> None:
        """Fold the log into the journal's file in a thread, and collect garbage when nothing goes
        on.
        """
        loop = asyncio.get_running_loop()
        seq, collected = service.seq, time.monotonic()
        with ThreadPoolExecutor(1, thread_name_prefix="fold") as thread:
            while True:
                await asyncio.sleep(HOUSE_SECONDS)
                if writer.wants_fold:
                    try:
                        await loop.run_in_executor(thread, writer.fold_wal)
                    except SeawallError as error:
                        self._log.warning("the journal's log is folded later", why=str(error))
                is_quiet = service.seq - seq <= BEATS_PER_HOUSE_ROUND
                seconds = time.monotonic() - collected
                if seconds > COLLECT_SECONDS_MAX or (is_quiet and seconds > COLLECT_SECONDS_MIN):
                    gc.collect(1)
                    collected = time.monotonic()
                seq = service.seq


def rest_from_garbage() -> None:
    """Keep the collector away from the state, which is large and lives on; what ends in it leaves
    no cycle.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
