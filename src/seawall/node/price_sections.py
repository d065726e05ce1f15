"""`[[sources]]` and `[[indices]]` of a venue file: names become the ids of the genesis."""

from __future__ import annotations

import msgspec

from seawall.core.model.enums import RISK_TIER_NAMES, RiskTier
from seawall.core.model.genesis import IndexDefinition, IndexSource, PriceSource
from seawall.node.numbers import AMOUNT_GUARD, Mistake, name_bytes


class SourceSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `[[sources]]`: an outside venue whose prices are observed.

    `domain` is where it is hosted, `owner` who runs it (empty: nobody else's).
    """

    name: str
    domain: str
    is_synthetic: bool = False
    owner: str = ""


class IndexSourceSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A constituent that is more than its name.

    `conversion` names the index that turns its quote into ours.
    """

    name: str
    weight: int = 1
    conversion: str = ""


class IndexSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `[[indices]]`: an outside price that is formed from several sources.

    `tier` is "major", "alt" or "tail". A source that is only named has weight 1.
    """

    name: str
    tier: str
    sources: list[str | IndexSourceSection]


def price_sources(sections: list[SourceSection]) -> list[PriceSource]:
    """The sources; their ids are their places in the file."""
    _refuse_twins([section.name for section in sections], "sources")
    return [
        PriceSource(
            source_id=number,
            name=name_bytes(section.name, f"sources[{number}].name"),
            domain=name_bytes(section.domain, f"sources[{number}].domain"),
            is_synthetic=section.is_synthetic,
            owner=name_bytes(section.owner, f"sources[{number}].owner") if section.owner else b"",
        )
        for number, section in enumerate(sections)
    ]


def index_definitions(
    sections: list[IndexSection], sources: list[SourceSection]
) -> list[IndexDefinition]:
    """The indices; their ids are their places in the file, from 1."""
    _refuse_twins([section.name for section in sections], "indices")
    source_ids = {section.name: number for number, section in enumerate(sources)}
    index_ids = {section.name: number for number, section in enumerate(sections, start=1)}
    return [
        IndexDefinition(
            index_id=number + 1,
            name=name_bytes(section.name, f"indices[{number}].name"),
            risk_tier=risk_tier(section.tier, f"indices[{number}].tier"),
            sources=[
                _constituent(one, source_ids, index_ids, f"indices[{number}].sources[{place}]")
                for place, one in enumerate(section.sources)
            ],
        )
        for number, section in enumerate(sections)
    ]


def _refuse_twins(names: list[str], key: str) -> None:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise Mistake(f"{key}[{number}].name: {name!r} is there already")


def _constituent(
    section: str | IndexSourceSection,
    source_ids: dict[str, int],
    index_ids: dict[str, int],
    key: str,
) -> IndexSource:
    one = IndexSourceSection(section) if isinstance(section, str) else section
    if one.name not in source_ids:
        raise Mistake(f"{key}: there is no source {one.name!r} in this file")
    if one.conversion and one.conversion not in index_ids:
        raise Mistake(f"{key}.conversion: there is no index {one.conversion!r} in this file")
    if not 0 < one.weight < AMOUNT_GUARD:
        raise Mistake(f"{key}.weight: expected a whole number from 1, found {one.weight}")
    return IndexSource(
        source_id=source_ids[one.name],
        weight=one.weight,
        conversion_id=index_ids[one.conversion] if one.conversion else 0,
    )


def risk_tier(text: str, key: str) -> int:
    """The RiskTier of its name."""
    tiers = RISK_TIER_NAMES[RiskTier.MAJOR :]
    if text not in tiers:
        raise Mistake(f"{key}: expected one of {', '.join(tiers)}, found {text!r}")
    return RISK_TIER_NAMES.index(text)
