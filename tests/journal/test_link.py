"""The link: exactly once for batches, no gap and no duplicate for events, over both transports."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from seawall.core.model.commands import TimerBeat
from seawall.core.model.event_reader import read_entries
from seawall.errors import EngineUnreachable
from seawall.journal.channel import Channel, LocalListener, OpenChannel, listen, unix_socket
from seawall.journal.frames import Behind, EventsFrame, Refused, Subscribe
from seawall.journal.link import EngineLink
from tests.journal.engine_side import EngineSide
from tests.journal.venue import START_MS, batch_of

DEADLINE_S = 20.0
TRANSPORTS = ["unix socket", "in memory"]


@asynccontextmanager
async def opened(engine: EngineSide, transport: str, folder: Path) -> AsyncIterator[OpenChannel]:
    """The way to the engine's side."""
    if transport == "in memory":
        listener = LocalListener(engine.serve)
        yield listener.open_channel
        await listener.close()
        return
    server = await listen(folder / "engine.sock", engine.serve)
    yield unix_socket(folder / "engine.sock")
    engine.lose_everybody()
    server.close()
    await server.wait_closed()


class Client:
    """A link, and everything it has said."""

    def __init__(self, open_channel: OpenChannel) -> None:
        self.events: list[EventsFrame] = []
        self.refused: list[Refused] = []
        self.behind: list[Behind] = []
        self.turns: list[str] = []
        self.link = EngineLink(
            open_channel,
            on_events=self.events.append,
            on_refused=self.refused.append,
            on_behind=self.behind.append,
            on_lost=lambda: self.turns.append("lost"),
            on_regained=lambda: self.turns.append("regained"),
        )


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, not for a time."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + DEADLINE_S
    for _ in iter(condition, True):
        assert loop.time() < deadline_s, "it never came true"
        await asyncio.sleep(0.001)


def beat(*, incarnation: int, number: int, publisher_id: int = 2) -> bytes:
    """A batch whose one command has its own number in it."""
    return batch_of(
        [TimerBeat(timer_id=0, wall_ms=START_MS + number)],
        publisher_id=publisher_id,
        incarnation=incarnation,
        batch_number=number,
    )


def check(
    tmp_path: Path,
    transport: str,
    play: Callable[[EngineSide, Client], Awaitable[None]],
    *,
    entries_max: int = 10_000,
) -> None:
    """Play a test with an engine's side and one client."""

    async def main() -> None:
        engine = EngineSide(entries_max=entries_max)
        async with opened(engine, transport, tmp_path) as open_channel:
            client = Client(open_channel)
            await client.link.connect()
            await play(engine, client)
            await client.link.close()

    asyncio.run(main())


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_batches_come_back_as_events_in_order(tmp_path: Path, transport: str) -> None:
    """The frame says whose batch it was, and where it stands."""

    async def play(engine: EngineSide, client: Client) -> None:
        welcome = await client.link.hello(2)
        assert (welcome.incarnation, welcome.last_batch_number, welcome.seq) == (1, 0, 0)
        await client.link.subscribe(1)
        for number in (1, 2, 3):
            assert client.link.send_batch(beat(incarnation=1, number=number))
        await until(lambda: len(client.events) == 3)
        assert [one.batch_number for one in client.events] == [1, 2, 3]
        assert [one.first_seq for one in client.events] == [1, 2, 3]
        assert client.events[0].clock_ms == START_MS + 1
        assert client.link.unanswered(2) == []
        assert client.link.next_seq == 4

    check(tmp_path, transport, play)


@pytest.mark.slow
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("seed", range(3))
def test_lost_connections_neither_lose_nor_repeat(
    tmp_path: Path, transport: str, seed: int
) -> None:
    """The engine drops the client before or after it has applied a batch, at random."""

    async def play(engine: EngineSide, client: Client) -> None:
        draw = random.Random(seed)
        engine.lose_before = lambda number: draw.getrandbits(2) == 0
        engine.lose_after = lambda number: draw.getrandbits(2) == 0
        await client.link.hello(2)
        await client.link.subscribe(1)
        for number in range(1, 31):
            data = beat(incarnation=1, number=number)
            await until(lambda sent=data: client.link.send_batch(sent))
            await until(lambda wanted=number: len(client.events) == wanted)
        assert [one.batch_number for one in client.events] == [*range(1, 31)]
        assert [one.first_seq for one in client.events] == [*range(1, 31)]
        assert engine.replica.seq == 30
        assert engine.received > 30
        assert client.turns[:2] == ["lost", "regained"]

    check(tmp_path, transport, play)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_batch_that_was_applied_before_the_loss_is_not_sent_again(
    tmp_path: Path, transport: str
) -> None:
    """The welcome says what is applied, so the network carries it once."""

    async def play(engine: EngineSide, client: Client) -> None:
        engine.lose_after = lambda number: number == 1
        await client.link.hello(2)
        await client.link.subscribe(1)
        client.link.send_batch(beat(incarnation=1, number=1))
        await until(lambda: len(client.events) == 1)
        assert engine.received == 1

    check(tmp_path, transport, play)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_batch_that_was_lost_with_the_connection_is_sent_again(
    tmp_path: Path, transport: str
) -> None:
    """The same bytes: whoever applied them after all would drop the second."""

    async def play(engine: EngineSide, client: Client) -> None:
        engine.lose_before = lambda number: number == 1
        await client.link.hello(2)
        await client.link.subscribe(1)
        client.link.send_batch(beat(incarnation=1, number=1))
        await until(lambda: len(client.events) == 1)
        assert engine.received == 2

    check(tmp_path, transport, play)


def test_without_a_connection_nothing_is_sent(tmp_path: Path) -> None:
    """The caller may then truly say: nothing was appended."""

    async def main() -> None:
        engine = EngineSide()
        listener = LocalListener(engine.serve)
        client = Client(listener.open_channel)
        await client.link.connect()
        await client.link.hello(2)
        await listener.close()
        engine.lose_everybody()
        await until(lambda: not client.link.is_connected)

        assert not client.link.send_batch(beat(incarnation=1, number=1))
        assert client.link.unanswered(2) == []
        assert engine.received == 0
        await client.link.close()

    asyncio.run(main())


def test_several_publishers_keep_their_lives_over_a_reconnection(tmp_path: Path) -> None:
    """One process is lanes 1 and 2 and operations at once."""

    async def play(engine: EngineSide, client: Client) -> None:
        engine.lose_before = lambda number: number in (1, 4)
        for publisher_id in (1, 2, 3):
            assert (await client.link.hello(publisher_id)).incarnation == 1
        await client.link.subscribe(1)
        for publisher_id in (1, 2, 3):
            await until(lambda: client.link.is_connected)
            client.link.send_batch(beat(publisher_id=publisher_id, incarnation=1, number=1))
        await until(lambda: len(client.events) == 3)
        assert sorted(one.publisher_id for one in client.events) == [1, 2, 3]

    check(tmp_path, "unix socket", play)


def test_new_life_gets_a_higher_incarnation(tmp_path: Path) -> None:
    """What an earlier life still has in flight cannot be taken for a batch of the new one."""

    async def play(engine: EngineSide, client: Client) -> None:
        await client.link.hello(2)
        other = Client(LocalListener(engine.serve).open_channel)
        await other.link.connect()
        assert (await other.link.hello(2)).incarnation == 2
        await other.link.close()

    check(tmp_path, "in memory", play)


def test_refused_batch_is_told_and_not_sent_again(tmp_path: Path) -> None:
    """A planned stop is said as such, and the number stays free."""

    async def play(engine: EngineSide, client: Client) -> None:
        await client.link.hello(2)
        await client.link.subscribe(1)
        engine.is_stopping = True
        client.link.send_batch(beat(incarnation=1, number=1))
        await until(lambda: len(client.refused) == 1)
        assert client.refused[0].is_planned
        assert client.link.unanswered(2) == []
        engine.is_stopping = False
        client.link.send_batch(beat(incarnation=1, number=1))
        await until(lambda: len(client.events) == 1)

    check(tmp_path, "unix socket", play)


def test_reader_who_is_too_far_behind_is_told_where_the_ring_starts(tmp_path: Path) -> None:
    """He reads checkpoint and journal, and subscribes again."""

    async def play(engine: EngineSide, client: Client) -> None:
        await client.link.hello(2)
        for number in range(1, 8):
            client.link.send_batch(beat(incarnation=1, number=number))
        await until(lambda: engine.replica.seq == 7)
        await client.link.subscribe(1)
        await until(lambda: len(client.behind) == 1)
        assert client.behind[0] == Behind(ring_start_seq=5, seq=7)
        await client.link.subscribe(5)
        await until(lambda: len(client.events) == 3)

    check(tmp_path, "unix socket", play, entries_max=3)


def test_reader_who_enters_in_the_middle_of_a_batch_gets_its_rest(tmp_path: Path) -> None:
    """A position is a seq, and batches are larger."""

    async def play(engine: EngineSide, client: Client) -> None:
        await client.link.hello(2)
        beats = [TimerBeat(timer_id=0, wall_ms=START_MS + 1_000 * number) for number in (1, 2, 3)]
        client.link.send_batch(batch_of([*beats], batch_number=1))
        await until(lambda: engine.replica.seq == 3)
        await client.link.subscribe(3)
        await until(lambda: len(client.events) == 1)
        assert all(entry.seq >= 3 for entry in read_entries(client.events[0].events))
        assert client.link.next_seq == 4

    check(tmp_path, "unix socket", play)


def test_events_that_come_twice_count_once_and_a_gap_begins_anew(tmp_path: Path) -> None:
    """Whatever the other side sends, a reader counts on: next, next, next."""
    asked: list[int] = []

    def frame(seq: int) -> EventsFrame:
        return EventsFrame(
            publisher_id=9,
            incarnation=1,
            batch_number=seq,
            first_seq=seq,
            count=1,
            clock_ms=0,
            events=b"",
        )

    async def serve(channel: Channel) -> None:
        while (received := await channel.receive()) is not None:
            if isinstance(received, Subscribe):
                asked.append(received.from_seq)
                for seq in (1, 2, 1, 2, 3, 5, 6) if len(asked) == 1 else (3, 4, 5, 6):
                    channel.send(frame(seq))

    async def main() -> None:
        client = Client(LocalListener(serve).open_channel)
        await client.link.connect()
        await client.link.subscribe(1)
        await until(lambda: len(client.events) >= 6)
        await client.link.close()
        assert [one.first_seq for one in client.events] == [1, 2, 3, 4, 5, 6]
        assert asked == [1, 4]

    asyncio.run(main())


def test_connect_gives_up_when_nobody_answers(tmp_path: Path) -> None:
    """A command line tool must end with one clear line."""

    async def main() -> None:
        client = Client(unix_socket(tmp_path / "nobody.sock"))
        with pytest.raises(EngineUnreachable, match="start the engine"):
            await client.link.connect(timeout_s=0.05)

    asyncio.run(main())


def test_failure_in_a_callback_ends_the_link_and_is_raised(tmp_path: Path) -> None:
    """A process whose maps are broken must not go on with them."""

    async def main() -> None:
        engine = EngineSide()
        listener = LocalListener(engine.serve)

        def fail(_frame: EventsFrame) -> None:
            raise AssertionError("the maps are broken")

        link = EngineLink(listener.open_channel, on_events=fail)
        await link.connect()
        await link.hello(2)
        await link.subscribe(1)
        link.send_batch(beat(incarnation=1, number=1))
        with pytest.raises(AssertionError, match="maps are broken"):
            await link.wait_closed()
        assert not link.is_connected
        await listener.close()

    asyncio.run(main())
