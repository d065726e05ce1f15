"""The order book of one instrument: price levels, each a queue in order of arrival.

A side keeps a list of levels sorted so that the touch is last: most work happens there, and
inserting near the end of a list is cheap (a heap or a tree costs more and gives no ordered depth).
A level is found in the list itself; a dict from price to level beside it made the engine 3 to 8 %
slower. Both sides sort by `key`, the price for bids and its negative for asks, so one piece of code
serves both.
"""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.enums import OrderCause, Side


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Order:
    """A resting or arriving order. Prices in ticks, quantities in lots.

    `next` and `previous` are its neighbours in the queue of its level, `account_next` and
    `account_previous` those among the open orders of its account; all four are cleared when it
    leaves, so that no cycle keeps it alive.
    """

    def __init__(
        self,
        *,
        order_id: i64,
        account_slot: i64,
        account_id: i64,
        owner_id: i64,
        instrument_id: i64,
        side: i64,
        limit_price: i64,
        quantity: i64,
        time_in_force: i64,
        self_trade_prevention: i64,
        expire_ms: i64,
        client_id: bytes,
        tag: bytes,
        is_reduce_only: bool = False,
        cause: i64 = OrderCause.USER,
    ) -> None:
        # First what its neighbours change, then what its end looks at: together in memory.
        self.next: Order | None = None
        self.previous: Order | None = None
        self.account_next: Order | None = None
        self.account_previous: Order | None = None
        self.level: Level | None = None
        self.client_id: bytes = client_id
        self.tag: bytes = tag
        self.order_id: i64 = order_id
        self.account_slot: i64 = account_slot
        self.instrument_id: i64 = instrument_id
        self.side: i64 = side
        self.limit_price: i64 = limit_price
        self.quantity_open: i64 = quantity
        self.account_id: i64 = account_id
        self.client_row: i64 = -1  # where the engine keeps its client id
        self.is_reduce_only: bool = is_reduce_only  # may only shrink a position
        self.owner_id: i64 = owner_id
        self.cause: i64 = cause
        self.quantity: i64 = quantity
        self.time_in_force: i64 = time_in_force
        self.self_trade_prevention: i64 = self_trade_prevention
        self.expire_ms: i64 = expire_ms


@final
@mypyc_attr(acyclic=True)
class Level:
    """All orders at one price, first come first served."""

    def __init__(self, *, price: i64, key: i64) -> None:
        self.price: i64 = price
        self.key: i64 = key
        self.quantity: i64 = 0
        self.count: i64 = 0
        self.head: Order | None = None
        self.tail: Order | None = None


@final
@mypyc_attr(acyclic=True)
class BookSide:
    """Bids or asks. `levels` is sorted by key, the best last."""

    def __init__(self, *, side: i64) -> None:
        self.sign: i64 = 1 if side == Side.BUY else -1
        self.levels: list[Level] = []

    def best(self) -> Level | None:
        """The level at the touch, or None when the side is empty."""
        if self.levels:
            return self.levels[-1]
        return None

    def is_reached_by(self, level: Level, limit_price: i64) -> bool:
        """Whether an opposite order with this limit would trade at the level."""
        return level.key >= self.sign * limit_price

    def place_of(self, key: i64) -> i64:
        """Index of the first level whose key is not below `key`.

        Levels are at least a tick apart, so within n ticks of a level lie at most n others: where
        nearly every tick has one, each look leaves few places. Where not, it is bisection.
        """
        levels = self.levels
        low: i64 = 0
        high: i64 = len(levels)
        probe = high - 1  # the touch; then in turn where `key` is at the earliest, and the middle
        is_middle = False
        while low < high:
            ticks = levels[probe].key - key
            if ticks < 0:
                low = probe + 1
                if high - probe > -ticks:
                    high = probe - ticks
            else:
                high = probe
                if probe - low > ticks:
                    low = probe - ticks
            probe = (low + high) >> 1 if is_middle else low
            is_middle = not is_middle
        return low

    def level_at(self, price: i64) -> Level:
        """The level of that price, opened when it is new."""
        key = self.sign * price
        levels = self.levels
        place = self.place_of(key)
        if place < len(levels):
            found = levels[place]
            if found.key == key:
                return found
        level = Level(price=price, key=key)
        levels.insert(place, level)
        return level

    def drop(self, level: Level) -> None:
        """Forget a level that has become empty."""
        assert level.count == 0 and level.quantity == 0
        if self.levels[-1] is level:
            self.levels.pop()
        else:
            place = self.place_of(level.key)
            assert self.levels[place] is level
            del self.levels[place]


@final
@mypyc_attr(acyclic=True)
class OrderBook:
    """Both sides of one instrument. Never crossed after an entry."""

    def __init__(self, *, instrument_id: i64) -> None:
        self.instrument_id: i64 = instrument_id
        self.bids: BookSide = BookSide(side=Side.BUY)
        self.asks: BookSide = BookSide(side=Side.SELL)

    def own_side(self, side: i64) -> BookSide:
        """Where an order of this side rests."""
        return self.bids if side == Side.BUY else self.asks

    def opposite_side(self, side: i64) -> BookSide:
        """Where an order of this side finds its counterparties."""
        return self.asks if side == Side.BUY else self.bids

    def add(self, order: Order) -> None:
        """Put the order at the end of the queue of its price."""
        assert order.quantity_open > 0 and order.level is None
        level = self.own_side(order.side).level_at(order.limit_price)
        order.level = level
        tail = level.tail
        if tail is None:
            level.head = order
        else:
            tail.next = order
            order.previous = tail
        level.tail = order
        level.quantity += order.quantity_open
        level.count += 1

    def reduce(self, order: Order, quantity: i64) -> None:
        """Take `quantity` lots off a resting order, which keeps its place; at zero it leaves the
        book.
        """
        level = order.level
        assert level is not None and 0 < quantity <= order.quantity_open
        order.quantity_open -= quantity
        level.quantity -= quantity
        if order.quantity_open == 0:
            self._unlink(order, level)

    def remove(self, order: Order) -> None:
        """Take the order out of its queue; what is open of it stays recorded in the order."""
        level = order.level
        assert level is not None
        level.quantity -= order.quantity_open
        self._unlink(order, level)

    def _unlink(self, order: Order, level: Level) -> None:
        before = order.previous
        after = order.next
        if before is None:
            level.head = after
        else:
            before.next = after
        if after is None:
            level.tail = before
        else:
            after.previous = before
        order.next = None
        order.previous = None
        order.level = None
        level.count -= 1
        if level.count == 0:
            self.own_side(order.side).drop(level)
