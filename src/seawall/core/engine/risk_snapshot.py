"""The canonical state of prices and positions, as `snapshot.py` writes and reads it.

What is derivable is left out: counters of open orders, open interest, the watch of liquidations. A
position that never had an effect leaves no trace.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.clearing import Position
from seawall.core.engine.snapshot_reader import Reader
from seawall.core.engine.state import Market, State
from seawall.core.engine.swap_fill import cash_of
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.engine.swap_orders import is_in_use
from seawall.core.model.codec import Writer, write_word
from seawall.core.model.enums import MarginMode
from seawall.core.pricing import (
    BAND_STOPS_BYTES,
    FUNDING_STATE_BYTES,
    GUARD_PARAMETERS_BYTES,
    MARK_PRICE_BYTES,
    OWN_AVERAGE_BYTES,
    PREMIUM_MEAN_BYTES,
    read_band_stops,
    read_funding_state,
    read_guard_parameters,
    read_index_state,
    read_mark_price,
    read_own_average,
    read_premium_mean,
    write_band_stops,
    write_funding_state,
    write_guard_parameters,
    write_index_state,
    write_mark_price,
    write_own_average,
    write_premium_mean,
)

_PAUSE_DUE: Final = 1
_WAS_HELD: Final = 2
_HOLD_HALTED: Final = 4
_NEW_PRICE: Final = 8


def write_indices(out: Writer, state: State) -> None:
    """Freezes, arming and every index."""
    frozen: i64 = 1 if state.is_frozen else 0
    write_word(out, frozen)
    write_word(out, state.frozen_by)
    write_word(out, len(state.frozen_indices))
    for index_id in sorted(state.frozen_indices):
        write_word(out, index_id)
        write_word(out, state.frozen_indices[index_id])
    write_word(out, len(state.grown_funds))
    for asset_id in sorted(state.grown_funds):
        write_word(out, asset_id)
    write_word(out, len(state.armed_ms))
    for index_id in sorted(state.armed_ms):
        write_word(out, index_id)
        write_word(out, state.armed_ms[index_id])
    write_word(out, len(state.indices))
    for index_id in sorted(state.indices):
        write_index_state(out, state.indices[index_id])
    write_word(out, len(state.hedges))
    for hedge_id in sorted(state.hedges):
        out.write(hedge_id)


def read_indices(state: State, reader: Reader) -> None:
    """The inverse; the indices of the genesis exist already."""
    state.is_frozen = reader.word() != 0
    state.frozen_by = reader.word()
    for _ in range(reader.word()):
        index_id = reader.word()
        state.frozen_indices[index_id] = reader.word()
    for _ in range(reader.word()):
        state.grown_funds[reader.word()] = True
    for _ in range(reader.word()):
        index_id = reader.word()
        state.armed_ms[index_id] = reader.word()
    assert reader.word() == len(state.indices)
    for index_id in sorted(state.indices):
        reader.at = read_index_state(state.indices[index_id], reader.data, reader.at)
    for _ in range(reader.word()):
        state.hedges[reader.raw(32)] = True


def write_market_risk(out: Writer, market: Market) -> None:
    """What a market has besides its terms and its orders."""
    marks: i64 = (
        (_PAUSE_DUE if market.is_pause_due else 0)
        | (_WAS_HELD if market.was_held else 0)
        | (_HOLD_HALTED if market.is_hold_halted else 0)
        | (_NEW_PRICE if market.has_new_price else 0)
    )
    for word in (
        market.last_price,
        market.listed_ms,
        market.low,
        market.high,
        market.band_low,
        market.band_high,
        market.paused_until_ms,
        market.one_sided_ms,
        marks,
    ):
        write_word(out, word)
    write_own_average(out, market.own_average)
    guards = market.guards
    if guards is not None:
        write_guard_parameters(out, guards)
        write_premium_mean(out, market.premium)
        write_band_stops(out, market.band_stops)
    swap = market.swap
    if swap is not None:
        _write_swap(out, swap)


def _write_swap(out: Writer, swap: SwapMarket) -> None:
    held: i64 = 1 if swap.is_held else 0
    counts: i64 = 1 if swap.counts_profit else 0
    for word in (
        swap.mark,
        swap.low_mark,
        swap.high_mark,
        held,
        counts,
        swap.open_interest_max,
        swap.sweep_slot,
    ):
        write_word(out, word)
    write_word(out, swap.funding_residue)
    write_mark_price(out, swap.mark_price)
    write_funding_state(out, swap.funding)
    kept: list[Position] = []
    for position in swap.positions:
        if position is not None and has_trace(swap, position):
            kept.append(position)
    write_word(out, len(kept))
    for position in kept:
        _write_position(out, swap, position)


def has_trace(swap: SwapMarket, position: Position) -> bool:
    """Whether the position is, or ever was, more than the thought of an order."""
    return (
        is_in_use(position)
        or position.lever != swap.default_lever
        or position.realised != 0
        or position.fees != 0
        or position.funding_paid != 0
    )


def _write_position(out: Writer, swap: SwapMarket, position: Position) -> None:
    mode: i64 = position.margin_mode if is_in_use(position) else MarginMode.CROSS
    opened_ms: i64 = position.opened_ms if position.size != 0 else 0
    for word in (
        position.account_slot,
        position.size,
        position.cost,
        mode,
        position.lever,
        position.realised,
        position.fees,
        position.funding_paid,
        opened_ms,
    ):
        write_word(out, word)
    # What funding is outstanding, relative to the instrument: 0 once it is swept.
    lag: int = swap.funding.cumulative - position.funding_index if position.size != 0 else 0
    write_word(out, lag >> 62)
    write_word(out, lag & (2**62 - 1))


def read_market_risk(state: State, reader: Reader, market: Market) -> None:
    """The inverse of `write_market_risk`."""
    market.last_price = reader.word()
    market.listed_ms = reader.word()
    market.low = reader.word()
    market.high = reader.word()
    market.band_low = reader.word()
    market.band_high = reader.word()
    market.paused_until_ms = reader.word()
    market.one_sided_ms = reader.word()
    marks = reader.word()
    market.is_pause_due = marks & _PAUSE_DUE != 0
    market.was_held = marks & _WAS_HELD != 0
    market.is_hold_halted = marks & _HOLD_HALTED != 0
    market.has_new_price = marks & _NEW_PRICE != 0
    market.own_average = read_own_average(
        reader.data, reader.take(OWN_AVERAGE_BYTES), seconds=market.own_average.seconds
    )
    if market.guards is not None:
        market.guards = read_guard_parameters(reader.data, reader.take(GUARD_PARAMETERS_BYTES))
        market.premium = read_premium_mean(reader.data, reader.take(PREMIUM_MEAN_BYTES))
        market.band_stops = read_band_stops(reader.data, reader.take(BAND_STOPS_BYTES))
    swap = market.swap
    if swap is not None:
        _read_swap(state, reader, market, swap)


def _read_swap(state: State, reader: Reader, market: Market, swap: SwapMarket) -> None:
    swap.mark = reader.word()
    swap.low_mark = reader.word()
    swap.high_mark = reader.word()
    swap.is_held = reader.word() != 0
    swap.counts_profit = reader.word() != 0
    swap.open_interest_max = reader.word()
    swap.sweep_slot = reader.word()
    swap.funding_residue = reader.word()
    guards = market.guards
    assert guards is not None
    swap.mark_price = read_mark_price(
        reader.data,
        reader.take(MARK_PRICE_BYTES),
        clamp_e8=guards.mark_clamp_e8,
        basis_clamp_e8=guards.basis_clamp_e8,
    )
    swap.funding = read_funding_state(
        reader.data, reader.take(FUNDING_STATE_BYTES), swap.funding.parameters
    )
    lots: i64 = 0
    for _ in range(reader.word()):
        lots += _read_position(state, reader, market, swap)
    swap.open_interest = lots // 2


def _read_position(state: State, reader: Reader, market: Market, swap: SwapMarket) -> i64:
    account = state.accounts[reader.word()]
    position = state.position(account, market)
    position.size = reader.word()
    position.cost = reader.word()
    position.margin_mode = reader.word()
    position.lever = reader.word()
    position.realised = reader.word()
    position.fees = reader.word()
    position.funding_paid = reader.word()
    position.opened_ms = reader.word()
    high: int = reader.word()
    low: int = reader.word()
    position.funding_index = swap.funding.cumulative - (high << 62 | low)
    if position.margin_mode == MarginMode.ISOLATED:
        cash_of(state, market, account, position)
    return position.size if position.size >= 0 else -position.size
