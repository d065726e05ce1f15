"""Posting a repair: positions first, then money, then what follows from both.

Money moves by transfers alone. Every row is booked against house:error, which receives from those
who have less and gives to those who have more; since the rows of an asset sum to zero, what is left
there is its own row. Whoever gets something gets it first. A user who lacks what he has to give
loses, in this order: the holds of his newest orders, his funding account, profit at the mark; what
is then missing he owes. What the venue's other accounts lack is the operator's loss, never the
insurance fund's.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.clearing import Position
from seawall.core.engine.fill_cash import realise_profit
from seawall.core.engine.overlay import Overlay, OverlayAccount, OverlayPosition
from seawall.core.engine.overlay_shape import account_of
from seawall.core.engine.resting import end_resting, hold_asset
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_fill import after_trade, cash_of, settle_funding
from seawall.core.engine.swap_orders import is_in_use
from seawall.core.engine.units_watch import cross_unit, note_change
from seawall.core.ledger import LedgerAccount, available, ledger_key, transfer
from seawall.core.model.enums import CancelReason, LedgerKind, MarginMode
from seawall.core.model.limits import ACCOUNT_ID_ERROR, AMOUNT_MAX, NOTIONAL_MAX
from seawall.core.model.repair import USER_KINDS
from seawall.core.model.repair_event_writer import account_restated, grace_granted

GRACE_MS: Final = 30 * 60_000  # nobody is liquidated right after getting a position back
_ROOM: Final = AMOUNT_MAX // 2  # funding and profit move a little besides


def is_in_range(state: State, overlay: Overlay) -> bool:
    """Whether every balance and position stays one that the engine can hold. Changes nothing."""
    given: dict[int, int] = {}
    for one in overlay.accounts.values():
        for key, amount in one.money.items():
            found = state.ledger.accounts.get(key)
            before: int = found.balance if found is not None else 0
            if not (-_ROOM <= before + amount <= _ROOM):
                return False
            asset_id: int = key >> 16 & 0x3FF
            given[asset_id] = given.get(asset_id, 0) + (amount if amount > 0 else 0)
        for delta in one.positions.values():
            if not _is_position_in_range(state, delta):
                return False
    return all(total <= _ROOM for total in given.values())


def _is_position_in_range(state: State, delta: OverlayPosition) -> bool:
    market = state.markets[delta.instrument_id]
    swap = market.swap
    assert swap is not None
    position = swap.position(account_of(state, delta.account_id).slot)
    size: int = delta.size
    cost: int = delta.cost
    if position is not None:
        size += position.size
        cost += position.cost
    return abs(size) <= swap.size_max and abs(cost) <= NOTIONAL_MAX


def post_overlay(state: State, overlay: Overlay, case_id: bytes) -> None:
    """Book all of it; `is_in_range` has said that it fits."""
    before = _book_positions(state, overlay)
    _book_money(state, overlay)
    for account_id in sorted(overlay.accounts):
        mine = overlay.accounts[account_id]
        if account_id == 0 or not _is_moved(mine):
            continue
        account = account_of(state, account_id)
        _follow_up(state, account, mine, before)
        if account_id < ACCOUNT_ID_ERROR:
            account_restated(state.out, account_id=account_id, case_id=case_id)
    _count_interest(state, overlay)


def _is_moved(mine: OverlayAccount) -> bool:
    for amount in mine.money.values():
        if amount != 0:
            return True
    return any(not delta.is_zero() for delta in mine.positions.values())


def _book_positions(state: State, overlay: Overlay) -> dict[int, int]:
    """Change every position, its funding paid first; returns the sizes before, by account and
    instrument.
    """
    before: dict[int, int] = {}
    for account_id in sorted(overlay.accounts):
        mine = overlay.accounts[account_id]
        for instrument_id in sorted(mine.positions):
            delta = mine.positions[instrument_id]
            market = state.markets[instrument_id]
            account = account_of(state, account_id)
            position = state.position(account, market)
            settle_funding(state, market, account, position)
            before[account_id << 16 | instrument_id] = position.size
            if not is_in_use(position):
                position.margin_mode = delta.margin_mode
                position.lever = delta.lever
            position.size += delta.size
            position.cost += delta.cost
            position.realised += delta.realised
            position.fees += delta.fees
            position.funding_paid += delta.funding_paid
            assert (position.size == 0) == (position.cost == 0)
            state.touch(position)
    return before


def _book_money(state: State, overlay: Overlay) -> None:
    """Every row against house:error: first those who get, then those who give."""
    for account_id in sorted(overlay.accounts):
        money = overlay.accounts[account_id].money
        for key in sorted(money):
            if money[key] > 0:
                _give(state, state.ledger.account_of_key(key), money[key])
    for account_id in sorted(overlay.accounts):
        money = overlay.accounts[account_id].money
        for key in sorted(money):
            if money[key] < 0:
                _take(state, state.ledger.account_of_key(key), -money[key])


def free_overlaid_holds(state: State, overlay: Overlay) -> None:
    """When the overlay arrives: orders that hold money which the repair would take end, so that
    what they trade is there with it and without it.
    """
    for account_id in sorted(overlay.accounts):
        if account_id == 0 or account_id >= ACCOUNT_ID_ERROR:
            continue
        mine = overlay.accounts[account_id]
        for key in sorted(mine.money):
            cash = state.ledger.accounts.get(key)
            if cash is not None and cash.held > 0 and mine.money[key] < 0:
                free_holds(state, account_of(state, account_id), cash, -mine.amount(key))


def _error_cash(state: State, asset_id: i64) -> LedgerAccount:
    return state.trading_account(state.error_account(), asset_id)


def _give(state: State, target: LedgerAccount, amount: i64) -> None:
    """A debt of the user in this asset is paid back first."""
    error = _error_cash(state, target.asset_id)
    if target is error:
        return
    if target.kind in USER_KINDS:
        debt = state.ledger.account(
            kind=LedgerKind.DEBT, account_id=target.account_id, asset_id=target.asset_id
        )
        repaid = amount if amount < -debt.balance else -debt.balance
        transfer(state.ledger, source=error, target=debt, amount=repaid)
        amount -= repaid
        if target is debt:
            target = state.ledger.account(
                kind=LedgerKind.TRADING, account_id=debt.account_id, asset_id=debt.asset_id
            )
    transfer(state.ledger, source=error, target=target, amount=amount)


def _take(state: State, source: LedgerAccount, amount: i64) -> None:
    error = _error_cash(state, source.asset_id)
    if source is error:
        return
    raise_cash(state, source, amount)
    transfer(state.ledger, source=source, target=error, amount=amount)


def raise_cash(state: State, source: LedgerAccount, needed: i64) -> None:
    """Make so much available on the ledger account, by the order of the module."""
    lack = needed - (available(source) - source.floor)
    if lack <= 0:
        return
    asset_id = source.asset_id
    if source.kind == LedgerKind.TRADING:
        account = account_of(state, source.account_id)
        free_holds(state, account, source, needed)
        _draw_on_funding(state, source, needed)
        realise_profit(state, account, asset_id, needed, None)
        lack = needed - available(source)
        if lack > 0:
            debt = state.ledger.account(
                kind=LedgerKind.DEBT, account_id=source.account_id, asset_id=asset_id
            )
            transfer(state.ledger, source=debt, target=source, amount=lack)
        return
    if source.kind == LedgerKind.FUNDING or source.kind == LedgerKind.ISOLATED:
        trading = state.ledger.account(
            kind=LedgerKind.TRADING, account_id=source.account_id, asset_id=asset_id
        )
        raise_cash(state, trading, lack)
        transfer(state.ledger, source=trading, target=source, amount=lack)
        return
    transfer(state.ledger, source=_error_cash(state, asset_id), target=source, amount=lack)


def free_holds(state: State, account: Account, cash: LedgerAccount, needed: i64) -> None:
    """End spot orders that hold the asset, the newest first, until enough is free."""
    if cash.held == 0:
        return
    order_ids: list[int] = []
    order = account.first_order
    while order is not None:
        market = state.markets[order.instrument_id]
        if market.swap is None and hold_asset(market, order) == cash.asset_id:
            order_ids.append(order.order_id)
        order = order.account_next
    order_ids.sort()
    place: i64 = len(order_ids) - 1
    while place >= 0 and available(cash) < needed:
        found = state.orders.get(order_ids[place])
        assert found is not None
        end_resting(state, state.markets[found.instrument_id], found, CancelReason.REPAIR)
        place -= 1


def _draw_on_funding(state: State, cash: LedgerAccount, needed: i64) -> None:
    funding = state.ledger.account(
        kind=LedgerKind.FUNDING, account_id=cash.account_id, asset_id=cash.asset_id
    )
    lack = needed - available(cash)
    part = lack if lack < available(funding) else available(funding)
    if part > 0:
        transfer(state.ledger, source=funding, target=cash, amount=part)


def _follow_up(
    state: State, account: Account, mine: OverlayAccount, before: dict[int, int]
) -> None:
    """What a trade would have brought with it: margin that is free again, reduce-only orders cut,
    the watch; and grace for whoever has a position that a repair has changed.
    """
    is_graced = False
    for instrument_id in sorted(mine.positions):
        market = state.markets[instrument_id]
        position = state.position(account, market)
        size_before: i64 = before[account.account_id << 16 | instrument_id]
        _gather_margin(state, market, account, position)
        after_trade(state, market, account, position, size_before)
        note_change(state, account, position)
        is_graced = is_graced or (position.size != 0 and position.size != size_before)
    for key in sorted(mine.money):
        unit = cross_unit(account, key >> 16 & 0x3FF)
        if unit is not None:
            state.liquidations.watch.measure(unit, slack=0)
    if is_graced and account.account_id < ACCOUNT_ID_ERROR:
        grant_grace(state, account)


def _gather_margin(state: State, market: Market, account: Account, position: Position) -> None:
    """Margin of a position that is not isolated is cash."""
    if position.margin_mode == MarginMode.ISOLATED:
        cash_of(state, market, account, position)
        return
    key = ledger_key(
        kind=LedgerKind.ISOLATED,
        account_id=account.account_id,
        asset_id=market.instrument.quote_asset_id,
        instrument_id=market.instrument.instrument_id,
    )
    isolated = state.ledger.accounts.get(key)
    if isolated is not None and isolated.balance > 0:
        free = state.trading_account(account, isolated.asset_id)
        transfer(state.ledger, source=isolated, target=free, amount=isolated.balance)


def grant_grace(state: State, account: Account) -> None:
    """For half an hour the account is not liquidated, and only reduces."""
    until_ms = state.clock_ms + GRACE_MS
    state.grace_until_ms[account.account_id] = until_ms
    if until_ms < state.first_grace_ms:
        state.first_grace_ms = until_ms
    state.restrict(account)
    grace_granted(state.out, account_id=account.account_id, until_ms=until_ms)


def end_graces(state: State) -> None:
    """In the tick: whose half an hour is over."""
    for account_id in sorted(state.grace_until_ms):
        if state.grace_until_ms[account_id] <= state.clock_ms:
            account = state.account(account_id)
            assert account is not None
            del state.grace_until_ms[account_id]
            state.restrict(account)
            grace_granted(state.out, account_id=account_id, until_ms=0)
    state.find_first_grace()


def _count_interest(state: State, overlay: Overlay) -> None:
    """Open interest of every swap that the repair has changed, counted anew."""
    touched: dict[int, bool] = {}
    for one in overlay.accounts.values():
        for instrument_id in one.positions:
            touched[instrument_id] = True
    for instrument_id in sorted(touched):
        swap = state.markets[instrument_id].swap
        assert swap is not None
        longs: i64 = 0
        for position in swap.positions:
            if position is not None and position.size > 0:
                longs += position.size
        swap.open_interest = longs
