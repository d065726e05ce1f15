"""Takers that keep running into the execution band pause the instrument (domain 5.3)."""

from seawall.core.engine.state import Market, State


def note_band_stop(state: State, market: Market) -> None:
    """A taker stopped at the band; after fifteen seconds of that the next tick pauses the
    instrument.
    """
    stops = market.band_stops
    if stops.stop(state.clock_ms):
        market.is_pause_due = True
