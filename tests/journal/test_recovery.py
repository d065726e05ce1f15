"""How a venue comes back: checkpoints, the records after them, and who must agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.errors import JournalDamaged, WitnessAhead
from seawall.journal.checkpoints import newest_checkpoint, write_checkpoint
from seawall.journal.creation import create_journal
from seawall.journal.recovery import open_replica
from seawall.journal.replica import AppliedRecord
from seawall.journal.witnesses import Witness
from seawall.journal.writer import JournalWriter
from tests.journal.damage import flip
from tests.journal.venue import Venue, genesis, hashes_of


def checkpoint(venue: Venue) -> Path:
    """A checkpoint of where the venue stands."""
    return write_checkpoint(
        venue.directory,
        engine=venue.replica.engine,
        chain=venue.replica.chain,
        place=venue.place(),
    )


def test_new_venue_opens_at_genesis(tmp_path: Path) -> None:
    """Nothing has happened, and that is a state too."""
    create_journal(tmp_path / "venue", genesis())

    recovered = open_replica(tmp_path / "venue")

    assert recovered.replica.seq == 0
    assert recovered.place.record_no == 0


@pytest.mark.slow
@pytest.mark.parametrize("at", [1, 100, 210, 239])
def test_recovery_from_a_checkpoint_equals_recovery_from_genesis(tmp_path: Path, at: int) -> None:
    """State, chain and events hash go on as if there had been no stop."""
    venue = Venue(tmp_path / "venue", records_per_file=100)
    venue.steps(at)
    path = checkpoint(venue)
    venue.steps(240 - at)
    venue.writer.close()

    resumed = open_replica(venue.directory)
    path.unlink()
    whole = open_replica(venue.directory)

    assert resumed.from_seq > whole.from_seq == 0
    assert hashes_of(resumed.replica) == hashes_of(whole.replica) == hashes_of(venue.replica)
    assert resumed.replica.chain.encode() == whole.replica.chain.encode()
    assert resumed.place == whole.place


def test_newest_three_checkpoints_are_kept(tmp_path: Path) -> None:
    """Disk is bounded, and two damaged ones still leave a third."""
    venue = Venue(tmp_path / "venue")
    paths = []
    for _ in range(5):
        venue.step()
        paths.append(checkpoint(venue))
    venue.writer.close()

    assert sorted(paths[0].parent.iterdir()) == paths[2:]


@pytest.mark.parametrize("offset", [0, 20, 45, 60, 100, -100, -1])
def test_damaged_checkpoint_is_passed_over_for_the_older_one(tmp_path: Path, offset: int) -> None:
    """Any flipped bit is found by the hash; the journal leads to the same end."""
    venue = Venue(tmp_path / "venue")
    venue.steps(3)
    older = checkpoint(venue)
    venue.steps(3)
    newer = checkpoint(venue)
    venue.steps(3)
    venue.writer.close()
    flip(f"snapshots/{newer.name}", offset)(venue.directory)

    recovered = open_replica(venue.directory)

    assert recovered.from_seq == int(older.stem)
    assert [note for note in recovered.notes if newer.name in note]
    assert hashes_of(recovered.replica) == hashes_of(venue.replica)


def test_cut_checkpoint_is_passed_over(tmp_path: Path) -> None:
    """Shorter than its header, and shorter than it says."""
    venue = Venue(tmp_path / "venue")
    venue.steps(3)
    path = checkpoint(venue)
    venue.writer.close()
    data = path.read_bytes()
    for length in (0, 50, 150, len(data) - 1):
        path.write_bytes(data[:length])
        assert open_replica(venue.directory).from_seq == 0, length


def test_what_is_no_file_among_the_checkpoints_is_named_and_left_alone(tmp_path: Path) -> None:
    """Nor does what only looks newer make the writer drop what it has just written."""
    venue = Venue(tmp_path / "venue")
    venue.steps(2)
    strangers = [tmp_path / "venue" / "snapshots" / f"{place}.snap" for place in ("0", "x", "y")]
    for stranger in strangers:
        stranger.mkdir(parents=True)
    venue.steps(1)

    written = checkpoint(venue)
    newest = newest_checkpoint(tmp_path / "venue", genesis_hash=venue.replica.engine.genesis_hash)

    assert newest.checkpoint is not None
    assert newest.checkpoint.path == written
    assert newest.faults == ["y.snap: Is a directory", "x.snap: Is a directory"]
    assert all(stranger.is_dir() for stranger in strangers)


def test_checkpoint_of_another_venue_is_passed_over(tmp_path: Path) -> None:
    """A file copied into the wrong directory."""
    venue = Venue(tmp_path / "venue")
    venue.steps(3)
    venue.writer.close()
    create_journal(tmp_path / "other", genesis(venue=b"other"))
    path = checkpoint(venue)
    (tmp_path / "other" / "snapshots" / path.name).write_bytes(path.read_bytes())

    newest = newest_checkpoint(tmp_path / "other", genesis_hash=bytes(32))

    assert newest.checkpoint is None
    assert "another genesis" in newest.faults[0]


def test_checkpoint_ahead_of_the_journal_is_a_witness(tmp_path: Path) -> None:
    """The journal was put back from a backup, the checkpoint was not: entries are missing."""
    venue = Venue(tmp_path / "venue")
    venue.steps(3)
    venue.writer.close()
    backup = (venue.directory / "journal" / "00000001.db").read_bytes()
    again = JournalWriter(venue.directory)
    venue.writer = again
    venue.steps(2)
    path = checkpoint(venue)
    again.close()
    (venue.directory / "journal" / "00000001.db").write_bytes(backup)

    with pytest.raises(WitnessAhead, match=rf"{path.name} at record 5 .*journal at record 3"):
        open_replica(venue.directory)
    flip(f"snapshots/{path.name}", 100)(venue.directory)
    with pytest.raises(WitnessAhead, match=rf"{path.name} at seq"):  # its name still tells
        open_replica(venue.directory)


def test_checkpoint_that_knows_another_record_is_a_refusal(tmp_path: Path) -> None:
    """Same numbers, another history: the link tells."""
    one, other = Venue(tmp_path / "one"), Venue(tmp_path / "other")
    other.flow.orders = 5
    for venue in (one, other):
        venue.steps(3)
    path = checkpoint(one)
    for venue in (one, other):
        venue.writer.close()
    path.rename(other.directory / "snapshots" / path.name)

    with pytest.raises(JournalDamaged, match="another record"):
        open_replica(other.directory)


def test_read_model_ahead_by_seq_is_a_refusal(tmp_path: Path) -> None:
    """A witness that knows only its seq counts as well."""
    venue = Venue(tmp_path / "venue")
    venue.steps(2)
    venue.writer.close()
    seq = venue.replica.seq

    open_replica(
        venue.directory, witnesses=[Witness(name="mirror", applied_record=0, applied_seq=seq)]
    )
    with pytest.raises(WitnessAhead, match=f"mirror at seq {seq + 1}"):
        open_replica(
            venue.directory,
            witnesses=[Witness(name="mirror", applied_record=0, applied_seq=seq + 1)],
        )


def test_missing_archive_below_the_checkpoint_does_not_stop_recovery(tmp_path: Path) -> None:
    """Old files may be moved away once a checkpoint contains them, but not later ones."""
    venue = Venue(tmp_path / "venue", records_per_file=3)
    venue.steps(7)
    path = checkpoint(venue)
    venue.steps(2)
    venue.writer.close()
    (venue.directory / "journal" / "00000001.db").unlink()
    (venue.directory / "journal" / "00000002.db").unlink()

    assert hashes_of(open_replica(venue.directory).replica) == hashes_of(venue.replica)
    path.unlink()
    with pytest.raises(JournalDamaged, match="record 1 of the journal"):
        open_replica(venue.directory)


def test_duplicates_in_the_journal_change_nothing(tmp_path: Path) -> None:
    """A publisher that resent into a new life of the engine leaves the same batch twice."""
    venue = Venue(tmp_path / "venue")
    venue.steps(3)
    before = hashes_of(venue.replica)
    number = venue.writer.append([venue.payloads[1]])
    applied = venue.replica.apply_record(venue.payloads[1])
    venue.writer.close()

    assert number == 4
    assert (applied.batches, applied.dropped, applied.commands) == ([], 2, 0)
    assert hashes_of(open_replica(venue.directory).replica) == before


def test_recovery_shows_each_record_it_applies_and_how_far_it_is(tmp_path: Path) -> None:
    """The ring is filled from it, and a progress bar."""
    venue = Venue(tmp_path / "venue")
    venue.steps(4)
    venue.writer.close()
    seen: list[tuple[int, int]] = []
    done: list[tuple[int, int]] = []

    def on_applied(record_no: int, applied: AppliedRecord) -> None:
        seen.append((record_no, applied.commands))

    open_replica(
        venue.directory,
        on_applied=on_applied,
        progress=lambda applied, total: done.append((applied, total)),
    )

    assert seen == [(number, 5) for number in range(1, 5)]
    assert done[-1] == (4, 4)
