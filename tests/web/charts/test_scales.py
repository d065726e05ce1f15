"""Scales place values in integers, and close enough to the truth."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.web.charts.scales import (
    FRACTION_BITS,
    Linear,
    Logarithmic,
    linear_ticks,
    log2,
    log_ticks,
    time_ticks,
)

E8 = 10**8


@given(st.integers(min_value=1, max_value=2**80))
def test_the_integer_logarithm_is_the_logarithm(value: int) -> None:
    """Floats are the oracle here; the page itself must not depend on a machine's rounding."""
    assert abs(log2(value) / 2**FRACTION_BITS - math.log2(value)) < 1e-4


def test_decades_are_evenly_apart_on_a_logarithmic_scale() -> None:
    """Otherwise the picture lies about how far a price fell."""
    scale = Logarithmic(E8 // 10, 100_000 * E8, 6_000, 0)
    places = [scale.place(10**power * E8) for power in range(5)]
    steps = [one - other for one, other in pairwise(places)]

    assert max(steps) - min(steps) <= 1


def test_equal_ends_place_every_value_in_the_middle() -> None:
    """A price that never moved must not divide by zero."""
    assert Linear(7, 7, 0, 100).place(7) == 50


@given(
    low=st.integers(min_value=-(10**20), max_value=10**20),
    span=st.integers(min_value=0, max_value=10**20),
)
def test_ticks_are_few_and_inside(low: int, span: int) -> None:
    """Also for balances of thirteen digits, and for lines that do not move."""
    ticks = linear_ticks(low, low + span, 5)

    assert len(ticks) <= 5
    assert all(low <= tick <= low + span for tick in ticks)
    assert len(ticks) >= 2 or span < 5


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (E8 // 4, 30_000 * E8, [E8, 10 * E8, 100 * E8, 1_000 * E8, 10_000 * E8]),
        (2_500 * E8, 22_000 * E8, [5_000 * E8, 10_000 * E8, 20_000 * E8]),
    ],
)
def test_ticks_of_prices_are_round(low: int, high: int, expected: list[int]) -> None:
    """Powers of ten, or 1, 2 and 5 times them."""
    assert expected == log_ticks(low, high, 7)


def test_moments_are_round() -> None:
    """Half minutes, not 7.3 seconds."""
    begin = 1_566_539_670_000

    assert [begin, begin + 60_000, begin + 120_000] == [
        tick - 30_000 for tick in time_ticks(begin, begin + 180_000, 3)
    ]
