"""Rows of a repair: canonical bytes, and each rule that a set of rows can break."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import PlaceAlgo, PlaceOrder
from seawall.core.model.enums import AlgoType, LedgerKind, MarginMode, OrderType, Side
from seawall.core.model.limits import ACCOUNT_ID_ERROR, AMOUNT_MAX, NOTIONAL_MAX
from seawall.core.model.repair import (
    AlgoRow,
    LedgerRow,
    OrderRow,
    PositionRow,
    RepairRows,
    rows_fault,
)
from seawall.core.model.repair_codec import decode_rows, encode_rows, overlay_hash
from tests.laws.worlds import Draw

BTC, USDT, SWAP = 0, 1, 2
ANN, BEN = 7, 9


def terms_of(account_id: int) -> bytes:
    """An algo order's terms."""
    return encode_command(
        PlaceAlgo(
            account_id=account_id,
            instrument_id=SWAP,
            algo_type=AlgoType.TRIGGER,
            side=Side.BUY,
            quantity=3,
            margin_mode=MarginMode.CROSS,
            reduce_only=False,
            trigger_price=90,
        )
    )


def order_of(account_id: int, price: int = 80) -> bytes:
    """A plain order."""
    return encode_command(
        PlaceOrder(
            account_id=account_id,
            instrument_id=SWAP,
            side=Side.BUY,
            order_type=OrderType.LIMIT,
            limit_price=price,
            quantity=2,
            margin_mode=MarginMode.CROSS,
        )
    )


def position(account_id: int, size: int, cost: int) -> PositionRow:
    """A row of a cross position."""
    return PositionRow(account_id, SWAP, size, cost, 0, 0, 0, MarginMode.CROSS, 10)


def sound_rows() -> RepairRows:
    """Ann has 10 lots back at 900, for which house:error stands; her algo order waits again."""
    return RepairRows(
        ledger=[
            LedgerRow(LedgerKind.TRADING, ANN, USDT, 0, 70),
            LedgerRow(LedgerKind.TRADING, BEN, BTC, 0, -4),
            LedgerRow(LedgerKind.FUNDING, BEN, BTC, 0, 4),
            LedgerRow(LedgerKind.CLEARING, 0, USDT, SWAP, 10),
            LedgerRow(LedgerKind.HOUSE_ERROR, 0, USDT, 0, -80),
        ],
        positions=[position(ANN, 10, 900), position(ACCOUNT_ID_ERROR, -10, -910)],
        algos=[AlgoRow(ANN, 4096, terms_of(ANN), 0, True, False, False)],
        orders=[OrderRow(ANN, order_of(ANN)), OrderRow(BEN, order_of(BEN))],
    )


def test_sound_rows_have_no_fault() -> None:
    """Also none at all: a case may turn out to have done no harm."""
    assert rows_fault(sound_rows()) == ""
    assert rows_fault(RepairRows(ledger=[], positions=[], algos=[], orders=[])) == ""


def test_rows_survive_their_bytes() -> None:
    """What people approved is what the engine reads."""
    rows = sound_rows()
    again = decode_rows(encode_rows(rows))

    assert again == rows
    assert again is not None
    assert again.count() == 10
    assert again != [rows]


def test_the_order_in_which_rows_were_found_does_not_matter() -> None:
    """Two machines that look in another order approve the same hash."""
    rows = sound_rows()
    turned = RepairRows(
        ledger=rows.ledger[::-1],
        positions=rows.positions[::-1],
        algos=rows.algos[::-1],
        orders=rows.orders[::-1],
    )

    assert encode_rows(turned) == encode_rows(rows)
    assert overlay_hash(encode_rows(turned)) == overlay_hash(encode_rows(rows))


def test_every_bit_of_the_bytes_counts() -> None:
    """A flipped bit is not read, or is another set of rows with another hash."""
    data = encode_rows(sound_rows())
    draw = Draw(1)
    for _ in range(400):
        flipped = bytearray(data)
        flipped[draw.below(len(data))] ^= 1 << draw.below(8)
        again = decode_rows(bytes(flipped))

        assert again is None or again != sound_rows() or encode_rows(again) == data
        assert overlay_hash(bytes(flipped)) != overlay_hash(data)


def test_bytes_that_are_no_rows_are_not_read() -> None:
    """Cut short, with a tail, of another kind, or with more rows than bytes."""
    data = encode_rows(sound_rows())
    for length in range(len(data)):
        assert decode_rows(data[:length]) is None
    assert decode_rows(data + bytes(8)) is None
    assert decode_rows(b"12345678" + data[8:]) is None
    assert decode_rows(data[:8] + (2**62).to_bytes(8, "little") + data[16:]) is None
    assert decode_rows(data[:8] + b"\xff" * 8 + data[16:]) is None


def changed(rows_of: str, place: int, **fields: object) -> Callable[[RepairRows], None]:
    """Give one row other fields."""

    def change(rows: RepairRows) -> None:
        found = getattr(rows, rows_of)
        found[place] = dataclasses.replace(found[place], **fields)

    return change


def turned(kind: str) -> Callable[[RepairRows], None]:
    """Out of order."""
    return lambda rows: getattr(rows, kind).reverse()


def twice(kind: str) -> Callable[[RepairRows], None]:
    """A row is there twice."""
    return lambda rows: getattr(rows, kind).insert(0, getattr(rows, kind)[0])


def dropped(kind: str) -> Callable[[RepairRows], None]:
    """The first row is missing."""
    return lambda rows: getattr(rows, kind).pop(0)


FAULTS: dict[str, tuple[Callable[[RepairRows], None], str]] = {
    "money out of order": (turned("ledger"), "out of order"),
    "money twice": (twice("ledger"), "there twice"),
    "money missing": (dropped("ledger"), "sum to -70"),
    "one unit more": (changed("ledger", 0, amount=71), "sum to 1, not to zero"),
    "nothing": (changed("ledger", 0, amount=0), "zero"),
    "too much": (changed("ledger", 0, amount=AMOUNT_MAX + 1), "out of range"),
    "no asset": (changed("ledger", 0, asset_id=5_000), "names no asset"),
    "no such instrument": (changed("ledger", 3, instrument_id=2**16), "names no asset"),
    "no kind": (changed("ledger", 4, kind=11), "of no kind"),
    "outside": (changed("ledger", 3, kind=LedgerKind.EXT_CUSTODY), "outside the venue"),
    "nobody's": (changed("ledger", 0, account_id=0), "belongs to nobody"),
    "the house as a user": (changed("ledger", 4, account_id=3), "belongs to nobody"),
    "the venue as a user": (changed("ledger", 1, account_id=ACCOUNT_ID_ERROR), "nobody"),
    "of an instrument": (changed("ledger", 0, instrument_id=SWAP), "belongs to no instrument"),
    "positions out of order": (turned("positions"), "out of order"),
    "a position twice": (twice("positions"), "there twice"),
    "a position missing": (dropped("positions"), "sizes sum to -10"),
    "one lot more": (changed("positions", 0, size=11), "sizes sum to 1"),
    "one unit of cost more": (changed("positions", 0, cost=901), "clearing sum to 1"),
    "nobody's position": (changed("positions", 0, account_id=0), "belongs to nobody"),
    "position in nothing": (changed("positions", 0, instrument_id=-1), "names no instrument"),
    "position too large": (changed("positions", 0, fees=NOTIONAL_MAX + 1), "out of range"),
    "no margin mode": (changed("positions", 0, margin_mode=MarginMode.CASH), "margin mode"),
    "no leverage": (changed("positions", 0, lever=0), "leverage"),
    "position that is none": (changed("positions", 0, size=0, cost=0), "no difference"),
    "algos twice": (twice("algos"), "there twice"),
    "another's algo": (changed("algos", 0, account_id=BEN), "terms of that account"),
    "an order as an algo": (changed("algos", 0, terms=order_of(ANN)), "terms of that account"),
    "algo without id": (changed("algos", 0, algo_id=0), "out of range"),
    "orders out of order": (turned("orders"), "out of order"),
    "an order twice": (twice("orders"), "there twice"),
    "another's order": (changed("orders", 0, account_id=8), "terms of that account"),
    "an algo as an order": (changed("orders", 0, order=terms_of(ANN)), "terms of that account"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_rule_is_named(name: str) -> None:
    """The operator reads which row is wrong, and nothing is posted."""
    breaks, said = FAULTS[name]
    rows = sound_rows()
    breaks(rows)

    assert said in rows_fault(rows)
