"""Integers as text: counts, money, prices, times. Exact, never rounded, never a float.

U+2212 is the minus, a comma groups thousands, a unit follows where the caller has one. Digits after
the second decimal are split off, so that a page can show them smaller without leaving them out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple

MINUS: Final = "\u2212"
THIN_SPACE: Final = "\u2009"
NO_BREAK_SPACE: Final = "\u00a0"
E8_SCALE: Final = 8
SHOWN_DECIMALS: Final = 2
HASH_HEAD, HASH_TAIL = 6, 4


class Number(NamedTuple):
    """A number in parts: sign ("", "+" or a minus), the figure to two decimals, and the rest."""

    sign: str
    figure: str
    rest: str

    def text(self) -> str:
        """The whole number."""
        return f"{self.sign}{self.figure}{self.rest}"


def count(value: int) -> str:
    """A whole number: 61,204."""
    return f"{MINUS if value < 0 else ''}{abs(value):,}"


def number(units: int, scale: int, *, is_signed: bool = False) -> Number:
    """Units of a scale in parts. A whole asset without scale has no decimals; otherwise at least
    two are shown, or as many as the scale has, and zeros after them are dropped. Of a number that
    would look like zero nothing is set apart.
    """
    sign = MINUS if units < 0 else ("+" if is_signed and units > 0 else "")
    whole, fraction = divmod(abs(units), 10**scale)
    if scale == 0:
        return Number(sign, f"{whole:,}", "")
    digits = f"{fraction:0{scale}d}"
    shown = min(SHOWN_DECIMALS, scale)
    figure, rest = f"{whole:,}.{digits[:shown]}", digits[shown:].rstrip("0")
    if rest and units and not whole and not int(digits[:shown]):
        return Number(sign, figure + rest, "")
    return Number(sign, figure, rest)


def full_number(units: int, scale: int) -> str:
    """Units of a scale with every decimal: 0.00000000."""
    whole, fraction = divmod(abs(units), 10**scale)
    sign = MINUS if units < 0 else ""
    return f"{sign}{whole:,}.{fraction:0{scale}d}" if scale else f"{sign}{whole:,}"


def price(price_e8: int) -> str:
    """A price: 61,842.10."""
    return number(price_e8, E8_SCALE).text()


def percent(part: int, whole: int) -> str:
    """A share in whole percent, rounded down, so that 100 % means all: 81 %."""
    share = 100 if whole == 0 else part * 100 // whole
    return f"{share}{NO_BREAK_SPACE}%"


def percent_e8(rate_e8: int) -> str:
    """A rate as percent: 3 %."""
    shown = number(rate_e8 * 100, E8_SCALE).text()
    trimmed = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return f"{trimmed}{NO_BREAK_SPACE}%"


def clock(clock_ms: int) -> str:
    """Time of day in UTC with seconds, and milliseconds where there are some: 05:55:02.4."""
    moment = datetime.fromtimestamp(clock_ms // 1_000, tz=UTC)
    millis = f".{clock_ms % 1_000:03d}".rstrip("0").rstrip(".")
    return f"{moment:%H:%M:%S}{millis}"


def date(clock_ms: int) -> str:
    """A day: 23 August 2019."""
    moment = datetime.fromtimestamp(clock_ms // 1_000, tz=UTC)
    month = _MONTHS[moment.month - 1]
    return f"{moment.day} {month} {moment.year}"


def iso(clock_ms: int) -> str:
    """A moment for machines: 2019-08-23T05:55:02.400Z."""
    moment = datetime.fromtimestamp(clock_ms // 1_000, tz=UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{clock_ms % 1_000:03d}Z"


def duration(length_ms: int) -> str:
    """A length of time, exact below 100 seconds and to the second above: 4.98 s, 6 min 41 s."""
    seconds, millis = divmod(length_ms, 1_000)
    space = NO_BREAK_SPACE
    if seconds < 100:
        return f"{seconds}{f'.{millis:03d}'.rstrip('0').rstrip('.')}{space}s"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (0 if hours else seconds, "s"))
    return space.join(f"{value}{space}{unit}" for value, unit in parts if value)


def wall_time(length_ms: int) -> str:
    """A measured length of time, from ten seconds on to the tenth: 18.4 s."""
    return duration(length_ms if length_ms < 10_000 else length_ms // 100 * 100)


def in_words(value: int) -> str:
    """A small number as a word at the beginning of a sentence: Seven; others as figures."""
    return _WORDS[value] if 0 <= value < len(_WORDS) else count(value)


def short_hash(value: str) -> str:
    """The head and tail of a fingerprint: 5b1e0f…c907."""
    if len(value) <= HASH_HEAD + HASH_TAIL + 1:
        return value
    return f"{value[:HASH_HEAD]}…{value[-HASH_TAIL:]}"


_WORDS: Final = (
    "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven",
    "Twelve",
)  # fmt: skip
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
