"""Keeping the overlay in shape: what an account has together with its differences is a position
that could exist, and money in the right place.

What an account did between the cut and the arrival of the overlay, and what the venue does to it
later (profit turned into cash, a takeover, deleveraging), is added to its differences. That may
leave cost without size, cost of the wrong sign, or margin without a position. Then profit is
realised in the overlay, or margin moved to cash; equity stays what it is.
"""

from mypy_extensions import i64

from seawall.core.clearing import Position
from seawall.core.engine.overlay import Overlay, OverlayAccount, OverlayPosition
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_orders import is_in_use
from seawall.core.ledger import LedgerAccount, ledger_key
from seawall.core.model.enums import LedgerKind, MarginMode
from seawall.core.model.limits import ACCOUNT_ID_ERROR, ACCOUNT_ID_SYSTEM
from seawall.core.model.units import E8


def account_of(state: State, account_id: i64) -> Account:
    """The account of a row, also one of the venue's own."""
    if account_id == ACCOUNT_ID_ERROR:
        return state.error_account()
    found = state.system_account if account_id == ACCOUNT_ID_SYSTEM else state.account(account_id)
    assert found is not None
    return found


def prepare_overlay(state: State, overlay: Overlay) -> None:
    """Open every position that the overlay names, and bring it into shape."""
    state.error_account()  # it is there as soon as it may be needed
    open_positions(state, overlay)
    straighten(state, overlay)


def open_positions(state: State, overlay: Overlay) -> None:
    """Every position that the overlay names exists, if only as an empty one."""
    for account_id in sorted(overlay.accounts):
        mine = overlay.accounts[account_id]
        for instrument_id in sorted(mine.positions):
            state.position(account_of(state, account_id), state.markets[instrument_id])


def straighten(state: State, overlay: Overlay) -> None:
    """Bring all of it into shape."""
    for account_id in sorted(overlay.accounts):
        for instrument_id in sorted(overlay.accounts[account_id].positions):
            straighten_one(state, overlay, account_id, state.markets[instrument_id])


def straighten_one(state: State, overlay: Overlay, account_id: i64, market: Market) -> None:
    """Bring one account's differences in a swap into shape."""
    mine = overlay.accounts.get(account_id)
    swap = market.swap
    if mine is None or swap is None:
        return
    delta = mine.positions.get(market.instrument.instrument_id)
    if delta is None:
        return
    position = state.position(account_of(state, account_id), market)
    size = position.size + delta.size
    cost = position.cost + delta.cost
    if (size > 0) != (cost > 0) or (size < 0) != (cost < 0):
        mark = swap.mark if swap.mark > 0 else 1
        pnl = size * mark * market.instrument.unit_value - cost
        delta.cost += pnl
        delta.realised += pnl
        book_profit(overlay, mine, market, position, delta, pnl)
    if account_id < ACCOUNT_ID_ERROR:
        _place_margin(state, mine, market, account_id, size)


def margin_mode_of(position: Position, delta: OverlayPosition) -> i64:
    """The live position's margin mode, or that of the repair where nothing is live."""
    return position.margin_mode if is_in_use(position) else delta.margin_mode


def cash_key(market: Market, position: Position, delta: OverlayPosition) -> i64:
    """The ledger account that the position's profit goes to, with the repair."""
    asset_id = market.instrument.quote_asset_id
    if delta.account_id == ACCOUNT_ID_ERROR:
        return ledger_key(kind=LedgerKind.HOUSE_ERROR, account_id=0, asset_id=asset_id)
    if delta.account_id == ACCOUNT_ID_SYSTEM:
        return ledger_key(kind=LedgerKind.INSURANCE, account_id=0, asset_id=asset_id)
    if margin_mode_of(position, delta) == MarginMode.ISOLATED:
        return ledger_key(
            kind=LedgerKind.ISOLATED,
            account_id=delta.account_id,
            asset_id=asset_id,
            instrument_id=delta.instrument_id,
        )
    return ledger_key(kind=LedgerKind.TRADING, account_id=delta.account_id, asset_id=asset_id)


def book_profit(
    overlay: Overlay,
    mine: OverlayAccount,
    market: Market,
    position: Position,
    delta: OverlayPosition,
    pnl: i64,
) -> None:
    """Profit of the repaired position, against the clearing account."""
    key = cash_key(market, position, delta)
    if delta.account_id == ACCOUNT_ID_SYSTEM:
        mine = overlay.account(0)
    mine.add_money(key, pnl)
    overlay.add_money(
        kind=LedgerKind.CLEARING,
        account_id=0,
        asset_id=market.instrument.quote_asset_id,
        instrument_id=market.instrument.instrument_id,
        amount=-pnl,
    )


def together(state: State, mine: OverlayAccount, key: i64) -> i64:
    """What a ledger account would have with the repair."""
    found: LedgerAccount | None = state.ledger.accounts.get(key)
    balance: i64 = found.balance if found is not None else 0
    return balance + mine.amount(key)


def _place_margin(
    state: State, mine: OverlayAccount, market: Market, account_id: i64, size: i64
) -> None:
    """Margin without a position is cash; margin below zero is made up from cash, and the other way
    round.
    """
    asset_id = market.instrument.quote_asset_id
    isolated = ledger_key(
        kind=LedgerKind.ISOLATED,
        account_id=account_id,
        asset_id=asset_id,
        instrument_id=market.instrument.instrument_id,
    )
    margin = together(state, mine, isolated)
    if margin == 0:
        return
    trading = ledger_key(kind=LedgerKind.TRADING, account_id=account_id, asset_id=asset_id)
    moved: i64 = 0  # from margin to cash
    if margin < 0 or size == 0:
        moved = margin
    else:
        lack = -together(state, mine, trading)
        if lack > 0:
            moved = lack if lack < margin else margin
    mine.add_money(isolated, -moved)
    mine.add_money(trading, moved)


def settle_overlay_funding(state: State, overlay: Overlay, market: Market, step: int) -> None:
    """The instrument's cumulative funding has grown by `step`: who has lots more, or less, with the
    repair pays or receives for them; house:error is the other side of all of it.
    """
    instrument_id = market.instrument.instrument_id
    total: int = 0
    for account_id in sorted(overlay.accounts):
        if account_id == ACCOUNT_ID_ERROR:
            continue
        mine = overlay.accounts[account_id]
        delta = mine.positions.get(instrument_id)
        if delta is None or delta.size == 0:
            continue
        position = state.position(account_of(state, account_id), market)
        due: int = -(-int(delta.size) * step // int(E8))
        owner = overlay.account(0) if account_id == ACCOUNT_ID_SYSTEM else mine
        owner.add_money(cash_key(market, position, delta), -due)
        delta.funding_paid += due
        total += due
    if total == 0:
        return
    live = state.position(state.error_account(), market)
    error = overlay.position(
        ACCOUNT_ID_ERROR, instrument_id, margin_mode=MarginMode.CROSS, lever=live.lever
    )
    error.funding_paid -= total
    overlay.add_money(
        kind=LedgerKind.HOUSE_ERROR,
        account_id=0,
        asset_id=market.instrument.quote_asset_id,
        instrument_id=0,
        amount=total,
    )
