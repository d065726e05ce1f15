"""The laws of undoing that only a drill can ask of itself, each with what breaks it.

They need what a venue in trouble does not have: the clean day, everybody's receipt, or a second
repair for no other reason than to see the first one taken back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from seawall.core.model.limits import SEQ_MAX
from seawall.journal.directory import DataDirectory
from seawall.journal.replica import without_collector
from seawall.repair.cases import CaseFolder, settled_of
from seawall.repair.judging import Judged, Window, difference_of, judge
from seawall.repair.parts import standing_of
from seawall.repair.plan import Plan
from seawall.repair.receipts import read_book, receipt_fault
from seawall.repair.reopened import POSTING_KINDS
from seawall.repair.scratch import post_in_scratch
from seawall.repair.worlds import ActualWorld, actual_world
from seawall.replay.edits import Drop, Edit, Grounds, Seqs
from seawall.replay.heard import heard
from seawall.replay.resolution import resolve
from seawall.replay.run import Progress, no_progress
from seawall.simulation.drills.truth import CleanComparison
from seawall.simulation.drills.venue import OPERATORS

RERUN_LAW: Final = "the_rerun_is_the_clean_day"
RECEIPTS_LAW: Final = "every_receipt_verifies"
RETURNS_LAW: Final = "repair_of_a_repair_returns"
ANEW_LAW: Final = "opened_anew_gives_the_same"
DROPS_LAW: Final = "drops_liquidate_nobody"
CRASH_LAW: Final = "a_true_crash_is_left_alone"


def rerun_fault(comparison: CleanComparison) -> str:
    """Why the day run again with the truth is not the clean day, or ""."""
    differing = len(comparison.differing_at_cut)
    if differing:
        return f"under rerun {differing} accounts differ from the clean world"
    if not comparison.is_same_state:
        return "under rerun the state is another than the clean world's"
    if comparison.differing_at_end:
        return f"under rerun {len(comparison.differing_at_end)} accounts differ at the end"
    return comparison.faults[0] if comparison.faults else ""


def receipts_fault(data: DataDirectory, case: str, plan: Plan, digest: str) -> str:
    """The first receipt that its owner could not verify, as a sentence, or ""."""
    book = read_book(CaseFolder(data.path, case))
    for account_id in book.accounts:
        fault = receipt_fault(book.receipt(plan, account_id), published_hash=digest)
        if fault:
            return f"the receipt of account {account_id}: {fault}"
    return ""


@without_collector()
def returns_fault(
    data: DataDirectory, plan: Plan, digest: str, *, progress: Progress = no_progress
) -> str:
    """Why a repair of the repair does not lead back to what everybody had before the first, or "".

    It is found as any repair is: an edit drops the posting, the venue is run again without it, and
    the rows are posted in a scratch copy. Money and positions return; orders that the first repair
    offered back stay their owners'. Raises what the runs raise.
    """
    seqs = posting_seqs(data.path, behind=plan.cut_seq)
    before = _world(data, first_seq=seqs[0], cut_seq=seqs[0] - 1)
    found = _second(data, [_drop_of(seqs, digest)], plan, ends=seqs[-1], progress=progress)
    return found.fault_beside(before, first="the day")


@without_collector()
def anew_fault(
    data: DataDirectory,
    plan: Plan,
    edits: list[Edit],
    digest: str,
    *,
    progress: Progress = no_progress,
) -> str:
    """Why the same case, opened anew by edits that drop its posting too, gives anybody anything
    else than the first time, or "": nobody is paid twice. Raises what the runs raise.
    """
    seqs = posting_seqs(data.path, behind=plan.cut_seq)
    edits = [*edits, _drop_of(seqs, digest)]
    found = _second(data, edits, plan, ends=plan.window_last, progress=progress)
    return found.fault_beside(found.now, first="the first posting")


class Second(msgspec.Struct, frozen=True, kw_only=True):
    """A second repair: the venue as it is `now`, and what was found, or why nothing was."""

    now: ActualWorld
    judged: Judged | None
    fault: str

    def fault_beside(self, other: ActualWorld, *, first: str) -> str:
        """Post it in a copy of the venue, and compare with another world: where the two differ in
        money or positions, or "".
        """
        if self.judged is None:
            return f"the posting cannot be dropped: {self.fault}"
        for name, fault in self.judged.laws.items():
            if fault:
                return f"the second repair breaks {name}: {fault}"
        engine = self.now.engine()
        if self.judged.rows.count():
            copy = post_in_scratch(engine, self.judged.rows)
            if copy.fault:
                return f"the second repair is refused: {copy.fault}"
            engine = copy.engine
        was, found = standing_of(other.engine().describe()), standing_of(engine.describe())
        fault = difference_of(was, found, first=first)
        return f"after the second repair {fault}" if fault else ""


def _second(
    data: DataDirectory, edits: list[Edit], plan: Plan, *, ends: int, progress: Progress
) -> Second:
    now = _world(data, first_seq=plan.window_first, cut_seq=None)
    resolved, fault = resolve(data.path, edits, settled=settled_of(data.path, now.engine()))
    if resolved is None:
        return Second(now=now, judged=None, fault=fault)
    window = Window(first_seq=resolved.first_seq, last_seq=ends, commands=resolved.commands)
    judged = judge(data.path, now, window, policy_id=plan.policy, progress=progress)
    return Second(now=now, judged=judged, fault="")


def _drop_of(seqs: list[int], evidence: str) -> Drop:
    return Drop(
        from_seq=seqs[0],
        to_seq=seqs[-1],
        selects=Seqs(seqs=tuple(seqs)),
        grounds=Grounds(evidence=evidence, author=OPERATORS[2]),
    )


def posting_seqs(directory: Path, *, behind: int) -> list[int]:
    """The seqs of every command that posted a repair behind a seq, ascending."""
    said = heard(directory, kinds=POSTING_KINDS, first_seq=behind + 1, last_seq=SEQ_MAX)
    return [one.seq for one in said]


def _world(data: DataDirectory, *, first_seq: int, cut_seq: int | None) -> ActualWorld:
    return actual_world(
        data.path, data.genesis, first_seq=first_seq, cut_seq=cut_seq, progress=no_progress
    )
