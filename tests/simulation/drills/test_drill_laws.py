"""A repair of the repair returns, a case opened anew pays nobody twice; a drill sees when not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from seawall.core.model.repair import RepairRows
from seawall.journal.directory import open_directory
from seawall.repair import worlds
from seawall.repair.cases import CaseFolder
from seawall.repair.judging import Judged
from seawall.repair.plan import plan_hash
from seawall.replay.edits import decode_edits
from seawall.simulation.drills import drill_laws
from seawall.simulation.drills.drill_laws import (
    ANEW_LAW,
    RETURNS_LAW,
    anew_fault,
    posting_seqs,
    returns_fault,
)
from seawall.simulation.drills.undoing import CASE
from seawall.simulation.drills.whole_day import WholeDay, Wishes, play_whole_day
from tests.simulation.drills.small import small_day, unseen_line, unseen_stage

pytestmark = pytest.mark.slow


def repaired(folder: Path, policy: str) -> WholeDay:
    """A small day, undone by a policy."""
    settings = msgspec.structs.replace(small_day(has_protections=False), accounts=40, makers=1)
    wishes = Wishes(settings=settings, policy=policy)
    return play_whole_day(wishes, folder, on_stage=unseen_stage, on_line=unseen_line)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a day that was repaired by cause."""
    folder = tmp_path_factory.mktemp("returns")
    whole = repaired(folder, "cause")
    assert whole.failure().startswith("without protections at least")  # it is a small day
    return folder / "actual"


def fault_of(home: Path) -> str:
    """Why the way back does not return, or ""."""
    plan = CaseFolder(home, CASE).read().plan
    return returns_fault(open_directory(home), plan, plan_hash(plan).hex())


def test_the_way_back_returns(home: Path) -> None:
    """The posting is found where it is, both times that it was told."""
    plan = CaseFolder(home, CASE).read().plan
    seqs = posting_seqs(home, behind=plan.cut_seq)

    assert len(seqs) >= 4 and min(seqs) > plan.cut_seq
    assert fault_of(home) == ""


@pytest.mark.parametrize("policy", ["compensate", "band", "strict"])
def test_whatever_was_posted_can_be_taken_back(policy: str, tmp_path: Path) -> None:
    """By each policy that posts."""
    whole = repaired(tmp_path, policy)

    assert whole.undone is not None
    assert whole.undone.repair.posted_seq > 0
    assert whole.undone.laws[RETURNS_LAW] == whole.undone.laws[ANEW_LAW] == ""


@pytest.mark.parametrize("policy", ["stand", "rerun"])
def test_what_was_not_posted_is_not_taken_back(policy: str, tmp_path: Path) -> None:
    """The law is not asked, and nobody says that it holds."""
    whole = repaired(tmp_path, policy)

    assert whole.undone is not None
    assert whole.undone.faults == []
    assert not {RETURNS_LAW, ANEW_LAW} & set(whole.undone.repair.laws)


def without_a_coin(rows: RepairRows) -> None:
    """A unit goes to the venue instead of to its owner."""
    one = rows.ledger[0]
    other = next(row for row in reversed(rows.ledger) if row.asset_id == one.asset_id)
    assert one.account_id not in (0, other.account_id)
    one.amount -= 1
    other.amount += 1


def without_a_lot(rows: RepairRows) -> None:
    """Two positions differ by a lot from what they should be."""
    one = next(row for row in rows.positions if row.size > 1)
    other = next(
        row for row in rows.positions if row.size < -1 and row.instrument_id == one.instrument_id
    )
    one.size -= 1
    other.size += 1


@pytest.mark.parametrize(
    ("plant", "words"),
    [(without_a_coin, "units of asset"), (without_a_lot, "lots, and the day has")],
)
def test_a_way_back_that_misses_somebody_turns_red(
    home: Path, monkeypatch: pytest.MonkeyPatch, plant: Callable[[RepairRows], None], words: str
) -> None:
    """Planted: sums are zero all the same, so nothing but the comparison can see it."""

    def judge(*args: Any, **named: Any) -> Judged:
        found = real(*args, **named)
        plant(found.rows)
        return found

    real = drill_laws.judge
    monkeypatch.setattr(drill_laws, "judge", judge)

    fault = fault_of(home)
    assert fault.startswith("after the second repair account ")
    assert words in fault


def test_a_law_that_the_way_back_breaks_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a gap that does not close."""

    def judge(*args: Any, **named: Any) -> Judged:
        return msgspec.structs.replace(real(*args, **named), laws={"some_law": "it is broken"})

    real = drill_laws.judge
    monkeypatch.setattr(drill_laws, "judge", judge)

    assert fault_of(home) == "the second repair breaks some_law: it is broken"


def test_a_second_payment_turns_it_red(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: what the first posting gave counts as what happened."""
    case = CaseFolder(home, CASE).read()
    edits, _ = decode_edits(case.edits)
    digest = plan_hash(case.plan).hex()
    assert anew_fault(open_directory(home), case.plan, edits, digest) == ""

    monkeypatch.setattr(worlds, "repair_seqs", lambda _batch, _seq: [])

    fault = anew_fault(open_directory(home), case.plan, edits, digest)
    assert fault.startswith("after the second repair account ")
