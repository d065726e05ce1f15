"""Maintenance margin of the drills' swaps, computed here and not by the core: the judge's own.

Marginal brackets of the major tier (domain 3.3): `ceil(notional * rate) - cum`, where `cum` makes
neighbouring brackets agree at their boundary. Amounts are units of USDT.
"""

from __future__ import annotations

from typing import Final

from seawall.simulation.drills.venue import E8

# (notional from, in whole USDT; maintenance margin rate, e8)
BRACKETS: Final = (
    (0, 500_000),
    (500_000, 1_000_000),
    (2_000_000, 2_500_000),
    (10_000_000, 5_000_000),
    (50_000_000, 10_000_000),
)


def maintenance_margin(notional: int) -> int:
    """What a position of this notional needs to be kept."""
    cum, rate, before = 0, 0, 0
    for floor, bracket_rate in BRACKETS:
        if notional < floor * E8:
            break
        cum += floor * (bracket_rate - before)
        rate = before = bracket_rate
    return -(-notional * rate // E8) - cum
