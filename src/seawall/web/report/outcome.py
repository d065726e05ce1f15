"""How a day ended, derived from the figures: the title, the lead and the sums nobody states twice.

No field says "repaired". The outcome is a function of the same record that the rest of the page
shows, so that a report with a failed proof cannot carry the title of a good one.
"""

from __future__ import annotations

from typing import Literal

from seawall.web import numbers
from seawall.web.report.figures import Report
from seawall.web.report.repair_figures import Amount, Posting, Repair
from seawall.web.texts import say

Outcome = Literal[
    "repaired", "nothing", "failed", "posted_failed", "priced", "stands", "unexamined"
]


def sums_by_asset(postings: tuple[Posting, ...]) -> dict[str, Amount]:
    """What all postings together give, per asset, in the order of first mention."""
    sums: dict[str, Amount] = {}
    for posting in postings:
        for one in posting.amounts:
            before = sums[one.asset].units if one.asset in sums else 0
            sums[one.asset] = Amount(asset=one.asset, units=before + one.units, scale=one.scale)
    return sums


def is_balanced(repair: Repair) -> bool:
    """Whether the postings add up to zero in every asset, added up here."""
    return all(one.units == 0 for one in sums_by_asset(repair.postings).values())


def proofs_of(repair: Repair) -> int:
    """How many claims the page shows: those given, and the sum that it adds up itself."""
    return len(repair.proofs) + (1 if repair.postings else 0)


def failed_of(repair: Repair) -> int:
    """How many of them failed."""
    given = sum(1 for proof in repair.proofs if proof.state == "fails")
    return given + (0 if is_balanced(repair) else 1)


def outcome_of(report: Report) -> Outcome:
    """How the day ended."""
    repair = report.repair
    if repair is None:
        return "nothing" if report.why_nothing else "unexamined"
    if failed_of(repair):
        return "posted_failed" if repair.posted_seq else "failed"
    if repair.accounts.affected == 0:
        return "nothing"
    if repair.posted_seq:
        return "repaired"
    return "stands" if repair.policy == "stand" else "priced"


def title_of(report: Report) -> str:
    """The title: what happened, and how it ended."""
    outcome = say(f"outcome.{outcome_of(report)}")
    return say("title", headline=report.headline, outcome=outcome)


def lead_of(report: Report) -> tuple[str, str, str]:
    """The lead in three sentences: what was said, what it did, what the venue did."""
    return report.cause, _damage_sentence(report), _outcome_sentence(report)


def _counted(value: int, one: str, many: str) -> str:
    return f"{numbers.count(value)}{numbers.NO_BREAK_SPACE}{one if value == 1 else many}"


def _damage_sentence(report: Report) -> str:
    day = report.day
    fills = numbers.count(day.fills)
    if not (day.wrongful_liquidations or day.wrongful_triggers or day.fills_out_of_band):
        return say("lead.no_damage", fills=fills)
    return say(
        "lead.damage",
        liquidations=_counted(day.wrongful_liquidations, "liquidation", "liquidations"),
        triggers=_counted(day.wrongful_triggers, "stop", "stops"),
        out_of_band=numbers.count(day.fills_out_of_band),
        fills=fills,
    )


def _outcome_sentence(report: Report) -> str:
    frozen = say("lead.not_frozen")
    if report.freeze is not None:
        frozen = say("lead.frozen", after=numbers.duration(report.freeze.after_ms))
    outcome, repair = outcome_of(report), report.repair
    if repair is None:
        if outcome == "nothing":
            return say("lead.nothing_seen", frozen=frozen)
        return say("lead.unexamined", frozen=frozen)
    return say(
        f"lead.{outcome}",
        frozen=frozen,
        affected=numbers.count(repair.accounts.affected),
        all=numbers.count(repair.accounts.all),
        failed=numbers.count(failed_of(repair)),
        proofs=numbers.count(proofs_of(repair)),
        remedies=numbers.count(len(repair.remedies)),
        seq=numbers.count(repair.posted_seq),
    )
