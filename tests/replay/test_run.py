"""Replay: the same journal gives the same result, to any seq, whatever the files look like."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

import seawall
from seawall.core.engine import open_engine
from seawall.errors import BadConfiguration, JournalDamaged, MarkMismatch
from seawall.journal.chain import BLOCK_SEQS
from seawall.journal.creation import create_journal
from seawall.replay.run import run
from tests.journal.damage import flip, zero
from tests.journal.venue import Venue, genesis, mark_of

ENTRIES_PER_RECORD = 5


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Venue:
    """A stopped venue with two complete blocks, in three files."""
    venue = Venue(tmp_path_factory.mktemp("run") / "venue", records_per_file=200)
    venue.steps(2 * BLOCK_SEQS // ENTRIES_PER_RECORD + 20)
    venue.writer.close()
    return venue


def test_run_comes_to_what_the_venue_had(venue: Venue) -> None:
    """Promise 2: the same journal gives the same state, bit for bit."""
    result = run(venue.directory)

    assert result.seq == result.commands == venue.replica.seq
    assert result.records == len(venue.payloads)
    assert result.state_hash == venue.replica.engine.state_hash().hex()
    assert result.events_hash == venue.replica.chain.events_hash_so_far().hex()
    assert result.core == seawall.core_mode()
    assert result.commands_per_s > 0


def test_run_equals_the_engine_alone(venue: Venue) -> None:
    """An oracle without chain, files or records: the engine fed with all bytes at once."""
    engine = open_engine(genesis())
    events = engine.apply_many(b"".join(venue.payloads))
    blocks = []

    result = run(venue.directory, on_block=lambda _number, _hash, data: blocks.append(data))

    assert result.state_hash == engine.state_hash().hex()
    assert events.startswith(b"".join(blocks))
    value = engine.genesis_hash
    for block in blocks:
        value = sha256(value + block).digest()
    rest = events[len(b"".join(blocks)) :]
    assert result.events_hash == sha256(value + rest).hexdigest()


@pytest.mark.parametrize("until", [0, 1, 2, 5, 6, 1_023, 1_024, 1_025, 2_000])
def test_run_until_a_seq_stops_exactly_there(venue: Venue, until: int) -> None:
    """In the middle of a batch too: the state is that after the entry."""
    engine = open_engine(genesis())
    data = b"".join(venue.payloads)
    whole = run(venue.directory, until=until)
    again = run(venue.directory, until=until)

    assert whole.seq == until
    assert (whole.state_hash, whole.events_hash) == (again.state_hash, again.events_hash)
    if until % ENTRIES_PER_RECORD == 0 and until < BLOCK_SEQS:  # before the first mark
        engine.apply_many(b"".join(venue.payloads[: until // ENTRIES_PER_RECORD]))
        assert whole.state_hash == engine.state_hash().hex()
    assert data


def test_run_until_beyond_the_end_ends_there(venue: Venue) -> None:
    """There is nothing more to apply."""
    assert run(venue.directory, until=10**9).seq == venue.replica.seq


def test_run_until_a_negative_seq_is_refused(venue: Venue) -> None:
    """A typing error gets one clear line."""
    with pytest.raises(BadConfiguration, match="seq from 0"):
        run(venue.directory, until=-1)


def test_run_says_how_far_it_is(venue: Venue) -> None:
    """A million records take a while."""
    seen: list[tuple[int, int]] = []

    run(venue.directory, progress=lambda done, total: seen.append((done, total)))

    assert seen[0] == (256, len(venue.payloads))
    assert seen[-1] == (len(venue.payloads), len(venue.payloads))


def test_run_of_an_empty_journal_is_the_genesis(tmp_path: Path) -> None:
    """Zero commands, and the hashes of the start."""
    create_journal(tmp_path / "venue", genesis())

    result = run(tmp_path / "venue")

    assert (result.seq, result.records) == (0, 0)
    assert result.state_hash == open_engine(genesis()).state_hash().hex()


def test_run_stops_at_a_mark_that_differs(tmp_path: Path) -> None:
    """A planted mark stands for a machine that computed something else."""
    venue = Venue(tmp_path / "venue")
    venue.steps(3)
    venue.writer.append([venue.flow.from_engine([mark_of(7)])])
    venue.writer.close()

    with pytest.raises(MarkMismatch, match="mark of seq 7"):
        run(venue.directory)


def test_run_over_damage_names_the_record(tmp_path: Path) -> None:
    """A replay of half a journal would be a lie."""
    venue = Venue(tmp_path / "venue", records_per_file=4)
    venue.steps(10)
    venue.writer.close()
    path = venue.directory / "journal" / "00000001.db"
    path.chmod(0o644)
    payload = venue.payloads[2]
    at = path.read_bytes().index(payload[-60:])
    flip("journal/00000001.db", at + 20)(venue.directory)

    with pytest.raises(JournalDamaged, match="record 3 of the journal") as caught:
        run(venue.directory)
    assert caught.value.record_no == 3
    zero("journal/00000001.db", 4_096, 4_096)(venue.directory)
    with pytest.raises(JournalDamaged):
        run(venue.directory)
