"""Funding in the tick: premiums each minute, settlements at boundaries, and the sweep that makes
every position pay (domain 2.3).

A settlement only moves the instrument's cumulative index. Positions pay when they are touched, and
the sweep touches all of them, a slice each tick. When it is complete, what rounding left over goes
to sys:rounding.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.engine.guards import may_act_on_mark
from seawall.core.engine.overlay_shape import settle_overlay_funding
from seawall.core.engine.prices import impact_prices
from seawall.core.engine.state import Market, State
from seawall.core.engine.swap_fill import settle_funding
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.engine.trading_states import effective_state
from seawall.core.ledger import transfer
from seawall.core.model.enums import TradingState
from seawall.core.model.limits import TICK_EVENTS_MAX
from seawall.core.model.risk_event_writer import funding_settled, funding_skipped
from seawall.core.pricing import Action, premium_sample_e8

# A payment says itself, the position and up to two balances.
_EVENTS_EACH: Final = 4
_MINUTE_MS: Final = 60_000


def tick_funding(state: State, *, swept: i64) -> None:
    """Sample, settle, and begin the sweeps of what was settled; the tick has swept so many
    positions already.
    """
    for instrument_id in sorted(state.markets):
        market = state.markets[instrument_id]
        swap = market.swap
        if swap is not None:
            _step(state, market, swap)
    sweep_funding(state, swept=swept)


def _step(state: State, market: Market, swap: SwapMarket) -> None:
    may_act = may_act_on_mark(state, market, Action.FUNDING)
    funding = swap.funding
    can_sample = may_act and effective_state(state, market) == TradingState.LIVE
    if state.ports is not None and state.ports.is_polluted(state):
        can_sample = False
    premium_e8: i64 = 0
    if can_sample and state.clock_ms // _MINUTE_MS > funding.minute:
        index = market.index
        assert index is not None
        impact = impact_prices(state, market, swap)
        can_sample = index.value_e8 > 0 and impact.bid_e8 > 0 and impact.ask_e8 > 0
        if can_sample:
            premium_e8 = premium_sample_e8(
                index_e8=index.value_e8, impact_bid_e8=impact.bid_e8, impact_ask_e8=impact.ask_e8
            )
    before = funding.cumulative
    rounds = funding.step(
        clock_ms=state.clock_ms,
        can_sample=can_sample,
        can_settle=may_act and not swap.is_held and swap.mark > 0,
        premium_e8=premium_e8,
        mark=swap.mark,
        unit_value=market.instrument.unit_value,
    )
    overlay = state.overlay
    if overlay is not None and funding.cumulative != before:
        settle_overlay_funding(state, overlay, market, funding.cumulative - before)
    for made in rounds:
        if made.skipped > 0:
            funding_skipped(
                state.out,
                instrument_id=market.instrument.instrument_id,
                due_ms=made.boundary_ms,
                next_ms=funding.next_ms,
            )
        else:
            funding_settled(
                state.out,
                instrument_id=market.instrument.instrument_id,
                rate_e8=made.rate_e8,
                mark=made.mark,
                next_ms=funding.next_ms,
            )
            swap.sweep_slot = 0


def sweep_funding(state: State, *, swept: i64 = 0) -> i64:
    """Let positions pay and receive, one after the other, as far as the tick's events reach; a
    frozen venue or index waits. Returns how many the tick has swept, `swept` of them before.
    """
    for instrument_id in sorted(state.markets):
        market = state.markets[instrument_id]
        swap = market.swap
        index = market.index
        if swap is None or index is None or swap.sweep_slot < 0:
            continue
        if state.is_frozen or index.index_id in state.frozen_indices:
            continue
        count: i64 = len(swap.positions)
        while swap.sweep_slot < count and swept * _EVENTS_EACH < TICK_EVENTS_MAX:
            position = swap.positions[swap.sweep_slot]
            if position is not None and position.funding_index != swap.funding.cumulative:
                settle_funding(state, market, state.accounts[swap.sweep_slot], position)
                swept += 1
            swap.sweep_slot += 1
        if swap.sweep_slot >= count:
            swap.sweep_slot = -1
            _book_residue(state, swap)
    return swept


def _book_residue(state: State, swap: SwapMarket) -> None:
    """What was paid in and not paid out. It is negative only when payers had too little and neither
    the fund nor the house could pay for them; then later residues fill the gap first.
    """
    residue = swap.funding_residue
    if residue > 0:
        transfer(state.ledger, source=swap.clearing, target=swap.rounding, amount=residue)
        swap.funding_residue = 0
