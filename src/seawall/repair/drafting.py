"""From findings to a case in its folder: the plan, and what belongs to it.

A plan is written only when all of it holds: what fails is refused here, with the first reason, and
nothing is left behind but the key of the case.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from seawall.errors import OperatorFault
from seawall.repair.cases import Case, CaseFolder, case_fault
from seawall.repair.parts import VENUE
from seawall.repair.plan import Plan, postable_fault
from seawall.repair.receipts import ReceiptBook, case_key, write_parts
from seawall.repair.remedies import Findings
from seawall.replay.edits import Edit, encode_edits


def draft(
    folder: CaseFolder,
    findings: Findings,
    *,
    edits: Sequence[Edit],
    author: int | None,
    venue_hash: bytes,
    release: str,
) -> Plan:
    """Write the case. `author` is who ran it, beside those who wrote the edits.

    Raises OperatorFault when something of it fails. That no case of this name is open or posted in
    the venue is for the caller to see.
    """
    _refuse(folder, _first_fault(findings))
    book = ReceiptBook(findings.parts, key=case_key(folder))
    authors = {edit.grounds.author for edit in edits} | ({author} if author is not None else set())
    plan = Plan(
        case_id=folder.case_id,
        venue_hash=venue_hash.hex(),
        authors=tuple(sorted(authors)),
        release=release,
        edits=len(edits),
        edits_hash=findings.edits_hash.hex(),
        window_first=findings.window_first,
        window_last=findings.window_last,
        cut_seq=findings.cut_seq,
        cut_state_hash=findings.cut_state_hash.hex(),
        policy=findings.policy,
        rulebook_version=findings.rulebook.version,
        rulebook_hash=findings.rulebook.digest().hex(),
        rows=findings.row_count,
        rows_hash=sha256(findings.rows).hexdigest(),
        accounts_affected=sum(1 for one in findings.parts if one.lines and one.account_id != VENUE),
        receipts_root=book.root.hex(),
        remedies=findings.remedies,
        null_tests={name: not fault for name, fault in findings.null_tests.items()},
        laws={name: not fault for name, fault in findings.laws.items()},
        sum_by_asset=findings.sum_by_asset,
    )
    written = Case(plan=plan, edits=encode_edits(edits), rows=findings.rows, approvals=())
    _refuse(folder, case_fault(written, venue_hash=venue_hash) or postable_fault(plan))
    write_parts(folder, findings.parts)
    folder.write(plan, edits=written.edits, rows=written.rows)
    return plan


def _first_fault(findings: Findings) -> str:
    """What fails, with the words of the test that found it."""
    for what, results in (("null test", findings.null_tests), ("law", findings.laws)):
        for name, fault in results.items():
            if fault:
                return f"the {what} {name} fails: {fault}"
    return ""


def _refuse(folder: CaseFolder, fault: str) -> None:
    if fault:
        raise OperatorFault(
            expected=f"a sound plan of case {folder.case_id}",
            found=fault,
            to_do="look for the cause; nothing was written that could be approved",
        )
