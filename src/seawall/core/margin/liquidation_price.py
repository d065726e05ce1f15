"""Prices that are shown and taken over at: where liquidation begins, and where nothing is left
(domain 3.8, linear swaps).

The engine liquidates by the inequality E <= MM, never by the displayed price. Rare, with products
beyond 64 bits, so Python's integers. Costs are signed like sizes: above 0 for a long.
"""

from mypy_extensions import i64

from seawall.core.margin.tiers import MarginTiers
from seawall.core.model.units import E8


def liquidation_price(
    tiers: MarginTiers, *, size: i64, cost: i64, margin: i64, unit_value: i64
) -> i64:
    """The mark, in ticks, at which an isolated position of that margin meets its maintenance
    margin; 0 when there is none (no position, or a long that can lose no more than it has).

    Up to the tick for a long, down for a short: the warning comes no later than the fact.
    Maintenance margin is the largest of all brackets' lines, so the answer is the largest (long) or
    smallest (short) of all brackets' answers.
    """
    if size == 0:
        return 0
    best: int = 0
    place: i64 = 0
    while place < tiers.count:
        rate: int = tiers.maintenance_e8[place]
        cum: int = tiers.maintenance_cum[place]
        if size > 0:
            # N - C + M = N * m - cum
            price = _ceil(
                (int(cost) - int(margin) - cum) * E8, (E8 - rate) * int(size) * int(unit_value)
            )
            if price > best:
                best = price
        else:
            # M - C - N = N * m - cum, with C < 0
            price = (
                (int(margin) - int(cost) + cum) * E8 // ((E8 + rate) * -int(size) * int(unit_value))
            )
            if place == 0 or price < best:
                best = price
        place += 1
    return best if best > 0 else 0


def bankruptcy_price(*, size: i64, cost: i64, margin: i64, unit_value: i64) -> i64:
    """The price, in ticks, at which closing leaves nothing of the margin: up for a long, down for a
    short, so that closing there costs the insurance fund nothing. 0 when a long cannot lose it all.
    """
    if size == 0:
        return 0
    if size > 0:
        price = _ceil(int(cost) - int(margin), int(size) * int(unit_value))
        return price if price > 0 else 0
    price = (int(margin) - int(cost)) // (-int(size) * int(unit_value))
    return price if price > 0 else 0


def cross_bankruptcy_price(
    *, size: i64, mark: i64, unit_value: i64, equity: i64, maintenance: i64, maintenance_total: i64
) -> i64:
    """The bankruptcy price of one of several positions that share an account's equity in proportion
    to their maintenance margins; rounded as `bankruptcy_price`, at least 0.
    """
    assert size != 0 and 0 < maintenance <= maintenance_total
    share = int(equity) * int(maintenance) // int(maintenance_total)
    if size > 0:
        price = int(mark) - share // (int(size) * int(unit_value))
    else:
        price = int(mark) + share // (-int(size) * int(unit_value))
    return price if price > 0 else 0


def _ceil(a: int, b: int) -> int:
    """a / b towards plus infinity, of any size."""
    return -(-a // b)
