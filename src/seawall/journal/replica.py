"""A replica: an engine and its chain, fed from records of the journal.

The serving engine process, the follower, the edge at its start, recovery, replay and verify all
apply records with this class and so cannot disagree about what a record does. An AssertionError
that leaves `apply_record` came after an effect: the process must stop (record 0016). From the
engine it is an EntryFailed, which names the seq.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from seawall.core.engine import Engine
from seawall.core.model.batch import BATCH_HEADER_BYTES, BatchHeader, batch_fault, read_batch_header
from seawall.core.model.codec import read_word
from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import ChainMark
from seawall.journal.chain import Chain

ENGINE_PUBLISHER: Final = 0  # the engine process itself: timer beats and chain marks


class EntryFailed(AssertionError):
    """A bug: an assertion failed after an effect of the entry `seq`, as `cause` says. The state in
    memory cannot be trusted any more.
    """

    def __init__(self, *, seq: int, cause: AssertionError) -> None:
        super().__init__(f"seq {seq}: {cause!r}")
        self.seq = seq
        self.cause = cause


class AppliedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that took effect: whose it was, its place, its events. Dropped duplicates do not
    appear.
    """

    publisher_id: int
    incarnation: int
    batch_number: int
    first_seq: int
    count: int
    clock_ms: int  # the venue's clock after the batch
    events: bytes


class AppliedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What one record of the journal did; `batches` may be empty when all of it were duplicates."""

    batches: list[AppliedBatch]
    dropped: int  # batches that had been applied before
    commands: int  # applied


class Replica:
    """An engine and the chain of everything it has applied."""

    def __init__(self, engine: Engine, chain: Chain) -> None:
        assert engine.seq == chain.seq, "engine and chain stand at the same seq"
        self.engine = engine
        self.chain = chain

    @property
    def seq(self) -> int:
        """The last applied seq."""
        return self.chain.seq

    def apply_record(self, payload: bytes) -> AppliedRecord:
        """Apply the batches of a record in order. Raises MarkMismatch when a mark differs from our
        chain, and EntryFailed for a bug.
        """
        batches = []
        dropped = 0
        commands = 0
        for at, header in batches_of(payload):
            applied = self._apply_batch(payload, at, header)
            if applied is None:
                dropped += 1
                continue
            batches.append(applied)
            commands += applied.count
        return AppliedRecord(batches=batches, dropped=dropped, commands=commands)

    def _apply_batch(self, payload: bytes, at: int, header: BatchHeader) -> AppliedBatch | None:
        engine = self.engine
        try:
            first_seq = engine.apply_batch(payload, at)
        except AssertionError as error:
            raise EntryFailed(seq=engine.seq, cause=error) from error
        if first_seq == 0:
            return None
        assert engine.seq == first_seq + header.count - 1, "a batch takes a seq per command"
        events = engine.take_events()
        batch = payload[at : at + header.length]
        if header.publisher_id == ENGINE_PUBLISHER:
            for mark in _marks_of(batch, header.count):
                self.chain.check(mark)
        self.chain.extend(batch, first_seq=first_seq, count=header.count, time_ns=engine.time_ns)
        self.chain.take_events(events)
        return AppliedBatch(
            publisher_id=header.publisher_id,
            incarnation=header.incarnation,
            batch_number=header.batch_number,
            first_seq=first_seq,
            count=header.count,
            clock_ms=engine.clock_ms,
            events=events,
        )


@contextmanager
def without_collector() -> Iterator[None]:
    """Apply a long journal without Python's cycle collector, which would look at every order again
    and again: what ends in the core leaves no cycle, and what is made here lives long.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def batches_of(payload: bytes) -> Iterator[tuple[int, BatchHeader]]:
    """Offset and header of each batch in a record; the record's link has shown that they are what
    was written.
    """
    at = 0
    while at < len(payload):
        fault = batch_fault(payload, at)
        assert fault == "", f"only sound batches are written: {fault}"
        header = read_batch_header(payload, at)
        yield at, header
        at += header.length


def _marks_of(batch: bytes, count: int) -> Iterator[ChainMark]:
    at = BATCH_HEADER_BYTES
    for _ in range(count):
        length = read_word(batch, at + 8)
        command = decode_command(batch, at + 16, length)
        if isinstance(command, ChainMark):
            yield command
        at += 16 + length
