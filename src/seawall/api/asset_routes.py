"""Assets: currencies, the funding account, and transfers between it and the trading account."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, get, post

from seawall.api import codes
from seawall.api.account_routes import Currencies, selected_balances
from seawall.api.account_rows import asset_balance_row
from seawall.api.admission import rate_fault
from seawall.api.codes import Fault, fault
from seawall.api.decimals import TOO_FINE, parse_decimal
from seawall.api.envelope import ApiError, Envelope
from seawall.api.json_bodies import body_of
from seawall.api.order_requests import is_identifier, text_of, wrong
from seawall.api.private_reads import caller_of, require_fresh
from seawall.api.services import RouteServices, Services
from seawall.api.trade import fault_of
from seawall.api.wire_account import AssetBalanceRow, CurrencyRow, TransferRow
from seawall.api.wire_trade import TRANSFER, TransferRequest
from seawall.core.model.commands import TransferFunds
from seawall.core.model.enums import LedgerKind
from seawall.core.model.limits import AMOUNT_MAX
from seawall.gateway import AssetView, EndpointClass

FUNDING: Final = "6"
TRADING: Final = "18"
WITHIN_ACCOUNT: Final = "0"
CLIENT_ID_LENGTH_MAX: Final = 32

AnyRequest = Request[Any, Any, Any]


@get("/api/v5/asset/currencies")
async def currencies(services: RouteServices, ccy: Currencies = None) -> Envelope[CurrencyRow]:
    """The venue's currencies."""
    venue = services.venue
    wanted = ccy.split(",") if ccy else None
    return Envelope(
        data=[
            CurrencyRow(
                ccy=asset.name,
                name=asset.name,
                chain=f"{asset.name}-Seawall",
                wd_tick_sz=str(asset.scale),
            )
            for asset in venue.assets()
            if wanted is None or asset.name in wanted
        ]
    )


@get("/api/v5/asset/balances")
async def funding_balances(
    request: AnyRequest, services: RouteServices, ccy: Currencies = None
) -> Envelope[AssetBalanceRow]:
    """The funding account's balances."""
    await require_fresh(services)
    found = services.accounts.balances(caller_of(request).account_id, LedgerKind.FUNDING)
    wanted = selected_balances(found, ccy, services.venue)
    return Envelope(data=[asset_balance_row(one, services.venue) for one in wanted])


@post("/api/v5/asset/transfer", status_code=200)
async def transfer(request: AnyRequest, services: RouteServices) -> Envelope[TransferRow]:
    """Move an amount between the funding (6) and the trading account (18)."""
    asked = await body_of(request, TRANSFER)
    command = transfer_command(asked, services, account_id=caller_of(request).account_id)
    if isinstance(command, Fault):
        raise ApiError(command)
    refusal = rate_fault(command.account_id, EndpointClass.TRANSFERS, services)
    if refusal is not None:
        raise ApiError(refusal)
    outcome = await services.gateway.transfer(command)
    found = fault_of(outcome)
    if found is not None:
        raise ApiError(found)
    return Envelope(
        data=[
            TransferRow(
                trans_id=str(outcome.seq),
                ccy=text_of(asked.ccy),
                amt=text_of(asked.amt),
                from_=text_of(asked.from_),
                to=text_of(asked.to),
                client_id=text_of(asked.client_id),
            )
        ]
    )


def transfer_command(
    asked: TransferRequest, services: Services, *, account_id: int
) -> TransferFunds | Fault:
    """The transfer a body describes, or why it is none."""
    if text_of(asked.type) not in ("", WITHIN_ACCOUNT):
        return wrong("type", "0: transfers stay within the account")
    ends = (text_of(asked.from_), text_of(asked.to))
    if ends not in ((FUNDING, TRADING), (TRADING, FUNDING)):
        return wrong("from or to", "6 (funding) and 18 (trading)")
    client_id = text_of(asked.client_id)
    if client_id and not is_identifier(client_id, CLIENT_ID_LENGTH_MAX):
        return wrong("clientId", "1 to 32 letters and digits")
    asset = services.venue.asset_by_name(text_of(asked.ccy))
    if asset is None:
        return fault(codes.NO_TOKEN)
    amount = _amount(text_of(asked.amt), asset)
    if isinstance(amount, Fault):
        return amount
    return TransferFunds(
        account_id=account_id,
        asset_id=asset.asset_id,
        amount=amount,
        to_trading=ends == (FUNDING, TRADING),
    )


def _amount(text: str, asset: AssetView) -> int | Fault:
    amount = parse_decimal(text, asset.scale)
    if amount == TOO_FINE:
        return wrong("amt", f"at most {asset.scale} decimal places")
    if amount < 0:
        return wrong("amt", "a plain positive decimal number such as 1.5")
    if amount == 0:
        return fault(codes.BAD_TRANSFER)
    if amount > AMOUNT_MAX:
        return fault(codes.TRANSFER_TOO_LARGE)
    return amount


ASSET_ROUTES: Final = (currencies, funding_balances, transfer)
