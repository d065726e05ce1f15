"""What guards the prices of one instrument: every number in one place, with its bounds.

All are shares in e8 (1 % is 1,000,000) and come from the table of the instrument's risk tier; two
operators may change one, inside the bounds.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.codec import WORD, Writer, read_word, write_word
from seawall.core.model.enums import InstrumentKind, RiskTier
from seawall.core.model.units import E8

PERCENT: Final = E8 // 100
GUARD_PARAMETER_NAMES: Final = (
    b"mark_clamp_e8",
    b"basis_clamp_e8",
    b"limit_young_e8",
    b"limit_premium_e8",
    b"limit_hard_e8",
    b"market_cap_e8",
    b"band_e8",
)
GUARD_PARAMETERS_BYTES: Final = 7 * WORD


@final
@mypyc_attr(acyclic=True)
class GuardParameters:
    """Shares of the index, or of the reference price, in e8.

    mark_clamp_e8: K, how far the mark may be from the index.
    basis_clamp_e8: B, how far one sample of the basis may be from it.
    limit_young_e8: X, price limits in the first ten minutes of a listing.
    limit_premium_e8: Y, price limits around the index plus its mean premium.
    limit_hard_e8: Z, price limits that no premium moves.
    market_cap_e8: sigma, how far from the touch a market order may trade.
    band_e8: b, how far from the reference price any fill may be.
    """

    def __init__(
        self,
        *,
        mark_clamp_e8: i64,
        basis_clamp_e8: i64,
        limit_young_e8: i64,
        limit_premium_e8: i64,
        limit_hard_e8: i64,
        market_cap_e8: i64,
        band_e8: i64,
    ) -> None:
        self.mark_clamp_e8: i64 = mark_clamp_e8
        self.basis_clamp_e8: i64 = basis_clamp_e8
        self.limit_young_e8: i64 = limit_young_e8
        self.limit_premium_e8: i64 = limit_premium_e8
        self.limit_hard_e8: i64 = limit_hard_e8
        self.market_cap_e8: i64 = market_cap_e8
        self.band_e8: i64 = band_e8


def default_guard_parameters(*, risk_tier: i64, kind: i64) -> GuardParameters:
    """The table of a tier (domain 2.2, 5.1 to 5.3). RiskTier.NONE reads the table of the tail."""
    if risk_tier == RiskTier.MAJOR:
        parameters = _swap_table(k=15, b=5, x=20, y=20, z=50, sigma=10, band=30)
    elif risk_tier == RiskTier.ALT:
        parameters = _swap_table(k=30, b=10, x=40, y=40, z=80, sigma=20, band=50)
    else:
        parameters = _swap_table(k=50, b=20, x=60, y=60, z=150, sigma=50, band=100)
    if kind == InstrumentKind.SPOT:
        is_tail = risk_tier != RiskTier.MAJOR and risk_tier != RiskTier.ALT
        parameters.limit_young_e8 = 5 * PERCENT
        parameters.limit_premium_e8 = 5 * PERCENT
        parameters.limit_hard_e8 = 20 * PERCENT if is_tail else 10 * PERCENT
    return parameters


def _swap_table(
    *, k: i64, b: i64, x: i64, y: i64, z: i64, sigma: i64, band: i64
) -> GuardParameters:
    """A row of the table, in tenths of a percent."""
    tenth: i64 = PERCENT // 10
    return GuardParameters(
        mark_clamp_e8=k * tenth,
        basis_clamp_e8=b * tenth,
        limit_young_e8=x * tenth,
        limit_premium_e8=y * tenth,
        limit_hard_e8=z * tenth,
        market_cap_e8=sigma * tenth,
        band_e8=band * tenth,
    )


def are_sound_guard_parameters(parameters: GuardParameters) -> bool:
    """Whether each is inside its bounds, and they agree with each other.

    K from 0.1 to 10 %; B at most K; X and Y from 0.1 % to Z; Z at most 50 %; sigma and b from 0.1
    to 20 %.
    """
    least: i64 = PERCENT // 10
    return (
        least <= parameters.basis_clamp_e8 <= parameters.mark_clamp_e8 <= 10 * PERCENT
        and least <= parameters.limit_young_e8 <= parameters.limit_hard_e8
        and least <= parameters.limit_premium_e8 <= parameters.limit_hard_e8 <= 50 * PERCENT
        and least <= parameters.market_cap_e8 <= 20 * PERCENT
        and least <= parameters.band_e8 <= 20 * PERCENT
    )


def guard_parameter(parameters: GuardParameters, place: i64) -> i64:
    """The value whose name stands at that place of GUARD_PARAMETER_NAMES."""
    return _values(parameters)[place]


def with_guard_parameter(
    parameters: GuardParameters, *, name: bytes, value: i64
) -> GuardParameters | None:
    """A copy with one of them changed, bounds not looked at; None when there is no such name."""
    values = _values(parameters)
    place: i64 = 0
    while place < len(values):
        if GUARD_PARAMETER_NAMES[place] == name:
            values[place] = value
            return _of_values(values)
        place += 1
    return None


def write_guard_parameters(out: Writer, parameters: GuardParameters) -> None:
    """One word each, in the order of their names."""
    for value in _values(parameters):
        write_word(out, value)


def read_guard_parameters(data: bytes, at: i64) -> GuardParameters:
    """What was written at `at`."""
    values: list[int] = []
    place: i64 = 0
    while place < len(GUARD_PARAMETER_NAMES):
        values.append(read_word(data, at + place * WORD))
        place += 1
    return _of_values(values)


def _values(parameters: GuardParameters) -> list[int]:
    return [
        parameters.mark_clamp_e8,
        parameters.basis_clamp_e8,
        parameters.limit_young_e8,
        parameters.limit_premium_e8,
        parameters.limit_hard_e8,
        parameters.market_cap_e8,
        parameters.band_e8,
    ]


def _of_values(values: list[int]) -> GuardParameters:
    return GuardParameters(
        mark_clamp_e8=values[0],
        basis_clamp_e8=values[1],
        limit_young_e8=values[2],
        limit_premium_e8=values[3],
        limit_hard_e8=values[4],
        market_cap_e8=values[5],
        band_e8=values[6],
    )
