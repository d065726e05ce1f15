"""Orders around a liquidation: what a unit's liquidation cancels, and what the venue sends instead,
within its market's limiter.
"""

from mypy_extensions import i64

from seawall.core.clearing import Position
from seawall.core.engine.algo_orders import cancel_algos
from seawall.core.engine.insurance import closing_side, parameters_of, unwind_side
from seawall.core.engine.liquidation_state import Standing
from seawall.core.engine.resting import end_resting, hold_asset
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.tick_budget import is_spent
from seawall.core.liquidation import MarketLimiter, depth_near_mark
from seawall.core.matching import Order
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import (
    CancelReason,
    MarginMode,
    OrderType,
    SelfTradePrevention,
    TimeInForce,
)


def cancel_unit_orders(state: State, account: Account, standing: Standing) -> bool:
    """End the unit's open orders in the order of their creation; False when some are left for the
    next tick.
    """
    orders: list[Order] = []
    order = account.first_order
    while order is not None:
        if _is_of_unit(state, account, standing, order):
            orders.append(order)
        order = order.account_next
    keys: list[tuple[int, int]] = []
    for place, found in enumerate(orders):
        keys.append((found.order_id, place))
    keys.sort()
    for key in keys:
        if is_spent(state):
            return False
        found = orders[key[1]]
        end_resting(state, state.markets[found.instrument_id], found, CancelReason.LIQUIDATION)
    _cancel_algos(state, account, standing)
    return True


def _cancel_algos(state: State, account: Account, standing: Standing) -> None:
    """End the unit's waiting algo orders; an account has few."""
    for instrument_id in sorted(state.markets):
        market = state.markets[instrument_id]
        swap = market.swap
        if swap is None:
            continue
        position = swap.position(account.slot)
        is_isolated = position is not None and position.margin_mode == MarginMode.ISOLATED
        is_settled_here = market.instrument.quote_asset_id == standing.key_id
        if standing.is_cross:
            is_of_unit = is_settled_here and not is_isolated
        else:
            is_of_unit = instrument_id == standing.key_id
        if is_of_unit:
            cancel_algos(state, account, instrument_id, CancelReason.LIQUIDATION)


def _is_of_unit(state: State, account: Account, standing: Standing, order: Order) -> bool:
    """Whether the order belongs to the unit, or would spend its cash."""
    if not standing.is_cross:
        return order.instrument_id == standing.key_id
    market = state.markets[order.instrument_id]
    swap = market.swap
    if swap is None:
        return hold_asset(market, order) == standing.key_id
    if market.instrument.quote_asset_id != standing.key_id:
        return False
    position = swap.position(account.slot)
    is_isolated = position is not None and position.margin_mode == MarginMode.ISOLATED
    return not is_isolated or not order.is_reduce_only


def closing_order(
    market: Market, position: Position, *, account_id: i64, lots: i64, limit_price: i64
) -> PlaceOrder:
    """An immediate-or-cancel order of the venue that only reduces."""
    return PlaceOrder(
        account_id=account_id,
        instrument_id=market.instrument.instrument_id,
        side=closing_side(position.size),
        order_type=OrderType.LIMIT,
        limit_price=limit_price,
        quantity=lots,
        time_in_force=TimeInForce.IOC,
        self_trade_prevention=SelfTradePrevention.CANCEL_MAKER,
        margin_mode=position.margin_mode,
        reduce_only=True,
    )


def limiter_of(state: State, market: Market, size: i64) -> MarketLimiter:
    """What the venue itself may still trade in the instrument in this tick (D1)."""
    limiters = state.liquidations.limiters
    instrument_id = market.instrument.instrument_id
    found = limiters.get(instrument_id)
    if found is None:
        swap = market.swap
        assert swap is not None
        parameters = parameters_of(state, market)
        depth = depth_near_mark(
            parameters,
            unwind_side(market, size),
            mark=swap.mark,
            unit_value=market.instrument.unit_value,
        )
        found = MarketLimiter()
        found.open_tick(parameters, depth=depth)
        limiters[instrument_id] = found
    return found
