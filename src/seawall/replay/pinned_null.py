"""The pinned null test: a pinned rerun without edits is the actual run, with nothing to repair.

    python -m seawall.replay.pinned_null FOLDER

runs in a process of its own, with the actual run in another beside it. Every batch must be answered
with the same bytes, the two must end in the same state bit for bit, and no fill may be void or
split, no gap open, nothing claimed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

import seawall
from seawall.core.engine.pinned_engine import PinnedEngine, open_pinned
from seawall.core.engine.review import ReviewPolicy
from seawall.core.model.batch import read_batch_header
from seawall.core.model.genesis import Genesis
from seawall.errors import CheckpointDamaged
from seawall.replay.edits import Edit, read_edits
from seawall.replay.fresh import cut_fault, plant
from seawall.replay.pinned import pinned_rerun
from seawall.replay.processes import (
    ORDER_FILE,
    RESULT_FILE,
    Job,
    OnFresh,
    exit_code_of,
    run_jobs,
    say_progress,
    unheard_of,
)
from seawall.replay.rerun import Commands
from seawall.replay.resolution import edited_commands

MODULE: Final = "seawall.replay.pinned_null"
NO_WINDOW: Final = (0, -1)


class PinnedNullOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be tested: from the newest checkpoint at or below `begin` to `until`. `planted`: a
    file with edits that must turn the test red; "" for none.
    """

    directory: str
    begin: int
    until: int
    planted: str = ""


class PinnedNullResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a pinned null test came to. `fault` says what is not as it was; "" for nothing."""

    fault: str
    from_seq: int
    seq: int
    notes: list[str]
    core: str
    seconds: float

    @property
    def is_equal(self) -> bool:
        """Whether the pinned rerun without edits is the actual run."""
        return not self.fault


class Watched:
    """A pinned engine, and the first batch that it did not answer as the venue did."""

    def __init__(self, pinned: PinnedEngine) -> None:
        self.pinned = pinned
        self.differs_in = ""

    def apply(self, data: bytes, events: bytes, edits: dict[int, list[bytes]]) -> None:
        """Take in a batch."""
        first = int(self.pinned.engine.seq) + 1
        if self.pinned.apply(data, events, edits) != events and not self.differs_in:
            last = first + int(read_batch_header(data, 0).count) - 1
            self.differs_in = f"seqs {first} to {last}"


def open_watched(genesis: Genesis, snapshot: bytes | None) -> Watched:
    """Without a window. Raises CheckpointDamaged for a snapshot that cannot be restored."""
    window_from, window_to = NO_WINDOW
    pinned, fault = open_pinned(
        genesis, snapshot, window_from=window_from, window_to=window_to, policy=ReviewPolicy()
    )
    if pinned is None:
        raise CheckpointDamaged(
            expected="a snapshot of this venue", found=fault, to_do="remove that checkpoint"
        )
    return Watched(pinned)


def pinned_null_test(
    directory: Path,
    folder: Path,
    *,
    first_seq: int,
    until: int,
    planted: Sequence[Edit] = (),
    on_fresh: OnFresh = unheard_of,
) -> PinnedNullResult:
    """Run the venue again under pins without edits, from the newest checkpoint below `first_seq` to
    `until`, in a fresh process. `planted` is slipped in, to show that the test turns red.

    Raises what `run_jobs` raises.
    """
    order = PinnedNullOrder(
        directory=str(directory),
        begin=first_seq - 1,
        until=until,
        planted=plant(folder, planted),
    )
    results = run_jobs(
        {"pinned": Job(folder=folder, module=MODULE, order=order)}, on_fresh=on_fresh
    )
    return msgspec.json.decode(results["pinned"], type=PinnedNullResult)


def run_pinned_null(order: PinnedNullOrder) -> PinnedNullResult:
    """The test in this process."""
    directory = Path(order.directory)
    commands: Commands = {}
    if order.planted:
        commands = edited_commands(directory, read_edits(Path(order.planted)))
    done = pinned_rerun(
        directory,
        commands=commands,
        begin=order.begin,
        until=order.until,
        open_pinned=open_watched,
        progress=say_progress,
    )
    watched = done.pinned
    return PinnedNullResult(
        fault=cut_fault(done.seq, order.until) or _fault(watched, done.actual.snapshot),
        from_seq=done.from_seq,
        seq=done.seq,
        notes=done.notes,
        core=seawall.core_mode(),
        seconds=done.seconds,
    )


def _fault(watched: Watched, actual: bytes) -> str:
    settled = watched.pinned.pinned.settlement
    parts = []
    if watched.differs_in:
        parts.append(f"the events differ, first in {watched.differs_in}")
    if watched.pinned.snapshot() != actual:
        parts.append(f"the states differ at seq {watched.pinned.engine.seq}")
    for count, what in (
        (len(settled.verdicts), "fills not simply left standing"),
        (len(settled.gaps.gaps), "gaps open"),
        (len(settled.claims), "claims"),
    ):
        if count:
            parts.append(f"{count} {what}")
    return "; ".join(parts)


def main(arguments: Sequence[str]) -> int:
    """Test what the folder named orders; the exit code says how it ended."""
    seawall.require_assertions()
    return exit_code_of(lambda: _run_order(Path(arguments[0])))


def _run_order(folder: Path) -> None:
    order = msgspec.json.decode((folder / ORDER_FILE).read_bytes(), type=PinnedNullOrder)
    (folder / RESULT_FILE).write_bytes(msgspec.json.encode(run_pinned_null(order)))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
