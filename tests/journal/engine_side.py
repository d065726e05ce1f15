"""A small engine side of the link: no disk, and it can lose its clients at will."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from seawall.core.engine import open_engine
from seawall.core.model.batch import batch_fault
from seawall.core.model.genesis_codec import encode_genesis
from seawall.journal.chain import Chain
from seawall.journal.channel import Channel
from seawall.journal.frames import Batch, Behind, EventsFrame, Hello, Refused, Subscribe, Welcome
from seawall.journal.replica import Replica
from seawall.journal.ring import EventRing
from tests.journal.venue import genesis


class EngineSide:
    """Applies batches as they come. `lose_before` and `lose_after` decide, per batch, to drop the
    client.
    """

    def __init__(self, *, entries_max: int = 10_000) -> None:
        data = encode_genesis(genesis())
        self.replica = Replica(open_engine(genesis()), Chain(data))
        self.ring = EventRing(seq=0, entries_max=entries_max)
        self.channels: list[Channel] = []
        self.handed_out: dict[int, int] = {}
        self.received = 0
        self.is_stopping = False
        self.lose_before: Callable[[int], bool] = lambda number: False
        self.lose_after: Callable[[int], bool] = lambda number: False
        self.grown = asyncio.Condition()

    async def serve(self, channel: Channel) -> None:
        """One client until he goes."""
        self.channels.append(channel)
        sender: asyncio.Task[None] | None = None
        while (frame := await channel.receive()) is not None:
            match frame:
                case Hello():
                    channel.send(self.welcome(frame))
                case Batch(data=data):
                    await self.take(channel, data)
                case Subscribe(from_seq=seq):
                    if sender is not None:
                        sender.cancel()
                    sender = asyncio.create_task(self.tell(channel, seq))
                case _:
                    break
        if sender is not None:
            sender.cancel()
        channel.close()

    def welcome(self, frame: Hello) -> Welcome:
        """A new life is above every incarnation that was applied or handed out."""
        last, number = self.replica.engine.last_batch(frame.publisher_id)
        known = max(last, self.handed_out.get(frame.publisher_id, 0))
        incarnation = frame.incarnation or known + 1
        self.handed_out[frame.publisher_id] = max(known, incarnation)
        return Welcome(
            publisher_id=frame.publisher_id,
            incarnation=incarnation,
            last_incarnation=last,
            last_batch_number=number,
            seq=self.replica.seq,
            clock_ms=self.replica.engine.clock_ms,
        )

    async def take(self, channel: Channel, data: bytes) -> None:
        """Apply a batch, or lose the client before or after."""
        assert batch_fault(data, 0) == ""
        self.received += 1
        if self.lose_before(self.received):
            channel.close()
            return
        if self.is_stopping:
            channel.send(
                Refused(
                    publisher_id=2, incarnation=1, batch_number=1, is_planned=True, text="stopping"
                )
            )
            return
        async with self.grown:
            for applied in self.replica.apply_record(data).batches:
                self.ring.append(
                    EventsFrame(
                        publisher_id=applied.publisher_id,
                        incarnation=applied.incarnation,
                        batch_number=applied.batch_number,
                        first_seq=applied.first_seq,
                        count=applied.count,
                        clock_ms=applied.clock_ms,
                        events=applied.events,
                    )
                )
            self.grown.notify_all()
        if self.lose_after(self.received):
            channel.close()

    async def tell(self, channel: Channel, seq: int) -> None:
        """Serve the ring from `seq` on, for ever."""
        while True:
            frames = self.ring.read_from(seq)
            if frames is None:
                channel.send(Behind(ring_start_seq=self.ring.start_seq, seq=self.replica.seq))
                return
            for frame in frames:
                channel.send(frame)
                seq = frame.first_seq + frame.count
            async with self.grown:
                await self.grown.wait_for(lambda wanted=seq: self.ring.seq >= wanted)

    def lose_everybody(self) -> None:
        """Drop every client."""
        for channel in self.channels:
            channel.close()
        self.channels.clear()
