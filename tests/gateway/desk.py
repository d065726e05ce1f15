"""The way to the engine, in the hands of a test."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from seawall.core.engine import Engine, open_engine
from seawall.core.model.batch import batch_fault, encode_batch, read_batch_header
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import Command, TimerBeat
from seawall.errors import EngineUnreachable
from seawall.gateway import Gateway
from seawall.journal.channel import Channel, LocalListener
from seawall.journal.frames import (
    Batch,
    EventsFrame,
    Hello,
    Refused,
    Subscribe,
    Welcome,
)
from tests.gateway.venue import NOW_MS, WallClock, genesis, new_gateway

ENGINE_PUBLISHER = 0


class Ledger:
    """An engine, what it applied, and in which order: the truth of a test."""

    def __init__(self) -> None:
        self.engine: Engine = open_engine(genesis())
        self.frames: list[EventsFrame] = []
        self.batches: list[bytes] = []  # applied, in order
        self._own_batches = 0
        self.beat(NOW_MS)

    def beat(self, wall_ms: int) -> EventsFrame:
        """A timer beat of the engine's own."""
        return self.apply_own(TimerBeat(timer_id=0, wall_ms=wall_ms))

    def apply_own(self, *commands: Command, stamp_ns: int = NOW_MS * 1_000_000) -> EventsFrame:
        """A batch that no gateway sent."""
        self._own_batches += 1
        data = encode_batch(
            shard=0,
            publisher_id=ENGINE_PUBLISHER,
            incarnation=1,
            batch_number=self._own_batches,
            stamps_ns=[stamp_ns] * len(commands),
            commands=[encode_command(command) for command in commands],
        )
        frame = self.apply(data)
        assert frame is not None
        return frame

    def apply(self, data: bytes) -> EventsFrame | None:
        """Apply a batch; None when the engine dropped it as a duplicate."""
        assert batch_fault(data, 0) == ""
        header = read_batch_header(data, 0)
        first_seq = self.engine.apply_batch(data, 0)
        events = self.engine.take_events()
        if first_seq == 0:
            return None
        frame = EventsFrame(
            publisher_id=header.publisher_id,
            incarnation=header.incarnation,
            batch_number=header.batch_number,
            first_seq=first_seq,
            count=header.count,
            clock_ms=self.engine.clock_ms,
            events=events,
        )
        self.frames.append(frame)
        self.batches.append(data)
        return frame

    def welcome(self, publisher_id: int, incarnation: int = 0) -> Welcome:
        """The answer to a hello."""
        last, number = self.engine.last_batch(publisher_id)
        return Welcome(
            publisher_id=publisher_id,
            incarnation=incarnation or last + 1,
            last_incarnation=last,
            last_batch_number=number,
            seq=self.engine.seq,
            clock_ms=self.engine.clock_ms,
        )


class Desk:
    """An EnginePort whose batches lie on the desk until the test, or `is_prompt`, carries them
    out.
    """

    def __init__(self, ledger: Ledger, gateway: Gateway) -> None:
        self.ledger = ledger
        self.gateway = gateway
        self.is_connected = True
        self.is_prompt = False
        self.sent: deque[bytes] = deque()
        self.all_sent: list[bytes] = []
        self.subscribed_from = 0

    async def hello(self, publisher_id: int) -> Welcome:
        if not self.is_connected:
            raise EngineUnreachable(expected="an engine", found="none", to_do="start it")
        return self.ledger.welcome(publisher_id)

    async def subscribe(self, from_seq: int) -> None:
        self.subscribed_from = from_seq

    def send_batch(self, data: bytes) -> bool:
        if not self.is_connected:
            return False
        self.sent.append(data)
        self.all_sent.append(data)
        if self.is_prompt:
            asyncio.get_running_loop().call_soon(self.answer)
        return True

    def answer(self) -> EventsFrame | None:
        """Apply the oldest batch on the desk and tell the gateway."""
        frame = self.ledger.apply(self.sent.popleft())
        assert frame is not None, "each batch is sent once"
        self.gateway.on_events(frame)
        return frame

    def refuse(self, *, is_planned: bool) -> None:
        """Refuse the oldest batch on the desk."""
        header = read_batch_header(self.sent.popleft(), 0)
        self.gateway.on_refused(
            Refused(
                publisher_id=header.publisher_id,
                incarnation=header.incarnation,
                batch_number=header.batch_number,
                is_planned=is_planned,
                text="not now",
            )
        )

    def lose(self) -> None:
        """The connection ends; what lies on the desk stays in doubt."""
        self.is_connected = False
        self.gateway.on_lost()

    def regain(self) -> None:
        """The connection stands again."""
        self.is_connected = True
        self.gateway.on_regained()

    def tell(self, frame: EventsFrame) -> None:
        """Something happened that this gateway did not send."""
        self.gateway.on_events(frame)


async def open_desk(now_ns: WallClock | None = None, *, is_prompt: bool = True) -> Desk:
    """A gateway that has started at a desk."""
    ledger = Ledger()
    gateway = new_gateway(now_ns or WallClock())
    gateway.describe(ledger.engine.describe(), seq=ledger.engine.seq)
    desk = Desk(ledger, gateway)
    desk.is_prompt = is_prompt
    await gateway.start(desk)
    return desk


async def turns(count: int = 3) -> None:
    """Let what is due in the loop happen."""
    for _ in range(count):
        await asyncio.sleep(0)


# What a faulty desk does with the next batch.
APPLY, LOSE_BEFORE, LOSE_AFTER, APPLY_TWICE, TELL_TWICE, REFUSE = range(6)


class FaultyDesk:
    """The engine's side of real links; `faults` says, batch by batch, what goes wrong."""

    def __init__(self, ledger: Ledger, faults: Callable[[], int]) -> None:
        self.ledger = ledger
        self.listener = LocalListener(self.serve)
        self._faults = faults

    async def serve(self, channel: Channel) -> None:
        """Serve one connection until it ends or a fault ends it."""
        next_index: int | None = None  # of the frames, once subscribed
        while (frame := await channel.receive()) is not None:
            match frame:
                case Hello():
                    channel.send(self.ledger.welcome(frame.publisher_id, frame.incarnation))
                case Subscribe():
                    seqs = [one.first_seq for one in self.ledger.frames]
                    next_index = sum(seq < frame.from_seq for seq in seqs)
                case Batch(data=data):
                    if not self._take(channel, data):
                        return
                case _:
                    raise AssertionError("a client does not say this")
            if next_index is not None:
                for one in self.ledger.frames[next_index:]:
                    channel.send(one)
                next_index = len(self.ledger.frames)

    def _take(self, channel: Channel, data: bytes) -> bool:
        fault = self._faults()
        if fault == LOSE_BEFORE:
            channel.close()
            return False
        if fault == REFUSE and self._is_next(data):
            header = read_batch_header(data, 0)
            channel.send(
                Refused(
                    publisher_id=header.publisher_id,
                    incarnation=header.incarnation,
                    batch_number=header.batch_number,
                    is_planned=False,
                    text="the disk is full",
                )
            )
            return True
        frame = self.ledger.apply(data)
        if fault == APPLY_TWICE:
            assert self.ledger.apply(data) is None
        if fault == TELL_TWICE and frame is not None:
            channel.send(frame)
        if fault == LOSE_AFTER:
            channel.close()
            return False
        return True

    def _is_next(self, data: bytes) -> bool:
        header = read_batch_header(data, 0)
        last = self.ledger.engine.last_batch(header.publisher_id)
        return last != (header.incarnation, header.batch_number)
