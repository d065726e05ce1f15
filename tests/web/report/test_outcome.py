"""The title says how the day ended, and cannot say it better than it was."""

from __future__ import annotations

import msgspec
import pytest

from seawall.web.report import Amount, Posting, Proof, Repair, Report, render
from seawall.web.report.outcome import lead_of, outcome_of, sums_by_asset, title_of
from seawall.web.report.views import (
    comparison_of,
    differences_of,
    funnel_of,
    portions_of,
    proof_lines,
    remedies_of,
    tiles_of,
)
from seawall.web.texts import banned_words
from tests.web.sample import SAMPLES, crash_report, failed_report, full_report
from tests.web.sample_repair import usdt


def repair_of(report: Report) -> Repair:
    """The repair of a sample that has one."""
    assert report.repair is not None
    return report.repair


def changed(report: Report, **fields: object) -> Report:
    """A report with another repair."""
    return msgspec.structs.replace(
        report, repair=msgspec.structs.replace(repair_of(report), **fields)
    )


def check_outcome(report: Report, outcome: str, title_end: str) -> None:
    """The outcome, the title that follows, and a page that carries it."""
    assert outcome == outcome_of(report)
    assert title_of(report).endswith(title_end)
    assert title_of(report).replace("'", "&#39;") in render(report).decode()


def test_posted_and_proven_is_put_right() -> None:
    """The only way to this title."""
    check_outcome(full_report(), "repaired", ", put right to the last unit")


def test_nothing_to_repair_is_said_in_the_title() -> None:
    """A true crash is no incident of ours."""
    check_outcome(crash_report(), "nothing", ", and nothing to repair")
    assert "found no difference for any of 2,067 accounts" in lead_of(crash_report())[2]


def test_a_failed_proof_is_said_in_the_title() -> None:
    """And in the lead, with how many."""
    check_outcome(failed_report(), "failed", ", not put right: a proof failed")
    assert "2 of 11 proofs failed" in lead_of(failed_report())[2]


@pytest.mark.parametrize("claim", [proof.claim for proof in repair_of(full_report()).proofs])
def test_any_proof_that_fails_takes_the_good_title_away(claim: str) -> None:
    """Also after the posting, where it is worst."""
    report = full_report()
    proofs = tuple(
        Proof(claim=one.claim, state="fails", found="It is not so.") if one.claim == claim else one
        for one in repair_of(report).proofs
    )

    assert outcome_of(changed(report, proofs=proofs)) == "posted_failed"
    assert outcome_of(changed(report, proofs=proofs, posted_seq=0)) == "failed"


def test_one_unit_too_many_takes_the_good_title_away() -> None:
    """The page adds the postings up itself; nobody tells it that they are zero."""
    report = full_report()
    first, *others = repair_of(report).postings
    amounts = (msgspec.structs.replace(first.amounts[0], units=first.amounts[0].units + 1),)
    wrong = changed(report, postings=(Posting(group="users", amounts=amounts), *others))

    assert outcome_of(wrong) == "posted_failed"
    assert proof_lines(repair_of(wrong))[0].state == "fails"
    assert tiles_of(wrong)[3].level == "broken"
    assert "it must be 0" in render(wrong).decode()


def test_what_is_not_posted_is_not_called_repaired() -> None:
    """Priced, or left by policy."""
    check_outcome(changed(full_report(), posted_seq=0), "priced", "not yet posted")
    stands = changed(full_report(), posted_seq=0, policy="stand")
    check_outcome(stands, "stands", "left as it happened")


def test_a_tick_stands_only_at_what_holds() -> None:
    """A claim that nobody computed gets no tick and no cross."""
    page = render(full_report()).decode()
    proofs = page.partition('<ul class="card proofs">')[2].partition("</ul>")[0]

    assert proofs.count('<li class="holds">') == proofs.count('class="state">holds<') == 10
    assert proofs.count('<li class="not_computed">') == proofs.count(">not computed<") == 1
    assert proofs.count('d="M3 8.5 6.6 12 13 4.5"') == 10


def test_the_lead_is_three_sentences_without_a_banned_word() -> None:
    """Whatever the day was."""
    for sample in SAMPLES.values():
        lead = lead_of(sample())

        assert len(lead) == 3
        assert all(sentence.endswith(".") for sentence in lead)
        assert [] == [found for sentence in lead for found in banned_words(sentence)]


def test_sums_are_taken_per_asset() -> None:
    """In the order in which assets come."""
    postings = (
        Posting(group="users", amounts=(usdt("1.5"), Amount(asset="BTC", units=3))),
        Posting(group="house_error", amounts=(usdt("-1.5"),)),
    )

    assert [("USDT", 0), ("BTC", 3)] == [
        (asset, total.units) for asset, total in sums_by_asset(postings).items()
    ]


def test_differences_carry_sign_and_direction() -> None:
    """Computed here, from both worlds."""
    report = full_report()
    assert report.victim is not None
    rows = {row.what: row for row in differences_of(report.victim)}

    assert ("up", usdt("4317.21")) == (rows["Cash"].direction, rows["Cash"].difference)
    assert ("down", usdt("-1.01")) == (rows["Funding"].direction, rows["Funding"].difference)
    assert ("none", "restored") == (
        rows["Stop at 9,900.0"].direction,
        rows["Stop at 9,900.0"].difference,
    )
    assert "none" == rows["Leverage"].difference


def test_shares_are_shares_of_the_whole() -> None:
    """Bars that do not lie."""
    repair = repair_of(full_report())

    assert [1_000, 915, 806, 193] == [step.share for step in funnel_of(repair.accounts)]
    assert [4_204, 634, 5_236] == [one.count for one in portions_of(repair.fills)]
    assert 1_000 == sum(one.share for one in portions_of(repair.fills))
    bars = {row.remedy.policy: row.share for row in remedies_of(repair)}
    users = {row.remedy.policy: row.share_of_users for row in remedies_of(repair)}
    assert (1_000, 0, 49) == (users["stand"], users["compensate"], users["band"])
    assert (0, 1_000, 47) == (bars["stand"], bars["compensate"], bars["cause"])
    assert ["cause"] == [row.remedy.policy for row in remedies_of(repair) if row.is_chosen]


def test_off_is_off_whichever_day_was_played() -> None:
    """The columns must not swap when the protected day is this one."""
    report = full_report()
    turned = msgspec.structs.replace(
        report, has_protections=True, day=report.other_day, other_day=report.day
    )

    assert comparison_of(report) == comparison_of(turned)
    assert comparison_of(report)[0].off == "522 of 551"
    assert () == comparison_of(msgspec.structs.replace(report, other_day=None))
