"""Entries with other commands than the journal's: holes, replacements, and several in one place.

A rerun applies the batches of the venue with some commands exchanged. No seq may move, or every id
after the edit would differ for no reason.
"""

from __future__ import annotations

import pytest

from seawall.core.engine import Engine, open_engine
from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import Command, TimerBeat
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import CommandRejected
from seawall.core.model.ids import order_id_of
from seawall.core.model.order_events import OrderAccepted, OrderFilled
from seawall.core.model.rejects import RejectReason
from tests.laws.venue import ALICE, BOB, CAROL, NS_PER_MS, START_MS, buy, genesis, sell

STAMP_NS = START_MS * NS_PER_MS


def batch(*commands: Command, number: int = 1) -> bytes:
    """A batch whose stamps are a millisecond apart."""
    return encode_batch(
        shard=0,
        publisher_id=2,
        incarnation=1,
        batch_number=number,
        stamps_ns=[STAMP_NS + place * NS_PER_MS for place in range(len(commands))],
        commands=[encode_command(one) for one in commands],
    )


def started() -> Engine:
    """A venue whose clock runs; its seq is 1."""
    engine = open_engine(genesis())
    beat = encode_batch(
        shard=0,
        publisher_id=0,
        incarnation=1,
        batch_number=1,
        stamps_ns=[STAMP_NS],
        commands=[encode_command(TimerBeat(timer_id=0, wall_ms=START_MS))],
    )
    assert engine.apply_batch(beat, 0) == 1
    engine.take_events()
    return engine


def day() -> bytes:
    """Seqs 2, 3, 4: Alice offers 10, Bob buys 4 of them, Carol bids below."""
    return batch(
        sell(ALICE, 10, 100),
        buy(BOB, 4, 100),
        buy(CAROL, 5, 90),
    )


def test_without_edits_nothing_differs() -> None:
    """The null test of the door: an empty table, or one that names other seqs."""
    engines = [started(), started(), started()]
    data = day()

    assert [
        engines[0].apply_batch(data, 0),
        engines[1].apply_edited(data, 0, {}),
        engines[2].apply_edited(data, 0, {1: [], 5: []}),
    ] == [2, 2, 2]
    assert len({engine.take_events() for engine in engines}) == 1
    assert len({engine.snapshot() for engine in engines}) == 1


def test_a_hole_takes_its_seq_and_its_time_and_nothing_else() -> None:
    """What follows a dropped command keeps its seq, and so its ids and its stamps."""
    engine = started()

    assert engine.apply_edited(day(), 0, {3: []}) == 2
    entries = read_entries(engine.take_events())
    assert [entry.seq for entry in entries] == [2, 4]
    assert engine.seq == 4
    assert engine.time_ns == STAMP_NS + 2 * NS_PER_MS
    accepted = [one for entry in entries for one in entry.events if isinstance(one, OrderAccepted)]
    assert [one.order_id for one in accepted] == [
        order_id_of(shard=0, seq=2, counter=0),
        order_id_of(shard=0, seq=4, counter=0),
    ]


def test_a_hole_at_the_end_still_counts_as_the_newest_stamp() -> None:
    """`time_ns` enters the chain, so it must not depend on what a hole has left out."""
    engine = started()
    engine.apply_edited(day(), 0, {4: []})

    assert (engine.seq, engine.time_ns) == (4, STAMP_NS + 2 * NS_PER_MS)


def test_a_replaced_command_stands_where_the_other_stood() -> None:
    """The same seq, the same stamp, another wish."""
    edited, meant = started(), started()
    other = buy(BOB, 7, 100)
    edited.apply_edited(day(), 0, {3: [encode_command(other)]})
    meant.apply_batch(batch(sell(ALICE, 10, 100), other, buy(CAROL, 5, 90)), 0)

    assert edited.take_events() == meant.take_events()
    assert edited.snapshot() == meant.snapshot()


def test_several_commands_share_the_entry_and_its_counters() -> None:
    """(seq, k): ids go on within the entry, and balances are said once, at its end."""
    engine = started()
    bids = [encode_command(buy(BOB, lots, 100)) for lots in (4, 3)]
    engine.apply_edited(day(), 0, {3: bids})
    entry = next(one for one in read_entries(engine.take_events()) if one.seq == 3)
    accepted = [one.order_id for one in entry.events if isinstance(one, OrderAccepted)]
    fills = [one for one in entry.events if isinstance(one, OrderFilled)]

    assert accepted == [order_id_of(shard=0, seq=3, counter=place) for place in (0, 1)]
    assert [one.trade_id for one in fills] == [
        order_id_of(shard=0, seq=3, counter=place) for place in (0, 1)
    ]
    assert [one.quantity for one in fills] == [4, 3]
    names = [type(one).__name__ for one in entry.events]
    assert names[names.index("BalanceChanged") :] == ["BalanceChanged"] * names.count(
        "BalanceChanged"
    )
    assert engine.ledger_faults() == []


def test_an_undecodable_edit_is_refused_and_the_next_one_acts() -> None:
    """The door never raises for what is put in; `replay` refuses such an edit before."""
    engine = started()
    engine.apply_edited(day(), 0, {3: [b"\xff" * 8, encode_command(buy(BOB, 4, 100))]})
    entry = next(one for one in read_entries(engine.take_events()) if one.seq == 3)

    assert isinstance(entry.events[0], CommandRejected)
    assert entry.events[0].reason == RejectReason.UNKNOWN_COMMAND
    assert any(isinstance(one, OrderFilled) for one in entry.events)


@pytest.mark.parametrize("edits", [{}, {3: []}])
def test_a_batch_is_applied_once_with_edits_too(edits: dict[int, list[bytes]]) -> None:
    """A duplicate in the journal is dropped before numbering; an edit does not change that."""
    engine = started()

    assert [engine.apply_edited(day(), 0, edits) for _ in range(2)] == [2, 0]
    assert engine.seq == 4
    assert engine.last_batch(2) == (1, 1)
