"""A receipt is checked alone, and one changed character anywhere in it is refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from seawall.errors import OperatorFault
from seawall.repair.cases import CaseFolder
from seawall.repair.parts import FillVerdict, Line, OwnEvent, Part
from seawall.repair.plan import plan_hash
from seawall.repair.receipts import (
    Receipt,
    ReceiptBook,
    case_key,
    decode_receipt,
    encode_receipt,
    read_book,
    receipt_fault,
    write_parts,
)
from tests.repair.plans import sound_plan

KEY = b"k" * 32


def line(line: str, unit: str, before: int, difference: int) -> Line:
    """A line whose figures fit."""
    return Line(
        line=line, unit=unit, before=before, after=before + difference, difference=difference
    )


def parts() -> list[Part]:
    """Three users and the venue: one got too little, one too much, one was liquidated."""
    rule = "policy cause, rulebook 1"
    fill = FillVerdict(
        seq=12,
        instrument="BTC-USDT-SWAP",
        quantity=-3,
        price_e8=7_700,
        fair_price_e8=9_100,
        band_e8=3_000_000,
        stands=0,
        verdict="void",
        reason="out of band",
    )
    return [
        Part(
            account_id=3,
            rule=rule,
            lines=(
                line("trading USDT", "USDT", 100, 25),
                line("position BTC-USDT-SWAP", "BTC-USDT-SWAP lots", 0, 3),
                line("cost of BTC-USDT-SWAP", "", 0, 27_000),
            ),
            fills=(fill,),
            happened=(OwnEvent(seq=12, event="liquidated"),),
            repaired=(OwnEvent(seq=13, event="funding paid"),),
        ),
        Part(account_id=4, rule=rule, lines=(line("trading USDT", "USDT", 90, -20),)),
        Part(account_id=5, rule=rule, lines=(line("trading USDT", "USDT", 80, -1),)),
        Part(
            account_id=0,
            rule=rule,
            lines=(
                line("house:error USDT", "USDT", 0, -4),
                line("house:error: position", "BTC-USDT-SWAP lots", 0, -3),
            ),
        ),
    ]


def receipt(account_id: int = 3) -> Receipt:
    """A sound receipt."""
    book = ReceiptBook(parts(), key=KEY)
    return book.receipt(sound_plan(receipts_root=book.root.hex()), account_id)


def fault_of(data: bytes) -> str:
    """What the owner is told of a file."""
    found, fault = decode_receipt(data)
    return fault if found is None else receipt_fault(found)


@pytest.mark.parametrize("account_id", [0, 3, 4, 5])
def test_a_receipt_proves_itself(account_id: int) -> None:
    """Everybody's does, the venue's own too."""
    found = receipt(account_id)

    assert found.part.account_id == account_id
    assert fault_of(encode_receipt(found)) == ""


def test_the_published_hash_is_compared() -> None:
    """Who makes up a whole case has no plan that the venue has published."""
    found = receipt()
    digest = plan_hash(found.plan).hex()

    assert receipt_fault(found, published_hash=digest[:12].upper()) == ""
    assert "not of the published one" in receipt_fault(found, published_hash="0" * 64)


def test_no_changed_character_passes() -> None:
    """Every digit and letter of the file, exchanged for its neighbour."""
    data = encode_receipt(receipt())
    passed = []
    for at, byte in enumerate(data):
        character = chr(byte)
        if character.isalnum():
            other = {"9": "0", "z": "a", "Z": "A"}.get(character) or chr(byte + 1)
            changed = data[:at] + other.encode() + data[at + 1 :]
            if not fault_of(changed):
                passed.append((at, data[max(0, at - 30) : at + 30]))

    assert passed == []


def test_no_character_of_another_case_passes() -> None:
    """A hash in capital letters is the same number, and still another file."""
    data = encode_receipt(receipt())
    for at, byte in enumerate(data):
        changed = data[:at] + bytes([byte]).swapcase() + data[at + 1 :]
        if changed != data:
            assert fault_of(changed), data[max(0, at - 30) : at + 30]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a JSON document, inner ones included."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))
    if path:
        yield path


def at_place(document: Any, path: tuple[Any, ...]) -> tuple[Any, Any]:
    """What holds the value, and its name there."""
    for name in path[:-1]:
        document = document[name]
    return document, path[-1]


OTHERS: list[Any] = [None, 0, 1, -1, 10**30, "", "x", True, False, [], {}, 1.5]


def changes(value: Any) -> list[Any]:
    """Other values to put in the place of one."""
    near: list[Any] = []
    if isinstance(value, bool):
        near = [not value]
    elif isinstance(value, int):
        near = [value + 1, value - 1, -value]
    elif isinstance(value, str):
        near = [value + "0", value[:-1], value[::-1]]
    elif isinstance(value, list):
        near = [value[:-1], value[::-1], value + value[:1]]
    elif isinstance(value, dict):
        near = [dict(list(value.items())[:-1]), {**value, "note": 0}]
    return [one for one in [*near, *OTHERS] if json.dumps(one) != json.dumps(value)]


@pytest.mark.slow
def test_no_changed_field_passes() -> None:
    """Every field, its neighbours, and values that do not belong there."""
    document = json.loads(encode_receipt(receipt()))
    count = 0
    for path in places(document):
        holder, name = at_place(document, path)
        for other in changes(holder[name]):
            changed = copy.deepcopy(document)
            place, last = at_place(changed, path)
            place[last] = other
            count += 1
            assert fault_of(json.dumps(changed).encode()), (path, other)

    assert count > 1_000


@pytest.mark.parametrize("name", [one.name for one in msgspec.structs.fields(Receipt)])
def test_no_field_may_be_missing(name: str) -> None:
    """A receipt is whole or none."""
    document = json.loads(encode_receipt(receipt()))
    del document[name]

    assert fault_of(json.dumps(document).encode())


def test_what_follows_from_a_field_cannot_be_made_to_fit() -> None:
    """A forger who mends the sums and hashes that he can still meets the root."""
    found = receipt()
    lines = (line("trading USDT", "USDT", 100, 26), *found.part.lines[1:])
    forged = msgspec.structs.replace(found, part=msgspec.structs.replace(found.part, lines=lines))

    assert "do not lead to the root" in receipt_fault(forged)


def test_a_repair_that_does_not_balance_is_refused() -> None:
    """Even when its root is the one of the plan."""
    book = ReceiptBook(parts()[:-1], key=KEY)
    found = book.receipt(sound_plan(receipts_root=book.root.hex()), 3)

    assert "sum to 3 BTC-USDT-SWAP lots, not to zero" in receipt_fault(found)


def test_an_unsound_plan_makes_no_receipt_good() -> None:
    """A null test that fails is seen by everybody."""
    book = ReceiptBook(parts(), key=KEY)
    plan = sound_plan(receipts_root=book.root.hex(), null_tests={"plain": True, "pinned": False})

    assert "null test pinned fails" in receipt_fault(book.receipt(plan, 3))


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"\xff", b"[" * 100_000, b'{"format": ' + b"9" * 5_000 + b"}"]
)
def test_what_is_no_receipt_is_refused(data: bytes) -> None:
    """Whatever somebody hands in."""
    assert fault_of(data)


def test_a_receipt_tells_nothing_of_others() -> None:
    """No other account's id, line or amount; their sums are all there is."""
    text = encode_receipt(receipt(5)).decode()
    found = json.loads(text)

    assert "liquidated" not in text
    assert found["part"]["account_id"] == 5
    assert all(set(step) == {"side", "hash", "sums"} for step in found["proof"])


def test_an_account_that_is_not_touched_has_none() -> None:
    """Its state is the same in both runs."""
    with pytest.raises(OperatorFault, match="account 77"):
        receipt(77)


def test_a_book_of_another_plan_is_refused() -> None:
    """Receipts are given out for what was approved."""
    with pytest.raises(OperatorFault, match="and the key, that the plan names"):
        ReceiptBook(parts(), key=KEY).receipt(sound_plan(), 3)


def test_the_book_comes_back_with_the_same_root(tmp_path: Path) -> None:
    """The key is made once, so a plan made again has the same hash."""
    folder = CaseFolder(tmp_path, "c-1")
    key = case_key(folder)
    write_parts(folder, parts())

    assert read_book(folder).root == ReceiptBook(parts(), key=key).root
    assert case_key(folder) == key
    assert read_book(folder).accounts == [0, 3, 4, 5]


@pytest.mark.parametrize("data", [None, b"", b"x", b"{}\n", b"\xff"])
def test_a_lost_book_says_so(tmp_path: Path, data: bytes | None) -> None:
    """The plan can be made again."""
    folder = CaseFolder(tmp_path, "c-1")
    folder.make()
    if data is not None:
        (folder.receipts / "parts.jsonl").write_bytes(data)

    with pytest.raises(OperatorFault, match="from a backup, or, if the case was not posted, make"):
        read_book(folder)


@pytest.mark.parametrize("data", [None, b"", b"k" * 31, b"k" * 33])
def test_a_lost_key_says_so_and_is_not_made_again(tmp_path: Path, data: bytes | None) -> None:
    """Another one would lead to another root than the plan's."""
    folder = CaseFolder(tmp_path, "c-1")
    case_key(folder)
    write_parts(folder, parts())
    path = folder.receipts / "case.key"
    path.unlink()
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(OperatorFault, match=r"key of the case.*from a backup"):
        read_book(folder)
    assert path.exists() == (data is not None)
