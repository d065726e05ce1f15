"""A small drill from end to end: played, judged, undone and reported, and red where it must be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.repair import RepairRows
from seawall.core.model.repair_codec import encode_rows
from seawall.journal.checkpoints import checkpoint_paths, read_checkpoint
from seawall.journal.directory import open_directory
from seawall.repair import remedies
from seawall.repair.plan import LAWS
from seawall.repair.policies import POLICIES
from seawall.replay.economics import economic_state_of
from seawall.simulation.drills.drill_laws import (
    ANEW_LAW,
    DROPS_LAW,
    RECEIPTS_LAW,
    RERUN_LAW,
    RETURNS_LAW,
)
from seawall.simulation.drills.told import told_by
from seawall.simulation.drills.venue import E8, USDT
from seawall.simulation.drills.whole_day import (
    WholeDay,
    Wishes,
    command_of,
    play_whole_day,
    whole_json,
)
from seawall.web.report import Report, render, report_fault
from seawall.web.report.outcome import outcome_of, sums_by_asset, title_of
from tests.simulation.drills.small import DeafTest, small_day, unseen_line, unseen_stage

pytestmark = pytest.mark.slow

PLAY = """
import json, sys, tempfile
from hashlib import sha256
from pathlib import Path
from seawall.simulation.drills.day import DaySettings
from seawall.simulation.drills.whole_day import Wishes, play_whole_day, whole_json
from seawall.web.report import render

wishes = Wishes(
    settings=DaySettings(accounts=40, makers=1, has_protections=False),
    is_reported=True,
    is_compared=False,
)
with tempfile.TemporaryDirectory() as folder:
    whole = play_whole_day(
        wishes, Path(folder), on_stage=lambda *_: None, on_line=lambda *_: None
    )
page = render(whole.report, reproducible=True)
result = whole_json(whole, is_reproducible=True)
print(json.dumps({"page": sha256(page).hexdigest(), "result": result}))
"""
CONTRACT = {
    "accounts_affected",
    "accounts_released",
    "seconds_to_affected_set",
    "seconds_to_repair",
    "remedies",
    "repair",
}
CONTRACT_OF_A_REPAIR = {
    "plain_null_test_equal",
    "pinned_null_test_equal",
    "sum_by_asset",
    "posted_twice_is_noop",
    "rerun_differs_from_clean_world_in_accounts",
    "laws",
}
CONTRACT_OF_A_REMEDY = {"id", "fills_voided", "accounts_touched", "operator_cost_by_asset"}


def whole_day(
    folder: Path, wishes: Wishes, on_stage: Callable[[str, int, int], None] = unseen_stage
) -> WholeDay:
    """A drill in a folder of its own."""
    return play_whole_day(wishes, folder, on_stage=on_stage, on_line=unseen_line)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the unsafe day's worlds lie."""
    return tmp_path_factory.mktemp("whole")


@pytest.fixture(scope="module")
def unsafe(folder: Path) -> WholeDay:
    """Without protections, compared with the day that had them."""
    return whole_day(folder, Wishes(settings=small_day(has_protections=False), is_reported=True))


@pytest.fixture(scope="module")
def report(unsafe: WholeDay) -> Report:
    """Its report."""
    assert unsafe.report is not None
    return unsafe.report


def test_the_day_is_put_right_and_its_report_says_so(unsafe: WholeDay, report: Report) -> None:
    """The title is a function of the figures: no proof failed, and all sums are zero."""
    assert unsafe.undone is not None
    assert unsafe.undone.faults == []
    assert report_fault(report) == ""
    assert outcome_of(report) == "repaired"
    assert title_of(report) == "Bitcoin at $0.32 for 90 seconds, put right to the last unit"
    assert report.repair is not None
    assert {one.units for one in sums_by_asset(report.repair.postings).values()} == {0}
    states = {one.claim: one.state for one in report.repair.proofs}
    assert set(states) == {"plain_null_test", "pinned_null_test", *unsafe.undone.laws}
    assert set(states.values()) == {"holds"}
    assert b"<h1>Bitcoin at $0.32 for 90 seconds" in render(report)


def test_the_result_has_what_scripts_read(unsafe: WholeDay) -> None:
    """The names are a contract of the command line."""
    result = whole_json(unsafe, is_reproducible=False)

    assert set(result) >= CONTRACT
    assert set(result["repair"]) >= CONTRACT_OF_A_REPAIR
    assert [one["id"] for one in result["remedies"]] == [one.policy_id for one in POLICIES]
    assert all(set(one) == CONTRACT_OF_A_REMEDY for one in result["remedies"])
    assert result["accounts_affected"] + result["accounts_released"] == result["accounts"]
    assert result["seconds_to_affected_set"] > 0
    assert result["repair"]["rerun_differs_from_clean_world_in_accounts"] == 0
    assert set(result["repair"]["sum_by_asset"].values()) == {0}
    laws = result["repair"]["laws"]
    assert set(laws) == {*LAWS, RERUN_LAW, RECEIPTS_LAW, RETURNS_LAW, ANEW_LAW, DROPS_LAW}
    assert set(laws.values()) == {True}
    timeless = whole_json(unsafe, is_reproducible=True)
    assert [name for name, value in timeless.items() if value is None] == [
        "measured",
        "seconds_to_affected_set",
        "seconds_to_repair",
    ]


def test_what_the_ticks_show_is_what_the_judge_counted(report: Report) -> None:
    """No liquidation and no stop of the day is missing in the picture."""
    day = report.day
    sums = [
        sum(getattr(tick, name) for tick in report.ticks)
        for name in ("liquidations", "wrongful_liquidations", "triggers", "wrongful_triggers")
    ]

    assert sums == [
        day.liquidations,
        day.wrongful_liquidations,
        day.triggers,
        day.wrongful_triggers,
    ]
    assert report.freeze is not None
    assert (report.freeze.by, report.freeze.after_ms) == ("operator", day.freeze_ms)


def test_seven_sources_and_both_ways_of_mixing_them_are_drawn(report: Report) -> None:
    """The two of the failing domain say what they said; the guarded index stays with the others."""
    lines = {one.name: one for one in report.prices.lines}
    faulty = [one for one in lines.values() if one.is_faulty]

    assert len(lines) == 9
    assert {one.domain for one in faulty} == {"harbour"}
    assert {min(price for _, price in one.points) for one in faulty} == {32 * E8 // 100}
    best = [price for _, price in lines["best of all sources"].points if price]
    guarded = [price for _, price in lines["guarded index"].points if price]
    assert min(best) <= 32 * E8 // 100 < 9_000 * E8 < min(guarded)
    assert report.other_day is not None
    assert report.other_day.wrongful_liquidations == report.other_day.fills_out_of_band == 0


def test_nobody_who_differs_was_missed_by_the_coarse_walk(
    unsafe: WholeDay, folder: Path, report: Report
) -> None:
    """The funnel narrows, and every exact one is among the possible ones."""
    assert unsafe.undone is not None
    assert unsafe.undone.findings is not None
    genesis = open_directory(folder / "actual").genesis
    told = told_by(folder / "actual", genesis, unsafe.played.day.fault)
    exact = {one for one in unsafe.undone.findings.chosen.made.classes if one < ACCOUNT_ID_ERROR}

    assert exact <= told.possibly_touched
    assert report.repair is not None
    accounts = report.repair.accounts
    assert len(exact) == accounts.affected <= accounts.possibly_touched <= accounts.all


def test_every_fill_of_the_day_is_counted_once(report: Report) -> None:
    """In one cell, or outside the window."""
    assert report.repair is not None
    fills = report.repair.fills
    counts = [value for name, value in msgspec.structs.asdict(fills).items() if name != "band_e8"]

    assert sum(counts) == report.day.fills
    assert fills.one_outside > 0
    assert fills.band_e8 == 3 * E8 // 100


def test_by_cause_every_victim_is_whole_and_the_other_ways_are_measured_too(
    report: Report,
) -> None:
    """What a remedy leaves with users is what its victims lack."""
    assert report.repair is not None
    priced = {one.policy: one for one in report.repair.remedies}
    victims = report.repair.victims

    assert victims > 0
    assert priced["cause"].victims_whole == victims
    assert priced["cause"].bystanders_worse_off == 0
    assert priced["cause"].left_with_users is not None
    assert priced["cause"].left_with_users.units == 0
    stand = priced["stand"]
    assert stand.victims_whole is not None and stand.victims_whole < victims
    assert stand.left_with_users is not None and stand.left_with_users.units > 0
    assert priced["rerun"].victims_whole is None


def test_the_victim_has_one_line_until_the_lie_and_ends_better_than_it_happened(
    report: Report,
) -> None:
    """Both runs are the same before the first lie, and the rows are what was posted."""
    victim = report.victim
    assert victim is not None
    lie = report.prices.bad_from_ms
    before = [
        [point for point in line if point[0] < lie]
        for line in (victim.equity_actual, victim.equity_repaired)
    ]

    assert before[0] == before[1] != []
    assert victim.equity_actual[-1][1] < victim.equity_repaired[-1][1]
    assert victim.closed_seq >= report.timeline[0].seq
    assert victim.repaired_ms == victim.equity_repaired[-1][0]
    assert victim.rows[0].actual != victim.rows[0].repaired


def test_the_timeline_is_in_order_and_names_its_entries(report: Report) -> None:
    """From the first lie to the posting; people who approve are no entry."""
    times = [one.clock_ms for one in report.timeline]
    assert times == sorted(times)
    assert report.repair is not None
    assert report.timeline[-1].seq == report.repair.posted_seq
    assert [one.what.split()[0] for one in report.timeline if one.seq == 0] == ["olivia", "oscar"]


def test_with_protections_there_is_nothing_to_repair(tmp_path: Path) -> None:
    """Both null tests run all the same, and the title says it with the facts."""
    wishes = Wishes(settings=small_day(), is_reported=True, is_compared=False)
    whole = whole_day(tmp_path, wishes)
    report = whole.report

    assert whole.failure() == ""
    assert report is not None
    assert report_fault(report) == ""
    assert title_of(report) == "Two of seven sources at $0.32 for 90 seconds, and nothing to repair"
    assert report.repair is not None
    assert [(one.claim, one.state) for one in report.repair.proofs] == [
        ("plain_null_test", "holds"),
        ("pinned_null_test", "holds"),
        ("drops_liquidate_nobody", "holds"),
    ]
    assert report.other_day is None and report.victim is None
    assert len(report.why_nothing) == 4
    result = whole_json(whole, is_reproducible=True)
    assert (result["accounts_affected"], result["remedies"]) == (0, [])


def start_afresh(hash_seed: str) -> subprocess.Popen[bytes]:
    """A small drill by a new interpreter with this PYTHONHASHSEED."""
    return subprocess.Popen(
        [sys.executable, "-c", PLAY],
        env={
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        },
        stdout=subprocess.PIPE,
    )


@pytest.mark.timeout(600)
def test_equal_seeds_give_equal_reports_and_equal_results() -> None:
    """Byte for byte, plan and receipts included, under any hash seed."""
    started = [start_afresh(seed) for seed in ("1", "4711")]
    said = [one.communicate()[0] for one in started]

    assert [one.returncode for one in started] == [0, 0]
    results = [json.loads(words) for words in said]
    assert results[0] == results[1]
    assert set(results[0]["result"]) >= CONTRACT


def planted_once(folder: Path, plant: Callable[[Path], None]) -> Callable[[str, int, int], None]:
    """Do something to the day's directory when the judge has spoken and the undoing begins."""

    def on_stage(stage: str, done: int, total: int) -> None:
        if stage == "judge" and done == total:
            plant(folder / "actual")

    return on_stage


def forge_a_balance(home: Path) -> None:
    """One more unit for somebody in every checkpoint, with the hash made to fit."""
    genesis = open_directory(home)
    for path in checkpoint_paths(home):
        checkpoint, fault = read_checkpoint(path, genesis_hash=genesis.genesis_hash)
        assert checkpoint is not None, fault
        state = economic_state_of(genesis.genesis, checkpoint.snapshot)
        owner = max(one for one in state if one < ACCOUNT_ID_ERROR)
        amount = next(row[3] for row in state[owner].balances if row[1] == USDT)
        data = path.read_bytes()[:-32].replace(
            amount.to_bytes(8, "little"), (amount + 1).to_bytes(8, "little"), 1
        )
        path.write_bytes(data + sha256(data).digest())


def test_a_flipped_bit_in_a_checkpoint_turns_the_drill_red(tmp_path: Path) -> None:
    """The null test begins with it, and from further back."""
    settings = msgspec.structs.replace(small_day(has_protections=False), accounts=40, makers=1)
    plant = planted_once(tmp_path, forge_a_balance)
    whole = whole_day(tmp_path, Wishes(settings=settings), on_stage=plant)

    assert whole.undone is None
    assert "the day was not put right" in whole.failure()
    assert "\n" not in whole.failure()


def test_a_dropped_posting_turns_the_drill_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: one row of money is left out of what would be posted."""

    def dropping(rows: RepairRows) -> bytes:
        del rows.ledger[0]
        return encode_rows(rows)

    monkeypatch.setattr(remedies, "encode_rows", dropping)
    settings = msgspec.structs.replace(small_day(has_protections=False), accounts=40, makers=1)
    whole = whole_day(tmp_path, Wishes(settings=settings))

    assert whole.undone is None
    assert "not to zero" in whole.failure()
    result = whole_json(whole, is_reproducible=True)
    assert all(result[name] is None for name in CONTRACT)


@pytest.mark.parametrize("name", ["plain", "pinned"])
def test_a_skipped_beat_turns_the_drill_red(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: one of the processes of a null test does not hear a beat of the clock."""
    deaf = DeafTest(getattr(remedies, f"{name}_null_test"))
    monkeypatch.setattr(remedies, f"{name}_null_test", deaf)
    settings = msgspec.structs.replace(small_day(has_protections=False), accounts=40, makers=1)
    whole = whole_day(tmp_path, Wishes(settings=settings))

    assert len(deaf.skipped) == 1
    assert whole.undone is None
    assert f"the null test {name} fails: the events differ" in whole.failure()


def test_the_command_of_a_drill_plays_it_again() -> None:
    """What is usual is left out; the rest is said."""
    usual = Wishes(settings=msgspec.structs.replace(small_day(), accounts=2_000))
    other = Wishes(
        settings=msgspec.structs.replace(
            small_day(has_protections=False, is_adaptive=True, has_mirror=True),
            accounts=20_000,
            tape=Path("tapes"),
        ),
        policy="strict",
    )

    assert command_of(usual) == "seawall drill primexbt --protections on --seed 7"
    assert command_of(other) == (
        "seawall drill primexbt --protections off --seed 7 --flow adaptive --mirror --scale 10 "
        "--tape tapes --policy strict"
    )
