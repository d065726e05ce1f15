"""Parameters of the guarded index, one set per risk tier (domain 1.3). Durations are ms, rates e8.

They are Python integers, not i64: rates meet prices in products beyond 64 bits, and a product of an
int and an i64 is an i64 when compiled.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.enums import RiskTier
from seawall.core.model.units import E8

PERCENT: Final = 1_000_000

# The same for every tier.
RECOVER_RUN: Final = 5  # good ticks in a row that reject a jump
RESUME_RUN: Final = 10  # good ticks in a row that end a hold, or accept the first value
UPDATES_WANTED: Final = 3  # distinct updates that show that a source is trading
DISSENT_E8: Final = 25 * PERCENT  # of all weight, still near the old value: no strong evidence
CONFIRM_SHORT_MS: Final = 5_000
HOLD_SHORT_MS: Final = 30_000
HISTORY_MS: Final = 60_000  # the longest velocity window
SPREAD_MAX_E8: Final = 5 * PERCENT
CLOCKS_APART_MS_MAX: Final = 5_000

# Bounds: whoever sends parameters outside them is refused.
_STALE_MS_BOUNDS: Final = (2_000, 120_000)
_FROZEN_MS_BOUNDS: Final = (2_000, 3_600_000)
_CLAMP_E8_BOUNDS: Final = (PERCENT // 10, 5 * PERCENT)
_OUTLIER_E8_BOUNDS: Final = (2 * PERCENT, 40 * PERCENT)
_AGREEMENT_E8_BOUNDS: Final = (PERCENT, 30 * PERCENT)
_VELOCITY_E8_BOUNDS: Final = (PERCENT // 10, 40 * PERCENT)
_STEP_E8_BOUNDS: Final = (PERCENT, 20 * PERCENT)
_CONFIRM_MS_BOUNDS: Final = (1_000, 3_600_000)


@final
@mypyc_attr(acyclic=True)
class ConfirmTime:
    """One row of the table of confirm times: how long a jump of up to `jump_e8` must stand."""

    def __init__(self, *, jump_e8: int, strong_ms: int, weak_ms: int) -> None:
        self.jump_e8: int = jump_e8
        self.strong_ms: int = strong_ms
        self.weak_ms: int = weak_ms  # 0: weak evidence is never enough


@final
@mypyc_attr(acyclic=True)
class Velocity:
    """How far the index may move from each value accepted within a window, unconfirmed."""

    def __init__(self, *, window_ms: int, move_e8: int) -> None:
        self.window_ms: int = window_ms
        self.move_e8: int = move_e8


@final
@mypyc_attr(acyclic=True)
class IndexParameters:
    """What the guard of one index allows; the sets of the tiers are `index_parameters`."""

    def __init__(
        self,
        *,
        stale_ms: int,
        frozen_ms: int,
        clamp_e8: int,
        outlier_e8: int,
        agreement_strong_e8: int,
        agreement_max_e8: int,
        step_e8: int,
        old_value_e8: int,
        full_sources: int,
        low_sources: int,
        full_weight_e8: int,
        low_weight_e8: int,
        full_domains: int,
        low_domains: int,
        velocities: list[Velocity],
        confirm_times: list[ConfirmTime],
    ) -> None:
        self.stale_ms: int = stale_ms  # a source counts up to this age of its last valid sample
        self.frozen_ms: int = frozen_ms  # and up to this time without any change in it
        self.clamp_e8: int = clamp_e8  # prices are pulled to within this of the median
        self.outlier_e8: int = outlier_e8  # prices further from the median are left out
        self.agreement_strong_e8: int = agreement_strong_e8
        self.agreement_max_e8: int = agreement_max_e8  # beyond it the sources dispute
        self.step_e8: int = step_e8  # a candidate that moves further starts confirmation anew
        self.old_value_e8: int = old_value_e8  # within this of the old value a source dissents
        self.full_sources: int = full_sources
        self.low_sources: int = low_sources
        self.full_weight_e8: int = full_weight_e8  # live weight, as a part of all
        self.low_weight_e8: int = low_weight_e8
        self.full_domains: int = full_domains
        self.low_domains: int = low_domains
        self.velocities: list[Velocity] = velocities
        self.confirm_times: list[ConfirmTime] = confirm_times  # by ascending jump


def index_parameters(tier: i64) -> IndexParameters:
    """The parameters of a RiskTier; NONE has no index, so it is not asked for."""
    if tier == RiskTier.MAJOR:
        return _major()
    if tier == RiskTier.ALT:
        return _alt()
    assert tier == RiskTier.TAIL
    return _tail()


def _major() -> IndexParameters:
    return IndexParameters(
        stale_ms=10_000,
        frozen_ms=15_000,
        clamp_e8=PERCENT // 2,
        outlier_e8=10 * PERCENT,
        agreement_strong_e8=3 * PERCENT,
        agreement_max_e8=5 * PERCENT,
        step_e8=3 * PERCENT,
        old_value_e8=3 * PERCENT,
        full_sources=5,
        low_sources=3,
        full_weight_e8=60 * PERCENT,
        low_weight_e8=40 * PERCENT,
        full_domains=3,
        low_domains=3,
        velocities=_velocities(PERCENT, 3 * PERCENT, 8 * PERCENT),
        confirm_times=_confirm_times(halves=2),
    )


def _alt() -> IndexParameters:
    return IndexParameters(
        stale_ms=30_000,
        frozen_ms=120_000,
        clamp_e8=PERCENT,
        outlier_e8=15 * PERCENT,
        agreement_strong_e8=4 * PERCENT,
        agreement_max_e8=8 * PERCENT,
        step_e8=5 * PERCENT,
        old_value_e8=9 * PERCENT // 2,
        full_sources=4,
        low_sources=3,
        full_weight_e8=60 * PERCENT,
        low_weight_e8=40 * PERCENT,
        full_domains=3,
        low_domains=3,
        velocities=_velocities(2 * PERCENT, 5 * PERCENT, 12 * PERCENT),
        confirm_times=_confirm_times(halves=3),
    )


def _tail() -> IndexParameters:
    # LOW is FULL: what is thin anyway is never DEGRADED.
    return IndexParameters(
        stale_ms=60_000,
        frozen_ms=900_000,
        clamp_e8=2 * PERCENT,
        outlier_e8=25 * PERCENT,
        agreement_strong_e8=6 * PERCENT,
        agreement_max_e8=12 * PERCENT,
        step_e8=8 * PERCENT,
        old_value_e8=6 * PERCENT,
        full_sources=3,
        low_sources=3,
        full_weight_e8=60 * PERCENT,
        low_weight_e8=60 * PERCENT,
        full_domains=3,
        low_domains=3,
        velocities=_velocities(4 * PERCENT, 10 * PERCENT, 20 * PERCENT),
        confirm_times=_confirm_times(halves=4),
    )


def _velocities(one: int, ten: int, sixty: int) -> list[Velocity]:
    return [
        Velocity(window_ms=1_000, move_e8=one),
        Velocity(window_ms=10_000, move_e8=ten),
        Velocity(window_ms=HISTORY_MS, move_e8=sixty),
    ]


def _confirm_times(halves: int) -> list[ConfirmTime]:
    """The one table of confirm times; a tier multiplies the jumps by halves, not the times."""
    return [
        ConfirmTime(jump_e8=3 * PERCENT * halves // 2, strong_ms=2_000, weak_ms=10_000),
        ConfirmTime(jump_e8=10 * PERCENT * halves // 2, strong_ms=5_000, weak_ms=30_000),
        ConfirmTime(jump_e8=25 * PERCENT * halves // 2, strong_ms=60_000, weak_ms=300_000),
        ConfirmTime(jump_e8=50 * PERCENT * halves // 2, strong_ms=180_000, weak_ms=0),
    ]


def index_parameters_fault(parameters: IndexParameters) -> str:
    """What is unsound about the parameters, as a sentence; "" when they may be used."""
    p = parameters
    for name, value, bounds in (
        ("stale_ms", p.stale_ms, _STALE_MS_BOUNDS),
        ("frozen_ms", p.frozen_ms, _FROZEN_MS_BOUNDS),
        ("clamp_e8", p.clamp_e8, _CLAMP_E8_BOUNDS),
        ("outlier_e8", p.outlier_e8, _OUTLIER_E8_BOUNDS),
        ("agreement_strong_e8", p.agreement_strong_e8, _AGREEMENT_E8_BOUNDS),
        ("agreement_max_e8", p.agreement_max_e8, _AGREEMENT_E8_BOUNDS),
        ("step_e8", p.step_e8, _STEP_E8_BOUNDS),
        ("old_value_e8", p.old_value_e8, _STEP_E8_BOUNDS),
    ):
        if not (bounds[0] <= value <= bounds[1]):
            return f"{name} is {value}, expected {bounds[0]} to {bounds[1]}"
    if not (p.clamp_e8 < p.agreement_strong_e8 <= p.agreement_max_e8 < p.outlier_e8):
        return "expected clamp < agreement_strong <= agreement_max < outlier"
    if not (3 <= p.low_sources <= p.full_sources):
        return "expected 3 <= low_sources <= full_sources"
    if not (3 <= p.low_domains <= p.full_domains <= p.full_sources):
        return "expected 3 <= low_domains <= full_domains <= full_sources"
    if not (E8 // 3 <= p.low_weight_e8 <= p.full_weight_e8 <= E8):
        return "expected a third <= low_weight <= full_weight <= 1"
    return _velocity_fault(p) or _confirm_fault(p)


def _velocity_fault(parameters: IndexParameters) -> str:
    before_ms: int = 0
    before_e8: int = 0
    if len(parameters.velocities) == 0:
        return "expected at least one velocity"
    for velocity in parameters.velocities:
        if not (before_ms < velocity.window_ms <= HISTORY_MS):
            return f"velocity windows: expected to rise, up to {HISTORY_MS} ms"
        if not (before_e8 <= velocity.move_e8):
            return "velocity moves: expected to rise with their windows"
        if not (_VELOCITY_E8_BOUNDS[0] <= velocity.move_e8 <= _VELOCITY_E8_BOUNDS[1]):
            return f"a velocity of {velocity.move_e8} is out of bounds"
        before_ms = velocity.window_ms
        before_e8 = velocity.move_e8
    return ""


def _confirm_fault(parameters: IndexParameters) -> str:
    before_jump: int = 0
    before_ms: int = 0
    for row in parameters.confirm_times:
        if not (before_jump < row.jump_e8 <= E8):
            return "confirm times: expected rising jumps, up to 100 %"
        if not (_CONFIRM_MS_BOUNDS[0] <= row.strong_ms <= _CONFIRM_MS_BOUNDS[1]):
            return f"a strong confirm time of {row.strong_ms} ms is out of bounds"
        if not (before_ms <= row.strong_ms):
            return "confirm times: expected to rise with the jump"
        if row.weak_ms != 0 and not (row.strong_ms <= row.weak_ms <= _CONFIRM_MS_BOUNDS[1]):
            return "weak evidence: expected to take at least as long as strong, or for ever (0)"
        before_jump = row.jump_e8
        before_ms = row.strong_ms
    return ""
