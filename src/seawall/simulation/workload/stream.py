"""A stream of batches: what fills the books and opens positions, and what is to be timed.

One order in twelve takes; together with the immediate ones about nine commands in a hundred trade.
One cancel in a hundred names an order that has ended, as late cancels do, and is refused; nothing
else is. The books are stationary: takers are larger when more rests than the target, smaller when
less.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import Command, TimerBeat
from seawall.core.model.genesis import Genesis
from seawall.simulation.draws import MILLION, Draws
from seawall.simulation.workload.algo_flow import AlgoFlow
from seawall.simulation.workload.genesis import START_MS, spot_genesis, whole_genesis
from seawall.simulation.workload.mix import BATCH, BATCH_NS, SPOT, Kind, Mix
from seawall.simulation.workload.observations import Observations
from seawall.simulation.workload.opening import USUAL, Risk, open_positions
from seawall.simulation.workload.order_flow import FAIR_PRICE, OrderFlow, Place

Label = Kind | Literal["observe", "beat"]

RESTING_MIN: Final = 50  # below, a run of cancels could empty a book
WAITING_ALGOS: Final = 1_000
INDEX_SECONDS: Final = 12  # until every index has its first value
ENGINE_PUBLISHER, LANE_PUBLISHER, COLLECTOR_PUBLISHER = 0, 2, 4
_NS_PER_MS: Final = 1_000_000
_NS_PER_SECOND: Final = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How large a workload is. `resting`: orders that rest per instrument once it is under way."""

    commands: int
    seed: int = 1
    instruments: int = 8
    accounts: int = 10_000
    resting: int = 1_000
    has_client_ids: bool = True
    mix: Mix = SPOT
    risk: Risk = USUAL


@dataclass
class Workload:
    """A stream: `setup` fills the books, `batches` are to be timed.

    kinds: of each batch, what it holds if it is pure. counts: commands of the timed part by kind,
    and `trading` and `refused` as the model expects them; what the clock and the outside sources
    say comes on top. now_ms, fair: venue time and fair prices (ticks) at the end.
    """

    genesis: Genesis
    setup: bytes
    batches: list[bytes] = field(default_factory=list)
    kinds: list[Label] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    now_ms: int = START_MS
    fair: list[int] = field(default_factory=list)

    def add(self, label: Label, batch: bytes) -> None:
        """One more batch of the timed part."""
        self.batches.append(batch)
        self.kinds.append(label)


def make_workload(shape: Shape, *, is_pure: bool = False) -> Workload:
    """Make a stream. `is_pure`: each timed batch holds one kind of command, so kinds can be
    timed; orders are all for swaps then, if there are any.
    """
    return _Maker(shape, is_pure=is_pure).make()


class BatchWriter:
    """Numbers the batches of each publisher and the commands of all, and holds the virtual time."""

    def __init__(self, *, incarnation: int = 1, now_ms: int = START_MS) -> None:
        self.seq = 0  # of the newest command
        self.now_ns = now_ms * _NS_PER_MS
        self._incarnation = incarnation
        self._numbers: dict[int, int] = {}

    def next_second(self) -> int:
        """Let time pass up to the next whole second; returns it in ms."""
        self.now_ns += _NS_PER_SECOND - self.now_ns % _NS_PER_SECOND
        return self.now_ns // _NS_PER_MS

    def batch(self, publisher_id: int, commands: Sequence[Command]) -> bytes:
        """The publisher's next batch."""
        self.seq += len(commands)
        number = self._numbers[publisher_id] = self._numbers.get(publisher_id, 0) + 1
        return encode_batch(
            shard=0,
            publisher_id=publisher_id,
            incarnation=self._incarnation,
            batch_number=number,
            stamps_ns=[self.now_ns] * len(commands),
            commands=[encode_command(command) for command in commands],
        )


class _Maker:
    """Writes commands and keeps the model of what they do."""

    def __init__(self, shape: Shape, *, is_pure: bool) -> None:
        assert shape.resting >= RESTING_MIN, "too few resting orders to cancel from"
        self._shape = shape
        self._is_pure = is_pure
        self._has_swaps = shape.mix.swap_ppm > 0
        self._draws = Draws(shape.seed, "workload")
        self._places = _places(shape)
        self._swaps = [place for place in self._places if place.is_swap]
        self._spots = [place for place in self._places if not place.is_swap]
        self._orders = OrderFlow(
            self._draws,
            accounts=shape.accounts,
            resting=shape.resting,
            has_client_ids=shape.has_client_ids,
        )
        self._algos = AlgoFlow(self._draws, accounts=shape.accounts)
        self._observations = Observations(Draws(shape.seed, "observations"))
        self._writer = BatchWriter()
        self._counts: dict[Kind, int] = dict.fromkeys(shape.mix.kinds, 0)

    def make(self) -> Workload:
        shape = self._shape
        build = whole_genesis if self._has_swaps else spot_genesis
        genesis = build(instruments=shape.instruments, accounts=shape.accounts)
        made = Workload(genesis=genesis, setup=b"".join(self._setup()))
        self._counts = dict.fromkeys(shape.mix.kinds, 0)
        self._orders.trading = self._orders.refused = 0
        left = shape.commands
        kinds = shape.mix.kinds
        written = 0
        while left > 0:
            size = min(BATCH, left)
            # Each kind once, then as the mix has it: a short stream has every kind too.
            kind = kinds[written] if written < len(kinds) else self._kind_of_batch()
            pure = [kind] * size
            mixed = [shape.mix.draw(self._draws) for _ in range(size)]
            made.add(kind, self._batch(pure if self._is_pure else mixed))
            for label, batch in self._passed_time():
                made.add(label, batch)
            written += 1
            left -= size
        made.counts = {str(kind): count for kind, count in self._counts.items()}
        made.counts |= {"trading": self._orders.trading, "refused": self._orders.refused}
        made.now_ms = self._writer.now_ns // _NS_PER_MS
        made.fair = self._fair()
        return made

    def _setup(self) -> Iterator[bytes]:
        """The clock starts, indices find their value, positions are opened, books are filled."""
        shape = self._shape
        yield self._beat()
        if self._has_swaps:
            for _ in range(INDEX_SECONDS):
                self._writer.next_second()
                yield from (batch for _, batch in self._passed_time())
            yield from self._opening()
        fill = shape.resting * shape.instruments
        while fill > 0:
            yield self._batch(["place_rest"] * min(BATCH, fill), is_spread=True)
            yield from (batch for _, batch in self._passed_time())
            fill -= BATCH
        waiting = WAITING_ALGOS if self._has_swaps else 0
        while waiting > 0:
            yield self._batch(["algo_place"] * BATCH)
            yield from (batch for _, batch in self._passed_time())
            waiting -= BATCH

    def _opening(self) -> Iterator[bytes]:
        """Leverage and positions, in batches."""
        shape = self._shape
        commands: list[Command] = []
        for command in open_positions(
            self._draws,
            shape.risk,
            accounts=shape.accounts,
            instruments=shape.instruments,
            price=FAIR_PRICE,
        ):
            commands.append(command)
            if len(commands) == BATCH:
                yield self._lane_batch(commands)
                yield from (batch for _, batch in self._passed_time())
                commands = []
        if commands:
            yield self._lane_batch(commands)
            yield from (batch for _, batch in self._passed_time())

    def _kind_of_batch(self) -> Kind:
        """The kind that is furthest behind its share."""
        shares = self._shape.mix.exact_shares_ppm()
        total = sum(self._counts.values())
        return max(shares, key=lambda kind: shares[kind] * total - self._counts[kind] * MILLION)

    def _passed_time(self) -> Iterator[tuple[Label, bytes]]:
        """What the outside sources and the clock say when another beat is due."""
        if self._writer.now_ns % (self._shape.mix.beat_ms * _NS_PER_MS) != 0:
            return
        if self._has_swaps:
            said = self._observations.of_second(
                wall_ms=self._writer.now_ns // _NS_PER_MS, fair=self._fair()
            )
            for observations in said:
                yield "observe", self._writer.batch(COLLECTOR_PUBLISHER, observations)
        yield "beat", self._beat()

    def _fair(self) -> list[int]:
        """The fair price of each underlying."""
        return [place.fair[0] for place in self._spots]

    def _beat(self) -> bytes:
        wall_ms = self._writer.now_ns // _NS_PER_MS
        return self._writer.batch(ENGINE_PUBLISHER, [TimerBeat(timer_id=0, wall_ms=wall_ms)])

    def _batch(self, kinds: list[Kind], *, is_spread: bool = False) -> bytes:
        """A batch of such commands; `is_spread`: over all instruments alike."""
        commands: list[Command] = []
        for kind in kinds:
            self._counts[kind] += 1
            seq = self._writer.seq + 1 + len(commands)
            place = self._any(self._places) if is_spread else self._place_of(kind)
            commands.append(self._command(kind, place, seq))
        return self._lane_batch(commands)

    def _lane_batch(self, commands: list[Command]) -> bytes:
        batch = self._writer.batch(LANE_PUBLISHER, commands)
        self._writer.now_ns += BATCH_NS
        return batch

    def _command(self, kind: Kind, place: Place, seq: int) -> Command:
        if kind == "algo_place":
            return self._algos.place(seq=seq, instrument_id=place.instrument_id, fair=place.fair[0])
        if kind == "algo_cancel":
            return self._algos.cancel()
        return self._orders.command(kind, place, seq=seq)

    def _place_of(self, kind: Kind) -> Place:
        """Where a command goes: algo orders and pure batches to swaps."""
        if not self._has_swaps:
            return self._any(self._places)
        if self._is_pure or kind in ("algo_place", "algo_cancel"):
            return self._any(self._swaps)
        is_swap = self._draws.happens(self._shape.mix.swap_ppm)
        return self._any(self._swaps if is_swap else self._spots)

    def _any(self, places: list[Place]) -> Place:
        return places[self._draws.below(len(places))]


def _places(shape: Shape) -> list[Place]:
    if shape.mix.swap_ppm == 0:
        return [
            Place(instrument_id=number, is_swap=False, fair=[FAIR_PRICE])
            for number in range(shape.instruments)
        ]
    fair = [[FAIR_PRICE] for _ in range(shape.instruments // 2)]
    return [
        Place(instrument_id=number, is_swap=number % 2 == 1, fair=fair[number // 2])
        for number in range(shape.instruments)
    ]
