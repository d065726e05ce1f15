"""Takers: they arrive at random with sizes as recorded, and trade at once or leave a limit for a
while.

The gaps between orders and their sizes are the recorded ones, slowed down. Whether a taker buys
or sells leans towards what restores its first inventory, and in a swap towards no position, so that
nobody runs out of anything in a long run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from seawall.simulation import calibration
from seawall.simulation.draws import MILLION, Draws
from seawall.simulation.exchange import Cancel, Ended, Exchange, NewOrder
from seawall.simulation.outside_view import OutsideView
from seawall.simulation.trading import ClientIds, Inventory, TradedInstrument, in_twenties

PPB = 10**9
SLOWER = 13  # than the recorded market, per taker
MARKET_PPM = 550_000
IOC_PPM = 300_000  # the rest are limits that stay for a while
IOC_REACH_PPB = 500_000  # how far through the mid an immediate order goes: 5 bp
LIMIT_NEAR_PPB = 400_000  # limits stand within 4 bp of the mid
LIMIT_MS_MAX = 30_000
LIMITS_MAX = 20
SIZE_CEILING = calibration.TAKER_SIZE_E8[98]  # larger ones would sweep a small venue's book
INVENTORY_EVERY_MS = 10_000
REFUSED_PAUSE_S = 1.0
# How often each instrument is chosen, by place; instruments beyond the list as the last.
WEIGHTS = (35, 30, 12, 8, 6, 9)
SWAP_WEIGHT = 20
# A position of so many levels of a maker makes a taker trade against it as often as it may.
POSITION_FULL_LEVELS = 10


class Taker:
    """One account that trades."""

    def __init__(
        self,
        *,
        name: str,
        exchange: Exchange,
        instruments: Sequence[TradedInstrument],
        view: OutsideView,
        wall_ms: Callable[[], int],
        seed: int,
    ) -> None:
        assert instruments, "a taker trades something"
        self._exchange = exchange
        self._instruments = instruments
        self._view = view
        self._wall_ms = wall_ms
        self._draws = Draws(seed, f"taker {name}")
        self._ids = ClientIds(name, wall_ms())
        self._limits: dict[str, tuple[str, int]] = {}  # client id -> (instrument, cancel at)
        self._unknown: dict[str, str] = {}
        self._inventory = Inventory(exchange)
        self._inventory_due_ms = 0
        self._is_tidy = False  # whether orders of an earlier life are cancelled

    async def run(self) -> None:
        """Trade until cancelled."""
        while True:
            gap_us = self._draws.from_quantiles(calibration.TAKER_GAP_US) * SLOWER
            await asyncio.sleep(gap_us / 1_000_000)
            if not await self.step():
                await asyncio.sleep(REFUSED_PAUSE_S)

    async def step(self) -> bool:
        """Send one order, after cancelling what stood long enough; False when it was refused."""
        if not await self._prepare():
            return False
        instrument = self._choose()
        mid = self._view.mid_e8(instrument.outside, self._wall_ms())
        if mid == 0:
            return False
        order = self._order(instrument, mid)
        (answer,) = await self._exchange.place([order])
        if answer.ended == Ended.UNKNOWN:
            self._unknown[order.client_id] = order.instrument
        elif answer.ended == Ended.DONE and order.kind == "limit":
            stays_ms = self._draws.below(LIMIT_MS_MAX)
            self._limits[order.client_id] = (order.instrument, self._wall_ms() + stays_ms)
        return answer.ended == Ended.DONE

    async def _prepare(self) -> bool:
        """Resolve what is unknown, cancel what is old; False when the venue is away."""
        now_ms = self._wall_ms()
        if not self._is_tidy:
            resting = await self._exchange.open_orders()
            if resting is None:
                return False
            strays = [
                Cancel(instrument=order.instrument, client_id=order.client_id)
                for order in resting
                if order.client_id and not self._ids.is_mine(order.client_id)
            ]
            await in_twenties(self._exchange.cancel, strays)
            self._is_tidy = True
        for client_id, instrument in list(self._unknown.items()):
            ended = await self._exchange.resolve(instrument, client_id)
            if ended == Ended.UNKNOWN:
                return False
            del self._unknown[client_id]
            if ended == Ended.DONE:
                self._limits[client_id] = (instrument, now_ms)  # it may rest: cancel it soon
        old = [
            Cancel(instrument=instrument, client_id=client_id)
            for client_id, (instrument, until_ms) in self._limits.items()
            if until_ms <= now_ms or len(self._limits) > LIMITS_MAX
        ]
        for answer in await in_twenties(self._exchange.cancel, old):
            if answer.ended != Ended.UNKNOWN and answer.code != "":
                del self._limits[answer.client_id]
        if now_ms >= self._inventory_due_ms:
            self._inventory_due_ms = now_ms + INVENTORY_EVERY_MS
            await self._inventory.refresh()
        return True

    def _choose(self) -> TradedInstrument:
        weights = [
            SWAP_WEIGHT if one.is_swap else WEIGHTS[min(place, len(WEIGHTS) - 1)]
            for place, one in enumerate(self._instruments)
        ]
        place = self._draws.below(sum(weights))
        for instrument, weight in zip(self._instruments, weights, strict=True):
            if place < weight:
                return instrument
            place -= weight
        raise AssertionError("the weights sum to more than was drawn")

    def _order(self, instrument: TradedInstrument, mid_e8: int) -> NewOrder:
        draws = self._draws
        is_buy = draws.happens(self._buy_chance_ppm(instrument))
        size = min(SIZE_CEILING, draws.from_quantiles(calibration.TAKER_SIZE_E8))
        drawn = draws.below(MILLION)
        if drawn < MARKET_PPM:
            kind, price = "market", 0
        elif drawn < MARKET_PPM + IOC_PPM:
            reach = IOC_REACH_PPB if is_buy else -IOC_REACH_PPB
            kind, price = "ioc", (mid_e8 + mid_e8 * reach // PPB) // instrument.tick_size_e8
        else:
            away = draws.below(LIMIT_NEAR_PPB) * (-1 if is_buy else 1)
            kind, price = "limit", (mid_e8 + mid_e8 * away // PPB) // instrument.tick_size_e8
        return NewOrder(
            instrument=instrument.name,
            client_id=self._ids.next(),
            is_buy=is_buy,
            kind=kind,
            price=price if kind == "market" else max(1, min(instrument.price_max, price)),
            quantity=instrument.lots(size),
        )

    def _buy_chance_ppm(self, instrument: TradedInstrument) -> int:
        """Half, and more when the taker has less of the base than it began with, or is short."""
        full = self._inventory.at_start(instrument)
        if instrument.is_swap:
            full = POSITION_FULL_LEVELS * instrument.lots(calibration.LEVEL_SIZE_E8[0])
        if full <= 0:
            return MILLION // 2
        missing = -self._inventory.gained(instrument)
        return max(MILLION // 10, min(MILLION * 9 // 10, MILLION // 2 + missing * MILLION // full))
