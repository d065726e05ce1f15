"""Verify: green only after looking, and red for each thing that is not as claimed."""

from __future__ import annotations

import struct
from hashlib import sha256
from pathlib import Path

import pytest

from seawall.errors import NotAJournal
from seawall.journal.chain import BLOCK_SEQS
from seawall.journal.checkpoints import write_checkpoint
from seawall.journal.creation import create_journal
from seawall.journal.witnesses import Witness
from seawall.replay.verify import Verification, verify
from tests.journal.damage import flip
from tests.journal.venue import Venue, genesis, mark_of

ENTRIES_PER_RECORD = 5


def checkpoint(venue: Venue) -> Path:
    """A checkpoint of where the venue stands."""
    return write_checkpoint(
        venue.directory,
        engine=venue.replica.engine,
        chain=venue.replica.chain,
        place=venue.place(),
    )


@pytest.fixture
def venue(tmp_path: Path) -> Venue:
    """A venue with a checkpoint in the middle, in several files; still open."""
    venue = Venue(tmp_path / "venue", records_per_file=3)
    venue.steps(4)
    checkpoint(venue)
    venue.steps(4)
    return venue


def check(result: Verification, subject: str, text: str) -> None:
    """Exactly this subject has findings, one of them with this text."""
    assert not result.is_green
    assert {subject} == {one.subject for one in result.findings}, result.findings
    assert [one for one in result.findings if text in one.text], result.findings


def test_sound_venue_is_green_and_says_how_much_was_looked_at(venue: Venue) -> None:
    """A number that is zero shows what was not verified."""
    venue.writer.close()
    witness = Witness(name="readmodel.db", applied_record=8, applied_seq=venue.replica.seq)

    result = verify(venue.directory, witnesses=[witness])

    assert result.is_green, result.findings
    assert (result.records, result.batches, result.commands) == (8, 16, 8 * ENTRIES_PER_RECORD)
    assert (result.files, result.checkpoints, result.witnesses, result.laws) == (3, 1, 1, 2)
    assert result.seq == venue.replica.seq


def test_venue_can_be_verified_while_it_runs(venue: Venue) -> None:
    """The follower does it all the time."""
    assert verify(venue.directory).is_green
    venue.writer.close()


def test_empty_journal_is_not_green(tmp_path: Path) -> None:
    """Nothing was shown."""
    create_journal(tmp_path / "venue", genesis())

    check(verify(tmp_path / "venue"), "nothing", "no record")


def test_directory_without_a_venue_is_no_finding_but_an_error(tmp_path: Path) -> None:
    """A wrong path must not be green, nor look like damage."""
    with pytest.raises(NotAJournal):
        verify(tmp_path)


@pytest.mark.slow
def test_marks_are_counted_and_a_missing_one_is_found(tmp_path: Path) -> None:
    """Without its marks a journal does not say where it led."""
    with_marks, without = Venue(tmp_path / "with"), Venue(tmp_path / "without")
    for _ in range(BLOCK_SEQS // ENTRIES_PER_RECORD + 20):
        with_marks.step()
        without.step(with_marks=False)
    with_marks.writer.close()
    without.writer.close()

    assert verify(with_marks.directory).marks == 1
    assert verify(with_marks.directory).is_green
    check(verify(without.directory), "marks", "missing")


def test_mark_that_differs_is_found(venue: Venue) -> None:
    """Another machine, another release or a bug computed something else."""
    venue.writer.append([venue.flow.from_engine([mark_of(5)])])
    venue.writer.close()

    check(verify(venue.directory), "marks", "seq 5")


def test_changed_record_is_found_and_named(venue: Venue) -> None:
    """Even one that no start reads any more, before the newest checkpoint."""
    venue.writer.close()
    path = venue.directory / "journal" / "00000001.db"
    path.chmod(0o644)
    at = path.read_bytes().index(venue.payloads[1][-60:])
    flip("journal/00000001.db", at)(venue.directory)

    check(verify(venue.directory), "records", "record 2")


def test_missing_archive_is_named_and_the_rest_is_verified(venue: Venue) -> None:
    """From the oldest checkpoint behind the gap."""
    venue.steps(1)
    path = checkpoint(venue)
    venue.writer.close()
    (venue.directory / "journal" / "00000001.db").unlink()

    result = verify(venue.directory)

    check(result, "files", "00000001.db")
    assert result.records == 5
    assert result.checkpoints == 2
    for one in path.parent.iterdir():
        one.unlink()
    check(verify(venue.directory), "files", "nothing to begin with")


def test_damaged_checkpoint_is_found(venue: Venue) -> None:
    """A start would pass over it and nobody would know."""
    path = checkpoint(venue)
    venue.writer.close()
    flip(f"snapshots/{path.name}", 200)(venue.directory)

    check(verify(venue.directory), "checkpoints", path.name)


@pytest.mark.parametrize("part", ["snapshot", "chain", "link"])
def test_checkpoint_with_a_right_hash_and_a_wrong_content_is_found(venue: Venue, part: str) -> None:
    """Its own hash proves only that it was written so; the journal proves what it should be."""
    path = checkpoint(venue)
    venue.writer.close()
    data = bytearray(path.read_bytes()[:-32])
    chain_bytes = struct.unpack_from("<Q", data, 88)[0]
    offsets = {"link": 60, "chain": 104 + 40, "snapshot": 104 + chain_bytes + 60}
    data[offsets[part]] ^= 1
    path.write_bytes(bytes(data) + sha256(bytes(data)).digest())

    check(verify(venue.directory), "checkpoints", path.name)


@pytest.mark.parametrize(
    ("record", "seq_offset", "text"),
    [(8, 1, "the journal leads to seq"), (9, 5, "entries are lost"), (3, -1, "leads to seq")],
)
def test_witness_that_differs_is_found(
    venue: Venue, record: int, seq_offset: int, text: str
) -> None:
    """Ahead of the journal, or at another seq at the same record."""
    venue.writer.close()
    witness = Witness(
        name="mirror", applied_record=record, applied_seq=record * ENTRIES_PER_RECORD + seq_offset
    )

    check(verify(venue.directory, witnesses=[witness]), "witnesses", text)
