"""The naive twin's margin: worked out from the prose in fractions, order by order, bracket by
bracket, with nothing carried over and nothing bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

from seawall.core.model.enums import Side

E8 = 10**8


@dataclass(frozen=True)
class NaiveTiers:
    """Brackets as the listing states them: floor, initial rate, maintenance rate."""

    rows: list[tuple[int, int, int]]

    def marginal(self, notional: int, column: int) -> Fraction:
        """Each slice of the notional at the rate of its own bracket, unrounded."""
        total = Fraction(0)
        for place, row in enumerate(self.rows):
            top = self.rows[place + 1][0] if place + 1 < len(self.rows) else notional
            slice_ = min(notional, top) - row[0]
            if slice_ > 0:
                total += Fraction(slice_ * row[column], E8)
        return total

    def maintenance(self, notional: int) -> int:
        """Rounded up."""
        return ceil(self.marginal(notional, 2))

    def initial(self, notional: int, lever: int) -> int:
        """By leverage or by brackets, whichever asks more; rounded up."""
        return max(ceil(Fraction(notional, lever)), ceil(self.marginal(notional, 1)))


@dataclass(frozen=True)
class NaiveOrder:
    """An open order."""

    side: int
    price: int
    lots: int
    reduce_only: bool = False


@dataclass(frozen=True)
class NaiveHolding:
    """What an account has in one instrument: its position, its orders, its terms."""

    size: int
    cost: int
    lever: int
    unit_value: int
    taker_e8: int
    orders: list[NaiveOrder] = field(default_factory=list)


def fees(holding: NaiveHolding) -> int:
    """Of each order by itself, rounded up."""
    return sum(
        ceil(Fraction(one.lots * one.price * holding.unit_value * holding.taker_e8, E8))
        for one in holding.orders
    )


def gap(holding: NaiveHolding, mark: int) -> int:
    """Lost at the mark if every order filled now at its own price."""
    lost = 0
    for one in holding.orders:
        worse = one.price - mark if one.side == Side.BUY else mark - one.price
        if worse > 0 and not one.reduce_only:
            lost += worse * one.lots * holding.unit_value
    return lost


def worst_size(holding: NaiveHolding) -> int:
    """The largest position that any subset of the orders could leave behind."""
    sizes = {holding.size}
    for one in holding.orders:
        if not one.reduce_only:
            signed = one.lots if one.side == Side.BUY else -one.lots
            sizes |= {size + signed for size in sizes}
    return max(abs(size) for size in sizes)


def reserve(tiers: NaiveTiers, holding: NaiveHolding, mark: int, *, isolated: bool = False) -> int:
    """What the holding binds of the account at that mark."""
    per_lot = mark * holding.unit_value
    bound = tiers.initial(worst_size(holding) * per_lot, holding.lever)
    if isolated:
        bound -= tiers.initial(abs(holding.size) * per_lot, holding.lever)
    return bound + gap(holding, mark) + fees(holding)


def profit(holding: NaiveHolding, mark: int) -> int:
    """Sold now at the mark, less what it cost."""
    return holding.size * mark * holding.unit_value - holding.cost


def passes(
    tiers: NaiveTiers, holding: NaiveHolding, *, cash: int, marks: list[int], gains_count: bool
) -> bool:
    """Whether cash carries the holding at every mark."""
    for mark in marks:
        counted = profit(holding, mark)
        if not gains_count:
            counted = min(counted, 0)
        if cash + counted < reserve(tiers, holding, mark):
            return False
    return True


def is_below_maintenance(
    tiers: NaiveTiers, *, size: int, cost: int, margin: int, unit_value: int, mark: int
) -> bool:
    """Whether equity is less than the unrounded maintenance margin at that mark."""
    equity = margin + size * mark * unit_value - cost
    return equity < tiers.marginal(abs(size) * mark * unit_value, 2)


def liquidation_price(
    tiers: NaiveTiers, *, size: int, cost: int, margin: int, unit_value: int
) -> int:
    """The last mark that is still sound, coming from the good side; found by trying marks."""
    terms = {"size": size, "cost": cost, "margin": margin, "unit_value": unit_value}
    bad, good = (0, 1) if size > 0 else (1, 0)
    if size > 0:
        if not is_below_maintenance(tiers, **terms, mark=0):
            return 0
        while is_below_maintenance(tiers, **terms, mark=good):
            good *= 2
    else:
        if is_below_maintenance(tiers, **terms, mark=0):
            return 0
        while not is_below_maintenance(tiers, **terms, mark=bad):
            bad *= 2
    while abs(good - bad) > 1:
        middle = (good + bad) // 2
        if is_below_maintenance(tiers, **terms, mark=middle):
            bad = middle
        else:
            good = middle
    return good
