"""What the events of a day tell a report: prices, first times, and who may have been touched.

One pass over the events that a world has left on disk. Who may have been touched is a coarse walk:
from the first lie on it follows everything that depends on the index that was lied about, and every
trade with somebody it has reached. It finds too many, and nobody who differs may be missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from seawall.core.model.enums import OrderCause
from seawall.core.model.events import EntryEvents, Event, PricesObserved
from seawall.core.model.genesis import Genesis
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.order_events import OrderFilled, OrderRejected
from seawall.core.model.risk_events import (
    AlgoTriggered,
    DetectorFired,
    FundingSettled,
    IndexPublished,
    LiquidationStepped,
    OrderCaused,
    PositionChanged,
    PositionDeleveraged,
    PositionTakenOver,
)
from seawall.simulation.drills.feeds import Fault
from seawall.simulation.drills.picture import entries_of

NS_PER_MS: Final = 1_000_000

Point = tuple[int, int]  # (ms of the venue's clock, price e8)


class First(msgspec.Struct, frozen=True, kw_only=True):
    """When something happened for the first time."""

    seq: int
    time_ms: int
    source_id: int = 0


class Told(msgspec.Struct, kw_only=True):
    """A day in the words of its events. Seqs and times of what never happened are absent."""

    asks: dict[int, list[Point]] = {}  # by source, of the index that was lied about
    index: list[Point] = []
    lies: dict[int, First] = {}  # by source
    last_lie: First | None = None
    detectors: list[First] = []
    takeover: First | None = None
    deleveraging: First | None = None
    fills: int = 0
    begin_ms: int = 0
    end_ms: int = 0
    second_seqs: dict[int, int] = {}  # the first seq of each second
    possibly_touched: set[int] = set()


def told_by(home: Path, genesis: Genesis, fault: Fault) -> Told:
    """Read the events of a world that has ended."""
    return _Listener(genesis, fault).hear(entries_of(home))


def index_told_by(home: Path, index_id: int) -> list[Point]:
    """The index alone, at its changes."""
    points: list[Point] = []
    for entry in entries_of(home):
        for event in entry.events:
            if isinstance(event, IndexPublished) and event.index_id == index_id:
                _add(points, int(entry.clock_ms), int(event.value_e8))
    return points


def _add(points: list[Point], time_ms: int, price_e8: int) -> None:
    if not points or points[-1][1] != price_e8:
        points.append((time_ms, price_e8))


class _Listener:
    """Hears the entries in order."""

    def __init__(self, genesis: Genesis, fault: Fault) -> None:
        self.told = Told()
        self._fault = fault
        self._priced = {
            int(one.instrument_id) for one in genesis.instruments if one.index_id == fault.index_id
        }
        self._holders: dict[int, set[int]] = {}  # of open positions, by instrument

    def hear(self, entries: Iterable[EntryEvents]) -> Told:
        """All of them."""
        told = self.told
        for entry in entries:
            time_ms = int(entry.time_ns) // NS_PER_MS
            told.begin_ms = told.begin_ms or time_ms
            told.end_ms = time_ms
            told.second_seqs.setdefault(time_ms // 1_000, int(entry.seq))
            for event in entry.events:
                self._hear_event(event, entry, time_ms)
        return told

    def _hear_event(self, event: Event, entry: EntryEvents, time_ms: int) -> None:
        told = self.told
        if isinstance(event, PricesObserved):
            self._hear_source(event, int(entry.seq))
        elif isinstance(event, IndexPublished):
            if event.index_id == self._fault.index_id:
                _add(told.index, int(entry.clock_ms), int(event.value_e8))
        elif isinstance(event, DetectorFired):
            source_id = int(event.source_id)
            told.detectors.append(First(seq=int(entry.seq), time_ms=time_ms, source_id=source_id))
        else:
            self._follow(event, entry, time_ms)

    def _hear_source(self, event: PricesObserved, seq: int) -> None:
        fault, told = self._fault, self.told
        if event.index_id != fault.index_id:
            return
        source_id = int(event.source_id)
        _add(told.asks.setdefault(source_id, []), int(event.receive_ms), int(event.ask_e8))
        if source_id in fault.source_ids and fault.from_ms <= event.receive_ms < fault.to_ms:
            said = First(seq=seq, time_ms=int(event.receive_ms), source_id=source_id)
            told.lies.setdefault(source_id, said)
            told.last_lie = said

    def _follow(self, event: Event, entry: EntryEvents, time_ms: int) -> None:
        """What the venue did, and to whom."""
        told = self.told
        if isinstance(event, OrderFilled):
            told.fills += 1
            sides = (int(event.taker_account_id), int(event.maker_account_id))
            reached = any(one in told.possibly_touched for one in sides)
            if reached or event.instrument_id in self._priced:
                self._reach(*sides)
        elif isinstance(event, PositionChanged):
            holders = self._holders.setdefault(int(event.instrument_id), set())
            if event.size:
                holders.add(int(event.account_id))
            else:
                holders.discard(int(event.account_id))
        elif isinstance(event, FundingSettled):
            if event.instrument_id in self._priced:
                self._reach(*self._holders.get(int(event.instrument_id), ()))
        elif isinstance(event, OrderCaused):
            if event.cause != OrderCause.USER:
                self._reach(int(event.account_id))
        elif isinstance(event, AlgoTriggered | LiquidationStepped | OrderRejected):
            self._reach(int(event.account_id))
        elif isinstance(event, PositionTakenOver):
            told.takeover = told.takeover or First(seq=int(entry.seq), time_ms=time_ms)
            self._reach(int(event.account_id))
        elif isinstance(event, PositionDeleveraged):
            told.deleveraging = told.deleveraging or First(seq=int(entry.seq), time_ms=time_ms)
            self._reach(int(event.account_id), int(event.bankrupt_account_id))

    def _reach(self, *accounts: int) -> None:
        if self.told.lies:
            self.told.possibly_touched.update(one for one in accounts if 0 < one < ACCOUNT_ID_ERROR)
