"""The table of open orders against a plain dictionary, and what must not become slow or wrong."""

from __future__ import annotations

import random

import pytest

from seawall.core.matching import Order, OrderIndex
from seawall.core.matching.order_index import _home
from seawall.core.model.enums import SelfTradePrevention, Side, TimeInForce
from seawall.core.model.ids import order_id_of


def order_with(order_id: int) -> Order:
    """An order of which only the id matters."""
    return Order(
        order_id=order_id,
        account_slot=0,
        account_id=1,
        owner_id=1,
        instrument_id=0,
        side=Side.BUY,
        limit_price=1,
        quantity=1,
        time_in_force=TimeInForce.GTC,
        self_trade_prevention=SelfTradePrevention.CANCEL_MAKER,
        expire_ms=0,
        client_id=b"",
        tag=b"",
    )


def crowded_ids(table: OrderIndex, count: int) -> list[int]:
    """Ids whose searches begin within a few places of each other, at the end of the table."""
    found: list[int] = []
    seq = 0
    while len(found) < count:
        seq += 1
        order_id = int(order_id_of(shard=0, seq=seq, counter=0))
        if table.mask - (_home(order_id) & table.mask) < 12:
            found.append(order_id)
    return found


def lost(table: OrderIndex, expected: dict[int, Order]) -> list[int]:
    """Which of the expected orders the table does not find."""
    return [order_id for order_id, order in expected.items() if table.get(order_id) is not order]


def test_the_table_does_what_a_dictionary_does() -> None:
    """Thousands of additions and removals in any order, while it grows."""
    rng = random.Random(5)
    table = OrderIndex()
    expected: dict[int, Order] = {}
    for step in range(1, 6_001):
        order_id = int(order_id_of(shard=0, seq=step, counter=step % 3))
        expected[order_id] = order_with(order_id)
        table.add(expected[order_id])
        if rng.random() < 0.6:
            ended = rng.choice(list(expected)[-400:])
            table.remove(expected.pop(ended))
            assert table.get(ended) is None
        if step % 500 == 0:
            assert lost(table, expected) == []

    assert len(table) == len(expected)
    assert [order.order_id for order in table.all()] == sorted(expected)


@pytest.mark.parametrize("seed", range(20))
def test_orders_that_crowd_around_the_end_of_the_table_are_found(seed: int) -> None:
    """What is removed lets those behind it move up, also past the end."""
    rng = random.Random(seed)
    table = OrderIndex()
    ids = crowded_ids(table, 60)
    expected: dict[int, Order] = {}
    for _ in range(400):
        order_id = rng.choice(ids)
        if order_id in expected:
            table.remove(expected.pop(order_id))
        else:
            expected[order_id] = order_with(order_id)
            table.add(expected[order_id])
        assert lost(table, expected) == []
        assert [one for one in ids if one not in expected and table.get(one) is not None] == []


def test_a_removal_that_leaves_a_gap_is_noticed() -> None:
    """The check of the test above must be able to say no."""
    table = OrderIndex()
    expected = {order_id: order_with(order_id) for order_id in crowded_ids(table, 60)}
    for order in expected.values():
        table.add(order)
    first = next(iter(expected))
    place = _home(first) & table.mask
    table.keys[place] = 0
    table.orders[place] = None
    del expected[first]

    assert lost(table, expected) != []


def test_a_table_from_which_as_much_leaves_as_comes_does_not_grow() -> None:
    """A venue that runs for years with few open orders needs a small table, and nothing stale."""
    table = OrderIndex()
    for seq in range(1, 20_001):
        order = order_with(int(order_id_of(shard=0, seq=seq, counter=0)))
        table.add(order)
        table.remove(order)

    assert table.mask == 1_023
    assert set(table.keys) == {0}
    assert set(table.orders) == {None}
