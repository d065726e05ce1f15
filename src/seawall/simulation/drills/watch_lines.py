"""What a world tells its watcher after each record: one line of JSON with what is to be seen."""

from __future__ import annotations

import msgspec

from seawall.core.model.enums import INDEX_STATE_NAMES, SOURCE_STATUS_NAMES, TRADING_STATE_NAMES
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import Event, PricesObserved, TradingStateChanged
from seawall.core.model.order_events import OrderFilled
from seawall.core.model.risk_events import (
    AlgoTriggered,
    DetectorFired,
    FreezeChanged,
    IndexPublished,
    LiquidationStepped,
    MarkPublished,
    PositionDeleveraged,
    PositionTakenOver,
    SourceStatusChanged,
)
from seawall.simulation.drills.venue import BTC_INDEX, BTC_SWAP, NAMES


class Scene(msgspec.Struct, kw_only=True):
    """What there is to see: prices e8, sources by id with what they say and whether they count."""

    clock_ms: int = 0
    index_e8: int = 0
    index_state: str = "init"
    mark: int = 0  # ticks
    sources: dict[int, tuple[int, str]] = {}
    states: dict[str, str] = {}
    fills: int = 0  # of this second
    fills_total: int = 0
    triggers: int = 0
    liquidations: int = 0
    taken_over: int = 0
    deleveraged: int = 0
    detections: int = 0
    frozen: list[int] = []  # index ids; 0 is the whole venue
    accounts_hit: int = 0


class WatchLine:
    """Follows BTC's index and what happens to accounts."""

    def __init__(self) -> None:
        states = dict.fromkeys(NAMES.values(), TRADING_STATE_NAMES[0])
        self.scene = Scene(sources={}, states=states, frozen=[])
        self._hit: set[int] = set()
        self._episodes: set[tuple[int, int, int]] = set()

    def after(self, events: bytes) -> bytes:
        """Take in a record's events and say what is to be seen now, as JSON."""
        scene = self.scene
        scene.fills = 0
        for entry in read_entries(events):
            scene.clock_ms = entry.clock_ms
            for event in entry.events:
                self._see(event)
                self._see_price(event)
        scene.accounts_hit = len(self._hit)
        scene.liquidations = len(self._episodes)
        return msgspec.json.encode(scene)

    def _see(self, event: Event) -> None:
        scene = self.scene
        if isinstance(event, OrderFilled):
            scene.fills += 1
            scene.fills_total += 1
        elif isinstance(event, AlgoTriggered):
            scene.triggers += 1
            self._hit.add(event.account_id)
        elif isinstance(event, LiquidationStepped):
            self._episodes.add((event.account_id, event.instrument_id, event.episode))
            self._hit.add(event.account_id)
        elif isinstance(event, PositionTakenOver):
            scene.taken_over += 1
            self._hit.add(event.account_id)
        elif isinstance(event, PositionDeleveraged):
            scene.deleveraged += 1
            self._hit.add(event.account_id)
        elif isinstance(event, DetectorFired):
            scene.detections += 1
        elif isinstance(event, FreezeChanged):
            scene.frozen = [one for one in scene.frozen if one != event.index_id]
            if event.is_frozen:
                scene.frozen.append(event.index_id)

    def _see_price(self, event: Event) -> None:
        scene = self.scene
        if isinstance(event, PricesObserved):
            if event.index_id == BTC_INDEX:
                _, status = scene.sources.get(event.source_id, (0, SOURCE_STATUS_NAMES[0]))
                scene.sources[event.source_id] = (event.last_e8, status)
        elif isinstance(event, SourceStatusChanged):
            if event.index_id == BTC_INDEX:
                said, _ = scene.sources.get(event.source_id, (0, ""))
                scene.sources[event.source_id] = (said, SOURCE_STATUS_NAMES[event.new_status])
        elif isinstance(event, IndexPublished):
            if event.index_id == BTC_INDEX:
                scene.index_e8 = event.value_e8
                scene.index_state = INDEX_STATE_NAMES[event.state]
        elif isinstance(event, MarkPublished):
            if event.instrument_id == BTC_SWAP:
                scene.mark = event.mark
        elif isinstance(event, TradingStateChanged):
            scene.states[NAMES[event.instrument_id]] = TRADING_STATE_NAMES[event.new_state]
