"""An operator who freezes an index says that its price may be wrong: nobody takes money out by
it.
"""

from __future__ import annotations

from seawall.core.model.commands import AdjustMargin, SetFreeze, SetLeverage, TransferFunds
from seawall.core.model.enums import CancelReason
from seawall.core.model.events import CommandRejected
from seawall.core.model.order_events import OrderCancelled, OrderFilled
from seawall.core.model.rejects import RejectReason
from tests.core.engine.swap_venue import (
    BTC_SWAP,
    BUY,
    CROSS,
    DOLLAR,
    ETH_SWAP,
    IOC,
    ISOLATED,
    SELL,
    USDT,
    SwapVenue,
    of_kind,
    swap_genesis,
)

ALICE, BOB, CAROL = 1, 2, 3
INDEX = 1


def frozen_venue(*, mode: int = CROSS) -> SwapVenue:
    """Alice is long 100 contracts of BTC with a profit of 2,400, more than her cash; then its index
    is frozen.
    """
    venue = SwapVenue(swap_genesis(cash=100_000))
    venue.do(transfer(ALICE, (100_000 - 1_300) * DOLLAR))
    venue.lever(ALICE, 50, mode=mode)
    venue.trade(ALICE, BOB, 100, 60_000, buyer_mode=mode)
    venue.reach(btc=62_400)
    venue.do(SetFreeze(INDEX, is_frozen=True, operator_id=1))
    return venue


def transfer(account_id: int, amount: int) -> TransferFunds:
    """Out of trading."""
    return TransferFunds(account_id=account_id, asset_id=USDT, amount=amount, to_trading=False)


def test_who_is_open_there_takes_no_cash_out() -> None:
    """Others do, and after the release Alice does as well."""
    venue = frozen_venue()
    refused = of_kind(venue.do(transfer(BOB, DOLLAR)), CommandRejected)

    assert [one.reason for one in refused] == [RejectReason.PRICE_UNCERTAIN]
    assert of_kind(venue.do(transfer(CAROL, DOLLAR)), CommandRejected) == []
    venue.do(SetFreeze(INDEX, is_frozen=False, operator_id=1, second_operator_id=2))
    assert of_kind(venue.do(transfer(BOB, DOLLAR)), CommandRejected) == []


def test_profit_at_a_frozen_price_does_not_become_cash() -> None:
    """It would pay for the isolated margin of a position that is closed again a moment later."""
    venue = frozen_venue()
    venue.lever(ALICE, 10, mode=ISOLATED, instrument_id=ETH_SWAP)
    terms = {"instrument_id": ETH_SWAP, "mode": ISOLATED, "tif": IOC}
    venue.order(BOB, SELL, 60, 3_000, instrument_id=ETH_SWAP)
    events = venue.order(ALICE, BUY, 60, 3_000, **terms)

    assert of_kind(events, OrderFilled) == []
    assert of_kind(events, OrderCancelled)[-1].reason == CancelReason.MARGIN
    assert venue.cash(ALICE) == 1_300 * DOLLAR
    venue.do(SetFreeze(INDEX, is_frozen=False, operator_id=1, second_operator_id=2))
    assert of_kind(venue.order(ALICE, BUY, 60, 3_000, **terms), OrderFilled) != []


def test_margin_stays_and_leverage_does_not_rise() -> None:
    """Adding margin and lowering leverage are always possible."""
    venue = frozen_venue(mode=ISOLATED)
    before = venue.margin(ALICE)
    for command in (
        AdjustMargin(ALICE, BTC_SWAP, -1),
        SetLeverage(ALICE, BTC_SWAP, margin_mode=ISOLATED, lever=51),
    ):
        refused = of_kind(venue.do(command), CommandRejected)

        assert [one.reason for one in refused] == [RejectReason.PRICE_UNCERTAIN]
    venue.do(AdjustMargin(ALICE, BTC_SWAP, DOLLAR))
    assert venue.margin(ALICE) == before + DOLLAR
