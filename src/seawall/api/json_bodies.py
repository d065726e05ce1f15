"""The JSON body of a typed route, which hostile bytes cannot make raise anything but ApiError."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from litestar import Request

from seawall.api import codes
from seawall.api.codes import fault
from seawall.api.envelope import ApiError

T = TypeVar("T")


async def body_of(request: Request[Any, Any, Any], decoder: msgspec.json.Decoder[T]) -> T:
    """The body as the decoder reads it."""
    body = await request.body()
    if not body:
        raise ApiError(fault(codes.EMPTY_BODY))
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ApiError(fault(codes.BAD_JSON)) from None
