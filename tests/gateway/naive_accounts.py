"""Accounts worked out anew from the whole history, in the slowest and plainest way: the oracle of
the maps.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from seawall.core.model.enums import CancelReason, LedgerKind, Side
from seawall.core.model.events import BalanceChanged, EntryEvents
from seawall.core.model.order_events import OrderAccepted, OrderAmended, OrderCancelled, OrderFilled
from tests.gateway.venue import USDT

UNIT_VALUE = 1_000
BASE_OF = {10: 2, 11: 3}


@dataclass
class NaiveOrder:
    """An order, as a list of what happened to it."""

    accepted: OrderAccepted
    limit_price: int
    quantity: int
    fills: list[tuple[int, int, int, int, bool]] = field(default_factory=list)
    cancelled: int | None = None

    def told(self) -> tuple[object, ...]:
        """What a view should say."""
        filled = sum(quantity for _, _, quantity, _, _ in self.fills)
        is_done = filled == self.quantity and self.quantity > 0
        is_spent = self.cancelled == CancelReason.QUOTE_LEFTOVER and filled > 0
        if is_done or is_spent:
            state = "filled"
        elif self.cancelled is not None:
            state = "cancelled"
        else:
            state = "partially_filled" if filled else "live"
        is_open = state in ("live", "partially_filled")
        buys = self.accepted.side == Side.BUY
        last = self.fills[-1] if self.fills else (0, 0, 0, 0, False)
        return (
            self.accepted.order_id,
            self.accepted.client_id.rstrip(b"\0"),
            state,
            self.limit_price,
            self.quantity,
            filled,
            self.quantity - filled if is_open else 0,
            sum(price * quantity * UNIT_VALUE for _, price, quantity, _, _ in self.fills),
            sum(fee for _, _, _, fee, _ in self.fills),
            BASE_OF[self.accepted.instrument_id] if buys else USDT,
            *(last[0], last[1], last[2], last[4]),
            self.cancelled if state == "cancelled" else None,
        )


def naive_orders(history: Iterable[EntryEvents]) -> dict[tuple[int, int], NaiveOrder]:
    """Every order of every account, by account and order id."""
    orders: dict[tuple[int, int], NaiveOrder] = {}
    for entry in history:
        for event in entry.events:
            if isinstance(event, OrderAccepted):
                orders[(event.account_id, event.order_id)] = NaiveOrder(
                    event, event.limit_price, event.quantity
                )
            elif isinstance(event, OrderAmended):
                order = orders[(event.account_id, event.order_id)]
                order.limit_price, order.quantity = event.limit_price, event.quantity
            elif isinstance(event, OrderCancelled):
                orders[(event.account_id, event.order_id)].cancelled = event.reason
            elif isinstance(event, OrderFilled):
                fill = (event.trade_id, event.price, event.quantity)
                taker = orders[(event.taker_account_id, event.taker_order_id)]
                maker = orders[(event.maker_account_id, event.maker_order_id)]
                taker.fills.append((*fill, event.taker_fee, False))
                maker.fills.append((*fill, event.maker_fee, True))
    return orders


def naive_balances(history: Iterable[EntryEvents]) -> dict[tuple[int, int, int], tuple[int, int]]:
    """Balance and held by account, kind and asset, where an event told them."""
    balances: dict[tuple[int, int, int], tuple[int, int]] = {}
    for entry in history:
        for event in entry.events:
            if isinstance(event, BalanceChanged) and event.kind <= LedgerKind.FUNDING:
                key = (event.account_id, event.kind, event.asset_id)
                balances[key] = (event.balance, event.held)
    return balances
