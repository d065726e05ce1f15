"""A case lies in its folder as it was written; parts that do not belong together are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.errors import OperatorFault
from seawall.repair.approvals import Approval
from seawall.repair.cases import Case, CaseFolder, case_fault
from tests.repair.plans import VENUE_HASH, encoded_edits, encoded_rows, sound_case, sound_plan


def written(tmp_path: Path, case: Case) -> CaseFolder:
    """The folder of this case."""
    folder = CaseFolder(tmp_path, case.plan.case_id)
    folder.write(case.plan, edits=case.edits, rows=case.rows)
    return folder


def test_a_case_comes_back(tmp_path: Path) -> None:
    """Byte by byte, and it is sound."""
    case = sound_case()
    folder = written(tmp_path, case)

    assert folder.exists()
    assert folder.read() == case
    assert case_fault(folder.read(), venue_hash=VENUE_HASH) == ""


def test_approvals_come_back_and_outlive_another_plan(tmp_path: Path) -> None:
    """They are void then, and the file says for which plan they were."""
    case = sound_case()
    folder = written(tmp_path, case)
    approval = Approval(operator_id=1, operator="olga", plan_hash="0" * 64, approved_ms=1)
    folder.write_approvals((approval,))
    folder.write(case.plan, edits=case.edits, rows=case.rows)

    assert folder.read().approvals == (approval,)


def test_a_case_without_a_plan_says_so(tmp_path: Path) -> None:
    """And how to make one."""
    with pytest.raises(OperatorFault, match="seawall repair plan"):
        CaseFolder(tmp_path, "c-9").read()


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "C-1", "-c", "c" * 17, "c\n"])
def test_what_is_no_case_names_no_folder(tmp_path: Path, name: str) -> None:
    """Nothing is read or written outside of the folder of cases."""
    with pytest.raises(OperatorFault, match="1 to 16 of a-z"):
        CaseFolder(tmp_path, name)


@pytest.mark.parametrize("name", ["plan.json", "approvals.json"])
@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b"\xff\xfe", b"null"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    """With its name."""
    folder = written(tmp_path, sound_case())
    (folder.path / name).write_bytes(data)

    with pytest.raises(OperatorFault, match=name):
        folder.read()


@pytest.mark.parametrize("name", ["plan.json", "approvals.json"])
def test_a_file_that_is_too_deep_is_refused(tmp_path: Path, name: str) -> None:
    """Brackets alone must not end in a trace."""
    folder = written(tmp_path, sound_case())
    for data in (b"[" * 100_000, b'{"x":' + b"[" * 100_000):
        (folder.path / name).write_bytes(data)
        with pytest.raises(OperatorFault, match=name):
            folder.read()


def test_the_plan_of_another_case_is_refused(tmp_path: Path) -> None:
    """A folder that was copied is no case."""
    folder = written(tmp_path, sound_case())
    (tmp_path / "repairs" / "c-2").symlink_to(folder.path)

    with pytest.raises(OperatorFault, match="plan of case c-1"):
        CaseFolder(tmp_path, "c-2").read()


def test_a_plan_of_another_venue_is_refused() -> None:
    """Equal ids mean other people there."""
    assert "another venue" in case_fault(sound_case(), venue_hash=b"x" * 32)


@pytest.mark.parametrize(
    ("part", "data", "words"),
    [
        ("edits", encoded_edits(source_id=2), "edits are not those"),
        ("edits", b"{}", "edits cannot be read"),
        ("rows", encoded_rows(amount=6), "rows are not those"),
        ("rows", b"", "rows are not those"),
    ],
)
def test_a_part_that_was_changed_is_refused(part: str, data: bytes, words: str) -> None:
    """The plan names its parts by hash."""
    case = sound_case()
    parts = {"edits": case.edits, "rows": case.rows, part: data}
    changed = Case(plan=case.plan, approvals=(), **parts)

    assert words in case_fault(changed, venue_hash=VENUE_HASH)


def test_rows_that_do_not_balance_are_refused() -> None:
    """Even when a plan names them and claims that they do."""
    case = sound_case(data=encoded_rows(amount=5, contra=-4))

    assert "sum to 1, not to zero" in case_fault(case, venue_hash=VENUE_HASH)


def test_rows_that_are_none_are_refused() -> None:
    """A hash alone does not make them readable."""
    assert "rows cannot be read" in case_fault(sound_case(data=b"x"), venue_hash=VENUE_HASH)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rows": 3}, "the plan says 3"),
        ({"sum_by_asset": {}}, "states sums of 0"),
        ({"edits": 2}, "edits are not those"),
        ({"null_tests": {}}, "was not run"),
    ],
)
def test_a_plan_that_says_otherwise_is_refused(changes: dict[str, Any], words: str) -> None:
    """What people read must be what is posted."""
    assert words in case_fault(sound_case(**changes), venue_hash=VENUE_HASH)


def test_an_unsound_plan_is_refused_first() -> None:
    """Its own words come before its parts."""
    plan = sound_plan(sum_by_asset={"USDT": 1})
    case = Case(plan=plan, edits=b"", rows=b"", approvals=())

    assert "sum to 1" in case_fault(case, venue_hash=VENUE_HASH)


def test_receipts_are_private(tmp_path: Path) -> None:
    """Who may read the plan may not read everybody's account."""
    folder = written(tmp_path, sound_case())

    assert folder.receipts.stat().st_mode & 0o077 == 0
