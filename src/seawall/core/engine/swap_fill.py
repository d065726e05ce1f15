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
    Settlement,
    funding_due,
    reduce_only_cuts,
    reducible_lots,
    settle_perpetual,
    unrealised,
)
from seawall.core.engine.fill_cash import gather_cash, has_cash, is_covered, realise_profit
from seawall.core.engine.insurance import cover_loss, note_draw
from seawall.core.engine.overlay_fills import follow_swap_fill, is_swap_fill_short
from seawall.core.engine.overlay_shape import straighten_one
from seawall.core.engine.resting import change_reserve, cut_resting, say_filled
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.engine.units_watch import note_change, note_fill, note_loss
from seawall.core.ledger import LedgerAccount, available, transfer
from seawall.core.matching import Order
from seawall.core.model.enums import LedgerKind, MarginMode, OrderCause, Side
from seawall.core.model.limits import ACCOUNT_ID_ERROR, ACCOUNT_ID_SYSTEM
from seawall.core.model.risk_event_writer import funding_paid

SETTLED: Final = 0
MAKER_SHORT: Final = 1  # the maker's cash does not cover the fill
TAKER_SHORT: Final = 2


def party_of(
    state: State, market: Market, account: Account, position: Position, order: Order, rate_e8: i64
) -> Party:
    """The side of a fill: the venue's own accounts and liquidation orders pay no trading fee."""
    if account.account_id >= ACCOUNT_ID_ERROR or order.cause == OrderCause.LIQUIDATION:
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
    """Move up to `due` units to the clearing account; returns what was moved. The operator's own
    account owes what it has not.
    """
    if cash.kind == LedgerKind.HOUSE_ERROR:
        transfer(state.ledger, source=cash, target=swap.clearing, amount=due)
        return due
    if available(cash) >= due:
        transfer(state.ledger, source=cash, target=swap.clearing, amount=due)
        return due
    asset_id = market.instrument.quote_asset_id
    if cash.kind == LedgerKind.TRADING:
        realise_profit(state, account, asset_id, due, None)
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
    maker_party = _side_of_fill(state, market, swap, maker_account, maker, is_taker=False)
    taker_party = _side_of_fill(state, market, swap, taker_account, taker, is_taker=True)
    short = _who_is_short(state, market, taker, maker, taker_party, maker_party, quantity)
    if short != SETTLED and state.ports is None:  # a rerun books what was
        return short
    price = maker.limit_price
    gather_cash(
        state, market, maker_account, maker_party, side=maker.side, lots=quantity, price=price
    )
    gather_cash(
        state, market, taker_account, taker_party, side=taker.side, lots=quantity, price=price
    )
    maker_before = maker_party.position.size
    taker_before = taker_party.position.size
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
    grown = _lots(maker_party.position.size) + _lots(taker_party.position.size)
    swap.open_interest += (grown - _lots(maker_before) - _lots(taker_before)) // 2
    if taker_account.account_id == ACCOUNT_ID_SYSTEM:
        note_draw(state, market, settled.taker_pnl)
    if state.overlay is not None:
        _follow(state, market, taker, maker, taker_party, maker_party, quantity, settled)
    position = maker_party.position
    _fill_maker(state, market, maker_account, position, taker, maker, quantity, taker_open, settled)
    for_maker = settled.maker_fee
    for_taker = settled.taker_fee
    _after_fill(
        state, market, maker_account, maker, maker_party, maker_before, quantity, price, for_maker
    )
    _after_fill(
        state, market, taker_account, taker, taker_party, taker_before, quantity, price, for_taker
    )
    return SETTLED


def _side_of_fill(
    state: State,
    market: Market,
    swap: SwapMarket,
    account: Account,
    order: Order,
    *,
    is_taker: bool,
) -> Party:
    """The order's account as a side of the fill, its funding paid."""
    position = swap.position(order.account_slot)
    if position is None:
        position = state.position(account, market)
    settle_funding(state, market, account, position)
    tier = state.genesis.fee_tiers[account.fee_tier]
    rate_e8 = tier.taker_e8 if is_taker else tier.maker_e8
    return party_of(state, market, account, position, order, rate_e8)


def _who_is_short(
    state: State,
    market: Market,
    taker: Order,
    maker: Order,
    taker_party: Party,
    maker_party: Party,
    quantity: i64,
) -> i64:
    """SETTLED when both can pay; the fund helps a liquidation's own fill."""
    price = maker.limit_price
    account = state.accounts[maker.account_slot]
    position = maker_party.position
    if not has_cash(
        state, market, account, maker_party, side=maker.side, lots=quantity, price=price
    ) or not is_covered(
        state, market, account, position, side=maker.side, lots=quantity, price=price
    ):
        return MAKER_SHORT
    if state.overlay is not None:
        if is_swap_fill_short(state, market, maker, maker_party, quantity, price):
            return MAKER_SHORT
        if is_swap_fill_short(state, market, taker, taker_party, quantity, price):
            return TAKER_SHORT
    account = state.accounts[taker.account_slot]
    position = taker_party.position
    if taker.cause != OrderCause.LIQUIDATION and not is_covered(
        state, market, account, position, side=taker.side, lots=quantity, price=price
    ):
        return TAKER_SHORT
    if has_cash(state, market, account, taker_party, side=taker.side, lots=quantity, price=price):
        return SETTLED
    if taker.cause == OrderCause.LIQUIDATION and cover_loss(
        state, market, taker_party, side=taker.side, lots=quantity, price=price
    ):
        return SETTLED
    return TAKER_SHORT


def _follow(
    state: State,
    market: Market,
    taker: Order,
    maker: Order,
    taker_party: Party,
    maker_party: Party,
    quantity: i64,
    settled: Settlement,
) -> None:
    """The overlay of an open repair follows both sides."""
    follow_swap_fill(
        state,
        market,
        maker,
        maker_party.position,
        lots=quantity,
        price=maker.limit_price,
        pnl=settled.maker_pnl,
        fee=settled.maker_fee,
    )
    follow_swap_fill(
        state,
        market,
        taker,
        taker_party.position,
        lots=quantity,
        price=maker.limit_price,
        pnl=settled.taker_pnl,
        fee=settled.taker_fee,
    )


def _fill_maker(
    state: State,
    market: Market,
    account: Account,
    position: Position,
    taker: Order,
    maker: Order,
    quantity: i64,
    taker_open: i64,
    settled: Settlement,
) -> None:
    """What the maker's order ties up, its place, the event, and its end when nothing is left."""
    before = maker.quantity_open
    change_reserve(
        state, market, account, maker, before=before, after=before - quantity, position=position
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
        state.drop_order(account, maker)


def _after_fill(
    state: State,
    market: Market,
    account: Account,
    order: Order,
    party: Party,
    size_before: i64,
    quantity: i64,
    price: i64,
    fee: i64,
) -> None:
    swap = market.swap
    assert swap is not None
    after_trade(state, market, account, party.position, size_before)
    mark: i64 = 0
    if not swap.is_held:
        mark = swap.mark
    note_fill(
        state,
        account,
        party.position,
        is_buy=order.side == Side.BUY,
        lots=quantity,
        price=price,
        fee=fee,
        mark=mark,
    )


def _lots(size: i64) -> i64:
    return size if size >= 0 else -size


def _size_of(position: Position) -> i64:
    return position.size if position.size >= 0 else -position.size


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
    state.touch(position)
    if position.margin_mode == MarginMode.ISOLATED:
        _release_margin(state, market, account, position, size_before)
    overlay = state.overlay
    if overlay is not None:
        straighten_one(state, overlay, account.account_id, market)
    trim_reduce_only(state, market, position)


def _release_margin(
    state: State, market: Market, account: Account, position: Position, size_before: i64
) -> None:
    """What a shrunken isolated position needs no longer: its share of the margin, as far as that
    may be removed; all of it when nothing is open, all but the new initial margin when it has
    changed sides. A liquidation releases nothing before it is over.
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
        if isolated.balance > 0:
            transfer(state.ledger, source=isolated, target=free, amount=isolated.balance)
        else:  # only a rerun has margin below zero
            transfer(state.ledger, source=free, target=isolated, amount=-isolated.balance)
        note_change(state, account, position)
        return
    swap = market.swap
    assert swap is not None
    if before != 0 and (size_before > 0) != (position.size > 0):
        spare = isolated.balance - _margin_at_opening(state, market, swap, position)
        if spare > 0:
            transfer(state.ledger, source=isolated, target=free, amount=spare)
            note_change(state, account, position)
        return
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


def _margin_at_opening(state: State, market: Market, swap: SwapMarket, position: Position) -> i64:
    """Initial margin at the price it was opened at, or, where the mark is better, at the mark, and
    the loss against it.
    """
    unit_value = market.instrument.unit_value
    if state.is_protected and swap.mark > 0:
        loss = -unrealised(position, mark=swap.mark, unit_value=unit_value)
        if loss > 0:
            notional = _size_of(position) * swap.mark * unit_value
            return loss + swap.tiers.initial_margin(notional, position.lever)
    cost = position.cost if position.cost >= 0 else -position.cost
    return swap.tiers.initial_margin(cost, position.lever)


def trim_reduce_only(
    state: State, market: Market, position: Position, arriving: Order | None = None
) -> None:
    """Invariant I23: resting reduce-only orders never exceed the position; the worst-priced are cut
    first, then the newest. `arriving` is one that has just come to rest.
    """
    if position.reduce_buys == 0 and position.reduce_sells == 0:
        return
    for side in (Side.BUY, Side.SELL):
        resting = position.reduce_buys if side == Side.BUY else position.reduce_sells
        excess = resting - reducible_lots(size=position.size, side=side)
        if excess <= 0:
            continue
        orders = state.reducing.worst(
            state.orders,
            account_slot=position.account_slot,
            instrument_id=position.instrument_id,
            side=side,
            lots=excess,
        )
        kept = -excess
        for order in orders:
            kept += order.quantity_open
        size = kept if side == Side.SELL else -kept
        for cut in reduce_only_cuts(orders, side=side, size=size):
            was_resting = cut.order is not arriving
            cut_resting(state, market, cut.order, cut.quantity, was_resting=was_resting)
