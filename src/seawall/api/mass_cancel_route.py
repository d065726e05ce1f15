"""POST trade/mass-cancel: all open orders of an instrument, or of the whole account."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, post

from seawall.api import codes
from seawall.api.admission import rate_fault
from seawall.api.codes import Fault, fault
from seawall.api.envelope import ApiError, Envelope
from seawall.api.order_requests import named_instrument, text_of, wrong
from seawall.api.private_reads import caller_of
from seawall.api.services import RouteServices
from seawall.api.trade import fault_of
from seawall.api.wire_trade import MASS_CANCEL, MassCancelRow
from seawall.core.model.commands import ALL_INSTRUMENTS, MassCancel
from seawall.gateway import EndpointClass


@post("/api/v5/trade/mass-cancel", status_code=200)
async def mass_cancel(
    request: Request[Any, Any, Any], services: RouteServices
) -> Envelope[MassCancelRow]:
    """Cancel all open orders: of `instId` when it is given, else of the account."""
    try:
        asked = MASS_CANCEL.decode(await request.body() or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ApiError(fault(codes.BAD_JSON)) from None
    if text_of(asked.inst_type) not in ("", "SPOT", "SWAP", "ANY"):
        raise ApiError(wrong("instType", "SPOT or SWAP"))
    instrument_id = ALL_INSTRUMENTS
    if text_of(asked.inst_id):
        instrument = named_instrument(asked.inst_id, None, services.venue)
        if isinstance(instrument, Fault):
            raise ApiError(instrument)
        instrument_id = instrument.instrument_id
    account_id = caller_of(request).account_id
    refusal = rate_fault(account_id, EndpointClass.CANCELS, services)
    if refusal is not None:
        raise ApiError(refusal)
    outcome = await services.gateway.mass_cancel(
        MassCancel(account_id=account_id, instrument_id=instrument_id)
    )
    found = fault_of(outcome)
    if found is not None:
        raise ApiError(found)
    return Envelope(data=[MassCancelRow(result=True)])


MASS_CANCEL_ROUTES: Final = (mass_cancel,)
