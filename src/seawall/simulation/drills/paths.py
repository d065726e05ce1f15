"""True prices of a drill: what the market was worth at each moment, before anybody reported it.

A path is one price per second of venue time and a straight line between; sources, makers and the
judge of the index read the same path. Integers only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath

from seawall.errors import BadConfiguration
from seawall.simulation.draws import MILLION, Draws
from seawall.simulation.recording import Recorded, Touch, find_recordings


class TruePath:
    """Prices (e8) at `start_ms` and each second after; before and behind they stand still."""

    def __init__(self, *, start_ms: int, prices_e8: Sequence[int]) -> None:
        assert prices_e8 and min(prices_e8) > 0, "a path has prices, all above zero"
        self._start_ms = start_ms
        self._prices = list(prices_e8)

    def price_e8(self, at_ms: int) -> int:
        """The true price at a moment."""
        second, within = divmod(max(0, at_ms - self._start_ms), 1_000)
        if second + 1 >= len(self._prices):
            return self._prices[-1]
        here, there = self._prices[second], self._prices[second + 1]
        return here + (there - here) * within // 1_000


def wandering(
    draws: Draws,
    *,
    level_e8: int,
    seconds: int,
    deviation_ppm: int,
    slides: Sequence[tuple[int, int, int]] = (),
) -> list[int]:
    """A random walk from a level. `slides`: (from second, to second, ppm in all): real moves of the
    market that come on top, a little each second.
    """
    drift = [0] * (seconds + 1)
    for first, last, ppm in slides:
        for second in range(first, min(last, seconds + 1)):
            drift[second] += ppm // (last - first)
    fine = level_e8 * MILLION
    prices = []
    for second in range(seconds + 1):
        prices.append(fine // MILLION)
        fine += fine * (draws.bell(deviation_ppm) + drift[second]) // MILLION
    return prices


def recorded(directory: FilePath, *, symbol: str, seconds: int) -> list[int]:
    """The path of a recording: its mid price, a value a second. Raises BadConfiguration."""
    for recording in find_recordings(directory):
        if symbol in recording.symbols:
            return _mids(recording.read(), symbol=symbol, seconds=seconds)
    raise BadConfiguration(
        expected=f"a recording of {symbol} in {directory}",
        found="recordings of other symbols",
        to_do="add one, or run the drill without a tape",
    )


def _mids(lines: Iterator[Recorded], *, symbol: str, seconds: int) -> list[int]:
    prices: list[int] = []
    first_ns = 0
    mid = 0
    for line in lines:
        if line.symbol != symbol or not isinstance(line.what, Touch):
            continue
        first_ns = first_ns or line.receive_ns
        while mid and len(prices) <= (line.receive_ns - first_ns) // 1_000_000_000:
            prices.append(mid)
            if len(prices) > seconds:
                return prices
        mid = (line.what.bid_e8 + line.what.ask_e8) // 2
    return [*prices, mid]
