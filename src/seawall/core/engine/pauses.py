"""Markets that pause by themselves: takers who run into the band, a hold with half a book, a price
that has come back elsewhere, a price of a few ticks (domain 1.4, 5.3, 10).

There are no call auctions yet, so a pause is post-only for the time the genesis sets.
"""

from typing import Final

from seawall.core.engine.state import Market, State
from seawall.core.engine.trading_states import change_trading_state, say_state, shown_state
from seawall.core.model.enums import IndexState, TradingState
from seawall.core.model.units import rate_floor
from seawall.core.pricing import GuardedIndex

TICKS_MIN: Final = 10  # an index below so many ticks cannot be traded sensibly
ONE_SIDED_MS: Final = 60_000


def tick_pauses(state: State) -> None:
    """Begin and end the pauses of every market with an index. Without protections nothing pauses.

    A pause that ends is followed by no other in the same tick.
    """
    if not state.is_protected:
        return
    for instrument_id in sorted(state.markets):
        market = state.markets[instrument_id]
        index = market.index
        if index is None:
            continue
        before = shown_state(market)
        if market.paused_until_ms != 0 and state.clock_ms >= market.paused_until_ms:
            market.paused_until_ms = 0
            market.band_stops.forget()
            market.is_pause_due = False
        elif market.is_pause_due:
            _pause(state, market)
        if market.swap is not None:
            _watch_hold(state, market, index)
        if shown_state(market) != before:
            say_state(state, market, before)
        is_good = index.state == IndexState.NORMAL or index.state == IndexState.DEGRADED
        is_tiny = index.value_e8 < TICKS_MIN * market.instrument.tick_size_e8
        if is_good and is_tiny and market.instrument.trading_state != TradingState.HALTED:
            change_trading_state(state, market, TradingState.HALTED)


def _pause(state: State, market: Market) -> None:
    market.paused_until_ms = state.clock_ms + state.genesis.parameters.long_post_only_ms
    market.band_stops.forget()
    market.is_pause_due = False


def _watch_hold(state: State, market: Market, index: GuardedIndex) -> None:
    """A hold halts a swap whose book had one side only for a minute, and ends in a pause when the
    index comes back far from the last trade.
    """
    if index.state == IndexState.HOLD:
        market.was_held = True
        has_bids = market.book.bids.best() is not None
        if has_bids == (market.book.asks.best() is not None):
            market.one_sided_ms = -1
        elif market.one_sided_ms < 0:
            market.one_sided_ms = state.clock_ms
        elif state.clock_ms - market.one_sided_ms >= ONE_SIDED_MS:
            market.is_hold_halted = True
        return
    market.one_sided_ms = -1
    market.is_hold_halted = False
    if index.state == IndexState.CONFIRM or not market.was_held:
        return
    market.was_held = False
    guards = market.guards
    assert guards is not None
    last_e8: int = int(market.last_price) * int(market.instrument.tick_size_e8)
    room: int = rate_floor(index.value_e8, guards.band_e8)
    if last_e8 > 0 and abs(last_e8 - index.value_e8) > room:
        _pause(state, market)
