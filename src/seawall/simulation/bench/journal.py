"""The journal: group commits, durable when they return, of one command, of 256, of 4,096."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from seawall.core.model.batch import read_batch_header
from seawall.errors import DataFault
from seawall.journal.creation import create_journal
from seawall.journal.writer import JournalWriter
from seawall.simulation.bench.disk_probe import percentile, probe_disk, shown
from seawall.simulation.bench.machine import file_system
from seawall.simulation.bench.steps import OnStage, unwatched
from seawall.simulation.workload import BATCH, Shape, make_workload, spot_genesis

SECONDS_EACH = 3.0
GROUPS = (1, BATCH, 16 * BATCH)  # commands in one group commit
COMMANDS = 64 * BATCH
SAMPLES_MIN = 20


def bench_journal(
    *, seconds_each: float = SECONDS_EACH, on_stage: OnStage = unwatched
) -> dict[str, Any]:
    """Append real batches for a while per group size. Raises DataFault on anything but FULL."""
    groups = _groups()
    with tempfile.TemporaryDirectory(prefix="seawall-bench-", dir=Path.cwd()) as folder:
        directory = Path(folder) / "venue"
        create_journal(directory, spot_genesis(instruments=1, accounts=1))
        figures: dict[str, Any] = {}
        probes: list[int] = []
        with JournalWriter(directory, holder="seawall bench journal") as writer:
            synchronous = writer.synchronous
            if synchronous != "FULL":
                raise DataFault(
                    expected="a journal with PRAGMA synchronous = FULL",
                    found=synchronous,
                    to_do="nothing else is durable: find out who changed it",
                )
            for commands, records in groups.items():
                on_stage("journal", len(figures), len(groups))
                probes += probe_disk(directory, writes=50)
                figures[f"{commands} per commit"] = _append(
                    writer, records, commands=commands, seconds=seconds_each
                )
            probes += probe_disk(directory, writes=50)
        return {
            "commands_per_s": figures[f"{BATCH} per commit"]["commands_per_s"],
            "synchronous": synchronous,
            "file_system": file_system(directory),
            "disk_probe": shown(probes),
            **figures,
        }


def _groups() -> dict[int, list[list[bytes]]]:
    """Records to append, by the number of commands in each."""
    full = make_workload(Shape(commands=COMMANDS, resting=100, accounts=100)).batches
    batches = [batch for batch, size in _sized(full) if size == BATCH]
    single = make_workload(Shape(commands=1, resting=100, accounts=100)).batches
    return {
        1: [[batch] for batch in single],
        BATCH: [[batch] for batch in batches],
        16 * BATCH: [batches[at : at + 16] for at in range(0, len(batches) - 15, 16)],
    }


def _sized(batches: list[bytes]) -> list[tuple[bytes, int]]:
    return [(batch, read_batch_header(batch, 0).count) for batch in batches]


def _append(
    writer: JournalWriter, records: list[list[bytes]], *, commands: int, seconds: float
) -> dict[str, int]:
    took: list[int] = []
    started = time.perf_counter()
    while time.perf_counter() - started < seconds or len(took) < SAMPLES_MIN:
        before = time.perf_counter_ns()
        writer.append(records[len(took) % len(records)])
        took.append((time.perf_counter_ns() - before) // 1_000)
        if writer.wants_fold:
            writer.fold_wal()
    elapsed = time.perf_counter() - started
    return {
        "commands_per_s": round(len(took) * commands / elapsed),
        "commits_per_s": round(len(took) / elapsed),
        "commit_p50_us": percentile(took, 50),
        "commit_p99_us": percentile(took, 99),
    }
