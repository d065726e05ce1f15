"""Small days played from end to end: worlds in processes of their own, from bytes on disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from seawall.core.model.risk_events import DetectorFired
from seawall.errors import EnvironmentFault
from seawall.journal.checkpoints import checkpoint_paths
from seawall.journal.creation import create_journal
from seawall.journal.directory import open_directory
from seawall.replay.rerun import rerun
from seawall.replay.run import run
from seawall.simulation.drills.day import make_day
from seawall.simulation.drills.picture import entries_of
from seawall.simulation.drills.play import DayResult, as_json, play_day
from seawall.simulation.drills.truth import truth_of
from seawall.simulation.drills.world import WorldOrder
from seawall.simulation.drills.worlds import WorldStopped, run_worlds
from tests.simulation.drills.small import small_day, unseen_line, unseen_stage

PLAY = """
import json, sys, tempfile
from pathlib import Path
from seawall.simulation.drills.day import DaySettings
from seawall.simulation.drills.day import make_day
from seawall.simulation.drills.play import as_json, play_day

with tempfile.TemporaryDirectory() as folder:
    result = play_day(
        DaySettings(accounts=40, makers=1, has_protections=False),
        Path(folder),
        on_stage=lambda *_: None,
        on_line=lambda *_: None,
    ).result
print(json.dumps(as_json(result)))
"""


def played_afresh(hash_seed: str) -> dict[str, Any]:
    """A small day, script and worlds, by a new interpreter with this PYTHONHASHSEED."""
    ended = subprocess.run(
        [sys.executable, "-c", PLAY],
        env={
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        },
        capture_output=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(ended.stdout)
    del result["measured"]
    return result


@pytest.mark.slow
def test_equal_seeds_give_equal_hashes_under_any_hash_seed() -> None:
    """Nothing in script, engine or judge may depend on the order of a set."""
    assert played_afresh("1") == played_afresh("4711")


@pytest.fixture(scope="module")
def protected(tmp_path_factory: pytest.TempPathFactory) -> tuple[DayResult, Path]:
    """A day with protections, and where its worlds lie."""
    folder = tmp_path_factory.mktemp("protected")
    result = play_day(small_day(), folder, on_stage=unseen_stage, on_line=unseen_line).result
    return result, folder


@pytest.mark.slow
def test_with_protections_nothing_goes_wrong(protected: tuple[DayResult, Path]) -> None:
    """Two sources of seven print 0.32 for ninety seconds, and people trade on."""
    result, _ = protected

    assert result.failure() == ""
    assert (result.wrongful_liquidations, result.wrongful_triggers) == (0, 0)
    assert result.fills_out_of_band == 0
    assert result.fills > 500
    assert result.seconds_to_freeze is not None and result.seconds_to_freeze <= 1.0


@pytest.mark.slow
def test_the_detector_fires_on_the_day_and_not_on_the_clean_day(
    protected: tuple[DayResult, Path],
) -> None:
    """Once for each source that lies, within a tick; a detector that always fires finds nothing."""
    _, folder = protected
    fired = {
        name: [
            event.source_id
            for entry in entries_of(folder / name)
            for event in entry.events
            if isinstance(event, DetectorFired)
        ]
        for name in ("actual", "clean")
    }

    assert fired == {"actual": [0, 1], "clean": []}


@pytest.mark.slow
def test_a_rerun_begins_right_below_the_first_bad_observation(
    protected: tuple[DayResult, Path],
) -> None:
    """The worlds keep their state there, further back, and behind; each leads to the same end."""
    result, folder = protected
    truth = truth_of(folder / "actual", folder / "clean")
    kept = sorted(int(path.stem) for path in checkpoint_paths(folder / "actual"))
    below = max(seq for seq in kept if seq < truth.first_seq)

    assert len(kept) == len(checkpoint_paths(folder / "clean")) == 3
    assert truth.first_seq - below < 10
    for begin in kept:
        again = rerun(folder / "actual", begin=begin)
        assert again.result.from_seq == begin
        assert again.result.state_hash == result.state_hash
        assert again.result.events_hash == result.events_hash


@pytest.mark.slow
def test_what_a_world_wrote_can_be_replayed_to_its_hashes(
    protected: tuple[DayResult, Path],
) -> None:
    """The drill's figures come from a journal that anybody can apply again."""
    result, folder = protected
    actual, clean = run(folder / "actual"), run(folder / "clean")

    assert (actual.events_hash, actual.state_hash) == (result.events_hash, result.state_hash)
    assert (clean.events_hash, clean.state_hash) == (
        result.clean_events_hash,
        result.clean_state_hash,
    )


@pytest.mark.slow
def test_without_protections_a_small_day_is_too_little_to_be_green(tmp_path: Path) -> None:
    """Forty accounts cannot break a thousand fills: the drill says so and fails."""
    settings = msgspec.structs.replace(small_day(has_protections=False), accounts=40, makers=1)
    result = play_day(settings, tmp_path, on_stage=unseen_stage, on_line=unseen_line).result

    assert "at least 1000 fills out of band and 100 wrongful liquidations" in result.failure()


@pytest.mark.slow
def test_in_the_adaptive_flow_makers_are_part_of_the_journal(tmp_path: Path) -> None:
    """What makers said to the venue's own index can be replayed like everything else."""
    settings = small_day(is_adaptive=True)
    result = play_day(settings, tmp_path, on_stage=unseen_stage, on_line=unseen_line).result
    again = run(tmp_path / "actual")

    assert result.failure() == ""
    assert (again.events_hash, again.state_hash) == (result.events_hash, result.state_hash)
    homes = [open_directory(tmp_path / name) for name in ("actual", "actual-script")]
    assert homes[0].genesis_hash == homes[1].genesis_hash


def result_with(**changes: object) -> DayResult:
    """A result with protections that is green, with changes."""
    sound: dict[str, Any] = {
        "drill": "primexbt",
        "seed": 7,
        "flow": "scripted",
        "protections": "on",
        "mirror": False,
        "scale": 1,
        "commands": 1,
        "fills": 1_000,
        "fills_out_of_band": 0,
        "liquidations": 0,
        "wrongful_liquidations": 0,
        "triggers": 0,
        "wrongful_triggers": 0,
        "taken_over": 0,
        "deleveraged": 0,
        "accounts": 0,
        "accounts_unlike_clean": 0,
        "seconds_to_freeze": 0.98,
        "clean_fills": 1_000,
        "events_hash": "",
        "state_hash": "",
        "clean_events_hash": "",
        "clean_state_hash": "",
        "examples": [],
        "measured": {
            "script_seconds": 0,
            "world_seconds": 0,
            "judge_seconds": 0,
            "commands_per_s": 0,
            "core": "",
        },
    }
    return msgspec.convert({**sound, **changes}, DayResult)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"wrongful_liquidations": 1}, "no wrongful liquidations; there were 1"),
        ({"wrongful_triggers": 1}, "no wrongful triggers; there were 1"),
        ({"fills_out_of_band": 1}, "no fills out of band; there were 1"),
        ({"seconds_to_freeze": None}, "no detector"),
        ({"fills": 1_100}, ""),
        ({"fills": 900}, ""),
        ({"fills": 1_101}, "within 10 %"),
        ({"fills": 899}, "within 10 %"),
        ({"fills": 0, "clean_fills": 0}, "within 10 %"),
        ({"protections": "off"}, "there were 0 and 0"),
        (
            {"protections": "off", "fills_out_of_band": 999, "wrongful_liquidations": 100},
            "there were 999 and 100",
        ),
        (
            {"protections": "off", "fills_out_of_band": 1_000, "wrongful_liquidations": 99},
            "there were 1000 and 99",
        ),
        ({"protections": "off", "fills_out_of_band": 1_000, "wrongful_liquidations": 100}, ""),
    ],
)
def test_a_drill_is_red_for_each_of_its_claims(changes: dict[str, Any], words: str) -> None:
    """Each bound at it and one beyond."""
    failure = result_with(**changes).failure()

    assert words in failure
    assert bool(words) == bool(failure)


def test_the_result_names_what_scripts_read() -> None:
    """The names are a contract of the command line; wall times stand apart."""
    promised = (
        "drill seed flow protections scale commands fills fills_out_of_band "
        "wrongful_liquidations wrongful_triggers accounts seconds_to_freeze events_hash "
        "state_hash clean_events_hash clean_state_hash mirror measured"
    )

    assert set(promised.split()) <= set(as_json(result_with()))


@pytest.mark.slow
def test_a_world_that_cannot_be_read_is_a_bug_with_its_last_words(tmp_path: Path) -> None:
    """A drill never judges half a day."""
    create_journal(tmp_path / "actual", make_day(small_day()).genesis)
    (tmp_path / "actual" / "genesis").write_bytes(b"torn")

    with pytest.raises(WorldStopped, match="the actual world ended with 65"):
        run_worlds({"actual": (tmp_path / "actual", WorldOrder())}, unseen_line)


@pytest.mark.slow
def test_a_world_that_the_machine_fails_is_no_bug(tmp_path: Path) -> None:
    """A full or closed disk is named as that, with what to do."""
    create_journal(tmp_path / "actual", make_day(small_day()).genesis)
    (tmp_path / "actual" / "events").mkdir()  # nothing can be written there

    with pytest.raises(EnvironmentFault, match="TMPDIR"):
        run_worlds({"actual": (tmp_path / "actual", WorldOrder())}, unseen_line)
