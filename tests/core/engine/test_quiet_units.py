"""The usual case of the scan: who is healthy rests, and only who is not gets a closer look."""

from __future__ import annotations

import pytest

from seawall.core.engine.quiet_units import let_rest
from seawall.core.engine.units_watch import find_unit
from seawall.core.liquidation import Unit
from seawall.core.model.commands import CancelOrder
from seawall.core.model.enums import IndexState
from seawall.core.model.risk_events import PositionChanged
from tests.core.engine.swap_venue import (
    BTC_SWAP,
    BUY,
    CROSS,
    ETH_SWAP,
    ISOLATED,
    SELL,
    USDT,
    SwapVenue,
    of_kind,
)

ALICE, BOB = 1, 2


def with_positions(mode: int = CROSS) -> SwapVenue:
    """Alice is long one bitcoin and ten ether against Bob; everybody is due until the tick."""
    venue = SwapVenue()
    venue.trade(ALICE, BOB, 100, 60_000, buyer_mode=mode)
    venue.trade(ALICE, BOB, 100, 3_000, instrument_id=ETH_SWAP)
    return venue


def unit_of(venue: SwapVenue, account_id: int, *, mode: int = CROSS) -> Unit:
    """What is watched of an account: its cross unit, or its isolated bitcoin."""
    is_cross = mode == CROSS
    found = find_unit(
        venue.account(account_id), key_id=USDT if is_cross else BTC_SWAP, is_cross=is_cross
    )
    assert found is not None
    return found


@pytest.mark.parametrize("mode", [CROSS, ISOLATED])
def test_a_healthy_unit_rests_and_is_watched_from_here(mode: int) -> None:
    """It was due because it is new; all of its slack is known afterwards."""
    venue = with_positions(mode)
    unit = unit_of(venue, ALICE, mode=mode)
    assert unit.is_due
    let_rest(venue.state, unit)

    assert not unit.is_due
    assert unit.allowance > 0 < unit.room_e8
    assert unit.first_leg is not None
    assert (mode == CROSS) == (unit.first_leg.unit_next is not None)


@pytest.mark.parametrize(("spare", "rests"), [(0, False), (4 * 2, False), (4 * 2 + 1, True)])
def test_equity_at_the_maintenance_margin_gets_a_closer_look(spare: int, rests: bool) -> None:
    """One unit more than what rounding could take lets it rest; so nothing is missed."""
    venue = with_positions()
    btc, eth = venue.swap(), venue.swap(ETH_SWAP)
    maintenance = sum(
        swap.tiers.maintenance_margin(
            100 * swap.mark * venue.market(instrument_id).instrument.unit_value
        )
        for instrument_id, swap in ((BTC_SWAP, btc), (ETH_SWAP, eth))
    )
    gained = sum(
        100 * swap.mark * venue.market(instrument_id).instrument.unit_value
        - venue.position(ALICE, instrument_id).cost
        for instrument_id, swap in ((BTC_SWAP, btc), (ETH_SWAP, eth))
    )
    venue.leave_cash(ALICE, maintenance - gained + spare)
    unit = unit_of(venue, ALICE)
    let_rest(venue.state, unit)

    assert rests == (not unit.is_due)


def test_an_uncertain_mark_is_never_the_usual_case() -> None:
    """While a jump waits for confirmation, a unit is valued at both ends, elsewhere."""
    venue = with_positions()
    venue.tick()
    venue.tick(btc=50_000)
    assert venue.state.indices[1].state == IndexState.CONFIRM
    venue.look_again(ALICE)
    unit = unit_of(venue, ALICE)
    let_rest(venue.state, unit)

    assert unit.is_due


def test_a_closed_unit_is_left_for_the_closer_look_which_drops_it() -> None:
    """Without positions there is nothing to watch, and the account forgets the unit."""
    venue = with_positions()
    venue.trade(BOB, ALICE, 100, 60_000)
    venue.trade(BOB, ALICE, 100, 3_000, instrument_id=ETH_SWAP)
    venue.look_again(ALICE)
    unit = unit_of(venue, ALICE)
    let_rest(venue.state, unit)
    assert unit.is_due
    venue.tick()

    assert venue.account(ALICE).first_unit is None


def test_a_tick_looks_once_at_who_is_due_and_at_nobody_else() -> None:
    """The count that benches print: two new cross units, then nobody."""
    venue = with_positions()
    before = venue.state.liquidations.examined
    venue.tick()
    first = venue.state.liquidations.examined
    venue.tick()

    assert [2, 0] == [first - before, venue.state.liquidations.examined - first]


def test_positions_are_said_by_account_then_instrument_however_many() -> None:
    """Few are sorted in place, many by keys: the same order."""
    venue = SwapVenue()
    for seller in range(40, 10, -1):
        venue.order(seller, SELL, 1, 60_000)
    events = of_kind(venue.order(ALICE, BUY, 30, 60_000), PositionChanged)

    assert [ALICE, *range(11, 41)] == [event.account_id for event in events]


def test_a_position_is_idle_when_it_needs_no_margin() -> None:
    """What is open, or could open, keeps it in the reckoning."""
    venue = SwapVenue()
    venue.order(ALICE, BUY, 1, 59_000)
    position = venue.position(ALICE)
    seen = [position.is_idle]
    order = venue.account(ALICE).first_order
    assert order is not None
    venue.do(CancelOrder(account_id=ALICE, instrument_id=BTC_SWAP, order_id=order.order_id))
    seen.append(position.is_idle)
    venue.trade(ALICE, BOB, 1, 60_000)

    assert [False, True, False] == [*seen, position.is_idle]
