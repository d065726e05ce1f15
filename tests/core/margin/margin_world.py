"""The reference swap of the margin vectors, and random brackets, positions and orders."""

from __future__ import annotations

from hypothesis import strategies as st

from seawall.core.margin import (
    Added,
    MarginTiers,
    OpenOrders,
    Valuation,
    default_tiers,
    exposure_max,
    order_fee,
    order_gap,
    tiers_fault,
    worst_net,
)
from seawall.core.model.enums import RiskTier, Side
from seawall.core.model.units import E8
from tests.laws.naive_margin import NaiveHolding, NaiveOrder, NaiveTiers

TICK_PER_WHOLE = 10  # BTC-USDT-SWAP: tick 0.1
UNIT_VALUE = 100_000  # 0.1 USDT times 0.01 BTC, in units of 1e-8 USDT
TAKER_E8 = 50_000
MAJOR = default_tiers(risk_tier=RiskTier.MAJOR, quote_units=E8)
NOTHING = Added(side=Side.BUY, price=1, quantity=0, fee=0)


def usdt(text: str) -> int:
    """An amount in units, from whole USDT with decimals."""
    whole, _, rest = text.partition(".")
    return int(whole + rest.ljust(8, "0"))


def ticks(price: float | str) -> int:
    """A price in ticks, from whole USDT with at most one decimal."""
    whole, _, rest = str(price).partition(".")
    return int(whole) * TICK_PER_WHOLE + int(rest or 0)


def sums(orders: list[NaiveOrder], *, unit_value: int, taker_e8: int) -> OpenOrders:
    """What the engine keeps of these orders."""
    counted = [one for one in orders if not one.reduce_only]
    buys = [one for one in counted if one.side == Side.BUY]
    sells = [one for one in counted if one.side == Side.SELL]
    fees = [
        order_fee(price=one.price, quantity=one.lots, unit_value=unit_value, taker_e8=taker_e8)
        for one in orders
    ]
    return OpenOrders(
        buys=sum(one.lots for one in buys),
        sells=sum(one.lots for one in sells),
        highest_buy=max((one.price for one in buys), default=0),
        lowest_sell=min((one.price for one in sells), default=0),
        fees=sum(fees),
    )


def exact_gap(orders: list[NaiveOrder], *, mark: int, unit_value: int) -> int:
    """Order by order, as the engine does before it refuses."""
    return sum(
        order_gap(
            side=one.side, price=one.price, quantity=one.lots, mark=mark, unit_value=unit_value
        )
        for one in orders
        if not one.reduce_only
    )


def net(
    tiers: MarginTiers, holding: NaiveHolding, marks: list[int], *, gains_count: bool, exact: bool
) -> int:
    """`worst_net` of the holding, at the first and last of the marks."""
    terms = {"unit_value": holding.unit_value}
    gaps = {}
    if exact:
        gaps = {
            "gap_low": exact_gap(holding.orders, mark=marks[0], **terms),
            "gap_high": exact_gap(holding.orders, mark=marks[-1], **terms),
        }
    return worst_net(
        tiers,
        Valuation(low=marks[0], high=marks[-1], counts_profit=gains_count, **terms),
        sums(holding.orders, taker_e8=holding.taker_e8, **terms),
        NOTHING,
        size=holding.size,
        cost=holding.cost,
        lever=holding.lever,
        **gaps,
    )


@st.composite
def brackets(draw: st.DrawFn) -> tuple[MarginTiers, NaiveTiers]:
    """Listable brackets, in both forms."""
    count = draw(st.integers(1, 16))
    steps = draw(st.lists(st.integers(1, 10**7), min_size=count - 1, max_size=count - 1))
    floors = [0]
    for step in steps:
        floors.append(floors[-1] + step * E8)
    initial = sorted(draw(st.lists(st.integers(2, E8), min_size=count, max_size=count)))
    half = draw(st.integers(2, 9))
    maintenance = [max(1, rate // half) for rate in initial]
    fault = tiers_fault(
        floors=floors,
        initial_e8=initial,
        maintenance_e8=maintenance,
        notional_max=floors[-1] + 10**9,
    )
    assert fault == ""
    tiers = MarginTiers(
        floors=floors,
        initial_e8=initial,
        maintenance_e8=maintenance,
        notional_max=floors[-1] + 10**9,
    )
    return tiers, NaiveTiers(list(zip(floors, initial, maintenance, strict=True)))


PRICE_MAX = 10**7
LOTS_MAX = exposure_max(price_max=PRICE_MAX, unit_value=UNIT_VALUE)

orders = st.builds(
    NaiveOrder,
    side=st.sampled_from([Side.BUY, Side.SELL]),
    price=st.integers(1, PRICE_MAX),
    lots=st.integers(1, LOTS_MAX // 8),
    reduce_only=st.booleans(),
)
holdings = st.builds(
    lambda size, entry, lever, orders: NaiveHolding(
        size=size,
        cost=size * entry * UNIT_VALUE,
        lever=lever,
        unit_value=UNIT_VALUE,
        taker_e8=TAKER_E8,
        orders=orders,
    ),
    size=st.integers(-LOTS_MAX // 8, LOTS_MAX // 8),
    entry=st.integers(1, PRICE_MAX),
    lever=st.integers(1, 125),
    orders=st.lists(orders, max_size=6),
)
