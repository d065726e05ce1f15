"""One liquidation: cancel what is open, reduce in steps, hand over what is left (domain 4.2).

    HEALTHY     the condition has held for long enough, also without any one failure domain
      -> CANCEL     open orders and algos of the unit end (LIQ1); many orders take several ticks
      -> REDUCE     every five seconds the smallest part that restores the target is sold (LIQ3)
      -> TAKEOVER   past the bankruptcy price, or nearly there (LIQ5), with DELEVERAGE (LIQ6)
      -> HEALTHY    the target ratio is reached, or the condition is gone after some fills; with no
                    fill at all, as soon as the condition is gone

Without protections there is no patience, no limiter, no floor but one tick, and no takeover before
the market has taken what it takes.
"""

from mypy_extensions import i64

from seawall.core.clearing import Position
from seawall.core.engine.insurance import closing_side, parameters_of, unwind_side
from seawall.core.engine.liquidation_state import Standing
from seawall.core.engine.place import execute_order, price_inside
from seawall.core.engine.state import Account, State
from seawall.core.engine.swap_fill import settle_funding
from seawall.core.engine.takeover import take_over
from seawall.core.engine.unit_health import (
    BEST,
    SURE,
    UnitHealth,
    UnitLeg,
    certain_part,
    may_every_leg,
    may_trade,
    measure_unit,
)
from seawall.core.engine.unit_orders import cancel_unit_orders, closing_order, limiter_of
from seawall.core.engine.units_watch import note_change
from seawall.core.ledger import available, transfer
from seawall.core.liquidation import (
    LiquidationParameters,
    is_healed,
    is_liquidatable,
    is_ratio_below,
    liquidation_fee,
    must_take_over,
    smallest_reduction,
    step_cap,
    step_limit_price,
    takeover_price,
)
from seawall.core.model.enums import (
    LiquidationPhase,
    OrderCause,
)
from seawall.core.model.risk_event_writer import liquidation_stepped


def measured(state: State, account: Account, standing: Standing, prices: i64) -> UnitHealth:
    """The unit of the standing now."""
    return measure_unit(
        state, account, key_id=standing.key_id, is_cross=standing.is_cross, prices=prices
    )


def serve_unit(state: State, account: Account, standing: Standing) -> None:
    """Begin the unit's liquidation, or take its next step."""
    health = measured(state, account, standing, BEST)
    for leg in health.legs:
        settle_funding(state, leg.market, account, leg.position)
    health = measured(state, account, standing, BEST)
    if len(health.legs) == 0:
        end_episode(state, account, standing)
        return
    if standing.phase == LiquidationPhase.HEALTHY:
        sure = measured(state, account, standing, SURE)
        if not is_liquidatable(equity=sure.equity, maintenance=sure.maintenance):
            return
        if not is_liquidatable(equity=health.equity, maintenance=health.maintenance):
            return
        _begin(state, account, standing, health)
    if standing.phase == LiquidationPhase.CANCEL:
        if not cancel_unit_orders(state, account, standing):
            return
        standing.phase = LiquidationPhase.REDUCE
    parameters = parameters_of(state, health.legs[0].market)
    if _is_over(parameters, standing, health):
        end_episode(state, account, standing)
        return
    sure = measured(state, account, standing, SURE)
    if _is_over(parameters, standing, sure):
        return
    if state.is_protected and _is_lost(parameters, health) and _is_lost(parameters, sure):
        if may_every_leg(state, health):
            _hand_over(state, account, standing, health)
            return
        part = certain_part(state, health)
        if part is not None and certain_part(state, sure) is not None:
            _hand_over(state, account, standing, part)
            return
    _reduce(state, account, standing, health)


def _is_over(parameters: LiquidationParameters, standing: Standing, health: UnitHealth) -> bool:
    """Whether the episode ends. One that has sold nothing ends with its condition."""
    if standing.fills == 0:
        return not is_liquidatable(equity=health.equity, maintenance=health.maintenance)
    return is_healed(
        parameters,
        equity=health.equity,
        maintenance=health.maintenance,
        fills=standing.fills,
    )


def _is_lost(parameters: LiquidationParameters, health: UnitHealth) -> bool:
    """Whether the venue takes over: nothing is left at the mark, or almost nothing."""
    return must_take_over(
        parameters,
        equity=health.equity,
        maintenance=health.maintenance,
        is_past=health.equity <= 0,
    )


def _begin(state: State, account: Account, standing: Standing, health: UnitHealth) -> None:
    standing.phase = LiquidationPhase.CANCEL
    standing.episode = state.liquidations.next_episode(account.slot)
    for leg in health.legs:
        standing.sizes[leg.position.instrument_id] = leg.position.size
    mark: i64 = 0 if standing.is_cross else health.legs[0].mark
    say_step(state, account, standing, health, mark=mark)


def say_step(
    state: State,
    account: Account,
    standing: Standing,
    health: UnitHealth,
    *,
    mark: i64,
    quantity: i64 = 0,
    limit_price: i64 = 0,
) -> None:
    """LiquidationStepped. Of a cross account instrument 0 is said; the order that follows names the
    instrument whose mark this is.
    """
    liquidation_stepped(
        state.out,
        account_id=account.account_id,
        instrument_id=standing.instrument_id,
        phase=standing.phase,
        episode=standing.episode,
        step=standing.step,
        mark=mark,
        equity=health.equity,
        maintenance=health.maintenance,
        quantity=quantity,
        limit_price=limit_price,
    )


def end_episode(state: State, account: Account, standing: Standing) -> None:
    """Nothing more is done to the unit; what is left of a closed position's margin goes back to
    cash.
    """
    del state.liquidations.standings[standing.key]
    if standing.is_cross or standing.phase == LiquidationPhase.HEALTHY:
        return
    market = state.markets[standing.key_id]
    swap = market.swap
    assert swap is not None
    position = swap.position(account.slot)
    assert position is not None
    isolated = position.isolated
    if position.size == 0 and isolated is not None and isolated.balance > 0:
        free = state.trading_account(account, market.instrument.quote_asset_id)
        transfer(state.ledger, source=isolated, target=free, amount=isolated.balance)
        state.touch(position)
    note_change(state, account, position)


def _reduce(state: State, account: Account, standing: Standing, health: UnitHealth) -> None:
    """LIQ3: sell the smallest part of the largest position that restores the target, within the cap
    of a step, the market's limiter and its prices. What the limiter keeps back of a step follows in
    the next ticks.
    """
    leg = _largest_leg(state, health)
    if leg is None:
        return
    market = leg.market
    parameters = parameters_of(state, market)
    lots = _wanted_lots(state, parameters, standing, health, leg)
    if lots > 0 and state.is_protected:
        limiter = limiter_of(state, market, leg.position.size)
        allowed = limiter.allowed_lots(mark=leg.mark, unit_value=market.instrument.unit_value)
        standing.step_left = lots - allowed if lots > allowed else 0
        if lots > allowed:
            lots = allowed
    if lots == 0:
        return
    limit_price = _step_price(state, parameters, health, leg)
    standing.phase = LiquidationPhase.REDUCE
    standing.step += 1
    say_step(
        state,
        account,
        standing,
        health,
        mark=leg.mark,
        quantity=lots,
        limit_price=limit_price,
    )
    sold = _sell(state, account, standing, leg, lots=lots, limit_price=limit_price)
    if sold > 0:
        standing.fills += 1
    _after_step(state, account, standing, leg, sold)


def _wanted_lots(
    state: State,
    parameters: LiquidationParameters,
    standing: Standing,
    health: UnitHealth,
    leg: UnitLeg,
) -> i64:
    """How many lots the present step closes; 0 between two steps."""
    instrument_id = leg.position.instrument_id
    is_waiting = state.clock_ms < standing.next_step_ms
    if is_waiting and (standing.step_left == 0 or standing.step_instrument_id != instrument_id):
        return 0
    unit_value = leg.market.instrument.unit_value
    size = leg.position.size
    lots = smallest_reduction(
        parameters,
        leg.swap.tiers,
        equity=health.equity,
        size=size,
        mark=leg.mark,
        unit_value=unit_value,
        other_maintenance=health.maintenance - leg.maintenance,
    )
    if is_waiting:
        return lots if lots < standing.step_left else standing.step_left
    if state.is_protected:
        standing.next_step_ms = state.clock_ms + parameters.step_interval_ms
        standing.step_instrument_id = instrument_id
    cap = step_cap(
        parameters,
        equity=health.equity,
        maintenance=health.maintenance,
        size=size,
        episode_size=standing.sizes.get(instrument_id, size),
        mark=leg.mark,
        unit_value=unit_value,
    )
    return lots if lots < cap else cap


def _largest_leg(state: State, health: UnitHealth) -> UnitLeg | None:
    """The position with the largest maintenance margin whose book may be met, the first of equal
    ones.
    """
    found: UnitLeg | None = None
    for leg in health.legs:
        if found is not None and leg.maintenance <= found.maintenance:
            continue
        if may_trade(state, leg.market):
            found = leg
    return found


def _step_price(
    state: State, parameters: LiquidationParameters, health: UnitHealth, leg: UnitLeg
) -> i64:
    """The worst price of the step's order."""
    market = leg.market
    size = leg.position.size
    if not state.is_protected:
        return 1 if size > 0 else market.instrument.price_max
    bankruptcy = takeover_price(
        size=size,
        mark=leg.mark,
        unit_value=market.instrument.unit_value,
        equity=health.equity,
        maintenance=leg.maintenance,
        maintenance_total=health.maintenance,
    )
    price = step_limit_price(
        parameters,
        size=size,
        mark=leg.mark,
        bankruptcy=bankruptcy,
        band_low=market.band_low,
        band_high=market.band_high,
    )
    price = price_inside(market, closing_side(size), price)
    if price > market.instrument.price_max:
        return market.instrument.price_max
    return price if price > 1 else 1


def _sell(
    state: State,
    account: Account,
    standing: Standing,
    leg: UnitLeg,
    *,
    lots: i64,
    limit_price: i64,
) -> i64:
    """Send the step's order; take the fee of what it filled; returns how many lots that was."""
    market = leg.market
    position = leg.position
    before = _lots_of(position)
    traded = position.realised - position.cost
    execute_order(
        state,
        account,
        market,
        closing_order(
            market,
            position,
            account_id=account.account_id,
            lots=lots,
            limit_price=limit_price,
        ),
        limit_price=limit_price,
        cause=OrderCause.LIQUIDATION,
        first=standing.episode,
        second=standing.step,
    )
    sold = before - _lots_of(position)
    assert state.ports is not None or 0 <= sold <= lots
    if sold == 0:
        return 0
    if state.is_protected:
        limiter_of(state, market, position.size).spend(
            sold, mark=leg.mark, unit_value=market.instrument.unit_value
        )
    value = position.realised - position.cost - traded
    _take_fee(state, account, standing, leg, value if value > 0 else -value)
    return sold


def _lots_of(position: Position) -> i64:
    return position.size if position.size >= 0 else -position.size


def _take_fee(state: State, account: Account, standing: Standing, leg: UnitLeg, value: i64) -> None:
    """The liquidation fee goes to the fund, at most the equity left."""
    health = measured(state, account, standing, BEST)
    cash = health.cash
    assert cash is not None
    fee = liquidation_fee(
        parameters_of(state, leg.market),
        value=value,
        equity_after=health.equity,
        cash=available(cash),
    )
    if fee > 0:
        transfer(state.ledger, source=cash, target=leg.swap.fund, amount=fee)
        leg.position.fees += fee
        note_change(state, account, leg.position)


def _after_step(
    state: State, account: Account, standing: Standing, leg: UnitLeg, sold: i64
) -> None:
    """End the episode when the unit is well or empty. Without protections a unit whose losses
    nobody can pay any more is taken over.
    """
    health = measured(state, account, standing, BEST)
    parameters = parameters_of(state, leg.market)
    if len(health.legs) == 0 or (sold > 0 and _is_over(parameters, standing, health)):
        end_episode(state, account, standing)
        return
    if state.is_protected or sold > 0 or unwind_side(leg.market, leg.position.size).best() is None:
        return
    threshold = parameters.takeover_below_e8
    if is_ratio_below(
        equity=health.equity, maintenance=health.maintenance, ratio_e8=threshold
    ) and may_every_leg(state, health):
        _hand_over(state, account, standing, health)


def _hand_over(state: State, account: Account, standing: Standing, health: UnitHealth) -> None:
    """LIQ5 and LIQ6: the venue takes the unit; what could not be placed waits for the next tick."""
    if standing.phase < LiquidationPhase.TAKEOVER:
        standing.phase = LiquidationPhase.TAKEOVER
        mark: i64 = 0 if standing.is_cross else health.legs[0].mark
        say_step(state, account, standing, health, mark=mark)
    if take_over(state, health):
        end_episode(state, account, standing)
    else:
        standing.phase = LiquidationPhase.DELEVERAGE
