"""How much an account could trade: the largest orders, and what it has to pay for them with."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, get
from litestar.params import QueryParameter

from seawall.api import codes
from seawall.api.account_rows import amount_text, size_text
from seawall.api.codes import Fault, fault
from seawall.api.envelope import ApiError, Envelope
from seawall.api.order_requests import price_ticks
from seawall.api.paging import InstId
from seawall.api.private_reads import caller_of, require_fresh
from seawall.api.public_routes import known_instrument
from seawall.api.services import RouteServices, Services
from seawall.api.wire_account import MaxAvailSizeRow, MaxSizeRow
from seawall.core.model.enums import Side
from seawall.gateway import InstrumentView, account_figures, exposure_of, margin_free

SWAP_MODES: Final = (None, "", "cross", "isolated")
SPOT_MODES: Final = (None, "", "cash")

Price = Annotated[str | None, QueryParameter(name="px")]
TradeMode = Annotated[str | None, QueryParameter(name="tdMode")]
AnyRequest = Request[Any, Any, Any]


@get("/api/v5/account/max-size")
async def max_size(
    request: AnyRequest,
    services: RouteServices,
    inst_id: InstId = None,
    td_mode: TradeMode = None,
    px: Price = None,
) -> Envelope[MaxSizeRow]:
    """The largest buy and sell that the account covers, at `px` or else at the best opposite
    price: in base, of a swap in contracts.
    """
    instrument = known_instrument(inst_id, services.venue)
    _require_mode(instrument, td_mode)
    await require_fresh(services)
    stated: int | Fault = price_ticks("px", px, instrument) if px else 0
    if isinstance(stated, Fault):
        raise ApiError(stated)
    account_id = caller_of(request).account_id
    if instrument.is_swap:
        buy, sell = _swap_sizes(services, account_id, instrument, stated)
    else:
        buy, sell = _spot_sizes(services, account_id, instrument, stated)
    venue = services.venue
    return Envelope(
        data=[
            MaxSizeRow(
                inst_id=instrument.name,
                ccy="",
                max_buy=size_text(buy, instrument, venue) if buy is not None else "",
                max_sell=size_text(sell, instrument, venue) if sell is not None else "",
            )
        ]
    )


def _spot_sizes(
    services: Services, account_id: int, instrument: InstrumentView, ticks: int
) -> tuple[int | None, int | None]:
    """Lots that quote buys and base sells."""
    quote, base = _available(services, account_id, instrument)
    ticks = ticks or _best(services, instrument, Side.BUY)
    buy = quote // (ticks * instrument.unit_value) if ticks else None
    return buy, base // instrument.lot_size


def _swap_sizes(
    services: Services, account_id: int, instrument: InstrumentView, ticks: int
) -> tuple[int | None, int | None]:
    """Contracts that the free margin covers, what closes a position included."""
    venue, accounts = services.venue, services.accounts
    instrument_id = instrument.instrument_id
    exposure = exposure_of(accounts, venue, account_id, instrument_id)
    free = margin_free(accounts, venue, account_id, besides=instrument_id)
    account = accounts.account(account_id)
    if account is None:
        raise ApiError(fault(codes.NO_SUCH_USER))
    mark = venue.prices.mark(instrument_id).mark
    found: list[int | None] = []
    for side in (Side.BUY, Side.SELL):
        price = ticks or _best(services, instrument, side) or mark
        found.append(
            exposure.max_lots(
                venue.valuation(instrument_id),
                free=free,
                side=side,
                price=price,
                taker_e8=venue.fee_tiers[account.fee_tier].taker_e8,
                lots=instrument.quantity_max,
            )
            if price and mark
            else None
        )
    return found[0], found[1]


@get("/api/v5/account/max-avail-size")
async def max_avail_size(
    request: AnyRequest, services: RouteServices, inst_id: InstId = None, td_mode: TradeMode = None
) -> Envelope[MaxAvailSizeRow]:
    """What is available: quote to buy with, base to sell; for a swap the free margin."""
    instrument = known_instrument(inst_id, services.venue)
    _require_mode(instrument, td_mode)
    await require_fresh(services)
    account_id = caller_of(request).account_id
    venue = services.venue
    quote_id, sold_id = instrument.quote_asset_id, instrument.base_asset_id
    if instrument.is_swap:
        free = account_figures(services.accounts, venue, account_id, quote_id).free
        bought, sold, sold_id = free, free, quote_id
    else:
        bought, sold = _available(services, account_id, instrument)
    return Envelope(
        data=[
            MaxAvailSizeRow(
                inst_id=instrument.name,
                avail_buy=amount_text(bought, quote_id, venue),
                avail_sell=amount_text(sold, sold_id, venue),
            )
        ]
    )


def _require_mode(instrument: InstrumentView, td_mode: str | None) -> None:
    if td_mode not in (SWAP_MODES if instrument.is_swap else SPOT_MODES):
        raise ApiError(fault(codes.MODE_NOT_SUPPORTED))


def _best(services: Services, instrument: InstrumentView, side: int) -> int:
    """The best price that an order of this side meets; 0 when there is none."""
    book = services.market.book(instrument.instrument_id, 1)
    levels = book.asks if side == Side.BUY else book.bids
    return levels[0][0] if levels else 0


def _available(services: Services, account_id: int, instrument: InstrumentView) -> tuple[int, int]:
    """(quote, base) units that the account may spend."""
    spendable = services.accounts.balance(account_id, asset_id=instrument.quote_asset_id).available
    if services.venue.has_swaps:
        figures = account_figures(
            services.accounts, services.venue, account_id, instrument.quote_asset_id
        )
        spendable = figures.spendable
    base = services.accounts.balance(account_id, asset_id=instrument.base_asset_id)
    return spendable, base.available


SIZE_ROUTES: Final = (max_size, max_avail_size)
