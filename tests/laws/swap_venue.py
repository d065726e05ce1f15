"""A small venue with swaps for tests that speak to the engine in objects: an index of five sources,
two swaps settled in USDT and one in USDC; prices are ticks of 0.1, contracts a hundredth of a BTC.
"""

from __future__ import annotations

from seawall.core.model.commands import AdjustMargin, ObservePrices, PlaceOrder, SetLeverage
from seawall.core.model.enums import MarginMode, OrderType, RiskTier, Side, TimeInForce
from seawall.core.model.events import BalanceChanged, Event
from seawall.core.model.genesis import Genesis, GenesisAccount, GenesisAmount, Operator, Parameters
from seawall.core.model.instruments import Asset, FeeTier, Instrument
from tests.laws.swap_worlds import (
    BIG,
    BTC,
    E8,
    INDEX,
    OTHER,
    SOURCES,
    USDC,
    USDT,
    five_source_index,
    five_sources,
    instruments_of,
)
from tests.laws.venue import START_MS, Venue

ALICE, BOB, CAROL, DAVE, ALICE_TOO = 1, 2, 3, 4, 5
TICK = 10**5  # units of a tick times a contract of BIG, at the scale of 8
WHOLE = 10**8
CROSS, ISOLATED = MarginMode.CROSS, MarginMode.ISOLATED


def swap_genesis(
    *,
    cash: dict[int, int] | None = None,
    usual: int = 1_000 * WHOLE,
    tiers: list[FeeTier] | None = None,
    instruments: list[Instrument] | None = None,
    protections: int = 1,
    house: int = 0,
) -> Genesis:
    """Five accounts of four owners, each with `usual` units of USDT unless `cash` says otherwise,
    and as much of the rest as anybody needs.
    """
    owners = ((ALICE, 1), (BOB, 2), (CAROL, 3), (DAVE, 4), (ALICE_TOO, 1))
    amounts = []
    for account_id, _ in owners:
        has = {USDT: (cash or {}).get(account_id, usual), BTC: 1_000 * WHOLE, USDC: 10**9}
        amounts += [
            GenesisAmount(account_id=account_id, asset_id=one, amount=has[one])
            for one in (BTC, USDT, USDC)
            if has[one] > 0
        ]
    if house > 0:
        amounts.append(GenesisAmount(account_id=0, asset_id=USDT, amount=house))
    return Genesis(
        venue=b"swaps",
        created_ms=START_MS,
        is_unsafe=protections == 0,
        parameters=Parameters(protections=protections),
        assets=[
            Asset(asset_id=BTC, name=b"BTC", scale=8),
            Asset(asset_id=USDT, name=b"USDT", scale=8),
            Asset(asset_id=USDC, name=b"USDC", scale=6),
        ],
        instruments=instruments or instruments_of(RiskTier.MAJOR, 8),
        fee_tiers=tiers or [FeeTier(maker_e8=0, taker_e8=0)],
        sources=five_sources(),
        indices=[five_source_index(RiskTier.MAJOR)],
        operators=[Operator(operator_id=1, name=b"olga"), Operator(operator_id=2, name=b"otto")],
        accounts=[
            GenesisAccount(account_id=account_id, owner_id=owner_id, fee_tier=0)
            for account_id, owner_id in owners
        ],
        amounts=amounts,
    )


class SwapVenue(Venue):
    """A venue whose index is NORMAL at 100.0, unless it is told not to wait for it."""

    def __init__(self, of: Genesis | None = None, *, is_up: bool = True) -> None:
        super().__init__(of or swap_genesis())
        self.price_e8 = 100 * E8
        if is_up:
            self.seconds(11)

    def seconds(self, count: int, *, sources: tuple[int, ...] = SOURCES) -> list[Event]:
        """So many seconds in which these sources say the price."""
        events = []
        for _ in range(count):
            self.wall_ms += 1_000
            for source_id in sources:
                self.do(self.observation(source_id, self.price_e8))
            events += self.beat()
        return events

    def beat(self) -> list[Event]:
        """The clock takes over the wall's time."""
        self.wall_ms -= 1
        return self.jump(1)

    def move(self, ticks: int, *, seconds: int = 20) -> list[Event]:
        """Walk the outside price there, slowly enough for the index to follow."""
        start_e8, goal_e8 = self.price_e8, ticks * E8 // 10
        events = []
        for number in range(1, seconds + 1):
            self.price_e8 = start_e8 + (goal_e8 - start_e8) * number // seconds
            events += self.seconds(1)
        return events

    def observation(self, source_id: int, price_e8: int) -> ObservePrices:
        """A source's sound sample."""
        return ObservePrices(
            source_id=source_id,
            index_id=INDEX,
            bid_e8=price_e8 - E8 // 100,
            ask_e8=price_e8 + E8 // 100,
            last_e8=price_e8,
            low_e8=price_e8,
            high_e8=price_e8,
            trade_id=self.wall_ms,
            venue_ms=self.wall_ms,
            receive_ms=self.wall_ms,
            updates=3,
            is_deep=True,
            is_synthetic=True,
            stream_hash=bytes(32),
        )

    def mark(self, instrument_id: int = BIG) -> int:
        """The swap's mark, in ticks."""
        return int(self.engine.state.markets[instrument_id].swap.mark)

    def size(self, account_id: int, instrument_id: int = BIG) -> int:
        """What the account has open, signed lots."""
        found = self.position(account_id, instrument_id)
        return 0 if found is None else int(found.size)

    def margin(self, account_id: int, instrument_id: int = BIG) -> int:
        """The margin of its isolated position."""
        found = self.position(account_id, instrument_id)
        isolated = None if found is None else found.isolated
        return 0 if isolated is None else int(isolated.balance)

    def position(self, account_id: int, instrument_id: int = BIG) -> object:
        """The engine's own record, or None."""
        state = self.engine.state
        return state.markets[instrument_id].swap.position(state.account(account_id).slot)

    def cash(self, account_id: int, asset_id: int = USDT) -> int:
        """The account's trading balance."""
        state = self.engine.state
        return int(state.trading_account(state.account(account_id), asset_id).balance)

    def lever(self, account_id: int, times: int, mode: int = CROSS, of: int = BIG) -> list[Event]:
        """Choose a leverage."""
        return self.do(SetLeverage(account_id, of, margin_mode=mode, lever=times))

    def adjust(self, account_id: int, amount: int, of: int = BIG) -> list[Event]:
        """Add margin, or take some out."""
        return self.do(AdjustMargin(account_id, of, amount))


def swap_order(
    account_id: int,
    side: int,
    quantity: int,
    limit_price: int,
    *,
    of: int = BIG,
    mode: int = CROSS,
    reduce_only: bool = False,
    time_in_force: int = TimeInForce.GTC,
    prevention: int = 0,
    reprice: bool = False,
) -> PlaceOrder:
    """A limit order in a swap; at price 0 a market order."""
    is_market = limit_price == 0
    if is_market and time_in_force == TimeInForce.GTC:
        time_in_force = TimeInForce.IOC
    return PlaceOrder(
        account_id=account_id,
        instrument_id=of,
        side=side,
        order_type=OrderType.MARKET if is_market else OrderType.LIMIT,
        limit_price=limit_price,
        quantity=quantity,
        time_in_force=time_in_force,
        self_trade_prevention=prevention,
        margin_mode=mode,
        reduce_only=reduce_only,
        reprice=reprice,
    )


def long(account_id: int, quantity: int, limit_price: int, **options: object) -> PlaceOrder:
    """Buy contracts."""
    return swap_order(account_id, Side.BUY, quantity, limit_price, **options)


def short(account_id: int, quantity: int, limit_price: int, **options: object) -> PlaceOrder:
    """Sell contracts."""
    return swap_order(account_id, Side.SELL, quantity, limit_price, **options)


def balances(events: list[Event]) -> list[BalanceChanged]:
    """The ledger accounts that changed."""
    return [one for one in events if isinstance(one, BalanceChanged)]


__all__ = ["BIG", "BTC", "OTHER", "USDC", "USDT", "SwapVenue", "long", "short", "swap_genesis"]
