"""Sizes and takeover prices against brute force and plain fractions."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.liquidation import (
    LiquidationParameters,
    TakeoverLeg,
    equity_share_of,
    estimated_unwind_loss,
    fund_lots,
    is_healed,
    liquidation_fault,
    may_act,
    smallest_reduction,
    step_cap,
    takeover_price,
    takeover_prices,
)
from seawall.core.margin import MarginTiers, default_tiers
from seawall.core.model.enums import RiskTier
from seawall.core.model.units import E8

PARAMETERS = LiquidationParameters(quote_units=100)
TIERS = default_tiers(risk_tier=RiskTier.MAJOR, quote_units=100)


def restores(equity: int, size: int, lots: int, mark: int, other: int) -> bool:
    """Whether closing so many lots reaches the target, in fractions."""
    closed = lots * mark
    left = equity - ceil(Fraction(closed * 500_000, E8))
    needed = int(TIERS.maintenance_margin((abs(size) - lots) * mark)) + other
    return Fraction(left) >= Fraction(125, 100) * needed


@given(
    st.integers(1, 300),
    st.booleans(),
    st.integers(100, 10**8),
    st.integers(-50, 130),
    st.integers(0, 10**6),
)
def test_a_reduction_is_the_smallest_that_restores_the_target(
    lots: int, is_long: bool, mark: int, share: int, other: int
) -> None:
    """Every smaller one is tried; when none restores, it is all."""
    size = lots if is_long else -lots
    needed = int(TIERS.maintenance_margin(lots * mark)) + other
    equity = needed * share // 100
    found = smallest_reduction(
        PARAMETERS,
        TIERS,
        equity=equity,
        size=size,
        mark=mark,
        unit_value=1,
        other_maintenance=other,
    )
    enough = [x for x in range(1, lots + 1) if restores(equity, size, x, mark, other)]
    if enough and mark > 10**5:  # a lot worth enough for the ceilings not to matter
        assert found == enough[0]
    assert found == lots or restores(equity, size, found, mark, other)
    assert 1 <= found <= lots


def capped(size: int, episode_size: int, mark: int, *, ratio: int = 90) -> int:
    """The cap of a step at a ratio in percent."""
    return int(
        step_cap(
            PARAMETERS,
            equity=ratio,
            maintenance=100,
            size=size,
            episode_size=episode_size,
            mark=mark,
            unit_value=1,
        )
    )


def test_a_step_is_capped_by_share_and_value() -> None:
    """50,000 goes at once; above it a fifth of the start or 50,000; far gone without a cap."""
    assert capped(-5_000_000, -9_000_000, 1) == 5_000_000
    assert capped(5_000_001, 9_000_000, 1) == 5_000_000
    assert capped(40_000_000, 90_000_000, 1) == 18_000_000
    assert capped(40_000_000, 90_000_000, 1, ratio=66) == 40_000_000
    assert capped(40_000_000, 90_000_000, 1, ratio=67) == 18_000_000
    assert capped(3, 3, 10**9) == 1


legs = st.lists(
    st.tuples(st.integers(-500, 500).filter(bool), st.integers(1, 5_000), st.integers(1, 50)),
    min_size=1,
    max_size=6,
)


@given(legs, st.integers(-(10**6), 10**6))
def test_takeover_uses_up_the_equity_and_never_more(
    terms: list[tuple[int, int, int]], wanted: int
) -> None:
    """The user's equity becomes zero, what rounding leaves goes to the fund, and no price falls
    below a tick. Cash is never below zero, so equity is never below minus what shorts are worth.
    """
    found = [
        TakeoverLeg(
            instrument_id=number,
            size=size,
            mark=mark,
            unit_value=unit_value,
            maintenance=1 + abs(size) * mark * unit_value // 50,
        )
        for number, (size, mark, unit_value) in enumerate(terms)
    ]
    room = sum(-size * (mark - 1) * unit for size, mark, unit in terms if size < 0)
    equity = wanted if any(size > 0 for size, _, _ in terms) else max(wanted, -room)
    left = int(takeover_prices(found, equity=equity))

    closed = sum(int(leg.size * (leg.price - leg.mark) * leg.unit_value) for leg in found)
    assert equity + closed == left >= 0
    assert all(leg.price >= 1 for leg in found)
    last = found[-1]
    clamped = last.size > 0 and last.price == 1
    assert clamped or left < abs(int(last.size)) * int(last.unit_value)


@given(
    st.integers(-(10**6), 10**6).filter(bool),
    st.integers(1, 10**9),
    st.integers(1, 10**6),
    st.integers(-(2**60), 2**60),
)
def test_closing_at_the_bankruptcy_price_costs_the_fund_nothing(
    size: int, mark: int, unit_value: int, equity: int
) -> None:
    """Rounded up for a long and down for a short, and to no more than a tick."""
    price = int(
        takeover_price(
            size=size,
            mark=mark,
            unit_value=unit_value,
            equity=equity,
            maintenance=1,
            maintenance_total=1,
        )
    )
    exact = mark - Fraction(equity, size * unit_value)
    if size > 0:
        assert price == max(1, ceil(exact))
    elif exact * -size * unit_value < 2**59:
        assert price == max(1, floor(exact))


@given(st.integers(-(2**61), 2**61), st.integers(1, 2**58), st.integers(0, 2**58))
def test_a_share_of_equity_rounds_down(equity: int, margin: int, others: int) -> None:
    """Also below zero."""
    share = equity_share_of(equity=equity, maintenance=margin, maintenance_total=margin + others)

    assert share == floor(Fraction(equity * margin, margin + others))


def test_an_unwind_walks_the_book_and_assumes_the_worst_for_the_rest() -> None:
    """5 at 99 and 5 at 98 of 20 long at 100; ten are missing at mark 100 less 1 %."""
    at = {"bankruptcy": 100, "mark": 100, "unit_value": 3}
    walk = {"prices": [99, 98], "lots_at": [5, 5]}

    assert estimated_unwind_loss(PARAMETERS, size=20, **walk, **at) == 3 * (5 + 10 + 10)
    assert estimated_unwind_loss(PARAMETERS, size=5, **walk, **at) == 3 * 5
    short = {"prices": [101], "lots_at": [5]}
    assert estimated_unwind_loss(PARAMETERS, size=-10, **short, **at) == 3 * (5 + 5)
    gain = {"prices": [110], "lots_at": [5]}
    assert estimated_unwind_loss(PARAMETERS, size=5, **gain, **at) == 0
    assert fund_lots(capacity=10, estimated_loss=10, lots=7) == 7
    assert fund_lots(capacity=0, estimated_loss=10, lots=7) == 0


def test_a_liquidation_waits_and_heals_as_the_parameters_say() -> None:
    """Second tick, fifth when degraded; the target, or health after three fills."""
    assert [may_act(PARAMETERS, bad_ticks=n, is_degraded=False) for n in (1, 2)] == [False, True]
    assert [may_act(PARAMETERS, bad_ticks=n, is_degraded=True) for n in (4, 5)] == [False, True]
    cases = [(124, 2), (125, 0), (101, 3), (100, 3)]
    healed = [is_healed(PARAMETERS, equity=e, maintenance=100, fills=f) for e, f in cases]
    assert healed == [False, True, True, False]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("slippage_e8", 1_000_001),
        ("fee_e8", -1),
        ("target_e8", E8),
        ("step_share_e8", 999_999),
        ("step_notional", 0),
        ("step_interval_ms", 999),
        ("uncapped_below_e8", 33_299_999),
        ("takeover_below_e8", E8 // 2 + 1),
        ("price_range_e8", 10_000_001),
        ("ticks", 1),
        ("ticks_degraded", 1),
        ("fills_to_heal", 0),
        ("flow_share_e8", 999_999),
        ("flow_min", 0),
        ("flow_max", 1),
        ("draw_share_e8", E8 + 1),
        ("draw_window_ms", 3_599_999),
    ],
)
def test_a_parameter_beyond_its_bound_is_named(name: str, value: int) -> None:
    """S41: a slip of an operator's finger is refused with the bound."""
    parameters = LiquidationParameters(quote_units=E8)
    assert liquidation_fault(parameters, TIERS) == ""
    setattr(parameters, name, value)

    assert liquidation_fault(parameters, TIERS) != ""


def test_parameters_under_which_closing_does_not_help_are_refused() -> None:
    """A first rate of 0.4 % times 1.25 is what closing costs; below it no step would restore."""

    def tiers(rate: int) -> MarginTiers:
        return MarginTiers(
            floors=[0], initial_e8=[E8 // 50], maintenance_e8=[rate], notional_max=10**12
        )

    assert liquidation_fault(PARAMETERS, tiers(400_000)) == ""
    assert "target_e8" in liquidation_fault(PARAMETERS, tiers(399_999))
