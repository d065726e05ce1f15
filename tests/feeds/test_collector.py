"""What the collector publishes of what sources say."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from seawall.feeds.archive import StreamArchive, read_archive
from seawall.feeds.collector import Collector
from tests.feeds.outside import E8, FakePublisher, bbo, trade


class World:
    """A collector, its archive and a fake link."""

    def __init__(self, directory: Path) -> None:
        self.notes: list[str] = []
        self.publisher = FakePublisher()
        self.archive = StreamArchive(directory, note=self.notes.append)
        self.directory = directory
        self.collector = Collector(
            publisher=self.publisher,
            archive=self.archive,
            synthetic={1: False, 2: True},
            indices={0: 5, 1: 6},
            wall_ns=lambda: 5_000_000_000,
            incarnation=7,
        )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "feeds")
    yield made
    made.archive.close()


def test_an_observation_sums_up_what_was_said_since_the_last(world: World) -> None:
    """Low, high and the number of updates tell of prices that came and went in between."""
    for update in (bbo(100, 101), bbo(90, 91), trade(120, 5), bbo(100, 102, receive_ms=1_200)):
        world.collector.deliver(update)
    world.collector.publish()
    (seen,) = world.publisher.last()

    assert (100 * E8, 102 * E8, 120 * E8, 5) == (
        seen.bid_e8,
        seen.ask_e8,
        seen.last_e8,
        seen.trade_id,
    )
    assert (90 * E8, 120 * E8, 4) == (seen.low_e8, seen.high_e8, seen.updates)
    assert (1_197, 1_200, True, False) == (
        seen.venue_ms,
        seen.receive_ms,
        seen.is_deep,
        seen.is_synthetic,
    )


def test_the_next_observation_starts_from_the_prices_that_stand(world: World) -> None:
    """A low of an earlier interval must not be told twice."""
    world.collector.deliver(bbo(50, 51))
    world.collector.deliver(bbo(100, 101))
    world.collector.publish()
    world.publisher.answer()
    world.collector.deliver(trade(100, 1))
    world.collector.publish()
    (seen,) = world.publisher.last()

    assert (100 * E8, 101 * E8, 1) == (seen.low_e8, seen.high_e8, seen.updates)


def test_silence_publishes_nothing(world: World) -> None:
    """A source that says nothing must look silent, not fresh."""
    world.collector.deliver(bbo(100, 101))
    world.collector.publish()
    world.publisher.answer()
    world.collector.deliver(bbo(100, 101, receive_ms=2_000))

    assert world.collector.publish() == 0


@pytest.mark.parametrize(
    "update",
    [bbo(0, 101), bbo(100, 100), bbo(101, 100), bbo(100, 2**61), trade(0, 1), trade(1, -1)],
)
def test_an_invalid_price_leaves_the_last_valid_one(world: World, update: object) -> None:
    """The engine gets the last valid prices; the archive keeps what was said."""
    world.collector.deliver(bbo(100, 101))
    world.collector.deliver(update)  # type: ignore[arg-type]  # parametrised over both kinds
    world.collector.deliver(trade(100, 9))
    world.collector.publish()
    (seen,) = world.publisher.last()

    assert (100 * E8, 101 * E8, 1) == (seen.bid_e8, seen.ask_e8, world.collector.invalid)


def test_a_source_that_the_genesis_does_not_know_is_left_out(world: World) -> None:
    """The engine would refuse it, and a refusal of ours helps nobody."""
    world.collector.deliver(bbo(100, 101, source_id=9))

    assert world.collector.publish() == 0
    assert world.collector.strangers == 1


def test_an_instrument_without_an_index_is_left_out(world: World) -> None:
    """Nothing would use what is said of it."""
    world.collector.deliver(bbo(100, 101, instrument_id=2))

    assert world.collector.publish() == 0
    assert world.collector.strangers == 1


def test_each_market_is_observed_for_its_index(world: World) -> None:
    """The engine knows indices; which instrument a source names is the collector's business."""
    world.collector.deliver(bbo(100, 101))
    world.collector.deliver(bbo(7, 8, instrument_id=1))
    world.collector.publish()

    assert [(one.index_id, one.bid_e8) for one in world.publisher.last()] == [
        (5, 100 * E8),
        (6, 7 * E8),
    ]


def test_synthetic_sources_are_labelled(world: World) -> None:
    """Nobody may mistake a made-up price for a witness."""
    world.collector.deliver(bbo(100, 101, source_id=2))
    world.collector.publish()

    assert world.publisher.last()[0].is_synthetic


def test_one_batch_is_in_flight_and_nothing_is_lost_meanwhile(world: World) -> None:
    """Sums grow while the engine is silent; its answer lets the next batch go."""
    world.collector.deliver(bbo(100, 101))
    assert world.collector.publish() == 1
    world.collector.deliver(bbo(80, 81))
    assert world.collector.publish() == 0
    world.collector.deliver(bbo(100, 103))
    world.publisher.answer()

    assert world.collector.publish() == 1
    assert [1, 2] == world.publisher.numbers()
    assert (80 * E8, 103 * E8) == (
        world.publisher.last()[0].low_e8,
        world.publisher.last()[0].high_e8,
    )


def test_without_a_connection_the_number_is_not_spent(world: World) -> None:
    """A gap in the numbers would make the engine drop everything that follows."""
    world.publisher.is_connected = False
    world.collector.deliver(bbo(100, 101))
    assert world.collector.publish() == 0
    world.publisher.is_connected = True

    assert world.collector.publish() == 1
    assert [1] == world.publisher.numbers()


def test_a_refused_batch_gives_its_number_back(world: World) -> None:
    """The engine refuses during a planned stop; the collector goes on afterwards."""
    world.collector.deliver(bbo(100, 101))
    world.collector.publish()
    world.publisher.answer()
    world.collector.refused(1)
    world.collector.deliver(bbo(100, 102))
    world.collector.publish()

    assert [1, 1] == world.publisher.numbers()


def test_the_hash_of_an_observation_is_found_in_the_archive(world: World) -> None:
    """The evidence for an edit: the stream up to the observation, and nothing after it."""
    world.collector.deliver(bbo(100, 101, raw=b'{"first":1}'))
    world.collector.deliver(bbo(100, 102, raw=b'{"second":2}'))
    world.collector.publish()
    (seen,) = world.publisher.last()
    world.collector.deliver(bbo(100, 103, raw=b'{"third":3}'))
    world.archive.flush()
    (file,) = (world.directory / "source-01").glob("*.gz")
    lines = list(read_archive(file))

    assert [seen.stream_hash] == [digest for line, digest in lines if b"second" in line]
    assert b"chain " + b"0" * 64 == lines[0][0]


@pytest.mark.slow
def test_a_jump_is_published_without_waiting(world: World) -> None:
    """More than 10 bp cannot wait a quarter of a second; 5 bp can."""

    async def both() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(world.collector.run())
        world.collector.deliver(bbo(100_000, 100_001))
        took = []
        for price in (100_101, 100_151):
            while world.publisher.unanswered(4) or not world.publisher.batches:
                world.publisher.answer()
                await asyncio.sleep(0.001)
            count = len(world.publisher.batches)
            began = loop.time()
            world.collector.deliver(bbo(price, price + 1))
            while len(world.publisher.batches) == count:  # noqa: ASYNC110 - the fake is synchronous
                await asyncio.sleep(0.001)
            took.append(loop.time() - began)
        task.cancel()
        return took[0], took[1]

    jump_s, step_s = asyncio.run(both())

    assert jump_s < 0.1 < step_s
