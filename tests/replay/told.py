"""A venue of two swaps that is told things through a real journal, for tests of edits and reruns.

Every call is one record; the replica beside the journal is what the venue had.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import Command, ObservePrices, PlaceOrder, TimerBeat
from seawall.core.model.enums import MarginMode, OrderType, TimeInForce
from seawall.core.model.genesis import Genesis
from seawall.journal.checkpoints import write_checkpoint
from seawall.journal.creation import create_journal
from seawall.journal.directory import open_directory
from seawall.journal.reader import JournalReader
from seawall.journal.recovery import genesis_replica
from seawall.journal.writer import JournalWriter
from seawall.replay.edits import Grounds
from tests.core.engine.swap_venue import BTC_SWAP, E8, SOURCES, START_MS, swap_genesis

ENGINE, LANE, COLLECTOR, OPERATOR = 0, 2, 4, 5  # publishers
OLGA, OTTO = 1, 2  # operators
FAULTY = (11, 12)  # sources of one failure domain
EVIDENCE = sha256(b"a tape of what the sources said").hexdigest()
BTC_INDEX, ETH_INDEX = 1, 2


def grounds(*approvals: int, author: int = OLGA) -> Grounds:
    """Sound ones."""
    return Grounds(evidence=EVIDENCE, author=author, approvals=approvals)


class ToldVenue:
    """A journal in the making. `tell` returns the seq of the first command of the record."""

    def __init__(
        self, directory: Path, genesis: Genesis | None = None, *, records_per_file: int = 1_000_000
    ) -> None:
        create_journal(directory, genesis or swap_genesis(people=range(1, 7)))
        self.directory = directory
        self.writer = JournalWriter(directory, holder="the test", records_per_file=records_per_file)
        self.replica = genesis_replica(open_directory(directory))
        self.clock_ms = START_MS
        self.numbers: dict[int, int] = {}
        self.commands: dict[int, bytes] = {}  # by seq
        self.beats: list[int] = []  # seqs

    def tell(self, publisher_id: int, *commands: Command) -> int:
        """One batch, as one record."""
        number = self.numbers.get(publisher_id, 0) + 1
        self.numbers[publisher_id] = number
        encoded = [encode_command(one) for one in commands]
        first = self.replica.seq + 1
        for place, data in enumerate(encoded):
            self.commands[first + place] = data
        self.append(
            encode_batch(
                shard=0,
                publisher_id=publisher_id,
                incarnation=1,
                batch_number=number,
                stamps_ns=[self.clock_ms * 1_000_000] * len(encoded),
                commands=encoded,
            )
        )
        return first

    def append(self, payload: bytes) -> None:
        """A record, applied after it is durable."""
        self.writer.append([payload])
        self.replica.apply_record(payload)

    def tick(self, count: int = 1, *, btc: int = 60_000, faulty: int = 0) -> int:
        """Seconds with an observation of every source, then a beat; `faulty`: what those say. The
        seq of the first observation.
        """
        first = self.replica.seq + 1
        for _ in range(count):
            self.clock_ms += 1_000
            said = [self.observation(ETH_INDEX, one, 3_000) for one in SOURCES]
            for one in SOURCES:
                price = faulty if faulty and one in FAULTY else btc
                said.append(self.observation(BTC_INDEX, one, price))
            self.tell(COLLECTOR, *said)
            self.beats.append(self.tell(ENGINE, TimerBeat(timer_id=0, wall_ms=self.clock_ms)))
        return first

    def observation(self, index_id: int, source_id: int, price: int) -> ObservePrices:
        """A source's word, in whole quote."""
        price_e8 = price * E8
        return ObservePrices(
            source_id=source_id,
            index_id=index_id,
            bid_e8=price_e8 - price_e8 // 20_000,
            ask_e8=price_e8 + price_e8 // 20_000,
            last_e8=price_e8,
            low_e8=price_e8,
            high_e8=price_e8,
            trade_id=self.clock_ms,
            venue_ms=self.clock_ms,
            receive_ms=self.clock_ms,
            updates=5,
            is_deep=True,
            is_synthetic=True,
            stream_hash=b"",
        )

    def order(
        self,
        account_id: int,
        side: int,
        quantity: int,
        price: int,
        *,
        client_id: bytes = b"",
    ) -> int:
        """A limit order in the BTC swap, at a whole price; its seq."""
        return self.tell(LANE, swap_order(account_id, side, quantity, price, client_id=client_id))

    def checkpoint(self) -> Path:
        """What the follower writes now and then."""
        with JournalReader(self.directory) as reader:
            place = reader.tail()
        return write_checkpoint(
            self.directory, engine=self.replica.engine, chain=self.replica.chain, place=place
        )

    def close(self) -> None:
        """Stop the venue."""
        self.writer.close()


def swap_order(
    account_id: int, side: int, quantity: int, price: int, *, client_id: bytes = b""
) -> PlaceOrder:
    """A limit order in the BTC swap, at a whole price."""
    return PlaceOrder(
        account_id=account_id,
        instrument_id=BTC_SWAP,
        side=side,
        order_type=OrderType.LIMIT,
        limit_price=price * 10,
        quantity=quantity,
        time_in_force=TimeInForce.GTC,
        margin_mode=MarginMode.CROSS,
        client_id=client_id,
    )
