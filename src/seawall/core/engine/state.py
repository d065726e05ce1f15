"""The state of the venue: everything that decides what the next entry does, and nothing else.

What is derivable (levels, queues, indexes) is rebuilt on restore and not part of the canonical
bytes.
"""

from heapq import heapify, heappush
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.clearing import Position
from seawall.core.engine.algo_book import AlgoBook
from seawall.core.engine.client_ids import NO_ROW, ClientIds
from seawall.core.engine.liquidation_state import LiquidationState
from seawall.core.engine.overlay import Overlay
from seawall.core.engine.ports import Ports
from seawall.core.engine.reducing import ReducingOrders
from seawall.core.engine.repair_case import PostedRepair, RepairCase
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.ledger import Ledger, LedgerAccount
from seawall.core.liquidation import Unit
from seawall.core.matching import Order, OrderBook, OrderIndex
from seawall.core.model.codec import append, vec
from seawall.core.model.enums import InstrumentKind, LedgerKind, SystemMode
from seawall.core.model.event_writer import EventWriter
from seawall.core.model.genesis import Genesis
from seawall.core.model.instruments import Asset, Instrument
from seawall.core.model.limits import (
    ACCOUNT_ID_ERROR,
    ACCOUNT_ID_SYSTEM,
    ASSET_ID_MAX,
    CLIENT_ID_MEMORY_MS,
    CLIENT_IDS_REMEMBERED_PER_ACCOUNT_MAX,
    INSTRUMENT_ID_MAX,
    ORDERS_PER_ENTRY_MAX,
)
from seawall.core.model.rulebook import FIRST_VERSION, Rulebook, first_rulebook
from seawall.core.pricing import (
    SPOT_AVERAGE_SECONDS,
    SWAP_AVERAGE_SECONDS,
    BandStops,
    GuardedIndex,
    GuardParameters,
    OwnAverage,
    PremiumMean,
)

READ_SCOPE: Final = 1
TRADE_SCOPE: Final = 2

NEVER_MS: Final = 2**62
NO_SLOT: Final = -1
NO_LIMIT: Final = 2**62  # ticks
_EXPIRIES_SPARE: Final = 1_024
_NEAR_IDS_MAX: Final = 2**22  # account ids below it are looked up in a flat table


@final
@mypyc_attr(acyclic=True)
class Account:
    """A customer's trading account.

    `first_ended` and `last_ended` are the ends of the queue of client ids that are remembered, rows
    of `State.client_ids` in the order of their end.
    """

    def __init__(self, *, account_id: i64, owner_id: i64, fee_tier: i64, slot: i64) -> None:
        self.account_id: i64 = account_id
        self.owner_id: i64 = owner_id
        self.fee_tier: i64 = fee_tier
        self.slot: i64 = slot
        self.is_frozen: bool = False
        self.is_reduce_only: bool = False  # an operator lets it cancel and reduce only
        self.is_restricted: bool = False  # that, or its positions were given back to it just now
        self.rulebook_version: i64 = FIRST_VERSION  # it has accepted this one
        self.open_orders: i64 = 0
        self.first_order: Order | None = None
        self.first_position: Position | None = None  # a chain, sorted by instrument
        self.first_unit: Unit | None = None  # those that are watched; not part of canonical state
        self.algos: i64 = 0  # waiting algo orders
        self.first_ended: i64 = NO_ROW
        self.last_ended: i64 = NO_ROW
        self.first_due_ms: i64 = NEVER_MS  # when the first of them is forgotten
        self.ended: i64 = 0

    @property
    def positions(self) -> list[Position]:
        """All of them; who is asked for every command follows the chain instead."""
        found: list[Position] = []
        position = self.first_position
        while position is not None:
            found.append(position)
            position = position.account_next
        return found


@final
@mypyc_attr(acyclic=True)
class Market:
    """An instrument with its book, its guards and the house's ledger accounts for its fees.

    `low` and `high` bound the price of an order (domain 5.1), `band_low` and `band_high` that of a
    fill (5.3), in ticks; they are set in the tick and are wide open without an index.
    """

    def __init__(
        self, *, instrument: Instrument, house_base: LedgerAccount, house_quote: LedgerAccount
    ) -> None:
        self.instrument: Instrument = instrument
        self.book: OrderBook = OrderBook(instrument_id=instrument.instrument_id)
        self.house_base: LedgerAccount = house_base
        self.house_quote: LedgerAccount = house_quote
        self.low: i64 = 0
        self.high: i64 = NO_LIMIT
        self.band_low: i64 = 0
        self.band_high: i64 = NO_LIMIT
        self.last_price: i64 = 0  # of the newest trade; 0 before the first
        self.has_traded: bool = False  # in this entry
        self.guards: GuardParameters | None = None
        self.premium: PremiumMean = PremiumMean()  # of the own book over the index
        self.band_stops: BandStops = BandStops()
        self.is_pause_due: bool = False  # takers ran into the band for too long
        self.quote_units: i64 = 1  # that make one whole quote
        self.listed_ms: i64 = 0  # a listing is young for ten minutes
        self.paused_until_ms: i64 = 0  # post-only until then; 0: not paused
        self.was_held: bool = False  # the index is on its way back from a hold
        self.one_sided_ms: i64 = -1  # since when, in a hold, the book has one side only
        self.is_hold_halted: bool = False  # for a minute: halted until the hold is over
        self.has_new_price: bool = False  # since the last tick
        is_swap = instrument.kind == InstrumentKind.SWAP
        self.own_average: OwnAverage = OwnAverage(
            seconds=SWAP_AVERAGE_SECONDS if is_swap else SPOT_AVERAGE_SECONDS
        )
        self.index: GuardedIndex | None = None
        self.swap: SwapMarket | None = None


@final
@mypyc_attr(acyclic=True)
class PublisherState:
    """The last batch applied of a publisher: which life of his, which number in it."""

    def __init__(self, *, incarnation: i64, batch_number: i64) -> None:
        self.incarnation: i64 = incarnation
        self.batch_number: i64 = batch_number


@final
@mypyc_attr(acyclic=True)
class State:
    """All of it. Only the handlers of this room change it, through `ledger` and `book`."""

    def __init__(self, genesis: Genesis) -> None:
        self.genesis: Genesis = genesis
        self.seq: i64 = 0
        self.time_ns: i64 = 0
        self.clock_ms: i64 = 0
        self.rules_version: i64 = genesis.rules_version
        self.mode: i64 = SystemMode.NORMAL
        self.mode_until_ms: i64 = 0
        self.mode_is_long: bool = False
        self.beats: dict[int, int] = {}
        self.publishers: dict[int, PublisherState] = {}
        self.assets: dict[int, Asset] = {}
        self.markets: dict[int, Market] = {}
        self.market_list: list[Market | None] = []  # the same, by instrument id
        # Of each market, by instrument id and then by slot, what an order of an account looks at
        # first: the positions (none in spot), and the cash in what its prices are counted in.
        self.positions_in: list[list[Position | None]] = []
        self.cash_in: list[list[LedgerAccount | None]] = []
        self.accounts: list[Account] = []  # by slot
        self.near_slots: vec[i64] = vec[i64]([])  # by account id, the low ones
        self.far_slots: dict[int, int] = {}  # by account id, the others
        self.ledger: Ledger = Ledger()
        self.trading: list[list[LedgerAccount | None]] = []  # by asset, then by slot
        self.orders: OrderIndex = OrderIndex()
        self.reducing: ReducingOrders = ReducingOrders()
        self.client_ids: ClientIds = ClientIds(seed=genesis.created_ms)
        self.expiries: list[tuple[int, int]] = []  # heap of (expire_ms, order id), GTD only
        self.deposits: dict[bytes, bool] = {}
        self.keys: dict[bytes, tuple[int, int]] = {}  # key id -> account id, scopes
        self.indices: dict[int, GuardedIndex] = {}  # by index id
        self.is_protected: bool = genesis.parameters.protections != 0
        self.is_frozen: bool = False  # the whole venue, by an operator
        self.frozen_by: i64 = 0  # that operator
        self.frozen_indices: dict[int, int] = {}  # mark-driven actions, by which operator
        self.armed_ms: dict[int, int] = {}  # index id -> when liquidations and triggers act again
        self.algo_book: AlgoBook = AlgoBook()
        self.liquidations: LiquidationState = LiquidationState()
        self.hedges: dict[bytes, bool] = {}
        self.withdrawals: dict[bytes, bool] = {}
        self.rulebooks: dict[int, Rulebook] = {FIRST_VERSION: first_rulebook()}
        self.repair: RepairCase | None = None  # the case that is open
        self.overlay: Overlay | None = None  # of the open case, once all of it has arrived
        self.posted_repairs: dict[bytes, PostedRepair] = {}  # by case
        self.grace_until_ms: dict[int, int] = {}  # account id -> end of its grace
        self.first_grace_ms: i64 = NEVER_MS  # when the first of them ends; derived
        self.grown_funds: dict[int, bool] = {}  # assets whose fund was above its seed
        self.system_account: Account | None = None  # holds what the venue took over
        self.error_account_made: Account | None = None  # see `error_account`
        self.ports: Ports | None = None  # of a pinned rerun; never part of the canonical state
        # Of the current entry only; never part of the canonical state:
        self.out: EventWriter = EventWriter()
        self.stamp_ns: i64 = 0
        self.orders_made: i64 = 0
        self.trades_made: i64 = 0
        self.trades_max: i64 = ORDERS_PER_ENTRY_MAX  # the next order stops there: `fill_limit`
        self.has_effect: bool = False
        self.touched_positions: list[Position] = []
        self.touched_positions_count: i64 = 0  # so many are the entry's; behind lie earlier ones
        self.traded: list[Market] = []
        self.traded_count: i64 = 0  # likewise

    def account(self, account_id: i64) -> Account | None:
        """The account, or None when there is none."""
        slot = self.slot_of(account_id)
        return None if slot == NO_SLOT else self.accounts[slot]

    def slot_of(self, account_id: i64) -> i64:
        """The account's place in all that is kept by account; NO_SLOT when there is none."""
        near = self.near_slots
        if 0 <= account_id < len(near):
            return near[account_id]
        found = self.far_slots.get(account_id)
        return NO_SLOT if found is None else found

    def add_account(self, *, account_id: i64, owner_id: i64, fee_tier: i64) -> Account:
        """A new account; its slot is its place in the order of opening."""
        slot: i64 = len(self.accounts)
        account = Account(account_id=account_id, owner_id=owner_id, fee_tier=fee_tier, slot=slot)
        account.rulebook_version = self.newest_rulebook()
        self.accounts.append(account)
        if account_id == ACCOUNT_ID_SYSTEM:  # no command finds it
            self.system_account = account
            return account
        if account_id == ACCOUNT_ID_ERROR:  # nor this one
            self.error_account_made = account
            return account
        assert self.slot_of(account_id) == NO_SLOT
        if account_id >= _NEAR_IDS_MAX:
            self.far_slots[account_id] = slot
            return account
        near = self.near_slots
        while len(near) <= account_id:
            near = append(near, NO_SLOT)
        near[account_id] = slot
        self.near_slots = near
        return account

    def newest_rulebook(self) -> i64:
        """The version that an account accepts by being opened."""
        return len(self.rulebooks)

    def restrict(self, account: Account) -> None:
        """Work out anew whether the account may reduce only."""
        account.is_restricted = account.is_reduce_only or (
            account.account_id in self.grace_until_ms
        )

    def find_first_grace(self) -> None:
        """Work out anew when the first grace ends."""
        self.first_grace_ms = NEVER_MS
        for until_ms in self.grace_until_ms.values():
            if until_ms < self.first_grace_ms:
                self.first_grace_ms = until_ms

    def error_account(self) -> Account:
        """The venue's own account that stands in for others in a repair; a venue that never needed
        it has none.
        """
        found = self.error_account_made
        if found is None:
            found = self.add_account(account_id=ACCOUNT_ID_ERROR, owner_id=0, fee_tier=0)
        return found

    def add_market(self, market: Market) -> None:
        """Know a new market."""
        instrument_id = market.instrument.instrument_id
        assert 0 <= instrument_id <= INSTRUMENT_ID_MAX  # a damaged snapshot may say anything
        self.markets[instrument_id] = market
        while len(self.market_list) <= instrument_id:
            self.market_list.append(None)
            self.positions_in.append([])
            self.cash_in.append([])
        self.market_list[instrument_id] = market
        swap = market.swap
        if swap is not None:
            self.positions_in[instrument_id] = swap.positions
        self.cash_in[instrument_id] = self._trading_row(market.instrument.quote_asset_id)

    def market(self, instrument_id: i64) -> Market | None:
        """The market, or None when there is none."""
        if 0 <= instrument_id < len(self.market_list):
            return self.market_list[instrument_id]
        return None

    def market_of(self, position: Position) -> Market:
        """The market that the position is in."""
        found = self.market_list[position.instrument_id]
        assert found is not None
        return found

    def begin_effect(self) -> None:
        """From here on the entry changes state: an assertion that fails now stops the process."""
        self.has_effect = True

    def trading_account(self, account: Account, asset_id: i64) -> LedgerAccount:
        """The account's trading balance of an asset; of the liquidation engine, the insurance
        fund; of the account that stands in for others, house:error.
        """
        return self.trading_at(account.slot, asset_id)

    def trading_at(self, slot: i64, asset_id: i64) -> LedgerAccount:
        """The same of the account in that slot."""
        trading = self.trading
        if asset_id < len(trading):
            row = trading[asset_id]
            if slot < len(row):
                found = row[slot]
                if found is not None:
                    return found
        return self._open_trading_account(slot, asset_id)

    def _open_trading_account(self, slot: i64, asset_id: i64) -> LedgerAccount:
        row = self._trading_row(asset_id)
        while len(row) <= slot:
            row.append(None)
        kind: i64 = LedgerKind.TRADING
        account_id = self.accounts[slot].account_id
        if account_id == ACCOUNT_ID_SYSTEM:
            kind, account_id = LedgerKind.INSURANCE, 0
        elif account_id == ACCOUNT_ID_ERROR:
            kind, account_id = LedgerKind.HOUSE_ERROR, 0
        found = self.ledger.account(kind=kind, account_id=account_id, asset_id=asset_id)
        row[slot] = found
        return found

    def _trading_row(self, asset_id: i64) -> list[LedgerAccount | None]:
        assert 0 <= asset_id <= ASSET_ID_MAX  # a damaged snapshot may say anything
        while len(self.trading) <= asset_id:
            self.trading.append([])
        return self.trading[asset_id]

    def position(self, account: Account, market: Market) -> Position:
        """The account's position in a swap; one without size is opened when there is none."""
        swap = market.swap
        assert swap is not None
        found = swap.position(account.slot)
        if found is None:
            found = Position(
                account_slot=account.slot,
                account_id=account.account_id,
                instrument_id=market.instrument.instrument_id,
                lever=swap.default_lever,
                opened_ms=0,
            )
            found.funding_index = swap.funding.cumulative
            swap.add_position(found)
            _chain(account, found)
        return found

    def touch(self, position: Position) -> None:
        """The entry changes the position: its end says how it is then."""
        if not position.is_touched:
            position.is_touched = True
            if self.touched_positions_count < len(self.touched_positions):
                self.touched_positions[self.touched_positions_count] = position
            else:
                self.touched_positions.append(position)
            self.touched_positions_count += 1

    def note_trade(self, market: Market, price: i64) -> None:
        """The market's last price, which fires triggers when the command is complete."""
        market.last_price = price
        market.has_new_price = True
        if not market.has_traded:
            market.has_traded = True
            if self.traded_count < len(self.traded):
                self.traded[self.traded_count] = market
            else:
                self.traded.append(market)
            self.traded_count += 1

    def add_order(self, account: Account, order: Order) -> None:
        """Index an order that came to rest: by id, by client id, among its account's."""
        self.orders.add(order)
        first = account.first_order
        order.account_next = first
        if first is not None:
            first.account_previous = order
        account.first_order = order
        account.open_orders += 1

    def drop_order(self, account: Account, order: Order) -> None:
        """The order has ended: forget it, and remember its client id for a while."""
        self.take_out(account, order)
        if order.client_row != NO_ROW:
            self.remember_client_id(account, order.client_row)

    def take_out(self, account: Account, order: Order) -> None:
        """The inverse of `add_order`."""
        self.orders.remove(order)
        before = order.account_previous
        after = order.account_next
        if before is None:
            account.first_order = after
        else:
            before.account_next = after
        if after is not None:
            after.account_previous = before
        order.account_next = None
        order.account_previous = None
        account.open_orders -= 1

    def add_expiry(self, order: Order) -> None:
        """Note when a good-till-date order ends; what has ended otherwise is swept out now and
        then.
        """
        if len(self.expiries) > 2 * len(self.orders) + _EXPIRIES_SPARE:
            self.expiries = [item for item in self.expiries if self.orders.get(item[1]) is not None]
            heapify(self.expiries)
        heappush(self.expiries, (order.expire_ms, order.order_id))

    def add_client_id(self, account: Account, order: Order) -> None:
        """The order uses its client id from now on; an earlier use of it is due and forgotten."""
        self.forget_due_client_ids(account)
        order.client_row = self.client_ids.add(account.slot, order.client_id, order.order_id)

    def remember_client_id(self, account: Account, row: i64) -> None:
        """The order has ended: refuse its client id for ten minutes; the oldest are forgotten
        first.
        """
        self.forget_due_client_ids(account)
        self.queue_client_id(account, row, -(self.clock_ms + CLIENT_ID_MEMORY_MS))
        if account.ended > CLIENT_IDS_REMEMBERED_PER_ACCOUNT_MAX:
            self._forget_oldest(account)

    def queue_client_id(self, account: Account, row: i64, mark: i64) -> None:
        """Put a row at the end of the account's queue."""
        self.client_ids.set_mark(row, mark)
        self.client_ids.set_next(row, NO_ROW)
        if account.last_ended == NO_ROW:
            account.first_ended = row
            account.first_due_ms = -mark
        else:
            self.client_ids.set_next(account.last_ended, row)
        account.last_ended = row
        account.ended += 1

    def forget_due_client_ids(self, account: Account) -> None:
        """Drop what was remembered for ten minutes; marks only grow along the queue."""
        while account.first_due_ms <= self.clock_ms:
            self._forget_oldest(account)

    def is_client_id_taken(self, account: Account, client_id: bytes) -> bool:
        """Whether the client id belongs to an open order or to one that ended in the last ten
        minutes.
        """
        mark = self.client_id_mark(account, client_id)
        return mark > 0 or -mark > self.clock_ms

    def client_id_mark(self, account: Account, client_id: bytes) -> i64:
        """The mark of the account's client id; 0 when it is unknown."""
        if not client_id:
            return 0
        row = self.client_ids.find(account.slot, client_id)
        if row == NO_ROW:
            return 0
        return self.client_ids.mark_of(row)

    def _forget_oldest(self, account: Account) -> None:
        row = account.first_ended
        account.first_ended = self.client_ids.next_of(row)
        if account.first_ended == NO_ROW:
            account.last_ended = NO_ROW
            account.first_due_ms = NEVER_MS
        else:
            account.first_due_ms = -self.client_ids.mark_of(account.first_ended)
        account.ended -= 1
        self.client_ids.remove(row)


def _chain(account: Account, position: Position) -> None:
    """Put a new position into the account's chain."""
    before: Position | None = None
    after = account.first_position
    while after is not None and after.instrument_id < position.instrument_id:
        before = after
        after = after.account_next
    position.account_next = after
    if before is None:
        account.first_position = position
    else:
        before.account_next = position
