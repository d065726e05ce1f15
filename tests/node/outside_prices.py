"""Outside prices for a venue that runs without its world: a publisher in a thread of the test.

It speaks to the engine as a collector does, under the publisher number of the collector.
"""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import ObservePrices
from seawall.core.model.genesis import Genesis
from seawall.journal.channel import unix_socket
from seawall.journal.directory import open_directory, socket_path
from seawall.journal.link import EngineLink

COLLECTOR = 4
PERIOD_SECONDS = 0.5
E8 = 10**8


class OutsidePrices:
    """Every source of a venue says the same prices until the context ends; by index name."""

    def __init__(self, directory: Path, prices: dict[str, float]) -> None:
        self._directory = directory
        self.prices = prices
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._publish()))

    def __enter__(self) -> OutsidePrices:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    async def _publish(self) -> None:
        genesis = open_directory(self._directory).genesis
        link = EngineLink(
            unix_socket(socket_path(self._directory)),
            on_events=lambda _frame: None,
            on_refused=lambda _refused: None,
        )
        await link.connect(timeout_s=30.0)
        welcome = await link.hello(COLLECTOR)
        await link.subscribe(welcome.seq + 1)
        number = 0
        while not self._stop.is_set():
            number += 1
            told = self._observations(genesis, number)
            link.send_batch(
                encode_batch(
                    shard=genesis.shard,
                    publisher_id=COLLECTOR,
                    incarnation=welcome.incarnation,
                    batch_number=number,
                    stamps_ns=[time.time_ns()] * len(told),
                    commands=[encode_command(one) for one in told],
                )
            )
            await asyncio.sleep(PERIOD_SECONDS)
        await link.close()

    def _observations(self, genesis: Genesis, number: int) -> list[ObservePrices]:
        now_ms = time.time_ns() // 1_000_000
        found = []
        for index in genesis.indices:
            price = self.prices.get(index.name.decode())
            if price is None:
                continue
            price_e8 = round(price * 100) * E8 // 100
            found += [
                ObservePrices(
                    source_id=source.source_id,
                    index_id=index.index_id,
                    bid_e8=price_e8 - price_e8 // 20_000,
                    ask_e8=price_e8 + price_e8 // 20_000,
                    last_e8=price_e8,
                    low_e8=price_e8,
                    high_e8=price_e8,
                    trade_id=number,
                    venue_ms=now_ms,
                    receive_ms=now_ms,
                    updates=5,
                    is_deep=True,
                    is_synthetic=True,
                    stream_hash=b"",
                )
                for source in index.sources
            ]
        return found
