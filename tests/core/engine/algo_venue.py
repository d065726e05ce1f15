"""A venue for algo orders: a spot market without index, a swap and a spot market of one index, and
people with deep pockets.

All three have ticks of 0.1 and one lot of 0.01. Prices in these tests are ticks.
"""

from __future__ import annotations

from typing import Any, TypeVar

from seawall.core.engine import Engine, Entry, open_engine, restore_engine
from seawall.core.engine.state import Account
from seawall.core.model.commands import Command, ObservePrices, PlaceAlgo, PlaceOrder, TimerBeat
from seawall.core.model.enums import (
    AlgoType,
    InstrumentKind,
    MarginMode,
    OrderType,
    RiskTier,
    Side,
    TimeInForce,
    TriggerPrice,
)
from seawall.core.model.events import Event
from seawall.core.model.genesis import (
    Genesis,
    GenesisAccount,
    GenesisAmount,
    IndexDefinition,
    IndexSource,
    Operator,
    Parameters,
    PriceSource,
)
from seawall.core.model.instruments import Asset, FeeTier, Instrument
from seawall.core.model.risk_events import AlgoAccepted, AlgoRejected, AlgoTriggered

BTC, USDT, BTC_INDEX = 1, 2, 1
SPOT, SWAP, INDEXED_SPOT = 1, 2, 3
ALICE, BOB, CAROL = 1, 2, 3
LEFT, RIGHT = 91, 92  # they trade with each other to move the last price
PEOPLE = (*range(1, 31), LEFT, RIGHT)
TICK_E8 = 10**7
PRICE_MAX = 10**7
QUANTITY_MAX = 10**5
START_MS = 1_700_049_600_000
SELL, BUY = Side.SELL, Side.BUY
LAST, MARK, INDEX = TriggerPrice.LAST, TriggerPrice.MARK, TriggerPrice.INDEX
E = TypeVar("E", bound=Event)


def algo_genesis(*, is_protected: bool) -> Genesis:
    """The world that the docstring of this module tells of."""
    rows = (
        (SPOT, b"BTC-USDT", InstrumentKind.SPOT, RiskTier.NONE),
        (SWAP, b"BTC-USDT-SWAP", InstrumentKind.SWAP, RiskTier.MAJOR),
        (INDEXED_SPOT, b"BTC-USDC", InstrumentKind.SPOT, RiskTier.MAJOR),
    )
    return Genesis(
        venue=b"algos",
        created_ms=START_MS,
        is_unsafe=not is_protected,
        is_simulated=True,
        parameters=Parameters(protections=1 if is_protected else 0),
        assets=[
            Asset(asset_id=BTC, name=b"BTC", scale=8),
            Asset(asset_id=USDT, name=b"USDT", scale=8),
        ],
        instruments=[
            Instrument(
                instrument_id=number,
                name=name,
                base_asset_id=BTC,
                quote_asset_id=USDT,
                tick_size_e8=TICK_E8,
                lot_size=10**6,
                unit_value=10**5,
                quantity_min=1,
                quantity_max=QUANTITY_MAX,
                price_max=PRICE_MAX,
                market_cap_e8=10_000_000,
                kind=kind,
                index_id=0 if tier == RiskTier.NONE else BTC_INDEX,
                risk_tier=tier,
            )
            for number, name, kind, tier in rows
        ],
        fee_tiers=[FeeTier(maker_e8=0, taker_e8=0)],
        sources=[
            PriceSource(
                source_id=one, name=b"source %d" % one, domain=b"of %d" % one, is_synthetic=True
            )
            for one in range(1, 8)
        ],
        indices=[
            IndexDefinition(
                index_id=BTC_INDEX,
                name=b"BTC",
                risk_tier=RiskTier.MAJOR,
                sources=[IndexSource(source_id=one) for one in range(1, 8)],
            )
        ],
        operators=[Operator(operator_id=1, name=b"olga"), Operator(operator_id=2, name=b"otto")],
        accounts=[GenesisAccount(account_id=one, owner_id=one, fee_tier=0) for one in PEOPLE],
        amounts=[
            GenesisAmount(account_id=one, asset_id=asset, amount=10**15)
            for one in PEOPLE
            for asset in (BTC, USDT)
        ]
        + [GenesisAmount(account_id=0, asset_id=USDT, amount=10**15)],
        fund_seeds=[GenesisAmount(account_id=0, asset_id=USDT, amount=10**14)],
    )


class AlgoVenue:
    """An engine with short words for what these tests do."""

    def __init__(self, *, is_protected: bool = True) -> None:
        self.is_protected = is_protected
        self.genesis = algo_genesis(is_protected=is_protected)
        self.engine: Engine = open_engine(self.genesis)
        self.wall_ms = START_MS
        self.outside = 0  # ticks; 0: the sources are silent

    def do(self, command: Command) -> list[Event]:
        """Apply one command."""
        seq = int(self.engine.seq) + 1
        return self.engine.apply(Entry(seq=seq, time_ns=self.wall_ms * 10**6, command=command))

    def tick(self, outside: int | None = None, *, times: int = 1, lies: int = 0) -> list[Event]:
        """A second passes, several times; from now on the sources say `outside`. The first
        `lies` of them say half of it.
        """
        if outside is not None:
            self.outside = outside
        events: list[Event] = []
        for _ in range(times):
            self.wall_ms += 1_000
            for source in range(1, 8) if self.outside else ():
                self.do(self.said(source, self.outside // 2 if source <= lies else self.outside))
            events += self.do(TimerBeat(timer_id=0, wall_ms=self.wall_ms))
        return events

    def said(self, source_id: int, price: int) -> ObservePrices:
        """What a source says; the index comes to exactly this price."""
        price_e8 = price * TICK_E8
        return ObservePrices(
            source_id=source_id,
            index_id=BTC_INDEX,
            bid_e8=price_e8 - 10,
            ask_e8=price_e8 + 10 if self.is_protected else price_e8,
            last_e8=price_e8,
            low_e8=price_e8,
            high_e8=price_e8,
            trade_id=self.wall_ms,
            venue_ms=self.wall_ms,
            receive_ms=self.wall_ms,
            updates=3,
            is_deep=True,
            is_synthetic=True,
            stream_hash=b"",
        )

    def order(
        self, who: int, side: int, price: int, quantity: int = 1, market: int = SPOT, **more: Any
    ) -> list[Event]:
        """A limit order; price 0 makes it a market order."""
        is_market = price == 0
        more.setdefault("time_in_force", TimeInForce.IOC if is_market else TimeInForce.GTC)
        more.setdefault("margin_mode", MarginMode.CROSS if market == SWAP else MarginMode.CASH)
        return self.do(
            PlaceOrder(
                account_id=who,
                instrument_id=market,
                side=side,
                order_type=OrderType.MARKET if is_market else OrderType.LIMIT,
                limit_price=price,
                quantity=quantity,
                **more,
            )
        )

    def trade(self, price: int, market: int = SPOT, quantity: int = 1) -> list[Event]:
        """Move the last price; the events of the entry that traded."""
        self.order(LEFT, SELL, price, quantity, market)
        return self.order(RIGHT, BUY, price, quantity, market, time_in_force=TimeInForce.IOC)

    def algo(self, who: int = ALICE, market: int = SPOT, **terms: Any) -> list[Event]:
        """Place an algo order: by default a conditional sell of one lot at the market."""
        return self.do(algo_terms(who, market, **terms))

    def wait_for(self, who: int = ALICE, market: int = SPOT, **terms: Any) -> int:
        """Place an algo order that must be accepted; its id."""
        events = self.algo(who, market, **terms)
        assert isinstance(events[0], AlgoAccepted), events
        return int(events[0].algo_id)

    def refusal(self, who: int = ALICE, market: int = SPOT, **terms: Any) -> int:
        """Place an algo order that must be refused; why."""
        before = self.engine.describe()
        events = self.algo(who, market, **terms)
        assert len(events) == 1 and isinstance(events[0], AlgoRejected), events
        assert len(self.engine.describe()) == len(before)
        return int(events[0].reason)

    def account(self, account_id: int) -> Account:
        """An account that exists."""
        found = self.engine.state.account(account_id)
        assert found is not None
        return found

    def restart(self) -> None:
        """Go on from a snapshot."""
        data = self.engine.snapshot()
        engine, fault = restore_engine(self.genesis, data)
        assert engine is not None, fault
        assert engine.snapshot() == data
        self.engine = engine


def algo_terms(who: int = ALICE, market: int = SPOT, **terms: Any) -> PlaceAlgo:
    """A conditional sell of one lot at the market, but for `terms`."""
    values: dict[str, Any] = {
        "algo_type": AlgoType.CONDITIONAL,
        "side": SELL,
        "quantity": 1,
        "margin_mode": MarginMode.CROSS if market == SWAP else MarginMode.CASH,
        "reduce_only": False,
    }
    values.update(terms)
    return PlaceAlgo(account_id=who, instrument_id=market, **values)


def of_kind(events: list[Event], kind: type[E]) -> list[E]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def fired(events: list[Event]) -> list[int]:
    """The ids of the algo orders that fired, in their order."""
    return [int(event.algo_id) for event in of_kind(events, AlgoTriggered)]
