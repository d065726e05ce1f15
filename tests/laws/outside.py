"""Outside sources, and an index of three of them, for the geneses of tests."""

from __future__ import annotations

from seawall.core.model.enums import RiskTier
from seawall.core.model.genesis import IndexDefinition, IndexSource, PriceSource

INDEX = 1


def outside_sources() -> list[PriceSource]:
    """Four sources, 1 to 4, each in a failure domain of its own."""
    names = (b"one", b"two", b"three", b"four")
    return [
        PriceSource(source_id=number, name=name, domain=b"of " + name, is_synthetic=True)
        for number, name in enumerate(names, start=1)
    ]


def small_index(index_id: int = INDEX, name: bytes = b"BTC-USDT") -> IndexDefinition:
    """An index of the sources 1, 2 and 3."""
    return IndexDefinition(
        index_id=index_id,
        name=name,
        risk_tier=RiskTier.TAIL,
        sources=[IndexSource(source_id=one) for one in (1, 2, 3)],
    )
