"""Questions about swaps and triggers: algo orders that ended, funding, positions, liquidations."""

from typing import Any, Final, final

from sqlalchemy import Row, select

from seawall.projections.opening import ReadModels, bindable
from seawall.projections.rows import (
    AlgoRow,
    AlgoStateName,
    FundingRoundRow,
    LiquidationRow,
    PositionRow,
)
from seawall.projections.tables import (
    ALGOS,
    FUNDING_ROUNDS,
    LIQUIDATIONS,
    POSITIONS,
    AlgoStage,
)

STATE_NAMES: Final[dict[int, AlgoStateName]] = {
    AlgoStage.LIVE: "live",
    AlgoStage.EFFECTIVE: "effective",
    AlgoStage.CANCELLED: "cancelled",
    AlgoStage.FAILED: "order_failed",
}


@final
class RiskQueries:
    """Lists are newest first; ids and times below `after` and above `before`."""

    def __init__(self, models: ReadModels) -> None:
        self._models = models

    def ended_algos(
        self, account_id: int, *, limit: int, after: int | None = None, before: int | None = None
    ) -> list[AlgoRow]:
        """The account's algo orders that fired or were cancelled."""
        column = ALGOS.c
        query = select(ALGOS).where(column.account_id == account_id, column.state != AlgoStage.LIVE)
        if after is not None:
            query = query.where(column.algo_id < bindable(after))
        if before is not None:
            query = query.where(column.algo_id > bindable(before))
        query = query.order_by(column.algo_id.desc()).limit(limit)
        with self._models.reading() as connection:
            return [_algo(row) for row in connection.execute(query)]

    def algo(self, account_id: int, algo_id: int) -> AlgoRow | None:
        """One algo order of the account."""
        query = select(ALGOS).where(
            ALGOS.c.account_id == account_id, ALGOS.c.algo_id == bindable(algo_id)
        )
        with self._models.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _algo(row)

    def funding_rounds(
        self,
        instrument_id: int,
        *,
        limit: int,
        after: int | None = None,
        before: int | None = None,
    ) -> list[FundingRoundRow]:
        """Settlements of a swap, by their time in ms."""
        column = FUNDING_ROUNDS.c
        query = select(FUNDING_ROUNDS).where(column.instrument_id == instrument_id)
        if after is not None:
            query = query.where(column.time_ms < bindable(after))
        if before is not None:
            query = query.where(column.time_ms > bindable(before))
        query = query.order_by(column.time_ms.desc()).limit(limit)
        with self._models.reading() as connection:
            return [FundingRoundRow(**row._mapping) for row in connection.execute(query)]

    def positions(self, account_id: int) -> list[PositionRow]:
        """Every position of the account that was ever touched."""
        query = (
            select(POSITIONS)
            .where(POSITIONS.c.account_id == account_id)
            .order_by(POSITIONS.c.instrument_id)
        )
        with self._models.reading() as connection:
            return [PositionRow(**row._mapping) for row in connection.execute(query)]

    def liquidations(self, account_id: int, *, limit: int) -> list[LiquidationRow]:
        """What was done to the account's positions against its wish."""
        query = (
            select(LIQUIDATIONS)
            .where(LIQUIDATIONS.c.account_id == account_id)
            .order_by(LIQUIDATIONS.c.seq.desc(), LIQUIDATIONS.c.position.desc())
            .limit(limit)
        )
        with self._models.reading() as connection:
            return [LiquidationRow(**row._mapping) for row in connection.execute(query)]


def _algo(row: Row[Any]) -> AlgoRow:
    values = dict(row._mapping)
    values["state"] = STATE_NAMES[row.state]
    values["reduce_only"] = row.reduce_only != 0
    return AlgoRow(**values)
