"""The average of own trades: against exact fractions, and through its bytes."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.model.codec import Writer
from seawall.core.pricing.own_average import (
    OWN_AVERAGE_BYTES,
    SPOT_AVERAGE_SECONDS,
    SWAP_AVERAGE_SECONDS,
    OwnAverage,
    read_own_average,
    write_own_average,
)

PART = Fraction(1, 2**20)
PRICES = st.lists(st.integers(1, 2**50), min_size=1, max_size=40)
SECONDS = st.sampled_from([SPOT_AVERAGE_SECONDS, SWAP_AVERAGE_SECONDS])


@given(PRICES, SECONDS)
def test_it_is_the_exponential_average_rounded_down(prices: list[int], seconds: int) -> None:
    """Never above the exact one, and at most `seconds` parts below."""
    average = OwnAverage(seconds=seconds)
    exact = Fraction(prices[0])
    for place, price in enumerate(prices):
        average.sample(price)
        if place > 0:
            exact += (price - exact) / seconds

        value = average.parts * PART
        assert exact - seconds * PART <= value <= exact
        assert min(prices[: place + 1]) - seconds * PART <= value <= max(prices[: place + 1])


@given(PRICES, SECONDS)
def test_it_goes_on_from_its_bytes(prices: list[int], seconds: int) -> None:
    """Two words, whatever it has seen."""
    average = OwnAverage(seconds=seconds)
    for price in prices:
        average.sample(price)
    out = Writer()
    write_own_average(out, average)
    data = out.getvalue()

    read = read_own_average(data, 0, seconds=seconds)

    assert len(data) == OWN_AVERAGE_BYTES
    for one in (read, average):
        one.sample(7)
    assert read.parts == average.parts


def test_before_any_trade_it_is_nothing() -> None:
    """And the first trade is all of it."""
    average = OwnAverage(seconds=60)
    assert average.price_e8(10**7) == 0
    average.sample(600_000)
    assert average.price_e8(10**7) == 60_000 * 10**8


@pytest.mark.parametrize(("seconds", "expected"), [(60, 600_100), (300, 600_020)])
def test_a_sample_moves_it_by_its_share(seconds: int, expected: int) -> None:
    """6,000 ticks away: by 100, or by 20."""
    average = OwnAverage(seconds=seconds)
    average.sample(600_000)
    average.sample(606_000)

    assert average.price_e8(1) == expected
