"""What an arriving order would find, without touching the book; and the cap of a market order."""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.matching.book import BookSide
from seawall.core.model.enums import SelfTradePrevention, Side
from seawall.core.model.limits import FILLS_PER_ENTRY_MAX
from seawall.core.model.units import E8


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Walk:
    """The outcome of a dry run: lots that would fill, and the sum of price times lots."""

    def __init__(self, *, lots: i64, cost: i64) -> None:
        self.lots: i64 = lots
        self.cost: i64 = cost


def walk(
    opposite: BookSide, *, limit_price: i64, quantity: i64, owner_id: i64, prevention: i64
) -> Walk:
    """How much of `quantity` lots would fill inside the limit, as matching would do it.

    Own makers are skipped under cancel_maker and end the walk otherwise; at most
    FILLS_PER_ENTRY_MAX makers are met.
    """
    lots: i64 = 0
    cost: i64 = 0
    steps: i64 = 0
    place: i64 = len(opposite.levels) - 1
    while place >= 0 and lots < quantity:
        level = opposite.levels[place]
        if not opposite.is_reached_by(level, limit_price):
            break
        maker = level.head
        while maker is not None and lots < quantity:
            if steps == FILLS_PER_ENTRY_MAX:
                return Walk(lots=lots, cost=cost)
            steps += 1
            if maker.owner_id == owner_id:
                if prevention != SelfTradePrevention.CANCEL_MAKER:
                    return Walk(lots=lots, cost=cost)
            else:
                fill = maker.quantity_open
                if fill > quantity - lots:
                    fill = quantity - lots
                lots += fill
                cost += fill * level.price
            maker = maker.next
        place -= 1
    return Walk(lots=lots, cost=cost)


def market_cap(*, side: i64, best_price: i64, cap_e8: i64, price_max: i64) -> i64:
    """The worst price of a market order, in ticks: best ask * (1 + cap) rounded down, best bid * (1
    - cap) up.

    Both round towards the touch, the safe side. At least one tick, at most the
    instrument's highest price.
    """
    room = best_price // E8 * cap_e8 + best_price % E8 * cap_e8 // E8  # floor(best * cap)
    if side == Side.BUY:
        cap = best_price + room
        return cap if cap < price_max else price_max
    cap = best_price - room
    return cap if cap > 1 else 1
