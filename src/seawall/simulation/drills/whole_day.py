"""A drill from end to end: the day is played and judged, undone, and reported if somebody asks.

    play_day -> undo_day -> (the same day with protections switched over) -> report

What it came to is said in one piece: `WholeDay.failure` is the first thing that does not hold.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from seawall.errors import DataFault, OperatorFault
from seawall.repair.policies import POLICY_DEFAULT
from seawall.simulation.drills.cast import REFERENCE_ACCOUNTS
from seawall.simulation.drills.day import DaySettings
from seawall.simulation.drills.play import OnStage, Played, as_json, play_day
from seawall.simulation.drills.report import Reported, report_of
from seawall.simulation.drills.report_day import other_day_of
from seawall.simulation.drills.report_remedies import RemedyWatch
from seawall.simulation.drills.undoing import Undone, undo_day
from seawall.simulation.drills.worlds import OnLine
from seawall.web.report import Report

SECONDS_DIGITS: Final = 3


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted of a drill. `is_compared`: for the report, the day is played again with
    protections switched over.
    """

    settings: DaySettings
    policy: str = POLICY_DEFAULT
    is_reported: bool = False
    is_compared: bool = True


class WholeDay(msgspec.Struct, frozen=True, kw_only=True):
    """What a drill came to. `undone` and `report` are None when the undoing was refused, and
    `refusal` says why.
    """

    played: Played
    undone: Undone | None
    refusal: str
    report: Report | None

    def failure(self) -> str:
        """The first thing that does not hold, as a sentence; "" when the drill is green."""
        if self.undone is None:
            return f"the day was not put right: {self.refusal}"
        if self.undone.faults:
            return f"the day was not put right: {self.undone.faults[0]}"
        return self.played.result.failure()


def play_whole_day(
    wishes: Wishes,
    folder: Path,
    *,
    on_stage: OnStage,
    on_line: OnLine,
    is_watched: bool = False,
) -> WholeDay:
    """Play, undo and report in an empty folder. Raises what `play_day` and the reruns raise; a plan
    that is refused, or bytes on disk that are damaged, are a result of the drill.
    """
    settings = wishes.settings
    played = play_day(settings, folder, on_stage=on_stage, on_line=on_line, is_watched=is_watched)
    watch = RemedyWatch(played.day.genesis)
    try:
        undone = undo_day(
            played.homes,
            folder,
            fault=played.day.fault,
            accounts=played.result.accounts,
            policy=wishes.policy,
            wrongs=None if settings.is_adaptive else played.verdict.acts,
            on_stage=on_stage,
            on_judged=watch,
        )
    except (OperatorFault, DataFault) as error:
        return WholeDay(played=played, undone=None, refusal=error.found, report=None)
    report = None
    if wishes.is_reported:
        other = None
        if wishes.is_compared:
            switched = msgspec.structs.replace(
                settings, has_protections=not settings.has_protections
            )
            (folder / "switched").mkdir()
            other = other_day_of(
                play_day(switched, folder / "switched", on_stage=on_stage, on_line=on_line)
            )
        report = report_of(
            Reported(
                settings=settings,
                played=played,
                undone=undone,
                watch=watch,
                other=other,
                command=command_of(wishes),
            ),
            on_stage=on_stage,
        )
    return WholeDay(played=played, undone=undone, refusal="", report=report)


def command_of(wishes: Wishes) -> str:
    """The command that plays this drill again."""
    settings = wishes.settings
    words = [
        "seawall drill primexbt",
        f"--protections {'on' if settings.has_protections else 'off'}",
        f"--seed {settings.seed}",
    ]
    if settings.is_adaptive:
        words.append("--flow adaptive")
    if settings.has_mirror:
        words.append("--mirror")
    if settings.accounts != REFERENCE_ACCOUNTS:
        words.append(f"--scale {settings.accounts // REFERENCE_ACCOUNTS}")
    if settings.tape is not None:
        words.append(f"--tape {settings.tape}")
    if wishes.policy != POLICY_DEFAULT:
        words.append(f"--policy {wishes.policy}")
    return " ".join(words)


def whole_json(whole: WholeDay, *, is_reproducible: bool) -> dict[str, Any]:
    """The result for machines. With `is_reproducible` every wall time is null, and the rest is
    equal on every machine.
    """
    built = as_json(whole.played.result)
    built.update(_undone_json(whole.undone))
    if is_reproducible:
        for name in ("seconds_to_affected_set", "seconds_to_repair", "measured"):
            built[name] = None
    return built


def _undone_json(undone: Undone | None) -> dict[str, Any]:
    if undone is None:
        names = (
            "accounts_affected",
            "accounts_released",
            "seconds_to_affected_set",
            "seconds_to_repair",
            "remedies",
            "repair",
        )
        return dict.fromkeys(names)
    return {
        "accounts_affected": undone.accounts_affected,
        "accounts_released": undone.accounts_released,
        "seconds_to_affected_set": round(undone.seconds_to_affected_set, SECONDS_DIGITS),
        "seconds_to_repair": round(undone.seconds_to_repair, SECONDS_DIGITS),
        "remedies": msgspec.to_builtins(undone.remedies),
        "repair": msgspec.to_builtins(undone.repair),
    }
