"""Who may send what, how often: signature, scope and rate, cheap checks before dear ones.

Order and cancel rows are counted where the rows are known (`trade.py`); every other request takes
one token here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from seawall.api import codes
from seawall.api.codes import Fault, fault
from seawall.api.services import Services
from seawall.gateway import Caller, EndpointClass, SignatureFault, verify_signature
from seawall.gateway.signatures import signed_parts
from seawall.identity import Scope

NS_PER_US: Final = 1_000
# As plain integers: each operation on an enumeration costs microseconds of every request.
READ: Final = int(Scope.READ)
TRADE: Final = int(Scope.TRADE)
NOBODY: Final = ("", 0)
CODES: Final = {int(one.code): one for one in codes.api_codes()}


async def signer_of(
    scope: dict[str, Any], headers: Mapping[bytes, bytes], body: bytes, services: Services
) -> Caller | Fault:
    """Who signed a request, or why nobody is believed to have."""
    parts = signed_parts(headers)
    if isinstance(parts, SignatureFault):
        return fault(CODES[parts.code], parts.sentence)
    query: bytes = scope["query_string"]
    caller = await verify_signature(
        services.keys,
        parts,
        method=scope["method"].encode("ascii"),
        target=scope["raw_path"] + b"?" + query if query else scope["raw_path"],
        body=body,
        now_ms=services.now_us() // 1_000,
    )
    if isinstance(caller, SignatureFault):
        return fault(CODES[caller.code], caller.sentence)
    return caller


def scope_fault(caller: Caller, method: str) -> Fault | None:
    """Whether the key may do this: GET needs the read scope, everything else the trade scope."""
    needed = READ if method == "GET" else TRADE
    return None if caller.scopes & needed else fault(codes.NO_PERMISSION)


def public_fault(scope: dict[str, Any], services: Services) -> Fault | None:
    """Whether an address asks too often."""
    address = (scope.get("client") or NOBODY)[0]
    return rate_fault(address, EndpointClass.PUBLIC_READS, services)


def rate_fault(
    key: int | str, endpoint_class: EndpointClass, services: Services, *, count: int = 1
) -> Fault | None:
    """Take tokens; the fault when they are not there."""
    now_ns = services.now_us() * NS_PER_US
    if services.limits.take(key, endpoint_class, now_ns=now_ns, count=count) == 0:
        return None
    return fault(codes.TOO_FREQUENT)
