"""The trading account: configuration, balances, fees, and how much it could trade."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, get
from litestar.params import QueryParameter

from seawall.api import codes
from seawall.api.account_rows import amount_text, balance_row, size_text
from seawall.api.codes import Fault, fault
from seawall.api.decimals import format_decimal
from seawall.api.envelope import ApiError, Envelope
from seawall.api.order_requests import price_ticks, wrong
from seawall.api.paging import InstFamily, InstId, InstType
from seawall.api.private_reads import caller_of, require_fresh
from seawall.api.public_routes import checked_inst_type, instrument_rows, known_instrument
from seawall.api.services import RouteServices, Services
from seawall.api.wire_account import (
    BalanceRow,
    ConfigRow,
    MaxAvailSizeRow,
    MaxSizeRow,
    TradeFeeRow,
)
from seawall.api.wire_market import InstrumentRow
from seawall.core.model.enums import LedgerKind
from seawall.gateway import BalanceView, InstrumentView, VenueMaps
from seawall.identity import Scope

CURRENCIES_MAX: Final = 20

Currencies = Annotated[str | None, QueryParameter(name="ccy", description="up to 20, with commas")]
Price = Annotated[str | None, QueryParameter(name="px")]
TradeMode = Annotated[str | None, QueryParameter(name="tdMode")]
AnyRequest = Request[Any, Any, Any]


@get("/api/v5/account/config")
async def config(request: AnyRequest, services: RouteServices) -> Envelope[ConfigRow]:
    """How the account is set up; `label` says when the venue is simulated."""
    caller = caller_of(request)
    account = services.accounts.account(caller.account_id)
    if account is None:
        raise ApiError(fault(codes.NO_SUCH_USER))
    label = caller.key_id
    if services.venue.is_simulated:
        label = f"{label} (simulated venue: x-simulated-trading makes no difference)"
    return Envelope(
        data=[
            ConfigRow(
                uid=str(account.account_id),
                main_uid=str(account.owner_id),
                label=label,
                perm="read_only,trade" if caller.scopes & Scope.TRADE else "read_only",
                level=f"Lv{account.fee_tier + 1}",
            )
        ]
    )


@get("/api/v5/account/balance")
async def balance(
    request: AnyRequest, services: RouteServices, ccy: Currencies = None
) -> Envelope[BalanceRow]:
    """The trading account's balances."""
    await require_fresh(services)
    found = services.accounts.balances(caller_of(request).account_id, LedgerKind.TRADING)
    wanted = selected_balances(found, ccy, services.venue)
    now_ms = services.now_us() // 1_000
    return Envelope(data=[balance_row(wanted, services.venue, now_ms=now_ms)])


def selected_balances(
    balances: list[BalanceView], ccy: str | None, venue: VenueMaps
) -> list[BalanceView]:
    """The balances of the currencies named, or all that are not zero."""
    if not ccy:
        return [one for one in balances if one.balance or one.held]
    names = ccy.split(",")
    if len(names) > CURRENCIES_MAX:
        raise ApiError(wrong("ccy", f"at most {CURRENCIES_MAX} currencies"))
    assets = [venue.asset_by_name(name) for name in names]
    if None in assets:
        raise ApiError(fault(codes.NO_TOKEN))
    ids = {asset.asset_id for asset in assets if asset is not None}
    return [one for one in balances if one.asset_id in ids]


@get(["/api/v5/account/positions", "/api/v5/account/positions-history"])
async def positions(
    services: RouteServices, inst_type: InstType = None
) -> Envelope[dict[str, Any]]:
    """Spot has no positions: an empty list."""
    del services
    checked_inst_type(inst_type)
    return Envelope(data=[])


@get("/api/v5/account/leverage-info")
async def leverage_info(services: RouteServices) -> Envelope[dict[str, Any]]:
    """Spot has no leverage: an empty list."""
    del services
    return Envelope(data=[])


@get("/api/v5/account/instruments")
async def account_instruments(
    services: RouteServices,
    inst_type: InstType = None,
    inst_id: InstId = None,
    inst_family: InstFamily = None,
) -> Envelope[InstrumentRow]:
    """The instruments this account may trade: all."""
    del inst_family  # spot has none
    return Envelope(data=instrument_rows(services, inst_type, inst_id))


@get("/api/v5/account/trade-fee")
async def trade_fee(
    request: AnyRequest,
    services: RouteServices,
    inst_type: InstType = None,
    inst_id: InstId = None,
    inst_family: InstFamily = None,
) -> Envelope[TradeFeeRow]:
    """What the account pays (negative) or receives per unit traded."""
    del inst_family  # spot has none
    checked_inst_type(inst_type)
    if inst_id:
        known_instrument(inst_id, services.venue)
    account = services.accounts.account(caller_of(request).account_id)
    if account is None:
        raise ApiError(fault(codes.NO_SUCH_USER))
    tier = services.venue.fee_tiers[account.fee_tier]
    return Envelope(
        data=[
            TradeFeeRow(
                level=f"Lv{account.fee_tier + 1}",
                maker=format_decimal(-tier.maker_e8, 8),
                taker=format_decimal(-tier.taker_e8, 8),
                ts=str(services.now_us() // 1_000),
            )
        ]
    )


@get("/api/v5/account/max-size")
async def max_size(
    request: AnyRequest,
    services: RouteServices,
    inst_id: InstId = None,
    td_mode: TradeMode = None,
    px: Price = None,
) -> Envelope[MaxSizeRow]:
    """The largest buy and sell in base that the available balances cover, at `px` or else at the
    best ask.
    """
    _require_cash(td_mode)
    await require_fresh(services)
    instrument = known_instrument(inst_id, services.venue)
    quote, base = _available(request, services, instrument)
    asks = services.market.book(instrument.instrument_id, 1).asks
    ticks = asks[0][0] if asks else 0
    if px:
        stated = price_ticks("px", px, instrument)
        if isinstance(stated, Fault):
            raise ApiError(stated)
        ticks = stated
    buy_lots = quote // (ticks * instrument.unit_value) if ticks else 0
    venue = services.venue
    return Envelope(
        data=[
            MaxSizeRow(
                inst_id=instrument.name,
                ccy="",
                max_buy=size_text(buy_lots, instrument, venue) if ticks else "",
                max_sell=size_text(base // instrument.lot_size, instrument, venue),
            )
        ]
    )


@get("/api/v5/account/max-avail-size")
async def max_avail_size(
    request: AnyRequest, services: RouteServices, inst_id: InstId = None, td_mode: TradeMode = None
) -> Envelope[MaxAvailSizeRow]:
    """What is available: quote to buy with, base to sell."""
    _require_cash(td_mode)
    await require_fresh(services)
    instrument = known_instrument(inst_id, services.venue)
    quote, base = _available(request, services, instrument)
    venue = services.venue
    return Envelope(
        data=[
            MaxAvailSizeRow(
                inst_id=instrument.name,
                avail_buy=amount_text(quote, instrument.quote_asset_id, venue),
                avail_sell=amount_text(base, instrument.base_asset_id, venue),
            )
        ]
    )


def _require_cash(td_mode: str | None) -> None:
    if td_mode not in (None, "", "cash"):
        raise ApiError(fault(codes.MODE_NOT_SUPPORTED))


def _available(
    request: AnyRequest, services: Services, instrument: InstrumentView
) -> tuple[int, int]:
    """(quote, base) units that the caller may spend."""
    account_id = caller_of(request).account_id
    quote = services.accounts.balance(account_id, asset_id=instrument.quote_asset_id)
    base = services.accounts.balance(account_id, asset_id=instrument.base_asset_id)
    return quote.available, base.available


ACCOUNT_ROUTES: Final = (
    config,
    balance,
    positions,
    leverage_info,
    account_instruments,
    trade_fee,
    max_size,
    max_avail_size,
)
