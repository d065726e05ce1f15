"""Identifiers. All are integers; those of orders and trades derive from the seq of an entry.

An order id is `shard (8 bits) | seq (43) | counter within the entry (12)`: 63 bits that sort by
creation (record 0004). A trade id has the same form, with a counter of its own. Seq 0 is the
genesis.
"""

from mypy_extensions import i64

from seawall.core.model.limits import ORDERS_PER_ENTRY_MAX, SEQ_MAX, SHARD_MAX


def order_id_of(*, shard: i64, seq: i64, counter: i64) -> i64:
    """The id of the `counter`-th order that the entry at `seq` creates."""
    assert 0 <= shard <= SHARD_MAX and 0 <= seq <= SEQ_MAX and 0 <= counter <= ORDERS_PER_ENTRY_MAX
    return shard << 55 | seq << 12 | counter


def seq_of_order_id(order_id: i64) -> i64:
    """The seq of the entry that created the order."""
    return order_id >> 12 & SEQ_MAX


def shard_of_order_id(order_id: i64) -> i64:
    """The shard whose journal the order lives in."""
    return order_id >> 55 & SHARD_MAX
