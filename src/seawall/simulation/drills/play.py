"""Playing 23 August 2019: the script is written, both worlds run, the judge speaks.

    write_script -> DIR/actual and DIR/clean -> two processes -> events on disk -> Judge

In the adaptive flow the journals hold what does not depend on the venue's prices, and the worlds
write journals of their own beside them, makers' quotes included.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from seawall.journal.creation import create_journal
from seawall.journal.directory import open_directory
from seawall.simulation.drills.cast import REFERENCE_ACCOUNTS
from seawall.simulation.drills.day import CHECKPOINTS, Day, DaySettings, make_day
from seawall.simulation.drills.judge import Judge
from seawall.simulation.drills.picture import entries_of
from seawall.simulation.drills.script import write_script
from seawall.simulation.drills.verdict import Verdict
from seawall.simulation.drills.world import WorldOrder, WorldResult
from seawall.simulation.drills.worlds import OnLine, faults_of, run_worlds

OUT_OF_BAND_MIN: Final = 1_000  # with protections off: less is no drill
WRONGFUL_MIN: Final = 100
FILLS_PERCENT: Final = 10  # with protections on, the fills may differ from the clean world's by

OnStage = Callable[[str, int, int], None]  # stage, done, total


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Wall time of the machine that ran it."""

    script_seconds: float
    world_seconds: float
    judge_seconds: float
    commands_per_s: float
    core: str


class DayResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of a day. All but `measured` is equal on every machine."""

    drill: str
    seed: int
    flow: str
    protections: str
    mirror: bool
    scale: int
    commands: int
    fills: int
    fills_out_of_band: int
    liquidations: int
    wrongful_liquidations: int
    triggers: int
    wrongful_triggers: int
    taken_over: int
    deleveraged: int
    accounts: int
    accounts_unlike_clean: int  # whose economic state is not that in the clean world
    seconds_to_freeze: float | None
    clean_fills: int
    events_hash: str
    state_hash: str
    clean_events_hash: str
    clean_state_hash: str
    examples: list[str]
    measured: Measured

    def failure(self) -> str:
        """Why the drill did not show what it is there to show, as a sentence; "" when it did."""
        if self.protections == "off":
            return _too_little(self)
        return _not_held(self)


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """A day that was played and judged; `homes` are the data directories of its worlds."""

    result: DayResult
    day: Day
    verdict: Verdict
    homes: dict[str, Path]


def play_day(
    settings: DaySettings,
    folder: Path,
    *,
    on_stage: OnStage,
    on_line: OnLine,
    is_watched: bool = False,
) -> Played:
    """Play the day in an empty folder, which keeps journals and events of both worlds.

    Raises BadConfiguration for a tape that cannot be used, what the journal's writer raises, and
    WorldStopped for a bug.
    """
    started = time.perf_counter()
    day = make_day(settings)
    homes = {"actual": folder / "actual", "clean": folder / "clean"}
    scripts = homes
    if settings.is_adaptive:
        scripts = {name: folder / f"{name}-script" for name in homes}
        for home in homes.values():
            create_journal(home, day.genesis)
    write_script(
        day.script,
        actual=(scripts["actual"], day.genesis),
        clean=(scripts["clean"], day.genesis),
        progress=lambda done, total: on_stage("script", done, total),
    )
    written = time.perf_counter()
    orders = {
        name: (
            home,
            WorldOrder(
                script=str(scripts[name]) if settings.is_adaptive else "",
                quoters=day.quoters if settings.is_adaptive else [],
                checkpoints=list(CHECKPOINTS),
                is_watched=is_watched,
            ),
        )
        for name, home in homes.items()
    }
    actual, clean = run_worlds(orders, on_line)
    faults = faults_of([actual, clean])
    assert not faults, f"broken laws of the books: {faults[0]}"
    ran = time.perf_counter()
    on_stage("judge", 0, 1)
    verdict = judge_day(homes["actual"], homes["clean"], day)
    on_stage("judge", 1, 1)
    measured = Measured(
        script_seconds=written - started,
        world_seconds=ran - written,
        judge_seconds=time.perf_counter() - ran,
        commands_per_s=actual.seq / max(actual.seconds, 1e-9),
        core=actual.core,
    )
    result = _result(settings, verdict, actual=actual, clean=clean, measured=measured)
    return Played(result=result, day=day, verdict=verdict, homes=homes)


def judge_day(actual: Path, clean: Path, day: Day) -> Verdict:
    """Judge the events that two worlds have left on disk."""
    judge = Judge(
        genesis=open_directory(actual).genesis,
        clean_genesis=open_directory(clean).genesis,
        clean=entries_of(clean),
        fault=day.fault,
    )
    return judge.judge(entries_of(actual))


def _result(
    settings: DaySettings,
    verdict: Verdict,
    *,
    actual: WorldResult,
    clean: WorldResult,
    measured: Measured,
) -> DayResult:
    return DayResult(
        drill="primexbt",
        seed=settings.seed,
        flow="adaptive" if settings.is_adaptive else "scripted",
        protections="on" if settings.has_protections else "off",
        mirror=settings.has_mirror,
        scale=settings.accounts // REFERENCE_ACCOUNTS,
        commands=actual.seq,
        fills=verdict.fills,
        fills_out_of_band=verdict.fills_out_of_band,
        liquidations=verdict.liquidations,
        wrongful_liquidations=verdict.wrongful_liquidations,
        triggers=verdict.triggers,
        wrongful_triggers=verdict.wrongful_triggers,
        taken_over=verdict.taken_over,
        deleveraged=verdict.deleveraged,
        accounts=verdict.accounts,
        accounts_unlike_clean=verdict.accounts_affected,
        seconds_to_freeze=None if verdict.freeze_ms is None else verdict.freeze_ms / 1_000,
        clean_fills=verdict.clean_fills,
        events_hash=actual.events_hash,
        state_hash=actual.state_hash,
        clean_events_hash=clean.events_hash,
        clean_state_hash=clean.state_hash,
        examples=verdict.examples,
        measured=measured,
    )


def _too_little(result: DayResult) -> str:
    """Without protections much must break: green by emptiness is no result."""
    if result.fills_out_of_band < OUT_OF_BAND_MIN or result.wrongful_liquidations < WRONGFUL_MIN:
        return (
            f"without protections at least {OUT_OF_BAND_MIN} fills out of band and {WRONGFUL_MIN} "
            f"wrongful liquidations must be seen; there were {result.fills_out_of_band} and "
            f"{result.wrongful_liquidations}"
        )
    return ""


def _not_held(result: DayResult) -> str:
    """With protections nothing may go wrong, and trading must go on."""
    for count, what in (
        (result.wrongful_liquidations, "wrongful liquidations"),
        (result.wrongful_triggers, "wrongful triggers"),
        (result.fills_out_of_band, "fills out of band"),
    ):
        if count:
            return f"with protections there must be no {what}; there were {count}"
    if result.seconds_to_freeze is None:
        return "no detector has noticed the sources that lied"
    away = abs(result.fills - result.clean_fills) * 100
    if result.clean_fills == 0 or away > result.clean_fills * FILLS_PERCENT:
        return (
            f"trading must go on within {FILLS_PERCENT} % of the clean world's "
            f"{result.clean_fills} fills; there were {result.fills}"
        )
    return ""


def as_json(result: DayResult) -> dict[str, Any]:
    """What was seen, for machines."""
    built: dict[str, Any] = msgspec.to_builtins(result)
    return built
