"""Three lanes to the engine: in order for each account, exactly once, cancels first.

Each lane is a publisher of its own with one batch in flight. Lane one carries cancels, lane two the
other commands of accounts, lane three operations. The laws, which tests check on random traffic:

- What one account sends is applied in the order in which it arrived. A cancel travels in lane two
  when anything of its account is queued or in flight there; a command for lane two stays back
  while a cancel of its account waits unsent in lane one.
- So a cancel overtakes only the commands of other accounts.
- A batch that was sent waits for its answer, however long the engine is away. The link sends it
  again, the same bytes, if the engine never applied it: lane one first, because the lanes said
  hello in that order, and nothing of an account in lane two can have been sent before its cancel
  in lane one.

This module knows no clock and no event loop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from seawall.core.model.batch import encode_batch
from seawall.gateway.limits import (
    BATCH_COMMANDS_MAX,
    BATCH_COMMANDS_WITH_CANCELS_WAITING_MAX,
)
from seawall.gateway.pending import Pending
from seawall.journal.frames import EventsFrame, Refused

CANCELS_PUBLISHER = 1
ORDERS_PUBLISHER = 2
OPERATIONS_PUBLISHER = 3
NS_PER_MS = 1_000_000


class Lane:
    """One publisher: a queue, and at most one batch of which the engine's answer is awaited."""

    __slots__ = ("batch_number", "in_flight", "incarnation", "publisher_id", "queue")

    def __init__(self, publisher_id: int) -> None:
        self.publisher_id = publisher_id
        self.incarnation = 0  # 0 until the engine has given one
        self.batch_number = 0  # the newest that was sent
        self.queue: deque[Pending] = deque()
        self.in_flight: list[Pending] = []

    def is_answer(self, frame: EventsFrame | Refused) -> bool:
        """Whether the frame speaks of the batch in flight."""
        return (
            bool(self.in_flight)
            and frame.batch_number == self.batch_number
            and frame.incarnation == self.incarnation
            and frame.publisher_id == self.publisher_id
        )


class Lanes:
    """The lanes together.

    send: hands the bytes of a batch over, to be applied exactly once or refused; False when
    nothing was sent. It must not block.
    """

    def __init__(self, *, shard: int, send: Callable[[bytes], bool]) -> None:
        self._shard = shard
        self._send = send
        self._is_open = False
        self.cancels = Lane(CANCELS_PUBLISHER)
        self.orders = Lane(ORDERS_PUBLISHER)
        self.operations = Lane(OPERATIONS_PUBLISHER)
        self.all = (self.cancels, self.orders, self.operations)  # in the order of their hello
        self._in_orders: dict[int, int] = {}  # account: commands queued or in flight in lane two
        self._cancels_unsent: dict[int, int] = {}  # account: cancels queued in lane one

    @property
    def is_open(self) -> bool:
        """Whether batches may be sent."""
        return self._is_open

    def add_order(self, pending: Pending) -> None:
        """Queue anything of an account that is not a cancel."""
        account_id = pending.account_id
        self._in_orders[account_id] = self._in_orders.get(account_id, 0) + 1
        self.orders.queue.append(pending)

    def add_cancel(self, pending: Pending) -> None:
        """Queue a cancel: first in line, unless its account has something in lane two."""
        account_id = pending.account_id
        if account_id in self._in_orders:
            self.add_order(pending)
            return
        self._cancels_unsent[account_id] = self._cancels_unsent.get(account_id, 0) + 1
        self.cancels.queue.append(pending)

    def add_operation(self, pending: Pending) -> None:
        """Queue an act of the venue itself."""
        self.operations.queue.append(pending)

    def is_idle(self) -> bool:
        """Whether nothing is queued and nothing in flight."""
        return not any(lane.queue or lane.in_flight for lane in self.all)

    def flush(self) -> None:
        """Send what may be sent: a batch of each lane that awaits no answer."""
        if not self._is_open:
            return
        if self.cancels.queue and not self.cancels.in_flight:
            self._publish(self.cancels, _take(self.cancels.queue, BATCH_COMMANDS_MAX))
        if self.orders.queue and not self.orders.in_flight:
            self._publish(self.orders, self._take_orders())
        if self.operations.queue and not self.operations.in_flight:
            self._publish(self.operations, _take(self.operations.queue, BATCH_COMMANDS_MAX))

    def on_answer(self, frame: EventsFrame | Refused) -> list[Pending]:
        """The commands of ours that the frame answers, in order; empty when it is somebody
        else's.
        """
        for lane in self.all:
            if lane.is_answer(frame):
                if isinstance(frame, Refused):
                    lane.batch_number -= 1  # nothing was appended: the number is free again
                return self._take_in_flight(lane)
        return []

    def open(self) -> None:
        """The engine is there, and every lane has its incarnation: send what waits."""
        assert all(lane.incarnation > 0 for lane in self.all)
        self._is_open = True
        self.flush()

    def close(self) -> None:
        """Stop sending; what is in flight goes on waiting."""
        self._is_open = False

    def take_back_orders(self) -> list[Pending]:
        """Take back what is queued in lane two and was never sent, except cancels."""
        return self._take_back(lambda pending: pending.valid_for_ms > 0)

    def take_back_expired(self, now_ns: int, *, age_ns_max: int) -> list[Pending]:
        """Take back what is queued and no longer valid, or older than `age_ns_max`."""

        def is_expired(pending: Pending) -> bool:
            age_ns = now_ns - pending.stamp_ns
            return age_ns > age_ns_max or 0 < pending.valid_for_ms * NS_PER_MS < age_ns

        return self._take_back(is_expired)

    def _take_back(self, is_unwanted: Callable[[Pending], bool]) -> list[Pending]:
        taken: list[Pending] = []
        for lane in self.all:
            found = [pending for pending in lane.queue if is_unwanted(pending)]
            if not found:
                continue
            lane.queue = deque(pending for pending in lane.queue if not is_unwanted(pending))
            for pending in found:
                if lane is self.cancels:
                    _decrement(self._cancels_unsent, pending.account_id)
                elif lane is self.orders:
                    _decrement(self._in_orders, pending.account_id)
            taken += found
        return taken

    def _take_orders(self) -> list[Pending]:
        queue = self.orders.queue
        if not self.cancels.queue and not self.cancels.in_flight:
            return _take(queue, BATCH_COMMANDS_MAX)
        unsent = self._cancels_unsent
        taken: list[Pending] = []
        held: list[Pending] = []
        while queue and len(taken) < BATCH_COMMANDS_WITH_CANCELS_WAITING_MAX:
            pending = queue.popleft()
            (held if pending.account_id in unsent else taken).append(pending)
        queue.extendleft(reversed(held))
        return taken

    def _take_in_flight(self, lane: Lane) -> list[Pending]:
        pending, lane.in_flight = lane.in_flight, []
        if lane is self.orders:
            for one in pending:
                _decrement(self._in_orders, one.account_id)
        return pending

    def _publish(self, lane: Lane, batch: list[Pending]) -> None:
        if not batch:
            return
        data = encode_batch(
            shard=self._shard,
            publisher_id=lane.publisher_id,
            incarnation=lane.incarnation,
            batch_number=lane.batch_number + 1,
            stamps_ns=[pending.stamp_ns for pending in batch],
            commands=[pending.data for pending in batch],
        )
        if not self._send(data):
            lane.queue.extendleft(reversed(batch))
            self.close()
            return
        lane.batch_number += 1
        lane.in_flight = batch
        if lane is self.cancels:
            for pending in batch:
                _decrement(self._cancels_unsent, pending.account_id)


def _take(queue: deque[Pending], limit: int) -> list[Pending]:
    if len(queue) <= limit:
        taken = list(queue)
        queue.clear()
        return taken
    return [queue.popleft() for _ in range(limit)]


def _decrement(counts: dict[int, int], key: int) -> None:
    left = counts[key] - 1
    if left:
        counts[key] = left
    else:
        del counts[key]
