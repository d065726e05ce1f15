"""The order book against a sorted list, and the ledger's refusals."""

from __future__ import annotations

import pytest

from seawall.core.ledger import Ledger, available, hold, release, transfer
from seawall.core.matching import Order, OrderBook, walk
from seawall.core.model.enums import LedgerKind, SelfTradePrevention, Side
from seawall.core.model.limits import AMOUNT_MAX
from tests.laws.worlds import Draw, seeds


def order_of(number: int, side: int, price: int, quantity: int, owner_id: int = 1) -> Order:
    """An order that nobody has put anywhere."""
    return Order(
        order_id=number,
        account_slot=0,
        account_id=1,
        owner_id=owner_id,
        instrument_id=0,
        side=side,
        limit_price=price,
        quantity=quantity,
        time_in_force=0,
        self_trade_prevention=0,
        expire_ms=0,
        client_id=b"",
        tag=b"",
    )


def queue(book: OrderBook, side: int) -> list[tuple[int, int, int]]:
    """(price, order id, open quantity) of one side, best first, from the levels."""
    found = []
    for level in reversed(book.own_side(side).levels):
        order = level.head
        quantity = 0
        while order is not None:
            found.append((int(level.price), int(order.order_id), int(order.quantity_open)))
            quantity += order.quantity_open
            order = order.next
        assert level.quantity == quantity
    return found


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
@pytest.mark.parametrize("prices", [3, 200])
def test_a_side_is_a_sorted_list(side: int, prices: int) -> None:
    """Few prices make long queues, many make many levels: beyond the eight that the search
    gallops.
    """
    for seed in seeds(few=10, many=200):
        draw = Draw(seed)
        book = OrderBook(instrument_id=0)
        resting: list[Order] = []
        for number in range(1, 200):
            what = draw.below(10)
            if what < 6 or not resting:
                order = order_of(number, side, draw.between(1, prices), draw.between(1, 9))
                book.add(order)
                resting.append(order)
            elif what < 8:
                book.remove(resting.pop(draw.below(len(resting))))
            else:
                order = draw.one(resting)
                book.reduce(order, draw.between(1, order.quantity_open))
                if order.quantity_open == 0:
                    resting.remove(order)
            sign = -1 if side == Side.BUY else 1
            in_order = sorted(resting, key=lambda one: sign * one.limit_price)
            expected = [(one.limit_price, one.order_id, one.quantity_open) for one in in_order]

            assert queue(book, side) == expected, f"seed {seed}"
        best = book.own_side(side).best()
        assert (best is None) == (not resting)


def test_a_walk_is_what_matching_would_do() -> None:
    """The dry run decides about fill-or-kill and about the money of a market buy."""
    book = OrderBook(instrument_id=0)
    for number, (price, quantity, owner_id) in enumerate(
        [(100, 5, 2), (100, 5, 1), (101, 5, 2), (103, 5, 2)], start=1
    ):
        book.add(order_of(number, Side.SELL, price, quantity, owner_id))

    def found(limit_price: int, quantity: int, prevention: int) -> tuple[int, int]:
        seen = walk(
            book.asks,
            limit_price=limit_price,
            quantity=quantity,
            owner_id=1,
            prevention=prevention,
        )
        return int(seen.lots), int(seen.cost)

    skip, stop = SelfTradePrevention.CANCEL_MAKER, SelfTradePrevention.CANCEL_BOTH
    assert found(99, 9, skip) == (0, 0)
    assert found(100, 3, skip) == (3, 300)
    assert found(101, 20, skip) == (10, 1_005)
    assert found(103, 12, skip) == (12, 1_211)
    assert found(103, 12, stop) == (5, 500)
    assert found(103, 5, stop) == (5, 500)


def ledger_of(balance: int) -> tuple[Ledger, object, object]:
    """A ledger with one user who has so much, and the world."""
    ledger = Ledger()
    outside = ledger.account(kind=LedgerKind.EXT_CUSTODY, account_id=0, asset_id=0)
    user = ledger.account(kind=LedgerKind.TRADING, account_id=1, asset_id=0)
    transfer(ledger, source=outside, target=user, amount=balance)
    return ledger, user, outside


def test_a_hold_is_no_posting() -> None:
    """It changes what may be spent, not what there is."""
    ledger, user, _ = ledger_of(10)
    hold(ledger, user, 7)
    assert (user.balance, user.held, available(user)) == (10, 7, 3)
    release(ledger, user, 2)

    assert (user.balance, user.held, available(user)) == (10, 5, 5)


def test_the_ledger_refuses_what_cannot_be() -> None:
    """Handlers check first; these assertions stand behind them."""
    ledger, user, outside = ledger_of(10)
    hold(ledger, user, 7)
    other = ledger.account(kind=LedgerKind.TRADING, account_id=1, asset_id=1)
    for impossible in (
        lambda: transfer(ledger, source=user, target=outside, amount=4),
        lambda: transfer(ledger, source=user, target=outside, amount=-1),
        lambda: transfer(ledger, source=user, target=other, amount=1),
        lambda: transfer(ledger, source=outside, target=user, amount=AMOUNT_MAX - 9),
        lambda: hold(ledger, user, 4),
        lambda: hold(ledger, user, -1),
        lambda: release(ledger, user, 8),
        lambda: release(ledger, user, -1),
    ):
        with pytest.raises(AssertionError):
            impossible()

    assert (user.balance, user.held, outside.balance) == (10, 7, -10)


def test_only_what_differs_is_told_and_in_order() -> None:
    """A reader of balances hears each once, sorted, and nothing that came back to what it was."""
    ledger = Ledger()
    outside = ledger.account(kind=LedgerKind.EXT_CUSTODY, account_id=0, asset_id=0)
    users = [
        ledger.account(kind=LedgerKind.TRADING, account_id=number, asset_id=0)
        for number in range(60, 0, -1)
    ]
    for count in (1, 2, 30, 60):
        for user in users[:count]:
            transfer(ledger, source=outside, target=user, amount=1)
        hold(ledger, users[0], 1)
        release(ledger, users[0], 1)
        changed = ledger.take_touched()
        told = [(one.kind, one.account_id) for one in ledger.touched[:changed]]

        assert len(told) == count + 1
        assert told == sorted(told)
    transfer(ledger, source=outside, target=users[0], amount=1)
    transfer(ledger, source=users[0], target=outside, amount=1)
    assert ledger.take_touched() == 0
