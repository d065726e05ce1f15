"""Nothing that is sent raises; everything that is sent is answered."""

from __future__ import annotations

from zlib import crc32

import pytest

import seawall
from seawall.core.engine import Entry, open_engine
from seawall.core.engine import dispatch as dispatch_table
from seawall.core.model.batch import batch_fault
from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import ChainMark, TimerBeat
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import CommandRejected
from tests.laws.driving import batches
from tests.laws.strategies import stream
from tests.laws.venue import ALICE, Venue, buy, sell
from tests.laws.worlds import FLAVOURS, NS_PER_MS, Draw, Step, seeds, world_of

LENGTH = 150


def unanswered(flavour: str, seed: int) -> list[int]:
    """Seqs of the stream that had no event although they should; what raises, raises."""
    world, draw = world_of(flavour, seed)
    steps = stream(world, draw, LENGTH)
    engine = open_engine(world.genesis)
    found = []
    for step, batch in zip(steps, batches(world.genesis, steps), strict=True):
        entries = read_entries(engine.apply_many(batch))
        command = decode_command(step.data, 0, len(step.data))
        if command is None:
            events = entries[0].events
            if len(events) != 1 or not isinstance(events[0], CommandRejected):
                found.append(int(engine.seq))
        elif not entries and not isinstance(command, ChainMark | TimerBeat):
            found.append(int(engine.seq))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_every_command_is_answered(flavour: str) -> None:
    """A trader who hears nothing does not know where he stands. Only marks and beats may be
    silent.
    """
    for seed in seeds(few=40, many=2_000):
        assert unanswered(flavour, seed) == [], f"{flavour} world, seed {seed}"


def test_a_command_without_an_answer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The law turns red when a handler says nothing."""
    if seawall.core_mode() == "compiled":
        pytest.skip("replaces a handler; the interpreted half of the run does it")
    monkeypatch.setattr(dispatch_table, "cancel_order", lambda state, command: None)

    assert unanswered("plain", 1) != []


@pytest.mark.slow
def test_random_bytes_as_commands_are_refused() -> None:
    """Whatever the bytes of a command are, the entry gets its seq and one answer."""
    draw = Draw(7)
    world, _ = world_of("plain", 7)
    engine = open_engine(world.genesis)
    for number in range(3_000):
        data = bytearray(draw.raw(draw.one((0, 3, 8, 16, 24, 40, 48, 72, 80, 104))))
        if len(data) >= 8:
            data[0] = draw.one((1, 2, 3, 4, 10, 11, 13, 20, 30, 31, 32, 33, 34, 35, 40, 41, 42, 99))
            data[7] &= 0x7F
        step = Step(draw.below(2**63) - 2**62, bytes(data))
        engine.apply_many(batches_from(world.genesis, step, number + 1))

    assert engine.seq == 3_000
    assert engine.ledger_faults() == []


def batches_from(genesis: object, step: Step, number: int) -> bytes:
    """The step as batch `number` of the publisher."""
    from seawall.core.model.batch import encode_batch

    return encode_batch(
        shard=genesis.shard,
        publisher_id=2,
        incarnation=1,
        batch_number=number,
        stamps_ns=[step.stamp_ns],
        commands=[step.data],
    )


def test_a_turned_bit_in_a_batch_is_found() -> None:
    """A batch that was damaged on its way must not be applied."""
    world, draw = world_of("plain", 2)
    data = batches(world.genesis, stream(world, draw, 20), [20])[0]
    assert batch_fault(data, 0) == ""
    for _ in range(2_000):
        place = draw.below(len(data))
        bad = data[:place] + bytes([data[place] ^ 1 << draw.below(8)]) + data[place + 1 :]

        assert batch_fault(bad, 0) != ""


@pytest.mark.slow
def test_no_bytes_of_a_batch_raise() -> None:
    """Also a batch whose checksum is right but whose inside is nonsense is refused or applied,
    never raised.
    """
    world, draw = world_of("plain", 4)
    sound = 0
    for _ in range(2_000):
        data = bytearray(batches(world.genesis, stream(world, draw, 3)[-3:], [3])[0])
        world.steps.clear()
        for _ in range(draw.between(1, 4)):
            data[draw.below(len(data))] = draw.below(256)
        data[-8:] = crc32(data[:-8]).to_bytes(8, "little")
        if batch_fault(bytes(data), 0) == "":
            sound += 1
            open_engine(world.genesis).apply_many(bytes(data))
    assert sound > 300
    for size in range(200):
        assert batch_fault(draw.raw(size), 0) != ""


@pytest.mark.parametrize("stamp_ns", [-(2**63), -1, 0, 1, 2**62, 2**63 - 1])
def test_no_stamp_raises(stamp_ns: int) -> None:
    """A publisher's clock may be anywhere."""
    venue = Venue()
    for command in (buy(ALICE, 1, 100), sell(ALICE, 1, 100)):
        venue.engine.apply(Entry(seq=venue.engine.seq + 1, time_ns=stamp_ns, command=command))
    events_time = int(venue.engine.time_ns) - int(venue.engine.clock_ms) * NS_PER_MS

    assert 0 <= events_time <= 1_000_000_000
