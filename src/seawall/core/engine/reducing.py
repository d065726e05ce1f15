"""Where the resting reduce-only orders of a position are, the worst first: a position that shrinks
fill by fill cuts them each time, and its account may have thousands of other orders.

Derived from the open orders, never part of the canonical state.
"""

from bisect import bisect_left, insort
from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.matching import Order, OrderIndex
from seawall.core.model.enums import Side


@final
@mypyc_attr(acyclic=True)
class ReducingOrders:
    """By account, instrument and side: (price, order id) of each order, the worst-priced and newest
    last; a price counts as worse the higher it is for sells, the lower for buys.
    """

    def __init__(self) -> None:
        self.waiting: dict[int, list[tuple[int, int]]] = {}

    def add(self, order: Order) -> None:
        """The order comes to rest."""
        key = _key_of(order.account_slot, order.instrument_id, order.side)
        found = self.waiting.get(key)
        if found is None:
            found = []
            self.waiting[key] = found
        insort(found, _rank_of(order))

    def remove(self, order: Order) -> None:
        """The inverse of `add`; the order has the price that it had then."""
        key = _key_of(order.account_slot, order.instrument_id, order.side)
        found = self.waiting[key]
        rank = _rank_of(order)
        place = bisect_left(found, rank)
        assert found[place] == rank
        del found[place]
        if not found:
            del self.waiting[key]

    def worst(
        self, orders: OrderIndex, *, account_slot: i64, instrument_id: i64, side: i64, lots: i64
    ) -> list[Order]:
        """The worst of them, as many as make up `lots`."""
        chosen: list[Order] = []
        found = self.waiting.get(_key_of(account_slot, instrument_id, side))
        if found is None:
            return chosen
        place: i64 = len(found) - 1
        while place >= 0 and lots > 0:
            order = orders.get(found[place][1])
            assert order is not None
            chosen.append(order)
            lots -= order.quantity_open
            place -= 1
        return chosen

    def is_of(self, orders: list[Order]) -> bool:
        """Whether these are what it would be built from."""
        other = ReducingOrders()
        for order in orders:
            other.add(order)
        return other.waiting == self.waiting


def _key_of(account_slot: i64, instrument_id: i64, side: i64) -> i64:
    return (account_slot << 16 | instrument_id) << 1 | side


def _rank_of(order: Order) -> tuple[int, int]:
    price = order.limit_price if order.side == Side.SELL else -order.limit_price
    return (price, order.order_id)
