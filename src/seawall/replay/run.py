"""Run a journal again, from genesis, in a fresh engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

import seawall
from seawall.core.model.batch import BATCH_HEADER_BYTES, BatchHeader, encode_batch
from seawall.core.model.codec import read_word
from seawall.errors import BadConfiguration
from seawall.journal.chain import OnBlock
from seawall.journal.directory import open_directory
from seawall.journal.reader import JournalReader
from seawall.journal.recovery import PROGRESS_EVERY, genesis_replica
from seawall.journal.replica import Replica, batches_of, without_collector

Progress = Callable[[int, int], None]  # (records applied, records in all)


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to. Two runs of the same journal agree in all but time and core."""

    seq: int  # the last applied
    records: int
    commands: int
    events_hash: str  # hex; over every event, the open block included
    state_hash: str  # hex
    core: str  # compiled or interpreted
    seconds: float  # of wall time: reading, applying, hashing events; not the state hash
    commands_per_s: float


def no_progress(_done: int, _total: int) -> None:
    """Nobody watches."""


def run(
    directory: Path,
    *,
    until: int | None = None,
    progress: Progress = no_progress,
    on_block: OnBlock | None = None,
) -> RunResult:
    """Apply the journal from its first record, up to entry `until` or its present end.

    Raises what the reader raises, and MarkMismatch when the journal says that it led elsewhere.
    """
    if until is not None and until < 0:
        raise BadConfiguration(expected="a seq from 0", found=str(until), to_do="name another seq")
    home = open_directory(directory)
    replica = genesis_replica(home)
    replica.chain.on_block = on_block
    records = 0
    with without_collector(), JournalReader(directory) as reader:
        total = reader.tail().record_no
        started = time.perf_counter()
        for record_no, payload in reader.read_from(1, after=home.genesis_hash):
            if record_no > total or replica.seq == until:
                break
            if until is None:
                replica.apply_record(payload)
            else:
                _apply_until(replica, payload, until)
            records += 1
            if records % PROGRESS_EVERY == 0:
                progress(records, total)
        seconds = time.perf_counter() - started
    progress(records, records)
    return RunResult(
        seq=replica.seq,
        records=records,
        commands=replica.seq,
        events_hash=replica.chain.events_hash_so_far().hex(),
        state_hash=replica.engine.state_hash().hex(),
        core=seawall.core_mode(),
        seconds=seconds,
        commands_per_s=replica.seq / seconds if seconds > 0 else 0.0,
    )


def _apply_until(replica: Replica, payload: bytes, until: int) -> None:
    for at, header in batches_of(payload):
        batch = payload[at : at + header.length]
        if replica.seq + header.count > until:
            batch = shortened(batch, header, until - replica.seq)
        if batch:
            replica.apply_record(batch)


def shortened(batch: bytes, header: BatchHeader, count: int) -> bytes:
    """The batch with only its first `count` commands: after it the state is that in the middle.

    Nothing for a count of 0.
    """
    stamps, commands = [], []
    at = BATCH_HEADER_BYTES
    for _ in range(count):
        length = read_word(batch, at + 8)
        stamps.append(int(read_word(batch, at)))
        commands.append(batch[at + 16 : at + 16 + length])
        at += 16 + length
    if not commands:
        return b""
    return encode_batch(
        shard=header.shard,
        publisher_id=header.publisher_id,
        incarnation=header.incarnation,
        batch_number=header.batch_number,
        stamps_ns=stamps,
        commands=commands,
    )
