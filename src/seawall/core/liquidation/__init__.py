"""Liquidation: who, how much, at what price; what the insurance fund may pay; who is deleveraged.

Pure rules that the engine's scan calls: the condition and its patience, the size and price of a
step, the fee, prices of takeover (`sizing.py`); how much the venue may trade in a tick
(`limiter.py`); how much of the fund may be drawn (`fund.py`); the order of deleveraging (`adl.py`);
and an index that finds the units which a moved mark may have brought near their threshold without
looking at the others (`watch.py`, `units.py`). This room must not know orders, events, accounts
beyond a number, or where marks come from, and moves no money: clearing does. Start with
`sizing.py`.
"""

from seawall.core.liquidation.adl import (
    Candidate,
    Deleveraging,
    counterparties,
    is_candidate,
    ranks_before,
)
from seawall.core.liquidation.fund import (
    FundWindow,
    fund_window_bytes,
    read_fund_window,
    write_fund_window,
)
from seawall.core.liquidation.limiter import (
    Claim,
    MarketLimiter,
    depth_near_mark,
    flow_allowance,
    lowest_ratio_first,
)
from seawall.core.liquidation.parameters import LiquidationParameters, liquidation_fault
from seawall.core.liquidation.sizing import (
    TakeoverLeg,
    bad_ticks_after,
    best_end,
    equity_share_of,
    estimated_unwind_loss,
    fund_lots,
    is_healed,
    is_liquidatable,
    is_past_bankruptcy,
    is_ratio_below,
    liquidation_fee,
    may_act,
    must_take_over,
    smallest_reduction,
    step_cap,
    step_limit_price,
    takeover_price,
    takeover_prices,
)
from seawall.core.liquidation.units import Unit, leg_of
from seawall.core.liquidation.watch import LiquidationWatch

__all__ = [
    "Candidate",
    "Claim",
    "Deleveraging",
    "FundWindow",
    "LiquidationParameters",
    "LiquidationWatch",
    "MarketLimiter",
    "TakeoverLeg",
    "Unit",
    "bad_ticks_after",
    "best_end",
    "counterparties",
    "depth_near_mark",
    "equity_share_of",
    "estimated_unwind_loss",
    "flow_allowance",
    "fund_lots",
    "fund_window_bytes",
    "is_candidate",
    "is_healed",
    "is_liquidatable",
    "is_past_bankruptcy",
    "is_ratio_below",
    "leg_of",
    "liquidation_fault",
    "liquidation_fee",
    "lowest_ratio_first",
    "may_act",
    "must_take_over",
    "ranks_before",
    "read_fund_window",
    "smallest_reduction",
    "step_cap",
    "step_limit_price",
    "takeover_price",
    "takeover_prices",
    "write_fund_window",
]
