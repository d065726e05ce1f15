"""The impact price: what a market order of a given worth would pay on average.

A touch can be moved with one lot; moving the impact price takes as much money as it is measured
for. Levels are walked from the touch; the book is not changed.
"""

from mypy_extensions import i64

from seawall.core.matching.book import BookSide
from seawall.core.model.units import E8


def impact_price_e8(
    side: BookSide, *, amount: i64, tick_e8: i64, unit_value: i64, quote_units: i64
) -> i64:
    """`amount` quote units over the base that they trade on this side, e8, rounded up; 0 when the
    side is too thin.

    Base is counted in 1e-8 of a whole and rounded down on each level. `unit_value` is the worth of
    one tick times one lot, `quote_units` how many units make one whole quote asset. Products here
    pass 64 bits.
    """
    assert amount > 0 and tick_e8 > 0 and unit_value > 0 and quote_units > 0
    scale: int = int(E8) * int(E8)
    base: int = 0
    left = amount
    place: i64 = len(side.levels) - 1
    while place >= 0 and left > 0:
        level = side.levels[place]
        per_lot = level.price * unit_value
        taken = left
        if level.quantity <= left // per_lot:
            taken = level.quantity * per_lot
        price_e8: int = int(level.price) * int(tick_e8)
        base += int(taken) * scale // (price_e8 * int(quote_units))
        left -= taken
        place -= 1
    if left > 0 or base == 0:
        return 0
    price: int = -(-int(amount) * scale // (base * int(quote_units)))
    return price
