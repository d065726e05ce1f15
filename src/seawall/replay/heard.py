"""What a venue heard of some kinds of command, by seq: a walk over the journal, nothing applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from seawall.core.model.batch import find_commands
from seawall.core.model.codec import read_word
from seawall.journal.directory import open_directory
from seawall.journal.reader import JournalReader
from seawall.journal.replica import batches_of
from seawall.replay.start import Numbering, start_at_or_below

_STAMP_BEFORE: Final = 16  # bytes, from the stamp of a command in its batch to the command


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A command as it stands in the journal."""

    seq: int
    stamp_ns: int
    command: bytes


def heard(
    directory: Path, *, kinds: Iterable[int], first_seq: int, last_seq: int
) -> Iterator[Heard]:
    """The commands of these types from one seq to another, ascending. Raises what the reader
    raises.
    """
    home = open_directory(directory)
    mask = 0
    for kind in kinds:
        mask |= 1 << kind
    with JournalReader(directory) as reader:
        start = start_at_or_below(home, reader, seq=first_seq - 1)
        numbering = Numbering(start.replica(home).engine)
        for _, payload in reader.read_from(start.place.record_no + 1):
            for at, header in batches_of(payload):
                first = numbering.take(header)
                if first == 0 or numbering.seq < first_seq or first > last_seq:
                    continue
                for index, place, length in find_commands(payload, at, mask):
                    if first_seq <= first + index <= last_seq:
                        yield Heard(
                            seq=first + index,
                            stamp_ns=int(read_word(payload, place - _STAMP_BEFORE)),
                            command=payload[place : place + length],
                        )
            if numbering.seq >= last_seq:
                return
