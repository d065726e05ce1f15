"""A case's folder in the data directory: what people look at, approve and keep.

```
repairs/CASE/plan.json         the plan; written last, so what it names by hash is there
repairs/CASE/edits.json        what is put right in the inputs, with evidence
repairs/CASE/rows.bin          what would be posted
repairs/CASE/approvals.json    who has approved which hash
repairs/CASE/receipts/         private: the accounts' parts, the key of their hashes, and receipts
```
Each file is replaced whole or not at all, and survives a power cut. Whether a case was posted is
not noted here: the state at the end of the journal says so, with cut, hash and seq (`posted_case`).
So this folder can be lost, or be older than the journal, without anything being paid twice: of a
posted case whose plan is gone, all seqs up to its cut are closed to other repairs.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from seawall.core.engine import Engine
from seawall.core.model.repair import RepairRows, rows_fault
from seawall.core.model.repair_codec import decode_rows
from seawall.errors import OperatorFault
from seawall.journal.directory import disk_errors, sync_folder, write_durably
from seawall.repair.approvals import Approvals
from seawall.repair.plan import Plan, case_id_fault, decode_plan, plan_fault, plan_hash, show_plan
from seawall.replay.edits import decode_edits, edits_hash
from seawall.replay.resolution import Settled

FOLDER: Final = "repairs"
_PRIVATE: Final = 0o700


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it lies in its folder. `case_fault` says whether its parts belong together."""

    plan: Plan
    edits: bytes
    rows: bytes
    approvals: Approvals


class CaseFolder:
    """The folder of one case of one venue."""

    def __init__(self, directory: Path, case_id: str) -> None:
        """Name the folder; nothing is read or made. Raises OperatorFault for a name of no case."""
        fault = case_id_fault(case_id)
        if fault:
            raise OperatorFault(
                expected="the id of a case", found=fault, to_do="correct it, for example c-1"
            )
        self.case_id = case_id
        self.path = directory / FOLDER / case_id
        self.receipts = self.path / "receipts"

    def exists(self) -> bool:
        """Whether there is a plan."""
        return (self.path / "plan.json").exists()

    def make(self) -> None:
        """Make the folder, if it is not there."""
        with disk_errors(f"making {self.path}"):
            self.receipts.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            for folder in (self.path, self.path.parent, self.path.parent.parent):
                sync_folder(folder)

    def write(self, plan: Plan, *, edits: bytes, rows: bytes) -> None:
        """Keep a plan and what belongs to it; approvals of an earlier one stay, and are void."""
        assert plan.case_id == self.case_id
        self.make()
        write_durably(self.path / "edits.json", edits)
        write_durably(self.path / "rows.bin", rows)
        write_durably(self.path / "plan.json", show_plan(plan))

    def write_approvals(self, approvals: Approvals) -> None:
        """Keep who has approved."""
        data = msgspec.json.format(msgspec.json.encode(approvals), indent=2)
        write_durably(self.path / "approvals.json", data + b"\n")

    def read(self) -> Case:
        """The case. Raises OperatorFault when there is none or a file of it cannot be read."""
        plan, fault = decode_plan(self._bytes("plan.json"))
        if plan is None:
            raise _unreadable(self.path / "plan.json", fault)
        if plan.case_id != self.case_id:
            raise _unreadable(self.path / "plan.json", f"the plan of case {plan.case_id}")
        return Case(
            plan=plan,
            edits=self._bytes("edits.json"),
            rows=self._bytes("rows.bin"),
            approvals=self._approvals(),
        )

    def plan_of(self, digest: bytes) -> Plan | None:
        """The plan, if it is there, can be read, and has this hash."""
        try:
            plan, _ = decode_plan((self.path / "plan.json").read_bytes())
        except OSError:
            return None
        return plan if plan is not None and plan_hash(plan) == digest else None

    def _approvals(self) -> Approvals:
        path = self.path / "approvals.json"
        if not path.exists():
            return ()
        try:
            return msgspec.json.decode(self._bytes(path.name), type=Approvals)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise _unreadable(path, str(error)) from error

    def _bytes(self, name: str) -> bytes:
        path = self.path / name
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise OperatorFault(
                expected=f"a plan of case {self.case_id}",
                found=f"no file {path}",
                to_do="make one with `seawall repair plan`",
            ) from None
        except OSError as error:
            raise _unreadable(path, error.strerror or str(error)) from error


def case_folders(directory: Path) -> list[CaseFolder]:
    """The folders of all cases of a venue, by name."""
    paths = (directory / FOLDER).glob("*/plan.json")
    return [
        CaseFolder(directory, path.parent.name)
        for path in sorted(paths)
        if not case_id_fault(path.parent.name)
    ]


class PostedCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case that was posted, as the venue knows it."""

    case_id: str
    plan_hash: bytes
    cut_seq: int
    posted_seq: int


def posted_cases(engine: Engine) -> list[PostedCase]:
    """All that were posted up to where the engine stands, in order."""
    found = [
        PostedCase(
            case_id=_text(case_id),
            plan_hash=one.plan_hash,
            cut_seq=int(one.cut_seq),
            posted_seq=int(one.seq),
        )
        for case_id, one in engine.state.posted_repairs.items()
    ]
    return sorted(found, key=lambda one: one.posted_seq)


def posted_case(engine: Engine, case_id: str) -> PostedCase | None:
    """The case of this name, if it was posted."""
    return next((one for one in posted_cases(engine) if one.case_id == case_id), None)


def open_case(engine: Engine) -> tuple[str, bytes]:
    """The case whose repair is open, and the hash of its plan; "" for none."""
    repair = engine.state.repair
    if repair is None:
        return "", b""
    return _text(repair.case_id), repair.opening.plan_hash


def settled_of(directory: Path, engine: Engine) -> tuple[Settled, ...]:
    """The cases that were posted up to where the engine stands."""
    return tuple(_settled(directory, one) for one in posted_cases(engine))


def _settled(directory: Path, posted: PostedCase) -> Settled:
    """Only the plan knows where the window begins; without it, everything before the cut is
    closed.
    """
    plan = None
    if not case_id_fault(posted.case_id):
        plan = CaseFolder(directory, posted.case_id).plan_of(posted.plan_hash)
    return Settled(
        case_id=posted.case_id,
        from_seq=1 if plan is None else plan.window_first,
        to_seq=posted.cut_seq if plan is None else plan.window_last,
        posted_seq=posted.posted_seq,
    )


def _text(case_id: bytes) -> str:
    return case_id.rstrip(b"\0").decode("ascii", "replace")


def case_fault(case: Case, *, venue_hash: bytes) -> str:
    """Why this case may not be approved or posted in the venue of this genesis, or ""."""
    plan = case.plan
    fault = plan_fault(plan)
    if fault:
        return fault
    if plan.venue_hash != venue_hash.hex():
        return "it is a plan of another venue"
    edits, fault = decode_edits(case.edits)
    if fault:
        return f"its edits cannot be read: {fault}"
    if plan.edits_hash != edits_hash(edits).hex() or plan.edits != len(edits):
        return "its edits are not those that the plan names"
    if plan.rows_hash != sha256(case.rows).hexdigest():
        return "its rows are not those that the plan names"
    rows = decode_rows(case.rows)
    if rows is None:
        return "its rows cannot be read"
    return rows_fault(rows) or _count_fault(plan, rows)


def _count_fault(plan: Plan, rows: RepairRows) -> str:
    if plan.rows != rows.count():
        return f"it has {rows.count()} rows, and the plan says {plan.rows}"
    stated, moved = len(plan.sum_by_asset), {int(row.asset_id) for row in rows.ledger}
    if stated < len(moved):
        return f"it moves money of {len(moved)} assets, and the plan states sums of {stated}"
    return ""


def _unreadable(path: Path, fault: str) -> OperatorFault:
    return OperatorFault(
        expected=f"{path} as `seawall repair` wrote it",
        found=fault,
        to_do="make the plan again with `seawall repair plan`",
    )
