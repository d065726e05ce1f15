"""Decimal strings of the wire to exact integers and back. No floats: every digit counts, or the
number is refused.

A number on the wire is plain ASCII digits with at most one point: no sign, no exponent, no space,
nothing else that some language calls a digit. At most 20 digits stand on either side of the point.
"""

from __future__ import annotations

import re
from typing import Final

DIGITS_MAX: Final = 20
NOT_A_NUMBER: Final = -1
TOO_FINE: Final = -2  # more decimal places than the unit has

_PLAIN: Final = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,20}))?", re.ASCII)


def parse_decimal(text: str, scale: int) -> int:
    """`text` in units of 10^-scale, exactly; or NOT_A_NUMBER, or TOO_FINE when a unit is too coarse
    for it.
    """
    match = _PLAIN.fullmatch(text)
    if match is None:
        return NOT_A_NUMBER
    whole, fraction = match.groups()
    if fraction is None:
        return int(whole) * int(10**scale)
    if len(fraction) > scale:
        fraction = fraction.rstrip("0")
        if len(fraction) > scale:
            return TOO_FINE
    digits: str = whole + fraction.ljust(scale, "0")
    return int(digits)


def format_decimal(units: int, scale: int) -> str:
    """Units of 10^-scale as the shortest plain decimal, without exponent or trailing zeros."""
    if units < 0:
        return "-" + format_decimal(-units, scale)
    if scale == 0:
        return str(units)
    digits = str(units).rjust(scale + 1, "0")
    fraction = digits[-scale:].rstrip("0")
    return f"{digits[:-scale]}.{fraction}" if fraction else digits[:-scale]


def format_ratio(numerator: int, denominator: int, places: int) -> str:
    """numerator / denominator with `places` decimals, rounded half up: for averages that readers
    see, never for money.
    """
    assert numerator >= 0 and denominator > 0
    return format_decimal((numerator * 10**places * 2 + denominator) // (2 * denominator), places)
