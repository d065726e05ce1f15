"""Markets that pause by themselves, what bounds orders and fills, and when prices are acted upon
again.
"""

from __future__ import annotations

import pytest

from seawall.core.engine.arming import AFTER_LONG_OUTAGE_MS, AFTER_SHORT_OUTAGE_MS
from seawall.core.engine.guards import may_act_on_mark
from seawall.core.engine.trading_states import effective_state, stricter
from seawall.core.model.commands import AdjustMargin, SetParameter, SetTradingState
from seawall.core.model.enums import (
    CancelReason,
    IndexState,
    MarginMode,
    SystemMode,
    TimeInForce,
    TradingState,
)
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import Event, TradingStateChanged
from seawall.core.model.order_events import OrderCancelled
from seawall.core.model.rejects import RejectReason
from seawall.core.model.risk_events import FreezeChanged
from seawall.core.pricing import Action
from tests.core.engine.outside_world import (
    ALICE,
    BOB,
    CAROL,
    E8,
    INDEX,
    OLGA,
    OTTO,
    PRICE,
    SPOT,
    SWAP,
    World,
    fills_of,
    genesis,
    of_kind,
    reason_of,
    running,
)

ABOVE_THE_BAND = PRICE * 103 // 100 + 10
PAUSE_S = 120


def states(events: list[Event], instrument_id: int = SWAP) -> list[tuple[int, int]]:
    """Old and new state of each change."""
    said = of_kind(events, TradingStateChanged)
    return [
        (int(one.old_state), int(one.new_state))
        for one in said
        if one.instrument_id == instrument_id
    ]


def at_the_band() -> World:
    """Alice buys up to 5 % above the index, where Bob's asks stand beyond the band of 3 %."""
    world = running()
    world.do(SetParameter(SWAP, b"limit_premium_e8", 5 * E8 // 100, OLGA, OTTO))
    world.do(SetParameter(SWAP, b"market_cap_e8", 5 * E8 // 100, OLGA, OTTO))
    world.tick()
    world.sell(BOB, 100, ABOVE_THE_BAND)
    return world


def run_into_the_band(world: World) -> list[Event]:
    """A taker who wants what stands beyond it."""
    return world.buy(ALICE, 1, ABOVE_THE_BAND)


def stop_at(world: World, *seconds: int) -> list[tuple[int, int]]:
    """Stops at these seconds from now; the states that ensue, up to a second after the last."""
    found = []
    for second in range(seconds[-1] + 1):
        if second in seconds:
            events = run_into_the_band(world)
            reasons = [one.reason for one in of_kind(events, OrderCancelled)]
            assert reasons == [CancelReason.BAND_PROTECT]
        found += states(world.tick())
    return found


def test_bp1_takers_who_run_into_the_band_for_fifteen_seconds_pause_the_swap() -> None:
    """Stops at 0, 10 and 20 s; then post-only for the time of the genesis, then as before."""
    world = at_the_band()

    assert stop_at(world, 0, 10, 20) == [(TradingState.LIVE, TradingState.POST_ONLY)]

    assert reason_of(world.buy(ALICE, 1, PRICE)) == RejectReason.POST_ONLY_MODE
    resting = world.buy(ALICE, 1, PRICE, time_in_force=TimeInForce.POST_ONLY)
    assert reason_of(resting) == 0
    assert states(world.tick(PAUSE_S - 1)) == []
    assert states(world.tick()) == [(TradingState.POST_ONLY, TradingState.LIVE)]
    assert fills_of(world.sell(CAROL, 1, PRICE)) == [(PRICE * 10, 1)]
    assert states(world.tick(PAUSE_S)) == []


def test_bp2_stops_that_are_far_apart_never_pause() -> None:
    """Stops at 0, 20 and 40 s: each more than 15 s after the last."""
    assert stop_at(at_the_band(), 0, 20, 40) == []


def test_bp3_no_fill_lies_outside_the_band() -> None:
    """Mark 60,000: two lots at 61,000, one at 61,790, the five at 61,810 stay untouched."""
    world = at_the_band()
    world.sell(BOB, 2, 61_000)
    world.sell(BOB, 1, 61_790)
    world.sell(BOB, 5, 61_810)
    assert (world.swap.mark, world.market.band_high, world.market.high) == (
        600_000,
        618_000,
        630_000,
    )

    events = world.buy(ALICE, 10, 62_000)

    assert fills_of(events) == [(610_000, 2), (617_900, 1)]
    ended = of_kind(events, OrderCancelled)
    assert [(one.reason, one.quantity_open) for one in ended] == [(CancelReason.BAND_PROTECT, 7)]


def test_without_protections_there_is_no_band_and_no_pause() -> None:
    """Every ask is bought, however far."""
    world = running(genesis(is_protected=False))
    world.sell(BOB, 1, 400_000)

    assert fills_of(world.buy(ALICE, 1, 400_000)) == [(4_000_000, 1)]
    assert states(world.tick(30)) == []


def test_the_end_of_a_pause_leaves_what_an_operator_did_meanwhile() -> None:
    """And an operator who says LIVE does not end the pause."""
    world = at_the_band()
    stop_at(world, 0, 10, 20)

    for wanted, shown in (
        (TradingState.REDUCE_ONLY, TradingState.POST_ONLY),
        (TradingState.LIVE, TradingState.POST_ONLY),
        (TradingState.HALTED, TradingState.HALTED),
    ):
        events = world.do(SetTradingState(SWAP, wanted))
        assert states(events)[0][1] == shown
    assert states(world.tick(PAUSE_S)) == []
    assert effective_state(world.engine.state, world.market) == TradingState.HALTED


def test_the_strictest_state_counts_and_post_only_beats_reduce_only() -> None:
    """Reducers may take in REDUCE_ONLY; in POST_ONLY nobody may."""
    for one in range(TradingState.HALTED + 1):
        assert stricter(one, TradingState.LIVE) == one
        assert stricter(one, TradingState.HALTED) == TradingState.HALTED
        assert stricter(one, one) == one
        assert stricter(one, TradingState.REDUCE_ONLY) == stricter(TradingState.REDUCE_ONLY, one)
    both = stricter(TradingState.POST_ONLY, TradingState.REDUCE_ONLY)
    assert both == TradingState.POST_ONLY


def test_a_reducer_may_not_take_while_a_recovery_is_post_only() -> None:
    """Whatever state the operator left the swap in."""
    world = running()
    world.trade(ALICE, BOB, 5, PRICE)
    world.buy(CAROL, 5, PRICE - 1)
    world.do(SetTradingState(SWAP, TradingState.REDUCE_ONLY))
    assert fills_of(world.sell(ALICE, 1, PRICE - 1)) == [(599_990, 1)]
    world.jump(20_000)
    world.tick(70)
    assert world.engine.state.mode == SystemMode.RECOVERY_POST_ONLY

    assert reason_of(world.sell(ALICE, 1, PRICE - 1)) == RejectReason.POST_ONLY_MODE


def silence(world: World, seconds: int) -> list[Event]:
    """All sources stop."""
    world.silent = set(range(1, 8))
    return world.tick(seconds)


def until_held(world: World) -> None:
    """Silence, until the tick that holds the index."""
    while world.engine.state.indices[INDEX].state != IndexState.HOLD:
        assert states(silence(world, 1)) == []


@pytest.mark.parametrize("side", ["bids", "asks"])
def test_a_hold_halts_a_swap_whose_book_has_one_side_only_for_a_minute(side: str) -> None:
    """Until the hold is over; people may add margin meanwhile."""
    world = running()
    world.trade(ALICE, BOB, 5, PRICE, margin_mode=MarginMode.ISOLATED)
    if side == "bids":
        world.buy(CAROL, 5, PRICE - 10)
    else:
        world.sell(CAROL, 5, PRICE + 10)
    until_held(world)
    assert states(world.tick(59)) == []

    assert states(world.tick()) == [(TradingState.LIVE, TradingState.HALTED)]

    assert reason_of(world.sell(ALICE, 1, PRICE - 10)) == RejectReason.INSTRUMENT_HALTED
    assert reason_of(world.do(AdjustMargin(ALICE, SWAP, 100 * E8))) == 0
    world.silent = set()
    assert states(world.tick(12)) == [(TradingState.HALTED, TradingState.LIVE)]


@pytest.mark.slow
def test_the_minute_of_half_a_book_begins_anew_when_it_was_whole_meanwhile() -> None:
    """One second of a whole book is enough."""
    world = running()
    world.buy(CAROL, 5, PRICE - 10)
    until_held(world)
    world.tick(50)
    placed = world.sell(BOB, 5, PRICE + 10, time_in_force=TimeInForce.POST_ONLY)
    world.tick()
    world.cancel(placed)

    assert states(world.tick(60)) == []
    assert states(world.tick()) == [(TradingState.LIVE, TradingState.HALTED)]


def test_a_hold_does_not_halt_a_book_with_both_sides_or_spot() -> None:
    """Somebody makes a market; and spot is nobody's margin."""
    world = running()
    world.buy(CAROL, 5, PRICE - 10)
    world.sell(BOB, 5, PRICE + 10)
    world.order(CAROL, 0, 1_000, PRICE - 10, SPOT)

    events = silence(world, 100)

    assert states(events) == []
    assert states(events, SPOT) == []


def test_an_index_that_comes_back_far_from_the_last_trade_reopens_with_a_pause() -> None:
    """Scenario S9: the price fell 8 % while nobody saw it."""
    world = running()
    world.trade(ALICE, BOB, 5, PRICE)
    silence(world, 1_200)
    world.silent = set()
    world.outside(PRICE * 92 // 100)

    events = []
    while world.engine.state.indices[INDEX].state != IndexState.NORMAL:
        events = world.tick()

    assert states(events) == [(TradingState.LIVE, TradingState.POST_ONLY)]
    assert world.swap.mark == PRICE * 92 // 10
    assert seconds_until_acting(world) == 30
    assert states(world.tick(PAUSE_S)) == [(TradingState.POST_ONLY, TradingState.LIVE)]


def test_a_price_of_a_few_ticks_halts_until_an_operator_says_otherwise() -> None:
    """Scenario S13: no floor for the index, but nine ticks are no market."""
    world = running(genesis(is_protected=True))
    world.engine.state.indices[INDEX].override(world.now_ms, E8)
    world.outside(1.0)
    world.tick(2)
    assert world.swap.mark == 10
    assert world.market.instrument.trading_state == TradingState.LIVE
    world.outside(0.99)

    events = world.tick(3)

    assert states(events) == [(TradingState.LIVE, TradingState.HALTED)]
    assert states(events, SPOT) == [(TradingState.LIVE, TradingState.HALTED)]


# Arming


def acts(world: World) -> bool:
    """Whether liquidations may happen."""
    return may_act_on_mark(world.engine.state, world.market, Action.LIQUIDATE)


def seconds_until_acting(world: World, most: int = 400) -> int:
    """How many seconds pass until liquidations may happen."""
    for second in range(most):
        if acts(world):
            return second
        world.tick()
    return most


def test_liquidations_wait_three_seconds_after_a_confirmation() -> None:
    """A fall of 9 % stands 5 s, then people have 3 s more."""
    world = running()
    world.outside(PRICE * 91 // 100)
    world.tick()
    assert world.engine.state.indices[INDEX].state == IndexState.CONFIRM
    while world.engine.state.indices[INDEX].state == IndexState.CONFIRM:
        assert not acts(world)
        world.tick()

    assert world.swap.mark == PRICE * 91 // 10
    assert seconds_until_acting(world) == 3


def test_liquidations_wait_thirty_seconds_after_a_long_hold_and_not_after_a_short_one() -> None:
    """Longer than 30 s is long."""
    for held, waited in ((45, 30), (5, 0)):
        world = running()
        silence(world, 10 + held)
        world.silent = set()
        while world.engine.state.indices[INDEX].state == IndexState.HOLD:
            world.tick()
        assert seconds_until_acting(world) == waited


@pytest.mark.parametrize(
    ("away_ms", "waited_ms"),
    [
        (4_000, 5_000 + AFTER_SHORT_OUTAGE_MS),
        (30_000, 60_000 + 120_000 + AFTER_LONG_OUTAGE_MS),
    ],
)
def test_after_an_outage_prices_are_acted_upon_only_a_while_after_live(
    away_ms: int, waited_ms: int
) -> None:
    """Ten seconds after a short one, a minute after a long one."""
    world = running()
    world.jump(away_ms)

    assert seconds_until_acting(world) == waited_ms // 1_000


def test_a_detector_pauses_what_hangs_on_the_mark_for_ten_seconds() -> None:
    """One lying source; trading goes on."""
    world = running()
    world.say(3, 0.32)
    world.prices[3] = 0.32

    events = world.tick()

    assert [one.index_id for one in of_kind(events, FreezeChanged)] == [INDEX]
    assert world.engine.state.indices[INDEX].state == IndexState.NORMAL
    assert reason_of(world.trade(ALICE, BOB, 1, PRICE)) == 0
    assert seconds_until_acting(world) == 10


@pytest.mark.parametrize("is_protected", [True, False])
def test_nothing_acts_on_prices_while_an_operator_froze_them(is_protected: bool) -> None:
    """The venue, or this index."""
    world = running(genesis(is_protected=is_protected))
    for index_id in (0, INDEX):
        assert acts(world)
        world.freeze(index_id)
        assert not acts(world)
        world.tick(100)
        assert not acts(world)
        world.release(index_id)


def test_a_clock_that_jumps_an_hour_ends_in_a_hold_and_one_that_goes_back_does_nothing() -> None:
    """Scenario S38."""
    world = running()
    before = world.engine.state_hash()
    clock = world.engine.clock_ms
    world.jump(-500)
    assert world.engine.clock_ms == clock
    world.now_ms += 500
    assert world.engine.state_hash() != before  # the beat and the seq are state

    world.jump(3_600_000)

    assert world.engine.state.indices[INDEX].state == IndexState.HOLD
    assert world.engine.state.mode == SystemMode.RECOVERY_CANCEL_ONLY
    assert not acts(world)
    assert world.engine.ledger_faults() == []


def test_pauses_and_averages_survive_a_restart_and_are_told_to_late_readers() -> None:
    """In the middle of each of them."""
    world = at_the_band()
    stop_at(world, 0, 10, 20)
    world.trade(ALICE, BOB, 1, PRICE, time_in_force=TimeInForce.POST_ONLY)
    told = [event for one in read_entries(world.engine.describe()) for event in one.events]
    assert states(told) == [(TradingState.LIVE, TradingState.POST_ONLY)]
    silence(world, 30)
    for _ in range(6):
        copy = world.restored()
        assert copy.engine.state_hash() == world.engine.state_hash()
        assert copy.tick(20) == world.tick(20)
        assert copy.engine.state_hash() == world.engine.state_hash()
