"""The hash chain: its vectors, its blocks, its marks, and that a checkpoint carries all of it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from seawall.core.model.codec import Writer, head, write_word
from seawall.core.model.event_writer import ENTRY_MARKER
from seawall.errors import MarkMismatch
from seawall.journal.chain import BLOCK_SEQS, Chain
from tests.journal.venue import Venue, batch_of, mark_of


def events_of(*seqs: int) -> bytes:
    """Entries without events: only markers, 32 bytes each."""
    out = Writer()
    for seq in seqs:
        write_word(out, head(type_=ENTRY_MARKER, flags=4, instrument_id=0, account_id=0))
        for word in (seq, 0, 0):
            write_word(out, word)
    return out.getvalue()


def feed(chain: Chain, count: int, *, batch: bytes = b"batch") -> None:
    """One batch of `count` entries, each with a marker as its events."""
    first = chain.seq + 1
    chain.extend(batch, first_seq=first, count=count, time_ns=7)
    chain.take_events(events_of(*range(first, first + count)))


def test_chain_vector() -> None:
    """value = sha256(value + first_seq u64 + time_ns u64 + batch), from sha256(genesis)."""
    chain = Chain(b"genesis")
    assert chain.value == chain.events_hash == sha256(b"genesis").digest()

    chain.extend(b"one", first_seq=1, count=3, time_ns=5)
    chain.extend(b"two", first_seq=4, count=1, time_ns=6)

    first = sha256(sha256(b"genesis").digest() + bytes([1, *[0] * 7, 5, *[0] * 7]) + b"one")
    second = sha256(first.digest() + bytes([4, *[0] * 7, 6, *[0] * 7]) + b"two")
    assert chain.value == second.digest()
    assert chain.seq == 4


@pytest.mark.parametrize("sizes", [[1] * 2_100, [2_100], [1_000, 48, 52, 1_000], [1_024, 1_076]])
def test_events_hash_does_not_depend_on_how_entries_are_batched(sizes: list[int]) -> None:
    """Two replicas that group entries differently must agree; a batch may hold several blocks."""
    chain = Chain(b"genesis")
    for size in sizes:
        feed(chain, size)

    value = sha256(b"genesis").digest()
    for block in (range(1, 1_025), range(1_025, 2_049)):
        value = sha256(value + events_of(*block)).digest()
    assert chain.blocks == 2
    assert chain.events_hash == value
    assert chain.open_block() == events_of(*range(2_049, 2_101))
    assert chain.events_hash_so_far() == sha256(value + events_of(*range(2_049, 2_101))).digest()


@pytest.mark.parametrize("at", [0, 1, 1_023, 1_024, 1_025, 3_000])
def test_chain_resumed_from_bytes_goes_on_as_if_never_stopped(at: int) -> None:
    """The open block's bytes travel in the checkpoint, since a hash object cannot be saved."""
    whole, first = Chain(b"genesis"), Chain(b"genesis")
    for _ in range(at):
        feed(whole, 1)
        feed(first, 1)
    resumed = Chain.decode(first.encode())
    assert resumed is not None

    for chain in (whole, resumed):
        for _ in range(1_500):
            feed(chain, 1)

    assert resumed.encode() == whole.encode()
    assert resumed.events_hash_so_far() == whole.events_hash_so_far()


def test_cut_chain_is_not_decoded() -> None:
    """The length says so before anything is believed."""
    data = Chain(b"genesis").encode()

    assert Chain.decode(data[:-1]) is None
    assert Chain.decode(data + b"\0") is None
    assert Chain.decode(b"") is None


def test_mark_is_due_when_a_block_is_complete_and_until_it_is_met() -> None:
    """A writer that died between mark point and mark publishes it in its next life."""
    chain = Chain(b"genesis")
    feed(chain, BLOCK_SEQS - 1)
    assert chain.pending_marks() == []
    feed(chain, 5)

    (mark,) = chain.pending_marks()
    assert (mark.marked_seq, mark.blocks) == (BLOCK_SEQS + 4, 1)
    assert (mark.chain, mark.events_hash) == (chain.value, chain.events_hash)
    feed(chain, 3, batch=b"other batches come in between")
    chain.check(mark)
    assert chain.pending_marks() == []
    assert chain.marks_checked == 1


@pytest.mark.parametrize("field", ["marked_seq", "blocks", "chain", "events_hash"])
def test_mark_that_differs_in_anything_is_a_mismatch_that_names_the_seq(field: str) -> None:
    """This is how a replica learns that it is no longer equal."""
    chain = Chain(b"genesis")
    feed(chain, BLOCK_SEQS)
    (mark,) = chain.pending_marks()
    wrong = {"marked_seq": 9, "blocks": 2, "chain": bytes(32), "events_hash": bytes(32)}
    setattr(mark, field, wrong[field])

    with pytest.raises(MarkMismatch, match=f"mark of seq {mark.marked_seq}"):
        chain.check(mark)


def test_replica_checks_the_marks_in_its_records(tmp_path: Path) -> None:
    """A right mark passes, one that nobody computed stops the replica."""
    venue = Venue(tmp_path / "venue")
    while venue.replica.chain.marks_checked == 0:
        venue.step()

    with pytest.raises(MarkMismatch):
        venue.replica.apply_record(venue.flow.from_engine([mark_of(3)]))
    venue.writer.close()


def test_marks_of_other_publishers_mean_nothing(tmp_path: Path) -> None:
    """Only the engine process computes marks; nobody else can stop the venue with one."""
    venue = Venue(tmp_path / "venue")
    venue.step()
    number = venue.flow.gateway_batches + 1

    applied = venue.replica.apply_record(batch_of([mark_of(1)], batch_number=number))

    assert applied.commands == 1

    assert venue.replica.chain.marks_checked == 0
    venue.writer.close()
