"""What is wrong with the figures of a report, before it is rendered: refuse rather than guess."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seawall.web.report.figures import Report
from seawall.web.report.repair_figures import Amount, Repair, Victim
from seawall.web.texts import CLAIMS, GROUPS, POLICIES, banned_words

SCALE_MAX = 18
MOMENTS_MAX = 100  # of a timeline: what more there is stands in the journal
ROWS_MAX = 40  # of a victim, of versions, of commands
LINES_MAX = 40  # of the picture of prices
# A repair that is posted shows at least these, whatever became of them.
POSTED_CLAIMS = ("plain_null_test", "pinned_null_test", "posted_twice_is_posted_once")


def report_fault(report: Report) -> str:
    """Why a report cannot be shown, as one sentence; "" when it can.

    A fault is a bug of whoever filled it: a policy or claim that the catalogue does not know, parts
    that exceed their whole, times out of order, two scales of one asset, words that no page says.
    """
    return next(_faults(report), "")


def _faults(report: Report) -> Iterator[str]:
    yield from _word_faults(report)
    yield from _length_faults(report)
    yield from _time_faults(report)
    yield from _day_faults(report)
    if report.repair is not None:
        yield from _repair_faults(report.repair)
        yield from _remedy_faults(report.repair)
        yield from _proof_faults(report.repair)
    if report.victim is not None:
        yield from _victim_faults(report.victim)
    yield from _scale_faults(list(_amounts(report)))


def _word_faults(report: Report) -> Iterator[str]:
    if not report.headline or report.headline.endswith("."):
        yield f"the headline must be words without a full stop: {report.headline!r}"
    if not report.cause.endswith("."):
        yield f"the cause must be a sentence: {report.cause!r}"
    sentences = [report.headline, report.cause, report.prices.note, *report.why_nothing]
    for text in sentences:
        for found in banned_words(text):
            yield f"a sentence uses a word that no page says, {found}"


def _length_faults(report: Report) -> Iterator[str]:
    """A page has a size: what has no natural end is given as a choice of it, with its count."""
    rows = 0 if report.victim is None else len(report.victim.rows)
    durations = 0 if report.measured is None else len(report.measured.durations)
    for length, most, what in (
        (len(report.timeline), MOMENTS_MAX, "moments of a timeline"),
        (len(report.prices.lines), LINES_MAX, "lines of prices"),
        (rows, ROWS_MAX, "rows of a victim"),
        (len(report.versions), ROWS_MAX, "versions"),
        (len(report.reproduction), ROWS_MAX, "commands"),
        (len(report.why_nothing), ROWS_MAX, "facts"),
        (durations, ROWS_MAX, "durations"),
    ):
        if length > most:
            yield f"at most {most} {what} are shown, not {length}"


def _time_faults(report: Report) -> Iterator[str]:
    prices = report.prices
    if not prices.from_ms < prices.to_ms:
        yield "the picture of prices must end after it begins"
    if prices.bad_from_ms and not (
        prices.from_ms <= prices.bad_from_ms <= prices.bad_to_ms <= prices.to_ms
    ):
        yield "the window of bad prices must lie inside the picture"
    lines: list[tuple[str, Sequence[tuple[int, int]]]] = [
        (line.name, line.points) for line in prices.lines
    ]
    if report.victim is not None:
        lines += [("equity, actual", report.victim.equity_actual)]
        lines += [("equity, repaired", report.victim.equity_repaired)]
    for name, points in lines:
        times = [point[0] for point in points]
        if times != sorted(times):
            yield f"the points of {name} must be in the order of time"
    if any(price < 0 for line in prices.lines for _, price in line.points):
        yield "a price is positive, or 0 for a gap"
    ticks = [tick.clock_ms for tick in report.ticks]
    if ticks != sorted(set(ticks)):
        yield "ticks must be in the order of time, each once"


def _day_faults(report: Report) -> Iterator[str]:
    for day in (report.day, report.other_day):
        if day is None:
            continue
        for part, whole, what in (
            (day.wrongful_liquidations, day.liquidations, "liquidations"),
            (day.wrongful_triggers, day.triggers, "triggers"),
            (day.fills_out_of_band, day.fills, "fills"),
            (day.accounts_affected, day.accounts, "accounts"),
        ):
            if not 0 <= part <= whole:
                yield f"of {whole} {what} of a day, {part} cannot be wrongful"
    for tick in report.ticks:
        if not (
            0 <= tick.wrongful_liquidations <= tick.liquidations
            and 0 <= tick.wrongful_triggers <= tick.triggers
        ):
            yield f"the tick at {tick.clock_ms} has more wrongful acts than acts"


def _repair_faults(repair: Repair) -> Iterator[str]:
    accounts = repair.accounts
    for part in (accounts.affected, accounts.possibly_touched):
        if not 0 <= part <= accounts.all:
            yield f"of {accounts.all} accounts, {part} cannot be touched"
    if accounts.only_funding + accounts.only_fees > accounts.affected:
        yield "those who differ in funding or fees only are among the affected"
    for posting in repair.postings:
        if posting.group not in GROUPS:
            yield f"the group {posting.group!r} is none of {', '.join(GROUPS)}"
    if len({posting.group for posting in repair.postings}) < len(repair.postings):
        yield "each group of ledger accounts is stated once"
    if repair.posted_seq and not repair.postings:
        yield "a repair that is posted says what it posted"


def _remedy_faults(repair: Repair) -> Iterator[str]:
    policies = [remedy.policy for remedy in repair.remedies]
    for policy in (repair.policy, *policies):
        if policy not in POLICIES:
            yield f"the policy {policy!r} is none of {', '.join(POLICIES)}"
    if len(set(policies)) < len(policies):
        yield "each policy is priced once"
    if policies and repair.policy not in policies:
        yield f"the chosen policy {repair.policy} is not among those priced"
    worths = [remedy.operator_cost_value for remedy in repair.remedies]
    worths += [one.left_with_users for one in repair.remedies if one.left_with_users is not None]
    if len({one.asset for one in worths}) > 1:
        yield "the worth of every remedy is stated in one asset"


def _proof_faults(repair: Repair) -> Iterator[str]:
    claims = [proof.claim for proof in repair.proofs]
    for claim in claims:
        if claim not in CLAIMS:
            yield f"the claim {claim!r} is none of {', '.join(CLAIMS)}"
    if len(set(claims)) < len(claims):
        yield "each claim is stated once"
    if repair.posted_seq:
        missing = [claim for claim in POSTED_CLAIMS if claim not in claims]
        if missing:
            yield f"a repair that is posted shows {missing[0]}"


def _victim_faults(victim: Victim) -> Iterator[str]:
    if not victim.equity_actual or not victim.equity_repaired:
        yield "a victim has equity in both worlds"
    for row in victim.rows:
        if isinstance(row.actual, Amount) != isinstance(row.repaired, Amount):
            yield f"the row {row.what!r} compares an amount with words"
        elif (
            isinstance(row.actual, Amount)
            and isinstance(row.repaired, Amount)
            and row.actual.asset != row.repaired.asset
        ):
            yield f"the row {row.what!r} compares two assets"


def _amounts(report: Report) -> Iterator[Amount]:
    if report.victim is not None:
        yield report.victim.quantity
        for row in report.victim.rows:
            yield from (one for one in (row.actual, row.repaired) if isinstance(one, Amount))
    if report.repair is None:
        return
    for posting in report.repair.postings:
        yield from posting.amounts
    for remedy in report.repair.remedies:
        yield from remedy.operator_cost
        yield remedy.operator_cost_value
    for remains in report.repair.remains:
        yield from remains.sums


def _scale_faults(amounts: list[Amount]) -> Iterator[str]:
    scales: dict[str, int] = {}
    for one in amounts:
        if not one.asset or not 0 <= one.scale <= SCALE_MAX:
            yield f"an amount names its asset and at most {SCALE_MAX} decimals: {one}"
        if scales.setdefault(one.asset, one.scale) != one.scale:
            yield f"amounts of {one.asset} have the scales {scales[one.asset]} and {one.scale}"
