"""The figures of the day itself: what sources said, what followed, and the words for it."""

from __future__ import annotations

from typing import Final

import msgspec

from seawall.core.model.genesis import Genesis
from seawall.simulation.drills.feeds import Fault
from seawall.simulation.drills.play import Played
from seawall.simulation.drills.told import Point, Told, index_told_by
from seawall.simulation.drills.verdict import TickCounts, Verdict
from seawall.web import numbers
from seawall.web.report import Day, Freeze, PriceLine, Prices, Tick

MS_PER_SECOND: Final = 1_000
CENT_E8: Final = 1_000_000


def to_cents(price_e8: int) -> int:
    """A price that is a mean, or a bound from below, rounded down to the cent."""
    return price_e8 // CENT_E8 * CENT_E8


class OtherDay(msgspec.Struct, frozen=True, kw_only=True):
    """The same day with protections switched over."""

    day: Day
    index: list[Point]


def other_day_of(played: Played) -> OtherDay:
    """What a report shows of the day that was played with protections switched over."""
    index_id = played.day.fault.index_id
    return OtherDay(
        day=day_of(played.verdict), index=index_told_by(played.homes["actual"], index_id)
    )


def day_of(verdict: Verdict) -> Day:
    """A day as its judge counted it."""
    return Day(
        liquidations=verdict.liquidations,
        wrongful_liquidations=verdict.wrongful_liquidations,
        triggers=verdict.triggers,
        wrongful_triggers=verdict.wrongful_triggers,
        fills=verdict.fills,
        fills_out_of_band=verdict.fills_out_of_band,
        accounts=verdict.accounts,
        accounts_affected=verdict.accounts_affected,
        index_low_e8=verdict.index_low_e8,
        freeze_ms=verdict.freeze_ms,
    )


def ticks_of(verdict: Verdict, told: Told) -> tuple[Tick, ...]:
    """Every second of the day in which the venue could act, with what it did."""
    ticks = []
    for second in sorted({*told.second_seqs, *verdict.ticks}):
        counts = verdict.ticks.get(second, TickCounts())
        ticks.append(
            Tick(
                clock_ms=second * MS_PER_SECOND,
                liquidations=counts.liquidations,
                wrongful_liquidations=counts.wrongful_liquidations,
                triggers=counts.triggers,
                wrongful_triggers=counts.wrongful_triggers,
            )
        )
    return tuple(ticks)


def freeze_of(verdict: Verdict) -> Freeze | None:
    """The first freeze."""
    freeze = verdict.freeze
    if freeze is None:
        return None
    return Freeze(
        seq=freeze.seq,
        clock_ms=freeze.time_ms,
        after_ms=freeze.after_ms,
        by="operator" if freeze.is_by_operator else "detector",
    )


def prices_of(
    genesis: Genesis,
    fault: Fault,
    *,
    told: Told,
    has_protections: bool,
    other: OtherDay | None,
) -> Prices:
    """What each source asked, and the index with protections off and on as far as it was played."""
    lines = [
        PriceLine(
            name=one.name.decode("ascii"),
            kind="source",
            domain=one.domain.decode("ascii"),
            is_faulty=int(one.source_id) in told.lies,
            points=tuple(told.asks.get(int(one.source_id), ())),
        )
        for one in genesis.sources
    ]
    switched = other.index if other is not None else []
    off, on = (switched, told.index) if has_protections else (told.index, switched)
    if off:
        lines.append(PriceLine(name="best of all sources", kind="best_of", points=tuple(off)))
    if on:
        lines.append(PriceLine(name="guarded index", kind="guarded", points=tuple(on)))
    last_ms = 0 if told.last_lie is None else told.last_lie.time_ms
    return Prices(
        index=index_name(genesis, fault),
        from_ms=max(told.begin_ms, fault.from_ms - (fault.to_ms - fault.from_ms)),
        to_ms=told.end_ms,
        bad_from_ms=min((one.time_ms for one in told.lies.values()), default=0),
        bad_to_ms=last_ms,
        lines=tuple(lines),
    )


def index_name(genesis: Genesis, fault: Fault) -> str:
    """The index that was lied about."""
    found = next(one for one in genesis.indices if one.index_id == fault.index_id)
    return found.name.decode("ascii")


class Words:
    """The sentences of one day, each from its figures."""

    def __init__(self, genesis: Genesis, fault: Fault, *, told: Told, verdict: Verdict) -> None:
        self._genesis = genesis
        self._fault = fault
        self._told = told
        self._verdict = verdict
        self._liars = numbers.in_words(len(told.lies))
        self._sources = numbers.in_words(len(genesis.sources)).lower()
        self._seconds = (fault.to_ms - fault.from_ms) // MS_PER_SECOND

    def headline(self) -> str:
        """What the venue believed, or, where it did not, what was said to it."""
        price = f"${numbers.price(self._fault.ask_e8)} for {self._seconds} seconds"
        if 0 < self._verdict.index_low_e8 <= self._fault.ask_e8:
            return f"Bitcoin at {price}"
        return f"{self._liars} of {self._sources} sources at {price}"

    def cause(self) -> str:
        """The first sentence of the report."""
        domains = {
            one.domain.decode("ascii")
            for one in self._genesis.sources
            if int(one.source_id) in self._told.lies
        }
        return (
            f"{self._liars} of {self._sources} price sources, all in the failure domain "
            f"{' and '.join(sorted(domains))}, said {numbers.price(self._fault.ask_e8)} for "
            f"{index_name(self._genesis, self._fault)} for {self._seconds} seconds."
        )

    def why_nothing(self) -> tuple[str, ...]:
        """The facts of a day on which nothing was wrong, each from the judge or the events."""
        verdict = self._verdict
        facts = [self._index_fact()]
        if self._told.detectors and verdict.freeze_ms is not None:
            names = {int(one.source_id): one.name.decode("ascii") for one in self._genesis.sources}
            found = sorted({names[one.source_id] for one in self._told.detectors})
            after = numbers.duration(verdict.freeze_ms)
            facts.append(f"After {after} the detector had named {' and '.join(found)}.")
        facts.append(
            f"{numbers.count(verdict.wrongful_liquidations)} of "
            f"{numbers.count(verdict.liquidations)} liquidations and "
            f"{numbers.count(verdict.wrongful_triggers)} of {numbers.count(verdict.triggers)} "
            "stops were wrongful, measured by the same day with true prices."
        )
        facts.append(
            f"{numbers.count(verdict.fills_out_of_band)} of {numbers.count(verdict.fills)} fills "
            "lay outside the execution band of the true price."
        )
        return tuple(facts)

    def _index_fact(self) -> str:
        fault = self._fault
        sound = [
            price_e8
            for source_id, points in self._told.asks.items()
            if source_id not in fault.source_ids
            for time_ms, price_e8 in points
            if fault.from_ms <= time_ms < fault.to_ms
        ]
        lowest, sound_lowest = self._verdict.index_low_e8, min(sound, default=0)
        return (
            f"While they said {numbers.price(fault.ask_e8)}, the venue's index was never below "
            f"{numbers.price(to_cents(lowest))}; the lowest price of a sound source was "
            f"{numbers.price(to_cents(sound_lowest))}."
        )
