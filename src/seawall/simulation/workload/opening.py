"""How accounts come by leverage and positions before a stream begins: each trades once with its
neighbour, at the fair price, on an empty book.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from seawall.core.model.commands import PlaceOrder, SetLeverage
from seawall.core.model.enums import OrderType, Side, TimeInForce
from seawall.simulation.draws import MILLION, Draws
from seawall.simulation.workload.genesis import CASH, UNIT_VALUE, margin_mode_of


@dataclass(frozen=True, kw_only=True)
class Risk:
    """How much the accounts risk: the leverage they choose, and what share of their cash is margin
    of their position then, parts per million from `used_min_ppm` to `used_max_ppm`.
    """

    levers: tuple[int, ...] = (2, 3, 5, 10, 20)
    used_min_ppm: int = 200_000
    used_max_ppm: int = 500_000


USUAL: Final = Risk()


def open_positions(
    draws: Draws, risk: Risk, *, accounts: int, instruments: int, price: int
) -> Iterator[SetLeverage | PlaceOrder]:
    """Commands that give each of an even number of accounts one position in one swap."""
    assert accounts % 2 == 0, "accounts open their positions in pairs"
    for seller in range(1, accounts, 2):
        buyer = seller + 1
        instrument_id = 2 * draws.below(instruments // 2) + 1
        lever = risk.levers[draws.below(len(risk.levers))]
        used_ppm = risk.used_min_ppm + draws.below(risk.used_max_ppm - risk.used_min_ppm)
        lots = CASH * used_ppm // MILLION * lever // (price * UNIT_VALUE)
        for account_id in (seller, buyer):
            yield SetLeverage(
                account_id=account_id,
                instrument_id=instrument_id,
                margin_mode=margin_mode_of(account_id),
                lever=lever,
            )
        for account_id, side in ((seller, Side.SELL), (buyer, Side.BUY)):
            yield PlaceOrder(
                account_id=account_id,
                instrument_id=instrument_id,
                side=side,
                order_type=OrderType.LIMIT,
                limit_price=price,
                quantity=lots,
                time_in_force=TimeInForce.GTC,
                margin_mode=margin_mode_of(account_id),
            )
