"""Integer arithmetic, ids, reasons and what may be listed: against big numbers worked out
plainly.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.matching import market_cap
from seawall.core.model.enums import Side
from seawall.core.model.ids import order_id_of, seq_of_order_id, shard_of_order_id
from seawall.core.model.instruments import exact_unit_value
from seawall.core.model.limits import (
    AMOUNT_MAX,
    NOTIONAL_MAX,
    ORDERS_PER_ENTRY_MAX,
    SEQ_MAX,
    SHARD_MAX,
)
from seawall.core.model.rejects import REJECT_TEXTS, RejectReason, reject_name, reject_sentence
from seawall.core.model.units import E8, ceil_div, floor_div, rate_ceil, rate_floor

amounts = st.integers(0, AMOUNT_MAX)
rates = st.integers(0, E8)


@given(amounts, rates)
def test_rates_round_as_their_names_say(amount: int, rate_e8: int) -> None:
    """No product may leave 64 bits on the way, and none may lose a unit."""
    exact = Fraction(amount * rate_e8, E8)

    assert rate_floor(amount, rate_e8) == floor(exact)
    assert rate_ceil(amount, rate_e8) == ceil(exact)


@given(st.integers(-(2**62), 2**62), st.integers(1, 2**62))
def test_division_rounds_as_its_name_says(a: int, b: int) -> None:
    """Also below zero, where languages differ."""
    assert floor_div(a, b) == floor(Fraction(a, b))
    assert ceil_div(a, b) == ceil(Fraction(a, b))


@given(st.integers(0, SHARD_MAX), st.integers(0, SEQ_MAX), st.integers(0, ORDERS_PER_ENTRY_MAX))
def test_an_order_id_gives_back_what_made_it(shard: int, seq: int, counter: int) -> None:
    """Undo, routing and cancels read ids."""
    order_id = order_id_of(shard=shard, seq=seq, counter=counter)

    assert (shard, seq) == (shard_of_order_id(order_id), seq_of_order_id(order_id))
    assert 0 <= order_id < 2**63


@given(st.integers(1, 2**40), st.integers(0, E8), st.integers(1, 2**40))
def test_a_market_cap_rounds_towards_the_touch(best: int, cap_e8: int, price_max: int) -> None:
    """A worst price is never worse than the share that was promised."""
    best = min(best, price_max)
    buy = market_cap(side=Side.BUY, best_price=best, cap_e8=cap_e8, price_max=price_max)
    sell = market_cap(side=Side.SELL, best_price=best, cap_e8=cap_e8, price_max=price_max)

    assert buy == min(floor(Fraction(best * (E8 + cap_e8), E8)), price_max)
    assert sell == max(ceil(Fraction(best * (E8 - cap_e8), E8)), 1)


@given(st.integers(1, E8 * E8), st.integers(1, AMOUNT_MAX), st.integers(0, 8), st.integers(0, 8))
def test_a_unit_value_is_exact_or_none(
    tick_size_e8: int, lot_size: int, base_scale: int, quote_scale: int
) -> None:
    """Then no trade rounds, in any instrument."""
    exact = Fraction(tick_size_e8 * lot_size * 10**quote_scale, E8 * 10**base_scale)
    value = exact_unit_value(
        tick_size_e8=tick_size_e8,
        lot_size=lot_size,
        base_units=10**base_scale,
        quote_units=10**quote_scale,
    )

    assert value == (exact if exact.denominator == 1 and exact <= NOTIONAL_MAX else 0)


@pytest.mark.parametrize("tick_size_e8", [0, -1, E8 * E8 + 1, 2**62])
def test_a_tick_out_of_range_has_no_unit_value(tick_size_e8: int) -> None:
    """Its product would not fit anywhere."""
    sizes = {"lot_size": 1, "base_units": 1, "quote_units": E8}

    assert exact_unit_value(tick_size_e8=tick_size_e8, **sizes) == 0


def test_every_reason_has_a_name_and_a_sentence() -> None:
    """A trader reads both; names are the constants in lower case, in order of precedence."""
    numbers = {name: one for name, one in vars(RejectReason).items() if name.isupper() and one}

    assert list(REJECT_TEXTS) == sorted(numbers.values())
    for name, number in numbers.items():
        assert reject_name(number) == name.lower()
        assert reject_sentence(number).endswith(".")
