"""The hidden true price of an asset: a path that jumps, with slow regimes of volatility."""

from __future__ import annotations

from seawall.simulation import calibration
from seawall.simulation.draws import Draws

# A path keeps this many digits below 1e-8, so that small moves of cheap assets do not vanish.
FINE = 10**8
PPB = 10**9
# How likely a move goes the way of the last one. Recorded: 779,264; but there small moves follow
# each other and large ones do not, so a path of independent sizes would run too far. Fitted to
# the volatility of 1 s.
PERSISTENCE_PPM = 620_000
# Regimes of volatility: factors on the size of moves whose mean square is 1. Six minutes cannot
# tell them; they are a choice that makes quiet and wild minutes.
REGIME_FACTORS_PPM = (550_000, 850_000, 1_150_000, 1_270_000)
REGIME_US_MEAN = 60_000_000
# The path turns back when it has gone this many times up or down from where it started.
REACH = 3


class HiddenPath:
    """Where the price truly is. `price_e8` is read by venues; only `move` changes it."""

    def __init__(self, draws: Draws, level_e8: int) -> None:
        self._draws = draws
        self._fine = level_e8 * FINE
        self._low = self._fine // REACH
        self._high = self._fine * REACH
        self._way = 1
        self._regime = 1
        self._regime_ends_us = 0

    @property
    def price_e8(self) -> int:
        """The true price now."""
        return self._fine // FINE

    def gap_us(self) -> int:
        """Draw the time until the next move."""
        return max(1, self._draws.from_quantiles(calibration.MOVE_GAP_US))

    def move(self, time_us: int) -> None:
        """Jump, at `time_us` since the start."""
        draws = self._draws
        if time_us >= self._regime_ends_us:
            self._regime_ends_us = time_us + draws.below(2 * REGIME_US_MEAN)
            step = draws.sign()
            self._regime = min(len(REGIME_FACTORS_PPM) - 1, max(0, self._regime + step))
        if not draws.happens(PERSISTENCE_PPM):
            self._way = -self._way
        if self._fine < self._low:
            self._way = 1
        elif self._fine > self._high:
            self._way = -1
        size_ppb = draws.from_quantiles(calibration.MOVE_SIZE_PPB)
        size_ppb = size_ppb * REGIME_FACTORS_PPM[self._regime] // 10**6
        self._fine += self._way * (self._fine * size_ppb // PPB)
