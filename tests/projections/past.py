"""A past to project: random streams through the real engine, and read models in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from seawall.core.engine import Engine, Entry, open_engine
from seawall.core.model.commands import Command, TimerBeat
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import EntryEvents
from seawall.core.model.genesis import Genesis
from seawall.projections import Projector, ReadModels, open_read_models
from seawall.projections.tables import METADATA
from tests.laws.driving import batches
from tests.laws.strategies import stream
from tests.laws.venue import NS_PER_MS, START_MS
from tests.laws.venue import genesis as small_genesis
from tests.laws.worlds import world_of

HASH = b"h" * 32


@dataclass
class Past:
    """What an engine said: its description at the genesis, and of each batch the entries, seq and
    clock.
    """

    genesis: Genesis
    engine: Engine
    description: list[EntryEvents]
    batches: list[tuple[list[EntryEvents], int, int]]

    def entries(self) -> list[EntryEvents]:
        """All entries that had events."""
        return [entry for entries, _, _ in self.batches for entry in entries]


def random_past(flavour: str, seed: int, *, steps: int = 400) -> Past:
    """A past of so many commands, drawn from a seed."""
    world, draw = world_of(flavour, seed)
    drawn = stream(world, draw, steps)
    engine = open_engine(world.genesis)
    description = read_entries(engine.describe())
    said = []
    for batch in batches(world.genesis, drawn, [5, 1, 9]):
        entries = read_entries(engine.apply_many(batch))
        said.append((entries, int(engine.seq), int(engine.clock_ms)))
    return Past(world.genesis, engine, description, said)


class Story:
    """A past told command by command: each is one entry and one record."""

    def __init__(self, of: Genesis | None = None) -> None:
        self.engine = open_engine(of or small_genesis())
        genesis = self.engine.genesis
        self.past = Past(genesis, self.engine, read_entries(self.engine.describe()), [])
        self.wall_ms = START_MS
        self.do(TimerBeat(timer_id=0, wall_ms=self.wall_ms))

    def do(self, command: Command) -> int:
        """Apply a command; returns its seq."""
        clock_ms = int(self.engine.clock_ms)
        seq = int(self.engine.seq) + 1
        entry = Entry(seq=seq, time_ns=self.wall_ms * NS_PER_MS, command=command)
        events = self.engine.apply(entry)
        time_ns = int(self.engine.time_ns)
        said = EntryEvents(seq=seq, time_ns=time_ns, clock_ms=clock_ms, events=events)
        self.past.batches.append(([said] if events else [], seq, int(self.engine.clock_ms)))
        return seq

    def beat(self, by_ms: int = 1_000) -> None:
        """Let time pass."""
        self.wall_ms += by_ms
        self.do(TimerBeat(timer_id=0, wall_ms=self.wall_ms))


def opened(folder: Path, name: str = "readmodel.db", genesis_hash: bytes = HASH) -> ReadModels:
    """Read models in a folder."""
    return open_read_models(f"sqlite:///{folder / name}", genesis_hash=genesis_hash)


def begun(models: ReadModels, past: Past) -> Projector:
    """A projector; new read models have begun with the past's description."""
    projector = Projector(models)
    if projector.applied_seq < 0:
        projector.begin(past.description)
    return projector


def project(projector: Projector, past: Past, *, group: int = 1, first: int = 0) -> None:
    """Apply the past's batches from `first` on, so many in one transaction."""
    for at in range(first, len(past.batches), group):
        part = past.batches[at : at + group]
        projector.apply(
            [entry for entries, _, _ in part for entry in entries],
            seq=part[-1][1],
            record_no=at + len(part),
            clock_ms=part[-1][2],
        )


def projected(folder: Path, past: Past, *, group: int = 7) -> ReadModels:
    """New read models of a past."""
    models = opened(folder)
    project(begun(models, past), past, group=group)
    return models


def dump(models: ReadModels) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with models.reading() as connection:
        return {
            table.name: sorted(tuple(row) for row in connection.execute(select(table)))
            for table in METADATA.sorted_tables
        }
