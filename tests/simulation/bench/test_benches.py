"""Benches measure what they say and refuse to measure anything else. How fast it is, is no test."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

import seawall
from seawall.cli import venue_commands
from seawall.errors import DataFault, OperatorFault
from seawall.journal.writer import JournalWriter
from seawall.simulation import bench
from seawall.simulation.bench import engine as engine_bench
from seawall.simulation.bench import ticks as ticks_bench
from seawall.simulation.bench import timing
from seawall.simulation.bench.api import bench_api
from seawall.simulation.bench.disk_probe import percentile, probe_disk
from seawall.simulation.bench.journal import bench_journal
from seawall.simulation.bench.machine import describe_machine, file_system
from seawall.simulation.bench.replay import bench_replay
from seawall.simulation.bench.scaling import bench_scaling
from seawall.simulation.bench.ticks import MOVES_PPM, bench_ticks
from seawall.simulation.bench.undo import measure_set
from seawall.simulation.workload import WHOLE, Shape, make_workload


def test_a_percentile_is_a_value_that_was_seen() -> None:
    """The smallest that enough values do not exceed; never an average of two."""
    values = [5, 1, 4, 2, 3]

    assert [3, 5, 1, 0] == [
        percentile(values, 50),
        percentile(values, 99),
        percentile(values, 1),
        percentile([], 50),
    ]


def test_the_machine_is_named() -> None:
    """A figure without its machine, commit and core cannot be compared."""
    described = describe_machine()

    assert described["core_mode"] == seawall.core_mode()
    assert described["commit"]
    assert described["machine"]["cores"] >= 1
    assert described["machine"]["cpu"]


def test_the_disk_probe_leaves_nothing(tmp_path: Path) -> None:
    """It runs in the directory that is measured."""
    assert 5 == len(probe_disk(tmp_path, writes=5))
    assert [] == list(tmp_path.iterdir())
    assert " on " in file_system(tmp_path)


@pytest.mark.slow
def test_the_engine_bench_states_its_shares_and_kinds() -> None:
    """Per mille refused and trading, nanoseconds for every kind."""
    figures = engine_bench.measure(6_000, 400)

    assert (500_000, 1_000_000) == (figures["bar_commands_per_s"], figures["goal_commands_per_s"])
    for found in (figures, figures["spot_only"]):
        assert found["commands_per_s"] > 0
        assert found["commands_per_s_worst"] <= found["commands_per_s_best"]
        assert found["refused_per_mille"] <= 30
        assert found["trading_per_mille"] >= 80
        assert {"place_rest", "place_fill", "cancel", "amend", "ioc"} <= set(
            found["cpu_ns_per_command"]
        )
    assert {"algo_place", "algo_cancel"} <= set(figures["cpu_ns_per_command"])


@pytest.mark.slow
def test_ticks_are_told_apart_by_how_far_the_price_moves() -> None:
    """A small move looks at few of the positions, a large one at more, the first tick at all."""
    figures = bench_ticks(accounts=300, ticks=6)
    usual, _, far = (figures[name] for name in MOVES_PPM)

    assert 5_000 == figures["budget_us"]
    assert 300 == figures["positions"] <= figures["first after a restart"]["examined_max"]
    assert 0 == figures["liquidations"]
    assert usual["reached_p50"] <= far["reached_max"] < 300
    assert usual["examined_p50"] <= far["examined_max"] < 300
    assert 0 < usual["cpu_us_p50"] <= usual["cpu_us_p99"] <= usual["cpu_us_max"]


@pytest.mark.slow
def test_a_tick_whose_mark_stays_behind_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A price that jumps is held back by the index: nobody would be looked at, and it would look
    fast.
    """
    monkeypatch.setattr(ticks_bench, "MOVES_PPM", {"a jump": 50_000})
    with pytest.raises(OperatorFault, match="a mark near"):
        bench_ticks(accounts=20, ticks=2)


@pytest.mark.slow
def test_scaling_shows_each_kind_at_three_sizes() -> None:
    """Rows of the same kinds, columns of 1, 10 and 100 times the accounts."""
    figures = bench_scaling(accounts=20, commands=4_000)
    table = figures["cpu_ns"]

    assert {"place_rest", "place_fill", "cancel", "amend", "algo_place", "tick"} <= set(table)
    for row in table.values():
        assert ["20 accounts", "200 accounts", "2,000 accounts", "last to first"] == list(row)


@pytest.mark.slow
def test_equal_streams_end_equally_and_others_do_not() -> None:
    """The hashes that tell a compiled core from an interpreted one see a single command."""
    shape = Shape(commands=600, accounts=40, resting=60, mix=WHOLE)
    hashes = [
        engine_bench.hashes_of(make_workload(one))
        for one in (shape, shape, replace(shape, commands=601))
    ]

    assert hashes[0] == hashes[1]
    assert hashes[0]["events"] != hashes[2]["events"]
    assert hashes[0]["state"] != hashes[2]["state"]


@pytest.mark.slow
def test_a_stream_that_hardly_trades_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bench of orders that only rest would flatter."""
    monkeypatch.setattr(timing, "TRADING_PER_MILLE_MIN", 950)
    with pytest.raises(OperatorFault, match="trading"):
        engine_bench.measure(3_000, 100)


@pytest.mark.slow
def test_the_journal_bench_prints_how_it_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PRAGMA synchronous, the file system and the probe of the same run stand beside the figure."""
    monkeypatch.chdir(tmp_path)
    figures = bench_journal(seconds_each=0.05)

    assert "FULL" == figures["synchronous"]
    assert {"count", "p50_us", "p99_us", "max_us"} == set(figures["disk_probe"])
    assert " on " in figures["file_system"]
    assert figures["256 per commit"]["commands_per_s"] == figures["commands_per_s"] > 0
    assert [] == list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_journal_that_does_not_sync_is_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NORMAL loses acknowledged rows; its figure must not be printed as ours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(JournalWriter, "synchronous", "NORMAL")
    with pytest.raises(DataFault, match="NORMAL"):
        bench_journal(seconds_each=0.05)


@pytest.mark.slow
def test_the_replay_bench_gives_hashes_of_its_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs of the same journal agree, or the bench fails."""
    monkeypatch.chdir(tmp_path)
    figures = bench_replay(commands=3_000)

    assert figures["commands_per_s"] > 0
    assert figures["commands"] > 3_000
    assert 2 * hashlib.sha256().digest_size == len(figures["state_hash"])


@pytest.mark.slow
def test_the_api_bench_drives_a_venue_of_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Orders are accepted, cost is counted, and an empty application stands beside it."""
    monkeypatch.chdir(tmp_path)
    figures = bench_api(seconds_each=1.0)

    for name in ("1 connection", "64 connections"):
        assert figures[name]["commands_per_s"] > 0
        assert figures[name]["p50_us"] <= figures[name]["p99_us"]
        assert figures[name]["cpu_us_per_order"] > 0
    assert figures["empty application"]["1 connection"]["requests_per_s"] > 0
    assert figures["disk_probe"]["p99_us"] > 0
    assert [] == list(tmp_path.iterdir())


def test_the_figures_of_a_single_bench_stand_on_top(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that asks for one bench reads `commands_per_s` at once."""
    monkeypatch.setattr(
        bench, "BENCHES", {name: lambda on_stage: {"commands_per_s": 7} for name in bench.BENCHES}
    )

    assert (
        7
        == bench.run(["engine"])["commands_per_s"]
        == bench.run(["engine", "api"])["api"]["commands_per_s"]
    )
    assert any("commands_per_s" in line for line in bench.lines(bench.run(["engine", "api"])))


@pytest.mark.slow
def test_the_undo_bench_says_how_long_the_exact_set_takes(tmp_path: Path) -> None:
    """A fault in the middle of a short stream: both runs, the cut, and its laws."""
    heard: list[tuple[str, int, int]] = []
    figures = measure_set(
        tmp_path / "stream",
        commands=30_000,
        accounts=120,
        on_stage=lambda *said: heard.append(said),
    )

    assert figures["commands"] > 30_000  # with those that open accounts and fill books
    # It is not quick because nothing was to be done.
    assert figures["fills_reviewed"] > 0 and figures["accounts_affected"] > 0
    assert {stage for stage, _, _ in heard} == {"making a stream", "both runs"}
    assert all(0 <= done <= total > 0 for _, done, total in heard)
    assert figures["seconds"] >= figures["seconds_of_the_cut"]
    assert figures["commands_per_s"] > 0


def test_the_command_line_knows_every_bench() -> None:
    """Its list is one of its own, since the benches are slow to import."""
    assert {*venue_commands.BENCHES, *venue_commands.LONG_BENCHES} == set(bench.BENCHES)
