"""Reserves against the naive twin, and what must hold of any of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seawall.core.margin import (
    Added,
    OpenOrders,
    Valuation,
    isolated_removable,
    isolated_top_up,
    max_order_quantity,
    order_fee,
    order_reserve,
    transfer_out_limit,
    worst_net,
)
from seawall.core.model.enums import Side
from seawall.core.model.limits import NOTIONAL_MAX
from tests.core.margin.margin_world import (
    LOTS_MAX,
    MAJOR,
    NOTHING,
    PRICE_MAX,
    TAKER_E8,
    UNIT_VALUE,
    exact_gap,
    holdings,
    net,
    orders,
    sums,
)
from tests.laws.naive_margin import (
    NaiveHolding,
    NaiveOrder,
    NaiveTiers,
    gap,
    passes,
    profit,
    reserve,
    worst_size,
)

NAIVE = NaiveTiers(
    [
        (MAJOR.floors[place], MAJOR.initial_e8[place], MAJOR.maintenance_e8[place])
        for place in range(MAJOR.count)
    ]
)
marks = st.integers(1, PRICE_MAX)
money = st.integers(0, NOTIONAL_MAX)


@given(holdings, marks, st.booleans())
def test_a_reserve_is_what_the_orders_one_by_one_ask(
    holding: NaiveHolding, mark: int, is_isolated: bool
) -> None:
    """Sums and bounds lose nothing against every subset of fills."""
    of = sums(holding.orders, unit_value=UNIT_VALUE, taker_e8=TAKER_E8)
    found = order_reserve(
        MAJOR,
        size=holding.size,
        buys=of.buys,
        sells=of.sells,
        gap=exact_gap(holding.orders, mark=mark, unit_value=UNIT_VALUE),
        fees=of.fees,
        mark=mark,
        unit_value=UNIT_VALUE,
        lever=holding.lever,
        is_isolated=is_isolated,
    )

    assert found == reserve(NAIVE, holding, mark, isolated=is_isolated) >= 0


@given(holdings, st.tuples(marks, marks).map(sorted), money, st.booleans())
def test_an_account_passes_when_both_ends_pass(
    holding: NaiveHolding, ends: list[int], cash: int, gains_count: bool
) -> None:
    """The worse end decides."""
    free = cash + net(MAJOR, holding, ends, gains_count=gains_count, exact=True)

    assert (free >= 0) == passes(NAIVE, holding, cash=cash, marks=ends, gains_count=gains_count)


@given(holdings, st.tuples(marks, marks).map(sorted), st.integers(0, 10**6))
def test_no_mark_inside_the_interval_is_worse_than_its_ends(
    holding: NaiveHolding, ends: list[int], share: int
) -> None:
    """So looking at two prices is enough, to a unit of rounding."""
    inside = ends[0] + (ends[1] - ends[0]) * share // 10**6
    at_ends = net(MAJOR, holding, ends, gains_count=False, exact=True)

    assert net(MAJOR, holding, [inside], gains_count=False, exact=True) >= at_ends - 1


@given(holdings, marks)
def test_the_quick_gap_is_never_below_the_exact_one(holding: NaiveHolding, mark: int) -> None:
    """What passes with the bound passes in truth; without orders beyond the mark both are 0."""
    of = sums(holding.orders, unit_value=UNIT_VALUE, taker_e8=TAKER_E8)
    bound = of.gap_bound(mark=mark, unit_value=UNIT_VALUE)
    exact = gap(holding, mark)

    assert bound >= exact
    assert (bound == 0) == (exact == 0)


@given(holdings, orders, marks)
def test_one_more_order_never_frees_anything(
    holding: NaiveHolding, order: NaiveOrder, mark: int
) -> None:
    """Also one that closes; and an order being judged counts as if it were open."""
    more = NaiveHolding(**{**vars(holding), "orders": [*holding.orders, order]})
    terms = {"unit_value": UNIT_VALUE, "taker_e8": TAKER_E8}
    fee = order_fee(price=order.price, quantity=order.lots, **terms)
    judged = worst_net(
        MAJOR,
        Valuation(low=mark, high=mark, unit_value=UNIT_VALUE, counts_profit=True),
        sums(holding.orders, **terms),
        Added(
            side=order.side,
            price=order.price,
            quantity=0 if order.reduce_only else order.lots,
            fee=fee,
        ),
        size=holding.size,
        cost=holding.cost,
        lever=holding.lever,
        gap_low=gap(holding, mark),
    )
    after = net(MAJOR, more, [mark], gains_count=True, exact=True)

    assert judged == after <= net(MAJOR, holding, [mark], gains_count=True, exact=True)


@given(holdings, marks, marks)
def test_two_sided_profit_never_counts_more_than_one_sided(
    holding: NaiveHolding, one: int, other: int
) -> None:
    """Gains that do not count leave less; what leaves an account ignores them always."""
    ends = sorted((one, other))
    counted = net(MAJOR, holding, ends, gains_count=True, exact=True)
    ignored = net(MAJOR, holding, ends, gains_count=False, exact=True)
    leaving = worst_net(
        MAJOR,
        Valuation(low=ends[0], high=ends[1], unit_value=UNIT_VALUE, counts_profit=True),
        sums(holding.orders, unit_value=UNIT_VALUE, taker_e8=TAKER_E8),
        NOTHING,
        size=holding.size,
        cost=holding.cost,
        lever=holding.lever,
        gap_low=gap(holding, ends[0]),
        gap_high=gap(holding, ends[1]),
        ignores_profit=True,
    )

    assert counted >= ignored == leaving
    if profit(holding, ends[0]) <= 0 and profit(holding, ends[1]) <= 0:
        assert counted == ignored


@given(holdings, marks, st.sampled_from([Side.BUY, Side.SELL]), marks, money)
def test_the_largest_order_passes_and_one_lot_more_does_not(
    holding: NaiveHolding, mark: int, side: int, price: int, cash: int
) -> None:
    """The helper answers what the check would."""
    valuation = Valuation(low=mark, high=mark, unit_value=UNIT_VALUE, counts_profit=False)
    terms = {"unit_value": UNIT_VALUE, "taker_e8": TAKER_E8}
    most = LOTS_MAX // 8
    found = max_order_quantity(
        MAJOR,
        valuation,
        sums(holding.orders, **terms),
        free=cash,
        size=holding.size,
        cost=holding.cost,
        lever=holding.lever,
        side=side,
        price=price,
        taker_e8=TAKER_E8,
        quantity_max=most,
        gap_low=gap(holding, mark),
    )

    def fits(lots: int) -> bool:
        more = [*holding.orders, NaiveOrder(side, price, lots)]
        held = NaiveHolding(**{**vars(holding), "orders": more})
        return passes(NAIVE, held, cash=cash, marks=[mark], gains_count=False)

    assert found == 0 or fits(found)
    assert found == most or not fits(found + 1)


@given(holdings)
def test_exposure_is_the_worst_of_all_subsets_of_fills(holding: NaiveHolding) -> None:
    """Three sums stand for two to the power of the orders."""
    of = sums(holding.orders, unit_value=UNIT_VALUE, taker_e8=TAKER_E8)

    assert max(abs(holding.size), holding.size + of.buys, of.sells - holding.size) == worst_size(
        holding
    )


@given(money, st.integers(-NOTIONAL_MAX, NOTIONAL_MAX), money, st.integers(1, 125))
def test_what_is_taken_from_isolated_margin_leaves_its_requirement(
    margin: int, gain: int, notional: int, lever: int
) -> None:
    """Gains can never be taken out before they are realised."""
    needed = NAIVE.initial(notional, lever)
    found = isolated_removable(MAJOR, margin=margin, profit=gain, notional=notional, lever=lever)
    added = isolated_top_up(MAJOR, margin=margin, notional=notional, lever=lever)

    assert 0 <= found <= max(0, margin - needed)
    assert found == 0 or margin - found + min(0, gain) >= needed
    assert margin + added >= needed
    assert added == 0 or margin + added == needed


@given(st.integers(0, NOTIONAL_MAX), st.integers(-NOTIONAL_MAX, NOTIONAL_MAX))
def test_no_more_leaves_than_cash_and_than_what_is_free(cash: int, free: int) -> None:
    """Invariant I50."""
    assert transfer_out_limit(cash=cash, free=free) == max(0, min(cash, free))


def test_an_empty_account_reserves_nothing() -> None:
    """Bounds that an old order left behind count only while there are orders."""
    left_behind = OpenOrders(buys=0, sells=0, highest_buy=PRICE_MAX, lowest_sell=1, fees=0)
    valuation = Valuation(low=5, high=5, unit_value=UNIT_VALUE, counts_profit=True)

    assert worst_net(MAJOR, valuation, left_behind, NOTHING, size=0, cost=0, lever=10) == 0
