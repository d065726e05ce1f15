"""What an outside venue says: its best bid and offer, and its trades. Prices are e8 quote per
base.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from seawall.core.model.limits import NOTIONAL_MAX

# The engine refuses observations of a price above this.
PRICE_E8_MAX = NOTIONAL_MAX


class OutsideBbo(msgspec.Struct, frozen=True, kw_only=True):
    """Best bid and offer of an outside venue at one moment.

    `is_deep`: both sides show enough within 2 % of the touch; an emptied book is how a wild price
    prints. `raw`: the line as it was received, for the archive.
    """

    source_id: int
    instrument_id: int
    bid_e8: int
    ask_e8: int
    bid_size_e8: int  # base, times 1e8
    ask_size_e8: int
    is_deep: bool
    venue_ms: int  # the venue's own clock
    receive_ms: int  # ours
    raw: bytes


class OutsideTrade(msgspec.Struct, frozen=True, kw_only=True):
    """One trade at an outside venue. `is_buy`: the taker bought."""

    source_id: int
    instrument_id: int
    price_e8: int
    size_e8: int  # base, times 1e8
    trade_id: int  # the venue's own, growing; 0 when it states none
    is_buy: bool
    venue_ms: int
    receive_ms: int
    raw: bytes


Update = OutsideBbo | OutsideTrade
Deliver = Callable[[Update], None]


class Source(Protocol):
    """One or more outside venues. Each update names the source it comes from."""

    async def run(self, deliver: Deliver) -> None:
        """Deliver updates as they come, until cancelled. A lost venue is retried, not raised."""
        ...


def e8_of(text: str) -> int | None:
    """Read a decimal number of at least 0 as an integer times 1e8, or None when it is none.

    Digits beyond the eighth are dropped; exponents (`1e-7`) are read; signs, spaces and words are
    refused.
    """
    if not text.isascii() or len(text) > 40:
        return None
    mantissa, has_exponent, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    if not (whole + fraction).isdigit():
        return None
    shift = 8
    if has_exponent:
        digits = exponent.removeprefix("-").removeprefix("+")
        if not digits.isdigit() or len(digits) > 2:
            return None
        shift += -int(digits) if exponent.startswith("-") else int(digits)
    scaled = int(whole + fraction)
    shift -= len(fraction)
    power = int(10 ** abs(shift))
    return scaled * power if shift >= 0 else scaled // power
