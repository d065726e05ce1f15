"""What an instrument accepts: the most restrictive of what an operator set, what guards it, and the
venue's mode (invariant I47).

The guards have a field of their own each, so that the end of a pause never undoes an operator's
act, nor the other way round.
"""

from mypy_extensions import i64

from seawall.core.engine.state import Market, State
from seawall.core.model.enums import SystemMode, TradingState
from seawall.core.model.events import EventType


def stricter(one: i64, other: i64) -> i64:
    """A state in which nothing is accepted that one of the two would refuse.

    POST_ONLY and REDUCE_ONLY together are POST_ONLY: REDUCE_ONLY lets reducers take.
    """
    low = one if one < other else other
    high = other if one < other else one
    if low == TradingState.POST_ONLY and high == TradingState.REDUCE_ONLY:
        return low
    return high


def shown_state(market: Market) -> i64:
    """What the instrument accepts whatever the venue's mode, as TradingStateChanged says it."""
    guarded: i64 = TradingState.LIVE
    if market.is_hold_halted:
        guarded = TradingState.HALTED
    elif market.paused_until_ms != 0:
        guarded = TradingState.POST_ONLY
    return stricter(guarded, market.instrument.trading_state)


def effective_state(state: State, market: Market) -> i64:
    """What the instrument accepts now."""
    from_mode: i64 = TradingState.LIVE
    if state.mode == SystemMode.RECOVERY_CANCEL_ONLY:
        from_mode = TradingState.CANCEL_ONLY
    elif state.mode == SystemMode.RECOVERY_POST_ONLY:
        from_mode = TradingState.POST_ONLY
    return stricter(from_mode, shown_state(market))


def change_trading_state(state: State, market: Market, trading_state: i64) -> None:
    """Set what an operator lets the instrument accept, and say what it accepts then."""
    before = shown_state(market)
    market.instrument.trading_state = trading_state
    say_state(state, market, before)


def say_state(state: State, market: Market, before: i64) -> None:
    """TradingStateChanged."""
    state.out.words(
        EventType.TRADING_STATE_CHANGED,
        instrument_id=market.instrument.instrument_id,
        account_id=0,
        words=[before, shown_state(market)],
    )
