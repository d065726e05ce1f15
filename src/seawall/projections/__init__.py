"""Projections: the read models of history, in SQL, made from events and from nothing else.

Orders, fills, trades, candles, balances, positions, algo orders, funding and account events, for
questions that memory no
longer answers. `open_read_models` prepares the database (SQLite now; nothing here is of one dialect
only), `Projector` writes entries into it exactly once, the `*Queries` read. They are caches of the
journal: droppable, rebuilt by applying it again, never read by the engine or on the order path.
This room must not know the journal's files, the engine or the wire. Start with `tables.py` (what is
stored), then `row_batch.py` (events into rows), `projector.py` (rows into the database, behind the
fence) and `order_queries.py`, `market_queries.py`, `account_queries.py`.
"""

from seawall.projections.account_queries import AccountQueries
from seawall.projections.candle_pages import BarCalendar
from seawall.projections.market_queries import MarketQueries
from seawall.projections.opening import ReadModels, open_read_models
from seawall.projections.order_queries import OrderQueries
from seawall.projections.projector import Progress, Projector
from seawall.projections.risk_queries import RiskQueries
from seawall.projections.rows import (
    AccountEventRow,
    AlgoRow,
    BalanceRow,
    CandlePageRow,
    FillRow,
    FundingRoundRow,
    LiquidationRow,
    OrderRow,
    PositionRow,
    RecentMarkets,
    RecentOrders,
    RejectionRow,
    StoredCandle,
    TradeRow,
)

__all__ = [
    "open_read_models",
    "ReadModels",
    "Projector",
    "Progress",
    "AccountQueries",
    "MarketQueries",
    "OrderQueries",
    "RiskQueries",
    "BarCalendar",
    "AccountEventRow",
    "AlgoRow",
    "BalanceRow",
    "CandlePageRow",
    "FillRow",
    "FundingRoundRow",
    "LiquidationRow",
    "OrderRow",
    "PositionRow",
    "RecentMarkets",
    "RecentOrders",
    "RejectionRow",
    "StoredCandle",
    "TradeRow",
]
