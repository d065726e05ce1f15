"""Outside prices as the edge knows them: indices, marks, price limits and funding, from events."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import msgspec

from seawall.core.model.genesis import IndexDefinition
from seawall.core.model.risk_events import (
    FundingSettled,
    FundingSkipped,
    IndexPublished,
    MarkPublished,
    PriceLimitsChanged,
)
from seawall.gateway.handlers import Handler
from seawall.gateway.limits import FUNDING_ROUNDS_MAX
from seawall.gateway.views import FundingRoundView, IndexView, MarkView, PriceLimitsView

NS_PER_MS = 1_000_000
NO_INDEX = IndexView(index_id=0, name="")


class PriceMaps:
    """The newest price of everything, and the last rounds of funding."""

    def __init__(self, definitions: Iterable[IndexDefinition]) -> None:
        self._indices: dict[int, IndexView] = {
            one.index_id: IndexView(index_id=one.index_id, name=one.name.decode("ascii", "replace"))
            for one in definitions
        }
        self._marks: dict[int, MarkView] = {}
        self._limits: dict[int, PriceLimitsView] = {}
        self._rounds: dict[int, deque[FundingRoundView]] = {}

    def handlers(self) -> dict[type, Handler]:
        """Which events change these maps, and how."""
        return {
            IndexPublished: self._on_index,
            MarkPublished: self._on_mark,
            PriceLimitsChanged: self._on_limits,
            FundingSettled: self._on_settled,
            FundingSkipped: self._on_skipped,
        }

    def indices(self) -> list[IndexView]:
        """All indices, by id."""
        return list(self._indices.values())

    def index(self, index_id: int) -> IndexView:
        """The index with this id; one without a value when there is none."""
        return self._indices.get(index_id, NO_INDEX)

    def mark(self, instrument_id: int) -> MarkView:
        """The mark of a swap; one without a value before the first."""
        return self._marks.get(instrument_id) or MarkView(instrument_id=instrument_id)

    def limits(self, instrument_id: int) -> PriceLimitsView:
        """What orders may ask and bid."""
        return self._limits.get(instrument_id) or PriceLimitsView()

    def funding_rounds(self, instrument_id: int) -> list[FundingRoundView]:
        """The last settlements that this process has seen, newest first."""
        return list(reversed(self._rounds.get(instrument_id, ())))

    def _on_index(self, event: IndexPublished, _seq: int, time_ns: int) -> None:
        known = self.index(event.index_id)
        self._indices[event.index_id] = msgspec.structs.replace(
            known,
            index_id=event.index_id,
            value_e8=event.value_e8,
            low_e8=event.low_e8,
            high_e8=event.high_e8,
            state=event.state,
            reason=event.reason,
            updated_ns=time_ns,
        )

    def _on_mark(self, event: MarkPublished, _seq: int, time_ns: int) -> None:
        self._marks[event.instrument_id] = MarkView(
            instrument_id=event.instrument_id,
            mark=event.mark,
            is_held=event.is_held,
            index_e8=event.index_e8,
            funding_e8=event.funding_e8,
            funding_ms=event.funding_ms,
            open_interest=event.open_interest,
            updated_ns=time_ns,
        )

    def _on_limits(self, event: PriceLimitsChanged, _seq: int, time_ns: int) -> None:
        self._limits[event.instrument_id] = PriceLimitsView(
            low=event.low, high=event.high, updated_ns=time_ns
        )

    def _on_settled(self, event: FundingSettled, _seq: int, time_ns: int) -> None:
        rounds = self._rounds.setdefault(event.instrument_id, deque(maxlen=FUNDING_ROUNDS_MAX))
        rounds.append(
            FundingRoundView(
                instrument_id=event.instrument_id,
                rate_e8=event.rate_e8,
                mark=event.mark,
                time_ms=time_ns // NS_PER_MS,
                next_ms=event.next_ms,
            )
        )
        self._move_funding(event.instrument_id, event.next_ms)

    def _on_skipped(self, event: FundingSkipped, _seq: int, _time_ns: int) -> None:
        self._move_funding(event.instrument_id, event.next_ms)

    def _move_funding(self, instrument_id: int, next_ms: int) -> None:
        self._marks[instrument_id] = msgspec.structs.replace(
            self.mark(instrument_id), funding_ms=next_ms
        )
