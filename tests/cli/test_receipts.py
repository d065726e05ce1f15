"""Receipts: who gets one, and how its owner checks it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.cases import CASE, approve, hash_of, repair
from tests.node.venue import seawall
from tests.repair.wrong_day import ALICE

pytestmark = pytest.mark.slow


def test_an_owner_checks_his_receipt_alone(posted: Path, tmp_path: Path) -> None:
    """With the published hash or without; one digit changed is refused."""
    file = tmp_path / "receipt.json"
    made = repair(posted, "receipt", "--account", str(ALICE), "--out", str(file))
    digest = hash_of(posted)
    checked = seawall("verify-receipt", str(file), "--plan-hash", digest)

    assert made.returncode == checked.returncode == 0
    assert "trading USDT: 729100000000000 -> 1000000000000000 (+270900000000000)" in checked.stdout
    assert "RepairOpened of case case-1" in seawall("verify-receipt", str(file)).stdout
    assert "RepairOpened" not in checked.stdout
    other = seawall("verify-receipt", str(file), "--plan-hash", "0" * 64)
    assert (other.returncode, "published" in other.stderr) == (65, True)

    file.write_text(file.read_text().replace("729100000000000", "729100000000001"))
    changed = seawall("verify-receipt", str(file))

    assert changed.returncode == 65
    assert "proves nothing: the line 'trading USDT'" in changed.stderr
    assert len(changed.stderr.splitlines()) == 1


@pytest.mark.parametrize("word", ["", "3", "zz", "0123456", "0123456g", "0" * 65])
def test_a_published_hash_that_is_none_is_refused(tmp_path: Path, word: str) -> None:
    """One digit fits a sixteenth of all plans; before anything is read."""
    done = seawall("verify-receipt", str(tmp_path / "none.json"), "--plan-hash", word)

    assert done.returncode == 64
    assert "the first 8 or more hexadecimal digits" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("names", [(), ("olga", "otto")])
def test_nobody_has_a_receipt_of_what_was_not_posted(venue: Path, names: tuple[str, ...]) -> None:
    """Planned and approved is not done; the line says how to go on."""
    approve(venue, *names)
    done = repair(venue, "receipt", "--account", str(ALICE))

    assert done.returncode == 64
    assert "seawall repair apply case-1" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_a_lost_key_is_not_made_again(posted: Path, tmp_path: Path) -> None:
    """Another key leads to another root: it comes from a backup or not at all."""
    venue = tmp_path / "venue"
    shutil.copytree(posted, venue)
    key = venue / "repairs" / CASE / "receipts" / "case.key"
    key.unlink()
    done = repair(venue, "receipt", "--account", str(ALICE))

    assert done.returncode == 64
    assert "restore the case's folder `receipts` from a backup" in done.stderr
    assert not key.exists()


@pytest.mark.parametrize("name", ["no/x", "."])
def test_a_receipt_that_cannot_be_written_says_so(posted: Path, tmp_path: Path, name: str) -> None:
    """With the option's name."""
    done = repair(posted, "receipt", "--account", str(ALICE), "--out", str(tmp_path / name))

    assert done.returncode == 78
    assert "after --out" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_who_is_not_concerned_has_no_receipt(posted: Path) -> None:
    """His state is the same in both runs."""
    done = repair(posted, "receipt", "--account", "6")

    assert done.returncode == 64
    assert "account 6, whose state is the same in both runs" in done.stderr


@pytest.mark.parametrize("data", ["", "{}", "nothing"])
def test_what_is_no_receipt_is_refused(tmp_path: Path, data: str) -> None:
    """Whatever somebody hands in."""
    (tmp_path / "receipt.json").write_text(data)
    done = seawall("verify-receipt", str(tmp_path / "receipt.json"))

    assert done.returncode == 65
    assert "proves nothing" in done.stderr


def test_a_file_without_end_is_no_receipt() -> None:
    """It is not read to its end."""
    done = seawall("verify-receipt", "/dev/zero")

    assert done.returncode == 65
    assert "proves nothing: it has" in done.stderr
