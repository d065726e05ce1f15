"""The serving engine, with publishers and subscribers in the process and a journal in memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from hashlib import sha256

import pytest

from seawall.core.engine import open_engine
from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import CancelOrder, MassCancel
from seawall.core.model.genesis_codec import encode_genesis
from seawall.errors import DiskFull
from seawall.journal.chain import Chain
from seawall.journal.channel import Channel, LocalListener
from seawall.journal.frames import Batch, Behind, EventsFrame, Hello, Refused, Subscribe, Welcome
from seawall.journal.replica import Replica
from seawall.journal.ring import EventRing
from seawall.node.clock import WallClock, read_wall_offset_ns
from seawall.node.config import read_venue
from seawall.node.engine_fault import ApplyFailed
from seawall.node.engine_service import EngineService
from tests.node.waiting import until

GENESIS = read_venue(None, created_ms=1).genesis
LANE = 2


class MemoryJournal:
    """A journal that keeps its records in memory and can be full or slow."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.is_full = False

    def append(self, batches: list[bytes]) -> None:
        """Keep a record, unless there is no room."""
        if self.is_full:
            raise DiskFull(expected="room", found="none", to_do="make room")
        self.records.append(b"".join(batches))


def fresh_replica() -> Replica:
    """A replica before entry 1."""
    return Replica(open_engine(GENESIS), Chain(encode_genesis(GENESIS)))


class World:
    """A service, its journal, and channels to it."""

    def __init__(self, ring: EventRing | None = None) -> None:
        self.journal = MemoryJournal()
        self.service = EngineService(
            replica=fresh_replica(),
            append=self.journal.append,
            clock=WallClock(offset_ns=read_wall_offset_ns()),
            ring=ring,
        )
        self.listener = LocalListener(self.service.serve)

    async def publisher(self) -> tuple[Channel, Welcome]:
        """A channel that has said hello as the second lane of a gateway."""
        channel = await self.listener.open_channel()
        channel.send(Hello(publisher_id=LANE))
        welcome = await channel.receive()
        assert isinstance(welcome, Welcome)
        return channel, welcome


def play(body: Callable[[World], Awaitable[None]], ring: EventRing | None = None) -> World:
    """Run a service around `body` and stop it cleanly."""
    world = World(ring)

    async def main() -> None:
        running = asyncio.create_task(world.service.run())
        try:
            await body(world)
        finally:
            world.service.stop()
            await running
            await world.listener.close()

    asyncio.run(main())
    return world


def batch(*, incarnation: int, number: int, count: int = 1) -> bytes:
    """A batch of mass cancels, which are always accepted."""
    return encode_batch(
        shard=0,
        publisher_id=LANE,
        incarnation=incarnation,
        batch_number=number,
        stamps_ns=[time.time_ns()] * count,
        commands=[encode_command(MassCancel(account_id=1))] * count,
    )


async def answer(channel: Channel) -> EventsFrame | Refused | Behind | Welcome:
    """The next frame that is not about the engine's own beats."""
    while True:
        frame = await channel.receive()
        assert isinstance(frame, EventsFrame | Refused | Behind | Welcome), frame
        if not isinstance(frame, EventsFrame) or frame.publisher_id == LANE:
            return frame


def test_batch_is_durable_when_its_events_arrive() -> None:
    """What a client is told must survive a power cut."""

    async def body(world: World) -> None:
        channel, welcome = await world.publisher()
        channel.send(Subscribe(from_seq=1))
        data = batch(incarnation=welcome.incarnation, number=1, count=3)
        channel.send(Batch(data))
        frame = await answer(channel)
        assert isinstance(frame, EventsFrame)
        assert (frame.publisher_id, frame.batch_number, frame.count) == (LANE, 1, 3)
        assert any(data in record for record in world.journal.records)

    play(body)


def test_batch_sent_twice_happens_once() -> None:
    """A publisher that lost the answer sends the same bytes again."""

    async def body(world: World) -> None:
        channel, welcome = await world.publisher()
        channel.send(Subscribe(from_seq=1))
        for number in (1, 1, 2, 1, 2):
            channel.send(Batch(batch(incarnation=welcome.incarnation, number=number)))
        channel.send(Batch(batch(incarnation=welcome.incarnation, number=3)))
        frames = [await answer(channel) for _ in range(3)]
        assert [one.batch_number for one in frames if isinstance(one, EventsFrame)] == [1, 2, 3]

    play(body)


def test_batch_that_did_not_follow_is_taken_when_it_does() -> None:
    """It was dropped, not applied, so its sender may come again with it."""

    async def body(world: World) -> None:
        channel, welcome = await world.publisher()
        channel.send(Subscribe(from_seq=1))
        data = batch(incarnation=welcome.incarnation, number=2)
        channel.send(Batch(data))
        await until(lambda: any(data in record for record in world.journal.records))
        for number in (1, 2):
            channel.send(Batch(batch(incarnation=welcome.incarnation, number=number)))
            async with asyncio.timeout(20):
                frame = await answer(channel)
            assert isinstance(frame, EventsFrame)
            assert frame.batch_number == number

    play(body)


def test_restarted_publisher_gets_an_incarnation_nobody_used() -> None:
    """Even when the one before it never had a batch applied."""

    async def body(world: World) -> None:
        welcomes = [(await world.publisher())[1] for _ in range(3)]
        assert [one.incarnation for one in welcomes] == [1, 2, 3]

    play(body)


def test_returning_publisher_learns_what_was_applied() -> None:
    """From that it knows which batches to send again."""

    async def body(world: World) -> None:
        channel, welcome = await world.publisher()
        channel.send(Subscribe(from_seq=1))
        channel.send(Batch(batch(incarnation=welcome.incarnation, number=1)))
        await answer(channel)
        again = await world.listener.open_channel()
        again.send(Hello(publisher_id=LANE, incarnation=welcome.incarnation))
        back = await again.receive()
        assert isinstance(back, Welcome)
        assert back.incarnation == welcome.incarnation
        assert (back.last_incarnation, back.last_batch_number) == (welcome.incarnation, 1)

    play(body)


def test_batch_of_a_superseded_publisher_is_refused() -> None:
    """Two processes that publish as one would otherwise lose each other's batches in silence."""

    async def body(world: World) -> None:
        old, welcome = await world.publisher()
        await world.publisher()
        old.send(Batch(batch(incarnation=welcome.incarnation, number=1)))
        refused = await answer(old)
        assert isinstance(refused, Refused)
        assert not refused.is_planned

    play(body)


@pytest.mark.parametrize("damage", ["checksum", "no hello", "engine's own id", "no batch"])
def test_publisher_that_cannot_be_trusted_is_cut_off(damage: str) -> None:
    """A batch that is not sound must not reach the journal."""

    async def body(world: World) -> None:
        channel, welcome = await world.publisher()
        data = batch(incarnation=welcome.incarnation, number=1)
        if damage == "checksum":
            data = data[:-1] + bytes([data[-1] ^ 1])
        elif damage == "no hello":
            data = batch(incarnation=welcome.incarnation + 1, number=1)
        elif damage == "no batch":
            data = b"these bytes are no batch"
        if damage == "engine's own id":
            channel.send(Hello(publisher_id=0))
        else:
            channel.send(Batch(data))
        assert await channel.receive() is None
        assert all(data not in record for record in world.journal.records)

    play(body)


@pytest.mark.slow
def test_full_disk_refuses_truthfully_and_recovers_when_there_is_room() -> None:
    """Refused means that nothing was kept; and nobody has to restart anything."""

    async def body(world: World) -> None:
        channel, welcome = await world.publisher()
        channel.send(Subscribe(from_seq=1))
        world.journal.is_full = True
        channel.send(Batch(batch(incarnation=welcome.incarnation, number=1)))
        refused = await answer(channel)
        assert isinstance(refused, Refused)
        assert not refused.is_planned
        records = len(world.journal.records)
        channel.send(Batch(batch(incarnation=welcome.incarnation, number=1)))
        assert isinstance(await answer(channel), Refused)
        assert len(world.journal.records) == records
        world.journal.is_full = False
        await until(lambda: len(world.journal.records) > records, what="a beat that finds room")
        channel.send(Batch(batch(incarnation=welcome.incarnation, number=1)))
        frame = await answer(channel)
        assert isinstance(frame, EventsFrame)
        assert frame.batch_number == 1

    play(body)


def test_planned_stop_refuses_as_planned_and_keeps_what_was_taken() -> None:
    """Clients must be able to tell a stop from a failure."""

    async def body(world: World) -> None:
        channel, welcome = await world.publisher()
        channel.send(Subscribe(from_seq=1))
        channel.send(Batch(batch(incarnation=welcome.incarnation, number=1)))
        await answer(channel)
        world.service.stop()
        channel.send(Batch(batch(incarnation=welcome.incarnation, number=2)))
        refused = await answer(channel)
        assert isinstance(refused, Refused)
        assert refused.is_planned
        assert refused.batch_number == 2

    play(body)


def test_subscriber_behind_the_ring_is_told_so() -> None:
    """He then reads a checkpoint and the journal."""

    async def body(world: World) -> None:
        channel, welcome = await world.publisher()
        channel.send(Batch(batch(incarnation=welcome.incarnation, number=1, count=50)))
        await until(lambda: world.service.seq > 50)
        channel.send(Subscribe(from_seq=1))
        behind = await answer(channel)
        assert isinstance(behind, Behind)
        assert behind.ring_start_seq > 1

    play(body, EventRing(seq=0, entries_max=10))


def test_chain_is_marked_in_the_journal_every_1024_seqs() -> None:
    """A reader of the journal alone can then check itself."""

    async def body(world: World) -> None:
        channel, welcome = await world.publisher()
        for number in range(1, 6):
            channel.send(Batch(batch(incarnation=welcome.incarnation, number=number, count=1_000)))
        await until(lambda: world.service.replica.chain.marked_seq >= 4_096, what="the marks")

    world = play(body)

    reader = fresh_replica()
    for record in world.journal.records:
        reader.apply_record(record)
    assert reader.chain.marked_seq >= 4_096
    assert reader.engine.state_hash() == world.service.replica.engine.state_hash()


def test_venue_clock_follows_the_wall_clock_of_the_start() -> None:
    """Beats reach the journal like any other command."""

    async def body(world: World) -> None:
        await until(lambda: world.service.replica.engine.clock_ms > 0, what="the first beat")

    world = play(body)

    age_ms = time.time_ns() // 1_000_000 - world.service.replica.engine.clock_ms
    assert 0 <= age_ms < 10_000


def test_failed_assertion_ends_the_service_and_names_the_seq() -> None:
    """After an effect the state in memory may be wrong, so nothing may be told any more."""

    class BrokenReplica(Replica):
        """A replica whose engine has a bug."""

        def apply_record(self, payload: bytes):  # type: ignore[no-untyped-def] # as its parent's
            raise AssertionError("planted")

    world = World()
    world.service.replica = BrokenReplica(open_engine(GENESIS), Chain(sha256(b"").digest()))

    with pytest.raises(ApplyFailed, match="planted"):
        asyncio.run(world.service.run())


def test_stranger_on_the_socket_is_cut_off() -> None:
    """Only publishers and subscribers have something to say."""

    async def body(world: World) -> None:
        channel = await world.listener.open_channel()
        channel.send(Behind(ring_start_seq=1, seq=1))
        assert await channel.receive() is None

    play(body)


def test_cancel_of_an_unknown_order_is_answered_like_any_command() -> None:
    """A refusal is an event, and travels the same road."""

    async def body(world: World) -> None:
        channel, welcome = await world.publisher()
        channel.send(Subscribe(from_seq=1))
        command = CancelOrder(account_id=1, instrument_id=0, order_id=77)
        channel.send(
            Batch(
                encode_batch(
                    shard=0,
                    publisher_id=LANE,
                    incarnation=welcome.incarnation,
                    batch_number=1,
                    stamps_ns=[time.time_ns()],
                    commands=[encode_command(command)],
                )
            )
        )
        frame = await answer(channel)
        assert isinstance(frame, EventsFrame)
        assert frame.events != b""

    play(body)
