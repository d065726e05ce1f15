"""Checks that several handlers share, in order of precedence. Each returns a RejectReason, NONE
when all is well.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.trading_states import effective_state
from seawall.core.model.enums import TradingState
from seawall.core.model.limits import STAMP_AHEAD_MS_MAX, VALID_FOR_MS_MAX
from seawall.core.model.rejects import RejectReason

_NS_PER_MS: Final = 1_000_000


def timing_refusal(state: State, valid_for_ms: i64) -> i64:
    """TOO_LATE when the command waited longer than it is valid, VENUE_PAUSED when the clock has
    stopped.
    """
    stamp_ms = state.stamp_ns // _NS_PER_MS
    if valid_for_ms < 0 or valid_for_ms > VALID_FOR_MS_MAX:
        valid_for_ms = VALID_FOR_MS_MAX
    if stamp_ms + valid_for_ms < state.clock_ms:
        return RejectReason.TOO_LATE
    if stamp_ms > state.clock_ms + STAMP_AHEAD_MS_MAX:
        return RejectReason.VENUE_PAUSED
    return RejectReason.NONE


def door_refusal(
    state: State, account: Account | None, market: Market | None, valid_for_ms: i64
) -> i64:
    """May a command that trades be looked at at all, now, from this account, in this instrument?"""
    reason = timing_refusal(state, valid_for_ms)
    if reason != RejectReason.NONE:
        return reason
    if account is None:
        return RejectReason.UNKNOWN_ACCOUNT
    if account.is_frozen:
        return RejectReason.ACCOUNT_FROZEN
    if market is None:
        return RejectReason.UNKNOWN_INSTRUMENT
    trading_state = effective_state(state, market)
    if trading_state == TradingState.HALTED:
        return RejectReason.INSTRUMENT_HALTED
    if trading_state == TradingState.CANCEL_ONLY:
        return RejectReason.CANCEL_ONLY
    return RejectReason.NONE
