"""What becomes of a wish: executed, rejected, not accepted, unknown, and never a guess."""

from __future__ import annotations

import asyncio

import pytest

from seawall.core.model.commands import (
    AmendOrder,
    MassCancel,
    OpenAccount,
    PlaceOrder,
    TransferFunds,
)
from seawall.core.model.enums import LedgerKind, OrderType, Side, TimeInForce
from seawall.core.model.rejects import RejectReason
from seawall.gateway import (
    OrderState,
    OrderView,
    Outcome,
    OutcomeNote,
    OutcomeStatus,
    PendingView,
    RejectionView,
)
from seawall.gateway.limits import ANSWER_NS_MAX, QUEUE_AGE_NS_MAX, UNKNOWN_CANCELS_PER_ACCOUNT_MAX
from tests.gateway.desk import open_desk, turns
from tests.gateway.venue import (
    ALICE,
    BOB,
    BTC,
    BTC_USDT,
    ETH_USDT,
    NOW_MS,
    USDT,
    WallClock,
    cancel,
    limit,
)

pytestmark = pytest.mark.anyio


async def test_an_order_is_executed_and_its_sender_sees_it_at_once() -> None:
    desk = await open_desk()
    gateway = desk.gateway

    (outcome,) = await gateway.place([limit(ALICE, client_id=b"a1", tag=b"bot7")])

    order = gateway.accounts.order(ALICE, outcome.order_id)
    assert outcome.status is OutcomeStatus.EXECUTED
    assert outcome.seq == gateway.applied_seq == desk.ledger.engine.seq
    assert order is not None
    assert (order.client_id, order.tag, order.state) == (b"a1", b"bot7", OrderState.LIVE)
    assert gateway.accounts.balance(ALICE, asset_id=USDT).held == 100 * 5 * 1_000


async def test_an_order_that_the_engine_refuses_says_why() -> None:
    desk = await open_desk()

    (outcome,) = await desk.gateway.place([limit(ALICE, price=0, client_id=b"a1")])

    assert (outcome.status, outcome.reason) == (OutcomeStatus.REJECTED, RejectReason.BAD_PRICE)
    found = desk.gateway.outcome_of(ALICE, b"a1")
    assert isinstance(found, RejectionView)
    assert found.reason == RejectReason.BAD_PRICE


async def test_a_request_of_many_orders_is_one_batch_and_keeps_its_order() -> None:
    desk = await open_desk()
    orders = [limit(ALICE, price=price) for price in (100, 0, 101, 102)]

    outcomes = await desk.gateway.place(orders)

    assert [OutcomeStatus.EXECUTED] * 3 == [
        outcome.status for outcome in outcomes if outcome.reason == 0
    ]
    assert outcomes[1].reason == RejectReason.BAD_PRICE
    assert [one.seq for one in outcomes] == list(range(outcomes[0].seq, outcomes[0].seq + 4))
    assert len(desk.all_sent) == 1


async def test_wishes_that_arrive_in_one_turn_travel_together() -> None:
    desk = await open_desk()

    await asyncio.gather(*(desk.gateway.place([limit(ALICE)]) for _ in range(10)))

    assert len(desk.all_sent) == 1


async def test_an_amend_and_a_transfer_are_answered() -> None:
    desk = await open_desk()
    gateway = desk.gateway
    (placed,) = await gateway.place([limit(ALICE)])

    (amended,) = await gateway.amend(
        [
            AmendOrder(
                account_id=ALICE,
                instrument_id=BTC_USDT,
                order_id=placed.order_id,
                new_price=90,
                new_quantity=7,
            )
        ]
    )
    moved = await gateway.transfer(
        TransferFunds(account_id=ALICE, asset_id=BTC, amount=10**8, to_trading=False)
    )
    refused = await gateway.transfer(
        TransferFunds(account_id=ALICE, asset_id=BTC, amount=10**18, to_trading=False)
    )

    assert (amended.status, amended.order_id) == (OutcomeStatus.EXECUTED, placed.order_id)
    order = gateway.accounts.order(ALICE, placed.order_id)
    assert order is not None
    assert (order.limit_price, order.quantity, order.quantity_open) == (90, 7, 7)
    assert moved.status is OutcomeStatus.EXECUTED
    funding = gateway.accounts.balance(ALICE, asset_id=BTC, kind=LedgerKind.FUNDING)
    assert funding.balance == funding.available == 10**8
    assert (refused.status, refused.reason) == (
        OutcomeStatus.REJECTED,
        RejectReason.INSUFFICIENT_BALANCE,
    )


async def test_a_mass_cancel_says_how_many_orders_it_ended() -> None:
    desk = await open_desk()
    await desk.gateway.place([limit(ALICE), limit(ALICE), limit(ALICE, instrument_id=ETH_USDT)])

    one = await desk.gateway.mass_cancel(MassCancel(account_id=ALICE, instrument_id=BTC_USDT))
    rest = await desk.gateway.mass_cancel(MassCancel(account_id=ALICE))

    assert [(one.status, one.count), (rest.status, rest.count)] == [
        (OutcomeStatus.EXECUTED, 2),
        (OutcomeStatus.EXECUTED, 1),
    ]
    assert desk.gateway.accounts.open_orders(ALICE) == []


async def test_an_operation_is_answered_also_when_it_is_refused() -> None:
    desk = await open_desk()

    opened, again = await desk.gateway.operate(
        [OpenAccount(account_id=77, owner_id=77, fee_tier=0)] * 2
    )

    assert opened.status is OutcomeStatus.EXECUTED
    assert (again.status, again.reason) == (OutcomeStatus.REJECTED, RejectReason.ACCOUNT_EXISTS)
    account = desk.gateway.accounts.account(77)
    assert account is not None
    assert account.owner_id == 77


async def test_a_client_id_is_refused_while_its_order_lives_and_after() -> None:
    """A client that retries must not trade twice; the gateway's memory outlives the engine's."""
    clock = WallClock()
    desk = await open_desk(clock)
    gateway = desk.gateway
    (first,) = await gateway.place([limit(ALICE, client_id=b"once")])
    (while_open,) = await gateway.place([limit(ALICE, client_id=b"once")])
    await gateway.cancel([cancel(ALICE, first.order_id)])
    for _ in range(5):  # far beyond the ten minutes of the engine
        clock.advance_ms(3_600_000)
        desk.tell(desk.ledger.beat(clock.ns // 1_000_000))
    sent = len(desk.all_sent)

    (after_hours,) = await gateway.place([limit(ALICE, client_id=b"once")])
    (other_account,) = await gateway.place([limit(BOB, client_id=b"once")])

    for outcome in (while_open, after_hours):
        assert outcome.status is OutcomeStatus.REJECTED
        assert outcome.reason == RejectReason.DUPLICATE_CLIENT_ORDER_ID
    assert other_account.reason != RejectReason.DUPLICATE_CLIENT_ORDER_ID
    assert len(desk.all_sent) == sent + 1, "the duplicate was not appended"


async def test_of_two_requests_in_flight_with_one_client_id_the_second_is_refused() -> None:
    desk = await open_desk()

    (first,), (second,) = await asyncio.gather(
        desk.gateway.place([limit(ALICE, client_id=b"same")]),
        desk.gateway.place([limit(ALICE, client_id=b"same")]),
    )

    assert first.status is OutcomeStatus.EXECUTED
    assert second.reason == RejectReason.DUPLICATE_CLIENT_ORDER_ID
    found = desk.gateway.outcome_of(ALICE, b"same")
    assert isinstance(found, OrderView)
    assert found.order_id == first.order_id


async def test_a_refused_order_leaves_its_client_id_free() -> None:
    desk = await open_desk()
    await desk.gateway.place([limit(ALICE, price=0, client_id=b"a1")])

    (outcome,) = await desk.gateway.place([limit(ALICE, client_id=b"a1")])

    assert outcome.status is OutcomeStatus.EXECUTED
    assert isinstance(desk.gateway.outcome_of(ALICE, b"a1"), OrderView)


async def test_what_was_sent_and_not_answered_is_unknown_and_later_resolved() -> None:
    """The outcome endpoint says pending, then the truth, whatever the client was told."""
    clock = WallClock()
    desk = await open_desk(clock, is_prompt=False)
    request = asyncio.ensure_future(desk.gateway.place([limit(ALICE, client_id=b"a1")]))
    await turns()

    clock.ns += ANSWER_NS_MAX
    desk.gateway.sweep()
    assert not request.done()
    clock.ns += 1
    desk.gateway.sweep()
    (outcome,) = await request

    assert (outcome.status, outcome.note) == (OutcomeStatus.UNKNOWN, OutcomeNote.NO_ANSWER)
    assert isinstance(desk.gateway.outcome_of(ALICE, b"a1"), PendingView)
    desk.answer()
    assert isinstance(desk.gateway.outcome_of(ALICE, b"a1"), OrderView)
    assert desk.gateway.accounts.count_open_orders(ALICE) == 1


async def test_a_client_that_hangs_up_leaves_its_order_in_the_maps() -> None:
    desk = await open_desk(is_prompt=False)
    request = asyncio.ensure_future(desk.gateway.place([limit(ALICE, client_id=b"a1")]))
    await turns()
    request.cancel()
    await turns()

    desk.answer()

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


async def test_a_cancel_of_an_order_known_to_be_gone_is_answered_without_the_engine() -> None:
    desk = await open_desk()
    (placed,) = await desk.gateway.place([limit(ALICE, client_id=b"a1")])
    await desk.gateway.cancel([cancel(ALICE, placed.order_id)])
    sent = len(desk.all_sent)

    by_id, by_client_id = await desk.gateway.cancel(
        [cancel(ALICE, placed.order_id), cancel(ALICE, client_id=b"a1")]
    )

    for outcome in (by_id, by_client_id):
        assert (outcome.status, outcome.reason, outcome.order_id) == (
            OutcomeStatus.REJECTED,
            RejectReason.ORDER_DONE,
            placed.order_id,
        )
    assert len(desk.all_sent) == sent


async def test_an_order_has_one_cancel_on_its_way_and_the_next_learns_what_came_of_it() -> None:
    desk = await open_desk()
    (placed,) = await desk.gateway.place([limit(ALICE, client_id=b"a1")])
    seq = desk.ledger.engine.seq

    first, second, third = await desk.gateway.cancel(
        [
            cancel(ALICE, placed.order_id),
            cancel(ALICE, placed.order_id),
            cancel(ALICE, client_id=b"a1"),
        ]
    )

    assert first.status is OutcomeStatus.EXECUTED
    for outcome in (second, third):
        assert (outcome.status, outcome.reason) == (
            OutcomeStatus.REJECTED,
            RejectReason.ORDER_DONE,
        )
    assert desk.ledger.engine.seq == seq + 1


async def test_nobody_cancels_or_sees_the_order_of_another() -> None:
    desk = await open_desk()
    (placed,) = await desk.gateway.place([limit(ALICE, client_id=b"a1")])

    (outcome,) = await desk.gateway.cancel([cancel(BOB, placed.order_id)])
    (elsewhere,) = await desk.gateway.cancel(
        [cancel(ALICE, placed.order_id, instrument_id=ETH_USDT)]
    )

    assert outcome.reason == elsewhere.reason == RejectReason.ORDER_NOT_FOUND
    assert desk.gateway.accounts.order(BOB, placed.order_id) is None
    assert desk.gateway.outcome_of(BOB, b"a1") is None


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


BAD_ORDERS = {
    "side": limit(ALICE, side=2),
    "negative side": limit(ALICE, side=-1),
    "time in force": limit(ALICE, time_in_force=5),
    "client id too long": limit(ALICE, client_id=b"a" * 33),
    "client id with a zero": limit(ALICE, client_id=b"a\0"),
    "client id with a hyphen": limit(ALICE, client_id=b"a-1"),
    "tag too long": limit(ALICE, tag=b"t" * 17),
    "price beyond a word": limit(ALICE, price=2**63),
    "negative price beyond a word": limit(ALICE, price=-(2**63)),
    "quantity beyond a word": limit(ALICE, quantity=2**63),
    "negative account": limit(-1),
    "account too large": limit(2**31),
    "instrument too large": limit(ALICE, instrument_id=2**16),
    "negative instrument": limit(ALICE, instrument_id=-1),
    "negative validity": limit(ALICE, valid_for_ms=-1),
    "validity too long": limit(ALICE, valid_for_ms=60_001),
    "sized twice": PlaceOrder(
        account_id=ALICE,
        instrument_id=BTC_USDT,
        side=Side.BUY,
        order_type=OrderType.MARKET,
        limit_price=0,
        quantity=5,
        quote_amount=5,
        time_in_force=TimeInForce.IOC,
    ),
}


@pytest.mark.parametrize("name", BAD_ORDERS)
async def test_what_cannot_be_encoded_as_meant_is_refused_and_nothing_is_appended(
    name: str,
) -> None:
    desk = await open_desk()

    (outcome,) = await desk.gateway.place([BAD_ORDERS[name]])

    assert outcome.status is OutcomeStatus.REJECTED
    assert outcome.reason != 0
    assert not desk.all_sent


async def test_amends_cancels_and_transfers_out_of_range_are_refused_too() -> None:
    desk = await open_desk()
    gateway = desk.gateway
    outcomes: list[Outcome] = []
    outcomes += await gateway.amend(
        [
            AmendOrder(account_id=2**31, instrument_id=BTC_USDT),
            AmendOrder(account_id=ALICE, instrument_id=2**16),
            AmendOrder(account_id=ALICE, instrument_id=BTC_USDT, order_id=2**63),
            AmendOrder(account_id=ALICE, instrument_id=BTC_USDT, new_price=2**63),
            AmendOrder(account_id=ALICE, instrument_id=BTC_USDT, new_quantity=2**63),
            AmendOrder(account_id=ALICE, instrument_id=BTC_USDT, client_id=b"c" * 33),
            AmendOrder(account_id=ALICE, instrument_id=BTC_USDT, valid_for_ms=60_001),
        ]
    )
    outcomes += await gateway.cancel(
        [
            cancel(2**31, 1),
            cancel(ALICE, 2**63),
            cancel(ALICE, -1),
            cancel(ALICE, client_id=b"c" * 33),
            cancel(ALICE, 1, instrument_id=2**16),
        ]
    )
    for command in (
        MassCancel(account_id=2**31),
        MassCancel(account_id=ALICE, instrument_id=2**16),
        MassCancel(account_id=ALICE, side=3),
    ):
        outcomes.append(await gateway.mass_cancel(command))
    for account_id, asset_id, amount in ((2**31, BTC, 1), (ALICE, 2**16, 1), (ALICE, BTC, 2**63)):
        outcomes.append(
            await gateway.transfer(
                TransferFunds(
                    account_id=account_id, asset_id=asset_id, amount=amount, to_trading=True
                )
            )
        )

    assert {outcome.status for outcome in outcomes} == {OutcomeStatus.REJECTED}
    assert not desk.all_sent


async def test_a_gateway_that_has_not_started_accepts_nothing() -> None:
    desk = await open_desk()
    desk.lose()

    (outcome,) = await desk.gateway.operate([OpenAccount(account_id=77, owner_id=77, fee_tier=0)])

    assert not desk.gateway.is_accepting
    assert (outcome.status, outcome.note) == (
        OutcomeStatus.NOT_ACCEPTED,
        OutcomeNote.ENGINE_UNREACHABLE,
    )


async def test_fresh_waits_for_what_is_known_and_gives_up_in_time() -> None:
    desk = await open_desk()
    gateway = desk.gateway
    assert await gateway.fresh()
    desk.ledger.beat(NOW_MS + 1)
    frame = desk.ledger.frames[-1]
    gateway._maps.hear_of(frame.first_seq)

    waiting = asyncio.ensure_future(gateway.fresh())
    await turns()
    assert not waiting.done()
    gateway.on_events(frame)

    assert await waiting
    gateway._maps.hear_of(frame.first_seq + 1)
    assert not await gateway.fresh()


@pytest.mark.slow
async def test_everybody_reads_his_own_writes_ten_thousand_times() -> None:
    """No miss: a reply leaves after the maps have applied its entry."""
    desk = await open_desk()
    gateway = desk.gateway
    misses = 0
    for index in range(5_000):
        account_id = ALICE if index % 2 else BOB
        (placed,) = await gateway.place([limit(account_id, client_id=b"c%d" % index)])
        is_fresh = await gateway.fresh()
        order = gateway.accounts.order(account_id, placed.order_id)
        misses += not is_fresh or order is None or order.state is not OrderState.LIVE
        await gateway.cancel([cancel(account_id, placed.order_id)])
        order = gateway.accounts.order(account_id, placed.order_id)
        held = gateway.accounts.balance(account_id, asset_id=USDT).held
        misses += order is None or order.state is not OrderState.CANCELLED or held != 0

    assert misses == 0
