"""What opens an isolated position brings the loss that its price means at once: the insurance fund
pays for nobody who trades with himself away from the mark.
"""

from __future__ import annotations

from seawall.core.model.risk_events import PositionTakenOver
from tests.core.engine.swap_venue import (
    BUY,
    CROSS,
    DOLLAR,
    IOC,
    ISOLATED,
    SELL,
    SwapVenue,
    of_kind,
    swap_genesis,
)

LOSER, WINNER, MAKER, OTHER = 1, 2, 3, 4
LOTS = 100  # worth 60,000


def test_what_is_lost_at_once_is_paid_by_who_opens() -> None:
    """One person sells himself a long 1,100 above the mark, 100 times levered: initial margin of
    1 % at the mark, and the whole loss against it; so the fund takes nothing over at a price that
    it cannot get back.
    """
    venue = SwapVenue(swap_genesis(cash=100_000))
    venue.order(MAKER, BUY, LOTS, 59_990)
    venue.lever(LOSER, 100, mode=ISOLATED)
    venue.lever(WINNER, 100, mode=CROSS)
    venue.order(WINNER, SELL, LOTS, 61_100)
    venue.order(LOSER, BUY, LOTS, 61_100, mode=ISOLATED, tif=IOC)

    assert venue.margin(LOSER) == (600 + 1_100) * DOLLAR
    assert of_kind(venue.tick(20), PositionTakenOver) == []
    assert venue.fund() == 1_000_000 * DOLLAR


def test_a_maker_whose_price_the_mark_has_left_brings_the_loss_as_well() -> None:
    """Its bid stands where the mark was."""
    venue = SwapVenue(swap_genesis(cash=100_000))
    venue.lever(LOSER, 100, mode=ISOLATED)
    venue.order(LOSER, BUY, LOTS, 60_000, mode=ISOLATED)
    venue.tick(15, btc=59_500)
    mark = venue.swap().mark // 10
    venue.order(WINNER, SELL, LOTS, 60_000, tif=IOC)

    assert mark < 60_000
    assert venue.margin(LOSER) == (mark // 100 + 60_000 - mark) * DOLLAR


def test_turning_around_away_from_the_mark_keeps_the_loss_as_margin() -> None:
    """What a position that changes sides leaves is not free before the new side's loss is there."""
    venue = SwapVenue(swap_genesis(cash=100_000))
    venue.lever(LOSER, 100, mode=ISOLATED)
    venue.trade(WINNER, LOSER, LOTS, 60_000, seller_mode=ISOLATED)
    venue.order(WINNER, SELL, 2 * LOTS, 61_100)
    venue.order(LOSER, BUY, 2 * LOTS, 61_100, mode=ISOLATED, tif=IOC)

    assert venue.position(LOSER).size == LOTS
    assert venue.margin(LOSER) == (600 + 1_100) * DOLLAR
    assert of_kind(venue.tick(20), PositionTakenOver) == []


def test_a_price_better_than_the_mark_moves_margin_at_the_price() -> None:
    """Nothing is lost at once."""
    venue = SwapVenue(swap_genesis(cash=100_000))
    venue.lever(LOSER, 100, mode=ISOLATED)
    venue.order(OTHER, SELL, LOTS, 59_500)
    venue.order(LOSER, BUY, LOTS, 59_500, mode=ISOLATED, tif=IOC)

    assert venue.margin(LOSER) == 595 * DOLLAR
