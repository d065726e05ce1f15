"""Streams for worlds with swaps: the outside market speaks each second, and traders open, close,
flip, reduce, change leverage and move margin around the price.

Traders look at a venue of their own, to which the stream is applied as it is written, so that they
reduce what is open and take out what may go, to the unit.
"""

from __future__ import annotations

from seawall.core.engine import Engine, open_engine
from seawall.core.engine.health import spendable
from seawall.core.model.batch import encode_batch
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
from tests.laws.driving import PUBLISHER
from tests.laws.strategies import add as write
from tests.laws.strategies import cancel, named
from tests.laws.swap_worlds import BIG, INDEX, OTHER, SMALL, SOURCES, SPOT, USDC, USDT, SwapWorld
from tests.laws.worlds import Draw, Step

EXTREMES = (0, -1, 1, 2**31, 2**60, 2**61, 2**62, 2**63 - 1, -(2**63))
PROLOGUE_SECONDS = 11
PHASES = ("calm", "drift", "jump", "jump", "back", "split", "silent", "thin", "thin", "liar")
LEVERS = (1, 2, 3, 5, 10, 10, 20, 25, 50, 100, 101, 125, 126)


def swap_stream(world: SwapWorld, draw: Draw, wishes: int) -> list[Step]:
    """A prologue in which the index comes up, then so many wishes of traders, and time between
    them.
    """
    world.seen = open_engine(world.genesis)
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


def add(world: SwapWorld, draw: Draw, command: Command) -> None:
    """Put a command at the end of the stream, and apply it to what traders see."""
    write(world, draw, command)
    step = world.steps[-1]
    engine = world.seen
    assert isinstance(engine, Engine)
    batch = encode_batch(
        shard=world.genesis.shard,
        publisher_id=PUBLISHER,
        incarnation=1,
        batch_number=len(world.steps),
        stamps_ns=[step.stamp_ns],
        commands=[step.data],
    )
    engine.apply_many(batch)


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
        calm = ("calm", "drift", "drift", "back", "thin")
        world.phase = draw.one(PHASES if is_restless else calm)
        world.phase_left = draw.between(2, 16)
        world.slope = draw.one((-6, -4, -2, 2, 4, 6))
        if world.phase == "jump":
            world.outside_e8 = (
                world.outside_e8 * draw.one((96, 97, 103, 105, 90, 112, 98, 102)) // 100
            )
        elif world.phase == "back":
            world.outside_e8 = (world.outside_e8 * 3 + 100 * 10**8) // 4
    step = world.outside_e8 // 1_000
    move = draw.between(-step, step) // 2
    if world.phase == "drift":
        move = step * world.slope
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
    if kind < 46:
        return swap_order(world, draw)
    if kind < 64:
        return reduction(world, draw)
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
    if kind < 97:
        return transfer(world, draw)
    if kind < 98:
        return SetAccountState(account_id=trader(draw), is_frozen=draw.chance(10))
    assert isinstance(world.seen, Engine)
    for instrument_id, market in world.seen.state.markets.items():
        if market.instrument.trading_state != TradingState.LIVE and draw.chance(80):
            return SetTradingState(instrument_id, TradingState.LIVE)
    instrument_id = draw.one((BIG, SMALL, OTHER, SPOT))
    return SetTradingState(instrument_id=instrument_id, trading_state=draw.one((1, 2, 2, 4, 5)))


def reduction(world: SwapWorld, draw: Draw) -> PlaceOrder:
    """An order against an open position, mostly reduce-only, also larger than it."""
    assert isinstance(world.seen, Engine)
    found = [
        (int(account.account_id), int(position.instrument_id), int(position.size))
        for account in world.seen.state.accounts
        for position in account.positions
        if position.size != 0 and account.account_id < 2**31 - 1
    ]
    command = swap_order(world, draw)
    if not found:
        return command
    command.account_id, command.instrument_id, size = draw.one(found)
    command.margin_mode = world.habits[command.account_id, command.instrument_id]
    command.side = 1 if size > 0 else 0
    command.reduce_only = draw.chance(75)
    command.quantity = draw.between(1, 2 * abs(size))
    if command.order_type == OrderType.LIMIT:
        command.limit_price = near(world, draw, command.instrument_id)
        is_usual = 0 < command.limit_price <= 10_000
        if is_usual and draw.chance(40):  # further away, so that it rests
            sign = 1 if size > 0 else -1
            command.limit_price += sign * (command.limit_price // 80)
    elif command.quote_amount != 0:
        command.quantity = 0
    return command


def transfer(world: SwapWorld, draw: Draw) -> TransferFunds:
    """Some money in or out; often exactly what may go, or a unit more."""
    assert isinstance(world.seen, Engine)
    command = TransferFunds(
        account_id=trader(draw),
        asset_id=draw.one((USDT, USDT, USDC, 0)),
        amount=amount(world, draw),
        to_trading=draw.chance(25),
    )
    account = world.seen.state.account(command.account_id)
    if not command.to_trading and account is not None and draw.chance(60):
        most = int(spendable(world.seen.state, account, command.asset_id))
        command.amount = most + draw.one((0, 0, 0, 1, -1))
    return command


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
        reduce_only=instrument_id != SPOT and draw.chance(4),
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
    moved = amount(world, draw)
    if draw.chance(50):
        moved = max(-moved, -(2**63) + 1) if moved > -(2**63) else moved
    return AdjustMargin(account_id, instrument_id, moved)


def amount(world: SwapWorld, draw: Draw) -> int:
    """Some money: a part of what people have, rarely nonsense."""
    if draw.chance(5):
        return draw.one(EXTREMES)
    return draw.between(1, max(world.money >> draw.below(12), 1))
