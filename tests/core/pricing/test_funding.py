"""Funding: vectors, boundaries, postponement, and what a clock that jumps may not break."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seawall.core.clearing.perpetual import funding_due
from seawall.core.clearing.position import Position
from seawall.core.model.codec import Writer
from seawall.core.model.limits import AMOUNT_MAX
from seawall.core.model.units import E8
from seawall.core.pricing.funding import (
    FUNDING_STATE_BYTES,
    HOUR_MS,
    MINUTE_MS,
    POSTPONE_MS_MAX,
    PREMIUM_E8_MAX,
    FundingParameters,
    FundingRound,
    FundingState,
    are_sound_funding_parameters,
    funding_cap_e8,
    funding_estimate_e8,
    funding_rate_e8,
    impact_mid_e8,
    premium_sample_e8,
    read_funding_state,
    write_funding_state,
)
from tests.core.clearing.vector_rule import Numbers, Vector, check, check_that_one_off_fails

CAP = 375_000
MARK, UNIT_VALUE = 600_110, 100_000
MIDNIGHT = 1_600_000_000_000 // (24 * HOUR_MS) * (24 * HOUR_MS)
EIGHT = MIDNIGHT + 8 * HOUR_MS


def parameters(**changes: int) -> FundingParameters:
    """Those of a major swap."""
    return FundingParameters(**{"cap_e8": CAP, **changes})


def tick(
    funding: FundingState, clock_ms: int, *, premium: int = 0, good: bool = True, deep: bool = True
) -> list[FundingRound]:
    """One tick of the venue."""
    return funding.step(
        clock_ms=clock_ms,
        can_sample=good and deep,
        can_settle=good,
        premium_e8=premium,
        mark=MARK,
        unit_value=UNIT_VALUE,
    )


def started(clock_ms: int = MIDNIGHT, **changes: int) -> FundingState:
    """Funding whose first tick was at that time, with the interval beginning there."""
    funding = FundingState(parameters(**changes))
    assert tick(funding, clock_ms) == []
    return funding


def played(premium: int, *, samples: int, hours: int = 8) -> Numbers:
    """The rate after an interval in which so many minutes had that premium, the others none."""
    funding = started(interval_ms=hours * HOUR_MS)
    minutes = hours * 60
    for minute in range(1, minutes + 1):
        clock_ms = MIDNIGHT + minute * MINUTE_MS
        rounds = tick(funding, clock_ms, premium=premium, deep=minute <= samples)
    (settled,) = rounds
    return settled.rate_e8, settled.boundary_ms - MIDNIGHT, funding.samples


def sampled(bid: int, ask: int) -> int:
    """The premium of impact prices in whole USDT around an index of 60,000."""
    return premium_sample_e8(index_e8=60_000 * E8, impact_bid_e8=bid * E8, impact_ask_e8=ask * E8)


def due(size: int, cumulative: int) -> int:
    """What a position that never paid owes at that index."""
    position = Position(account_slot=0, account_id=1, instrument_id=0, lever=1, opened_ms=0)
    position.size = size
    return funding_due(position, index=cumulative)


def paid() -> Numbers:
    """FU7: what A, B, C, D owe (above 0) or are owed, and the residue."""
    funding = started()
    funding.premium_sum = 62_346 * 480  # F = P - 0.05 % = 0.012346 %
    (settled,) = tick(funding, EIGHT, deep=False)
    assert settled.rate_e8 == 12_346
    dues = [due(size, funding.cumulative) for size in (150, -33, -33, -84)]
    return (*dues, sum(dues))


VECTORS = [
    Vector("FU1", (10_000, 8 * HOUR_MS, 0), lambda: played(30_000, samples=480)),
    Vector("FU2", (150_000, 8 * HOUR_MS, 0), lambda: played(200_000, samples=480)),
    Vector("FU3", (-375_000, 8 * HOUR_MS, 0), lambda: played(-1_200_000, samples=480)),
    Vector("FU4", (10_000, 8 * HOUR_MS, 0), lambda: played(200_000, samples=120)),
    Vector("FU5", (75_000, 4 * HOUR_MS, 0), lambda: played(200_000, samples=240, hours=4)),
    Vector(
        "FU6",
        (50_000, 0, -100_000),
        lambda: (sampled(60_030, 60_042), sampled(59_980, 60_020), sampled(59_900, 59_940)),
    ),
    Vector("FU7", (1_111_343_709, -244_495_615, -244_495_615, -622_352_477, 2), paid),
]


@pytest.mark.parametrize("vector", VECTORS, ids=[one.id for one in VECTORS])
def test_vector(vector: Vector) -> None:
    """The number was worked out outside."""
    check(vector)


@pytest.mark.parametrize("vector", VECTORS, ids=[one.id for one in VECTORS])
def test_vector_fails_when_an_expected_number_is_off_by_one(vector: Vector) -> None:
    """A check that lets one unit pass is none."""
    check_that_one_off_fails(vector)


EDGES = [sign * (2**bits + off) for sign in (1, -1) for bits in (0, 22, 40) for off in (-1, 0, 1)]


@given(
    st.sampled_from(EDGES) | st.integers(-(2**31), 2**31),
    st.sampled_from(EDGES) | st.integers(-(2**62), 2**62),
)
def test_what_is_due_is_the_fraction_rounded_against_the_account(size: int, moved: int) -> None:
    """Also where the product of both no longer fits into a machine word."""
    assume(abs(size * moved) < AMOUNT_MAX * E8)

    assert due(size, moved) == ceil(Fraction(size * moved, E8))


@given(st.integers(-480 * E8, 480 * PREMIUM_E8_MAX), st.sampled_from([1, 4, 8]))
def test_a_rate_never_passes_its_cap(premium_sum: int, hours: int) -> None:
    """Invariant I42; and it is the formula's, in fractions, wherever the cap does not bind."""
    found = funding_rate_e8(
        premium_sum=premium_sum,
        samples_expected=hours * 60,
        interval_ms=hours * HOUR_MS,
        parameters=parameters(),
    )
    mean = floor(Fraction(premium_sum, hours * 60))
    free = floor(Fraction((mean + min(max(10_000 - mean, -50_000), 50_000)) * hours, 8))

    assert found == min(max(free, -CAP), CAP)


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=9), st.integers(-CAP, CAP))
def test_dues_of_a_flat_market_leave_a_residue_below_one_unit_each(
    sizes: list[int], rate: int
) -> None:
    """Invariant I42: nobody is paid what nobody paid."""
    sizes = [*sizes, -sum(sizes)]
    grown = MARK * UNIT_VALUE * rate
    residue = sum(due(size, grown) for size in sizes)

    assert 0 <= residue < len(sizes)


def test_boundaries_are_those_of_utc() -> None:
    """00, 08 and 16 for eight hours, whatever the time of listing."""
    for late in (0, 1, 8 * HOUR_MS - 1):
        assert started(MIDNIGHT + late).next_ms == EIGHT
    assert started(EIGHT).next_ms == EIGHT + 8 * HOUR_MS
    assert started(MIDNIGHT + 1, interval_ms=HOUR_MS).next_ms == MIDNIGHT + HOUR_MS
    assert started(MIDNIGHT + 5).left_ms(EIGHT - 7) == 7


def test_one_sample_a_minute_however_often_it_ticks() -> None:
    """The first tick of the minute that can, takes it; a step over minutes leaves them missing."""
    funding = started()
    for second in range(1, 180):
        tick(funding, MIDNIGHT + second * 1_000, premium=7, deep=second != 60)
    assert (funding.samples, funding.premium_sum) == (2, 14)

    tick(funding, MIDNIGHT + 60 * MINUTE_MS, premium=9)
    assert (funding.samples, funding.premium_sum) == (3, 23)


def test_the_boundary_minute_belongs_to_the_interval_that_ends() -> None:
    """And the first minute after it to the next."""
    funding = started()
    funding.premium_sum = 0
    (settled,) = tick(funding, EIGHT + 300, premium=480 * 100_000)
    assert settled.rate_e8 == 50_000  # a mean of 0.1 % less 0.05 %
    assert (funding.samples, funding.next_ms) == (0, EIGHT + 8 * HOUR_MS)

    late = started()
    (settled,) = tick(late, EIGHT + 2 * MINUTE_MS, premium=480 * 100_000)
    assert settled.rate_e8 == 10_000
    assert (late.samples, late.premium_sum) == (1, 480 * 100_000)


def test_a_settlement_waits_up_to_sixty_minutes_for_a_good_price() -> None:
    """At sixty it still happens; without one it is skipped then, once."""
    waiting = started()
    assert tick(waiting, EIGHT, good=False) == []
    assert waiting.left_ms(EIGHT + 1) == 0
    assert tick(waiting, EIGHT + POSTPONE_MS_MAX - 1, good=False) == []
    (settled,) = tick(waiting, EIGHT + POSTPONE_MS_MAX)
    assert (settled.skipped, settled.boundary_ms, settled.rate_e8) == (0, EIGHT, 10_000)

    skipping = started()
    skipping.rate_e8 = 5
    (skipped,) = tick(skipping, EIGHT + POSTPONE_MS_MAX, good=False)
    assert (skipped.skipped, skipped.boundary_ms, skipped.rate_e8) == (1, EIGHT, 0)
    assert (skipping.rate_e8, skipping.cumulative) == (0, 0)
    assert skipping.next_ms == EIGHT + 8 * HOUR_MS
    assert tick(skipping, EIGHT + POSTPONE_MS_MAX + 1_000) == []


def test_a_good_price_after_more_than_sixty_minutes_comes_too_late() -> None:
    """A second late is late."""
    funding = started()
    (skipped,) = tick(funding, EIGHT + POSTPONE_MS_MAX + 1_000)

    assert (skipped.skipped, skipped.boundary_ms) == (1, EIGHT)


def test_a_boundary_exactly_sixty_minutes_old_may_settle_after_others_were_skipped() -> None:
    """The older one is skipped, this one is not."""
    funding = started()
    skipped, settled = tick(funding, EIGHT + 8 * HOUR_MS + POSTPONE_MS_MAX)

    assert (skipped.skipped, skipped.boundary_ms) == (1, EIGHT)
    assert (settled.skipped, settled.boundary_ms) == (0, EIGHT + 8 * HOUR_MS)


@given(st.integers(1, 400 * HOUR_MS), st.sampled_from([1, 4, 8]), st.booleans())
def test_an_outage_over_many_boundaries_is_two_rounds_at_most(
    gone_ms: int, hours: int, good: bool
) -> None:
    """Bounded work: those too late are skipped as one, and one that is not may settle."""
    interval = hours * HOUR_MS
    funding = started(interval_ms=interval)
    clock_ms = MIDNIGHT + gone_ms
    rounds = tick(funding, clock_ms, good=good)
    passed = gone_ms // interval
    settled = [one for one in rounds if one.skipped == 0]
    skipped = sum(one.skipped for one in rounds)

    assert len(rounds) <= 2 and len(settled) <= (1 if good else 0)
    assert funding.next_ms == MIDNIGHT + (skipped + len(settled) + 1) * interval
    assert 0 <= passed - skipped - len(settled) <= 1
    for one in settled:
        assert clock_ms - one.boundary_ms <= POSTPONE_MS_MAX
    left = clock_ms - funding.next_ms
    assert left < (1 if good else POSTPONE_MS_MAX)


def capped(funding: FundingState, rounds: int, premium_sum: int = 10**12) -> list[int]:
    """Intervals after each of so many rounds at the cap, in hours."""
    found = []
    for _ in range(rounds):
        funding.premium_sum = premium_sum
        tick(funding, funding.next_ms, deep=False)
        found.append(funding.interval_ms // HOUR_MS)
    return found


def test_two_rates_in_a_row_at_the_cap_shorten_the_interval_if_allowed() -> None:
    """8 to 4 to 1 hours; off unless the parameter says so."""
    assert capped(started(), 5) == [8] * 5
    funding = started(may_shorten=True)
    assert capped(funding, 6) == [8, 4, 4, 1, 1, 1]
    assert capped(started(may_shorten=True), 2, -480 * E8) == [8, 4]
    assert funding.next_ms % HOUR_MS == 0

    broken = started(may_shorten=True)
    capped(broken, 1)
    broken.premium_sum = 0
    tick(broken, broken.next_ms, deep=False)
    assert capped(broken, 1) == [8]


@pytest.mark.parametrize(
    ("index", "bid", "ask", "premium"),
    [
        (1, 2**60, 2**60, PREMIUM_E8_MAX),
        (2**60, 1, 1, -E8),
        (3, 0, 4, 0),
        (3, 2, 0, 0),
    ],
)
def test_a_premium_is_bounded_whatever_the_book_shows(
    index: int, bid: int, ask: int, premium: int
) -> None:
    """Sums of an interval stay inside 64 bits; a missing side says nothing."""
    found = premium_sample_e8(index_e8=index, impact_bid_e8=bid, impact_ask_e8=ask)

    assert found == premium


def test_the_impact_mid_needs_both_sides() -> None:
    """Rounded down."""
    assert impact_mid_e8(impact_bid_e8=10, impact_ask_e8=13) == 11
    assert impact_mid_e8(impact_bid_e8=0, impact_ask_e8=13) == 0
    assert impact_mid_e8(impact_bid_e8=10, impact_ask_e8=0) == 0


def test_parameters_out_of_bounds_are_unsound() -> None:
    """Each at its bound and one beyond."""
    assert funding_cap_e8(initial_e8=1_000_000, maintenance_e8=500_000) == CAP
    for good in ({}, {"cap_e8": 1}, {"cap_e8": E8 // 20}, {"interval_ms": HOUR_MS}):
        assert are_sound_funding_parameters(parameters(**good))
    for bad in (
        {"cap_e8": 0},
        {"cap_e8": E8 // 20 + 1},
        {"interval_ms": 2 * HOUR_MS},
        {"interest_e8": E8 // 100 + 1},
        {"interest_e8": -E8 // 100 - 1},
        {"clamp_e8": -1},
        {"clamp_e8": E8 // 100 + 1},
    ):
        assert not are_sound_funding_parameters(parameters(**bad))


@given(st.integers(-(2**119), 2**119), st.integers(-(2**50), 2**50))
def test_funding_comes_back_from_its_words(cumulative: int, premium_sum: int) -> None:
    """Also an index beyond 64 bits, of either sign."""
    funding = started(MIDNIGHT + 5, interval_ms=HOUR_MS)
    tick(funding, MIDNIGHT + 3 * HOUR_MS, premium=5)
    funding.cumulative, funding.premium_sum = cumulative, premium_sum
    out, copy = Writer(), Writer()
    write_funding_state(out, funding)
    again = read_funding_state(out.getvalue(), 0, funding.parameters)
    write_funding_state(copy, again)

    assert (again.cumulative, again.premium_sum) == (cumulative, premium_sum)
    assert len(out.getvalue()) == FUNDING_STATE_BYTES and copy.getvalue() == out.getvalue()


@pytest.mark.parametrize(
    ("minutes", "premium_sum", "samples", "expected"),
    [
        (0, 0, 0, 10_000),
        (3, 300_000, 1, 50_000),
        (3, 300_003, 3, 50_001),
        (480, 480 * 62_346, 480, 12_346),
        (240, 240 * 62_346, 240, 12_346),
        (5, -5_000_000, 5, -375_000),
    ],
)
def test_the_estimate_is_the_mean_premium_of_the_minutes_passed(
    minutes: int, premium_sum: int, samples: int, expected: int
) -> None:
    """Missing samples count as zero, as in the settlement; at the end both are the same."""
    funding = started()
    funding.premium_sum, funding.samples = premium_sum, samples

    clock_ms = MIDNIGHT + minutes * MINUTE_MS
    assert funding_estimate_e8(funding, clock_ms=clock_ms) == expected
    if minutes == 480:
        assert tick(funding, clock_ms)[0].rate_e8 == expected


def test_the_estimate_knows_an_unstarted_and_an_overdue_interval() -> None:
    """Nothing is divided by zero, and no minute counts beyond the interval."""
    fresh = FundingState(parameters())
    assert funding_estimate_e8(fresh, clock_ms=MIDNIGHT) == 10_000
    late = started()
    late.premium_sum = 480 * 62_346

    assert funding_estimate_e8(late, clock_ms=EIGHT + 30 * MINUTE_MS) == 12_346
