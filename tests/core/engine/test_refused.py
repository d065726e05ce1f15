"""Refused orders: what a fill trades through, as a naive book that looks at all of them says."""

from __future__ import annotations

import pytest

from seawall.core.engine.refused import RefusedBook
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import OrderType, Side
from tests.laws.worlds import Draw

Place = tuple[int, int, int]  # account, instrument, side


def order(account_id: int, instrument_id: int, side: int, price: int, lots: int) -> PlaceOrder:
    """Somebody's wish that was refused."""
    return PlaceOrder(
        account_id=account_id,
        instrument_id=instrument_id,
        side=side,
        order_type=OrderType.LIMIT,
        limit_price=price,
        quantity=lots,
    )


class NaiveBook:
    """Price and lots left by place; every fill looks at everything."""

    def __init__(self) -> None:
        self.waiting: dict[Place, tuple[int, int]] = {}

    def put(self, command: PlaceOrder) -> None:
        """The newest takes the place of the one before."""
        place = (int(command.account_id), int(command.instrument_id), int(command.side))
        self.waiting[place] = (int(command.limit_price), int(command.quantity))

    def trade(self, instrument_id: int, price: int, lots: int) -> list[tuple[int, int, int]]:
        """Account, side and lots of each that a fill trades through: buys first, the best limit
        first, the lowest account id first.
        """
        beyond = sorted(
            (side, -limit if side == Side.BUY else limit, account_id)
            for (account_id, instrument, side), (limit, _) in self.waiting.items()
            if instrument == instrument_id
            and (price < limit if side == Side.BUY else price > limit)
        )
        found = []
        for side, _, account_id in beyond:
            if lots == 0:
                break
            place = (account_id, instrument_id, side)
            limit, left = self.waiting[place]
            done = min(left, lots)
            lots -= done
            if left == done:
                del self.waiting[place]
            else:
                self.waiting[place] = (limit, left - done)
            found.append((account_id, side, done))
        return found


def trade(book: RefusedBook, instrument_id: int, price: int, lots: int) -> list[tuple[int, ...]]:
    """The same of the book, in the way in which claims use it."""
    found: list[tuple[int, ...]] = []
    for side in (Side.BUY, Side.SELL):
        waiting = book.side(instrument_id, side)
        while waiting is not None and lots > 0:
            one = waiting.best()
            if one is None or not one.is_traded_through(price):
                break
            done = min(int(one.left), lots)
            lots -= done
            one.left -= done
            if one.left == 0:
                book.remove(one)
            found.append((int(one.command.account_id), int(side), done))
    return found


@pytest.mark.parametrize("seed", range(40))
def test_what_is_traded_through_is_what_a_naive_book_finds(seed: int) -> None:
    """Few accounts and prices, so that limits are equal and orders take each other's place."""
    draw = Draw(seed)
    book, naive = RefusedBook(), NaiveBook()
    taken = 0
    for _ in range(400):
        instrument_id = draw.below(2)
        if draw.chance(70):
            side = draw.below(2)
            command = order(
                draw.between(1, 12), instrument_id, side, draw.between(95, 105), draw.between(1, 9)
            )
            book.put(command, price=command.limit_price)
            naive.put(command)
        else:
            fill = (instrument_id, draw.between(90, 110), draw.between(1, 20))
            found = trade(book, *fill)
            taken += len(found)
            assert found == naive.trade(*fill)
        assert book.count == len(naive.waiting)
    assert taken > 20


def test_the_limit_itself_is_not_traded_through() -> None:
    """Somebody stood before the order at its own price, perhaps: only a tick beyond is sure."""
    book = RefusedBook()
    book.put(order(1, 0, Side.BUY, 100, 1), price=100)
    book.put(order(2, 0, Side.SELL, 200, 1), price=200)

    assert trade(book, 0, 100, 5) == [] == trade(book, 0, 200, 5)
    assert trade(book, 1, 50, 5) == []
    assert trade(book, 0, 99, 5) == [(1, Side.BUY, 1)]
    assert trade(book, 0, 201, 5) == [(2, Side.SELL, 1)]
    assert book.count == 0


def test_a_full_book_takes_no_more_but_retries() -> None:
    """What is remembered is bounded; who is in may change his mind, and who is out waits."""
    book = RefusedBook(most=2)
    for account_id in (1, 2, 3):
        book.put(order(account_id, 0, Side.BUY, 100 + account_id, 1), price=100 + account_id)
    book.put(order(1, 0, Side.BUY, 90, 4), price=90)

    assert trade(book, 0, 80, 9) == [(2, Side.BUY, 1), (1, Side.BUY, 4)]
    book.put(order(3, 0, Side.BUY, 100, 1), price=100)
    assert book.count == 1
