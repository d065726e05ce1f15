"""What works at which grade of the price: one table (domain 10).

A price is data with a grade. Whoever acts on a price asks here first, so that no consumer has its
own opinion of what a held or disputed price is good for.
"""

from typing import Final

from mypy_extensions import i64


class Allowance:
    """An answer of the table."""

    NO: Final = 0
    YES: Final = 1
    WORST: Final = 2  # yes, when the margin check passes at the endpoint worst for the account
    BEST: Final = 3  # yes, when the condition holds even at the endpoint best for the account


class Action:
    """What somebody wants to do: a row of the table."""

    CANCEL: Final = 0
    REDUCE: Final = 1
    INCREASE_TAKING: Final = 2
    INCREASE_RESTING: Final = 3
    FILL_RESTING: Final = 4
    TRADE_SPOT: Final = 5
    TAKE_RISK: Final = 6
    ADD_MARGIN: Final = 7
    LIQUIDATE: Final = 8
    TRIGGER_BY_MARK: Final = 9
    TRIGGER_BY_LAST_SWAP: Final = 10
    TRIGGER_BY_LAST_SPOT: Final = 11
    FUNDING: Final = 12
    WITHDRAW_EXPOSED: Final = 13
    WITHDRAW_CLEAR: Final = 14
    UNCROSS: Final = 15
    MIRROR: Final = 16


ALLOWANCE_NAMES: Final = ("no", "yes", "worst", "best")
# In the order of Action.
ACTION_NAMES: Final = (
    "cancel, mass cancel, cancel-all-after",
    "new order that reduces",
    "new taker order that increases (swap)",
    "new post-only order that increases",
    "resting orders fill against reducers",
    "spot orders paid in full",
    "raise leverage, remove isolated margin",
    "add margin, transfer in, deposit",
    "liquidation, takeover, ADL",
    "triggers on mark or index",
    "triggers on last (swap)",
    "triggers on last (spot)",
    "funding sample and settlement",
    "withdrawal and transfer out: account with positions in this underlying",
    "withdrawal: account without",
    "uncross of an auction",
    "mirrored orders",
)
DEGRADED_LEVER_MAX: Final = 20  # a taker order that increases, while the index is DEGRADED

_N: Final = Allowance.NO
_Y: Final = Allowance.YES
_W: Final = Allowance.WORST
_B: Final = Allowance.BEST

# Rows in the order of Action, columns in the order of Grade:
# NORMAL, DEGRADED, CONFIRM short, CONFIRM long, HOLD short, HOLD stale, HOLD disputed, no index.
CAPABILITIES: Final[list[list[int]]] = [
    [_Y, _Y, _Y, _Y, _Y, _Y, _Y, _Y],  # CANCEL
    [_Y, _Y, _Y, _Y, _Y, _Y, _Y, _Y],  # REDUCE
    [_Y, _Y, _W, _N, _N, _N, _N, _N],  # INCREASE_TAKING
    [_Y, _Y, _W, _W, _W, _W, _W, _N],  # INCREASE_RESTING
    [_Y, _Y, _Y, _Y, _Y, _Y, _Y, _Y],  # FILL_RESTING
    [_Y, _Y, _Y, _Y, _Y, _Y, _Y, _Y],  # TRADE_SPOT
    [_Y, _Y, _N, _N, _N, _N, _N, _N],  # TAKE_RISK
    [_Y, _Y, _Y, _Y, _Y, _Y, _Y, _Y],  # ADD_MARGIN
    [_Y, _Y, _N, _N, _N, _N, _B, _N],  # LIQUIDATE
    [_Y, _Y, _N, _N, _N, _N, _N, _N],  # TRIGGER_BY_MARK
    [_Y, _Y, _Y, _N, _N, _N, _N, _N],  # TRIGGER_BY_LAST_SWAP
    [_Y, _Y, _Y, _Y, _Y, _Y, _Y, _Y],  # TRIGGER_BY_LAST_SPOT
    [_Y, _Y, _N, _N, _N, _N, _N, _N],  # FUNDING
    [_Y, _Y, _W, _N, _N, _N, _N, _N],  # WITHDRAW_EXPOSED
    [_Y, _Y, _Y, _Y, _Y, _Y, _Y, _Y],  # WITHDRAW_CLEAR
    [_Y, _Y, _N, _N, _N, _N, _N, _N],  # UNCROSS
    [_Y, _Y, _N, _N, _N, _N, _N, _N],  # MIRROR
]


def allows(action: i64, grade: i64) -> i64:
    """The Allowance of an Action at a Grade."""
    return CAPABILITIES[action][grade]
