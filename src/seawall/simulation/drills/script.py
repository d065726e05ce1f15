"""A script: everything that anybody tells the venue, written as batches into real journals.

Two journals are written side by side: the day as it happened, and the clean day. Users' commands
are the same bytes in both; only what is told differently (observations of a failing domain, an
operator's freeze) differs. Time is cut into slices that end with a beat of the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import Command, TimerBeat
from seawall.core.model.genesis import Genesis
from seawall.journal.creation import create_journal
from seawall.journal.writer import JournalWriter

ENGINE, LANE, MAKERS, COLLECTOR, OPERATOR = 0, 2, 3, 4, 5  # publishers
BATCH_COMMANDS: Final = 1_024
_ORDER: Final = (OPERATOR, COLLECTOR, LANE)  # within a slice
_NS_PER_MS: Final = 1_000_000


class Told(msgspec.Struct, frozen=True):
    """A command as it is told at a moment in both worlds; None where it is not told at all."""

    at_ms: int
    publisher_id: int
    actual: Command | None
    clean: Command | None


def told(at_ms: int, publisher_id: int, command: Command) -> Told:
    """A command that is the same in both worlds."""
    return Told(at_ms, publisher_id, command, command)


class Publisher:
    """Numbers the batches of one publisher."""

    def __init__(self, publisher_id: int) -> None:
        self._publisher_id = publisher_id
        self._number = 0

    def batch(self, stamps_ms: Sequence[int], commands: Sequence[bytes]) -> bytes:
        """The next batch."""
        self._number += 1
        return encode_batch(
            shard=0,
            publisher_id=self._publisher_id,
            incarnation=1,
            batch_number=self._number,
            stamps_ns=[at_ms * _NS_PER_MS for at_ms in stamps_ms],
            commands=list(commands),
        )


class _World:
    """One journal in the making: slices are gathered into a record per so many seconds."""

    def __init__(self, directory: Path, genesis: Genesis) -> None:
        create_journal(directory, genesis)
        self.writer = JournalWriter(directory, holder="seawall drill")
        self._publishers = {one: Publisher(one) for one in (ENGINE, *_ORDER)}
        self._gathered: list[bytes] = []

    def tell(self, publisher_id: int, stamps_ms: list[int], commands: list[bytes]) -> None:
        """Add commands, in batches that a publisher may send."""
        publisher = self._publishers[publisher_id]
        for at in range(0, len(commands), BATCH_COMMANDS):
            end = at + BATCH_COMMANDS
            self._gathered.append(publisher.batch(stamps_ms[at:end], commands[at:end]))

    def commit(self) -> None:
        """Make a record of what was told since the last one."""
        if self._gathered:
            self.writer.append(self._gathered)
            self._gathered = []


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written. `seconds` yields what is told in each second after `start_ms`."""

    start_ms: int
    seconds: Iterable[Sequence[Told]]
    seconds_total: int
    seconds_per_record: int = 1
    slice_ms: int = 250  # each ends with a beat


def write_script(
    script: Script,
    *,
    actual: tuple[Path, Genesis],
    clean: tuple[Path, Genesis] | None,
    progress: Callable[[int, int], None],
) -> None:
    """Write the journals. Raises what the journal's writer raises."""
    worlds = [_World(*actual)]
    if clean is not None:
        worlds.append(_World(*clean))
    try:
        first = encode_command(TimerBeat(timer_id=0, wall_ms=script.start_ms))
        for world in worlds:
            world.tell(ENGINE, [script.start_ms], [first])
        for number, commands in enumerate(script.seconds, 1):
            second_ms = script.start_ms + (number - 1) * 1_000
            _tell_second(worlds, second_ms, script.slice_ms, commands)
            if number % script.seconds_per_record == 0:
                for world in worlds:
                    world.commit()
                progress(number, script.seconds_total)
        for world in worlds:
            world.commit()
    finally:
        for world in worlds:
            world.writer.close()


def _tell_second(
    worlds: Sequence[_World], second_ms: int, slice_ms: int, commands: Sequence[Told]
) -> None:
    slices: list[list[Told]] = [[] for _ in range(1_000 // slice_ms)]
    for one in sorted(commands, key=lambda each: each.at_ms):
        slices[(one.at_ms - second_ms) // slice_ms].append(one)
    for number, members in enumerate(slices, 1):
        for publisher_id in _ORDER:
            mine = [one for one in members if one.publisher_id == publisher_id]
            _tell_lane(worlds, publisher_id, mine)
        end_ms = second_ms + number * slice_ms
        beat = encode_command(TimerBeat(timer_id=0, wall_ms=end_ms))
        for world in worlds:
            world.tell(ENGINE, [end_ms], [beat])


def _tell_lane(worlds: Sequence[_World], publisher_id: int, members: Sequence[Told]) -> None:
    stamps: list[list[int]] = [[] for _ in worlds]
    commands: list[list[bytes]] = [[] for _ in worlds]
    for one in members:
        actual = None if one.actual is None else encode_command(one.actual)
        clean = actual
        if one.clean is not one.actual:
            clean = None if one.clean is None else encode_command(one.clean)
        for place, data in enumerate((actual, clean)[: len(worlds)]):
            if data is not None:
                stamps[place].append(one.at_ms)
                commands[place].append(data)
    for place, world in enumerate(worlds):
        if commands[place]:
            world.tell(publisher_id, stamps[place], commands[place])
