"""A fill of a swap: both sides' positions, realised profit, margin and fees; and what follows of a
changed position.

Nobody's cash goes below zero. A fill that would take it there first turns the unrealised profit of
the account's other positions into cash at the mark; when that is not enough, or the mark is not
good, the fill does not happen: the maker's order is cancelled, or the taker stops.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.clearing import (
    Party,
    Position,
    cash_needed,
    closed_lots,
    funding_due,
    pay_pnl,
    rebase,
    reduce_only_cuts,
    reducible_lots,
    settle_perpetual,
    unrealised,
)
from seawall.core.engine.insurance import cover_loss, fund_room, note_draw
from seawall.core.engine.resting import change_reserve, cut_resting, say_filled
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.engine.units_watch import note_change, note_fill, note_loss, note_outflow
from seawall.core.ledger import LedgerAccount, available, transfer
from seawall.core.matching import Order
from seawall.core.model.enums import LedgerKind, MarginMode, OrderCause, Side
from seawall.core.model.limits import ACCOUNT_ID_SYSTEM
from seawall.core.model.risk_event_writer import funding_paid
from seawall.core.model.units import rate_ceil

SETTLED: Final = 0
MAKER_SHORT: Final = 1  # the maker's cash does not cover the fill
TAKER_SHORT: Final = 2


def party_of(
    state: State, market: Market, account: Account, position: Position, order: Order, rate_e8: i64
) -> Party:
    """The side of a fill: the liquidation engine and liquidation orders pay no trading fee."""
    if account.account_id == ACCOUNT_ID_SYSTEM or order.cause == OrderCause.LIQUIDATION:
        rate_e8 = 0
    return Party(position=position, cash=cash_of(state, market, account, position), rate_e8=rate_e8)


def cash_of(state: State, market: Market, account: Account, position: Position) -> LedgerAccount:
    """The ledger account that a position's profit and fees go to."""
    if position.margin_mode == MarginMode.ISOLATED:
        isolated = position.isolated
        if isolated is None:
            isolated = state.ledger.account(
                kind=LedgerKind.ISOLATED,
                account_id=account.account_id,
                asset_id=market.instrument.quote_asset_id,
                instrument_id=market.instrument.instrument_id,
            )
            position.isolated = isolated
        return isolated
    return state.trading_account(account, market.instrument.quote_asset_id)


def margin_moved(
    market: Market, swap: SwapMarket, position: Position, *, side: i64, lots: i64, price: i64
) -> i64:
    """What opening `lots` moves from cash to an isolated position: initial margin at the fill's
    price.
    """
    opened = lots - closed_lots(position, side=side, lots=lots)
    if opened == 0 or position.margin_mode != MarginMode.ISOLATED:
        return 0
    closed = lots - opened
    held = position.size if position.size >= 0 else -position.size
    if closed > 0:
        held = 0
    per_lot = price * market.instrument.unit_value
    after = swap.tiers.initial_margin((held + opened) * per_lot, position.lever)
    return after - swap.tiers.initial_margin(held * per_lot, position.lever)


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
    """Whether the side can settle the fill, and `extra` besides; turns unrealised profit into cash
    when it must.
    """
    swap = market.swap
    assert swap is not None
    needed = cash_needed(
        party, side=side, lots=lots, price=price, unit_value=market.instrument.unit_value
    )
    needed += extra
    if account.account_id == ACCOUNT_ID_SYSTEM:
        return fund_room(state, market) >= needed
    position = party.position
    if position.margin_mode != MarginMode.ISOLATED:
        if available(party.cash) >= needed:
            return True
        realise_profit(state, account, market.instrument.quote_asset_id, needed)
        return available(party.cash) >= needed
    moved = margin_moved(market, swap, position, side=side, lots=lots, price=price)
    asset_id = market.instrument.quote_asset_id
    free = state.trading_account(account, asset_id)
    lacking = needed - available(party.cash)
    if lacking > 0:
        if moved == 0:
            return False  # a pure close: the rest of the account does not pay for it
        moved += lacking
    if available(free) < moved:
        realise_profit(state, account, asset_id, moved)
    return available(free) >= moved


def realise_profit(state: State, account: Account, asset_id: i64, needed: i64) -> None:
    """Turn unrealised profit of the account's cross positions into cash at the mark, one after the
    other, until `needed` is available; only at good marks.
    """
    cash = state.trading_account(account, asset_id)
    for position in account.positions:
        if available(cash) >= needed:
            return
        market = state.markets[position.instrument_id]
        swap = market.swap
        if (
            swap is None
            or swap.is_held
            or position.size == 0
            or position.margin_mode == MarginMode.ISOLATED
            or market.instrument.quote_asset_id != asset_id
        ):
            continue
        unit_value = market.instrument.unit_value
        if unrealised(position, mark=swap.mark, unit_value=unit_value) > 0:
            pnl = rebase(position, mark=swap.mark, unit_value=unit_value)
            pay_pnl(state.ledger, cash=cash, clearing=swap.clearing, pnl=pnl)
            state.touch(position)


def settle_funding(state: State, market: Market, account: Account, position: Position) -> None:
    """Pay or receive what funding is outstanding, before anything else happens to the position.

    Who cannot pay all of it pays what there is; the insurance fund pays the rest, then the house's
    capital, and what nobody has is missing from the residue.
    """
    swap = market.swap
    assert swap is not None
    if position.funding_index == swap.funding.cumulative:
        return
    due = funding_due(position, index=swap.funding.cumulative)
    position.funding_index = swap.funding.cumulative
    if due == 0:
        return
    cash = cash_of(state, market, account, position)
    if due > 0:
        due = _pay_funding(state, market, swap, account, cash, due)
    else:
        transfer(state.ledger, source=swap.clearing, target=cash, amount=-due)
    swap.funding_residue += due
    position.funding_paid += due
    state.touch(position)
    funding_paid(
        state.out,
        account_id=account.account_id,
        instrument_id=market.instrument.instrument_id,
        amount=-due,
    )
    if due > 0:
        note_loss(state, account, position, due)


def _pay_funding(
    state: State,
    market: Market,
    swap: SwapMarket,
    account: Account,
    cash: LedgerAccount,
    due: i64,
) -> i64:
    """Move up to `due` units to the clearing account; returns what was moved."""
    asset_id = market.instrument.quote_asset_id
    if available(cash) < due and cash.kind == LedgerKind.TRADING:
        realise_profit(state, account, asset_id, due)
    moved: i64 = 0
    for source in (
        cash,
        swap.fund,
        state.ledger.account(kind=LedgerKind.HOUSE_TREASURY, account_id=0, asset_id=asset_id),
    ):
        part = available(source)
        if part > due - moved:
            part = due - moved
        if part > 0:
            transfer(state.ledger, source=source, target=swap.clearing, amount=part)
            moved += part
    return moved


def fill_swap(
    state: State, market: Market, taker: Order, maker: Order, quantity: i64, taker_open: i64
) -> i64:
    """One trade of `quantity` contracts at the maker's price; returns SETTLED, or who is short, in
    which case nothing was traded.
    """
    swap = market.swap
    assert swap is not None
    maker_account = state.accounts[maker.account_slot]
    taker_account = state.accounts[taker.account_slot]
    maker_position = state.position(maker_account, market)
    taker_position = state.position(taker_account, market)
    settle_funding(state, market, maker_account, maker_position)
    settle_funding(state, market, taker_account, taker_position)
    tiers = state.genesis.fee_tiers
    maker_party = party_of(
        state,
        market,
        maker_account,
        maker_position,
        maker,
        tiers[maker_account.fee_tier].maker_e8,
    )
    taker_party = party_of(
        state,
        market,
        taker_account,
        taker_position,
        taker,
        tiers[taker_account.fee_tier].taker_e8,
    )
    price = maker.limit_price
    maker_side = maker.side
    if not has_cash(
        state, market, maker_account, maker_party, side=maker_side, lots=quantity, price=price
    ):
        return MAKER_SHORT
    can_pay = has_cash(
        state, market, taker_account, taker_party, side=taker.side, lots=quantity, price=price
    )
    if not can_pay and taker.cause == OrderCause.LIQUIDATION:
        can_pay = cover_loss(
            state, market, taker_party, side=taker.side, lots=quantity, price=price
        )
    if not can_pay:
        return TAKER_SHORT
    _move_margin(state, market, maker_account, maker_party, maker_side, quantity, price)
    _move_margin(state, market, taker_account, taker_party, taker.side, quantity, price)
    before = _size_of(maker_position) + _size_of(taker_position)
    maker_before = maker_position.size
    taker_before = taker_position.size
    settled = settle_perpetual(
        state.ledger,
        taker=taker_party,
        maker=maker_party,
        taker_side=taker.side,
        lots=quantity,
        price=price,
        unit_value=market.instrument.unit_value,
        clearing=swap.clearing,
        house=market.house_quote,
    )
    swap.open_interest += (_size_of(maker_position) + _size_of(taker_position) - before) // 2
    if taker_account.account_id == ACCOUNT_ID_SYSTEM:
        note_draw(state, market, settled.taker_pnl)
    open_before = maker.quantity_open
    change_reserve(
        state, market, maker_account, maker, before=open_before, after=open_before - quantity
    )
    market.book.reduce(maker, quantity)
    say_filled(
        state,
        market,
        taker,
        maker,
        quantity,
        taker_open=taker_open,
        taker_fee=settled.taker_fee,
        maker_fee=settled.maker_fee,
    )
    if maker.quantity_open == 0:
        state.drop_order(maker_account, maker)
    is_buy = taker.side == Side.BUY
    after_trade(state, market, maker_account, maker_position, maker_before)
    note_fill(
        state,
        maker_account,
        maker_position,
        is_buy=not is_buy,
        lots=quantity,
        price=price,
        fee=settled.maker_fee,
    )
    after_trade(state, market, taker_account, taker_position, taker_before)
    note_fill(
        state,
        taker_account,
        taker_position,
        is_buy=is_buy,
        lots=quantity,
        price=price,
        fee=settled.taker_fee,
    )
    return SETTLED


def _size_of(position: Position) -> i64:
    return position.size if position.size >= 0 else -position.size


def _move_margin(
    state: State,
    market: Market,
    account: Account,
    party: Party,
    side: i64,
    lots: i64,
    price: i64,
) -> None:
    """Set aside the margin of what an isolated position opens, and what its fee and loss lack."""
    position = party.position
    swap = market.swap
    assert swap is not None
    moved = margin_moved(market, swap, position, side=side, lots=lots, price=price)
    if moved == 0:
        return
    needed = cash_needed(
        party, side=side, lots=lots, price=price, unit_value=market.instrument.unit_value
    )
    lacking = needed - available(party.cash)
    if lacking > 0:
        moved += lacking
    asset_id = market.instrument.quote_asset_id
    free = state.trading_account(account, asset_id)
    transfer(state.ledger, source=free, target=party.cash, amount=moved)
    note_outflow(state, account, asset_id, moved)


def after_trade(
    state: State,
    market: Market,
    account: Account,
    position: Position,
    size_before: i64,
) -> None:
    """A position changed by a trade, a takeover or a deleveraging: margin that is free again goes
    back to cash, reduce-only orders are cut, the position is said.
    """
    is_other_side = size_before == 0 or (size_before > 0) != (position.size > 0)
    if position.size != 0 and is_other_side:
        position.opened_ms = state.clock_ms
    position.updated_ms = state.clock_ms
    state.touch(position)
    if position.margin_mode == MarginMode.ISOLATED:
        _release_margin(state, market, account, position, size_before)
    trim_reduce_only(state, market, account, position)


def _release_margin(
    state: State, market: Market, account: Account, position: Position, size_before: i64
) -> None:
    """What a shrunken isolated position needs no longer: its share of the margin, as far as that
    may be removed; all of it when nothing is open. A liquidation releases nothing before it is
    over.
    """
    isolated = position.isolated
    if isolated is None or isolated.balance == 0:
        return
    if state.liquidations.is_liquidated(
        account_slot=account.slot, key_id=position.instrument_id, is_cross=False
    ):
        return
    before = size_before if size_before >= 0 else -size_before
    size = _size_of(position)
    free = state.trading_account(account, market.instrument.quote_asset_id)
    if size == 0:
        transfer(state.ledger, source=isolated, target=free, amount=isolated.balance)
        note_change(state, account, position)
        return
    swap = market.swap
    assert swap is not None
    if size >= before or swap.mark == 0:
        return
    share: int = int(isolated.balance) * int(before - size) // int(before)
    unit_value = market.instrument.unit_value
    initial = swap.tiers.initial_margin(size * swap.mark * unit_value, position.lever)
    profit = unrealised(position, mark=swap.mark, unit_value=unit_value)
    removable = isolated.balance - initial
    if profit < 0:
        removable += profit
    amount: i64 = share if share < removable else removable
    if amount > 0:
        transfer(state.ledger, source=isolated, target=free, amount=amount)
        note_change(state, account, position)


def trim_reduce_only(state: State, market: Market, account: Account, position: Position) -> None:
    """Invariant I23: resting reduce-only orders never exceed the position; the worst-priced are cut
    first, then the newest.
    """
    for side in (Side.BUY, Side.SELL):
        resting = position.reduce_buys if side == Side.BUY else position.reduce_sells
        if resting <= reducible_lots(size=position.size, side=side):
            continue
        orders: list[Order] = []
        order = account.first_order
        while order is not None:
            if (
                order.is_reduce_only
                and order.side == side
                and order.instrument_id == position.instrument_id
            ):
                orders.append(order)
            order = order.account_next
        for cut in reduce_only_cuts(orders, side=side, size=position.size):
            cut_resting(state, market, cut.order, cut.quantity)


def can_fill_whole(state: State, market: Market, order: Order) -> bool:
    """Whether every fill of a fill-or-kill order would stay inside the band and could be settled.

    Each maker's account is asked for all its lots at the first price it is met at, the worst for
    it, and for the fee at the last: it may say no too often, never yes wrongly.
    """
    opposite = market.book.opposite_side(order.side)
    lots_of: dict[int, int] = {}
    first_maker: dict[int, Order] = {}
    left = order.quantity
    worst = order.limit_price
    place: i64 = len(opposite.levels) - 1
    while left > 0:
        assert place >= 0
        level = opposite.levels[place]
        if level.price > market.band_high or level.price < market.band_low:
            return False
        worst = level.price
        maker = level.head
        while maker is not None and left > 0:
            if maker.owner_id != order.owner_id:
                lots = maker.quantity_open if maker.quantity_open < left else left
                lots_of[maker.account_slot] = lots_of.get(maker.account_slot, 0) + lots
                if maker.account_slot not in first_maker:
                    first_maker[maker.account_slot] = maker
                left -= lots
            maker = maker.next
        place -= 1
    for slot, first in first_maker.items():
        if not _has_cash_for_all(state, market, first, lots_of[slot], worst, is_taker=False):
            return False
    return _has_cash_for_all(state, market, order, order.quantity, worst, is_taker=True)


def _has_cash_for_all(
    state: State, market: Market, order: Order, lots: i64, last_price: i64, *, is_taker: bool
) -> bool:
    account = state.accounts[order.account_slot]
    tier = state.genesis.fee_tiers[account.fee_tier]
    rate_e8 = tier.taker_e8 if is_taker else tier.maker_e8
    party = party_of(state, market, account, state.position(account, market), order, rate_e8)
    price = last_price if is_taker else order.limit_price
    extra: i64 = 0
    if rate_e8 > 0:
        extra = rate_ceil(last_price * lots * market.instrument.unit_value, rate_e8)
    return has_cash(
        state, market, account, party, side=order.side, lots=lots, price=price, extra=extra
    )
