"""Undoing: how long it takes to know who is affected, and to put him right.

First a long stream with everything switched on, in the middle of which every source says two
percent less than is true for five seconds: the actual run and the pinned rerun beside it that does
not hear them, in two processes, from genesis to the end, and the cut. Then the day of the first
drill with many accounts, repaired as `seawall repair` would: from the checkpoint below the first
lie, with both null tests, one remedy, plan, posting and receipts. Wall time; where it goes stands
beside it.
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
from seawall.core.model.batch import BATCH_HEADER_BYTES, encode_batch, read_batch_header
from seawall.core.model.codec import read_word
from seawall.core.model.command_codec import decode_command, encode_command
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
from seawall.simulation.workload import WHOLE, Shape, Workload, make_workload

COMMANDS: Final = {"compiled": 2_000_000, "interpreted": 20_000}
STREAM_ACCOUNTS: Final = {"compiled": 10_000, "interpreted": 500}
DAY_ACCOUNTS: Final = {"compiled": 20_000, "interpreted": 200}
SET_BUDGET_S, REPAIR_BUDGET_S = 60, 60
SET_COMMANDS, REPAIR_ACCOUNTS = 10_000_000, 100_000  # that these budgets are for
BATCHES_PER_RECORD: Final = 8
LIE_SECONDS: Final = 5
LIE_PERCENT: Final = -2  # of the true price
_PRICES: Final = ("bid_e8", "ask_e8", "last_e8", "low_e8", "high_e8")
FROZEN_AFTER: Final = 5_000  # seqs behind the last lie; that ends the window


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
    Eight minutes, and two gigabytes of memory, on two cores.
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
    seqs = tell_lies(workload)
    total = _write(directory, [workload.setup, *workload.batches])
    frozen_at = min(total, seqs[-1] + FROZEN_AFTER)
    del workload

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
    if not settlement.verdicts or not made.classes:
        raise DataFault(
            expected="fills in the window that are reviewed, and somebody who is affected",
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


def tell_lies(workload: Workload) -> list[int]:
    """Let every source lie for a while in the middle of the stream, for a second at least; returns
    the seqs of the lies. Raises DataFault when the stream is shorter.
    """
    sources = len(workload.genesis.sources)
    places = [place for place, kind in enumerate(workload.kinds) if kind == "observe"]
    seconds = len(places) // sources
    if seconds == 0:
        raise DataFault(expected="a stream of a second", found="less", to_do="take a longer stream")
    begin = seconds // 2 * sources
    lying = set(places[begin : begin + LIE_SECONDS * sources])
    seqs: list[int] = []
    seq = sum(int(read_batch_header(one, 0).count) for one in split(workload.setup))
    for place, batch in enumerate(workload.batches):
        said = int(read_batch_header(batch, 0).count)
        if place in lying:
            seqs += range(seq + 1, seq + 1 + said)
            workload.batches[place] = _lied(batch)
        seq += said
    return seqs


def _lied(batch: bytes) -> bytes:
    """The batch of one source with other prices."""
    header = read_batch_header(batch, 0)
    stamps, commands = [], []
    for stamp, command in _commands(batch, int(header.count)):
        found = decode_command(command, 0, len(command))
        assert isinstance(found, ObservePrices)
        for name in _PRICES:
            setattr(found, name, getattr(found, name) * (100 + LIE_PERCENT) // 100)
        stamps.append(stamp)
        commands.append(encode_command(found))
    return encode_batch(
        shard=header.shard,
        publisher_id=header.publisher_id,
        incarnation=header.incarnation,
        batch_number=header.batch_number,
        stamps_ns=stamps,
        commands=commands,
    )


def _commands(batch: bytes, count: int) -> Iterator[tuple[int, bytes]]:
    """Each with its stamp."""
    at = BATCH_HEADER_BYTES
    for _ in range(count):
        length = int(read_word(batch, at + 8))
        yield int(read_word(batch, at)), batch[at + 16 : at + 16 + length]
        at += 16 + length
