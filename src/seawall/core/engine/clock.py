"""The venue's clock is state: the median of its timers' newest beats, never backwards. When it
passes a second, one tick runs.

A step of the clock is how the engine sees that it was away: nobody sends a command that says so,
and neither a replay nor the restart of one replica can cause or miss it (record 0009).
"""

from heapq import heappop
from typing import Final

from mypy_extensions import i64

from seawall.core.engine.arming import arm_after_outage
from seawall.core.engine.funding_tick import sweep_funding, tick_funding
from seawall.core.engine.liquidations import tick_liquidations
from seawall.core.engine.mirrors import withdraw_distrusted
from seawall.core.engine.open_interest import note_funds
from seawall.core.engine.pauses import tick_pauses
from seawall.core.engine.posting import end_graces
from seawall.core.engine.prices import tick_indices, tick_markets
from seawall.core.engine.resting import end_resting
from seawall.core.engine.state import State
from seawall.core.engine.triggers import tick_triggers
from seawall.core.model.commands import AcceptClock, TimerBeat
from seawall.core.model.enums import CancelReason, SystemMode
from seawall.core.model.events import EventType
from seawall.core.model.limits import TICK_EVENTS_MAX
from seawall.core.model.rejects import RejectReason

WALL_MS_MAX: Final = 2**43  # so that nanoseconds fit into 63 bits
_MS_PER_SECOND: Final = 1_000


def timer_beat(state: State, command: TimerBeat) -> i64:
    """Take a beat; returns a RejectReason."""
    if not (0 <= command.timer_id < state.genesis.parameters.timers):
        return RejectReason.BAD_TIMER
    if not (0 < command.wall_ms < WALL_MS_MAX):
        return RejectReason.BAD_TIMER

    state.begin_effect()
    state.beats[command.timer_id] = command.wall_ms
    walls: list[int] = list(state.beats.values())
    walls.sort()
    count: i64 = len(walls)
    advance(state, walls[(count - 1) // 2])
    return RejectReason.NONE


def accept_clock(state: State, command: AcceptClock) -> i64:
    """Take over a step of the wall clock that two operators approved; returns a RejectReason."""
    known: list[int] = [operator.operator_id for operator in state.genesis.operators]
    first = command.first_operator_id
    second = command.second_operator_id
    if first == second or first not in known or second not in known:
        return RejectReason.BAD_CLOCK
    if not (state.clock_ms <= command.wall_ms < WALL_MS_MAX):
        return RejectReason.BAD_CLOCK

    state.begin_effect()
    state.out.words(
        EventType.CLOCK_ACCEPTED,
        instrument_id=0,
        account_id=0,
        words=[command.wall_ms, first, second],
    )
    advance(state, command.wall_ms)
    return RejectReason.NONE


def advance(state: State, wall_ms: i64) -> None:
    """Move the clock forward and run the tick when a whole second has passed."""
    before = state.clock_ms
    if wall_ms <= before:
        return
    state.clock_ms = wall_ms
    if before == 0:
        _say(state, EventType.CLOCK_STARTED, [wall_ms])
    if wall_ms // _MS_PER_SECOND > before // _MS_PER_SECOND:
        tick(state, before)


def tick(state: State, before_ms: i64) -> None:
    """Everything that time does, in a fixed order (domain 0.4): outage, expiries, what an earlier
    tick left over, indices, marks, trading states, triggers, funding.
    """
    parameters = state.genesis.parameters
    step = state.clock_ms - before_ms
    if before_ms > 0 and step >= parameters.outage_ms:
        _say(state, EventType.OUTAGE_ENDED, [before_ms, state.clock_ms])
        start_recovery(state, is_long=step >= parameters.long_outage_ms)
    if state.clock_ms >= state.first_grace_ms:
        end_graces(state)
    expire_orders(state)
    swept = sweep_funding(state)
    tick_indices(state)
    withdraw_distrusted(state)
    note_funds(state)
    tick_markets(state)
    end_recovery(state)
    tick_pauses(state)
    tick_triggers(state)
    tick_funding(state, swept=swept)
    tick_liquidations(state)


def end_recovery(state: State) -> None:
    """The next phase of recovery, when its time has come."""
    parameters = state.genesis.parameters
    while state.mode != SystemMode.NORMAL and state.clock_ms >= state.mode_until_ms:
        if state.mode == SystemMode.RECOVERY_CANCEL_ONLY and state.mode_is_long:
            until_ms = state.clock_ms + parameters.long_post_only_ms
            enter_mode(state, SystemMode.RECOVERY_POST_ONLY, until_ms)
        else:
            enter_mode(state, SystemMode.NORMAL, 0)
            arm_after_outage(state)


def start_recovery(state: State, *, is_long: bool) -> None:
    """Cancel only for a while. An outage during a long recovery starts the long one anew."""
    parameters = state.genesis.parameters
    if state.mode != SystemMode.NORMAL and state.mode_is_long:
        is_long = True
    duration = parameters.long_cancel_only_ms if is_long else parameters.short_cancel_only_ms
    state.mode_is_long = is_long
    enter_mode(state, SystemMode.RECOVERY_CANCEL_ONLY, state.clock_ms + duration)


def enter_mode(state: State, mode: i64, until_ms: i64) -> None:
    """Change the venue's mode and say so."""
    _say(state, EventType.SYSTEM_MODE_CHANGED, [state.mode, mode, until_ms])
    state.mode = mode
    state.mode_until_ms = until_ms


def expire_orders(state: State) -> None:
    """End good-till-date orders whose time has come, at most TICK_EVENTS_MAX; the next tick goes on
    with the rest.
    """
    ended: i64 = 0
    while len(state.expiries) > 0 and ended < TICK_EVENTS_MAX:
        expire_ms, order_id = state.expiries[0]
        if expire_ms > state.clock_ms:
            return
        heappop(state.expiries)
        order = state.orders.get(order_id)
        if order is not None:
            market = state.markets[order.instrument_id]
            end_resting(state, market, order, CancelReason.EXPIRED)
            ended += 1


def _say(state: State, type_: i64, words: list[i64]) -> None:
    state.out.words(type_, instrument_id=0, account_id=0, words=words)
