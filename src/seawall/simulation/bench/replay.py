"""Replay: a journal on disk applied again from genesis, hashes and all."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import seawall
from seawall.core.model.batch import read_batch_header
from seawall.errors import DataFault
from seawall.journal.creation import create_journal
from seawall.journal.writer import JournalWriter
from seawall.replay.run import run
from seawall.simulation.bench.machine import file_system
from seawall.simulation.bench.steps import OnStage, unwatched
from seawall.simulation.workload import Shape, make_workload

COMMANDS = {"compiled": 400_000, "interpreted": 20_000}
BATCHES_PER_RECORD = 8


def bench_replay(*, commands: int | None = None, on_stage: OnStage = unwatched) -> dict[str, Any]:
    """Write a workload as a journal, then run it. Raises DataFault when two runs differ."""
    count = commands if commands is not None else COMMANDS[seawall.core_mode()]
    workload = make_workload(Shape(commands=count, has_client_ids=False))
    with tempfile.TemporaryDirectory(prefix="seawall-bench-", dir=Path.cwd()) as folder:
        directory = Path(folder) / "venue"
        create_journal(directory, workload.genesis)
        journal_bytes = _write(directory, [workload.setup, *workload.batches])
        first, second = (
            run(directory, progress=partial(on_stage, f"replay, {which} time"))
            for which in ("first", "second")
        )
        hashes = (first.events_hash, first.state_hash)
        if hashes != (second.events_hash, second.state_hash):
            raise DataFault(
                expected="two runs of one journal to end with the same hashes",
                found=f"{hashes} and {(second.events_hash, second.state_hash)}",
                to_do="keep the journal: this is a bug",
            )
        best = max(first.commands_per_s, second.commands_per_s)
        return {
            "commands_per_s": round(best),
            "commands": first.commands,
            "records": first.records,
            "journal_bytes_per_command": journal_bytes // first.commands,
            "events_hash": first.events_hash,
            "state_hash": first.state_hash,
            "file_system": file_system(directory),
        }


def _write(directory: Path, batches: list[bytes]) -> int:
    with JournalWriter(directory, holder="seawall bench replay") as writer:
        for at in range(0, len(batches), BATCHES_PER_RECORD):
            whole = b"".join(batches[at : at + BATCHES_PER_RECORD])
            writer.append(_split(whole))
            if writer.wants_fold:
                writer.fold_wal()
    return sum(map(len, batches))


def _split(data: bytes) -> list[bytes]:
    """The single batches of concatenated ones."""
    found = []
    at = 0
    while at < len(data):
        length = read_batch_header(data, at).length
        found.append(data[at : at + length])
        at += length
    return found
