"""From the definition of an index to its sources; and which definitions are too concentrated."""

from mypy_extensions import i64

from seawall.core.model.genesis import IndexDefinition, PriceSource
from seawall.core.pricing.sources import Source


def build_sources(definition: IndexDefinition, price_sources: list[PriceSource]) -> list[Source]:
    """The constituents of an index. Sources without a domain of their own share one."""
    domains: list[bytes] = []
    found: list[Source] = []
    for constituent in definition.sources:
        venue = _venue(price_sources, constituent.source_id)
        assert venue is not None
        if venue.domain not in domains:
            domains.append(venue.domain)
        found.append(
            Source(
                source_id=constituent.source_id,
                weight=constituent.weight,
                domain=domains.index(venue.domain),
                conversion_id=constituent.conversion_id,
            )
        )
    return found


def _venue(price_sources: list[PriceSource], source_id: i64) -> PriceSource | None:
    for venue in price_sources:
        if venue.source_id == source_id:
            return venue
    return None
