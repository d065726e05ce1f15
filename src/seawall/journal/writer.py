"""The writer: the one process that appends, a record per group commit, durable before it returns.

Disk full: `append` raises DiskFull, nothing of the record is kept, and the writer works again as
soon as there is room. A failed sync is different: what is on disk is then unknown, so the writer
refuses everything until a restart has looked.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from seawall.core.model.batch import batch_fault
from seawall.errors import (
    DataDirectoryInUse,
    DiskFailure,
    DiskFull,
    JournalDamaged,
    SeawallError,
)
from seawall.journal.directory import (
    DirectoryLock,
    disk_errors,
    journal_folder,
    open_directory,
)
from seawall.journal.store import (
    RESTORE,
    FileAbout,
    Look,
    Place,
    Store,
    check_about,
    create_file,
    file_numbers,
    file_path,
    is_archive,
    look_before_opening,
    next_link,
    store_errors,
    wal_bytes,
    wal_path,
)
from seawall.journal.witnesses import Witness, check_records

RECORDS_PER_FILE: Final = 1_000_000
FOLD_AT_BYTES: Final = 8 * 1024 * 1024  # a walk of it takes about a quarter of a second
RECORD_BYTES_MAX: Final = 64 * 1024 * 1024
_FOLD_TRIES: Final = 25  # of 0.2 s each, at the start and after a failed write


class JournalWriter:
    """The right and the means to append. `notes` says what was cut when it opened, for the log."""

    def __init__(
        self,
        directory: Path,
        *,
        holder: str = "seawall",
        records_per_file: int = RECORDS_PER_FILE,
        witnesses: Sequence[Witness] = (),
    ) -> None:
        """Take the directory and check how the journal ends.

        Raises what `open_directory` raises, DataDirectoryInUse, NotAJournal, NewerFormat,
        JournalDamaged, WitnessAhead, DiskFull and DiskFailure.
        """
        assert records_per_file > 0
        self.notes: list[str] = []
        self._records_per_file = records_per_file
        self._folder = journal_folder(directory)
        self._genesis_hash = open_directory(directory).genesis_hash
        self._append_lock = threading.Lock()
        self._must_clear = False
        self._is_broken = False
        self._is_closed = False
        self._directory_lock = DirectoryLock(directory, holder=holder)
        try:
            self._store = self._open_newest()
            try:
                self._tail = _check_tail(self._store)
                check_records(witnesses, record_no=self._tail.record_no)
            except SeawallError:
                self._store.close()
                raise
        except SeawallError:
            self._directory_lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def last_record_no(self) -> int:
        """The newest durable record; 0 before the first."""
        return self._tail.record_no

    @property
    def wants_fold(self) -> bool:
        """Whether the log has grown so much that `fold_wal` should run, in a thread of its own."""
        return wal_bytes(self._store.path) > FOLD_AT_BYTES

    @property
    def synchronous(self) -> str:
        """How SQLite says it syncs, e.g. FULL: what a bench prints beside a durable figure."""
        level = self._store.connection.execute("PRAGMA synchronous").fetchone()[0]
        return ("OFF", "NORMAL", "FULL", "EXTRA")[level]

    def append(self, batches: Sequence[bytes]) -> int:
        """Make one record of these sound batches and return its number: it is durable now.

        Raises DiskFull (nothing is kept, try again when there is room) or DiskFailure (restart).
        """
        payload = b"".join(batches)
        assert 0 < len(payload) <= RECORD_BYTES_MAX, "a record holds at least one batch"
        for batch in batches:
            fault = batch_fault(batch, 0)
            assert fault == "", f"only sound batches are written: {fault}"
        with self._append_lock:
            assert not self._is_closed, "the writer is closed"
            if self._is_broken:
                raise DiskFailure(
                    expected="every earlier write to be known",
                    found="one that failed half-way",
                    to_do="restart the process: it looks at what is on disk",
                )
            if self._must_clear:
                _clear_log(self._store)
                self._must_clear = False
            first = self._store.about.first_record_no
            if self._tail.record_no - first + 1 >= self._records_per_file:
                self._rotate()
            place = Place(self._tail.record_no + 1, next_link(self._tail.link, payload))
            self._commit(place, payload)
            self._tail = place
        return place.record_no

    def fold_wal(self) -> None:
        """Move the log into the main file. Most of it goes while appends go on; the last bit waits.

        For a background thread: a start has to walk what the log holds, so it should stay short.
        """
        with self._append_lock:
            if self._is_closed:
                return
            path = self._store.path
        background = Store(path, can_write=True)
        try:
            background.fold("PASSIVE")
        finally:
            background.close()
        with self._append_lock:
            if not self._is_closed and not self._is_broken and self._store.path == path:
                self._store.fold("TRUNCATE")

    def close(self) -> None:
        """Fold what can be folded, and let the next writer in."""
        with self._append_lock:
            if self._is_closed:
                return
            self._is_closed = True
            with contextlib.suppress(SeawallError):  # the log keeps what cannot be folded
                self._store.fold("TRUNCATE")
            self._store.close()
            self._directory_lock.release()

    def _commit(self, place: Place, payload: bytes) -> None:
        connection = self._store.connection
        try:
            with store_errors(self._store.path, record_no=place.record_no):
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(
                    "INSERT INTO records VALUES (?, ?, ?)", (place.record_no, place.link, payload)
                )
                connection.execute(
                    "UPDATE tail SET record_no = ?, link = ?", (place.record_no, place.link)
                )
                connection.execute("COMMIT")
        except BaseException as error:
            if connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
            # Frames of the failed commit may stand in the log. The next ones would be written
            # over their beginning, and what is left of them would look like damage in the middle.
            self._must_clear = True
            self._is_broken = not isinstance(error, DiskFull | DataDirectoryInUse)
            raise

    def _rotate(self) -> None:
        """Go on in a new file; the old one is sealed and never written again."""
        old = self._store
        about = FileAbout(
            file_no=old.about.file_no + 1,
            genesis_hash=self._genesis_hash,
            first_record_no=self._tail.record_no + 1,
            previous_link=self._tail.link,
            is_sealed=False,
        )
        path = file_path(self._folder, about.file_no)
        create_file(path, about)
        self._store = Store(path, can_write=True)
        try:
            _seal(old)
        finally:
            old.close()

    def _open_newest(self) -> Store:
        """Look at every file with a log, open the newest, and finish what a crash left undone."""
        for leftover in self._folder.glob("*.new*"):
            leftover.unlink()
        numbers = file_numbers(self._folder)
        if not numbers:
            raise JournalDamaged(
                record_no=1,
                expected=f"journal files in {self._folder}",
                found="none",
                to_do=RESTORE,
            )
        for file_no in numbers[:-1]:
            path = file_path(self._folder, file_no)
            if not is_archive(path):  # a crash came before the seal
                store = self._open_file(path, file_no)
                _seal(store)
                store.close()
        store = self._open_file(file_path(self._folder, numbers[-1]), numbers[-1])
        if store.about.is_sealed:
            next_record_no = store.tail().record_no + 1
            store.close()
            raise JournalDamaged(
                record_no=next_record_no,
                expected=f"a file after {store.path.name}, which is sealed",
                found="none",
                to_do=RESTORE,
            )
        return store

    def _open_file(self, path: Path, file_no: int) -> Store:
        look = look_before_opening(path)
        store = Store(path, can_write=True)
        try:
            check_about(store.about, path=path, file_no=file_no, genesis_hash=self._genesis_hash)
            _, frames = store.fold("PASSIVE")
            if look is not None and _is_torn(look, frames, store):
                kept = _keep_log(path)
                self.notes.append(
                    f"cut an unfinished write after record {store.tail().record_no}; it had no "
                    f"acknowledgement unless the disk lost what was synced; kept in {kept.name}"
                )
            _clear_log(store)
        except SeawallError:
            store.close()
            raise
        return store


def _is_torn(look: Look, frames: int, store: Store) -> bool:
    """Whether the log ends in an unfinished write; raises when SQLite sees other frames than the
    walk.

    A process that reads may have kept the wal-index alive, and a commit that was synced but not
    yet published there had no acknowledgement: SQLite does not see it, and it is cut.
    """
    report, index = look.report, look.index
    if frames == report.frames:
        return report.torn_bytes > 0
    before_last = report.commit_ends[-2] if len(report.commit_ends) > 1 else 0
    if index is not None and index.frames == frames == before_last:
        return True
    raise JournalDamaged(
        record_no=store.tail().record_no + 1,
        expected=f"SQLite to see the {report.frames} frames in the log of {store.path.name}",
        found=f"that it sees {frames}",
        to_do=RESTORE,
    )


def _keep_log(path: Path) -> Path:
    """Put a copy of the log aside before its end is cut: a witness may yet say what it was."""
    log = wal_path(path)
    kept = log.with_name(f"{log.name}.cut")
    with disk_errors(f"keeping a copy of {log}"):
        shutil.copyfile(log, kept)
    return kept


def _clear_log(store: Store) -> None:
    """Begin a new generation of the log: nothing may be written behind an unfinished write."""
    for _ in range(_FOLD_TRIES):
        is_busy, _ = store.fold("TRUNCATE")
        if not is_busy:
            return
    raise DataDirectoryInUse(
        expected=f"to be alone with {store.path} for a moment",
        found="a program that has been reading in it for seconds",
        to_do="end that program, then try again",
    )


def _check_tail(store: Store) -> Place:
    """The newest record must be there, be what `tail` says, and fit the one before."""
    tail = store.tail()
    number = tail.record_no
    fault = ""
    with store_errors(store.path, record_no=number):
        newest = store.connection.execute("SELECT max(record_no) FROM records").fetchone()[0]
    if number == store.about.first_record_no - 1:
        if newest is not None:
            fault = f"record {newest} after the end"
        elif tail.link != store.about.previous_link:
            fault = "a file that does not continue the one before"
    else:
        found = store.record(number)
        before = store.link_before(number)
        if found is None or before is None or newest != number:
            fault = f"record {newest} as the newest"
        elif found[0] != tail.link or next_link(before, found[1]) != tail.link:
            fault = "a record whose link does not fit its content"
    if fault:
        raise JournalDamaged(
            record_no=number,
            expected=f"{store.path.name} to end with record {number}",
            found=fault,
            to_do=RESTORE,
        )
    return tail


def _seal(store: Store) -> None:
    """Say in a file that a later one exists. A busy reader leaves the rest to the next start."""
    with store_errors(store.path, record_no=store.about.first_record_no):
        store.connection.execute("UPDATE about SET sealed = 1")
    is_busy, _ = store.fold("TRUNCATE")
    if not is_busy:
        store.path.chmod(0o444)
