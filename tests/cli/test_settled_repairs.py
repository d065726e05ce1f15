"""No loss is repaired twice: settled windows are closed, and one case is open at a time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from seawall.core.engine import Engine
from seawall.core.model.commands import Command, OpenRepair
from seawall.errors import OperatorFault
from seawall.journal.directory import DataDirectory, open_directory
from seawall.journal.recovery import open_replica
from seawall.node.command_door import CommandDoor, open_door
from seawall.node.people import Answer
from seawall.node.repairs import apply_repair
from seawall.repair.cases import CaseFolder, settled_of
from seawall.repair.posting import Posting, posting_of
from seawall.replay.edits import Annul, Grounds, encode_edits
from tests.cli.cases import CASE, approve, cash, change, hash_of, make_identity, posted_seq, repair
from tests.core.engine.swap_venue import DOLLAR
from tests.node.venue import Venue, seawall
from tests.repair.wrong_day import ADA, CAROL, OLGA, OTTO

pytestmark = pytest.mark.slow


def open_case(venue: Path, case_id: bytes) -> None:
    """Announce a case of which no folder knows."""
    opening = OpenRepair(
        case_id=case_id,
        cut_seq=1,
        plan_hash=b"p" * 32,
        parts=1,
        first_operator_id=OLGA,
        second_operator_id=OTTO,
    )
    with open_door(open_directory(venue)) as door:
        door.send([opening])


def test_another_open_case_keeps_this_one_waiting(venue: Path) -> None:
    """One at a time; the line says so and nothing is posted."""
    approve(venue, "olga", "otto")
    open_case(venue, b"other")
    done = repair(venue, "apply")

    assert done.returncode == 64
    assert "case other is open" in done.stderr
    assert "seawall repair close other --operator A --operator B" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert cash(venue) == 7_291_000 * DOLLAR


def test_a_settled_window_is_not_edited_again(venue: Path) -> None:
    """Unless the edits drop its posting."""
    approve(venue, "olga", "otto")
    repair(venue, "apply")
    edits = venue.parent / "edits.json"
    shutil.copy(venue / "repairs" / CASE / "edits.json", edits)
    done = seawall("repair", "plan", str(venue), "--edits", str(edits))

    assert done.returncode == 78
    assert f"belongs to case {CASE}, which is settled" in done.stderr

    shutil.rmtree(venue / "repairs")  # as a backup has it that was made without it
    done = seawall("repair", "plan", str(venue), "--edits", str(edits))

    assert done.returncode == 78
    assert f"belongs to case {CASE}, which is settled" in done.stderr
    assert not list((venue / "repairs").glob("*/plan.json"))


def test_a_damaged_plan_of_a_settled_case_closes_all_before_its_cut(venue: Path) -> None:
    """And keeps nothing else from being looked at."""
    approve(venue, "olga", "otto")
    repair(venue, "apply")
    edits = venue.parent / "edits.json"
    shutil.copy(venue / "repairs" / CASE / "edits.json", edits)
    (venue / "repairs" / CASE / "plan.json").write_bytes(b"{")
    settled = settled_of(venue, open_replica(venue).replica.engine)

    assert [(one.case_id, one.from_seq) for one in settled] == [(CASE, 1)]
    assert settled[0].to_seq == settled[0].posted_seq - 3
    done = seawall("repair", "plan", str(venue), "--edits", str(edits), "--case", "again")
    assert done.returncode == 78
    assert f"belongs to case {CASE}, which is settled" in done.stderr


def test_a_window_that_reaches_into_a_settled_one_is_refused(venue: Path) -> None:
    """Its edits lie before it; its fills would be voided once more."""
    approve(venue, "olga", "otto")
    repair(venue, "apply")
    first = json.loads((venue / "repairs" / CASE / "plan.json").read_text())["window_first"]
    edits = venue.parent / "edits.json"
    edits.write_bytes(
        encode_edits(
            [
                Annul(
                    account_id=CAROL,
                    from_seq=1,
                    to_seq=first - 1,
                    grounds=Grounds(evidence="e" * 64, author=ADA),
                )
            ]
        )
    )
    done = seawall("repair", "plan", str(venue), "--edits", str(edits))

    assert done.returncode == 78
    assert f"overlaps that from {first}" in done.stderr
    assert f"case {CASE}, which is settled" in done.stderr


def test_two_plans_of_one_incident_are_not_both_posted(venue: Path, free_port: int) -> None:
    """Applied at the same moment in a venue that runs, and once more one after the other."""
    edits = venue / "repairs" / CASE / "edits.json"
    made = seawall("repair", "plan", str(venue), "--edits", str(edits), "--case", "two")
    assert made.returncode == 0, made.stderr
    approve(venue, "olga", "otto")
    approve(venue, "olga", "otto", case="two")
    make_identity(venue)
    with Venue(venue, free_port) as running:
        with ThreadPoolExecutor() as pool:
            done = list(pool.map(lambda case: repair(venue, "apply", case=case), (CASE, "two")))
        later = [repair(venue, "apply", case=case) for case in (CASE, "two")]
        assert running.stop() == 0

    assert [one.returncode for one in done].count(0) <= 1  # the second may find the first open
    assert sorted(one.returncode for one in later) == [0, 64]
    assert cash(venue) == 10_000_000 * DOLLAR


class SlowDoor:
    """Somebody else posts his case before the first command of this one."""

    def __init__(self, door: CommandDoor, other: Posting) -> None:
        self._door = door
        self._first: list[Command] = [other.opening, *other.parts, other.closing]

    def send(self, commands: Sequence[Command]) -> list[Answer]:
        """See `CommandDoor`."""
        for command in self._first:
            assert [reason for _, reason in self._door.send([command])] == [0]
        self._first = []
        return self._door.send(commands)

    def engine(self) -> Engine:
        """See `CommandDoor`."""
        return self._door.engine()


def test_what_is_posted_between_the_look_and_the_opening_is_seen(venue: Path) -> None:
    """By the engine, which nobody passes."""
    edits = venue / "repairs" / CASE / "edits.json"
    made = seawall("repair", "plan", str(venue), "--edits", str(edits), "--case", "two")
    assert made.returncode == 0, made.stderr
    approve(venue, "olga", "otto")
    approve(venue, "olga", "otto", case="two")
    data = open_directory(venue)
    other = posting_of(
        CaseFolder(venue, "two").read(), genesis=data.genesis, venue_hash=data.genesis_hash
    )

    @contextmanager
    def enter(home: DataDirectory) -> Iterator[CommandDoor]:
        with open_door(home) as door:
            yield SlowDoor(door, other)

    with pytest.raises(OperatorFault, match="Another repair was posted behind the cut"):
        apply_repair(data, CASE, progress=lambda _done, _total: None, enter=enter)
    assert cash(venue) == 10_000_000 * DOLLAR
    assert "posted at seq" in repair(venue, "show", case="two").stdout


def test_another_plan_of_a_posted_name_is_not_said_to_be_posted(venue: Path) -> None:
    """The journal has the hash of the one that was."""
    approve(venue, "olga", "otto")
    repair(venue, "apply")
    digest, seq = hash_of(venue), posted_seq(venue)
    change(venue / "repairs" / CASE / "plan.json", accounts_affected=9)
    shown = repair(venue, "show", "--json", "-")
    other = json.loads(shown.stdout)

    assert shown.returncode == 65
    assert other["posted_seq"] == 0
    assert f"posted at seq {seq}, with hash {digest}" in other["fault"]
    (venue / "repairs" / CASE / "approvals.json").unlink()
    for name in ("olga", "otto"):
        repair(venue, "approve", "--operator", name, "--hash", other["plan_hash"][:8])
    done = repair(venue, "apply")

    assert done.returncode == 64
    assert f"posted at seq {seq}, with hash {digest}" in done.stderr
    assert "--case" not in done.stderr


@pytest.mark.parametrize("is_running", [False, True])
def test_an_open_case_is_closed_by_two(venue: Path, free_port: int, is_running: bool) -> None:
    """Nothing is planned beside it, nor over it; its plan may be gone. Then all goes on."""
    approve(venue, "olga", "otto")
    open_case(venue, b"lost")
    edits = venue / "repairs" / CASE / "edits.json"
    for case in (CASE, "lost", "new"):
        done = seawall("repair", "plan", str(venue), "--edits", str(edits), "--case", case)
        assert done.returncode == 64
        assert "case lost is open" in done.stderr
        assert "seawall repair close lost --operator A --operator B" in done.stderr
    two = ("--operator", "olga", "--operator", "2")
    assert "case lost is open instead" in repair(venue, "close", *two).stderr
    if is_running:
        make_identity(venue)
        with Venue(venue, free_port) as running:
            done = repair(venue, "close", *two, "--json", "-", case="lost")
            assert running.stop() == 0
    else:
        done = repair(venue, "close", *two, "--json", "-", case="lost")

    assert done.returncode == 0, done.stderr
    closed = json.loads(done.stdout)
    assert (closed["case_id"], closed["plan_hash"]) == ("lost", "70" * 32)
    assert closed["closed_seq"] > 0
    assert open_replica(venue).replica.engine.state.repair is None
    assert "no case is open" in repair(venue, "close", *two, case="lost").stderr
    assert "posted 5 rows" in repair(venue, "apply").stdout
    assert "it was posted at seq" in repair(venue, "close", *two).stderr
    assert cash(venue) == 10_000_000 * DOLLAR
