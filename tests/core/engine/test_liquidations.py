"""Liquidations as stories: who is closed, when, by how much, and who is left alone."""

from __future__ import annotations

import pytest

from seawall.core.model.commands import AdjustMargin
from seawall.core.model.enums import (
    CancelReason,
    IndexState,
    LiquidationPhase,
    OrderCause,
    SourceStatus,
)
from seawall.core.model.events import CommandRejected, Event
from seawall.core.model.order_events import OrderCancelled, OrderFilled, OrderRejected
from seawall.core.model.rejects import RejectReason
from seawall.core.model.risk_events import (
    LiquidationStepped,
    OrderCaused,
)
from seawall.core.pricing import leave_one_domain_out_values
from tests.core.engine.swap_venue import (
    BTC_SPOT,
    BTC_SWAP,
    BUY,
    DOLLAR,
    E8,
    ETH_SWAP,
    ISOLATED,
    SELL,
    SwapVenue,
    isolated_long,
    of_kind,
    swap_genesis,
    units_of,
)

ALICE, BOB, CAROL, DAN, MIA = 1, 2, 3, 4, 5


def steps_of(events: list[Event]) -> list[LiquidationStepped]:
    """What was said of liquidations."""
    return of_kind(events, LiquidationStepped)


def test_the_second_tick_acts_and_a_healthy_one_between_starts_anew() -> None:
    """One bad tick is a glitch: only two in a row are a liquidation."""
    venue = SwapVenue()
    isolated_long(venue)
    venue.reach(btc=57_500)
    venue.tick(5)
    assert steps_of(venue.tick(btc=57_270)) == []
    assert steps_of(venue.tick(btc=57_500)) == []
    assert steps_of(venue.tick(btc=57_270)) == []

    assert steps_of(venue.tick(btc=57_270)) != []


def test_few_sources_earn_more_patience() -> None:
    """DEGRADED: the fifth tick in a row acts."""
    venue = SwapVenue()
    isolated_long(venue)
    venue.reach(btc=57_500)
    venue.tick(5)
    venue.says(1, 0, (11, 12, 13))
    venue.tick(15)
    assert venue.state.indices[1].state == IndexState.DEGRADED
    venue.says(1, 57_270, (14, 15, 16, 17))
    assert steps_of(venue.tick(4)) == []

    assert steps_of(venue.tick()) != []


def test_a_held_price_counts_nothing() -> None:
    """While a jump waits for confirmation nobody is liquidated, and counting starts anew after; who
    adds margin in that time is safe.
    """
    venue = SwapVenue()
    isolated_long(venue)
    venue.reach(btc=57_500)
    venue.tick(5)
    venue.tick(btc=57_270)
    events = venue.tick(btc=54_000)
    assert venue.state.indices[1].state == IndexState.CONFIRM
    assert steps_of(events) == []
    venue.do(AdjustMargin(account_id=ALICE, instrument_id=BTC_SWAP, amount=60_000 * DOLLAR))
    events = venue.reach(btc=54_000) + venue.tick(10)

    assert steps_of(events) == []
    assert venue.position(ALICE).size == 1_000


def test_one_domain_cannot_liquidate_anybody() -> None:
    """Two sources of one host pull the index down within its clamp: Alice is under water only with
    them, so she is left alone, for as long as they lie.
    """
    venue = SwapVenue()
    isolated_long(venue)
    venue.reach(btc=57_400)
    venue.tick(5)
    venue.says(1, 57_330)
    venue.says(1, 57_150, (11, 12))
    events = venue.tick(30)
    index = venue.state.indices[1]
    position = venue.position(ALICE)
    notional = int(position.size) * int(venue.swap().mark) * 100_000
    equity = venue.margin(ALICE) + notional - int(position.cost)
    values = leave_one_domain_out_values(index, venue.clock_ms)

    assert equity <= venue.swap().tiers.maintenance_margin(notional)
    assert all(source.status == SourceStatus.LIVE for source in index.sources)
    assert max(values) == 57_330 * E8 > index.value_e8
    assert steps_of(events) == []
    assert steps_of(venue.tick(3, btc=57_200)) != []


def test_isolated_liquidation_touches_nothing_else() -> None:
    """I31: another position of the same account, its orders there and its cash stay as they are."""
    venue = SwapVenue()
    isolated_long(venue)
    venue.trade(ALICE, BOB, 10, 3_000, instrument_id=ETH_SWAP)
    venue.order(ALICE, BUY, 5, 2_900, instrument_id=ETH_SWAP)
    cash = venue.cash(ALICE)
    venue.reach(btc=57_500)
    venue.tick(5)
    venue.order(MIA, BUY, 10_000, 57_200)
    venue.order(ALICE, BUY, 1, 50_000, mode=ISOLATED)
    events = venue.tick(2, btc=57_270)

    cancelled = of_kind(events, OrderCancelled)
    assert [one.reason for one in cancelled] == [CancelReason.LIQUIDATION]
    assert venue.cash(ALICE) == cash
    assert venue.position(ALICE, ETH_SWAP).size == 10
    assert venue.position(ALICE, ETH_SWAP).open_buys == 5
    assert 0 < venue.position(ALICE).size < 1_000
    venue.check()


def test_a_small_position_goes_whole_and_what_is_left_is_hers() -> None:
    """What remains after the fee goes back to cash: it is the user's, not the fund's."""
    venue = SwapVenue()
    isolated_long(venue, lots=50)
    margin, cash, fund = venue.margin(ALICE), venue.cash(ALICE), venue.fund()
    venue.reach(btc=57_500)
    venue.tick(5)
    venue.order(MIA, BUY, 1_000, 57_250)
    events = venue.tick(2, btc=57_270)
    loss = 50 * (60_000 - 57_250) * DOLLAR // 100
    fee = -(-50 * 57_250 * DOLLAR // 100 * 2 // 1_000)

    assert len(of_kind(events, OrderFilled)) == 1
    assert venue.position(ALICE).size == 0
    assert venue.margin(ALICE) == 0
    assert venue.fund() - fund == fee
    assert venue.cash(ALICE) - cash == margin - loss - fee
    assert venue.state.liquidations.standings == {}
    venue.check()


def test_a_cross_account_loses_its_largest_position_first() -> None:
    """S30: the position with the most maintenance margin is reduced, its other orders and its spot
    orders that hold the same cash are cancelled; instrument 0 says it is the whole account.
    """
    venue = SwapVenue()
    venue.lever(ALICE, 50, mode=1)
    venue.trade(ALICE, BOB, 1_000, 60_000)
    venue.trade(ALICE, BOB, 100, 3_000, instrument_id=ETH_SWAP)
    venue.leave_cash(ALICE, 40_000 * DOLLAR)
    venue.order(ALICE, BUY, 1, 40_000, instrument_id=BTC_SPOT)
    venue.reach(btc=57_500)
    venue.tick(5)
    venue.order(MIA, BUY, 10_000, 56_400)
    for price in (57_200, 56_900, 56_600, 56_450, 56_300):
        events = venue.reach(btc=price) + venue.tick(3)
        if steps_of(events):
            break
    steps = steps_of(events)
    cause = of_kind(events, OrderCaused)[0]

    assert steps[0].phase == LiquidationPhase.CANCEL
    assert {one.instrument_id for one in steps} == {0}
    assert (cause.instrument_id, cause.cause) == (BTC_SWAP, OrderCause.LIQUIDATION)
    assert len(of_kind(events, OrderCancelled)) >= 1
    assert venue.position(ALICE, ETH_SWAP).size == 100
    venue.check()


def test_unrealised_profit_cannot_be_withdrawn() -> None:
    """S25: margin that stands on unrealised profit stays."""
    venue = SwapVenue()
    isolated_long(venue)
    venue.reach(btc=66_000)
    venue.tick(5)
    events = venue.do(
        AdjustMargin(account_id=ALICE, instrument_id=BTC_SWAP, amount=-29_000 * DOLLAR)
    )
    refused = of_kind(events, CommandRejected)

    assert [one.reason for one in refused] == [RejectReason.MARGIN_NOT_REMOVABLE]


def test_funding_can_be_the_last_straw() -> None:
    """S31: funding is charged in the tick before the scan, and the ordinary rules follow."""
    venue = SwapVenue()
    isolated_long(venue)
    venue.reach(btc=57_340)
    venue.tick(5)
    position = venue.position(ALICE)
    notional = int(position.size) * int(venue.swap().mark) * 100_000
    equity = venue.margin(ALICE) + notional - int(position.cost)
    spare = equity - int(venue.swap().tiers.maintenance_margin(notional))
    assert spare > 0
    venue.swap().funding.cumulative += (spare + DOLLAR) * E8 // 1_000
    venue.swap().sweep_slot = 0
    assert steps_of(venue.tick()) == []
    events = venue.tick()

    assert steps_of(events)[0].equity <= steps_of(events)[0].maintenance
    venue.check()


def test_many_orders_are_cancelled_in_slices() -> None:
    """An account with more orders than a tick may end is cancelled over several, and only then
    reduced.
    """
    venue = SwapVenue()
    isolated_long(venue, lots=900)
    for number in range(6_000):
        venue.order(ALICE, SELL, 1, 61_000 + number / 10, mode=ISOLATED, reduce_only=False)
    assert venue.account(ALICE).open_orders == 6_000
    venue.reach(btc=57_500)
    venue.tick(5)
    venue.order(MIA, BUY, 10_000, 57_250)
    venue.tick(btc=57_270)
    first = venue.tick()
    assert 0 < venue.account(ALICE).open_orders < 6_000
    assert of_kind(first, OrderFilled) == []
    second = venue.tick()

    assert venue.account(ALICE).open_orders == 0
    assert of_kind(second, OrderFilled) != []
    assert len(steps_of(first + second)) == 2


def test_cascade_stays_within_the_limiter() -> None:
    """S27: sixty longs, the price falls 15 % in two minutes. In each tick the venue trades at most
    its share of the book, never more than 1 % from the mark, and everybody ends at zero or above.
    """
    people = range(1, 64)
    venue = SwapVenue(swap_genesis(people=people))
    for one in range(4, 64):
        venue.lever(one, (20, 33, 50, 100)[one % 4], mode=ISOLATED)
        venue.trade(one, BOB, 300, 60_000, buyer_mode=ISOLATED)
    price = 60_000.0
    for second in range(120):
        price -= 75
        for away in (10, 60, 200):
            venue.order(MIA if second % 2 else CAROL, BUY, 2_000, round(price - away))
        events = venue.tick(btc=price)
        mark, flow = int(venue.swap().mark), 0
        causes = {one.order_id for one in of_kind(events, OrderCaused)}
        for fill in of_kind(events, OrderFilled):
            if fill.taker_order_id in causes:
                flow += fill.quantity * mark * 100_000
                assert fill.price >= mark * 97 // 100
        assert flow <= 2_000_000 * DOLLAR
    venue.tick(60)

    venue.check()
    assert venue.fund() >= 0
    assert all(venue.cash(one) >= 0 for one in people)


def test_a_restart_amid_an_episode_goes_on_with_it() -> None:
    """Counters, steps and the fund's window are state; who is watched is not."""
    venue, other = SwapVenue(), SwapVenue()
    for one in (venue, other):
        isolated_long(one)
        one.reach(btc=57_500)
        one.tick(5)
        one.order(MIA, BUY, 100, 57_250)
        one.tick(2, btc=57_270)
    other.restart()
    for _ in range(12):
        assert venue.tick() == other.tick()
        other.restart()

    assert venue.engine.state_hash() == other.engine.state_hash()


def test_money_that_left_for_spot_is_missed() -> None:
    """An account that was far from danger buys bitcoin with its cash: from then on a small fall is
    enough, and the scan sees it.
    """
    venue = SwapVenue()
    venue.trade(ALICE, BOB, 10_000, 60_000)
    venue.tick(3)
    venue.order(MIA, SELL, 15_000, 60_000, instrument_id=BTC_SPOT)
    venue.order(ALICE, BUY, 15_000, 60_000, instrument_id=BTC_SPOT)
    assert venue.cash(ALICE) == 1_000_000 * DOLLAR
    events = venue.reach(btc=50_800) + venue.tick(6)

    assert steps_of(events) != []
    venue.check()


@pytest.mark.slow
def test_a_tick_looks_at_few_of_many_positions() -> None:
    """2,000 open positions, of which one is near its margin: a quiet tick examines hardly any."""
    people = range(1, 2_004)
    venue = SwapVenue(swap_genesis(people=people))
    venue.order(BOB, SELL, 20_000, 60_000)
    for one in range(4, 2_004):
        venue.order(one, BUY, 10, 60_000)
    venue.tick(2)
    state = venue.state.liquidations
    before = int(state.examined)
    for second in range(20):
        venue.tick(btc=60_000 - 5 * second)

    assert sum(len(units_of(one)) for one in venue.state.accounts) == 2_001
    assert int(state.examined) - before <= 20


def test_an_order_of_a_liquidated_account_takes_no_new_risk() -> None:
    """While the episode runs she may reduce; to increase takes margin of its own."""
    venue = SwapVenue()
    isolated_long(venue)
    venue.reach(btc=57_500)
    venue.tick(5)
    venue.order(MIA, BUY, 100, 57_250)
    venue.tick(2, btc=57_270)
    venue.leave_cash(ALICE, 100 * DOLLAR)
    price = 57_280
    refused = venue.order(ALICE, BUY, 50, price, mode=ISOLATED)
    venue.order(ALICE, SELL, 50, price, mode=ISOLATED, reduce_only=True)

    assert [one.reason for one in of_kind(refused, OrderRejected)] == [
        RejectReason.INSUFFICIENT_MARGIN
    ]
    assert venue.account(ALICE).open_orders == 1
