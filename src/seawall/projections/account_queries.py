"""Questions about accounts: balances as the read models have them, and what happened to them."""

from typing import final

from sqlalchemy import select

from seawall.projections.opening import ReadModels, bindable
from seawall.projections.rows import AccountEventRow, BalanceRow
from seawall.projections.tables import ACCOUNT_EVENTS, BALANCES


@final
class AccountQueries:
    """Balances and account events. What must be fresh is read from the account maps instead."""

    def __init__(self, models: ReadModels) -> None:
        self._models = models

    def balances(self, account_id: int) -> list[BalanceRow]:
        """The ledger accounts of an account, by kind, asset and instrument; account 0 has the
        venue's own.
        """
        column = BALANCES.c
        query = (
            select(BALANCES)
            .where(column.account_id == account_id)
            .order_by(column.kind, column.asset_id, column.instrument_id)
        )
        with self._models.reading() as connection:
            return [BalanceRow(**row._mapping) for row in connection.execute(query)]

    def balance_sums(self) -> dict[int, int]:
        """Per asset the sum over all ledger accounts: 0 for each, or money was made or lost."""
        column = BALANCES.c
        query = select(column.asset_id, column.balance).order_by(column.asset_id)
        sums: dict[int, int] = {}
        with self._models.reading() as connection:
            for asset_id, balance in connection.execute(query):
                sums[asset_id] = sums.get(asset_id, 0) + balance
        return sums

    def events(
        self,
        account_id: int,
        *,
        limit: int,
        event_type: int | None = None,
        after_seq: int | None = None,
    ) -> list[AccountEventRow]:
        """Deposits, transfers, freezes and keys, newest first; of entries before `after_seq`."""
        column = ACCOUNT_EVENTS.c
        query = select(ACCOUNT_EVENTS).where(column.account_id == account_id)
        if event_type is not None:
            query = query.where(column.event_type == event_type)
        if after_seq is not None:
            query = query.where(column.seq < bindable(after_seq))
        query = query.order_by(column.seq.desc(), column.position.desc()).limit(limit)
        with self._models.reading() as connection:
            return [AccountEventRow(**row._mapping) for row in connection.execute(query)]
