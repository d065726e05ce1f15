"""What the live sources say together at one tick, before anybody decides what it is worth."""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.enums import IndexQuality
from seawall.core.pricing.detector import quality_of
from seawall.core.pricing.parameters import IndexParameters
from seawall.core.pricing.sources import Source
from seawall.core.pricing.weighting import (
    Quote,
    agreement_radius_e8,
    by_price,
    capped_weights,
    clamped_mean,
    distance_e8,
    weighted_median,
    weighted_quartile,
)


@final
@mypyc_attr(acyclic=True)
class Reading:
    """The figures of one tick; all zero when the quality is NONE.

    `inside` are the live sources near the median, of which the candidate is the clamped mean. It is
    empty (and the candidate 0) when the median lies between two camps; agreement is then worse than
    any that is tolerated, for outliers begin beyond it.
    """

    def __init__(self, live: list[Source], quality: i64) -> None:
        self.live: list[Source] = live
        self.quality: i64 = quality
        self.inside: list[Source] = []
        self.median_e8: int = 0
        self.candidate_e8: int = 0
        self.agreement_e8: int = 0
        self.first_quartile_e8: int = 0
        self.third_quartile_e8: int = 0


def read_sources(live: list[Source], parameters: IndexParameters, weight_all: int) -> Reading:
    """Median, candidate, agreement and quartiles of the live sources, by capped weights."""
    reading = Reading(live, quality_of(live, parameters, weight_all))
    if reading.quality == IndexQuality.NONE:
        return reading
    _measure(reading, parameters)
    return reading


def candidates_of(live: list[Source], parameters: IndexParameters) -> list[int]:
    """The candidate of sources that are fewer than an index would need; the two quartiles when
    they contradict each other.
    """
    reading = Reading(live, IndexQuality.NONE)
    _measure(reading, parameters)
    if reading.candidate_e8 > 0:
        return [reading.candidate_e8]
    return [reading.first_quartile_e8, reading.third_quartile_e8]


def _measure(reading: Reading, parameters: IndexParameters) -> None:
    live = reading.live
    quotes = _capped_quotes(live)
    ascending = by_price(quotes)
    median = weighted_median(ascending)
    reading.median_e8 = median
    reading.agreement_e8 = agreement_radius_e8(quotes, median)
    reading.first_quartile_e8 = weighted_quartile(ascending, 1)
    reading.third_quartile_e8 = weighted_quartile(ascending, 3)
    inside: list[Quote] = []
    for place, quote in enumerate(quotes):
        if distance_e8(quote.price, median) <= parameters.outlier_e8:
            inside.append(quote)
            reading.inside.append(live[place])
    if len(inside) > 0:
        reading.candidate_e8 = clamped_mean(inside, median=median, clamp_e8=parameters.clamp_e8)


def _capped_quotes(live: list[Source]) -> list[Quote]:
    weights: list[int] = []
    domains: list[int] = []
    highest = 0
    for source in live:
        weights.append(source.weight)
        domains.append(source.domain)
        highest = max(highest, int(source.domain))
    capped = capped_weights(weights=weights, domains=domains, domain_count=highest + 1)
    quotes: list[Quote] = []
    for place, source in enumerate(live):
        quotes.append(Quote(source.price_e8, source.source_id, capped[place]))
    return quotes
