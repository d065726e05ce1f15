"""Nothing a user sends raises, is cut off or changes its meaning on the way into bytes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import seawall
from seawall.core.model.commands import (
    AmendOrder,
    CancelOrder,
    Command,
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


BAD_ORDERS: dict[str, Callable[[], PlaceOrder]] = {
    "side": lambda: limit(ALICE, side=2),
    "negative side": lambda: limit(ALICE, side=-1),
    "time in force": lambda: limit(ALICE, time_in_force=5),
    "client id too long": lambda: limit(ALICE, client_id=b"a" * 33),
    "client id with a zero": lambda: limit(ALICE, client_id=b"a\0"),
    "client id with a hyphen": lambda: limit(ALICE, client_id=b"a-1"),
    "tag too long": lambda: limit(ALICE, tag=b"t" * 17),
    "negative account": lambda: limit(-1),
    "account too large": lambda: limit(2**31),
    "instrument too large": lambda: limit(ALICE, instrument_id=2**16),
    "negative instrument": lambda: limit(ALICE, instrument_id=-1),
    "negative validity": lambda: limit(ALICE, valid_for_ms=-1),
    "validity too long": lambda: limit(ALICE, valid_for_ms=60_001),
    "sized twice": lambda: PlaceOrder(
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


# Interpreted, a command can hold any integer; compiled, it cannot be made with more than 64 bits.
BEYOND_A_WORD: dict[str, Callable[[], Command]] = {
    "price": lambda: limit(ALICE, price=2**63),
    "negative price": lambda: limit(ALICE, price=-(2**63) - 1),
    "quantity": lambda: limit(ALICE, quantity=2**63),
    "order id of a cancel": lambda: cancel(ALICE, 2**63),
    "order id of an amend": lambda: AmendOrder(
        account_id=ALICE, instrument_id=BTC_USDT, order_id=2**63
    ),
    "new price": lambda: AmendOrder(account_id=ALICE, instrument_id=BTC_USDT, new_price=2**63),
    "new quantity": lambda: AmendOrder(
        account_id=ALICE, instrument_id=BTC_USDT, new_quantity=2**63
    ),
    "amount": lambda: TransferFunds(account_id=ALICE, asset_id=BTC, amount=2**63, to_trading=True),
}


@pytest.mark.parametrize("name", BAD_ORDERS)
async def test_what_cannot_be_encoded_as_meant_is_refused_and_nothing_is_appended(
    name: str,
) -> None:
    desk = await open_desk()

    (outcome,) = await desk.gateway.place([BAD_ORDERS[name]()])

    assert outcome.status is OutcomeStatus.REJECTED
    assert outcome.reason != 0
    assert not desk.all_sent


@pytest.mark.parametrize("name", BEYOND_A_WORD)
async def test_a_number_beyond_64_bits_is_refused_or_cannot_even_be_wished(name: str) -> None:
    desk = await open_desk()
    gateway = desk.gateway
    if seawall.core_mode() == "compiled":
        with pytest.raises(TypeError, match="i64"):
            BEYOND_A_WORD[name]()
        return

    command = BEYOND_A_WORD[name]()
    if isinstance(command, PlaceOrder):
        (outcome,) = await gateway.place([command])
    elif isinstance(command, CancelOrder):
        (outcome,) = await gateway.cancel([command])
    elif isinstance(command, AmendOrder):
        (outcome,) = await gateway.amend([command])
    else:
        assert isinstance(command, TransferFunds)
        outcome = await gateway.transfer(command)

    assert outcome.status is OutcomeStatus.REJECTED
    assert not desk.all_sent


async def test_amends_cancels_and_transfers_out_of_range_are_refused_too() -> None:
    desk = await open_desk()
    gateway = desk.gateway
    outcomes: list[Outcome] = []
    outcomes += await gateway.amend(
        [
            AmendOrder(account_id=2**31, instrument_id=BTC_USDT),
            AmendOrder(account_id=ALICE, instrument_id=2**16),
            AmendOrder(account_id=ALICE, instrument_id=BTC_USDT, client_id=b"c" * 33),
            AmendOrder(account_id=ALICE, instrument_id=BTC_USDT, valid_for_ms=60_001),
        ]
    )
    outcomes += await gateway.cancel(
        [
            cancel(2**31, 1),
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
    for account_id, asset_id, amount in ((2**31, BTC, 1), (ALICE, 2**16, 1), (-1, BTC, 1)):
        outcomes.append(
            await gateway.transfer(
                TransferFunds(
                    account_id=account_id, asset_id=asset_id, amount=amount, to_trading=True
                )
            )
        )

    assert {outcome.status for outcome in outcomes} == {OutcomeStatus.REJECTED}
    assert not desk.all_sent
