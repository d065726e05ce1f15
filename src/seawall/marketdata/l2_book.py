"""A book by price level, derived from events: what rests at which price, for how many orders."""

from bisect import bisect_left, insort
from typing import final

from seawall.marketdata.views import BookView, Level


@final
class BookSide:
    """The levels of one side of a book."""

    __slots__ = ("_levels", "_prices", "is_bid")

    def __init__(self, *, is_bid: bool) -> None:
        self.is_bid = is_bid
        self._prices: list[int] = []  # ascending
        self._levels: dict[int, list[int]] = {}  # price -> [lots, orders]

    def change(self, *, price: int, quantity: int, orders: int) -> None:
        """Add (or, below zero, take) lots and orders at a price; an emptied level is forgotten."""
        level = self._levels.get(price)
        if level is None:
            assert quantity > 0 and orders > 0, "a level begins with an order"
            self._levels[price] = [quantity, orders]
            insort(self._prices, price)
            return
        level[0] += quantity
        level[1] += orders
        assert level[0] >= 0 and (level[0] > 0) == (level[1] > 0), "lots without orders at a level"
        if level[1] == 0:
            del self._levels[price]
            del self._prices[bisect_left(self._prices, price)]

    def best(self) -> Level | None:
        """The level that trades first, or None when the side is empty."""
        if not self._prices:
            return None
        price = self._prices[-1] if self.is_bid else self._prices[0]
        quantity, orders = self._levels[price]
        return price, quantity, orders

    def top(self, depth: int) -> list[Level]:
        """At most `depth` levels, best first."""
        if depth <= 0:
            return []
        prices = self._prices[: -depth - 1 : -1] if self.is_bid else self._prices[:depth]
        levels = self._levels
        return [(price, levels[price][0], levels[price][1]) for price in prices]


@final
class L2Book:
    """Both sides of one instrument's book, and when it changed last."""

    __slots__ = ("asks", "bids", "seq_id", "time_ms")

    def __init__(self) -> None:
        self.bids = BookSide(is_bid=True)
        self.asks = BookSide(is_bid=False)
        self.seq_id = 0  # seq of the last change; 0 before the first
        self.time_ms = 0

    def view(self, depth: int) -> BookView:
        """The best `depth` levels of each side."""
        return BookView(
            bids=self.bids.top(depth),
            asks=self.asks.top(depth),
            seq_id=self.seq_id,
            time_ms=self.time_ms,
        )


@final
class RestingOrder:
    """What market data remembers of an open order: where it stands and how much of it is open."""

    __slots__ = ("book", "open", "price", "side")

    def __init__(self, *, book: L2Book, side: BookSide, price: int, quantity_open: int) -> None:
        self.book = book
        self.side = side
        self.price = price
        self.open = quantity_open
