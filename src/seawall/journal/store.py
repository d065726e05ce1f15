"""One journal file: an SQLite database in WAL mode, opened only after it has been looked at.

```
about    one row: format, file number, genesis hash, first record, link before it, sealed
tail     one row, changed in the transaction of each record: the newest record and its link
records  record_no, link = sha256(link of the record before + payload), payload
```
SQLite has no checksum for pages that have left its log, and a damaged page may simply hold fewer
rows. `tail` lies on another page than the newest record, so what disappears is missed; `sealed`
says that a later file exists. The links find what is changed.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from seawall.errors import (
    BrokenGenesis,
    DataDirectoryInUse,
    DiskFailure,
    JournalDamaged,
    NewerFormat,
    NotAJournal,
    SeawallError,
)
from seawall.journal.directory import disk_errors, disk_full, sync_folder
from seawall.journal.wal import (
    PAGE_BYTES,
    WalIndex,
    WalReport,
    missing_frames,
    read_wal_index,
    walk_wal,
)

SCHEMA_VERSION: Final = 1
APPLICATION_ID: Final = 0x53574C4A  # "SWLJ"
LINK_BYTES: Final = 32
BUSY_S: Final = 0.2  # an append waits no longer for a program that holds the file
RESTORE: Final = (
    "stop, keep the whole data directory as it is, run `seawall verify`, and restore it from a "
    "replica, a mirror or a backup"
)
_SQLITE_MAGIC: Final = b"SQLite format 3\0"
_SCHEMA: Final = f"""
PRAGMA page_size = {PAGE_BYTES};
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
BEGIN;
CREATE TABLE about (
    format INTEGER NOT NULL, file_no INTEGER NOT NULL, genesis_hash BLOB NOT NULL,
    first_record_no INTEGER NOT NULL, previous_link BLOB NOT NULL, sealed INTEGER NOT NULL);
CREATE TABLE tail (
    id INTEGER PRIMARY KEY CHECK (id = 1), record_no INTEGER NOT NULL, link BLOB NOT NULL);
CREATE TABLE records (record_no INTEGER PRIMARY KEY, link BLOB NOT NULL, payload BLOB NOT NULL);
"""


class FileAbout(msgspec.Struct, frozen=True, kw_only=True):
    """What a journal file says of itself."""

    file_no: int
    genesis_hash: bytes
    first_record_no: int
    previous_link: bytes
    is_sealed: bool


class Place(msgspec.Struct, frozen=True):
    """A record's number and link: where the chain of records stands."""

    record_no: int
    link: bytes


class _OpenFile:
    """What this process holds of one database file."""

    def __init__(self) -> None:
        self.connections = 0
        self.index_fds: list[int] = []


# Closing any descriptor of a file drops every POSIX lock that SQLite holds on it in this process.
# So we read the raw file only while SQLite does not have it open here, and close our descriptor of
# the wal-index only with the last connection.
_OPEN: dict[Path, _OpenFile] = {}
_OPEN_LOCK: Final = threading.Lock()


def next_link(previous: bytes, payload: bytes) -> bytes:
    """The link of a record."""
    return sha256(previous + payload).digest()


def file_path(folder: Path, file_no: int) -> Path:
    """The path of a journal file."""
    return folder / f"{file_no:08d}.db"


def file_numbers(folder: Path) -> list[int]:
    """The numbers of the journal files that are there, ascending."""
    return sorted(int(path.stem) for path in folder.glob("*.db") if path.stem.isdigit())


def wal_path(path: Path) -> Path:
    """SQLite's write-ahead log of a file."""
    return path.with_name(f"{path.name}-wal")


def index_path(path: Path) -> Path:
    """SQLite's wal-index of a file."""
    return path.with_name(f"{path.name}-shm")


def create_file(path: Path, about: FileAbout) -> None:
    """Make an empty journal file; it appears under its name only when it is whole and durable."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    with store_errors(path, record_no=about.first_record_no):
        connection = sqlite3.connect(temporary, isolation_level=None)
        try:
            connection.executescript(_SCHEMA)
            connection.execute(
                "INSERT INTO about VALUES (?, ?, ?, ?, ?, 0)",
                (
                    SCHEMA_VERSION,
                    about.file_no,
                    about.genesis_hash,
                    about.first_record_no,
                    about.previous_link,
                ),
            )
            connection.execute(
                "INSERT INTO tail VALUES (1, ?, ?)",
                (about.first_record_no - 1, about.previous_link),
            )
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.Error:
            connection.close()
            temporary.unlink(missing_ok=True)
            raise
        connection.close()
    with disk_errors(f"making {path}"):
        temporary.replace(path)
        sync_folder(path.parent)


class Look(msgspec.Struct, frozen=True):
    """What was seen of a file before SQLite opened it."""

    report: WalReport
    index: WalIndex | None


def look_before_opening(path: Path) -> Look | None:
    """Look at header and log of a file that no living process writes.

    Raises NotAJournal, NewerFormat or JournalDamaged. None when this process has the file open:
    whoever opened it has looked.
    """
    with _OPEN_LOCK:
        if path in _OPEN:
            return None
        _check_header(path)
        report = walk_wal(wal_path(path))
        index = _index_of_this_boot(index_path(path))
    fault = report.fault or missing_frames(report, index)
    if fault:
        raise JournalDamaged(
            record_no=0,
            expected=f"every committed record in {wal_path(path)}",
            found=f"damage: {fault}",
            to_do=RESTORE,
        )
    return Look(report, index)


def _index_of_this_boot(path: Path) -> WalIndex | None:
    """The wal-index, unless the machine went down since it was written.

    It is never synced: after a power cut it may be older than the log it belongs to, and would
    miss frames that were moved into the main file on purpose.
    """
    try:
        written_s = path.stat().st_mtime
    except FileNotFoundError:
        return None
    booted_s = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return read_wal_index(path) if written_s > booted_s else None


def _check_header(path: Path) -> None:
    with path.open("rb") as file:
        header = file.read(100)
    application_id = int.from_bytes(header[68:72], "big")
    if header[:16] != _SQLITE_MAGIC or application_id != APPLICATION_ID:
        raise NotAJournal(
            expected=f"{path} to be a journal of Seawall",
            found="another kind of file" if header else "an empty file",
            to_do="remove it if it is not ours; if it was, restore it from a replica or a backup",
        )
    version = int.from_bytes(header[60:64], "big")
    if version > SCHEMA_VERSION:
        raise NewerFormat(
            expected=f"a journal file of format {SCHEMA_VERSION} or older",
            found=f"format {version} in {path.name}",
            to_do="use the release that wrote it, or a later one",
        )
    if header[16:20] != PAGE_BYTES.to_bytes(2, "big") + b"\2\2":
        raise JournalDamaged(
            record_no=0,
            expected=f"the header of {path.name} to say pages of {PAGE_BYTES} bytes and WAL mode",
            found=header[16:20].hex(),
            to_do=RESTORE,
        )


class Store:
    """A connection to one journal file that has passed `look_before_opening`."""

    def __init__(self, path: Path, *, can_write: bool) -> None:
        """Open the file and read what it says of itself."""
        self.path = path
        mode = "rw" if can_write else "ro"
        if not can_write and is_archive(path):
            mode = "ro&immutable=1"  # no wal-index is needed, and none is left beside it
        with store_errors(path, record_no=0):
            self.connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=BUSY_S,
            )
        self.connection.text_factory = bytes
        with _OPEN_LOCK:
            _OPEN.setdefault(path, _OpenFile()).connections += 1
        try:
            with store_errors(path, record_no=0):
                if can_write:
                    self._set_up_writing()
                self.about = self._read_about()
        except SeawallError:
            self.close()
            raise

    def _set_up_writing(self) -> None:
        connection = self.connection
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        assert mode == b"wal", f"the journal is written in WAL mode, not {mode}"
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2, "FULL"
        assert connection.execute("PRAGMA wal_autocheckpoint").fetchone()[0] == 0

    def _read_about(self) -> FileAbout:
        rows = self.connection.execute(
            "SELECT format, file_no, genesis_hash, first_record_no, previous_link, sealed "
            "FROM about"
        ).fetchall()
        kinds = [type(field) for field in rows[0]] if len(rows) == 1 else []
        if kinds != [int, int, bytes, int, bytes, int] or rows[0][0] != SCHEMA_VERSION:
            raise JournalDamaged(
                record_no=0,
                expected=f"one line about the file {self.path.name}",
                found="none that can be read",
                to_do=RESTORE,
            )
        _, file_no, genesis_hash, first_record_no, previous_link, sealed = rows[0]
        return FileAbout(
            file_no=file_no,
            genesis_hash=genesis_hash,
            first_record_no=first_record_no,
            previous_link=previous_link,
            is_sealed=sealed != 0,
        )

    def tail(self) -> Place:
        """The newest record according to the file; its link is that of the record before the file
        when it is empty.
        """
        with store_errors(self.path, record_no=self.about.first_record_no):
            rows = self.connection.execute("SELECT record_no, link FROM tail").fetchall()
        if len(rows) != 1 or type(rows[0][0]) is not int or type(rows[0][1]) is not bytes:
            raise JournalDamaged(
                record_no=self.about.first_record_no,
                expected=f"the newest record of {self.path.name} to be named",
                found="nothing that can be read",
                to_do=RESTORE,
            )
        return Place(rows[0][0], rows[0][1])

    def record(self, record_no: int) -> tuple[bytes, bytes] | None:
        """(link, payload) of a record, or None when the file has none of that number."""
        with store_errors(self.path, record_no=record_no):
            row = self.connection.execute(
                "SELECT link, payload FROM records WHERE record_no = ?", (record_no,)
            ).fetchone()
        if row is None or type(row[0]) is not bytes or type(row[1]) is not bytes:
            return None
        return row[0], row[1]

    def link_before(self, record_no: int) -> bytes | None:
        """The link that record `record_no` continues, or None when the file does not tell."""
        if record_no == self.about.first_record_no:
            return self.about.previous_link
        found = self.record(record_no - 1)
        return None if found is None else found[0]

    def fold(self, mode: str) -> tuple[bool, int]:
        """Move the log into the main file (PASSIVE or TRUNCATE): whether a reader was in the way,
        and frames seen.
        """
        with store_errors(self.path, record_no=0):
            busy, frames, _ = self.connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        if mode == "TRUNCATE" and not busy:
            self._sync_index()
        return bool(busy), int(frames)

    def _sync_index(self) -> None:
        """Make durable that the wal-index is empty too: as a witness it must not outlive what it
        saw.
        """
        with _OPEN_LOCK:
            known = _OPEN[self.path]
            if not known.index_fds:
                with contextlib.suppress(FileNotFoundError):
                    known.index_fds.append(os.open(index_path(self.path), os.O_RDONLY))
            for fd in known.index_fds:
                os.fsync(fd)

    def close(self) -> None:
        """Close the connection; SQLite removes an empty log with the last one."""
        self.connection.close()
        with _OPEN_LOCK:
            known = _OPEN[self.path]
            known.connections -= 1
            if known.connections == 0:
                del _OPEN[self.path]
                for fd in known.index_fds:
                    os.close(fd)


def wal_bytes(path: Path) -> int:
    """The size of the log of a journal file."""
    try:
        return wal_path(path).stat().st_size
    except FileNotFoundError:
        return 0


def is_archive(path: Path) -> bool:
    """Whether the file is sealed and whole: read-only since its log has been folded."""
    return not path.stat().st_mode & 0o200 and wal_bytes(path) == 0


def check_about(about: FileAbout, *, path: Path, file_no: int, genesis_hash: bytes) -> None:
    """Check that a file is of this venue and has the name it was made with."""
    if about.genesis_hash != genesis_hash:
        raise BrokenGenesis(
            expected=f"the journal of the genesis with hash {genesis_hash.hex()[:16]}",
            found=f"that of {about.genesis_hash.hex()[:16]} in {path.name}",
            to_do="put the genesis back that the journal was written with; it never changes",
        )
    if about.file_no != file_no:
        raise JournalDamaged(
            record_no=about.first_record_no,
            expected=f"{path.name} to hold file {file_no} of the journal",
            found=f"file {about.file_no}",
            to_do="give the files the names back that they were written with",
        )


@contextlib.contextmanager
def store_errors(path: Path, *, record_no: int) -> Iterator[None]:
    """Turn SQLite's errors into operating failures; `record_no` is the record being read or
    written.
    """
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise disk_full(f"record {record_no} in {path}") from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise DataDirectoryInUse(
                expected=f"{path} to be free",
                found="another program that holds it locked",
                to_do="end the program that has opened the file, then start again",
            ) from error
        if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise DiskFailure(
                expected=f"to read and write {path}",
                found=str(error),
                to_do="mend the disk or the permissions, then start again",
            ) from error
        raise JournalDamaged(
            record_no=record_no,
            expected=f"{path.name} to be readable at record {record_no}",
            found=str(error),
            to_do=RESTORE,
        ) from error
