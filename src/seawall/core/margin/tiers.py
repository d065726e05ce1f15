"""Margin by notional: brackets whose rates rise, without a cliff at a boundary (domain 3.3).

Within a bracket `MM = ceil(N * mmr) - cum`, and the `cum` are chosen so that both brackets agree at
the boundary. So the requirement never jumps when a price carries a position over one. Called for
every swap order: everything is 64-bit, notionals stay below 2^60 by listing.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.codec import vec
from seawall.core.model.enums import RiskTier
from seawall.core.model.limits import LEVER_MAX, NOTIONAL_MAX
from seawall.core.model.units import E8, ceil_div, rate_ceil

TIERS_MAX: Final = 16
IMPACT_WHOLE: Final = 200  # whole quote: the impact price is measured for 200 / initial rate
_FLOORS: Final = (0, 500_000, 2_000_000, 10_000_000, 50_000_000)  # whole quote, major
_NOTIONAL_TOP: Final = 200_000_000
_INITIAL: Final = (1_000_000, 2_000_000, 5_000_000, 10_000_000, 20_000_000)
_MAINTENANCE: Final = (500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000)


@final
@mypyc_attr(acyclic=True)
class MarginTiers:
    """The brackets of one instrument. Build only from lists for which `tiers_fault` is empty.

    A bracket holds notionals above its floor, up to the next floor. `notional_max` is the largest
    position of one account, in the same units.
    """

    def __init__(
        self,
        *,
        floors: list[int],
        initial_e8: list[int],
        maintenance_e8: list[int],
        notional_max: i64,
    ) -> None:
        self.count: i64 = len(floors)
        self.first_top: i64 = floors[1] if len(floors) > 1 else notional_max
        self.floors: vec[i64] = vec[i64](floors)
        self.initial_e8: vec[i64] = vec[i64](initial_e8)
        self.maintenance_e8: vec[i64] = vec[i64](maintenance_e8)
        self.initial_cum: vec[i64] = vec[i64](_cumulated(floors, initial_e8))
        self.maintenance_cum: vec[i64] = vec[i64](_cumulated(floors, maintenance_e8))
        self.notional_max: i64 = notional_max

    def bracket(self, notional: i64) -> i64:
        """The place of the bracket a notional falls into; a boundary belongs to the lower one."""
        place: i64 = 0
        if notional <= self.first_top:
            return place
        while place + 1 < self.count and notional > self.floors[place + 1]:
            place += 1
        return place

    def maintenance_margin(self, notional: i64) -> i64:
        """What a position of this notional needs to stay open, in units, rounded up."""
        place = self.bracket(notional)
        return rate_ceil(notional, self.maintenance_e8[place]) - self.maintenance_cum[place]

    def initial_margin(self, notional: i64, lever: i64) -> i64:
        """What it needs to be opened at `lever` times, rounded up: its share of the notional, or
        what the brackets ask, whichever is more.
        """
        assert notional >= 0
        by_lever = ceil_div(notional, lever)
        place = self.bracket(notional)
        rate_e8 = self.initial_e8[place]
        if rate_e8 * lever <= E8:  # the rate asks for no more, and cum only takes off
            return by_lever
        by_bracket = rate_ceil(notional, rate_e8) - self.initial_cum[place]
        return by_lever if by_lever > by_bracket else by_bracket

    def lever_max(self, notional: i64) -> i64:
        """The highest leverage that may be chosen for a position of this notional."""
        lever = E8 // self.initial_e8[self.bracket(notional)]
        return lever if lever < LEVER_MAX else LEVER_MAX

    def impact_amount(self, quote_units: i64) -> i64:
        """What impact prices are measured for: 200 whole quote over the first initial rate, in
        units.
        """
        amount: int = IMPACT_WHOLE * E8 * int(quote_units) // int(self.initial_e8[0])
        return amount


def _cumulated(floors: list[int], rates_e8: list[int]) -> list[int]:
    """What to take off in each bracket, so that it begins where the one below ends."""
    found: list[int] = [0]
    place: i64 = 1
    while place < len(floors):
        step = floors[place] * (rates_e8[place] - rates_e8[place - 1]) // E8
        found.append(found[place - 1] + step)
        place += 1
    return found


def tiers_fault(
    *, floors: list[int], initial_e8: list[int], maintenance_e8: list[int], notional_max: int
) -> str:
    """What is wrong with brackets, or "" when margin is continuous and never falls as a position
    grows.
    """
    if not 1 <= len(floors) <= TIERS_MAX:
        return "there must be 1 to 16 tiers"
    if len(initial_e8) != len(floors) or len(maintenance_e8) != len(floors):
        return "every tier needs a floor, an initial rate and a maintenance rate"
    if floors[0] != 0:
        return "the first tier must begin at 0"
    if not floors[-1] < notional_max <= NOTIONAL_MAX:
        return "the largest notional must lie above the last floor and below 2^60"
    place: i64 = 0
    while place < len(floors):
        if not 0 < maintenance_e8[place] < initial_e8[place] <= E8:
            return "rates must hold 0 < maintenance < initial <= 100 %"
        if place > 0:
            fault = _step_fault(floors, initial_e8, place) or _step_fault(
                floors, maintenance_e8, place
            )
            if fault:
                return fault
        place += 1
    return ""


def _step_fault(floors: list[int], rates_e8: list[int], place: i64) -> str:
    if floors[place] <= floors[place - 1]:
        return "floors must rise"
    step_e8 = rates_e8[place] - rates_e8[place - 1]
    if step_e8 < 0:
        return "rates must not fall"
    if floors[place] * step_e8 % E8 != 0:
        return "a floor times its step of rate must be whole units, or margin would jump there"
    return ""


def default_tiers(*, risk_tier: i64, quote_units: i64) -> MarginTiers:
    """The brackets of a risk tier, for a quote asset of `quote_units` units per whole.

    Alts: rates twice, floors a tenth of those of majors; tail: five times and a hundredth.
    """
    rate: int = 1
    part: int = 1
    if risk_tier == RiskTier.ALT:
        rate = 2
        part = 10
    elif risk_tier != RiskTier.MAJOR:
        rate = 5
        part = 100
    floors: list[int] = []
    initial_e8: list[int] = []
    maintenance_e8: list[int] = []
    place: i64 = 0
    while place < len(_FLOORS):
        floors.append(_FLOORS[place] // part * int(quote_units))
        initial_e8.append(_INITIAL[place] * rate)
        maintenance_e8.append(_MAINTENANCE[place] * rate)
        place += 1
    notional_max: int = _NOTIONAL_TOP // part * int(quote_units)
    fault = tiers_fault(
        floors=floors,
        initial_e8=initial_e8,
        maintenance_e8=maintenance_e8,
        notional_max=notional_max,
    )
    assert fault == ""
    return MarginTiers(
        floors=floors,
        initial_e8=initial_e8,
        maintenance_e8=maintenance_e8,
        notional_max=notional_max,
    )
