"""What is not accepted, what is unknown, and what waits: overload, lost engines, planned stops."""

from __future__ import annotations

import asyncio

import pytest

from seawall.core.model.commands import (
    OpenAccount,
)
from seawall.core.model.rejects import RejectReason
from seawall.gateway import (
    OrderView,
    OutcomeNote,
    OutcomeStatus,
    PendingView,
)
from seawall.gateway.limits import ANSWER_NS_MAX, QUEUE_AGE_NS_MAX, UNKNOWN_CANCELS_PER_ACCOUNT_MAX
from tests.gateway.desk import open_desk, turns
from tests.gateway.venue import (
    ALICE,
    BOB,
    WallClock,
    cancel,
    limit,
)

# A wish that is never answered must turn a test red, not keep it waiting.
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(30)]


async def test_what_was_sent_and_not_answered_is_unknown_and_later_resolved() -> None:
    """The outcome endpoint says pending, then the truth, whatever the client was told."""
    clock = WallClock()
    desk = await open_desk(clock, is_prompt=False)
    request = asyncio.ensure_future(desk.gateway.place([limit(ALICE, client_id=b"a1")]))
    await turns()

    clock.ns += ANSWER_NS_MAX
    desk.gateway.sweep()
    await turns()
    assert not request.done()
    clock.ns += 1
    desk.gateway.sweep()
    (outcome,) = await request

    assert (outcome.status, outcome.note) == (OutcomeStatus.UNKNOWN, OutcomeNote.NO_ANSWER)
    assert isinstance(desk.gateway.outcome_of(ALICE, b"a1"), PendingView)
    desk.answer()
    assert isinstance(desk.gateway.outcome_of(ALICE, b"a1"), OrderView)
    assert desk.gateway.accounts.count_open_orders(ALICE) == 1


@pytest.mark.parametrize("is_planned", [True, False])
async def test_a_refused_batch_was_not_accepted_and_its_number_is_used_again(
    is_planned: bool,
) -> None:
    desk = await open_desk(is_prompt=False)
    first = asyncio.ensure_future(desk.gateway.place([limit(ALICE, client_id=b"a1")]))
    await turns()
    desk.refuse(is_planned=is_planned)
    (refused,) = await first
    second = asyncio.ensure_future(desk.gateway.place([limit(ALICE, client_id=b"a1")]))
    await turns()
    desk.answer()
    (accepted,) = await second

    note = OutcomeNote.PLANNED_STOP if is_planned else OutcomeNote.ENGINE_UNREACHABLE
    assert (refused.status, refused.note) == (OutcomeStatus.NOT_ACCEPTED, note)
    assert accepted.status is OutcomeStatus.EXECUTED
    assert desk.ledger.engine.last_batch(2) == (1, 1)


async def test_while_the_engine_is_away_orders_are_not_accepted_and_cancels_wait() -> None:
    desk = await open_desk()
    (placed,) = await desk.gateway.place([limit(ALICE)])
    desk.lose()

    (refused,) = await desk.gateway.place([limit(BOB, client_id=b"b1")])
    waiting = asyncio.ensure_future(desk.gateway.cancel([cancel(ALICE, placed.order_id)]))
    await turns()
    assert not waiting.done()
    desk.regain()
    (cancelled,) = await waiting

    assert (refused.status, refused.note) == (
        OutcomeStatus.NOT_ACCEPTED,
        OutcomeNote.ENGINE_UNREACHABLE,
    )
    assert desk.gateway.outcome_of(BOB, b"b1") is None
    assert cancelled.status is OutcomeStatus.EXECUTED


async def test_a_cancel_that_never_left_is_not_accepted_in_the_end() -> None:
    clock = WallClock()
    desk = await open_desk(clock)
    (placed,) = await desk.gateway.place([limit(ALICE)])
    desk.lose()
    waiting = asyncio.ensure_future(desk.gateway.cancel([cancel(ALICE, placed.order_id)]))
    await turns()
    clock.ns += ANSWER_NS_MAX + 1
    desk.gateway.sweep()
    (outcome,) = await waiting

    assert outcome.status is OutcomeStatus.NOT_ACCEPTED
    desk.regain()
    await turns()
    assert desk.gateway.accounts.count_open_orders(ALICE) == 1, "nothing was sent after all"


async def test_orders_queued_when_the_engine_goes_are_given_back_at_once() -> None:
    desk = await open_desk(is_prompt=False)
    in_flight = asyncio.ensure_future(desk.gateway.place([limit(ALICE)]))
    await turns()
    queued = asyncio.ensure_future(desk.gateway.place([limit(BOB)]))
    await turns()

    desk.lose()
    (given_back,) = await queued
    desk.regain()
    desk.answer()
    (executed,) = await in_flight

    assert given_back.status is OutcomeStatus.NOT_ACCEPTED
    assert executed.status is OutcomeStatus.EXECUTED
    assert desk.ledger.engine.seq == executed.seq


async def test_an_old_queue_sheds_orders_but_never_cancels() -> None:
    """Admission is by the age of the queue, at the limit and one above."""
    clock = WallClock()
    desk = await open_desk(clock)
    (placed,) = await desk.gateway.place([limit(ALICE)])
    desk.is_prompt = False
    waiting = [asyncio.ensure_future(desk.gateway.place([limit(BOB)]))]
    await turns()
    waiting.append(asyncio.ensure_future(desk.gateway.place([limit(BOB)])))
    await turns()

    clock.ns += QUEUE_AGE_NS_MAX
    waiting.append(asyncio.ensure_future(desk.gateway.place([limit(BOB)])))
    await turns()
    assert not waiting[-1].done()
    clock.ns += 1
    (shed,) = await desk.gateway.place([limit(BOB)])
    waiting.append(asyncio.ensure_future(desk.gateway.cancel([cancel(ALICE, placed.order_id)])))
    await turns()
    while desk.sent:
        desk.answer()
    answered = [outcome for request in waiting for outcome in await request]

    assert (shed.status, shed.note) == (OutcomeStatus.NOT_ACCEPTED, OutcomeNote.OVERLOADED)
    assert {outcome.status for outcome in answered} == {OutcomeStatus.EXECUTED}


async def test_an_order_that_waited_longer_than_it_is_valid_is_never_sent() -> None:
    clock = WallClock()
    desk = await open_desk(clock, is_prompt=False)
    first = asyncio.ensure_future(desk.gateway.place([limit(ALICE)]))
    await turns()
    second = asyncio.ensure_future(desk.gateway.place([limit(ALICE, valid_for_ms=50)]))
    await turns()
    clock.advance_ms(51)
    desk.gateway.sweep()
    (expired,) = await second
    desk.answer()
    await first

    assert (expired.status, expired.note) == (
        OutcomeStatus.NOT_ACCEPTED,
        OutcomeNote.EXPIRED_IN_QUEUE,
    )
    assert not desk.sent


async def test_cancels_of_orders_that_nobody_knows_are_bounded() -> None:
    """Lane one is bounded by live orders; this is the bound for inventions."""
    desk = await open_desk(is_prompt=False)
    most = UNKNOWN_CANCELS_PER_ACCOUNT_MAX
    waiting = asyncio.ensure_future(
        desk.gateway.cancel([cancel(ALICE, 4096 + index) for index in range(most)])
    )
    await turns()

    (above,) = await desk.gateway.cancel([cancel(ALICE, client_id=b"x")])
    desk.is_prompt = True
    desk.answer()
    outcomes = await waiting
    (after,) = await desk.gateway.cancel([cancel(ALICE, client_id=b"x")])

    assert (above.status, above.note) == (OutcomeStatus.NOT_ACCEPTED, OutcomeNote.OVERLOADED)
    assert {outcome.status for outcome in outcomes} == {OutcomeStatus.REJECTED}
    assert after.reason == RejectReason.ORDER_NOT_FOUND


async def test_a_gateway_that_has_not_started_accepts_nothing() -> None:
    desk = await open_desk()
    desk.lose()

    (outcome,) = await desk.gateway.operate([OpenAccount(account_id=77, owner_id=77, fee_tier=0)])

    assert not desk.gateway.is_accepting
    assert (outcome.status, outcome.note) == (
        OutcomeStatus.NOT_ACCEPTED,
        OutcomeNote.ENGINE_UNREACHABLE,
    )
