"""The events of a world on disk: for each record of its journal a length and the bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

_LENGTH: Final = struct.Struct("<I")


def events_path(directory: Path) -> Path:
    """Where a world leaves its events."""
    return directory / "events"


def write_events(out: BinaryIO, events: bytes) -> None:
    """Append the events of one record."""
    out.write(_LENGTH.pack(len(events)))
    out.write(events)


def read_events(directory: Path) -> Iterator[bytes]:
    """The event bytes of each record of a world that has ended."""
    with events_path(directory).open("rb") as file:
        while head := file.read(_LENGTH.size):
            yield file.read(_LENGTH.unpack(head)[0])
