"""Parameters of the index: the tiers as printed, and bounds that refuse the rest."""

from __future__ import annotations

import pytest

from seawall.core.model.enums import RiskTier
from seawall.core.pricing import IndexParameters, index_parameters, index_parameters_fault

PERCENT = 1_000_000
TIERS = (RiskTier.MAJOR, RiskTier.ALT, RiskTier.TAIL)


@pytest.mark.parametrize("tier", TIERS)
def test_parameters_of_a_tier_are_sound(tier: int) -> None:
    """The defaults pass their own bounds."""
    assert index_parameters_fault(index_parameters(tier)) == ""


def test_tiers_are_as_printed() -> None:
    """Durations in seconds, rates in tenths of a percent."""
    rows = {
        "stale_ms": (10_000, 30_000, 60_000),
        "frozen_ms": (15_000, 120_000, 900_000),
        "clamp_e8": (500_000, PERCENT, 2 * PERCENT),
        "outlier_e8": (10 * PERCENT, 15 * PERCENT, 25 * PERCENT),
        "agreement_strong_e8": (3 * PERCENT, 4 * PERCENT, 6 * PERCENT),
        "agreement_max_e8": (5 * PERCENT, 8 * PERCENT, 12 * PERCENT),
        "full_sources": (5, 4, 3),
        "low_sources": (3, 3, 3),
        "step_e8": (3 * PERCENT, 5 * PERCENT, 8 * PERCENT),
    }
    for name, expected in rows.items():
        assert expected == tuple(getattr(index_parameters(tier), name) for tier in TIERS)
    moves = [[v.move_e8 // PERCENT for v in index_parameters(tier).velocities] for tier in TIERS]

    assert moves == [[1, 3, 8], [2, 5, 12], [4, 10, 20]]

    jumps = [[r.jump_e8 * 2 // PERCENT for r in index_parameters(t).confirm_times] for t in TIERS]

    assert jumps == [[6, 20, 50, 100], [9, 30, 75, 150], [12, 40, 100, 200]]

    times = [(row.strong_ms, row.weak_ms) for row in index_parameters(1).confirm_times]

    assert times == [(2_000, 10_000), (5_000, 30_000), (60_000, 300_000), (180_000, 0)]


SPOILED: dict[str, int] = {
    "stale_ms": 1_999,
    "frozen_ms": 3_600_001,
    "clamp_e8": 150 * PERCENT,
    "outlier_e8": 5 * PERCENT,
    "agreement_strong_e8": 6 * PERCENT,
    "agreement_max_e8": 2 * PERCENT,
    "step_e8": 0,
    "old_value_e8": 21 * PERCENT,
    "full_sources": 2,
    "low_sources": 1,
    "full_domains": 9,
    "low_domains": 2,
    "full_weight_e8": 101 * PERCENT,
    "low_weight_e8": 33 * PERCENT,
}


@pytest.mark.parametrize("name", SPOILED)
def test_parameter_out_of_bounds_is_refused(name: str) -> None:
    """Whoever types 150 % is told so."""
    parameters = index_parameters(RiskTier.MAJOR)
    setattr(parameters, name, SPOILED[name])

    assert index_parameters_fault(parameters) != ""


def spoil_window(parameters: IndexParameters) -> None:
    """A window beyond what is remembered."""
    parameters.velocities[2].window_ms = 60_001


def spoil_move(parameters: IndexParameters) -> None:
    """A longer window that allows less."""
    parameters.velocities[1].move_e8 = PERCENT // 2


def spoil_velocities(parameters: IndexParameters) -> None:
    """No window at all."""
    parameters.velocities = []


def spoil_jump(parameters: IndexParameters) -> None:
    """Jumps that do not rise."""
    parameters.confirm_times[1].jump_e8 = PERCENT


def spoil_strong(parameters: IndexParameters) -> None:
    """A larger jump confirmed sooner."""
    parameters.confirm_times[3].strong_ms = 4_000


def spoil_weak(parameters: IndexParameters) -> None:
    """Weak evidence that is faster than strong."""
    parameters.confirm_times[0].weak_ms = 1_000


SPOILERS = (spoil_window, spoil_move, spoil_velocities, spoil_jump, spoil_strong, spoil_weak)


@pytest.mark.parametrize("spoil", SPOILERS)
def test_table_that_contradicts_itself_is_refused(spoil: object) -> None:
    """Tables must rise with what they guard against."""
    parameters = index_parameters(RiskTier.MAJOR)
    assert callable(spoil)
    spoil(parameters)

    assert index_parameters_fault(parameters) != ""
