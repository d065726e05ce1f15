"""A venue of two swaps for liquidations: what it costs to be wrong with leverage.

BTC-USDT-SWAP (1, major, 0.01 BTC a contract, tick 0.1), ETH-USDT-SWAP (2, alt, 0.1 ETH a contract,
tick 0.01) and the spot market BTC-USDT (3). Seven sources in failure domains of 2, 2, 2 and 1 say
what the outside price is, all the same unless a test wants otherwise. Nobody pays trading fees
unless asked. Prices are given in whole quote, amounts in whole USDT.
"""

from __future__ import annotations

from typing import Any, TypeVar

from seawall.core.clearing import Position
from seawall.core.engine import Engine, Entry, open_engine, restore_engine
from seawall.core.engine.state import Account, Market
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.ledger import transfer
from seawall.core.liquidation import Unit
from seawall.core.model.commands import Command, ObservePrices, PlaceOrder, SetLeverage, TimerBeat
from seawall.core.model.enums import (
    IndexState,
    InstrumentKind,
    LedgerKind,
    MarginMode,
    OrderType,
    RiskTier,
    Side,
    TimeInForce,
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

BTC, USDT, ETH = 1, 2, 3
BTC_SWAP, ETH_SWAP, BTC_SPOT = 1, 2, 3
START_MS = 1_700_049_600_000
DOLLAR = 10**8
E8 = 10**8
PEOPLE = range(1, 41)
SOURCES = range(11, 18)
TICKS_E8 = {BTC_SWAP: 10**7, ETH_SWAP: 10**6, BTC_SPOT: 10**7}
CROSS, ISOLATED = MarginMode.CROSS, MarginMode.ISOLATED
BUY, SELL = Side.BUY, Side.SELL
IOC, GTC = TimeInForce.IOC, TimeInForce.GTC
E = TypeVar("E", bound=Event)


def swap_genesis(
    *,
    fund: int = 1_000_000 * DOLLAR,
    capital: int = 0,
    cash: int = 10_000_000,
    is_protected: bool = True,
    fees: FeeTier | None = None,
    people: range = PEOPLE,
) -> Genesis:
    """The world that the docstring of this module tells of; `fund` and `capital` in units."""
    rows = (
        (BTC_SWAP, b"BTC-USDT-SWAP", BTC, 10**6, InstrumentKind.SWAP, 1, RiskTier.MAJOR),
        (ETH_SWAP, b"ETH-USDT-SWAP", ETH, 10**7, InstrumentKind.SWAP, 2, RiskTier.ALT),
        (BTC_SPOT, b"BTC-USDT", BTC, 10**6, InstrumentKind.SPOT, 1, RiskTier.MAJOR),
    )
    amounts = [GenesisAmount(account_id=0, asset_id=USDT, amount=fund + capital)]
    if fund + capital == 0:
        amounts = []
    for one in people:
        amounts.append(GenesisAmount(account_id=one, asset_id=USDT, amount=cash * DOLLAR))
        amounts.append(GenesisAmount(account_id=one, asset_id=BTC, amount=1_000 * E8))
    return Genesis(
        venue=b"swaps",
        created_ms=START_MS,
        is_simulated=True,
        is_unsafe=not is_protected,
        parameters=Parameters(protections=1 if is_protected else 0),
        assets=[
            Asset(asset_id=id_, name=name, scale=8)
            for id_, name in ((BTC, b"BTC"), (USDT, b"USDT"), (ETH, b"ETH"))
        ],
        fee_tiers=[fees or FeeTier(maker_e8=0, taker_e8=0)],
        sources=[
            PriceSource(
                source_id=one,
                name=b"S%d" % one,
                domain=b"H%d" % ((one - SOURCES[0]) // 2),
                is_synthetic=True,
            )
            for one in SOURCES
        ],
        indices=[
            IndexDefinition(
                index_id=id_,
                name=name,
                risk_tier=tier,
                sources=[IndexSource(source_id=one) for one in SOURCES],
            )
            for id_, name, tier in (
                (1, b"BTC-USDT", RiskTier.MAJOR),
                (2, b"ETH-USDT", RiskTier.ALT),
            )
        ],
        instruments=[
            Instrument(
                instrument_id=id_,
                name=name,
                base_asset_id=base,
                quote_asset_id=USDT,
                tick_size_e8=TICKS_E8[id_],
                lot_size=lot,
                unit_value=TICKS_E8[id_] * lot // E8,
                quantity_min=1,
                quantity_max=10**6,
                price_max=5 * 10**6,
                market_cap_e8=1_000_000,
                kind=kind,
                index_id=index_id,
                risk_tier=tier,
            )
            for id_, name, base, lot, kind, index_id, tier in rows
        ],
        fund_seeds=[GenesisAmount(account_id=0, asset_id=USDT, amount=fund)] if fund else [],
        operators=[Operator(operator_id=1, name=b"olga"), Operator(operator_id=2, name=b"otto")],
        accounts=[GenesisAccount(account_id=one, owner_id=one, fee_tier=0) for one in people],
        amounts=amounts,
    )


class SwapVenue:
    """An engine, its sources, and words to play with it."""

    def __init__(
        self, genesis: Genesis | None = None, *, btc: float = 60_000, eth: float = 3_000
    ) -> None:
        self.genesis = genesis or swap_genesis()
        self.engine: Engine = open_engine(self.genesis)
        self.clock_ms = START_MS
        self.prices: dict[tuple[int, int], int] = {}  # (index, source) -> e8
        self.says(1, btc)
        self.says(2, eth)
        self.tick(15)

    def says(self, index_id: int, price: float, sources: range | tuple[int, ...] = SOURCES) -> None:
        """What the sources will say from the next tick on."""
        for one in sources:
            self.prices[index_id, one] = round(price * 1_000) * E8 // 1_000

    def do(self, command: Command) -> list[Event]:
        """Apply a command now."""
        entry = Entry(seq=self.engine.seq + 1, time_ns=self.clock_ms * 1_000_000, command=command)
        return self.engine.apply(entry)

    def tick(self, count: int = 1, *, btc: float = 0, eth: float = 0) -> list[Event]:
        """Let seconds pass, at these prices from now on; returns what happened, observations
        apart.
        """
        if btc:
            self.says(1, btc)
        if eth:
            self.says(2, eth)
        events: list[Event] = []
        for _ in range(count):
            self.clock_ms += 1_000
            for (index_id, source_id), price in self.prices.items():
                if price > 0:
                    self.do(self.observation(index_id, source_id, price))
            events += self.do(TimerBeat(timer_id=0, wall_ms=self.clock_ms))
        return events

    def observation(self, index_id: int, source_id: int, price: int) -> ObservePrices:
        """A source's next word."""
        return ObservePrices(
            source_id=source_id,
            index_id=index_id,
            bid_e8=price - price // 20_000,
            ask_e8=price + price // 20_000,
            last_e8=price,
            low_e8=price,
            high_e8=price,
            trade_id=self.clock_ms,
            venue_ms=self.clock_ms,
            receive_ms=self.clock_ms,
            updates=5,
            is_deep=True,
            is_synthetic=True,
            stream_hash=b"",
        )

    def reach(self, *, btc: float = 0, eth: float = 0) -> list[Event]:
        """Tick until the index has followed to the price; then it is normal, perhaps not armed."""
        events: list[Event] = []
        for _ in range(200):
            events += self.tick(btc=btc, eth=eth)
            if all(
                index.state == IndexState.NORMAL and index.value_e8 == self.prices[id_, SOURCES[0]]
                for id_, index in self.state.indices.items()
            ):
                return events
        raise AssertionError("the index did not follow")

    @property
    def state(self) -> Any:
        """The engine's state, to look at."""
        return self.engine.state

    def order(
        self,
        account_id: int,
        side: int,
        quantity: int,
        price: float,
        *,
        instrument_id: int = BTC_SWAP,
        mode: int = CROSS,
        tif: int = GTC,
        reduce_only: bool = False,
    ) -> list[Event]:
        """A limit order."""
        tick_e8 = TICKS_E8[instrument_id]
        return self.do(
            PlaceOrder(
                account_id=account_id,
                instrument_id=instrument_id,
                side=side,
                order_type=OrderType.LIMIT,
                limit_price=round(price * 100) * E8 // (100 * tick_e8),
                quantity=quantity,
                time_in_force=tif,
                margin_mode=MarginMode.CASH if instrument_id == BTC_SPOT else mode,
                reduce_only=reduce_only,
            )
        )

    def trade(
        self,
        buyer: int,
        seller: int,
        quantity: int,
        price: float,
        *,
        instrument_id: int = BTC_SWAP,
        buyer_mode: int = CROSS,
        seller_mode: int = CROSS,
    ) -> None:
        """The seller takes what the buyer bids."""
        self.order(buyer, BUY, quantity, price, instrument_id=instrument_id, mode=buyer_mode)
        self.order(seller, SELL, quantity, price, instrument_id=instrument_id, mode=seller_mode)

    def lever(
        self, account_id: int, lever: int, *, mode: int, instrument_id: int = BTC_SWAP
    ) -> None:
        """Choose a leverage."""
        self.do(
            SetLeverage(
                account_id=account_id, instrument_id=instrument_id, margin_mode=mode, lever=lever
            )
        )

    def market(self, instrument_id: int = BTC_SWAP) -> Market:
        """The engine's market."""
        found: Market = self.state.markets[instrument_id]
        return found

    def swap(self, instrument_id: int = BTC_SWAP) -> SwapMarket:
        """The swap's side of it."""
        swap = self.market(instrument_id).swap
        assert swap is not None
        return swap

    def account(self, account_id: int) -> Account:
        """The engine's account."""
        found: Account | None = self.state.account(account_id)
        assert found is not None
        return found

    def position(self, account_id: int, instrument_id: int = BTC_SWAP) -> Position:
        """A position that exists."""
        found = self.swap(instrument_id).position(self.account(account_id).slot)
        assert found is not None
        return found

    def inventory(self, instrument_id: int = BTC_SWAP) -> Position:
        """What the venue took over."""
        found: Position = self.state.position(self.state.system_account, self.market(instrument_id))
        return found

    def margin(self, account_id: int, instrument_id: int = BTC_SWAP) -> int:
        """Isolated margin of a position, units."""
        isolated = self.position(account_id, instrument_id).isolated
        return 0 if isolated is None else int(isolated.balance)

    def cash(self, account_id: int) -> int:
        """Trading balance in USDT, units."""
        return int(self.state.trading_account(self.account(account_id), USDT).balance)

    def fund(self) -> int:
        """The insurance fund, units."""
        return int(self.swap().fund.balance)

    def leave_cash(self, account_id: int, amount: int) -> None:
        """By fiat: what an account has beyond `amount` units, or lacks, goes out of, or comes into,
        the venue. The watch hears of it.
        """
        ledger = self.state.ledger
        own = self.state.trading_account(self.account(account_id), USDT)
        outside = ledger.account(kind=LedgerKind.EXT_CUSTODY, account_id=0, asset_id=USDT)
        if own.balance > amount:
            transfer(ledger, source=own, target=outside, amount=own.balance - amount)
        else:
            transfer(ledger, source=outside, target=own, amount=amount - own.balance)
        self.look_again(account_id)

    def look_again(self, account_id: int) -> None:
        """The watch hears that something happened to the account."""
        for unit in units_of(self.account(account_id)):
            self.state.liquidations.watch.measure(unit, slack=0)

    def set_margin(self, account_id: int, amount: int) -> None:
        """By fiat: the isolated margin of the BTC position, units; the rest is the account's cash.
        The watch hears of it.
        """
        own = self.state.trading_account(self.account(account_id), USDT)
        margin = self.position(account_id).isolated
        assert margin is not None
        own.balance += margin.balance - amount
        margin.balance = amount
        self.look_again(account_id)

    def restart(self) -> None:
        """Go on from a snapshot."""
        found, fault = restore_engine(self.genesis, self.engine.snapshot())
        assert found is not None, fault
        assert found.state_hash() == self.engine.state_hash()
        self.engine = found

    def check(self) -> None:
        """No law is broken."""
        faults = self.engine.ledger_faults()

        assert faults == []


def units_of(account: Account) -> list[Unit]:
    """Those that are watched."""
    found = []
    unit = account.first_unit
    while unit is not None:
        found.append(unit)
        unit = unit.account_next
    return found


def of_kind(events: list[Event], kind: type[E]) -> list[E]:
    """The events of one kind."""
    return [one for one in events if isinstance(one, kind)]


def isolated_long(venue: SwapVenue, lots: int = 1_000, lever: int = 20) -> None:
    """Account 1 buys at 60,000 from account 2, isolated."""
    venue.lever(1, lever, mode=ISOLATED)
    venue.trade(1, 2, lots, 60_000, buyer_mode=ISOLATED)
