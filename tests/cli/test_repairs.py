"""`seawall repair`: from a file of edits to receipts, on a venue that stands still or runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from seawall.core.model.commands import OpenRepair, SetFreeze
from seawall.journal.directory import open_directory
from seawall.journal.recovery import open_replica
from seawall.node.command_door import open_door
from seawall.replay.edits import Drop, Grounds, Seqs, encode_edits
from tests.cli.cases import CASE, approve, cash, change, hash_of, make_identity, posted_seq, repair
from tests.core.engine.swap_venue import BUY, DOLLAR, SELL
from tests.node.venue import Venue, seawall
from tests.repair.wrong_day import ADA, BOB, CAROL, OLGA, OTTO
from tests.replay.told import swap_order

pytestmark = pytest.mark.slow


def test_show_says_what_people_decide_by(venue: Path) -> None:
    """Remedies with their cost, tests, laws, and how to go on."""
    shown = repair(venue, "show")

    assert shown.returncode == 0, shown.stderr
    for words in ("cause *", "2,709,270 USDT", "plain", "holds", "approved by nobody", "--hash"):
        assert words in shown.stdout
    assert "FAILS" not in shown.stdout


def test_a_venue_that_stands_still_is_repaired(venue: Path) -> None:
    """Two approve, one applies; Alice has what she had; asking again changes nothing."""
    assert cash(venue) == 7_291_000 * DOLLAR
    approve(venue, "olga", "2")
    done = repair(venue, "apply")

    assert done.returncode == 0, done.stderr
    assert "posted 5 rows" in done.stdout
    assert cash(venue) == 10_000_000 * DOLLAR
    assert "posted at seq" in repair(venue, "show").stdout

    seq = open_replica(venue).replica.seq
    again = repair(venue, "apply", "--json", "-")

    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["is_new"] is False
    assert cash(venue) == 10_000_000 * DOLLAR
    assert open_replica(venue).replica.seq >= seq
    assert seawall("verify", str(venue)).returncode == 0


def test_a_venue_that_runs_is_repaired(venue: Path, free_port: int) -> None:
    """Over its engine's socket; a restart finds it."""
    approve(venue, "olga", "otto")
    make_identity(venue)
    with Venue(venue, free_port) as running:
        done = repair(venue, "apply")
        again = repair(venue, "apply")
        assert running.stop() == 0

    assert done.returncode == 0, done.stderr
    assert "posted 5 rows" in done.stdout
    assert "nothing was done again" in again.stdout
    assert cash(venue) == 10_000_000 * DOLLAR
    assert seawall("verify", str(venue)).returncode == 0


@pytest.mark.parametrize("names", [(), ("olga",)])
def test_without_two_approvals_nothing_is_posted(venue: Path, names: tuple[str, ...]) -> None:
    """And the line says who has approved."""
    approve(venue, *names)
    done = repair(venue, "apply")

    assert done.returncode == 64
    assert "the approvals of 2 operators" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert cash(venue) == 7_291_000 * DOLLAR


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--operator", "ada", "--hash", "{hash}"), "their author ada"),
        (("--operator", "mallory", "--hash", "{hash}"), "'mallory'"),
        (("--operator", "olga", "--hash", "00000000"), "another that begins with 00000000"),
        (("--operator", "olga", "--hash", "{hash:.7}"), "first 8 or more"),
        (("--operator", "olga", "--hash", "yes"), "first 8 or more"),
    ],
)
def test_an_approval_that_does_not_count_is_refused(
    venue: Path, arguments: tuple[str, ...], words: str
) -> None:
    """One line, and nothing is kept."""
    digest = hash_of(venue)
    done = repair(venue, "approve", *(one.format(hash=digest) for one in arguments))

    assert done.returncode == 64
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (venue / "repairs" / CASE / "approvals.json").exists()


def test_a_plan_that_changed_after_its_approvals_is_not_posted(venue: Path) -> None:
    """Its approvals are void, and whoever shows it sees that."""
    approve(venue, "olga", "otto")
    change(venue / "repairs" / CASE / "plan.json", accounts_affected=9)

    shown = repair(venue, "show")
    done = repair(venue, "apply")

    assert "2 of an earlier plan are void" in shown.stdout
    assert done.returncode == 64
    assert "2 of another plan, which are void" in done.stderr
    assert cash(venue) == 7_291_000 * DOLLAR


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"null_tests": {"pinned": False, "plain": True}}, "null test pinned fails"),
        ({"laws": {}}, "was not run"),
        ({"sum_by_asset": {"USDT": 1}}, "sum to 1"),
        ({"rows_hash": "0" * 64}, "rows are not those"),
        ({"edits_hash": "0" * 64}, "edits are not those"),
        ({"venue_hash": "0" * 64}, "another venue"),
    ],
)
def test_an_unsound_plan_can_be_neither_approved_nor_posted(
    venue: Path, fields: dict[str, object], words: str
) -> None:
    """`show` prints it, and why."""
    change(venue / "repairs" / CASE / "plan.json", **fields)
    approval = repair(venue, "approve", "--operator", "olga", "--hash", "00000000")

    for done, code in ((repair(venue, "show"), 65), (approval, 64), (repair(venue, "apply"), 64)):
        assert done.returncode == code
        assert words in done.stderr


def test_a_crash_between_the_steps_is_gone_on_with(venue: Path) -> None:
    """The case is open and nothing else arrived; or all is posted."""
    approve(venue, "olga", "otto")
    opening = OpenRepair(
        case_id=CASE.encode(),
        cut_seq=open_replica(venue).replica.seq,
        plan_hash=bytes.fromhex(hash_of(venue)),
        parts=1,
        first_operator_id=OLGA,
        second_operator_id=OTTO,
    )
    with open_door(open_directory(venue)) as door:
        door.send([opening])
    assert "posted 5 rows" in repair(venue, "apply").stdout
    assert "nothing was done again" in repair(venue, "apply").stdout
    assert cash(venue) == 10_000_000 * DOLLAR


# arguments after `repair`, exit code, words of the one line
MISTAKES = {
    "no edits file": (("plan", "{venue}", "--edits", "{tmp}/none.json"), 78, "none.json"),
    "not edits": (("plan", "{venue}", "--edits", "{tmp}/text"), 78, "as JSON"),
    "no venue": (("plan", "{tmp}/none", "--edits", "{tmp}/text"), 64, "no such directory"),
    "no such policy": (
        ("plan", "{venue}", "--edits", "{edits}", "--policy", "mercy"),
        64,
        "no policy 'mercy'",
    ),
    "no such author": (
        ("plan", "{venue}", "--edits", "{edits}", "--author", "zoe"),
        64,
        "'zoe'",
    ),
    "no name of a case": (
        ("plan", "{venue}", "--edits", "{edits}", "--case", "../x"),
        64,
        "1 to 16",
    ),
    "an empty name of a case": (
        ("plan", "{venue}", "--edits", "{edits}", "--case", ""),
        64,
        "1 to 16",
    ),
    "nothing to close": (
        ("close", CASE, "--operator", "olga", "--operator", "otto", "--dir", "{venue}"),
        64,
        "no case is open",
    ),
    "closed by one": (
        ("close", CASE, "--operator", "olga", "--operator", "1", "--dir", "{venue}"),
        64,
        "2 different operators",
    ),
    "closed by nobody": (("close", CASE, "--dir", "{venue}"), 2, "--operator"),
    "closed by a stranger": (
        ("close", CASE, "--operator", "olga", "--operator", "zoe", "--dir", "{venue}"),
        64,
        "'zoe'",
    ),
    "close what is no name": (
        ("close", "", "--operator", "olga", "--operator", "otto", "--dir", "{venue}"),
        64,
        "1 to 16",
    ),
    "no such case": (("show", "c-9", "--dir", "{venue}"), 64, "no file"),
    "nothing to apply": (("apply", "c-9", "--dir", "{venue}"), 64, "no file"),
    "no account": (("receipt", CASE, "--dir", "{venue}"), 2, "--account"),
    "a cut before the first edit": (
        ("plan", "{venue}", "--edits", "{edits}", "--until", "5"),
        78,
        "first edited, or behind it; found seq 5",
    ),
    "edits in another encoding": (("plan", "{venue}", "--edits", "{tmp}/latin"), 78, "as JSON"),
    "edits without end": (("plan", "{venue}", "--edits", "/dev/zero"), 78, "more than 67108864"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_one_clear_line(mistake: str, planned: Path, tmp_path: Path) -> None:
    """What was expected, what was found, what to do."""
    arguments, code, words = MISTAKES[mistake]
    (tmp_path / "text").write_text("nothing")
    (tmp_path / "latin").write_bytes(b'[{"type":"drop\xff"}]')
    places = {
        "venue": str(planned),
        "tmp": str(tmp_path),
        "edits": str(planned.parent / "venue.edits.json"),
    }
    done = seawall("repair", *(one.format(**places) for one in arguments))

    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_who_plans_for_another_may_not_approve(venue: Path) -> None:
    """Olga ran it and named herself; Ada wrote the edits."""
    edits = venue.parent / "edits.json"
    shutil.copy(venue / "repairs" / CASE / "edits.json", edits)
    done = seawall("repair", "plan", str(venue), "--edits", str(edits), "--author", "olga")
    digest = json.loads(repair(venue, "show", "--json", "-", case="case-2").stdout)["plan_hash"]

    assert "authors   olga, ada" in done.stdout
    for name in ("olga", "ada"):
        refused = repair(venue, "approve", "--operator", name, "--hash", digest, case="case-2")
        assert refused.returncode == 64
        assert f"their author {name}" in refused.stderr


def drop_into(path: Path, seqs: tuple[int, ...]) -> None:
    """A file of edits by which these seqs are not heard."""
    drop = Drop(
        from_seq=seqs[0],
        to_seq=seqs[-1],
        selects=Seqs(seqs=seqs),
        grounds=Grounds(evidence="e" * 64, author=ADA),
    )
    path.write_bytes(encode_edits([drop]))


@pytest.mark.parametrize("parts_too", [False, True])
def test_a_repair_is_taken_back_by_another(venue: Path, tmp_path: Path, parts_too: bool) -> None:
    """With its posting among the edited inputs; then everything is as it was before the first."""
    approve(venue, "olga", "otto")
    repair(venue, "apply")
    seq = posted_seq(venue)
    seqs = (seq - 2, seq - 1, seq) if parts_too else (seq,)
    drop_into(tmp_path / "back.json", seqs)
    done = seawall(
        *("repair", "plan", str(venue), "--edits", str(tmp_path / "back.json")),
        *("--case", "back", "--freeze", str(seq), "--json", "-"),
    )
    assert done.returncode == 0, done.stderr
    digest = json.loads(done.stdout)["plan_hash"]
    for name in ("olga", "otto"):
        repair(venue, "approve", "--operator", name, "--hash", digest, case="back")
    applied = repair(venue, "apply", case="back")

    assert applied.returncode == 0, applied.stderr
    assert cash(venue) == 7_291_000 * DOLLAR
    assert repair(venue, "apply", case="back").returncode == 0
    assert seawall("verify", str(venue)).returncode == 0


@pytest.mark.parametrize("behind", [(-2,), (-1,), (-2, -1)])
def test_a_posting_is_not_torn(posted: Path, tmp_path: Path, behind: tuple[int, ...]) -> None:
    """Its opening or a part alone: the line says what else is to be dropped."""
    seq = posted_seq(posted)
    seqs = tuple(seq + one for one in behind)
    drop_into(tmp_path / "back.json", seqs)
    done = seawall(
        *("repair", "plan", str(posted), "--edits", str(tmp_path / "back.json")),
        *("--case", "back", "--freeze", str(seq)),
    )

    assert done.returncode == 78
    assert f"seq {seqs[0]} belongs to the posting of case {CASE}" in done.stderr
    assert f"drop its PostRepair too, at seq {seq}" in done.stderr


def test_a_plan_that_trading_has_overtaken_is_not_posted(venue: Path) -> None:
    """Carol sells what the plan takes from her; the next plan knows it."""
    approve(venue, "olga", "otto")
    with open_door(open_directory(venue)) as door:
        answers = door.send(
            [
                SetFreeze(index_id=0, is_frozen=False, operator_id=OLGA, second_operator_id=OTTO),
                swap_order(BOB, BUY, 3, 60_000),
                swap_order(CAROL, SELL, 3, 60_000),
            ]
        )
    assert [reason for _, reason in answers] == [0, 0, 0]
    done = repair(venue, "apply")

    assert done.returncode == 64
    assert f"account {CAROL} has moved in instrument 1" in done.stderr
    assert cash(venue) == 7_291_000 * DOLLAR
    assert open_replica(venue).replica.engine.state.repair is None

    edits = venue.parent / "edits.json"
    shutil.copy(venue / "repairs" / CASE / "edits.json", edits)
    again = seawall("repair", "plan", str(venue), "--edits", str(edits), "--case", CASE)
    assert again.returncode == 0, again.stderr
    assert "2 of an earlier plan are void" in again.stdout
    approve(venue, "olga", "otto")

    assert repair(venue, "apply").returncode == 0
    assert cash(venue) == 10_000_000 * DOLLAR
