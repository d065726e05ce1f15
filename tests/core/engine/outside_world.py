"""A venue that hears outside prices: one major index of seven sources in four failure domains, a
spot market and a swap on it, people with money, operators, a fund.
"""

from __future__ import annotations

from typing import Any, TypeVar

from seawall.core.engine import Engine, Entry, open_engine, restore_engine
from seawall.core.engine.state import Market
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.model.commands import (
    CancelOrder,
    Command,
    ObservePrices,
    PlaceOrder,
    SetFreeze,
    TimerBeat,
)
from seawall.core.model.enums import InstrumentKind, MarginMode, OrderType, RiskTier, Side
from seawall.core.model.events import CommandRejected, Event
from seawall.core.model.genesis import (
    Genesis,
    GenesisAccount,
    GenesisAmount,
    IndexDefinition,
    IndexSource,
    Mirror,
    Operator,
    Parameters,
    PriceSource,
)
from seawall.core.model.instruments import Asset, FeeTier, Instrument
from seawall.core.model.order_events import OrderAccepted, OrderFilled, OrderRejected

E8 = 10**8
BTC, USDT = 1, 2
SPOT, SWAP = 1, 2
INDEX = 1
SOURCES = range(1, 8)
ALICE, BOB, CAROL, DAVE, LEA = 1, 2, 3, 4, 5
OLGA, OTTO = 1, 2
WEALTH = 10_000_000 * E8
FUND = 100_000 * E8
START_MS = 1_600_000_000_000
PRICE = 60_000
TICK = 10  # ticks to one USDT
Some = TypeVar("Some", bound=Event)


def instrument(number: int, name: bytes, kind: int, lot: int) -> Instrument:
    """Tick 0.1 USDT; a swap contract is 0.01 BTC."""
    return Instrument(
        instrument_id=number,
        name=name,
        base_asset_id=BTC,
        quote_asset_id=USDT,
        tick_size_e8=E8 // TICK,
        lot_size=lot,
        unit_value=lot // TICK,
        quantity_min=1,
        quantity_max=10**6,
        price_max=10**7,
        market_cap_e8=E8 // 100,
        kind=kind,
        index_id=INDEX,
        risk_tier=RiskTier.MAJOR,
    )


def genesis(*, is_protected: bool = True, **changes: Any) -> Genesis:
    """The world of this module; without protections it is marked unsafe."""
    given: dict[str, Any] = {
        "venue": b"outside",
        "created_ms": 1,
        "is_simulated": True,
        "is_unsafe": not is_protected,
        "parameters": Parameters(protections=1 if is_protected else 0),
        "assets": [
            Asset(asset_id=BTC, name=b"BTC", scale=8),
            Asset(asset_id=USDT, name=b"USDT", scale=8),
        ],
        "fee_tiers": [FeeTier(maker_e8=20_000, taker_e8=50_000)],
        "sources": [
            PriceSource(
                source_id=one,
                name=b"source %d" % one,
                domain=b"host %d" % ((one - 1) // 2),
                is_synthetic=True,
            )
            for one in SOURCES
        ],
        "indices": [
            IndexDefinition(
                index_id=INDEX,
                name=b"BTC",
                risk_tier=RiskTier.MAJOR,
                sources=[IndexSource(source_id=one) for one in SOURCES],
            )
        ],
        "instruments": [
            instrument(SPOT, b"BTC-USDT", InstrumentKind.SPOT, 1_000),
            instrument(SWAP, b"BTC-USDT-SWAP", InstrumentKind.SWAP, 1_000_000),
        ],
        "operators": [
            Operator(operator_id=OLGA, name=b"olga"),
            Operator(operator_id=OTTO, name=b"otto"),
        ],
        "accounts": [
            GenesisAccount(account_id=one, owner_id=one, fee_tier=0)
            for one in (ALICE, BOB, CAROL, DAVE, LEA)
        ],
        "amounts": [
            GenesisAmount(account_id=0, asset_id=USDT, amount=10 * FUND),
            *(
                GenesisAmount(account_id=one, asset_id=asset, amount=amount)
                for one in (ALICE, BOB, CAROL, DAVE, LEA)
                for asset, amount in ((USDT, WEALTH), (BTC, 1_000 * E8))
            ),
        ],
        "fund_seeds": [GenesisAmount(account_id=0, asset_id=USDT, amount=FUND)],
    }
    return Genesis(**{**given, **changes})


def mirror(instrument_id: int = SWAP, source_id: int = 1) -> Mirror:
    """Lea mirrors a source, 0.1 % away, 100 lots on each side."""
    return Mirror(
        account_id=LEA,
        instrument_id=instrument_id,
        source_id=source_id,
        spread_e8=E8 // 1_000,
        quantity=100,
    )


class World:
    """The venue, and what its sources say each second."""

    def __init__(self, terms: Genesis | None = None) -> None:
        self.genesis = terms or genesis()
        self.engine: Engine = open_engine(self.genesis)
        self.now_ms = START_MS
        self.prices: dict[int, float] = dict.fromkeys(SOURCES, PRICE)
        self.silent: set[int] = set()
        self.log: list[tuple[int, Command]] = []

    @property
    def market(self) -> Market:
        """The swap's market."""
        return self.engine.state.markets[SWAP]

    @property
    def spot(self) -> Market:
        """The spot market."""
        return self.engine.state.markets[SPOT]

    @property
    def swap(self) -> SwapMarket:
        """The swap's side of its market."""
        found = self.market.swap
        assert found is not None
        return found

    def do(self, command: Command) -> list[Event]:
        """One entry at the present time."""
        self.log.append((self.now_ms, command))
        entry = Entry(seq=self.engine.seq + 1, time_ns=self.now_ms * 10**6, command=command)
        return self.engine.apply(entry)

    def say(self, source_id: int, price: float, **changes: Any) -> list[Event]:
        """An observation: bid and ask 0.01 % around the price."""
        return self.do(said(source_id, price, self.now_ms, **changes))

    def tick(self, seconds: int = 1) -> list[Event]:
        """So many seconds, in each of which every source that is not silent speaks first."""
        events = []
        for _ in range(seconds):
            self.now_ms += 1_000
            for one in SOURCES:
                if one not in self.silent:
                    events += self.say(one, self.prices[one])
            events += self.do(TimerBeat(timer_id=0, wall_ms=self.now_ms))
        return events

    def jump(self, by_ms: int) -> list[Event]:
        """Silence, then one beat."""
        self.now_ms += by_ms
        return self.do(TimerBeat(timer_id=0, wall_ms=self.now_ms))

    def outside(self, price: float, *sources: int) -> None:
        """From now on these sources, or all, say so."""
        for one in sources or SOURCES:
            self.prices[one] = price

    def order(
        self, who: int, side: int, lots: int, price: float | None, where: int = SWAP, **more: Any
    ) -> list[Event]:
        """A limit order, or a market order without a price. A swap is cross."""
        mode = MarginMode.CROSS if where == SWAP else MarginMode.CASH
        terms: dict[str, Any] = {
            "margin_mode": mode,
            "time_in_force": 0 if price is not None else 1,
            **more,
        }
        return self.do(
            PlaceOrder(
                account_id=who,
                instrument_id=where,
                side=side,
                order_type=OrderType.LIMIT if price is not None else OrderType.MARKET,
                limit_price=round(price * TICK) if price is not None else 0,
                quantity=lots,
                **terms,
            )
        )

    def buy(self, who: int, lots: int, price: float | None, **more: Any) -> list[Event]:
        """Buy contracts of the swap."""
        return self.order(who, Side.BUY, lots, price, **more)

    def sell(self, who: int, lots: int, price: float | None, **more: Any) -> list[Event]:
        """Sell contracts of the swap."""
        return self.order(who, Side.SELL, lots, price, **more)

    def trade(self, buyer: int, seller: int, lots: int, price: float, **more: Any) -> list[Event]:
        """A fill between two people."""
        self.sell(seller, lots, price, **more)
        return self.buy(buyer, lots, price, **more)

    def cancel(self, placed: list[Event], where: int = SWAP) -> list[Event]:
        """Cancel what was just placed."""
        made = of_kind(placed, OrderAccepted)[0]
        return self.do(
            CancelOrder(account_id=made.account_id, instrument_id=where, order_id=made.order_id)
        )

    def freeze(self, index_id: int, operator_id: int = OLGA) -> list[Event]:
        """One operator freezes."""
        return self.do(SetFreeze(index_id, is_frozen=True, operator_id=operator_id))

    def release(self, index_id: int, first: int = OLGA, second: int = OTTO) -> list[Event]:
        """Two release."""
        return self.do(
            SetFreeze(index_id, is_frozen=False, operator_id=first, second_operator_id=second)
        )

    def size(self, who: int) -> int:
        """The person's position in the swap."""
        account = self.engine.state.account(who)
        assert account is not None
        found = self.swap.position(account.slot)
        return 0 if found is None else int(found.size)

    def restored(self) -> World:
        """The same venue, from a snapshot."""
        copy = World(self.genesis)
        engine, fault = restore_engine(self.genesis, self.engine.snapshot())
        assert engine is not None, fault
        copy.engine = engine
        copy.now_ms = self.now_ms
        copy.prices = dict(self.prices)
        copy.silent = set(self.silent)
        return copy


def said(source_id: int, price: float, now_ms: int, **changes: Any) -> ObservePrices:
    """What a source says whose market stands at `price`."""
    middle = round(price * E8)
    half = max(1, middle // 20_000)
    given: dict[str, Any] = {
        "source_id": source_id,
        "index_id": INDEX,
        "bid_e8": middle - half,
        "ask_e8": middle + half,
        "last_e8": middle,
        "low_e8": middle,
        "high_e8": middle,
        "trade_id": now_ms,
        "venue_ms": now_ms,
        "receive_ms": now_ms,
        "updates": 3,
        "is_deep": True,
        "is_synthetic": True,
        "stream_hash": b"",
    }
    return ObservePrices(**{**given, **changes})


def running(terms: Genesis | None = None) -> World:
    """A world whose index is good and armed."""
    world = World(terms)
    world.tick(15)
    return world


def of_kind(events: list[Event], kind: type[Some]) -> list[Some]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def reason_of(events: list[Event]) -> int:
    """The reason of a refusal; 0 when nothing was refused."""
    for event in events:
        if isinstance(event, OrderRejected | CommandRejected):
            return int(event.reason)
    return 0


def fills_of(events: list[Event]) -> list[tuple[int, int]]:
    """Price and quantity of each fill."""
    return [(int(one.price), int(one.quantity)) for one in of_kind(events, OrderFilled)]
