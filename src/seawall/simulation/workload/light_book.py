"""A light model of one order book, enough to know what lives while a workload is written.

It matches by price and time as the engine does, without money, fees or modes, so that a stream of
commands can be made ahead of a measurement and for any version of the engine. That the two agree is
tested by running the stream.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque


class Live:
    """An order that rests; `slot` is its place in the list of the living, -1 once it has ended."""

    __slots__ = ("account_id", "is_buy", "open", "order_id", "price", "quantity", "slot")

    def __init__(
        self, *, order_id: int, account_id: int, is_buy: bool, price: int, quantity: int
    ) -> None:
        self.order_id = order_id
        self.account_id = account_id
        self.is_buy = is_buy
        self.price = price
        self.quantity = quantity  # as last ordered, including what is filled
        self.open = quantity
        self.slot = -1


class LightBook:
    """Price levels of both sides and the list of resting orders. Prices are ticks, quantities
    lots.
    """

    def __init__(self) -> None:
        # Prices ascending, the touch last: asks are kept with their sign turned.
        self._prices: dict[bool, list[int]] = {True: [], False: []}
        self._levels: dict[int, deque[Live]] = {}
        self.living: list[Live] = []

    def best(self, *, is_buy: bool) -> int:
        """Return the best price of a side, 0 when it is empty."""
        prices = self._prices[is_buy]
        if not prices:
            return 0
        return prices[-1] if is_buy else -prices[-1]

    def makers(self, *, is_buy: bool, limit: int, quantity: int) -> list[Live]:
        """Return the orders that an incoming buy (or sell) of `quantity` up to `limit` would
        meet.
        """
        met = []
        prices = self._prices[not is_buy]
        for signed in reversed(prices):
            price = abs(signed)
            if quantity <= 0 or (price > limit if is_buy else price < limit):
                break
            for maker in self._levels[price]:
                if maker.slot < 0:
                    continue
                met.append(maker)
                quantity -= maker.open
                if quantity <= 0:
                    break
        return met

    def fill(self, makers: list[Live], quantity: int) -> int:
        """Fill the makers in order with up to `quantity`; return what is left of it."""
        for maker in makers:
            filled = min(quantity, maker.open)
            maker.open -= filled
            quantity -= filled
            if maker.open == 0:
                self.end(maker)
        return quantity

    def rest(self, order: Live) -> None:
        """Put an order at the end of its price level."""
        order.slot = len(self.living)
        self.living.append(order)
        level = self._levels.get(order.price)
        if level is None:
            level = self._levels[order.price] = deque()
            insort(self._prices[order.is_buy], order.price if order.is_buy else -order.price)
        level.append(order)

    def end(self, order: Live) -> None:
        """Take an order away."""
        last = self.living.pop()
        if last is not order:
            last.slot = order.slot
            self.living[order.slot] = last
        order.slot = -1
        level = self._levels[order.price]
        level.remove(order)
        if not level:
            del self._levels[order.price]
            prices = self._prices[order.is_buy]
            signed = order.price if order.is_buy else -order.price
            del prices[bisect_left(prices, signed)]

    def move(self, order: Live, price: int) -> None:
        """Take an order to the end of another price level."""
        self.end(order)
        order.price = price
        self.rest(order)
