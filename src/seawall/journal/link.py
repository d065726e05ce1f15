"""The client's side of the engine's socket: publish batches exactly once, receive events without
gaps.

One link serves one process. It connects again by itself, and after each connection does, in this
order: HELLO for every publisher with his incarnation (the WELCOME says which of his batches are
applied), SUBSCRIBE at the first seq not yet received, then again, with the same bytes, the batches
that are neither applied nor refused. The engine drops a batch that it has applied before numbering
it, so resending is harmless and nothing happens twice.

Across processes: `EngineLink(unix_socket(path), ...)`; inside one:
`EngineLink(listener.open_channel, ...)` with a `LocalListener`. Who publishes must subscribe: that
is how he learns that a batch was applied, and what came of it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from seawall.core.model.batch import read_batch_header
from seawall.core.model.event_reader import split_at_seq
from seawall.errors import EngineUnreachable
from seawall.journal.channel import Channel, OpenChannel
from seawall.journal.frames import (
    Batch,
    Behind,
    EventsFrame,
    Frame,
    Hello,
    Refused,
    Subscribe,
    Welcome,
)

BACKOFF_FIRST_S: Final = 0.01
BACKOFF_MAX_S: Final = 1.0


def _ignore(*_: object) -> None:
    """Nothing to tell anybody."""


class _Publisher:
    """One publisher of this process: his incarnation and the batches that have no answer yet."""

    def __init__(self, publisher_id: int) -> None:
        self.publisher_id = publisher_id
        self.incarnation = 0
        self.unanswered: dict[int, bytes] = {}  # batch number -> bytes, in order of sending

    def applied(self, incarnation: int, batch_number: int) -> None:
        """Everything up to this batch has been applied."""
        if incarnation == self.incarnation:
            for number in [one for one in self.unanswered if one <= batch_number]:
                del self.unanswered[number]


class EngineLink:
    """A connection to the engine that mends itself.

    on_events: one applied batch, in order, each exactly once. on_refused: a batch was not accepted.
    on_behind: the wanted seq has left the engine's ring; catch up from disk and `subscribe` again.
    on_lost, on_regained: the connection ended; it stands again and unanswered batches are on their
    way. Callbacks must not block. An exception in one ends the link; `wait_closed` raises it.
    """

    def __init__(
        self,
        open_channel: OpenChannel,
        *,
        on_events: Callable[[EventsFrame], None],
        on_refused: Callable[[Refused], None] = _ignore,
        on_behind: Callable[[Behind], None] = _ignore,
        on_lost: Callable[[], None] = _ignore,
        on_regained: Callable[[], None] = _ignore,
    ) -> None:
        self._open_channel = open_channel
        self._on_events = on_events
        self._on_refused = on_refused
        self._on_behind = on_behind
        self._on_lost = on_lost
        self._on_regained = on_regained
        self._publishers: dict[int, _Publisher] = {}
        self._welcomes: dict[int, asyncio.Future[Welcome]] = {}
        self._channel: Channel | None = None
        self._task: asyncio.Task[None] | None = None
        self._first = asyncio.Event()
        self._next_seq = 0  # 0: not subscribed

    @property
    def is_connected(self) -> bool:
        """Whether a batch sent now is on its way to an engine."""
        return self._channel is not None

    @property
    def next_seq(self) -> int:
        """The first seq whose events have not arrived; 0 before the first `subscribe`."""
        return self._next_seq

    async def connect(self, *, timeout_s: float = 10.0) -> None:
        """Connect, and stay connected from now on. Raises EngineUnreachable when nobody answers in
        time.
        """
        assert self._task is None, "connect is called once"
        self._task = asyncio.create_task(self._run(), name="engine link")
        first = asyncio.create_task(self._first.wait())
        await asyncio.wait(
            {first, self._task}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        first.cancel()
        if self._task.done():
            await self._task
        if not self._first.is_set():
            await self.close()
            raise EngineUnreachable(
                expected="an engine listening on its socket",
                found=f"no answer within {timeout_s:g} s",
                to_do="start the engine of this data directory, or look into its log",
            )

    async def hello(self, publisher_id: int) -> Welcome:
        """Begin a new life as this publisher; his batches count from 1. Waits until an engine has
        answered.
        """
        publisher = self._publishers.get(publisher_id)
        assert publisher is None, f"publisher {publisher_id} has said hello on this link"
        self._publishers[publisher_id] = publisher = _Publisher(publisher_id)
        welcome = asyncio.get_running_loop().create_future()
        self._welcomes[publisher_id] = welcome
        if self._channel is not None:
            self._channel.send(Hello(publisher_id=publisher_id))
        answer: Welcome = await welcome
        return answer

    def send_batch(self, data: bytes) -> bool:
        """Send a sound batch of a publisher that has said hello.

        False: not connected, so nothing was sent and nothing was appended. True: it will be applied
        exactly once or refused, however often the connection breaks, unless the link is closed
        first.
        """
        if self._channel is None:
            return False
        header = read_batch_header(data, 0)
        publisher = self._publishers[header.publisher_id]
        assert header.incarnation == publisher.incarnation, "the incarnation of the last Welcome"
        publisher.unanswered[header.batch_number] = data
        self._channel.send(Batch(data))
        return True

    def unanswered(self, publisher_id: int) -> list[int]:
        """The numbers of the batches sent that are neither applied nor refused."""
        return list(self._publishers[publisher_id].unanswered)

    async def subscribe(self, from_seq: int) -> None:
        """Ask for the events of entry `from_seq` and all later ones; `on_behind` says when they are
        gone.
        """
        assert from_seq > 0
        self._next_seq = from_seq
        if self._channel is not None:
            self._channel.send(Subscribe(from_seq=from_seq))
            await self._channel.drain()

    async def close(self) -> None:
        """End the connection for good."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for welcome in self._welcomes.values():
            welcome.cancel()

    async def wait_closed(self) -> None:
        """Wait until the link has ended; raises what a callback raised."""
        assert self._task is not None, "connect first"
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            await self._task

    async def _run(self) -> None:
        backoff_s = BACKOFF_FIRST_S
        while True:
            try:
                channel = await self._open_channel()
            except OSError:
                await asyncio.sleep(backoff_s)
                backoff_s = min(2 * backoff_s, BACKOFF_MAX_S)
                continue
            try:
                if await self._introduce(channel):
                    backoff_s = BACKOFF_FIRST_S
                    await self._read(channel)
            finally:
                was_connected = self._channel is not None
                self._channel = None
                channel.close()
            if was_connected:
                self._on_lost()
            await asyncio.sleep(backoff_s)
            backoff_s = min(2 * backoff_s, BACKOFF_MAX_S)

    async def _introduce(self, channel: Channel) -> bool:
        """Say hello, send again what has no answer, go on with the events; False when the channel
        ended.
        """
        waiting = set(self._publishers)
        for publisher in self._publishers.values():
            channel.send(
                Hello(publisher_id=publisher.publisher_id, incarnation=publisher.incarnation)
            )
        while waiting:
            frame = await channel.receive()
            if frame is None:
                return False
            if isinstance(frame, Welcome):
                waiting.discard(frame.publisher_id)
            self._take(frame, channel)
        # Publishers who came while we waited have not said hello on this channel.
        for publisher_id in self._welcomes:
            channel.send(Hello(publisher_id=publisher_id))
        if self._next_seq:
            channel.send(Subscribe(from_seq=self._next_seq))
        for publisher in self._publishers.values():
            for data in publisher.unanswered.values():
                channel.send(Batch(data))
        self._channel = channel
        if self._first.is_set():
            self._on_regained()
        self._first.set()
        return True

    async def _read(self, channel: Channel) -> None:
        while (frame := await channel.receive()) is not None:
            self._take(frame, channel)

    def _take(self, frame: Frame, channel: Channel) -> None:
        match frame:
            case EventsFrame():
                self._take_events(frame, channel)
            case Welcome():
                self._take_welcome(frame)
            case Refused():
                publisher = self._publishers.get(frame.publisher_id)
                if publisher is not None and publisher.incarnation == frame.incarnation:
                    publisher.unanswered.pop(frame.batch_number, None)
                self._on_refused(frame)
            case Behind():
                self._on_behind(frame)
            case _:
                channel.close()  # an engine does not say this: connect anew

    def _take_welcome(self, frame: Welcome) -> None:
        publisher = self._publishers.get(frame.publisher_id)
        if publisher is None:
            return
        publisher.incarnation = frame.incarnation
        publisher.applied(frame.last_incarnation, frame.last_batch_number)
        welcome = self._welcomes.pop(frame.publisher_id, None)
        if welcome is not None and not welcome.done():
            welcome.set_result(frame)

    def _take_events(self, frame: EventsFrame, channel: Channel) -> None:
        end = frame.first_seq + frame.count
        if self._next_seq == 0 or end <= self._next_seq:
            return
        if frame.first_seq > self._next_seq:
            channel.close()  # a gap: connect anew and go on from where we are
            return
        if frame.first_seq < self._next_seq:
            at = split_at_seq(frame.events, self._next_seq)
            frame = EventsFrame(
                publisher_id=frame.publisher_id,
                incarnation=frame.incarnation,
                batch_number=frame.batch_number,
                first_seq=frame.first_seq,
                count=frame.count,
                clock_ms=frame.clock_ms,
                events=frame.events[at:],
            )
        self._next_seq = end
        publisher = self._publishers.get(frame.publisher_id)
        if publisher is not None:
            publisher.applied(frame.incarnation, frame.batch_number)
        self._on_events(frame)
