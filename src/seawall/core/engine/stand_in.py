"""The price at which the venue's own account stands in for somebody."""

from typing import Final

from mypy_extensions import i64

from seawall.core.model.units import E8

CLAMP_E8: Final = E8 // 200  # within 50 bp of the reference


def clamped(price: i64, reference: i64) -> i64:
    """The price, at most 50 bp from the reference (ticks; 0: there is none)."""
    if reference == 0:
        return price
    room: int = int(reference) * CLAMP_E8 // E8
    low = reference - room
    high = reference + room
    if price < low:
        return low
    return price if price < high else high
