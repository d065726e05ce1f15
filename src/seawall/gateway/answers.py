"""From the events of an entry to the outcome of the command that it holds.

The first event that can answer a command decides: a refusal is an entry's only event of its
command, and of what an accepted command does only funding that is settled on the way comes before
its acceptance. A mass cancel is the exception: its cancels come first, and its own event, with the
count, after them.
"""

from __future__ import annotations

from typing import NamedTuple

from seawall.core.model.events import CommandRejected, Event, InternalFault
from seawall.core.model.order_events import (
    AmendRejected,
    CancelRejected,
    MassCancelled,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderRejected,
)
from seawall.core.model.risk_events import AlgoAccepted, AlgoCancelled, AlgoRejected
from seawall.gateway.outcome import OutcomeNote, OutcomeStatus


class Answer(NamedTuple):
    """What the journal says of one command."""

    status: OutcomeStatus
    reason: int = 0
    order_id: int = 0
    cancelled: int = 0
    note: OutcomeNote = OutcomeNote.NONE


ACCEPTED = (OrderAccepted, OrderCancelled, OrderAmended)
EXECUTED = Answer(OutcomeStatus.EXECUTED)
UNANSWERED = Answer(OutcomeStatus.UNKNOWN, note=OutcomeNote.NO_ANSWER)


def rejected(reason: int, order_id: int = 0) -> Answer:
    """Refused with a RejectReason."""
    return Answer(OutcomeStatus.REJECTED, reason=reason, order_id=order_id)


def not_accepted(note: OutcomeNote) -> Answer:
    """Nothing was appended, and why."""
    return Answer(OutcomeStatus.NOT_ACCEPTED, note=note)


def answer_of(events: list[Event]) -> Answer:
    """The answer to a command whose entry had these events; operations may have none."""
    for event in events:
        if isinstance(event, ACCEPTED):
            return Answer(OutcomeStatus.EXECUTED, order_id=event.order_id)
        if isinstance(event, AlgoAccepted | AlgoCancelled):
            return Answer(OutcomeStatus.EXECUTED, order_id=event.algo_id)
        if isinstance(event, OrderRejected | AlgoRejected | CommandRejected):
            return Answer(OutcomeStatus.REJECTED, reason=event.reason)
        if isinstance(event, CancelRejected | AmendRejected):
            return Answer(OutcomeStatus.REJECTED, reason=event.reason, order_id=event.order_id)
        if isinstance(event, InternalFault):
            return Answer(OutcomeStatus.REJECTED, note=OutcomeNote.INTERNAL_FAULT)
    return EXECUTED


def answer_of_mass_cancel(events: list[Event]) -> Answer:
    """The answer to a mass cancel: how many orders it ended."""
    for event in events:
        if isinstance(event, MassCancelled):
            return Answer(OutcomeStatus.EXECUTED, cancelled=event.cancelled)
    return answer_of(events)
