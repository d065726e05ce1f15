"""Who is kept out of an index, and for how long.

The median and the clamp already keep a lying minority from moving the index. Keeping it out on top
serves what hangs on single sources (mirrored orders), tells people at once, and clears the field
for the next failure. It must not become a weapon against the index itself; so:

- the detector fires only where the index has support: it is NORMAL or DEGRADED, the far sources are
  of one failure domain with at most a third of the live weight, and the others still stand near the
  accepted index. In a majority error the honest minority is far from the others, but the others
  are far from the index: nobody is kept out;
- automatic quarantine never lowers the quality of the index (`counted_sources`). Where it would,
  those kept out are counted as if nothing had happened, and outlier rule and domain cap deal with
  them.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.enums import IndexQuality, SourceStatus
from seawall.core.model.units import E8
from seawall.core.pricing.parameters import PERCENT, IndexParameters
from seawall.core.pricing.sources import Source, is_fresh
from seawall.core.pricing.states import NEVER, Quarantine
from seawall.core.pricing.weighting import Quote, by_price, distance_e8, weighted_median

QUARANTINE_MS: Final = 1_800_000  # by the detector, at most
RETURN_MS: Final = 60_000  # so long must a source agree with the index to come back earlier
RETURN_E8: Final = 2 * PERCENT
EXCLUSION_WINDOW_MS: Final = 1_800_000
EXCLUSIONS_MAX: Final = 4  # within the window: an operator must look at it
EXCLUSION_EVERY_MS: Final = 300_000  # a source that stays out is counted again
PAUSE_MS: Final = 10_000
PAUSE_EVERY_MS: Final = 1_800_000  # one source pauses the index at most so often
_OTHERS_MIN: Final = 3
_OTHER_DOMAINS_MIN: Final = 2


@final
@mypyc_attr(acyclic=True)
class FarSource:
    """A source that is far from the others, and what they say."""

    def __init__(self, source: Source, others_e8: int) -> None:
        self.source: Source = source
        self.others_e8: int = others_e8


def quality_of(live: list[Source], parameters: IndexParameters, weight_all: int) -> i64:
    """The IndexQuality that these sources give."""
    weight: int = 0
    domains: list[i64] = []
    for source in live:
        weight += source.weight
        if source.domain not in domains:
            domains.append(source.domain)
    count: i64 = len(live)
    present: i64 = len(domains)
    p = parameters
    scaled = weight * E8
    whole: int = weight_all
    if count >= p.full_sources and scaled >= p.full_weight_e8 * whole and present >= p.full_domains:
        return IndexQuality.FULL
    if (
        count >= p.low_sources
        and scaled >= p.low_weight_e8 * weight_all
        and present >= p.low_domains
    ):
        return IndexQuality.LOW
    return IndexQuality.NONE


def counted_sources(
    sources: list[Source], parameters: IndexParameters, weight_all: int, clock_ms: i64
) -> list[Source]:
    """The sources that form the index now: the live ones, and those automatically kept out when the
    quality would be lower without them. Whom an operator keeps out never counts.
    """
    live: list[Source] = []
    fresh: list[Source] = []
    for source in sources:
        if source.quarantine != Quarantine.OPERATOR and is_fresh(source, parameters, clock_ms):
            fresh.append(source)
            if source.quarantine == Quarantine.NONE:
                live.append(source)
    without = quality_of(live, parameters, weight_all)
    if without < quality_of(fresh, parameters, weight_all):
        return fresh
    return live


def find_far(sources: list[Source], outlier_e8: int) -> list[FarSource]:
    """The live sources further from the weighted median of the other live ones than `outlier_e8`.

    Only with at least three others, of at least two other domains; and only when all that are far
    belong to one domain and hold at most a third of the live weight. Two liars of one domain are
    both found, since each is measured against all others.
    """
    live: list[Source] = []
    for source in sources:
        if source.status == SourceStatus.LIVE:
            live.append(source)
    found: list[FarSource] = []
    weight_far: int = 0
    weight_live: int = 0
    for source in live:
        weight_live += source.weight
        others_e8 = _median_of_others(source, live)
        if others_e8 != 0 and distance_e8(source.price_e8, others_e8) > outlier_e8:
            found.append(FarSource(source, others_e8))
            weight_far += source.weight
    for far in found:
        if far.source.domain != found[0].source.domain:
            return []
    if 3 * weight_far > weight_live:
        return []
    return found


def _median_of_others(source: Source, live: list[Source]) -> int:
    """The weighted median of the rest; 0 when the rest is too few to speak for."""
    quotes: list[Quote] = []
    domains: list[i64] = []
    for other in live:
        if other.source_id == source.source_id:
            continue
        quotes.append(Quote(other.price_e8, other.source_id, other.weight))
        if other.domain != source.domain and other.domain not in domains:
            domains.append(other.domain)
    if len(quotes) < _OTHERS_MIN or len(domains) < _OTHER_DOMAINS_MIN:
        return 0
    return weighted_median(by_price(quotes))


def has_support(others_e8: int, index_e8: int, outlier_e8: int) -> bool:
    """Whether the others stand near the accepted index, so that it was the source that moved."""
    return distance_e8(others_e8, index_e8) <= outlier_e8


def put_out(source: Source, second_ms: i64) -> None:
    """Quarantine a source that the detector found; the fourth time within 30 minutes for good."""
    source.quarantine = Quarantine.DETECTOR
    source.quarantined_ms = second_ms
    source.agrees_ms = NEVER
    exclude(source, second_ms)


def exclude(source: Source, second_ms: i64) -> None:
    """Count an exclusion; with the fourth in 30 minutes only an operator lets the source back."""
    source.excluded_ms.append(second_ms)
    if len(source.excluded_ms) >= EXCLUSIONS_MAX:
        source.quarantine = Quarantine.EXCLUSIONS
        source.quarantined_ms = second_ms
        source.agrees_ms = NEVER


def may_pause(source: Source, second_ms: i64) -> bool:
    """Whether this source may make the index pause now; if so, it has used that up."""
    if source.paused_ms != NEVER and second_ms - source.paused_ms < PAUSE_EVERY_MS:
        return False
    source.paused_ms = second_ms
    return True


def let_back(source: Source) -> None:
    """End a quarantine: from here on the source counts like any other."""
    source.quarantine = Quarantine.NONE
    source.quarantined_ms = NEVER
    source.agrees_ms = NEVER
    source.is_far = False
    source.is_outlier = False


def review_quarantine(source: Source, second_ms: i64) -> None:
    """Forget old exclusions, and let back whom the detector put out long enough ago."""
    times = source.excluded_ms
    while len(times) > 0 and second_ms - times[0] >= EXCLUSION_WINDOW_MS:
        times.pop(0)
    if source.quarantine != Quarantine.DETECTOR:
        return
    has_agreed = source.agrees_ms != NEVER and second_ms - source.agrees_ms >= RETURN_MS
    if has_agreed or second_ms - source.quarantined_ms >= QUARANTINE_MS:
        let_back(source)


def watch_return(source: Source, *, is_near: bool, second_ms: i64) -> None:
    """Note since when a source that is kept out agrees with a good index."""
    if not is_near:
        source.agrees_ms = NEVER
    elif source.agrees_ms == NEVER:
        source.agrees_ms = second_ms


def count_outlier(source: Source, *, is_outlier: bool, second_ms: i64) -> None:
    """Count it as an exclusion when a source leaves the accepted median, and every five minutes
    that it stays away.
    """
    if is_outlier:
        times = source.excluded_ms
        last_ms = times[len(times) - 1] if len(times) > 0 else NEVER
        is_due = last_ms == NEVER or second_ms - last_ms >= EXCLUSION_EVERY_MS
        if not source.is_outlier or is_due:
            exclude(source, second_ms)
    source.is_outlier = is_outlier
