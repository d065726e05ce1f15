"""History from the read models: their blocking queries, asked in threads so that the event loop
goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from seawall.api.services import (
    HistoryQuery,
    StoredAlgo,
    StoredCandle,
    StoredFill,
    StoredOrder,
    StoredRound,
    StoredTrade,
)
from seawall.core.model.risk_events import RiskEventType
from seawall.marketdata import bar_named
from seawall.projections import (
    AccountEventRow,
    AccountQueries,
    MarketQueries,
    OrderQueries,
    RiskQueries,
)


class ReadModelHistory:
    """Fits the port `History` over the queries of the projections.

    clock_ms: the venue's clock, which decides where a list of candles ends.
    """

    def __init__(
        self,
        *,
        orders: OrderQueries,
        markets: MarketQueries,
        accounts: AccountQueries,
        risk: RiskQueries,
        clock_ms: Callable[[], int],
    ) -> None:
        self._orders = orders
        self._markets = markets
        self._accounts = accounts
        self._risk = risk
        self._clock_ms = clock_ms

    async def order(self, account_id: int, order_id: int) -> StoredOrder | None:
        """One order of the account."""
        return await asyncio.to_thread(self._orders.order, account_id, order_id)

    async def orders(self, query: HistoryQuery) -> Sequence[StoredOrder]:
        """Ended orders."""
        return await asyncio.to_thread(
            self._orders.ended_orders,
            query.account_id,
            limit=query.limit,
            instrument_id=query.instrument_id,
            after=query.after,
            before=query.before,
            begin_ms=query.begin_ms,
            end_ms=query.end_ms,
        )

    async def fills(self, query: HistoryQuery) -> Sequence[StoredFill]:
        """Fills."""
        return await asyncio.to_thread(
            self._orders.fills,
            query.account_id,
            limit=query.limit,
            instrument_id=query.instrument_id,
            order_id=query.order_id,
            after=query.after,
            before=query.before,
            begin_ms=query.begin_ms,
            end_ms=query.end_ms,
        )

    async def trades(
        self,
        instrument_id: int,
        *,
        limit: int,
        after: int | None = None,
        before: int | None = None,
        before_ms: int | None = None,
    ) -> Sequence[StoredTrade]:
        """Public trades."""
        return await asyncio.to_thread(
            self._markets.trades,
            instrument_id,
            limit=limit,
            after=after,
            before=before,
            before_ms=before_ms,
        )

    async def candles(
        self,
        instrument_id: int,
        bar_name: str,
        *,
        limit: int,
        after: int | None,
        before: int | None,
    ) -> Sequence[StoredCandle]:
        """Candles; none of a bar that does not exist."""
        bar = bar_named(bar_name)
        if bar is None:
            return []
        return await asyncio.to_thread(
            self._markets.candles,
            instrument_id,
            bar,
            limit=limit,
            clock_ms=self._clock_ms(),
            after=after,
            before=before,
        )

    async def algo(self, account_id: int, algo_id: int) -> StoredAlgo | None:
        """One algo order of the account."""
        return await asyncio.to_thread(self._risk.algo, account_id, algo_id)

    async def algos(self, query: HistoryQuery) -> Sequence[StoredAlgo]:
        """Ended algo orders."""
        return await asyncio.to_thread(
            self._risk.ended_algos,
            query.account_id,
            limit=query.limit,
            after=query.after,
            before=query.before,
        )

    async def funding_rounds(
        self, instrument_id: int, *, limit: int, after: int | None, before: int | None
    ) -> Sequence[StoredRound]:
        """Settlements of a swap."""
        return await asyncio.to_thread(
            self._risk.funding_rounds, instrument_id, limit=limit, after=after, before=before
        )

    async def funding_payments(
        self, account_id: int, *, limit: int, after_seq: int | None
    ) -> Sequence[AccountEventRow]:
        """Funding received and paid."""
        return await asyncio.to_thread(
            self._accounts.events,
            account_id,
            limit=limit,
            event_type=RiskEventType.FUNDING_PAID,
            after_seq=after_seq,
        )
