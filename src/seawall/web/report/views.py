"""What the template shows, computed from the figures: tiles, rows, shares. No markup here."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from seawall.web import numbers
from seawall.web.report.figures import Day, Report
from seawall.web.report.outcome import is_balanced, outcome_of, sums_by_asset
from seawall.web.report.repair_figures import (
    Accounts,
    Amount,
    FillCounts,
    Open,
    Proof,
    Remedy,
    Repair,
    Victim,
    VictimRow,
)
from seawall.web.texts import CLAIMS, FREEZERS, POLICIES, say

PER_MILLE: Final = 1_000
OPEN_LINES_MAX: Final = 10
Direction = Literal["up", "down", "none"]


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """One of the four figures at the top."""

    name: str
    figure: str
    note: str
    level: Literal["plain", "broken"] = "plain"


def tiles_of(report: Report) -> tuple[Tile, ...]:
    """Frozen, exact set, repaired, sum of corrections."""
    return _frozen_tile(report), _set_tile(report), _repaired_tile(report), _sum_tile(report)


def _frozen_tile(report: Report) -> Tile:
    freeze = report.freeze
    if freeze is None:
        note = say("tile.not_frozen_note")
        return Tile(name=say("tile.frozen"), figure=say("tile.not_frozen"), note=note)
    note = say("tile.frozen_note", by=FREEZERS[freeze.by])
    return Tile(name=say("tile.frozen"), figure=numbers.duration(freeze.after_ms), note=note)


def _set_tile(report: Report) -> Tile:
    if report.repair is None:
        return Tile(name=say("tile.set"), figure="–", note=say("tile.set_none"))
    accounts = report.repair.accounts
    note = say(
        "tile.set_note",
        all=numbers.count(accounts.all),
        released=numbers.count(accounts.all - accounts.affected),
    )
    return Tile(name=say("tile.set"), figure=numbers.count(accounts.affected), note=note)


def _repaired_tile(report: Report) -> Tile:
    name, repair, outcome = say("tile.repaired"), report.repair, outcome_of(report)
    if repair is None or repair.accounts.affected == 0:
        return Tile(name=name, figure="0", note=say("tile.repaired_nothing_note"))
    affected = numbers.count(repair.accounts.affected)
    if not repair.posted_seq:
        note = say("tile.repaired_waiting_note", affected=affected)
        return Tile(name=name, figure="0", note=note)
    note = say("tile.repaired_note", seq=numbers.count(repair.posted_seq))
    level: Literal["plain", "broken"] = "broken" if outcome == "posted_failed" else "plain"
    return Tile(name=name, figure=affected, note=note, level=level)


def _sum_tile(report: Report) -> Tile:
    name = say("tile.sum")
    if report.repair is None or not report.repair.postings:
        return Tile(name=name, figure="0", note=say("tile.sum_nothing_note"))
    sums = sums_by_asset(report.repair.postings)
    wrong = [one for one in sums.values() if one.units]
    if not wrong:
        return Tile(name=name, figure="0", note=say("tile.sum_note", assets=_listed(list(sums))))
    figure = numbers.number(wrong[0].units, wrong[0].scale, is_signed=True).text()
    note = say("tile.sum_wrong_note", assets=_listed([one.asset for one in wrong]))
    return Tile(name=name, figure=figure, note=note, level="broken")


def _listed(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One verdict of the matrix: how many fills, and what became of them."""

    verdict: Literal["stand", "split", "void"]
    count: int
    words: str


class MatrixRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the matrix: a cause, and the fills inside and outside the band."""

    cause: str
    note: str
    inside: Cell
    outside: Cell


def matrix_of(fills: FillCounts) -> tuple[MatrixRow, ...]:
    """Cause by price, as the rule is published."""
    rows: tuple[tuple[str, Literal["stand", "split", "void"], int, int], ...] = (
        ("both", "stand", fills.both_inside, fills.both_outside),
        ("one", "split", fills.one_inside, fills.one_outside),
        ("neither", "void", fills.neither_inside, fills.neither_outside),
    )
    return tuple(
        MatrixRow(
            cause=say(f"fills.{cause}"),
            note=say(f"fills.{cause}_note"),
            inside=Cell(verdict=verdict, count=inside, words=say(f"fills.{cause}_inside")),
            outside=Cell(verdict="void", count=outside, words=say(f"fills.{cause}_outside")),
        )
        for cause, verdict, inside, outside in rows
    )


class Portion(msgspec.Struct, frozen=True, kw_only=True):
    """All fills of one verdict; where its part of the strip begins and how wide it is, in
    thousandths of all.
    """

    verdict: Literal["stand", "split", "void"]
    count: int
    begin: int
    share: int


def portions_of(fills: FillCounts) -> tuple[Portion, ...]:
    """The reviewed fills by verdict."""
    cells = [cell for row in matrix_of(fills) for cell in (row.inside, row.outside)]
    total = max(sum(cell.count for cell in cells), 1)
    portions: list[Portion] = []
    verdicts: tuple[Literal["stand", "split", "void"], ...] = ("stand", "split", "void")
    before = 0
    for verdict in verdicts:
        count = sum(cell.count for cell in cells if cell.verdict == verdict)
        begin, end = before * PER_MILLE // total, (before + count) * PER_MILLE // total
        portions.append(Portion(verdict=verdict, count=count, begin=begin, share=end - begin))
        before += count
    return tuple(portions)


def reviewed_fills(fills: FillCounts) -> int:
    """All fills inside the window."""
    return sum(row.inside.count + row.outside.count for row in matrix_of(fills))


class RemedyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A remedy beside the others. `share` and `share_of_users` are parts of the longest bar, in
    thousandths: what the operator pays, and what users still bear.
    """

    remedy: Remedy
    name: str
    explanation: str
    is_chosen: bool
    share: int
    share_of_users: int
    whole: str


def remedies_of(repair: Repair) -> tuple[RemedyRow, ...]:
    """The remedies in the order given."""
    most = max((_cost(one) + _left(one) for one in repair.remedies), default=0) or 1
    return tuple(
        RemedyRow(
            remedy=one,
            name=POLICIES[one.policy][0],
            explanation=POLICIES[one.policy][1],
            is_chosen=one.policy == repair.policy,
            share=_cost(one) * PER_MILLE // most,
            share_of_users=_left(one) * PER_MILLE // most,
            whole=say("remedies.unknown")
            if one.victims_whole is None
            else numbers.percent(one.victims_whole, repair.victims),
        )
        for one in repair.remedies
    )


def _cost(remedy: Remedy) -> int:
    return abs(remedy.operator_cost_value.units)


def _left(remedy: Remedy) -> int:
    return 0 if remedy.left_with_users is None else abs(remedy.left_with_users.units)


class FunnelStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step from all accounts to those that differ; `share` of all, in thousandths."""

    name: str
    note: str
    count: int
    share: int
    css: str


def funnel_of(accounts: Accounts) -> tuple[FunnelStep, ...]:
    """All, possibly touched, exactly affected, released."""
    note = say("funnel.affected_note")
    if accounts.only_funding or accounts.only_fees:
        classes = say(
            "funnel.classes",
            funding=numbers.count(accounts.only_funding),
            fees=numbers.count(accounts.only_fees),
        )
        note = f"{note}; {classes}"
    steps = (
        ("all", accounts.all, say("funnel.all_note")),
        ("possibly", accounts.possibly_touched, say("funnel.possibly_note")),
        ("affected", accounts.affected, note),
        ("released", accounts.all - accounts.affected, say("funnel.released_note")),
    )
    return tuple(
        FunnelStep(
            name=say(f"funnel.{name}"),
            note=words,
            count=count,
            share=count * PER_MILLE // max(accounts.all, 1),
            css=name,
        )
        for name, count, words in steps
    )


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the victim: two cells and what lies between them."""

    what: str
    actual: Amount | str
    repaired: Amount | str
    difference: Amount | str
    direction: Direction


def differences_of(victim: Victim) -> tuple[Difference, ...]:
    """The rows of a victim with their differences, taken here."""
    return tuple(_difference(row) for row in victim.rows)


def _difference(row: VictimRow) -> Difference:
    difference: Amount | str
    direction: Direction = "none"
    if isinstance(row.actual, Amount) and isinstance(row.repaired, Amount):
        units = row.repaired.units - row.actual.units
        difference = msgspec.structs.replace(row.repaired, units=units)
        direction = "up" if units > 0 else ("down" if units < 0 else "none")
    else:
        is_same = row.actual == row.repaired
        difference = say("victim.same") if is_same else say("victim.restored")
    return Difference(
        what=row.what,
        actual=row.actual,
        repaired=row.repaired,
        difference=difference,
        direction=direction,
    )


def victim_story(victim: Victim) -> str:
    """What the account had, and what the venue did to it."""
    quantity = victim.quantity
    size = numbers.number(abs(quantity.units), quantity.scale).text()
    return say(
        "victim.story",
        account=victim.account,
        side=say("victim.long") if quantity.units > 0 else say("victim.short"),
        quantity=f"{size}{numbers.NO_BREAK_SPACE}{quantity.asset}",
        instrument=victim.instrument,
        entry=numbers.price(victim.entry_price_e8),
        seq=numbers.count(victim.closed_seq),
        closed=say(f"closing.{victim.closed_by}"),
        price=numbers.price(victim.closed_price_e8),
    )


class ProofLine(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as it is shown."""

    claim: str
    state: Literal["holds", "fails", "not_computed"]
    measure: str
    hash: str
    found: str


def proof_lines(repair: Repair) -> tuple[ProofLine, ...]:
    """The claims: first the sum that this page adds up itself, then those given."""
    lines = [_proof_line(proof) for proof in repair.proofs]
    if repair.postings:
        balanced = is_balanced(repair)
        own = ProofLine(
            claim=say("proof.sum_claim"),
            state="holds" if balanced else "fails",
            measure=" · ".join(
                f"{one.asset} {numbers.full_number(one.units, one.scale)}"
                for one in sums_by_asset(repair.postings).values()
            ),
            hash="",
            found="" if balanced else say("proof.sum_wrong"),
        )
        lines.insert(0, own)
    return tuple(lines)


def _proof_line(proof: Proof) -> ProofLine:
    return ProofLine(
        claim=CLAIMS[proof.claim],
        state=proof.state,
        measure=proof.measure,
        hash=proof.hash,
        found=proof.found,
    )


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """The postings as a table: one column for each asset, a sum below each."""

    assets: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Amount, ...]], ...]
    sums: tuple[Amount, ...]
    is_balanced: bool


def sums_of(repair: Repair) -> Sums:
    """The corrections, added up."""
    sums = sums_by_asset(repair.postings)
    return Sums(
        assets=tuple(sums),
        rows=tuple(
            (
                posting.group,
                tuple(
                    next(
                        (one for one in posting.amounts if one.asset == total.asset),
                        msgspec.structs.replace(total, units=0),
                    )
                    for total in sums.values()
                ),
            )
            for posting in repair.postings
        ),
        sums=tuple(sums.values()),
        is_balanced=is_balanced(repair),
    )


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the two days; `is_wrong` marks figures that should be 0."""

    what: str
    off: str
    on: str
    is_off_wrong: bool = False
    is_on_wrong: bool = False


def comparison_of(report: Report) -> tuple[Comparison, ...]:
    """The day with protections off and on; empty when only one of them was played."""
    if report.other_day is None:
        return ()
    on, off = report.day, report.other_day
    if not report.has_protections:
        on, off = off, on
    counts = (
        ("liquidations", "wrongful_liquidations", "liquidations"),
        ("triggers", "wrongful_triggers", "triggers"),
        ("out_of_band", "fills_out_of_band", "fills"),
        ("affected", "accounts_affected", "accounts"),
    )
    rows = [_counted_row(off, on, *names) for names in counts]
    # That accounts differ from the clean day is no wrong by itself: prices differ a little.
    rows[-1] = msgspec.structs.replace(rows[-1], is_off_wrong=False, is_on_wrong=False)
    rows.append(
        Comparison(
            what=say("compare.index"),
            off=numbers.price(off.index_low_e8),
            on=numbers.price(on.index_low_e8),
        )
    )
    rows.append(Comparison(what=say("compare.freeze"), off=_freeze(off), on=_freeze(on)))
    return tuple(rows)


def _counted_row(off: Day, on: Day, what: str, part: str, whole: str) -> Comparison:
    def words(day: Day) -> str:
        return say(
            "compare.of",
            part=numbers.count(getattr(day, part)),
            whole=numbers.count(getattr(day, whole)),
        )

    return Comparison(
        what=say(f"compare.{what}"),
        off=words(off),
        on=words(on),
        is_off_wrong=getattr(off, part) > 0,
        is_on_wrong=getattr(on, part) > 0,
    )


def _freeze(day: Day) -> str:
    return say("compare.never") if day.freeze_ms is None else numbers.duration(day.freeze_ms)


def open_parts(repair: Repair) -> tuple[Open, ...]:
    """The kinds of things that remain open, those with none left out."""
    return tuple(one for one in repair.remains if one.count)
