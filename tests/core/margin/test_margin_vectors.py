"""The specification's vectors of tiers, reserves, leverage, isolated margin and liquidation
prices.
"""

from __future__ import annotations

import pytest

from seawall.core.margin import (
    OpenOrders,
    Valuation,
    bankruptcy_price,
    cross_bankruptcy_price,
    exposure,
    isolated_removable,
    isolated_top_up,
    liquidation_price,
    max_order_quantity,
    order_reserve,
)
from seawall.core.model.enums import Side
from seawall.core.model.units import E8
from tests.core.clearing.vector_rule import Numbers, Vector, check, check_that_one_off_fails
from tests.core.margin.margin_world import (
    MAJOR,
    TAKER_E8,
    UNIT_VALUE,
    exact_gap,
    net,
    sums,
    ticks,
    usdt,
)
from tests.laws.naive_margin import NaiveHolding, NaiveOrder

Orders = list[tuple[int, int, int]]
BUY, SELL = Side.BUY, Side.SELL
MARK = ticks(60_000)


def both(notional: int, lever: int) -> Numbers:
    """Initial and maintenance margin of whole USDT."""
    return MAJOR.initial_margin(notional * E8, lever), MAJOR.maintenance_margin(notional * E8)


def holding(size: int, orders: Orders, lever: int = 10) -> NaiveHolding:
    """A position opened at 60,000, with orders (side, whole price, contracts)."""
    return NaiveHolding(
        size=size,
        cost=size * MARK * UNIT_VALUE,
        lever=lever,
        unit_value=UNIT_VALUE,
        taker_e8=TAKER_E8,
        orders=[NaiveOrder(side, ticks(price), lots) for side, price, lots in orders],
    )


def reserved(size: int, orders: Orders, lever: int = 10, mark: int = MARK) -> Numbers:
    """w, IM, gap, fees and the whole."""
    held = holding(size, orders, lever)
    of = sums(held.orders, unit_value=UNIT_VALUE, taker_e8=TAKER_E8)
    worst = exposure(size=size, buys=of.buys, sells=of.sells)
    gap = exact_gap(held.orders, mark=mark, unit_value=UNIT_VALUE)
    whole = order_reserve(
        MAJOR,
        size=size,
        buys=of.buys,
        sells=of.sells,
        gap=gap,
        fees=of.fees,
        mark=mark,
        unit_value=UNIT_VALUE,
        lever=lever,
        is_isolated=False,
    )
    return worst, MAJOR.initial_margin(worst * mark * UNIT_VALUE, lever), gap, of.fees, whole


def largest(size: int, side: int, price: str) -> Numbers:
    """The largest order an equity of 10,000 covers at 10x, and what it and one more reserve."""
    found = max_order_quantity(
        MAJOR,
        Valuation(low=MARK, high=MARK, unit_value=UNIT_VALUE, counts_profit=True),
        OpenOrders(buys=0, sells=0, highest_buy=0, lowest_sell=0, fees=0),
        free=usdt("10000"),
        size=size,
        cost=size * MARK * UNIT_VALUE,
        lever=10,
        side=side,
        price=ticks(price),
        taker_e8=TAKER_E8,
        quantity_max=100_000,
    )

    def needed(lots: int) -> int:
        order = NaiveOrder(side, ticks(price), lots)
        held = NaiveHolding(
            size=size,
            cost=size * MARK * UNIT_VALUE,
            lever=10,
            unit_value=UNIT_VALUE,
            taker_e8=TAKER_E8,
            orders=[order],
        )
        return -net(MAJOR, held, [MARK], gains_count=True, exact=True)

    assert needed(found + 1) > usdt("10000")
    return found, needed(found)


def doubtful(side: int) -> Numbers:
    """100 @ 60,000 in CONFIRM between 54,000 and 60,000: what each end asks, and whether 10,000
    passes.
    """
    held = holding(0, [(side, 60_000, 100)])
    low, high = ticks(54_000), MARK
    free = usdt("10000") + net(MAJOR, held, [low, high], gains_count=False, exact=True)
    at_low = reserved(0, [(side, 60_000, 100)], mark=low)[-1]
    at_high = reserved(0, [(side, 60_000, 100)], mark=high)[-1]
    return at_low, at_high, free, int(free >= 0)


def lever_change(old: int, new: int, margin: int) -> Numbers:
    """Isolated 100 @ 60,000: what cash must add, and what is removable afterwards."""
    notional = 100 * MARK * UNIT_VALUE
    assert MAJOR.initial_margin(notional, old) == margin
    added = isolated_top_up(MAJOR, margin=margin, notional=notional, lever=new)
    removable = isolated_removable(
        MAJOR, margin=margin + added, profit=0, notional=notional, lever=new
    )
    return added, removable


def removable(margin: int, profit: int) -> Numbers:
    """From N = 60,000 at 10x, whole USDT."""
    found = isolated_removable(
        MAJOR, margin=margin * E8, profit=profit * E8, notional=60_000 * E8, lever=10
    )
    return (found,)


def ends(size: int, margin: int) -> Numbers:
    """Liquidation and bankruptcy price of a position opened at 60,000, margin in whole USDT."""
    terms = {
        "size": size,
        "cost": size * MARK * UNIT_VALUE,
        "margin": margin * E8,
        "unit_value": UNIT_VALUE,
    }
    return liquidation_price(MAJOR, **terms), bankruptcy_price(**terms)


def shared() -> Numbers:
    """LP7: long 10 BTC of 0.01 a lot, short 50 ETH of 0.01 a lot with a tick of 0.01; what closing
    both there loses of 5,000.
    """
    part = {"equity": 5_000 * E8, "maintenance_total": 6_000 * E8}
    eth_value = 10_000  # 0.01 USDT times 0.01 ETH
    long = cross_bankruptcy_price(
        size=1_000, mark=MARK, unit_value=UNIT_VALUE, maintenance=4_000 * E8, **part
    )
    short = cross_bankruptcy_price(
        size=-5_000, mark=300_000, unit_value=eth_value, maintenance=2_000 * E8, **part
    )
    lost = (MARK - long) * 1_000 * UNIT_VALUE + (short - 300_000) * 5_000 * eth_value
    return long, short, lost


VECTORS = [
    Vector("TI1", (4_000 * E8, 2_000 * E8), lambda: both(400_000, 100)),
    Vector("TI2", (120_000 * E8, 9_500 * E8), lambda: both(1_200_000, 10)),
    Vector("TI3", (2_435_000 * E8, 1_217_500 * E8), lambda: both(30_000_000, 20)),
    Vector("TI4", (3_000_000 * E8, 1_217_500 * E8), lambda: both(30_000_000, 10)),
    Vector(
        "TI5",
        (17_500 * E8, usdt("17500.025")),
        lambda: (both(2_000_000, 10)[1], both(2_000_001, 10)[1]),
    ),
    Vector(
        "RS1",
        (150, 9_000 * E8, 0, usdt("85.90"), usdt("9085.90")),
        lambda: reserved(100, [(BUY, 59_000, 50), (SELL, 61_000, 30), (SELL, 62_000, 200)]),
    ),
    Vector(
        "RS2",
        (100, 6_000 * E8, 1_230 * E8, usdt("30.615"), usdt("7260.615")),
        lambda: reserved(0, [(BUY, 61_230, 100)]),
    ),
    Vector(
        "RS3",
        (100, 6_000 * E8, 100 * E8, usdt("30.05"), usdt("6130.05")),
        lambda: reserved(-100, [(BUY, 60_100, 100)]),
    ),
    Vector("RS4", (165, usdt("9949.50")), lambda: largest(0, BUY, "60000")),
    Vector("RS4-one-more", (usdt("10009.80"),), lambda: (reserved(0, [(BUY, 60_000, 166)])[-1],)),
    Vector("RS5", (150, usdt("9962.108325")), lambda: largest(0, BUY, "60611.1")),
    Vector("RS6", (265, usdt("9979.50")), lambda: largest(100, SELL, "60000")),
    Vector(
        "RS7",
        (11_430 * E8, 6_030 * E8, -1_430 * E8),
        lambda: doubtful(BUY)[:3],
    ),
    Vector(
        "RS8",
        (5_430 * E8, 6_030 * E8, 3_970 * E8),
        lambda: doubtful(SELL)[:3],
    ),
    Vector(
        "LV1",
        (6_000 * E8, 3_000 * E8),
        lambda: (reserved(100, [], 10)[-1], reserved(100, [], 20)[-1]),
    ),
    Vector("LV2", (6_000 * E8, 0), lambda: lever_change(10, 5, 6_000 * E8)),
    Vector("LV3", (0, 6_000 * E8), lambda: lever_change(5, 10, 12_000 * E8)),
    Vector("RM1", (4_000 * E8,), lambda: removable(10_000, 3_000)),
    Vector("RM2", (1_000 * E8,), lambda: removable(10_000, -3_000)),
    Vector("RM3", (0,), lambda: removable(6_000, 5_000)),
    Vector("LP1", (ticks("54271.4"), ticks(54_000)), lambda: ends(100, 6_000)),
    Vector("LP2", (ticks("65671.6"), ticks(66_000)), lambda: ends(-100, 6_000)),
    Vector("LP3", (ticks("55051.3"), ticks(54_000)), lambda: ends(10_000, 600_000)),
    Vector("LP6", (ticks("51256.3"), ticks(51_000)), lambda: ends(100, 9_000)),
    Vector("LP7", (ticks("59666.7"), 303_333, usdt("4999.50")), shared),
]
IDS = [vector.id for vector in VECTORS]


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_vector(vector: Vector) -> None:
    """The number was worked out outside; whoever disagrees with it is wrong until shown."""
    check(vector)


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_vector_fails_when_an_expected_number_is_off_by_one(vector: Vector) -> None:
    """A check that lets one unit pass would let the error pass that the vector is there for."""
    check_that_one_off_fails(vector)


def test_in_doubt_a_buy_is_refused_and_a_sell_passes() -> None:
    """RS7 and RS8: the same size, the same equity; only the buy would lose at the other end."""
    assert (doubtful(BUY)[3], doubtful(SELL)[3]) == (0, 1)
