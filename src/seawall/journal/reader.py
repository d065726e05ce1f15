"""Reading the journal in order, while a writer writes or when nobody does.

Every record's link is checked against the one before, so what is yielded is what was written, and
an end is checked against the file's own `tail`: records that have disappeared are missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from seawall.errors import JournalDamaged
from seawall.journal.directory import is_in_use, journal_folder, open_directory
from seawall.journal.store import (
    RESTORE,
    Place,
    Store,
    check_about,
    file_numbers,
    file_path,
    look_before_opening,
    next_link,
    store_errors,
)

_ROWS_PER_READ: Final = 64


class JournalReader:
    """Reads the records of a data directory; never changes them. One thread at a time."""

    def __init__(self, directory: Path) -> None:
        """Open the newest file. Raises what `open_directory` raises, NotAJournal and
        JournalDamaged.
        """
        self._directory = directory
        self._folder = journal_folder(directory)
        self._genesis_hash = open_directory(directory).genesis_hash
        self._stores: dict[int, Store] = {}
        self._store(self._newest_file_no())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all files."""
        for store in self._stores.values():
            store.close()
        self._stores.clear()

    def tail(self) -> Place:
        """The newest record; record 0 has the genesis hash as its link."""
        return self._store(self._newest_file_no()).tail()

    def first_record_no(self) -> int:
        """The oldest record that is there; above 1 when archives have been taken away."""
        numbers = file_numbers(self._folder)
        first = numbers[-1]
        for file_no in reversed(numbers):
            if file_no < first - 1:
                break
            first = file_no
        return self._store(first).about.first_record_no

    def missing_files(self) -> list[int]:
        """Numbers of the files that must have existed and are not there."""
        numbers = file_numbers(self._folder)
        return [one for one in range(1, numbers[-1]) if one not in set(numbers)]

    def page_faults(self) -> Iterator[tuple[str, str]]:
        """The name of each file, and what SQLite finds wrong with its pages ("" for nothing)."""
        for file_no in file_numbers(self._folder):
            store = self._store(file_no)
            with store_errors(store.path, record_no=store.about.first_record_no):
                found = store.connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            yield store.path.name, "" if found == b"ok" else found.decode(errors="replace")

    def link_of(self, record_no: int) -> bytes | None:
        """The link of a record as it stands there, or None when there is no such record."""
        if record_no == 0:
            return self._genesis_hash
        store, _ = self._find(record_no)
        if store is None:
            return None
        found = store.record(record_no)
        return None if found is None else found[0]

    def read_from(
        self, record_no: int, *, after: bytes | None = None
    ) -> Iterator[tuple[int, bytes]]:
        """The records from `record_no` to the present end, as (record_no, payload), each link
        checked.

        Raises JournalDamaged at the first record that is missing or not what was written. Call
        again with the next number to go on when there is more.
        """
        assert record_no > 0
        expected = record_no
        link: bytes | None = None
        while True:
            store, is_end = self._find(expected)
            if is_end:
                return
            if store is None:
                raise self._damage(expected, "no file that holds it")
            if link is None:
                link = store.link_before(expected)
                if link is None:
                    raise self._damage(expected - 1, "a record that cannot be read")
                if after is not None and link != after:
                    raise self._damage(expected - 1, "another record than the caller has applied")
            elif expected == store.about.first_record_no and store.about.previous_link != link:
                raise self._damage(expected, "a file that does not continue the one before")
            tail, rows = self._read_rows(store, expected)
            for number, stored, payload in rows:
                if number != expected or type(stored) is not bytes or type(payload) is not bytes:
                    raise self._damage(expected, f"record {number} in its place")
                link = next_link(link, payload)
                if stored != link:
                    raise self._damage(expected, "a record whose link does not fit its content")
                yield number, payload
                expected += 1
            if len(rows) < _ROWS_PER_READ and expected <= tail.record_no:
                raise self._damage(expected, f"the end, though record {tail.record_no} was written")

    def _read_rows(
        self, store: Store, first: int
    ) -> tuple[Place, list[tuple[object, object, bytes]]]:
        """One read transaction, so that tail and rows are of the same moment."""
        connection = store.connection
        with store_errors(store.path, record_no=first):
            connection.execute("BEGIN")
            try:
                tail = store.tail()
                rows = connection.execute(
                    "SELECT record_no, link, payload FROM records WHERE record_no >= ? "
                    "ORDER BY record_no LIMIT ?",
                    (first, _ROWS_PER_READ),
                ).fetchall()
            finally:
                connection.execute("ROLLBACK")
        return tail, rows

    def _damage(self, record_no: int, found: str) -> JournalDamaged:
        return JournalDamaged(
            record_no=record_no,
            expected=f"record {record_no} of the journal in {self._folder}",
            found=found,
            to_do=RESTORE,
        )

    def _newest_file_no(self) -> int:
        numbers = file_numbers(self._folder)
        if not numbers:
            raise self._damage(1, "no journal file at all")
        return numbers[-1]

    def _find(self, record_no: int) -> tuple[Store | None, bool]:
        """The file that holds a record, and whether it lies behind the end of the journal instead.

        One look at the folder and one at a tail decide: a writer may be going on meanwhile.
        """
        numbers = file_numbers(self._folder)
        for file_no in reversed(numbers):
            store = self._store(file_no)
            if store.about.first_record_no <= record_no:
                if record_no <= store.tail().record_no:
                    return store, False
                return None, file_no == numbers[-1]
        return None, False

    def _store(self, file_no: int) -> Store:
        known = self._stores.get(file_no)
        if known is not None:
            return known
        path = file_path(self._folder, file_no)
        if not is_in_use(self._directory):
            try:
                look_before_opening(path)
            except JournalDamaged:
                if not is_in_use(self._directory):  # a writer may have begun while we looked
                    raise
        store = Store(path, can_write=False)
        try:
            check_about(store.about, path=path, file_no=file_no, genesis_hash=self._genesis_hash)
            if store.about.is_sealed and file_no == self._newest_file_no():
                raise self._damage(
                    store.tail().record_no + 1, f"no file after {path.name}, which is closed"
                )
        except Exception:
            store.close()
            raise
        self._stores[file_no] = store
        return store
