"""What happened, in order: the first of each kind, with the entry of the journal that says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from seawall.core.model.genesis import Genesis
from seawall.simulation.drills.feeds import Fault
from seawall.simulation.drills.report_posting import PostedVenue
from seawall.simulation.drills.told import First, Told
from seawall.simulation.drills.undoing import Undone
from seawall.simulation.drills.verdict import Verdict, WrongfulAct
from seawall.web import numbers
from seawall.web.numbers import count
from seawall.web.report import Moment


def timeline_of(
    genesis: Genesis,
    *,
    fault: Fault,
    told: Told,
    verdict: Verdict,
    undone: Undone,
    venue: PostedVenue | None,
) -> tuple[Moment, ...]:
    """The moments of a day and its repair."""
    moments = [
        *_lies(genesis, fault, told),
        *_venue(genesis, told, verdict),
        *(_people(undone, venue) if venue is not None else ()),
    ]
    return tuple(sorted(moments, key=lambda one: one.clock_ms))  # stable: causes come first


def _lies(genesis: Genesis, fault: Fault, told: Told) -> Iterator[Moment]:
    names = {int(one.source_id): one for one in genesis.sources}
    index = next(one for one in genesis.indices if one.index_id == fault.index_id)
    what = index.name.decode("ascii")
    for source_id, first in sorted(told.lies.items(), key=lambda one: one[1].seq):
        source = names[source_id]
        domain = source.domain.decode("ascii")
        yield _at(
            first,
            f"{source.name.decode('ascii')} ({domain}) says {numbers.price(fault.ask_e8)} "
            f"for {what}",
            kind="fault",
        )
    if told.last_lie is not None:
        source = names[told.last_lie.source_id]
        yield _at(
            told.last_lie,
            f"The last wrong price, from {source.name.decode('ascii')}",
            kind="fault",
        )


def _venue(genesis: Genesis, told: Told, verdict: Verdict) -> Iterator[Moment]:
    names = {int(one.source_id): one.name.decode("ascii") for one in genesis.sources}
    for found in told.detectors[:10]:
        words = f"The detector finds {names[found.source_id]} far from the others"
        yield _at(found, words, kind="venue")
    trigger = _first_act(verdict, "trigger")
    if trigger is not None:
        words = f"A stop fires on a wrong price, the first of {count(verdict.wrongful_triggers)}"
        yield _act(trigger, words)
    liquidation = _first_act(verdict, "liquidation")
    if liquidation is not None:
        words = (
            "An account is liquidated on a wrong price, the first of "
            f"{count(verdict.wrongful_liquidations)}"
        )
        yield _act(liquidation, words)
    if told.takeover is not None:
        words = f"The venue takes over a position, the first of {count(verdict.taken_over)}"
        yield _at(told.takeover, words, kind="venue")
    if told.deleveraging is not None:
        words = (
            "A profitable position is closed against a bankrupt one, the first of "
            f"{count(verdict.deleveraged)}"
        )
        yield _at(told.deleveraging, words, kind="venue")
    freeze = verdict.freeze
    if freeze is not None:
        yield Moment(
            clock_ms=freeze.time_ms,
            seq=freeze.seq,
            what="An operator freezes the venue"
            if freeze.is_by_operator
            else "What acts on the index by itself is frozen",
            kind="people" if freeze.is_by_operator else "venue",
        )


def _first_act(verdict: Verdict, kind: str) -> WrongfulAct | None:
    return next((one for one in verdict.acts if one.kind == kind), None)


def _act(act: WrongfulAct, words: str) -> Moment:
    return Moment(clock_ms=act.time_ms, seq=act.seq, what=words, kind="venue", grade="proven")


def _people(undone: Undone, venue: PostedVenue) -> Iterator[Moment]:
    """The cut, the plan, its approvals and its posting; the venue stands still meanwhile."""
    findings = undone.findings
    if findings is None:
        return
    yield Moment(
        clock_ms=venue.cut_ms,
        seq=findings.cut_seq,
        what="Both runs are compared here: "
        f"{count(undone.accounts_affected)} accounts differ, "
        f"{count(undone.accounts_released)} are released",
        kind="repair",
        grade="proven",
    )
    for name in undone.repair.approvals:
        words = f"{name} approves plan {numbers.short_hash(undone.repair.plan_hash)}"
        yield Moment(clock_ms=venue.cut_ms, seq=0, what=words, kind="people")
    if venue.opened is not None:
        words = "The case is opened; the rows of the repair follow"
        yield _at(venue.opened, words, kind="repair")
    if venue.posted is not None:
        words = (
            f"Posted in one entry: {count(findings.row_count)} rows, "
            f"{count(venue.rearmed)} stops active again, {count(venue.offered)} orders offered back"
        )
        yield _at(venue.posted, words, kind="repair")


def _at(first: First, words: str, *, kind: Literal["fault", "venue", "repair"]) -> Moment:
    return Moment(clock_ms=first.time_ms, seq=first.seq, what=words, kind=kind)
