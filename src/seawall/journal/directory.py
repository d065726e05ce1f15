"""The data directory: what lies where, who may write in it, and whether it is ours.

```
VERSION                    one line; written last, so it says that the rest is complete
genesis                    the canonical bytes of the genesis
lock                       held by the one writer; its text says who that is
journal/00000001.db ...    the records, a file per `records_per_file` of them
snapshots/<seq>.snap       checkpoints
engine.sock                where the engine process listens
```
Other rooms keep their files beside these.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import time
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from seawall.core.model.genesis import Genesis
from seawall.core.model.genesis_codec import decode_genesis
from seawall.errors import (
    BrokenGenesis,
    DataDirectoryInUse,
    DiskFailure,
    DiskFull,
    NewerFormat,
    NotAJournal,
)

FORMAT_VERSION: Final = 2  # 2: genesis and entries know swaps, indices and margin
_VERSION_TEXT: Final = re.compile(r"seawall data directory, format (\d{1,9})\n?")
_LOCK_TRIES: Final = 10
_LOCK_PAUSE_S: Final = 0.01  # a reader that looks whether somebody writes holds the lock for less


class DataDirectory(msgspec.Struct, frozen=True, kw_only=True):
    """A data directory of this release, with its genesis."""

    path: Path
    genesis: Genesis
    genesis_bytes: bytes

    @property
    def genesis_hash(self) -> bytes:
        """What opens the hash chain; equal for every replica of the venue."""
        return sha256(self.genesis_bytes).digest()


def journal_folder(directory: Path) -> Path:
    """Where the records lie."""
    return directory / "journal"


def snapshots_folder(directory: Path) -> Path:
    """Where the checkpoints lie."""
    return directory / "snapshots"


def socket_path(directory: Path) -> Path:
    """Where the engine process listens."""
    return directory / "engine.sock"


def open_directory(directory: Path) -> DataDirectory:
    """Check that a venue of this release lies there. Raises NotAJournal, NewerFormat or
    BrokenGenesis.
    """
    try:
        text = (directory / "VERSION").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        raise NotAJournal(
            expected=f"a venue in {directory}",
            found="no file VERSION there",
            to_do="name the data directory, or make one with `seawall init`",
        ) from None
    match = _VERSION_TEXT.fullmatch(text)
    if match is None:
        raise NotAJournal(
            expected=f"the line 'seawall data directory, format N' in {directory / 'VERSION'}",
            found=repr(text[:60]),
            to_do="restore the file, or name another directory",
        )
    if int(match[1]) > FORMAT_VERSION:
        raise NewerFormat(
            expected=f"a data directory of format {FORMAT_VERSION} in {directory}",
            found=f"format {match[1]}",
            to_do="use the release that wrote it, or a later one",
        )
    if int(match[1]) < FORMAT_VERSION:
        raise NotAJournal(
            expected=f"a data directory of format {FORMAT_VERSION} in {directory}",
            found=f"format {match[1]}, which an older release wrote",
            to_do="use the release that wrote it, or make a new venue with `seawall init`",
        )
    try:
        data = (directory / "genesis").read_bytes()
        genesis, fault = _genesis_of(data)
    except OSError as error:
        genesis, fault = None, error.strerror or str(error)
    if genesis is None:
        raise BrokenGenesis(
            expected=f"the genesis of the venue in {directory / 'genesis'}",
            found=fault,
            to_do="restore the file from a backup or from another replica; it never changes",
        )
    return DataDirectory(path=directory, genesis=genesis, genesis_bytes=data)


@lru_cache(maxsize=2)
def _genesis_of(data: bytes) -> tuple[Genesis | None, str]:
    """The genesis that the bytes tell, or None and what is wrong. It may name a hundred thousand
    accounts, it never changes, and a repair opens its directory dozens of times.
    """
    return decode_genesis(data)


class DirectoryLock:
    """The right to write in a data directory: at most one process has it, and it ends with the
    process.
    """

    def __init__(self, directory: Path, *, holder: str) -> None:
        """Take the lock as `holder`, or raise DataDirectoryInUse naming who has it."""
        path = directory / "lock"
        with disk_errors(f"opening {path}"):
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if not _try_lock(self._fd, fcntl.LOCK_EX):
            text = os.read(self._fd, 200).decode(errors="replace").strip()
            os.close(self._fd)
            raise DataDirectoryInUse(
                expected=f"to be the only one that writes in {directory}",
                found=f"it in use by {text or 'another process'}",
                to_do="stop that one first, or choose another data directory",
            )
        with disk_errors(f"writing {path}"):
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, f"{holder} (process {os.getpid()})\n".encode(), 0)

    def release(self) -> None:
        """Let the next one write."""
        os.close(self._fd)


def is_in_use(directory: Path) -> bool:
    """Whether a living process writes in the directory."""
    try:
        fd = os.open(directory / "lock", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def _try_lock(fd: int, kind: int) -> bool:
    for _ in range(_LOCK_TRIES):
        try:
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOCK_PAUSE_S)
        else:
            return True
    return False


def read_at_most(path: Path, count: int) -> bytes:
    """The first so many bytes of a file that a stranger may have chosen: some have no end. Raises
    OSError.
    """
    with path.open("rb") as file:
        return file.read(count)


def write_durably(path: Path, data: bytes) -> None:
    """Write a file so that after a crash it is there whole or not at all."""
    temporary = path.with_name(f"{path.name}.new")
    with disk_errors(f"writing {path}"):
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextlib.contextmanager
def disk_errors(doing: str) -> Iterator[None]:
    """Turn an OSError into DiskFull or DiskFailure."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(doing) from error
        raise DiskFailure(
            expected=f"{doing} to succeed",
            found=str(error),
            to_do="mend the disk or the permissions, then start again",
        ) from error


def disk_full(doing: str) -> DiskFull:
    """The failure to make something durable for want of room."""
    return DiskFull(
        expected=f"room for {doing}",
        found="a full disk; nothing of it was kept",
        to_do="make room, then try again",
    )
