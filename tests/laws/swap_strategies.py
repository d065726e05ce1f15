"""Streams for worlds with swaps: the outside market speaks each second, and traders open, close,
flip, reduce, change leverage and move margin around the price.
"""

from __future__ import annotations

from seawall.core.model.codec import padded
from seawall.core.model.commands import (
    ALL_INSTRUMENTS,
    AdjustMargin,
    AmendOrder,
    Command,
    MassCancel,
    ObservePrices,
    PlaceOrder,
    SetAccountState,
    SetLeverage,
    SetTradingState,
    TimerBeat,
    TransferFunds,
)
from seawall.core.model.enums import MarginMode, OrderType, TimeInForce, TradingState
from seawall.core.model.limits import CLIENT_ID_BYTES
from tests.laws.strategies import add, cancel, named
from tests.laws.swap_worlds import BIG, INDEX, OTHER, SMALL, SOURCES, SPOT, USDC, USDT, SwapWorld
from tests.laws.worlds import Draw, Step

EXTREMES = (0, -1, 1, 2**31, 2**60, 2**61, 2**62, 2**63 - 1, -(2**63))
PROLOGUE_SECONDS = 11
PHASES = ("calm", "calm", "drift", "jump", "back", "split", "silent", "thin", "liar")
LEVERS = (1, 2, 3, 5, 10, 10, 20, 25, 50, 100, 101, 125, 126)


def swap_stream(world: SwapWorld, draw: Draw, wishes: int) -> list[Step]:
    """A prologue in which the index comes up, then so many wishes of traders, and time between
    them.
    """
    add(world, draw, TimerBeat(timer_id=0, wall_ms=world.wall_ms))
    for _ in range(PROLOGUE_SECONDS if not draw.chance(6) else 2):
        pass_time(world, draw, 1_000)
    world.phase_left = 3
    for _ in range(wishes):
        if draw.chance(1):
            pass_time(world, draw, draw.one((3_000, 10_000, 70_000)))
        pass_time(world, draw, draw.one((0, 1, 40, 250, 900)))
        add(world, draw, next_wish(world, draw))
    return world.steps


def pass_time(world: SwapWorld, draw: Draw, step_ms: int) -> None:
    """When a second ends the sources speak, then the clock beats."""
    is_second_over = (world.wall_ms + step_ms) // 1_000 > world.wall_ms // 1_000
    world.wall_ms += step_ms
    if is_second_over:
        move_outside(world, draw)
        for source_id in SOURCES:
            say(world, draw, source_id)
        add(world, draw, TimerBeat(timer_id=0, wall_ms=world.wall_ms))


def move_outside(world: SwapWorld, draw: Draw) -> None:
    """The true price, by the phase of the story."""
    world.phase_left -= 1
    if world.phase_left <= 0:
        is_restless = world.flavour in ("restless", "unsafe")
        world.phase = draw.one(PHASES) if is_restless else draw.one(("calm", "drift", "back"))
        world.phase_left = draw.between(2, 9)
        if world.phase == "jump":
            world.outside_e8 = world.outside_e8 * draw.one((96, 97, 103, 105, 90, 112)) // 100
        elif world.phase == "back":
            world.outside_e8 = (world.outside_e8 * 3 + 100 * 10**8) // 4
    step = world.outside_e8 // 1_000
    move = draw.between(-step, step) // 2
    if world.phase == "drift":
        move = step * draw.one((2, 3, -1))
    world.outside_e8 = max(world.outside_e8 + move, 10**9)


def say(world: SwapWorld, draw: Draw, source_id: int) -> None:
    """What one source says of the true price now, or nothing."""
    price = world.outside_e8 + draw.between(-3, 3) * 10**6
    if world.phase == "silent" or (world.phase == "thin" and source_id > 3):
        return
    if world.phase == "split" and source_id > 3:
        price = price * 93 // 100
    if world.phase == "liar" and source_id == 2:
        price = price // 3
    observation = ObservePrices(
        source_id=source_id,
        index_id=INDEX,
        bid_e8=price - 10**6,
        ask_e8=price + 10**6,
        last_e8=price,
        low_e8=price,
        high_e8=price,
        trade_id=len(world.steps),
        venue_ms=world.wall_ms,
        receive_ms=world.wall_ms,
        updates=3,
        is_deep=True,
        is_synthetic=True,
        stream_hash=bytes(32),
    )
    add(world, draw, observation)


def next_wish(world: SwapWorld, draw: Draw) -> Command:
    """What the next trader wants; orders most of the time."""
    kind = draw.below(100)
    if kind < 62:
        return swap_order(world, draw)
    if kind < 72:
        return swap_amend(world, draw)
    if kind < 78:
        return cancel(world, draw)
    if kind < 80:
        instrument_id = draw.one((BIG, SMALL, OTHER, SPOT, ALL_INSTRUMENTS))
        return MassCancel(
            account_id=trader(draw), instrument_id=instrument_id, side=draw.one((0, 1, 2, 2))
        )
    if kind < 86:
        return leverage(world, draw)
    if kind < 91:
        return margin(world, draw)
    if kind < 96:
        return TransferFunds(
            account_id=trader(draw),
            asset_id=draw.one((USDT, USDT, USDC, 0)),
            amount=amount(world, draw),
            to_trading=draw.chance(35),
        )
    if kind < 97:
        return SetAccountState(account_id=trader(draw), is_frozen=draw.chance(20))
    states = (TradingState.LIVE,) * 4 + (1, 2, 2, 4, 5)
    instrument_id = draw.one((BIG, SMALL, OTHER, SPOT))
    return SetTradingState(instrument_id=instrument_id, trading_state=draw.one(states))


def trader(draw: Draw) -> int:
    """Mostly one of six, sometimes nobody or the venue itself."""
    return draw.between(1, 6) if not draw.chance(2) else draw.one((0, 7, 2**31 - 1))


def near(world: SwapWorld, draw: Draw, instrument_id: int) -> int:
    """A price around the outside price, in ticks; rarely one that must be refused."""
    if draw.chance(3):
        return draw.one((*EXTREMES, 10_000, 10_001))
    tick_e8 = 5 * 10**7 if instrument_id == SMALL else 10**7
    middle = world.outside_e8 // tick_e8
    room = max(middle // draw.one((400, 200, 60, 30)), 1)
    return middle + draw.between(-room, room)


def some_lots(world: SwapWorld, draw: Draw) -> int:
    """A quantity, rarely one that must be refused."""
    if draw.chance(3):
        return draw.one((*EXTREMES, 100, 101, 2_500_000))
    return draw.between(1, max(world.lots_most >> draw.below(5), 1))


def swap_order(world: SwapWorld, draw: Draw) -> PlaceOrder:
    """An order in a swap or in spot; sometimes odd."""
    account_id = trader(draw)
    instrument_id = draw.one((BIG, BIG, BIG, SMALL, SMALL, OTHER, SPOT))
    mode = world.habits.get((account_id, instrument_id), MarginMode.CASH)
    if draw.chance(4):
        mode = draw.below(4)
    command = PlaceOrder(
        account_id=account_id,
        instrument_id=instrument_id,
        side=draw.below(2),
        order_type=OrderType.LIMIT,
        limit_price=near(world, draw, instrument_id),
        quantity=some_lots(world, draw),
        time_in_force=draw.one((0, 0, 0, 0, 0, 1, 2, 3, 4)),
        self_trade_prevention=draw.below(3),
        client_id=padded(b"%d" % draw.below(40), CLIENT_ID_BYTES) if draw.chance(20) else b"",
        margin_mode=mode,
        reduce_only=instrument_id != SPOT and draw.chance(30),
        reprice=draw.chance(20),
    )
    if draw.chance(18):
        command.order_type, command.limit_price = OrderType.MARKET, 0
        command.time_in_force = draw.one((TimeInForce.IOC, TimeInForce.IOC, TimeInForce.FOK))
        if draw.chance(8):
            command.quote_amount, command.quantity = amount(world, draw), 0
    if command.time_in_force == TimeInForce.GTD:
        command.expire_ms = world.wall_ms + draw.one((1, 1_500, 6_000, 20_000))
    if draw.chance(2):
        command.reduce_only = True
    return command


def swap_amend(world: SwapWorld, draw: Draw) -> AmendOrder:
    """Another price, another quantity, or both."""
    order_id, owner, instrument_id, of_client = named(world, draw)
    return AmendOrder(
        account_id=owner,
        instrument_id=instrument_id,
        order_id=order_id,
        client_id=of_client if order_id == 0 else b"",
        new_price=near(world, draw, instrument_id) if draw.chance(60) else 0,
        new_quantity=some_lots(world, draw) if draw.chance(60) else 0,
        cancel_on_fail=draw.chance(30),
    )


def leverage(world: SwapWorld, draw: Draw) -> SetLeverage:
    """Another leverage, mostly in the mode that the account uses."""
    account_id, instrument_id = trader(draw), draw.one((BIG, BIG, SMALL, OTHER, SPOT))
    mode = world.habits.get((account_id, instrument_id), MarginMode.CROSS)
    if draw.chance(10):
        mode = draw.below(4)
    lever = draw.one(LEVERS) if not draw.chance(5) else draw.one(EXTREMES)
    return SetLeverage(account_id, instrument_id, margin_mode=mode, lever=lever)


def margin(world: SwapWorld, draw: Draw) -> AdjustMargin:
    """More or less margin of an isolated position, if there is one."""
    isolated = [key for key, mode in world.habits.items() if mode == MarginMode.ISOLATED]
    account_id, instrument_id = trader(draw), draw.one((BIG, SMALL, OTHER, SPOT))
    if isolated and draw.chance(85):
        account_id, instrument_id = draw.one(isolated)
    sign = draw.one((1, -1))
    return AdjustMargin(
        account_id, instrument_id, amount=sign * min(amount(world, draw), 2**63 - 1)
    )


def amount(world: SwapWorld, draw: Draw) -> int:
    """Some money: a part of what people have, rarely nonsense."""
    if draw.chance(5):
        return draw.one(EXTREMES)
    return draw.between(1, max(world.money >> draw.below(12), 1))
