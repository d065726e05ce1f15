"""Reruns in fresh processes: each starts from the bytes on disk and shares nothing with the others.

The null test is here: the venue is run again without edits, from the checkpoint that a repair will
begin with, and beside it from as far back as the journal goes. Both must come to the same state and
have said the same events, bit for bit, or no figure of a rerun means anything.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from seawall.core.model.genesis import Genesis
from seawall.errors import DataFault, EnvironmentFault
from seawall.journal.chain import BLOCK_SEQS
from seawall.journal.directory import open_directory
from seawall.replay.economics import differing_accounts, economic_state_of
from seawall.replay.rerun import (
    BLOCKS_FILE,
    ORDER_FILE,
    RESULT_FILE,
    STATE_FILE,
    RerunOrder,
    RerunResult,
)
from seawall.replay.start import earliest_begin

MODULE: Final = "seawall.replay.rerun"
HASH_BYTES: Final = 32
NAMED_MAX: Final = 3  # accounts, in a sentence

OnFresh = Callable[[str, int, int], None]  # name, records done, records in all


class RerunStopped(AssertionError):
    """A rerun's process did not come to its end: a bug, which its last words name."""


class RerunRefused(DataFault):
    """A rerun found that bytes on disk are not what was written; `found` has its words."""


class FreshRerun(msgspec.Struct, frozen=True, kw_only=True):
    """What a process left in its folder."""

    folder: Path
    result: RerunResult

    def state(self) -> bytes:
        """The snapshot it ended with."""
        return (self.folder / STATE_FILE).read_bytes()

    def blocks(self) -> dict[int, bytes]:
        """The events hash after each block that it completed, by number from 1."""
        data = (self.folder / BLOCKS_FILE).read_bytes()
        first = self.result.first_block
        return {
            first + place: data[at : at + HASH_BYTES]
            for place, at in enumerate(range(0, len(data), HASH_BYTES))
        }


def unheard_of(_name: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def run_fresh(
    orders: Mapping[str, tuple[Path, RerunOrder]], *, on_fresh: OnFresh = unheard_of
) -> list[FreshRerun]:
    """Start a process for each order, all at once, each in a folder of its own; what they came to,
    in their order.

    Raises RerunRefused, EnvironmentFault or RerunStopped as the first that failed did.
    """
    started: list[tuple[str, Path, subprocess.Popen[bytes], threading.Thread]] = []
    for name, (folder, order) in orders.items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RESULT_FILE).unlink(missing_ok=True)
        (folder / ORDER_FILE).write_bytes(msgspec.json.encode(order))
        with (folder / "words").open("wb") as words:
            process = subprocess.Popen(  # noqa: S603 - this interpreter and our own module
                [sys.executable, "-m", MODULE, str(folder)],
                stdout=subprocess.PIPE,
                stderr=words,
            )
        thread = threading.Thread(target=_listen, args=(name, process, on_fresh), daemon=True)
        thread.start()
        started.append((name, folder, process, thread))
    try:
        for _, _, _, thread in started:
            thread.join()
        return [_ended(name, folder, process) for name, folder, process, _ in started]
    finally:
        for _, _, process, _ in started:
            if process.poll() is None:
                process.kill()
            process.wait()


def _listen(name: str, process: subprocess.Popen[bytes], on_fresh: OnFresh) -> None:
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            done, total = line.split()
            on_fresh(name, int(done), int(total))


def _ended(name: str, folder: Path, process: subprocess.Popen[bytes]) -> FreshRerun:
    code = process.wait()
    if code == 0:
        data = (folder / RESULT_FILE).read_bytes()
        return FreshRerun(folder=folder, result=msgspec.json.decode(data, type=RerunResult))
    raise stopped(f"the {name} rerun", code, last_words(folder / "words"))


def stopped(name: str, code: int, words: str) -> Exception:
    """Why a process that runs the venue again did not come to its end."""
    if code == DataFault.exit_code:
        return RerunRefused(
            expected=f"the bytes on disk that {name} begins with to be what was written",
            found=words,
            to_do="restore them, or begin with an older checkpoint",
        )
    if code == EnvironmentFault.exit_code:
        return EnvironmentFault(
            expected=f"{name} to go on",
            found=words,
            to_do="make room on the disk, or set TMPDIR to a place that has it",
        )
    return RerunStopped(f"{name} ended with {code}: {words}")


def last_words(path: Path) -> str:
    """The last line that a process wrote to its standard error."""
    lines = path.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "nothing said"


class NullTest(msgspec.Struct, frozen=True, kw_only=True):
    """What a null test came to. `fault` says where the two part; "" when they are equal."""

    fault: str
    near: RerunResult  # from the checkpoint below the first edit
    far: RerunResult  # from as far back as the journal goes
    notes: list[str]  # which checkpoints were passed over, and why

    @property
    def is_equal(self) -> bool:
        """Whether the rerun without edits is the actual run, bit for bit."""
        return not self.fault


def plain_null_test(
    directory: Path,
    folder: Path,
    *,
    first_seq: int,
    until: int,
    on_fresh: OnFresh = unheard_of,
) -> NullTest:
    """Run the venue again without edits to `until`: from the newest checkpoint below `first_seq`,
    and from as far back as the journal goes.

    Raises what `run_fresh` raises.
    """
    near = RerunOrder(directory=str(directory), begin=first_seq - 1, until=until)
    far = RerunOrder(directory=str(directory), begin=earliest_begin(directory), until=until)
    runs = run_fresh(
        {"near": (folder / "near", near), "far": (folder / "far", far)}, on_fresh=on_fresh
    )
    return NullTest(
        fault=difference(runs[0], runs[1], genesis=open_directory(directory).genesis),
        near=runs[0].result,
        far=runs[1].result,
        notes=[*runs[0].result.notes, *runs[1].result.notes],
    )


def difference(one: FreshRerun, other: FreshRerun, *, genesis: Genesis) -> str:
    """Where two reruns part, as a sentence; "" when they are equal bit for bit."""
    ours, theirs = one.result, other.result
    if ours.seq != theirs.seq:
        return f"one run ends with seq {ours.seq}, the other with seq {theirs.seq}"
    if ours.faults or theirs.faults:
        return f"a law of the books is broken: {(ours.faults or theirs.faults)[0]}"
    parts = []
    if ours.events_hash != theirs.events_hash:
        parts.append(f"the events differ {_first_block(one, other)}")
    if ours.state_hash != theirs.state_hash or one.state() != other.state():
        parts.append(f"the states differ at seq {ours.seq}, in {_what(one, other, genesis)}")
    return "; ".join(parts)


def _what(one: FreshRerun, other: FreshRerun, genesis: Genesis) -> str:
    """Whose holdings differ, when it is not only what nobody owns."""
    accounts = differing_accounts(
        economic_state_of(genesis, one.state()), economic_state_of(genesis, other.state())
    )
    if not accounts:
        return "no account's holdings"
    named = [
        f"account {account_id} ({', '.join(names)})" if account_id else f"the house ({names[0]})"
        for account_id, names in list(accounts.items())[:NAMED_MAX]
    ]
    more = len(accounts) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def _first_block(one: FreshRerun, other: FreshRerun) -> str:
    ours, theirs = one.blocks(), other.blocks()
    for number in sorted(set(ours) & set(theirs)):
        if ours[number] != theirs[number]:
            first = (number - 1) * BLOCK_SEQS + 1
            return f"first in seqs {first} to {number * BLOCK_SEQS}"
    return "behind the last block of 1,024 seqs that both completed"
