"""Price limits, caps and bands: vectors, directions of rounding, and the pause."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.matching import market_cap, walk
from seawall.core.model.codec import Writer
from seawall.core.model.enums import InstrumentKind, RiskTier, Side
from seawall.core.model.units import E8
from seawall.core.pricing.guard_parameters import GuardParameters, default_guard_parameters
from seawall.core.pricing.price_limits import (
    BAND_STOPS_BYTES,
    PREMIUM_MEAN_BYTES,
    BandStops,
    PremiumMean,
    PriceBounds,
    execution_band,
    price_limits,
    read_band_stops,
    read_premium_mean,
    write_band_stops,
    write_premium_mean,
)
from tests.core.clearing.vector_rule import Numbers, Vector, check, check_that_one_off_fails
from tests.core.matching.test_impact import book_of

MAJOR = default_guard_parameters(risk_tier=RiskTier.MAJOR, kind=InstrumentKind.SWAP)
TAIL_SPOT = default_guard_parameters(risk_tier=RiskTier.TAIL, kind=InstrumentKind.SPOT)
TICK = E8 // 10


def limits(premium: int) -> Numbers:
    """High and low around 60,000, premium in whole USDT, in ticks of 0.1."""
    found = price_limits(
        index_e8=60_000 * E8,
        premium_e8=premium * E8,
        parameters=MAJOR,
        tick_e8=TICK,
        is_young=False,
    )
    return found.high, found.low


def young() -> Numbers:
    """A listing at 1.2345 with a tick of 0.001 and X 5 %."""
    found = price_limits(
        index_e8=123_450_000,
        premium_e8=E8,
        parameters=TAIL_SPOT,
        tick_e8=100_000,
        is_young=True,
    )
    return found.high, found.low


def cap(side: int, best: int, bounds: PriceBounds) -> Numbers:
    """The worst price of a market order: its own cap, inside the limits."""
    own = market_cap(side=side, best_price=best, cap_e8=MAJOR.market_cap_e8, price_max=10**7)
    return (bounds.clamped(side=side, price=own),)


def stops(*seconds: int) -> Numbers:
    """Whether each stop pauses."""
    kept = BandStops()
    return tuple(int(kept.stop(10**12 + second * 1_000)) for second in seconds)


def banded(high: int) -> Numbers:
    """BP3: whether a buy of 10 at 62,000 may enter under that limit, the band's high, and what
    fills inside it.
    """
    bounds = PriceBounds(low=1, high=high)
    admitted = bounds.admits_order(side=Side.BUY, price=620_000)
    band = execution_band(reference_e8=60_000 * E8, band_e8=MAJOR.band_e8, tick_e8=TICK)
    asks = book_of(Side.SELL, [(610_000, 2), (617_900, 1), (618_100, 5)]).asks
    found = walk(asks, limit_price=min(620_000, band.high), quantity=10, owner_id=9, prevention=0)
    return int(admitted), band.high, found.lots, 10 - found.lots


REFERENCE = PriceBounds(low=588_300, high=612_300)
VECTORS = [
    Vector("PL1", (612_300, 588_300), lambda: limits(30)),
    Vector("PL2", (630_000, 600_000), lambda: limits(2_500)),
    Vector("PL3", (600_000, 573_000), lambda: limits(-1_500)),
    Vector("PL4", (1_296, 1_173), young),
    Vector("MO1", (606_111,), lambda: cap(Side.BUY, 600_110, REFERENCE)),
    Vector("MO2", (612_300,), lambda: cap(Side.BUY, 609_000, REFERENCE)),
    Vector("MO3", (594_099,), lambda: cap(Side.SELL, 600_100, REFERENCE)),
    Vector("BP1", (0, 0, 1), lambda: stops(0, 10, 20)),
    Vector("BP2", (0, 0, 0), lambda: stops(0, 20, 40)),
    Vector("BP3-refused", (0, 618_000, 3, 7), lambda: banded(612_300)),
    Vector("BP3-stopped", (1, 618_000, 3, 7), lambda: banded(630_000)),
]


@pytest.mark.parametrize("vector", VECTORS, ids=[one.id for one in VECTORS])
def test_vector(vector: Vector) -> None:
    """The number was worked out outside."""
    check(vector)


@pytest.mark.parametrize("vector", VECTORS, ids=[one.id for one in VECTORS])
def test_vector_fails_when_an_expected_number_is_off_by_one(vector: Vector) -> None:
    """A check that lets one unit pass is none."""
    check_that_one_off_fails(vector)


shares = st.integers(1, E8 // 2)
prices = st.integers(1, 10**16)


@given(prices, st.integers(-(10**16), 10**16), shares, shares, shares, st.integers(1, 10**8))
def test_limits_are_the_formula_rounded_inwards(
    index_e8: int, premium: int, x: int, y: int, more: int, tick_e8: int
) -> None:
    """In fractions; the outermost that a premium can reach is Z."""
    z = min(y + more, E8 // 2)
    parameters = GuardParameters(
        mark_clamp_e8=1,
        basis_clamp_e8=1,
        limit_young_e8=x,
        limit_premium_e8=y,
        limit_hard_e8=z,
        market_cap_e8=1,
        band_e8=x,
    )
    terms = {"index_e8": index_e8, "parameters": parameters, "tick_e8": tick_e8}
    early = price_limits(premium_e8=premium, is_young=True, **terms)
    later = price_limits(premium_e8=premium, is_young=False, **terms)
    band = execution_band(reference_e8=index_e8, band_e8=x, tick_e8=tick_e8)

    def up(share: int) -> int:
        return floor(Fraction(index_e8 * (E8 + share), E8))

    def down(share: int) -> int:
        return ceil(Fraction(index_e8 * (E8 - share), E8))

    high = min(max(index_e8, up(y) + premium), up(z))
    low = max(min(index_e8, down(y) + premium), down(z))
    assert (later.high, later.low) == (high // tick_e8, -(-low // tick_e8))
    assert (early.high, early.low) == (up(x) // tick_e8, -(-down(x) // tick_e8))
    assert (band.high, band.low) == (early.high, early.low)


def test_only_the_harmful_side_is_limited() -> None:
    """A buy far below and a sell far above may rest; a fill must lie between both."""
    bounds = PriceBounds(low=90, high=110)

    assert bounds.admits_order(side=Side.BUY, price=1)
    assert bounds.admits_order(side=Side.BUY, price=110)
    assert not bounds.admits_order(side=Side.BUY, price=111)
    assert bounds.admits_order(side=Side.SELL, price=999)
    assert bounds.admits_order(side=Side.SELL, price=90)
    assert not bounds.admits_order(side=Side.SELL, price=89)
    assert [bounds.admits_fill(price) for price in (89, 90, 110, 111)] == [0, 1, 1, 0]
    assert bounds.clamped(side=Side.BUY, price=999) == 110
    assert bounds.clamped(side=Side.SELL, price=1) == 90
    assert PriceBounds(low=0, high=0).clamped(side=Side.BUY, price=5) == 1


def test_fifteen_seconds_are_counted_to_the_millisecond() -> None:
    """A stop at 15.000 s continues and pauses; one 15.001 s after the last begins anew."""
    kept = BandStops()
    assert [kept.stop(0), kept.stop(15_000), kept.stop(30_001)] == [False, True, False]
    kept.forget()
    assert not kept.stop(30_002) and kept.limit_since_ms == 30_002


def test_a_premium_speaks_from_sixty_samples_of_two_minutes() -> None:
    """Fewer say nothing; old ones leave by age."""
    premium = PremiumMean()
    for second in range(1_000, 1_059):
        premium.sample(clock_ms=second * 1_000, index_e8=E8, mid_e8=E8 - 3)
    assert premium.mean_e8(1_059_000) == 0
    premium.sample(clock_ms=1_059_000, index_e8=E8, mid_e8=E8 + 56)
    assert premium.mean_e8(1_059_000) == -3  # floor(-121 / 60)
    assert premium.mean_e8(1_119_000) == -3
    assert premium.mean_e8(1_120_000) == 0


def test_states_come_back_from_their_words() -> None:
    """Same state, same bytes, of the promised length."""
    premium, stops_ = PremiumMean(), BandStops()
    for second in (5, 6, 9, 130):
        premium.sample(clock_ms=second * 1_000, index_e8=E8, mid_e8=E8 + second)
    stops_.stop(77)
    out, copy = Writer(), Writer()
    write_premium_mean(out, premium)
    write_band_stops(out, stops_)
    data = out.getvalue()
    write_premium_mean(copy, read_premium_mean(data, 0))
    write_band_stops(copy, read_band_stops(data, PREMIUM_MEAN_BYTES))

    assert copy.getvalue() == data and len(data) == PREMIUM_MEAN_BYTES + BAND_STOPS_BYTES
