"""How v5 pages: `after` an id means older, `before` an id means newer, newest first, `begin` and
`end` bound the time.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from litestar.params import QueryParameter

from seawall.api.decimals import parse_decimal
from seawall.api.envelope import ApiError
from seawall.api.order_requests import wrong

LIMIT_MAX: Final = 100
ID_MAX: Final = 2**63 - 1
TIME_MS_MAX: Final = 2**43 - 1  # the year 2248: in nanoseconds it still fits 63 bits

InstType = Annotated[str | None, QueryParameter(name="instType", description="SPOT or SWAP")]
InstId = Annotated[str | None, QueryParameter(name="instId", description="e.g. BTC-USDT")]
InstFamily = Annotated[str | None, QueryParameter(name="instFamily")]
OrdId = Annotated[str | None, QueryParameter(name="ordId")]
ClOrdId = Annotated[str | None, QueryParameter(name="clOrdId")]
OrdType = Annotated[str | None, QueryParameter(name="ordType")]
State = Annotated[str | None, QueryParameter(name="state")]
After = Annotated[
    str | None, QueryParameter(name="after", description="records older than this id")
]
Before = Annotated[
    str | None, QueryParameter(name="before", description="records newer than this id")
]
Begin = Annotated[str | None, QueryParameter(name="begin", description="not before, ms")]
End = Annotated[str | None, QueryParameter(name="end", description="not after, ms")]
Limit = Annotated[str | None, QueryParameter(name="limit", description="at most so many records")]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which records are wanted: ids below `after` and above `before`, times in [begin_ms, end_ms],
    newest first.
    """

    limit: int
    after: int | None = None
    before: int | None = None
    begin_ms: int | None = None
    end_ms: int | None = None


def page_of(
    *,
    limit: str | None,
    after: str | None = None,
    before: str | None = None,
    begin: str | None = None,
    end: str | None = None,
    limit_max: int = LIMIT_MAX,
    limit_default: int = LIMIT_MAX,
    id_max: int = ID_MAX,
) -> Page:
    """The page that a query asks for; a limit above the maximum is cut to it."""
    wanted = whole_number("limit", limit)
    if wanted == 0:
        raise ApiError(wrong("limit", f"1 to {limit_max}"))
    return Page(
        limit=min(wanted or limit_default, limit_max),
        after=whole_number("after", after, most=id_max),
        before=whole_number("before", before, most=id_max),
        begin_ms=whole_number("begin", begin, most=TIME_MS_MAX),
        end_ms=whole_number("end", end, most=TIME_MS_MAX),
    )


def whole_number(name: str, text: str | None, *, most: int = ID_MAX) -> int | None:
    """The number of a query parameter, None when it is absent; a larger one than `most` counts as
    that.
    """
    if not text:
        return None
    number = parse_decimal(text, 0)
    if number < 0:
        raise ApiError(wrong(name, "a whole number"))
    return min(number, most)
