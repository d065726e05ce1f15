"""Playing 12 and 13 March 2020: a script, a venue that runs through it, and what is claimed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import msgspec

from seawall.journal.directory import open_directory
from seawall.replay.pinned_null import PinnedNullResult, pinned_null_test
from seawall.simulation.drills.cast import REFERENCE_ACCOUNTS
from seawall.simulation.drills.crash import CrashSettings, make_crash
from seawall.simulation.drills.crash_judge import MILLION, CrashJudge, Tally
from seawall.simulation.drills.drill_laws import CRASH_LAW
from seawall.simulation.drills.picture import entries_of
from seawall.simulation.drills.play import Measured, OnStage
from seawall.simulation.drills.script import write_script
from seawall.simulation.drills.venue import E8
from seawall.simulation.drills.world import WorldOrder, WorldResult
from seawall.simulation.drills.worlds import OnLine, faults_of, run_worlds

INDEX_ERROR_MAX_PPM: Final = 15_000


class CrashResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the crash came to. All but `measured` is equal on every machine."""

    drill: str
    seed: int
    scale: int
    hours: int
    venue_seconds: int
    commands: int
    fills: int
    index_error_max_ppm: int
    confirm_seconds: int
    hold_seconds: int
    jumps: int
    liquidations: int
    taken_over: int
    deleveraged: int
    triggers: int
    triggers_refused: int
    forced_ticks: int
    limiter_share_max_ppm: int
    fund_start: int  # units of USDT
    fund_min: int
    fund_end: int
    frozen: list[str]
    pinned_null_test_fault: str  # what a rerun without edits would repair; "" for nothing
    laws: dict[str, bool]
    events_hash: str
    state_hash: str
    measured: Measured

    def failure(self) -> str:
        """The first claim that does not hold, as a sentence; "" when all do."""
        if self.index_error_max_ppm > INDEX_ERROR_MAX_PPM:
            return f"the index was {_percent(self.index_error_max_ppm)} off; at most 1.5 % is right"
        if self.limiter_share_max_ppm > MILLION:
            return (
                f"forced flow took {_percent(self.limiter_share_max_ppm)} of what the market "
                "limiter allows in a tick"
            )
        if self.fund_min < 0:
            return f"the insurance fund fell to {self.fund_min} units"
        if self.frozen:
            return f"nothing need be frozen in a true crash; {self.frozen[0]}"
        if self.pinned_null_test_fault:
            return f"nothing is to be repaired in a true crash; {self.pinned_null_test_fault}"
        if self.liquidations == 0 or self.fills == 0:
            return "nobody was liquidated in a crash: nothing was shown"
        return ""


def play_crash(
    settings: CrashSettings,
    folder: Path,
    *,
    on_stage: OnStage,
    on_line: OnLine,
    is_watched: bool = False,
) -> CrashResult:
    """Play the crash in an empty folder, and run it again as a repair would, with nothing to edit.

    Raises what the journal's writer and the reruns raise, and WorldStopped for a bug.
    """
    started = time.perf_counter()
    crash = make_crash(settings)
    home = folder / "actual"
    write_script(
        crash.script,
        actual=(home, crash.genesis),
        clean=None,
        progress=lambda done, total: on_stage("script", done, total),
    )
    written = time.perf_counter()
    (world,) = run_worlds({"actual": (home, WorldOrder(is_watched=is_watched))}, on_line)
    faults = faults_of([world])
    assert not faults, f"broken laws of the books: {faults[0]}"
    ran = time.perf_counter()
    on_stage("judge", 0, 1)
    genesis = open_directory(home).genesis
    tally = CrashJudge(genesis=genesis, truths=crash.truths).judge(entries_of(home))
    on_stage("judge", 1, 1)
    judged = time.perf_counter()
    null = pinned_null_test(
        home,
        folder / "pinned",
        first_seq=1,
        until=world.seq,
        on_fresh=lambda _name, done, total: on_stage("pinned null test", done, total),
    )
    measured = Measured(
        script_seconds=written - started,
        world_seconds=ran - written,
        judge_seconds=judged - ran,
        commands_per_s=world.seq / max(world.seconds, 1e-9),
        core=world.core,
    )
    seconds = crash.script.seconds_total
    return _result(settings, seconds, tally, world, null=null, measured=measured)


def _result(
    settings: CrashSettings,
    seconds: int,
    tally: Tally,
    world: WorldResult,
    *,
    null: PinnedNullResult,
    measured: Measured,
) -> CrashResult:
    return CrashResult(
        drill="crash",
        seed=settings.seed,
        scale=settings.accounts // REFERENCE_ACCOUNTS,
        hours=settings.hours,
        venue_seconds=seconds,
        commands=world.seq,
        fills=tally.fills,
        index_error_max_ppm=tally.index_error_max_ppm,
        confirm_seconds=tally.confirm_seconds,
        hold_seconds=tally.hold_seconds,
        jumps=tally.jumps,
        liquidations=tally.liquidations,
        taken_over=tally.taken_over,
        deleveraged=tally.deleveraged,
        triggers=tally.triggers,
        triggers_refused=tally.triggers_refused,
        forced_ticks=tally.forced_ticks,
        limiter_share_max_ppm=tally.limiter_share_max_ppm,
        fund_start=tally.fund_start,
        fund_min=tally.fund_min,
        fund_end=tally.fund_end,
        frozen=tally.frozen[:20],
        pinned_null_test_fault=null.fault,
        laws={CRASH_LAW: null.is_equal and not tally.frozen},
        events_hash=world.events_hash,
        state_hash=world.state_hash,
        measured=measured,
    )


def as_json(result: CrashResult) -> dict[str, Any]:
    """The result for machines."""
    built: dict[str, Any] = msgspec.to_builtins(result)
    return built


def crash_lines(result: CrashResult) -> list[str]:
    """The result for people."""
    measured = result.measured
    return [
        f"drill                  {result.drill}, seed {result.seed}, scale {result.scale}",
        f"hours                  {result.hours}, played in {result.venue_seconds:,} s",
        f"commands               {result.commands:,}",
        f"fills                  {result.fills:,}",
        f"index error, largest   {_percent(result.index_error_max_ppm)}",
        f"seconds of confirming  {result.confirm_seconds} ({result.jumps} steps of jumps)",
        f"liquidations           {result.liquidations:,}, {result.taken_over:,} taken over",
        f"deleveraged            {result.deleveraged:,}",
        f"triggers               {result.triggers:,}, {result.triggers_refused:,} refused then",
        f"limiter, fullest tick  {_percent(result.limiter_share_max_ppm)} of its allowance",
        f"fund at its least      {_usdt(result.fund_min)}",
        f"fund at the end        {_usdt(result.fund_end)}",
        f"frozen                 {'; '.join(result.frozen[:3]) or 'nothing'}",
        f"to be repaired         {result.pinned_null_test_fault or 'nothing'}",
        f"events_hash            {result.events_hash}",
        f"state_hash             {result.state_hash}",
        f"core                   {measured.core}, {measured.commands_per_s:,.0f} commands/s",
        f"seconds of script      {measured.script_seconds:.1f}",
        f"seconds of the world   {measured.world_seconds:.1f}",
        f"seconds of judging     {measured.judge_seconds:.1f}",
    ]


def _percent(ppm: int) -> str:
    return f"{ppm / 10_000:.2f} %"


def _usdt(units: int) -> str:
    return f"{units // E8:,} USDT"
