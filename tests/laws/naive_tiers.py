"""The table of index parameters, in exact fractions, for the naive index."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


def percent(number: int | str) -> Fraction:
    """So many hundredths, exactly."""
    return Fraction(number) / 100


@dataclass(frozen=True)
class Tier:
    """A column of the table of parameters."""

    stale_s: int
    frozen_s: int
    clamp: Fraction
    outlier: Fraction
    strong: Fraction
    most: Fraction
    step: Fraction
    velocity: tuple[Fraction, Fraction, Fraction]
    full: int
    low: int
    low_weight: Fraction
    scale: Fraction


TIERS = {
    1: Tier(
        *(10, 15, percent("0.5"), percent(10), percent(3), percent(5), percent(3)),
        *((percent(1), percent(3), percent(8)), 5, 3, percent(40), Fraction(1)),
    ),
    2: Tier(
        *(30, 120, percent(1), percent(15), percent(4), percent(8), percent(5)),
        *((percent(2), percent(5), percent(12)), 4, 3, percent(40), Fraction(3, 2)),
    ),
    3: Tier(
        *(60, 900, percent(2), percent(25), percent(6), percent(12), percent(8)),
        *((percent(4), percent(10), percent(20)), 3, 3, percent(60), Fraction(2)),
    ),
}
