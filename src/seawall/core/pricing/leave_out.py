"""The index as it would be without one of its failure domains: what an act that cannot be undone
must hold under.

One host, one provider or one operator behind several sources can pull the index within its clamps.
A liquidation that holds only with his sources is not carried out.
"""

from mypy_extensions import i64

from seawall.core.pricing.detector import counted_sources
from seawall.core.pricing.guarded_index import GuardedIndex
from seawall.core.pricing.reading import candidates_of
from seawall.core.pricing.sources import Source


def leave_one_domain_out_values(index: GuardedIndex, clock_ms: i64) -> list[int]:
    """The candidate of the counted sources without each domain in turn, by domain, e8.

    Sources that contradict each other have no candidate: then the quartiles of what they say. With
    a single domain nothing can be left out and the list is empty.
    """
    live = counted_sources(index.sources, index.parameters, index.weight_all, clock_ms)
    values: list[int] = []
    for domain in _domains_of(live):
        rest = [source for source in live if source.domain != domain]
        if len(rest) > 0:
            values.extend(candidates_of(rest, index.parameters))
    return values


def leave_one_domain_out_shifts(index: GuardedIndex, clock_ms: i64) -> tuple[int, int]:
    """How far the index would stand below (at most 0) and above (at least 0) without any one
    domain, against what all of them say now.
    """
    live = counted_sources(index.sources, index.parameters, index.weight_all, clock_ms)
    if len(live) == 0:
        return 0, 0
    now = candidates_of(live, index.parameters)
    lowest = 0
    highest = 0
    for value in leave_one_domain_out_values(index, clock_ms):
        lowest = min(lowest, value - now[-1])
        highest = max(highest, value - now[0])
    return lowest, highest


def _domains_of(live: list[Source]) -> list[int]:
    """The failure domains of the sources, ascending."""
    found: list[int] = []
    for source in live:
        if source.domain not in found:
            found.append(int(source.domain))
    found.sort()
    return found
