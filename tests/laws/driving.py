"""Bring a stream to the engine, through its byte-level door, and to the naive twin."""

from __future__ import annotations

from seawall.core.engine import Engine, open_engine
from seawall.core.model.batch import encode_batch
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import EntryEvents, Event
from seawall.core.model.genesis import Genesis
from tests.laws.naive_twin import NaiveTwin
from tests.laws.worlds import Draw, Step

PUBLISHER = 2


def batches(genesis: Genesis, steps: list[Step], sizes: list[int] | None = None) -> list[bytes]:
    """The stream as one publisher's batches, of the given sizes in turn or one command each."""
    found = []
    at = 0
    while at < len(steps):
        size = sizes[len(found) % len(sizes)] if sizes else 1
        part = steps[at : at + size]
        found.append(
            encode_batch(
                shard=genesis.shard,
                publisher_id=PUBLISHER,
                incarnation=1,
                batch_number=len(found) + 1,
                stamps_ns=[one.stamp_ns for one in part],
                commands=[one.data for one in part],
            )
        )
        at += size
    return found


def random_sizes(draw: Draw) -> list[int]:
    """Sizes of batches, to be used in turn."""
    return [draw.one((1, 1, 2, 3, 7, 20)) for _ in range(8)]


def engine_entries(
    genesis: Genesis, steps: list[Step], sizes: list[int] | None = None
) -> tuple[Engine, list[EntryEvents]]:
    """The engine after the stream, and what each entry that had events said."""
    engine = open_engine(genesis)
    data = engine.apply_many(b"".join(batches(genesis, steps, sizes)))
    return engine, read_entries(data)


def twin_entries(genesis: Genesis, steps: list[Step]) -> tuple[NaiveTwin, list[EntryEvents]]:
    """The same of the twin."""
    twin = NaiveTwin(genesis)
    found = []
    for number, step in enumerate(steps, start=1):
        time_ns, clock_ms = twin.time_of(step.stamp_ns), twin.clock_ms
        events = twin.apply_bytes(seq=number, stamp_ns=step.stamp_ns, data=step.data)
        if events:
            found.append(EntryEvents(seq=number, time_ns=time_ns, clock_ms=clock_ms, events=events))
    return twin, found


def first_difference(expected: list[EntryEvents], actual: list[EntryEvents]) -> str:
    """The first entry that two runs tell differently, for people; "" when there is none."""
    for ours, theirs in zip(expected, actual, strict=False):
        if ours != theirs:
            return f"expected {told(ours)}\n  actual {told(theirs)}"
    if len(expected) != len(actual):
        longer, name = (expected, "expected") if len(expected) > len(actual) else (actual, "actual")
        return f"only {name} {told(longer[min(len(expected), len(actual))])}"
    return ""


def told(entry: EntryEvents) -> str:
    """An entry, one event a line."""
    lines = [f"seq {entry.seq} at {entry.time_ns} ns, clock {entry.clock_ms} ms"]
    return "\n    ".join([*lines, *(str(event) for event in entry.events)])


def flat(entries: list[EntryEvents]) -> list[Event]:
    """All events of a run, in order."""
    return [event for entry in entries for event in entry.events]
