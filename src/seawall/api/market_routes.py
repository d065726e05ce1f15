"""Market data over REST: tickers, the book, trades, candles. Newest first, from memory, never from
a database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from litestar import get
from litestar.params import QueryParameter

from seawall.api.account_rows import (
    amount_text,
    family_of,
    inst_type_of,
    price_text,
    size_text,
)
from seawall.api.envelope import ApiError, Envelope
from seawall.api.order_requests import wrong
from seawall.api.paging import (
    TIME_MS_MAX,
    After,
    Before,
    InstFamily,
    InstId,
    InstType,
    Limit,
    Page,
    page_of,
    whole_number,
)
from seawall.api.public_routes import checked_inst_type, known_instrument
from seawall.api.services import RouteServices, Services, StoredCandle, StoredTrade
from seawall.api.wire_market import BookRow, CandleRow, TickerRow, TradeRow
from seawall.core.model.enums import SIDE_NAMES
from seawall.gateway import InstrumentView, VenueMaps
from seawall.marketdata import BookView, Level, TickerView, bar_named

BOOK_LEVELS_MAX: Final = 400
TRADES_MAX: Final = 500
CANDLES_MAX: Final = 300
HISTORY_TRADES_MAX: Final = 100
BY_TRADE_ID: Final = "1"
BY_TIME: Final = "2"

Size = Annotated[
    str | None, QueryParameter(name="sz", description="levels of each side, at most 400")
]
BarName = Annotated[str | None, QueryParameter(name="bar", description="1m ... 1M, 1Dutc ...")]
PageType = Annotated[
    str | None, QueryParameter(name="type", description="1 by trade id, 2 by time")
]


@get("/api/v5/market/ticker")
async def ticker(services: RouteServices, inst_id: InstId = None) -> Envelope[TickerRow]:
    """Last trade, best bid and ask and the last 24 hours of one instrument."""
    instrument = known_instrument(inst_id, services.venue)
    return Envelope(data=[_ticker_row(instrument, services)])


@get("/api/v5/market/tickers")
async def tickers(
    services: RouteServices, inst_type: InstType = None, inst_family: InstFamily = None
) -> Envelope[TickerRow]:
    """The same for all instruments of a type."""
    checked_inst_type(inst_type)
    return Envelope(
        data=[
            _ticker_row(one, services)
            for one in services.venue.instruments()
            if inst_type in (None, "", "ANY", inst_type_of(one))
            and (not inst_family or family_of(one, services.venue) == inst_family)
        ]
    )


@get("/api/v5/market/books")
async def books(
    services: RouteServices, inst_id: InstId = None, size: Size = None
) -> Envelope[BookRow]:
    """The best price levels of each side."""
    instrument = known_instrument(inst_id, services.venue)
    depth = whole_number("sz", size)
    if depth == 0:
        raise ApiError(wrong("sz", f"1 to {BOOK_LEVELS_MAX}"))
    view = services.market.book(instrument.instrument_id, depth=min(depth or 1, BOOK_LEVELS_MAX))
    if view.time_ms == 0:  # nothing has changed it yet: it is as old as the clock
        view = msgspec.structs.replace(view, time_ms=services.market.clock_ms)
    return Envelope(data=[book_row(view, instrument, services.venue)])


@get("/api/v5/market/trades")
async def trades(
    services: RouteServices, inst_id: InstId = None, limit: Limit = None
) -> Envelope[TradeRow]:
    """The newest trades."""
    instrument = known_instrument(inst_id, services.venue)
    page = page_of(limit=limit, limit_max=TRADES_MAX)
    found = services.market.trades(instrument.instrument_id, limit=page.limit)
    return Envelope(data=[trade_row(one, instrument, services.venue) for one in found])


@get("/api/v5/market/history-trades")
async def history_trades(
    services: RouteServices,
    inst_id: InstId = None,
    page_type: PageType = None,
    after: After = None,
    before: Before = None,
    limit: Limit = None,
) -> Envelope[TradeRow]:
    """Older trades, by trade id (type 1) or by time (type 2; `after` only)."""
    instrument = known_instrument(inst_id, services.venue)
    if page_type not in (None, "", BY_TRADE_ID, BY_TIME):
        raise ApiError(wrong("type", "1 or 2"))
    page = page_of(limit=limit, after=after, before=before, limit_max=HISTORY_TRADES_MAX)
    if page_type == BY_TIME:
        found = await _trades_before(services, instrument.instrument_id, page)
    else:
        found = await _trades_by_id(services, instrument.instrument_id, page)
    return Envelope(data=[trade_row(one, instrument, services.venue) for one in found])


async def _trades_by_id(
    services: Services, instrument_id: int, page: Page
) -> Sequence[StoredTrade]:
    """From memory, and what is older from the read models."""
    recent = services.market.trades(
        instrument_id, limit=page.limit, after=page.after, before=page.before
    )
    if len(recent) == page.limit:
        return recent
    older = await services.history.trades(
        instrument_id,
        limit=page.limit - len(recent),
        after=recent[-1].trade_id if recent else page.after,
        before=page.before,
    )
    return [*recent, *older]


async def _trades_before(
    services: Services, instrument_id: int, page: Page
) -> Sequence[StoredTrade]:
    """The newest before a time, which stands in `after`."""
    newest = [
        trade
        for trade in services.market.trades(instrument_id, limit=TRADES_MAX)
        if page.after is None or trade.time_ms < page.after
    ]
    if len(newest) >= page.limit:
        return newest[: page.limit]
    before_ms = None if page.after is None else min(page.after, TIME_MS_MAX)
    older = await services.history.trades(instrument_id, limit=page.limit, before_ms=before_ms)
    known = {trade.trade_id for trade in newest}
    merged = [*newest, *(trade for trade in older if trade.trade_id not in known)]
    return merged[: page.limit]


@get("/api/v5/market/candles")
async def candles(
    services: RouteServices,
    inst_id: InstId = None,
    bar: BarName = None,
    after: After = None,
    before: Before = None,
    limit: Limit = None,
) -> Envelope[CandleRow]:
    """Candles from memory: `after` a time means older, `before` newer; the first may run."""
    instrument = known_instrument(inst_id, services.venue)
    name = _bar_name(bar)
    page = _candle_page(after=after, before=before, limit=limit)
    found = services.market.candles(
        instrument.instrument_id, name, after=page.after, before=page.before, limit=page.limit
    )
    return Envelope(data=[candle_row(one, instrument, services.venue) for one in found])


@get("/api/v5/market/history-candles")
async def history_candles(
    services: RouteServices,
    inst_id: InstId = None,
    bar: BarName = None,
    after: After = None,
    before: Before = None,
    limit: Limit = None,
) -> Envelope[CandleRow]:
    """The same, and what is older from the read models."""
    instrument = known_instrument(inst_id, services.venue)
    name = _bar_name(bar)
    page = _candle_page(after=after, before=before, limit=limit)
    found: list[StoredCandle] = list(
        services.market.candles(
            instrument.instrument_id, name, after=page.after, before=page.before, limit=page.limit
        )
    )
    if len(found) < page.limit:
        found += await services.history.candles(
            instrument.instrument_id,
            name,
            limit=page.limit - len(found),
            after=found[-1].open_ms if found else page.after,
            before=page.before,
        )
    return Envelope(data=[candle_row(one, instrument, services.venue) for one in found])


def _bar_name(bar: str | None) -> str:
    name = bar or "1m"
    if bar_named(name) is None:
        raise ApiError(wrong("bar", "1m 3m 5m 15m 30m 1H 2H 4H 6H 12H 1D 1W 1M, or those in utc"))
    return name


def _candle_page(*, after: str | None, before: str | None, limit: str | None) -> Page:
    page = page_of(
        limit=limit, after=after, before=before, limit_max=CANDLES_MAX, limit_default=100
    )
    return Page(
        limit=page.limit,
        after=None if page.after is None else min(page.after, TIME_MS_MAX),
        before=None if page.before is None else min(page.before, TIME_MS_MAX),
    )


def _ticker_row(instrument: InstrumentView, services: Services) -> TickerRow:
    view = services.market.ticker(instrument.instrument_id)
    assert view is not None, "market data and venue maps list the same instruments"
    return ticker_row(view, instrument, services.venue)


def ticker_row(view: TickerView, instrument: InstrumentView, venue: VenueMaps) -> TickerRow:
    """A ticker; a price that does not exist yet is empty."""
    return TickerRow(
        inst_id=instrument.name,
        last=_price(view.last_price, instrument),
        last_sz=size_text(view.last_quantity, instrument, venue) if view.last_price else "",
        ask_px=_price(view.ask_price, instrument),
        ask_sz=size_text(view.ask_quantity, instrument, venue) if view.ask_price else "",
        bid_px=_price(view.bid_price, instrument),
        bid_sz=size_text(view.bid_quantity, instrument, venue) if view.bid_price else "",
        open24h=_price(view.open_24h, instrument),
        high24h=_price(view.high_24h, instrument),
        low24h=_price(view.low_24h, instrument),
        inst_type=inst_type_of(instrument),
        vol_ccy24h=_volume_text(view.volume_24h, view.quote_volume_24h, instrument, venue),
        vol24h=size_text(view.volume_24h, instrument, venue),
        sod_utc0=_price(view.open_utc0, instrument),
        sod_utc8=_price(view.open_utc8, instrument),
        ts=str(view.time_ms),
    )


def _volume_text(
    volume: int, quote_volume: int, instrument: InstrumentView, venue: VenueMaps
) -> str:
    """volCcy: a volume in quote, of a swap in base."""
    if instrument.is_swap:
        return amount_text(volume * instrument.lot_size, instrument.base_asset_id, venue)
    return amount_text(quote_volume, instrument.quote_asset_id, venue)


def _price(ticks: int, instrument: InstrumentView) -> str:
    return price_text(ticks, instrument) if ticks else ""


def book_row(view: BookView, instrument: InstrumentView, venue: VenueMaps) -> BookRow:
    """The levels of both sides, best first."""
    return BookRow(
        asks=[_level(level, instrument, venue) for level in view.asks],
        bids=[_level(level, instrument, venue) for level in view.bids],
        ts=str(view.time_ms),
        seq_id=view.seq_id,
    )


def _level(level: Level, instrument: InstrumentView, venue: VenueMaps) -> tuple[str, str, str, str]:
    price, quantity, orders = level
    return (
        price_text(price, instrument),
        size_text(quantity, instrument, venue),
        "0",
        str(orders),
    )


def trade_row(view: StoredTrade, instrument: InstrumentView, venue: VenueMaps) -> TradeRow:
    """One trade; `side` is the taker's."""
    return TradeRow(
        inst_id=instrument.name,
        trade_id=str(view.trade_id),
        px=price_text(view.price, instrument),
        sz=size_text(view.quantity, instrument, venue),
        side=SIDE_NAMES[view.side],
        ts=str(view.time_ms),
        seq_id=view.seq,
    )


def candle_row(view: StoredCandle, instrument: InstrumentView, venue: VenueMaps) -> CandleRow:
    """[ts, open, high, low, close, volume as sized, volCcy, volume in quote, confirmed]."""
    turnover = amount_text(view.quote_volume, instrument.quote_asset_id, venue)
    return (
        str(view.open_ms),
        price_text(view.open, instrument),
        price_text(view.high, instrument),
        price_text(view.low, instrument),
        price_text(view.close, instrument),
        size_text(view.volume, instrument, venue),
        _volume_text(view.volume, view.quote_volume, instrument, venue),
        turnover,
        "1" if view.is_confirmed else "0",
    )


MARKET_ROUTES: Final = (ticker, tickers, books, trades, history_trades, candles, history_candles)
