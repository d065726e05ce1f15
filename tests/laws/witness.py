"""A reader that believes nothing: it rebuilds books and balances from events alone, and notes every
broken law.

It knows the order of the queue, so it sees who should have traded; it knows each order's history,
so it can count lots. A complaint is a sentence with the seq in it; no complaints is health.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from seawall.core.model.enums import InstrumentKind, LedgerKind, OrderType, Side, TimeInForce
from seawall.core.model.events import (
    AccountOpened,
    AccountStateChanged,
    AssetListed,
    BalanceChanged,
    EntryEvents,
    Event,
    InstrumentListed,
    KeyRegistered,
    KeyRevoked,
    SystemModeChanged,
    TradingStateChanged,
)
from seawall.core.model.order_events import OrderAccepted, OrderAmended, OrderCancelled, OrderFilled
from seawall.core.model.risk_events import IndexPublished, MarkPublished, PositionChanged

TRADING = 0
HOUSE_FEE = 3
EXT_CUSTODY = 2
MAY_BE_NEGATIVE = (
    EXT_CUSTODY,
    HOUSE_FEE,
    LedgerKind.CLEARING,
    LedgerKind.HOUSE_ERROR,
    LedgerKind.DEBT,
)
MAY_REST = (TimeInForce.GTC, TimeInForce.GTD, TimeInForce.POST_ONLY)


@dataclass
class SeenOrder:
    """What the events said of an order."""

    accepted: OrderAccepted
    limit_price: int
    quantity: int
    filled: int = 0
    cancelled: int = 0
    quote_left: int = 0
    has_ended: bool = False

    def quantity_open(self) -> int:
        """Lots that are neither filled nor cancelled."""
        return self.quantity - self.filled - self.cancelled


@dataclass
class Witness:
    """Feed it entries in order with `see`; read `complaints`."""

    # By kind, account, asset and instrument (0 but for the kinds that belong to one).
    balances: dict[tuple[int, int, int, int], tuple[int, int]] = field(default_factory=dict)
    instruments: dict[int, InstrumentListed] = field(default_factory=dict)
    states: dict[int, int] = field(default_factory=dict)
    assets: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    owners: dict[int, tuple[int, int]] = field(default_factory=dict)  # account: owner, fee tier
    frozen: dict[int, bool] = field(default_factory=dict)
    keys: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    mode: tuple[int, int] = (0, 0)
    indices: dict[int, IndexPublished] = field(default_factory=dict)
    marks: dict[int, MarkPublished] = field(default_factory=dict)
    positions: dict[tuple[int, int], PositionChanged] = field(default_factory=dict)
    orders: dict[int, SeenOrder] = field(default_factory=dict)
    queues: dict[tuple[int, int], list[int]] = field(default_factory=dict)  # instrument, side
    arriving: list[int] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    seq: int = 0

    def see(self, entries: list[EntryEvents]) -> Witness:
        """Take in entries; the witness itself, so that calls can be chained."""
        for entry in entries:
            self.seq = entry.seq
            for event in entry.events:
                self.take(event)
            self.end_entry()
        return self

    def complain(self, sentence: str) -> None:
        """Note a broken law."""
        self.complaints.append(f"seq {self.seq}: {sentence}")

    def expect(self, is_so: bool, sentence: str) -> None:
        """Complain unless it is so."""
        if not is_so:
            self.complain(sentence)

    def take(self, event: Event) -> None:
        """One event."""
        if isinstance(event, OrderAccepted):
            self.accept(event)
        elif isinstance(event, OrderFilled):
            self.fill(event)
        elif isinstance(event, OrderCancelled):
            self.cancel(event)
        elif isinstance(event, OrderAmended):
            self.amend(event)
        elif isinstance(event, BalanceChanged):
            key = (event.kind, event.account_id, event.asset_id, event.instrument_id)
            self.balances[key] = (event.balance, event.held)
        elif isinstance(event, InstrumentListed):
            self.instruments[event.instrument_id] = event
            self.states[event.instrument_id] = event.trading_state
        elif isinstance(event, TradingStateChanged):
            self.states[event.instrument_id] = event.new_state
        elif isinstance(event, AssetListed):
            self.assets[event.asset_id] = (event.name, event.scale)
        elif isinstance(event, AccountOpened):
            self.owners[event.account_id] = (event.owner_id, event.fee_tier)
        elif isinstance(event, AccountStateChanged):
            self.frozen[event.account_id] = event.is_frozen
        elif isinstance(event, KeyRegistered):
            self.keys[event.key_id] = (event.account_id, event.scopes)
        elif isinstance(event, KeyRevoked):
            self.keys.pop(event.key_id, None)
        elif isinstance(event, SystemModeChanged):
            self.mode = (event.new_mode, event.until_ms)
        elif isinstance(event, IndexPublished):
            self.indices[event.index_id] = event
        elif isinstance(event, MarkPublished):
            self.marks[event.instrument_id] = event
        elif isinstance(event, PositionChanged):
            self.positions[event.account_id, event.instrument_id] = event

    # Orders

    def accept(self, event: OrderAccepted) -> None:
        """A new order, on its way to the book."""
        self.expect(event.order_id not in self.orders, f"order id {event.order_id} is used twice")
        self.orders[event.order_id] = SeenOrder(
            event, event.limit_price, event.quantity, quote_left=event.quote_amount
        )
        self.arriving.append(event.order_id)

    def queue(self, instrument_id: int, side: int) -> list[int]:
        """Ids of the resting orders of one side, in the order in which a taker must meet them."""
        return self.queues.setdefault((instrument_id, side), [])

    def queue_of(self, order: SeenOrder) -> list[int]:
        """The queue in which an order stands, or would."""
        return self.queue(order.accepted.instrument_id, order.accepted.side)

    def rest(self, order_id: int) -> None:
        """Behind the last order of the same or a better price."""
        order = self.orders[order_id]
        queue = self.queue_of(order)
        sign = -1 if order.accepted.side == Side.BUY else 1
        place = len(queue)
        while place > 0:
            if sign * self.orders[queue[place - 1]].limit_price <= sign * order.limit_price:
                break
            place -= 1
        queue.insert(place, order_id)

    def fill(self, event: OrderFilled) -> None:
        """A trade: the right maker, the right price, different owners, counted lots."""
        taker = self.orders.get(event.taker_order_id)
        maker = self.orders.get(event.maker_order_id)
        if taker is None or maker is None or event.taker_order_id not in self.arriving:
            self.complain("a fill of an order that is not there")
            return
        queue = self.queue(event.instrument_id, 1 - event.taker_side)
        is_first = bool(queue) and queue[0] == event.maker_order_id
        self.expect(is_first, "a fill that jumps the queue")
        self.expect(event.price == maker.limit_price, "a fill at another price than the maker's")
        if event.taker_side == Side.BUY:
            self.expect(event.price <= taker.limit_price, "a fill beyond the taker's limit")
        else:
            self.expect(event.price >= taker.limit_price, "a fill beyond the taker's limit")
        owners = [self.owners[one] for one in (event.taker_account_id, event.maker_account_id)]
        self.expect(owners[0][0] != owners[1][0], "a self trade")
        is_post_only = taker.accepted.time_in_force == TimeInForce.POST_ONLY
        self.expect(not is_post_only, "a post-only order that takes")
        instrument = self.instruments[event.instrument_id]
        cost = event.price * event.quantity * instrument.unit_value
        if taker.accepted.quote_amount:
            taker.quote_left -= cost
            self.expect(0 <= taker.quote_left == event.taker_open, "a miscounted quote amount")
        else:
            taker.filled += event.quantity
            self.expect(0 <= taker.quantity_open() == event.taker_open, "a miscounted taker")
        maker.filled += event.quantity
        self.expect(0 <= maker.quantity_open() == event.maker_open, "a miscounted maker")
        base_fee, quote_fee = event.taker_fee, event.maker_fee
        if event.taker_side == Side.SELL:
            base_fee, quote_fee = quote_fee, base_fee
        base = event.quantity * instrument.lot_size
        if instrument.kind == InstrumentKind.SWAP:  # both fees are paid in the quote asset
            base_fee, quote_fee = 0, base_fee + quote_fee
        self.expect(base_fee * cost + quote_fee * base >= 0, "a trade that costs the house money")
        if maker.quantity_open() == 0:
            self.leave(event.maker_order_id)

    def leave(self, order_id: int) -> None:
        """An order is no longer in the book."""
        order = self.orders[order_id]
        order.has_ended = True
        if order_id in self.queue_of(order):
            self.queue_of(order).remove(order_id)

    def cancel(self, event: OrderCancelled) -> None:
        """The end of an order, or of what is left of it."""
        order = self.orders.get(event.order_id)
        if order is None or order.has_ended:
            self.complain("a cancel of an order that is not open")
            return
        is_resting = event.order_id in self.queue_of(order)
        self.expect(is_resting == event.was_resting, "a cancel that is wrong about the book")
        self.expect(order.quantity_open() == event.quantity_open, "a cancel that is miscounted")
        order.cancelled += event.quantity_open
        self.leave(event.order_id)

    def amend(self, event: OrderAmended) -> None:
        """Less of it keeps the place; anything else arrives anew."""
        order = self.orders.get(event.order_id)
        if order is None or order.has_ended:
            self.complain("an amend of an order that is not open")
            return
        is_less = event.limit_price == order.limit_price and event.quantity <= order.quantity
        self.expect(is_less == event.kept_priority, "an amend that is wrong about priority")
        if event.order_id in self.arriving:  # a description of a partly filled order
            order.filled = event.quantity - event.quantity_open
        order.quantity, order.limit_price = event.quantity, event.limit_price
        self.expect(order.quantity_open() == event.quantity_open > 0, "an amend that is miscounted")
        if not event.kept_priority:
            self.queue_of(order).remove(event.order_id)
            self.arriving.append(event.order_id)

    # After each entry

    def end_entry(self) -> None:
        """What arrived and is still open rests; then the laws that hold between entries."""
        for order_id in self.arriving:
            order = self.orders[order_id]
            accepted = order.accepted
            if accepted.time_in_force == TimeInForce.FOK:
                self.expect(order.filled in (0, order.quantity), "a fill-or-kill filled in part")
            if order.has_ended:
                continue
            if order.quantity_open() == 0 and not accepted.quote_amount:
                order.has_ended = True
                continue
            may_rest = accepted.time_in_force in MAY_REST
            self.expect(
                may_rest and accepted.order_type == OrderType.LIMIT, "an order that must not rest"
            )
            self.rest(order_id)
        self.arriving = []
        self.check_books()
        self.check_money()

    def check_books(self) -> None:
        """Best bid below best ask, everywhere."""
        for instrument_id in self.instruments:
            bids = self.queue(instrument_id, Side.BUY)
            asks = self.queue(instrument_id, Side.SELL)
            if bids and asks:
                bid, ask = self.orders[bids[0]].limit_price, self.orders[asks[0]].limit_price
                self.expect(bid < ask, f"instrument {instrument_id} is crossed: {bid}, {ask}")

    def check_money(self) -> None:
        """Every asset sums to zero, holds are exactly those of the open orders, nobody is below
        nothing.
        """
        sums: dict[int, int] = {}
        for (kind, account_id, asset_id, _), (balance, held) in self.balances.items():
            sums[asset_id] = sums.get(asset_id, 0) + balance
            name = f"ledger account {kind}/{account_id}/{asset_id}"
            if kind not in MAY_BE_NEGATIVE:
                self.expect(balance - held >= 0, f"{name} has less than it holds")
        for asset_id, total in sums.items():
            self.expect(total == 0, f"asset {asset_id} sums to {total}")
        expected: dict[tuple[int, int, int, int], int] = {}
        for (instrument_id, side), queue in self.queues.items():
            instrument = self.instruments[instrument_id]
            if instrument.kind == InstrumentKind.SWAP:
                continue  # margin is reserved, not held
            for order_id in queue:
                order = self.orders[order_id]
                asset_id, amount = instrument.base_asset_id, instrument.lot_size
                if side == Side.BUY:
                    asset_id = instrument.quote_asset_id
                    amount = order.limit_price * instrument.unit_value
                key = (TRADING, order.accepted.account_id, asset_id, 0)
                expected[key] = expected.get(key, 0) + amount * order.quantity_open()
        actual = {key: held for key, (_, held) in self.balances.items() if held != 0}
        self.expect(expected == actual, f"holds are {actual}, open orders need {expected}")

    def maps(self) -> dict[str, object]:
        """What a reader knows, to be compared with what another reader knows."""
        levels: dict[tuple[int, int, int], tuple[int, int]] = {}
        orders = {}
        for (instrument_id, side), queue in self.queues.items():
            for order_id in queue:
                order = self.orders[order_id]
                key = (instrument_id, side, order.limit_price)
                lots, count = levels.get(key, (0, 0))
                levels[key] = (lots + order.quantity_open(), count + 1)
                said = order.accepted
                terms = (said.account_id, said.time_in_force, said.self_trade_prevention)
                texts = (said.expire_ms, said.client_id, said.tag)
                amounts = (order.limit_price, order.quantity, order.quantity_open())
                orders[order_id] = (*terms, *texts, *amounts)
        return {
            "assets": self.assets,
            "instruments": {
                instrument_id: (one.name, one.unit_value, one.quantity_max, one.price_max)
                for instrument_id, one in self.instruments.items()
            },
            "states": self.states,
            "accounts": self.owners,
            "frozen": sorted(one for one, is_frozen in self.frozen.items() if is_frozen),
            "keys": self.keys,
            "mode": self.mode,
            "balances": {key: one for key, one in self.balances.items() if one != (0, 0)},
            "orders": orders,
            "levels": levels,
        }
