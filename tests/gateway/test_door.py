"""Nothing a user sends raises, is cut off or changes its meaning on the way into bytes."""

from __future__ import annotations

import pytest

from seawall.core.model.commands import (
    AmendOrder,
    MassCancel,
    PlaceOrder,
    TransferFunds,
)
from seawall.core.model.enums import OrderType, Side, TimeInForce
from seawall.gateway import (
    Outcome,
    OutcomeStatus,
)
from tests.gateway.desk import open_desk
from tests.gateway.venue import (
    ALICE,
    BTC,
    BTC_USDT,
    cancel,
    limit,
)

# A wish that is never answered must turn a test red, not keep it waiting.
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(30)]


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
