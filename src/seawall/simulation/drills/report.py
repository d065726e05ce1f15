"""The report of a drill: every figure from what was played, judged and undone just now.

`report_of` reads the events of the worlds once more, runs the venue behind the cut again, and runs
one victim's equity. Nothing is stated that was not computed: the guarded line needs the day with
protections on, which is played only when it is asked for; without a freeze there is no cut, and
hence no victim and no corrections.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec

from seawall import __version__
from seawall.core.engine.valuation import account_value
from seawall.core.model.genesis import Genesis
from seawall.journal.directory import open_directory
from seawall.repair.remedies import Findings
from seawall.simulation.drills.day import DaySettings
from seawall.simulation.drills.play import Played
from seawall.simulation.drills.report_day import (
    OtherDay,
    Words,
    day_of,
    freeze_of,
    prices_of,
    ticks_of,
)
from seawall.simulation.drills.report_equity import Equity, equity_of
from seawall.simulation.drills.report_posting import PostedVenue, account_name, posted_venue
from seawall.simulation.drills.report_remedies import Measures, RemedyWatch
from seawall.simulation.drills.report_repair import Sources, nothing_of, repair_of
from seawall.simulation.drills.report_timeline import timeline_of
from seawall.simulation.drills.report_victim import (
    Hurt,
    closed_price_e8,
    entry_price_e8,
    rows_of,
    victim_of,
)
from seawall.simulation.drills.told import Told, told_by
from seawall.simulation.drills.undoing import Undone, edits_of
from seawall.web import numbers
from seawall.web.report import (
    Duration,
    Measured,
    NamedHash,
    Repair,
    Report,
    Reproduction,
    Version,
    Victim,
    VictimRow,
)

MS_PER_SECOND: Final = 1_000
BEFORE_MS: Final = 9_000  # of a victim's equity, before the first lie
BUDGET_MS: Final = 60_000  # for the exact set, and for the repair
OnStage = Callable[[str, int, int], None]  # stage, done, total


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is made of. `watch` has looked at the remedies; `other` is None when only this
    day was played; `command` plays it again.
    """

    settings: DaySettings
    played: Played
    undone: Undone
    watch: RemedyWatch
    other: OtherDay | None
    command: str


def report_of(reported: Reported, *, on_stage: OnStage) -> Report:
    """The report. Raises what the reruns raise."""
    return _Writer(reported, on_stage).report()


class _Writer:
    """Fills one report."""

    def __init__(self, reported: Reported, on_stage: OnStage) -> None:
        self._reported = reported
        self._on_stage = on_stage
        self._home = reported.played.homes["actual"]
        self._genesis: Genesis = open_directory(self._home).genesis
        self._fault = reported.played.day.fault
        self._verdict = reported.played.verdict
        self._told: Told = told_by(self._home, self._genesis, self._fault)

    def report(self) -> Report:
        """All of it."""
        reported, verdict = self._reported, self._verdict
        self._on_stage("report", 0, 3)
        undone, findings = reported.undone, reported.undone.findings
        venue = None
        if findings is not None:
            venue = posted_venue(self._home, cut_seq=findings.cut_seq)
        self._on_stage("report", 1, 3)
        repair, victim = self._repair(findings, venue)
        self._on_stage("report", 3, 3)
        words = Words(self._genesis, self._fault, told=self._told, verdict=verdict)
        return Report(
            headline=words.headline(),
            cause=words.cause(),
            kind="drill",
            synthetic=_synthetic(reported.settings),
            command=reported.command,
            versions=self._versions(),
            has_protections=reported.settings.has_protections,
            prices=prices_of(
                self._genesis,
                self._fault,
                told=self._told,
                has_protections=reported.settings.has_protections,
                other=reported.other,
            ),
            ticks=ticks_of(verdict, self._told),
            freeze=freeze_of(verdict),
            day=day_of(verdict),
            other_day=None if reported.other is None else reported.other.day,
            repair=repair,
            victim=victim,
            why_nothing=words.why_nothing() if repair is not None and findings is None else (),
            timeline=timeline_of(
                self._genesis,
                fault=self._fault,
                told=self._told,
                verdict=verdict,
                undone=undone,
                venue=venue,
            ),
            reproduction=self._reproduction(),
            measured=self._measured(),
        )

    def _repair(
        self, findings: Findings | None, venue: PostedVenue | None
    ) -> tuple[Repair | None, Victim | None]:
        reported = self._reported
        accounts = self._verdict.accounts
        if findings is None or venue is None:
            if reported.played.result.failure():
                return None, None  # something went wrong, and no rerun has looked at it
            state_hash = reported.played.result.state_hash
            nothing = nothing_of(
                reported.undone, accounts=accounts, told=self._told, state_hash=state_hash
            )
            return nothing, None
        measures = Measures(findings.chosen, self._genesis)
        sources = Sources(
            undone=reported.undone,
            findings=findings,
            venue=venue,
            measures=measures,
            watch=reported.watch,
            told=self._told,
            accounts=accounts,
        )
        victim = None
        if venue.posted is not None:
            victim = self._victim(findings, venue, measures)
        return repair_of(sources), victim

    def _victim(self, findings: Findings, venue: PostedVenue, measures: Measures) -> Victim | None:
        judged = findings.chosen
        hurt = victim_of(self._home, self._verdict, judged, measures)
        if hurt is None or venue.posted is None:
            return None
        equity = self._equity(hurt, findings)
        account = venue.engine.state.account(hurt.account_id)
        assert account is not None, "an account is never removed"
        after = int(account_value(venue.engine.state, measures.prices, account))
        instrument = measures.state.markets[hurt.position.instrument_id].instrument
        size = int(hurt.position.size) * int(instrument.lot_size)
        worth = measures.worth(0)
        return Victim(
            account=account_name(hurt.account_id),
            instrument=judged.standing.instruments[int(hurt.position.instrument_id)],
            quantity=measures.amount(int(instrument.base_asset_id), size),
            entry_price_e8=entry_price_e8(hurt, measures),
            closed_price_e8=closed_price_e8(hurt, measures),
            closed_seq=hurt.act.seq,
            closed_by=hurt.act.kind,
            rows=(
                *rows_of(hurt, judged, venue, measures),
                VictimRow(
                    what="Worth of all, at the repaired index",
                    actual=measures.worth(equity.actual[-1][1]),
                    repaired=measures.worth(after),
                ),
            ),
            equity_asset=worth.asset,
            equity_scale=worth.scale,
            equity_actual=tuple(equity.actual),
            equity_repaired=(*equity.repaired, (venue.posted.time_ms, after)),
            repaired_ms=venue.posted.time_ms,
        )

    def _equity(self, hurt: Hurt, findings: Findings) -> Equity:
        before = (self._fault.from_ms - BEFORE_MS) // MS_PER_SECOND
        return equity_of(
            self._home,
            findings,
            edits_of(self._reported.undone.lies, self._fault),
            account_id=hurt.account_id,
            begin_seq=self._told.second_seqs.get(before, findings.window_first - 1),
        )

    def _versions(self) -> tuple[Version, ...]:
        settings, result = self._reported.settings, self._reported.played.result
        findings = self._reported.undone.findings
        versions = [
            Version(name="seawall", value=__version__),
            Version(name="seed", value=str(settings.seed)),
            Version(name="flow", value=result.flow),
            Version(name="accounts", value=numbers.count(result.accounts)),
            Version(name="commands", value=numbers.count(result.commands)),
        ]
        if findings is not None:
            versions.append(Version(name="rulebook", value=str(findings.rulebook.version)))
        return tuple(versions)

    def _reproduction(self) -> tuple[Reproduction, ...]:
        result, undone = self._reported.played.result, self._reported.undone
        hashes = [
            NamedHash(name="events", hash=result.events_hash),
            NamedHash(name="state", hash=result.state_hash),
            NamedHash(name="clean events", hash=result.clean_events_hash),
            NamedHash(name="clean state", hash=result.clean_state_hash),
        ]
        if undone.repair.plan_hash:
            hashes.append(NamedHash(name="plan", hash=undone.repair.plan_hash))
        command = self._reported.command
        return (
            Reproduction(
                command=f"{command} --json r.json",
                shows="prints these hashes on any machine",
                hashes=tuple(hashes),
            ),
            Reproduction(
                command=f"{command} --report report.html --reproducible",
                shows="writes this report again, byte for byte, without the measured times",
            ),
        )

    def _measured(self) -> Measured:
        measured, undone = self._reported.played.result.measured, self._reported.undone
        durations = [
            Duration(what="Both worlds", wall_ms=_wall_ms(measured.world_seconds)),
        ]
        if undone.findings is not None:
            remedies = sum(
                found for name, found in undone.seconds_by_stage.items() if "remedy" in name
            )
            durations += [
                Duration(
                    what="Exact set",
                    wall_ms=_wall_ms(undone.seconds_to_affected_set),
                    budget_ms=BUDGET_MS,
                ),
                Duration(
                    what="Repair",
                    wall_ms=_wall_ms(undone.seconds_to_repair),
                    budget_ms=BUDGET_MS,
                ),
                Duration(
                    what=f"{numbers.in_words(len(undone.remedies))} remedies",
                    wall_ms=_wall_ms(remedies),
                ),
            ]
        today = datetime.now(tz=UTC)
        return Measured(
            durations=tuple(durations),
            machine=f"{os.cpu_count()} cores, {measured.core} engine, "
            f"Python {platform.python_version()}",
            when=numbers.date(int(today.timestamp()) * MS_PER_SECOND),
        )


def _synthetic(settings: DaySettings) -> str:
    market = "traders and money" if settings.tape is not None else "market, traders and money"
    return f"{market}, seed {settings.seed}"


def _wall_ms(seconds: float) -> int:
    return int(seconds * MS_PER_SECOND)
