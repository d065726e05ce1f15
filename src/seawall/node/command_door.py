"""Commands of the command line into a venue that runs, or into one that stands still.

A running venue gets them over its engine's socket. For one that stands still the journal is opened
as its engine would open it: the lock, the checks, the newest checkpoint and the records after it.
Then each batch is durable before it is applied, and the next start finds it in the journal. No beat
of the clock comes with it, so nothing happens but what was asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

from seawall.core.engine import Engine
from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import Command
from seawall.journal.directory import DataDirectory
from seawall.journal.recovery import Progress, open_replica
from seawall.journal.replica import ENGINE_PUBLISHER, AppliedBatch
from seawall.journal.writer import JournalWriter
from seawall.node.clock import NS_PER_MS
from seawall.node.people import (
    COMMAND_LINE_PUBLISHER,
    Answer,
    answers_of,
    is_running,
    present_replica,
    publish_for_answers,
)
from seawall.node.starting import read_model_witness

LONG_ANSWER_SECONDS: Final = 120.0  # for an entry that restates every account


class CommandDoor(Protocol):
    """A way into a venue."""

    def send(self, commands: Sequence[Command]) -> list[Answer]:
        """Make one batch of the commands durable, have it applied, and tell what came of each."""

    def engine(self) -> Engine:
        """The state at the end of the journal, to look at."""


def _unseen(_done: int, _total: int) -> None:
    """Nobody watches."""


@contextmanager
def open_door(data: DataDirectory, *, progress: Progress = _unseen) -> Iterator[CommandDoor]:
    """A way to publish batches of commands, one after the other, until the block ends.

    Raises what `publish_for_answers` raises, and what a start of the engine can find wrong.
    """
    if is_running(data.path):
        yield RunningVenue(data)
        return
    venue = StoppedVenue(data, progress=progress)
    try:
        yield venue
    finally:
        venue.close()


class RunningVenue:
    """A venue whose engine listens."""

    def __init__(self, data: DataDirectory) -> None:
        """Nothing is opened yet."""
        self._data = data

    def send(self, commands: Sequence[Command]) -> list[Answer]:
        """See `CommandDoor`."""
        return publish_for_answers(self._data, commands, answer_s=LONG_ANSWER_SECONDS)

    def engine(self) -> Engine:
        """See `CommandDoor`; it is run from the journal, beside the engine that listens."""
        return present_replica(self._data).engine


class StoppedVenue:
    """The journal of a venue whose engine does not run, and the state at its end."""

    def __init__(self, data: DataDirectory, *, progress: Progress = _unseen) -> None:
        """Take the directory and recover. Raises what a start can find wrong."""
        self._data = data
        self._writer = JournalWriter(data.path, holder="seawall command line")
        try:
            self._replica = open_replica(
                data.path, witnesses=read_model_witness(data), progress=progress
            ).replica
        except BaseException:
            self._writer.close()
            raise
        self._lives: dict[int, tuple[int, int]] = {}  # publisher -> incarnation, next batch

    def send(self, commands: Sequence[Command]) -> list[Answer]:
        """See `CommandDoor`."""
        (applied,) = self._append(COMMAND_LINE_PUBLISHER, commands)
        marks = self._replica.chain.pending_marks()
        if marks:
            self._append(ENGINE_PUBLISHER, marks)
        return answers_of(applied.events, first_seq=applied.first_seq, count=applied.count)

    def engine(self) -> Engine:
        """See `CommandDoor`."""
        return self._replica.engine

    def close(self) -> None:
        """Give the directory back."""
        self._writer.close()

    def _append(self, publisher_id: int, commands: Sequence[Command]) -> list[AppliedBatch]:
        engine = self._replica.engine
        last = engine.last_batch(publisher_id)[0]
        incarnation, number = self._lives.get(publisher_id, (last + 1, 1))
        batch = encode_batch(
            shard=self._data.genesis.shard,
            publisher_id=publisher_id,
            incarnation=incarnation,
            batch_number=number,
            stamps_ns=[engine.clock_ms * NS_PER_MS] * len(commands),
            commands=[encode_command(command) for command in commands],
        )
        self._lives[publisher_id] = (incarnation, number + 1)
        self._writer.append([batch])
        return self._replica.apply_record(batch).batches
