"""A world as its events tell it: prices, who owns and owes what, and what waits.

Readers of a drill build this from event bytes alone, beginning with the genesis; nothing is asked
of the engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from seawall.core.model.enums import LedgerKind, TriggerPrice
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import BalanceChanged, EntryEvents, Event
from seawall.core.model.genesis import Genesis
from seawall.core.model.limits import ACCOUNT_ID_SYSTEM
from seawall.core.model.order_events import OrderAccepted, OrderAmended, OrderCancelled, OrderFilled
from seawall.core.model.risk_events import (
    AlgoAccepted,
    AlgoCancelled,
    AlgoTriggered,
    IndexPublished,
    MarkPublished,
    PositionChanged,
)
from seawall.simulation.drills.event_file import read_events
from seawall.simulation.drills.venue import TERMS

Watched = tuple[int, int]  # (instrument, TriggerPrice)
SECONDS_BACK: Final = 1  # a last price is compared with trades of this second and the one before


class Priced(msgspec.Struct, frozen=True):
    """A price (e8) that a world saw at a seq, with the second of its clock."""

    seq: int
    second: int
    price_e8: int


class OpenOrder(msgspec.Struct):
    """An order that rests, or still may."""

    account_id: int
    instrument_id: int
    side: int
    price: int
    open: int
    client_id: bytes


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An algo order that waits, with the prices it watches as they were when it was accepted."""

    algo: AlgoAccepted
    seq: int
    first_e8: int
    second_e8: int


class Picture:
    """One world, entry by entry."""

    def __init__(self, genesis: Genesis) -> None:
        self.indices: dict[int, int] = {}  # index id -> e8
        self.marks: dict[int, int] = {}  # instrument id -> ticks
        self.prices: dict[Watched, list[Priced]] = {}
        self.balances: dict[int, dict[tuple[int, int, int], tuple[int, int]]] = {}
        self.positions: dict[int, dict[int, PositionChanged]] = {}
        self.orders: dict[int, OpenOrder] = {}
        self.algos: dict[int, Waiting] = {}
        for amount in genesis.amounts:
            if amount.account_id != 0:
                key = (int(LedgerKind.TRADING), amount.asset_id, 0)
                self.balances.setdefault(amount.account_id, {})[key] = (amount.amount, 0)

    def apply(self, entry: EntryEvents) -> None:
        """Take in the events of one entry."""
        for event in entry.events:
            self.apply_event(event, entry)

    def apply_event(self, event: Event, entry: EntryEvents) -> None:
        """Take in one event of an entry."""
        if isinstance(event, BalanceChanged):
            key = (event.kind, event.asset_id, event.instrument_id)
            held = self.balances.setdefault(event.account_id, {})
            held[key] = (event.balance, event.held)
        elif isinstance(event, OrderFilled):
            terms = TERMS[event.instrument_id]
            watched = (event.instrument_id, int(TriggerPrice.LAST))
            self._price(watched, event.price * terms.tick_size_e8, entry)
            self._filled(event)
        elif isinstance(event, PositionChanged):
            owned = self.positions.setdefault(event.account_id, {})
            owned[event.instrument_id] = event
            if event.size == 0:
                del owned[event.instrument_id]
        elif isinstance(event, IndexPublished):
            self.indices[event.index_id] = event.value_e8
            for terms in TERMS.values():
                if terms.index_id == event.index_id:
                    watched = (terms.instrument_id, int(TriggerPrice.INDEX))
                    self._price(watched, event.value_e8, entry)
        elif isinstance(event, MarkPublished):
            self.marks[event.instrument_id] = event.mark
            terms = TERMS[event.instrument_id]
            watched = (event.instrument_id, int(TriggerPrice.MARK))
            self._price(watched, event.mark * terms.tick_size_e8, entry)
        else:
            self._apply_order(event, entry.seq)

    def _apply_order(self, event: Event, seq: int) -> None:
        if isinstance(event, OrderAccepted):
            self.orders[event.order_id] = OpenOrder(
                event.account_id,
                event.instrument_id,
                event.side,
                event.limit_price,
                event.quantity,
                event.client_id,
            )
        elif isinstance(event, OrderCancelled):
            self.orders.pop(event.order_id, None)
        elif isinstance(event, OrderAmended):
            order = self.orders.get(event.order_id)
            if order is not None:
                order.price, order.open = event.limit_price, event.quantity_open
        elif isinstance(event, AlgoAccepted):
            self.algos[event.algo_id] = Waiting(
                algo=event,
                seq=seq,
                first_e8=self.newest((event.instrument_id, event.trigger_by)),
                second_e8=self.newest((event.instrument_id, event.second_trigger_by)),
            )
        elif isinstance(event, AlgoCancelled | AlgoTriggered):
            self.algos.pop(event.algo_id, None)

    def _filled(self, event: OrderFilled) -> None:
        for order_id, left in (
            (event.taker_order_id, event.taker_open),
            (event.maker_order_id, event.maker_open),
        ):
            order = self.orders.get(order_id)
            if order is not None:
                order.open = left
                if left == 0:
                    del self.orders[order_id]

    def _price(self, watched: Watched, price_e8: int, entry: EntryEvents) -> None:
        if price_e8 > 0:
            line = self.prices.setdefault(watched, [])
            line.append(Priced(entry.seq, entry.clock_ms // 1_000, price_e8))

    def newest(self, watched: Watched) -> int:
        """The newest price (e8) of a kind; 0 before the first."""
        line = self.prices.get(watched)
        return line[-1].price_e8 if line else 0

    def around(self, watched: Watched, *, second: int) -> tuple[int, int] | None:
        """Lowest and highest price of a kind now: a last price, of this second and the one before;
        index and mark, as they stand. None before the first.
        """
        line = self.prices.get(watched)
        if not line:
            return None
        low = high = line[-1].price_e8
        if watched[1] == TriggerPrice.LAST:
            for one in reversed(line):
                low, high = min(low, one.price_e8), max(high, one.price_e8)
                if one.second < second - SECONDS_BACK:  # the price that stood before
                    break
        return low, high

    def extremes(self, watched: Watched, *, since_seq: int) -> tuple[int, int] | None:
        """Lowest and highest price of a kind from the one that stood at `since_seq` on."""
        line = self.prices.get(watched)
        if not line:
            return None
        low = high = line[-1].price_e8
        for one in reversed(line):
            low, high = min(low, one.price_e8), max(high, one.price_e8)
            if one.seq <= since_seq:
                break
        return low, high

    def holdings(self) -> dict[int, tuple[object, ...]]:
        """The economic state of each user's account: balances, positions with cost, open orders by
        client id and quantity, algo orders.
        """
        orders: dict[int, list[tuple[object, ...]]] = {}
        for order_id, order in self.orders.items():
            name = order.client_id or order_id
            orders.setdefault(order.account_id, []).append(
                (str(name), order.instrument_id, order.side, order.price, order.open)
            )
        algos: dict[int, list[int]] = {}
        for algo_id, waiting in self.algos.items():
            algos.setdefault(waiting.algo.account_id, []).append(algo_id)
        accounts = {*self.balances, *self.positions, *orders, *algos} - {0, ACCOUNT_ID_SYSTEM}
        return {
            account_id: (
                sorted(
                    (key, value)
                    for key, value in self.balances.get(account_id, {}).items()
                    if value != (0, 0)
                ),
                sorted(
                    (one.instrument_id, one.size, one.cost, one.margin)
                    for one in self.positions.get(account_id, {}).values()
                ),
                sorted(orders.get(account_id, []), key=str),
                sorted(algos.get(account_id, [])),
            )
            for account_id in sorted(accounts)
        }


def entries_of(directory: Path) -> Iterator[EntryEvents]:
    """Every entry of a world that has ended, in order."""
    for events in read_events(directory):
        yield from read_entries(events)
