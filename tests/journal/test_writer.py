"""The contract of the writer: in order, durable, alone, and whole again after a full disk."""

from __future__ import annotations

import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path

import pytest

from seawall.core.model.genesis_codec import encode_genesis
from seawall.errors import (
    BadConfiguration,
    BrokenGenesis,
    DataDirectoryInUse,
    DiskFull,
    JournalDamaged,
    NewerFormat,
    NotAJournal,
    WitnessAhead,
)
from seawall.journal.creation import create_journal
from seawall.journal.reader import JournalReader
from seawall.journal.recovery import open_replica
from seawall.journal.store import file_path, wal_bytes
from seawall.journal.witnesses import Witness
from seawall.journal.writer import JournalWriter
from tests.journal.venue import Flow, Venue, genesis, hashes_of, read_all


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A venue before its first record."""
    create_journal(tmp_path / "venue", genesis())
    return tmp_path / "venue"


def test_records_are_numbered_from_one_and_read_back_as_written(directory: Path) -> None:
    """The number is what a client's acknowledgement rests on."""
    flow = Flow()
    records = [flow.record() for _ in range(5)]

    with JournalWriter(directory) as writer:
        numbers = [writer.append(one) for one in records]

    assert numbers == [1, 2, 3, 4, 5]
    assert read_all(directory) == [b"".join(one) for one in records]


def test_links_are_the_vector_of_the_format(directory: Path) -> None:
    """link = sha256(previous link + payload), from the hash of the genesis: anyone can recompute
    it.
    """
    payloads = [b"".join(Flow(incarnation=n).record()) for n in (1, 2)]
    with JournalWriter(directory) as writer:
        for payload in payloads:
            writer.append([payload])

    link = sha256(encode_genesis(genesis())).digest()
    with JournalReader(directory) as reader:
        assert reader.link_of(0) == link
        for number, payload in enumerate(payloads, start=1):
            link = sha256(link + payload).digest()
            assert reader.link_of(number) == link


def test_every_commit_is_synced_in_full(directory: Path) -> None:
    """NORMAL has lost acknowledged records at a power cut; the log is folded only by us."""
    with JournalWriter(directory) as writer:
        connection = writer._store.connection

        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == (b"wal",)
        assert connection.execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)


def test_numbers_and_links_go_on_after_a_restart(directory: Path) -> None:
    """A restart is nothing that a reader can see."""
    flow = Flow()
    for number in range(1, 6):
        with JournalWriter(directory) as writer:
            assert writer.append(flow.record()) == number

    assert len(read_all(directory)) == 5


def test_unsound_batch_is_our_bug(directory: Path) -> None:
    """What is written must be readable for ever, so the door before it checks once more."""
    with JournalWriter(directory) as writer:
        with pytest.raises(AssertionError, match="sound"):
            writer.append([Flow().trades()[:-1] + b"\xff"])
        assert writer.last_record_no == 0


def test_second_writer_hears_who_holds_the_directory(directory: Path) -> None:
    """Two writers would make two histories."""
    with (
        JournalWriter(directory, holder="seawall up"),
        pytest.raises(DataDirectoryInUse, match=r"seawall up \(process \d+\)"),
    ):
        JournalWriter(directory)
    JournalWriter(directory).close()


@pytest.mark.slow
def test_writer_of_another_process_is_named(directory: Path) -> None:
    """The lock ends with its process, however that ends."""
    code = (
        "import sys; from pathlib import Path; from seawall.journal.writer import JournalWriter\n"
        "writer = JournalWriter(Path(sys.argv[1]), holder='another')\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        assert process.stdout.readline() == b"open\n"
        with pytest.raises(DataDirectoryInUse, match=rf"another \(process {process.pid}\)"):
            JournalWriter(directory)
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
    JournalWriter(directory).close()


def test_files_rotate_and_old_ones_stay_readable(tmp_path: Path) -> None:
    """Archives are read-only, closed, and part of the same chain of records."""
    venue = Venue(tmp_path / "venue", records_per_file=4)
    venue.steps(11)

    files = sorted((venue.directory / "journal").glob("*.db"))
    assert [path.name for path in files] == ["00000001.db", "00000002.db", "00000003.db"]
    assert [oct(path.stat().st_mode & 0o777) for path in files[:2]] == ["0o444", "0o444"]
    assert read_all(venue.directory) == venue.payloads
    venue.writer.close()

    assert read_all(venue.directory) == venue.payloads
    assert hashes_of(open_replica(venue.directory).replica) == hashes_of(venue.replica)


def test_rotation_goes_on_after_restarts_at_its_edge(tmp_path: Path) -> None:
    """A full file, an empty new file, and one in between, each found by a start."""
    venue = Venue(tmp_path / "venue", records_per_file=2)
    for _ in range(5):
        venue.step()
        venue.writer.close()
        venue.writer = JournalWriter(venue.directory, records_per_file=2)
    venue.writer.close()

    assert read_all(venue.directory) == venue.payloads


def test_crash_between_new_file_and_seal_is_finished_by_the_next_start(tmp_path: Path) -> None:
    """The new file is there first, so no moment exists at which a record has no file."""
    venue = Venue(tmp_path / "venue", records_per_file=2)
    venue.steps(3)
    venue.writer.close()
    old = file_path(venue.directory / "journal", 1)
    old.chmod(0o644)
    unsealed = Venue(tmp_path / "other", records_per_file=2)
    unsealed.steps(2)
    unsealed.writer.close()
    old.write_bytes(file_path(unsealed.directory / "journal", 1).read_bytes())

    JournalWriter(venue.directory).close()

    assert read_all(venue.directory) == venue.payloads
    assert old.stat().st_mode & 0o222 == 0


def test_reader_follows_a_writer_that_writes(directory: Path) -> None:
    """The follower reads while the engine appends, and sees only whole records."""
    flow = Flow()
    records = [flow.record() for _ in range(60)]
    seen: list[bytes] = []

    def follow() -> None:
        with JournalReader(directory) as reader:
            while len(seen) < len(records):
                seen.extend(payload for _, payload in reader.read_from(len(seen) + 1))

    with JournalWriter(directory, records_per_file=25) as writer:
        thread = threading.Thread(target=follow)
        thread.start()
        for number, record in enumerate(records):
            writer.append(record)
            if number % 20 == 10:
                writer.fold_wal()
        thread.join(timeout=30)

    assert seen == [b"".join(one) for one in records]


def test_fold_empties_the_log_and_keeps_every_record(tmp_path: Path) -> None:
    """The log a start has to walk stays short."""
    venue = Venue(tmp_path / "venue")
    venue.steps(20)
    path = file_path(venue.directory / "journal", 1)
    assert wal_bytes(path) > 0

    venue.writer.fold_wal()

    assert wal_bytes(path) == 0
    venue.steps(2)
    assert read_all(venue.directory) == venue.payloads
    venue.writer.close()


def test_full_disk_keeps_nothing_and_the_writer_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    """A refused record may be sent again: it must not be there already."""
    venue = Venue(tmp_path / "venue")
    venue.steps(4)
    connection = venue.writer._store.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    big = Flow(incarnation=9, orders_per_batch=400).trades()

    for _ in range(3):
        with pytest.raises(DiskFull, match="make room"):
            venue.writer.append([big])
    assert venue.writer.last_record_no == 4
    assert read_all(venue.directory) == venue.payloads

    connection.execute("PRAGMA max_page_count = 1073741823")
    venue.step()
    assert venue.writer.last_record_no == 5
    venue.writer.close()
    assert read_all(venue.directory) == venue.payloads
    assert hashes_of(open_replica(venue.directory).replica) == hashes_of(venue.replica)


def test_witness_ahead_is_a_refusal_that_names_both(tmp_path: Path) -> None:
    """A read model that knows more proves that acknowledged records are lost."""
    venue = Venue(tmp_path / "venue")
    venue.steps(3)
    venue.writer.close()
    ahead = Witness(name="readmodel.db", applied_record=4, applied_seq=16)
    level = Witness(name="readmodel.db", applied_record=3, applied_seq=venue.replica.seq)

    with pytest.raises(WitnessAhead, match=r"readmodel.db at record 4 .*journal at record 3"):
        JournalWriter(venue.directory, witnesses=[ahead])
    JournalWriter(venue.directory, witnesses=[level]).close()


def test_directory_without_a_venue_is_named(tmp_path: Path) -> None:
    """A wrong path on the command line must not make a new venue."""
    with pytest.raises(NotAJournal, match="seawall init"):
        JournalWriter(tmp_path)


def test_file_that_is_no_journal_is_left_alone(directory: Path) -> None:
    """It may be somebody's only copy of something."""
    path = file_path(directory / "journal", 1)
    path.write_bytes(b"a shopping list, longer than the header of a database" * 3)

    with pytest.raises(NotAJournal, match="another kind of file"):
        JournalWriter(directory)
    assert path.read_bytes().startswith(b"a shopping list")


def test_directory_of_a_later_release_is_refused(directory: Path) -> None:
    """An older release would misread what it does not know."""
    (directory / "VERSION").write_text("seawall data directory, format 3\n")

    with pytest.raises(NewerFormat, match="format 3"):
        JournalWriter(directory)


def test_directory_of_an_older_release_is_refused(directory: Path) -> None:
    """Its genesis and entries are laid out in another way."""
    (directory / "VERSION").write_text("seawall data directory, format 1\n")

    with pytest.raises(NotAJournal, match="older release"):
        JournalWriter(directory)


def test_journal_file_of_a_later_release_is_refused(directory: Path) -> None:
    """The same, for one file that was copied in."""
    path = file_path(directory / "journal", 1)
    data = bytearray(path.read_bytes())
    data[63] = 9
    path.write_bytes(data)

    with pytest.raises(NewerFormat, match="format 9"):
        JournalWriter(directory)


def test_version_that_says_nothing_is_refused(directory: Path) -> None:
    """A file that was overwritten by something else."""
    (directory / "VERSION").write_bytes(b"\xff\xfe")

    with pytest.raises(NotAJournal, match="VERSION"):
        JournalWriter(directory)


def test_missing_broken_or_foreign_genesis_is_named(directory: Path) -> None:
    """Without its genesis a journal means nothing, and with another one something else."""
    (directory / "genesis").unlink()
    with pytest.raises(BrokenGenesis, match="No such file"):
        JournalWriter(directory)
    (directory / "genesis").write_bytes(b"junk")
    with pytest.raises(BrokenGenesis, match="bytes of a genesis"):
        JournalWriter(directory)
    (directory / "genesis").write_bytes(encode_genesis(genesis(venue=b"other")))
    with pytest.raises(BrokenGenesis, match="it never changes"):
        JournalWriter(directory)


def test_journal_folder_without_files_is_refused(directory: Path) -> None:
    """A venue must not begin again at record 1 because its journal is gone."""
    for path in (directory / "journal").iterdir():
        path.unlink()

    with pytest.raises(JournalDamaged, match="journal files"):
        JournalWriter(directory)


def test_venue_is_not_made_over_another(directory: Path) -> None:
    """`seawall init` on a running venue's directory changes nothing."""
    with pytest.raises(BadConfiguration, match="exists already"):
        create_journal(directory, genesis(venue=b"other"))
    (directory / "VERSION").unlink()
    with pytest.raises(BadConfiguration, match="another venue"):
        create_journal(directory, genesis(venue=b"other"))

    create_journal(directory, genesis())
    JournalWriter(directory).close()
