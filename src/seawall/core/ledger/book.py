"""Ledger accounts and the three things that can happen to them: transfer, hold, release.

Invariant: for every asset the balances of all ledger accounts sum to zero, because `transfer` is
the only function that changes a balance. Invariant: balance - held >= floor, checked whenever
either changes; the floor is 0 for users.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.enums import LedgerKind
from seawall.core.model.limits import AMOUNT_MAX

_INSERTION_SORT_MAX: Final = 24
_PLACE_BITS: Final = 24  # ledger accounts that one entry can touch
_PLACE_MASK: Final = 2**24 - 1


def ledger_key(*, kind: i64, account_id: i64, asset_id: i64, instrument_id: i64 = 0) -> i64:
    """The key of a ledger account; sorts by kind, then account, asset and instrument (6, 31, 10 and
    16 bits).
    """
    return kind << 57 | account_id << 26 | asset_id << 16 | instrument_id


@final
@mypyc_attr(acyclic=True)
class LedgerAccount:
    """A line of the book: the balance of one asset, and how much of it is held. Units of the
    asset.
    """

    def __init__(
        self, *, kind: i64, account_id: i64, asset_id: i64, floor: i64, instrument_id: i64 = 0
    ) -> None:
        self.balance: i64 = 0
        self.held: i64 = 0
        self.floor: i64 = floor
        self.key: i64 = ledger_key(
            kind=kind, account_id=account_id, asset_id=asset_id, instrument_id=instrument_id
        )
        self.is_touched: bool = False  # in this entry, and then what it was before the entry:
        self.balance_before: i64 = 0
        self.held_before: i64 = 0

    @property
    def kind(self) -> i64:
        """A LedgerKind."""
        return self.key >> 57

    @property
    def account_id(self) -> i64:
        """Whose it is; 0 for the venue's own."""
        return self.key >> 26 & 0x7FFFFFFF

    @property
    def asset_id(self) -> i64:
        """The asset it is kept in."""
        return self.key >> 16 & 0x3FF

    @property
    def instrument_id(self) -> i64:
        """The instrument it belongs to, of the kinds that belong to one; else 0."""
        return self.key & 0xFFFF


@final
@mypyc_attr(acyclic=True)
class Ledger:
    """All ledger accounts, and those that the current entry touched: the first `touched_count` of
    `touched`. What lies behind them is left from earlier entries, so that no list is made for each.
    """

    def __init__(self) -> None:
        self.accounts: dict[int, LedgerAccount] = {}
        self.touched: list[LedgerAccount] = []
        self.touched_count: i64 = 0
        self.has_credit: bool = False

    def account(
        self, *, kind: i64, account_id: i64, asset_id: i64, instrument_id: i64 = 0
    ) -> LedgerAccount:
        """The ledger account; one that nobody used yet is opened with a balance of zero."""
        key = ledger_key(
            kind=kind, account_id=account_id, asset_id=asset_id, instrument_id=instrument_id
        )
        found = self.accounts.get(key)
        if found is None:
            found = LedgerAccount(
                kind=kind,
                account_id=account_id,
                asset_id=asset_id,
                floor=-AMOUNT_MAX if self.has_credit else _floor_of(kind),
                instrument_id=instrument_id,
            )
            self.accounts[key] = found
        return found

    def grant_credit(self) -> None:
        """Let every account go below zero, but house:fee, whose floor decides rebates: a rerun
        books what happened, and settles afterwards what nobody could have paid.
        """
        self.has_credit = True
        for account in self.accounts.values():
            if account.kind != LedgerKind.HOUSE_FEE:
                account.floor = -AMOUNT_MAX

    def account_of_key(self, key: i64) -> LedgerAccount:
        """The ledger account of a `ledger_key`; one that nobody used yet is opened."""
        return self.account(
            kind=key >> 57,
            account_id=key >> 26 & 0x7FFFFFFF,
            asset_id=key >> 16 & 0x3FF,
            instrument_id=key & 0xFFFF,
        )

    def take_touched(self) -> i64:
        """Put those that differ from before the entry first in `touched`, sorted by key, and start
        anew; returns how many they are.
        """
        touched = self.touched
        count = self.touched_count
        self.touched_count = 0
        changed: i64 = 0
        index: i64 = 0
        while index < count:
            account = touched[index]
            account.is_touched = False
            if account.balance != account.balance_before or account.held != account.held_before:
                touched[changed] = account
                changed += 1
            index += 1
        if changed > _INSERTION_SORT_MAX:
            self._sort_touched(changed)
            return changed
        index = 1
        while index < changed:
            account = touched[index]
            place = index
            while place > 0 and touched[place - 1].key > account.key:
                touched[place] = touched[place - 1]
                place -= 1
            touched[place] = account
            index += 1
        return changed

    def _sort_touched(self, count: i64) -> None:
        """Sort the first of `touched`, as many as that, by key."""
        assert count <= _PLACE_MASK
        before = self.touched[:count]
        keys: list[int] = []
        for place, account in enumerate(before):
            keys.append(int(account.key) << _PLACE_BITS | place)
        keys.sort()
        for place, key in enumerate(keys):
            self.touched[place] = before[key & _PLACE_MASK]

    def _touch(self, account: LedgerAccount) -> None:
        if not account.is_touched:
            account.is_touched = True
            account.balance_before = account.balance
            account.held_before = account.held
            if self.touched_count < len(self.touched):
                self.touched[self.touched_count] = account
            else:
                self.touched.append(account)
            self.touched_count += 1


def _floor_of(kind: i64) -> i64:
    """Only the contra account of the world, the clearing of swaps, the operator's bill for repairs
    and the debts of users may be negative; house:fee gets its limit from the genesis.
    """
    if kind == LedgerKind.EXT_CUSTODY or kind == LedgerKind.CLEARING:
        return -AMOUNT_MAX
    if kind == LedgerKind.HOUSE_ERROR or kind == LedgerKind.DEBT:
        return -AMOUNT_MAX
    return 0


def available(account: LedgerAccount) -> i64:
    """What may be spent: the balance less what is held."""
    return account.balance - account.held


def transfer(ledger: Ledger, *, source: LedgerAccount, target: LedgerAccount, amount: i64) -> None:
    """Move `amount` units (>= 0) from one ledger account to another of the same asset."""
    assert 0 <= amount <= AMOUNT_MAX
    assert source.asset_id == target.asset_id
    assert source.balance - source.held - amount >= source.floor
    assert target.balance <= AMOUNT_MAX - amount
    if amount == 0:
        return
    ledger._touch(source)
    ledger._touch(target)
    source.balance -= amount
    target.balance += amount


def hold(ledger: Ledger, account: LedgerAccount, amount: i64) -> None:
    """Reserve `amount` units of what is available."""
    assert 0 <= amount <= account.balance - account.held - account.floor
    ledger._touch(account)
    account.held += amount


def release(ledger: Ledger, account: LedgerAccount, amount: i64) -> None:
    """Give back `amount` units of what is held."""
    assert 0 <= amount <= account.held
    ledger._touch(account)
    account.held -= amount
