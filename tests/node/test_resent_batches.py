"""A connection breaks while a batch waits for the disk, and the link sends the batch again.

Whatever the order in which things happen, the sender is told the truth: refused means that no copy
of the batch was or will be kept, and a batch that is not refused takes effect exactly once.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from typing import Final

import pytest

from seawall.core.engine import open_engine
from seawall.core.model.batch import encode_batch, read_batch_header
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import MassCancel
from seawall.core.model.genesis_codec import encode_genesis
from seawall.errors import DiskFull
from seawall.journal.chain import Chain
from seawall.journal.channel import Channel, LocalListener
from seawall.journal.frames import Batch, EventsFrame, Frame, Hello, Refused, Subscribe, Welcome
from seawall.journal.replica import Replica
from seawall.node.clock import WallClock, read_wall_offset_ns
from seawall.node.config import read_venue
from seawall.node.engine_service import EngineService
from tests.node.waiting import until

GENESIS = read_venue(None, created_ms=1).genesis
LANE = 2
TURNS: Final = 30  # of the loop, after which everything that can go on without us has gone on

# read: the engine reads the first copy, from the old connection. copy: it reads the second, from
# the new one. release: the disk answers. room: the disk has room again, if it was full.
EVENTS: Final = ("read", "break", "hello", "copy", "release", "room", "stop")
BEFORE: Final = (("break", "hello"), ("hello", "copy"), ("release", "room"))


def orders(*, without: str = "") -> list[tuple[str, ...]]:
    """Every order in which these events can happen."""
    events = [one for one in EVENTS if one != without]
    return [
        order
        for order in itertools.permutations(events)
        if all(order.index(one) < order.index(other) for one, other in BEFORE)
    ]


class HeldJournal:
    """A journal that answers a lane's batch only when it is released, and can be full."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.is_full = False
        self.released = threading.Event()
        self.busy = 0

    def append(self, batches: list[bytes]) -> None:
        """Keep the batches, or find no room."""
        ours = [one for one in batches if read_batch_header(one, 0).publisher_id == LANE]
        self.busy += 1
        try:
            if ours:
                assert self.released.wait(60)
            if self.is_full:
                raise DiskFull(expected="room", found="none", to_do="make room")
            self.kept += ours
        finally:
            self.busy -= 1


class GatedChannel:
    """The engine's end of a connection whose batches it does not get to read before the gate."""

    def __init__(self, channel: Channel, gate: asyncio.Event) -> None:
        self._channel = channel
        self._gate = gate

    async def receive(self) -> Frame | None:
        """The next frame, when it may be read."""
        frame = await self._channel.receive()
        if isinstance(frame, Batch):
            await self._gate.wait()
        return frame

    def send(self, frame: Frame) -> None:
        """As the channel."""
        self._channel.send(frame)

    async def drain(self) -> None:
        """As the channel."""
        await self._channel.drain()

    def close(self) -> None:
        """As the channel."""
        self._channel.close()


class Play:
    """A publisher with one batch in flight, over an old connection and a new one."""

    def __init__(self, *, is_full: bool) -> None:
        self.journal = HeldJournal()
        self.ends_full = is_full
        self.service = EngineService(
            replica=Replica(open_engine(GENESIS), Chain(encode_genesis(GENESIS))),
            append=self.journal.append,
            clock=WallClock(offset_ns=read_wall_offset_ns()),
        )
        self.gates = {"read": asyncio.Event(), "copy": asyncio.Event()}  # of the two connections
        self.heard: list[EventsFrame | Refused] = []  # about our batch, on the living connection
        self.incarnation = 0
        self.channel: Channel | None = None
        self._reader: asyncio.Task[None] | None = None
        self._unused_gates = list(self.gates.values())

    async def serve(self, channel: Channel) -> None:
        """The engine's side, which reads batches when we say so."""
        await self.service.serve(GatedChannel(channel, self._unused_gates.pop(0)))

    async def connect(self, listener: LocalListener, data: bytes) -> None:
        """Connect as the link does, and send again what has no answer."""
        channel = await listener.open_channel()
        channel.send(Hello(publisher_id=LANE, incarnation=self.incarnation))
        welcome = await channel.receive()
        assert isinstance(welcome, Welcome)
        self.incarnation = welcome.incarnation
        channel.send(Subscribe(from_seq=1))
        self.channel = channel
        self._reader = asyncio.create_task(self._read(channel))
        if data and not self.heard and welcome.last_batch_number == 0:
            channel.send(Batch(data))

    async def lose(self) -> None:
        """The connection ends; nobody reads from it any more."""
        assert self._reader is not None and self.channel is not None
        self._reader.cancel()
        self.channel.close()

    async def _read(self, channel: Channel) -> None:
        while (frame := await channel.receive()) is not None:
            is_answer = isinstance(frame, EventsFrame | Refused) and frame.publisher_id == LANE
            if is_answer and frame not in self.heard:  # the old connection may have told it
                self.heard.append(frame)

    def batch(self, number: int, *, count: int = 1) -> bytes:
        """A batch of so many mass cancels."""
        return encode_batch(
            shard=0,
            publisher_id=LANE,
            incarnation=self.incarnation,
            batch_number=number,
            stamps_ns=[time.time_ns()] * count,
            commands=[encode_command(MassCancel(account_id=1))] * count,
        )

    async def settle(self) -> None:
        """Let everything happen that does not wait for us."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
        if self.journal.released.is_set():
            await until(lambda: self.journal.busy == 0)
            for _ in range(TURNS):
                await asyncio.sleep(0)

    async def happen(self, event: str, listener: LocalListener, data: bytes) -> None:
        """One event, and what follows from it."""
        if event in self.gates:
            self.gates[event].set()
        elif event == "break":
            await self.lose()
        elif event == "hello":
            await self.connect(listener, data)
        elif event == "release":
            self.journal.is_full = self.ends_full
            self.journal.released.set()
        elif event == "room":
            self.journal.is_full = False
        else:
            self.service.stop()
        await self.settle()

    async def run(self, order: tuple[str, ...]) -> bytes:
        """Play the events in this order; the bytes of the batch."""
        listener = LocalListener(self.serve)
        running = asyncio.create_task(self.service.run())
        await self.connect(listener, b"")
        data = self.batch(1)
        assert self.channel is not None
        self.channel.send(Batch(data))
        for event in order:
            await self.happen(event, listener, data)
        await until(lambda: bool(self.heard), what=f"an answer after {order}")
        if "stop" not in order and isinstance(self.heard[-1], Refused):
            await self._use_the_number_again(order)
        self.service.stop()
        await running
        await listener.close()
        return data

    async def _use_the_number_again(self, order: tuple[str, ...]) -> None:
        """Refused, so the number is free: the next batch has it, and the answer is about that."""
        refused = self.heard.pop()
        other = self.batch(1, count=3)

        def is_answered() -> bool:
            assert self.channel is not None
            if self.heard and isinstance(self.heard[-1], Refused):
                self.heard.clear()
                self.channel.send(Batch(other))
            return bool(self.heard)

        assert self.channel is not None
        self.channel.send(Batch(other))
        await until(is_answered, what=f"the next batch after {order}")
        frame = self.heard[-1]
        assert isinstance(frame, EventsFrame) and frame.count == 3, order
        assert self.journal.kept == [other], order
        self.heard = [refused]


@pytest.mark.slow
@pytest.mark.parametrize("is_full", [False, True], ids=["room on the disk", "full disk"])
@pytest.mark.parametrize("without", ["stop", ""], ids=["goes on", "stops"])
def test_refused_means_that_no_copy_was_kept(is_full: bool, without: str) -> None:
    """In every order of a lost connection, a commit, a full disk and a stop."""
    for order in orders(without=without):
        play = Play(is_full=is_full)
        data = asyncio.run(play.run(order))

        assert len(play.heard) == 1, (order, play.heard)
        if isinstance(play.heard[0], Refused):
            assert data not in play.journal.kept, order
        else:
            assert data in play.journal.kept, order
            assert play.service.replica.engine.last_batch(LANE)[1] == 1, order
