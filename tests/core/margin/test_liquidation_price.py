"""Displayed prices: found by trying marks, in the direction that warns, and never moved the wrong
way by more margin.
"""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from seawall.core.margin import (
    MarginTiers,
    bankruptcy_price,
    cross_bankruptcy_price,
    liquidation_price,
)
from seawall.core.model.limits import NOTIONAL_MAX
from tests.core.margin.margin_world import LOTS_MAX, PRICE_MAX, UNIT_VALUE, brackets
from tests.laws import naive_margin
from tests.laws.naive_margin import NaiveTiers

Built = tuple[MarginTiers, NaiveTiers]
sizes = st.one_of(st.integers(1, LOTS_MAX), st.integers(-LOTS_MAX, -1))
entries = st.integers(1, PRICE_MAX)
margins = st.integers(0, NOTIONAL_MAX)


@given(brackets(), sizes, entries, margins)
def test_the_liquidation_price_is_the_last_sound_mark(
    built: Built, size: int, entry: int, margin: int
) -> None:
    """One tick on, equity is below maintenance; the warning comes no later than the fact."""
    tiers, naive = built
    terms = {
        "size": size,
        "cost": size * entry * UNIT_VALUE,
        "margin": margin,
        "unit_value": UNIT_VALUE,
    }

    assert liquidation_price(tiers, **terms) == naive_margin.liquidation_price(naive, **terms)


@given(sizes, entries, margins)
def test_closing_at_the_bankruptcy_price_costs_the_fund_nothing(
    size: int, entry: int, margin: int
) -> None:
    """And one tick worse it would."""
    cost = size * entry * UNIT_VALUE
    price = bankruptcy_price(size=size, cost=cost, margin=margin, unit_value=UNIT_VALUE)
    worse = price - 1 if size > 0 else price + 1

    assert margin + size * price * UNIT_VALUE - cost >= 0
    assert price == 0 or margin + size * worse * UNIT_VALUE - cost < 0


@given(brackets(), sizes, entries, margins, margins)
def test_more_margin_never_moves_either_price_nearer(
    built: Built, size: int, entry: int, one: int, other: int
) -> None:
    """Invariant I35."""
    tiers, _ = built
    terms = {"size": size, "cost": size * entry * UNIT_VALUE, "unit_value": UNIT_VALUE}
    less, more = sorted((one, other))
    liquidation = [liquidation_price(tiers, margin=one, **terms) for one in (less, more)]
    bankruptcy = [bankruptcy_price(margin=one, **terms) for one in (less, more)]

    for before, after in (liquidation, bankruptcy):
        assert after <= before if size > 0 else after >= before


@given(brackets(), sizes, entries, margins)
def test_liquidation_begins_before_bankruptcy(
    built: Built, size: int, entry: int, margin: int
) -> None:
    """Else takeover would come first."""
    tiers, _ = built
    terms = {
        "size": size,
        "cost": size * entry * UNIT_VALUE,
        "margin": margin,
        "unit_value": UNIT_VALUE,
    }
    begins, ends = liquidation_price(tiers, **terms), bankruptcy_price(**terms)

    assert begins >= ends if size > 0 else begins <= ends


@given(
    st.lists(st.tuples(sizes, entries, st.integers(1, 10**15)), min_size=1, max_size=5),
    st.integers(-NOTIONAL_MAX, NOTIONAL_MAX),
)
def test_closing_all_at_shared_prices_loses_at_most_the_equity(
    positions: list[tuple[int, int, int]], equity: int
) -> None:
    """Less by under one tick per lot of each position; never more."""
    total = sum(maintenance for _, _, maintenance in positions)
    lost = spare = 0
    for size, mark, maintenance in positions:
        price = cross_bankruptcy_price(
            size=size,
            mark=mark,
            unit_value=UNIT_VALUE,
            equity=equity,
            maintenance=maintenance,
            maintenance_total=total,
        )
        assume(price > 0)
        lost += size * (mark - price) * UNIT_VALUE
        spare += abs(size) * UNIT_VALUE

    assert equity - spare - len(positions) < lost <= equity


def test_who_holds_nothing_has_no_price() -> None:
    """And a long that is paid in full cannot be liquidated."""
    tiers = MarginTiers(floors=[0], initial_e8=[2], maintenance_e8=[1], notional_max=1)
    none = {"size": 0, "cost": 0, "margin": 5, "unit_value": 1}
    paid = {"size": 3, "cost": 30, "margin": 30, "unit_value": 1}

    for terms in (none, paid):
        assert liquidation_price(tiers, **terms) == bankruptcy_price(**terms) == 0
