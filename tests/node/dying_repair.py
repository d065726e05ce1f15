"""A posting that is killed: `python -m tests.node.dying_repair DIR CASE STEP WHEN`.

Applies a case to a venue that stands still, and kills itself at the command STEP (from 1): `before`
it is sent, or when it is `durable` and has not been applied.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seawall.core.model.commands import Command
from seawall.journal.directory import DataDirectory, open_directory
from seawall.node.command_door import CommandDoor, StoppedVenue
from seawall.node.people import Answer
from seawall.node.repairs import apply_repair


def die() -> None:
    """As the machine might kill it."""
    os.kill(os.getpid(), signal.SIGKILL)


class DyingReplica:
    """Applies nothing any more."""

    def __init__(self, replica: Any) -> None:
        self.engine = replica.engine

    def apply_record(self, _payload: bytes) -> None:
        """It was durable, and that was all."""
        die()


class DyingVenue(StoppedVenue):
    """Counts what is sent to it."""

    def __init__(self, data: DataDirectory, *, step: int, when: str) -> None:
        super().__init__(data)
        self._left = step
        self._when = when

    def send(self, commands: Sequence[Command]) -> list[Answer]:
        """Or die."""
        self._left -= 1
        if self._left == 0 and self._when == "before":
            die()
        if self._left == 0:
            self._replica: Any = DyingReplica(self._replica)
        return super().send(commands)


def main(directory: str, case_id: str, step: str, when: str) -> None:
    """Apply the case through a door that dies."""

    @contextmanager
    def open_dying(data: DataDirectory) -> Iterator[CommandDoor]:
        yield DyingVenue(data, step=int(step), when=when)

    apply_repair(
        open_directory(Path(directory)),
        case_id,
        progress=lambda _done, _total: None,
        enter=open_dying,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
