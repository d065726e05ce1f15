"""Takeovers and deleveraging as stories: who gets what a bankrupt unit leaves, and who pays."""

from __future__ import annotations

from seawall.core.model.enums import (
    CancelReason,
)
from seawall.core.model.order_events import OrderCancelled, OrderFilled
from seawall.core.model.risk_events import (
    PositionDeleveraged,
    PositionTakenOver,
)
from tests.core.engine.swap_venue import (
    BTC_SWAP,
    BUY,
    DOLLAR,
    ETH_SWAP,
    ISOLATED,
    SELL,
    SwapVenue,
    isolated_long,
    of_kind,
    swap_genesis,
)

ALICE, BOB, CAROL, DAN, MIA = 1, 2, 3, 4, 5


def test_a_cross_account_is_taken_over_as_a_whole() -> None:
    """S30: at prices by the formula, equity is zero to the unit, and the fund has what is less than
    a tick.
    """
    venue = SwapVenue()
    venue.lever(ALICE, 50, mode=1)
    venue.trade(ALICE, BOB, 1_000, 60_000)
    venue.trade(BOB, ALICE, 500, 3_000, instrument_id=ETH_SWAP)
    venue.leave_cash(ALICE, 40_000 * DOLLAR)
    venue.reach(btc=56_800)
    venue.tick(5)
    events = venue.reach(btc=54_000, eth=3_050) + venue.tick(8)
    taken = of_kind(events, PositionTakenOver)

    assert sorted(one.instrument_id for one in taken) == [BTC_SWAP, ETH_SWAP]
    assert venue.cash(ALICE) == 0
    assert venue.position(ALICE).size == venue.position(ALICE, ETH_SWAP).size == 0
    assert sum(one.equity for one in taken) < 10**8
    venue.check()


def test_one_contract_without_a_price_does_not_protect_the_rest() -> None:
    """The sources of ETH fall silent for good. What BTC has lost is more than the cash: the venue
    takes BTC over and leaves the one contract of ETH, whose worth nobody knows.
    """
    venue = SwapVenue()
    venue.lever(ALICE, 50, mode=1)
    venue.trade(ALICE, BOB, 1, 3_000, instrument_id=ETH_SWAP)
    venue.trade(ALICE, BOB, 700, 60_000)
    venue.leave_cash(ALICE, 10_000 * DOLLAR)
    venue.says(2, -1)
    venue.tick(50)
    events = venue.tick(10, btc=59_800) + venue.tick(40, btc=55_200)
    taken = of_kind(events, PositionTakenOver)

    assert [one.instrument_id for one in taken] == [BTC_SWAP]
    assert venue.position(ALICE).size == 0 and venue.position(ALICE, ETH_SWAP).size == 1
    assert venue.cash(ALICE) == 0
    venue.check()


def test_a_squeezed_short_cannot_empty_the_fund() -> None:
    """S24: a short whose price runs away is taken over; the fund loses at most its share, the rest
    is closed against those who gained most, the squeezer's own longs.
    """
    fund = 100_000 * DOLLAR
    venue = SwapVenue(swap_genesis(fund=fund))
    venue.lever(ALICE, 20, mode=ISOLATED)
    venue.lever(CAROL, 50, mode=1)
    venue.order(CAROL, BUY, 900, 60_000)
    venue.order(ALICE, SELL, 900, 60_000, mode=ISOLATED)
    venue.trade(DAN, ALICE, 100, 60_000, seller_mode=ISOLATED)
    venue.leave_cash(CAROL, 20_000 * DOLLAR)
    events = venue.reach(btc=75_000) + venue.tick(10)
    shed = of_kind(events, PositionDeleveraged)

    assert venue.position(ALICE).size == 0
    assert shed[0].account_id == CAROL
    assert fund - venue.fund() <= fund * 3 // 10
    assert venue.cash(ALICE) == 10_000_000 * DOLLAR - 1_000 * 60_000 * DOLLAR // 100 // 20
    venue.check()


def test_an_empty_fund_deleverages_at_once() -> None:
    """S29: nothing is left over, nobody's cash is below zero, positions sum to zero."""
    venue = SwapVenue(swap_genesis(fund=0))
    isolated_long(venue)
    venue.reach(btc=57_500)
    venue.tick(5)
    events = venue.reach(btc=55_000) + venue.tick(8)
    shed = of_kind(events, PositionDeleveraged)

    assert [(one.account_id, one.quantity, one.price) for one in shed] == [(BOB, 1_000, 570_000)]
    assert venue.position(BOB).size == 0 == venue.inventory().size
    assert venue.fund() == 0
    venue.check()


def test_deleveraging_ends_orders_that_would_open() -> None:
    """Bob's asks would make him short again: they go. His own loss is nobody's to choose."""
    venue = SwapVenue(swap_genesis(fund=0))
    isolated_long(venue)
    venue.order(BOB, SELL, 100, 61_000)
    venue.order(BOB, BUY, 1_200, 40_000)
    venue.reach(btc=57_500)
    venue.tick(5)
    events = venue.reach(btc=55_000) + venue.tick(8)
    ended = [one for one in of_kind(events, OrderCancelled) if one.account_id == BOB]

    assert [one.reason for one in ended] == [CancelReason.DELEVERAGED] * 2
    assert venue.account(BOB).open_orders == 0


def test_takeover_never_closes_twice() -> None:
    """S33: between a step and the takeover nothing of hers rests; the venue gets the rest, once."""
    venue = SwapVenue()
    isolated_long(venue)
    venue.reach(btc=57_500)
    venue.tick(5)
    venue.order(MIA, BUY, 100, 57_250)
    venue.tick(2, btc=57_270)
    left = int(venue.position(ALICE).size)
    assert 0 < left < 1_000
    assert venue.account(ALICE).open_orders == 0
    events = venue.reach(btc=56_000) + venue.tick(8)
    taken = of_kind(events, PositionTakenOver)

    assert [one.size for one in taken] == [left]
    assert venue.position(ALICE).size == 0
    venue.check()


def test_without_protections_the_incident_happens_as_it_was() -> None:
    """One source says $0.32: longs are sold down to the last bid at $0.30, at once; users end at
    zero, the fund and then the treasury pay what is missing, and nobody is below zero.
    """
    fund = 10_000 * DOLLAR
    venue = SwapVenue(
        swap_genesis(fund=fund, capital=1_000_000 * DOLLAR, is_protected=False), btc=10_100
    )
    venue.lever(ALICE, 10, mode=ISOLATED)
    venue.trade(ALICE, BOB, 1_000, 10_100, buyer_mode=ISOLATED)
    venue.order(MIA, BUY, 400, 10_000)
    venue.order(MIA, BUY, 100_000, 0.3)
    venue.says(1, 0.32, (11,))
    events = venue.tick()
    prices = [one.price for one in of_kind(events, OrderFilled)]

    assert prices == [100_000, 3]
    assert venue.position(ALICE).size == 0 == venue.margin(ALICE)
    assert venue.cash(ALICE) == 10_000_000 * DOLLAR - 10_100 * DOLLAR
    assert venue.fund() == 0
    venue.check()


def test_without_protections_and_money_the_winners_pay() -> None:
    """When fund and treasury are empty, what cannot be settled is deleveraged."""
    venue = SwapVenue(swap_genesis(fund=0, is_protected=False), btc=10_100)
    venue.lever(ALICE, 10, mode=ISOLATED)
    venue.trade(ALICE, BOB, 1_000, 10_100, buyer_mode=ISOLATED)
    venue.order(MIA, BUY, 100_000, 0.3)
    venue.says(1, 0.32, (11,))
    events = venue.tick(2)

    assert [one.account_id for one in of_kind(events, PositionDeleveraged)] == [BOB]
    assert venue.position(ALICE).size == 0 == venue.position(BOB).size
    venue.check()


def test_what_the_fund_has_drawn_it_cannot_draw_again() -> None:
    """IF3 in the large: the first loss uses up the fund's share for the instrument, the second is
    borne by the winners although the fund has money.
    """
    venue = SwapVenue(swap_genesis(fund=100_000 * DOLLAR))
    for one in (ALICE, CAROL):
        venue.lever(one, 50, mode=ISOLATED)
    venue.trade(ALICE, BOB, 5_000, 60_000, buyer_mode=ISOLATED)
    venue.reach(btc=59_300)
    venue.order(MIA, BUY, 20_000, 57_000)
    venue.reach(btc=57_100)
    venue.tick(30)
    assert venue.fund() < 86_000 * DOLLAR
    assert venue.inventory().size == 0
    left = venue.fund()
    venue.trade(CAROL, BOB, 2_000, 57_100, buyer_mode=ISOLATED)
    venue.reach(btc=56_300)
    events = venue.reach(btc=54_000) + venue.tick(30)

    assert sum(one.quantity for one in of_kind(events, PositionDeleveraged)) >= 1_900
    assert left - venue.fund() <= 1_000 * DOLLAR
    venue.check()


def test_a_winner_pays_his_closing_from_his_own_profit() -> None:
    """Bob's isolated margin does not cover closing a part of his short at the bankruptcy price, his
    profit on the rest does: it becomes margin first.
    """
    venue = SwapVenue(swap_genesis(fund=0))
    venue.lever(ALICE, 2, mode=ISOLATED)
    venue.lever(BOB, 100, mode=ISOLATED)
    venue.trade(ALICE, CAROL, 400, 60_000, buyer_mode=ISOLATED)
    venue.reach(btc=53_000)
    venue.tick(5)
    venue.order(CAROL, BUY, 400, 53_000)
    venue.order(DAN, BUY, 600, 53_000)
    venue.order(BOB, SELL, 1_000, 53_000, mode=ISOLATED)
    assert venue.position(BOB).size == -1_000
    venue.reach(btc=50_000)
    venue.tick(5)
    venue.set_margin(ALICE, 20_000 * DOLLAR)
    events = venue.tick(3)
    shed = of_kind(events, PositionDeleveraged)

    assert [(one.account_id, one.quantity, one.price) for one in shed] == [(BOB, 400, 550_000)]
    assert venue.position(BOB).size == -600
    assert venue.margin(BOB) > 0
    venue.check()
