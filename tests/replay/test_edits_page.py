"""docs/reference/edits.md: every example is read as it stands, and nothing is left out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from seawall.core.pricing.guard_parameters import GUARD_PARAMETER_NAMES
from seawall.node.config import read_venue
from seawall.replay.edits import (
    EDITS_BYTES_MAX,
    EDITS_MAX,
    Drop,
    Edit,
    Freezes,
    Grounds,
    Observations,
    Replace,
    Seqs,
    decode_edits,
    encode_edits,
    read_edits,
    shape_fault,
)
from tests.repair.wrong_day import ALICE, WrongDay

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
PAGE = (DOCS / "reference/edits.md").read_text(encoding="utf-8")
GENESIS = read_venue(None, created_ms=1).genesis


def blocks(language: str) -> list[str]:
    """The blocks of the page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def examples() -> list[Edit]:
    """Every edit that the page shows."""
    found: list[Edit] = []
    for text in blocks("json"):
        edits, fault = decode_edits(text.encode())
        assert fault == ""
        found += edits
    return found


@pytest.mark.parametrize("text", blocks("json"))
def test_every_example_is_sound(text: str) -> None:
    """Read as `plan` reads it, in the demo's venue."""
    edits, fault = decode_edits(text.encode())

    assert fault == ""
    assert edits
    assert shape_fault(edits, GENESIS) == ""


def test_every_kind_of_edit_has_an_example() -> None:
    """And every way in which a drop selects."""
    found = examples()

    assert {type(one) for one in found} == set(get_args(Edit))
    selectors = {type(one.selects) for one in found if isinstance(one, Drop)}
    assert selectors == {Observations, Freezes, Seqs}


def test_every_field_is_named() -> None:
    """A field that was added and is not shown could not be written by anybody."""
    for kind in (*get_args(Edit), Observations, Freezes, Seqs, Grounds):
        for field in msgspec.structs.fields(kind):
            assert f'"{field.encode_name}"' in PAGE or f"`{field.encode_name}`" in PAGE


def test_every_parameter_and_limit_is_named() -> None:
    """By the names and figures of the code."""
    for name in GUARD_PARAMETER_NAMES:
        assert f"`{name.decode()}`" in PAGE
    assert f"1 to {EDITS_MAX:,} edits in at most\n{EDITS_BYTES_MAX // 2**20} MiB" in PAGE


def test_the_written_edit_looks_as_the_page_shows_it() -> None:
    """`find` writes what the first example is, but for the lists, which the page does not wrap."""
    first = blocks("json")[0]
    edits, _ = decode_edits(first.encode())

    assert json.loads(encode_edits(edits)) == json.loads(first)


def test_things_have_the_numbers_that_the_page_says() -> None:
    """From one or from zero."""
    from_one = ("operators", "accounts", "indices")
    for name, first in [*((one, 1) for one in from_one), ("instruments", 0), ("sources", 0)]:
        things: list[Any] = getattr(GENESIS, name)
        key = {"indices": "index_id"}.get(name, f"{name.removesuffix('s')}_id")
        assert [getattr(one, key) for one in things] == list(range(first, first + len(things)))
    assert [one.name for one in GENESIS.sources[:2]] == [b"amber", b"basalt"]
    assert GENESIS.indices[0].name == b"BTC-USDT"
    assert GENESIS.operators[0].name == b"olivia"


def test_every_command_of_the_page_exists() -> None:
    """With the options that it is given."""
    reference = (DOCS / "reference/command-line.md").read_text(encoding="utf-8")
    lines = re.findall(r"^    (seawall .*)$", PAGE, re.MULTILINE)

    assert len(lines) == 8
    for one in lines:
        command = " ".join(one.split()[:3])
        _, found, section = reference.partition(f"## {command}\n")
        assert found, command
        usage = section.partition("\n## ")[0]
        for option in re.findall(r"--[a-z-]+", one):
            assert f"`{option} " in usage, (command, option)


def test_the_code_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It lists orders with their seqs, and writes the example of a replacement."""
    WrongDay(tmp_path / "seawall-data")
    monkeypatch.chdir(tmp_path)
    for text in blocks("python"):
        exec(compile(text, "edits.md", "exec"), {})

    assert f"PlaceOrder {ALICE}\n" in capsys.readouterr().out
    assert read_edits(tmp_path / "edits.json") == next(
        edits
        for edits, _ in (decode_edits(one.encode()) for one in blocks("json"))
        if isinstance(edits[0], Replace)
    )
