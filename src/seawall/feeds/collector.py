"""The collector: raw updates in, `ObservePrices` batches out, exactly once.

Four times a second it sums up each source and index that said something: last valid best bid
and offer, last trade, lowest and highest price since the previous observation, number of distinct
updates, and the hash of the archived raw stream. When bid or ask moved more than 10 bp it does so
at once.

One batch is in flight at a time. While the engine is away, or has not answered, sums go on
growing, so nothing is queued and nothing is lost but the steps in between; the link sends a batch
without an answer again, with the same bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import ObservePrices
from seawall.core.model.limits import COMMANDS_PER_BATCH_MAX
from seawall.feeds.archive import StreamArchive
from seawall.feeds.updates import PRICE_E8_MAX, OutsideBbo, Update

PUBLISHER_ID = 4
EVERY_MS = 250
AT_ONCE_BP = 10
BP = 10_000
TRADE_ID_MAX = 2**63 - 1


class Publisher(Protocol):
    """What the collector needs of a link to the engine; `EngineLink` is one."""

    def send_batch(self, data: bytes) -> bool:
        """Send a batch; False when there is no connection and so nothing was sent."""
        ...

    def unanswered(self, publisher_id: int) -> list[int]:
        """Return the numbers of the batches that are neither applied nor refused."""
        ...


class Sum:
    """What one source said of one index's market since its last observation."""

    def __init__(self) -> None:
        self.bid_e8 = 0  # last valid; 0: none yet
        self.ask_e8 = 0
        self.last_e8 = 0
        self.trade_id = 0
        self.is_deep = False
        self.low_e8 = 0
        self.high_e8 = 0
        self.updates = 0
        self.venue_ms = 0
        self.receive_ms = 0
        self.sent_bid_e8 = 0
        self.sent_ask_e8 = 0

    def take(self, update: Update) -> bool:
        """Add an update; False when it is not valid and was left out."""
        if isinstance(update, OutsideBbo):
            if not (0 < update.bid_e8 < update.ask_e8 <= PRICE_E8_MAX):
                return False
            self.updates += (update.bid_e8, update.ask_e8) != (self.bid_e8, self.ask_e8)
            self.bid_e8, self.ask_e8 = update.bid_e8, update.ask_e8
            self.is_deep = update.is_deep
            self._reach(update.bid_e8)
            self._reach(update.ask_e8)
        else:
            if not (0 < update.price_e8 <= PRICE_E8_MAX and 0 <= update.trade_id <= TRADE_ID_MAX):
                return False
            known = (self.last_e8, self.trade_id)
            self.updates += (update.price_e8, update.trade_id) != known
            self.last_e8, self.trade_id = update.price_e8, update.trade_id
            self._reach(update.price_e8)
        self.venue_ms = max(0, update.venue_ms)
        self.receive_ms = max(0, update.receive_ms)
        return True

    def has_jumped(self) -> bool:
        """Whether bid or ask is more than 10 bp away from what was last published."""
        return (
            abs(self.bid_e8 - self.sent_bid_e8) * BP > self.sent_bid_e8 * AT_ONCE_BP
            or abs(self.ask_e8 - self.sent_ask_e8) * BP > self.sent_ask_e8 * AT_ONCE_BP
        )

    def begin_again(self) -> None:
        """The sum has been sent: the next begins with the prices that stand."""
        self.low_e8, self.high_e8 = self.bid_e8, self.ask_e8
        self.sent_bid_e8, self.sent_ask_e8 = self.bid_e8, self.ask_e8
        self.updates = 0

    def _reach(self, price_e8: int) -> None:
        self.low_e8 = min(self.low_e8 or price_e8, price_e8)
        self.high_e8 = max(self.high_e8, price_e8)


class Collector:
    """Sums up what sources deliver and publishes it.

    synthetic: for each source id that the genesis knows, whether its prices are made up. indices:
    for each instrument that sources speak of, the index whose market it is. Updates of another
    source or instrument are counted in `strangers` and left out. `incarnation` is the one the
    engine gave.
    """

    def __init__(
        self,
        *,
        publisher: Publisher,
        archive: StreamArchive,
        synthetic: Mapping[int, bool],
        indices: Mapping[int, int],
        wall_ns: Callable[[], int],
        incarnation: int,
        shard: int = 0,
    ) -> None:
        self._publisher = publisher
        self._archive = archive
        self._synthetic = synthetic
        self._indices = indices
        self._wall_ns = wall_ns
        self._incarnation = incarnation
        self._shard = shard
        self._batch_number = 0  # of the last batch sent
        self._sums: dict[tuple[int, int], Sum] = {}
        self._jumped = asyncio.Event()
        self.invalid = 0
        self.strangers = 0

    def deliver(self, update: Update) -> None:
        """Take one update of a source."""
        index_id = self._indices.get(update.instrument_id)
        if index_id is None or update.source_id not in self._synthetic:
            self.strangers += 1
            return
        self._archive.write(update)
        key = (update.source_id, index_id)
        sum_ = self._sums.get(key)
        if sum_ is None:
            sum_ = self._sums[key] = Sum()
        if not sum_.take(update):
            self.invalid += 1
        elif sum_.bid_e8 and sum_.has_jumped():
            self._jumped.set()

    def publish(self) -> int:
        """Send what is new, if the last batch has its answer; return the number of observations
        sent.
        """
        self._jumped.clear()
        if self._publisher.unanswered(PUBLISHER_ID):
            return 0
        due = [(key, sum_) for key, sum_ in self._sums.items() if sum_.updates and sum_.bid_e8]
        due = due[:COMMANDS_PER_BATCH_MAX]
        if not due:
            return 0
        self._archive.flush()
        commands = [encode_command(self._observation(*key, sum_)) for key, sum_ in due]
        batch = encode_batch(
            shard=self._shard,
            publisher_id=PUBLISHER_ID,
            incarnation=self._incarnation,
            batch_number=self._batch_number + 1,
            stamps_ns=[self._wall_ns()] * len(commands),
            commands=commands,
        )
        if not self._publisher.send_batch(batch):
            return 0
        self._batch_number += 1
        for _, sum_ in due:
            sum_.begin_again()
        return len(due)

    def refused(self, batch_number: int) -> None:
        """The engine took no batch of this number (it is stopping): the number is free again."""
        if batch_number == self._batch_number:
            self._batch_number -= 1

    async def run(self) -> None:
        """Publish every 250 ms, and at once after a jump, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(EVERY_MS / 1_000):
                    await self._jumped.wait()
            except TimeoutError:
                pass  # nothing jumped: the ordinary time has come
            self.publish()

    def _observation(self, source_id: int, index_id: int, sum_: Sum) -> ObservePrices:
        return ObservePrices(
            source_id=source_id,
            index_id=index_id,
            bid_e8=sum_.bid_e8,
            ask_e8=sum_.ask_e8,
            last_e8=sum_.last_e8,
            low_e8=sum_.low_e8,
            high_e8=sum_.high_e8,
            trade_id=sum_.trade_id,
            venue_ms=sum_.venue_ms,
            receive_ms=sum_.receive_ms,
            updates=sum_.updates,
            is_deep=sum_.is_deep,
            is_synthetic=self._synthetic[source_id],
            stream_hash=self._archive.digest(source_id),
        )
