"""Algo orders as a list that is searched from end to end: the twin of the firing index.

It reads the events of a venue whose prices may always act, keeps its own last prices, marks and
indices, and says which algo order must fire next, by which leg and at which price. Written from
the rules (domain 6.4); nothing here knows how the engine finds its answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from seawall.core.model.enums import AlgoType, Side, TriggerPrice
from seawall.core.model.events import Event
from seawall.core.model.order_events import OrderFilled
from seawall.core.model.risk_events import (
    AlgoAccepted,
    AlgoCancelled,
    AlgoTriggered,
    IndexPublished,
    MarkPublished,
)


@dataclass
class Leg:
    """A price that is waited for."""

    number: int
    trigger_by: int
    trigger: Fraction
    is_above: bool

    def is_reached(self, price: Fraction) -> bool:
        """Equality fires."""
        return price >= self.trigger if self.is_above else price <= self.trigger


@dataclass
class Waiting:
    """An algo order that was accepted and has not ended."""

    terms: AlgoAccepted
    legs: list[Leg]
    best: Fraction | None = None  # of a trailing order
    is_active: bool = False
    has_fired: bool = False

    def follows(self, price: Fraction) -> bool:
        """Take the price of an active trailing order; whether it fires."""
        if self.best is None:
            self.best = price
            return False
        sign = 1 if self.terms.side == Side.SELL else -1
        ratio = Fraction(int(self.terms.callback_e8), 10**8)
        distance = self.best * ratio + int(self.terms.callback_ticks)
        if sign * (self.best - price) >= distance:
            return True
        self.best = max(self.best, price) if sign > 0 else min(self.best, price)
        return False


class NaiveTriggers:
    """Reads entries; `complaints` says what the engine did otherwise. Prices are in ticks, those of
    an index fractions of them.
    """

    def __init__(self, ticks_e8: dict[int, int], indices: dict[int, int]) -> None:
        self.ticks_e8 = ticks_e8  # instrument: its tick
        self.indices = indices  # instrument: its index
        self.prices: dict[tuple[int, int], Fraction] = {}  # instrument, kind
        self.waiting: dict[int, Waiting] = {}
        self.queue: list[tuple[int, int, int]] = []  # algo id, leg, price e8
        self.complaints: list[str] = []
        self.fired = 0
        self._published: list[tuple[int, int]] = []
        self._traded: set[int] = set()

    def see(self, events: list[Event]) -> NaiveTriggers:
        """Read the events of one entry."""
        for event in events:
            self._see(event)
        self._look_at_published()
        self._look_at_traded()
        for algo_id, leg, price_e8 in self.queue:
            self.complaints.append(f"{algo_id} leg {leg} should have fired at {price_e8}")
        self.queue = []
        return self

    def _see(self, event: Event) -> None:
        if isinstance(event, MarkPublished):
            self.prices[int(event.instrument_id), TriggerPrice.MARK] = Fraction(int(event.mark))
            self._published.append((int(event.instrument_id), TriggerPrice.MARK))
        elif isinstance(event, IndexPublished):
            for instrument_id, index_id in self.indices.items():
                if index_id == event.index_id:
                    value = Fraction(int(event.value_e8), self.ticks_e8[instrument_id])
                    self.prices[instrument_id, TriggerPrice.INDEX] = value
                    self._published.append((instrument_id, TriggerPrice.INDEX))
        elif isinstance(event, OrderFilled):
            self._look_at_published()
            instrument_id = int(event.instrument_id)
            self.prices[instrument_id, TriggerPrice.LAST] = Fraction(int(event.price))
            self._traded.add(instrument_id)
        elif isinstance(event, AlgoAccepted):
            self._accept(event)
        elif isinstance(event, AlgoCancelled):
            if self.waiting.pop(int(event.algo_id), None) is None:
                self.complaints.append(f"{event.algo_id} ended and did not wait")
            self.queue = [one for one in self.queue if one[0] != event.algo_id]
        elif isinstance(event, AlgoTriggered):
            self._look_at_published()
            self._look_at_traded()
            self._trigger(event)

    def _accept(self, event: AlgoAccepted) -> None:
        found = Waiting(event, [])
        rows = [(0, event.trigger_by, event.trigger_price)]
        if event.algo_type == AlgoType.OCO:
            rows.append((1, event.second_trigger_by, event.second_trigger_price))
        if event.algo_type == AlgoType.TRAILING:
            rows = [(0, event.trigger_by, event.active_price)]
            if event.active_price == 0:
                rows = []
                found.is_active = True
                found.best = self.prices[int(event.instrument_id), int(event.trigger_by)]
        for number, trigger_by, trigger in rows:
            now = self.prices[int(event.instrument_id), int(trigger_by)]
            is_above = Fraction(int(trigger)) >= now
            found.legs.append(Leg(number, int(trigger_by), Fraction(int(trigger)), is_above))
        self.waiting[int(event.algo_id)] = found

    def _trigger(self, event: AlgoTriggered) -> None:
        said = (int(event.algo_id), int(event.leg), int(event.price_e8))
        self.fired += 1
        if not self.queue:
            self.complaints.append(f"{said} fired, nothing should")
        elif self.queue[0] != said:
            self.complaints.append(f"{said} fired, {self.queue[0]} should")
        self.queue = [one for one in self.queue if one[0] != event.algo_id]
        self.waiting.pop(int(event.algo_id), None)

    def _look_at_published(self) -> None:
        """Marks before indices of each instrument, all of them one group."""
        group: list[tuple[int, int, int]] = []
        for instrument_id, kind in sorted(self._published):
            group += self._reached(instrument_id, kind)
        self._published = []
        self.queue += sorted(group)

    def _look_at_traded(self) -> None:
        group: list[tuple[int, int, int]] = []
        for instrument_id in sorted(self._traded):
            group += self._reached(instrument_id, TriggerPrice.LAST)
        self._traded = set()
        self.queue += sorted(group)

    def _reached(self, instrument_id: int, kind: int) -> list[tuple[int, int, int]]:
        price = self.prices[instrument_id, kind]
        price_e8 = int(price * self.ticks_e8[instrument_id])
        group = []
        for algo_id, one in self.waiting.items():
            if one.has_fired or one.terms.instrument_id != instrument_id or price == 0:
                continue
            leg = self._leg_reached(one, kind, price)
            if leg is not None:
                one.has_fired = True
                group.append((algo_id, leg, price_e8))
        return group

    def _leg_reached(self, one: Waiting, kind: int, price: Fraction) -> int | None:
        if one.terms.algo_type == AlgoType.TRAILING:
            if one.terms.trigger_by != kind:
                return None
            if one.is_active:
                return 0 if one.follows(price) else None
            if one.legs[0].is_reached(price):
                one.is_active = True
                one.best = price
            return None
        for leg in one.legs:
            if leg.trigger_by == kind and leg.is_reached(price):
                return leg.number
        return None
