"""Brackets: continuous, never falling, rounded up; and what may not be listed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.margin import MarginTiers, default_tiers, tiers_fault
from seawall.core.model.enums import RiskTier
from seawall.core.model.limits import LEVER_MAX, NOTIONAL_MAX
from seawall.core.model.units import E8
from tests.core.margin.margin_world import MAJOR, brackets
from tests.laws.naive_margin import NaiveTiers

Built = tuple[MarginTiers, NaiveTiers]
notionals = st.integers(0, NOTIONAL_MAX)
levers = st.integers(1, LEVER_MAX)
GOOD = {
    "floors": [0, 500 * E8, 900 * E8],
    "initial_e8": [1_000_000, 2_000_000, 5_000_000],
    "maintenance_e8": [500_000, 1_000_000, 2_500_000],
    "notional_max": 1_000 * E8,
}


@given(brackets(), notionals, levers)
def test_margin_is_each_slice_at_its_own_rate(built: Built, notional: int, lever: int) -> None:
    """The brackets' shortcut with cum gives what the slices give, to the unit."""
    tiers, naive = built

    assert tiers.maintenance_margin(notional) == naive.maintenance(notional)
    assert tiers.initial_margin(notional, lever) == naive.initial(notional, lever)


@pytest.mark.parametrize(
    ("notional", "place", "lever"),
    [
        (0, 0, 100),
        (500 * E8, 0, 100),
        (500 * E8 + 1, 1, 50),
        (900 * E8, 1, 50),
        (900 * E8 + 1, 2, 20),
        (NOTIONAL_MAX, 2, 20),
    ],
)
def test_a_boundary_belongs_to_the_lower_bracket(notional: int, place: int, lever: int) -> None:
    """And with it the highest leverage."""
    tiers = MarginTiers(**GOOD)

    assert tiers.bracket(notional) == place
    assert tiers.lever_max(notional) == lever


def test_a_product_that_has_overflowed_is_no_notional() -> None:
    """A negative one would be a gift."""
    with pytest.raises(AssertionError):
        default_tiers(risk_tier=RiskTier.MAJOR, quote_units=E8).initial_margin(-1, 10)


@given(brackets(), notionals, notionals, levers)
def test_margin_never_falls_as_a_position_grows(
    built: Built, one: int, other: int, lever: int
) -> None:
    """Invariant I36, first half; also for initial margin."""
    tiers, _ = built
    low, high = sorted((one, other))

    assert 0 <= tiers.maintenance_margin(low) <= tiers.maintenance_margin(high)
    assert tiers.initial_margin(low, lever) <= tiers.initial_margin(high, lever)
    assert tiers.maintenance_margin(low) <= tiers.initial_margin(low, lever)


@given(brackets(), st.data())
def test_margin_does_not_jump_at_a_boundary(built: Built, data: st.DataObject) -> None:
    """Invariant I36, second half: one unit more of notional costs at most two more of margin."""
    tiers, naive = built
    floor = data.draw(st.sampled_from([row[0] for row in naive.rows]))
    notional = floor + data.draw(st.integers(-3 if floor else 0, 3))

    step = tiers.maintenance_margin(notional + 1) - tiers.maintenance_margin(notional)
    assert 0 <= step <= 1


@given(notionals, levers, levers)
def test_more_leverage_never_needs_more_margin(notional: int, one: int, other: int) -> None:
    """And the brackets bind whatever was chosen."""
    low, high = sorted((one, other))

    assert MAJOR.initial_margin(notional, low) >= MAJOR.initial_margin(notional, high)
    if MAJOR.lever_max(notional) == 100:
        assert MAJOR.initial_margin(notional, 100) == -(-notional // 100)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"floors": []}, "1 to 16"),
        ({"floors": [0] * 17}, "1 to 16"),
        ({"initial_e8": [1_000_000]}, "every tier"),
        ({"floors": [1, 500 * E8, 900 * E8]}, "begin at 0"),
        ({"floors": [0, 900 * E8, 900 * E8]}, "must rise"),
        ({"floors": [0, 500 * E8 + 1, 900 * E8]}, "whole units"),
        ({"initial_e8": [2_000_000, 1_000_000, 5_000_000]}, "maintenance < initial"),
        ({"initial_e8": [2_000_000, 1_500_000, 5_000_000]}, "must not fall"),
        ({"maintenance_e8": [0, 1_000_000, 2_500_000]}, "maintenance < initial"),
        ({"maintenance_e8": [500_000, 1_000_000, 5_000_000]}, "maintenance < initial"),
        ({"initial_e8": [1_000_000, 2_000_000, E8 + 1]}, "maintenance < initial"),
        ({"notional_max": 900 * E8}, "above the last floor"),
        ({"notional_max": NOTIONAL_MAX + 1}, "below 2^60"),
    ],
)
def test_brackets_that_would_jump_or_fall_are_not_listed(
    change: dict[str, object], fault: str
) -> None:
    """Each rule alone refuses."""
    assert tiers_fault(**GOOD) == ""
    assert fault in tiers_fault(**{**GOOD, **change})


@pytest.mark.parametrize(
    ("tier", "floors", "rates", "top"),
    [
        (RiskTier.MAJOR, [0, 500_000, 2_000_000, 10_000_000, 50_000_000], (100, 5), 200_000_000),
        (RiskTier.ALT, [0, 50_000, 200_000, 1_000_000, 5_000_000], (50, 2), 20_000_000),
        (RiskTier.TAIL, [0, 5_000, 20_000, 100_000, 500_000], (20, 1), 2_000_000),
    ],
)
@pytest.mark.parametrize("scale", [0, 2, 6, 8])
def test_each_risk_tier_has_brackets_for_any_quote(
    tier: int, floors: list[int], rates: tuple[int, int], top: int, scale: int
) -> None:
    """Floors in whole quote, highest leverage in the first and last bracket."""
    units = 10**scale
    tiers = default_tiers(risk_tier=tier, quote_units=units)

    assert [tiers.floors[place] for place in range(tiers.count)] == [one * units for one in floors]
    assert (tiers.lever_max(1), tiers.lever_max(top * units)) == rates
    assert tiers.notional_max == top * units


@pytest.mark.parametrize(
    ("tier", "whole"), [(RiskTier.MAJOR, 20_000), (RiskTier.ALT, 10_000), (RiskTier.TAIL, 4_000)]
)
def test_impact_is_measured_for_more_money_where_leverage_is_higher(tier: int, whole: int) -> None:
    """200 USDT over the first initial rate."""
    assert default_tiers(risk_tier=tier, quote_units=E8).impact_amount(E8) == whole * E8
