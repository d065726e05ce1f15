"""Worlds in which outside sources lie for a while, drawn from a seed: what happened, what would
have happened with the truth, and the edits that lead from one to the other.

Whoever acts looks at the venue as it is, lies included, so that what was won wrongly is sold on,
withdrawn or lost again; the same commands then go to the clean world. Integers only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from seawall.core.engine import Engine, open_engine
from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import (
    CancelOrder,
    Command,
    ObservePrices,
    SetFreeze,
    TimerBeat,
)
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import EntryEvents
from seawall.core.model.genesis import Genesis
from tests.laws.undo_people import People
from tests.laws.undo_venue import (
    E8,
    FIRST,
    FUNDING_MS,
    SECOND,
    SOURCES,
    domain_of,
    undo_genesis,
)
from tests.laws.worlds import NS_PER_MS, Draw

TIMERS, CANCELS, ORDERS, COLLECTOR, OPERATORS = 0, 1, 2, 4, 5  # publishers
START_SECONDS: Final = 13  # until the indices are there
OPENING_SECONDS: Final = 9
FLAVOURS = (*("unsafe",) * 4, *("guarded",) * 3, "crash")
LIES = ("cents", "part", "part", "part", "high", "high", "stuck", "slide", "slide")
GUARDED_LIES = (*("slide",) * 6, "stuck", "cents")


@dataclass
class Lie:
    """What goes wrong outside, and how long."""

    kind: str
    index_id: int
    sources: tuple[int, ...]
    percent: int = 100  # of the truth that they say
    slope: int = 0  # ten thousandths that they drift away each second
    seconds: int = 5
    away: int = 0  # ten thousandths that they have drifted so far


@dataclass
class UndoWorld:
    """What happened in `batches`, from `genesis`.

    clean: the same with true observations and without the freeze; seqs are the same, something
    without effect stands in the freeze's place. drops, truths: edits of the lies, by seq. `thaw`
    takes the freeze away. `window`: first edited seq and the freeze's. events: of each batch.
    """

    seed: int
    flavour: str
    genesis: Genesis
    batches: list[bytes] = field(default_factory=list)
    clean: list[bytes] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    drops: dict[int, list[bytes]] = field(default_factory=dict)
    truths: dict[int, list[bytes]] = field(default_factory=dict)
    thaw: dict[int, list[bytes]] = field(default_factory=dict)
    freeze_seq: int = 0
    lie: Lie | None = None
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = open_engine(self.genesis)

    @property
    def window(self) -> tuple[int, int]:
        """(0, -1) when nothing is to be edited."""
        return (min(self.drops), self.freeze_seq) if self.drops else (0, -1)

    def is_of(self, kind: str) -> bool:
        """Whether its sources lie in that way."""
        return self.lie is not None and self.lie.kind == kind

    def entries(self) -> list[EntryEvents]:
        """All that the engine said."""
        return [entry for data in self.events for entry in read_entries(data)]


class Scene:
    """Writes a world second by second."""

    def __init__(self, seed: int, flavour: str = "") -> None:
        self.draw = Draw(seed)
        drawn = self.draw.one(FLAVOURS)
        flavour = flavour or drawn
        genesis = undo_genesis(self.draw, is_protected=flavour != "unsafe")
        self.world = UndoWorld(seed, flavour, genesis)
        self.wall_ms = FUNDING_MS - self.draw.one((34, 38, 42, 47, 70, 8_000)) * 1_000
        self.price_e8 = {FIRST: 10_100 * E8, SECOND: 210 * E8}
        self.slope = {FIRST: 0, SECOND: 0}
        self.numbers: dict[int, int] = {}
        self.lie: Lie | None = None
        self.last_true: dict[tuple[int, int], int] = {}
        self.people = People(self.draw, self.world.engine, self.price_e8, genesis)

    def play(self) -> UndoWorld:
        """All of it."""
        for _ in range(START_SECONDS):
            self.second()
        for _ in range(OPENING_SECONDS):
            self.second()
            self.tell(ORDERS, self.people.opening_second())
        for _ in range(self.draw.between(3, 8)):
            self.second()
            self.act()
        self.trouble()
        for _ in range(self.draw.between(4, 9)):
            self.second()
            self.act()
        self.world.lie = self.lie
        return self.world

    def trouble(self) -> None:
        """The window, and the freeze at its end; in a crash everybody tells the truth."""
        draw, flavour = self.draw, self.world.flavour
        if flavour == "crash":
            steep = draw.one((-120, -80, -45, 60, 100))
            self.slope = {FIRST: steep, SECOND: steep}
            for _ in range(draw.between(8, 16)):
                self.second()
                self.act()
            self.slope = {FIRST: 0, SECOND: 0}
            return
        self.lie = self.drawn_lie()
        for _ in range(self.lie.seconds):
            self.second()
            self.act()
            self.act()
        self.lie.seconds = 0
        self.slope = {FIRST: 0, SECOND: 0}
        self.freeze()

    def drawn_lie(self) -> Lie:
        """Who lies, and how."""
        draw, is_guarded = self.draw, self.world.flavour == "guarded"
        kind = draw.one(GUARDED_LIES if is_guarded else LIES)
        index_id = draw.one((FIRST, FIRST, FIRST, SECOND))
        if kind in ("cents", "part"):
            domain = draw.below(4)
            sources = tuple(one for one in SOURCES if domain_of(one) == domain)
            percent = 0 if kind == "cents" else draw.one((55, 80, 90, 94, 97))
            return Lie(kind, index_id, sources, percent, seconds=draw.between(3, 9))
        if kind == "high":
            percent = draw.one((104, 112, 130, 250))
            return Lie(kind, index_id, tuple(SOURCES), percent, seconds=draw.between(3, 9))
        if kind == "stuck":
            self.slope[index_id] = draw.one((-40, -25, 25, 40))
            return Lie(kind, index_id, tuple(SOURCES), seconds=draw.between(7, 16))
        slope = draw.one((-65, -60, -35, 35, 60)) * (1 if is_guarded else draw.one((1, 2)))
        honest = 1 if is_guarded else 0
        sources = tuple(SOURCES)[: len(SOURCES) - honest]
        if draw.chance(60):  # a part of what they say is true
            self.slope[index_id] = slope // draw.one((2, 3))
        return Lie(kind, index_id, sources, slope=slope, seconds=draw.between(9, 20))

    def freeze(self) -> None:
        """An operator stops the venue, or all that follows an index."""
        lie = self.lie
        assert lie is not None
        scope = self.draw.one((0, lie.index_id))
        command = SetFreeze(scope, True, 1)
        nothing = CancelOrder(account_id=0, instrument_id=0, order_id=1)
        self.tell(OPERATORS, [command], [nothing])
        self.world.freeze_seq = int(self.world.engine.seq)
        self.world.thaw = {self.world.freeze_seq: []}

    def second(self) -> None:
        """A second passes: what all sources say, and the clock."""
        self.wall_ms += 1_000
        told: list[Command] = []
        truth: list[Command] = []
        lie = self.lie
        if lie is not None:
            lie.away += lie.slope
        for index_id, price_e8 in self.price_e8.items():
            moved = price_e8 // 10_000
            step = self.draw.between(-2, 2) + self.slope[index_id]
            self.price_e8[index_id] = price_e8 + moved * step
            for source_id in SOURCES:
                true_e8 = self.price_e8[index_id] + self.draw.between(-1, 1) * moved
                truth.append(self.sample(index_id, source_id, true_e8))
                said_e8 = self.said(index_id, source_id, true_e8)
                told.append(self.sample(index_id, source_id, said_e8))
        self.tell(COLLECTOR, told, truth)
        self.tell(TIMERS, [TimerBeat(timer_id=0, wall_ms=self.wall_ms)])

    def said(self, index_id: int, source_id: int, true_e8: int) -> int:
        """What a source says when that is the truth."""
        lie = self.lie
        name = (index_id, source_id)
        is_lying = lie is not None and lie.seconds > 0 and source_id in lie.sources
        if lie is None or not is_lying or index_id != lie.index_id:
            self.last_true[name] = true_e8
            return true_e8
        if lie.kind == "cents":
            return 32 * E8 // 100
        if lie.kind == "stuck":
            return self.last_true[name]
        return true_e8 * lie.percent // 100 * (10_000 + lie.away) // 10_000

    def sample(self, index_id: int, source_id: int, price_e8: int) -> ObservePrices:
        """As a collector writes it down."""
        half = max(price_e8 // 20_000, 1)
        return ObservePrices(
            source_id=source_id,
            index_id=index_id,
            bid_e8=price_e8 - half,
            ask_e8=price_e8 + half,
            last_e8=price_e8,
            low_e8=price_e8,
            high_e8=price_e8,
            trade_id=self.wall_ms,
            venue_ms=self.wall_ms,
            receive_ms=self.wall_ms,
            updates=3,
            is_deep=True,
            is_synthetic=True,
            stream_hash=b"",
        )

    def act(self) -> None:
        """Some of the people do something, in small batches."""
        for _ in range(self.draw.between(1, 3)):
            commands = self.people.some()
            if commands:
                self.tell(ORDERS, commands)
        if self.draw.chance(35):
            self.tell(CANCELS, [self.people.cancel()])

    def tell(
        self, publisher_id: int, told: Sequence[Command], truth: Sequence[Command] = ()
    ) -> None:
        """A batch reaches the venue; `truth`: the same batch of the clean world."""
        world = self.world
        said = [encode_command(one) for one in told]
        meant = [encode_command(one) for one in truth] or said
        first = int(world.engine.seq) + 1
        batch = self.batch(publisher_id, said)
        world.batches.append(batch)
        world.clean.append(batch if meant == said else self.batch(publisher_id, meant, again=True))
        if publisher_id == COLLECTOR:
            for place, (one, other) in enumerate(zip(said, meant, strict=True)):
                if one != other:
                    world.drops[first + place] = []
                    world.truths[first + place] = [other]
        world.events.append(world.engine.apply_many(batch))
        for entry in read_entries(world.events[-1]):
            self.people.hear(entry.events)

    def batch(self, publisher_id: int, commands: list[bytes], *, again: bool = False) -> bytes:
        """The publisher's next batch, or another reading of his newest."""
        if not again:
            self.numbers[publisher_id] = self.numbers.get(publisher_id, 0) + 1
        stamp_ns = self.wall_ms * NS_PER_MS
        return encode_batch(
            shard=self.world.genesis.shard,
            publisher_id=publisher_id,
            incarnation=1,
            batch_number=self.numbers[publisher_id],
            stamps_ns=[stamp_ns + place for place in range(len(commands))],
            commands=commands,
        )


def undo_world(seed: int, flavour: str = "") -> UndoWorld:
    """The world of a seed; a flavour may be asked for."""
    return Scene(seed, flavour).play()


def rerun(
    genesis: Genesis, batches: Sequence[bytes], edits: dict[int, list[bytes]], *, until: int = 0
) -> Engine:
    """A plain run with edits, up to a seq (0: to the end)."""
    engine = open_engine(genesis)
    for batch in batches:
        if until and engine.seq >= until:
            break
        engine.apply_edited(batch, 0, edits)
    return engine
