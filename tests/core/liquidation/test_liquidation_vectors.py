"""The specification's vectors of liquidation, the fund, the limiter and deleveraging.

BTC-USDT-SWAP of the reference: tick 0.1, contracts of 0.01 BTC, the major tiers.
"""

from __future__ import annotations

import pytest

from seawall.core.clearing import Position, trade, unrealised, value_of
from seawall.core.liquidation import (
    Candidate,
    FundWindow,
    LiquidationParameters,
    TakeoverLeg,
    bad_ticks_after,
    best_end,
    counterparties,
    estimated_unwind_loss,
    flow_allowance,
    fund_lots,
    is_healed,
    is_liquidatable,
    is_past_bankruptcy,
    is_ratio_below,
    liquidation_fee,
    may_act,
    must_take_over,
    smallest_reduction,
    step_cap,
    step_limit_price,
    takeover_price,
    takeover_prices,
)
from seawall.core.margin import default_tiers
from seawall.core.model.enums import RiskTier, Side
from seawall.core.model.units import E8, floor_div
from tests.core.clearing.swap_world import DOLLAR, UNIT
from tests.core.clearing.vector_rule import Numbers, Vector, check, check_that_one_off_fails

PARAMETERS = LiquidationParameters(quote_units=DOLLAR)
TIERS = default_tiers(risk_tier=RiskTier.MAJOR, quote_units=DOLLAR)
MARGIN = 600_000 * DOLLAR


def whale() -> Position:
    """100 BTC long @60000."""
    one = Position(account_slot=0, account_id=1, instrument_id=1, lever=10, opened_ms=0)
    trade(one, side=Side.BUY, lots=10_000, price=600_000, unit_value=UNIT)
    return one


def measured(one: Position, margin: int, mark: int) -> tuple[int, int]:
    """Equity and maintenance margin of the isolated position."""
    equity = margin + int(unrealised(one, mark=mark, unit_value=UNIT))
    value = value_of(price=mark, lots=one.size, unit_value=UNIT)
    return equity, int(TIERS.maintenance_margin(value))


def condition() -> Numbers:
    """At each mark equity, margin and ratio in hundredths of a percent; then at which of them the
    condition holds first, and at which it acts.
    """
    found: list[int] = []
    holds: list[int] = []
    acts: list[int] = []
    bad = 0
    for place, mark in enumerate((560_000, 551_000, 550_510, 550_000), start=1):
        equity, margin = measured(whale(), MARGIN, mark)
        found += (equity, margin, equity * 10_000 // margin)
        is_bad = is_liquidatable(equity=equity, maintenance=margin)
        bad = int(bad_ticks_after(bad, is_bad=is_bad))
        if is_bad:
            holds.append(place)
        if may_act(PARAMETERS, bad_ticks=bad, is_degraded=False):
            acts.append(place)
    return (*found, holds[0], acts[0])


def first_step() -> Numbers:
    """At 55000: the smallest reduction, the cap, the limit price."""
    one = whale()
    equity, margin = measured(one, MARGIN, 550_000)
    at = {"size": one.size, "mark": 550_000, "unit_value": UNIT}
    lots = smallest_reduction(PARAMETERS, TIERS, equity=equity, other_maintenance=0, **at)
    cap = step_cap(PARAMETERS, equity=equity, maintenance=margin, episode_size=one.size, **at)
    price = takeover_price(equity=equity, maintenance=1, maintenance_total=1, **at)
    return lots, cap, limit(one.size, 550_000, price)


def limit(size: int, mark: int, bankruptcy: int, low: int = 0, high: int = 0) -> int:
    """The limit price of a step."""
    return int(
        step_limit_price(
            PARAMETERS, size=size, mark=mark, bankruptcy=bankruptcy, band_low=low, band_high=high
        )
    )


def after_first_step() -> Numbers:
    """2,000 filled @54900: realised, fee, margin left, equity, maintenance, ratio; healed?"""
    one = whale()
    realised = trade(one, side=Side.SELL, lots=2_000, price=549_000, unit_value=UNIT)
    margin = MARGIN + int(realised)
    equity, needed = measured(one, margin, 550_000)
    value = value_of(price=549_000, lots=2_000, unit_value=UNIT)
    fee = int(liquidation_fee(PARAMETERS, value=value, equity_after=equity, cash=margin))
    margin -= fee
    equity -= fee
    ratio = equity * 10_000 // needed
    healed = is_healed(PARAMETERS, equity=equity, maintenance=needed, fills=1)
    return realised, fee, margin, equity, needed, ratio, int(healed), PARAMETERS.step_interval_ms


def reduction(lots: int) -> Numbers:
    """The smallest reduction of so many contracts at 60000 whose equity equals the margin."""
    value = value_of(price=600_000, lots=lots, unit_value=UNIT)
    found = smallest_reduction(
        PARAMETERS,
        TIERS,
        equity=TIERS.maintenance_margin(value),
        size=lots,
        mark=600_000,
        unit_value=UNIT,
        other_maintenance=0,
    )
    return (found,)


def gap() -> Numbers:
    """At 53500: equity, whether the venue takes over, at what price, what is left."""
    one = whale()
    equity, needed = measured(one, MARGIN, 535_000)
    leg = TakeoverLeg(
        instrument_id=1, size=one.size, mark=535_000, unit_value=UNIT, maintenance=needed
    )
    left = takeover_prices([leg], equity=equity)
    past = is_past_bankruptcy(size=one.size, mark=535_000, bankruptcy=leg.price)
    takes = must_take_over(PARAMETERS, equity=equity, maintenance=needed, is_past=past)
    return equity, int(takes), leg.price, left


def unwind(price: int, capacity: int, lots: int) -> Numbers:
    """The estimated loss when the book takes all at that price, and the parts of fund and ADL."""
    loss = estimated_unwind_loss(
        PARAMETERS,
        prices=[price],
        lots_at=[lots],
        size=lots,
        bankruptcy=540_000,
        mark=535_000,
        unit_value=UNIT,
    )
    part = fund_lots(capacity=capacity, estimated_loss=loss, lots=lots)
    return loss, part, lots - part


def disputed(entry: int) -> Numbers:
    """Long 1,000 with 5,000 margin in [80, 100]: equity at the best end, and whether it is
    touched.
    """
    end = best_end(size=1_000, low=80, high=100)
    equity = 5_000 * DOLLAR + 1_000 * (end - entry) * DOLLAR
    needed = TIERS.maintenance_margin(1_000 * end * DOLLAR)
    return equity, int(is_liquidatable(equity=equity, maintenance=needed))


def cross() -> Numbers:
    """LP7: E 5,000; long 10 BTC @60000 with margin 4,000, short 50 ETH @3000 with 2,000; prices in
    ticks of 0.1 and 0.01, and what is left.
    """
    long = TakeoverLeg(
        instrument_id=1, size=1_000, mark=600_000, unit_value=UNIT, maintenance=4_000 * DOLLAR
    )
    short = TakeoverLeg(
        instrument_id=2, size=-50, mark=300_000, unit_value=10**6, maintenance=2_000 * DOLLAR
    )
    left = takeover_prices([long, short], equity=5_000 * DOLLAR)
    return long.price, short.price, left


def isolated(size: int, margin: int) -> Numbers:
    """The bankruptcy price of a position from 60000; adding margin and mark cancel out."""
    entry = size * 600_000 * UNIT
    prices = []
    for mark in (300_000, 600_000, 620_000):
        equity = margin * DOLLAR + size * mark * UNIT - entry
        prices.append(
            int(
                takeover_price(
                    size=size,
                    mark=mark,
                    unit_value=UNIT,
                    equity=equity,
                    maintenance=1,
                    maintenance_total=1,
                )
            )
        )
    assert len(set(prices)) == 1
    return (prices[0],)


SHORTS = (
    (1, 200, 60_000, 24_000),
    (2, 100, 55_000, 15_000),
    (3, 300, 52_000, 6_000),
    (4, 100, 49_000, 2_000),
)


def shorts() -> list[Candidate]:
    """S1 to S4 at mark 50000."""
    return [
        Candidate(
            account_id=number,
            account_slot=number,
            size=-lots,
            cost=-lots * entry * 10 * UNIT,
            notional=lots * 500_000 * UNIT,
            equity_share=equity * DOLLAR,
            equity=equity * DOLLAR,
        )
        for number, lots, entry, equity in SHORTS
    ]


def ranking() -> Numbers:
    """Scores in units of 1e-4 rounded down, in order of the accounts; then the order."""
    scores = [one.numerator * 10_000 // one.denominator for one in shorts()]
    chosen = counterparties(shorts(), lots=700, price=500_000, mark=500_000, unit_value=UNIT)
    return (*scores, *(int(one.candidate.account_id) for one in chosen))


def deleveraged(needed: int) -> Numbers:
    """Account and contracts of each that is closed."""
    chosen = counterparties(shorts(), lots=needed, price=500_000, mark=500_000, unit_value=UNIT)
    return tuple(int(number) for one in chosen for number in (one.candidate.account_id, one.lots))


def capacity(*, peak: int, balance: int, drawn: int) -> Numbers:
    """What a fund with that history can pay, whole units."""
    window = FundWindow()
    window.observe(PARAMETERS, clock_ms=0, balance=peak * DOLLAR)
    window.draw(clock_ms=0, instrument_id=1, amount=drawn * DOLLAR)
    window.observe(PARAMETERS, clock_ms=60_000, balance=balance * DOLLAR)
    found = window.capacity(PARAMETERS, balance=balance * DOLLAR)
    other = window.capacity_of(PARAMETERS, balance=balance * DOLLAR, instrument_id=2)
    assert other == floor_div(found, 2)
    return (found,)


LQ1 = (
    *(200_000 * DOLLAR, 107_500 * DOLLAR, 18_604),
    *(110_000 * DOLLAR, 105_250 * DOLLAR, 10_451),
    *(105_100 * DOLLAR, 10_512_750_000_000, 9_997),
    *(100_000 * DOLLAR, 105_000 * DOLLAR, 9_523),
)
LQ3 = (
    *(-102_000 * DOLLAR, 2_196 * DOLLAR, 495_804 * DOLLAR),
    *(95_804 * DOLLAR, 77_500 * DOLLAR, 12_361, 0, 5_000),
)
FUND = {"IF1": (1_000_000, 750_000, 250_000), "IF2": (1_000_000, 150_000, 100_000)}
VECTORS = [
    Vector("LQ1", (*LQ1, 3, 4), condition),
    Vector("LQ2", (2_165, 2_000, 544_500), first_step),
    Vector("LQ3", LQ3, after_first_step),
    *(
        Vector(f"LQ4-{lots}", (expected,), lambda lots=lots: reduction(lots))
        for lots, expected in (
            (100, 100),
            (666, 666),
            (2_000, 528),
            (8_333, 1_469),
            (50_000, 8_823),
        )
    ),
    Vector("LQ5", (-50_000 * DOLLAR, 1, 540_000, 0), gap),
    Vector(
        "LQ6",
        (60_000 * DOLLAR, 3_333, 6_667),
        lambda: unwind(534_000, 20_000 * DOLLAR, 10_000),
    ),
    Vector("LQ8-110", (-5_000 * DOLLAR, 1), lambda: disputed(110)),
    Vector("LQ8-95", (10_000 * DOLLAR, 0), lambda: disputed(95)),
    Vector("LP1", (540_000,), lambda: isolated(100, 6_000)),
    Vector("LP2", (660_000,), lambda: isolated(-100, 6_000)),
    Vector("LP3", (540_000,), lambda: isolated(10_000, 600_000)),
    Vector("LP6", (510_000,), lambda: isolated(100, 9_000)),
    Vector("LP7", (596_667, 303_333, 50_000_000), cross),
    Vector("AD1", (6_944, 3_030, 9_615, -9, 3, 1, 2, 4), ranking),
    Vector("AD2", (3, 300, 1, 100), lambda: deleveraged(400)),
    Vector("AD3", (600 * DOLLAR, 40, 60), lambda: unwind(534_000, 240 * DOLLAR, 100)),
    Vector("IF1", (50_000 * DOLLAR,), lambda: capacity(peak=10**6, balance=750_000, drawn=250_000)),
    Vector(
        "IF2", (150_000 * DOLLAR,), lambda: capacity(peak=10**6, balance=150_000, drawn=100_000)
    ),
    Vector("IF3", (0,), lambda: capacity(peak=10**6, balance=680_000, drawn=320_000)),
    *(
        Vector(
            f"L-{depth}",
            (flow * DOLLAR,),
            lambda depth=depth: (flow_allowance(PARAMETERS, depth=depth * DOLLAR),),
        )
        for depth, flow in ((3_000_000, 300_000), (100_000, 50_000), (40_000_000, 2_000_000))
    ),
]
IDS = [vector.id for vector in VECTORS]


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_vector(vector: Vector) -> None:
    """The number was worked out outside."""
    check(vector)


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_vector_fails_when_an_expected_number_is_off_by_one(vector: Vector) -> None:
    """A check that lets one unit pass would let the error pass that the vector is there for."""
    check_that_one_off_fails(vector)


def test_a_mark_on_the_bankruptcy_price_is_past_it() -> None:
    """S33: what closing in the market cannot save any more is taken over, not closed twice."""
    assert is_past_bankruptcy(size=1, mark=540_000, bankruptcy=540_000)
    assert not is_past_bankruptcy(size=1, mark=540_001, bankruptcy=540_000)
    assert is_past_bankruptcy(size=-1, mark=660_000, bankruptcy=660_000)
    assert not is_past_bankruptcy(size=-1, mark=659_999, bankruptcy=660_000)


def test_ratios_are_compared_at_the_last_unit() -> None:
    """A takeover at a third, an uncapped step at two thirds: neither a unit early."""
    for ratio_e8, name in ((33_300_000, "takeover"), (66_700_000, "uncapped")):
        needed = 1_000_000
        edge = needed * ratio_e8 // E8

        assert not is_ratio_below(equity=edge, maintenance=needed, ratio_e8=ratio_e8), name
        assert is_ratio_below(equity=edge - 1, maintenance=needed, ratio_e8=ratio_e8), name


def test_a_step_order_stays_inside_the_band_and_before_bankruptcy() -> None:
    """The least bad of three bounds holds for either side."""
    assert limit(5, 550_000, 540_000) == 544_500
    assert limit(5, 550_000, 546_000) == 546_000
    assert limit(5, 550_000, 540_000, low=548_000) == 548_000
    assert limit(-5, 550_000, 660_000) == 555_500
    assert limit(-5, 550_000, 551_000) == 551_000
    assert limit(-5, 550_000, 660_000, high=552_000) == 552_000


def test_a_fee_never_takes_more_than_is_left() -> None:
    """What remains belongs to the user; below zero nobody is charged."""
    value = 1_000_000 * DOLLAR
    fees = [
        int(liquidation_fee(PARAMETERS, value=value, equity_after=equity, cash=cash))
        for equity, cash in ((10**18, 10**18), (1_999, 10**18), (-5, 10**18), (10**18, 7), (5, -1))
    ]

    assert fees == [2_000 * DOLLAR, 1_999, 0, 7, 0]
