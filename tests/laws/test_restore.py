"""A snapshot is the whole state: whoever goes on from it says what the first would have said."""

from __future__ import annotations

import pytest

from seawall.core.engine import Engine, open_engine, restore_engine
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import CommandRejected
from seawall.core.model.genesis import Genesis
from seawall.core.model.order_events import AmendRejected, CancelRejected, OrderRejected
from tests.laws.driving import PUBLISHER, batches, engine_entries
from tests.laws.strategies import stream
from tests.laws.worlds import FLAVOURS, Draw, seeds, world_of

LENGTH = 120
REFUSALS = (OrderRejected, AmendRejected, CancelRejected, CommandRejected)
SEQ_PLACE = 40  # behind magic and genesis hash; the time follows


def restored(genesis: Genesis, data: bytes) -> Engine:
    """An engine from a snapshot that must be good."""
    engine, fault = restore_engine(genesis, data)
    assert engine is not None, fault
    return engine


@pytest.mark.slow
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_snapshot_and_the_tail_are_the_whole_run(flavour: str) -> None:
    """A restart may come after any batch."""
    for seed in seeds(few=6, many=300):
        world, draw = world_of(flavour, seed)
        every = draw.between(1, 7)
        engine = open_engine(world.genesis)
        again = open_engine(world.genesis)
        for number, batch in enumerate(batches(world.genesis, stream(world, draw, LENGTH))):
            if number % every == 0:
                data = engine.snapshot()
                again = restored(world.genesis, data)

                assert again.snapshot() == data, f"{flavour} world, seed {seed}, seq {engine.seq}"
            events = engine.apply_many(batch)

            assert again.apply_many(batch) == events, f"{flavour} world, seed {seed}"
        assert again.state_hash() == engine.state_hash()
        assert again.describe() == engine.describe()
        assert again.ledger_faults() == []


@pytest.mark.slow
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_refused_command_leaves_the_state_alone(flavour: str) -> None:
    """Only the seq, the stamp and the publisher's batch number may tell that it was there."""
    refused = 0
    for seed in seeds(few=5, many=300):
        world, draw = world_of(flavour, seed)
        engine = open_engine(world.genesis)
        for batch in batches(world.genesis, stream(world, draw, LENGTH)):
            before = without_place(engine)
            entries = read_entries(engine.apply_many(batch))
            is_refusal = isinstance(entries[0].events[0], REFUSALS) if entries else False
            if engine.seq > 1 and is_refusal and len(entries[0].events) == 1:
                refused += 1

                assert without_place(engine) == before, f"{flavour}, seed {seed}, {engine.seq}"
    assert refused > 50


def without_place(engine: Engine) -> bytes:
    """A snapshot without the words that count entries: seq and time, the publisher's batch
    number.
    """
    data = engine.snapshot()
    last = (PUBLISHER, *engine.last_batch(PUBLISHER))
    publisher = b"".join(int(word).to_bytes(8, "little") for word in last)
    return data[:SEQ_PLACE] + data[SEQ_PLACE + 16 :].replace(publisher, bytes(24), 1)


def test_a_damaged_snapshot_does_not_raise() -> None:
    """Bytes from a bad disk must not stop the process with an error of Python."""
    world, draw = world_of("plain", 5)
    engine, _ = engine_entries(world.genesis, stream(world, draw, LENGTH))
    data = engine.snapshot()
    refused = 0
    for _ in range(1_000):
        found, fault = restore_engine(world.genesis, damaged(data, draw))
        assert (found is None) == (fault != "")
        refused += found is None

    assert refused > 500


def damaged(data: bytes, draw: Draw) -> bytes:
    """A snapshot with a bit turned, a part cut out, or bytes after its end."""
    place = draw.below(len(data))
    what = draw.below(3)
    if what == 0:
        return data[:place] + bytes([data[place] ^ 1 << draw.below(8)]) + data[place + 1 :]
    if what == 1:
        return data[:place] + data[place + draw.between(1, 40) :]
    return data + draw.raw(draw.between(1, 40))


def test_a_snapshot_of_another_genesis_is_refused() -> None:
    """A replica joins only with an equal genesis."""
    ours, _ = world_of("plain", 1)
    theirs, _ = world_of("plain", 2)
    found, fault = restore_engine(theirs.genesis, open_engine(ours.genesis).snapshot())

    assert found is None
    assert "genesis" in fault


def test_a_lost_word_is_noticed() -> None:
    """The law turns red when a snapshot forgets something: here, that an account is frozen."""
    world, draw = world_of("plain", 1)
    engine, _ = engine_entries(world.genesis, stream(world, draw, 60))
    data = engine.snapshot()
    changed = 0
    for place in range(48, len(data) - 8, 8):
        tried = data[:place] + bytes(8) + data[place + 8 :]
        found, _ = restore_engine(world.genesis, tried)
        if tried != data and found is not None:
            changed += found.snapshot() != data or found.describe() != engine.describe()
    assert changed > 20
