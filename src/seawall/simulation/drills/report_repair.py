"""The figures of a repair, filled from what a drill's undoing has found: set, fills, sums, proofs.

A claim "holds" here only where it has just been computed: by the undoing in this process and its
fresh ones. What this drill does not compute is said to be not computed, with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec

from seawall.core.engine import repair_laws
from seawall.core.engine.cut import FUNDING, OTHER
from seawall.core.engine.licences import Verdict as FillVerdict
from seawall.core.model.enums import LedgerKind
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.repair import USER_KINDS
from seawall.repair.judging import Judged
from seawall.repair.plan import LEDGER, POSTING, TWICE
from seawall.repair.remedies import Findings
from seawall.simulation.drills.drill_laws import (
    ANEW_LAW,
    DROPS_LAW,
    RECEIPTS_LAW,
    RERUN_LAW,
    RETURNS_LAW,
)
from seawall.simulation.drills.report_posting import PostedVenue, remains_of
from seawall.simulation.drills.report_remedies import Measures, RemedyWatch, remedies_shown
from seawall.simulation.drills.told import Told
from seawall.simulation.drills.undoing import Undone
from seawall.simulation.drills.venue import E8
from seawall.web.numbers import count
from seawall.web.report import Accounts, FillCounts, Posting, Proof, Repair

BAND_OF_THE_DAY_E8: Final = 3 * E8 // 100  # of the major tier, where no fill was reviewed
_GROUPS: Final = {
    LedgerKind.HOUSE_ERROR: "house_error",
    LedgerKind.HOUSE_FEE: "house",
    LedgerKind.HOUSE_TREASURY: "house",
    LedgerKind.INSURANCE: "insurance",
}
_NO_MEASURE: Final = (
    "In the adaptive flow makers follow the venue's own index: no rerun has the clean day's prices."
)


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """What a repair is shown from."""

    undone: Undone
    findings: Findings
    venue: PostedVenue
    measures: Measures
    watch: RemedyWatch
    told: Told
    accounts: int


def repair_of(sources: Sources) -> Repair:
    """The repair of a day that was frozen."""
    undone, judged = sources.undone, sources.findings.chosen
    made = undone.repair
    is_posted = made.posted_seq != 0
    posted = sources.venue.posted
    return Repair(
        policy=made.policy,
        accounts=_accounts(sources),
        fills=fill_counts(sources.findings, fills=sources.told.fills),
        remedies=remedies_shown(undone.remedies, sources.measures, sources.watch),
        postings=postings_of(judged, sources.measures) if is_posted else (),
        proofs=tuple(_proofs(sources)),
        remains=remains_of(sources.venue, judged, sources.measures) if is_posted else (),
        victims=sources.watch.victims,
        approvals=len(made.approvals),
        plan_hash=made.plan_hash,
        posted_seq=made.posted_seq,
        posted_ms=posted.time_ms if posted is not None else 0,
    )


def nothing_of(undone: Undone, *, accounts: int, told: Told, state_hash: str) -> Repair:
    """A day on which nothing was frozen by people: nothing was posted, reruns were all."""
    return Repair(
        policy=undone.repair.policy,
        accounts=Accounts(
            all=accounts,
            possibly_touched=len(told.possibly_touched),
            affected=undone.accounts_affected,
        ),
        fills=FillCounts(
            both_inside=0,
            both_outside=0,
            one_inside=0,
            one_outside=0,
            neither_inside=0,
            neither_outside=0,
            outside_window=told.fills,
            band_e8=BAND_OF_THE_DAY_E8,
        ),
        remedies=(),
        postings=(),
        proofs=(
            _proof("plain_null_test", _first(undone.faults, undone.repair.plain_null_test_equal),
                   digest=state_hash),
            _proof("pinned_null_test", _first(undone.faults, undone.repair.pinned_null_test_equal),
                   digest=state_hash),
            _drops(undone),
        ),
    )  # fmt: skip


def _first(faults: list[str], holds: bool) -> str:
    return "" if holds else (faults[0] if faults else "The two runs differ.")


def _accounts(sources: Sources) -> Accounts:
    classes = sources.findings.chosen.made.classes
    affected = {int(one) for one in classes if one < ACCOUNT_ID_ERROR}
    kinds = Counter(int(kind) for one, kind in classes.items() if one < ACCOUNT_ID_ERROR)
    return Accounts(
        all=sources.accounts,
        possibly_touched=len(sources.told.possibly_touched | affected),
        affected=sources.undone.accounts_affected,
        only_funding=kinds[FUNDING],
        only_fees=kinds[OTHER],
    )


def fill_counts(findings: Findings, *, fills: int) -> FillCounts:
    """The fills of the window by cause and price; `fills` are those of the whole day."""
    judged, counts = findings.chosen, Counter[str]()
    instruments = Counter[int]()
    for verdict in judged.world.rerun.pinned.settlement.verdicts:
        if findings.window_first <= verdict.seq <= findings.window_last:
            counts[_cell(verdict, findings)] += 1
            instruments[int(verdict.instrument_id)] += 1
    band_e8 = BAND_OF_THE_DAY_E8
    if instruments:
        most = min(instruments, key=lambda one: (-instruments[one], one))
        band_e8 = _band_e8(findings, most)
    return FillCounts(
        both_inside=counts["both inside"],
        both_outside=counts["both outside"],
        one_inside=counts["one inside"],
        one_outside=counts["one outside"],
        neither_inside=counts["neither inside"],
        neither_outside=counts["neither outside"],
        outside_window=fills - counts.total(),
        band_e8=band_e8,
    )


def _cell(verdict: FillVerdict, findings: Findings) -> str:
    """A fill that was divided counts where its worst part is."""
    least = min(int(verdict.taker_lots), int(verdict.maker_lots))
    most = max(int(verdict.taker_lots), int(verdict.maker_lots))
    row = "neither" if most < verdict.quantity else "one" if least < verdict.quantity else "both"
    market = findings.chosen.world.rerun.state.markets[verdict.instrument_id]
    fair_e8 = int(verdict.reference_e8)
    away_e8 = abs(int(verdict.price) * int(market.instrument.tick_size_e8) - fair_e8)
    band_e8 = _band_e8(findings, int(verdict.instrument_id))
    is_inside = fair_e8 == 0 or away_e8 * E8 <= fair_e8 * band_e8
    return f"{row} {'inside' if is_inside else 'outside'}"


def _band_e8(findings: Findings, instrument_id: int) -> int:
    instrument = findings.chosen.world.rerun.state.markets[instrument_id].instrument
    return findings.rulebook.band_e8(int(instrument.risk_tier))


def postings_of(judged: Judged, measures: Measures) -> tuple[Posting, ...]:
    """What the rows give to each group of ledger accounts, in the order of the catalogue."""
    groups: dict[str, Counter[int]] = {
        name: Counter() for name in ("users", "house_error", "house", "insurance", "system")
    }
    for row in judged.rows.ledger:
        group = "users" if row.kind in USER_KINDS else _GROUPS.get(int(row.kind), "system")
        groups[group][int(row.asset_id)] += int(row.amount)
    assets = sorted({asset_id for sums in groups.values() for asset_id in sums})
    return tuple(
        Posting(
            group=name,
            amounts=tuple(measures.amount(asset_id, sums[asset_id]) for asset_id in assets),
        )
        for name, sums in groups.items()
    )


def _proofs(sources: Sources) -> Iterator[Proof]:
    """Every claim, with the figure behind it."""
    undone, findings, accounts = sources.undone, sources.findings, sources.accounts
    laws, judged = findings.laws, findings.chosen
    state_hash, rows = findings.cut_state_hash.hex(), f"{count(findings.row_count)} rows"
    yield _proof("plain_null_test", findings.null_tests["plain"], digest=state_hash)
    yield _proof("pinned_null_test", findings.null_tests["pinned"], digest=state_hash)
    released = f"{count(undone.accounts_released)} of {count(accounts)} accounts"
    moved = sum(1 for one in judged.rows.positions if one.size != 0)
    victims = f"{count(len(judged.made.after))} victims"
    books = f"{count(len(judged.world.rerun.state.markets))} books"
    yield _proof(repair_laws.SUMS, laws[repair_laws.SUMS], measure=rows)
    yield _proof(repair_laws.GAPS, laws[repair_laws.GAPS], measure=f"{count(moved)} positions")
    yield _proof(repair_laws.UNTOUCHED, laws[repair_laws.UNTOUCHED], measure=released)
    if judged.world.rerun.pinned.settlement.policy.is_whole:
        yield _proof(repair_laws.VICTIMS, laws[repair_laws.VICTIMS], measure=victims)
    else:
        yield _not_computed(repair_laws.VICTIMS, "This policy does not promise it.")
    yield _proof(repair_laws.BOOKS, laws[repair_laws.BOOKS], measure=books)
    sound = laws[LEDGER] or next(iter(sources.venue.ledger_faults), "")
    yield _proof(LEDGER, sound, measure=_ledger_accounts(sources))
    yield _proof(POSTING, laws[POSTING], measure=rows)
    twice = laws[TWICE]
    if not twice and not undone.repair.posted_twice_is_noop:
        twice = "The second posting changed something."
    yield _proof(TWICE, twice, digest=undone.repair.plan_hash)
    yield _again(sources, RETURNS_LAW, measure=rows)
    yield _again(sources, ANEW_LAW, measure=rows)
    yield _receipts(sources)
    yield _rerun(sources)
    yield _drops(undone)


def _ledger_accounts(sources: Sources) -> str:
    """How many there are where the repair was posted."""
    if sources.venue.posted is None:
        return ""
    return f"{count(len(sources.venue.engine.state.ledger.accounts))} ledger accounts"


def _again(sources: Sources, claim: str, *, measure: str) -> Proof:
    """A second repair, in a copy."""
    fault = sources.undone.laws.get(claim)
    if fault is None:
        return _not_computed(claim, "Nothing was posted that could be repaired again.")
    return _proof(claim, fault, measure=measure)


def _receipts(sources: Sources) -> Proof:
    receipts = f"{count(len(sources.findings.parts))} receipts"
    return _proof(RECEIPTS_LAW, sources.undone.laws[RECEIPTS_LAW], measure=receipts)


def _rerun(sources: Sources) -> Proof:
    differing = sources.undone.repair.rerun_differs_from_clean_world_in_accounts
    if differing is None:
        return _not_computed(RERUN_LAW, _NO_MEASURE)
    measure = f"{count(differing)} of {count(sources.accounts)} accounts differ"
    return _proof(RERUN_LAW, sources.undone.laws[RERUN_LAW], measure=measure)


def _drops(undone: Undone) -> Proof:
    fault = undone.laws.get(DROPS_LAW)
    if fault is None:
        return _not_computed(DROPS_LAW, _NO_MEASURE)
    return _proof(DROPS_LAW, fault, measure=f"{count(len(undone.lies.seqs))} bad observations")


def _proof(claim: str, fault: str, *, measure: str = "", digest: str = "") -> Proof:
    if fault:
        return Proof(claim=claim, state="fails", hash=digest, found=_sentence(fault))
    return Proof(claim=claim, state="holds", measure=measure, hash=digest)


def _not_computed(claim: str, why: str) -> Proof:
    return Proof(claim=claim, state="not_computed", found=why)


def _sentence(text: str) -> str:
    """A fault as a sentence of its own."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
