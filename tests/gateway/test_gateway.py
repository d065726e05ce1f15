"""What becomes of a wish: executed, rejected, not accepted, unknown, and never a guess."""

from __future__ import annotations

import asyncio

import pytest

from seawall.core.model.commands import (
    AmendOrder,
    MassCancel,
    OpenAccount,
    RegisterKey,
    RevokeKey,
    TransferFunds,
)
from seawall.core.model.enums import LedgerKind
from seawall.core.model.rejects import RejectReason
from seawall.gateway import (
    OrderState,
    OrderView,
    OutcomeStatus,
    RejectionView,
)
from tests.gateway.desk import Desk, Ledger, open_desk, turns
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
    new_gateway,
)

# A wish that is never answered must turn a test red, not keep it waiting.
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(30)]


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


async def test_a_key_is_accepted_once_the_journal_announced_it_and_no_longer_when_taken_back() -> (
    None
):
    desk = await open_desk()
    gateway = desk.gateway
    ring = gateway.keys
    assert not ring.is_announced(b"k1")

    (announced,) = await gateway.operate([RegisterKey(account_id=ALICE, key_id=b"k1", scopes=3)])
    assert announced.status is OutcomeStatus.EXECUTED
    assert ring.is_announced(b"k1")
    await gateway.operate([RevokeKey(account_id=ALICE, key_id=b"k1")])

    assert not ring.is_announced(b"k1")


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


async def test_a_client_that_hangs_up_leaves_its_order_in_the_maps() -> None:
    desk = await open_desk(is_prompt=False)
    request = asyncio.ensure_future(desk.gateway.place([limit(ALICE, client_id=b"a1")]))
    await turns()
    request.cancel()
    await turns()

    desk.answer()

    assert desk.gateway.accounts.count_open_orders(ALICE) == 1


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


async def test_a_cancel_under_another_instrument_does_not_stand_in_for_the_right_one() -> None:
    desk = await open_desk()
    (placed,) = await desk.gateway.place([limit(ALICE)])

    wrong, right = await desk.gateway.cancel(
        [
            cancel(ALICE, placed.order_id, instrument_id=ETH_USDT),
            cancel(ALICE, placed.order_id),
        ]
    )

    assert wrong.reason == RejectReason.ORDER_NOT_FOUND
    assert right.status is OutcomeStatus.EXECUTED


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


async def test_a_gateway_that_starts_behind_the_engine_is_not_fresh() -> None:
    """What the engine had applied when it said welcome is known, and not yet in the maps."""
    ledger = Ledger()
    gateway = new_gateway(WallClock())
    gateway.describe(ledger.engine.describe(), seq=ledger.engine.seq)
    first, second = ledger.beat(NOW_MS + 1), ledger.beat(NOW_MS + 2)
    desk = Desk(ledger, gateway)

    await gateway.start(desk)
    assert desk.subscribed_from == first.first_seq
    waiting = asyncio.ensure_future(gateway.fresh())
    await turns()
    gateway.on_events(first)
    await turns()
    assert not waiting.done(), "the second beat is known too"
    gateway.on_events(second)

    assert await waiting


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
