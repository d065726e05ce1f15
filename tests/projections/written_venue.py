"""A venue of swaps whose every entry is projected, and shown to market data."""

from __future__ import annotations

from pathlib import Path

from seawall.core.engine import open_engine
from seawall.core.model.commands import Command
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import EntryEvents, Event
from seawall.marketdata import MarketData
from seawall.projections import Projector
from tests.core.engine.swap_venue import SwapVenue, swap_genesis
from tests.projections.past import opened

PEOPLE = range(1, 9)


class WrittenVenue(SwapVenue):
    """A venue whose every entry is projected, and shown to market data."""

    def __init__(self, folder: Path) -> None:
        genesis = swap_genesis(people=PEOPLE, cash=8_000)
        description = read_entries(open_engine(genesis).describe())
        self.models = opened(folder)
        self.projector = Projector(self.models)
        self.projector.begin(description)
        self.market_data = MarketData()
        self.market_data.load_history(applied_seq=0, minutes=[], hours=[], trades=[])
        self.market_data.begin(description)
        self.entries: list[EntryEvents] = []
        super().__init__(genesis)

    def do(self, command: Command) -> list[Event]:
        """Apply, and keep for the next `write`."""
        clock_ms = int(self.engine.clock_ms)
        events = super().do(command)
        if events:
            entry = EntryEvents(
                seq=int(self.engine.seq),
                time_ns=int(self.engine.time_ns),
                clock_ms=clock_ms,
                events=events,
            )
            self.entries.append(entry)
            self.market_data.apply([entry])
        return events

    def write(self) -> None:
        """Project what is kept, in one transaction."""
        self.projector.apply(
            self.entries,
            seq=int(self.engine.seq),
            record_no=int(self.engine.seq),
            clock_ms=int(self.engine.clock_ms),
        )
        self.entries = []
