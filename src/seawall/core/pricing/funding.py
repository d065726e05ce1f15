"""Funding: what longs pay shorts, or the other way, so that the swap stays near the index (2.3).

A premium is sampled each minute. At a boundary (00, 08 and 16 UTC for eight hours) the mean premium
becomes the rate, and the instrument's cumulative index grows by what one long lot pays. A position
pays size times what the index has grown by since it last paid, when it is touched or swept
(`clearing`). The index is a Python integer: one lot's payments of many years pass 64 bits.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.codec import WORD, Writer, read_word, write_word
from seawall.core.model.units import E8

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
POSTPONE_MS_MAX: Final = 60 * MINUTE_MS
PREMIUM_E8_MAX: Final = 10_000 * E8
FUNDING_STATE_BYTES: Final = 9 * WORD
_LOW62: Final = 2**62 - 1
_INDEX_BITS: Final = 120


@final
@mypyc_attr(acyclic=True)
class FundingParameters:
    """How a rate is made. Rates are e8 per eight hours, except `cap_e8`, which bounds the rate of
    any interval.

    may_shorten: two rates in a row at the cap shorten the interval from 8 to 4 to 1 h.
    """

    def __init__(
        self,
        *,
        cap_e8: i64,
        interest_e8: i64 = 10_000,
        clamp_e8: i64 = 50_000,
        interval_ms: i64 = 8 * HOUR_MS,
        may_shorten: bool = False,
    ) -> None:
        self.cap_e8: i64 = cap_e8
        self.interest_e8: i64 = interest_e8
        self.clamp_e8: i64 = clamp_e8
        self.interval_ms: i64 = interval_ms
        self.may_shorten: bool = may_shorten


def are_sound_funding_parameters(parameters: FundingParameters) -> bool:
    """Intervals of 1, 4 or 8 h; interest and clamp at most 1 %; a cap above 0, at most 5 %."""
    return (
        is_funding_interval(parameters.interval_ms)
        and 0 < parameters.cap_e8 <= E8 // 20
        and -(E8 // 100) <= parameters.interest_e8 <= E8 // 100
        and 0 <= parameters.clamp_e8 <= E8 // 100
    )


def is_funding_interval(interval_ms: i64) -> bool:
    """Whether it is 1, 4 or 8 hours."""
    return interval_ms == HOUR_MS or interval_ms == 4 * HOUR_MS or interval_ms == 8 * HOUR_MS


def funding_cap_e8(*, initial_e8: i64, maintenance_e8: i64) -> i64:
    """Three quarters of the first tier's initial rate less its maintenance rate, rounded down."""
    assert 0 < maintenance_e8 < initial_e8 <= E8
    return 3 * (initial_e8 - maintenance_e8) // 4


def premium_sample_e8(*, index_e8: i64, impact_bid_e8: i64, impact_ask_e8: i64) -> i64:
    """How far the book stands above (> 0) or below the index, a share in e8, rounded down.

    A missing impact price (0) counts as none; at most 10,000 times the index, so that sums are
    bounded whatever the book shows.
    """
    assert index_e8 > 0
    above = impact_bid_e8 - index_e8 if impact_bid_e8 > index_e8 else 0
    below = index_e8 - impact_ask_e8 if 0 < impact_ask_e8 < index_e8 else 0
    premium: int = int(above - below) * E8 // int(index_e8)
    return min(premium, PREMIUM_E8_MAX)


def funding_rate_e8(
    *, premium_sum: i64, samples_expected: i64, interval_ms: i64, parameters: FundingParameters
) -> i64:
    """The rate of an interval from the sum of its premiums; missing samples count as zero."""
    mean = premium_sum // samples_expected
    pull = parameters.interest_e8 - mean
    if pull > parameters.clamp_e8:
        pull = parameters.clamp_e8
    elif pull < -parameters.clamp_e8:
        pull = -parameters.clamp_e8
    rate = (mean + pull) * (interval_ms // HOUR_MS) // 8
    if rate > parameters.cap_e8:
        return parameters.cap_e8
    if rate < -parameters.cap_e8:
        return -parameters.cap_e8
    return rate


@final
@mypyc_attr(acyclic=True)
class FundingRound:
    """What happened at a boundary: a settlement, or (rate 0) one or several that were skipped."""

    def __init__(self, *, boundary_ms: i64, rate_e8: i64, mark: i64, skipped: i64) -> None:
        self.boundary_ms: i64 = boundary_ms  # of several skipped ones the last
        self.rate_e8: i64 = rate_e8
        self.mark: i64 = mark  # ticks; what notionals were measured at
        self.skipped: i64 = skipped  # boundaries


@final
@mypyc_attr(acyclic=True)
class FundingState:
    """Funding of one instrument between two boundaries.

    `cumulative` is what one long lot has paid since listing, in units times 1e8. `rate_e8` is the
    last settlement's rate, 0 before the first and after a skipped one.
    """

    def __init__(self, parameters: FundingParameters) -> None:
        self.parameters: FundingParameters = parameters
        self.interval_ms: i64 = parameters.interval_ms
        self.next_ms: i64 = 0  # 0: not started
        self.minute: i64 = 0  # the newest minute that was looked at
        self.premium_sum: i64 = 0
        self.samples: i64 = 0
        self.rate_e8: i64 = 0
        self.cap_hits: i64 = 0  # rates in a row at the cap
        self.cumulative: int = 0

    def left_ms(self, clock_ms: i64) -> i64:
        """Time until the next boundary; 0 while a settlement is postponed."""
        return self.next_ms - clock_ms if self.next_ms > clock_ms else 0

    def step(
        self,
        *,
        clock_ms: i64,
        can_sample: bool,
        can_settle: bool,
        premium_e8: i64,
        mark: i64,
        unit_value: i64,
    ) -> list[FundingRound]:
        """The funding work of one tick; returns what happened at boundaries, usually nothing.

        A minute's sample is taken by the first tick in it with `can_sample` (index good, book live
        and deep enough); a tick that steps several minutes takes one, the others are missing. With
        `can_settle` (index good, mark not held) a boundary that was passed is settled, up to 60
        minutes late; a later one is skipped, several at once as one round.
        """
        if self.next_ms == 0:
            self.next_ms = (clock_ms // self.interval_ms + 1) * self.interval_ms
            self.minute = clock_ms // MINUTE_MS
        minute = clock_ms // MINUTE_MS
        if minute * MINUTE_MS <= self.next_ms:
            self._sample(minute, can_sample, premium_e8)
        if clock_ms < self.next_ms:
            return []
        rounds: list[FundingRound] = []
        late = clock_ms - self.next_ms
        if late > POSTPONE_MS_MAX or (late == POSTPONE_MS_MAX and not can_settle):
            rounds.append(self._skip(clock_ms, can_settle))
        if clock_ms >= self.next_ms and can_settle:
            rounds.append(self._settle(mark, unit_value))
        if clock_ms < self.next_ms:
            self._sample(minute, can_sample, premium_e8)
        return rounds

    def _sample(self, minute: i64, can_sample: bool, premium_e8: i64) -> None:
        if minute <= self.minute or not can_sample:
            return
        assert -E8 <= premium_e8 <= PREMIUM_E8_MAX
        self.minute = minute
        self.premium_sum += premium_e8
        self.samples += 1

    def _settle(self, mark: i64, unit_value: i64) -> FundingRound:
        assert mark > 0 and unit_value > 0
        rate = funding_rate_e8(
            premium_sum=self.premium_sum,
            samples_expected=self.interval_ms // MINUTE_MS,
            interval_ms=self.interval_ms,
            parameters=self.parameters,
        )
        boundary_ms = self.next_ms
        self.cumulative += int(mark) * int(unit_value) * int(rate)
        assert abs(self.cumulative) < 2**_INDEX_BITS
        self.rate_e8 = rate
        is_capped = rate == self.parameters.cap_e8 or rate == -self.parameters.cap_e8
        self.cap_hits = self.cap_hits + 1 if is_capped else 0
        if self.cap_hits == 2 and self.parameters.may_shorten:
            self.cap_hits = 0
            self.interval_ms = 4 * HOUR_MS if self.interval_ms == 8 * HOUR_MS else HOUR_MS
        elif self.cap_hits > 2:
            self.cap_hits = 2
        self._begin(boundary_ms + self.interval_ms)
        return FundingRound(boundary_ms=boundary_ms, rate_e8=rate, mark=mark, skipped=0)

    def _skip(self, clock_ms: i64, can_settle: bool) -> FundingRound:
        """Pass every boundary that is too late now."""
        late = clock_ms - self.next_ms - POSTPONE_MS_MAX
        if can_settle:
            late -= 1  # one that is exactly 60 minutes late may still settle
        skipped = late // self.interval_ms + 1
        boundary_ms = self.next_ms + (skipped - 1) * self.interval_ms
        self.rate_e8 = 0
        self.cap_hits = 0
        self._begin(boundary_ms + self.interval_ms)
        return FundingRound(boundary_ms=boundary_ms, rate_e8=0, mark=0, skipped=skipped)

    def _begin(self, next_ms: i64) -> None:
        self.next_ms = next_ms
        self.premium_sum = 0
        self.samples = 0


def funding_estimate_e8(funding: FundingState, *, clock_ms: i64) -> i64:
    """The rate if the interval ended now: premiums so far over the minutes passed so far, of which
    missing ones count as zero.
    """
    passed = (funding.interval_ms - funding.left_ms(clock_ms)) // MINUTE_MS
    expected = funding.interval_ms // MINUTE_MS
    if passed > expected:
        passed = expected
    if passed < funding.samples:
        passed = funding.samples
    return funding_rate_e8(
        premium_sum=funding.premium_sum,
        samples_expected=passed if passed > 0 else 1,
        interval_ms=funding.interval_ms,
        parameters=funding.parameters,
    )


def impact_mid_e8(*, impact_bid_e8: i64, impact_ask_e8: i64) -> i64:
    """The mean of both impact prices, rounded down; 0 when one of them is missing (0)."""
    if impact_bid_e8 <= 0 or impact_ask_e8 <= 0:
        return 0
    return impact_bid_e8 + (impact_ask_e8 - impact_bid_e8) // 2


def write_funding_state(out: Writer, funding: FundingState) -> None:
    """FUNDING_STATE_BYTES bytes; the parameters are not written."""
    for word in (
        funding.interval_ms,
        funding.next_ms,
        funding.minute,
        funding.premium_sum,
        funding.samples,
        funding.rate_e8,
        funding.cap_hits,
    ):
        write_word(out, word)
    write_word(out, funding.cumulative >> 62)  # rounds down, so the rest is not negative
    write_word(out, funding.cumulative & _LOW62)


def read_funding_state(data: bytes, at: i64, parameters: FundingParameters) -> FundingState:
    """What was written at `at`."""
    funding = FundingState(parameters)
    funding.interval_ms = read_word(data, at)
    funding.next_ms = read_word(data, at + WORD)
    funding.minute = read_word(data, at + 2 * WORD)
    funding.premium_sum = read_word(data, at + 3 * WORD)
    funding.samples = read_word(data, at + 4 * WORD)
    funding.rate_e8 = read_word(data, at + 5 * WORD)
    funding.cap_hits = read_word(data, at + 6 * WORD)
    high: int = read_word(data, at + 7 * WORD)
    low: int = read_word(data, at + 8 * WORD)
    assert is_funding_interval(funding.interval_ms) and low >= 0
    funding.cumulative = high << 62 | low
    return funding
