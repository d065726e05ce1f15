"""What outside sources say of the indices once a second: near the fair price, each a little off."""

from __future__ import annotations

from typing import Final

from seawall.core.model.commands import ObservePrices
from seawall.simulation.draws import Draws
from seawall.simulation.workload.genesis import SOURCE_DOMAINS, TICK_SIZE_E8

SOURCES: Final = len(SOURCE_DOMAINS)
_NOISE: Final = 7  # ticks
_HALF_SPREAD: Final = 5  # ticks
_LATE_MS: Final = 20  # from the source to us
_NO_HASH: Final = bytes(32)


class Observations:
    """Seven sources, all sound."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws
        self._trade_id = 0

    def of_second(self, *, wall_ms: int, fair: list[int]) -> list[list[ObservePrices]]:
        """What each source says at `wall_ms`, of every index (the first has id 1); `fair` is in
        ticks.
        """
        return [
            [
                self._observation(source_id, place + 1, price, wall_ms)
                for place, price in enumerate(fair)
            ]
            for source_id in range(SOURCES)
        ]

    def _observation(
        self, source_id: int, index_id: int, price: int, wall_ms: int
    ) -> ObservePrices:
        self._trade_id += 1
        middle = price + self._draws.below(_NOISE) - _NOISE // 2
        bid, ask = middle - _HALF_SPREAD, middle + _HALF_SPREAD
        return ObservePrices(
            source_id=source_id,
            index_id=index_id,
            bid_e8=bid * TICK_SIZE_E8,
            ask_e8=ask * TICK_SIZE_E8,
            last_e8=middle * TICK_SIZE_E8,
            low_e8=bid * TICK_SIZE_E8,
            high_e8=ask * TICK_SIZE_E8,
            trade_id=self._trade_id,
            venue_ms=wall_ms - _LATE_MS,
            receive_ms=wall_ms,
            updates=20,
            is_deep=True,
            is_synthetic=True,
            stream_hash=_NO_HASH,
        )
