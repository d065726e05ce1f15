"""Algo orders as the edge knows them: those that wait, and those that ended lately."""

from __future__ import annotations

import msgspec

from seawall.core.model.codec import unpadded
from seawall.core.model.enums import InstrumentKind, TriggerPrice
from seawall.core.model.repair_events import AlgoRearmed
from seawall.core.model.risk_events import AlgoAccepted, AlgoCancelled, AlgoTriggered
from seawall.gateway.handlers import Handler
from seawall.gateway.limits import (
    CLIENT_ID_MEMORY_NS,
    ENDED_ALGOS_MAX,
    ENDED_ALGOS_PER_ACCOUNT_MAX,
)
from seawall.gateway.recent_memory import RecentMemory
from seawall.gateway.venue_maps import VenueMaps
from seawall.gateway.views import AlgoState, AlgoView


class AlgoMaps:
    """Waiting and lately ended algo orders of each account."""

    def __init__(self, venue: VenueMaps) -> None:
        self._venue = venue
        self._waiting: dict[int, dict[int, AlgoView]] = {}  # by account, then algo id
        self._last_prices: dict[int, int] = {}  # of the newest trade, ticks
        self._ended: RecentMemory[AlgoView] = RecentMemory(
            per_account_max=ENDED_ALGOS_PER_ACCOUNT_MAX,
            total_max=ENDED_ALGOS_MAX,
            age_ns_max=CLIENT_ID_MEMORY_NS,
            on_forget=lambda _account_id, _algo: None,
        )

    def handlers(self) -> dict[type, Handler]:
        """Which events change these maps, and how."""
        return {
            AlgoAccepted: self._on_accepted,
            AlgoRearmed: self._on_rearmed,
            AlgoTriggered: self._on_triggered,
            AlgoCancelled: self._on_cancelled,
        }

    def waiting(self, account_id: int) -> list[AlgoView]:
        """The account's algo orders that wait, newest first."""
        return [view for _, view in sorted(self._waiting.get(account_id, {}).items(), reverse=True)]

    def ended(self, account_id: int) -> list[AlgoView]:
        """Those that ended within the memory, newest first."""
        return sorted(self._ended.of_account(account_id).values(), key=lambda one: -one.algo_id)

    def algo(self, account_id: int, algo_id: int) -> AlgoView | None:
        """One of them, by its id."""
        found = self._waiting.get(account_id, {}).get(algo_id)
        return found or self._ended.get(account_id=account_id, key=algo_id)

    def algo_by_client_id(self, account_id: int, client_id: bytes) -> AlgoView | None:
        """The newest with this client id."""
        for view in [*self.waiting(account_id), *self.ended(account_id)]:
            if view.client_id == client_id:
                return view
        return None

    def note_trade(self, instrument_id: int, price: int) -> None:
        """The newest trade of an instrument."""
        self._last_prices[instrument_id] = price

    def reference_e8(self, instrument_id: int, trigger_by: int) -> int:
        """The price that a trigger watches, e8; 0 when there is none yet."""
        instrument = self._venue.instrument(instrument_id)
        if instrument is None:
            return 0
        tick_e8 = instrument.tick_size_e8
        if trigger_by == TriggerPrice.LAST:
            return self._last_prices.get(instrument_id, 0) * tick_e8
        if trigger_by == TriggerPrice.MARK and instrument.kind == InstrumentKind.SWAP:
            return self._venue.prices.mark(instrument_id).mark * tick_e8
        return self._venue.prices.index(instrument.index_id).value_e8

    def is_rising(self, *, instrument_id: int, trigger_price: int, trigger_by: int) -> bool | None:
        """Whether a trigger placed now fires when its price rises to it; None while there is no
        price.
        """
        instrument = self._venue.instrument(instrument_id)
        reference_e8 = self.reference_e8(instrument_id, trigger_by)
        if instrument is None or reference_e8 == 0 or trigger_price == 0:
            return None
        return trigger_price * instrument.tick_size_e8 >= reference_e8

    def _on_rearmed(self, event: AlgoRearmed, seq: int, time_ns: int) -> None:
        self._ended.forget(account_id=event.account_id, key=event.algo_id)
        self._on_accepted(event, seq, time_ns)

    def _on_accepted(self, event: AlgoAccepted | AlgoRearmed, _seq: int, time_ns: int) -> None:
        view = AlgoView(
            algo_id=event.algo_id,
            account_id=event.account_id,
            instrument_id=event.instrument_id,
            algo_type=event.algo_type,
            side=event.side,
            quantity=event.quantity,
            margin_mode=event.margin_mode,
            reduce_only=event.reduce_only,
            self_trade_prevention=event.self_trade_prevention,
            trigger_price=event.trigger_price,
            trigger_by=event.trigger_by,
            order_price=event.order_price,
            second_trigger_price=event.second_trigger_price,
            second_trigger_by=event.second_trigger_by,
            second_order_price=event.second_order_price,
            callback_e8=event.callback_e8,
            callback_ticks=event.callback_ticks,
            active_price=event.active_price,
            client_id=unpadded(event.client_id),
            tag=unpadded(event.tag),
            created_ns=time_ns,
            updated_ns=time_ns,
            is_rising=self.is_rising(
                instrument_id=event.instrument_id,
                trigger_price=event.trigger_price,
                trigger_by=event.trigger_by,
            ),
        )
        self._waiting.setdefault(event.account_id, {})[event.algo_id] = view

    def _on_triggered(self, event: AlgoTriggered, _seq: int, time_ns: int) -> None:
        view = self._take(event.account_id, event.algo_id)
        if view is not None:
            self._remember(
                msgspec.structs.replace(
                    view,
                    state=AlgoState.FAILED if event.order_id == 0 else AlgoState.EFFECTIVE,
                    fired_leg=event.leg,
                    fired_e8=event.price_e8,
                    order_id=event.order_id,
                    reason=event.reason,
                    updated_ns=time_ns,
                )
            )

    def _on_cancelled(self, event: AlgoCancelled, _seq: int, time_ns: int) -> None:
        view = self._take(event.account_id, event.algo_id)
        if view is not None:
            self._remember(
                msgspec.structs.replace(
                    view, state=AlgoState.CANCELLED, reason=event.reason, updated_ns=time_ns
                )
            )

    def _take(self, account_id: int, algo_id: int) -> AlgoView | None:
        return self._waiting.get(account_id, {}).pop(algo_id, None)

    def _remember(self, view: AlgoView) -> None:
        self._ended.put(
            account_id=view.account_id, key=view.algo_id, value=view, time_ns=view.updated_ns
        )
