"""What a report shows, as plain integers and words, for whoever plays or repairs a day to fill.

Money is an `Amount`: whole units of an asset with the asset's scale. Prices are `_e8`. Times are
`_ms` of the venue's clock (UTC), as entries carry it; only `Measured` holds times of a machine.
Nothing is stated twice: sums, differences, shares and the title are computed from these figures by
the page. Each docstring says where a figure comes from: A is the actual run, C the counterfactual
(the pinned rerun), K the seq of the cut, D the difference C - A at K.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from seawall.web.report.repair_figures import Repair, Victim


class PriceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the first picture.

    `source`: what an outside source said (events `PricesObserved` of A). `best_of`: the lowest ask
    of all sources (`IndexPublished` of a run without protections). `guarded`: the guarded index
    (`IndexPublished` of a run with protections). `points` are (clock_ms, price_e8) at changes, in
    order; a price of 0 is a gap. Any number of points may be given: the page thins them.
    """

    name: str
    kind: Literal["source", "best_of", "guarded"]
    points: tuple[tuple[int, int], ...]
    domain: str = ""  # the failure domain of a source
    is_faulty: bool = False  # its observations are among those that the edits drop


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """What each source said about one index, from `from_ms` to `to_ms`.

    The bad window is that of the edits: from the first observation that they drop to the last; both
    are 0 when no observation was bad. `note` is one sentence over the picture, where the page's
    own, which speaks of the lines that are there, does not fit.
    """

    index: str  # e.g. "BTC-USDT"
    from_ms: int
    to_ms: int
    bad_from_ms: int = 0
    bad_to_ms: int = 0
    lines: tuple[PriceLine, ...]
    note: str = ""


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """One tick of the engine in A: liquidations begun and stops fired, and how many of them were
    wrongful (decisions of the judge; without a clean world: those that C does not make).
    """

    clock_ms: int
    liquidations: int
    wrongful_liquidations: int
    triggers: int
    wrongful_triggers: int


class Freeze(msgspec.Struct, frozen=True, kw_only=True):
    """The first freeze: its entry, and venue time since the first bad observation (`freeze_ms` of
    the judge). `by` is a word of `texts.FREEZERS`: who asked for it.
    """

    seq: int
    clock_ms: int
    after_ms: int
    by: Literal["detector", "operator"]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong on one day, as the judge counts it (`Verdict`), with protections on or off.

    `index_low_e8` is the lowest index that the venue itself published inside the bad window.
    `accounts_affected` counts those whose economic state differs from the clean world's.
    """

    liquidations: int
    wrongful_liquidations: int
    triggers: int
    wrongful_triggers: int
    fills: int
    fills_out_of_band: int
    accounts: int
    accounts_affected: int
    index_low_e8: int
    freeze_ms: int | None  # None: nothing was frozen


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the timeline. `seq` 0: no entry of the journal. `grade`: inferred by somebody,
    recorded in the journal, or computed again.
    """

    clock_ms: int
    seq: int
    what: str
    kind: Literal["fault", "venue", "people", "repair"]
    grade: Literal["suspected", "observed", "proven"] = "observed"


class NamedHash(msgspec.Struct, frozen=True, kw_only=True):
    """A fingerprint (hex) with its name: events, state, plan, overlay."""

    name: str
    hash: str


class Reproduction(msgspec.Struct, frozen=True, kw_only=True):
    """A command that anybody can run again, and the hashes that it must print."""

    command: str
    shows: str
    hashes: tuple[NamedHash, ...] = ()


class Duration(msgspec.Struct, frozen=True, kw_only=True):
    """Wall time of one step. `budget_ms` 0: none was promised."""

    what: str
    wall_ms: int
    budget_ms: int = 0


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Times of the machine that ran it, and what that machine was: the only figures of a report
    that may differ from run to run. Left out of a reproducible report.
    """

    durations: tuple[Duration, ...]
    machine: str  # e.g. "2 cores, compiled engine, Python 3.11.7"
    when: str = ""  # the calendar day of the run, e.g. "22 November 2026"


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """What ran: seawall, engine, rules, rulebook, flow, seed."""

    name: str
    value: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one report shows.

    `headline` says what happened in a few words, without a full stop ("Bitcoin at $0.32 for 90
    seconds"); the page adds the outcome. `cause` is the first sentence of the lead. `why_nothing`
    are the facts, one sentence each, that show why nothing is to be repaired: used when no account
    differs, ignored otherwise. `day` is this day, `other_day` the same one with protections
    switched over; None when it was not played. `repair` is None when no rerun was made.
    """

    headline: str
    cause: str
    kind: Literal["drill", "incident"]
    synthetic: str  # what is synthetic about the data, e.g. "synthetic market, seed 7"; "" nothing
    command: str
    versions: tuple[Version, ...]
    has_protections: bool
    prices: Prices
    ticks: tuple[Tick, ...]
    freeze: Freeze | None
    day: Day
    other_day: Day | None = None
    repair: Repair | None = None
    victim: Victim | None = None
    why_nothing: tuple[str, ...] = ()
    timeline: tuple[Moment, ...] = ()
    reproduction: tuple[Reproduction, ...] = ()
    measured: Measured | None = None
