"""Rerun: the journal again, with edits, from the newest checkpoint below the first of them.

    python -m seawall.replay.rerun FOLDER

runs what FOLDER/order.json orders, in a process of its own that knows nothing but the bytes on
disk, and leaves there `state` (the snapshot), `blocks` (the events hash after each block of 1,024
seqs) and, last, `result.json`. Without edits a rerun gives the actual run, bit for bit; with edits
the marks in the journal are compared up to the first edit only, since then it leads elsewhere.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

import seawall
from seawall.core.engine import Engine
from seawall.journal.directory import open_directory
from seawall.journal.reader import JournalReader
from seawall.journal.recovery import PROGRESS_EVERY
from seawall.journal.replica import EntryFailed, Replica, batches_of, without_collector
from seawall.replay.edits import Edit, read_edits
from seawall.replay.processes import ORDER_FILE, RESULT_FILE, exit_code_of, say_progress
from seawall.replay.resolution import resolved
from seawall.replay.run import Progress, no_progress, shortened
from seawall.replay.start import start_at_or_below

STATE_FILE: Final = "state"
BLOCKS_FILE: Final = "blocks"

Commands = Mapping[int, list[bytes]]  # heard instead, by seq


class RerunOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a process of its own is to run. `begin`: the newest checkpoint at or below that seq is
    taken; None: below the first edit. `until`: the cut; None: the end of the journal.
    """

    directory: str
    edits: str = ""  # a file; "" for none
    begin: int | None = None
    until: int | None = None


class RerunResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a rerun came to. Two of the same edits agree in hashes wherever they began."""

    from_seq: int  # where it began; 0: genesis
    seq: int  # the last applied
    clock_ms: int
    state_hash: str
    events_hash: str  # of everything since genesis, as if the last block ended here
    first_block: int  # the first whose hash stands in `blocks`, from 1
    notes: list[str]  # which checkpoints were passed over, and why
    faults: list[str]  # broken laws of ledger and book
    core: str
    seconds: float  # applying; neither the start nor the state hash


class Rerun(msgspec.Struct, frozen=True, kw_only=True):
    """A rerun that has ended: its engine and the snapshot of it, its result, the events hash after
    each block.
    """

    engine: Engine
    snapshot: bytes
    result: RerunResult
    blocks: list[bytes]


def rerun(
    directory: Path,
    *,
    edits: Sequence[Edit] = (),
    begin: int | None = None,
    until: int | None = None,
    progress: Progress = no_progress,
) -> Rerun:
    """Run the journal again with edits, up to entry `until` or its present end.

    Raises BadConfiguration for edits with a fault, CheckpointDamaged when no way leads to the first
    edit, what the reader raises, and MarkMismatch.
    """
    commands: Commands = {}
    if edits:
        commands = resolved(directory, edits).commands
    return rerun_commands(directory, commands=commands, begin=begin, until=until, progress=progress)


def rerun_commands(
    directory: Path,
    *,
    commands: Commands,
    begin: int | None = None,
    until: int | None = None,
    progress: Progress = no_progress,
) -> Rerun:
    """The same, for commands that are known by their seqs."""
    home = open_directory(directory)
    blocks: list[bytes] = []
    with without_collector(), JournalReader(directory) as reader:
        start = start_at_or_below(
            home, reader, seq=highest_begin(commands, begin=begin, until=until)
        )
        replica = start.replica(home)
        from_seq, first_block = replica.seq, replica.chain.blocks + 1
        replica.chain.on_block = lambda _number, events_hash, _events: blocks.append(events_hash)
        followed = Followed(replica, commands, until=until)
        end = reader.tail().record_no
        total = end - start.place.record_no
        done = 0
        started = time.perf_counter()
        for record_no, payload in reader.read_from(
            start.place.record_no + 1, after=start.place.link
        ):
            if record_no > end or replica.seq == until:
                break
            followed.apply_record(payload)
            done += 1
            if done % PROGRESS_EVERY == 0:
                progress(done, total)
        seconds = time.perf_counter() - started
    progress(max(done, 1), max(done, 1))
    snapshot = replica.engine.snapshot()
    result = RerunResult(
        from_seq=from_seq,
        seq=replica.seq,
        clock_ms=int(replica.engine.clock_ms),
        state_hash=sha256(snapshot).hexdigest(),
        events_hash=replica.chain.events_hash_so_far().hex(),
        first_block=first_block,
        notes=start.notes,
        faults=list(replica.engine.ledger_faults()),
        core=seawall.core_mode(),
        seconds=seconds,
    )
    return Rerun(engine=replica.engine, snapshot=snapshot, result=result, blocks=blocks)


def highest_begin(commands: Commands, *, begin: int | None, until: int | None) -> int:
    """The highest seq at which a run may begin: below the first edit, and not behind the cut."""
    highest = sys.maxsize if until is None else until
    if begin is not None:
        highest = min(highest, begin)
    return min(highest, min(commands, default=sys.maxsize) - 1)


class Followed:
    """A replica that follows a journal with other commands at some seqs, and stops at a seq."""

    def __init__(self, replica: Replica, commands: Commands, *, until: int | None) -> None:
        self.replica = replica
        self._commands = dict(commands)
        self._first = min(commands, default=sys.maxsize)
        self._until = sys.maxsize if until is None else until

    def apply_record(self, payload: bytes) -> None:
        """Apply the batches of a record, up to the last seq."""
        replica = self.replica
        if replica.seq + len(payload) // 16 < min(self._first, self._until):
            replica.apply_record(payload)  # it cannot hold so many commands
            return
        for at, header in batches_of(payload):
            batch = payload[at : at + header.length]
            if replica.seq + header.count > self._until:
                batch = shortened(batch, header, self._until - replica.seq)
            if batch and replica.seq + header.count < self._first:
                replica.apply_record(batch)
            elif batch:
                self._apply_edited(batch)

    def _apply_edited(self, batch: bytes) -> None:
        """What `Replica` does, but with the edits and without looking at marks: they speak of the
        actual run.
        """
        engine, chain = self.replica.engine, self.replica.chain
        seq = int(engine.seq)
        try:
            first_seq = engine.apply_edited(batch, 0, self._commands)
        except AssertionError as error:
            raise EntryFailed(seq=engine.seq, cause=error) from error
        if first_seq == 0:
            return
        chain.extend(
            batch, first_seq=first_seq, count=int(engine.seq) - seq, time_ns=int(engine.time_ns)
        )
        chain.take_events(engine.take_events())


def main(arguments: Sequence[str]) -> int:
    """Run what the folder named orders; the exit code says how it ended."""
    seawall.require_assertions()
    return exit_code_of(lambda: _run_order(Path(arguments[0])))


def _run_order(folder: Path) -> None:
    order = msgspec.json.decode((folder / ORDER_FILE).read_bytes(), type=RerunOrder)
    done = rerun(
        Path(order.directory),
        edits=read_edits(Path(order.edits)) if order.edits else (),
        begin=order.begin,
        until=order.until,
        progress=say_progress,
    )
    (folder / STATE_FILE).write_bytes(done.snapshot)
    (folder / BLOCKS_FILE).write_bytes(b"".join(done.blocks))
    (folder / RESULT_FILE).write_bytes(msgspec.json.encode(done.result))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
