"""Makers: several price levels on both sides of the outside mid, moved as it moves.

A maker asks what rests, compares with what should, amends what is off by more than a tolerance
and places what is missing. It leans against its inventory: with more of an asset than it began
with (or a long position in a swap) its quotes stand lower; with very much more, it buys only at its
outermost level. Orders whose answer was unknown are resolved before their place is
filled again, and orders of an earlier life of the process are cancelled, so a restart on either
side leaves nothing over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from seawall.simulation import calibration
from seawall.simulation.draws import Draws
from seawall.simulation.exchange import (
    Amend,
    Cancel,
    Ended,
    Exchange,
    NewOrder,
    OpenOrder,
)
from seawall.simulation.outside_view import OutsideView
from seawall.simulation.trading import ClientIds, Inventory, TradedInstrument, in_twenties

PPB = 10**9
LEVELS_MAX = 5
OPEN_ORDERS_MAX = 100  # what one answer of the venue shows
NEAREST_PPB = 150_000  # of the mid: half the spread, 1.5 bp
STEP_PPB = 150_000  # between levels
TOLERANCE_PPB = 60_000  # an order this far from its place stays
LEAN_PPB_MAX = 200_000
# Inventory of so many levels' sizes leans fully; beyond, only the outermost level adds to it.
LEAN_FULL_LEVELS = 40
ROUND_S = 1.0
AWAY_S_MAX = 5.0  # between rounds while the venue does not answer
INVENTORY_EVERY = 10  # rounds


class Place(msgspec.Struct, frozen=True):
    """A level of one side of one instrument; 0 is nearest to the mid."""

    instrument: str
    is_buy: bool
    level: int


class Maker:
    """One account that quotes. `number` sets it apart from its colleagues by a little distance."""

    def __init__(
        self,
        *,
        name: str,
        number: int,
        exchange: Exchange,
        instruments: Sequence[TradedInstrument],
        view: OutsideView,
        wall_ms: Callable[[], int],
        seed: int,
    ) -> None:
        assert instruments, "a maker quotes something"
        self._exchange = exchange
        self._instruments = instruments
        self._view = view
        self._wall_ms = wall_ms
        self._draws = Draws(seed, f"maker {name}")
        self._ids = ClientIds(name, wall_ms())
        self._nearest_ppb = NEAREST_PPB + number * STEP_PPB // 3
        self._levels = min(LEVELS_MAX, OPEN_ORDERS_MAX // (2 * len(instruments)))
        self._at: dict[Place, str] = {}  # client id of the order that stands there
        self._unknown: dict[str, str] = {}  # client id -> instrument
        self._inventory = Inventory(exchange)
        self._rounds = 0

    async def run(self) -> None:
        """Quote until cancelled."""
        await asyncio.sleep(self._draws.below(1_000) / 1_000)  # colleagues do not move in step
        away_s = ROUND_S
        while True:
            is_answered = await self.step()
            away_s = ROUND_S if is_answered else min(2 * away_s, AWAY_S_MAX)
            await asyncio.sleep(away_s)

    async def step(self) -> bool:
        """One round; False when the venue did not say what rests, and so nothing was done."""
        await self._resolve()
        resting = await self._exchange.open_orders()
        if resting is None:
            return False
        if self._rounds % INVENTORY_EVERY == 0:
            await self._inventory.refresh()
        self._rounds += 1
        by_id = {order.client_id: order for order in resting}
        for place, client_id in list(self._at.items()):
            if client_id not in by_id and client_id not in self._unknown:
                del self._at[place]
        await self._cancel_strays(resting)
        amends: list[Amend] = []
        places: list[tuple[Place, NewOrder]] = []
        for instrument in self._instruments:
            mid = self._view.mid_e8(instrument.outside, self._wall_ms())
            if mid == 0:
                await self._withdraw(instrument.name)
            else:
                await self._hold_back(instrument)
                self._compare(instrument, mid, by_id, amends, places)
        await in_twenties(self._exchange.amend, amends)
        await self._place(places)
        return True

    async def _resolve(self) -> None:
        for client_id, instrument in list(self._unknown.items()):
            if await self._exchange.resolve(instrument, client_id) != Ended.UNKNOWN:
                del self._unknown[client_id]

    async def _cancel_strays(self, resting: Sequence[OpenOrder]) -> None:
        """Orders that nobody here placed, or whose place another has taken."""
        mine = set(self._at.values())
        strays = [
            Cancel(instrument=order.instrument, client_id=order.client_id)
            for order in resting
            if order.client_id not in mine and order.client_id
        ]
        await in_twenties(self._exchange.cancel, strays)

    async def _withdraw(self, name: str) -> None:
        """Without an outside price nobody can quote: cancel what stands."""
        cancels = [
            Cancel(instrument=name, client_id=client_id)
            for place, client_id in self._at.items()
            if place.instrument == name
        ]
        await in_twenties(self._exchange.cancel, cancels)

    async def _hold_back(self, instrument: TradedInstrument) -> None:
        """Cancel what would add to an inventory that is large already."""
        cancels = [
            Cancel(instrument=instrument.name, client_id=client_id)
            for place, client_id in self._at.items()
            if place.instrument == instrument.name and self._is_held_back(instrument, place)
        ]
        await in_twenties(self._exchange.cancel, cancels)

    def _is_held_back(self, instrument: TradedInstrument, place: Place) -> bool:
        gained = self._inventory.gained(instrument)
        adds = gained if place.is_buy else -gained
        return adds > self._full(instrument) and place.level < self._levels - 1

    def _full(self, instrument: TradedInstrument) -> int:
        return LEAN_FULL_LEVELS * instrument.lots(calibration.LEVEL_SIZE_E8[0])

    def _compare(
        self,
        instrument: TradedInstrument,
        mid_e8: int,
        by_id: dict[str, OpenOrder],
        amends: list[Amend],
        places: list[tuple[Place, NewOrder]],
    ) -> None:
        """Add what has to change so that the instrument is quoted as it should be."""
        centre = mid_e8 + mid_e8 * self._lean_ppb(instrument) // PPB
        moved: list[tuple[int, Amend]] = []
        for is_buy in (True, False):
            for level in range(self._levels):
                place = Place(instrument.name, is_buy, level)
                price = self._price(instrument, centre, place)
                if not 0 < price <= instrument.price_max or self._is_held_back(instrument, place):
                    continue
                size = instrument.lots(self._size_e8(level))
                order = by_id.get(self._at.get(place, ""))
                if order is not None:
                    away = price - order.price
                    remaining = order.quantity - order.filled
                    tolerance = TOLERANCE_PPB * price // PPB
                    if abs(away) > tolerance or remaining * 2 < size:
                        quantity = order.filled + size
                        moved.append((away, _amend(order, price=price, quantity=quantity)))
                elif place not in self._at:
                    places.append((place, self._order(place, price, size)))
        # Whoever moves away from the other side goes first, so that own orders do not meet.
        moved.sort(key=lambda each: -each[0] if _goes_up(moved) else each[0])
        amends += [amend for _, amend in moved]

    def _price(self, instrument: TradedInstrument, centre_e8: int, place: Place) -> int:
        """Ticks of a level: bids round down, asks up."""
        away = centre_e8 * (self._nearest_ppb + place.level * STEP_PPB) // PPB
        if place.is_buy:
            return (centre_e8 - away) // instrument.tick_size_e8
        return -((-centre_e8 - away) // instrument.tick_size_e8)

    def _size_e8(self, level: int) -> int:
        size = calibration.LEVEL_SIZE_E8[level]
        return size * (75 + self._draws.below(50)) // 100

    def _lean_ppb(self, instrument: TradedInstrument) -> int:
        """How far quotes stand below the mid for what was bought, or above for what was sold."""
        lean = -self._inventory.gained(instrument) * LEAN_PPB_MAX // self._full(instrument)
        return max(-LEAN_PPB_MAX, min(LEAN_PPB_MAX, lean))

    def _order(self, place: Place, price: int, quantity: int) -> NewOrder:
        return NewOrder(
            instrument=place.instrument,
            client_id=self._ids.next(),
            is_buy=place.is_buy,
            kind="post_only",
            price=price,
            quantity=quantity,
        )

    async def _place(self, places: Sequence[tuple[Place, NewOrder]]) -> None:
        orders = [order for _, order in places]
        for place, order in places:
            self._at[place] = order.client_id
        answers = await in_twenties(self._exchange.place, orders)
        for (place, order), answer in zip(places, answers, strict=True):
            if answer.ended == Ended.REFUSED:
                del self._at[place]
            elif answer.ended == Ended.UNKNOWN:
                self._unknown[order.client_id] = order.instrument


def _goes_up(moved: Sequence[tuple[int, Amend]]) -> bool:
    return sum(away for away, _ in moved) > 0


def _amend(order: OpenOrder, *, price: int, quantity: int) -> Amend:
    return Amend(
        instrument=order.instrument, client_id=order.client_id, price=price, quantity=quantity
    )
