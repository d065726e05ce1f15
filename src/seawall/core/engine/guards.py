"""What the outside price allows at the moment: grade of an instrument's index against the
capability matrix (domain 10).
"""

from mypy_extensions import i64

from seawall.core.engine.state import Account, Market, State
from seawall.core.model.enums import IndexState, SystemMode
from seawall.core.model.limits import LEVER_MAX
from seawall.core.pricing import DEGRADED_LEVER_MAX, Action, Allowance, Grade, allows


def grade_of(state: State, market: Market) -> i64:
    """The Grade of the market's index now; NORMAL for an instrument without one."""
    index = market.index
    if index is None or not state.is_protected:
        return Grade.NORMAL
    return index.grade(state.clock_ms)


def is_allowed(state: State, market: Market, action: i64) -> bool:
    """Whether the matrix says anything but no. Where it says WORST, valuation at both endpoints
    does the rest.
    """
    return allows(action, grade_of(state, market)) != Allowance.NO


def may_add_risk(state: State, market: Market, *, is_post_only: bool) -> bool:
    """Whether an order that increases a position may be placed: never before there is a mark, for
    without one it would need no margin.
    """
    swap = market.swap
    if swap is not None and swap.mark == 0:
        return False
    action: i64 = Action.INCREASE_RESTING if is_post_only else Action.INCREASE_TAKING
    return is_allowed(state, market, action)


def degraded_lever_max(state: State, market: Market) -> i64:
    """The highest leverage that new risk may have: less while the index has few sources."""
    index = market.index
    if index is None or not state.is_protected or index.state != IndexState.DEGRADED:
        return LEVER_MAX
    return DEGRADED_LEVER_MAX


def may_act_on_mark(state: State, market: Market, action: i64) -> bool:
    """Whether something may happen because of the mark or the index: the matrix allows the action,
    the venue is not coming back from an outage, nobody froze it, no detector's pause runs, and it
    is armed again after an uncertain time.
    """
    index = market.index
    if index is None or state.is_frozen or index.index_id in state.frozen_indices:
        return False
    if state.mode != SystemMode.NORMAL:
        return False
    if not state.is_protected:
        return True
    clock_ms = state.clock_ms
    if clock_ms < index.pause_until_ms or clock_ms < state.armed_ms.get(index.index_id, 0):
        return False
    return allows(action, index.grade(clock_ms)) != Allowance.NO


def is_frozen_by_hand(state: State, market: Market) -> bool:
    """Whether an operator froze the market's index, or the venue: its price may be wrong, although
    the index is good.
    """
    index = market.index
    if index is None:
        return False
    return state.is_frozen or index.index_id in state.frozen_indices


def may_take_risk(state: State, market: Market) -> bool:
    """Whether leverage may rise, and isolated margin be taken out."""
    return is_allowed(state, market, Action.TAKE_RISK) and not is_frozen_by_hand(state, market)


def may_withdraw(state: State, account: Account, asset_id: i64) -> bool:
    """Whether cash may leave an account: while the price of an open position settled in the asset
    is uncertain, or an operator froze it, it may not.
    """
    for position in account.positions:
        if position.size == 0:
            continue
        market = state.markets[position.instrument_id]
        if market.instrument.quote_asset_id != asset_id:
            continue
        is_good = is_allowed(state, market, Action.WITHDRAW_EXPOSED)
        if not is_good or is_frozen_by_hand(state, market):
            return False
    return True
