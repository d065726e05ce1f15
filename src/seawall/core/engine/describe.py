"""The present state told as events, for a reader that starts now instead of at entry 1."""

from mypy_extensions import i64

from seawall.core.engine.algo_orders import say_algos
from seawall.core.engine.operations import say_account_state, say_asset, say_instrument, say_key
from seawall.core.engine.position_events import say_position
from seawall.core.engine.prices import say_index, say_limits, say_mark
from seawall.core.engine.repair_snapshot import say_repairs
from seawall.core.engine.risk_snapshot import has_trace
from seawall.core.engine.rulebooks import say_rulebooks
from seawall.core.engine.state import Market, State
from seawall.core.engine.swap_orders import is_in_use
from seawall.core.engine.trading_states import say_state, shown_state
from seawall.core.matching import Order
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import MarginMode, OrderType
from seawall.core.model.event_writer import EventWriter
from seawall.core.model.events import EventType
from seawall.core.model.risk_event_writer import (
    freeze_changed,
    parameter_set,
    source_status_changed,
)
from seawall.core.pricing import (
    GUARD_PARAMETER_NAMES,
    default_guard_parameters,
    guard_parameter,
)


def describe_state(state: State) -> bytes:
    """One entry at the present seq: assets, instruments, accounts, keys, mode, balances, then open
    orders by id.

    A partly filled order is an OrderAccepted followed by an OrderAmended with what is open of it.
    """
    kept = state.out
    out = EventWriter()
    out.begin_entry(seq=state.seq, time_ns=state.time_ns, clock_ms=state.clock_ms)
    state.out = out
    for asset_id in sorted(state.assets):
        say_asset(state, state.assets[asset_id])
    for instrument_id in sorted(state.markets):
        say_instrument(state, state.markets[instrument_id].instrument)
    for account in state.accounts:
        if account is state.system_account or account is state.error_account_made:
            continue
        out.words(
            EventType.ACCOUNT_OPENED,
            instrument_id=0,
            account_id=account.account_id,
            words=[account.owner_id, account.fee_tier],
        )
        if account.is_frozen or account.is_reduce_only:
            say_account_state(state, account)
    for key_id in sorted(state.keys):
        account_id, scopes = state.keys[key_id]
        say_key(state, key_id, account_id, scopes)
    out.words(
        EventType.SYSTEM_MODE_CHANGED,
        instrument_id=0,
        account_id=0,
        words=[state.mode, state.mode, state.mode_until_ms],
    )
    for key in sorted(state.ledger.accounts):
        found = state.ledger.accounts[key]
        if found.balance != 0 or found.held != 0:
            out.balance_changed(
                kind=found.kind,
                account_id=found.account_id,
                asset_id=found.asset_id,
                balance=found.balance,
                held=found.held,
                instrument_id=found.instrument_id,
            )
    say_rulebooks(out, state)
    say_repairs(state)
    _describe_risk(out, state)
    for order in state.orders.all():
        _describe_order(out, state, order)
    say_algos(out, state)
    state.out = kept
    return out.take()


def _describe_risk(out: EventWriter, state: State) -> None:
    """Freezes, indices and their sources, marks, price limits, guards that were changed, and every
    position that was ever used.
    """
    if state.is_frozen:
        freeze_changed(out, index_id=0, is_frozen=True, until_ms=0, operator_id=state.frozen_by)
    for index_id in sorted(state.indices):
        index = state.indices[index_id]
        for source in index.sources:
            source_status_changed(
                out,
                index_id=index_id,
                source_id=source.source_id,
                old_status=source.status,
                new_status=source.status,
            )
        say_index(out, index)
        if index_id in state.frozen_indices:
            operator_id: i64 = state.frozen_indices[index_id]
            freeze_changed(
                out, index_id=index_id, is_frozen=True, until_ms=0, operator_id=operator_id
            )
    for instrument_id in sorted(state.markets):
        market = state.markets[instrument_id]
        if shown_state(market) != market.instrument.trading_state:
            say_state(state, market, market.instrument.trading_state)
        if market.index is None:
            continue
        say_limits(out, market)
        _describe_guards(out, market)
        swap = market.swap
        if swap is None:
            continue
        say_mark(state, market, swap, market.index)
        for position in swap.positions:
            if position is not None and has_trace(swap, position):
                mode: i64 = position.margin_mode if is_in_use(position) else MarginMode.CROSS
                say_position(out, position, mode)


def _describe_guards(out: EventWriter, market: Market) -> None:
    """ParameterSet for each guard parameter that is not its tier's."""
    guards = market.guards
    assert guards is not None
    instrument = market.instrument
    usual = default_guard_parameters(risk_tier=instrument.risk_tier, kind=instrument.kind)
    place: i64 = 0
    while place < len(GUARD_PARAMETER_NAMES):
        value = guard_parameter(guards, place)
        if value != guard_parameter(usual, place):
            parameter_set(
                out,
                instrument_id=instrument.instrument_id,
                name=GUARD_PARAMETER_NAMES[place],
                value=value,
            )
        place += 1


def _describe_order(out: EventWriter, state: State, order: Order) -> None:
    market = state.markets[order.instrument_id]
    margin_mode: i64 = MarginMode.CASH
    if market.swap is not None:
        margin_mode = state.position(state.accounts[order.account_slot], market).margin_mode
    filled: i64 = order.quantity - order.quantity_open
    command = PlaceOrder(
        account_id=order.account_id,
        instrument_id=order.instrument_id,
        side=order.side,
        order_type=OrderType.LIMIT,
        limit_price=order.limit_price,
        quantity=order.quantity,
        time_in_force=order.time_in_force,
        self_trade_prevention=order.self_trade_prevention,
        expire_ms=order.expire_ms,
        client_id=order.client_id,
        tag=order.tag,
        margin_mode=margin_mode,
        reduce_only=order.is_reduce_only,
    )
    out.order_accepted(command, order_id=order.order_id, limit_price=order.limit_price)
    if filled > 0:
        out.order_amended(
            order_id=order.order_id,
            account_id=order.account_id,
            instrument_id=order.instrument_id,
            limit_price=order.limit_price,
            quantity=order.quantity,
            quantity_open=order.quantity_open,
            kept_priority=True,
        )
