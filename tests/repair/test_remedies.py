"""From edits on disk to a case: the runs, the remedies side by side, and what may become a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from seawall.core.model.genesis import Genesis
from seawall.core.model.repair_codec import decode_rows, encode_rows
from seawall.errors import BadConfiguration, OperatorFault
from seawall.journal.directory import open_directory
from seawall.repair.cases import CaseFolder, case_fault
from seawall.repair.drafting import draft
from seawall.repair.parts import VENUE, Part
from seawall.repair.plan import LAWS, NULL_TESTS, Plan
from seawall.repair.receipts import read_book, receipt_fault
from seawall.repair.remedies import ALL_POLICIES, Findings, RepairOrder, find
from seawall.repair.scratch import two_operators
from seawall.replay.resolution import Resolved, Settled, edited_commands, settled_fault
from tests.core.engine.swap_venue import DOLLAR
from tests.repair.wrong_day import ADA, ALICE, BOB, CAROL, WrongDay

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> WrongDay:
    """A stopped venue."""
    return WrongDay(tmp_path_factory.mktemp("wrong") / "venue")


def found_in(day: WrongDay, folder: Path, **changes: Any) -> Findings:
    """What is found, in the usual way or otherwise."""
    order = RepairOrder(directory=day.directory, edits=tuple(day.edits()))
    return find(msgspec.structs.replace(order, **changes), folder=folder, on_stage=lambda *_: None)


@pytest.fixture(scope="module")
def findings(day: WrongDay, tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """With every remedy."""
    return found_in(day, tmp_path_factory.mktemp("scratch"))


def drafted(day: WrongDay, folder: CaseFolder, findings: Findings) -> Plan:
    """The plan of the findings."""
    return draft(
        folder,
        findings,
        edits=day.edits(),
        author=None,
        venue_hash=open_directory(day.directory).genesis_hash,
        release="test",
    )


def part_of(findings: Findings, account_id: int) -> Part | None:
    """An account's part."""
    return next((one for one in findings.parts if one.account_id == account_id), None)


def lines_of(part: Part | None) -> dict[str, int]:
    """The differences of a part by name."""
    assert part is not None
    return {one.line: one.difference for one in part.lines}


def test_null_tests_and_laws_hold(findings: Findings) -> None:
    """All that a plan must state was looked at."""
    assert findings.null_tests == dict.fromkeys(NULL_TESTS, "")
    assert findings.laws == dict.fromkeys(LAWS, "")
    assert set(findings.sum_by_asset.values()) == {0}


def test_the_window_is_from_the_first_edit_to_the_freeze(day: WrongDay, findings: Findings) -> None:
    """And the runs are compared at the end of the journal."""
    assert day.first_bad < findings.window_first < day.first_bad + 14  # the first liar's first word
    assert findings.window_last == day.frozen_at
    assert findings.cut_seq == day.end


def test_every_remedy_is_stated_in_the_order_of_the_table(findings: Findings) -> None:
    """Each by its own run."""
    assert [one.id for one in findings.remedies] == list(ALL_POLICIES)
    by_id = {one.id: one for one in findings.remedies}

    assert by_id["stand"].accounts_touched == by_id["stand"].fills_voided == 0
    assert by_id["cause"].fills_voided == 1
    assert by_id["cause"].operator_cost_by_asset == {}
    assert by_id["compensate"].fills_voided == 0
    assert by_id["compensate"].operator_cost_by_asset["USDT"] == 90 * (60_003 - 29_900) * DOLLAR
    assert by_id["window"].accounts_touched >= by_id["rerun"].accounts_touched


def test_alice_has_her_position_back_and_carol_her_order(findings: Findings) -> None:
    """To the last unit."""
    loss = 9_000 * (600 - 299) * DOLLAR
    assert lines_of(part_of(findings, ALICE)) == {
        "trading USDT": loss,
        "position BTC-USDT-SWAP": 9_000,
        "cost of BTC-USDT-SWAP": 9_000 * 600 * DOLLAR,
        "profit realised in BTC-USDT-SWAP": loss,
    }
    assert lines_of(part_of(findings, CAROL)) == {
        "position BTC-USDT-SWAP": -9_000,
        "cost of BTC-USDT-SWAP": -9_000 * 299 * DOLLAR,
        "order offered back: BTC-USDT-SWAP at 299000": 9_000,
    }
    assert part_of(findings, BOB) is None


def test_parts_tell_why(findings: Findings) -> None:
    """The fill that was judged, and what happened in one run only."""
    alice = part_of(findings, ALICE)
    assert alice is not None
    (fill,) = alice.fills

    assert (fill.verdict, fill.stands, fill.quantity) == ("void", 0, -9_000)
    assert fill.reason == "the price is out of band"
    assert any("liquidation of cross margin" in one.event for one in alice.happened)
    assert any("sold 9000 lots of BTC-USDT-SWAP" in one.event for one in alice.happened)
    assert alice.repaired == ()


def test_parts_sum_to_zero(findings: Findings) -> None:
    """Users and venue together."""
    sums: dict[str, int] = {}
    for part in findings.parts:
        for unit, amount in part.sums().items():
            sums[unit] = sums.get(unit, 0) + amount

    assert set(sums.values()) == {0}
    assert part_of(findings, VENUE) is not None


def test_findings_become_a_case_that_is_sound(
    day: WrongDay, findings: Findings, tmp_path: Path
) -> None:
    """And its receipts prove themselves."""
    folder = CaseFolder(tmp_path, "c-1")
    plan = drafted(day, folder, findings)

    assert plan.authors == (ADA,)
    assert plan.accounts_affected == 2
    assert case_fault(folder.read(), venue_hash=bytes.fromhex(plan.venue_hash)) == ""
    book = read_book(folder)
    assert book.accounts == [VENUE, ALICE, CAROL]
    for account_id in book.accounts:
        assert receipt_fault(book.receipt(plan, account_id)) == ""


def test_a_plan_made_again_is_the_same_plan(
    day: WrongDay, findings: Findings, tmp_path: Path
) -> None:
    """So its approvals go on counting."""
    folder = CaseFolder(tmp_path, "c-1")

    assert drafted(day, folder, findings) == drafted(day, folder, findings)


def unbalanced(findings: Findings) -> bytes:
    """The rows with one unit more for somebody."""
    rows = decode_rows(findings.rows)
    assert rows is not None
    rows.ledger[0].amount += 1
    return encode_rows(rows)


@pytest.mark.parametrize("group", ["null_tests", "laws"])
def test_findings_that_fail_become_no_plan(
    day: WrongDay, findings: Findings, tmp_path: Path, group: str
) -> None:
    """Whichever test or law; its own words are told, and nothing is left that could be approved."""
    for name in getattr(findings, group):
        folder = CaseFolder(tmp_path, "c-1")
        results = {**getattr(findings, group), name: "two and two are five"}
        bad = msgspec.structs.replace(findings, **{group: results})

        with pytest.raises(OperatorFault, match=f"{name} fails: two and two are five"):
            drafted(day, folder, bad)
        assert not folder.exists()


def test_rows_that_do_not_balance_become_no_plan(
    day: WrongDay, findings: Findings, tmp_path: Path
) -> None:
    """Even when every law claims to hold."""
    folder = CaseFolder(tmp_path, "c-1")
    bad = msgspec.structs.replace(findings, rows=unbalanced(findings))

    with pytest.raises(OperatorFault, match="sum to 1, not to zero"):
        drafted(day, folder, bad)
    assert not folder.exists()


def test_edits_of_a_settled_window_are_refused(day: WrongDay, tmp_path: Path) -> None:
    """Unless they take its posting away."""
    case = Settled(case_id="c-0", from_seq=1, to_seq=day.end, posted_seq=day.end)

    with pytest.raises(BadConfiguration, match="case c-0, which is settled"):
        found_in(day, tmp_path, settled=(case,))


def test_a_window_that_reaches_into_a_settled_one_is_refused(day: WrongDay, tmp_path: Path) -> None:
    """Also where nothing is edited in there: what is judged again would be paid again."""
    last_edited = max(edited_commands(day.directory, day.edits()))
    assert last_edited < day.frozen_at
    case = Settled(case_id="c-0", from_seq=day.frozen_at, to_seq=day.frozen_at, posted_seq=day.end)
    words = f"to {day.frozen_at} overlaps that from {day.frozen_at} to {day.frozen_at} of case c-0"

    with pytest.raises(BadConfiguration, match=words):
        found_in(day, tmp_path, settled=(case,))


def test_a_cut_before_another_posting_is_refused(day: WrongDay, tmp_path: Path) -> None:
    """The venue would not open it."""
    case = Settled(case_id="c-0", from_seq=1, to_seq=1, posted_seq=day.end)

    with pytest.raises(BadConfiguration, match=f"a cut from seq {day.end}, where case c-0"):
        found_in(day, tmp_path, settled=(case,), cut_seq=day.end - 1)


def test_what_a_settled_window_closes() -> None:
    """Whatever lies in it, and whatever reaches into it, until its posting is dropped."""
    case = Settled(case_id="c-0", from_seq=86, to_seq=139, posted_seq=172)

    def fault(commands: dict[int, list[bytes]], window_last: int) -> str:
        found = Resolved(
            hash=b"",
            commands=commands,
            annulled=[],
            first_seq=min(commands),
            last_seq=max(commands),
        )
        return settled_fault(found, [case], window_last=window_last)

    assert fault({48: []}, 85) == fault({140: []}, 171) == fault({48: [], 172: []}, 172) == ""
    assert "the window from seq 48 to 86 overlaps that from 86 to 139" in fault({48: []}, 86)
    assert "overlaps" in fault({48: [], 172: [b"another"]}, 180)
    assert "seq 139 belongs to case c-0" in fault({48: [], 139: []}, 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"edits": ()}, "found none"),
        ({"freeze_seq": 10**6}, "seq 1000000"),
        ({"freeze_seq": 1}, "found seq 1"),
        ({"cut_seq": 10**6}, "ends with seq"),
    ],
)
def test_an_order_that_means_nothing_is_refused(
    day: WrongDay, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    """Before anything is run that takes long."""
    with pytest.raises(BadConfiguration, match=words):
        found_in(day, tmp_path, **changes)


@pytest.mark.parametrize("policy", ["stand", "rerun", "window", "mercy"])
def test_a_policy_that_is_never_posted_is_no_plan(
    day: WrongDay, tmp_path: Path, policy: str
) -> None:
    """It is only shown beside others."""
    with pytest.raises(OperatorFault, match="a policy that may be posted"):
        found_in(day, tmp_path, policy=policy)


def test_a_window_without_an_end_is_refused(tmp_path: Path) -> None:
    """Somebody has to say until when fills are looked at."""
    day = WrongDay(tmp_path / "venue", is_frozen=False)

    with pytest.raises(BadConfiguration, match="--freeze"):
        found_in(day, tmp_path)


def test_a_venue_without_two_operators_cannot_repair() -> None:
    """Nobody could approve."""
    with pytest.raises(OperatorFault, match="two operators"):
        two_operators(Genesis(venue=b"lonely", created_ms=0))
