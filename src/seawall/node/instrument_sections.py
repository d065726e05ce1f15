"""`[[instruments]]` of a venue file: spot pairs and perpetual swaps, as terms of the genesis."""

from __future__ import annotations

import msgspec

from seawall.core.model.enums import INSTRUMENT_KIND_NAMES, InstrumentKind, RiskTier
from seawall.core.model.instruments import Asset, Instrument, exact_unit_value
from seawall.node.numbers import (
    AMOUNT_GUARD,
    E8_DIGITS,
    Mistake,
    name_bytes,
    rate_e8,
    scaled,
    steps,
)
from seawall.node.price_sections import risk_tier

SWAP_SUFFIX = "-SWAP"


class InstrumentSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `[[instruments]]`; prices in whole quote per whole base.

    `kind` "spot": named `BASE-QUOTE`, `lot_size` and quantities in whole base. `kind` "swap": named
    `BASE-QUOTE-SWAP`, settled in the quote; `contract_value` is the whole base one contract stands
    for, quantities are contracts, and it needs an `index` and a `tier`.
    """

    name: str
    tick_size: str
    quantity_min: str
    quantity_max: str
    price_max: str
    kind: str = "spot"
    lot_size: str = ""
    contract_value: str = ""
    market_cap: str = "5%"
    index: str = ""
    tier: str = ""


def instruments_of(
    sections: list[InstrumentSection], assets: dict[str, Asset], index_ids: dict[str, int]
) -> list[Instrument]:
    """The instruments; their ids are their places in the file."""
    return [
        _instrument(number, section, assets, index_ids) for number, section in enumerate(sections)
    ]


def lots(text: str, instrument: Instrument, *, base_scale: int, key: str) -> int:
    """A quantity as a venue file writes it: whole base of a spot pair, contracts of a swap."""
    if instrument.kind == InstrumentKind.SWAP:
        return steps(text, step=1, digits=0, key=key)
    return steps(text, step=instrument.lot_size, digits=base_scale, key=key)


def _instrument(
    number: int, section: InstrumentSection, assets: dict[str, Asset], index_ids: dict[str, int]
) -> Instrument:
    key = f"instruments[{number}]"
    if section.kind not in INSTRUMENT_KIND_NAMES:
        words = " or ".join(f'"{one}"' for one in INSTRUMENT_KIND_NAMES)
        raise Mistake(f"{key}.kind: expected {words}, found {section.kind!r}")
    is_swap = section.kind == "swap"
    base, quote = _pair(section.name, is_swap, assets, f"{key}.name")
    tick_size_e8 = scaled(section.tick_size, digits=E8_DIGITS, key=f"{key}.tick_size")
    lot_size = _lot_size(section, is_swap, base, key)
    if tick_size_e8 == 0 or lot_size == 0:
        raise Mistake(f"{key}: tick_size and {_lot_key(is_swap)} must be above zero")
    if max(tick_size_e8, lot_size) >= AMOUNT_GUARD:
        raise Mistake(f"{key}: tick_size or {_lot_key(is_swap)} is out of range")
    instrument = Instrument(
        instrument_id=number,
        name=name_bytes(section.name, f"{key}.name"),
        base_asset_id=base.asset_id,
        quote_asset_id=quote.asset_id,
        tick_size_e8=tick_size_e8,
        lot_size=lot_size,
        unit_value=_unit_value(section, is_swap, base, quote, tick_size_e8, lot_size, key),
        quantity_min=0,
        quantity_max=0,
        price_max=steps(
            section.price_max, step=tick_size_e8, digits=E8_DIGITS, key=f"{key}.price_max"
        ),
        market_cap_e8=rate_e8(section.market_cap, key=f"{key}.market_cap"),
        kind=INSTRUMENT_KIND_NAMES.index(section.kind),
        index_id=_index_id(section, is_swap, index_ids, key),
        risk_tier=risk_tier(section.tier, f"{key}.tier") if section.tier else RiskTier.NONE,
    )
    for field in ("quantity_min", "quantity_max"):
        text = getattr(section, field)
        value = lots(text, instrument, base_scale=base.scale, key=f"{key}.{field}")
        setattr(instrument, field, value)
    return instrument


def _pair(name: str, is_swap: bool, assets: dict[str, Asset], key: str) -> tuple[Asset, Asset]:
    suffix = SWAP_SUFFIX if is_swap else ""
    base, _, quote = name.removesuffix(suffix).partition("-")
    if not name.endswith(suffix) or base not in assets or quote not in assets:
        raise Mistake(f"{key}: expected BASE-QUOTE{suffix} of two assets, found {name!r}")
    return assets[base], assets[quote]


def _lot_key(is_swap: bool) -> str:
    return "contract_value" if is_swap else "lot_size"


def _lot_size(section: InstrumentSection, is_swap: bool, base: Asset, key: str) -> int:
    """Base units of one lot: a spot pair's smallest step, or what a contract stands for."""
    wanted, other = _lot_key(is_swap), _lot_key(not is_swap)
    text = getattr(section, wanted)
    if not text or getattr(section, other):
        raise Mistake(f"{key}: a {section.kind} instrument needs `{wanted}` and has no `{other}`")
    return scaled(text, digits=base.scale, key=f"{key}.{wanted}")


def _unit_value(
    section: InstrumentSection,
    is_swap: bool,
    base: Asset,
    quote: Asset,
    tick_size_e8: int,
    lot_size: int,
    key: str,
) -> int:
    unit_value: int = exact_unit_value(
        tick_size_e8=tick_size_e8,
        lot_size=lot_size,
        base_units=base.units_per_whole(),
        quote_units=quote.units_per_whole(),
    )
    if unit_value == 0:
        lot_key = _lot_key(is_swap)
        raise Mistake(
            f"{key}: tick_size {section.tick_size} times {lot_key} {getattr(section, lot_key)} "
            f"must be whole units of {quote.name.decode()} (it has {quote.scale} decimal digits), "
            "so that trades are exact"
        )
    return unit_value


def _index_id(
    section: InstrumentSection, is_swap: bool, index_ids: dict[str, int], key: str
) -> int:
    if section.index and section.index not in index_ids:
        raise Mistake(f"{key}.index: there is no index {section.index!r} in this file")
    if is_swap and not section.index:
        raise Mistake(f"{key}.index: a swap needs the name of an index")
    if bool(section.index) != bool(section.tier):
        raise Mistake(f"{key}: `index` and `tier` go together; it has one of them")
    return index_ids[section.index] if section.index else 0
