"""The follower's role: apply the journal again, check every mark, keep read models and checkpoints.

It is the venue's continuous null test. When its replica differs from what the journal says of
itself, it writes nothing more, says so, and ends: what it would have written could not be trusted.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import EntryEvents, InternalFault
from seawall.errors import DiskFull
from seawall.journal.checkpoints import write_checkpoint
from seawall.journal.directory import DataDirectory, open_directory
from seawall.journal.reader import JournalReader
from seawall.journal.replica import AppliedBatch
from seawall.journal.store import Place
from seawall.node.settings import Settings
from seawall.node.starting import read_model_url, starting_replica
from seawall.projections import Projector, open_read_models

POLL_SECONDS: Final = 0.05
SLICE_RECORDS: Final = 256  # records per transaction of the read models, at most
SLICE_EVENT_BYTES: Final = 4 * 1024 * 1024
RETRY_SECONDS: Final = 1.0


class FollowerRole:
    """A replica of its own, the projector, and the writer of checkpoints of one data directory."""

    def __init__(self, directory: Path, *, settings: Settings) -> None:
        self._settings = settings
        self._log = structlog.get_logger()
        self._home: DataDirectory = open_directory(directory)
        self._models = open_read_models(
            read_model_url(directory), genesis_hash=self._home.genesis_hash
        )
        self._projector = Projector(self._models)
        self.replica, self._place = starting_replica(
            self._home, seq_max=self._projector.applied_seq
        )
        if self._projector.applied_seq < 0:
            self._projector.begin(read_entries(self.replica.engine.describe()))
        self._reader = JournalReader(directory)
        self._checkpoint_seq = self.replica.seq
        self._checkpoint_at = time.monotonic()
        self._pending: list[EntryEvents] = []  # applied, and not in the read models yet

    @property
    def applied_record(self) -> int:
        """The newest record that is applied and in the read models."""
        return self._place.record_no

    async def run(self, *, stop: asyncio.Event) -> None:
        """Follow until `stop`. Raises JournalDamaged, MarkMismatch and their like."""
        self._log.info("following", seq=self.replica.seq, record=self._place.record_no)
        try:
            while not stop.is_set():
                try:
                    is_busy = self.step()
                    self._checkpoint_when_due()
                except DiskFull as error:
                    self._log.error("the follower waits for room on the disk", why=str(error))
                    await _sleep(stop, RETRY_SECONDS)
                    continue
                await _sleep(stop, 0.0 if is_busy else POLL_SECONDS)
            self._finish()
        finally:
            self.close()

    def step(self) -> bool:
        """Apply what is there, at most a slice; True when there may be more.

        On DiskFull the slice is kept in memory and written by the next call.
        """
        if self._projector.applied_seq >= self.replica.seq and not self._read_slice():
            return False
        self._projector.apply(
            self._pending,
            seq=self.replica.seq,
            record_no=self._place.record_no,
            clock_ms=self.replica.engine.clock_ms,
        )
        self._pending = []
        return True

    def close(self) -> None:
        """Give files and connections back."""
        self._reader.close()
        self._models.close()

    def _read_slice(self) -> bool:
        """Apply the next records to the replica; False when there are none."""
        link = self._place.link or None
        place: Place | None = None
        size = 0
        records = self._reader.read_from(self._place.record_no + 1, after=link)
        for count, (record_no, payload) in enumerate(records, 1):
            applied = self.replica.apply_record(payload)
            place = Place(record_no, b"")
            for batch in applied.batches:
                size += len(batch.events)
                self._remember(batch)
            if count >= SLICE_RECORDS or size >= SLICE_EVENT_BYTES:
                break
        if place is None:
            return False
        found = self._reader.link_of(place.record_no)
        assert found is not None, "the record has just been read"
        self._place = Place(place.record_no, found)
        return True

    def _remember(self, batch: AppliedBatch) -> None:
        if batch.first_seq + batch.count - 1 > self._projector.applied_seq:
            entries = read_entries(batch.events)
            self._pending += entries
            self._tell_faults(entries)

    def _tell_faults(self, entries: list[EntryEvents]) -> None:
        """A contained bug is an event like any other; operators must hear of it too."""
        for entry in entries:
            for event in entry.events:
                if isinstance(event, InternalFault):
                    self._log.error(
                        "a bug of ours was contained, and what the command names is frozen",
                        seq=entry.seq,
                        instrument=event.instrument_id,
                        account=event.account_id,
                        command=event.command_type,
                    )

    def _checkpoint_when_due(self) -> None:
        entries = self.replica.seq - self._checkpoint_seq
        is_old = time.monotonic() - self._checkpoint_at >= self._settings.checkpoint_seconds
        if entries >= self._settings.checkpoint_entries or (is_old and entries > 0):
            self._write_checkpoint()

    def _write_checkpoint(self) -> None:
        """Write the state after the newest record; the read models have it already."""
        assert self._projector.applied_seq >= self.replica.seq, "read models first"
        started = time.monotonic()
        self._projector.sync()  # a power cut must not leave them behind the checkpoint
        path = write_checkpoint(
            self._home.path,
            engine=self.replica.engine,
            chain=self.replica.chain,
            place=self._place,
        )
        self._checkpoint_seq = self.replica.seq
        self._checkpoint_at = time.monotonic()
        self._log.info(
            "checkpoint",
            file=path.name,
            bytes=path.stat().st_size,
            seconds=round(time.monotonic() - started, 2),
        )

    def _finish(self) -> None:
        """Before a clean stop: what is there, and a checkpoint when that spares the next start
        work.
        """
        with suppress(DiskFull):
            while self.step():
                pass
            if self.replica.seq - self._checkpoint_seq >= self._settings.checkpoint_at_stop_entries:
                self._write_checkpoint()


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    """Sleep, or less when the stop comes."""
    if seconds == 0.0:
        await asyncio.sleep(0)
        return
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
