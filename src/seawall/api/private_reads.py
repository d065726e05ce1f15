"""What every private read needs: who asks, and maps that have seen what is known now."""

from __future__ import annotations

from typing import Any

from litestar import Request

from seawall.api import codes
from seawall.api.codes import fault
from seawall.api.entrance import CALLER
from seawall.api.envelope import ApiError
from seawall.api.services import Services
from seawall.gateway import Caller


def caller_of(request: Request[Any, Any, Any]) -> Caller:
    """Who signed the request; the entrance lets nobody else through to a private route."""
    caller = request.scope["state"][CALLER]
    assert isinstance(caller, Caller), "a private route behind a public door"
    return caller


async def require_fresh(services: Services) -> None:
    """Refuse with 50013 and the age when the maps lag behind what this process knows of."""
    if not await services.gateway.fresh():
        age_ms = services.health.map_age_ms()
        raise ApiError(
            fault(codes.BUSY, f"Account data is {age_ms} ms behind the venue. Try again.")
        )
