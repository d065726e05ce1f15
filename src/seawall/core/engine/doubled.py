"""Judging an account twice while its repair is being decided: as it is, and as it would be.

Whatever takes risk or takes money out must be possible in both states; nobody is liquidated who
would not be in both. The second state is looked at by putting the account's differences on for the
length of a question; nothing that is asked then may change anything.
"""

from mypy_extensions import i64

from seawall.core.engine.health import spendable
from seawall.core.engine.overlay import OverlayAccount
from seawall.core.engine.state import Account, State
from seawall.core.engine.swap_orders import is_in_use
from seawall.core.ledger import LedgerAccount, available
from seawall.core.model.enums import LedgerKind


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
