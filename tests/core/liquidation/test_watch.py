"""The watch never leaves out a unit whose equity is at or below its maintenance margin."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.core.liquidation import LiquidationWatch, Unit
from seawall.core.liquidation.watch import ROUNDING_RESERVE
from tests.core.liquidation.watched_world import (
    World,
    one_bracket,
    populate,
    step,
)


@pytest.mark.slow
@settings(max_examples=60)
@given(st.integers(0, 2**64))
def test_no_unit_at_its_threshold_is_ever_left_out(seed: int) -> None:
    """The index must be sound: marks of several instruments, trades at any price, outflows."""
    draw = random.Random(seed)
    world = World(30)
    populate(world, draw)
    assert world.missed() == []
    for _ in range(25):
        step(world, draw)
        assert world.missed() == []
        world.examine(draw)


def planted(breach: str) -> list[int]:
    """What a run with a planted mistake misses, if anything."""
    for seed in range(40):
        draw = random.Random(seed)
        world = World(30)
        if breach == "no allowance":
            world.watch = Forgetful(world.watch)
        if breach == "wide rooms":
            for instrument in world.watch.instruments.values():
                instrument.tiers = one_bracket(1)
        populate(world, draw)
        for _ in range(25):
            step(world, draw)
            if breach == "marks unseen":
                world.marks[0] = max(1, world.marks[0] * 99 // 100)
            if missed := world.missed():
                return missed
            world.examine(draw)
    return []


class Forgetful:
    """A watch that charges nothing to the allowance."""

    def __init__(self, watch: LiquidationWatch) -> None:
        self.watch = watch

    def __getattr__(self, name: str) -> object:
        return getattr(self.watch, name)

    def trade(self, *_: object, **__: object) -> None:
        """Forget a trade."""

    def spend(self, *_: object) -> None:
        """Forget an outflow."""


@pytest.mark.parametrize("breach", ["no allowance", "wide rooms", "marks unseen"])
def test_a_planted_mistake_is_found(breach: str) -> None:
    """The brute force must be able to say no."""
    assert planted(breach) != []


RATE = 10_000_000


def tight_unit(terms: list[tuple[int, int]], slack: int) -> tuple[LiquidationWatch, Unit, int]:
    """A unit short of lots at marks, one instrument each, unit value 1; and its margin."""
    watch = LiquidationWatch()
    unit = Unit(account_slot=0, account_id=1, key_id=0, is_cross=True)
    needed = 0
    for number, (lots, mark) in enumerate(terms):
        watch.add_instrument(instrument_id=number, unit_value=1, tiers=one_bracket(RATE))
        watch.note(unit, instrument_id=number, size=-lots, mark=mark, notional=lots * mark)
        needed += -(-lots * mark // 10)
    watch.measure(unit, slack=slack)
    return watch, unit, needed


def test_the_bound_holds_at_the_worst_of_everything_and_wastes_nothing() -> None:
    """A short sells more, below the mark and for a fee, pays out all but the last of its allowance,
    and the mark rises as far as it may unseen: equity is still above margin, by about a tick.
    """
    lots, mark, more, price, fee, slack = 1_000, 10**9, 20, 999_000_000, 10**7, 2 * 10**10
    watch, unit, needed = tight_unit([(lots, mark)], slack)
    equity = needed + slack
    watch.trade(unit, instrument_id=0, is_buy=False, lots=more, price=price, fee=fee)
    outflow = int(unit.allowance) - 1
    watch.spend(unit, outflow)
    top = mark + mark * int(unit.room_e8) // 10**8
    watch.crossed(instrument_id=0, mark=top)
    assert watch.due() == []

    equity += -lots * (top - mark) - more * (top - price) - fee - outflow
    left = equity - -(-(lots + more) * top // 10)
    assert 0 < left < 1_200 * 10  # room is a rate of e8: a hundred-millionth of the mark is 10


def is_missed(*, is_long: bool, late: int) -> bool:
    """Whether a unit that has spent all but the last of its allowance is not due at the first mark
    that leaves it no slack; the watch hears of prices that are `late` ticks better than they are.
    """
    rate, lots, mark, reach = 1, 1_000, 10**8, 9_000
    notional = lots * mark
    margin = -(-notional * rate // 10**8)
    slack = -(-(notional + margin) * reach // 10**8 * 4 // 3) + ROUNDING_RESERVE
    sign = 1 if is_long else -1
    watch = LiquidationWatch()
    watch.add_instrument(instrument_id=0, unit_value=1, tiers=one_bracket(rate))
    unit = Unit(account_slot=0, account_id=1, key_id=0, is_cross=False)
    watch.note(unit, instrument_id=0, size=sign * lots, mark=mark, notional=notional)
    watch.measure(unit, slack=slack)
    equity = margin + slack - (int(unit.allowance) - 1)
    watch.spend(unit, unit.allowance - 1)
    while equity > -(-lots * mark * rate // 10**8):
        assert watch.due() == []
        mark -= sign
        equity -= lots
        watch.crossed(instrument_id=0, mark=mark + sign * late)
    return watch.due() == []


@pytest.mark.slow
@pytest.mark.parametrize("is_long", [True, False])
def test_a_threshold_lies_on_the_last_tick_at_which_it_is_in_time(is_long: bool) -> None:
    """Tick by tick towards the end: the watch is in time, and a tick later it would not be."""
    assert [False, True] == [is_missed(is_long=is_long, late=late) for late in (0, 1)]


@pytest.mark.slow
@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 400)), min_size=1, max_size=4),
    st.integers(1, 3_000),
)
def test_the_bound_holds_to_the_last_unit_of_rounding(
    terms: list[tuple[int, int]], slack: int
) -> None:
    """Small numbers, where every ceiling counts."""
    watch, unit, needed = tight_unit(terms, slack)
    if unit.is_due:
        return
    outflow = int(unit.allowance) - 1
    watch.spend(unit, outflow)
    equity = needed + slack - outflow
    margin = 0
    for number, (lots, mark) in enumerate(terms):
        top = mark + mark * int(unit.room_e8) // 10**8
        watch.crossed(instrument_id=number, mark=top)
        equity -= lots * (top - mark)
        margin += -(-lots * top // 10)

    assert watch.due() == [] and equity > margin
