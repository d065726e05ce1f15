"""What any reader can check: money, books and orders keep their laws after every entry."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seawall.core.engine import open_engine
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import BalanceChanged, EntryEvents
from seawall.core.model.genesis import Genesis
from seawall.core.model.order_events import OrderAccepted, OrderAmended, OrderCancelled, OrderFilled
from tests.laws.driving import batches, engine_entries
from tests.laws.strategies import stream
from tests.laws.witness import Witness
from tests.laws.worlds import FLAVOURS, seeds, world_of

LENGTH = 150


def story(flavour: str, seed: int) -> tuple[Genesis, list[EntryEvents]]:
    """The genesis as a reader starts with it, and the events of a stream."""
    world, draw = world_of(flavour, seed)
    return world.genesis, engine_entries(world.genesis, stream(world, draw, LENGTH))[1]


def witness_of(genesis: Genesis) -> Witness:
    """A witness who was told the state before entry 1."""
    return Witness().see(read_entries(open_engine(genesis).describe()))


@pytest.mark.slow
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_no_witness_has_a_complaint(flavour: str) -> None:
    """Zero sums, exact holds, queues in order, no crossed book, no self trade, no lost lot."""
    for seed in seeds(few=40, many=2_000):
        genesis, entries = story(flavour, seed)

        assert witness_of(genesis).see(entries).complaints == [], f"{flavour} world, seed {seed}"


@pytest.mark.slow
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_engine_finds_no_fault_in_itself(flavour: str) -> None:
    """The audit that runs in production holds after every command."""
    for seed in seeds(few=8, many=500):
        world, draw = world_of(flavour, seed)
        engine = open_engine(world.genesis)
        for batch in batches(world.genesis, stream(world, draw, LENGTH)):
            engine.apply_many(batch)

            assert engine.ledger_faults() == [], f"{flavour} world, seed {seed}, seq {engine.seq}"


@pytest.mark.slow
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_description_rebuilds_what_a_reader_knew(flavour: str) -> None:
    """A reader that starts late must know what one knows who was there from the beginning."""
    for seed in seeds(few=20, many=1_000):
        world, draw = world_of(flavour, seed)
        steps = stream(world, draw, LENGTH)
        engine, entries = engine_entries(world.genesis, steps)
        there_from_the_start = witness_of(world.genesis).see(entries)
        came_late = Witness().see(read_entries(engine.describe()))

        assert came_late.complaints == []
        assert there_from_the_start.maps() == came_late.maps(), f"{flavour} world, seed {seed}"


def test_describing_changes_nothing() -> None:
    """A reader that starts must not disturb the venue."""
    world, draw = world_of("plain", 3)
    engine, _ = engine_entries(world.genesis, stream(world, draw, LENGTH))
    before = engine.state_hash()

    assert engine.describe() == engine.describe()
    assert engine.take_events() == b""
    assert engine.state_hash() == before


# What a lie looks like: (the law that it breaks, how to tell it of the first fitting event).


def raise_balance(event: BalanceChanged) -> None:
    """Money from nowhere."""
    event.balance += 1


def raise_hold(event: BalanceChanged) -> None:
    """A hold without an order."""
    event.held += 1


def move_price(event: OrderFilled) -> None:
    """A trade at a better price than the maker's."""
    event.price += 1 if event.taker_side == 1 else -1


def pay_rebate(event: OrderFilled) -> None:
    """A trade that the house pays for."""
    event.taker_fee, event.maker_fee = -1, -1


def grow_fill(event: OrderFilled) -> None:
    """One lot too many."""
    event.quantity += 1


def make_self_trade(event: OrderFilled) -> None:
    """A trade with oneself."""
    event.maker_account_id = event.taker_account_id


def lose_a_lot(event: OrderCancelled) -> None:
    """A cancel that forgets a lot."""
    event.quantity_open -= 1


def deny_resting(event: OrderCancelled) -> None:
    """A cancel that leaves its order in the readers' books."""
    event.was_resting = not event.was_resting


def deny_priority(event: OrderAmended) -> None:
    """A wrong word about the queue."""
    event.kept_priority = not event.kept_priority


def cross(event: OrderAccepted) -> None:
    """An order that was accepted at a price at which it should have traded."""
    event.limit_price = 10**6 if event.side == 0 else 1


LIES: dict[str, tuple[type, Callable[..., None], str]] = {
    "zero_sum": (BalanceChanged, raise_balance, "sums to"),
    "exact_holds": (BalanceChanged, raise_hold, "holds are"),
    "price": (OrderFilled, move_price, "another price than the maker's"),
    "net_fee": (OrderFilled, pay_rebate, "costs the house money"),
    "quantities": (OrderFilled, grow_fill, "miscounted"),
    "self_trade": (OrderFilled, make_self_trade, "a self trade"),
    "cancelled_lots": (OrderCancelled, lose_a_lot, "cancel that is miscounted"),
    "book": (OrderCancelled, deny_resting, "wrong about the book"),
    "priority": (OrderAmended, deny_priority, "wrong about priority"),
    "crossed": (OrderAccepted, cross, "is crossed"),
}


def tell(genesis: Genesis, entries: list[EntryEvents], kind: type, lie: Callable[..., None]) -> str:
    """Everything the witness complains of when each event of a kind in turn is a lie."""
    places = [
        (number, index)
        for number, entry in enumerate(entries)
        for index, event in enumerate(entry.events)
        if isinstance(event, kind)
    ]
    said = []
    for number, index in places[:20]:
        witness = witness_of(genesis).see(entries[:number])
        lie(entries[number].events[index])
        said += witness.see(entries[number : number + 1]).complaints
    return "\n".join(said)


@pytest.mark.slow
@pytest.mark.parametrize("law", LIES)
def test_a_witness_notices_each_lie(law: str) -> None:
    """A law that cannot turn red says nothing."""
    kind, lie, complaint = LIES[law]
    said = [tell(*story("plain", seed), kind, lie) for seed in range(6)]

    assert complaint in "\n".join(said)


def test_a_witness_notices_who_jumps_the_queue() -> None:
    """Of two makers at one price the older one trades first."""
    for seed in range(30):
        genesis, entries = story("plain", seed)
        for number, entry in enumerate(entries):
            witness = witness_of(genesis).see(entries[:number])
            for event in entry.events:
                if not isinstance(event, OrderFilled):
                    continue
                queue = witness.queue(event.instrument_id, 1 - event.taker_side)
                if len(queue) > 1:
                    event.maker_order_id = queue[1]
                    said = witness.see([entry]).complaints

                    assert "jumps the queue" in "\n".join(said)
                    return
    pytest.fail("no stream had two makers to choose from")
