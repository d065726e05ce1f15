"""No fill at a price worse than the mark leaves a unit with less than it needs there: what it lost
at once, another account would keep, and the insurance fund would pay.
"""

from __future__ import annotations

from seawall.core.model.commands import TransferFunds
from seawall.core.model.enums import CancelReason
from seawall.core.model.events import Event
from seawall.core.model.order_events import OrderCancelled, OrderFilled
from tests.core.engine.swap_venue import (
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

LOSER, WINNER, OTHER = 1, 2, 3
LOTS = 100  # worth 60,000


def venue_with(cash: int, *, mode: int = CROSS, lever: int = 100) -> SwapVenue:
    """Everybody else is rich."""
    venue = SwapVenue(swap_genesis(cash=100_000))
    amount = (100_000 - cash) * DOLLAR
    venue.do(TransferFunds(account_id=LOSER, asset_id=USDT, amount=amount, to_trading=False))
    venue.lever(LOSER, lever, mode=mode)
    return venue


def endings(events: list[Event]) -> list[tuple[int, int]]:
    """Of whom which order ended why."""
    return [(one.account_id, one.reason) for one in of_kind(events, OrderCancelled)]


def test_a_bid_that_the_mark_has_left_is_not_filled_beyond_its_margin() -> None:
    """It was covered where the mark was: initial margin, and no loss. 2 % lower it is not."""
    venue = venue_with(610)
    venue.order(LOSER, BUY, LOTS, 60_000)
    venue.tick(30, btc=58_800)
    events = venue.order(WINNER, SELL, LOTS, 60_000, tif=IOC)

    assert of_kind(events, OrderFilled) == []
    assert endings(events)[0] == (LOSER, CancelReason.MARGIN)
    venue.check()


def test_a_bid_that_the_mark_has_left_is_filled_where_its_account_can_bear_it() -> None:
    """Initial margin at the mark, and the loss: 588 and 1,200."""
    venue = venue_with(1_800)
    venue.order(LOSER, BUY, LOTS, 60_000)
    venue.tick(30, btc=58_800)
    venue.order(WINNER, SELL, LOTS, 60_000, tif=IOC)

    assert venue.position(LOSER).size == LOTS


def test_reducing_off_the_mark_leaves_the_rest_of_the_account_with_equity() -> None:
    """Cash would pay for the loss, but it stands behind another position that has lost."""
    venue = venue_with(2_000)
    venue.lever(LOSER, 50, mode=CROSS, instrument_id=ETH_SWAP)
    venue.trade(OTHER, LOSER, LOTS, 60_000)
    venue.trade(LOSER, OTHER, 100, 3_000, instrument_id=ETH_SWAP)
    venue.tick(40, eth=2_900)  # 1,000 are lost there
    venue.order(WINNER, SELL, LOTS, 61_100)
    events = venue.order(LOSER, BUY, LOTS, 61_100, tif=IOC, reduce_only=True)

    assert of_kind(events, OrderFilled) == []
    assert endings(events) == [(LOSER, CancelReason.MARGIN)]


def test_who_has_little_left_still_reduces_near_the_mark() -> None:
    """What a spread costs he can bear: below his initial margin, above nothing."""
    venue = venue_with(700)
    venue.trade(LOSER, OTHER, LOTS, 60_000)
    venue.tick(20, btc=59_650)  # 350 are left of 700
    venue.order(WINNER, BUY, LOTS, 59_600)
    venue.order(LOSER, SELL, LOTS // 2, 59_600, tif=IOC, reduce_only=True)

    assert venue.position(LOSER).size == LOTS // 2


def test_a_part_of_an_isolated_position_is_not_given_away() -> None:
    """Its margin would pay for the part, and nothing would stand behind the rest."""
    venue = venue_with(610, mode=ISOLATED)
    venue.trade(LOSER, OTHER, LOTS, 60_000, buyer_mode=ISOLATED)
    venue.tick(10, btc=59_710)  # 290 of 600 are lost
    venue.order(WINNER, BUY, LOTS, 58_600)
    part = 3 * LOTS // 10
    events = venue.order(LOSER, SELL, part, 58_600, tif=IOC, mode=ISOLATED, reduce_only=True)

    assert of_kind(events, OrderFilled) == []
    assert endings(events) == [(LOSER, CancelReason.MARGIN)]
