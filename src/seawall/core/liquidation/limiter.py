"""The market limiter: how much the venue itself may sell or buy in a tick (domain 4.4, D1).

Per instrument and tick, liquidations and unwinding together: a share of the opposite depth near the
mark, between a floor and a ceiling. Values are quote units at the mark, so that what was asked and
what was filled are counted alike.
"""

from functools import cmp_to_key
from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.liquidation.parameters import LiquidationParameters
from seawall.core.matching import BookSide
from seawall.core.model.units import rate_floor


@final
@mypyc_attr(acyclic=True)
class MarketLimiter:
    """What is left of an instrument's allowance in this tick. Never carried over."""

    def __init__(self) -> None:
        self.left: i64 = 0

    def open_tick(self, parameters: LiquidationParameters, *, depth: i64) -> None:
        """Set the allowance of the tick from the opposite depth."""
        self.left = flow_allowance(parameters, depth=depth)

    def allowed_lots(self, *, mark: i64, unit_value: i64) -> i64:
        """How many more lots may be sent; 0 when not one more fits."""
        return self.left // (mark * unit_value)

    def spend(self, lots: i64, *, mark: i64, unit_value: i64) -> None:
        """Count lots that were filled; what was asked and not filled costs nothing."""
        assert 0 <= lots <= self.allowed_lots(mark=mark, unit_value=unit_value)
        self.left -= lots * mark * unit_value


def flow_allowance(parameters: LiquidationParameters, *, depth: i64) -> i64:
    """A share of the depth, at least flow_min, at most flow_max."""
    allowance = rate_floor(depth, parameters.flow_share_e8)
    if allowance < parameters.flow_min:
        return parameters.flow_min
    return allowance if allowance < parameters.flow_max else parameters.flow_max


def depth_near_mark(
    parameters: LiquidationParameters, side: BookSide, *, mark: i64, unit_value: i64
) -> i64:
    """The value of the orders of a side within the range around the mark; stops once more of it
    would not raise the allowance.
    """
    reach = rate_floor(mark, parameters.price_range_e8)
    limit = mark - reach if side.sign > 0 else mark + reach
    enough = int(parameters.flow_max) * 100_000_000 // int(parameters.flow_share_e8) + 1
    depth: int = 0
    place: i64 = len(side.levels) - 1
    while place >= 0 and depth < enough:
        level = side.levels[place]
        if not side.is_reached_by(level, limit):
            break
        depth += int(level.price) * int(level.quantity) * int(unit_value)
        place -= 1
    return depth if depth < enough else enough


@final
@mypyc_attr(acyclic=True)
class Claim:
    """A unit that wants a part of the allowance."""

    def __init__(
        self, *, equity: i64, maintenance: i64, account_id: i64, instrument_id: i64
    ) -> None:
        self.equity: i64 = equity
        self.maintenance: i64 = maintenance
        self.account_id: i64 = account_id
        self.instrument_id: i64 = instrument_id


def lowest_ratio_first(claims: list[Claim]) -> list[Claim]:
    """The order in which claims are served: lowest equity / maintenance, then account, then
    instrument.
    """
    return sorted(claims, key=cmp_to_key(compare_claims))


def compare_claims(a: Claim, b: Claim) -> int:
    """Below 0 when `a` is served first; ratios are compared by cross-multiplication."""
    difference: int = int(a.equity) * int(b.maintenance) - int(b.equity) * int(a.maintenance)
    if difference == 0:
        difference = int(a.account_id) - int(b.account_id)
    if difference == 0:
        difference = int(a.instrument_id) - int(b.instrument_id)
    return difference
