"""How large a swap may grow: in proportion to the insurance fund behind it (domain 3.3).

The fund counts once it was above what the genesis seeded it with: until then its size says nothing
of the venue. Afterwards each swap of the asset may be open for twenty times its share.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.engine.state import Market, State
from seawall.core.engine.swap_market import SwapMarket

FUND_TIMES: Final = 20


def note_funds(state: State) -> None:
    """Remember which funds are, or were, above their seed."""
    for instrument_id in sorted(state.markets):
        market = state.markets[instrument_id]
        swap = market.swap
        if swap is None:
            continue
        asset_id = market.instrument.quote_asset_id
        if asset_id not in state.grown_funds and swap.fund.balance > fund_seed(state, asset_id):
            state.grown_funds[asset_id] = True


def fund_seed(state: State, asset_id: i64) -> i64:
    """What the asset's fund started with."""
    seed: i64 = 0
    for amount in state.genesis.fund_seeds:
        if amount.asset_id == asset_id:
            seed += amount.amount
    return seed


def set_open_interest_max(state: State, market: Market, swap: SwapMarket) -> None:
    """Set the largest open interest at the present mark and fund, in lots, rounded down. It may be
    below what is open: then only reducing orders pass.
    """
    swap.open_interest_max = swap.size_max
    asset_id = market.instrument.quote_asset_id
    if not state.is_protected or swap.mark == 0 or asset_id not in state.grown_funds:
        return
    swaps: int = 0
    for other in state.markets.values():
        if other.swap is not None and other.instrument.quote_asset_id == asset_id:
            swaps += 1
    share: int = int(swap.fund.balance) // swaps
    lots: int = FUND_TIMES * share // (int(swap.mark) * int(market.instrument.unit_value))
    if lots < swap.size_max:
        swap.open_interest_max = lots
