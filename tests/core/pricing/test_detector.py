"""Who is kept out of an index, who is not, and who comes back."""

from __future__ import annotations

import pytest

from seawall.core.model.enums import HoldReason, IndexQuality, IndexState, SourceStatus
from seawall.core.pricing import Quarantine
from tests.core.pricing.market import BITCOIN, Market

WRONG = 32_000_000
LIVE, OUT = SourceStatus.LIVE, SourceStatus.QUARANTINED


def statuses(market: Market) -> list[int]:
    """Of all sources."""
    return [source.status for source in market.index.sources]


def test_both_sources_of_a_lying_domain_are_out_before_they_count() -> None:
    """The demo world: seven sources in domains of 2, 2, 2, 1; quality stays full, trading goes on,
    mark-driven actions pause for ten seconds.
    """
    market = Market("aabbccd").started()
    market.second(s1=WRONG, s2=WRONG)

    assert market.fired == [1, 2]
    assert statuses(market) == [OUT, OUT, *[LIVE] * 5]
    assert market.shown() == (*[BITCOIN] * 3, IndexState.NORMAL, 0)
    assert market.index.quality == IndexQuality.FULL
    assert market.index.pause_until_ms == market.now - 1_000 + 10_000


def test_source_within_the_outlier_bound_is_not_far() -> None:
    """Ten percent is the bound for majors, and it belongs to the inside."""
    market = Market().started()
    market.second(s1=BITCOIN * 9 // 10)

    assert market.fired == []

    market.second(s1=BITCOIN * 9 // 10 - 1)

    assert market.fired == [1]


def test_sources_far_in_two_domains_are_left_to_the_outlier_rule() -> None:
    """It may be the others that err; the median and the clamp do without a verdict."""
    market = Market().started()
    market.second(s1=WRONG, s2=WRONG)

    assert market.fired == []
    assert market.shown() == (*[BITCOIN] * 3, IndexState.NORMAL, 0)


@pytest.mark.parametrize("domains", ["abcdefg", "aabbccd", "aaabcde", "abbbccc"])
def test_honest_minority_is_not_kept_out_by_a_lying_majority(domains: str) -> None:
    """The honest are far from the others, but the others are far from the index."""
    market = Market(domains).started()
    market.seconds(50, WRONG, s1=BITCOIN)

    assert 1 not in market.fired
    assert market.index.value_e8 == BITCOIN


def test_laggard_of_a_real_crash_is_not_kept_out() -> None:
    """While the jump waits for confirmation the index is no measure for anybody."""
    market = Market("aabbccd").started()
    market.seconds(30, BITCOIN * 8 // 10, s1=BITCOIN, s2=BITCOIN)

    assert market.index.state == IndexState.CONFIRM
    assert market.fired == []


def test_too_few_others_keep_nobody_out() -> None:
    """Two against one is no judgement; nor three of one other domain."""
    market = Market("abcdefg").started()
    market.seconds(11, s4=0, s5=0, s6=0, s7=0)
    market.second(s1=WRONG, s4=0, s5=0, s6=0, s7=0)

    assert market.fired == []


def test_more_than_a_third_is_not_kept_out_even_in_one_domain() -> None:
    """A third may be wrong; beyond it the others have no majority to speak with."""
    third = Market("aabbcc").started()
    third.second(s1=WRONG, s2=WRONG)
    more = Market("aabbcde", weights=[2, 2, 1, 1, 1, 1, 1]).started()
    more.second(s1=WRONG, s2=WRONG)

    assert third.fired == [1, 2]
    assert more.fired == []


def test_quarantine_never_lowers_the_quality() -> None:
    """Of four live sources one lies: it is reported and kept out of everything else, yet counted as
    an outlier, for three of two domains would be no index. One domain cannot stop it.
    """
    market = Market("abbcdef").started()
    market.seconds(11, s5=0, s6=0, s7=0)
    market.seconds(30, s1=WRONG, s5=0, s6=0, s7=0)

    assert market.fired == [1]
    assert statuses(market)[0] == OUT
    assert market.shown() == (*[BITCOIN] * 3, IndexState.DEGRADED, 0)


def test_index_survives_a_lying_domain_when_another_goes_silent_later() -> None:
    """Four domains of two: one lies and is out, then another dies. Without those kept out only two
    domains would be left; one failure domain must not stop the index, also when others are stale.
    """
    market = Market("aabbccdd").started()
    market.second(s1=WRONG, s2=WRONG)
    market.seconds(40, s1=WRONG, s2=WRONG, s3=0, s4=0)

    assert market.shown() == (*[BITCOIN] * 3, IndexState.NORMAL, 0)
    assert statuses(market)[:2] == [OUT, OUT]


def test_a_domain_of_two_out_of_five_live_sources_cannot_stop_the_index() -> None:
    """Live domains of 2, 2 and 1: the cap is repeated until each has a third. With as many rounds
    as domains a liar would keep 34.6 %, the others would miss two thirds, and the index would hold.
    """
    market = Market("aabbccd").started()
    market.seconds(11, s3=0, s4=0)
    market.second(s1=WRONG, s2=WRONG, s3=0, s4=0)

    assert market.shown() == (*[BITCOIN] * 3, IndexState.NORMAL, 0)


def test_source_comes_back_after_a_minute_of_agreement() -> None:
    """Sixty seconds within 2 % of a good index; one second apart starts the minute anew."""
    market = Market("aabbccd").started()
    market.second(s1=WRONG, s2=WRONG)
    market.seconds(59, s2=WRONG)
    market.second(s1=BITCOIN * 103 // 100, s2=WRONG)
    market.seconds(60, s2=WRONG)

    assert statuses(market)[:2] == [OUT, OUT]

    market.second(s2=WRONG)

    assert statuses(market)[:2] == [LIVE, OUT]


def test_liar_is_tried_again_after_half_an_hour() -> None:
    """And found again; by then it may cause a pause again."""
    market = Market("aabbccd").started()
    market.seconds(1_800, s1=WRONG)

    assert market.fired == [1]

    market.second(s1=WRONG)

    assert market.fired == [1, 1]
    assert market.index.pause_until_ms == market.now - 1_000 + 10_000


def test_second_firing_within_half_an_hour_keeps_out_without_a_pause() -> None:
    """A source must not be able to keep the venue paused."""
    market = Market("aabbccd").started()
    market.second(s1=WRONG)
    paused = market.index.pause_until_ms
    market.seconds(62)
    market.second(s1=WRONG)

    assert market.fired == [1, 1]
    assert statuses(market)[0] == OUT
    assert market.index.pause_until_ms == paused


def test_fourth_exclusion_in_half_an_hour_is_for_an_operator() -> None:
    """After it no agreement and no time brings the source back."""
    market = Market("aabbccd").started()
    for _ in range(4):
        market.second(s1=WRONG)
        market.seconds(62)
    market.seconds(1_900)

    assert market.index.sources[0].quarantine == Quarantine.EXCLUSIONS

    market.index.release(market.now, 1)

    assert statuses(market)[0] == LIVE


def test_outlier_is_excluded_each_five_minutes_that_it_stays() -> None:
    """Two liars of two domains: no detector, but after a quarter of an hour four exclusions."""
    market = Market().started()
    market.seconds(900, s1=WRONG, s2=WRONG * 3)

    assert statuses(market)[:2] == [LIVE, LIVE]

    market.second(s1=WRONG, s2=WRONG * 3)

    assert statuses(market)[:2] == [OUT, OUT]
    assert market.shown() == (*[BITCOIN] * 3, IndexState.NORMAL, 0)


def test_outlier_of_a_price_that_was_not_accepted_is_no_exclusion() -> None:
    """Two honest sources against five that lie for a quarter of an hour stay in."""
    market = Market().started()
    market.seconds(1_000, WRONG, s1=BITCOIN, s2=BITCOIN)

    assert statuses(market) == [LIVE] * 7


def test_whom_an_operator_keeps_out_never_counts() -> None:
    """People may stop an index; only automatic quarantine yields to quality."""
    market = Market("abcdefg").started()
    for source_id in range(1, 6):
        market.index.quarantine(market.now, source_id)
    market.second()

    assert market.shown()[3:] == (IndexState.HOLD, HoldReason.STALE)

    for source_id in range(1, 6):
        market.index.release(market.now, source_id)
    market.seconds(10)

    assert market.index.state == IndexState.NORMAL
