"""The specification's vectors of positions, fees and postings of a linear perpetual."""

from __future__ import annotations

import pytest

from seawall.core.clearing import pay_funding, reduce_only_cuts, reducible_lots, settle_residue
from seawall.core.ledger import transfer
from seawall.core.matching import Order
from seawall.core.model.enums import Side
from tests.core.clearing.swap_world import DOLLAR, UNIT, SwapWorld, ledger_line
from tests.core.clearing.vector_rule import (
    Numbers,
    Vector,
    check,
    check_that_one_off_fails,
)

CASH = 1_000_000 * DOLLAR
A, B, X, D = range(4)


def story(steps: int) -> SwapWorld:
    """A buys 100 @60000 from B; then sells 40 @60500 to X; then B buys 100 @59800 from D."""
    world = SwapWorld(4, cash=CASH)
    world.buy(A, B, 100, 600_000)
    if steps > 1:
        world.buy(A, X, 40, 605_000, side=Side.SELL)
    if steps > 2:
        world.buy(B, D, 100, 598_000)
    return world


def first() -> Numbers:
    """Costs of A and B, and clearing."""
    world = story(1)
    return world.positions[A].cost, world.positions[B].cost, world.clearing.balance


def second() -> Numbers:
    """What A realised, costs of A and X, clearing, and minus the costs."""
    world = story(2)
    costs = (world.positions[A].cost, world.positions[X].cost)
    return world.gain(A, CASH), *costs, world.clearing.balance, -world.costs()


def third() -> Numbers:
    """What B realised, D's cost, all costs, clearing; unrealised at 60100 of A, X, D and all."""
    world = story(3)
    profits = [world.unrealised(number, 601_000) for number in (A, X, D)]
    books = (world.positions[D].cost, world.costs(), world.clearing.balance)
    return world.gain(B, CASH), *books, *profits, sum(profits)


def swap_fees() -> Numbers:
    """100 contracts @60011.0 at 0.05 % and 0.02 %: fees of taker and maker, and what the house
    has.
    """
    world = SwapWorld(2, cash=CASH)
    fees = world.buy(A, B, 100, 600_110, taker_e8=50_000, maker_e8=20_000)
    return fees.taker_fee, fees.maker_fee, world.house.balance


def takeover() -> Numbers:
    """100 BTC long @60000 with isolated margin 600,000 goes over at 54000: changes of margin and of
    clearing, and the size and cost that the venue has then.
    """
    world = SwapWorld(3, cash=0)
    world.buy(A, B, 10_000, 600_000)
    margin = ledger_line(6, account_id=1)
    world.fund(margin, 600_000 * DOLLAR)
    world.cash[A] = margin
    clearing = world.clearing.balance
    world.move(A, X, 10_000, 540_000)
    change = world.clearing.balance - clearing
    venue = world.positions[X]
    return margin.balance - 600_000 * DOLLAR, change, venue.size, venue.cost


def funding() -> Numbers:
    """FU7: what A, B, C and D receive, what clearing has of it at last, and sys:rounding."""
    world = SwapWorld(4, cash=CASH)
    for maker, lots in ((B, 33), (X, 33), (D, 84)):
        world.buy(A, maker, lots, 600_000)
    index = 600_110 * UNIT * 12_346
    for number in range(4):
        pay_funding(
            world.ledger,
            position=world.positions[number],
            cash=world.cash[number],
            clearing=world.clearing,
            index=index,
        )
    received = [world.gain(number, CASH) for number in range(4)]
    residue = settle_residue(
        world.ledger, clearing=world.clearing, rounding=world.rounding, costs=world.costs()
    )
    assert residue == world.rounding.balance
    return *received, world.clearing.balance, world.rounding.balance


def order(number: int, price: int, lots: int, side: int = Side.SELL) -> Order:
    """A resting reduce-only order; higher numbers are newer."""
    return Order(
        order_id=number,
        account_slot=0,
        account_id=1,
        owner_id=1,
        instrument_id=1,
        side=side,
        limit_price=price,
        quantity=lots,
        time_in_force=0,
        self_trade_prevention=0,
        expire_ms=0,
        client_id=b"",
        tag=b"",
    )


def left_of(orders: list[Order], size: int, side: int = Side.SELL) -> Numbers:
    """What is open of each order once the cuts are made."""
    for cut in reduce_only_cuts(orders, side=side, size=size):
        assert 0 < cut.quantity <= cut.order.quantity_open
        cut.order.quantity_open -= cut.quantity
    return tuple(int(one.quantity_open) for one in orders)


def arrives() -> Numbers:
    """RO1: long 10, sells 6 @101 and 6 @102."""
    return left_of([order(1, 101, 6), order(2, 102, 6)], 10)


def shrinks() -> Numbers:
    """RO2: the position of RO1 falls to 7."""
    return left_of([order(1, 101, 6), order(2, 102, 4)], 7)


def flips() -> Numbers:
    """RO3: the position is short now."""
    return left_of([order(1, 101, 6), order(2, 102, 1)], -5)


VECTORS = [
    Vector("PO1", (60_000 * DOLLAR, -60_000 * DOLLAR, 0), first),
    Vector(
        "PO2",
        tuple(number * DOLLAR for number in (200, 36_000, 24_200, -200, -200)),
        second,
    ),
    Vector(
        "PO3",
        tuple(number * DOLLAR for number in (200, -59_800, 400, -400, 60, -160, -300, -400)),
        third,
    ),
    Vector("FE3", (3_000_550_000, 1_200_220_000, 4_200_770_000), swap_fees),
    Vector("LG4", (-600_000 * DOLLAR, 600_000 * DOLLAR, 10_000, 5_400_000 * DOLLAR), takeover),
    Vector("LG5", (-1_111_343_709, 244_495_615, 244_495_615, 622_352_477, 0, 2), funding),
    Vector("RO1", (6, 4), arrives),
    Vector("RO2", (6, 1), shrinks),
    Vector("RO3", (0, 0), flips),
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


def test_at_one_price_the_newest_reduce_only_order_is_cut_first() -> None:
    """Who came first keeps his place."""
    assert left_of([order(7, 101, 6), order(3, 101, 6)], 8) == (2, 6)


def test_the_worst_priced_buy_is_the_lowest() -> None:
    """A short is closed by buys; the highest of them trades first and stays."""
    buys = [order(1, 99, 5, Side.BUY), order(2, 100, 5, Side.BUY)]

    assert left_of(buys, -6, Side.BUY) == (1, 5)
    assert (reducible_lots(size=-6, side=Side.BUY), reducible_lots(size=6, side=Side.BUY)) == (6, 0)


def test_what_fits_is_not_cut() -> None:
    """No order may be touched without need."""
    assert reduce_only_cuts([order(1, 101, 6), order(2, 102, 4)], side=Side.SELL, size=10) == []


def test_a_rebate_is_paid_from_the_house_only_while_it_has_it() -> None:
    """house:fee never goes below its floor, and the engine's own takers bring no fee to share."""
    rates = {"taker_e8": 50_000, "maker_e8": -20_000}
    rich = SwapWorld(2, cash=CASH, house=CASH)
    assert rich.buy(A, B, 100, 600_110, **rates).maker_fee == -1_200_220_000

    engine = SwapWorld(2, cash=CASH, house=CASH)
    assert engine.buy(A, B, 100, 600_110, taker_e8=0, maker_e8=-20_000).maker_fee == 0

    poor = SwapWorld(2, cash=CASH)
    transfer(poor.ledger, source=poor.cash[A], target=poor.house, amount=1)
    poor.house.floor = poor.house.balance + 3_000_550_000
    assert poor.buy(A, B, 100, 600_110, **rates).maker_fee == 0
