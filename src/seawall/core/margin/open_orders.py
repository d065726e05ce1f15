"""Sums over an account's open orders in one swap, and what they could lead to (domain 3.4).

Called for every swap order, so all is 64-bit: callers refuse an order with which the size or either
side's open orders would pass `exposure_max` lots, and then no product passes 2^60.
"""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.enums import Side
from seawall.core.model.limits import NOTIONAL_MAX
from seawall.core.model.units import rate_ceil


def exposure_max(*, price_max: i64, unit_value: i64) -> i64:
    """How many lots a position, or the open orders of one side, may have for the products of this
    module to stay below 2^60.
    """
    return NOTIONAL_MAX // (price_max * unit_value)


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class OpenOrders:
    """Sums over an account's open orders in one instrument and margin mode: lots of those that may
    increase the position, and the fees of all, in units.

    `highest_buy` and `lowest_sell` are bounds in ticks (0 without such orders): an order that is
    gone may have left them further out. They serve to pass an order quickly; to refuse one, the gap
    must be worked out order by order.
    """

    def __init__(
        self, *, buys: i64, sells: i64, highest_buy: i64, lowest_sell: i64, fees: i64
    ) -> None:
        self.buys: i64 = buys
        self.sells: i64 = sells
        self.highest_buy: i64 = highest_buy
        self.lowest_sell: i64 = lowest_sell
        self.fees: i64 = fees

    def gap_bound(self, *, mark: i64, unit_value: i64) -> i64:
        """At least the gap of these orders at that mark, in units; exactly 0 when no buy is above
        and no sell below it.
        """
        lots_ticks: i64 = 0
        if self.highest_buy > mark:
            lots_ticks += (self.highest_buy - mark) * self.buys
        if self.lowest_sell < mark:  # 0 without sells: nothing times the mark
            lots_ticks += (mark - self.lowest_sell) * self.sells
        return lots_ticks * unit_value


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Added:
    """An order that is being judged, on top of the open ones; nothing is added with quantity 0.

    `quantity` is what of it may increase a position (0 for one that may only reduce); `fee` is its
    taker fee at its worst price.
    """

    def __init__(self, *, side: i64, price: i64, quantity: i64, fee: i64) -> None:
        self.side: i64 = side
        self.price: i64 = price
        self.quantity: i64 = quantity
        self.fee: i64 = fee


def order_fee(*, price: i64, quantity: i64, unit_value: i64, taker_e8: i64) -> i64:
    """The taker fee an order reserves, in units, rounded up."""
    return rate_ceil(price * quantity * unit_value, taker_e8)


def order_gap(*, side: i64, price: i64, quantity: i64, mark: i64, unit_value: i64) -> i64:
    """What is lost against the mark the moment the order fills at its price, in units."""
    worse = price - mark if side == Side.BUY else mark - price
    if worse <= 0:
        return 0
    return worse * quantity * unit_value


def exposure(*, size: i64, buys: i64, sells: i64) -> i64:
    """The largest position, in lots, that fills of the open orders could lead to, or that is."""
    held = size if size >= 0 else -size
    bought = size + buys
    sold = sells - size
    worst = held
    if bought > worst:
        worst = bought
    if sold > worst:
        worst = sold
    return worst
