"""From events to answers: the entries that random trading rarely makes."""

from __future__ import annotations

import pytest

from seawall.core.model.events import BalanceChanged, CommandRejected, Event, InternalFault
from seawall.core.model.order_events import (
    AmendRejected,
    CancelRejected,
    MassCancelled,
    OrderCancelled,
)
from seawall.core.model.risk_events import (
    AlgoCancelled,
    AlgoRejected,
    FundingPaid,
    LeverageChanged,
)
from seawall.gateway.answers import EXECUTED, Answer, answer_of, answer_of_mass_cancel
from seawall.gateway.outcome import OutcomeNote, OutcomeStatus

ENDED = OrderCancelled(
    order_id=7, account_id=1, instrument_id=2, reason=0, quantity_open=3, was_resting=True
)
BALANCE = BalanceChanged(kind=0, account_id=1, asset_id=1, balance=5, held=0, instrument_id=0)
FUNDING = FundingPaid(account_id=1, instrument_id=2, amount=-3)
LEVERAGE = LeverageChanged(account_id=1, instrument_id=2, margin_mode=1, lever=5)
FAULT = InternalFault(account_id=1, instrument_id=2, command_type=1)


@pytest.mark.parametrize(
    ("events", "answer"),
    [
        ([], EXECUTED),
        ([BALANCE], EXECUTED),
        ([ENDED, BALANCE], Answer(OutcomeStatus.EXECUTED, order_id=7)),
        ([FAULT], Answer(OutcomeStatus.REJECTED, note=OutcomeNote.INTERNAL_FAULT)),
        ([CommandRejected(1, 2, 4, 104)], Answer(OutcomeStatus.REJECTED, reason=104)),
        ([CancelRejected(7, 1, 2, 300)], Answer(OutcomeStatus.REJECTED, reason=300, order_id=7)),
        # Funding that is settled on the way comes before what the command does.
        ([FUNDING, ENDED], Answer(OutcomeStatus.EXECUTED, order_id=7)),
        ([FUNDING, LEVERAGE], EXECUTED),
        ([AlgoRejected(1, 2, 213, b"")], Answer(OutcomeStatus.REJECTED, reason=213)),
        ([AlgoCancelled(9, 1, 2, 0)], Answer(OutcomeStatus.EXECUTED, order_id=9)),
        # The amend failed and its sender had asked to cancel then: it is still a failed amend.
        ([AmendRejected(7, 1, 2, 400), ENDED], Answer(OutcomeStatus.REJECTED, 400, 7)),
    ],
)
def test_the_first_event_decides(events: list[Event], answer: Answer) -> None:
    assert answer_of(events) == answer


@pytest.mark.parametrize(
    ("events", "answer"),
    [
        ([MassCancelled(1, 2, 0)], Answer(OutcomeStatus.EXECUTED)),
        ([ENDED, ENDED, MassCancelled(1, 2, 2)], Answer(OutcomeStatus.EXECUTED, cancelled=2)),
        ([CommandRejected(1, 2, 4, 104)], Answer(OutcomeStatus.REJECTED, reason=104)),
        ([FAULT], Answer(OutcomeStatus.REJECTED, note=OutcomeNote.INTERNAL_FAULT)),
    ],
)
def test_a_mass_cancel_is_answered_by_its_own_event(events: list[Event], answer: Answer) -> None:
    assert answer_of_mass_cancel(events) == answer
