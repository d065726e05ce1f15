"""Posting: an approved plan goes through the journal, all of it or nothing, once.

```
OpenRepair                  announces case, cut and plan hash; two operators approve
RepairPart, RepairPart ...  the rows, in entries of a size that the journal takes; without effect
PostRepair                  one entry that folds all rows in, or refuses
CloseRepair                 instead, when the venue has moved on since the cut or two people say so
```
Whatever dies on the way, either PostRepair is in the journal, and everything is posted, or it is
not, and nothing is. Posting again goes on where the last attempt stopped, or says that it was done.
The venue may run or stand still: what the door takes is durable before it has an effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final, Protocol

import msgspec

from seawall.core.model.commands import CloseRepair, Command, OpenRepair, PostRepair, RepairPart
from seawall.core.model.genesis import Genesis, Operator
from seawall.core.model.limits import ENTRY_BYTES_MAX, REPAIR_PARTS_MAX
from seawall.core.model.rejects import RejectReason, reject_sentence
from seawall.core.model.repair import RepairRows
from seawall.core.model.repair_codec import decode_rows
from seawall.errors import OperatorFault
from seawall.repair.approvals import approvers
from seawall.repair.cases import Case, PostedCase, case_fault
from seawall.repair.plan import plan_hash, postable_fault
from seawall.repair.staleness import stale_fault

PART_BYTES: Final = ENTRY_BYTES_MAX - 4_096  # the rest is for the words around it

Answer = tuple[int, int]  # the seq of a command, and the RejectReason of its refusal or NONE
Progress = Callable[[int, int], None]


class Door(Protocol):
    """A way into the venue, whether it runs or stands still."""

    def send(self, commands: Sequence[Command]) -> list[Answer]:
        """Make a batch durable, have it applied, and tell what came of each command."""

    def open_case(self) -> tuple[str, bytes]:
        """The case whose repair is open in the venue, and the hash of its plan; "" for none."""

    def posted_case(self, case_id: bytes) -> PostedCase | None:
        """The case of this name, if it was posted in the venue."""

    def events_behind(self, seq: int) -> Iterable[bytes]:
        """Event bytes of all entries behind a seq, in order."""

    def bases(self) -> Mapping[int, int]:
        """The base asset of each spot market."""


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """What posting came to. `posted_seq` is 0 when the case had been posted before."""

    case_id: str
    plan_hash: str
    rows: int
    parts: int
    posted_seq: int

    @property
    def is_new(self) -> bool:
        """Whether this posting changed anything."""
        return self.posted_seq > 0


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """A case that may be posted: its commands in order, and what they carry."""

    case_id: str
    plan_hash: bytes
    rows: RepairRows
    opening: OpenRepair
    parts: tuple[RepairPart, ...]
    closing: PostRepair


def posting_of(case: Case, *, genesis: Genesis, venue_hash: bytes) -> Posting:
    """The commands of a case. Raises OperatorFault when it may not be posted: it is at fault, not
    meant to be posted, not approved by two, or not as it was approved.
    """
    plan = case.plan
    fault = case_fault(case, venue_hash=venue_hash)
    fault = fault or postable_fault(plan)
    if fault:
        raise not_sound(plan.case_id, fault)
    first, second = approvers(plan, case.approvals, genesis.operators)
    rows = decode_rows(case.rows)
    assert rows is not None, "case_fault has read them"
    return _commands(case, rows, first, second)


def not_sound(case_id: str, fault: str) -> OperatorFault:
    """The refusal of a plan that has a fault."""
    return OperatorFault(
        expected=f"a sound plan of case {case_id}",
        found=fault,
        to_do="make the plan again with `seawall repair plan` and have it approved",
    )


def case_is_open(case_id: str, digest: bytes) -> OperatorFault:
    """The refusal of anything beside an open case."""
    return OperatorFault(
        expected="no other repair to be open in the venue",
        found=f"case {case_id} is open, with the plan of hash {digest.hex()}; nothing was posted",
        to_do=f"post it with `seawall repair apply {case_id}`, or close it with "
        f"`seawall repair close {case_id} --operator A --operator B`",
    )


def other_plan_posted(posted: PostedCase) -> OperatorFault:
    """The refusal of a plan whose name another has in the journal."""
    return OperatorFault(
        expected=f"no other plan of case {posted.case_id} in the journal",
        found=f"one that was posted at seq {posted.posted_seq}, with hash "
        f"{posted.plan_hash.hex()}; nothing was posted now",
        to_do="see what that posting has put right already: to undo it, drop it in an edit",
    )


def _commands(case: Case, rows: RepairRows, first: Operator, second: Operator) -> Posting:
    case_id = case.plan.case_id.encode()
    shares = [case.rows[at : at + PART_BYTES] for at in range(0, len(case.rows), PART_BYTES)]
    if len(shares) > REPAIR_PARTS_MAX:
        raise not_sound(
            case.plan.case_id,
            f"it has {len(case.rows)} bytes of rows; one repair has at most "
            f"{REPAIR_PARTS_MAX * PART_BYTES}",
        )
    digest = plan_hash(case.plan)
    return Posting(
        case_id=case.plan.case_id,
        plan_hash=digest,
        rows=rows,
        opening=OpenRepair(
            case_id=case_id,
            cut_seq=case.plan.cut_seq,
            plan_hash=digest,
            parts=len(shares),
            first_operator_id=first.operator_id,
            second_operator_id=second.operator_id,
        ),
        parts=tuple(
            RepairPart(case_id=case_id, index=index, count=len(shares), data=data)
            for index, data in enumerate(shares)
        ),
        closing=PostRepair(
            case_id=case_id,
            overlay_hash=sha256(case.rows).digest(),
            first_operator_id=first.operator_id,
            second_operator_id=second.operator_id,
        ),
    )


def post(posting: Posting, *, door: Door, progress: Progress) -> Posted:
    """Post a case. Raises what the door raises, and OperatorFault when the venue refuses, another
    repair is open there, or another plan of that name was posted; then nothing is posted.
    """
    total = len(posting.parts) + 2
    last_seq, reason = _sent(door, posting.opening)
    progress(1, total)
    if reason == RejectReason.CASE_OPEN:
        reason = _beside_open_case(posting, door)
        last_seq = 0
    if reason == RejectReason.REPAIR_POSTED:
        return _posted_before(posting, door)
    if reason != RejectReason.NONE:
        raise _refused(posting, reason)
    for done, part in enumerate(posting.parts, 2):
        last_seq, reason = _sent(door, part)
        progress(done, total)
        if reason != RejectReason.NONE:
            raise _refused(posting, reason)
    if last_seq != posting.opening.cut_seq + 1 + len(posting.parts):
        _refuse_if_stale(posting, door)
    seq, reason = _sent(door, posting.closing)
    progress(total, total)
    if reason == RejectReason.REPAIR_POSTED:
        return _posted_before(posting, door)
    if reason != RejectReason.NONE:
        raise _refused(posting, reason)
    return _posted(posting, seq=seq)


def _posted_before(posting: Posting, door: Door) -> Posted:
    """The venue has just said that a case of this name was posted: by this plan, or by another."""
    posted = door.posted_case(posting.opening.case_id)
    assert posted is not None, "a case that was posted stays posted"
    if posted.plan_hash != posting.plan_hash:
        raise other_plan_posted(posted)
    return _posted(posting, seq=0)


def _refuse_if_stale(posting: Posting, door: Door) -> None:
    """Something happened between the cut and the last part: look whether it matters."""
    fault = stale_fault(
        door.events_behind(int(posting.opening.cut_seq)),
        posting.rows,
        case_id=posting.case_id,
        plan_hash=posting.plan_hash,
        bases=door.bases(),
    )
    if not fault:
        return
    _sent(
        door,
        CloseRepair(
            case_id=posting.opening.case_id,
            first_operator_id=posting.opening.first_operator_id,
            second_operator_id=posting.opening.second_operator_id,
        ),
    )
    raise OperatorFault(
        expected=f"the accounts of case {posting.case_id} to stand still from the cut of its plan "
        "until it is applied",
        found=f"{fault}; nothing was posted",
        to_do="make the plan again, with the same --case, and have it approved",
    )


def _beside_open_case(posting: Posting, door: Door) -> int:
    """What an open case means for this one: NONE when it is this very plan, of which an earlier
    attempt did not come to its end.
    """
    case_id, digest = door.open_case()
    if (case_id, digest) == (posting.case_id, posting.plan_hash):
        return RejectReason.NONE
    if door.posted_case(posting.opening.case_id) is not None:
        return RejectReason.REPAIR_POSTED
    if case_id:
        raise case_is_open(case_id, digest)
    return RejectReason.CASE_OPEN  # it was, a moment ago


def _sent(door: Door, command: Command) -> Answer:
    (answer,) = door.send([command])
    return answer


def _posted(posting: Posting, *, seq: int) -> Posted:
    return Posted(
        case_id=posting.case_id,
        plan_hash=posting.plan_hash.hex(),
        rows=posting.rows.count(),
        parts=len(posting.parts),
        posted_seq=seq,
    )


def _refused(posting: Posting, reason: int) -> OperatorFault:
    return OperatorFault(
        expected=f"the venue to post case {posting.case_id}",
        found=f"{reject_sentence(reason)} Nothing was posted",
        to_do="make the plan again from the venue as it is now, and have it approved",
    )
