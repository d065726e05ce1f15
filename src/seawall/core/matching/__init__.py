"""Matching: who stands where in the book, and who meets whom.

Orders, price levels, the book of one instrument, and the walk that says what an arriving order
would find. Price first, then arrival; execution at the maker's price. This room must not know money
or accounts beyond an owner's number. Start with `book.py`.
"""

from seawall.core.matching.book import BookSide, Level, Order, OrderBook
from seawall.core.matching.impact import impact_price_e8
from seawall.core.matching.order_index import OrderIndex
from seawall.core.matching.walk import Walk, market_cap, walk

__all__ = [
    "BookSide",
    "Level",
    "Order",
    "OrderBook",
    "OrderIndex",
    "Walk",
    "impact_price_e8",
    "market_cap",
    "walk",
]
