"""The naive twin's margin: what positions and orders bind, worked out from the prose, order by
order and from scratch each time it is asked for.

What the venue says of prices is taken as given: index and mark have twins of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from seawall.core.model.enums import (
    HoldReason,
    IndexState,
    InstrumentKind,
    LedgerKind,
    MarginMode,
    RiskTier,
    Side,
    TradingState,
)
from seawall.core.model.limits import NOTIONAL_MAX
from seawall.core.model.risk_events import FundingSettled
from tests.laws.naive_ledger import E8, NaiveLedger, NaiveOrder
from tests.laws.naive_margin import NaiveTiers
from tests.laws.naive_matching import fee_of

FUND, TREASURY = (LedgerKind.INSURANCE, 0), (LedgerKind.HOUSE_TREASURY, 0)
MAJOR_ROWS = (
    (0, 1_000_000, 500_000),
    (500_000, 2_000_000, 1_000_000),
    (2_000_000, 5_000_000, 2_500_000),
    (10_000_000, 10_000_000, 5_000_000),
    (50_000_000, 20_000_000, 10_000_000),
)
NOTIONAL_WHOLE_MAX = 200_000_000
# How much dearer, and how much smaller, the brackets of a tier are than those of majors.
SHAPES = {RiskTier.MAJOR: (1, 1), RiskTier.ALT: (2, 10), RiskTier.TAIL: (5, 100)}


@dataclass
class NaivePosition:
    """What an account has open in a swap, and what it paid for it."""

    lever: int
    size: int = 0
    cost: int = 0
    mode: int = MarginMode.CROSS
    realised: int = 0
    fees: int = 0
    funding: int = 0
    opened_ms: int = 0


@dataclass(frozen=True)
class GivenIndex:
    """What the venue says of an index, and since when."""

    state: int
    reason: int
    low_e8: int
    high_e8: int
    since_ms: int
    hold_ms: int


@dataclass(frozen=True)
class GivenMarket:
    """What the venue says of an instrument's prices, in ticks. `guard` is a TradingState."""

    mark: int
    low: int
    high: int
    band_low: int
    band_high: int
    open_interest_max: int
    guard: int


@dataclass(frozen=True)
class Wish:
    """One more order, as margin sees it; `margin` is cash that would be bound besides."""

    instrument_id: int
    order: NaiveOrder | None = None
    mode: int = MarginMode.CROSS
    lever: int = 0
    without: int = 0  # the id of an order that it replaces
    margin: int = 0


class NaiveReserves(NaiveLedger):
    """The part of the twin that knows margin. `indices`, `markets` and `settled` are given before
    each entry.
    """

    indices: dict[int, GivenIndex]
    markets: dict[int, GivenMarket]
    settled: list[FundingSettled]
    says_killed = False  # the venue killed this entry's fill-or-kill order
    too_careful = 0  # how often it did so although the order could have been filled

    def start_swaps(self) -> None:
        """No positions yet."""
        self.positions: dict[tuple[int, int], NaivePosition] = {}
        self.touched: set[tuple[int, int]] = set()
        self.missing: dict[int, int] = {}  # funding that nobody could pay
        self.indices, self.markets, self.settled = {}, {}, []

    def is_swap(self, instrument_id: int) -> bool:
        """Whether the instrument is a swap."""
        return self.instruments[instrument_id].kind == InstrumentKind.SWAP

    def swaps_of(self, asset_id: int) -> list[int]:
        """The swaps settled in an asset."""
        return [
            id_
            for id_, one in sorted(self.instruments.items())
            if self.is_swap(id_) and one.quote_asset_id == asset_id
        ]

    def position(self, account_id: int, instrument_id: int) -> NaivePosition:
        """The account's position, also one without size."""
        first_lever = min(10, self.lever_max(instrument_id, 0))
        return self.positions.setdefault(
            (account_id, instrument_id), NaivePosition(lever=first_lever)
        )

    def orders_of(self, account_id: int, instrument_id: int) -> list[NaiveOrder]:
        """The account's open orders in an instrument."""
        return [
            one
            for one in self.orders
            if (one.account_id, one.instrument_id) == (account_id, instrument_id)
        ]

    def is_in_use(self, account_id: int, instrument_id: int) -> bool:
        """Whether the position's margin mode is fixed: by size, orders or margin."""
        has_size = self.position(account_id, instrument_id).size != 0
        has_orders = bool(self.orders_of(account_id, instrument_id))
        return has_size or has_orders or self.isolated_margin(account_id, instrument_id) != 0

    def isolated_margin(self, account_id: int, instrument_id: int) -> int:
        """What is set aside for the position."""
        asset_id = self.instruments[instrument_id].quote_asset_id
        return self.balance(LedgerKind.ISOLATED, account_id, asset_id, instrument_id)

    def hold_of(self, order: NaiveOrder) -> tuple[int, int]:
        """Orders in swaps hold no money; they count against margin."""
        if self.is_swap(order.instrument_id):
            return self.instruments[order.instrument_id].quote_asset_id, 0
        return super().hold_of(order)

    # Margin (domain 3.3 to 3.5)

    def tiers(self, instrument_id: int) -> NaiveTiers:
        """The brackets of the instrument's risk tier."""
        instrument = self.instruments[instrument_id]
        dearer, smaller = SHAPES[instrument.risk_tier]
        whole = 10 ** self.assets[instrument.quote_asset_id].scale
        return NaiveTiers(
            [
                (floor // smaller * whole, initial * dearer, maintenance * dearer)
                for floor, initial, maintenance in MAJOR_ROWS
            ]
        )

    def notional_max(self, instrument_id: int) -> int:
        """The largest position of one account."""
        instrument = self.instruments[instrument_id]
        whole = 10 ** self.assets[instrument.quote_asset_id].scale
        return NOTIONAL_WHOLE_MAX // SHAPES[instrument.risk_tier][1] * whole

    def lever_max(self, instrument_id: int, notional: int) -> int:
        """One over the initial rate of the bracket."""
        rows = self.tiers(instrument_id).rows
        rates = [rate for floor, rate, _ in rows if floor < notional or floor == 0]
        return E8 // rates[-1]

    def value(self, instrument_id: int, lots: int, price: int) -> int:
        """Of so many contracts at a price, in units of the settlement asset."""
        return lots * price * self.instruments[instrument_id].unit_value

    def endpoints(self, instrument_id: int) -> tuple[int, int]:
        """The lowest and the highest that the mark may be, in ticks."""
        given = self.markets[instrument_id]
        instrument = self.instruments[instrument_id]
        index = self.indices[instrument.index_id]
        is_good = index.state in (IndexState.NORMAL, IndexState.DEGRADED)
        is_stale = index.state == IndexState.HOLD and index.reason == HoldReason.STALE
        if is_good or is_stale or given.mark == 0 or index.low_e8 <= 0:
            return given.mark, given.mark
        tick_e8 = instrument.tick_size_e8
        high = -(-index.high_e8 // tick_e8)
        return max(index.low_e8 // tick_e8, 1), min(high, instrument.price_max)

    def reserve(
        self, account_id: int, instrument_id: int, mark: int, wish: Wish | None = None
    ) -> int:
        """What position and orders, the wish among them, bind at a mark."""
        position = self.position(account_id, instrument_id)
        orders = self.orders_of(account_id, instrument_id)
        mode, lever = position.mode, position.lever
        if wish is not None:
            orders = [one for one in orders if one.order_id != wish.without]
            orders += [wish.order] if wish.order is not None else []
            lever = wish.lever or lever
            mode = mode if self.is_in_use(account_id, instrument_id) else wish.mode
        taker_e8 = self.genesis.fee_tiers[self.accounts[account_id].fee_tier].taker_e8
        bought = sold = gap = fees = 0
        for one in orders:
            lots = one.quantity_open()
            fees += fee_of(self.value(instrument_id, lots, one.limit_price), taker_e8)
            if one.is_reduce_only:
                continue
            is_buy = one.side == Side.BUY
            bought, sold = bought + lots * is_buy, sold + lots * (not is_buy)
            worse = one.limit_price - mark if is_buy else mark - one.limit_price
            gap += self.value(instrument_id, lots, max(worse, 0))
        worst = max(abs(position.size), position.size + bought, sold - position.size)
        tiers = self.tiers(instrument_id)
        margin = tiers.initial(self.value(instrument_id, worst, mark), lever)
        if mode == MarginMode.ISOLATED:
            held = self.value(instrument_id, abs(position.size), mark)
            margin -= tiers.initial(held, lever)
        return margin + gap + fees

    def free_margin(
        self, account_id: int, asset_id: int, wish: Wish | None = None, *, with_gains: bool = True
    ) -> int:
        """Cash and counted profit less everything bound, each instrument at its worst endpoint."""
        free = self.available(account_id, asset_id)
        if wish is not None:
            free -= wish.margin
        for id_ in self.swaps_of(asset_id):
            position = self.position(account_id, id_)
            index = self.indices[self.instruments[id_].index_id]
            nets = []
            for mark in self.endpoints(id_):
                profit = 0
                if position.mode != MarginMode.ISOLATED:
                    profit = self.value(id_, position.size, mark) - position.cost
                    if profit > 0 and not (with_gains and index.state == IndexState.NORMAL):
                        profit = 0
                mine = wish if wish is not None and wish.instrument_id == id_ else None
                nets.append(profit - self.reserve(account_id, id_, mark, mine))
            free += min(nets)
        return free

    def spendable(self, account_id: int, asset_id: int) -> int:
        """What may leave the account's cash."""
        cash = self.available(account_id, asset_id)
        return max(min(cash, self.free_margin(account_id, asset_id, with_gains=False)), 0)

    def removable(self, account_id: int, instrument_id: int) -> int:
        """What may be taken out of an isolated position."""
        mark = self.markets[instrument_id].mark
        if mark == 0:
            return 0
        position = self.position(account_id, instrument_id)
        held = self.value(instrument_id, abs(position.size), mark)
        spare = self.isolated_margin(account_id, instrument_id)
        spare -= self.tiers(instrument_id).initial(held, position.lever)
        profit = self.value(instrument_id, position.size, mark) - position.cost
        return max(spare + min(profit, 0), 0)

    def reducible(self, account_id: int, instrument_id: int, side: int) -> int:
        """How many lots orders of a side can close."""
        size = self.position(account_id, instrument_id).size
        return max(-size if side == Side.BUY else size, 0)

    def open_interest(self, instrument_id: int) -> int:
        """Lots that are open: the longs', which are the shorts'."""
        sizes = [one.size for (_, id_), one in self.positions.items() if id_ == instrument_id]
        return sum(size for size in sizes if size > 0)

    def size_max(self, instrument_id: int) -> int:
        """What 64 bits value at the highest price."""
        return NOTIONAL_MAX // self.value(
            instrument_id, 1, self.instruments[instrument_id].price_max
        )


def stricter(*states: int) -> int:
    """What none of them refuses; post-only and reduce-only together are post-only."""
    if set(states) - {TradingState.LIVE} == {TradingState.POST_ONLY, TradingState.REDUCE_ONLY}:
        return TradingState.POST_ONLY
    return max(states)
