"""What sources said of an index, as the journal has it, and the edit by which it is not heard.

Whoever writes an edit must know the seqs, and has seen only prices and times. The lines that `line`
makes are what people read, and their sha256 is evidence enough for a start: anybody who has the
journal makes the same lines again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import CommandType, ObservePrices
from seawall.core.model.genesis import Genesis
from seawall.errors import OperatorFault
from seawall.replay.edits import Drop, Grounds, Observations
from seawall.replay.heard import heard

_E8: Final = 100_000_000


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One observation. Prices are e8 quote per base."""

    seq: int
    clock_ms: int  # when the entry was written
    source: str
    bid_e8: int
    ask_e8: int


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """Whose words are looked for, and where."""

    index_id: int
    source_ids: tuple[int, ...]
    first_seq: int
    last_seq: int


def index_of(word: str, genesis: Genesis) -> int:
    """The id of the index with this name or number. Raises OperatorFault when there is none."""
    known = {int(one.index_id): one.name.decode("ascii", "replace") for one in genesis.indices}
    return _named(word, known, "an index of this venue")


def source_of(word: str, genesis: Genesis) -> int:
    """The id of the source with this name or number. Raises OperatorFault when there is none."""
    return _named(word, _source_names(genesis), "a source of this venue")


def said(directory: Path, genesis: Genesis, search: Search) -> Iterator[Said]:
    """What was said, by seq. Raises what the reader raises."""
    names = _source_names(genesis)
    for one in heard(
        directory,
        kinds=[CommandType.OBSERVE_PRICES],
        first_seq=search.first_seq,
        last_seq=search.last_seq,
    ):
        command = decode_command(one.command, 0, len(one.command))
        if (
            isinstance(command, ObservePrices)
            and command.index_id == search.index_id
            and command.source_id in search.source_ids
        ):
            source_id = int(command.source_id)
            yield Said(
                seq=one.seq,
                clock_ms=one.stamp_ns // 1_000_000,
                source=names.get(source_id, str(source_id)),
                bid_e8=int(command.bid_e8),
                ask_e8=int(command.ask_e8),
            )


def line(one: Said, *, moment: str) -> str:
    """An observation as people read it; `moment` is its clock in words."""
    prices = f"bid {_decimal(one.bid_e8)} ask {_decimal(one.ask_e8)}"
    return f"seq {one.seq} {moment} {one.source} {prices}"


def drop_of(search: Search, *, seqs: Sequence[int], evidence: str, author: int) -> Drop:
    """The edit by which all of this is not heard; `seqs` are the first and the last found."""
    return Drop(
        from_seq=seqs[0],
        to_seq=seqs[-1],
        selects=Observations(index_id=search.index_id, source_ids=search.source_ids),
        grounds=Grounds(evidence=evidence, author=author),
    )


def nothing_said(words: Iterable[str], search: Search) -> OperatorFault:
    """The failure to find anything."""
    return OperatorFault(
        expected=f"something that {', '.join(words)} said of index {search.index_id}",
        found=f"nothing from seq {search.first_seq} to {search.last_seq}",
        to_do="name another source, another index or a wider range",
    )


def _source_names(genesis: Genesis) -> dict[int, str]:
    return {int(one.source_id): one.name.decode("ascii", "replace") for one in genesis.sources}


def _named(word: str, known: dict[int, str], what: str) -> int:
    for number, name in known.items():
        if word in (name, str(number)):
            return number
    names = ", ".join(f"{number} {name}" for number, name in known.items()) or "it has none"
    raise OperatorFault(
        expected=f"{what} ({names})", found=repr(word), to_do="name one of them by name or number"
    )


def _decimal(price_e8: int) -> str:
    sign, (whole, rest) = "-" if price_e8 < 0 else "", divmod(abs(price_e8), _E8)
    digits = f".{rest:08d}".rstrip("0").rstrip(".")
    return f"{sign}{whole}{digits}"
