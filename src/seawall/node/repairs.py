"""Repairs of one venue, from its data directory: plan, read, approve, apply, give out receipts.

The rules are the room `repair`'s; here they are given the directory, the clock, and a door into the
venue, whether it runs or stands still.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import msgspec

from seawall import __version__
from seawall.core.model.commands import Command
from seawall.core.model.event_reader import read_entries
from seawall.core.model.repair_events import RepairPosted
from seawall.errors import OperatorFault
from seawall.journal.directory import DataDirectory, DirectoryLock
from seawall.journal.replica import without_collector
from seawall.node.command_door import CommandDoor, open_door
from seawall.repair.approvals import Approvals, approve, approvers, operator_of
from seawall.repair.cases import Case, CaseFolder, case_fault, case_folders, settled_cases
from seawall.repair.drafting import draft
from seawall.repair.plan import Plan
from seawall.repair.posting import Answer, Posted, Progress, not_sound, post, posting_of
from seawall.repair.receipts import Receipt, read_book
from seawall.repair.remedies import OnStage, RepairOrder, find
from seawall.replay.actual import ActualEvents
from seawall.replay.edits import Edit, decode_edits, read_edits
from seawall.replay.resolution import Settled, edits_fault

CASES_MAX: Final = 10_000

OpenDoor = Callable[[DataDirectory], AbstractContextManager[CommandDoor]]


class PlanOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants planned. None: what is usual."""

    edits: Path
    policy: str
    case_id: str | None = None
    author: str | None = None  # name or number of an operator
    freeze_seq: int | None = None
    cut_seq: int | None = None


def plan_repair(data: DataDirectory, order: PlanOrder, *, on_stage: OnStage) -> Plan:
    """Run everything and write the case. Raises what `find` and `draft` raise."""
    folder = CaseFolder(data.path, order.case_id or _free_case(data.path))
    author = None
    if order.author is not None:
        author = int(operator_of(order.author, data.genesis.operators).operator_id)
    edits = read_edits(order.edits)
    with tempfile.TemporaryDirectory(prefix="seawall-repair-") as scratch:
        findings = find(
            RepairOrder(
                directory=data.path,
                edits=tuple(edits),
                policy=order.policy,
                freeze_seq=order.freeze_seq,
                cut_seq=order.cut_seq,
                settled=settled_cases(data.path),
            ),
            folder=Path(scratch),
            on_stage=on_stage,
        )
    return draft(
        folder,
        findings,
        edits=edits,
        author=author,
        venue_hash=data.genesis_hash,
        release=__version__,
    )


def _free_case(directory: Path) -> str:
    """The first name that no case has."""
    taken = {one.case_id for one in case_folders(directory)}
    return next(f"case-{number}" for number in range(1, CASES_MAX) if f"case-{number}" not in taken)


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A case and what may be done with it now. `fault` is why it may not be approved, or ""."""

    case: Case
    fault: str
    settled: Settled | None


def view_case(data: DataDirectory, case_id: str) -> CaseView:
    """Read a case. Raises OperatorFault when there is none."""
    folder = CaseFolder(data.path, case_id)
    case = folder.read()
    return CaseView(
        case=case,
        fault=case_fault(case, venue_hash=data.genesis_hash),
        settled=folder.settled(),
    )


def approve_repair(
    data: DataDirectory, case_id: str, *, operator: str, prefix: str, now_ms: int
) -> Approvals:
    """Keep somebody's approval. Raises OperatorFault when it does not count."""
    folder = CaseFolder(data.path, case_id)
    folder.read()
    lock = DirectoryLock(folder.path, holder="seawall repair approve")  # two may approve at once
    try:
        case = folder.read()
        fault = case_fault(case, venue_hash=data.genesis_hash)
        if fault:
            raise not_sound(case_id, fault)
        approvals = approve(
            case.plan,
            case.approvals,
            operator=operator_of(operator, data.genesis.operators),
            prefix=prefix,
            now_ms=now_ms,
        )
        folder.write_approvals(approvals)
    finally:
        lock.release()
    return approvals


@without_collector()
def apply_repair(
    data: DataDirectory, case_id: str, *, progress: Progress, enter: OpenDoor = open_door
) -> Posted:
    """Post a case into the venue, which runs or stands still, and note where. `enter` opens the way
    in.

    Raises OperatorFault when the case may not be posted or the venue refuses, and what the door
    raises.
    """
    folder = CaseFolder(data.path, case_id)
    case = folder.read()
    posting = posting_of(case, genesis=data.genesis, venue_hash=data.genesis_hash)
    fault = edits_fault(
        data.path,
        _approved_edits(data, case),
        settled=settled_cases(data.path, without=case_id),
    )
    if fault:
        raise not_sound(case_id, fault)
    with enter(data) as door:
        posted = post(posting, door=_CaseDoor(data, door), progress=progress)
    if folder.settled() is None:
        seq = posted.posted_seq or _posted_seq(data.path, case)
        folder.write_settled(
            Settled(
                case_id=case_id,
                from_seq=case.plan.window_first,
                to_seq=case.plan.window_last,
                posted_seq=seq,
            )
        )
    return posted


def _approved_edits(data: DataDirectory, case: Case) -> list[Edit]:
    """The edits with the approvals of their plan, whose hash covers them."""
    edits, fault = decode_edits(case.edits)
    assert not fault, "case_fault has read them"
    pair = approvers(case.plan, case.approvals, data.genesis.operators)
    ids = {int(one.operator_id) for one in pair}
    return [
        msgspec.structs.replace(
            edit,
            grounds=msgspec.structs.replace(
                edit.grounds, approvals=tuple(sorted(ids | set(edit.grounds.approvals)))
            ),
        )
        for edit in edits
    ]


def _posted_seq(directory: Path, case: Case) -> int:
    """Where an earlier attempt posted the case, after which it could not say so any more."""
    for _, _, events in ActualEvents(directory, begin=case.plan.cut_seq, until=sys.maxsize):
        for entry in read_entries(events):
            for event in entry.events:
                if isinstance(event, RepairPosted):
                    name = event.case_id.rstrip(b"\0").decode("ascii", "replace")
                    if name == case.plan.case_id:
                        return int(entry.seq)
    raise OperatorFault(
        expected=f"the posting of case {case.plan.case_id} behind seq {case.plan.cut_seq}",
        found="none there: a case of that name was posted before",
        to_do="plan this one under another name with --case",
    )


class _CaseDoor:
    """The venue's door, as a posting needs it."""

    def __init__(self, data: DataDirectory, door: CommandDoor) -> None:
        self._data = data
        self._door = door

    def send(self, commands: Sequence[Command]) -> list[Answer]:
        """See `Door`."""
        return self._door.send(commands)

    def open_case(self) -> tuple[bytes, bytes]:
        """See `Door`."""
        repair = self._door.engine().state.repair
        if repair is None:
            return b"", b""
        return repair.case_id.rstrip(b"\0"), repair.opening.plan_hash

    def events_behind(self, seq: int) -> Iterator[bytes]:
        """See `Door`."""
        for _, _, events in ActualEvents(self._data.path, begin=seq, until=sys.maxsize):
            yield events

    def bases(self) -> dict[int, int]:
        """See `Door`."""
        return {
            int(instrument_id): int(market.instrument.base_asset_id)
            for instrument_id, market in self._door.engine().state.markets.items()
            if market.swap is None
        }


def receipt_of(data: DataDirectory, case_id: str, account_id: int) -> Receipt:
    """The receipt of an account. Raises OperatorFault when there is none, and while the case is not
    posted: nobody gets a proof of what never happened.
    """
    view = view_case(data, case_id)
    if view.settled is None:
        raise OperatorFault(
            expected=f"case {case_id} to be posted, of which receipts tell",
            found="only its plan",
            to_do=f"post it first with `seawall repair apply {case_id}`; if it was posted, this "
            "notes where and changes nothing",
        )
    return read_book(CaseFolder(data.path, case_id)).receipt(view.case.plan, account_id)
