"""The laws of positions, reserves and liquidations, checked on a whole state (invariants I9 to I12,
I23, I24, and that the watch is sound). Slow and independent of how the state came about.
"""

from mypy_extensions import i64

from seawall.core.clearing import Position, reducible_lots
from seawall.core.engine.health import fee_reserved
from seawall.core.engine.state import Market, State
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.engine.unit_health import MARK, measure_unit
from seawall.core.engine.units_watch import find_unit
from seawall.core.liquidation import leg_of
from seawall.core.model.enums import MarginMode, Side
from seawall.core.model.limits import ACCOUNT_ID_ERROR


def risk_faults(state: State) -> list[str]:
    """Every law that does not hold, as a sentence; empty when all hold."""
    faults: list[str] = []
    if not state.reducing.is_of([one for one in state.orders.all() if one.is_reduce_only]):
        faults.append("the index of reduce-only orders differs from the orders")
    for instrument_id in sorted(state.markets):
        market = state.markets[instrument_id]
        swap = market.swap
        if swap is not None:
            _check_sums(market, swap, faults)
            for position in swap.positions:
                if position is not None:
                    _check_orders(state, market, position, faults)
                    _check_margin(state, position, faults)
                    _check_watch(state, market, position, faults)
    return faults


def _check_sums(market: Market, swap: SwapMarket, faults: list[str]) -> None:
    name = f"instrument {market.instrument.instrument_id}"
    longs: int = 0
    shorts: int = 0
    costs: int = 0
    for position in swap.positions:
        if position is None:
            continue
        if (position.size == 0) != (position.cost == 0):
            faults.append(f"{name}: account {position.account_id} has size or cost, not both")
        if position.size > 0:
            longs += position.size
        else:
            shorts -= position.size
        costs += position.cost
    if longs != shorts:
        faults.append(f"{name}: {longs} lots long, {shorts} short")
    if longs != swap.open_interest:
        faults.append(f"{name}: {longs} lots open, counted {swap.open_interest}")
    expected = swap.funding_residue - costs
    if swap.clearing.balance != expected:
        faults.append(f"{name}: clearing has {swap.clearing.balance}, its positions {expected}")


def _check_orders(state: State, market: Market, position: Position, faults: list[str]) -> None:
    """What the counters of a position say of its open orders, order by order."""
    account = state.accounts[position.account_slot]
    name = f"account {account.account_id} instrument {position.instrument_id}"
    counted: list[int] = [0, 0, 0, 0, 0]
    order = account.first_order
    while order is not None:
        if order.instrument_id == position.instrument_id:
            place: i64 = 2 if order.is_reduce_only else 0
            if order.side == Side.SELL:
                place += 1
            counted[place] += order.quantity_open
            counted[4] += fee_reserved(
                state, market, account, price=order.limit_price, quantity=order.quantity_open
            )
            if not order.is_reduce_only and not _is_bounded(
                position, order.side, order.limit_price
            ):
                faults.append(f"{name}: order {order.order_id} lies beyond the bound of its gap")
        order = order.account_next
    expected: list[int] = [
        int(position.open_buys),
        int(position.open_sells),
        int(position.reduce_buys),
        int(position.reduce_sells),
        int(position.order_fees),
    ]
    if counted != expected:
        faults.append(f"{name}: reserves {expected}, its orders {counted}")
    for side in (Side.BUY, Side.SELL):
        resting = position.reduce_buys if side == Side.BUY else position.reduce_sells
        if resting > reducible_lots(size=position.size, side=side):
            faults.append(f"{name}: reduce-only orders of {resting} lots exceed the position")


def _is_bounded(position: Position, side: i64, price: i64) -> bool:
    if side == Side.BUY:
        return price <= position.highest_buy
    return 0 < position.lowest_sell <= price


def _check_margin(state: State, position: Position, faults: list[str]) -> None:
    """Isolated margin stands behind a position, or waits for the end of its liquidation."""
    isolated = position.isolated
    if isolated is None or isolated.balance == 0 or position.size != 0:
        return
    if not state.liquidations.is_liquidated(
        account_slot=position.account_slot, key_id=position.instrument_id, is_cross=False
    ):
        faults.append(
            f"account {position.account_id} instrument {position.instrument_id}: "
            f"{isolated.balance} of isolated margin without a position"
        )


def _check_watch(state: State, market: Market, position: Position, faults: list[str]) -> None:
    """Whoever is at or below his maintenance margin is going to be looked at; and the watch knows
    what everybody holds.
    """
    if position.size == 0 or position.account_id >= ACCOUNT_ID_ERROR:
        return
    is_cross = position.margin_mode != MarginMode.ISOLATED
    key_id = market.instrument.quote_asset_id if is_cross else position.instrument_id
    account = state.accounts[position.account_slot]
    unit = find_unit(account, key_id=key_id, is_cross=is_cross)
    name = f"account {position.account_id} instrument {position.instrument_id}"
    if unit is None:
        faults.append(f"{name}: nobody watches the position")
        return
    health = measure_unit(state, account, key_id=key_id, is_cross=is_cross, prices=MARK)
    if health.equity <= health.maintenance and not unit.is_due:
        faults.append(f"{name}: equity is gone and nobody looks")
    leg = leg_of(unit, position.instrument_id)
    if not unit.is_due and (leg is None or leg.size != position.size):
        faults.append(f"{name}: the watch has not heard of a trade")
