"""The envelope of every answer: `{"code","msg","data"}`, compact, with `data` always a list.

Clients search error bodies for literal text such as `"code":"50113"`, so no space may follow a
colon; msgspec writes none. An answer that is an error as a whole carries the code's HTTP status
and, when the venue has an incident, its id.
"""

from __future__ import annotations

from typing import Any, Final, Generic, TypeVar

import msgspec

from seawall.api.codes import SYSTEM_ERROR, Fault, fault

T = TypeVar("T")

JSON: Final = (b"content-type", b"application/json")
RETRY_AFTER_SECONDS: Final = b"1"
RETRIED_CODES: Final = frozenset({"50001", "50011", "50013", "50026"})


class Envelope(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A v5 answer. `code` is "0" when all is well; each order endpoint also has "1" (all failed)
    and "2" (some).
    """

    code: str = "0"
    msg: str = ""
    data: list[T]


class OrderEnvelope(msgspec.Struct, Generic[T], frozen=True, rename="camel"):
    """The answer of an order endpoint: when the request came in and when its answer left, in
    microseconds.
    """

    code: str
    msg: str
    data: list[T]
    in_time: str
    out_time: str


class Answer(msgspec.Struct, frozen=True, gc=False):
    """An HTTP answer before it is sent."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


class ApiError(Exception):
    """Carries the fault of a typed route to the one place that answers it; never leaves the API."""

    def __init__(self, found: Fault) -> None:
        super().__init__(found.message)
        self.fault = found


_encode: Final = msgspec.json.Encoder().encode


def encode(value: Any) -> bytes:
    """Compact JSON."""
    return _encode(value)


def fault_answer(found: Fault, *, incident_id: str = "") -> Answer:
    """A request that failed as a whole; a system error names the incident, so that a trader can ask
    about it.
    """
    message = found.message
    headers: list[tuple[bytes, bytes]] = []
    if found.code in RETRIED_CODES:
        headers.append((b"retry-after", RETRY_AFTER_SECONDS))
        if incident_id:
            message = f"{message} Incident {incident_id}."
            headers.append((b"x-seawall-incident", incident_id.encode("ascii", "replace")))
    envelope: Envelope[Any] = Envelope(code=found.code, msg=message, data=[])
    body = _encode(envelope)
    return Answer(status=found.api_code.http_status, body=body, headers=tuple(headers))


def crash_answer(incident_id: str) -> Answer:
    """What is said when our own code failed: nothing of the exception."""
    return fault_answer(fault(SYSTEM_ERROR), incident_id=incident_id)
