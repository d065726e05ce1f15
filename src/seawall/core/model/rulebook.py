"""Versions of the rulebook by which the venue repairs: what the core needs to know of one.

A band says how far from the repaired price a fill inside the window of an incident may lie and
still stand. Version 1 is in force from the genesis.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final, final

from mypy_extensions import i64

from seawall.core.model.enums import RiskTier
from seawall.core.model.units import E8


@final
@dataclass
class Rulebook:
    """One version."""

    version: i64
    rulebook_hash: bytes  # of its text; of the first: of its numbers
    major_e8: i64
    alt_e8: i64
    tail_e8: i64
    is_adjusting: bool

    def band_e8(self, risk_tier: i64) -> i64:
        """The review band of a tier; instruments without a tier have that of the widest."""
        if risk_tier == RiskTier.MAJOR:
            return self.major_e8
        return self.alt_e8 if risk_tier == RiskTier.ALT else self.tail_e8

    def is_sound(self) -> bool:
        """Whether the bands are ratios of the price, and wider for less liquid tiers."""
        return 0 < self.major_e8 <= self.alt_e8 <= self.tail_e8 <= E8


def first_rulebook() -> Rulebook:
    """Version 1: 3, 7 and 15 %; what is out of band is voided."""
    numbers = (1, 3_000_000, 7_000_000, 15_000_000, 0)
    text = b"".join([number.to_bytes(8, "little") for number in numbers])
    return Rulebook(
        version=1,
        rulebook_hash=sha256(text).digest(),
        major_e8=numbers[1],
        alt_e8=numbers[2],
        tail_e8=numbers[3],
        is_adjusting=False,
    )


FIRST_VERSION: Final = 1
