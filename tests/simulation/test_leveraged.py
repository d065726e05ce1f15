"""Leveraged traders against an exchange that a test controls."""

from __future__ import annotations

import asyncio

import pytest

from seawall.simulation.exchange import StopOrder
from seawall.simulation.leveraged import (
    BET_SHARE,
    LEVERS,
    PROFIT_E8,
    SIZE_CEILING,
    LeveragedTrader,
)
from tests.simulation.test_traders import SWAP, Stage

NAME = SWAP.name
CASH = 1_000_000 * 10**8
MID = 10_000


def stage_of(cash: int = CASH) -> Stage:
    """A stage with an account that only has cash."""
    stage = Stage()
    stage.exchange.swaps = {NAME}
    stage.exchange.holdings = {"USDT": cash}
    return stage


def trader(stage: Stage, seed: int = 1) -> LeveragedTrader:
    """A trader of the one swap."""
    return LeveragedTrader(
        name="leveraged-1",
        exchange=stage.exchange,
        swaps=[SWAP],
        view=stage.view,
        wall_ms=stage.clock,
        seed=seed,
    )


def steps(stage: Stage, one: LeveragedTrader, count: int) -> list[bool]:
    """Let it act so many times."""

    async def main() -> list[bool]:
        done = []
        for _ in range(count):
            stage.quote(MID)
            done.append(await one.step())
        return done

    return asyncio.run(main())


def opened(seed: int) -> Stage:
    """The moment after a trader took its first position."""
    stage = stage_of()
    one = trader(stage, seed)
    for _ in range(100):
        steps(stage, one, 1)
        if stage.exchange.contracts:
            return stage
    raise AssertionError("it never opened a position")


STAGES = [opened(seed) for seed in range(60)]


def test_positions_are_long_and_short_at_every_leverage() -> None:
    """So that funding has payers and receivers, and some are liquidated and some are not."""
    sizes = [stage.exchange.contracts[NAME] for stage in STAGES]

    assert 15 <= sum(size > 0 for size in sizes) <= 45
    assert set(LEVERS) == {stage.exchange.levers[NAME] for stage in STAGES}


def test_a_position_costs_a_small_share_of_the_cash() -> None:
    """Whatever the leverage: else a liquidation would empty the account."""
    for stage in STAGES:
        size, lever = abs(stage.exchange.contracts[NAME]), stage.exchange.levers[NAME]
        notional = size * SWAP.lot_size_e8 * MID
        assert 0 < notional <= CASH // BET_SHARE * lever
        assert size <= SWAP.lots(SIZE_CEILING)


def test_some_positions_have_a_stop_inside_their_margin() -> None:
    """On the losing side, nearer than where the margin is gone, for the whole position."""
    stops = [(stage, stop) for stage in STAGES for stop in stage.exchange.waiting.values()]
    assert 5 <= len(stops) <= 40
    for stage, stop in stops:
        size, lever = stage.exchange.contracts[NAME], stage.exchange.levers[NAME]
        loss = MID * 10 - stop.trigger_price if size > 0 else stop.trigger_price - MID * 10
        assert 0 < loss <= MID * 10 // lever // 2
        assert (stop.quantity, stop.is_buy) == (abs(size), size < 0)


def test_a_position_is_closed_after_a_while_and_its_stop_goes() -> None:
    """A stop left behind would reduce the next position."""
    stage = next(one for one in map(opened, range(60)) if one.exchange.waiting)
    stage.clock.now_ms += 1  # a later life of the process
    one = trader(stage, 7)
    for _ in range(1_000):
        steps(stage, one, 1)
        if not stage.exchange.contracts:
            break
    assert {} == stage.exchange.contracts
    old = set(stage.exchange.waiting)
    assert old

    steps(stage, one, 1)
    assert not old & set(stage.exchange.waiting)


@pytest.mark.parametrize(("profit_e8", "left"), [(PROFIT_E8, {}), (-PROFIT_E8, {NAME: 5})])
def test_small_profits_are_taken_and_losses_run(profit_e8: int, left: dict[str, int]) -> None:
    """That is how people come to be liquidated."""
    stage = stage_of()
    stage.exchange.contracts[NAME] = 5
    stage.exchange.profit_e8 = profit_e8
    steps(stage, trader(stage), 1)

    assert left == stage.exchange.contracts


def test_the_stop_of_a_liquidated_position_goes_too() -> None:
    """Also one of an earlier life of the process."""
    stage = stage_of()
    stage.exchange.waiting["old"] = StopOrder(
        instrument=NAME, client_id="old", is_buy=True, trigger_price=1, quantity=1
    )
    steps(stage, trader(stage), 1)

    assert "old" not in stage.exchange.waiting


def test_the_stop_of_a_position_stays() -> None:
    """As long as there is something to protect."""
    stage = stage_of()
    stage.exchange.contracts[NAME] = 5
    stage.exchange.waiting["old"] = StopOrder(
        instrument=NAME, client_id="old", is_buy=False, trigger_price=1, quantity=5
    )
    steps(stage, trader(stage), 2)

    assert "old" in stage.exchange.waiting


@pytest.mark.parametrize("cash", [0, 10 * 10**8])
def test_who_has_too_little_stays_out(cash: int) -> None:
    """Half a cent is no margin of a contract of a hundred dollars, whatever the leverage."""
    stage = stage_of(cash)
    assert [True] * 50 == steps(stage, trader(stage), 50)
    assert [] == stage.exchange.placed


def test_without_its_leverage_nothing_is_opened() -> None:
    """The size was reckoned with it."""
    stage = stage_of()
    stage.exchange.is_lever_refused = True
    steps(stage, trader(stage), 50)

    assert [] == stage.exchange.placed


def test_while_the_venue_is_away_nothing_happens() -> None:
    """What it holds is not known."""
    stage = stage_of()
    stage.exchange.is_away = True
    assert [False] * 20 == steps(stage, trader(stage), 20)
    assert [] == stage.exchange.requests
