"""A level of a book is found wherever it is, in a few looks where every tick has one."""

from __future__ import annotations

import random
from bisect import bisect_left
from typing import Any

from seawall.core.matching import OrderBook
from seawall.core.matching.book import BookSide, Level
from seawall.core.model.enums import Side
from seawall.core.model.limits import AMOUNT_MAX


class Looks(list[Level]):
    """Levels that count who looks at them."""

    count = 0

    def __getitem__(self, place: Any) -> Any:
        self.count += 1
        return super().__getitem__(place)


def side_with(keys: list[int]) -> BookSide:
    """A side of bids with levels at these prices."""
    side = OrderBook(instrument_id=0).bids
    side.levels = [Level(price=key, key=key) for key in keys]
    return side


def test_every_place_is_the_one_that_bisection_finds() -> None:
    """Dense books and sparse ones, prices inside, between and beyond their levels."""
    draw = random.Random(5)
    for _ in range(3_000):
        reach = draw.choice((3, 10, 40, 1_000, 10**9))
        count = draw.randint(0, min(reach, 30))
        keys = sorted(draw.sample(range(1, reach + 1), count))
        side = side_with(keys)
        for key in [*keys, *(draw.randint(0, reach + 2) for _ in range(5))]:
            assert side.place_of(key) == bisect_left(keys, key), (keys, key)


def test_the_largest_prices_do_not_overflow() -> None:
    """Asks count their keys below zero. Machine words overflow only where this runs compiled."""
    asks = OrderBook(instrument_id=0).asks
    for price in (AMOUNT_MAX, 1, AMOUNT_MAX // 2):
        asks.level_at(price)

    assert [level.price for level in asks.levels] == [AMOUNT_MAX, AMOUNT_MAX // 2, 1]
    assert asks.place_of(-AMOUNT_MAX) == 0 and asks.place_of(-1) == 2 and asks.place_of(0) == 3


def test_a_dense_book_needs_few_looks_and_no_book_more_than_twice_those_of_bisection() -> None:
    """The work of the search, counted and not timed."""
    dense = Looks(Level(price=key, key=key) for key in range(1, 1_001))
    sparse = Looks(Level(price=key, key=key) for key in (2**place for place in range(60)))
    side = BookSide(side=Side.BUY)
    for levels, looks_max in ((dense, 2), (sparse, 2 * 6 + 2)):
        side.levels = levels
        for level in list(levels):
            levels.count = 0
            assert levels[side.place_of(level.key)] is level
            assert levels.count - 1 <= looks_max, (level.key, levels.count)
