"""The guarded index, one behaviour at a time: holds, confirmation, late ticks, people, grades."""

from __future__ import annotations

import pytest

from seawall.core.model.codec import Writer
from seawall.core.model.enums import (
    HoldReason,
    IndexQuality,
    IndexState,
    JumpStep,
    RiskTier,
    SourceStatus,
)
from seawall.core.model.genesis import IndexDefinition, IndexSource, PriceSource
from seawall.core.pricing import (
    Grade,
    Source,
    build_sources,
    read_index_state,
    write_index_state,
)
from tests.core.pricing.market import BITCOIN, E8, START_MS, Market

LOW = BITCOIN * 8 // 10


def test_index_starts_after_ten_seconds_of_full_and_strong_agreement() -> None:
    """A first value has nothing to be compared with."""
    market = Market()
    market.seconds(9)

    assert market.shown() == (0, 0, 0, IndexState.INIT, 0)
    assert market.index.grade(market.now) == Grade.NO_INDEX

    market.second()

    assert market.shown() == (BITCOIN, BITCOIN, BITCOIN, IndexState.NORMAL, 0)
    assert market.index.since_ms == START_MS + 9_000


def test_a_bad_second_starts_the_ten_seconds_anew() -> None:
    """Ten seconds in a row: two camps in between are no agreement, and their middle no value."""
    market = Market("abcdef")
    market.seconds(9)
    market.second(s1=LOW // 10, s2=LOW // 10, s3=LOW // 10)
    market.seconds(9)

    assert market.index.state == IndexState.INIT

    market.second()

    assert market.index.state == IndexState.NORMAL


def test_two_equal_camps_are_disputed_though_none_is_near_the_middle() -> None:
    """The median between two camps has nobody near it, so there is no candidate."""
    market = Market("abcdef").started()
    market.second(s1=LOW // 2, s2=LOW // 2, s3=LOW // 2)

    assert market.shown()[3:] == (IndexState.HOLD, HoldReason.DISPUTED)
    assert market.shown()[:3] == (BITCOIN, LOW // 2, BITCOIN)


def test_hold_ends_after_ten_good_seconds() -> None:
    """One good second proves nothing; a dispute in between starts the count anew."""
    market = Market("abcdef").started()
    market.second(s1=LOW, s2=LOW, s3=LOW)
    market.seconds(9)
    market.second(s1=LOW, s2=LOW, s3=LOW)
    market.seconds(9)

    assert market.index.state == IndexState.HOLD

    market.second()

    assert market.index.state == IndexState.NORMAL


def test_three_quiet_sources_degrade_and_five_hold() -> None:
    """Stop of three: four are left, LOW. Stop of five: two are left, none."""
    market = Market().started()
    market.seconds(10, s1=0, s2=0, s3=0)

    assert market.index.state == IndexState.NORMAL

    market.second(s1=0, s2=0, s3=0)

    assert (market.index.state, market.index.quality) == (IndexState.DEGRADED, IndexQuality.LOW)

    market.seconds(11, s1=0, s2=0, s3=0, s4=0, s5=0)

    assert market.shown() == (BITCOIN, BITCOIN, BITCOIN, IndexState.HOLD, HoldReason.STALE)


def test_four_live_sources_of_two_domains_do_not_make_an_index() -> None:
    """Quality asks for three domains, however many sources there are."""
    market = Market("aabbccd").started()
    market.seconds(11, s5=0, s6=0, s7=0)

    assert market.shown()[3:] == (IndexState.HOLD, HoldReason.STALE)


def test_tail_index_is_never_degraded() -> None:
    """With LOW equal to FULL it is good or it is held."""
    market = Market("abcd", tier=RiskTier.TAIL).started()
    market.seconds(61, s1=0)

    assert market.index.state == IndexState.NORMAL

    market.seconds(61, s1=0, s2=0)

    assert market.index.state == IndexState.HOLD


def test_confirmation_restarts_when_the_jump_moves_on_or_turns() -> None:
    """Each step beyond 3 %, and each change of direction, is a new jump."""
    market = Market().started()
    for percent in (98, 94, 97, 104):
        market.second(BITCOIN * percent // 100)

    expected = [JumpStep.STARTED, *[JumpStep.RESTARTED] * 3]
    assert expected == market.jumps


def test_prices_that_stand_still_are_weak_evidence() -> None:
    """One stuck print repeated by everybody needs thirty seconds, not five; frozen at fifteen, it
    never gets them.
    """
    market = Market().started()
    market.seconds(20, BITCOIN * 92 // 100, s1=0)
    trading = market.index.value_e8
    still = Market().started()
    for _ in range(20):
        for source_id in range(2, 8):
            still.say(source_id, BITCOIN * 92 // 100, trade_id=1)
        still.tick()
        still.now += 1_000

    assert trading == BITCOIN * 92 // 100
    assert still.shown()[3:] == (IndexState.HOLD, HoldReason.STALE)


def test_two_domains_at_the_old_value_are_dissent_and_one_is_not() -> None:
    """One domain that lags must not stop a crash; two may know better."""
    fallen = BITCOIN * 91 // 100
    one = Market("aabbccd").started()
    one.seconds(6, fallen, s1=BITCOIN, s2=BITCOIN)
    two = Market("aabbccd").started()
    two.seconds(6, fallen, s1=BITCOIN, s3=BITCOIN)

    assert one.index.state == IndexState.NORMAL
    assert two.index.state == IndexState.CONFIRM


@pytest.mark.parametrize("step_s", [2, 5, 9])
def test_late_tick_is_one_tick_with_the_last_value_as_its_past(step_s: int) -> None:
    """Nobody saw the seconds between, so a move beyond one second's worth waits, however long they
    were.
    """
    market = Market().started()
    market.now += (step_s - 1) * 1_000
    market.second(BITCOIN * 10_101 // 10_000)

    assert market.index.state == IndexState.CONFIRM

    market = Market().started()
    market.now += (step_s - 1) * 1_000
    market.second(BITCOIN * 10_099 // 10_000)

    assert market.index.state == IndexState.NORMAL


def test_late_tick_adds_one_to_a_run_and_its_length_to_a_time() -> None:
    """Ten good ticks are ten ticks; five seconds are five seconds."""
    market = Market()
    market.seconds(5)
    market.now += 4_000
    market.seconds(4)

    assert market.index.state == IndexState.INIT

    market.second()

    assert market.index.state == IndexState.NORMAL

    market.second(BITCOIN * 93 // 100)
    market.now += 4_000
    for source_id in range(1, 8):
        market.say(source_id, BITCOIN * 93 // 100, updates=3)
    market.tick()

    assert market.index.value_e8 == BITCOIN * 93 // 100


def test_a_jitter_of_the_clock_changes_nothing() -> None:
    """Ticks stand at whole seconds, though beats arrive a little after them."""
    late = (0, 230, 5, 999, 0, 120, 40, 7)
    market = Market().started()
    for offset in late:
        market.now = market.now // 1_000 * 1_000 + offset
        market.second(BITCOIN * 95 // 100)

    assert market.jumps == [JumpStep.STARTED, JumpStep.CONFIRMED]
    assert market.index.since_ms == START_MS + 15_000


def test_override_is_taken_as_accepted() -> None:
    """Also from a hold, and before the first value; the next tick judges sources against it."""
    market = Market("abcdef").started()
    market.seconds(3, s1=LOW, s2=LOW, s3=LOW)
    market.index.override(market.now, LOW)

    assert market.shown() == (LOW, LOW, LOW, IndexState.NORMAL, 0)

    market.second(BITCOIN)

    assert market.shown()[3] == IndexState.CONFIRM

    market = Market()
    market.index.override(market.now, BITCOIN)

    assert market.shown() == (BITCOIN, BITCOIN, BITCOIN, IndexState.DEGRADED, 0)


def test_more_than_half_down_is_for_people_alone() -> None:
    """No time is long enough; a person may say so."""
    market = Market().started()
    market.seconds(700, BITCOIN // 3)

    assert market.shown()[:1] == (BITCOIN,)
    assert market.index.state == IndexState.CONFIRM

    market.index.override(market.now, BITCOIN // 3)
    market.second(BITCOIN // 3)

    assert market.shown() == (*[BITCOIN // 3] * 3, IndexState.NORMAL, 0)


def test_grades_turn_with_time() -> None:
    """Confirmation: five seconds; a hold: thirty since it began, whatever its reason since."""
    market = Market().started()
    market.second(LOW)
    start = market.index.since_ms

    assert market.index.grade(start + 5_000) == Grade.CONFIRM_SHORT
    assert market.index.grade(start + 5_001) == Grade.CONFIRM_LONG

    market = Market("abcdef").started()
    market.second(s1=LOW, s2=LOW, s3=LOW)
    start = market.index.since_ms

    assert market.index.grade(start + 30_000) == Grade.HOLD_SHORT
    assert market.index.grade(start + 30_001) == Grade.HOLD_DISPUTED

    market.seconds(12, 0)

    assert market.index.since_ms > start
    assert market.index.grade(start + 30_000) == Grade.HOLD_SHORT
    assert market.index.grade(start + 30_001) == Grade.HOLD_STALE


def test_confirmation_after_a_hold_is_graded_by_the_ten_seconds_before_it() -> None:
    """Doubt did not begin with the confirmation."""
    market = Market().started()
    market.seconds(12, 0)
    market.seconds(10, LOW)

    assert market.index.state == IndexState.CONFIRM
    assert market.index.grade(market.index.second_ms) == Grade.CONFIRM_LONG


def test_unprotected_index_is_the_lowest_ask_ever_said_last() -> None:
    """As the broker of 2019 had it: one print of 0.32 is the price."""
    market = Market(is_protected=False)
    market.tick()

    assert market.shown() == (0, 0, 0, IndexState.INIT, 0)

    market.now += 1_000
    market.second()
    market.second(s3=32_000_000)

    assert market.shown() == (*[32_000_001] * 3, IndexState.NORMAL, 0)
    assert market.fired == [3]
    assert market.index.pause_until_ms == -1

    market.now += 900_000
    market.second(0)

    assert market.index.value_e8 == 32_000_001
    assert market.index.source(3) is not None
    assert (3, SourceStatus.QUARANTINED) not in market.statuses

    market.index.quarantine(market.now, 3)
    market.second(0)

    assert market.index.value_e8 == BITCOIN + 1


def test_strangers_are_not_heard() -> None:
    """A source of another index changes nothing here."""
    market = Market()
    market.say(64, BITCOIN)

    assert market.index.source(64) is None
    assert not market.index.quarantine(market.now, 64)
    assert not market.index.release(market.now, 64)


def test_sources_of_one_domain_share_its_number() -> None:
    """Domains are numbered in the order in which the definition names them."""
    venues = [
        PriceSource(source_id=n, name=b"v%d" % n, domain=domain, is_synthetic=True)
        for n, domain in ((5, b"tokyo"), (6, b"london"), (7, b"tokyo"))
    ]
    definition = IndexDefinition(
        index_id=1,
        name=b"BTC-USDT",
        risk_tier=RiskTier.MAJOR,
        sources=[IndexSource(6), IndexSource(7, weight=2, conversion_id=3), IndexSource(5)],
    )

    found: list[Source] = build_sources(definition, venues)

    assert [(6, 1, 0, 0), (7, 2, 1, 3), (5, 1, 1, 0)] == [
        (one.source_id, one.weight, one.domain, one.conversion_id) for one in found
    ]


def test_a_tick_in_the_same_second_is_our_bug() -> None:
    """Runs would count it twice."""
    market = Market()
    market.tick()

    with pytest.raises(AssertionError):
        market.tick()


def test_price_of_a_millionth_and_of_a_billion_are_prices() -> None:
    """There is no floor and no ceiling but that of the numbers."""
    for price in (2, 100, 32_000_000, 10**17, 2**60 - 1):
        market = Market(price=price).started()
        bid_at_least = price > 40

        assert (market.index.value_e8 == price) is bid_at_least, price


def test_weights_are_capped_at_a_third_of_what_is_live() -> None:
    """A domain of three in seven moves the mean no more than a third of the clamp."""
    market = Market("aaabbcd").started()
    above = BITCOIN * 1_004 // 1_000
    market.second(s1=above, s2=above, s3=above)
    moved = market.index.value_e8 - BITCOIN

    assert moved <= (above - BITCOIN) // 3 + 1
    assert moved > (above - BITCOIN) // 3 - E8


@pytest.mark.parametrize("forgets", [False, True])
def test_updates_seen_while_a_jump_waits_survive_a_restart(forgets: bool) -> None:
    """Evidence is state: an index restored in the fourth second confirms in the sixth as well."""
    fallen = BITCOIN * 93 // 100
    market = Market().started()
    market.seconds(4, fallen)
    out = Writer()
    write_index_state(out, market.index)
    market.index = Market().index
    read_index_state(market.index, out.getvalue(), 0)
    if forgets:
        for source in market.index.sources:
            source.updates_confirming = 0
    market.seconds(2, fallen)

    assert (market.index.value_e8 == fallen) is not forgets
