"""Laws of positions under random trades, and a planted breach of each check."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seawall.core.clearing import (
    Position,
    cash_needed,
    entry_price_e8,
    rebase,
    released_cost,
    trade,
    unrealised,
    value_of,
)
from seawall.core.model.enums import Side
from seawall.core.model.limits import AMOUNT_MAX, NOTIONAL_MAX
from seawall.core.model.units import E8
from tests.core.clearing.swap_world import UNIT, SwapWorld, faults

ACCOUNTS = 5
WEALTH = 2**57
trades = st.lists(
    st.tuples(
        st.integers(0, ACCOUNTS - 1),
        st.integers(1, ACCOUNTS - 1),
        st.sampled_from((Side.BUY, Side.SELL)),
        st.integers(1, 40),
        st.integers(500_000, 700_000),
        st.booleans(),
    ),
    max_size=40,
)


def play(world: SwapWorld, steps: list[tuple[int, int, int, int, int, bool]]) -> None:
    """Let each trade happen; the last flag makes it a move of a position where there is one."""
    for taker, distance, side, lots, price, is_move in steps:
        maker = (taker + distance) % ACCOUNTS
        size = int(world.positions[taker].size)
        if is_move and size != 0:
            world.move(taker, maker, min(lots, abs(size)), price)
            continue
        needs = [
            int(
                cash_needed(
                    world.party(number, rate),
                    side=one,
                    lots=lots,
                    price=price,
                    unit_value=UNIT,
                )
            )
            for number, rate, one in ((taker, 50_000, side), (maker, -20_000, 1 - side))
        ]
        before = [int(world.cash[number].balance) for number in (taker, maker)]
        world.buy(taker, maker, lots, price, side=side, taker_e8=50_000, maker_e8=-20_000)
        after = [int(world.cash[number].balance) for number in (taker, maker)]
        assert all(b - a <= need for b, a, need in zip(before, after, needs, strict=True))


@given(trades, st.integers(1, 10**6))
def test_trades_keep_every_law_of_money_and_positions(
    steps: list[tuple[int, int, int, int, int, bool]], mark: int
) -> None:
    """I2, I3 and I9 to I13, at any mark."""
    world = SwapWorld(ACCOUNTS, cash=WEALTH)
    play(world, steps)

    assert faults(world, mark) == []


@pytest.mark.parametrize(
    ("law", "breach"),
    [
        ("I2", lambda world: setattr(world.house, "balance", world.house.balance + 1)),
        ("I3", lambda world: setattr(world.cash[0], "floor", world.cash[0].balance + 1)),
        ("I9", lambda world: setattr(world.positions[0], "size", world.positions[0].size + 1)),
        ("I10", lambda world: setattr(world.clearing, "balance", world.clearing.balance - 1)),
        ("I11", lambda world: setattr(world.positions[1], "size", world.positions[1].size - 1)),
        ("I12", lambda world: setattr(world.positions[2], "cost", 1)),
        ("I13", lambda world: setattr(world.positions[0], "realised", 7)),
    ],
)
def test_a_planted_breach_is_found(law: str, breach) -> None:
    """A check that nothing breaks checks nothing."""
    world = SwapWorld(3, cash=WEALTH)
    world.buy(0, 1, 10, 600_000, taker_e8=50_000)
    assert faults(world, 600_100) == []
    breach(world)

    assert law in faults(world, 600_100)


def position(size: int = 0, cost: int = 0) -> Position:
    """A position out of nothing."""
    one = Position(account_slot=0, account_id=1, instrument_id=1, lever=10, opened_ms=0)
    one.size = size
    one.cost = cost
    return one


sizes = st.one_of(st.integers(1, 1_000), st.integers(1, 2**60 - 1))


@given(sizes, st.integers(0, E8), st.integers(1, AMOUNT_MAX), st.booleans())
@example(size=2**31, share=E8 // 3, cost=AMOUNT_MAX, is_long=True)
@example(size=2**31 - 1, share=E8 - 1, cost=AMOUNT_MAX, is_long=False)
def test_released_cost_is_the_floor_at_any_size(
    size: int, share: int, cost: int, is_long: bool
) -> None:
    """The product of cost and lots leaves 64 bits long before either does."""
    sign = 1 if is_long else -1
    lots = size * share // E8
    one = position(sign * size, sign * cost)

    assert released_cost(one, lots) == cost * lots // size
    assert released_cost(one, size) == cost


@given(trades)
def test_a_position_is_what_an_exact_account_of_it_says(
    steps: list[tuple[int, int, int, int, int, bool]],
) -> None:
    """Realised plus unrealised is what came in less what was paid, at any time and any mark."""
    one = position()
    paid = size = 0
    for _, _, side, lots, price, _ in steps:
        trade(one, side=side, lots=lots, price=price, unit_value=UNIT)
        signed = lots if side == Side.BUY else -lots
        size += signed
        paid += signed * price * UNIT
        for mark in (1, 600_000):
            worth = size * mark * UNIT - paid
            assert one.realised + unrealised(one, mark=mark, unit_value=UNIT) == worth
    assert one.size == size


@given(trades, st.integers(1, 10**6))
def test_rebasing_moves_profit_and_changes_no_equity(
    steps: list[tuple[int, int, int, int, int, bool]], mark: int
) -> None:
    """What was unrealised is realised now, and nothing is left of it."""
    one = position()
    for _, _, side, lots, price, _ in steps:
        trade(one, side=side, lots=lots, price=price, unit_value=UNIT)
    before = one.realised + unrealised(one, mark=mark, unit_value=UNIT)
    rebase(one, mark=mark, unit_value=UNIT)

    assert (one.realised, unrealised(one, mark=mark, unit_value=UNIT)) == (before, 0)
    assert one.is_zero == (one.size == 0)


def test_crossing_zero_closes_and_then_opens() -> None:
    """The pnl is that of the closed part; the rest has the new price as its cost."""
    one = position()
    trade(one, side=Side.BUY, lots=10, price=600_000, unit_value=UNIT)
    pnl = trade(one, side=Side.SELL, lots=15, price=610_000, unit_value=UNIT)

    assert (pnl, one.size, one.cost) == (10 * 10_000 * UNIT, -5, -5 * 610_000 * UNIT)
    assert entry_price_e8(one, unit_value=UNIT, tick_size_e8=10**7) == 61_000 * E8


def test_an_entry_price_is_the_rounded_down_average() -> None:
    """For display: 1 @ 100 and 2 @ 101 is 100 and two thirds."""
    one = position()
    trade(one, side=Side.SELL, lots=1, price=100, unit_value=7)
    trade(one, side=Side.SELL, lots=2, price=101, unit_value=7)

    assert entry_price_e8(one, unit_value=7, tick_size_e8=E8) == Fraction(302 * E8, 3) // 1
    assert entry_price_e8(position(), unit_value=7, tick_size_e8=E8) == 0


def test_a_value_beyond_a_ledger_account_is_a_bug_and_does_not_wrap() -> None:
    """Sixty-four bits wrap silently, so the product is checked before it is made."""
    assert value_of(price=NOTIONAL_MAX, lots=1, unit_value=1) == NOTIONAL_MAX
    assert value_of(price=1, lots=AMOUNT_MAX, unit_value=1) == AMOUNT_MAX
    for price, lots, unit_value in ((2**31, 2**31, 2), (1, AMOUNT_MAX, 2), (2**62, 2, 1)):
        with pytest.raises(AssertionError):
            value_of(price=price, lots=lots, unit_value=unit_value)
