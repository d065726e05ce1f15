"""Plant damage in a copy of a data directory, and judge what the journal makes of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from seawall.errors import SeawallError
from seawall.journal.recovery import open_replica
from seawall.journal.writer import JournalWriter
from tests.journal.venue import Venue, hashes_of, read_all

MAIN = "journal/00000001.db"
WAL = f"{MAIN}-wal"
INDEX = f"{MAIN}-shm"
Damage = Callable[[Path], None]


def killed_venue(folder: Path, *, records: int) -> Venue:
    """A venue whose directory `folder / "killed"` is as `kill -9` leaves it: all in the log."""
    venue = Venue(folder / "venue")
    venue.steps(records)
    shutil.copytree(venue.directory, folder / "killed")
    venue.writer.close()
    return venue


def stopped_venue(folder: Path, *, records: int) -> Venue:
    """A venue whose directory `folder / "killed"` is as a clean stop leaves it: no log."""
    venue = Venue(folder / "venue")
    venue.steps(records)
    venue.writer.close()
    shutil.copytree(venue.directory, folder / "killed")
    return venue


def flip(name: str, offset: int, *, bit: int = 0) -> Damage:
    """Turn one bit; a negative offset counts from the end."""

    def damage(directory: Path) -> None:
        path = directory / name
        data = bytearray(path.read_bytes())
        data[offset] ^= 1 << bit
        path.write_bytes(data)

    return damage


def zero(name: str, offset: int, length: int) -> Damage:
    """Overwrite a stretch with zeros, as a lost sector is."""

    def damage(directory: Path) -> None:
        path = directory / name
        data = bytearray(path.read_bytes())
        end = min(offset + length, len(data))
        data[offset:end] = bytes(end - offset)
        path.write_bytes(data)

    return damage


def cut(name: str, length: int) -> Damage:
    """Keep only the first `length` bytes."""

    def damage(directory: Path) -> None:
        path = directory / name
        path.write_bytes(path.read_bytes()[:length])

    return damage


def extend(name: str, data: bytes) -> Damage:
    """Append what nobody wrote."""

    def damage(directory: Path) -> None:
        with (directory / name).open("ab") as file:
            file.write(data)

    return damage


def judge(venue: Venue, folder: Path, *damages: Damage) -> str:
    """Damage a fresh copy, open it as a venue does, and say how it went.

    "refused", "intact" (every record and the same hashes), or "cut" (said in the notes, and only
    the last record is gone). Anything else is a silent loss and fails here.
    """
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder / "killed", copy)
    for damage in damages:
        damage(copy)
    try:
        with JournalWriter(copy) as writer:
            notes = list(writer.notes)
            recovered = open_replica(copy)
            payloads = read_all(copy)
    except SeawallError:
        return "refused"
    if payloads == venue.payloads:
        assert hashes_of(recovered.replica) == hashes_of(venue.replica)
        return "intact"
    assert payloads == venue.payloads[:-1], "a silent loss of acknowledged records"
    assert notes, "the cut of the last record is not reported"
    return "cut"
