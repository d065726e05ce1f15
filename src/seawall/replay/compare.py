"""Compare two runs: find the first block of 1,024 entries in which they differ, then the entry.

The hashes of the blocks find the place in one pass over each journal, without keeping events; only
the block that differs is looked at byte by byte.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from seawall.core.model.event_reader import read_entries, split_at_seq
from seawall.core.model.events import EntryEvents
from seawall.journal.chain import BLOCK_SEQS
from seawall.journal.directory import open_directory
from seawall.journal.reader import JournalReader
from seawall.journal.recovery import genesis_replica
from seawall.journal.replica import without_collector
from seawall.replay.run import Progress, no_progress

_NOTHING: Final = b""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Where two runs part. An entry is None on the side that had no events there."""

    block: int  # from 1
    seq: int
    one: EntryEvents | None
    other: EntryEvents | None


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """The hash of every complete block of a run, and the seq at which the run ended."""

    blocks: list[bytes]
    seq: int


def trace(directory: Path, *, progress: Progress = no_progress) -> Trace:
    """Run a journal and keep the hash after each block."""
    blocks: list[bytes] = []
    _, seq = _run(directory, blocks=blocks, wanted=0, progress=progress)
    return Trace(blocks=blocks, seq=seq)


def block_events(directory: Path, block: int) -> bytes:
    """The event bytes of a block (from 1), which may be the open one at the end."""
    events, _ = _run(directory, blocks=[], wanted=block, progress=no_progress)
    return events


def compare(one: Path, other: Path, *, progress: Progress = no_progress) -> Difference | None:
    """The first entry whose events differ between two journals, or None when all are equal.

    A journal that merely ends earlier differs at the first entry with events that it lacks.
    """
    traces = trace(one, progress=progress), trace(other, progress=progress)
    shared = min(len(traces[0].blocks), len(traces[1].blocks))
    block = 1
    while block <= shared and traces[0].blocks[block - 1] == traces[1].blocks[block - 1]:
        block += 1
    last = max(traces[0].seq, traces[1].seq) // BLOCK_SEQS + 1
    while block <= last:
        found = first_difference(block_events(one, block), block_events(other, block), block=block)
        if found is not None:
            return found
        block += 1
    return None


def first_difference(one: bytes, other: bytes, *, block: int) -> Difference | None:
    """The first entry that differs between the events of the same block in two runs."""
    if one == other:
        return None
    entries = {entry.seq: entry for entry in read_entries(one)}
    others = {entry.seq: entry for entry in read_entries(other)}
    for seq in sorted({*entries, *others}):
        if _bytes_of(one, seq) != _bytes_of(other, seq):
            return Difference(block=block, seq=seq, one=entries.get(seq), other=others.get(seq))
    return None


def _bytes_of(events: bytes, seq: int) -> bytes:
    return events[split_at_seq(events, seq) : split_at_seq(events, seq + 1)]


def _run(
    directory: Path, *, blocks: list[bytes], wanted: int, progress: Progress
) -> tuple[bytes, int]:
    """Run to the end, or to the end of block `wanted`: that block's events, and the seq reached."""
    home = open_directory(directory)
    replica = genesis_replica(home)
    kept: dict[int, bytes] = {}

    def on_block(number: int, events_hash: bytes, events: bytes) -> None:
        blocks.append(events_hash)
        if number == wanted:
            kept[number] = events

    replica.chain.on_block = on_block
    with without_collector(), JournalReader(directory) as reader:
        total = reader.tail().record_no
        for record_no, payload in reader.read_from(1, after=home.genesis_hash):
            replica.apply_record(payload)
            progress(record_no, total)
            if wanted and replica.chain.blocks >= wanted:
                break
    if wanted == replica.chain.blocks + 1:
        return replica.chain.open_block(), replica.seq
    return kept.get(wanted, _NOTHING), replica.seq
