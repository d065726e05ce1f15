"""Leveraged traders: small accounts that hold long or short positions in swaps, up to 100 times
their margin.

One opens in a random direction with isolated margin, a small share of its cash, so that what it
loses never empties it. Like many people it takes small profits and lets losses run: to a stop, if
it has set one, or until it is liquidated. What it does next follows from what the venue says it
holds, so a restart on either side changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from seawall.simulation.draws import Draws
from seawall.simulation.exchange import Ended, Exchange, NewOrder, Position, StopOrder
from seawall.simulation.outside_view import OutsideView
from seawall.simulation.trading import ClientIds, TradedInstrument, in_twenties

E8 = 10**8
# Chosen with equal chances. A position of 100 times its margin is liquidated by a move of about
# 0.5 %, which the generated market makes within half an hour; one of 10 times hardly ever.
LEVERS = (2, 5, 10, 20, 50, 100, 100, 100, 100)
BET_SHARE = 2_000  # of the cash, one part is the margin of a position
SIZE_CEILING = E8  # BTC, e8: the largest position, which makers' books can take
OPEN_PPM = 250_000  # per step and swap without a position
PROFIT_E8 = E8 // 10  # of its margin: then a position is closed
TIRED_PPM = 7_000  # per step and swap with a position: closed after 24 minutes on average
STOP_PPM = 250_000  # of positions
STOP_PART = 3  # a stop loses this part of the margin
GAP_MS_MIN, GAP_MS_MAX = 5_000, 15_000


class LeveragedTrader:
    """One account that holds at most one position in each swap. `swaps` are instruments; the
    exchange has to place isolated orders.
    """

    def __init__(
        self,
        *,
        name: str,
        exchange: Exchange,
        swaps: Sequence[TradedInstrument],
        view: OutsideView,
        wall_ms: Callable[[], int],
        seed: int,
    ) -> None:
        assert all(one.is_swap for one in swaps), "only swaps have leverage"
        self._exchange = exchange
        self._swaps = swaps
        self._view = view
        self._wall_ms = wall_ms
        self._draws = Draws(seed, f"leveraged {name}")
        self._ids = ClientIds(name, wall_ms())
        self._may_have_stops = True  # an earlier life may have left some

    async def run(self) -> None:
        """Trade until cancelled."""
        while True:
            gap_ms = GAP_MS_MIN + self._draws.below(GAP_MS_MAX - GAP_MS_MIN)
            await asyncio.sleep(gap_ms / 1_000)
            await self.step()

    async def step(self) -> bool:
        """Look at each swap and perhaps open or close; False when the venue is away."""
        positions = await self._exchange.positions()
        if positions is None:
            return False
        if not await self._clear_stops(positions):
            return False
        for swap in self._swaps:
            position = positions.get(swap.name)
            if position is not None:
                if position.profit_e8 >= PROFIT_E8 or self._draws.happens(TIRED_PPM):
                    await self._exchange.close_position(swap.name)
            elif self._draws.happens(OPEN_PPM):
                await self._open(swap)
        return True

    async def _clear_stops(self, positions: dict[str, Position]) -> bool:
        """Cancel the stops of positions that are gone; False when the venue is away."""
        if not self._may_have_stops:
            return True
        stops = await self._exchange.stops()
        if stops is None:
            return False
        gone = [stop for stop in stops if stop.instrument not in positions]
        await in_twenties(self._exchange.cancel_stops, gone)
        self._may_have_stops = bool(stops)
        return True

    async def _open(self, swap: TradedInstrument) -> None:
        """Take a position, with a stop or without."""
        mid = self._view.mid_e8(swap.outside, self._wall_ms())
        cash = (await self._exchange.balances() or {}).get(swap.settle, 0)
        if mid == 0 or cash <= 0:
            return
        draws = self._draws
        lever = LEVERS[draws.below(len(LEVERS))]
        is_buy = draws.sign() > 0
        contract_e8 = mid * swap.lot_size_e8 // E8
        contracts = min(cash // BET_SHARE * lever // contract_e8, swap.lots(SIZE_CEILING))
        if contracts < swap.quantity_min:
            return
        chosen = await self._exchange.set_leverage(swap.name, lever)
        if chosen.ended != Ended.DONE:
            return
        order = NewOrder(
            instrument=swap.name,
            client_id=self._ids.next(),
            is_buy=is_buy,
            kind="market",
            price=0,
            quantity=contracts,
        )
        (answer,) = await self._exchange.place([order])
        if answer.ended == Ended.DONE and draws.happens(STOP_PPM):
            await self._place_stop(order, mid // swap.tick_size_e8, lever)

    async def _place_stop(self, order: NewOrder, price: int, lever: int) -> None:
        distance = price // (lever * STOP_PART)
        self._may_have_stops = True
        await self._exchange.place_stop(
            StopOrder(
                instrument=order.instrument,
                client_id=self._ids.next(),
                is_buy=not order.is_buy,
                trigger_price=price - distance if order.is_buy else price + distance,
                quantity=order.quantity,
            )
        )
