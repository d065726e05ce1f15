"""While the queue is too old for anything else, what lowers risk gets in, and only that."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from seawall.core.model.commands import AdjustMargin, PlaceOrder
from seawall.core.model.enums import MarginMode, OrderType, Side
from seawall.core.model.risk_events import PositionChanged
from seawall.gateway import Outcome, OutcomeNote
from seawall.gateway.limits import QUEUE_AGE_NS_MAX, REDUCES_PER_ACCOUNT_MAX
from tests.gateway.desk import Desk, open_desk, turns
from tests.gateway.venue import ALICE, BOB, BTC_USDT, WallClock, limit

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(30)]
LONG = PositionChanged(
    account_id=ALICE,
    instrument_id=BTC_USDT,
    size=10,
    cost=1_000,
    margin_mode=MarginMode.CROSS,
    lever=10,
    margin=0,
    realised=0,
    fees=0,
    funding=0,
    opened_ms=0,
)


def reducing(
    account_id: int = ALICE, side: int = Side.SELL, quantity: int = 10, *, flag: bool = True
) -> PlaceOrder:
    """An order that says that it may only reduce."""
    return PlaceOrder(
        account_id=account_id,
        instrument_id=BTC_USDT,
        side=side,
        order_type=OrderType.LIMIT,
        limit_price=100,
        quantity=quantity,
        margin_mode=MarginMode.CROSS,
        reduce_only=flag,
    )


async def overloaded_desk() -> Desk:
    """The head of the queue is too old; Alice is long ten lots."""
    UNDER_WAY.clear()
    clock = WallClock()
    desk = await open_desk(clock, is_prompt=False)
    positions = desk.gateway.accounts.positions
    positions.handlers()[PositionChanged](LONG, 1, 0)
    for _ in range(2):
        started(desk.gateway.place([limit(BOB)]))
        await turns()
    clock.ns += QUEUE_AGE_NS_MAX + 1
    return desk


def started(work: Coroutine[Any, Any, Any]) -> asyncio.Future[Any]:
    """A request that is under way; it is kept so that it is not collected."""
    task = asyncio.ensure_future(work)
    UNDER_WAY.append(task)
    return task


UNDER_WAY: list[asyncio.Future[Any]] = []


async def is_let_in(desk: Desk, work: Coroutine[Any, Any, Any]) -> bool:
    """Whether a request waits for the engine instead of being shed at once."""
    request = started(work)
    await turns()
    if not request.done():
        return True
    found = request.result()
    (outcome,) = found if isinstance(found, list) else [found]
    assert isinstance(outcome, Outcome)
    assert outcome.note is OutcomeNote.OVERLOADED
    return False


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (reducing(), True),
        (reducing(quantity=11), False),  # more than there is
        (reducing(side=Side.BUY), False),  # would add
        (reducing(account_id=BOB), False),  # nothing is there
        (reducing(flag=False), False),  # could open the other way
    ],
    ids=["closes", "too much", "adds", "no position", "no flag"],
)
async def test_only_a_verified_reduce_gets_in(order: PlaceOrder, expected: bool) -> None:
    """A flag alone would be a way around the shedding."""
    desk = await overloaded_desk()

    assert expected == await is_let_in(desk, desk.gateway.place([order]))


@pytest.mark.parametrize(("amount", "expected"), [(5, True), (-5, False)])
async def test_margin_may_be_added_and_not_taken_out(amount: int, expected: bool) -> None:
    """A top-up saves its owner; a withdrawal can wait."""
    desk = await overloaded_desk()
    command = AdjustMargin(account_id=ALICE, instrument_id=BTC_USDT, amount=amount)

    assert expected == await is_let_in(desk, desk.gateway.adjust_margin(command))


async def test_one_account_has_so_many_at_once_and_again_when_they_are_answered() -> None:
    """Otherwise the verified reduce of one position could be sent for ever."""
    desk = await overloaded_desk()
    for _ in range(REDUCES_PER_ACCOUNT_MAX):
        assert await is_let_in(desk, desk.gateway.place([reducing()]))

    assert not await is_let_in(desk, desk.gateway.place([reducing()]))
    while desk.sent:
        desk.answer()
        await turns()
    await asyncio.gather(*UNDER_WAY, return_exceptions=True)

    assert desk.gateway._waiting.has_room_for_reduce(ALICE)
