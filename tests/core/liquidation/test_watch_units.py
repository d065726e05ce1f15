"""What makes a unit due, what lets it rest, and how many a move finds."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.clearing import trade
from seawall.core.liquidation import Unit, leg_of
from seawall.core.liquidation.units import bucket_of
from seawall.core.liquidation.watch import ROUNDING_RESERVE
from seawall.core.model.enums import Side
from tests.core.liquidation.watched_world import (
    STARTS,
    UNITS,
    World,
    one_unit,
)


def spend_nearly_all(world: World, unit: Unit) -> None:
    """Leave the unit one unit of its allowance."""
    world.watch.spend(unit, unit.allowance - 1)


def test_a_bucket_that_was_reached_in_part_still_holds_the_rest() -> None:
    """Two thresholds a few ticks apart: each is found at its own price."""
    world = World(2)
    for number, book in enumerate(world.books):
        trade(book.positions[0], side=Side.BUY, lots=100, price=600_000, unit_value=UNITS[0])
        book.cash = 10**12 + number * 10**8
        world.measure(book)
        spend_nearly_all(world, book.unit)
    prices = [int(leg_of(book.unit, 0).key) for book in world.books]
    assert prices[1] < prices[0] and bucket_of(prices[0]) == bucket_of(prices[1])
    for count, price in enumerate(prices, start=1):
        world.move(0, price + 1)
        assert len(world.watch.due()) == count - 1
        world.move(0, price)
        assert len(world.watch.due()) == count


@pytest.mark.parametrize(("side", "sign"), [(Side.BUY, -1), (Side.SELL, 1)])
def test_a_threshold_is_exact_and_lies_where_the_price_hurts(side: int, sign: int) -> None:
    """However far the price goes the other way; at room * mark it is quiet, one further due."""
    world = one_unit(10**12, side)
    spend_nearly_all(world, world.books[0].unit)
    reach = STARTS[0] * int(world.books[0].unit.room_e8) // 10**8
    assert 0 < reach < STARTS[0]
    for mark in (1, STARTS[0] * 100):
        if (mark > STARTS[0]) != (sign > 0):
            world.move(0, mark)
    world.move(0, STARTS[0] + sign * reach)
    assert world.watch.due() == []
    world.move(0, STARTS[0] + sign * (reach + 1))
    assert world.watch.due() == [world.books[0].unit]


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_who_surely_has_slack_left_rests_again_where_the_threshold_was(side: int) -> None:
    """What the watch knows is no more than what there is, and less each time; in the end it is due
    while there is still a little left.
    """
    world = one_unit(10**12, side)
    unit = world.books[0].unit
    step = -20 if side == Side.BUY else 20
    rests = []
    while not unit.is_due:
        if leg_of(unit, 0).mark == world.marks[0]:
            equity, needed = world.margin(world.books[0])
            rests.append(int(unit.allowance) + int(unit.budget))
            assert rests[-1] <= equity - needed - ROUNDING_RESERVE
        world.move(0, world.marks[0] + step)

    equity, needed = world.margin(world.books[0])
    assert needed < equity < needed + 10**12 // 10
    assert 3 < len(rests)
    assert sorted(set(rests), reverse=True) == rests


def test_of_several_positions_one_that_reaches_its_threshold_makes_the_unit_due() -> None:
    """What the others have lost meanwhile must be looked up."""
    world = one_unit(10**12)
    book = world.books[0]
    trade(book.positions[1], side=Side.BUY, lots=1, price=STARTS[1], unit_value=UNITS[1])
    world.measure(book)
    reach = STARTS[0] * int(book.unit.room_e8) // 10**8
    world.move(0, STARTS[0] - reach)
    assert world.watch.due() == []
    world.move(0, STARTS[0] - reach - 1)
    assert world.watch.due() == [book.unit]


def test_a_closed_position_that_reaches_its_threshold_makes_the_unit_due() -> None:
    """So that it is found empty, and dropped."""
    world = one_unit(10**12)
    world.fill(world.books[0], 0, -100, STARTS[0])
    assert world.watch.due() == []
    world.move(0, 1)
    assert world.watch.due() == [world.books[0].unit]


@pytest.mark.parametrize(("mark", "is_due"), [(600_000, False), (700_000, True), (0, True)])
def test_a_position_that_turns_is_watched_on_its_other_side(mark: int, is_due: bool) -> None:
    """Where it was safe however far the price went it is not any more; and when the price is there
    already, or nobody knows, it is due at once.
    """
    world = one_unit(10**12)
    unit = world.books[0].unit
    world.watch.trade(
        unit, instrument_id=0, is_buy=False, lots=200, price=600_000, fee=0, mark=mark
    )
    assert ([unit] if is_due else []) == world.watch.due()
    spend_nearly_all(world, unit)
    reach = STARTS[0] * int(unit.room_e8) // 10**8
    world.move(0, STARTS[0] - reach - 1)
    assert ([unit] if is_due else []) == world.watch.due()
    world.move(0, STARTS[0] + reach + 1)
    assert world.watch.due() == [unit]


def test_closing_and_opening_again_is_not_charged_twice() -> None:
    """Only what makes the position larger than it was can need more margin."""
    world = one_unit(10**12)
    unit = world.books[0].unit
    before = unit.allowance
    for is_buy in (False, True, False, True):
        world.watch.trade(
            unit, instrument_id=0, is_buy=is_buy, lots=100, price=600_000, fee=0, mark=600_000
        )
    assert unit.allowance == before
    world.watch.trade(unit, instrument_id=0, is_buy=True, lots=1, price=600_000, fee=0)
    assert 0 < unit.allowance < before


def test_a_position_that_outgrows_its_rate_of_margin_is_due() -> None:
    """100 contracts are worth 6 million whole; four times that is below 50 million, so the rate of
    that bracket holds, at twice the price, up to 25 million.
    """
    world = one_unit(10**16)
    unit = world.books[0].unit
    leg = leg_of(unit, 0)
    assert leg is not None
    assert (5_000_000, 416) == (leg.slope_e8, leg.covered_max)
    for lots, expected in ((316, []), (1, [unit])):
        world.watch.trade(unit, instrument_id=0, is_buy=True, lots=lots, price=600_000, fee=0)
        assert expected == world.watch.due()


def test_a_unit_stays_due_until_it_is_measured() -> None:
    """A tick that works in slices may examine it later; nothing gets lost."""
    world = one_unit(10**12)
    world.move(0, 1)
    world.move(0, STARTS[0])
    for _ in range(2):
        assert world.watch.due() == [world.books[0].unit]
    world.measure(world.books[0])
    assert world.watch.due() == []


def test_a_unit_without_slack_is_due_in_every_tick() -> None:
    """Its condition is counted in consecutive ticks, also while the mark stands still."""
    world = one_unit(0)
    for _ in range(3):
        assert world.watch.due() == [world.books[0].unit]
        world.measure(world.books[0])


def test_a_trade_in_an_instrument_that_was_not_measured_is_watched_from_its_mark() -> None:
    """The new leg has thresholds of its own, and what it may cost is charged at once."""
    world = one_unit(10**12)
    unit = world.books[0].unit
    before = unit.allowance
    world.fill(world.books[0], 1, 1, STARTS[1])

    assert world.watch.due() == []
    assert unit.allowance < before
    leg = leg_of(unit, 1)
    assert leg is not None and leg.mark == STARTS[1]
    world.move(1, STARTS[1] - 1 - STARTS[1] * int(unit.room_e8) // 10**8)
    assert world.watch.due() == [unit]


def test_the_rounding_of_a_new_instrument_is_reserved() -> None:
    """What is left must be more than the reserve."""
    world = one_unit(10**12)
    unit = world.books[0].unit
    world.watch.spend(unit, unit.allowance - ROUNDING_RESERVE)
    assert world.watch.due() == []
    world.watch.trade(
        unit, instrument_id=1, is_buy=True, lots=1, price=STARTS[1], fee=0, mark=STARTS[1]
    )

    assert world.watch.due() == [unit]


def test_a_trade_in_such_an_instrument_at_an_uncertain_mark_makes_it_due() -> None:
    """There is nothing to watch it from."""
    world = one_unit(10**12)
    unit = world.books[0].unit
    world.watch.trade(unit, instrument_id=1, is_buy=True, lots=1, price=STARTS[1], fee=0)

    assert world.watch.due() == [unit]


def test_the_last_unit_of_allowance_makes_it_due() -> None:
    """The bound is strict: equity must stay above the margin."""
    world = one_unit(10**12)
    unit = world.books[0].unit
    world.watch.spend(unit, unit.allowance - 1)
    assert world.watch.due() == []
    world.watch.spend(unit, 1)
    assert world.watch.due() == [unit]


def test_a_dropped_unit_is_gone_and_leaves_nothing_behind() -> None:
    """Links are broken, so nothing keeps it alive."""
    world = one_unit(10**12)
    unit = world.books[0].unit
    world.move(0, 1)
    world.watch.drop(unit)
    world.move(0, 10**6)

    assert (world.watch.due(), unit.first_leg) == ([], None)
    for side in (world.watch.instruments[0].lows, world.watch.instruments[0].highs):
        assert all(bucket.first is None for bucket in side.buckets.values())


def test_units_come_by_account_whatever_became_due_first() -> None:
    """The order of examination may not tell what was registered when."""
    world = World(5)
    for number in (3, 0, 4, 1, 2):
        book = world.books[number]
        trade(book.positions[0], side=Side.BUY, lots=100, price=600_000, unit_value=UNITS[0])
        book.cash = 10**12 + number
        world.measure(book)
    world.move(0, 1)

    assert [unit.account_id for unit in world.watch.due()] == [0, 1, 2, 3, 4]


def test_a_small_move_finds_few_of_many() -> None:
    """Work must not grow with units that the move does not touch."""
    draw = random.Random(3)
    world = World(2_000)
    for book in world.books:
        trade(book.positions[0], side=Side.BUY, lots=10, price=600_000, unit_value=UNITS[0])
        _, needed = world.margin(book)
        book.cash = needed * draw.randint(150, 3_000) // 100
        world.measure(book)
    world.move(0, 600_010)
    assert world.watch.due() == []
    world.move(0, 600_000 * 995 // 1_000)

    marks = [int(leg_of(book.unit, 0).mark) for book in world.books]
    again = sum(mark != 600_000 for mark in marks)
    assert 0 < len(world.watch.due()) + again < 100


@given(st.integers(1, 2**60), st.integers(1, 2**20))
def test_bucket_numbers_rise_with_the_price(price: int, step_up: int) -> None:
    """Whole buckets are passed over by number alone."""
    low, high = bucket_of(price), bucket_of(price + step_up)

    assert low <= high
    assert low < bucket_of(price + price // 1_024 + 1)
    if price < 2_048:
        assert low < bucket_of(price + 1)
