"""Outside prices and what follows from them: indices, marks, funding, price limits, tiers."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import get
from litestar.params import QueryParameter

from seawall.api import codes
from seawall.api.account_rows import amount_text, family_of, inst_type_of, ms_text, price_text
from seawall.api.codes import fault
from seawall.api.decimals import format_decimal
from seawall.api.envelope import ApiError, Envelope
from seawall.api.paging import (
    TIME_MS_MAX,
    After,
    Before,
    InstFamily,
    InstId,
    InstType,
    Limit,
    page_of,
)
from seawall.api.public_routes import Underlying, checked_inst_type, known_instrument
from seawall.api.services import RouteServices, Services, StoredRound
from seawall.api.wire_swap import (
    FundingHistoryRow,
    FundingRateRow,
    IndexTickerRow,
    MarkPriceRow,
    OpenInterestRow,
    PositionTierRow,
    PriceLimitRow,
)
from seawall.core.model.units import E8
from seawall.gateway import IndexView, InstrumentView

HOUR_MS: Final = 3_600_000
INTERVAL_MS: Final = 8 * HOUR_MS  # of funding, until a settlement says otherwise
FUNDING_HISTORY_MAX: Final = 400
ANY: Final = "ANY"

QuoteCcy = Annotated[str | None, QueryParameter(name="quoteCcy", description="e.g. USDT")]
Tier = Annotated[str | None, QueryParameter(name="tier")]


def _swaps(
    services: Services, inst_type: str | None, inst_id: str | None, family: str | None
) -> list[InstrumentView]:
    """The swaps asked for; an instrument that is none has nothing to tell."""
    checked_inst_type(inst_type)
    if inst_type not in (None, "", "SWAP", ANY):
        return []
    venue = services.venue
    wanted = [known_instrument(inst_id, venue)] if inst_id else venue.instruments()
    return [
        one for one in wanted if one.is_swap and (not family or family_of(one, venue) == family)
    ]


def _known_swap(services: Services, inst_id: str | None) -> InstrumentView:
    instrument = known_instrument(inst_id, services.venue)
    if not instrument.is_swap:
        raise ApiError(fault(codes.NO_INSTRUMENT, f"{instrument.name} is not a swap."))
    return instrument


@get("/api/v5/public/mark-price")
async def mark_price(
    services: RouteServices,
    inst_type: InstType = None,
    inst_id: InstId = None,
    inst_family: InstFamily = None,
    uly: Underlying = None,
) -> Envelope[MarkPriceRow]:
    """The marks of swaps, as far as they exist."""
    rows = []
    for instrument in _swaps(services, inst_type, inst_id, inst_family or uly):
        view = services.venue.prices.mark(instrument.instrument_id)
        if view.mark:
            rows.append(
                MarkPriceRow(
                    inst_id=instrument.name,
                    mark_px=price_text(view.mark, instrument),
                    ts=ms_text(view.updated_ns),
                )
            )
    return Envelope(data=rows)


@get("/api/v5/market/index-tickers")
async def index_tickers(
    services: RouteServices, inst_id: InstId = None, quote_ccy: QuoteCcy = None
) -> Envelope[IndexTickerRow]:
    """The guarded outside prices, by name or by what they are quoted in."""
    wanted: list[IndexView] = []
    for view in services.venue.prices.indices():
        is_named = not inst_id or view.name == inst_id
        is_quoted = not quote_ccy or view.name.partition("-")[2] == quote_ccy
        if is_named and is_quoted:
            wanted.append(view)
    if inst_id and not wanted:
        raise ApiError(fault(codes.NO_INSTRUMENT, "There is no such index."))
    return Envelope(
        data=[
            IndexTickerRow(
                inst_id=view.name,
                idx_px=format_decimal(view.value_e8, 8),
                ts=ms_text(view.updated_ns),
            )
            for view in wanted
            if view.value_e8
        ]
    )


@get("/api/v5/public/funding-rate")
async def funding_rate(services: RouteServices, inst_id: InstId = None) -> Envelope[FundingRateRow]:
    """The next settlement of a swap, or (instId ANY) of all."""
    if inst_id == ANY:
        wanted = _swaps(services, None, None, None)
    else:
        wanted = [_known_swap(services, inst_id)]
    return Envelope(data=[_funding_row(one, services) for one in wanted])


def _funding_row(instrument: InstrumentView, services: Services) -> FundingRateRow:
    prices = services.venue.prices
    view = prices.mark(instrument.instrument_id)
    rounds = prices.funding_rounds(instrument.instrument_id)
    cap_e8 = services.venue.swap_terms(instrument.instrument_id).funding_cap_e8
    interval_ms = rounds[0].next_ms - rounds[1].next_ms if len(rounds) > 1 else INTERVAL_MS
    return FundingRateRow(
        inst_id=instrument.name,
        funding_rate=format_decimal(view.funding_e8, 8),
        funding_time=str(view.funding_ms) if view.funding_ms else "",
        next_funding_time=str(view.funding_ms + interval_ms) if view.funding_ms else "",
        min_funding_rate=format_decimal(-cap_e8, 8),
        max_funding_rate=format_decimal(cap_e8, 8),
        sett_funding_rate=format_decimal(rounds[0].rate_e8, 8) if rounds else "",
        prev_funding_time=str(rounds[0].time_ms) if rounds else "",
        ts=ms_text(view.updated_ns),
    )


@get("/api/v5/public/funding-rate-history")
async def funding_rate_history(
    services: RouteServices,
    inst_id: InstId = None,
    after: After = None,
    before: Before = None,
    limit: Limit = None,
) -> Envelope[FundingHistoryRow]:
    """Settlements, newest first; `after` and `before` are times in ms."""
    instrument = _known_swap(services, inst_id)
    page = page_of(limit=limit, after=after, before=before, limit_max=FUNDING_HISTORY_MAX)
    older_than = None if page.after is None else min(page.after, TIME_MS_MAX)
    newer_than = None if page.before is None else min(page.before, TIME_MS_MAX)
    stored = await services.history.funding_rounds(
        instrument.instrument_id, limit=page.limit, after=older_than, before=newer_than
    )
    found: dict[int, StoredRound] = {one.time_ms: one for one in stored}
    for one in services.venue.prices.funding_rounds(instrument.instrument_id):
        if (older_than is None or one.time_ms < older_than) and (
            newer_than is None or one.time_ms > newer_than
        ):
            found[one.time_ms] = one
    newest = sorted(found.values(), key=lambda one: -one.time_ms)[: page.limit]
    return Envelope(
        data=[
            FundingHistoryRow(
                inst_id=instrument.name,
                funding_rate=format_decimal(one.rate_e8, 8),
                realized_rate=format_decimal(one.rate_e8, 8),
                funding_time=str(one.time_ms),
            )
            for one in newest
        ]
    )


@get("/api/v5/public/open-interest")
async def open_interest(
    services: RouteServices,
    inst_type: InstType = None,
    inst_id: InstId = None,
    inst_family: InstFamily = None,
    uly: Underlying = None,
) -> Envelope[OpenInterestRow]:
    """What is open in swaps."""
    venue = services.venue
    rows = []
    for one in _swaps(services, inst_type, inst_id, inst_family or uly):
        view = venue.prices.mark(one.instrument_id)
        lots = view.open_interest
        rows.append(
            OpenInterestRow(
                inst_id=one.name,
                oi=str(lots),
                oi_ccy=amount_text(lots * one.lot_size, one.base_asset_id, venue),
                oi_usd=amount_text(lots * view.mark * one.unit_value, one.quote_asset_id, venue),
                ts=ms_text(view.updated_ns),
            )
        )
    return Envelope(data=rows)


@get("/api/v5/public/price-limit")
async def price_limit(services: RouteServices, inst_id: InstId = None) -> Envelope[PriceLimitRow]:
    """What orders may bid and ask at the moment; empty where there is no limit."""
    instrument = known_instrument(inst_id, services.venue)
    limits = services.venue.prices.limits(instrument.instrument_id)
    return Envelope(
        data=[
            PriceLimitRow(
                inst_id=instrument.name,
                inst_type=inst_type_of(instrument),
                buy_lmt=price_text(limits.high, instrument) if limits.high else "",
                sell_lmt=price_text(limits.low, instrument) if limits.low else "",
                ts=str(limits.updated_ns // 1_000_000 or services.now_us() // 1_000),
                enabled=bool(limits.high or limits.low),
            )
        ]
    )


@get("/api/v5/public/position-tiers")
async def position_tiers(
    services: RouteServices,
    inst_type: InstType = None,
    inst_id: InstId = None,
    inst_family: InstFamily = None,
    uly: Underlying = None,
    tier: Tier = None,
) -> Envelope[PositionTierRow]:
    """The margin brackets of swaps, the same for cross and isolated margin."""
    return Envelope(
        data=[
            row
            for one in _swaps(services, inst_type, inst_id, inst_family or uly)
            for row in tier_rows(one, services)
            if not tier or row.tier == tier
        ]
    )


def tier_rows(instrument: InstrumentView, services: Services) -> list[PositionTierRow]:
    """The brackets of one swap."""
    venue = services.venue
    family = family_of(instrument, venue)
    lot_value = venue.prices.mark(instrument.instrument_id).mark * instrument.unit_value
    terms = venue.swap_terms(instrument.instrument_id)
    return [
        PositionTierRow(
            inst_family=family,
            inst_id=instrument.name,
            uly=family,
            tier=str(number),
            min_sz=str(low // lot_value + (1 if low else 0)) if lot_value else "",
            max_sz=str(high // lot_value) if lot_value else "",
            mmr=format_decimal(maintenance_e8, 8),
            imr=format_decimal(initial_e8, 8),
            max_lever=str(min(E8 // initial_e8, terms.lever_max)),
        )
        for number, (low, high, initial_e8, maintenance_e8) in enumerate(terms.brackets(), 1)
    ]


PRICE_ROUTES: Final = (
    mark_price,
    index_tickers,
    funding_rate,
    funding_rate_history,
    open_interest,
    price_limit,
    position_tiers,
)
