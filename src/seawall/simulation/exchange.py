"""What a trader needs of an exchange, in ticks and lots: the port between strategies and the
wire.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

import msgspec

BATCH_MAX = 20  # orders of one request


class Ended(Enum):
    """How a request ended, as far as its sender can know."""

    DONE = "done"
    REFUSED = "refused"  # certainly without effect
    UNKNOWN = "unknown"  # may have had its effect: ask for the order


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order to place. `kind` as on the wire: limit, post_only, ioc, fok, market."""

    instrument: str
    client_id: str
    is_buy: bool
    kind: str
    price: int  # ticks; 0 for a market order
    quantity: int  # lots


class StopOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A reduce-only market order in a swap that waits until the mark reaches a trigger."""

    instrument: str
    client_id: str
    is_buy: bool
    trigger_price: int  # ticks
    quantity: int  # lots


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """What an account holds of a swap."""

    contracts: int  # negative: short
    profit_e8: int  # at the mark, as a part of the margin that it needs


class Amend(msgspec.Struct, frozen=True, kw_only=True):
    """A new price and quantity for a resting order, by its client id; cancelled if refused."""

    instrument: str
    client_id: str
    price: int
    quantity: int  # lots, counting what is filled


class Cancel(msgspec.Struct, frozen=True, kw_only=True):
    """A resting order to cancel, named by its client id."""

    instrument: str
    client_id: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """How one order of a request ended. `code` is the venue's; empty when nobody answered."""

    client_id: str
    ended: Ended
    code: str = ""
    message: str = ""


class OpenOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A resting order as the venue shows it."""

    instrument: str
    client_id: str
    is_buy: bool
    price: int
    quantity: int
    filled: int


class Exchange(Protocol):
    """One account's access to a venue. Nothing raises: failure is an answer, or None."""

    async def place(self, orders: Sequence[NewOrder]) -> list[Answer]:
        """Place up to 20 orders; one answer for each."""
        ...

    async def amend(self, amends: Sequence[Amend]) -> list[Answer]:
        """Amend up to 20 orders; one answer for each."""
        ...

    async def cancel(self, cancels: Sequence[Cancel]) -> list[Answer]:
        """Cancel up to 20 orders; one answer for each."""
        ...

    async def resolve(self, instrument: str, client_id: str) -> Ended:
        """Find out how an order ended whose answer was UNKNOWN; it may still be."""
        ...

    async def open_orders(self) -> list[OpenOrder] | None:
        """All resting orders; None when the venue did not say."""
        ...

    async def balances(self) -> dict[str, int] | None:
        """Balance of each asset, e8 (free and held together); None when the venue did not say."""
        ...

    async def positions(self) -> dict[str, Position] | None:
        """The open positions by instrument; None when the venue did not say."""
        ...

    async def set_leverage(self, instrument: str, lever: int) -> Answer:
        """Choose how many times its margin the next position in a swap may be."""
        ...

    async def close_position(self, instrument: str) -> Answer:
        """Close the position in a swap at the market."""
        ...

    async def place_stop(self, stop: StopOrder) -> Answer:
        """Let a stop wait."""
        ...

    async def stops(self) -> list[Cancel] | None:
        """How to cancel each waiting stop; None when the venue did not say."""
        ...

    async def cancel_stops(self, cancels: Sequence[Cancel]) -> list[Answer]:
        """Cancel up to 20 stops; one answer for each."""
        ...
