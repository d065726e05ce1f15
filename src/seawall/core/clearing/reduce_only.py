"""Reduce-only orders never promise more than the position has: what to cut when they do (domain
5.8).
"""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.matching import Order
from seawall.core.model.enums import Side


@final
@mypyc_attr(acyclic=True)
class ReduceOnlyCut:
    """Take `quantity` lots off the order; all of its open quantity means cancel it."""

    def __init__(self, *, order: Order, quantity: i64) -> None:
        self.order: Order = order
        self.quantity: i64 = quantity


def reducible_lots(*, size: i64, side: i64) -> i64:
    """How many lots orders of this side can close of a position of `size`."""
    if side == Side.SELL:
        size = -size
    if size >= 0:
        return 0
    return -size


def reduce_only_cuts(orders: list[Order], *, side: i64, size: i64) -> list[ReduceOnlyCut]:
    """What to cut so that the open reduce-only orders of one side fit the position (I23).

    `orders` are all of them, in any order; an arriving one counts. The worst-priced are cut first
    (for sells the highest, for buys the lowest limit), at one price the newest (highest order id).
    Changes nothing; the cuts come in the order in which to make them.
    """
    excess: i64 = -reducible_lots(size=size, side=side)
    for order in orders:
        assert order.side == side
        excess += order.quantity_open
    cuts: list[ReduceOnlyCut] = []
    if excess <= 0:
        return cuts
    sign: i64 = 1 if side == Side.SELL else -1
    ranked: list[tuple[int, int, int]] = []
    for place, order in enumerate(orders):
        ranked.append((sign * order.limit_price, order.order_id, place))
    ranked.sort(reverse=True)
    for rank in ranked:
        if excess <= 0:
            break
        order = orders[rank[2]]
        quantity = order.quantity_open if order.quantity_open < excess else excess
        cuts.append(ReduceOnlyCut(order=order, quantity=quantity))
        excess -= quantity
    return cuts
