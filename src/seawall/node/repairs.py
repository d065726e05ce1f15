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
from seawall.core.engine import Engine
from seawall.core.model.commands import CloseRepair, Command
from seawall.core.model.rejects import RejectReason
from seawall.errors import OperatorFault
from seawall.journal.directory import DataDirectory, DirectoryLock
from seawall.journal.replica import without_collector
from seawall.node.command_door import CommandDoor, open_door
from seawall.node.people import present_replica
from seawall.repair.approvals import APPROVALS_NEEDED, Approvals, approve, approvers, operator_of
from seawall.repair.cases import (
    Case,
    CaseFolder,
    PostedCase,
    case_fault,
    case_folders,
    open_case,
    posted_case,
    posted_cases,
    settled_of,
)
from seawall.repair.drafting import draft
from seawall.repair.plan import Plan, case_id_fault, plan_hash
from seawall.repair.posting import (
    Answer,
    Posted,
    Progress,
    case_is_open,
    not_sound,
    other_plan_posted,
    post,
    posting_of,
)
from seawall.repair.receipts import Receipt, read_book
from seawall.repair.remedies import OnStage, RepairOrder, find
from seawall.replay.actual import ActualEvents
from seawall.replay.edits import Edit, decode_edits, read_edits
from seawall.replay.resolution import edits_fault

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


@without_collector()
def plan_repair(data: DataDirectory, order: PlanOrder, *, on_stage: OnStage) -> Plan:
    """Run everything and write the case. Raises what `find` and `draft` raise, and OperatorFault
    while a case is open in the venue, or when one of this name was posted.
    """
    engine = present_replica(data).engine
    case_id = _free_case(data.path, engine) if order.case_id is None else order.case_id
    folder = CaseFolder(data.path, case_id)
    _refuse_known(engine, case_id)
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
                settled=settled_of(data.path, engine),
            ),
            folder=Path(scratch),
            on_stage=on_stage,
        )
    _refuse_known(present_replica(data).engine, case_id)  # it has taken a while
    return draft(
        folder,
        findings,
        edits=edits,
        author=author,
        venue_hash=data.genesis_hash,
        release=__version__,
    )


def _refuse_known(engine: Engine, case_id: str) -> None:
    """A plan is not written over one that is open, and a name is not used again."""
    posted = posted_case(engine, case_id)
    if posted is not None:
        raise OperatorFault(
            expected=f"case {case_id} not to be settled",
            found=f"its repair in the journal, at seq {posted.posted_seq}",
            to_do="name another case with --case, for what that posting has not put right",
        )
    _refuse_beside(engine)


def _refuse_beside(engine: Engine, *, plan_hash: bytes = b"") -> None:
    """One case is open at a time; the one with this plan may be."""
    case_id, digest = open_case(engine)
    if case_id and digest != plan_hash:
        raise case_is_open(case_id, digest)


def _free_case(directory: Path, engine: Engine) -> str:
    """The first name that no case has."""
    taken = {one.case_id for one in case_folders(directory)}
    taken |= {one.case_id for one in posted_cases(engine)}
    return next(f"case-{number}" for number in range(1, CASES_MAX) if f"case-{number}" not in taken)


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A case and what may be done with it now. `fault` is why it may not be approved, or "";
    `posted_seq` where this very plan was posted, or 0.
    """

    case: Case
    fault: str
    posted_seq: int


@without_collector()
def view_case(data: DataDirectory, case_id: str) -> CaseView:
    """Read a case. Raises OperatorFault when there is none."""
    case = CaseFolder(data.path, case_id).read()
    fault = case_fault(case, venue_hash=data.genesis_hash)
    posted_seq = 0
    posted = posted_case(present_replica(data).engine, case_id)
    if posted is not None and posted.plan_hash == plan_hash(case.plan):
        posted_seq = posted.posted_seq
    elif posted is not None:
        fault = fault or (
            f"another plan of that name was posted at seq {posted.posted_seq}, with hash "
            f"{posted.plan_hash.hex()}"
        )
    return CaseView(case=case, fault=fault, posted_seq=posted_seq)


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
    """Post a case into the venue, which runs or stands still. `enter` opens the way in.

    Raises OperatorFault when the case may not be posted or the venue refuses, and what the door
    raises.
    """
    case = CaseFolder(data.path, case_id).read()
    posting = posting_of(case, genesis=data.genesis, venue_hash=data.genesis_hash)
    with enter(data) as door:
        engine = door.engine()
        posted = posted_case(engine, case_id)
        if posted is None:
            _refuse_beside(engine, plan_hash=posting.plan_hash)
            _refuse_settled(data, case, engine)
        elif posted.plan_hash != posting.plan_hash:
            raise other_plan_posted(posted)
        return post(posting, door=_CaseDoor(data, door), progress=progress)


def _refuse_settled(data: DataDirectory, case: Case, engine: Engine) -> None:
    """What was posted since the plan was made is not paid again. Of two that come to this point
    together the engine takes one.
    """
    settled = settled_of(data.path, engine)
    fault = edits_fault(
        data.path,
        _approved_edits(data, case),
        settled=settled,
        window_last=case.plan.window_last,
    )
    for one in settled:
        if one.posted_seq > case.plan.cut_seq:
            fault = fault or (
                f"case {one.case_id} was posted at seq {one.posted_seq}, behind its cut"
            )
    if fault:
        raise not_sound(case.plan.case_id, fault)


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """Where an open case was given up."""

    case_id: str
    plan_hash: str
    closed_seq: int


@without_collector()
def close_repair(
    data: DataDirectory, case_id: str, *, operators: Sequence[str], enter: OpenDoor = open_door
) -> Closed:
    """Give up a case that is open in the venue, which runs or stands still; its folder is not
    asked.

    Raises OperatorFault without two operators, or when the case is not open, and what the door
    raises.
    """
    if fault := case_id_fault(case_id):
        raise OperatorFault(
            expected="the id of a case", found=fault, to_do="correct it, for example c-1"
        )
    people = [operator_of(word, data.genesis.operators) for word in operators]
    if len(people) != APPROVALS_NEEDED or len({one.operator_id for one in people}) != len(people):
        raise OperatorFault(
            expected=f"{APPROVALS_NEEDED} different operators, who close the case together",
            found=", ".join(operators) or "nobody",
            to_do="name each with --operator",
        )
    command = CloseRepair(
        case_id=case_id.encode(),
        first_operator_id=people[0].operator_id,
        second_operator_id=people[1].operator_id,
    )
    with enter(data) as door:
        engine = door.engine()
        found, digest = open_case(engine)
        if found != case_id:
            raise _not_open(engine, case_id)
        ((seq, reason),) = door.send([command])
        if reason != RejectReason.NONE:  # somebody else was quicker
            raise _not_open(door.engine(), case_id)
    return Closed(case_id=case_id, plan_hash=digest.hex(), closed_seq=seq)


def _not_open(engine: Engine, case_id: str) -> OperatorFault:
    posted = posted_case(engine, case_id)
    other, _ = open_case(engine)
    if posted is not None:
        found = f"it was posted at seq {posted.posted_seq}"
    elif other:
        found = f"case {other} is open instead"
    else:
        found = "no case is open"
    return OperatorFault(
        expected=f"case {case_id} to be open in the venue",
        found=found,
        to_do="nothing, if that is what you want" if not other else "name the case that is open",
    )


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


class _CaseDoor:
    """The venue's door, as a posting needs it."""

    def __init__(self, data: DataDirectory, door: CommandDoor) -> None:
        self._data = data
        self._door = door

    def send(self, commands: Sequence[Command]) -> list[Answer]:
        """See `Door`."""
        return self._door.send(commands)

    def open_case(self) -> tuple[str, bytes]:
        """See `Door`."""
        return open_case(self._door.engine())

    def posted_case(self, case_id: bytes) -> PostedCase | None:
        """See `Door`."""
        return posted_case(self._door.engine(), case_id.decode())

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
    if not view.posted_seq:
        raise OperatorFault(
            expected=f"case {case_id} to be posted, of which receipts tell",
            found="only its plan",
            to_do=f"post it first with `seawall repair apply {case_id}`",
        )
    return read_book(CaseFolder(data.path, case_id)).receipt(view.case.plan, account_id)
