"""The venue sells what it took over: each tick, behind the liquidations, under the same limiter, at
prices down to the execution band. Its profit and loss are the insurance fund's.

What the fund cannot afford to unwind is deleveraged at what it cost. So the fund is never negative,
and never pays more than its window allows.
"""

from mypy_extensions import i64

from seawall.core.clearing import Position
from seawall.core.engine.deleveraging import deleverage
from seawall.core.engine.insurance import (
    cost_price,
    fund_room,
    inventory_loss,
    unwind_side,
)
from seawall.core.engine.liquidation_state import Standing, unit_key
from seawall.core.engine.place import execute_order
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_fill import settle_funding
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.engine.tick_budget import is_spent
from seawall.core.engine.unit_health import BEST, may_liquidate, may_trade, price_for
from seawall.core.engine.unit_orders import closing_order, limiter_of
from seawall.core.model.enums import LiquidationPhase, OrderCause, SystemMode


def unwind(state: State, market: Market) -> None:
    """One tick's part of the venue's position in the instrument."""
    venue = state.system_account
    swap = market.swap
    assert venue is not None and swap is not None
    position = swap.position(venue.slot)
    if position is None or position.size == 0:
        key = unit_key(
            account_slot=venue.slot, key_id=market.instrument.instrument_id, is_cross=False
        )
        if key in state.liquidations.standings:
            del state.liquidations.standings[key]
        return
    if state.mode != SystemMode.NORMAL or not may_liquidate(state, market):
        return
    if is_spent(state):
        return
    settle_funding(state, market, venue, position)
    mark = price_for(state, market, swap, size=position.size, prices=BEST)
    left = _shed(state, market, swap, venue, position, mark)
    if left > 0 and may_trade(state, market) and not is_spent(state):
        _sell(state, market, venue, position, lots=left, mark=mark)


def _shed(
    state: State, market: Market, swap: SwapMarket, venue: Account, position: Position, mark: i64
) -> i64:
    """Deleverage what the fund cannot afford; returns the lots that it can."""
    size = position.size
    lots = size if size > 0 else -size
    room = fund_room(state, market)
    loss = inventory_loss(state, market, position, mark=mark)
    if loss <= room:
        return lots
    affordable: i64 = int(room) * int(lots) // loss
    deleverage(
        state,
        market,
        account=venue,
        position=position,
        cash=swap.fund,
        lots=lots - affordable,
        price=cost_price(position, unit_value=market.instrument.unit_value),
    )
    return affordable


def _sell(
    state: State, market: Market, venue: Account, position: Position, *, lots: i64, mark: i64
) -> None:
    """Send an order for what the limiter allows, when there is somebody to meet it."""
    size = position.size
    unit_value = market.instrument.unit_value
    limit_price = market.band_low if size > 0 else market.band_high
    if limit_price > market.instrument.price_max:
        limit_price = market.instrument.price_max
    if limit_price < 1:
        limit_price = 1
    if state.is_protected:
        allowed = limiter_of(state, market, size).allowed_lots(mark=mark, unit_value=unit_value)
        if lots > allowed:
            lots = allowed
    side = unwind_side(market, size)
    best = side.best()
    if lots == 0 or best is None or not side.is_reached_by(best, limit_price):
        return
    standing = _standing_of(state, venue, position)
    standing.step += 1
    execute_order(
        state,
        venue,
        market,
        closing_order(
            market, position, account_id=venue.account_id, lots=lots, limit_price=limit_price
        ),
        limit_price=limit_price,
        cause=OrderCause.UNWIND,
        first=standing.episode,
        second=standing.step,
    )
    sold = size - position.size if size > 0 else position.size - size
    assert state.ports is not None or 0 <= sold <= lots
    if state.is_protected:
        limiter_of(state, market, size).spend(sold, mark=mark, unit_value=unit_value)


def _standing_of(state: State, venue: Account, position: Position) -> Standing:
    """Which of the venue's inventories in the instrument this is, and how often it was sold
    from.
    """
    standing = state.liquidations.standing(
        account_slot=venue.slot, key_id=position.instrument_id, is_cross=False
    )
    if standing.phase == LiquidationPhase.HEALTHY:
        standing.phase = LiquidationPhase.TAKEOVER
        standing.episode = state.liquidations.next_episode(venue.slot)
    return standing
