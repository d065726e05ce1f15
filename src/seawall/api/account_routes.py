"""The trading account: configuration, balances, fees, and how much it could trade."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, get
from litestar.params import QueryParameter

from seawall.api import codes
from seawall.api.balance_rows import balance_row
from seawall.api.codes import fault
from seawall.api.decimals import format_decimal
from seawall.api.envelope import ApiError, Envelope
from seawall.api.order_requests import wrong
from seawall.api.paging import InstFamily, InstId, InstType
from seawall.api.private_reads import caller_of, require_fresh
from seawall.api.public_routes import checked_inst_type, instrument_rows, known_instrument
from seawall.api.services import RouteServices
from seawall.api.wire_account import (
    BalanceRow,
    ConfigRow,
    TradeFeeRow,
)
from seawall.api.wire_market import InstrumentRow
from seawall.core.model.enums import LedgerKind
from seawall.gateway import BalanceView, VenueMaps
from seawall.identity import Scope

CURRENCIES_MAX: Final = 20
SPOT_ONLY: Final = "1"  # account levels of v5
WITH_SWAPS: Final = "2"

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
                acct_lv=WITH_SWAPS if services.venue.has_swaps else SPOT_ONLY,
            )
        ]
    )


@get("/api/v5/account/balance")
async def balance(
    request: AnyRequest, services: RouteServices, ccy: Currencies = None
) -> Envelope[BalanceRow]:
    """The trading account's balances."""
    await require_fresh(services)
    account_id = caller_of(request).account_id
    found = services.accounts.balances(account_id, LedgerKind.TRADING)
    row = balance_row(
        selected_balances(found, ccy, services.venue),
        services.accounts,
        services.venue,
        account_id=account_id,
        now_ms=services.now_us() // 1_000,
    )
    return Envelope(data=[row])


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


@get("/api/v5/account/instruments")
async def account_instruments(
    services: RouteServices,
    inst_type: InstType = None,
    inst_id: InstId = None,
    inst_family: InstFamily = None,
) -> Envelope[InstrumentRow]:
    """The instruments this account may trade: all."""
    return Envelope(data=instrument_rows(services, inst_type, inst_id, inst_family))


@get("/api/v5/account/trade-fee")
async def trade_fee(
    request: AnyRequest,
    services: RouteServices,
    inst_type: InstType = None,
    inst_id: InstId = None,
    inst_family: InstFamily = None,
) -> Envelope[TradeFeeRow]:
    """What the account pays (negative) or receives per unit traded."""
    del inst_family  # all instruments cost the same
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
                inst_type="SWAP" if inst_type == "SWAP" else "SPOT",
            )
        ]
    )


ACCOUNT_ROUTES: Final = (
    config,
    balance,
    account_instruments,
    trade_fee,
)
