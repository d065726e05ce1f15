"""Medians, quartiles and means of weighted prices, in exact integers.

Prices reach 2^60 and are multiplied by weights and rates, so everything here is a Python integer,
never an i64: it runs once a second over a handful of sources. The scaling, floors and tolerance of
the capped weights enter the state hash; they are part of the rule.
"""

from typing import Final, final

from mypy_extensions import mypyc_attr

from seawall.core.model.units import E8

WEIGHT_SCALE: Final = 1_000_000  # capped weights are counted in millionths of a weight
CAP_ROUNDS_MAX: Final = 128  # never reached: weights are below 2^40
DOMAINS_MIN: Final = 3  # with fewer, no domain can be held at a third


@final
@mypyc_attr(acyclic=True)
class Quote:
    """What one source contributes at a tick: its price and the weight that it counts with."""

    def __init__(self, price: int, source_id: int, weight: int) -> None:
        self.price: int = price
        self.source_id: int = source_id
        self.weight: int = weight


def ceiling(a: int, b: int) -> int:
    """a / b towards plus infinity, beyond 64 bits."""
    return -((-a) // b)


def distance_e8(price: int, reference: int) -> int:
    """How far a price is from a reference, as a part of the reference, rounded up."""
    return ceiling(abs(price - reference) * E8, reference)


def capped_weights(*, weights: list[int], domains: list[int], domain_count: int) -> list[int]:
    """The weights in millionths, with each domain held at a third of the whole.

    `domains` numbers the failure domain of each weight, from 0. Capping one domain shrinks the
    whole, so it is repeated until none is above a third; each round halves what is left to do, so
    rounding ends it (record 0020). With fewer than three domains there is nothing to cap against.
    """
    given: list[int] = [0] * domain_count
    for place, weight in enumerate(weights):
        given[domains[place]] += weight
    present = 0
    for weight in given:
        if weight > 0:
            present += 1
    capped: list[int] = [weight * WEIGHT_SCALE for weight in given]
    rounds = 0
    while rounds < CAP_ROUNDS_MAX and present >= DOMAINS_MIN:
        total = sum(capped)
        is_over = False
        for domain in range(domain_count):
            if 3 * capped[domain] > total:
                is_over = True
                capped[domain] = (total - capped[domain]) // 2
        if not is_over:
            break
        rounds += 1
    result: list[int] = []
    for place, weight in enumerate(weights):
        result.append(weight * capped[domains[place]] // given[domains[place]])
    return result


def by_price(quotes: list[Quote]) -> list[Quote]:
    """The quotes from the lowest price up, equal prices by source."""
    keyed: list[tuple[int, int, int]] = []
    for place, quote in enumerate(quotes):
        keyed.append((quote.price, quote.source_id, place))
    keyed.sort()
    return [quotes[place] for _, _, place in keyed]


def total_weight(quotes: list[Quote]) -> int:
    """The weight of all together."""
    total = 0
    for quote in quotes:
        total += quote.weight
    return total


def weighted_median(ascending: list[Quote]) -> int:
    """The lower weighted median of quotes sorted by price; at an exact half, the floored middle of
    the two prices beside it.
    """
    total = total_weight(ascending)
    seen = 0
    for place, quote in enumerate(ascending):
        seen += quote.weight
        if 2 * seen == total:
            return (quote.price + ascending[place + 1].price) // 2
        if 2 * seen > total:
            return quote.price
    raise AssertionError("a median needs weight")


def weighted_quartile(ascending: list[Quote], quarters: int) -> int:
    """The smallest price whose cumulative weight reaches so many quarters of the whole."""
    total = total_weight(ascending)
    seen = 0
    for quote in ascending:
        seen += quote.weight
        if 4 * seen >= quarters * total:
            return quote.price
    raise AssertionError("a quartile needs weight")


def agreement_radius_e8(quotes: list[Quote], median: int) -> int:
    """The smallest distance from the median within which quotes hold two thirds of the weight.

    Floored weights may lack up to one millionth each, hence the tolerance of three per quote.
    """
    distances: list[tuple[int, int]] = []
    for quote in quotes:
        distances.append((distance_e8(quote.price, median), quote.weight))
    distances.sort()
    needed = 2 * total_weight(quotes) - 3 * len(quotes)
    seen = 0
    for distance, weight in distances:
        seen += weight
        if 3 * seen >= needed:
            return distance
    raise AssertionError("agreement needs weight")


def clamped_mean(quotes: list[Quote], *, median: int, clamp_e8: int) -> int:
    """The weighted mean, floored, of prices pulled to within the clamp around the median."""
    low = ceiling(median * (E8 - clamp_e8), E8)
    high = median * (E8 + clamp_e8) // E8
    total = 0
    for quote in quotes:
        total += min(max(quote.price, low), high) * quote.weight
    return total // total_weight(quotes)
