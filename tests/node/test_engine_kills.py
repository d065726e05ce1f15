"""The engine's process is killed again and again under load; what it acknowledged must be there.

A publisher sends batches of commands over the socket and logs each answer. Kills come at random
moments, so they hit appends, syncs, applies and recoveries alike.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from pathlib import Path

import pytest

from seawall.cli.app import run
from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import OrderType, Side
from seawall.journal.channel import unix_socket
from seawall.journal.directory import open_directory, socket_path
from seawall.journal.frames import EventsFrame
from seawall.journal.link import EngineLink
from seawall.journal.reader import JournalReader
from seawall.journal.recovery import genesis_replica
from tests.node.waiting import until

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("SEAWALL_KILLS", "30"))
COMMANDS_PER_BATCH = 16
COMMANDS_PER_SECOND_MIN = 1_000  # while the engine is there
LANE = 2
SEED = 20_190_823


class Engine:
    """`--role engine` in a process of its own, that can be killed and started again."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.log_path = directory.with_suffix(".log")
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it."""
        with self.log_path.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "seawall", "up", str(self._directory), "--role", "engine"),
                stderr=log,
            )

    async def end(self, by: signal.Signals) -> int:
        """Send it a signal, and wait until it is gone."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(by)
        return await self.process.wait()


class Publisher:
    """Sends one batch after the other and logs where each was applied, as the engine told."""

    def __init__(self, directory: Path) -> None:
        self.acknowledged: dict[int, int] = {}  # batch number -> first seq
        self._incarnation = 0
        self._number = 0
        self._random = random.Random(SEED)
        self.link = EngineLink(
            unix_socket(socket_path(directory)),
            on_events=self._on_events,
            on_regained=self._send_next,
        )

    async def start(self) -> None:
        """Say hello and send the first batch."""
        await self.link.connect(timeout_s=30.0)
        welcome = await self.link.hello(LANE)
        self._incarnation = welcome.incarnation
        await self.link.subscribe(welcome.seq + 1)
        self._send_next()

    async def answers(self, count: int, *, what: str) -> None:
        """Wait for that many more answers."""
        wanted = len(self.acknowledged) + count
        await until(lambda: len(self.acknowledged) >= wanted, what=what)

    def _on_events(self, frame: EventsFrame) -> None:
        if frame.publisher_id == LANE:
            assert frame.batch_number == len(self.acknowledged) + 1, "answers come once, in order"
            self.acknowledged[frame.batch_number] = frame.first_seq
            self._send_next()

    def _send_next(self) -> None:
        if self._number > len(self.acknowledged):
            return  # one is in flight; the link sends it again by itself
        data = encode_batch(
            shard=0,
            publisher_id=LANE,
            incarnation=self._incarnation,
            batch_number=self._number + 1,
            stamps_ns=[time.time_ns()] * COMMANDS_PER_BATCH,
            commands=[self._order() for _ in range(COMMANDS_PER_BATCH)],
        )
        if self.link.send_batch(data):
            self._number += 1

    def _order(self) -> bytes:
        draw = self._random
        return encode_command(
            PlaceOrder(
                account_id=draw.randrange(1, 9),
                instrument_id=0,
                side=draw.choice((Side.BUY, Side.SELL)),
                order_type=OrderType.LIMIT,
                limit_price=100_000 + draw.randrange(-5, 6),
                quantity=draw.randrange(1, 20),
                valid_for_ms=60_000,
            )
        )


async def kill_again_and_again(directory: Path) -> tuple[dict[int, int], float]:
    """The publisher's log, and how long the engine was there."""
    draw = random.Random(SEED)
    engine = Engine(directory)
    publisher = Publisher(directory)
    await engine.start()
    await publisher.start()
    serving_s = 0.0
    for _ in range(KILLS):
        await publisher.answers(1, what=f"an answer, see {engine.log_path}")
        started = time.monotonic()
        await asyncio.sleep(draw.randrange(200) / 1_000)  # the moment of the kill is the test
        await engine.end(signal.SIGKILL)
        serving_s += time.monotonic() - started
        await engine.start()
    await publisher.answers(10, what="answers at the end")
    assert await engine.end(signal.SIGTERM) == 0
    await publisher.link.close()
    return publisher.acknowledged, serving_s


def test_nothing_acknowledged_is_lost_or_moved_by_kills(tmp_path: Path) -> None:
    """Every batch that was answered stands in the journal, once, at the seq that was told."""
    directory = tmp_path / "venue"
    assert run(["init", str(directory)]) == 0

    acknowledged, serving_s = asyncio.run(kill_again_and_again(directory))

    replica = genesis_replica(open_directory(directory))
    applied: dict[int, int] = {}
    with JournalReader(directory) as reader:
        for _, payload in reader.read_from(1):
            for batch in replica.apply_record(payload).batches:
                if batch.publisher_id == LANE:
                    assert batch.batch_number not in applied, "applied twice"
                    applied[batch.batch_number] = batch.first_seq
    assert {number: applied[number] for number in acknowledged} == acknowledged
    assert len(applied) - len(acknowledged) <= 1  # the one in flight at the end
    assert replica.engine.ledger_faults() == []
    assert replica.chain.marked_seq > 0
    assert len(acknowledged) * COMMANDS_PER_BATCH / serving_s >= COMMANDS_PER_SECOND_MIN
    assert run(["verify", str(directory)]) == 0
