"""The rows of a repair to bytes and back; equal rows have equal bytes.

```
word 0   "SWLRPR1"
then, four times (money, positions, algo orders, orders): how many, and that many rows
```
A row is its fields as words, in the order of `repair.py`; bytes are their length and then
themselves, padded to whole words.
"""

from hashlib import sha256
from typing import Final

from mypy_extensions import i64

from seawall.core.model.codec import WORD, Writer, read_word, write_word
from seawall.core.model.repair import (
    AlgoRow,
    LedgerRow,
    OrderRow,
    PositionRow,
    RepairRows,
    algo_row_key,
    ledger_row_key,
    order_row_key,
    position_row_key,
)

ROWS_MAGIC: Final = 0x31_52_50_52_4C_57_53  # "SWLRPR1"
_LEDGER_WORDS: Final = 5
_POSITION_WORDS: Final = 9
_IS_ABOVE: Final = 1
_IS_SECOND_ABOVE: Final = 2
_IS_ACTIVE: Final = 4
_FLAGS: Final = 7


def encode_rows(rows: RepairRows) -> bytes:
    """The canonical bytes: each kind of row sorted by its key."""
    out = Writer()
    write_word(out, ROWS_MAGIC)
    write_word(out, len(rows.ledger))
    for row in sorted(rows.ledger, key=ledger_row_key):
        for word in (row.kind, row.account_id, row.asset_id, row.instrument_id, row.amount):
            write_word(out, word)
    write_word(out, len(rows.positions))
    for position in sorted(rows.positions, key=position_row_key):
        for word in (
            position.account_id,
            position.instrument_id,
            position.size,
            position.cost,
            position.realised,
            position.fees,
            position.funding_paid,
            position.margin_mode,
            position.lever,
        ):
            write_word(out, word)
    write_word(out, len(rows.algos))
    for algo in sorted(rows.algos, key=algo_row_key):
        flags: i64 = _IS_ABOVE if algo.is_above else 0
        if algo.is_second_above:
            flags |= _IS_SECOND_ABOVE
        if algo.is_active:
            flags |= _IS_ACTIVE
        for word in (algo.account_id, algo.algo_id, algo.extreme, flags):
            write_word(out, word)
        _write_bytes(out, algo.terms)
    write_word(out, len(rows.orders))
    for order in sorted(rows.orders, key=order_row_key):
        write_word(out, order.account_id)
        _write_bytes(out, order.order)
    return out.getvalue()


def overlay_hash(data: bytes) -> bytes:
    """What people approve and PostRepair names: the digest of `encode_rows`."""
    return sha256(data).digest()


def decode_rows(data: bytes) -> RepairRows | None:
    """The rows, or None when these are no bytes of rows; their order is as found."""
    try:
        return _decode(data)
    except (IndexError, OverflowError):
        return None


def _decode(data: bytes) -> RepairRows | None:
    if len(data) % WORD != 0 or read_word(data, 0) != ROWS_MAGIC:
        return None
    rows = RepairRows(ledger=[], positions=[], algos=[], orders=[])
    at: i64 = 2 * WORD
    left = _count(data, WORD, _LEDGER_WORDS)
    while left > 0:
        rows.ledger.append(_read_ledger_row(data, at))
        at += _LEDGER_WORDS * WORD
        left -= 1
    left = _count(data, at, _POSITION_WORDS)
    at += WORD
    while left > 0:
        rows.positions.append(_read_position_row(data, at))
        at += _POSITION_WORDS * WORD
        left -= 1
    left = _count(data, at, 1)
    at += WORD
    while left > 0:
        flags = read_word(data, at + 3 * WORD)
        if flags & ~_FLAGS != 0:
            return None
        terms = _read_bytes(data, at + 4 * WORD)
        rows.algos.append(
            AlgoRow(
                account_id=read_word(data, at),
                algo_id=read_word(data, at + WORD),
                terms=terms,
                extreme=read_word(data, at + 2 * WORD),
                is_above=flags & _IS_ABOVE != 0,
                is_second_above=flags & _IS_SECOND_ABOVE != 0,
                is_active=flags & _IS_ACTIVE != 0,
            )
        )
        at += 5 * WORD + _padded_length(len(terms))
        left -= 1
    left = _count(data, at, 1)
    at += WORD
    while left > 0:
        order = _read_bytes(data, at + WORD)
        rows.orders.append(OrderRow(account_id=read_word(data, at), order=order))
        at += 2 * WORD + _padded_length(len(order))
        left -= 1
    return rows if at == len(data) else None


def _count(data: bytes, at: i64, words: i64) -> i64:
    """How many rows follow; so many rows of `words` words each must fit at all."""
    count = read_word(data, at)
    if count < 0 or count > len(data) // WORD // words:
        raise IndexError("more rows than bytes")
    return count


def _read_ledger_row(data: bytes, at: i64) -> LedgerRow:
    return LedgerRow(
        kind=read_word(data, at),
        account_id=read_word(data, at + WORD),
        asset_id=read_word(data, at + 2 * WORD),
        instrument_id=read_word(data, at + 3 * WORD),
        amount=read_word(data, at + 4 * WORD),
    )


def _read_position_row(data: bytes, at: i64) -> PositionRow:
    return PositionRow(
        account_id=read_word(data, at),
        instrument_id=read_word(data, at + WORD),
        size=read_word(data, at + 2 * WORD),
        cost=read_word(data, at + 3 * WORD),
        realised=read_word(data, at + 4 * WORD),
        fees=read_word(data, at + 5 * WORD),
        funding_paid=read_word(data, at + 6 * WORD),
        margin_mode=read_word(data, at + 7 * WORD),
        lever=read_word(data, at + 8 * WORD),
    )


def _write_bytes(out: Writer, data: bytes) -> None:
    write_word(out, len(data))
    out.write(data)
    out.write(b"\0" * (_padded_length(len(data)) - len(data)))


def _read_bytes(data: bytes, at: i64) -> bytes:
    length = read_word(data, at)
    end = at + WORD + length
    if length < 0 or length > len(data) or end > len(data):
        raise IndexError("cut short")
    return data[at + WORD : end]


def _padded_length(length: i64) -> i64:
    return (length + WORD - 1) // WORD * WORD
