"""Judging an account twice while its repair is being decided: as it is, and as it would be.

Whatever takes risk or takes money out must be possible in both states; nobody is liquidated who
would not be in both. The second state is looked at by putting the account's differences on for the
length of a question; nothing that is asked then may change anything.
"""

from mypy_extensions import i64

from seawall.core.engine.health import spendable
from seawall.core.engine.overlay import OverlayAccount
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_orders import can_afford_order, is_in_use
from seawall.core.engine.unit_health import BEST, UnitHealth, measure_unit
from seawall.core.ledger import LedgerAccount, available
from seawall.core.liquidation import is_liquidatable
from seawall.core.matching import Order
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import LedgerKind, Side


def differences_of(state: State, account: Account) -> OverlayAccount | None:
    """What the open repair would change of the account; None when nothing."""
    overlay = state.overlay
    return None if overlay is None else overlay.accounts.get(account.account_id)


def put_on(state: State, account: Account, mine: OverlayAccount) -> None:
    """From here until `take_off` the account is as it would be."""
    for delta in mine.positions.values():
        position = state.position(account, state.markets[delta.instrument_id])
        delta.kept_mode = position.margin_mode
        delta.kept_lever = position.lever
        if delta.size != 0 and not is_in_use(position):
            position.margin_mode = delta.margin_mode
            position.lever = delta.lever
        position.size += delta.size
        position.cost += delta.cost
    for key, amount in mine.money.items():
        state.ledger.account_of_key(key).balance += amount


def take_off(state: State, account: Account, mine: OverlayAccount) -> None:
    """The account is as it is."""
    for delta in mine.positions.values():
        position = state.position(account, state.markets[delta.instrument_id])
        position.size -= delta.size
        position.cost -= delta.cost
        position.margin_mode = delta.kept_mode
        position.lever = delta.kept_lever
    for key, amount in mine.money.items():
        state.ledger.account_of_key(key).balance -= amount


def is_sheltered(state: State, health: UnitHealth) -> bool:
    """Whether the unit is left alone: its positions were given back just now, or it would be
    healthy with the repair that is being decided.
    """
    account = health.account
    if account.account_id in state.grace_until_ms:
        return True
    mine = differences_of(state, account)
    if mine is None:
        return False
    put_on(state, account, mine)
    other = measure_unit(
        state, account, key_id=health.key_id, is_cross=health.is_cross, prices=BEST
    )
    take_off(state, account, mine)
    return not is_liquidatable(equity=other.equity, maintenance=other.maintenance)


def own_lots(market: Market, mine: OverlayAccount, account: Account, wish: PlaceOrder) -> i64:
    """The lots of a swap order that house:error would not take (`overlay_fills.py`): the account's
    other open orders of that side come first.
    """
    instrument_id = market.instrument.instrument_id
    delta = mine.positions.get(instrument_id)
    swap = market.swap
    if delta is None or swap is None or swap.mark == 0:
        return wish.quantity
    gap = delta.size if wish.side == Side.BUY else -delta.size
    position = swap.position(account.slot)
    if position is not None:
        gap -= position.open_buys if wish.side == Side.BUY else position.open_sells
    if gap <= 0:
        return wish.quantity
    return wish.quantity - gap if gap < wish.quantity else 0


def can_afford_with_repair(
    state: State,
    account: Account,
    market: Market,
    wish: PlaceOrder,
    price: i64,
    replaced: Order | None = None,
) -> bool:
    """Whether a swap order at its worst price is covered with the repair, as it is without. What
    only reduces needs no margin, and what house:error would take is not the account's.
    """
    mine = differences_of(state, account)
    if mine is None or wish.reduce_only:
        return True
    position = state.position(account, market)
    delta = mine.positions.get(market.instrument.instrument_id)
    is_only_with = delta is not None and delta.size != 0 and not is_in_use(position)
    if is_only_with and delta is not None and wish.margin_mode != delta.margin_mode:
        return False
    lots = own_lots(market, mine, account, wish)
    if replaced is not None and lots < wish.quantity:
        lots = wish.quantity  # its own place among the open orders is not worked out anew
    if lots == 0:
        return True
    put_on(state, account, mine)
    can_afford = can_afford_order(
        state,
        account,
        market,
        position,
        state.trading_account(account, market.instrument.quote_asset_id),
        side=wish.side,
        price=price,
        quantity=lots,
        margin_mode=position.margin_mode,
        replaced=replaced,
    )
    take_off(state, account, mine)
    return can_afford


def has_funds_with_repair(
    state: State, account: Account, asset_id: i64, needed: i64, *, freed: i64 = 0
) -> bool:
    """Whether a spot order that pays so much is covered with the repair; `freed` is what an order
    that gives way to it holds.
    """
    mine = differences_of(state, account)
    if mine is None:
        return True
    put_on(state, account, mine)
    cash = state.trading_account(account, asset_id)
    has_funds = needed <= available(cash) + freed
    if has_funds and account.first_position is not None:
        has_funds = needed <= spendable(state, account, asset_id) + freed
    take_off(state, account, mine)
    return has_funds


def spendable_with_repair(state: State, account: Account, asset_id: i64) -> i64:
    """The lesser of what may leave the account's cash with the repair and without it."""
    least = spendable(state, account, asset_id)
    mine = differences_of(state, account)
    if mine is None:
        return least
    put_on(state, account, mine)
    found = spendable(state, account, asset_id)
    take_off(state, account, mine)
    return found if found < least else least


def funding_with_repair(state: State, account: Account, asset_id: i64) -> i64:
    """The lesser of what there is on the funding side with the repair and without it."""
    funding = _funding(state, account, asset_id)
    mine = differences_of(state, account)
    if mine is None:
        return available(funding)
    change = mine.amount(funding.key)
    return available(funding) + change if change < 0 else available(funding)


def payable_with_repair(state: State, account: Account, asset_id: i64) -> i64:
    """What may leave the venue: what the repair would take from the trading side and would not find
    there, it must find on the funding side.
    """
    most = funding_with_repair(state, account, asset_id)
    mine = differences_of(state, account)
    if mine is None:
        return most
    trading = state.trading_account(account, asset_id)
    missing = available(trading) + mine.amount(trading.key)
    if missing < 0:
        most += missing
    return most if most > 0 else 0


def _funding(state: State, account: Account, asset_id: i64) -> LedgerAccount:
    return state.ledger.account(
        kind=LedgerKind.FUNDING, account_id=account.account_id, asset_id=asset_id
    )
