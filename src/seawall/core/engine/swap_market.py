"""What a market has in addition when it is a perpetual swap: mark, funding, positions, margin
tiers.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.clearing import Position
from seawall.core.ledger import LedgerAccount
from seawall.core.margin import MarginTiers
from seawall.core.model.limits import NOTIONAL_MAX
from seawall.core.pricing import FundingState, MarkPrice

LEVER_DEFAULT: Final = 10


@final
@mypyc_attr(acyclic=True)
class SwapMarket:
    """The swap's side of a market. Marks are ticks; 0 before the first."""

    def __init__(
        self,
        *,
        lot_value_max: i64,
        tiers: MarginTiers,
        mark_price: MarkPrice,
        funding: FundingState,
        clearing: LedgerAccount,
        rounding: LedgerAccount,
        fund: LedgerAccount,
    ) -> None:
        self.tiers: MarginTiers = tiers
        self.mark_price: MarkPrice = mark_price
        self.funding: FundingState = funding
        self.clearing: LedgerAccount = clearing
        self.rounding: LedgerAccount = rounding
        self.fund: LedgerAccount = fund
        self.default_lever: i64 = LEVER_DEFAULT
        if tiers.lever_max(0) < LEVER_DEFAULT:
            self.default_lever = tiers.lever_max(0)
        self.mark: i64 = 0
        self.is_held: bool = True  # the mark is not good at the moment
        self.low_mark: i64 = 0  # endpoints of two-sided valuation; both the mark when it is good
        self.high_mark: i64 = 0
        self.counts_profit: bool = False  # unrealised profit counts only while the index is NORMAL
        self.open_interest: i64 = 0  # lots
        # No position and no open interest grows beyond what 64 bits value at the highest price.
        self.size_max: i64 = NOTIONAL_MAX // lot_value_max
        self.open_interest_max: i64 = self.size_max
        self.positions: list[Position | None] = []  # by slot of the account
        self.sweep_slot: i64 = -1  # funding goes on from here; -1: it is complete
        self.funding_residue: int = 0  # paid in less paid out since the sweep began

    def position(self, slot: i64) -> Position | None:
        """The position of the account in that slot, or None when it never had one."""
        if slot < len(self.positions):
            return self.positions[slot]
        return None

    def add_position(self, position: Position) -> None:
        """Index a new position."""
        slot = position.account_slot
        while len(self.positions) <= slot:
            self.positions.append(None)
        assert self.positions[slot] is None
        self.positions[slot] = position
