"""Clearing: what a fill does to money and to positions.

For spot: base against quote, and the fees of both sides. For linear perpetuals: positions with
their cost, realised pnl against the instrument's clearing account, fees, funding; positions that
move without a fill (takeover, deleveraging); and how much of the reduce-only orders must be cut
when a position has shrunk. This room turns fills into transfers of the ledger; it must not know
time, the journal, marks beyond a number it is given, or who may trade. Start with `spot.py`, then
`position.py`.
"""

from seawall.core.clearing.perpetual import (
    Party,
    Settlement,
    cash_needed,
    funding_due,
    move_position,
    pay_funding,
    pay_pnl,
    settle_perpetual,
    settle_residue,
    settle_side,
)
from seawall.core.clearing.position import (
    Position,
    closed_lots,
    closing_pnl,
    entry_price_e8,
    notional_at,
    rebase,
    released_cost,
    trade,
    unrealised,
    value_of,
)
from seawall.core.clearing.reduce_only import ReduceOnlyCut, reduce_only_cuts, reducible_lots
from seawall.core.clearing.spot import Leg, settle_spot

__all__ = [
    "Leg",
    "Party",
    "Position",
    "ReduceOnlyCut",
    "Settlement",
    "cash_needed",
    "closed_lots",
    "closing_pnl",
    "entry_price_e8",
    "funding_due",
    "move_position",
    "notional_at",
    "pay_funding",
    "pay_pnl",
    "rebase",
    "reduce_only_cuts",
    "reducible_lots",
    "released_cost",
    "settle_perpetual",
    "settle_residue",
    "settle_side",
    "settle_spot",
    "trade",
    "unrealised",
    "value_of",
]
