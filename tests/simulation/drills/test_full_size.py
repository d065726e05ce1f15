"""The drills as people run them: two thousand accounts, both ways, and the whole crash."""

from __future__ import annotations

from pathlib import Path

import pytest

import seawall
from seawall.simulation.drills import play_crash
from seawall.simulation.drills.crash import CrashSettings
from seawall.simulation.drills.day import DaySettings
from seawall.simulation.drills.drill_laws import CRASH_LAW
from seawall.simulation.drills.play import play_day
from tests.simulation.drills.small import DeafTest, unseen_line, unseen_stage

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        seawall.core_mode() != "compiled",
        reason="a full drill takes minutes on interpreted sources",
    ),
]
FLOWS = pytest.mark.parametrize(
    ("is_adaptive", "has_mirror"),
    [
        pytest.param(False, False, id="scripted"),
        pytest.param(True, True, id="adaptive-mirrored"),
    ],
)


@FLOWS
def test_without_protections_the_day_breaks_thousands(
    tmp_path: Path, has_mirror: bool, is_adaptive: bool
) -> None:
    """The incident as it was: else the other half would prove nothing."""
    settings = DaySettings(has_protections=False, has_mirror=has_mirror, is_adaptive=is_adaptive)
    result = play_day(settings, tmp_path, on_stage=unseen_stage, on_line=unseen_line).result

    assert result.failure() == ""
    assert result.fills_out_of_band >= 1_000
    assert result.wrongful_liquidations >= 100
    assert result.accounts >= 2_000 and result.accounts_unlike_clean >= 1_000
    assert result.seconds_to_freeze == 4.98  # the operator's five ticks


@FLOWS
def test_with_protections_nothing_of_it_happens(
    tmp_path: Path, has_mirror: bool, is_adaptive: bool
) -> None:
    """Rightful liquidations and stops of the same day go on, and are found rightful."""
    settings = DaySettings(has_mirror=has_mirror, is_adaptive=is_adaptive)
    result = play_day(settings, tmp_path, on_stage=unseen_stage, on_line=unseen_line).result

    assert result.failure() == ""
    assert (result.fills_out_of_band, result.wrongful_liquidations, result.wrongful_triggers) == (
        0,
        0,
        0,
    )
    assert min(result.liquidations, result.triggers) > 10
    assert result.seconds_to_freeze is not None and result.seconds_to_freeze <= 1.0


def test_a_true_crash_gets_through(tmp_path: Path) -> None:
    """The hours around the great fall; `make drills` plays both days. A venue that survives lies by
    believing nothing would fail here.
    """
    settings = CrashSettings(accounts=1_000, first_hour=8, hours=4)
    result = play_crash.play_crash(settings, tmp_path, on_stage=unseen_stage, on_line=unseen_line)

    assert result.failure() == ""
    assert result.liquidations > 200
    assert result.forced_ticks > 50
    assert result.laws == {CRASH_LAW: True}


def test_a_crash_that_is_run_again_otherwise_is_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: the run that must find nothing to repair does not hear a beat of the clock."""
    deaf = DeafTest(play_crash.pinned_null_test)
    monkeypatch.setattr(play_crash, "pinned_null_test", deaf)
    settings = CrashSettings(accounts=200, first_hour=10, hours=1)
    result = play_crash.play_crash(settings, tmp_path, on_stage=unseen_stage, on_line=unseen_line)

    assert len(deaf.skipped) == 1
    assert result.laws == {CRASH_LAW: False}
    assert "nothing is to be repaired in a true crash; the events differ" in result.failure()
