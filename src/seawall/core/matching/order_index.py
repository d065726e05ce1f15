"""Open orders by id: open addressing over two flat arrays.

A dictionary of integers touches three cold places for a look-up (its index, its entry, the key
object); this table touches one word of `keys` and the order itself. Linear probing; when a key is
removed, those behind it that would no longer be found move up, so that nothing stale is kept. The
table grows when it is half full.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.matching.book import Order
from seawall.core.model.codec import vec
from seawall.core.model.limits import ORDERS_PER_ENTRY_MAX, SEQ_MAX

_EMPTY: Final = 0
_SIZE_MIN: Final = 1_024
_LOW31: Final = 0x7FFFFFFF
_SCATTER: Final = 0x9E3779B1  # 2^32 over the golden ratio


@final
@mypyc_attr(acyclic=True)
class OrderIndex:
    """Finds an open order by its id; ids are positive."""

    def __init__(self) -> None:
        self.keys: vec[i64] = vec[i64]([0] * _SIZE_MIN)
        self.orders: list[Order | None] = [None] * _SIZE_MIN
        self.mask: i64 = _SIZE_MIN - 1
        self.count: i64 = 0

    def __len__(self) -> int:
        return self.count

    def get(self, order_id: i64) -> Order | None:
        """The open order of that id, or None."""
        keys = self.keys
        mask = self.mask
        place = _home(order_id) & mask
        while True:
            key = keys[place]
            if key == order_id:
                return self.orders[place]
            if key == _EMPTY:
                return None
            place = (place + 1) & mask

    def glance(self, order_id: i64) -> i64:
        """Read where a search for the order begins and what lies there, for it to be near when the
        search is made; what is returned means nothing.
        """
        place = _home(order_id) & self.mask
        seen = self.keys[place]
        order = self.orders[place]
        if order is not None:
            seen ^= order.quantity_open ^ order.quantity
        return seen

    def add(self, order: Order) -> None:
        """Index an order whose id is not in the table."""
        if self.count * 2 > self.mask:
            self._lay_out()
        keys = self.keys
        mask = self.mask
        place = _home(order.order_id) & mask
        while keys[place] != _EMPTY:
            assert keys[place] != order.order_id
            place = (place + 1) & mask
        keys[place] = order.order_id
        self.orders[place] = order
        self.count += 1

    def remove(self, order: Order) -> None:
        """Forget an order that is in the table."""
        keys = self.keys
        mask = self.mask
        place = _home(order.order_id) & mask
        while keys[place] != order.order_id:
            assert keys[place] != _EMPTY
            place = (place + 1) & mask
        orders = self.orders
        after = (place + 1) & mask
        while keys[after] != _EMPTY:
            # A search for this key begins at its home: may it pass over the free place?
            if (after - _home(keys[after]) & mask) >= (after - place & mask):
                keys[place] = keys[after]
                orders[place] = orders[after]
                place = after
            after = (after + 1) & mask
        keys[place] = _EMPTY
        orders[place] = None
        self.count -= 1

    def all(self) -> list[Order]:
        """Every open order, sorted by id."""
        ids: list[int] = [key for key in self.keys if key != _EMPTY]
        ids.sort()
        found: list[Order] = []
        for order_id in ids:
            order = self.get(order_id)
            assert order is not None
            found.append(order)
        return found

    def _lay_out(self) -> None:
        keep: list[Order] = [order for order in self.orders if order is not None]
        size: i64 = _SIZE_MIN
        while size < self.count * 4:
            size *= 2
        self.keys = vec[i64]([0] * size)
        self.orders = [None] * size
        self.mask = size - 1
        self.count = 0
        for order in keep:
            self.add(order)


def _home(order_id: i64) -> i64:
    """Where a search begins: four consecutive seqs lie side by side, the fours are scattered.

    Scattered, because a search for an order that is gone walks to the next empty place, and whoever
    cancels such orders must not find a long way.
    """
    seq = order_id >> 12 & SEQ_MAX
    scattered = (seq >> 2 & _LOW31) * _SCATTER >> 23
    return (scattered << 2 | seq & 3) ^ (order_id & ORDERS_PER_ENTRY_MAX)
