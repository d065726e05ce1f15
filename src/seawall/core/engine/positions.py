"""SetLeverage and AdjustMargin; isolated margin in and out (domain 3.5)."""

from mypy_extensions import i64

from seawall.core.clearing import Position
from seawall.core.engine.doubled import differences_of, put_on, take_off
from seawall.core.engine.guards import may_take_risk
from seawall.core.engine.health import Wish, can_afford, spendable
from seawall.core.engine.refusals import door_refusal
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_fill import cash_of, settle_funding
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.engine.swap_orders import is_in_use
from seawall.core.engine.units_watch import note_change
from seawall.core.ledger import available, transfer
from seawall.core.margin import isolated_removable, isolated_top_up
from seawall.core.model.commands import AdjustMargin, SetLeverage
from seawall.core.model.enums import MarginMode, TradingState
from seawall.core.model.limits import AMOUNT_MAX, VALID_FOR_MS_DEFAULT
from seawall.core.model.rejects import RejectReason
from seawall.core.model.risk_event_writer import leverage_changed, margin_adjusted


def notional_of(market: Market, position: Position, price: i64) -> i64:
    """Value of the position at `price` ticks, without sign."""
    size = position.size if position.size >= 0 else -position.size
    return size * price * market.instrument.unit_value


def set_leverage(state: State, command: SetLeverage) -> i64:
    """Take another leverage; refused when position or orders need more than is free then."""
    account = state.account(command.account_id)
    market = state.markets.get(command.instrument_id)
    reason = _door(state, account, market)
    if reason != RejectReason.NONE:
        return reason
    assert account is not None and market is not None
    swap = market.swap
    if swap is None:
        return RejectReason.BAD_MARGIN_MODE
    mode = command.margin_mode
    if mode != MarginMode.CROSS and mode != MarginMode.ISOLATED:
        return RejectReason.BAD_MARGIN_MODE
    position = state.position(account, market)
    in_use = is_in_use(position)
    if state.ports is None:
        reason = _leverage_refusal(state, account, market, position, command)
        if reason == RejectReason.NONE and state.overlay is not None:
            reason = _leverage_refusal_with_repair(state, account, market, position, command)
        if reason != RejectReason.NONE:
            return reason
    top_up = _top_up_of(market, swap, position, command.lever) if in_use else 0

    state.begin_effect()
    settle_funding(state, market, account, position)
    if not in_use:
        position.margin_mode = mode
    position.lever = command.lever
    if top_up > 0:
        transfer(
            state.ledger,
            source=state.trading_account(account, market.instrument.quote_asset_id),
            target=cash_of(state, market, account, position),
            amount=top_up,
        )
    state.touch(position)
    leverage_changed(
        state.out,
        account_id=account.account_id,
        instrument_id=command.instrument_id,
        margin_mode=mode,
        lever=command.lever,
    )
    note_change(state, account, position)
    return RejectReason.NONE


def _leverage_refusal(
    state: State,
    account: Account,
    market: Market,
    position: Position,
    command: SetLeverage,
) -> i64:
    """What stands against the leverage: an uncertain price, the other margin mode, the bounds of
    the position's tier, or too little free margin.
    """
    swap = market.swap
    assert swap is not None
    in_use = is_in_use(position)
    if command.lever > position.lever and not may_take_risk(state, market):
        return RejectReason.PRICE_UNCERTAIN
    if account.is_restricted and command.lever > position.lever:
        return RejectReason.ACCOUNT_REDUCE_ONLY
    if in_use and position.margin_mode != command.margin_mode:
        return RejectReason.MARGIN_MODE_CONFLICT
    notional = notional_of(market, position, swap.high_mark)
    if not (1 <= command.lever <= swap.tiers.lever_max(notional)):
        return RejectReason.BAD_LEVERAGE
    if not in_use:
        return RejectReason.NONE
    top_up = _top_up_of(market, swap, position, command.lever)
    asset_id = market.instrument.quote_asset_id
    if top_up > spendable(state, account, asset_id):
        return RejectReason.INSUFFICIENT_MARGIN
    cash = state.trading_account(account, asset_id)
    wish = Wish(lever=command.lever, fee=top_up)
    if not can_afford(state, market, account, position, cash, wish):
        return RejectReason.INSUFFICIENT_MARGIN
    return RejectReason.NONE


def _leverage_refusal_with_repair(
    state: State, account: Account, market: Market, position: Position, command: SetLeverage
) -> i64:
    """NOT_WITH_REPAIR for a leverage that the account could not take with its repair."""
    mine = differences_of(state, account)
    if mine is None:
        return RejectReason.NONE
    put_on(state, account, mine)
    reason = _leverage_refusal(state, account, market, position, command)
    take_off(state, account, mine)
    return reason if reason == RejectReason.NONE else RejectReason.NOT_WITH_REPAIR


def _adjustment_refusal_with_repair(
    state: State, account: Account, market: Market, position: Position, amount: i64
) -> i64:
    """The same for margin that is moved."""
    mine = differences_of(state, account)
    if mine is None:
        return RejectReason.NONE
    put_on(state, account, mine)
    reason = _adjustment_refusal(state, account, market, position, amount)
    take_off(state, account, mine)
    return reason if reason == RejectReason.NONE else RejectReason.NOT_WITH_REPAIR


def _top_up_of(market: Market, swap: SwapMarket, position: Position, lever: i64) -> i64:
    """What a lower leverage pulls from cash into an isolated position."""
    isolated = position.isolated
    if position.margin_mode != MarginMode.ISOLATED or position.size == 0 or isolated is None:
        return 0
    return isolated_top_up(
        swap.tiers,
        margin=isolated.balance,
        notional=notional_of(market, position, swap.mark),
        lever=lever,
    )


def adjust_margin(state: State, command: AdjustMargin) -> i64:
    """Add margin to an isolated position (always possible), or take out what may be removed."""
    account = state.account(command.account_id)
    market = state.markets.get(command.instrument_id)
    reason = _door(state, account, market)
    if reason != RejectReason.NONE:
        return reason
    assert account is not None and market is not None
    swap = market.swap
    position = swap.position(account.slot) if swap is not None else None
    if swap is None or position is None or (position.size == 0 and state.ports is None):
        return RejectReason.NO_POSITION
    isolated = position.isolated
    if position.margin_mode != MarginMode.ISOLATED or isolated is None:
        return RejectReason.NO_POSITION
    amount = command.amount
    asset_id = market.instrument.quote_asset_id
    if position.size == 0:  # of a rerun: there is nothing to stand behind
        return RejectReason.NONE
    if state.ports is None:
        reason = _adjustment_refusal(state, account, market, position, amount)
        if reason == RejectReason.NONE and state.overlay is not None:
            reason = _adjustment_refusal_with_repair(state, account, market, position, amount)
        if reason != RejectReason.NONE:
            return reason

    state.begin_effect()
    settle_funding(state, market, account, position)
    cash = state.trading_account(account, asset_id)
    if amount > 0:
        transfer(state.ledger, source=cash, target=isolated, amount=amount)
    else:
        taken = -amount if -amount < available(isolated) else available(isolated)
        if taken < 0:  # in a rerun the margin may be gone
            taken = 0
        transfer(state.ledger, source=isolated, target=cash, amount=taken)
        amount = -taken
    state.touch(position)
    margin_adjusted(
        state.out,
        account_id=account.account_id,
        instrument_id=command.instrument_id,
        amount=amount,
    )
    note_change(state, account, position)
    return RejectReason.NONE


def _adjustment_refusal(
    state: State, account: Account, market: Market, position: Position, amount: i64
) -> i64:
    """What stands against moving the amount into the position's margin, or out of it."""
    swap = market.swap
    assert swap is not None
    if amount < 0 and not may_take_risk(state, market):
        return RejectReason.PRICE_UNCERTAIN
    if amount < 0 and account.is_restricted:
        return RejectReason.ACCOUNT_REDUCE_ONLY
    if amount > 0 and amount > spendable(state, account, market.instrument.quote_asset_id):
        return RejectReason.INSUFFICIENT_BALANCE
    if amount > AMOUNT_MAX or amount < -AMOUNT_MAX:
        return RejectReason.AMOUNT_TOO_LARGE
    if amount == 0:
        return RejectReason.BAD_AMOUNT
    if amount < 0 and -amount > removable(market, swap, position):
        return RejectReason.MARGIN_NOT_REMOVABLE
    return RejectReason.NONE


def removable(market: Market, swap: SwapMarket, position: Position) -> i64:
    """What may be taken out of an isolated position's margin: never unrealised profit."""
    isolated = position.isolated
    if isolated is None or swap.mark == 0:
        return 0
    unit_value = market.instrument.unit_value
    return isolated_removable(
        swap.tiers,
        margin=isolated.balance,
        profit=position.size * swap.mark * unit_value - position.cost,
        notional=notional_of(market, position, swap.mark),
        lever=position.lever,
    )


def _door(state: State, account: Account | None, market: Market | None) -> i64:
    """As for orders; but adding margin and leverage also work while the instrument accepts only
    cancels, or is halted by a hold of its index: that is when people want to add margin.
    """
    reason = door_refusal(state, account, market, VALID_FOR_MS_DEFAULT)
    if market is not None:
        is_halted = market.instrument.trading_state == TradingState.HALTED
        if reason == RejectReason.CANCEL_ONLY or (
            reason == RejectReason.INSTRUMENT_HALTED and not is_halted
        ):
            reason = RejectReason.NONE
    if reason == RejectReason.NONE and state.is_frozen:
        return RejectReason.VENUE_FROZEN
    return reason
