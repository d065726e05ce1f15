"""The impact price: its vector, a plain walk in fractions, and thin books."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.matching import Order, OrderBook
from seawall.core.matching.impact import impact_price_e8
from seawall.core.model.enums import Side
from seawall.core.model.units import E8
from tests.core.clearing.vector_rule import Vector, check, check_that_one_off_fails

Levels = list[tuple[int, int]]  # price in ticks, lots


def book_of(side: int, levels: Levels) -> OrderBook:
    """A book with one order per level."""
    book = OrderBook(instrument_id=0)
    for place, (price, lots) in enumerate(levels):
        book.add(
            Order(
                order_id=place + 1,
                account_slot=0,
                account_id=1,
                owner_id=1,
                instrument_id=0,
                side=side,
                limit_price=price,
                quantity=lots,
                time_in_force=0,
                self_trade_prevention=0,
                expire_ms=0,
                client_id=b"",
                tag=b"",
            )
        )
    return book


def impact(
    side: int,
    levels: Levels,
    amount: int,
    *,
    tick_e8: int = E8 // 10,
    unit_value: int = 100_000,
    quote_units: int = E8,
) -> int:
    """Of BTC-USDT-SWAP unless said: tick 0.1, contracts of 0.01."""
    book = book_of(side, levels)
    rests = book.bids if side == Side.BUY else book.asks
    return impact_price_e8(
        rests, amount=amount, tick_e8=tick_e8, unit_value=unit_value, quote_units=quote_units
    )


IMP1 = [(600_000, 10), (600_100, 50)]
VECTORS = [
    Vector("IMP1", (6_000_699_981_653,), lambda: (impact(Side.SELL, IMP1, 20_000 * E8),)),
    Vector(
        "IMP1-spot",  # the same book in lots of 0.00001: a lot's worth does not matter
        (6_000_699_981_653,),
        lambda: (
            impact(
                Side.SELL,
                [(600_000, 10_000), (600_100, 50_000)],
                20_000 * E8,
                unit_value=100,
            ),
        ),
    ),
]


@pytest.mark.parametrize("vector", VECTORS, ids=[one.id for one in VECTORS])
def test_vector(vector: Vector) -> None:
    """The number was worked out outside."""
    check(vector)


@pytest.mark.parametrize("vector", VECTORS, ids=[one.id for one in VECTORS])
def test_vector_fails_when_an_expected_number_is_off_by_one(vector: Vector) -> None:
    """A check that lets one unit pass is none."""
    check_that_one_off_fails(vector)


levels = st.dictionaries(st.integers(1, 10**7), st.integers(1, 10**4), max_size=8)


@given(
    levels,
    st.sampled_from([Side.BUY, Side.SELL]),
    st.integers(1, 10**15),
    st.sampled_from([1, 10**6, E8]),
)
def test_it_is_the_amount_over_the_base_it_trades(
    levels: dict[int, int], side: int, amount: int, quote_units: int
) -> None:
    """In fractions, with base floored per level, best price first; 0 where the side is thinner."""
    tick_e8, unit_value = E8 // 10, 1_000
    best_first = sorted(levels.items(), reverse=side == Side.BUY)
    left, base_e8 = amount, 0
    for price, lots in best_first:
        taken = min(left, price * lots * unit_value)
        whole_quote = Fraction(taken, quote_units)
        base_e8 += whole_quote / Fraction(price * tick_e8, E8) * E8 // 1
        left -= taken
    found = impact(
        side,
        list(levels.items()),
        amount,
        tick_e8=tick_e8,
        unit_value=unit_value,
        quote_units=quote_units,
    )

    if left > 0 or base_e8 == 0:
        assert found == 0
    else:
        exact = Fraction(amount, quote_units) / Fraction(base_e8, E8) * E8
        assert found - 1 < exact <= found


@given(levels, st.integers(1, 10**14), st.integers(1, 10**14))
def test_more_money_never_buys_cheaper(levels: dict[int, int], one: int, other: int) -> None:
    """Whoever would move it must stand behind more; to the rounding of base on each level."""
    less, more = sorted((one, other))
    first, second = (impact(Side.SELL, list(levels.items()), each) for each in (less, more))

    if first and second and less > 10**12:
        assert second * (10**6 + 1) >= first * 10**6


def test_one_lot_at_the_touch_moves_it_by_what_the_lot_is_worth() -> None:
    """The touch fell by half; the impact price by under a fifth."""
    honest = impact(Side.SELL, IMP1, 20_000 * E8)
    bent = impact(Side.SELL, [(300_000, 1), *IMP1], 20_000 * E8)

    assert honest > bent > honest * 8 // 10


def test_a_side_without_orders_has_no_impact_price() -> None:
    """Nor one that is a unit too thin."""
    worth = 10 * 600_000 * 100_000

    assert impact(Side.SELL, [], 1) == 0
    assert impact(Side.SELL, [(600_000, 10)], worth) == 60_000 * E8
    assert impact(Side.SELL, [(600_000, 10)], worth + 1) == 0
