"""The window of an incident, and the price that a rerun believes.

In the window, and for a minute after it, the book and its trades may be the incident's own work.
There the reference is the repaired index plus the basis frozen when the window began, and it stands
for everything that a mark takes from the book.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.state import Market, State

POLLUTED_MS: Final = 60_000  # after the window
GRACE_MS: Final = 1_800_000  # from the notice: a late liquidation waits


@final
@mypyc_attr(acyclic=True)
class References:
    """`window_from` and `window_to` are the seqs of the first edited entry and of the freeze, both
    included; 0 and -1 when nothing is edited.
    """

    def __init__(self, *, window_from: i64, window_to: i64) -> None:
        self.window_from: i64 = window_from
        self.window_to: i64 = window_to
        self.ended_ms: i64 = -1  # the clock at the end of the window
        self._bases: dict[int, int] = {}  # instrument id -> e8

    def begin_entry(self, state: State) -> None:
        """Freeze the bases when the window begins; note when it ends."""
        if self.window_from == 0:
            return
        if state.seq == self.window_from:
            for instrument_id, market in state.markets.items():
                self._bases[instrument_id] = _basis_e8(state, market)
        if state.seq > self.window_to and self.ended_ms < 0:
            self.ended_ms = state.clock_ms

    def is_reviewed(self, state: State) -> bool:
        """Whether fills of this entry are reviewed."""
        return self.window_from != 0 and self.window_from <= state.seq <= self.window_to

    def is_after_start(self, state: State) -> bool:
        """Whether the window has begun."""
        return self.window_from != 0 and state.seq >= self.window_from

    def is_polluted(self, state: State) -> bool:
        """Whether the book is not to be believed: in the window and a minute after it."""
        if not self.is_after_start(state):
            return False
        return self.ended_ms < 0 or state.clock_ms < self.ended_ms + POLLUTED_MS

    def is_in_grace(self, state: State) -> bool:
        """Whether who was wrongly liquidated had no time yet to act for himself."""
        if not self.is_after_start(state):
            return False
        return self.ended_ms < 0 or state.clock_ms < self.ended_ms + GRACE_MS

    def basis_e8(self, market: Market) -> i64:
        """The frozen basis over the index; of an instrument listed later none."""
        return self._bases.get(market.instrument.instrument_id, 0)

    def reviewed_e8(self, market: Market) -> i64:
        """Repaired index plus frozen basis; 0 when there is no index."""
        index = market.index
        if index is None or index.value_e8 == 0:
            return 0
        return index.value_e8 + self.basis_e8(market)

    def ticks(self, state: State, market: Market) -> i64:
        """The fair price now in ticks; 0 when there is none."""
        swap = market.swap
        if swap is not None and not self.is_polluted(state):
            return swap.mark
        reference_e8 = self.reviewed_e8(market)
        if reference_e8 <= 0:
            return market.last_price
        tick_e8 = market.instrument.tick_size_e8
        found = (reference_e8 + tick_e8 // 2) // tick_e8
        return found if found > 0 else 1


def _basis_e8(state: State, market: Market) -> i64:
    """What the market was above its index before the window: its mark, or of spot the mean of its
    book. Without protections a mark is the index.
    """
    index = market.index
    if index is None or index.value_e8 == 0 or not state.is_protected:
        return 0
    swap = market.swap
    if swap is not None:
        return swap.mark * market.instrument.tick_size_e8 - index.value_e8 if swap.mark > 0 else 0
    return market.premium.mean_e8(state.clock_ms)
