"""The runs that a repair compares, each from the bytes on disk: the actual one, and the others.

`ActualWorld` is the venue at the cut as it happened. A counterfactual world is made beside the
events of the actual run, batch by batch: `PinnedWorld` judges every fill and books it or not;
`PlainWorld` lets the edited entries trade as they will.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from seawall.core.engine import Engine, open_engine, restore_engine
from seawall.core.engine.pinned_engine import PinnedEngine, open_pinned
from seawall.core.engine.review import ReviewPolicy
from seawall.core.model.codec import read_word
from seawall.core.model.event_reader import count_events, read_entries
from seawall.core.model.events import EventType
from seawall.core.model.genesis import Genesis
from seawall.core.model.order_events import OrderFilled
from seawall.core.model.risk_events import FreezeChanged, RiskEventType
from seawall.errors import BadConfiguration, CheckpointDamaged
from seawall.repair.own_events import Own, own_events
from seawall.repair.parts import text_of
from seawall.repair.reopened import open_gaps, repair_seqs
from seawall.replay.actual import ActualEvents
from seawall.replay.run import Progress

PROGRESS_EVERY: Final = 4_096  # seqs
_LENGTH_AT: Final = 24  # of a batch, in its header

Commands = dict[int, list[bytes]]


class ActualWorld(msgspec.Struct, frozen=True, kw_only=True):
    """The actual run at the cut, and what it did since the first edit."""

    genesis: Genesis
    snapshot: bytes
    state_hash: bytes
    cut_seq: int
    freeze_seq: int  # of the first freeze since; 0 for none
    fills: int

    def engine(self) -> Engine:
        """A copy of the venue, to be changed at will."""
        return engine_of(self.genesis, self.snapshot)


def engine_of(genesis: Genesis, snapshot: bytes) -> Engine:
    """The engine of a snapshot that an engine has just made."""
    engine, fault = restore_engine(genesis, snapshot)
    if engine is None:
        raise CheckpointDamaged(
            expected="a state that can be restored", found=fault, to_do="tell us: it is a bug"
        )
    return engine


def actual_world(
    directory: Path, genesis: Genesis, *, first_seq: int, cut_seq: int | None, progress: Progress
) -> ActualWorld:
    """Run the journal to the cut, or to its present end. Raises what the reader raises, and
    BadConfiguration when the cut lies beyond the end.
    """
    until = sys.maxsize if cut_seq is None else cut_seq
    run = ActualEvents(directory, begin=first_seq - 1, until=until)
    freeze_seq = fills = 0
    shown = first_seq
    for seq, _, events in run:
        freeze_seq = freeze_seq or _first_freeze(events)
        fills += int(count_events(events, EventType.ORDER_FILLED))
        if seq - shown >= PROGRESS_EVERY:
            shown = seq
            progress(seq - first_seq, max(seq, cut_seq or seq) - first_seq)
    engine = run.replica.engine
    if cut_seq is not None and engine.seq != cut_seq:
        raise BadConfiguration(
            expected=f"a journal that reaches the cut at seq {cut_seq}",
            found=f"one that ends with seq {engine.seq}",
            to_do="name an earlier cut, or none",
        )
    snapshot = engine.snapshot()
    return ActualWorld(
        genesis=genesis,
        snapshot=snapshot,
        state_hash=sha256(snapshot).digest(),
        cut_seq=int(engine.seq),
        freeze_seq=freeze_seq,
        fills=fills,
    )


def _first_freeze(events: bytes) -> int:
    """The seq of the first freeze, or 0."""
    if not count_events(events, RiskEventType.FREEZE_CHANGED):
        return 0
    for entry in read_entries(events):
        for event in entry.events:
            if isinstance(event, FreezeChanged) and event.is_frozen:
                return int(entry.seq)
    return 0


class PinnedWorld:
    """A pinned rerun, and what happened in either run to single accounts within a window."""

    def __init__(self, engine: PinnedEngine, *, first_seq: int, last_seq: int) -> None:
        """Watch these seqs; none when the first is 0."""
        self.rerun = engine
        self.unposted: list[int] = []  # seqs of commands of earlier repairs that the edits drop
        self.happened: list[Own] = []
        self.repaired: list[Own] = []
        self._window = (first_seq, last_seq)
        self._known: dict[int, str] = {}

    def apply(self, data: bytes, events: bytes, edits: Commands) -> object:
        """See `Pinnable`."""
        first, last = self._window
        seq = int(self.rerun.engine.seq) + 1
        own = self.rerun.apply(data, events, edits)
        end = int(self.rerun.engine.seq) + 1
        if any(edits.get(one) == [] for one in range(seq, end)):
            self.unposted += [one for one in repair_seqs(data, seq) if edits.get(one) == []]
            open_gaps(self.rerun, events, edits)
        if seq <= last and end > first > 0 and own != events:
            names = self._names()
            self.happened += own_events(events, names=names, first_seq=first, last_seq=last)
            self.repaired += own_events(own, names=names, first_seq=first, last_seq=last)
        return None

    def _names(self) -> dict[int, str]:
        """Of all instruments that are listed by now."""
        markets = self.rerun.state.markets
        if len(self._known) != len(markets):
            for instrument_id, market in markets.items():
                self._known[int(instrument_id)] = text_of(market.instrument.name)
        return self._known


def open_pinned_world(
    genesis: Genesis,
    snapshot: bytes | None,
    *,
    first_seq: int,
    last_seq: int,
    policy: ReviewPolicy,
) -> PinnedWorld:
    """The world before its first entry. A window of nothing is (0, -1)."""
    engine, fault = open_pinned(
        genesis, snapshot, window_from=first_seq, window_to=last_seq, policy=policy
    )
    if engine is None:
        raise CheckpointDamaged(
            expected="a checkpoint that can be restored",
            found=fault,
            to_do="remove it: an older one is used instead",
        )
    return PinnedWorld(engine, first_seq=first_seq, last_seq=last_seq)


class PlainWorld:
    """A rerun that pins nothing, and how many fills of the actual run it does not have."""

    def __init__(self, genesis: Genesis, snapshot: bytes | None) -> None:
        """Begin at a snapshot, or before entry 1."""
        self.engine = open_engine(genesis) if snapshot is None else engine_of(genesis, snapshot)
        self.fills_missing = 0

    def apply(self, data: bytes, events: bytes, edits: Commands) -> object:
        """See `Pinnable`."""
        at = 0
        while at < len(data):
            self.engine.apply_edited(data, at, edits)
            at += int(read_word(data, at + _LENGTH_AT))
        own = self.engine.take_events()
        if own != events:
            ours = {_fill_key(one) for one in _fills(own)}
            self.fills_missing += sum(_fill_key(one) not in ours for one in _fills(events))
        return None


def _fills(events: bytes) -> list[OrderFilled]:
    if not count_events(events, EventType.ORDER_FILLED):
        return []
    return [
        event
        for entry in read_entries(events)
        for event in entry.events
        if isinstance(event, OrderFilled)
    ]


def _fill_key(fill: OrderFilled) -> tuple[int, ...]:
    accounts = (fill.taker_account_id, fill.maker_account_id)
    return (fill.trade_id, fill.instrument_id, fill.price, fill.quantity, *accounts)
