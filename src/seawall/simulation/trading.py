"""What traders share: instruments as traders see them, client ids, and requests of 20."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec

from seawall.simulation.exchange import BATCH_MAX, Answer, Exchange, Position
from seawall.simulation.generator import LEVEL_E8_OTHERS, LEVELS_E8

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
# Traders pause between two requests of one account, far below any limit of the venue.
PAUSE_S = 0.02


class TradedInstrument(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument in the units of orders: prices in ticks, quantities in lots.

    outside: the outside market that it follows, a swap that of its index.
    """

    name: str
    outside: str
    is_swap: bool = False
    tick_size_e8: int
    lot_size_e8: int  # whole base, times 1e8; of a swap, what a contract stands for
    quantity_min: int
    quantity_max: int
    price_max: int

    @property
    def base(self) -> str:
        """The asset that is bought and sold."""
        return self.name.split("-")[0]

    @property
    def settle(self) -> str:
        """The asset that pays."""
        return self.name.split("-")[1]

    def lots(self, btc_size_e8: int) -> int:
        """Lots of about the notional of an amount of BTC, inside what one order may have."""
        base_level = LEVELS_E8.get(self.base, LEVEL_E8_OTHERS)
        size_e8 = btc_size_e8 * LEVELS_E8["BTC"] // base_level
        return max(self.quantity_min, min(self.quantity_max, size_e8 // self.lot_size_e8))


class Inventory:
    """What a trader holds, and held when the venue first answered."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._start: dict[str, int] = {}
        self._now: dict[str, int] = {}
        self._positions: dict[str, Position] = {}

    async def refresh(self) -> None:
        """Ask the venue; what it does not say stays as it was."""
        self._now = await self._exchange.balances() or self._now
        self._start = self._start or self._now
        positions = await self._exchange.positions()
        if positions is not None:
            self._positions = positions

    def gained(self, instrument: TradedInstrument) -> int:
        """Lots of the base bought since the start, or of a swap the position; negative when
        sold.
        """
        if instrument.is_swap:
            position = self._positions.get(instrument.name)
            return 0 if position is None else position.contracts
        gained = self._now.get(instrument.base, 0) - self._start.get(instrument.base, 0)
        return gained // instrument.lot_size_e8

    def at_start(self, instrument: TradedInstrument) -> int:
        """Lots of the base at the start, of a spot instrument."""
        return self._start.get(instrument.base, 0) // instrument.lot_size_e8


class ClientIds:
    """Client order ids that no earlier life of this trader has used: a name, a start, a number."""

    def __init__(self, name: str, started_ms: int) -> None:
        letters = "".join(letter for letter in name if letter.isalnum())[:12]
        self._prefix = f"{letters}{in_base_36(started_ms)}"
        self._number = 0

    def next(self) -> str:
        """Return a new id of letters and digits."""
        self._number += 1
        return f"{self._prefix}{in_base_36(self._number).rjust(6, '0')}"

    def is_mine(self, client_id: str) -> bool:
        """Whether this life gave the id."""
        return client_id.startswith(self._prefix)


def in_base_36(number: int) -> str:
    """Write a number with digits and small letters."""
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text or "0"


Request = TypeVar("Request")


async def in_twenties(
    send: Callable[[Sequence[Request]], Awaitable[list[Answer]]], requests: Sequence[Request]
) -> list[Answer]:
    """Send requests in batches of 20, pausing in between."""
    answers: list[Answer] = []
    for start in range(0, len(requests), BATCH_MAX):
        answers += await send(requests[start : start + BATCH_MAX])
        await asyncio.sleep(PAUSE_S)
    return answers
