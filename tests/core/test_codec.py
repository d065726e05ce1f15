"""Commands, events, batches and geneses survive their bytes, and what cannot be read is None."""

from __future__ import annotations

import dataclasses

import pytest

from seawall.core.engine import open_engine
from seawall.core.model.batch import batch_fault, encode_batch, read_batch_header
from seawall.core.model.command_codec import decode_command, encode_command
from seawall.core.model.commands import AmendOrder, CancelOrder, Command, PlaceOrder
from seawall.core.model.event_reader import count_events, read_entries, split_at_seq
from seawall.core.model.events import EventType
from seawall.core.model.genesis_codec import decode_genesis, encode_genesis
from tests.laws.driving import batches, engine_entries
from tests.laws.shrinking import shown
from tests.laws.strategies import next_command, stream
from tests.laws.venue import genesis
from tests.laws.worlds import FLAVOURS, Draw, world_of


def commands(seed: int, count: int) -> list[Command]:
    """Commands of every kind."""
    world, draw = world_of("plain", seed)
    stream(world, draw, 30)
    found = [next_command(world, draw) for _ in range(count)]
    return [one for one in found if not isinstance(one, bytes)]


def test_every_kind_of_command_survives_its_bytes() -> None:
    """What a gateway wrote is what the engine reads."""
    kinds = set()
    for command in commands(1, 3_000):
        data = encode_command(command)
        again = decode_command(data, 0, len(data))
        kinds.add(type(command).__name__)

        assert len(data) % 8 == 0
        assert again is not None
        assert encode_command(again) == data
        if isinstance(command, PlaceOrder | AmendOrder | CancelOrder):
            assert shown(again) == shown(command)
    assert len(kinds) == 18


def test_a_command_is_read_from_the_middle_of_other_bytes() -> None:
    """A batch holds many."""
    data = encode_command(
        PlaceOrder(account_id=1, instrument_id=2, side=1, order_type=0, limit_price=3, quantity=4)
    )
    around = b"before!!" + data + b"after"

    assert shown(decode_command(around, 8, len(data))) == shown(decode_command(data, 0, len(data)))


def test_a_command_cut_short_or_with_a_tail_is_not_read() -> None:
    """Half a command must not become another one."""
    for command in commands(2, 500):
        data = encode_command(command)

        assert decode_command(data, 0, len(data) - 8) is None
        assert decode_command(data + bytes(8), 0, len(data) + 8) is None
        assert decode_command(data, 0, len(data) + 8) is None
        assert decode_command(data, -8, len(data)) is None


def test_random_bytes_are_read_or_not_but_never_raise() -> None:
    """The codec is the first thing that hostile bytes meet."""
    draw = Draw(5)
    for _ in range(5_000):
        data = bytearray(draw.raw(draw.below(120)))
        if data and draw.chance(70):
            data[0] = draw.one((1, 2, 3, 4, 10, 11, 12, 13, 20, 30, 31, 32, 33, 34, 35, 40, 41, 42))
        decode_command(bytes(data), draw.between(-9, 9), draw.between(-9, 130))


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_genesis_survives_its_bytes(flavour: str) -> None:
    """Its hash opens the chain, so equal geneses must have equal bytes."""
    world, _ = world_of(flavour, 1)
    data = encode_genesis(world.genesis)
    again, fault = decode_genesis(data)

    assert fault == ""
    assert again is not None
    assert encode_genesis(again) == data


def test_a_damaged_genesis_is_refused_or_another_one() -> None:
    """It must not raise, and not pass as the one that was meant."""
    data = encode_genesis(genesis())
    draw = Draw(9)
    for _ in range(2_000):
        place = draw.below(len(data))
        bad = data[:place] + bytes([data[place] ^ 1 << draw.below(8)]) + data[place + 1 :]
        cut = data[: draw.below(len(data))]
        again, fault = decode_genesis(bad)

        assert (again is None) == (fault != "")
        assert decode_genesis(cut)[0] is None
        assert decode_genesis(data + bytes(draw.between(1, 30)))[0] is None


def test_every_kind_of_event_is_told_and_read() -> None:
    """A reader that meets an event it cannot read would be silently behind."""
    names = [one for one in vars(EventType) if one.isupper() and one != "INTERNAL_FAULT"]
    expected = {"".join(word.capitalize() for word in one.split("_")) for one in names}
    kinds = set()
    for flavour in FLAVOURS:
        for seed in range(25):
            world, draw = world_of(flavour, seed)
            _, entries = engine_entries(world.genesis, stream(world, draw, 150))
            kinds |= {type(event).__name__ for entry in entries for event in entry.events}
    assert expected - kinds == set()  # InternalFault is left out: only a bug of ours makes it


def test_events_are_found_by_their_seq() -> None:
    """A consumer continues where it stopped."""
    world, draw = world_of("plain", 4)
    engine = open_engine(world.genesis)
    data = engine.apply_many(b"".join(batches(world.genesis, stream(world, draw, 80))))
    entries = read_entries(data)
    for seq in range(1, 82):
        rest = read_entries(data[split_at_seq(data, seq) :])

        assert rest == [entry for entry in entries if entry.seq >= seq]


@pytest.mark.parametrize("name", ["ORDER_FILLED", "BALANCE_CHANGED", "ORDER_CANCELLED"])
def test_events_of_a_type_are_counted_without_reading_them(name: str) -> None:
    """What a reader looks for is usually not there."""
    world, draw = world_of("plain", 4)
    engine = open_engine(world.genesis)
    data = engine.apply_many(b"".join(batches(world.genesis, stream(world, draw, 80))))
    kind = "".join(word.capitalize() for word in name.split("_"))
    found = [type(event).__name__ for entry in read_entries(data) for event in entry.events]

    assert found.count(kind) > 0
    assert count_events(data, getattr(EventType, name)) == found.count(kind)
    assert count_events(b"", getattr(EventType, name)) == 0


def test_an_event_of_a_later_release_is_skipped() -> None:
    """The first word tells its length, so an old reader goes on behind it."""
    world, draw = world_of("plain", 4)
    engine = open_engine(world.genesis)
    data = engine.apply_many(b"".join(batches(world.genesis, stream(world, draw, 20))))
    entries = read_entries(data)
    unknown = (0x7E | 3 << 8).to_bytes(8, "little") + bytes(16)
    second = split_at_seq(data, entries[1].seq)

    assert read_entries(data[:second] + unknown + data[second:]) == entries


def test_a_batch_tells_who_sent_it() -> None:
    """Its header is read before anything in it."""
    data = encode_batch(
        shard=3,
        publisher_id=4_095,
        incarnation=7,
        batch_number=9,
        stamps_ns=[1, 2],
        commands=[b"", b"12345678"],
    )
    header = read_batch_header(data, 0)

    assert batch_fault(data, 0) == ""
    assert (3, 4_095, 2) == (header.shard, header.publisher_id, header.count)
    assert (7, 9, len(data)) == (header.incarnation, header.batch_number, header.length)


def test_batches_stand_one_behind_the_other() -> None:
    """A record of the journal holds several."""
    world, draw = world_of("plain", 4)
    several = batches(world.genesis, stream(world, draw, 12), [5, 4, 3])
    data = b"".join(several)
    at = 0
    for one in several:
        assert batch_fault(data, at) == ""
        assert read_batch_header(data, at).length == len(one)
        at += len(one)
    assert batch_fault(data, at) != ""


def test_events_are_plain_data() -> None:
    """Readers compare and copy them."""
    world, draw = world_of("plain", 4)
    _, entries = engine_entries(world.genesis, stream(world, draw, 40))

    assert all(dataclasses.is_dataclass(event) for entry in entries for event in entry.events)
