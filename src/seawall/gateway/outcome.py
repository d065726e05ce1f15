"""How a request ended: executed, rejected, certainly not accepted, or unknown with a way to find
out.

Nothing is ever answered by guessing. `NOT_ACCEPTED` promises that nothing was appended to the
journal, so the client may send again; `UNKNOWN` says that the command left for the engine and no
answer came in time: the outcome endpoint resolves it later, because its events still reach the
maps.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class OutcomeStatus(StrEnum):
    """The four ends of a request."""

    EXECUTED = "executed"
    REJECTED = "rejected"
    NOT_ACCEPTED = "not_accepted"
    UNKNOWN = "unknown"


class OutcomeNote(StrEnum):
    """Why a request was not accepted or is unknown, or what is unusual about a reject."""

    NONE = ""
    ENGINE_UNREACHABLE = "engine_unreachable"  # unplanned: the engine does not answer
    PLANNED_STOP = "planned_stop"  # the engine said that it is stopping
    OVERLOADED = "overloaded"  # the queue is too old or too long
    EXPIRED_IN_QUEUE = "expired_in_queue"  # it waited longer than it was valid for
    NO_ANSWER = "no_answer"  # sent, and no answer in time
    INTERNAL_FAULT = "internal_fault"  # a bug was caught before it had an effect


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The end of one command.

    reason: a RejectReason when REJECTED, else 0.
    order_id: the order it made or touched, 0 when there is none.
    seq: where it stands in the journal, 0 when it does not or that is unknown.
    count: orders a mass cancel cancelled.
    in_time_us, out_time_us: when the gateway received it and had the answer (wall clock,
    microseconds).
    """

    status: OutcomeStatus
    reason: int = 0
    order_id: int = 0
    seq: int = 0
    count: int = 0
    in_time_us: int = 0
    out_time_us: int = 0
    note: OutcomeNote = OutcomeNote.NONE
