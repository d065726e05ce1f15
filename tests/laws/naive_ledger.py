"""The naive twin's memory: accounts, orders and money as plain dicts and lists, with nothing
derived and stored twice.

What is held is summed from the open orders each time it is asked for; a book is sorted each time it
is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

from seawall.core.model.enums import CancelReason, LedgerKind, Side
from seawall.core.model.events import Event
from seawall.core.model.genesis import Genesis
from seawall.core.model.instruments import Asset, Instrument
from seawall.core.model.limits import CLIENT_ID_MEMORY_MS, CLIENT_IDS_REMEMBERED_PER_ACCOUNT_MAX
from seawall.core.model.order_events import OrderCancelled

E8 = 100_000_000


@dataclass
class NaiveAccount:
    """Who trades: one owner may have several accounts."""

    account_id: int
    owner_id: int
    fee_tier: int
    is_frozen: bool = False


@dataclass
class NaiveOrder:
    """An order that has been accepted. `arrival` orders those of one price."""

    order_id: int
    account_id: int
    instrument_id: int
    side: int
    time_in_force: int
    self_trade_prevention: int
    limit_price: int
    quantity: int
    expire_ms: int
    client_id: bytes
    arrival: int = 0
    filled: int = 0
    is_reduce_only: bool = False

    def quantity_open(self) -> int:
        """Lots that are neither filled nor cancelled."""
        return self.quantity - self.filled


class NaiveLedger:
    """Everything the twin remembers."""

    def __init__(self, genesis: Genesis) -> None:
        self.genesis = genesis
        self.clock_ms = 0
        self.seq = 0
        self.assets: dict[int, Asset] = {one.asset_id: one for one in genesis.assets}
        self.instruments: dict[int, Instrument] = {
            one.instrument_id: one for one in genesis.instruments
        }
        self.states: dict[int, int] = {
            one.instrument_id: one.trading_state for one in genesis.instruments
        }
        self.accounts: dict[int, NaiveAccount] = {
            one.account_id: NaiveAccount(one.account_id, one.owner_id, one.fee_tier)
            for one in genesis.accounts
        }
        self.orders: list[NaiveOrder] = []
        self.ended: list[tuple[int, bytes, int]] = []  # account, client id, when
        # By kind, account, asset and instrument (0 but for the kinds that belong to one).
        self.balances: dict[tuple[int, int, int, int], int] = {}
        self.house_capital: dict[int, int] = {}
        self.arrivals = 0
        for amount in genesis.amounts:
            kind = LedgerKind.TRADING if amount.account_id != 0 else LedgerKind.HOUSE_TREASURY
            if amount.account_id == 0:
                old = self.house_capital.get(amount.asset_id, 0)
                self.house_capital[amount.asset_id] = old + amount.amount
            self.move(
                amount.asset_id,
                amount.amount,
                (LedgerKind.EXT_CUSTODY, 0),
                (kind, amount.account_id),
            )

        for seed in genesis.fund_seeds:
            self.house_capital[seed.asset_id] -= seed.amount
            treasury, fund = (LedgerKind.HOUSE_TREASURY, 0), (LedgerKind.INSURANCE, 0)
            self.move(seed.asset_id, seed.amount, treasury, fund)

    # Money

    def move(
        self, asset_id: int, amount: int, source: tuple[int, ...], target: tuple[int, ...]
    ) -> None:
        """Take from one ledger account (kind, account id, and of some kinds the instrument) and
        give to another.
        """
        for side, signed in ((source, -amount), (target, amount)):
            kind, account_id, instrument_id = (*side, 0)[:3]
            key = (kind, account_id, asset_id, instrument_id)
            self.balances[key] = self.balances.get(key, 0) + signed

    def balance(self, kind: int, account_id: int, asset_id: int, instrument_id: int = 0) -> int:
        """What a ledger account has, 0 when it was never used."""
        return self.balances.get((kind, account_id, asset_id, instrument_id), 0)

    def hold_of(self, order: NaiveOrder) -> tuple[int, int]:
        """The asset and the amount that an open order reserves."""
        instrument = self.instruments[order.instrument_id]
        if order.side == Side.BUY:
            amount = order.limit_price * order.quantity_open() * instrument.unit_value
            return instrument.quote_asset_id, amount
        return instrument.base_asset_id, order.quantity_open() * instrument.lot_size

    def held(self, account_id: int, asset_id: int) -> int:
        """What all open orders of an account reserve of an asset."""
        holds = [self.hold_of(one) for one in self.orders if one.account_id == account_id]
        return sum(amount for held_asset, amount in holds if held_asset == asset_id)

    def available(self, account_id: int, asset_id: int) -> int:
        """What an account may spend of an asset on its trading side."""
        balance = self.balance(LedgerKind.TRADING, account_id, asset_id)
        return balance - self.held(account_id, asset_id)

    def statement(self) -> dict[tuple[int, int, int, int], tuple[int, int]]:
        """Balance and hold of every ledger account that was ever used."""
        rows = {}
        for key, balance in self.balances.items():
            kind, account_id, asset_id, _ = key
            held = self.held(account_id, asset_id) if kind == LedgerKind.TRADING else 0
            rows[key] = (balance, held)
        return rows

    # Worlds with swaps say more here

    def is_swap(self, instrument_id: int) -> bool:
        """Whether the instrument is a swap; here none is."""
        return False

    def is_in_band(self, instrument_id: int, price: int) -> bool:
        """Whether a fill may happen at that price."""
        return True

    def after_rest(self, order: NaiveOrder) -> list[Event]:
        """What follows when an order has come to rest."""
        return []

    def say_positions(self) -> list[Event]:
        """The positions that the entry touched."""
        return []

    # Orders

    def side_of_book(self, instrument_id: int, side: int) -> list[NaiveOrder]:
        """The resting orders of one side: best price first, and of one price the oldest first."""
        orders = [
            one for one in self.orders if one.instrument_id == instrument_id and one.side == side
        ]
        if side == Side.BUY:
            return sorted(orders, key=lambda one: (-one.limit_price, one.arrival))
        return sorted(orders, key=lambda one: (one.limit_price, one.arrival))

    def crossing(
        self, *, instrument_id: int, taker_side: int, limit_price: int
    ) -> list[NaiveOrder]:
        """The makers that a taker with this limit would meet, in the order in which it meets
        them.
        """
        if taker_side == Side.BUY:
            makers = self.side_of_book(instrument_id, Side.SELL)
            return [one for one in makers if one.limit_price <= limit_price]
        makers = self.side_of_book(instrument_id, Side.BUY)
        return [one for one in makers if one.limit_price >= limit_price]

    def are_of_one_owner(self, account_id: int, other_account_id: int) -> bool:
        """Whether a trade between the two accounts would be a self trade."""
        return self.accounts[account_id].owner_id == self.accounts[other_account_id].owner_id

    def rest(self, order: NaiveOrder) -> None:
        """Put an order at the end of its price level."""
        self.arrivals += 1
        order.arrival = self.arrivals
        self.orders.append(order)

    def forget(self, order: NaiveOrder) -> None:
        """Take an order out of the book, and remember its client id as ended."""
        self.orders = [one for one in self.orders if one.order_id != order.order_id]
        self.remember_ended(order)

    def remember_ended(self, order: NaiveOrder) -> None:
        """Keep the client id of an order that ended; beyond the limit the account's oldest goes."""
        if not order.client_id:
            return
        self.ended.append((order.account_id, order.client_id, self.clock_ms))
        of_account = [one for one in self.ended if one[0] == order.account_id]
        if len(of_account) > CLIENT_IDS_REMEMBERED_PER_ACCOUNT_MAX:
            self.ended.remove(of_account[0])

    def has_ended(self, account_id: int, client_id: bytes) -> bool:
        """Whether an order of this client id ended within the last ten minutes."""
        return any(
            one_account == account_id
            and one_id == client_id
            and self.clock_ms - ended_ms < CLIENT_ID_MEMORY_MS
            for one_account, one_id, ended_ms in self.ended
        )

    def cancel(self, order: NaiveOrder, reason: int) -> list[Event]:
        """Take a resting order out of the book and say so."""
        assert reason in vars(CancelReason).values()
        self.forget(order)
        return [
            OrderCancelled(
                order_id=order.order_id,
                account_id=order.account_id,
                instrument_id=order.instrument_id,
                reason=reason,
                quantity_open=order.quantity_open(),
                was_resting=True,
            )
        ]
