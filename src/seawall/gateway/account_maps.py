"""Accounts as the edge knows them: balances, orders, rejects and fills, from events, in order.

`Engine.describe()` fills the maps first; `seed_history` may add what a read model remembers of
the last day (average prices, ended orders, client ids); then events follow without a gap.
Everything is applied before the answer to its sender leaves, so an account reads its own writes.

An account id that nobody opened is no error anywhere here: it simply has nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from seawall.core.model.codec import unpadded
from seawall.core.model.commands import CancelOrder
from seawall.core.model.enums import LedgerKind
from seawall.core.model.events import AccountOpened, AccountStateChanged, BalanceChanged
from seawall.core.model.order_events import (
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
)
from seawall.core.model.risk_events import OrderCaused
from seawall.gateway.algo_maps import AlgoMaps
from seawall.gateway.client_ids import ClientIdMemory
from seawall.gateway.handlers import Handler
from seawall.gateway.limits import (
    CLIENT_ID_MEMORY_NS,
    ENDED_ORDERS_MAX,
    ENDED_ORDERS_PER_ACCOUNT_MAX,
    FILLS_MAX,
    FILLS_PER_ACCOUNT_MAX,
    PAGE_MAX,
    REJECTIONS_MAX,
    REJECTIONS_PER_ACCOUNT_MAX,
)
from seawall.gateway.order_record import OrderRecord, record_of
from seawall.gateway.position_maps import PositionMaps
from seawall.gateway.recent_memory import RecentMemory
from seawall.gateway.venue_maps import VenueMaps
from seawall.gateway.views import (
    AccountView,
    BalanceView,
    FillView,
    OrderView,
    RejectionView,
)

USER_KINDS = (LedgerKind.TRADING, LedgerKind.FUNDING)


class _Book:
    """What is known of one account now."""

    __slots__ = ("balances", "by_client_id", "open", "rejected")

    def __init__(self) -> None:
        self.balances: dict[tuple[int, int], tuple[int, int, int]] = {}  # balance, held, time
        self.open: dict[int, OrderRecord] = {}  # by order id, which sorts by creation
        self.by_client_id: dict[bytes, OrderRecord] = {}  # the newest with this id, open or ended
        self.rejected: dict[bytes, RejectionView] = {}  # by client id


class AccountMaps:
    """Everything private that is read without a database."""

    def __init__(self, venue: VenueMaps) -> None:
        self._venue = venue
        self.positions: PositionMaps = PositionMaps()
        self.algos: AlgoMaps = AlgoMaps(venue)
        self._accounts: dict[int, AccountView] = {}
        self._books: dict[int, _Book] = {}
        self._client_ids = ClientIdMemory()
        self._history_seq = 0  # order events up to here are in the seeded history already
        self._ended: RecentMemory[OrderRecord] = RecentMemory(
            per_account_max=ENDED_ORDERS_PER_ACCOUNT_MAX,
            total_max=ENDED_ORDERS_MAX,
            age_ns_max=CLIENT_ID_MEMORY_NS,
            on_forget=self._on_order_forgotten,
        )
        self._rejections: RecentMemory[RejectionView] = RecentMemory(
            per_account_max=REJECTIONS_PER_ACCOUNT_MAX,
            total_max=REJECTIONS_MAX,
            age_ns_max=CLIENT_ID_MEMORY_NS,
            on_forget=self._on_rejection_forgotten,
        )
        self._fills: RecentMemory[FillView] = RecentMemory(
            per_account_max=FILLS_PER_ACCOUNT_MAX,
            total_max=FILLS_MAX,
            age_ns_max=CLIENT_ID_MEMORY_NS,
            on_forget=lambda _account_id, _fill: None,
        )

    def handlers(self) -> dict[type, Handler]:
        """Which events change these maps, and how."""
        return {
            OrderAccepted: self._on_order_accepted,
            OrderFilled: self._on_order_filled,
            OrderCancelled: self._on_order_cancelled,
            OrderAmended: self._on_order_amended,
            OrderRejected: self._on_order_rejected,
            BalanceChanged: self._on_balance_changed,
            AccountOpened: self._on_account_opened,
            AccountStateChanged: self._on_account_state_changed,
            OrderCaused: self._on_order_caused,
            **self.positions.handlers(),
            **self.algos.handlers(),
        }

    # Reading

    def account(self, account_id: int) -> AccountView | None:
        """Whose the account is and what it pays; None when nobody opened it."""
        return self._accounts.get(account_id)

    def balances(self, account_id: int, kind: int = LedgerKind.TRADING) -> list[BalanceView]:
        """All balances of one kind that were ever touched, by asset id."""
        book = self._books.get(account_id)
        if book is None:
            return []
        return [
            BalanceView(kind=kind, asset_id=asset, balance=balance, held=held, updated_ns=time_ns)
            for (of_kind, asset), (balance, held, time_ns) in sorted(book.balances.items())
            if of_kind == kind
        ]

    def balance(
        self, account_id: int, *, asset_id: int, kind: int = LedgerKind.TRADING
    ) -> BalanceView:
        """One balance; zero when it was never touched."""
        book = self._books.get(account_id)
        found = None if book is None else book.balances.get((kind, asset_id))
        balance, held, time_ns = found or (0, 0, 0)
        return BalanceView(
            kind=kind, asset_id=asset_id, balance=balance, held=held, updated_ns=time_ns
        )

    def order(self, account_id: int, order_id: int) -> OrderView | None:
        """The account's order, open or ended within the memory; None otherwise."""
        record = self._record(account_id, order_id)
        return None if record is None else record.view()

    def order_by_client_id(
        self, account_id: int, client_id: bytes
    ) -> OrderView | RejectionView | None:
        """The newest order with this client id, or how it was refused when it never became one."""
        book = self._books.get(account_id)
        if book is None:
            return None
        record = book.by_client_id.get(client_id)
        return book.rejected.get(client_id) if record is None else record.view()

    def open_orders(
        self,
        account_id: int,
        *,
        instrument_id: int | None = None,
        after: int | None = None,
        before: int | None = None,
        limit: int = PAGE_MAX,
    ) -> list[OrderView]:
        """Open orders, newest first: ids below `after`, ids above `before`, at most `limit`."""
        book = self._books.get(account_id)
        if book is None:
            return []
        return _page(book.open, list(book.open), instrument_id, after, before, limit)

    def ended_orders(
        self,
        account_id: int,
        *,
        instrument_id: int | None = None,
        after: int | None = None,
        before: int | None = None,
        limit: int = PAGE_MAX,
    ) -> list[OrderView]:
        """Orders that ended lately, newest id first; what is older stands in the read models."""
        ended = self._ended.of_account(account_id)
        return _page(ended, sorted(ended), instrument_id, after, before, limit)

    def fills(
        self,
        account_id: int,
        *,
        instrument_id: int | None = None,
        order_id: int | None = None,
        after: int | None = None,
        before: int | None = None,
        limit: int = PAGE_MAX,
    ) -> list[FillView]:
        """Fills of late, newest first: trade ids below `after`, above `before`, at most `limit`."""
        found: list[FillView] = []
        for fill in reversed(self._fills.of_account(account_id).values()):
            if len(found) >= limit or (before is not None and fill.trade_id <= before):
                break
            is_wanted = (
                (after is None or fill.trade_id < after)
                and (instrument_id is None or fill.instrument_id == instrument_id)
                and (order_id is None or fill.order_id == order_id)
            )
            if is_wanted:
                found.append(fill)
        return found

    def count_open_orders(self, account_id: int) -> int:
        """How many orders of the account are open."""
        book = self._books.get(account_id)
        return 0 if book is None else len(book.open)

    def open_records(self, account_id: int) -> Iterable[OrderRecord]:
        """All open orders of the account, for sums over them; to be read only."""
        book = self._books.get(account_id)
        return () if book is None else book.open.values()

    def is_client_id_used(self, account_id: int, client_id: bytes) -> bool:
        """Whether an order with this id is open or ended within the last day."""
        book = self._books.get(account_id)
        if book is not None and client_id in book.by_client_id:
            return True
        return self._client_ids.is_remembered(account_id=account_id, client_id=client_id)

    def named_order(self, command: CancelOrder) -> OrderRecord | None:
        """The order a cancel names, by id or else by client id, when the maps know it."""
        if command.order_id != 0:
            return self._record(command.account_id, command.order_id)
        book = self._books.get(command.account_id)
        return None if book is None else book.by_client_id.get(unpadded(command.client_id))

    # Filling

    def seed_history(
        self,
        *,
        orders: Iterable[OrderView],
        fills: Iterable[FillView],
        history_seq: int,
        described_seq: int,
    ) -> None:
        """Add what a read model remembers, after `describe()` and before the first event.

        orders, fills: complete as of the entry `history_seq`; at least the open orders and what
        ended within a day. described_seq: the entry after which `describe()` was made. When the
        read model is ahead, order events up to `history_seq` are skipped; when it is behind, what
        the engine described wins and an order it does not know as open is left out.
        """
        seen: set[int] = set()
        for view in sorted(orders, key=lambda order: order.order_id):
            instrument = self._venue.instrument(view.instrument_id)
            assert instrument is not None, "instruments are described before history is seeded"
            record = record_of(view, instrument)
            seen.add(view.order_id)
            described = self._book(view.account_id).open.get(view.order_id)
            if history_seq < described_seq:
                if record.ended_ns == 0 and described is None:
                    continue  # it ended in between, and only the read model will know how
                if described is not None:
                    record.quantity_filled = described.quantity_filled
                    record.limit_price = described.limit_price
                    record.quantity = described.quantity
            self._put_seeded(view.account_id, view.order_id, record)
        for fill in sorted(fills, key=lambda one: one.trade_id):
            self._put_fill(fill)
            self.positions.note_trade(fill.account_id, fill.instrument_id, fill.trade_id)
            self.algos.note_trade(fill.instrument_id, fill.price)
        for book in self._books.values():
            if history_seq >= described_seq:
                self._drop_ended(book, seen)
            book.open = dict(sorted(book.open.items()))
        self._history_seq = history_seq

    def _drop_ended(self, book: _Book, seen: set[int]) -> None:
        """The history is the newer of the two, and it no longer has these orders at all."""
        for order_id in [one for one in book.open if one not in seen]:
            record = book.open.pop(order_id)
            if book.by_client_id.get(record.client_id) is record:
                del book.by_client_id[record.client_id]

    def _put_seeded(self, account_id: int, order_id: int, record: OrderRecord) -> None:
        book = self._book(account_id)
        book.open.pop(order_id, None)
        if record.client_id:
            book.by_client_id[record.client_id] = record
        if record.ended_ns == 0:
            book.open[order_id] = record
        else:
            self._remember_ended(record)

    def _book(self, account_id: int) -> _Book:
        book = self._books.get(account_id)
        if book is None:
            book = self._books[account_id] = _Book()
        return book

    def _record(self, account_id: int, order_id: int) -> OrderRecord | None:
        book = self._books.get(account_id)
        found = None if book is None else book.open.get(order_id)
        return found or self._ended.get(account_id=account_id, key=order_id)

    def _on_account_opened(self, event: AccountOpened, _seq: int, _time_ns: int) -> None:
        self._accounts[event.account_id] = AccountView(
            account_id=event.account_id,
            owner_id=event.owner_id,
            fee_tier=event.fee_tier,
            is_frozen=False,
        )

    def _on_account_state_changed(
        self, event: AccountStateChanged, _seq: int, _time_ns: int
    ) -> None:
        account = self._accounts[event.account_id]
        self._accounts[event.account_id] = AccountView(
            account_id=account.account_id,
            owner_id=account.owner_id,
            fee_tier=account.fee_tier,
            is_frozen=event.is_frozen,
        )

    def _on_balance_changed(self, event: BalanceChanged, _seq: int, time_ns: int) -> None:
        kind = event.kind
        if kind in USER_KINDS:
            balances = self._book(event.account_id).balances
            balances[(kind, event.asset_id)] = (event.balance, event.held, time_ns)
        elif kind == LedgerKind.ISOLATED:
            self.positions.set_isolated(event, time_ns)

    def _on_order_accepted(self, event: OrderAccepted, seq: int, time_ns: int) -> None:
        if seq <= self._history_seq:
            return
        instrument = self._venue.instrument(event.instrument_id)
        assert instrument is not None, "an order names a listed instrument"
        record = OrderRecord(event, instrument, seq=seq, time_ns=time_ns)
        book = self._book(event.account_id)
        book.open[event.order_id] = record
        if record.client_id:
            book.by_client_id[record.client_id] = record

    def _on_order_caused(self, event: OrderCaused, _seq: int, _time_ns: int) -> None:
        record = self._books[event.account_id].open.get(event.order_id)
        if record is not None:
            record.cause = event.cause
            record.cause_id = event.first

    def _on_order_filled(self, event: OrderFilled, seq: int, time_ns: int) -> None:
        self.algos.note_trade(event.instrument_id, event.price)
        if seq <= self._history_seq:
            return
        taker = self._books[event.taker_account_id].open[event.taker_order_id]
        maker = self._books[event.maker_account_id].open[event.maker_order_id]
        notional = event.price * event.quantity * taker.unit_value
        for record, fee in ((taker, event.taker_fee), (maker, event.maker_fee)):
            record.quantity_filled += event.quantity
            record.notional_filled += notional
            record.fee += fee
            record.last_price = event.price
            record.last_quantity = event.quantity
            record.last_trade_id = event.trade_id
            record.last_fill_ns = record.updated_ns = time_ns
            record.last_is_maker = record is maker
            record.updated_seq = seq
            self.positions.note_trade(
                record.accepted.account_id, event.instrument_id, event.trade_id
            )
            self._put_fill(_fill_of(record, event, fee, record is maker, seq, time_ns))
            if record.quantity_filled == record.quantity:
                self._end(record, time_ns)

    def _on_order_cancelled(self, event: OrderCancelled, seq: int, time_ns: int) -> None:
        if seq <= self._history_seq:
            return
        record = self._books[event.account_id].open[event.order_id]
        record.cancel_reason = event.reason
        record.updated_ns = time_ns
        record.updated_seq = seq
        self._end(record, time_ns)

    def _on_order_amended(self, event: OrderAmended, seq: int, time_ns: int) -> None:
        if seq <= self._history_seq:
            return
        record = self._books[event.account_id].open[event.order_id]
        record.limit_price = event.limit_price
        record.quantity = event.quantity
        record.quantity_filled = event.quantity - event.quantity_open
        record.updated_ns = time_ns
        record.updated_seq = seq

    def _on_order_rejected(self, event: OrderRejected, seq: int, time_ns: int) -> None:
        if seq <= self._history_seq or not event.client_id:
            return
        client_id = unpadded(event.client_id)
        rejection = RejectionView(
            account_id=event.account_id,
            instrument_id=event.instrument_id,
            client_id=client_id,
            reason=event.reason,
            seq=seq,
            time_ns=time_ns,
        )
        self._book(event.account_id).rejected[client_id] = rejection
        self._rejections.put(account_id=event.account_id, key=seq, value=rejection, time_ns=time_ns)

    def _end(self, record: OrderRecord, time_ns: int) -> None:
        accepted = record.accepted
        record.ended_ns = time_ns
        del self._books[accepted.account_id].open[accepted.order_id]
        self._remember_ended(record)

    def _remember_ended(self, record: OrderRecord) -> None:
        accepted = record.accepted
        account_id = accepted.account_id
        if record.client_id:
            self._client_ids.remember(
                account_id=account_id, client_id=record.client_id, time_ns=record.ended_ns
            )
        self._ended.put(
            account_id=account_id, key=accepted.order_id, value=record, time_ns=record.ended_ns
        )

    def _put_fill(self, fill: FillView) -> None:
        key = fill.trade_id << 1 | fill.is_maker
        self._fills.put(account_id=fill.account_id, key=key, value=fill, time_ns=fill.time_ns)

    def _on_order_forgotten(self, account_id: int, record: OrderRecord) -> None:
        by_client_id = self._books[account_id].by_client_id
        if by_client_id.get(record.client_id) is record:
            del by_client_id[record.client_id]

    def _on_rejection_forgotten(self, account_id: int, rejection: RejectionView) -> None:
        rejected = self._books[account_id].rejected
        if rejected.get(rejection.client_id) is rejection:
            del rejected[rejection.client_id]


def _fill_of(
    record: OrderRecord, event: OrderFilled, fee: int, is_maker: bool, seq: int, time_ns: int
) -> FillView:
    accepted = record.accepted
    return FillView(
        trade_id=event.trade_id,
        order_id=accepted.order_id,
        account_id=accepted.account_id,
        instrument_id=event.instrument_id,
        client_id=record.client_id,
        tag=unpadded(accepted.tag),
        side=accepted.side,
        is_maker=is_maker,
        price=event.price,
        quantity=event.quantity,
        fee=fee,
        fee_asset_id=record.fee_asset_id,
        time_ns=time_ns,
        seq=seq,
    )


def _page(
    records: dict[int, OrderRecord],
    ids: list[int],
    instrument_id: int | None,
    after: int | None,
    before: int | None,
    limit: int,
) -> list[OrderView]:
    """Walk ids that ascend from the newest wanted one down, and view what matches."""
    first = 0 if before is None else bisect_right(ids, before)
    last = len(ids) if after is None else bisect_left(ids, after)
    found: list[OrderView] = []
    for index in range(last - 1, first - 1, -1):
        record = records[ids[index]]
        if instrument_id is None or record.accepted.instrument_id == instrument_id:
            if len(found) >= limit:
                break
            found.append(record.view())
    return found
