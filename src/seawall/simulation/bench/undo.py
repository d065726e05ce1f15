"""Undoing: how long it takes to know who is affected, and to put him right.

First a long stream with everything switched on, of which some observations are dropped in the
middle: the actual run and the pinned rerun beside it, in two processes, from genesis to the end,
and the cut. Then the day of the first drill with many accounts, repaired as `seawall repair` would:
from the checkpoint below the first lie, with both null tests, one remedy, plan, posting and
receipts. Wall time; where it goes stands beside it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import seawall
from seawall.core.engine.cut import cut
from seawall.core.engine.pinned_engine import PinnedEngine, open_pinned
from seawall.core.engine.repair_laws import broken_laws
from seawall.core.engine.review import ReviewPolicy
from seawall.core.model.batch import BATCH_HEADER_BYTES, read_batch_header
from seawall.core.model.codec import read_word
from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import ObservePrices
from seawall.core.model.genesis import Genesis
from seawall.errors import DataFault
from seawall.journal.creation import create_journal
from seawall.journal.writer import JournalWriter
from seawall.repair.worlds import engine_of
from seawall.replay.pinned import pinned_rerun
from seawall.simulation.bench.machine import file_system
from seawall.simulation.bench.steps import OnStage, unwatched
from seawall.simulation.drills.day import DaySettings, make_day
from seawall.simulation.drills.play import play_day
from seawall.simulation.drills.undoing import undo_day
from seawall.simulation.workload import WHOLE, Shape, make_workload

COMMANDS: Final = {"compiled": 2_000_000, "interpreted": 20_000}
STREAM_ACCOUNTS: Final = {"compiled": 10_000, "interpreted": 500}
DAY_ACCOUNTS: Final = {"compiled": 20_000, "interpreted": 200}
SET_BUDGET_S, REPAIR_BUDGET_S = 60, 60
SET_COMMANDS, REPAIR_ACCOUNTS = 10_000_000, 100_000  # that these budgets are for
BATCHES_PER_RECORD: Final = 8
DROPPED_SOURCES: Final = (1, 2)
DROPPED: Final = 400  # of their observations
FROZEN_AFTER: Final = 5_000  # seqs behind the last of them; that ends the window


def bench_undo(
    *,
    commands: int | None = None,
    accounts: int | None = None,
    day_accounts: int | None = None,
    on_stage: OnStage = unwatched,
) -> dict[str, Any]:
    """Measure both. Raises DataFault when a law does not hold: then no figure means anything."""
    mode = seawall.core_mode()
    with tempfile.TemporaryDirectory(prefix="seawall-bench-", dir=Path.cwd()) as folder:
        return {
            "affected_set": measure_set(
                Path(folder) / "stream",
                commands=commands if commands is not None else COMMANDS[mode],
                accounts=accounts if accounts is not None else STREAM_ACCOUNTS[mode],
                on_stage=on_stage,
            ),
            "repair": measure_repair(
                Path(folder) / "day",
                accounts=day_accounts if day_accounts is not None else DAY_ACCOUNTS[mode],
                on_stage=on_stage,
            ),
            "file_system": file_system(Path(folder)),
            "core_mode": mode,
        }


def bench_undo_full(*, on_stage: OnStage = unwatched) -> dict[str, Any]:
    """Measure both at the sizes of the budgets: ten million commands, a hundred thousand accounts.
    Six minutes, and two gigabytes of memory, on two cores.
    """
    return bench_undo(commands=SET_COMMANDS, day_accounts=REPAIR_ACCOUNTS, on_stage=on_stage)


def measure_set(
    directory: Path, *, commands: int, accounts: int, on_stage: OnStage = unwatched
) -> dict[str, Any]:
    """The exact affected set of a fault in the middle of a long stream."""
    on_stage("making a stream", 0, 1)
    workload = make_workload(
        Shape(commands=commands, accounts=accounts, has_client_ids=False, mix=WHOLE)
    )
    create_journal(directory, workload.genesis)
    data = [workload.setup, *workload.batches]
    total = _write(directory, data)
    opened_at = sum(int(read_batch_header(one, 0).count) for one in split(workload.setup))
    observed = [seq for seq in _observed(data) if seq > opened_at]  # while people trade
    if not observed:
        raise DataFault(
            expected="a stream of several seconds", found="one", to_do="take a longer stream"
        )
    seqs = observed[len(observed) // 2 :][:DROPPED]
    frozen_at = min(total, seqs[-1] + FROZEN_AFTER)
    del workload, data

    def opened(genesis: Genesis, snapshot: bytes | None) -> PinnedEngine:
        engine, fault = open_pinned(
            genesis, snapshot, window_from=seqs[0], window_to=frozen_at, policy=ReviewPolicy()
        )
        assert engine is not None, fault
        return engine

    started = time.perf_counter()
    done = pinned_rerun(
        directory,
        commands={seq: [] for seq in seqs},
        until=total,
        open_pinned=opened,
        begin=0,
        progress=partial(on_stage, "both runs"),
    )
    ran = time.perf_counter()
    settlement = done.pinned.pinned.settlement
    actual = engine_of(done.pinned.engine.genesis, done.actual.snapshot).state
    made = cut(actual, done.pinned.state, settlement)
    ended = time.perf_counter()
    _check(broken_laws(actual, done.pinned.state, settlement, made))
    if not settlement.verdicts:
        raise DataFault(
            expected="fills in the window that are reviewed",
            found="none: the figure would be one of an empty work",
            to_do="take a longer stream",
        )
    return {
        "commands": total,
        "accounts": accounts,
        "fills_reviewed": len(settlement.verdicts),
        "accounts_affected": len(made.classes),
        "seconds": round(ended - started, 1),
        "seconds_budget": SET_BUDGET_S,
        "seconds_of_both_runs": round(ran - started, 1),
        "seconds_of_the_cut": round(ended - ran, 1),
        "commands_per_s": round(total / (ran - started)),
    }


def measure_repair(folder: Path, *, accounts: int, on_stage: OnStage = unwatched) -> dict[str, Any]:
    """The first drill's day with so many accounts, undone."""
    folder.mkdir()
    settings = DaySettings(accounts=accounts, has_protections=False)
    played = play_day(
        settings,
        folder,
        on_stage=on_stage,
        on_line=lambda _world, done, total, _scene: on_stage("worlds", done, total),
    )
    undone = undo_day(
        {"actual": folder / "actual", "clean": folder / "clean"},
        folder / "undo",
        fault=make_day(settings).fault,
        accounts=accounts,
        policy="cause",
        wrongs=None,
        on_stage=on_stage,
        policies=(),
    )
    if undone.faults:
        raise DataFault(
            expected="a repair of which every law holds",
            found=undone.faults[0],
            to_do="keep the day: this is a bug",
        )
    return {
        "commands": played.result.commands,
        "accounts": accounts,
        "accounts_affected": undone.accounts_affected,
        "rows": undone.repair.rows,
        "seconds_to_affected_set": round(undone.seconds_to_affected_set, 1),
        "seconds_to_repair": round(undone.seconds_to_repair, 1),
        "seconds_budget": REPAIR_BUDGET_S,
        "seconds_by_stage": {
            name: round(found, 1) for name, found in undone.seconds_by_stage.items()
        },
    }


def _check(laws: dict[str, str]) -> None:
    for name, fault in laws.items():
        if fault:
            raise DataFault(
                expected=f"the law {name} to hold", found=fault, to_do="this is a bug: tell us"
            )


def _write(directory: Path, data: list[bytes]) -> int:
    """The batches as a journal; returns the last seq."""
    total = 0
    with JournalWriter(directory, holder="seawall bench undo") as writer:
        for at in range(0, len(data), BATCHES_PER_RECORD):
            batches = [one for whole in data[at : at + BATCHES_PER_RECORD] for one in split(whole)]
            total += sum(int(read_batch_header(one, 0).count) for one in batches)
            writer.append(batches)
            if writer.wants_fold:
                writer.fold_wal()
    return total


def split(data: bytes) -> Iterator[bytes]:
    """The single batches of concatenated ones."""
    at = 0
    while at < len(data):
        length = int(read_batch_header(data, at).length)
        yield data[at : at + length]
        at += length


def _observed(data: list[bytes]) -> Iterator[int]:
    """The seqs at which one of two sources said a price."""
    seq = 0
    for whole in data:
        for batch in split(whole):
            count = int(read_batch_header(batch, 0).count)
            for number, command in enumerate(_commands(batch, count), seq + 1):
                found = decode_command(command, 0, len(command))
                if isinstance(found, ObservePrices) and found.source_id in DROPPED_SOURCES:
                    yield number
            seq += count


def _commands(batch: bytes, count: int) -> Iterator[bytes]:
    at = BATCH_HEADER_BYTES
    for _ in range(count):
        length = int(read_word(batch, at + 8))
        yield batch[at + 16 : at + 16 + length]
        at += 16 + length
