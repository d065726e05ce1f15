"""Streams of commands for a small world: few prices, few accounts, shared owners, so that things
collide.

A stream is a list of steps, each a stamp and the bytes of a command (or bytes that are none).
"""

from __future__ import annotations

from seawall.core.model.codec import padded
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import (
    ALL_INSTRUMENTS,
    AcceptClock,
    ActivateRules,
    AmendOrder,
    CancelOrder,
    ChainMark,
    Command,
    CreditDeposit,
    ListAsset,
    ListInstrument,
    MassCancel,
    ObservePrices,
    OpenAccount,
    PlaceOrder,
    RegisterKey,
    RevokeKey,
    SetAccountState,
    SetTradingState,
    TimerBeat,
    TransferFunds,
)
from seawall.core.model.enums import OrderType, Side, TimeInForce
from seawall.core.model.ids import order_id_of
from seawall.core.model.limits import CLIENT_ID_BYTES, TAG_BYTES
from tests.laws.worlds import BTC, NS_PER_MS, START_MS, USDT, Draw, Step, World

CLIENT_NAMES = tuple(b"%d" % number for number in range(12))


def stream(world: World, draw: Draw, length: int) -> list[Step]:
    """`length` steps; the first is usually the first beat of the clock."""
    if not draw.chance(5):
        for timer_id in range(world.genesis.parameters.timers):
            add(world, draw, TimerBeat(timer_id=timer_id, wall_ms=world.wall_ms))
    while len(world.steps) < length:
        step_ms = draw.one((0, 1, 40, 250, 900))
        is_second_over = (world.wall_ms + step_ms) // 1_000 > world.wall_ms // 1_000
        world.wall_ms += step_ms
        if is_second_over and draw.chance(80):
            for timer_id in range(world.genesis.parameters.timers):
                add(world, draw, TimerBeat(timer_id=timer_id, wall_ms=world.wall_ms))
        add(world, draw, next_command(world, draw))
    return world.steps


def add(world: World, draw: Draw, command: Command | bytes) -> None:
    """Stamp a command, mostly with the wall's time, and put it at the end of the stream."""
    data = command if isinstance(command, bytes) else encode_command(command)
    off_ms = 0
    if draw.chance(6):
        off_ms = draw.one((-2_001, -2_000, -1, 1_999, 2_000, 2_001, -60_001, 10**9, -START_MS - 5))
    if isinstance(command, PlaceOrder) and (can_rest(command) or draw.chance(10)):
        order_id = order_id_of(shard=world.genesis.shard, seq=len(world.steps) + 1, counter=0)
        world.placed.append(
            (order_id, command.account_id, command.instrument_id, command.client_id)
        )
    nanoseconds = draw.one((0, 0, 1, 999_999))
    world.steps.append(Step((world.wall_ms + off_ms) * NS_PER_MS + nanoseconds, data))


def can_rest(command: PlaceOrder) -> bool:
    """Whether an amend or a cancel has a chance to find it."""
    is_immediate = command.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
    return command.order_type == OrderType.LIMIT and not is_immediate


def next_command(world: World, draw: Draw) -> Command | bytes:
    """The next wish; orders most of the time."""
    if world.flavour == "junk" and draw.chance(40):
        return junk(world, draw)
    kind = draw.below(100)
    if kind < 55:
        return place(world, draw)
    if kind < 65:
        return amend(world, draw)
    if kind < 75:
        return cancel(world, draw)
    if kind < 78:
        instrument_id = draw.one((0, 7, 8, ALL_INSTRUMENTS, ALL_INSTRUMENTS))
        side = draw.one((0, 1, 2, 2, 3))
        return MassCancel(account_id=account_id(draw), instrument_id=instrument_id, side=side)
    if kind < 84:
        return beat(world, draw)
    if kind < 90:
        return money(world, draw)
    return operation(world, draw)


def account_id(draw: Draw) -> int:
    """Mostly one of the five, sometimes nobody."""
    return draw.between(1, 5) if not draw.chance(3) else draw.one((0, 6, 7, 2**31 - 1))


def client_id(draw: Draw) -> bytes:
    """One of few client ids, so that they collide, or none."""
    return padded(draw.one(CLIENT_NAMES), CLIENT_ID_BYTES) if draw.chance(40) else b""


def price_of(world: World, draw: Draw) -> int:
    """One of five prices, rarely one that must be refused."""
    if draw.chance(4):
        most = world.price * 2 - 1
        return draw.one((0, -1, 1, most, most + 1, 2**62, -(2**63), 2**63 - 1))
    return world.price + draw.between(-2, 2)


def lots_of(world: World, draw: Draw) -> int:
    """A quantity around the usual, rarely one that must be refused."""
    if draw.chance(4):
        most = world.lots * 2
        return draw.one((0, -1, 1, 2, most, most + 1, 2**62, -(2**63), 2**63 - 1))
    return draw.between(1, world.lots * 2) if draw.chance(80) else draw.one((1, 2, 3))


def place(world: World, draw: Draw) -> PlaceOrder:
    """An order of any kind; one in ten is malformed."""
    command = PlaceOrder(
        account_id=account_id(draw),
        instrument_id=draw.one((0, 0, 0, 0, 7, 9)),
        side=draw.below(2),
        order_type=OrderType.LIMIT,
        limit_price=price_of(world, draw),
        quantity=lots_of(world, draw),
        time_in_force=draw.one((0, 0, 0, 0, 1, 2, 3, 4)),
        self_trade_prevention=draw.below(3),
        client_id=client_id(draw),
        tag=padded(b"tag", TAG_BYTES) if draw.chance(10) else b"",
    )
    if draw.chance(20):
        command.order_type = OrderType.MARKET
        command.limit_price = 0
        command.time_in_force = draw.one((TimeInForce.IOC, TimeInForce.IOC, TimeInForce.FOK))
        if draw.chance(40):
            command.side = Side.BUY
            command.time_in_force = TimeInForce.IOC
            unit_value = world.genesis.instruments[0].unit_value
            amount = world.price * lots_of(world, draw) * unit_value
            amount += draw.between(-world.price, world.price) * unit_value
            extremes = (2**63 - 1, -(2**63), 2**60, 2**60 - 1)
            command.quote_amount = amount if abs(amount) < 2**63 else draw.one(extremes)
    if command.time_in_force == TimeInForce.GTD:
        command.expire_ms = world.wall_ms + draw.one((1, 500, 1_500, 4_000, 20_000))
    if draw.chance(7):
        misshape(world, draw, command)
    if command.quote_amount != 0:
        command.quantity = 0
    return command


def misshape(world: World, draw: Draw, command: PlaceOrder) -> None:
    """Make one thing about the order odd."""
    what = draw.below(7)
    if what == 0:
        command.time_in_force = draw.below(8)
    elif what == 1:
        command.order_type = 1 - command.order_type
    elif what == 2:
        command.expire_ms = draw.one((-1, 0, 1, world.wall_ms - 1, world.wall_ms, 2**62))
    elif what == 3:
        command.self_trade_prevention = 3
    elif what == 4:
        command.valid_for_ms = draw.one((0, 1, 60_000, 60_001, 2**32 - 1))
    elif what == 5:
        command.quote_amount = draw.one((1, world.price, 2**60, 2**62))
    else:
        command.side = 1 - command.side


def named(world: World, draw: Draw) -> tuple[int, int, int, bytes]:
    """An order to amend or cancel: (order id, account, instrument, client id); mostly one that was
    placed.
    """
    if not world.placed or draw.chance(4):
        order_id = draw.one((0, 1, 2**62, 2**63 - 1, -1, order_id_of(shard=9, seq=3, counter=0)))
        return order_id, account_id(draw), draw.one((0, 7, 9)), client_id(draw)
    recent = world.placed[-6:] if draw.chance(80) else world.placed
    order_id, owner, instrument_id, of_client = draw.one(recent)
    if of_client and draw.chance(50):
        order_id = 0
    if draw.chance(4):
        owner = account_id(draw)
    if draw.chance(3):
        instrument_id = draw.one((0, 7, 9))
    return order_id, owner, instrument_id, of_client


def amend(world: World, draw: Draw) -> AmendOrder:
    """Another price, another quantity, both, or (rarely) neither."""
    order_id, owner, instrument_id, of_client = named(world, draw)
    return AmendOrder(
        account_id=owner,
        instrument_id=instrument_id,
        order_id=order_id,
        client_id=of_client if order_id == 0 else b"",
        new_price=price_of(world, draw) if draw.chance(50) else 0,
        new_quantity=lots_of(world, draw) if draw.chance(60) else 0,
        cancel_on_fail=draw.chance(30),
        valid_for_ms=2_000 if not draw.chance(4) else draw.one((-1, 0, 60_000, 60_001, 2**62)),
    )


def cancel(world: World, draw: Draw) -> CancelOrder:
    """Cancel by order id or by client id."""
    order_id, owner, instrument_id, of_client = named(world, draw)
    of_client = of_client if order_id == 0 else b""
    return CancelOrder(
        account_id=owner, instrument_id=instrument_id, order_id=order_id, client_id=of_client
    )


def beat(world: World, draw: Draw) -> TimerBeat:
    """A beat of a timer; sometimes after an outage, sometimes of a timer whose clock is wrong."""
    outage_percent = 20 if world.flavour == "slow" else 4
    if draw.chance(outage_percent):
        world.wall_ms += draw.one((2_999, 3_000, 9_999, 10_000, 70_000, 600_000, 1_200_000))
    wall_ms = world.wall_ms
    timer_id = draw.below(world.genesis.parameters.timers)
    if draw.chance(5):
        wall_ms += draw.one((-3_600_000, 3_600_000)) if timer_id == 2 else -5_000
    if draw.chance(2):
        wall_ms = draw.one((0, -1, 2**43, 2**63 - 1, -(2**63)))
        timer_id = draw.one((0, timer_id, 16))
    return TimerBeat(timer_id=timer_id, wall_ms=wall_ms)


def money(world: World, draw: Draw) -> Command:
    """A deposit or a transfer."""
    asset_id = draw.below(3) if not draw.chance(5) else draw.one((3, 9, 2**16 - 1))
    amount = draw.one((1, 100, 10**6, 2**59)) if not draw.chance(10) else draw.one((0, -1, 2**62))
    if draw.chance(50):
        world.deposits += 1
        number = world.deposits if draw.chance(70) else draw.below(world.deposits) + 1
        return CreditDeposit(
            account_id=account_id(draw),
            asset_id=asset_id,
            amount=amount,
            deposit_id=number.to_bytes(32, "big"),
        )
    return TransferFunds(
        account_id=account_id(draw), asset_id=asset_id, amount=amount, to_trading=draw.chance(60)
    )


def operation(world: World, draw: Draw) -> Command:
    """Something that an operator, a collector or a gateway does rarely."""
    what = draw.below(11)
    if what == 10:
        what = 6
    if what == 0:
        owner_id, tier = draw.one((0, 1, 5, 2**31, -1)), draw.one((0, 1, 2, -1))
        return OpenAccount(account_id=draw.one((0, 1, 6, 7)), owner_id=owner_id, fee_tier=tier)
    if what == 1:
        return SetAccountState(account_id=account_id(draw), is_frozen=draw.chance(30))
    if what == 2:
        state = draw.one((0, 0, 0, 1, 3, 4, 5, 6, 255))
        return SetTradingState(instrument_id=draw.one((0, 0, 7, 9)), trading_state=state)
    if what == 3:
        key_id, scopes = draw.one((b"", b"k1", b"k2")), draw.one((0, 1, 2, 3, 4, 255))
        return RegisterKey(account_id=account_id(draw), key_id=key_id, scopes=scopes)
    if what == 4:
        return RevokeKey(account_id=account_id(draw), key_id=draw.one((b"", b"k1", b"k2")))
    if what == 5:
        name = draw.one((b"", b"BTC", b"SOL", b"XRP"))
        asset_id = draw.one((0, 3, 4, 1_023, 1_024))
        return ListAsset(asset_id=asset_id, name=name, scale=draw.one((-1, 0, 8, 9)))
    if what == 6:
        return listing(world, draw)
    if what == 7:
        return observation(draw)
    if what == 8:
        wall_ms = world.wall_ms + draw.one((-10, 0, 10, 5_000))
        return AcceptClock(
            wall_ms=wall_ms,
            first_operator_id=draw.one((1, 2, 3)),
            second_operator_id=draw.one((2, 2, 1)),
        )
    if draw.chance(50):
        return ActivateRules(version=draw.one((0, 1, 2, -1)), release=b"seawall")
    marked_seq = draw.one((-1, 0, 1, len(world.steps), len(world.steps) + 1, 2**62))
    return ChainMark(marked_seq=marked_seq, blocks=0, chain=b"", events_hash=b"")


def listing(world: World, draw: Draw) -> ListInstrument:
    """A new instrument over listed assets, sound or not."""
    known = world.genesis.instruments[0]
    if draw.chance(50):
        return ListInstrument(
            instrument_id=9,
            name=b"BTC-ETH" if draw.chance(50) else b"ETH-USDC",
            base_asset_id=BTC,
            quote_asset_id=USDT,
            tick_size_e8=known.tick_size_e8,
            lot_size=known.lot_size,
            quantity_min=1,
            quantity_max=known.quantity_max,
            price_max=known.price_max,
            market_cap_e8=0,
        )
    return ListInstrument(
        instrument_id=draw.one((0, 8, 9, 2**16 - 2, 2**16 - 1)),
        name=draw.one((b"BTC-USDT", b"ETH-BTC", b"BTC-ETH", b"")),
        base_asset_id=draw.one((0, 0, 2)),
        quote_asset_id=draw.one((1, 1, 0)),
        tick_size_e8=draw.one((known.tick_size_e8, known.tick_size_e8, 1, 0, -1, 2**62)),
        lot_size=draw.one((known.lot_size, known.lot_size, 0, -1, 2**62)),
        quantity_min=draw.one((1, 1, 1, 0, -1)),
        quantity_max=draw.one((known.quantity_max, 1, 0, 2**62)),
        price_max=draw.one((known.price_max, known.price_max, 0, 2**62)),
        market_cap_e8=draw.one((0, 4_000_000, 10**8, 10**8 + 1, -1)),
    )


def observation(draw: Draw) -> ObservePrices:
    """What a source says, sometimes nonsense."""
    nonsense = (0, 1, -1, 2**60 - 1, 2**60)
    bid, ask, last, low, high = (draw.one((1_000, 1_001, *nonsense)) for _ in range(5))
    return ObservePrices(
        source_id=draw.one((1, 1, 2, 3, 4, 5)),
        index_id=draw.one((1, 1, 1, 0, 2)),
        bid_e8=bid,
        ask_e8=ask,
        last_e8=last,
        low_e8=low,
        high_e8=high,
        trade_id=1,
        venue_ms=START_MS,
        receive_ms=START_MS,
        updates=1,
        is_deep=draw.chance(50),
        is_synthetic=draw.chance(50),
        stream_hash=draw.raw(32),
    )


def junk(world: World, draw: Draw) -> bytes:
    """Bytes that are no command, or a command with some bytes turned."""
    if draw.chance(40):
        return draw.raw(draw.one((0, 1, 7, 8, 9, 16, 40, 48, 72, 104, 200)))
    kinds = (place, amend, cancel, beat, money, operation)
    data = bytearray(encode_command(draw.one(kinds)(world, draw)))
    for _ in range(draw.between(1, 3)):
        place_in_data = draw.below(min(len(data), 16)) if draw.chance(50) else draw.below(len(data))
        data[place_in_data] = draw.below(256)
    if draw.chance(20):
        data = data[: draw.below(len(data) + 1)]
    return bytes(data)
