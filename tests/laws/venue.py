"""A small venue for tests that speak to the engine in objects: three people, two assets, no fees
unless asked for.
"""

from __future__ import annotations

from seawall.core.engine import Engine, Entry, open_engine
from seawall.core.model.codec import padded
from seawall.core.model.commands import Command, PlaceOrder, TimerBeat
from seawall.core.model.enums import OrderType, Side, TimeInForce
from seawall.core.model.events import Event
from seawall.core.model.genesis import Genesis, GenesisAccount, GenesisAmount, Operator
from seawall.core.model.ids import order_id_of
from seawall.core.model.instruments import Asset, FeeTier, Instrument
from seawall.core.model.limits import CLIENT_ID_BYTES
from tests.laws.outside import outside_sources, small_index

START_MS = 1_700_000_000_000
NS_PER_MS = 1_000_000
ALICE, BOB, CAROL, ALICE_TOO = 1, 2, 3, 4
BTC, USDT = 0, 1
WEALTH = 10**15


def instrument(
    *,
    unit_value: int = 100,
    lot_size: int = 1_000,
    quantity_min: int = 1,
    quantity_max: int = 10**9,
    price_max: int = 10**7,
    market_cap_e8: int = 1_000_000,
) -> Instrument:
    """BTC-USDT of the reference: tick 0.1, lot 0.00001, a market order's cap 1 %."""
    return Instrument(
        instrument_id=0,
        name=b"BTC-USDT",
        base_asset_id=BTC,
        quote_asset_id=USDT,
        tick_size_e8=unit_value * 10**8 // lot_size,
        lot_size=lot_size,
        unit_value=unit_value,
        quantity_min=quantity_min,
        quantity_max=quantity_max,
        price_max=price_max,
        market_cap_e8=market_cap_e8,
    )


def genesis(
    *,
    traded: Instrument | None = None,
    tiers: list[FeeTier] | None = None,
    wealth: int = WEALTH,
    house: int = 0,
) -> Genesis:
    """Alice, Bob and Carol with money on their trading sides; Alice has a second account, all of
    tier 0.
    """
    people = ((ALICE, 1), (BOB, 2), (CAROL, 3), (ALICE_TOO, 1))
    amounts = [
        GenesisAmount(account_id=account_id, asset_id=asset_id, amount=wealth)
        for account_id, _ in people
        for asset_id in (BTC, USDT)
        if wealth > 0
    ]
    if house > 0:
        amounts += [
            GenesisAmount(account_id=0, asset_id=asset_id, amount=house) for asset_id in (BTC, USDT)
        ]
    return Genesis(
        venue=b"small",
        created_ms=START_MS,
        assets=[
            Asset(asset_id=BTC, name=b"BTC", scale=8),
            Asset(asset_id=USDT, name=b"USDT", scale=8),
        ],
        instruments=[traded or instrument()],
        fee_tiers=tiers or [FeeTier(maker_e8=0, taker_e8=0)],
        sources=outside_sources(),
        indices=[small_index()],
        operators=[Operator(operator_id=1, name=b"olga"), Operator(operator_id=2, name=b"otto")],
        accounts=[
            GenesisAccount(account_id=account_id, owner_id=owner_id, fee_tier=0)
            for account_id, owner_id in people
        ],
        amounts=amounts,
    )


class Venue:
    """An engine with its first beat, and the wall clock that stamps what it is asked."""

    def __init__(self, of: Genesis | None = None) -> None:
        self.engine: Engine = open_engine(of or genesis())
        self.wall_ms = START_MS
        self.do(TimerBeat(timer_id=0, wall_ms=self.wall_ms))

    def do(self, command: Command, *, late_ms: int = 0) -> list[Event]:
        """Apply a command now, or as one that was received so long ago."""
        stamp_ns = (self.wall_ms - late_ms) * NS_PER_MS
        return self.engine.apply(Entry(seq=self.engine.seq + 1, time_ns=stamp_ns, command=command))

    def wait(self, seconds: int) -> list[Event]:
        """Beat once a second."""
        events = []
        for _ in range(seconds):
            self.wall_ms += 1_000
            events += self.do(TimerBeat(timer_id=0, wall_ms=self.wall_ms))
        return events

    def jump(self, by_ms: int) -> list[Event]:
        """One beat after so long a silence."""
        self.wall_ms += by_ms
        return self.do(TimerBeat(timer_id=0, wall_ms=self.wall_ms))

    def last_order_id(self) -> int:
        """The id of the order that the newest entry made."""
        return order_id_of(shard=self.engine.genesis.shard, seq=int(self.engine.seq), counter=0)


def order(
    account_id: int,
    side: int,
    quantity: int,
    limit_price: int,
    *,
    time_in_force: int = TimeInForce.GTC,
    prevention: int = 0,
    client_id: bytes = b"",
    expire_ms: int = 0,
) -> PlaceOrder:
    """A limit order in BTC-USDT: lots at ticks."""
    return PlaceOrder(
        account_id=account_id,
        instrument_id=0,
        side=side,
        order_type=OrderType.LIMIT,
        limit_price=limit_price,
        quantity=quantity,
        time_in_force=time_in_force,
        self_trade_prevention=prevention,
        client_id=padded(client_id, CLIENT_ID_BYTES) if client_id else b"",
        expire_ms=expire_ms,
    )


def market(
    account_id: int,
    side: int,
    quantity: int,
    *,
    quote_amount: int = 0,
    time_in_force: int = TimeInForce.IOC,
    prevention: int = 0,
) -> PlaceOrder:
    """A market order, sized in lots or (a buy) in quote units."""
    return PlaceOrder(
        account_id=account_id,
        instrument_id=0,
        side=side,
        order_type=OrderType.MARKET,
        limit_price=0,
        quantity=quantity,
        quote_amount=quote_amount,
        time_in_force=time_in_force,
        self_trade_prevention=prevention,
    )


def buy(account_id: int, quantity: int, limit_price: int, **options: object) -> PlaceOrder:
    """A limit buy."""
    return order(account_id, Side.BUY, quantity, limit_price, **options)


def sell(account_id: int, quantity: int, limit_price: int, **options: object) -> PlaceOrder:
    """A limit sell."""
    return order(account_id, Side.SELL, quantity, limit_price, **options)


def of_kind(events: list[Event], kind: type) -> list[Event]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def reason_of(events: list[Event]) -> int:
    """The reason of the first event that has one, 0 for none."""
    return next((event.reason for event in events if hasattr(event, "reason")), 0)
