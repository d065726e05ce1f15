"""What people write in a venue file, as exact integers: amounts, rates, sizes and names.

Numbers are strings of whole assets ("0.1") or percentages ("0.10%"), so no float ever stands
between a person and the ledger.
"""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = re.compile(r"[0-9]+(_[0-9]+)*(\.[0-9]+)?")
_NUMBER_CHARACTERS_MAX: Final = 40
E8_DIGITS: Final = 8
PERCENT_DIGITS: Final = 6  # 1 % is 1_000_000 in e8
AMOUNT_GUARD: Final = 2**62  # what encodes; the genesis has the true limits


class Mistake(ValueError):
    """One thing that is wrong with a venue file: its place, what was expected, what was found."""


def scaled(text: str, *, digits: int, key: str) -> int:
    """`text` times 10^digits, exactly; `key` is how the error calls the place."""
    if len(text) > _NUMBER_CHARACTERS_MAX or not _NUMBER.fullmatch(text):
        raise Mistake(f'{key}: expected a decimal number in quotes like "0.1", found {text!r}')
    whole, _, fraction = text.replace("_", "").partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > digits:
        raise Mistake(f"{key}: {text} has more than {digits} decimal digits")
    units: int = 10**digits
    return int(whole) * units + int(fraction.ljust(digits, "0") or "0")


def rate_e8(text: str, *, key: str) -> int:
    """A percentage like "0.10%" or "-0.005%" as an e8 rate."""
    if not text.endswith("%"):
        raise Mistake(f'{key}: expected a percentage in quotes like "0.10%", found {text!r}')
    number = text[:-1].strip()
    sign = -1 if number.startswith("-") else 1
    rate = sign * scaled(number.removeprefix("-"), digits=PERCENT_DIGITS, key=key)
    if abs(rate) >= AMOUNT_GUARD:
        raise Mistake(f"{key}: {text} is out of range")
    return rate


def steps(text: str, *, step: int, digits: int, key: str) -> int:
    """How many whole ticks or lots `text` is."""
    value = scaled(text, digits=digits, key=key)
    if value % step or not 0 < value // step < AMOUNT_GUARD:
        raise Mistake(f"{key}: {text} must be a positive multiple of its tick or lot size")
    return value // step


def name_bytes(text: str, key: str) -> bytes:
    """A name of 1 to 32 printable ASCII characters."""
    if not text.isascii() or not text.isprintable() or not 0 < len(text) <= 32:
        raise Mistake(f"{key}: expected 1 to 32 printable ASCII characters, found {text!r}")
    return text.encode()
