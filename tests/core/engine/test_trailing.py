"""Trailing orders in groups do what each would do alone, whatever the path of prices."""

from __future__ import annotations

from fractions import Fraction

import pytest

from seawall.core.engine.trailing import Algo, TrailingSide
from seawall.core.model.commands import PlaceAlgo
from seawall.core.model.enums import AlgoType, MarginMode, Side
from tests.laws.worlds import Draw, seeds


def trailing(
    algo_id: int, side: int, *, extreme: int, ratio_e8: int = 0, ticks: int = 0, unit: int = 1
) -> Algo:
    """A trailing order with its extreme."""
    terms = PlaceAlgo(
        account_id=1,
        instrument_id=1,
        algo_type=AlgoType.TRAILING,
        side=side,
        quantity=1,
        margin_mode=MarginMode.CASH,
        reduce_only=False,
        callback_e8=ratio_e8,
        callback_ticks=ticks,
    )
    algo = Algo(algo_id=algo_id, account_slot=0, terms=terms, unit=unit)
    algo.is_active = True
    algo.extreme = extreme
    return algo


def step_alone(algo: Algo, best: Fraction, price: int) -> tuple[bool, Fraction]:
    """Whether one order fires at a price, and its extreme then."""
    if best == 0:
        return False, Fraction(price)
    sign = 1 if algo.terms.side == Side.SELL else -1
    ratio = Fraction(int(algo.terms.callback_e8), 10**8)
    distance = best * ratio + int(algo.terms.callback_ticks) * int(algo.unit)
    if sign * (best - price) >= distance:
        return True, best
    return False, max(best, Fraction(price)) if sign > 0 else min(best, Fraction(price))


@pytest.mark.slow
@pytest.mark.parametrize("side", [Side.SELL, Side.BUY], ids=["sell", "buy"])
def test_groups_do_what_each_order_would_do_alone(side: int) -> None:
    """Falls with new orders at each price (many groups), rallies that unite them, cancels."""
    most_groups = 0
    for seed in seeds(few=8, many=2_000):
        draw = Draw(seed)
        orders = TrailingSide(side)
        alone: dict[int, tuple[Algo, Fraction]] = {}
        price, unit = 10_000, draw.one((1, 1_000))
        for number in range(1, 300):
            price = max(1, price + draw.between(-30, 28) * draw.one((1, 1, 1, 8)))
            value = price * unit
            fired = []
            for algo_id, (algo, best) in list(alone.items()):
                fires, best = step_alone(algo, best, value)
                alone[algo_id] = (algo, best)
                if fires:
                    fired.append(algo_id)

            assert sorted(orders.follow(value)) == sorted(fired), f"seed {seed}, step {number}"
            for algo_id in fired:
                orders.remove(alone.pop(algo_id)[0])
            assert all(one.best_price() == best for one, best in alone.values()), f"seed {seed}"
            if alone and draw.chance(15):
                algo_id = draw.one(list(alone))
                orders.remove(alone.pop(algo_id)[0])
            if draw.chance(80):
                extreme = draw.one((value, value, 0, value + draw.between(-50, 50) * unit))
                ratio_e8 = draw.one((0, 100_000, 300_000, 1_234_567, 8_000_000))
                algo = trailing(
                    number,
                    side,
                    extreme=max(0, extreme),
                    ratio_e8=ratio_e8,
                    ticks=0 if ratio_e8 else draw.between(1, 600),
                    unit=unit,
                )
                alone[number] = (algo, Fraction(max(0, extreme)))
                orders.add(algo)
            most_groups = max(most_groups, len(orders.groups))
            assert orders.count() == len(alone)
            extremes = [int(group.extreme) for group in orders.groups]
            assert extremes == sorted(set(extremes), reverse=True)
    assert most_groups > 8


@pytest.mark.parametrize("side", [Side.SELL, Side.BUY], ids=["sell", "buy"])
def test_a_rally_unites_all_groups(side: int) -> None:
    """From then on a new best price touches one of them."""
    orders = TrailingSide(side)
    sign = 1 if side == Side.SELL else -1
    for number in range(100):
        price = 10_000 - sign * number
        orders.follow(price)
        orders.add(trailing(number + 1, side, extreme=price, ticks=5_000))
    assert len(orders.groups) == 100
    orders.follow(10_000 + sign)

    assert len(orders.groups) == 1
    assert orders.count() == 100


def test_after_a_cancel_one_price_finds_out_that_nothing_is_near() -> None:
    """The nearest stop is gone; it costs one look, not one at each price."""
    orders = TrailingSide(Side.SELL)
    near = trailing(1, Side.SELL, extreme=1_000, ticks=5)
    orders.add(near)
    orders.add(trailing(2, Side.SELL, extreme=1_000, ticks=100))
    orders.remove(near)
    assert orders.groups[-1].cover == 995

    assert orders.follow(990) == []
    assert orders.groups[-1].cover == 900


@pytest.mark.parametrize("side", [Side.SELL, Side.BUY], ids=["sell", "buy"])
def test_an_order_that_leaves_keeps_its_extreme(side: int) -> None:
    """It may have fired, and be armed again before its turn."""
    orders = TrailingSide(side)
    algo = trailing(1, side, extreme=1_000, ticks=5)
    orders.add(algo)
    best = 1_100 if side == Side.SELL else 900
    orders.follow(best)
    orders.remove(algo)
    assert orders.count() == 0 and algo.best_price() == best
    orders.add(algo)

    assert algo.best_price() == best
    assert orders.follow(1_000) == [1]


def test_a_stop_below_every_price_never_fires() -> None:
    """A distance larger than any price, in units that would not fit 64 bits."""
    sells, buys = TrailingSide(Side.SELL), TrailingSide(Side.BUY)
    for orders, side in ((sells, Side.SELL), (buys, Side.BUY)):
        orders.add(trailing(1, side, extreme=5, ticks=2**40, unit=2**40))
        for price in (1, 2**62, 1, 2**62):
            assert orders.follow(price) == []
