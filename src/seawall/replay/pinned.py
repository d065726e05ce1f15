"""Feeding a pinned rerun: the batches of the journal, the events of the actual run, and the edits.

What a pinned rerun does with them is the engine's business (`core/engine/pinned.py`); here it is
any object that takes them in order. The actual run is made by a process of its own and goes ahead
of the pinned one by what a pipe holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from seawall.core.model.batch import read_batch_header
from seawall.core.model.genesis import Genesis
from seawall.journal.directory import open_directory
from seawall.journal.reader import JournalReader
from seawall.journal.replica import without_collector
from seawall.replay.actual import ActualEnd, ActualEvents, PipedEvents
from seawall.replay.rerun import Commands, highest_begin
from seawall.replay.run import Progress, no_progress
from seawall.replay.start import start_at_or_below

PROGRESS_EVERY: Final = 65_536  # seqs


class Pinnable(Protocol):
    """A counterfactual run in the making."""

    def apply(self, data: bytes, events: bytes, edits: dict[int, list[bytes]]) -> object:
        """Take in one batch, what the actual run answered, and what is heard instead."""


P = TypeVar("P", bound=Pinnable)


class PinnedRun(msgspec.Struct, Generic[P], frozen=True, kw_only=True):
    """A pinned rerun that has ended, and what the actual run beside it came to."""

    pinned: P
    actual: ActualEnd
    from_seq: int
    seq: int
    notes: list[str]  # which checkpoints were passed over, and why
    seconds: float


def pinned_rerun(
    directory: Path,
    *,
    commands: Commands,
    until: int,
    open_pinned: Callable[[Genesis, bytes | None], P],
    begin: int | None = None,
    is_piped: bool = True,
    progress: Progress = no_progress,
) -> PinnedRun[P]:
    """Run the venue again to the cut `until` with fair fills pinned. `open_pinned` gets the genesis
    and the snapshot to begin with (None: genesis itself); `begin`: the newest checkpoint at or
    below that seq is taken, in any case one below the first edit.

    Raises what `start_at_or_below` raises and, for the actual run, what `processes.stopped` says.
    """
    home = open_directory(directory)
    with JournalReader(directory) as reader:
        start = start_at_or_below(
            home, reader, seq=highest_begin(commands, begin=begin, until=until)
        )
    started = time.perf_counter()
    snapshot = None if start.checkpoint is None else start.checkpoint.snapshot
    edits = dict(commands)
    if is_piped:
        with PipedEvents(directory, begin=start.seq, until=until) as events:
            pinned = open_pinned(home.genesis, snapshot)
            seq = _feed(events, pinned, edits, span=(start.seq, until), progress=progress)
            actual = events.end()
    else:
        run = ActualEvents(directory, begin=start.seq, until=until)
        pinned = open_pinned(home.genesis, snapshot)
        seq = _feed(run, pinned, edits, span=(start.seq, until), progress=progress)
        actual = run.end()
    return PinnedRun(
        pinned=pinned,
        actual=actual,
        from_seq=start.seq,
        seq=seq,
        notes=start.notes,
        seconds=time.perf_counter() - started,
    )


def _feed(
    source: PipedEvents | ActualEvents,
    pinned: Pinnable,
    edits: dict[int, list[bytes]],
    *,
    span: tuple[int, int],
    progress: Progress,
) -> int:
    """Give everything to the pinned run; the last seq."""
    begin, until = span
    reported = seq = begin
    with without_collector():
        for first_seq, batch, events in source:
            pinned.apply(batch, events, edits)
            seq = first_seq + int(read_batch_header(batch, 0).count) - 1
            if seq - reported >= PROGRESS_EVERY:
                reported = seq
                progress(seq - begin, until - begin)
    progress(max(1, until - begin), max(1, until - begin))
    return seq
