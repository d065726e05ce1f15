"""Damage in the journal's files: an acknowledged record is there, or the venue does not start."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from seawall.errors import DiskFull, JournalDamaged
from seawall.journal.reader import JournalReader
from seawall.journal.wal import FRAME_BYTES, HEADER_BYTES, PAGE_BYTES, walk_wal
from seawall.journal.writer import JournalWriter
from tests.journal.damage import (
    INDEX,
    MAIN,
    WAL,
    cut,
    extend,
    flip,
    judge,
    killed_venue,
    stopped_venue,
    zero,
)
from tests.journal.venue import Flow, Venue, read_all

RECORDS = 12
# Each field of the log's header, and of a frame's: name -> offset.
LOG_FIELDS = {
    "magic": 3,
    "version": 5,
    "page size": 10,
    "checkpoint number": 15,
    "first salt": 19,
    "second salt": 21,
    "first checksum": 24,
    "second checksum": 31,
}
FRAME_FIELDS = {
    "page number": 3,
    "size after commit": 7,
    "first salt": 8,
    "second salt": 15,
    "first checksum": 17,
    "second checksum": 23,
    "page begin": 24,
    "page middle": 24 + 2_048,
    "page end": 24 + 4_095,
}


def frame_at(number: int) -> int:
    """The offset of a frame, from 1; of the first one from the end when negative."""
    return HEADER_BYTES + (number - 1) * FRAME_BYTES


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Venue, Path, int]:
    """A venue killed with all records in the log: venue, folder, number of frames."""
    folder = tmp_path_factory.mktemp("killed")
    venue = killed_venue(folder, records=RECORDS)
    return venue, folder, walk_wal(folder / "killed" / WAL).frames


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Venue, Path]:
    """A venue stopped cleanly, with all records in the main file."""
    folder = tmp_path_factory.mktemp("stopped")
    return stopped_venue(folder, records=80), folder


def rows_sqlite_sees(directory: Path) -> tuple[int, str]:
    """What a program that trusts SQLite gets: the number of rows, and the integrity check."""
    connection = sqlite3.connect(directory / MAIN)
    count = connection.execute("SELECT count(*) FROM records").fetchone()[0]
    check = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.close()
    return count, check


def test_undamaged_journal_is_intact_after_a_kill(killed: tuple[Venue, Path, int]) -> None:
    """The judge itself must be able to say so."""
    venue, folder, frames = killed

    assert judge(venue, folder) == "intact"
    assert frames >= 2 * RECORDS


def test_one_flipped_bit_makes_sqlite_drop_records_in_silence_and_us_refuse(
    killed: tuple[Venue, Path, int], tmp_path: Path
) -> None:
    """The trap that the walk exists for: SQLite reports no error and integrity_check says ok."""
    venue, folder, _ = killed
    trusting = tmp_path / "trusting"
    shutil.copytree(folder / "killed", trusting)
    damage = flip(WAL, frame_at(6) + 24 + 100)
    damage(trusting)
    (trusting / INDEX).unlink()

    count, check = rows_sqlite_sees(trusting)

    assert count < RECORDS
    assert check == "ok"
    assert judge(venue, folder, damage) == "refused"
    assert judge(venue, folder, damage, cut(INDEX, 0)) == "refused"


def test_refusal_says_that_the_log_is_damaged_and_what_to_do(
    killed: tuple[Venue, Path, int], tmp_path: Path
) -> None:
    """An operator at night needs the place and the next step."""
    _, folder, _ = killed
    copy = tmp_path / "copy"
    shutil.copytree(folder / "killed", copy)
    flip(WAL, frame_at(6) + 24 + 100)(copy)

    with pytest.raises(JournalDamaged, match=r"frame 6 is damaged.*restore it from a replica"):
        JournalWriter(copy)


@pytest.mark.parametrize("field", LOG_FIELDS)
def test_flip_in_the_header_of_the_log_is_refused(
    killed: tuple[Venue, Path, int], field: str
) -> None:
    """SQLite takes a log with a bad header for an empty one, and drops everything in it."""
    venue, folder, _ = killed
    damage = flip(WAL, LOG_FIELDS[field])

    assert judge(venue, folder, damage) == "refused"
    assert judge(venue, folder, damage, cut(INDEX, 0)) == "refused"


@pytest.mark.slow
@pytest.mark.parametrize("field", FRAME_FIELDS)
def test_flip_in_any_frame_is_refused(killed: tuple[Venue, Path, int], field: str) -> None:
    """With the wal-index as a witness, not even the last record can be taken for a torn write."""
    venue, folder, frames = killed

    found = {
        number: judge(venue, folder, flip(WAL, frame_at(number) + FRAME_FIELDS[field], bit=3))
        for number in (1, 2, frames // 2, frames - 1, frames)
    }

    assert dict.fromkeys(found, "refused") == found


@pytest.mark.slow
@pytest.mark.parametrize("field", FRAME_FIELDS)
def test_flip_without_a_wal_index_cuts_at_most_the_last_record_and_says_so(
    killed: tuple[Venue, Path, int], field: str
) -> None:
    """After a power cut the index may be gone: then the end of the log is judged by itself."""
    venue, folder, frames = killed
    lost_index = cut(INDEX, 0)

    for number in (1, 2, frames // 2, frames - 2):
        damage = flip(WAL, frame_at(number) + FRAME_FIELDS[field], bit=3)
        assert judge(venue, folder, damage, lost_index) == "refused", number
    for number in (frames - 1, frames):
        damage = flip(WAL, frame_at(number) + FRAME_FIELDS[field], bit=3)
        assert judge(venue, folder, damage, lost_index) in ("refused", "cut"), number


@pytest.mark.parametrize("field", ["first salt", "second salt"])
def test_last_frame_with_wrong_salts_is_no_torn_write(
    killed: tuple[Venue, Path, int], field: str
) -> None:
    """No checksum covers the salts, but a frame whose checksum is right was written whole."""
    venue, folder, frames = killed
    damage = flip(WAL, frame_at(frames) + FRAME_FIELDS[field], bit=3)

    assert judge(venue, folder, damage, cut(INDEX, 0)) == "refused"


@pytest.mark.parametrize("field", ["first checksum", "second checksum"])
def test_frame_with_a_wrong_checksum_is_missed_by_the_one_behind_it(
    killed: tuple[Venue, Path, int], field: str
) -> None:
    """What is stored is wrong, what is computed is right, and the next frame follows from it."""
    venue, folder, frames = killed
    damage = flip(WAL, frame_at(frames - 1) + FRAME_FIELDS[field], bit=3)

    assert judge(venue, folder, damage, cut(INDEX, 0)) == "refused"


@pytest.mark.slow
def test_cut_log_is_refused_wherever_it_is_cut(killed: tuple[Venue, Path, int]) -> None:
    """A log that ends early looks like one that was never longer; the wal-index knows better."""
    venue, folder, frames = killed
    places = [0, 10, HEADER_BYTES]
    places += [frame_at(number) for number in (2, frames // 2, frames)]
    places += [frame_at(number) + 24 for number in (1, frames // 2, frames)]
    places += [frame_at(frames + 1) - 1]

    found = {place: judge(venue, folder, cut(WAL, place)) for place in places}

    assert dict.fromkeys(found, "refused") == found


def test_deleted_log_is_refused(killed: tuple[Venue, Path, int]) -> None:
    """Somebody tidies up a file that he does not know."""
    venue, folder, _ = killed

    assert judge(venue, folder, lambda copy: (copy / WAL).unlink()) == "refused"


@pytest.mark.slow
def test_zeroed_stretch_of_the_log_is_refused(killed: tuple[Venue, Path, int]) -> None:
    """A lost sector, a lost page, a lost end."""
    venue, folder, frames = killed
    stretches = [
        (0, 32),
        (frame_at(1), 24),
        (frame_at(3), 512),
        (frame_at(frames // 2), FRAME_BYTES),
        (frame_at(frames // 2) + 24, PAGE_BYTES),
        (frame_at(frames - 1), FRAME_BYTES),
        (frame_at(frames), FRAME_BYTES),
        (frame_at(frames), 24),
        (frame_at(frames - 4), 4 * FRAME_BYTES),
    ]

    found = {place: judge(venue, folder, zero(WAL, *place)) for place in stretches}

    assert dict.fromkeys(found, "refused") == found


@pytest.mark.parametrize("garbage", [b"\0" * 100, b"\xa5" * 9_000, b"\0" * FRAME_BYTES * 3])
def test_garbage_behind_the_log_loses_nothing(
    killed: tuple[Venue, Path, int], garbage: bytes
) -> None:
    """An unfinished write behind the last commit is cut."""
    venue, folder, _ = killed

    assert judge(venue, folder, extend(WAL, garbage)) == "intact"


def test_unfinished_write_behind_the_log_is_cut_and_reported(
    killed: tuple[Venue, Path, int], tmp_path: Path
) -> None:
    """The report lets the operator see that a write was under way."""
    _, folder, _ = killed
    copy = tmp_path / "copy"
    shutil.copytree(folder / "killed", copy)
    log = (copy / WAL).read_bytes()
    extend(WAL, log[frame_at(1) : frame_at(1) + 1_000])(copy)

    with JournalWriter(copy) as writer:
        assert writer.last_record_no == RECORDS
        assert [note for note in writer.notes if f"after record {RECORDS}" in note]
    kept = copy / f"{WAL}.cut"
    assert kept.read_bytes().startswith(log)


@pytest.mark.slow
def test_flip_anywhere_in_the_main_file_is_refused_or_harmless(
    stopped: tuple[Venue, Path],
) -> None:
    """SQLite has no checksums there: the links find changed records, `tail` finds vanished ones."""
    venue, folder = stopped
    draw = random.Random(20)
    size = (folder / "killed" / MAIN).stat().st_size
    places = [*range(0, 100, 3)]
    for page in range(size // PAGE_BYTES):
        places += [page * PAGE_BYTES + at for at in (0, 3, 4, 5, 7, 8, 11)]
        places += [page * PAGE_BYTES + draw.getrandbits(12) for _ in range(3)]

    found = [judge(venue, folder, flip(MAIN, at, bit=draw.getrandbits(3))) for at in places]

    assert "cut" not in found
    assert found.count("refused") >= len(found) // 4
    assert "intact" in found  # unused bytes of a page


@pytest.mark.slow
def test_main_file_that_is_cut_or_zeroed_is_refused(stopped: tuple[Venue, Path]) -> None:
    """Every page that holds records is missed."""
    venue, folder = stopped
    size = (folder / "killed" / MAIN).stat().st_size
    damages = [cut(MAIN, at) for at in (0, 50, 100, 4_096, size // 2, size - 4_096)]
    damages += [zero(MAIN, 0, 16), zero(MAIN, 0, 100)]
    damages += [zero(MAIN, page * PAGE_BYTES, PAGE_BYTES) for page in range(size // PAGE_BYTES)]

    found = [judge(venue, folder, damage) for damage in damages]

    assert ["refused"] * len(found) == found


def test_garbage_behind_the_main_file_loses_nothing(stopped: tuple[Venue, Path]) -> None:
    """SQLite knows how many pages are its own."""
    venue, folder = stopped

    assert judge(venue, folder, extend(MAIN, b"\xa5" * 10_000)) == "intact"


def spill(connection: sqlite3.Connection, record_no: int) -> None:
    """Begin a record so large that part of it reaches the log before its commit."""
    connection.execute("PRAGMA cache_size = 2")
    connection.execute("BEGIN IMMEDIATE")
    for number in range(20):
        connection.execute(
            "INSERT INTO records VALUES (?, ?, ?)", (record_no + number, b"", bytes(3_000))
        )


def killed_again(folder: Path, venue: Venue) -> str:
    """Kill the venue once more, as it stands now, and judge what comes back."""
    shutil.rmtree(folder / "killed", ignore_errors=True)
    shutil.copytree(venue.directory, folder / "killed")
    return judge(venue, folder)


@pytest.mark.slow
def test_leftover_of_a_failed_write_is_not_taken_for_damage(tmp_path: Path) -> None:
    """A full disk in the middle of a large record, then a small one, then a kill."""
    venue = Venue(tmp_path / "venue")
    venue.steps(4)
    connection = venue.writer._store.connection
    frames = walk_wal(venue.directory / WAL).frames
    connection.execute("PRAGMA cache_size = 2")
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 12}")
    with pytest.raises(DiskFull):
        venue.writer.append([Flow(incarnation=9, orders_per_batch=1_500).trades()])
    log = (venue.directory / WAL).read_bytes()
    assert len(log) >= frame_at(frames + 6), "nothing was left over, so nothing is shown"
    assert killed_again(tmp_path, venue) == "intact"

    connection.execute("PRAGMA max_page_count = 1073741823")
    venue.step()

    assert killed_again(tmp_path, venue) == "intact"
    venue.writer.close()


@pytest.mark.slow
def test_write_that_a_kill_left_unfinished_is_not_taken_for_damage_later(tmp_path: Path) -> None:
    """Killed in a large record, back, one small record, killed again."""
    venue = Venue(tmp_path / "venue")
    venue.steps(4)
    spill(venue.writer._store.connection, 5)
    shutil.copytree(venue.directory, tmp_path / "again")
    venue.writer._store.connection.execute("ROLLBACK")
    venue.writer.close()
    assert walk_wal(tmp_path / "again" / WAL).torn_bytes > 6 * FRAME_BYTES

    venue.directory = tmp_path / "again"
    venue.writer = JournalWriter(venue.directory)
    assert venue.writer.notes
    venue.step()

    assert killed_again(tmp_path, venue) == "intact"
    venue.writer.close()


CHANGES = {
    "newest record vanished": "DELETE FROM records WHERE record_no = 5",
    "a record behind the end": "UPDATE tail SET record_no = 4, "
    "link = (SELECT link FROM records WHERE record_no = 4)",
    "tail names another record": "UPDATE tail SET record_no = 4",
    "newest record changed": "UPDATE records SET payload = payload || x'00' WHERE record_no = 5",
    "newest link changed": "UPDATE records SET link = zeroblob(32) WHERE record_no = 5",
    "link of another kind": "UPDATE records SET link = 'text' WHERE record_no = 5",
    "tail of another kind": "UPDATE tail SET link = 3",
    "tail vanished": "DELETE FROM tail",
    "two lines about the file": "INSERT INTO about SELECT * FROM about",
}


@pytest.mark.parametrize("change", CHANGES)
def test_change_of_the_end_is_refused_by_writer_and_reader_alone(
    tmp_path: Path, change: str
) -> None:
    """Neither relies on the other having looked."""
    venue = Venue(tmp_path / "venue")
    venue.steps(5)
    venue.writer.close()
    connection = sqlite3.connect(venue.directory / MAIN)
    connection.execute(CHANGES[change])
    connection.commit()
    connection.close()

    with pytest.raises(JournalDamaged):
        JournalWriter(venue.directory)
    if "tail SET record_no" not in CHANGES[change]:  # the reader stops where the file says
        with pytest.raises(JournalDamaged):
            read_all(venue.directory)


def test_missing_newest_file_is_refused(tmp_path: Path) -> None:
    """The file before says that a later one exists."""
    venue = Venue(tmp_path / "venue", records_per_file=3)
    venue.steps(5)
    venue.writer.close()
    for path in (tmp_path / "venue" / "journal").glob("00000002.db*"):
        path.unlink()

    with pytest.raises(JournalDamaged, match="sealed"):
        JournalWriter(venue.directory)
    with pytest.raises(JournalDamaged, match="closed"):
        JournalReader(venue.directory)


def test_a_wal_index_of_an_earlier_boot_accuses_nobody(tmp_path: Path) -> None:
    """It is never synced: after a power cut it may remember frames that were folded since."""
    venue = killed_venue(tmp_path, records=4)
    folded = tmp_path / "folded"
    shutil.copytree(tmp_path / "killed", folded)
    JournalWriter(folded).close()
    for name in (MAIN, "lock"):
        shutil.copy2(folded / name, tmp_path / "killed" / name)
    forget_the_log = cut(WAL, 0)

    def of_earlier_boot(directory: Path) -> None:
        os.utime(directory / INDEX, (1, 1))

    assert judge(venue, tmp_path, forget_the_log) == "refused"
    assert judge(venue, tmp_path, forget_the_log, of_earlier_boot) == "intact"
