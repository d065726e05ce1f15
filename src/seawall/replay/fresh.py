"""Reruns in fresh processes: each starts from the bytes on disk and shares nothing with the others.

The null test is here: the venue is run again without edits, from the checkpoint that a repair will
begin with, and beside it from as far back as the journal goes. Both must come to the same state and
have said the same events, bit for bit, or no figure of a rerun means anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from seawall.core.model.genesis import Genesis
from seawall.journal.chain import BLOCK_SEQS
from seawall.journal.directory import open_directory
from seawall.replay.economics import differing_accounts, economic_state_of
from seawall.replay.edits import Edit, write_edits
from seawall.replay.processes import Job, OnFresh, run_jobs, unheard_of
from seawall.replay.rerun import BLOCKS_FILE, STATE_FILE, RerunOrder, RerunResult
from seawall.replay.start import earliest_begin

MODULE: Final = "seawall.replay.rerun"
HASH_BYTES: Final = 32
NAMED_MAX: Final = 3  # accounts, in a sentence


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


def run_fresh(
    orders: Mapping[str, tuple[Path, RerunOrder]], *, on_fresh: OnFresh = unheard_of
) -> list[FreshRerun]:
    """Rerun each order in a process of its own; what they came to, in their order. Raises what
    `run_jobs` raises.
    """
    jobs = {
        name: Job(folder=folder, module=MODULE, order=order)
        for name, (folder, order) in orders.items()
    }
    results = run_jobs(jobs, on_fresh=on_fresh)
    return [
        FreshRerun(folder=job.folder, result=msgspec.json.decode(results[name], type=RerunResult))
        for name, job in jobs.items()
    ]


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
    planted: Sequence[Edit] = (),
    on_fresh: OnFresh = unheard_of,
) -> NullTest:
    """Run the venue again without edits to `until`: from the newest checkpoint below `first_seq`,
    and from as far back as the journal goes. `planted` is slipped into the near run, to show that
    the test turns red.

    Raises what `run_fresh` raises.
    """
    near = RerunOrder(
        directory=str(directory),
        edits=plant(folder, planted),
        begin=first_seq - 1,
        until=until,
    )
    far = RerunOrder(directory=str(directory), begin=earliest_begin(directory), until=until)
    runs = run_fresh(
        {"near": (folder / "near", near), "far": (folder / "far", far)}, on_fresh=on_fresh
    )
    return NullTest(
        fault=cut_fault(runs[0].result.seq, until)
        or difference(runs[0], runs[1], genesis=open_directory(directory).genesis),
        near=runs[0].result,
        far=runs[1].result,
        notes=[*runs[0].result.notes, *runs[1].result.notes],
    )


def plant(folder: Path, planted: Sequence[Edit]) -> str:
    """The file with edits that a test plants; "" when it plants none."""
    if not planted:
        return ""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "planted.json"
    write_edits(path, planted)
    return str(path)


def cut_fault(seq: int, until: int) -> str:
    """A sentence when a run did not reach the cut."""
    return "" if seq == until else f"the journal ends with seq {seq}, below the cut at {until}"


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
