"""The numbers of liquidation, and their bounds (domain 4.2 to 4.5).

Shares and ratios are e8; amounts are quote units of the settlement asset; durations milliseconds of
the venue's clock.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.margin import MarginTiers
from seawall.core.model.limits import NOTIONAL_MAX
from seawall.core.model.units import E8

HOUR_MS: Final = 3_600_000


@final
@mypyc_attr(acyclic=True)
class LiquidationParameters:
    """How a liquidation goes. `quote_units`: units of one whole settlement asset.

    slippage_e8, fee_e8: what closing is assumed to lose, and the fee to the fund (s, phi).
    target_e8: the ratio of equity to maintenance margin that a step aims at (tau).
    step_share_e8, step_notional: a step closes at most the larger of this share of the position at
    the start of the episode and this value; positions up to that value go at once.
    uncapped_below_e8: below this ratio steps have no cap. takeover_below_e8: below this one the
    venue takes over.
    price_range_e8: orders of the engine go no further from the mark; also the range in which depth
    counts for the limiter and what the missing part of an unwind is assumed to lose.
    ticks, ticks_degraded: how many ticks in a row the condition must hold. fills_to_heal: after so
    many fills a unit above its maintenance margin is left alone.
    flow_share_e8, flow_min, flow_max: the market limiter. draw_share_e8, draw_window_ms: how much
    of its peak the fund may lose, over which time.
    """

    def __init__(self, *, quote_units: i64) -> None:
        assert 0 < quote_units <= E8
        self.slippage_e8: i64 = 300_000
        self.fee_e8: i64 = 200_000
        self.target_e8: i64 = 125_000_000
        self.step_share_e8: i64 = 20_000_000
        self.step_notional: i64 = 50_000 * quote_units
        self.step_interval_ms: i64 = 5_000
        self.uncapped_below_e8: i64 = 66_700_000
        self.takeover_below_e8: i64 = 33_300_000
        self.price_range_e8: i64 = 1_000_000
        self.ticks: i64 = 2
        self.ticks_degraded: i64 = 5
        self.fills_to_heal: i64 = 3
        self.flow_share_e8: i64 = 10_000_000
        self.flow_min: i64 = 50_000 * quote_units
        self.flow_max: i64 = 2_000_000 * quote_units
        self.draw_share_e8: i64 = 30_000_000
        self.draw_window_ms: i64 = 8 * HOUR_MS


def liquidation_fault(parameters: LiquidationParameters, tiers: MarginTiers) -> str:
    """The first thing that is wrong with the parameters, as a sentence, or "" when they are
    sound.

    Besides the bounds: closing must help, so that the smallest step is unique. One unit of notional
    less frees target * maintenance rate and is assumed to cost slippage + fee; the rate of the
    first tier is the lowest.
    """
    for name, value, low, high in (
        ("slippage_e8", parameters.slippage_e8, 0, 1_000_000),
        ("fee_e8", parameters.fee_e8, 0, 1_000_000),
        ("target_e8", parameters.target_e8, E8 + 1, 2 * E8),
        ("step_share_e8", parameters.step_share_e8, 1_000_000, E8),
        ("step_notional", parameters.step_notional, 1, NOTIONAL_MAX),
        ("step_interval_ms", parameters.step_interval_ms, 1_000, 60_000),
        ("uncapped_below_e8", parameters.uncapped_below_e8, parameters.takeover_below_e8, E8),
        ("takeover_below_e8", parameters.takeover_below_e8, 0, E8 // 2),
        ("price_range_e8", parameters.price_range_e8, 100_000, 10_000_000),
        ("ticks", parameters.ticks, 2, 10),
        ("ticks_degraded", parameters.ticks_degraded, parameters.ticks, 60),
        ("fills_to_heal", parameters.fills_to_heal, 1, 100),
        ("flow_share_e8", parameters.flow_share_e8, 1_000_000, 50_000_000),
        ("flow_min", parameters.flow_min, 1, parameters.flow_max),
        ("flow_max", parameters.flow_max, parameters.flow_min, NOTIONAL_MAX),
        ("draw_share_e8", parameters.draw_share_e8, 0, E8),
        ("draw_window_ms", parameters.draw_window_ms, HOUR_MS, 24 * HOUR_MS),
    ):
        if not (low <= value <= high):
            return f"{name}: {low} to {high}; it is {value}"
    freed = int(parameters.target_e8) * int(tiers.maintenance_e8[0])
    lost = int(parameters.slippage_e8 + parameters.fee_e8) * E8
    if freed < lost:
        return "target_e8 times the first maintenance rate must not be below slippage_e8 + fee_e8"
    return ""
