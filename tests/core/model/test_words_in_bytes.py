"""Every command and every event of prices and positions survives its bytes, whatever it carries."""

from __future__ import annotations

import dataclasses
import re

import pytest

from seawall.core.model import repair_event_writer, risk_event_writer
from seawall.core.model.command_codec import decode_command, encode_command
from seawall.core.model.commands import (
    AdjustMargin,
    CancelAlgo,
    Command,
    CommandType,
    PlaceAlgo,
    PlaceOrder,
    SetFreeze,
    SetLeverage,
    SetSource,
)
from seawall.core.model.event_reader import read_entries, read_event
from seawall.core.model.event_writer import EventWriter
from seawall.core.model.events import BalanceChanged, EventType
from seawall.core.model.order_events import OrderAccepted
from seawall.core.model.repair_events import AlgoRearmed, RepairEvent, RepairEventType
from seawall.core.model.risk_events import AlgoAccepted, RiskEvent, RiskEventType
from tests.core.model.drawn_words import (
    COMMANDS,
    REPAIR_EVENTS,
    RISK_EVENTS,
    drawn_command,
    drawn_event,
    fields_of,
)
from tests.laws.worlds import Draw

TIMES = 200
PLAIN = PlaceOrder(account_id=1, instrument_id=2, side=0, order_type=0, limit_price=3, quantity=4)
ALGO = PlaceAlgo(
    account_id=1,
    instrument_id=2,
    algo_type=0,
    side=0,
    quantity=5,
    margin_mode=1,
    reduce_only=False,
)
CANCEL_ALGO = CancelAlgo(account_id=1, instrument_id=2, algo_id=3)


def constant_name(kind: type) -> str:
    """`PlaceOrder` is PLACE_ORDER in the enumeration of numbers."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", kind.__name__).upper()


def decoded(data: bytes) -> Command | None:
    """What the whole of `data` says."""
    return decode_command(data, 0, len(data))


def written(event: RiskEvent | RepairEvent, out: EventWriter) -> None:
    """Write an event through the function of its name."""
    fields = {one.name: getattr(event, one.name) for one in dataclasses.fields(event)}
    writer = repair_event_writer if type(event) in REPAIR_EVENTS else risk_event_writer
    write = getattr(writer, constant_name(type(event)).lower())
    if isinstance(event, AlgoAccepted | AlgoRearmed):
        algo_id = fields.pop("algo_id")
        write(out, PlaceAlgo(**fields), algo_id=algo_id)
    else:
        write(out, **fields)


def begun() -> EventWriter:
    """A writer inside an entry."""
    out = EventWriter()
    out.begin_entry(seq=7, time_ns=8, clock_ms=9)
    return out


def test_every_number_has_its_word() -> None:
    """Numbers of all kinds of event share one range, and every one names a class."""
    numbers = [
        value
        for kind in (RiskEventType, RepairEventType)
        for name, value in vars(kind).items()
        if name.isupper()
    ]
    others = [value for name, value in vars(EventType).items() if name.isupper()]

    assert {one for one in vars(CommandType) if one.isupper()} == set(map(constant_name, COMMANDS))
    assert {one for one in vars(RiskEventType) if one.isupper()} == set(
        map(constant_name, RISK_EVENTS)
    )
    assert {one for one in vars(RepairEventType) if one.isupper()} == set(
        map(constant_name, REPAIR_EVENTS)
    )
    assert len({*numbers, *others}) == len(numbers) + len(others)


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_command_carries_every_field(kind: type) -> None:
    """A field that the codec forgot would be another one after a restart."""
    draw = Draw(1)
    for _ in range(TIMES):
        command = drawn_command(kind, draw)
        again = decoded(encode_command(command))

        assert type(again) is kind
        assert fields_of(again) == fields_of(command)


@pytest.mark.parametrize("kind", COMMANDS)
def test_damaged_commands_are_read_or_not_but_never_raise(kind: type) -> None:
    """What cannot be read is None; what is read is what its bytes say."""
    draw = Draw(2)
    for _ in range(TIMES):
        data = bytearray(encode_command(drawn_command(kind, draw)))
        data[draw.below(len(data))] ^= 1 << draw.below(8)
        decoded(bytes(data[: draw.below(len(data))]))
        again = decoded(bytes(data))
        if again is not None:
            twice = decoded(encode_command(again))

            assert type(twice) is type(again)
            assert fields_of(twice) == fields_of(again)


@pytest.mark.parametrize(
    ("command", "place", "bit"),
    [
        (PLAIN, 24 + 4, 1 << 7),
        (PLAIN, 24 + 7, 1 << 7),
        (ALGO, 72 + 4, 1),
        (ALGO, 72 + 4, 1 << 3),
        (ALGO, 72 + 7, 1),
        (CANCEL_ALGO, 1, 2),
        (AdjustMargin(1, 2, -3), 1, 1),
        (SetFreeze(1, True, 2), 1, 2),
        (SetSource(1, 2, True, 3), 1, 2),
    ],
)
def test_a_flag_that_nobody_knows_is_not_read(command: Command, place: int, bit: int) -> None:
    """A later release will give it a meaning that this one would not follow."""
    data = bytearray(encode_command(command))
    assert decoded(bytes(data)) is not None
    data[place] |= bit

    assert decoded(bytes(data)) is None


def test_a_margin_command_of_another_length_is_not_read() -> None:
    """Half of it must not become another one."""
    for command in (SetLeverage(1, 2, 1, 10), AdjustMargin(1, 2, -5), CANCEL_ALGO):
        data = encode_command(command)

        assert decoded(data[:-8]) is None
        assert decoded(data + bytes(8)) is None


@pytest.mark.parametrize("kind", [*RISK_EVENTS, *REPAIR_EVENTS])
def test_an_event_carries_every_field(kind: type) -> None:
    """And the reader goes on behind it, so its length is right too."""
    draw = Draw(3)
    for _ in range(TIMES):
        event, following = drawn_event(kind, draw), drawn_event(kind, draw)
        out = begun()
        written(event, out)
        written(following, out)

        (entry,) = read_entries(out.take())

        assert (entry.seq, entry.time_ns, entry.clock_ms) == (7, 8, 9)
        assert entry.events == [event, following]


def test_a_balance_names_the_instrument_it_belongs_to() -> None:
    """Margins of two isolated positions are two balances."""
    out = begun()
    out.balance_changed(
        kind=6, account_id=2**31 - 1, asset_id=3, balance=-4, held=5, instrument_id=2**16 - 1
    )

    assert read_entries(out.take())[0].events == [
        BalanceChanged(
            kind=6, account_id=2**31 - 1, asset_id=3, balance=-4, held=5, instrument_id=2**16 - 1
        )
    ]


@pytest.mark.parametrize("margin_mode", [0, 1, 2])
@pytest.mark.parametrize("reduce_only", [False, True])
def test_an_accepted_order_names_its_margin_mode(margin_mode: int, reduce_only: bool) -> None:
    """Readers show it, and a restarted one must show the same."""
    command = PlaceOrder(
        account_id=1,
        instrument_id=2,
        side=1,
        order_type=0,
        limit_price=6,
        quantity=7,
        time_in_force=4,
        self_trade_prevention=2,
        client_id=b"c" * 32,
        tag=b"t" * 16,
        margin_mode=margin_mode,
        reduce_only=reduce_only,
    )
    out = begun()
    out.order_accepted(command, order_id=5, limit_price=6)
    (event,) = read_entries(out.take())[0].events

    assert isinstance(event, OrderAccepted)
    assert (event.margin_mode, event.reduce_only) == (margin_mode, reduce_only)
    assert (event.client_id, event.tag) == (command.client_id, command.tag)
    assert (event.side, event.time_in_force, event.self_trade_prevention) == (1, 4, 2)


def test_an_event_without_a_reader_is_skipped() -> None:
    """`read_event` knows what it does not know."""
    assert read_event((0x7D | 1 << 8).to_bytes(8, "little"), 0) is None
