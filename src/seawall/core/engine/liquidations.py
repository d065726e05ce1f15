"""The liquidation scan: whose condition holds, and who is served first (domain 4.2).

Each tick looks only at units that the watch calls due, and at those that have a standing. A unit
whose equity is at or below its maintenance margin is always due (the watch is sound), and one that
was so at the last tick has a standing; so every counter is what it would be if all units were
looked at. A due unit that is healthy and has no standing is only measured anew, which is no part of
the state: two engines that watch differently stay equal.

Counting makes no events. Acting does, and stops when the tick has said enough: who was not served
is served in the next tick, where the lowest ratio still comes first.
"""

from mypy_extensions import i64

from seawall.core.engine.doubled import is_sheltered
from seawall.core.engine.insurance import observe_fund, parameters_of
from seawall.core.engine.liquidation_state import (
    CROSS_BIT,
    RANKINGS_PER_TICK_MAX,
    SLOT_BITS,
    Standing,
    unit_key,
)
from seawall.core.engine.liquidation_steps import end_episode, serve_unit
from seawall.core.engine.quiet_units import let_rest
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.engine.tick_budget import is_spent
from seawall.core.engine.unit_health import (
    BEST,
    MARK,
    UnitHealth,
    is_certain,
    is_degraded,
    may_any_leg,
    measure_unit,
)
from seawall.core.engine.units_watch import add_unit, drop_unit, find_unit
from seawall.core.engine.unwinding import unwind
from seawall.core.liquidation import (
    Claim,
    Unit,
    bad_ticks_after,
    is_liquidatable,
    lowest_ratio_first,
    may_act,
)
from seawall.core.model.enums import LiquidationPhase, SystemMode
from seawall.core.model.limits import ACCOUNT_ID_ERROR, TICK_EVENTS_MAX


def tick_liquidations(state: State) -> None:
    """Step 7 of the tick: after marks, triggers and funding."""
    liquidations = state.liquidations
    liquidations.limiters = {}
    liquidations.shifts = {}
    liquidations.rankings_left = RANKINGS_PER_TICK_MAX
    liquidations.events_max = TICK_EVENTS_MAX
    reserved = state.out.events + TICK_EVENTS_MAX // 2  # others cannot starve liquidations
    if liquidations.events_max < reserved:
        liquidations.events_max = reserved
    swaps: list[Market] = []
    for instrument_id in sorted(state.markets):
        market = state.markets[instrument_id]
        swap = market.swap
        if swap is None:
            continue
        swaps.append(market)
        observe_fund(state, market)
        _cross(state, market, swap)
    if len(swaps) == 0:
        return
    _serve(state, _examine_all(state))
    for market in swaps:
        unwind(state, market)


def _cross(state: State, market: Market, swap: SwapMarket) -> None:
    """Tell the watch where the mark is; both ends of an uncertain one, in every tick."""
    liquidations = state.liquidations
    watch = liquidations.watch
    instrument_id = market.instrument.instrument_id
    if instrument_id not in watch.instruments:
        watch.add_instrument(
            instrument_id=instrument_id,
            unit_value=market.instrument.unit_value,
            tiers=swap.tiers,
        )
    if swap.mark == 0:
        return
    if swap.low_mark != swap.high_mark:
        watch.crossed(instrument_id=instrument_id, mark=swap.low_mark)
        watch.crossed(instrument_id=instrument_id, mark=swap.high_mark)
    if liquidations.crossed_marks.get(instrument_id, 0) != swap.mark:
        liquidations.crossed_marks[instrument_id] = swap.mark
        watch.crossed(instrument_id=instrument_id, mark=swap.mark)


def _examine_all(state: State) -> list[Claim]:
    """Look at who has a standing and at who is due; returns those that may be liquidated now."""
    liquidations = state.liquidations
    watch = liquidations.watch
    looked_at: dict[int, bool] = {}
    claims: list[Claim] = []
    for key in sorted(liquidations.standings):
        account = state.accounts[key >> SLOT_BITS]
        if account.account_id >= ACCOUNT_ID_ERROR:
            continue
        key_id: i64 = key & 0xFFFF
        is_cross = key & CROSS_BIT != 0
        found = find_unit(account, key_id=key_id, is_cross=is_cross)
        if found is None:
            found = add_unit(state, account, key_id=key_id, is_cross=is_cross)
        looked_at[key] = True
        _examine(state, found, claims)
    for unit in watch.waiting():
        let_rest(state, unit)
    for unit in watch.due():
        if _key_of(unit) not in looked_at:
            _examine(state, unit, claims)
    return claims


def _key_of(unit: Unit) -> i64:
    return unit_key(account_slot=unit.account_slot, key_id=unit.key_id, is_cross=unit.is_cross)


def _examine(state: State, unit: Unit, claims: list[Claim]) -> None:
    """Measure the unit anew for the watch, and count its ticks below the maintenance margin."""
    liquidations = state.liquidations
    liquidations.examined += 1
    account = state.accounts[unit.account_slot]
    standing = liquidations.standings.get(_key_of(unit))
    health = measure_unit(state, account, key_id=unit.key_id, is_cross=unit.is_cross, prices=MARK)
    if len(health.legs) == 0:
        if standing is not None:
            end_episode(state, account, standing)
        drop_unit(state, unit)
        return
    for leg in health.legs:
        liquidations.watch.note(
            unit,
            instrument_id=leg.position.instrument_id,
            size=leg.position.size,
            mark=leg.mark,
            notional=leg.notional,
        )
    liquidations.watch.measure(unit, slack=health.equity - health.maintenance)
    if not is_certain(health):
        health = measure_unit(
            state, account, key_id=unit.key_id, is_cross=unit.is_cross, prices=BEST
        )
    standing = _count(state, account, unit, standing, health)
    if standing is not None and _is_claim(state, standing, health):
        part = unit.key_id | CROSS_BIT if unit.is_cross else unit.key_id
        claims.append(
            Claim(
                equity=health.equity,
                maintenance=health.maintenance,
                account_id=account.account_id,
                instrument_id=part,
            )
        )


def _count(
    state: State, account: Account, unit: Unit, standing: Standing | None, health: UnitHealth
) -> Standing | None:
    """One more tick on which the condition holds, or an end of the row; a tick whose prices do not
    allow liquidations ends it too. Returns the standing that is left.
    """
    liquidations = state.liquidations
    is_bad = is_liquidatable(equity=health.equity, maintenance=health.maintenance)
    if state.mode != SystemMode.NORMAL or not may_any_leg(state, health):
        is_bad = False
        if standing is not None and standing.phase != LiquidationPhase.HEALTHY:
            standing.bad_ticks = 0
            return None
    if not is_bad and (standing is None or standing.phase == LiquidationPhase.HEALTHY):
        if standing is not None:
            del liquidations.standings[standing.key]
        return None
    if standing is None:
        standing = liquidations.standing(
            account_slot=account.slot, key_id=unit.key_id, is_cross=unit.is_cross
        )
    standing.bad_ticks = bad_ticks_after(standing.bad_ticks, is_bad=is_bad)
    return standing


def _is_claim(state: State, standing: Standing, health: UnitHealth) -> bool:
    """Whether the unit is being liquidated, or its condition has held for long enough: with equity
    used up, few sources do not earn more patience.
    """
    is_repairing = state.overlay is not None or len(state.grace_until_ms) > 0
    if is_repairing and is_sheltered(state, health):
        return False
    if standing.phase != LiquidationPhase.HEALTHY or not state.is_protected:
        return True
    return may_act(
        parameters_of(state, health.legs[0].market),
        bad_ticks=standing.bad_ticks,
        is_degraded=is_degraded(health) and health.equity > 0,
    )


def _serve(state: State, claims: list[Claim]) -> None:
    """Lowest ratio first, then account, then unit, as long as the tick has room."""
    for claim in lowest_ratio_first(claims):
        if is_spent(state):
            return
        account = state.account(claim.account_id)
        assert account is not None
        key = account.slot << SLOT_BITS | claim.instrument_id
        standing = state.liquidations.standings.get(key)
        if standing is not None:
            serve_unit(state, account, standing)
