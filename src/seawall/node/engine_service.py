"""The serving engine: takes batches from publishers, and tells everybody what came of them.

One instance serves any number of channels, over a Unix socket or inside the process. A batch is
checked, queued for the group commit, applied when it is durable, and its events put into the ring,
from which each subscriber is served at his own pace: one who cannot keep up falls out of the ring
and is told so.

A publisher whose connection broke sends his unanswered batch again over the next one, while the
first copy may still wait for the disk. A batch gets one answer: the copy is not queued again, and a
refusal goes to the connection on which the batch came last.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from seawall.core.model.batch import batch_fault, encode_batch, read_batch_header
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import TimerBeat
from seawall.core.model.limits import PUBLISHERS_MAX
from seawall.errors import MarkMismatch
from seawall.journal.channel import Channel
from seawall.journal.frames import Batch, Behind, Hello, Refused, Subscribe, Welcome
from seawall.journal.replica import ENGINE_PUBLISHER, EntryFailed, Replica
from seawall.journal.ring import EventRing
from seawall.node.clock import WallClock
from seawall.node.engine_fault import ApplyFailed
from seawall.node.group_commit import GroupCommit, Submission
from seawall.node.starting import frame_of

BEAT_SECONDS: Final = 0.25
BEAT_SECONDS_DISK_FULL: Final = 1.0
LAG_SECONDS_MAX: Final = 1.0  # an engine further behind does not beat, so that its clock stands
STEP_ALARM_MS: Final = 1_000
TIMER_ID: Final = 0

PLANNED: Final = "the engine is stopping on purpose; nothing was accepted"
FULL: Final = "the disk of the journal is full; nothing was accepted"


class _Subscriber:
    """How far one subscriber has been served."""

    def __init__(self, next_seq: int) -> None:
        self.next_seq = next_seq


class EngineService:
    """Serves channels over a replica. `append` makes the batches of a group durable, or raises
    DiskFull.
    """

    def __init__(
        self,
        *,
        replica: Replica,
        append: Callable[[list[bytes]], object],
        clock: WallClock,
        ring: EventRing | None = None,
    ) -> None:
        self.replica = replica
        self._clock = clock
        self._ring = ring or EventRing(seq=replica.seq)
        self._commit = GroupCommit(append=append, apply=self._apply)
        self._news = asyncio.Event()  # replaced by a new one each time it is set
        self._subscribers: set[_Subscriber] = set()
        self._channels: set[Channel] = set()
        self._given: dict[int, int] = {}  # publisher -> newest incarnation in use
        # (publisher, incarnation) -> the newest connection that said hello as it
        self._voices: dict[tuple[int, int], Channel] = {}
        # (publisher, incarnation, number) of batches neither applied nor refused -> whom to tell
        self._open: dict[tuple[int, int, int], Channel] = {}
        self._own_incarnation = replica.engine.last_batch(ENGINE_PUBLISHER)[0] + 1
        self._own_number = 1
        self._own_is_in_flight = False
        self._is_stopping = False
        self._step_alarm_ms = 0
        self._log = structlog.get_logger()

    @property
    def seq(self) -> int:
        """The last applied seq."""
        return self.replica.seq

    async def run(self) -> None:
        """Serve until `stop`; ApplyFailed when the process must end at once."""
        beats = asyncio.create_task(self._beat_forever(), name="beats")
        try:
            await self._commit.run()
        finally:
            beats.cancel()
            with suppress(asyncio.CancelledError):
                await beats

    def stop(self) -> None:
        """Refuse new batches as planned; `run` ends when all that was taken is durable and told."""
        self._is_stopping = True
        self._commit.close()

    async def flush(self, *, timeout_s: float) -> None:
        """Give subscribers the time to take the last events."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if all(one.next_seq > self._ring.seq for one in self._subscribers):
                return
            await asyncio.sleep(0.005)

    async def disconnect(self, *, timeout_s: float) -> None:
        """End every channel."""
        for channel in list(self._channels):
            channel.close()
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if not self._channels:
                return
            await asyncio.sleep(0.005)

    async def serve(self, channel: Channel) -> None:
        """Serve one channel until it ends."""
        incarnations: dict[int, int] = {}
        pump: asyncio.Task[None] | None = None
        self._channels.add(channel)
        try:
            while (frame := await channel.receive()) is not None:
                match frame:
                    case Hello():
                        if not ENGINE_PUBLISHER < frame.publisher_id < PUBLISHERS_MAX:
                            return
                        channel.send(self._welcome(frame, channel, incarnations))
                    case Batch(data=data):
                        if not self._take(channel, data, incarnations):
                            return
                    case Subscribe(from_seq=from_seq):
                        if pump is not None:
                            pump.cancel()
                        pump = asyncio.create_task(self._pump(channel, from_seq))
                    case _:  # only an engine says the others: a stranger
                        return
        finally:
            if pump is not None:
                pump.cancel()
            self._channels.discard(channel)
            self._voices = {life: one for life, one in self._voices.items() if one is not channel}
            channel.close()

    def _welcome(self, hello: Hello, channel: Channel, incarnations: dict[int, int]) -> Welcome:
        publisher_id = hello.publisher_id
        last, number = self.replica.engine.last_batch(publisher_id)
        newest = max(last, self._given.get(publisher_id, 0))
        incarnation = hello.incarnation or newest + 1
        self._given[publisher_id] = max(newest, incarnation)
        incarnations[publisher_id] = incarnation
        self._voices[publisher_id, incarnation] = channel
        return Welcome(
            publisher_id=publisher_id,
            incarnation=incarnation,
            last_incarnation=last,
            last_batch_number=number,
            seq=self.seq,
            clock_ms=self.replica.engine.clock_ms,
        )

    def _take(self, channel: Channel, data: bytes, incarnations: dict[int, int]) -> bool:
        """Queue a batch or refuse it; False when the other side is not to be trusted."""
        fault = batch_fault(data, 0)
        if fault:
            self._log.error("a publisher sent a batch that is not sound", fault=fault)
            return False
        header = read_batch_header(data, 0)
        publisher_id = header.publisher_id
        if header.length != len(data) or incarnations.get(publisher_id) != header.incarnation:
            self._log.error("a batch without a hello of its publisher", publisher=publisher_id)
            return False

        if self._voices.get((publisher_id, header.incarnation)) is not channel:
            return False  # he has connected anew, and sends again there what he did not hear of
        batch = (publisher_id, header.incarnation, header.batch_number)
        if batch in self._open:
            self._open[batch] = channel
            return True
        if self._is_applied(batch):
            return True  # its events are on their way to whoever has subscribed
        self._open[batch] = channel
        if self._is_stopping:
            self._refuse(batch, PLANNED, is_planned=True)
        elif header.incarnation < self._given.get(publisher_id, 0):
            self._refuse(
                batch, f"a newer process publishes as {publisher_id}; nothing was accepted"
            )
        elif self._commit.is_disk_full:
            self._refuse(batch, FULL)
        else:
            self._commit.submit(
                Submission(
                    data=data,
                    received_s=time.monotonic(),
                    refuse=lambda text: self._refuse(batch, text),
                )
            )
        return True

    def _is_applied(self, batch: tuple[int, int, int]) -> bool:
        """Whether this batch, or a later one of the same life of its publisher, was applied."""
        publisher_id, incarnation, number = batch
        last, last_number = self.replica.engine.last_batch(publisher_id)
        return incarnation == last and number <= last_number

    def _refuse(self, batch: tuple[int, int, int], text: str, *, is_planned: bool = False) -> None:
        """Tell whoever sent the batch last that nothing of it was kept."""
        publisher_id, incarnation, number = batch
        self._open.pop(batch).send(
            Refused(
                publisher_id=publisher_id,
                incarnation=incarnation,
                batch_number=number,
                is_planned=is_planned,
                text=text,
            )
        )

    def _close_fates(self, data: bytes) -> None:
        """The batches of a group are applied, or dropped because their numbers do not follow."""
        at = 0
        while at < len(data):
            header = read_batch_header(data, at)
            batch = (header.publisher_id, header.incarnation, header.batch_number)
            self._open.pop(batch, None)
            at += header.length

    def _apply(self, data: bytes) -> None:
        """Apply a durable group and put its events where subscribers find them."""
        try:
            record = self.replica.apply_record(data)
        except (AssertionError, MarkMismatch) as error:
            raise apply_failure(error, seq=self.replica.engine.seq) from error
        self._close_fates(data)
        for batch in record.batches:
            if batch.publisher_id == ENGINE_PUBLISHER:
                self._own_is_in_flight = False
                self._own_number = batch.batch_number + 1
            self._ring.append(frame_of(batch))
        news, self._news = self._news, asyncio.Event()
        news.set()
        if not self._own_is_in_flight and not self._is_stopping:
            self._publish_own([])

    async def _pump(self, channel: Channel, from_seq: int) -> None:
        """Send a subscriber everything from `from_seq` on, as fast as he takes it."""
        subscriber = _Subscriber(from_seq)
        self._subscribers.add(subscriber)
        try:
            while True:
                news = self._news
                frames = self._ring.read_from(subscriber.next_seq)
                if frames is None:
                    channel.send(Behind(ring_start_seq=self._ring.start_seq, seq=self._ring.seq))
                    return
                for frame in frames:
                    channel.send(frame)
                await channel.drain()
                if frames:
                    subscriber.next_seq = frames[-1].first_seq + frames[-1].count
                else:
                    await news.wait()
        finally:
            self._subscribers.discard(subscriber)

    async def _beat_forever(self) -> None:
        """Beat while the engine is caught up; a venue that lags must see its clock stand still."""
        while not self._is_stopping:
            if not self._own_is_in_flight and self._commit.lag_s() <= LAG_SECONDS_MAX:
                self._publish_own([encode_command(TimerBeat(TIMER_ID, self._clock.now_ms()))])
            self._watch_wall_clock()
            is_full = self._commit.is_disk_full
            await asyncio.sleep(BEAT_SECONDS_DISK_FULL if is_full else BEAT_SECONDS)

    def _publish_own(self, commands: list[bytes]) -> None:
        """Send the engine process's own batch: these commands and the marks that are due."""
        commands += [encode_command(mark) for mark in self.replica.chain.pending_marks()]
        if not commands:
            return
        data = encode_batch(
            shard=self.replica.engine.genesis.shard,
            publisher_id=ENGINE_PUBLISHER,
            incarnation=self._own_incarnation,
            batch_number=self._own_number,
            stamps_ns=[self._clock.now_ns()] * len(commands),
            commands=commands,
        )
        self._own_is_in_flight = True
        self._commit.submit(
            Submission(data=data, received_s=time.monotonic(), refuse=self._own_refused)
        )

    def _own_refused(self, text: str) -> None:
        """The number may be used again; the next beat finds out whether there is room now."""
        self._own_is_in_flight = False
        self._log.error("the journal cannot be written; orders are refused", why=text)

    def _watch_wall_clock(self) -> None:
        """Say once when the machine's clock was moved; the venue's own does not follow it."""
        step_ms = self._clock.step_ms()
        if abs(step_ms - self._step_alarm_ms) >= STEP_ALARM_MS:
            self._step_alarm_ms = step_ms
            self._log.error("the machine's clock was moved; the venue keeps its own", by_ms=step_ms)


def apply_failure(error: AssertionError | MarkMismatch, *, seq: int) -> ApplyFailed:
    """The failure that `error` is; `seq` is where the engine stood, if the error does not know."""
    if isinstance(error, EntryFailed):
        return ApplyFailed(seq=error.seq, cause=error.cause)
    return ApplyFailed(seq=seq, cause=error)
