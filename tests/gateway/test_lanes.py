"""The laws of the lanes, on random traffic: order within an account, cancels first, nothing
twice.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.model.batch import read_batch_header
from seawall.core.model.codec import read_word
from seawall.gateway.lanes import Lanes
from seawall.gateway.limits import (
    BATCH_COMMANDS_MAX,
    BATCH_COMMANDS_WITH_CANCELS_WAITING_MAX,
)
from seawall.gateway.pending import Pending, Request
from seawall.journal.frames import EventsFrame, Refused

CANCEL, ORDER, OPERATION = "cancel", "order", "operation"


@dataclass
class Wire:
    """The lanes, and a wire to an engine that carries batches out in the order they were sent."""

    lanes: Lanes = field(init=False)
    sent: deque[bytes] = field(default_factory=deque)
    arrived: list[tuple[int, int, str]] = field(default_factory=list)  # number, account, kind
    applied: list[int] = field(default_factory=list)  # numbers
    given_back: list[int] = field(default_factory=list)
    sizes: list[tuple[int, int, bool]] = field(default_factory=list)  # lane, count, cancels wait
    is_up: bool = True

    def __post_init__(self) -> None:
        self.lanes = Lanes(shard=0, send=self.send)
        for lane in self.lanes.all:
            lane.incarnation = 1
        self.lanes.open()

    def send(self, data: bytes) -> bool:
        if not self.is_up:
            return False
        header = read_batch_header(data, 0)
        cancels = self.lanes.cancels
        self.sizes.append(
            (header.publisher_id, header.count, bool(cancels.queue or cancels.in_flight))
        )
        self.sent.append(data)
        return True

    def arrive(self, account_id: int, kind: str) -> None:
        number = len(self.arrived) + 1
        self.arrived.append((number, account_id, kind))
        pending = Pending(
            request=Request(count=1, in_time_ns=0),
            index=0,
            data=number.to_bytes(8, "little"),
            stamp_ns=number,
            account_id=account_id,
            valid_for_ms=1 if kind == ORDER else 0,
        )
        add = {
            CANCEL: self.lanes.add_cancel,
            ORDER: self.lanes.add_order,
            OPERATION: self.lanes.add_operation,
        }
        add[kind](pending)

    def answer(self) -> None:
        """The engine applies the oldest batch on the wire and its events come back."""
        if not self.sent:
            return
        data = self.sent.popleft()
        header = read_batch_header(data, 0)
        at = 32
        for _ in range(header.count):
            self.applied.append(read_word(data, at + 16))
            at += 16 + read_word(data, at + 8)
        frame = EventsFrame(
            publisher_id=header.publisher_id,
            incarnation=header.incarnation,
            batch_number=header.batch_number,
            first_seq=len(self.applied) + 1 - header.count,
            count=header.count,
            clock_ms=0,
            events=b"",
        )
        answered = self.lanes.on_answer(frame)
        assert [pending.stamp_ns for pending in answered] == self.applied[-header.count :]

    def refuse(self) -> None:
        """The engine accepts nothing of the oldest batch."""
        if not self.sent:
            return
        header = read_batch_header(self.sent.popleft(), 0)
        refused = Refused(
            publisher_id=header.publisher_id,
            incarnation=header.incarnation,
            batch_number=header.batch_number,
            is_planned=False,
            text="",
        )
        self.given_back += [pending.stamp_ns for pending in self.lanes.on_answer(refused)]

    def lose(self) -> None:
        """The connection ends: what was queued in lane two is taken back."""
        self.is_up = False
        self.lanes.close()
        self.given_back += [pending.stamp_ns for pending in self.lanes.take_back_orders()]

    def regain(self) -> None:
        """The link sends again what was not applied, publisher by publisher."""
        if not self.is_up:
            self.is_up = True
            self.sent = deque(
                sorted(self.sent, key=lambda data: read_batch_header(data, 0).publisher_id)
            )
            self.lanes.open()

    def expire(self, age: int) -> None:
        """Time passes: what is queued and older than `age` arrivals is taken back."""
        now_ns = len(self.arrived)
        self.given_back += [
            pending.stamp_ns for pending in self.lanes.take_back_expired(now_ns, age_ns_max=age)
        ]

    def finish(self) -> None:
        self.regain()
        for _ in range(10_000):
            self.lanes.flush()
            if not self.sent:
                break
            self.answer()
        assert self.lanes.is_idle()


accounts = st.integers(1, 4)
acts = st.one_of(
    st.tuples(
        st.just("arrive"), accounts, st.sampled_from([CANCEL, CANCEL, ORDER, ORDER, OPERATION])
    ),
    st.tuples(st.sampled_from(["flush", "flush", "answer", "answer", "refuse", "lose", "regain"])),
    st.tuples(st.just("expire"), st.integers(1, 20)),
)


def play(script: list[tuple[object, ...]]) -> Wire:
    """Run a script to its end."""
    wire = Wire()
    for name, *arguments in script:
        if name == "flush":
            wire.lanes.flush()
        else:
            getattr(wire, str(name))(*arguments)
    wire.finish()
    return wire


@given(st.lists(acts, max_size=120))
def test_what_an_account_sends_is_applied_in_its_order(script: list[tuple[object, ...]]) -> None:
    """Else a cancel would race ahead of its order, and be answered `order_not_found`."""
    wire = play(script)

    for account_id in range(1, 5):
        mine = {
            number
            for number, account, kind in wire.arrived
            if account == account_id and kind != OPERATION
        }
        applied = [number for number in wire.applied if number in mine]
        assert applied == sorted(applied)


@given(st.lists(acts, max_size=120))
def test_everything_is_applied_once_or_given_back(script: list[tuple[object, ...]]) -> None:
    wire = play(script)

    assert sorted(wire.applied + wire.given_back) == [number for number, _, _ in wire.arrived]


@given(st.lists(acts, max_size=120))
def test_cancels_are_given_back_only_when_refused_or_too_old(
    script: list[tuple[object, ...]],
) -> None:
    """Losing the engine sheds orders, never cancels."""
    script = [act for act in script if act[0] not in ("refuse", "expire")]
    wire = play(script)
    kinds = {number: kind for number, _, kind in wire.arrived}

    assert {kinds[number] for number in wire.given_back} <= {ORDER}


def test_a_cancel_overtakes_the_orders_of_others() -> None:
    """Alice's cancel is sent while Bob's orders fill lane two."""
    wire = Wire()
    wire.arrive(2, ORDER)
    wire.lanes.flush()
    for _ in range(5):
        wire.arrive(2, ORDER)
    wire.arrive(1, CANCEL)
    wire.finish()

    assert wire.applied == [1, 7, 2, 3, 4, 5, 6]


def test_a_cancel_travels_behind_the_orders_of_its_own_account() -> None:
    wire = Wire()
    wire.arrive(1, ORDER)
    wire.lanes.flush()
    wire.arrive(1, CANCEL)  # behind an order in flight
    wire.arrive(2, ORDER)
    wire.arrive(2, CANCEL)  # behind an order in the queue
    wire.finish()

    assert wire.applied == [1, 2, 3, 4]
    assert {lane for lane, _, _ in wire.sizes} == {2}


def test_a_cancel_is_first_again_once_the_orders_of_its_account_are_answered() -> None:
    wire = Wire()
    wire.arrive(1, ORDER)
    wire.lanes.flush()
    wire.answer()
    wire.arrive(1, CANCEL)
    wire.finish()

    assert [lane for lane, _, _ in wire.sizes] == [2, 1]


def test_a_batch_of_an_earlier_life_answers_nobody() -> None:
    """After a restart the events of the old gateway's last batch may still be on their way."""
    wire = Wire()
    wire.arrive(1, ORDER)
    wire.lanes.flush()
    of_old = EventsFrame(
        publisher_id=2,
        incarnation=2,
        batch_number=1,
        first_seq=1,
        count=1,
        clock_ms=0,
        events=b"",
    )

    assert wire.lanes.on_answer(of_old) == []
    wire.finish()


def test_an_order_waits_for_the_unsent_cancel_of_its_account() -> None:
    wire = Wire()
    wire.arrive(1, CANCEL)
    wire.lanes.flush()
    wire.arrive(1, CANCEL)  # unsent: lane one has a batch in flight
    wire.arrive(1, ORDER)
    wire.arrive(2, ORDER)
    wire.lanes.flush()
    assert len(wire.lanes.orders.in_flight) == 1, "only account 2 may go"
    wire.finish()

    assert wire.applied == [1, 4, 2, 3]


@pytest.mark.parametrize(
    ("has_cancels", "most"),
    [(False, BATCH_COMMANDS_MAX), (True, BATCH_COMMANDS_WITH_CANCELS_WAITING_MAX)],
)
def test_batches_are_short_while_cancels_wait(has_cancels: bool, most: int) -> None:
    """A cancel waits for at most one batch of lane two, so its size is the cancel's latency."""
    wire = Wire()
    wire.arrive(9, CANCEL)
    wire.lanes.flush()
    for _ in range(most + 1):
        wire.arrive(1, ORDER)
    if not has_cancels:
        wire.answer()
    wire.finish()

    assert [count for lane, count, _ in wire.sizes if lane == 2] == [most, 1]


def test_a_batch_that_could_not_be_sent_stays_in_the_queue() -> None:
    """The link may be lost between two looks at it; nothing is numbered then."""
    wire = Wire()
    for account_id in (1, 2):
        wire.arrive(account_id, CANCEL)
    for account_id in (3, 4):
        wire.arrive(account_id, ORDER)
    wire.is_up = False
    wire.lanes.flush()
    assert not wire.lanes.is_open
    wire.regain()
    wire.finish()

    assert wire.applied == [1, 2, 3, 4]
    assert wire.lanes.cancels.batch_number == wire.lanes.orders.batch_number == 1
