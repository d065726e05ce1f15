"""The table of guard parameters, its bounds, and changing one by name."""

from __future__ import annotations

import pytest

from seawall.core.model.codec import Writer
from seawall.core.model.enums import InstrumentKind, RiskTier
from seawall.core.pricing.guard_parameters import (
    GUARD_PARAMETER_NAMES,
    GUARD_PARAMETERS_BYTES,
    PERCENT,
    GuardParameters,
    are_sound_guard_parameters,
    default_guard_parameters,
    guard_parameter,
    read_guard_parameters,
    with_guard_parameter,
    write_guard_parameters,
)

TABLE = {  # K, B, X, Y, Z, sigma, b in tenths of a percent
    (RiskTier.MAJOR, InstrumentKind.SWAP): [15, 5, 20, 20, 50, 10, 30],
    (RiskTier.ALT, InstrumentKind.SWAP): [30, 10, 40, 40, 80, 20, 50],
    (RiskTier.TAIL, InstrumentKind.SWAP): [50, 20, 60, 60, 150, 50, 100],
    (RiskTier.MAJOR, InstrumentKind.SPOT): [15, 5, 50, 50, 100, 10, 30],
    (RiskTier.ALT, InstrumentKind.SPOT): [30, 10, 50, 50, 100, 20, 50],
    (RiskTier.TAIL, InstrumentKind.SPOT): [50, 20, 50, 50, 200, 50, 100],
}
BOUNDS = {  # of a major swap, the others as they are: lowest and highest that is sound
    b"mark_clamp_e8": (5 * PERCENT // 10, 10 * PERCENT),
    b"basis_clamp_e8": (PERCENT // 10, 15 * PERCENT // 10),
    b"limit_young_e8": (PERCENT // 10, 5 * PERCENT),
    b"limit_premium_e8": (PERCENT // 10, 5 * PERCENT),
    b"limit_hard_e8": (2 * PERCENT, 50 * PERCENT),
    b"market_cap_e8": (PERCENT // 10, 20 * PERCENT),
    b"band_e8": (PERCENT // 10, 20 * PERCENT),
}


def values(parameters: GuardParameters) -> list[int]:
    """All of them, in the order of their names."""
    return [guard_parameter(parameters, place) for place in range(len(GUARD_PARAMETER_NAMES))]


def major() -> GuardParameters:
    """Those of a major swap."""
    return default_guard_parameters(risk_tier=RiskTier.MAJOR, kind=InstrumentKind.SWAP)


@pytest.mark.parametrize(("tier", "kind"), list(TABLE))
def test_each_row_of_the_table(tier: int, kind: int) -> None:
    """As the specification has them, and inside the bounds."""
    found = default_guard_parameters(risk_tier=tier, kind=kind)

    assert values(found) == [one * PERCENT // 10 for one in TABLE[tier, kind]]
    assert are_sound_guard_parameters(found)


@pytest.mark.parametrize("name", GUARD_PARAMETER_NAMES)
def test_each_parameter_is_bounded_on_both_sides(name: bytes) -> None:
    """At its bound it is sound, one beyond it is not."""
    low, high = BOUNDS[name]
    for value, is_sound in ((low - 1, False), (low, True), (high, True), (high + 1, False)):
        changed = with_guard_parameter(major(), name=name, value=value)
        assert changed is not None
        assert getattr(changed, name.decode()) == value
        assert are_sound_guard_parameters(changed) == is_sound


def test_an_unknown_name_changes_nothing() -> None:
    """And a change is a copy."""
    before = major()

    assert with_guard_parameter(before, name=b"band", value=1) is None
    assert with_guard_parameter(before, name=b"band_e8", value=1) is not before
    assert values(before) == values(major())


def test_parameters_come_back_from_their_words() -> None:
    """In the order of their names."""
    out = Writer()
    write_guard_parameters(out, major())

    assert len(out.getvalue()) == GUARD_PARAMETERS_BYTES
    assert values(read_guard_parameters(out.getvalue(), 0)) == values(major())
