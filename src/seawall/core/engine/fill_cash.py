"""The cash of a fill: whether a side has it, and where it comes from.

A cross position settles in the account's cash. An isolated one settles in its own margin: what it
opens moves initial margin there, at the fill's price, and any loss against the mark that the price
means at once; what a position that turns around has left goes into the margin of the other side
first. Without that loss, whoever buys from himself far above the mark would be bankrupt at once in
the position that lost, free with the one that won, and the fund would pay.

Where cash is short, unrealised profit of the account's other positions is turned into it, at good
marks only.
"""

from mypy_extensions import i64

from seawall.core.clearing import (
    Party,
    Position,
    cash_needed,
    closed_lots,
    closing_pnl,
    pay_pnl,
    rebase,
    unrealised,
)
from seawall.core.engine.guards import is_frozen_by_hand
from seawall.core.engine.insurance import fund_room
from seawall.core.engine.overlay_shape import straighten_one
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.units_watch import note_outflow
from seawall.core.ledger import available, transfer
from seawall.core.margin import order_gap
from seawall.core.model.enums import MarginMode, Side
from seawall.core.model.limits import ACCOUNT_ID_SYSTEM
from seawall.core.model.units import rate_ceil


def has_cash(
    state: State,
    market: Market,
    account: Account,
    party: Party,
    *,
    side: i64,
    lots: i64,
    price: i64,
    extra: i64 = 0,
) -> bool:
    """Whether the side can settle the fill, and `extra` besides. Changes nothing."""
    needed = extra + cash_needed(
        party, side=side, lots=lots, price=price, unit_value=market.instrument.unit_value
    )
    if account.account_id == ACCOUNT_ID_SYSTEM:
        return fund_room(state, market) >= needed
    position = party.position
    asset_id = market.instrument.quote_asset_id
    if position.margin_mode != MarginMode.ISOLATED:
        if available(party.cash) >= needed:
            return True
        return _is_within_reach(state, account, asset_id, needed, position)
    if closed_lots(position, side=side, lots=lots) == lots:
        # A pure close: the rest of the account does not pay for it.
        return available(party.cash) >= needed
    moved = _margin_moved(state, market, party, side=side, lots=lots, price=price, extra=extra)
    return _is_within_reach(state, account, asset_id, moved, position)


def gather_cash(
    state: State,
    market: Market,
    account: Account,
    party: Party,
    *,
    side: i64,
    lots: i64,
    price: i64,
) -> None:
    """Put together what the fill will take; `has_cash` has said that it is there."""
    if account.account_id == ACCOUNT_ID_SYSTEM:
        return
    position = party.position
    asset_id = market.instrument.quote_asset_id
    if position.margin_mode != MarginMode.ISOLATED:
        needed = cash_needed(
            party, side=side, lots=lots, price=price, unit_value=market.instrument.unit_value
        )
        if available(party.cash) < needed:
            realise_profit(state, account, asset_id, needed, position)
        return
    if closed_lots(position, side=side, lots=lots) == lots:
        return
    moved = _margin_moved(state, market, party, side=side, lots=lots, price=price, extra=0)
    if moved > 0:
        realise_profit(state, account, asset_id, moved, position)
        free = state.trading_account(account, asset_id)
        transfer(state.ledger, source=free, target=party.cash, amount=moved)
        note_outflow(state, account, asset_id, moved)


def _margin_moved(
    state: State,
    market: Market,
    party: Party,
    *,
    side: i64,
    lots: i64,
    price: i64,
    extra: i64,
) -> i64:
    """What a fill that opens something moves from free cash to the isolated position: the initial
    margin of what it opens, at the fill's price, and what its fee and loss lack.
    """
    swap = market.swap
    assert swap is not None
    position = party.position
    unit_value = market.instrument.unit_value
    closed = closed_lots(position, side=side, lots=lots)
    value = lots * price * unit_value
    due = extra
    if party.rate_e8 > 0:
        due += rate_ceil(value, party.rate_e8)
    if closed > 0:  # it turns around: what the old side leaves becomes margin of the new one
        due -= closing_pnl(position, lots=closed, price=price, unit_value=unit_value)
        opened = lots - closed
        moved = _opening_margin(
            state, market, position, side=side, held=0, lots=opened, price=price
        )
        moved += due - available(party.cash)
        if moved < 0:
            return 0
        return moved
    held = position.size if position.size >= 0 else -position.size
    moved = _opening_margin(state, market, position, side=side, held=held, lots=lots, price=price)
    lacking = due - available(party.cash)
    return moved + lacking if lacking > 0 else moved


def _opening_margin(
    state: State,
    market: Market,
    position: Position,
    *,
    side: i64,
    held: i64,
    lots: i64,
    price: i64,
) -> i64:
    """What `lots` opened at `price` bring on top of the `held` ones: initial margin at that price,
    or, where the mark is better, at the mark, and the loss against it. That much was reserved.
    """
    swap = market.swap
    assert swap is not None
    unit_value = market.instrument.unit_value
    loss = _lost_at_once(state, market, side=side, lots=lots, price=price)
    if loss > 0:
        price = swap.mark
    tiers = swap.tiers
    margin = tiers.initial_margin((held + lots) * price * unit_value, position.lever)
    return margin - tiers.initial_margin(held * price * unit_value, position.lever) + loss


def _lost_at_once(state: State, market: Market, *, side: i64, lots: i64, price: i64) -> i64:
    """What a fill at a price worse than the mark loses there. Without protections nobody asks."""
    swap = market.swap
    assert swap is not None
    if not state.is_protected or swap.mark == 0:
        return 0
    unit_value = market.instrument.unit_value
    return order_gap(side=side, price=price, quantity=lots, mark=swap.mark, unit_value=unit_value)


def is_covered(
    state: State,
    market: Market,
    account: Account,
    position: Position,
    *,
    side: i64,
    lots: i64,
    price: i64,
) -> bool:
    """Whether a fill at a price worse than the mark leaves the unit enough there: when it only
    closes, equity at or above zero; when it opens, the initial margin of the positions. Else an
    order that the mark has left, or that only reduces, could hand another account what the
    insurance fund would have to pay. What opens an isolated position brings all this with it.
    """
    loss = _lost_at_once(state, market, side=side, lots=lots, price=price)
    if loss == 0 or account.account_id == ACCOUNT_ID_SYSTEM:
        return True
    is_closing = closed_lots(position, side=side, lots=lots) == lots
    if position.margin_mode == MarginMode.ISOLATED:
        if not is_closing:
            return True
        isolated = position.isolated
        margin: i64 = 0
        if isolated is not None:
            margin = isolated.balance
        return margin + _unrealised_at_mark(market, position) >= loss
    asset_id = market.instrument.quote_asset_id
    cash = state.trading_account(account, asset_id)
    free = cash.balance if is_closing else available(cash)
    other = account.first_position
    while other is not None:
        found = state.market_of(other)
        if other.margin_mode != MarginMode.ISOLATED and found.instrument.quote_asset_id == asset_id:
            free += _unrealised_at_mark(found, other)
            if not is_closing:
                size = other.size
                if other is position:
                    size += lots if side == Side.BUY else -lots
                free -= _initial_at_mark(found, other, size)
        other = other.account_next
    return free >= loss


def _unrealised_at_mark(market: Market, position: Position) -> i64:
    swap = market.swap
    if swap is None or position.size == 0:
        return 0
    return unrealised(position, mark=swap.mark, unit_value=market.instrument.unit_value)


def _initial_at_mark(market: Market, position: Position, size: i64) -> i64:
    swap = market.swap
    assert swap is not None
    lots = size if size >= 0 else -size
    return swap.tiers.initial_margin(
        lots * swap.mark * market.instrument.unit_value, position.lever
    )


def realise_profit(
    state: State, account: Account, asset_id: i64, needed: i64, besides: Position | None
) -> None:
    """Turn unrealised profit of the account's cross positions, `besides` left out, into cash at the
    mark, one after the other, until `needed` is available.
    """
    cash = state.trading_account(account, asset_id)
    for position in account.positions:
        if available(cash) >= needed:
            return
        market = state.market_of(position)
        if position is besides or _profit_of(state, market, position, asset_id) <= 0:
            continue
        swap = market.swap
        assert swap is not None
        pnl = rebase(position, mark=swap.mark, unit_value=market.instrument.unit_value)
        pay_pnl(state.ledger, cash=cash, clearing=swap.clearing, pnl=pnl)
        state.touch(position)
        overlay = state.overlay
        if overlay is not None:
            straighten_one(state, overlay, account.account_id, market)


def _is_within_reach(
    state: State, account: Account, asset_id: i64, needed: i64, besides: Position
) -> bool:
    """Whether `realise_profit` would make so much available."""
    found = available(state.trading_account(account, asset_id))
    for position in account.positions:
        if found >= needed:
            return True
        if position is not besides:
            market = state.market_of(position)
            profit = _profit_of(state, market, position, asset_id)
            if profit > 0:
                found += profit
    return found >= needed


def _profit_of(state: State, market: Market, position: Position, asset_id: i64) -> i64:
    """What turning it into cash at the mark would bring; 0 where that is not done."""
    swap = market.swap
    if swap is None or swap.is_held or position.size == 0:
        return 0
    if is_frozen_by_hand(state, market):
        return 0
    if position.margin_mode == MarginMode.ISOLATED:
        return 0
    if market.instrument.quote_asset_id != asset_id:
        return 0
    return unrealised(position, mark=swap.mark, unit_value=market.instrument.unit_value)
