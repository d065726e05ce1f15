"""Market data: what everybody may see of the markets, kept from events, in memory.

Books by price level, the last trades, tickers with their 24 hours and candles of every bar, per
instrument, in integers: prices in ticks, quantities in lots, turnover in quote units. `MarketData`
takes the history that the read models hold (`load_history`), the engine's description (`begin`),
then events in order (`apply`). This room must not know accounts, who owns an order, databases or
the wire: history comes in as rows of a stated shape. Start with `market_data.py` (the door), then
`market.py` (one instrument), `l2_book.py`, `candles.py` with `bars.py` (the calendar), and
`day_window.py` (the rolling 24 hours).
"""

from seawall.marketdata.bars import BARS, Bar, bar_named
from seawall.marketdata.history import (
    HISTORY_HOURS_MS,
    HISTORY_MINUTES_MS,
    HistoryCandle,
    HistoryTrade,
)
from seawall.marketdata.market_data import MarketData
from seawall.marketdata.views import BookView, CandleView, Level, TickerView, TradeView

__all__ = [
    "MarketData",
    "BookView",
    "CandleView",
    "Level",
    "TickerView",
    "TradeView",
    "BARS",
    "Bar",
    "bar_named",
    "HISTORY_HOURS_MS",
    "HISTORY_MINUTES_MS",
    "HistoryCandle",
    "HistoryTrade",
]
