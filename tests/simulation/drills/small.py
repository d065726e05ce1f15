"""Small days for tests, and what the tests of drills share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seawall.core.model.batch import BATCH_HEADER_BYTES, find_commands
from seawall.core.model.codec import read_word
from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import Command, CommandType
from seawall.journal.reader import JournalReader
from seawall.journal.replica import batches_of
from seawall.replay.actual import ActualEvents
from seawall.replay.edits import Drop, Grounds, Seqs
from seawall.simulation.drills.day import DaySettings, make_day
from seawall.simulation.drills.script import write_script
from seawall.simulation.drills.venue import OPERATORS


def small_day(
    *, has_protections: bool = True, is_adaptive: bool = False, has_mirror: bool = False
) -> DaySettings:
    """A day of a hundred accounts and two makers."""
    return DaySettings(
        accounts=100,
        makers=2,
        has_protections=has_protections,
        is_adaptive=is_adaptive,
        has_mirror=has_mirror,
    )


def unseen_stage(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches how far a stage is."""


def unseen_line(_world: str, _done: int, _total: int, _scene: bytes) -> None:
    """Nobody watches the worlds."""


def write_day(settings: DaySettings, folder: Path) -> tuple[Path, Path]:
    """Write the journals of a day: where the day's and the clean day's lie."""
    day = make_day(settings)
    actual, clean = folder / "actual", folder / "clean"
    write_script(
        day.script,
        actual=(actual, day.genesis),
        clean=(clean, day.genesis),
        progress=lambda _done, _total: None,
    )
    return actual, clean


Told = tuple[int, int, bytes]  # publisher, stamp in ns, a command's bytes


def read(data: bytes) -> Command:
    """The command in those bytes."""
    command = decode_command(data, 0, len(data))
    assert command is not None, "a script tells what can be read"
    return command


def kind_of(data: bytes) -> int:
    """The number of a command's type."""
    return data[0]


def told_in(directory: Path) -> list[Told]:
    """Everything that a journal tells, in order."""
    found = []
    with JournalReader(directory) as reader:
        for _, payload in reader.read_from(1):
            for at, header in batches_of(payload):
                place = at + BATCH_HEADER_BYTES
                for _ in range(header.count):
                    length = read_word(payload, place + 8)
                    data = payload[place + 16 : place + 16 + length]
                    found.append((header.publisher_id, read_word(payload, place), data))
                    place += 16 + length
    return found


class DeafTest:
    """A null test of which one process does not hear one beat of the clock: it must turn red."""

    def __init__(self, test: Callable[..., Any]) -> None:
        self.skipped: list[int] = []
        self._test = test

    def __call__(self, directory: Path, folder: Path, *, first_seq: int, **others: Any) -> Any:
        """Run it so."""
        beat = a_beat(directory, first_seq)
        self.skipped.append(beat)
        drop = Drop(
            from_seq=beat,
            to_seq=beat,
            selects=Seqs(seqs=(beat,)),
            grounds=Grounds(evidence="ab" * 32, author=OPERATORS[2]),
        )
        return self._test(directory, folder, first_seq=first_seq, planted=[drop], **others)


def a_beat(home: Path, seq: int) -> int:
    """The first beat of the clock at or behind a seq."""
    for first_seq, batch, _ in ActualEvents(home, begin=seq - 1, until=sys.maxsize):
        for place, _, _ in find_commands(batch, 0, 1 << CommandType.TIMER_BEAT):
            if first_seq + place >= seq:
                return int(first_seq + place)
    raise AssertionError("no beat")
