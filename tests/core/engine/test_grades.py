"""The capability matrix through real commands: what somebody tries at each grade of the price, and
what the venue answers (domain 10).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seawall.core import ledger
from seawall.core.engine.guards import grade_of, may_act_on_mark
from seawall.core.model.commands import (
    AdjustMargin,
    AmendOrder,
    CreditDeposit,
    ListInstrument,
    MassCancel,
    SetLeverage,
    SetParameter,
    TransferFunds,
)
from seawall.core.model.enums import LedgerKind, MarginMode, OrderCause, Side, TimeInForce
from seawall.core.model.events import Event
from seawall.core.model.genesis import GenesisAmount
from seawall.core.model.order_events import OrderAccepted, OrderCancelled, OrderFilled
from seawall.core.model.rejects import RejectReason
from seawall.core.pricing import GRADE_NAMES, Action, Grade
from tests.core.clearing.vector_rule import Vector, check, check_that_one_off_fails
from tests.core.engine.outside_world import (
    ALICE,
    BOB,
    BTC,
    CAROL,
    DAVE,
    E8,
    FUND,
    LEA,
    OLGA,
    OTTO,
    PRICE,
    SPOT,
    SWAP,
    USDT,
    World,
    fills_of,
    genesis,
    mirror,
    of_kind,
    reason_of,
    running,
)

# Columns in the order of Grade, without NO_INDEX: nobody has a position before the first price.
# W and B are yes here: everybody is rich.
EXPECTED = {
    "cancel": "YYYYYYY",
    "reduce": "YYYYYYY",
    "reduce without the flag": "YYYYYYY",
    "take and increase": "YYYNNNN",
    "rest and increase": "YYYYYYY",
    "amend to increase": "YYYNNNN",
    "trade spot": "YYYYYYY",
    "raise leverage": "YYNNNNN",
    "lower leverage": "YYYYYYY",
    "remove margin": "YYNNNNN",
    "add margin": "YYYYYYY",
    "transfer in": "YYYYYYY",
    "deposit": "YYYYYYY",
    "withdraw with a position": "YYYNNNN",
    "withdraw without": "YYYYYYY",
    "liquidate": "YYNNNNY",
    "fire on the mark": "YYNNNNN",
    "pay funding": "YYNNNNN",
    "mirror": "YYNNNNN",
}


def at_grade(grade: int) -> World:
    """A world whose price has that grade: Alice is long, cross, Carol long, isolated, against Bob;
    Dave's orders stand on both sides of both books.
    """
    world = running(genesis(mirrors=[mirror(source_id=7)]))
    world.trade(ALICE, BOB, 50, PRICE)
    world.sell(BOB, 50, PRICE)
    world.buy(CAROL, 50, PRICE, margin_mode=MarginMode.ISOLATED)
    world.do(AdjustMargin(CAROL, SWAP, 1_000 * E8))
    for where in (SWAP, SPOT):
        world.order(DAVE, Side.BUY, 500, PRICE - 20, where)
        world.order(DAVE, Side.SELL, 500, PRICE + 20, where)
    world.buy(LEA, 1, PRICE - 900)
    if grade == Grade.DEGRADED:
        world.silent = {1, 2, 3}
        world.tick(12)
    elif grade in (Grade.CONFIRM_SHORT, Grade.CONFIRM_LONG):
        world.outside(PRICE * 80 // 100)
        world.tick(1 if grade == Grade.CONFIRM_SHORT else 8)
    elif grade == Grade.HOLD_DISPUTED:
        world.outside(PRICE * 90 // 100, 1, 2, 3, 4)
        world.tick(35)
    elif grade != Grade.NORMAL:
        world.silent = set(range(1, 8))
        world.tick(15 if grade == Grade.HOLD_SHORT else 50)
    assert grade_of(world.engine.state, world.market) == grade
    return world


def is_filled(events: list[Event]) -> bool:
    """Whether the order traded."""
    return reason_of(events) == 0 and len(fills_of(events)) > 0


def is_fine(events: list[Event]) -> bool:
    """Whether nothing was refused."""
    return reason_of(events) == 0


def cancels(world: World) -> bool:
    """All of Dave's orders, placed in better times."""
    return len(of_kind(world.do(MassCancel(DAVE)), OrderCancelled)) == 4


def amends(world: World) -> bool:
    """Lea's bid far below goes to where it takes."""
    account = world.engine.state.account(LEA)
    assert account is not None
    order = account.first_order
    while order is not None and order.cause != OrderCause.USER:
        order = order.account_next
    assert order is not None
    command = AmendOrder(
        account_id=LEA,
        instrument_id=SWAP,
        order_id=order.order_id,
        new_price=(PRICE + 20) * 10,
    )
    return bool(of_kind(world.do(command), OrderFilled))


def lever(world: World, times: int) -> bool:
    """Alice chooses another leverage than her 10."""
    return is_fine(world.do(SetLeverage(ALICE, SWAP, MarginMode.CROSS, times)))


def margin(world: World, amount: int) -> bool:
    """Carol's isolated margin."""
    return is_fine(world.do(AdjustMargin(CAROL, SWAP, amount * E8)))


def transfer(world: World, who: int, *, to_trading: bool) -> bool:
    """One USDT between funding and trading."""
    return is_fine(world.do(TransferFunds(who, USDT, E8, to_trading)))


def deposit(world: World) -> bool:
    """Of somebody with a position."""
    return is_fine(world.do(CreditDeposit(ALICE, USDT, E8, b"d" * 32)))


def deposit_and_transfer(world: World) -> bool:
    """Money comes and goes to work."""
    return deposit(world) and transfer(world, ALICE, to_trading=True)


def acts(world: World, action: int) -> bool:
    """Whether something may happen because of the price, long after any doubt."""
    world.engine.state.armed_ms.clear()
    return may_act_on_mark(world.engine.state, world.market, action)


def mirrors(world: World) -> bool:
    """Whether Lea's mirror quotes, after its source has spoken."""
    account = world.engine.state.account(LEA)
    assert account is not None
    return int(account.open_orders) == 3


TRIES: dict[str, Callable[[World], bool]] = {
    "cancel": cancels,
    "reduce": lambda world: is_filled(world.sell(ALICE, 5, PRICE - 20, reduce_only=True)),
    "reduce without the flag": lambda world: is_filled(world.sell(ALICE, 5, PRICE - 20)),
    "take and increase": lambda world: is_filled(world.buy(ALICE, 5, PRICE + 20)),
    "rest and increase": lambda world: is_fine(
        world.buy(ALICE, 5, PRICE - 30, time_in_force=TimeInForce.POST_ONLY)
    ),
    "amend to increase": amends,
    "trade spot": lambda world: is_filled(world.order(BOB, Side.BUY, 5, PRICE + 20, SPOT)),
    "raise leverage": lambda world: lever(world, 11),
    "lower leverage": lambda world: lever(world, 5),
    "remove margin": lambda world: margin(world, -1),
    "add margin": lambda world: margin(world, 1),
    "transfer in": deposit_and_transfer,
    "deposit": deposit,
    "withdraw with a position": lambda world: transfer(world, ALICE, to_trading=False),
    "withdraw without": lambda world: transfer(world, DAVE, to_trading=False),
    "liquidate": lambda world: acts(world, Action.LIQUIDATE),
    "fire on the mark": lambda world: acts(world, Action.TRIGGER_BY_MARK),
    "pay funding": lambda world: acts(world, Action.FUNDING),
    "mirror": mirrors,
}


@pytest.mark.parametrize("grade", range(Grade.NO_INDEX), ids=GRADE_NAMES[: Grade.NO_INDEX])
def test_what_may_be_done_at_a_grade(grade: int) -> None:
    """Every row of the matrix, each tried in a copy of the same moment."""
    world = at_grade(grade)

    answers = {name: attempt(world.restored()) for name, attempt in TRIES.items()}

    wrong = {
        name: answer for name, answer in answers.items() if answer != (EXPECTED[name][grade] == "Y")
    }
    assert wrong == {}
    assert set(TRIES) == set(EXPECTED)


def test_refusals_of_an_uncertain_price_say_so() -> None:
    """A trader must know that it is not him."""
    world = at_grade(Grade.HOLD_SHORT)

    assert reason_of(world.buy(ALICE, 5, PRICE + 20)) == RejectReason.PRICE_UNCERTAIN
    lever_up = SetLeverage(ALICE, SWAP, MarginMode.CROSS, 11)
    assert reason_of(world.do(lever_up)) == RejectReason.PRICE_UNCERTAIN
    assert reason_of(world.do(AdjustMargin(CAROL, SWAP, -E8))) == RejectReason.PRICE_UNCERTAIN
    out = TransferFunds(ALICE, USDT, E8, False)
    assert reason_of(world.do(out)) == RejectReason.PRICE_UNCERTAIN


def test_before_the_first_price_nobody_takes_risk_and_spot_trades() -> None:
    """There is no mark to measure margin with."""
    world = World()
    world.tick(3)
    assert grade_of(world.engine.state, world.market) == Grade.NO_INDEX

    for time_in_force in (TimeInForce.GTC, TimeInForce.POST_ONLY):
        events = world.buy(ALICE, 1, PRICE, time_in_force=time_in_force)
        assert reason_of(events) == RejectReason.PRICE_UNCERTAIN
    world.order(BOB, Side.SELL, 10, PRICE, SPOT)
    assert is_filled(world.order(ALICE, Side.BUY, 10, PRICE, SPOT))


def test_without_protections_every_grade_is_normal() -> None:
    """Whatever the sources do."""
    world = running(genesis(is_protected=False))
    world.sell(BOB, 5, PRICE)
    world.silent = set(range(1, 8))
    world.tick(60)

    assert is_filled(world.buy(ALICE, 5, PRICE))
    assert acts(world, Action.LIQUIDATE)


# Two-sided valuation


def in_confirm(equity: int) -> World:
    """RS7 and RS8: the index is 60,000 and may be 54,000; Alice has so many units of USDT."""
    plain = genesis()
    amounts = [one for one in plain.amounts if one.account_id != ALICE]
    amounts.append(GenesisAmount(account_id=ALICE, asset_id=USDT, amount=equity))
    world = running(genesis(amounts=amounts))
    world.buy(BOB, 100, PRICE - 1)
    world.sell(BOB, 100, PRICE + 1)
    world.outside(54_000)
    world.tick()
    assert (world.swap.low_mark, world.swap.high_mark) == (540_000, 600_000)
    return world


RS7_NEEDED = 11_430 * E8  # at 54,000: margin 5,400, a gap of 6,000, a fee of 30
VECTORS = [
    Vector(
        "RS7",
        (RejectReason.INSUFFICIENT_MARGIN, 0, RejectReason.INSUFFICIENT_MARGIN),
        lambda: tuple(
            reason_of(in_confirm(equity).buy(ALICE, 100, PRICE))
            for equity in (10_000 * E8, RS7_NEEDED, RS7_NEEDED - 1)
        ),
    ),
    Vector(
        "RS8",
        (0, 0, RejectReason.INSUFFICIENT_MARGIN),
        lambda: tuple(
            reason_of(in_confirm(equity).sell(ALICE, 100, PRICE))
            for equity in (10_000 * E8, 6_030 * E8, 6_030 * E8 - 1)
        ),
    ),
]


@pytest.mark.parametrize("vector", VECTORS, ids=[one.id for one in VECTORS])
def test_vector(vector: Vector) -> None:
    """Both endpoints of the price must allow the order, to the unit."""
    check(vector)


@pytest.mark.parametrize("vector", VECTORS, ids=[one.id for one in VECTORS])
def test_vector_fails_when_an_expected_number_is_off_by_one(vector: Vector) -> None:
    """Another reason is another answer."""
    check_that_one_off_fails(vector)


def test_s6_a_degraded_index_limits_new_risk_to_twenty_times() -> None:
    """Three of seven sources are gone; who had more keeps it."""
    world = at_grade(Grade.NORMAL)
    world.do(SetLeverage(ALICE, SWAP, MarginMode.CROSS, 21))
    world.do(SetLeverage(BOB, SWAP, MarginMode.CROSS, 20))
    world.silent = {1, 2, 3}
    world.tick(12)

    assert reason_of(world.buy(ALICE, 1, PRICE - 30)) == RejectReason.DEGRADED_LEVERAGE
    assert reason_of(world.sell(ALICE, 1, PRICE + 30)) == 0
    assert reason_of(world.sell(BOB, 1, PRICE + 30)) == 0


# Limits


def test_orders_have_a_largest_value() -> None:
    """20 million for limit orders, one million for market orders, at their worst price."""
    world = running()
    world.sell(BOB, 20_000, PRICE + 20)

    assert reason_of(world.buy(ALICE, 33_334, PRICE)) == RejectReason.ORDER_TOO_LARGE
    assert reason_of(world.buy(ALICE, 33_333, PRICE)) == 0
    most = 100_000_000 * 10 // ((PRICE + 20) * 101 // 100 * 10)  # at the cap, 1 % away
    assert reason_of(world.buy(CAROL, most + 1, None)) == RejectReason.ORDER_TOO_LARGE
    assert is_filled(world.buy(CAROL, most, None))


def test_pl1_mo1_to_mo3_price_limits_and_caps_move_with_the_premium() -> None:
    """The book stands 30 above the index for a minute and more."""
    world = running()
    high, low = world.buy(BOB, 1, 60_020), world.sell(BOB, 1, 60_040)
    assert (world.market.low, world.market.high) == (588_000, 612_000)
    world.tick(70)
    assert (world.market.low, world.market.high) == (588_300, 612_300)
    world.cancel(high)
    world.cancel(low)

    assert reason_of(world.buy(ALICE, 1, 61_230.1)) == RejectReason.PRICE_LIMIT
    assert reason_of(world.sell(ALICE, 1, 58_829.9)) == RejectReason.PRICE_LIMIT
    repriced = of_kind(world.buy(ALICE, 1, 61_230.1, reprice=True), OrderAccepted)
    assert [one.limit_price for one in repriced] == [612_300]
    world.do(MassCancel(ALICE))
    caps = []
    for ask in (60_011, 60_900):
        placed = world.sell(BOB, 5, ask)
        caps += [int(one.limit_price) for one in of_kind(world.buy(ALICE, 1, None), OrderAccepted)]
        world.cancel(placed)
    world.buy(BOB, 5, 60_010)
    caps += [int(one.limit_price) for one in of_kind(world.sell(ALICE, 1, None), OrderAccepted)]
    assert caps == [606_111, 612_300, 594_099]


def test_the_mark_never_leaves_its_clamp_nor_the_highest_price() -> None:
    """K = 1.5 % of the index at most, whatever the own book does for a minute."""
    world = running()
    world.do(SetParameter(SWAP, b"limit_premium_e8", 5 * E8 // 100, OLGA, OTTO))
    world.tick()
    world.trade(ALICE, BOB, 1, 61_795)
    world.buy(BOB, 500, 61_790)
    world.sell(CAROL, 500, 61_800)

    for _ in range(90):
        world.tick()
        assert abs(world.swap.mark - PRICE * 10) <= PRICE * 10 * 15 // 1_000
    assert world.swap.mark == PRICE * 10 * 1_005 // 1_000  # B: what the basis may add

    top = int(world.market.instrument.price_max)
    wild = running(genesis(is_protected=False))
    wild.outside(top)
    wild.tick(2)
    assert wild.swap.mark == top


def test_fills_of_a_long_hold_stay_near_the_own_trades() -> None:
    """3 % around the average of spot, 6 % around that of a swap; before, the held price counts."""
    world = running()
    world.trade(ALICE, BOB, 5, 59_000)
    world.order(ALICE, Side.BUY, 100, 59_000, SPOT)
    world.order(BOB, Side.SELL, 100, 59_000, SPOT)
    world.silent = set(range(1, 8))
    world.tick(35)
    assert grade_of(world.engine.state, world.market) == Grade.HOLD_SHORT
    assert (world.spot.band_low, world.spot.band_high) == (582_000, 618_000)
    assert (world.market.band_low, world.market.band_high) == (
        -(-world.swap.mark * 97 // 100),
        world.swap.mark * 103 // 100,
    )

    world.tick(10)

    assert grade_of(world.engine.state, world.market) == Grade.HOLD_STALE
    assert (world.spot.band_low, world.spot.band_high) == (572_300, 607_700)
    assert (world.market.band_low, world.market.band_high) == (554_600, 625_400)


def test_one_trade_moves_the_own_average_by_its_share_only() -> None:
    """Spot: a three-hundredth of the distance, so nobody moves the band with one lot."""
    world = running()
    world.order(ALICE, Side.BUY, 100, 60_000, SPOT)
    world.order(BOB, Side.SELL, 100, 60_000, SPOT)
    world.tick()
    world.order(ALICE, Side.BUY, 100, 60_600, SPOT)
    world.order(BOB, Side.SELL, 100, 60_600, SPOT)
    world.tick(50)

    assert world.spot.own_average.price_e8(E8 // 10) == 60_002 * E8


def test_an_instrument_with_an_index_has_prices_that_can_be_compared_with_it() -> None:
    """In e8 they stay below 2^60; without an index only worth counts."""
    world = running()
    terms = {
        "base_asset_id": BTC,
        "quote_asset_id": USDT,
        "tick_size_e8": 10**16,
        "lot_size": 1,
        "quantity_min": 1,
        "quantity_max": 1,
        "market_cap_e8": 0,
    }
    most = (2**60 - 1) // terms["tick_size_e8"]
    for number, price_max, index_id, reason in (
        (7, most, 1, 0),
        (8, most + 1, 1, RejectReason.BAD_LISTING),
        (9, most + 1, 0, 0),
    ):
        command = ListInstrument(
            instrument_id=number,
            name=b"N%d" % number,
            price_max=price_max,
            index_id=index_id,
            risk_tier=index_id,
            **terms,
        )
        assert reason_of(world.do(command)) == reason
    world.tick()


# Open interest


def test_open_interest_is_bounded_by_the_fund_once_it_has_grown() -> None:
    """Twenty times the fund's share, at the mark; reducing orders pass."""
    world = running()
    assert world.swap.open_interest_max == world.swap.size_max
    state = world.engine.state
    treasury = state.ledger.account(kind=LedgerKind.HOUSE_TREASURY, account_id=0, asset_id=USDT)
    ledger.transfer(state.ledger, source=treasury, target=world.swap.fund, amount=E8)
    world.tick()
    most = 20 * (FUND + E8) // (PRICE * 10 * 100_000)
    assert world.swap.open_interest_max == most

    ledger.transfer(state.ledger, source=world.swap.fund, target=treasury, amount=FUND // 2)
    world = world.restored()
    world.tick()

    most = 20 * (FUND // 2 + E8) // (PRICE * 10 * 100_000)
    assert world.swap.open_interest_max == most
    world.trade(ALICE, BOB, most, PRICE)
    assert reason_of(world.buy(ALICE, 1, PRICE)) == RejectReason.OPEN_INTEREST_LIMIT
    assert reason_of(world.sell(CAROL, 1, PRICE)) == RejectReason.OPEN_INTEREST_LIMIT
    assert reason_of(world.sell(ALICE, 1, PRICE)) == 0


def test_without_protections_the_fund_bounds_nothing() -> None:
    """As on the venues of the first document."""
    world = running(genesis(is_protected=False))
    state = world.engine.state
    treasury = state.ledger.account(kind=LedgerKind.HOUSE_TREASURY, account_id=0, asset_id=USDT)
    ledger.transfer(state.ledger, source=treasury, target=world.swap.fund, amount=E8)
    world.tick(2)

    assert world.swap.open_interest_max == world.swap.size_max
