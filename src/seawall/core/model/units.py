"""Integer arithmetic with its rounding in the name.

Money and rates stay inside 64 bits: with 0 <= a < 2^61 and |rate| <= 10^8, `a // E8 * rate + a % E8
* rate // E8` is exactly floor(a * rate / E8) and no product leaves the range.
"""

from typing import Final

from mypy_extensions import i64

E8: Final = 100_000_000


def floor_div(a: i64, b: i64) -> i64:
    """a / b towards minus infinity; `b` is positive."""
    assert b > 0
    return a // b


def ceil_div(a: i64, b: i64) -> i64:
    """a / b towards plus infinity; `b` is positive."""
    assert b > 0
    return -((-a) // b)


def rate_floor(amount: i64, rate_e8: i64) -> i64:
    """floor(amount * rate): what is received rounds down (rebates)."""
    assert 0 <= amount and 0 <= rate_e8 <= E8
    return amount // E8 * rate_e8 + amount % E8 * rate_e8 // E8


def rate_ceil(amount: i64, rate_e8: i64) -> i64:
    """ceil(amount * rate): what is paid rounds up (fees)."""
    assert 0 <= amount and 0 <= rate_e8 <= E8
    rest = amount % E8 * rate_e8
    return amount // E8 * rate_e8 + (rest + (E8 - 1)) // E8
