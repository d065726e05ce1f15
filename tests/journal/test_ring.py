"""The ring of events: what is in reach is served in order, the rest is said to be gone."""

from __future__ import annotations

import pytest

from seawall.journal.frames import EventsFrame
from seawall.journal.ring import EventRing
from tests.journal.test_chain import events_of


def frame(first_seq: int, count: int) -> EventsFrame:
    """An applied batch whose every entry has a marker for its events."""
    return EventsFrame(
        publisher_id=2,
        incarnation=1,
        batch_number=first_seq,
        first_seq=first_seq,
        count=count,
        clock_ms=0,
        events=events_of(*range(first_seq, first_seq + count)),
    )


def ring_of(*counts: int, entries_max: int = 1_000, bytes_max: int = 10**6) -> EventRing:
    """A ring after batches of these sizes, from entry 1."""
    ring = EventRing(seq=0, entries_max=entries_max, bytes_max=bytes_max)
    for count in counts:
        ring.append(frame(ring.seq + 1, count))
    return ring


def test_reader_gets_what_follows_his_position() -> None:
    """No duplicate and no gap, wherever he left."""
    ring = ring_of(2, 3, 1)

    assert ring.read_from(1) == [frame(1, 2), frame(3, 3), frame(6, 1)]
    assert ring.read_from(3) == [frame(3, 3), frame(6, 1)]
    assert ring.read_from(7) == []


def test_reader_in_the_middle_of_a_batch_gets_its_rest() -> None:
    """The batch keeps its place and number, its earlier events are left out."""
    (first, _) = ring_of(4, 1).read_from(3) or []

    assert (first.first_seq, first.count, first.batch_number) == (1, 4, 1)
    assert first.events == events_of(3, 4)


def test_reader_takes_at_most_what_he_asks_for() -> None:
    """A slow consumer is served in slices."""
    assert ring_of(1, 1, 1).read_from(1, frames_max=2) == [frame(1, 1), frame(2, 1)]


def test_oldest_batches_leave_when_there_are_too_many_entries() -> None:
    """The start of the ring says who is behind."""
    ring = ring_of(4, 4, 4, entries_max=9)

    assert ring.start_seq == 5
    assert ring.read_from(4) is None
    assert ring.read_from(5) == [frame(5, 4), frame(9, 4)]


def test_oldest_batches_leave_when_there_are_too_many_bytes() -> None:
    """Memory is bounded whatever the events are."""
    ring = ring_of(10, 10, 10, bytes_max=2 * (200 + 320))

    assert ring.start_seq == 11


def test_batch_larger_than_the_ring_leaves_it_empty() -> None:
    """Whoever needs it reads the journal."""
    ring = ring_of(10, bytes_max=100)

    assert ring.start_seq == 11
    assert ring.read_from(11) == []
    assert ring.read_from(10) is None


def test_reader_who_knows_more_than_the_engine_is_not_served() -> None:
    """He has seen entries of another history."""
    assert ring_of(2).read_from(4) is None


def test_ring_begins_where_the_engine_has_recovered_to() -> None:
    """After a restart nothing older is in memory."""
    ring = EventRing(seq=41)
    assert ring.start_seq == 42
    assert ring.read_from(41) is None

    ring.append(frame(42, 1))
    assert ring.read_from(42) == [frame(42, 1)]


def test_gap_is_our_bug() -> None:
    """An engine numbers without gaps."""
    with pytest.raises(AssertionError, match="gap"):
        ring_of(2).append(frame(4, 1))


def test_long_use_keeps_order_and_reach() -> None:
    """Frames that have left are also given back to memory."""
    ring = ring_of(*[1] * 20_000, entries_max=100)

    assert ring.start_seq == 19_901
    assert len(ring._frames) < 10_000
    assert [one.first_seq for one in ring.read_from(19_950) or []] == [*range(19_950, 20_001)]
