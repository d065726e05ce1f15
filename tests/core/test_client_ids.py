"""The table of client ids against a plain dictionary, and what must not become slow or wrong."""

from __future__ import annotations

import random

from seawall.core.engine.client_ids import NO_ROW, ClientIds
from seawall.core.model.codec import padded


def test_the_table_does_what_a_dictionary_does() -> None:
    """Thousands of additions and removals in any order, over several layouts of the index."""
    rng = random.Random(5)
    table = ClientIds(seed=1)
    expected: dict[tuple[int, bytes], tuple[int, int]] = {}
    for step in range(20_000):
        slot = rng.randrange(4)
        client_id = padded(b"%d" % rng.randrange(3_000), 32)
        known = expected.get((slot, client_id))
        row = table.find(slot, client_id)
        assert (NO_ROW if known is None else known[0]) == row
        if known is None:
            expected[slot, client_id] = (table.add(slot, client_id, step + 1), step + 1)
        elif rng.random() < 0.5:
            table.remove(row)
            del expected[slot, client_id]
        else:
            assert table.mark_of(row) == known[1] and table.client_id(row) == client_id

    assert table.count == len(expected)
    assert len({row for row, _ in expected.values()}) == len(expected)


def test_ids_that_differ_in_any_bit_are_different_ids() -> None:
    """Every bit of the 32 bytes and the account counts."""
    table = ClientIds(seed=0)
    base = bytearray(32)
    table.add(0, bytes(base), 1)
    for bit in range(256):
        other = bytearray(base)
        other[bit // 8] ^= 1 << bit % 8
        assert table.find(0, bytes(other)) == NO_ROW
        table.add(0, bytes(other), 2 + bit)
    for bit in range(256):
        other = bytearray(base)
        other[bit // 8] ^= 1 << bit % 8
        assert table.mark_of(table.find(0, bytes(other))) == 2 + bit
    assert table.find(1, bytes(base)) == NO_ROW


def test_rows_and_index_are_used_again() -> None:
    """A venue that runs for years with few open orders needs a small table."""
    table = ClientIds(seed=9)
    for number in range(50_000):
        table.remove(table.add(7, padded(b"%d" % number, 32), 1))

    assert len(table.rows) == 8
    assert len(table.index) == 1_024
    assert table.count == 0
