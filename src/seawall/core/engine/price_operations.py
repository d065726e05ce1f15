"""Commands about prices: what outside sources say, and what operators decide about indices, guards
and freezes. Each returns a RejectReason.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.engine.arming import arm_after
from seawall.core.engine.mirrors import follow_source, withdraw_distrusted, withdraw_frozen
from seawall.core.engine.prices import say_index, say_index_events, take_observation
from seawall.core.engine.state import Market, State
from seawall.core.model.commands import (
    ObservePrices,
    OverrideIndex,
    RecordHedge,
    SetFreeze,
    SetParameter,
    SetSource,
)
from seawall.core.model.events import EventType
from seawall.core.model.limits import NOTIONAL_MAX
from seawall.core.model.rejects import RejectReason
from seawall.core.model.risk_event_writer import (
    freeze_changed,
    hedge_recorded,
    index_overridden,
    parameter_set,
)
from seawall.core.model.units import E8
from seawall.core.pricing import (
    PRICE_MAX_E8,
    GuardParameters,
    are_sound_guard_parameters,
    with_guard_parameter,
)

_PRICE_E8_MAX: Final = NOTIONAL_MAX
_WHOLE_VENUE: Final = 0  # as an index id of SetFreeze


def observe_prices(state: State, command: ObservePrices) -> i64:
    """Take what a source of an index said; the index judges it, and those who mirror it follow."""
    index = state.indices.get(command.index_id)
    is_known = any(source.source_id == command.source_id for source in state.genesis.sources)
    if not is_known or (index is not None and index.source(command.source_id) is None):
        return RejectReason.BAD_SOURCE
    for price in (
        command.bid_e8,
        command.ask_e8,
        command.last_e8,
        command.low_e8,
        command.high_e8,
    ):
        if not (0 <= price <= _PRICE_E8_MAX):
            return RejectReason.BAD_OBSERVATION
    if index is None:
        return RejectReason.UNKNOWN_INDEX
    source = index.source(command.source_id)
    assert source is not None

    state.begin_effect()
    take_observation(state, index, command)
    synthetic: i64 = 1 if command.is_synthetic else 0
    state.out.words(
        EventType.PRICES_OBSERVED,
        instrument_id=command.index_id,
        account_id=command.source_id,
        words=[
            command.bid_e8,
            command.ask_e8,
            command.last_e8,
            command.receive_ms,
            synthetic,
        ],
    )
    follow_source(state, index, source, bid_e8=command.bid_e8, ask_e8=command.ask_e8)
    return RejectReason.NONE


def is_operator(state: State, operator_id: i64) -> bool:
    """Whether the genesis names an operator of that id."""
    return any(operator.operator_id == operator_id for operator in state.genesis.operators)


def are_two_operators(state: State, first: i64, second: i64) -> bool:
    """Whether two different people approve."""
    return first != second and is_operator(state, first) and is_operator(state, second)


def set_freeze(state: State, command: SetFreeze) -> i64:
    """Stop everything that happens because of a price, of one index or of all, or release it.
    Stopping needs one operator, releasing two.
    """
    index_id = command.index_id
    if index_id != _WHOLE_VENUE and index_id not in state.indices:
        return RejectReason.UNKNOWN_INDEX
    is_approved = is_operator(state, command.operator_id)
    if not command.is_frozen:
        is_approved = are_two_operators(state, command.operator_id, command.second_operator_id)
    if not is_approved:
        return RejectReason.NOT_APPROVED
    was_frozen = index_id in state.frozen_indices
    if index_id == _WHOLE_VENUE:
        was_frozen = state.is_frozen
    if was_frozen == command.is_frozen:
        return RejectReason.BAD_FREEZE

    state.begin_effect()
    if index_id == _WHOLE_VENUE:
        state.is_frozen = command.is_frozen
        state.frozen_by = command.operator_id if command.is_frozen else 0
    elif command.is_frozen:
        state.frozen_indices[index_id] = command.operator_id
    else:
        del state.frozen_indices[index_id]
    freeze_changed(
        state.out,
        index_id=index_id,
        is_frozen=command.is_frozen,
        until_ms=0,
        operator_id=command.operator_id,
    )
    if command.is_frozen:
        withdraw_frozen(state)
    return RejectReason.NONE


def override_index(state: State, command: OverrideIndex) -> i64:
    """Two operators set an index whose own rules cannot decide."""
    index = state.indices.get(command.index_id)
    if index is None:
        return RejectReason.UNKNOWN_INDEX
    if not (1 <= command.value_e8 <= PRICE_MAX_E8):
        return RejectReason.BAD_PARAMETER
    if not are_two_operators(state, command.first_operator_id, command.second_operator_id):
        return RejectReason.NOT_APPROVED

    state.begin_effect()
    state_before = index.state
    hold_ms_before = index.hold_ms
    index.override(state.clock_ms, command.value_e8)
    index_overridden(
        state.out,
        index_id=command.index_id,
        value_e8=command.value_e8,
        first_operator_id=command.first_operator_id,
        second_operator_id=command.second_operator_id,
    )
    say_index_events(state, index)
    say_index(state.out, index)
    arm_after(state, index, state_before=state_before, hold_ms_before=hold_ms_before)
    withdraw_distrusted(state)
    return RejectReason.NONE


def set_source(state: State, command: SetSource) -> i64:
    """An operator takes a source out of an index, or lets it back in."""
    index = state.indices.get(command.index_id)
    is_known = any(source.source_id == command.source_id for source in state.genesis.sources)
    if not is_known or (index is not None and index.source(command.source_id) is None):
        return RejectReason.BAD_SOURCE
    if index is None:
        return RejectReason.UNKNOWN_INDEX
    if not is_operator(state, command.operator_id):
        return RejectReason.NOT_APPROVED

    state.begin_effect()
    if command.is_quarantined:
        index.quarantine(state.clock_ms, command.source_id)
    else:
        index.release(state.clock_ms, command.source_id)
    say_index_events(state, index)
    withdraw_distrusted(state)
    return RejectReason.NONE


def set_parameter(state: State, command: SetParameter) -> i64:
    """Two operators change one guard parameter of an instrument; it holds from the next order and
    the next tick on.
    """
    market = state.markets.get(command.instrument_id)
    if market is None:
        return RejectReason.UNKNOWN_INSTRUMENT
    changed = _changed_guards(state, market, command)
    if changed is None:
        return RejectReason.BAD_PARAMETER
    if not are_two_operators(state, command.first_operator_id, command.second_operator_id):
        return RejectReason.NOT_APPROVED

    state.begin_effect()
    market.guards = changed
    swap = market.swap
    if swap is not None:
        swap.mark_price.clamp_e8 = changed.mark_clamp_e8
        swap.mark_price.basis_clamp_e8 = changed.basis_clamp_e8
    parameter_set(
        state.out, instrument_id=command.instrument_id, name=command.name, value=command.value
    )
    return RejectReason.NONE


def _changed_guards(state: State, market: Market, command: SetParameter) -> GuardParameters | None:
    """The guards with the change, or None when there is no such parameter or it is out of bounds.
    An unsafe genesis knows one bound only: a share of 0 to 100 %.
    """
    guards = market.guards
    if guards is None or not (0 <= command.value <= E8):
        return None
    changed = with_guard_parameter(guards, name=command.name, value=command.value)
    if changed is None or state.genesis.is_unsafe or are_sound_guard_parameters(changed):
        return changed
    return None


def record_hedge(state: State, command: RecordHedge) -> i64:
    """Note that a provider of mirrored liquidity traded outside; it moves no money here."""
    if state.account(command.account_id) is None:
        return RejectReason.UNKNOWN_ACCOUNT
    if command.instrument_id not in state.markets:
        return RejectReason.UNKNOWN_INSTRUMENT
    is_mirror = any(
        mirror.account_id == command.account_id and mirror.instrument_id == command.instrument_id
        for mirror in state.genesis.mirrors
    )
    is_sane = (
        command.quantity != 0
        and -NOTIONAL_MAX <= command.quantity <= NOTIONAL_MAX
        and 1 <= command.price_e8 <= _PRICE_E8_MAX
    )
    if not is_mirror or not is_sane or command.hedge_id in state.hedges:
        return RejectReason.BAD_HEDGE

    state.begin_effect()
    state.hedges[command.hedge_id] = True
    hedge_recorded(
        state.out,
        account_id=command.account_id,
        instrument_id=command.instrument_id,
        quantity=command.quantity,
        price_e8=command.price_e8,
        hedge_id=command.hedge_id,
    )
    return RejectReason.NONE
