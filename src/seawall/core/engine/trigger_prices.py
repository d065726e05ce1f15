"""The prices that fire algo orders: the newest last, mark and index of a market, and whether they
may act now.
"""

from mypy_extensions import i64

from seawall.core.engine.guards import may_act_on_mark
from seawall.core.engine.state import Market, State
from seawall.core.engine.trading_states import effective_state
from seawall.core.model.enums import TradingState, TriggerPrice
from seawall.core.model.units import ceil_div
from seawall.core.pricing import Action


def has_price(market: Market, trigger_by: i64) -> bool:
    """Whether the instrument ever has such a price."""
    if trigger_by == TriggerPrice.LAST:
        return True
    if trigger_by == TriggerPrice.MARK:
        return market.swap is not None
    return trigger_by == TriggerPrice.INDEX and market.index is not None


def reference(market: Market, trigger_by: i64) -> i64:
    """The newest price of that kind: ticks, of an index e8; 0 before the first."""
    if trigger_by == TriggerPrice.LAST:
        return market.last_price
    if trigger_by == TriggerPrice.MARK:
        swap = market.swap
        if swap is None:
            return 0
        return swap.mark
    index = market.index
    if index is None:
        return 0
    return index.value_e8


def reference_ticks(market: Market, trigger_by: i64) -> i64:
    """The same in ticks, rounded up: a trigger is at or above the price exactly when it is at or
    above this.
    """
    return ceil_div(reference(market, trigger_by), unit_of(market, trigger_by))


def unit_of(market: Market, trigger_by: i64) -> i64:
    """One tick in what `reference` counts in."""
    if trigger_by == TriggerPrice.INDEX:
        return market.instrument.tick_size_e8
    return 1


def may_fire(state: State, market: Market, trigger_by: i64) -> bool:
    """Whether such a price may fire anything now: takers may trade, nobody froze, the price is one
    that the matrix lets act, and triggers are armed again after an outage.
    """
    if state.is_frozen:
        return False
    trading_state = effective_state(state, market)
    if trading_state != TradingState.LIVE and trading_state != TradingState.REDUCE_ONLY:
        return False
    if trigger_by != TriggerPrice.LAST:
        swap = market.swap
        if trigger_by == TriggerPrice.MARK and (swap is None or swap.is_held):
            return False
        return may_act_on_mark(state, market, Action.TRIGGER_BY_MARK)
    if market.index is None:
        return True
    is_swap = market.swap is not None
    return may_act_on_mark(
        state, market, Action.TRIGGER_BY_LAST_SWAP if is_swap else Action.TRIGGER_BY_LAST_SPOT
    )
