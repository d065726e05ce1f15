"""Margin: how much an account must have for what it holds and for what it asked for.

Brackets by notional, reserves of open orders, the rules of leverage and isolated margin, and the
prices at which a position is liquidated or bankrupt. Pure functions of integers: sizes in lots,
prices in ticks, money in units of the settlement asset. This room must not know positions,
accounts or postings; whoever owns them asks. Start with `tiers.py`, then `requirements.py`.
"""

from seawall.core.margin.liquidation_price import (
    bankruptcy_price,
    cross_bankruptcy_price,
    liquidation_price,
)
from seawall.core.margin.open_orders import (
    Added,
    OpenOrders,
    exposure,
    exposure_max,
    order_fee,
    order_gap,
)
from seawall.core.margin.requirements import (
    Valuation,
    isolated_removable,
    isolated_top_up,
    max_order_quantity,
    net_at,
    order_reserve,
    transfer_out_limit,
    unrealised_profit,
    worst_net,
)
from seawall.core.margin.tiers import MarginTiers, default_tiers, tiers_fault

__all__ = [
    "Added",
    "MarginTiers",
    "OpenOrders",
    "Valuation",
    "bankruptcy_price",
    "cross_bankruptcy_price",
    "default_tiers",
    "exposure",
    "exposure_max",
    "isolated_removable",
    "isolated_top_up",
    "liquidation_price",
    "max_order_quantity",
    "net_at",
    "order_fee",
    "order_gap",
    "order_reserve",
    "tiers_fault",
    "transfer_out_limit",
    "unrealised_profit",
    "worst_net",
]
