"""The follower, on a journal that the test writes: read models, checkpoints, and what stops it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import ChainMark, Command, PlaceOrder, TimerBeat
from seawall.core.model.enums import OrderType, Side
from seawall.errors import MarkMismatch
from seawall.journal.checkpoints import checkpoint_paths, newest_checkpoint
from seawall.journal.creation import create_journal
from seawall.journal.directory import open_directory
from seawall.journal.recovery import open_replica
from seawall.journal.writer import JournalWriter
from seawall.node.config import read_venue
from seawall.node.follower import FollowerRole
from seawall.node.settings import Settings
from seawall.node.starting import READ_MODEL_FILE, read_model_url, read_model_witness
from seawall.projections import MarketQueries, OrderQueries, open_read_models
from tests.node.waiting import until

pytestmark = pytest.mark.slow

WALL_MS = 1_700_000_000_000
ENGINE, LANE = 0, 2


class Journal:
    """A journal to which batches of one publisher each are appended, a record per batch."""

    def __init__(self, directory: Path) -> None:
        create_journal(directory, read_venue(None, created_ms=1).genesis)
        self.directory = directory
        self.writer = JournalWriter(directory)
        self._numbers = {ENGINE: 0, LANE: 0}
        self.append([TimerBeat(0, WALL_MS)], publisher_id=ENGINE)

    def append(self, commands: list[Command], *, publisher_id: int = LANE) -> None:
        """One more record."""
        self._numbers[publisher_id] += 1
        batch = encode_batch(
            shard=0,
            publisher_id=publisher_id,
            incarnation=1,
            batch_number=self._numbers[publisher_id],
            stamps_ns=[WALL_MS * 1_000_000] * len(commands),
            commands=[encode_command(command) for command in commands],
        )
        self.writer.append([batch])

    def trade(self, count: int) -> None:
        """So many sells of one account, each bought by another."""
        for _ in range(count):
            self.append([order(1, Side.SELL), order(2, Side.BUY)])


def order(account_id: int, side: int) -> PlaceOrder:
    """An order for one lot."""
    return PlaceOrder(
        account_id=account_id,
        instrument_id=0,
        side=side,
        order_type=OrderType.LIMIT,
        limit_price=100_000,
        quantity=1,
    )


def follow(directory: Path, **settings: int) -> FollowerRole:
    """Run a follower until it has caught up, and stop it cleanly."""
    follower = FollowerRole(directory, settings=Settings(**settings))
    stop = asyncio.Event()

    async def main() -> None:
        running = asyncio.create_task(follower.run(stop=stop))
        await asyncio.sleep(0)
        stop.set()
        await running

    asyncio.run(main())
    return follower


def trades_in_read_models(directory: Path) -> tuple[int, int]:
    """How many trades the read models hold, and up to which seq they are."""
    models = open_read_models(
        read_model_url(directory), genesis_hash=open_directory(directory).genesis_hash
    )
    try:
        progress = MarketQueries(models).progress()
        assert progress is not None
        fills = OrderQueries(models).fills(1, limit=100_000)
        assert len(fills) == len({fill.trade_id for fill in fills})
        return len(fills), progress.applied_seq
    finally:
        models.close()


def test_read_models_hold_what_the_journal_says(tmp_path: Path) -> None:
    """History is read from them, once each."""
    journal = Journal(tmp_path / "venue")
    journal.trade(20)

    follower = follow(journal.directory)

    assert trades_in_read_models(journal.directory) == (20, 41)
    assert follower.replica.seq == 41


def test_follower_goes_on_where_it_was(tmp_path: Path) -> None:
    """Killed or stopped, nothing is counted twice."""
    journal = Journal(tmp_path / "venue")
    for _ in range(3):
        journal.trade(10)
        follow(journal.directory, checkpoint_at_stop_entries=25)

    assert trades_in_read_models(journal.directory) == (30, 61)


def test_deleted_read_models_are_rebuilt_although_there_is_a_checkpoint(tmp_path: Path) -> None:
    """They are a cache of the journal; a checkpoint alone could not fill them."""
    journal = Journal(tmp_path / "venue")
    journal.trade(10)
    follow(journal.directory, checkpoint_at_stop_entries=1)
    assert len(checkpoint_paths(journal.directory)) == 1
    for path in journal.directory.glob(f"{READ_MODEL_FILE}*"):
        path.unlink()

    follow(journal.directory)

    assert trades_in_read_models(journal.directory) == (10, 21)


def test_checkpoint_is_the_state_that_the_journal_leads_to(tmp_path: Path) -> None:
    """A start from it must end where a start from genesis ends."""
    journal = Journal(tmp_path / "venue")
    journal.trade(10)
    whole = open_replica(journal.directory).replica
    follow(journal.directory, checkpoint_at_stop_entries=1)

    again = open_replica(journal.directory)

    assert again.from_seq == 21
    assert again.replica.engine.state_hash() == whole.engine.state_hash()
    assert again.replica.chain.encode() == whole.chain.encode()


def test_checkpoints_come_with_the_entries(tmp_path: Path) -> None:
    """So that no start has to apply more than so many."""
    journal = Journal(tmp_path / "venue")
    follower = FollowerRole(journal.directory, settings=Settings(checkpoint_entries=100))

    async def main() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(follower.run(stop=stop))
        for _ in range(4):
            await trade_until_checkpoint(journal)
        stop.set()
        await running

    asyncio.run(main())

    assert len(checkpoint_paths(journal.directory)) == 3


async def trade_until_checkpoint(journal: Journal) -> None:
    """Enough entries for a checkpoint, and the wait for it."""
    wanted = newest(journal.directory) + 100
    journal.trade(60)
    await until(lambda: newest(journal.directory) >= wanted, what="a checkpoint")


def newest(directory: Path) -> int:
    """The seq of the newest checkpoint."""
    found = newest_checkpoint(directory, genesis_hash=open_directory(directory).genesis_hash)
    return found.checkpoint.seq if found.checkpoint is not None else -1


def test_short_run_leaves_no_checkpoint(tmp_path: Path) -> None:
    """It would spare the next start nothing."""
    journal = Journal(tmp_path / "venue")
    journal.trade(10)

    follow(journal.directory)

    assert checkpoint_paths(journal.directory) == []


def test_mark_that_differs_stops_the_follower_and_nothing_more_is_written(tmp_path: Path) -> None:
    """A replica that went elsewhere must not be trusted with read models or checkpoints."""
    journal = Journal(tmp_path / "venue")
    journal.trade(600)
    follow(journal.directory)
    before = trades_in_read_models(journal.directory)
    chain = open_replica(journal.directory).replica.chain
    mark = chain.pending_marks()[0]
    journal.trade(5)
    wrong = ChainMark(
        marked_seq=mark.marked_seq,
        blocks=mark.blocks,
        chain=bytes(32),
        events_hash=mark.events_hash,
    )
    journal.append([wrong], publisher_id=ENGINE)

    with pytest.raises(MarkMismatch) as caught:
        follow(journal.directory, checkpoint_at_stop_entries=1)

    assert caught.value.seq == mark.marked_seq
    assert trades_in_read_models(journal.directory) == before
    assert checkpoint_paths(journal.directory) == []


def test_read_models_are_a_witness_of_the_journal(tmp_path: Path) -> None:
    """A journal that lost its end is then not taken for the whole."""
    journal = Journal(tmp_path / "venue")
    journal.trade(10)
    follow(journal.directory)

    witnesses = read_model_witness(open_directory(journal.directory))

    assert [(one.applied_record, one.applied_seq) for one in witnesses] == [(11, 21)]


def test_unreadable_read_models_are_no_witness_and_no_obstacle(tmp_path: Path) -> None:
    """They are a cache; the venue starts without them."""
    journal = Journal(tmp_path / "venue")
    (journal.directory / READ_MODEL_FILE).write_text(json.dumps("a diary"))

    assert read_model_witness(open_directory(journal.directory)) == []
