"""What traders see of the outside venues: a mid price per instrument, the middle of all sources."""

from __future__ import annotations

from collections.abc import Mapping

from seawall.feeds.updates import OutsideBbo, Update

STALE_MS = 10_000


class OutsideView:
    """The last best bid and offer of each source; `names` gives the outside markets by id."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self._names = names
        self._mids: dict[str, dict[int, tuple[int, int]]] = {}  # source -> (receive_ms, mid_e8)

    def deliver(self, update: Update) -> None:
        """Take one update of a source; trades tell nothing new about where to quote."""
        name = self._names.get(update.instrument_id)
        if name is not None and isinstance(update, OutsideBbo) and 0 < update.bid_e8:
            mids = self._mids.setdefault(name, {})
            mids[update.source_id] = (update.receive_ms, (update.bid_e8 + update.ask_e8) // 2)

    def mid_e8(self, name: str, now_ms: int) -> int:
        """The median of the mids that are not older than 10 s; 0 when there is none."""
        fresh = sorted(
            mid for at_ms, mid in self._mids.get(name, {}).values() if now_ms - at_ms <= STALE_MS
        )
        return fresh[len(fresh) // 2] if fresh else 0
