"""The laws of undoing that only a drill can ask of itself, each with what breaks it.

They need what a venue in trouble does not have: the clean day, everybody's receipt, or a second
repair for no other reason than to see the first one taken back.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from seawall.core.model.batch import find_commands
from seawall.core.model.commands import CommandType
from seawall.journal.directory import DataDirectory
from seawall.repair.cases import CaseFolder, settled_cases
from seawall.repair.judging import Judged, Window, difference_of, judge
from seawall.repair.parts import standing_of
from seawall.repair.plan import Plan
from seawall.repair.receipts import read_book, receipt_fault
from seawall.repair.scratch import post_in_scratch
from seawall.repair.worlds import ActualWorld, actual_world
from seawall.replay.actual import ActualEvents
from seawall.replay.edits import Drop, Grounds, Seqs
from seawall.replay.resolution import resolve
from seawall.replay.run import Progress, no_progress
from seawall.simulation.drills.truth import CleanComparison
from seawall.simulation.drills.venue import OPERATORS

RERUN_LAW: Final = "the_rerun_is_the_clean_day"
RECEIPTS_LAW: Final = "every_receipt_verifies"
RETURNS_LAW: Final = "repair_of_a_repair_returns"
DROPS_LAW: Final = "drops_liquidate_nobody"
CRASH_LAW: Final = "a_true_crash_is_left_alone"

_POSTING: Final = (
    1 << CommandType.OPEN_REPAIR | 1 << CommandType.REPAIR_PART | 1 << CommandType.POST_REPAIR
)


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


def returns_fault(
    data: DataDirectory, plan: Plan, digest: str, *, progress: Progress = no_progress
) -> str:
    """Why a repair of the repair does not lead back to what everybody had before the first, or "".

    It is found as any repair is: an edit drops the posting, the venue is run again without it, and
    the rows are posted in a scratch copy. Money and positions return; orders that the first repair
    offered back stay their owners'. Raises what the runs raise.
    """
    seqs = posting_seqs(data.path, behind=plan.cut_seq)
    drop = Drop(
        from_seq=seqs[0],
        to_seq=seqs[-1],
        selects=Seqs(seqs=tuple(seqs)),
        grounds=Grounds(evidence=digest, author=OPERATORS[2]),
    )
    resolved, fault = resolve(data.path, [drop], settled=settled_cases(data.path))
    if resolved is None:
        return f"the posting cannot be dropped: {fault}"
    before = _world(data, first_seq=seqs[0], cut_seq=seqs[0] - 1)
    now = _world(data, first_seq=seqs[0], cut_seq=None)
    window = Window(first_seq=seqs[0], last_seq=seqs[-1], commands=resolved.commands)
    back = judge(data.path, now, window, policy_id=plan.policy, progress=progress)
    return _broken(back) or way_back_fault(before, now, back)


def way_back_fault(before: ActualWorld, now: ActualWorld, back: Judged) -> str:
    """Post the second repair in a copy of the venue as it is now, and compare with before."""
    copy = post_in_scratch(now.engine(), back.rows)
    if copy.fault:
        return f"the repair of the repair: {copy.fault}"
    was = standing_of(before.engine().describe())
    found = standing_of(copy.engine.describe())
    fault = difference_of(was, found, first="the day")
    return f"after the repair of the repair {fault}" if fault else ""


def posting_seqs(directory: Path, *, behind: int) -> list[int]:
    """The seqs of every command that posted a repair behind a seq, ascending."""
    return [
        int(first_seq + place)
        for first_seq, batch, _ in ActualEvents(directory, begin=behind, until=sys.maxsize)
        for place, _, _ in find_commands(batch, 0, _POSTING)
        if first_seq + place > behind
    ]


def _world(data: DataDirectory, *, first_seq: int, cut_seq: int | None) -> ActualWorld:
    return actual_world(
        data.path, data.genesis, first_seq=first_seq, cut_seq=cut_seq, progress=no_progress
    )


def _broken(judged: Judged) -> str:
    for name, fault in judged.laws.items():
        if fault:
            return f"the repair of the repair breaks {name}: {fault}"
    return ""
