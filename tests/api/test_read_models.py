"""The read models behind the API's port for history: real queries on a real database, off the event
loop.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from seawall.api import HistoryQuery
from seawall.api.account_rows import fill_row, order_row
from seawall.api.read_models import ReadModelHistory
from seawall.gateway import VenueMaps
from seawall.projections import AccountQueries, MarketQueries, OrderQueries, RiskQueries
from tests.projections.past import projected, random_past

pytestmark = pytest.mark.slow


def test_what_the_read_models_hold_can_be_written_on_the_wire(tmp_path: Path) -> None:
    """Rows of the read models and views of the maps have the same fields; both can be written."""
    past = random_past("busy", 7)
    models = projected(tmp_path, past)
    history = ReadModelHistory(
        orders=OrderQueries(models),
        markets=MarketQueries(models),
        accounts=AccountQueries(models),
        risk=RiskQueries(models),
        clock_ms=lambda: 2**41,
    )
    venue = VenueMaps(past.genesis)
    handlers = venue.handlers()
    for entry in [*past.description, *past.entries()]:
        for event in entry.events:
            if type(event) in handlers:
                handlers[type(event)](event, entry.seq, entry.time_ns)

    async def ask() -> None:
        seen = 0
        for account in past.genesis.accounts:
            query = HistoryQuery(account_id=account.account_id, limit=50)
            for order in await history.orders(query):
                assert order_row(order, venue).state in ("filled", "canceled")
                assert await history.order(account.account_id, order.order_id) == order
            for fill in await history.fills(query):
                assert fill_row(fill, venue).ord_id == str(fill.order_id)
        for instrument in venue.instruments():
            number = instrument.instrument_id
            trades = await history.trades(number, limit=20)
            assert trades == sorted(trades, key=lambda trade: -trade.trade_id)
            assert await history.candles(number, "no", limit=5, after=None, before=None) == []
            candles = await history.candles(number, "1m", limit=5, after=None, before=None)
            assert bool(candles) == bool(trades)
            seen += len(trades)
        assert seen, "a past without trades would show nothing"

    asyncio.run(ask())
    models.close()
