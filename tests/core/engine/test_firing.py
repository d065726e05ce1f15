"""Algo orders fire when their price is reached: direction, equality, each kind of price, trailing,
the vectors TR1 to TR3.
"""

from __future__ import annotations

import pytest

from seawall.core.engine.trigger_prices import may_fire
from seawall.core.model.commands import SetFreeze
from seawall.core.model.enums import (
    AlgoType,
    IndexState,
    OrderCause,
    OrderType,
    Side,
    TimeInForce,
)
from seawall.core.model.events import OutageEnded
from seawall.core.model.order_events import OrderAccepted, OrderCancelled, OrderFilled
from seawall.core.model.rejects import RejectReason
from seawall.core.model.risk_events import AlgoTriggered, IndexPublished, OrderCaused
from tests.core.engine.algo_venue import (
    ALICE,
    BOB,
    BUY,
    INDEX,
    INDEXED_SPOT,
    LAST,
    MARK,
    SELL,
    SPOT,
    SWAP,
    TICK_E8,
    AlgoVenue,
    fired,
    of_kind,
)


def open_venue(market: int = SPOT, *, price: int = 1_000, is_protected: bool = True) -> AlgoVenue:
    """A venue whose last price, mark and index are `price`, with depth on both sides."""
    venue = AlgoVenue(is_protected=is_protected)
    venue.tick(None if market == SPOT else price, times=1 if market == SPOT else 15)
    venue.trade(price, market)
    return venue


def depth(venue: AlgoVenue, market: int, *, bid: int, ask: int) -> None:
    """Bob stands on both sides."""
    venue.order(BOB, BUY, bid, 1_000, market)
    venue.order(BOB, SELL, ask, 1_000, market)


# trigger, then prices that do not fire, then one that does
DIRECTIONS = {
    "above, exactly": (1_010, [1_009, 990], 1_010),
    "above, beyond": (1_010, [1_009], 1_020),
    "below, exactly": (990, [991, 1_010], 990),
    "below, beyond": (990, [991], 900),
    "at the price, which counts as above": (1_000, [999], 1_000),
    "at the price, from above": (1_000, [], 1_001),
}


@pytest.mark.parametrize("row", DIRECTIONS.values(), ids=DIRECTIONS)
@pytest.mark.parametrize("side", [Side.BUY, Side.SELL], ids=["buy", "sell"])
def test_a_trigger_fires_by_the_last_price(row: tuple[int, list[int], int], side: int) -> None:
    """The direction is fixed at placement and does not depend on the side of the order."""
    trigger, quiet, firing = row
    venue = open_venue()
    algo_id = venue.wait_for(side=side, trigger_price=trigger, trigger_by=LAST)
    for price in quiet:
        assert fired(venue.trade(price)) == []

    assert fired(venue.trade(firing)) == [algo_id]
    assert fired(venue.trade(firing)) == []


@pytest.mark.parametrize("kind", [MARK, INDEX], ids=["mark", "index"])
@pytest.mark.parametrize("row", DIRECTIONS.values(), ids=DIRECTIONS)
def test_a_trigger_fires_by_mark_or_index(row: tuple[int, list[int], int], kind: int) -> None:
    """In the tick in which the price is published."""
    trigger, quiet, firing = row
    venue = open_venue(SWAP, is_protected=False)
    algo_id = venue.wait_for(market=SWAP, trigger_price=trigger, trigger_by=kind)
    for price in quiet:
        assert fired(venue.tick(price)) == []

    events = of_kind(venue.tick(firing), AlgoTriggered)

    assert [event.algo_id for event in events] == [algo_id]
    assert events[0].price_e8 == firing * TICK_E8


@pytest.mark.parametrize(
    ("trigger", "index_e8", "fires"),
    [
        (1_010, 1_010 * TICK_E8 - 1, False),
        (1_010, 1_010 * TICK_E8, True),
        (1_010, 1_010 * TICK_E8 + 1, True),
        (990, 990 * TICK_E8 + 1, False),
        (990, 990 * TICK_E8, True),
        (990, 990 * TICK_E8 - 1, True),
    ],
)
def test_an_index_between_two_ticks_reaches_what_it_passed(
    trigger: int, index_e8: int, fires: bool
) -> None:
    """It is compared exactly, not rounded to a tick."""
    venue = open_venue(SWAP, is_protected=False)
    venue.wait_for(market=SWAP, trigger_price=trigger, trigger_by=INDEX)
    index = venue.engine.state.indices[1]
    venue.tick(1_000)
    venue.wall_ms += 1_000
    for source in range(1, 8):
        said = venue.said(source, 1_000)
        said.bid_e8 = said.last_e8 = said.ask_e8 = said.low_e8 = said.high_e8 = index_e8
        said.bid_e8 -= 1
        venue.do(said)
    venue.wall_ms -= 1_000
    venue.outside = 0
    events = venue.tick()

    assert index.value_e8 == index_e8
    assert (fired(events) != []) == fires


def test_a_fired_order_says_why_it_was_made() -> None:
    """AlgoTriggered, the order, its cause, its trades; the tag goes along, the client id stays."""
    venue = open_venue()
    depth(venue, SPOT, bid=900, ask=1_100)
    algo_id = venue.wait_for(
        trigger_price=950, quantity=3, client_id=b"stop".ljust(32, b"\0"), tag=b"t".ljust(16, b"\0")
    )
    events = venue.trade(950)
    triggered = of_kind(events, AlgoTriggered)[0]
    accepted = of_kind(events, OrderAccepted)[1]
    caused = of_kind(events, OrderCaused)[0]
    filled = of_kind(events, OrderFilled)[1]

    assert triggered.price_e8 == 950 * TICK_E8 and triggered.reason == 0 and triggered.leg == 0
    assert triggered.order_id == accepted.order_id == caused.order_id == filled.taker_order_id
    assert (caused.cause, caused.first, caused.second) == (OrderCause.ALGO, algo_id, 0)
    assert (accepted.order_type, accepted.time_in_force) == (OrderType.MARKET, TimeInForce.IOC)
    assert accepted.client_id == b"" and accepted.tag.rstrip(b"\0") == b"t"
    assert (filled.price, filled.quantity) == (900, 3)
    assert venue.engine.ledger_faults() == []


def test_a_limit_leg_rests_at_its_price() -> None:
    """What it does not trade at once stays in the book."""
    venue = open_venue()
    venue.wait_for(side=BUY, trigger_price=1_010, order_price=1_005)
    events = venue.trade(1_010)

    assert of_kind(events, OrderAccepted)[1].limit_price == 1_005
    assert venue.account(ALICE).open_orders == 1


def test_a_limit_leg_beyond_the_price_limit_is_moved_to_it() -> None:
    """Stops are clamped, not refused."""
    venue = open_venue(SWAP, price=10_000)
    venue.wait_for(market=SWAP, side=BUY, trigger_price=10_010, trigger_by=LAST, order_price=12_000)
    events = venue.trade(10_010, SWAP)
    high = venue.engine.state.markets[SWAP].high

    assert of_kind(events, OrderAccepted)[1].limit_price == high < 12_000


def test_tr1_a_stop_does_not_fire_on_a_price_that_waits_for_confirmation() -> None:
    """TR1: the outside price falls to 0.32 of what it was; the stop by mark stands far above."""
    venue = open_venue(SWAP, price=60_000)
    venue.wait_for(market=SWAP, trigger_price=59_000, trigger_by=MARK)
    venue.wait_for(market=SWAP, trigger_price=59_000, trigger_by=INDEX)
    states = set()
    for _ in range(40):
        events = venue.tick(19_200)
        states.add(int(of_kind(events, IndexPublished)[0].state))
        if IndexState.NORMAL not in states:
            assert fired(events) == []
        else:
            break

    assert IndexState.CONFIRM in states


def test_a_stop_does_not_fire_while_most_sources_lie() -> None:
    """Held for a dispute, and afterwards only the present price counts."""
    venue = open_venue(SWAP, price=60_000)
    venue.wait_for(market=SWAP, trigger_price=59_000, trigger_by=MARK)
    for lies in (4, 4, 4, 4, 0, 0, 0, 0, 0):
        assert fired(venue.tick(60_000, times=10, lies=lies)) == []
    assert venue.engine.state.indices[1].state == IndexState.NORMAL


TRAILING = {
    "TR2 sell 1 %": (SELL, {"callback_e8": 1_000_000}, [1_100, 1_095, 1_090], 1_089),
    "sell 1 %, straight through": (SELL, {"callback_e8": 1_000_000}, [1_100, 1_090], 900),
    "sell 1 %, lower high later": (SELL, {"callback_e8": 1_000_000}, [1_100, 1_095, 1_099], 1_089),
    "sell 5 ticks": (SELL, {"callback_ticks": 5}, [1_001, 997, 1_010, 1_006], 1_005),
    "sell, best one tick up": (SELL, {"callback_ticks": 5}, [1_001, 1_002, 998], 997),
    "buy, best one tick down": (BUY, {"callback_ticks": 5}, [999, 998, 1_002], 1_003),
    "buy 1 %": (BUY, {"callback_e8": 1_000_000}, [900, 905, 908], 909),
    "buy 1 %, rounded up": (BUY, {"callback_e8": 1_000_000}, [901, 910], 911),
    "sell 0.1 % of a small price": (SELL, {"callback_e8": 100_000}, [1_001, 1_000], 999),
    "buy 5 ticks": (BUY, {"callback_ticks": 5}, [999, 1_003, 990, 994], 995),
    "sell active from 1050": (
        SELL,
        {"callback_e8": 1_000_000, "active_price": 1_050},
        [900, 1_049, 800, 1_050, 1_040],
        1_039,
    ),
    "sell active below the price": (
        SELL,
        {"callback_ticks": 10, "active_price": 950},
        [1_200, 951, 945, 936],
        935,
    ),
    "buy active from 950": (BUY, {"callback_ticks": 20, "active_price": 950}, [951, 950, 969], 970),
}


@pytest.mark.parametrize("row", TRAILING.values(), ids=TRAILING)
@pytest.mark.parametrize("kind", [LAST, MARK, INDEX], ids=["last", "mark", "index"])
@pytest.mark.parametrize("is_restarted", [False, True], ids=["", "restarted"])
def test_a_trailing_order_follows_the_best_price(
    row: tuple[int, dict[str, int], list[int], int], kind: int, is_restarted: bool
) -> None:
    """It fires at its distance from the best price since it became active."""
    side, terms, quiet, firing = row
    venue = open_venue(SWAP, is_protected=False)
    algo_id = venue.wait_for(
        market=SWAP, algo_type=AlgoType.TRAILING, side=side, trigger_by=kind, **terms
    )
    for price in quiet:
        events = venue.trade(price, SWAP) if kind == LAST else venue.tick(price)
        assert fired(events) == [], price
        if is_restarted:
            venue.restart()
    events = venue.trade(firing, SWAP) if kind == LAST else venue.tick(firing)

    assert fired(events) == [algo_id]


def test_a_trailing_order_does_not_follow_a_price_that_is_not_accepted() -> None:
    """TR2 says "accepted prices only": a jump up that is not confirmed does not raise the stop."""
    venue = open_venue(SWAP, price=10_000)
    venue.wait_for(
        market=SWAP, algo_type=AlgoType.TRAILING, trigger_by=INDEX, callback_e8=1_000_000
    )
    venue.tick(15_000, times=1)
    assert venue.engine.state.indices[1].state == IndexState.CONFIRM
    for algo in venue.engine.state.algo_book.by_id.values():
        assert algo.best_price() == 10_000 * TICK_E8

    assert fired(venue.tick(10_000, times=3)) == []


def test_a_trailing_order_placed_on_an_uncertain_price_starts_at_the_next_accepted_one() -> None:
    """The held mark is not a price that it has seen."""
    venue = open_venue(SWAP, price=10_000)
    venue.tick(15_000)
    algo_id = venue.wait_for(
        market=SWAP, algo_type=AlgoType.TRAILING, trigger_by=MARK, callback_e8=1_000_000
    )
    algo = venue.engine.state.algo_book.by_id[algo_id]
    assert algo.best_price() == 0
    venue.restart()
    algo = venue.engine.state.algo_book.by_id[algo_id]
    venue.tick(10_000, times=20)

    assert algo.best_price() == 10_000


def test_how_long_a_command_was_valid_is_no_part_of_the_state() -> None:
    """Two venues with the same algo orders have the same bytes."""
    hashes = []
    for valid_for_ms in (1_000, 2_000):
        venue = open_venue()
        venue.wait_for(trigger_price=950, valid_for_ms=valid_for_ms)
        hashes.append(venue.engine.state_hash())

    assert hashes[0] == hashes[1]


def test_tr3_the_first_leg_to_fire_ends_the_other() -> None:
    """TR3: take profit 105, stop loss 95; the last price comes to 105."""
    venue = open_venue()
    algo_id = venue.wait_for(
        algo_type=AlgoType.OCO,
        trigger_price=1_050,
        second_trigger_price=950,
        second_order_price=940,
    )
    events = of_kind(venue.trade(1_050), AlgoTriggered)

    assert [(event.algo_id, event.leg) for event in events] == [(algo_id, 0)]
    assert fired(venue.trade(950)) == []
    assert venue.account(ALICE).algos == 0
    assert venue.engine.ledger_faults() == []


@pytest.mark.parametrize("is_swapped", [False, True])
@pytest.mark.parametrize("kinds", [(LAST, LAST), (LAST, MARK), (MARK, LAST), (INDEX, MARK)])
def test_either_leg_fires_with_its_own_price(kinds: tuple[int, int], is_swapped: bool) -> None:
    """Whichever leg is above, whatever each of them watches."""
    above, below = (1 if is_swapped else 0), (0 if is_swapped else 1)
    prices = (950, 1_050) if is_swapped else (1_050, 950)
    for price, leg in ((1_050, above), (950, below)):
        venue = open_venue(SWAP, is_protected=False)
        venue.wait_for(
            market=SWAP,
            algo_type=AlgoType.OCO,
            trigger_price=prices[0],
            trigger_by=kinds[0],
            second_trigger_price=prices[1],
            second_trigger_by=kinds[1],
        )
        events = venue.trade(price, SWAP) if kinds[leg] == LAST else venue.tick(price)

        assert [event.leg for event in of_kind(events, AlgoTriggered)] == [leg]


def test_a_frozen_venue_fires_nothing() -> None:
    """And when the freeze ends only the present price counts."""
    venue = open_venue(SWAP, is_protected=False)
    stop = venue.wait_for(market=SWAP, trigger_price=950, trigger_by=MARK)
    venue.wait_for(market=SWAP, trigger_price=900, trigger_by=MARK)
    last = venue.wait_for(market=SWAP, trigger_price=960, trigger_by=LAST)
    venue.order(21, SELL, 940, 1, SWAP)
    venue.do(SetFreeze(index_id=1, is_frozen=True, operator_id=1))
    assert fired(venue.order(22, BUY, 940, 1, SWAP)) == []
    assert fired(venue.tick(800)) == []
    venue.tick(950)
    venue.do(SetFreeze(index_id=1, is_frozen=False, operator_id=1, second_operator_id=2))

    assert fired(venue.tick(950)) == [stop]
    assert fired(venue.trade(955, SWAP)) == [last]


@pytest.mark.parametrize("later", [9_900, 10_000], ids=["stays low", "is back"])
def test_after_an_outage_only_the_price_counts_at_which_triggers_act_again(later: int) -> None:
    """The venue comes back to a price beyond the stop, and leaves people time to act."""
    venue = open_venue(SWAP, price=10_000)
    stop = venue.wait_for(market=SWAP, trigger_price=9_950, trigger_by=MARK)
    venue.wall_ms += 20_000
    assert of_kind(venue.tick(9_900), OutageEnded)
    seconds = 1
    while not may_fire(venue.engine.state, venue.engine.state.markets[SWAP], MARK):
        price = 9_900 if seconds < 200 else later
        events = venue.tick(price)
        seconds += 1
        assert seconds < 400
        if fired(events):
            break

    assert seconds > 200
    assert (stop not in venue.engine.state.algo_book.by_id) == (later == 9_900)


def test_liquidity_that_is_gone_ends_the_stop_with_a_reason() -> None:
    """A market order needs somebody on the other side."""
    venue = open_venue()
    venue.wait_for(trigger_price=950)
    triggered = of_kind(venue.trade(950), AlgoTriggered)[0]

    assert (triggered.order_id, triggered.reason) == (0, RejectReason.NO_MARKET)
    assert venue.account(ALICE).algos == 0


def test_what_the_cap_leaves_of_a_stop_is_cancelled() -> None:
    """The book is thin: the stop takes what is inside its cap."""
    venue = open_venue()
    venue.order(BOB, BUY, 940, 2)
    venue.order(BOB, BUY, 100, 9)
    venue.wait_for(trigger_price=950, quantity=5)
    events = venue.trade(950)

    assert [fill.quantity for fill in of_kind(events, OrderFilled)[1:]] == [2]
    assert [one.quantity_open for one in of_kind(events, OrderCancelled)] == [3]


def test_a_reduce_only_stop_is_cut_to_the_position() -> None:
    """Ten lots of a stop for fifty; afterwards there is nothing left to reduce."""
    venue = open_venue(SWAP, price=10_000)
    venue.order(BOB, SELL, 10_000, 10, SWAP)
    venue.order(ALICE, BUY, 10_000, 10, SWAP)
    depth(venue, SWAP, bid=9_990, ask=10_020)
    for _ in range(2):
        venue.wait_for(
            market=SWAP, trigger_price=9_995, trigger_by=LAST, quantity=50, reduce_only=True
        )
    venue.order(21, SELL, 9_995, 1, SWAP)
    events = venue.order(22, BUY, 9_995, 1, SWAP)
    triggered = of_kind(events, AlgoTriggered)

    assert [fill.quantity for fill in of_kind(events, OrderFilled)] == [1, 10]
    assert [one.reason for one in triggered] == [0, RejectReason.NOTHING_TO_REDUCE]
    assert venue.account(ALICE).positions[0].size == 0


def test_margin_is_checked_when_it_fires() -> None:
    """Accepted while nobody could pay for it; refused then."""
    venue = open_venue(SWAP, price=10_000)
    depth(venue, SWAP, bid=9_990, ask=10_010)
    cash = venue.engine.state.trading_account(venue.account(ALICE), 2)
    house = venue.engine.state.trading_account(venue.account(BOB), 2)
    house.balance += cash.balance - 10**9
    cash.balance = 10**9
    venue.wait_for(market=SWAP, side=BUY, trigger_price=10_005, trigger_by=LAST, quantity=500)
    venue.order(21, SELL, 10_005, 1, SWAP)
    triggered = of_kind(venue.order(22, BUY, 10_005, 1, SWAP), AlgoTriggered)[0]

    assert (triggered.order_id, triggered.reason) == (0, RejectReason.INSUFFICIENT_MARGIN)


def test_balance_is_checked_when_it_fires() -> None:
    """The same for spot, paid in full."""
    venue = open_venue(INDEXED_SPOT, price=10_000)
    depth(venue, INDEXED_SPOT, bid=9_990, ask=10_010)
    cash = venue.engine.state.trading_account(venue.account(ALICE), 1)
    other = venue.engine.state.trading_account(venue.account(BOB), 1)
    other.balance += cash.balance
    cash.balance = 0
    venue.wait_for(market=INDEXED_SPOT, trigger_price=9_995, trigger_by=LAST)
    venue.order(21, SELL, 9_995, 1, INDEXED_SPOT)
    triggered = of_kind(venue.order(22, BUY, 9_995, 1, INDEXED_SPOT), AlgoTriggered)[0]

    assert (triggered.order_id, triggered.reason) == (0, RejectReason.INSUFFICIENT_BALANCE)
