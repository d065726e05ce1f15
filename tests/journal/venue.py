"""A small venue and its flow of batches, the same on every run."""

from __future__ import annotations

from pathlib import Path

from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import CancelOrder, ChainMark, Command, PlaceOrder, TimerBeat
from seawall.core.model.enums import OrderType, Side, TimeInForce
from seawall.core.model.genesis import Genesis, GenesisAccount, GenesisAmount
from seawall.core.model.instruments import Asset, FeeTier, Instrument, exact_unit_value
from seawall.journal.creation import create_journal
from seawall.journal.directory import open_directory
from seawall.journal.reader import JournalReader
from seawall.journal.recovery import genesis_replica
from seawall.journal.replica import ENGINE_PUBLISHER, Replica
from seawall.journal.store import Place
from seawall.journal.writer import JournalWriter

START_MS = 1_700_000_000_000
NS_PER_MS = 1_000_000
GATEWAY = 2
ALICE, BOB = 1, 2
BTC_USDT = 0


def genesis(*, venue: bytes = b"small") -> Genesis:
    """Two traders, one instrument, plenty of money."""
    assets = [Asset(asset_id=0, name=b"BTC", scale=8), Asset(asset_id=1, name=b"USDT", scale=8)]
    instrument = Instrument(
        instrument_id=BTC_USDT,
        name=b"BTC-USDT",
        base_asset_id=0,
        quote_asset_id=1,
        tick_size_e8=10_000_000,
        lot_size=1_000,
        unit_value=exact_unit_value(
            tick_size_e8=10_000_000, lot_size=1_000, base_units=10**8, quote_units=10**8
        ),
        quantity_min=1,
        quantity_max=10**9,
        price_max=10**7,
        market_cap_e8=5_000_000,
    )
    amounts = [
        GenesisAmount(account_id=account, asset_id=asset, amount=10**16)
        for account in (ALICE, BOB)
        for asset in (0, 1)
    ]
    return Genesis(
        venue=venue,
        created_ms=START_MS,
        assets=assets,
        instruments=[instrument],
        fee_tiers=[FeeTier(maker_e8=80_000, taker_e8=100_000)],
        accounts=[
            GenesisAccount(account_id=account, owner_id=account, fee_tier=0)
            for account in (ALICE, BOB)
        ],
        amounts=amounts,
    )


def batch_of(
    commands: list[Command],
    *,
    publisher_id: int = GATEWAY,
    incarnation: int = 1,
    batch_number: int,
    stamp_ms: int = START_MS,
) -> bytes:
    """One batch, every command with the same stamp."""
    return encode_batch(
        shard=0,
        publisher_id=publisher_id,
        incarnation=incarnation,
        batch_number=batch_number,
        stamps_ns=[stamp_ms * NS_PER_MS] * len(commands),
        commands=[encode_command(one) for one in commands],
    )


class Flow:
    """An endless stream of sound batches: beats from the engine's publisher, orders from a gateway
    lane.
    """

    def __init__(self, *, incarnation: int = 1, orders_per_batch: int = 3) -> None:
        self.incarnation = incarnation
        self.orders_per_batch = orders_per_batch
        self.clock_ms = START_MS
        self.engine_batches = 0
        self.gateway_batches = 0
        self.orders = 0

    def beat(self) -> bytes:
        """The clock moves on by 250 ms."""
        self.clock_ms += 250
        return self.from_engine([TimerBeat(timer_id=0, wall_ms=self.clock_ms)])

    def from_engine(self, commands: list[Command]) -> bytes:
        """A batch of the engine process itself."""
        self.engine_batches += 1
        return batch_of(
            commands,
            publisher_id=ENGINE_PUBLISHER,
            incarnation=self.incarnation,
            batch_number=self.engine_batches,
            stamp_ms=self.clock_ms,
        )

    def trades(self) -> bytes:
        """Orders of both sides around one price: some rest, some fill, one is cancelled in vain."""
        commands: list[Command] = []
        for _ in range(self.orders_per_batch):
            self.orders += 1
            commands.append(
                PlaceOrder(
                    account_id=ALICE if self.orders % 2 else BOB,
                    instrument_id=BTC_USDT,
                    side=Side.BUY if self.orders % 3 else Side.SELL,
                    order_type=OrderType.LIMIT,
                    limit_price=100_000 + self.orders * 7 % 11 * 10,
                    quantity=1 + self.orders % 5,
                    time_in_force=TimeInForce.GTC if self.orders % 4 else TimeInForce.IOC,
                    valid_for_ms=60_000,
                )
            )
        commands.append(CancelOrder(account_id=ALICE, instrument_id=BTC_USDT, order_id=1))
        self.gateway_batches += 1
        return batch_of(
            commands,
            incarnation=self.incarnation,
            batch_number=self.gateway_batches,
            stamp_ms=self.clock_ms,
        )

    def record(self) -> list[bytes]:
        """The batches of one group commit."""
        return [self.beat(), self.trades()]


class Venue:
    """Journal, replica and flow as the engine process has them: durable first, then applied."""

    def __init__(self, directory: Path, *, records_per_file: int = 1_000_000) -> None:
        if not (directory / "VERSION").exists():
            create_journal(directory, genesis())
        self.directory = directory
        self.writer = JournalWriter(directory, holder="the test", records_per_file=records_per_file)
        self.replica = genesis_replica(open_directory(directory))
        self.flow = Flow()
        self.payloads: list[bytes] = []

    def step(self, *, with_marks: bool = True) -> int:
        """One group commit; due marks go along."""
        batches = self.flow.record()
        marks: list[Command] = list(self.replica.chain.pending_marks())
        if with_marks and marks:
            batches.append(self.flow.from_engine(marks))
        record_no = self.writer.append(batches)
        self.payloads.append(b"".join(batches))
        self.replica.apply_record(self.payloads[-1])
        return record_no

    def steps(self, count: int) -> None:
        """Several group commits."""
        for _ in range(count):
            self.step()

    def place(self) -> Place:
        """Where the journal stands."""
        with JournalReader(self.directory) as reader:
            return reader.tail()


def read_all(directory: Path) -> list[bytes]:
    """Every payload of the journal, its links checked."""
    with JournalReader(directory) as reader:
        return [payload for _, payload in reader.read_from(1)]


def hashes_of(replica: Replica) -> tuple[int, bytes, bytes, bytes]:
    """What two replicas of one history must agree in."""
    chain = replica.chain
    return chain.seq, chain.value, chain.events_hash_so_far(), replica.engine.state_hash()


def mark_of(seq: int, *, blocks: int = 0) -> ChainMark:
    """A mark that nobody computed."""
    return ChainMark(marked_seq=seq, blocks=blocks, chain=bytes(32), events_hash=bytes(32))
