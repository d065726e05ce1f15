"""Commands that wait for the journal's word, and telling their senders.

Remembers which new orders are pending by client id (for the outcome endpoint), and which cancels
are,
so that an order has at most one cancel on its way: that is what bounds lane one without shedding.
"""

from __future__ import annotations

from seawall.core.model.events import EntryEvents
from seawall.core.model.rejects import RejectReason
from seawall.gateway.answers import (
    EXECUTED,
    Answer,
    answer_of,
    answer_of_mass_cancel,
    rejected,
)
from seawall.gateway.limits import REDUCES_PER_ACCOUNT_MAX, UNKNOWN_CANCELS_PER_ACCOUNT_MAX
from seawall.gateway.outcome import OutcomeStatus
from seawall.gateway.pending import Pending
from seawall.gateway.views import PendingView

UNKNOWN_ORDER = -1  # the target of a cancel whose order the maps do not know, and of a mass cancel


class WaitingRoom:
    """What is queued or in flight, by what it names."""

    def __init__(self) -> None:
        self._new_orders: dict[tuple[int, bytes], Pending] = {}  # by account and client id
        self._cancels: dict[int, Pending] = {}  # by the id of the open order
        self._unknown_cancels: dict[int, int] = {}  # account: how many
        self._reduces: dict[int, int] = {}  # account: how many were let in while others were shed

    def enter_order(self, pending: Pending) -> None:
        """A new order is on its way."""
        if pending.client_id:
            self._new_orders[(pending.account_id, pending.client_id)] = pending

    def enter_cancel(self, pending: Pending) -> None:
        """A cancel is on its way; `has_room_for_unknown` or `cancel_of` was asked before."""
        if pending.target == UNKNOWN_ORDER:
            unknown = self._unknown_cancels.get(pending.account_id, 0)
            self._unknown_cancels[pending.account_id] = unknown + 1
        else:
            assert pending.target not in self._cancels
            self._cancels[pending.target] = pending

    def has_room_for_unknown(self, account_id: int) -> bool:
        """Whether another cancel of an order that the maps do not know may be sent."""
        return self._unknown_cancels.get(account_id, 0) < UNKNOWN_CANCELS_PER_ACCOUNT_MAX

    def enter_reduce(self, pending: Pending) -> None:
        """Something that lowers risk was let in while others are shed."""
        self._reduces[pending.account_id] = self._reduces.get(pending.account_id, 0) + 1

    def has_room_for_reduce(self, account_id: int) -> bool:
        """Whether the account may send another one."""
        return self._reduces.get(account_id, 0) < REDUCES_PER_ACCOUNT_MAX

    def cancel_of(self, order_id: int) -> Pending | None:
        """The cancel of this open order that is on its way."""
        return self._cancels.get(order_id)

    def pending_order(self, account_id: int, client_id: bytes) -> PendingView | None:
        """The new order with this client id that waits for its outcome."""
        pending = self._new_orders.get((account_id, client_id))
        if pending is None:
            return None
        return PendingView(
            account_id=account_id,
            instrument_id=pending.instrument_id,
            client_id=client_id,
            received_ns=pending.stamp_ns,
        )

    def settle_batch(
        self, batch: list[Pending], *, first_seq: int, entries: list[EntryEvents], now_ns: int
    ) -> None:
        """The batch was applied from `first_seq` on; `entries` are those that had events."""
        events_of = {entry.seq: entry.events for entry in entries}
        for index, pending in enumerate(batch):
            seq = first_seq + index
            events = events_of.get(seq)
            if events is None:
                answer = EXECUTED
            elif pending.is_mass_cancel:
                answer = answer_of_mass_cancel(events)
            else:
                answer = answer_of(events)
            self.settle(pending, answer, seq=seq, now_ns=now_ns)

    def settle(self, pending: Pending, answer: Answer, *, seq: int, now_ns: int) -> None:
        """The last word on a command: forget that it was pending, and tell its sender."""
        account_id = pending.account_id
        if pending.is_reducing:
            self._forget_reduce(account_id)
        if pending.client_id:
            key = (account_id, pending.client_id)
            if self._new_orders.get(key) is pending:
                del self._new_orders[key]
        elif pending.target == UNKNOWN_ORDER:
            left = self._unknown_cancels[account_id] - 1
            if left:
                self._unknown_cancels[account_id] = left
            else:
                del self._unknown_cancels[account_id]
        elif pending.target:
            del self._cancels[pending.target]
        tell_all(pending, answer, seq=seq, now_ns=now_ns)

    def _forget_reduce(self, account_id: int) -> None:
        left = self._reduces[account_id] - 1
        if left:
            self._reduces[account_id] = left
        else:
            del self._reduces[account_id]


def tell_all(pending: Pending, answer: Answer, *, seq: int, now_ns: int) -> None:
    """Tell the sender of a command, and those who wished the same cancel after him."""
    pending.request.settle(pending.index, answer, seq=seq, now_ns=now_ns)
    if pending.followers:
        if answer.status is OutcomeStatus.EXECUTED:
            answer = rejected(RejectReason.ORDER_DONE, answer.order_id)
        for request, index in pending.followers:
            request.settle(index, answer, seq=seq, now_ns=now_ns)
        pending.followers = []
