"""The overlay of an open repair: what each account would have more, or less, if it were posted now.

It begins as the rows that people approved and follows what their accounts do meanwhile
(`overlay_fills.py`). Money and positions in it always sum to zero, as `rows_fault` demands.
"""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.ledger import ledger_key
from seawall.core.model.enums import LedgerKind
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.repair import AlgoRow, LedgerRow, OrderRow, PositionRow, RepairRows


@final
@mypyc_attr(acyclic=True)
class OverlayPosition:
    """A difference of one position; see PositionRow."""

    def __init__(self, row: PositionRow) -> None:
        self.account_id: i64 = row.account_id
        self.instrument_id: i64 = row.instrument_id
        self.size: i64 = row.size
        self.cost: i64 = row.cost
        self.realised: i64 = row.realised
        self.fees: i64 = row.fees
        self.funding_paid: i64 = row.funding_paid
        self.margin_mode: i64 = row.margin_mode
        self.lever: i64 = row.lever
        self.kept_mode: i64 = 0  # of the live position, while the differences are put on
        self.kept_lever: i64 = 0

    def row(self) -> PositionRow:
        """What would be posted now."""
        return PositionRow(
            account_id=self.account_id,
            instrument_id=self.instrument_id,
            size=self.size,
            cost=self.cost,
            realised=self.realised,
            fees=self.fees,
            funding_paid=self.funding_paid,
            margin_mode=self.margin_mode,
            lever=self.lever,
        )

    def is_zero(self) -> bool:
        """Whether nothing would be posted."""
        if self.size != 0 or self.cost != 0 or self.realised != 0:
            return False
        return self.fees == 0 and self.funding_paid == 0


@final
@mypyc_attr(acyclic=True)
class OverlayAccount:
    """What one account would have more: money by ledger key, and positions by instrument."""

    def __init__(self, account_id: i64) -> None:
        self.account_id: i64 = account_id
        self.money: dict[int, int] = {}
        self.positions: dict[int, OverlayPosition] = {}

    def add_money(self, key: i64, amount: i64) -> None:
        """So much more on a ledger account."""
        self.money[key] = self.money.get(key, 0) + amount

    def amount(self, key: i64) -> i64:
        """How much more there is on a ledger account."""
        return self.money.get(key, 0)


@final
@mypyc_attr(acyclic=True)
class Overlay:
    """All of it. Account id 0 stands for the venue's own ledger accounts but house:error, which
    belongs to the account that stands in for others.
    """

    def __init__(self) -> None:
        self.accounts: dict[int, OverlayAccount] = {}
        self.algos: list[AlgoRow] = []
        self.orders: list[OrderRow] = []

    def account(self, account_id: i64) -> OverlayAccount:
        """The differences of an account; new ones when there were none."""
        found = self.accounts.get(account_id)
        if found is None:
            found = OverlayAccount(account_id)
            self.accounts[account_id] = found
        return found

    def position(
        self, account_id: i64, instrument_id: i64, *, margin_mode: i64, lever: i64
    ) -> OverlayPosition:
        """The difference of a position; a new one of zero when there was none."""
        positions = self.account(account_id).positions
        found = positions.get(instrument_id)
        if found is None:
            found = OverlayPosition(
                PositionRow(account_id, instrument_id, 0, 0, 0, 0, 0, margin_mode, lever)
            )
            positions[instrument_id] = found
        return found

    def add_money(
        self, *, kind: i64, account_id: i64, asset_id: i64, instrument_id: i64, amount: i64
    ) -> None:
        """So much more on a ledger account."""
        owner = ACCOUNT_ID_ERROR if kind == LedgerKind.HOUSE_ERROR else account_id
        key = ledger_key(
            kind=kind, account_id=account_id, asset_id=asset_id, instrument_id=instrument_id
        )
        self.account(owner).add_money(key, amount)

    def rows(self) -> RepairRows:
        """The rows as they are now, sorted."""
        ledger: list[LedgerRow] = []
        positions: list[PositionRow] = []
        money: dict[int, int] = {}
        for account_id in sorted(self.accounts):
            one = self.accounts[account_id]
            money.update(one.money)
            for instrument_id in sorted(one.positions):
                position = one.positions[instrument_id]
                if not position.is_zero():
                    positions.append(position.row())
        for key in sorted(money):
            if money[key] != 0:
                ledger.append(_ledger_row(key, money[key]))
        return RepairRows(ledger=ledger, positions=positions, algos=self.algos, orders=self.orders)


def _ledger_row(key: i64, amount: i64) -> LedgerRow:
    return LedgerRow(
        kind=key >> 57,
        account_id=key >> 26 & 0x7FFFFFFF,
        asset_id=key >> 16 & 0x3FF,
        instrument_id=key & 0xFFFF,
        amount=amount,
    )


def overlay_of(rows: RepairRows) -> Overlay:
    """The overlay that begins as these rows."""
    overlay = Overlay()
    for row in rows.ledger:
        overlay.add_money(
            kind=row.kind,
            account_id=row.account_id,
            asset_id=row.asset_id,
            instrument_id=row.instrument_id,
            amount=row.amount,
        )
    for line in rows.positions:
        overlay.account(line.account_id).positions[line.instrument_id] = OverlayPosition(line)
    overlay.algos = rows.algos
    overlay.orders = rows.orders
    return overlay
