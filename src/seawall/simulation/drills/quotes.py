"""Makers' quotes around a price: the same places each time, all replaced at once.

In the scripted flow the price is the true path, so quotes are fixed before anything goes wrong. In
the adaptive flow it is the venue's own published index: what a maker that trusts its venue does.
"""

from __future__ import annotations

from typing import Final

import msgspec

from seawall.core.model.commands import Command, MassCancel, PlaceOrder
from seawall.core.model.enums import MarginMode, OrderType, Side, TimeInForce
from seawall.simulation.drills.venue import Terms

LEVELS: Final = 5
PPM: Final = 10**6


class Quoter(msgspec.Struct, frozen=True, kw_only=True):
    """One maker's habits in one instrument. Level k quotes (k + 1) times `lots`."""

    account_id: int
    instrument_id: int
    nearest_ppm: int  # half of its own spread
    step_ppm: int  # between levels
    lots: int


def quotes(quoter: Quoter, terms: Terms, price_e8: int) -> list[Command]:
    """Cancel everything that stands and quote around a price: always the same number of
    commands.
    """
    commands: list[Command] = [
        MassCancel(account_id=quoter.account_id, instrument_id=quoter.instrument_id)
    ]
    for level in range(LEVELS):
        away = price_e8 * (quoter.nearest_ppm + level * quoter.step_ppm) // PPM
        lots = quoter.lots * (level + 1)
        commands.append(_quote(quoter, terms, Side.BUY, terms.ticks_down(price_e8 - away), lots))
        commands.append(_quote(quoter, terms, Side.SELL, terms.ticks_up(price_e8 + away), lots))
    return commands


def _quote(quoter: Quoter, terms: Terms, side: int, ticks: int, lots: int) -> PlaceOrder:
    return PlaceOrder(
        account_id=quoter.account_id,
        instrument_id=quoter.instrument_id,
        side=side,
        order_type=OrderType.LIMIT,
        limit_price=ticks,
        quantity=lots,
        time_in_force=TimeInForce.POST_ONLY,
        margin_mode=MarginMode.CROSS if terms.is_swap else MarginMode.CASH,
    )
