"""The venue file: TOML that people write, turned into a genesis.

Numbers are strings of whole assets ("0.1") or percentages ("0.10%"), so no float ever stands
between a person and the ledger. Every error names the file, the key and what was expected there.
"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Final

import msgspec

from seawall.core.model.genesis import (
    Genesis,
    GenesisAccount,
    GenesisAmount,
    Operator,
    Parameters,
    PriceSource,
    genesis_fault,
)
from seawall.core.model.instruments import Asset, FeeTier, Instrument, exact_unit_value
from seawall.errors import BadConfiguration

_NUMBER: Final = re.compile(r"[0-9]+(_[0-9]+)*(\.[0-9]+)?")
_NUMBER_CHARACTERS_MAX: Final = 40
E8_DIGITS: Final = 8
_AMOUNT_GUARD: Final = 2**62  # what encodes; the genesis has the true limits
PERCENT_DIGITS: Final = 6  # 1 % is 1_000_000 in e8


class VenueSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[venue]`: its name, and whether money and prices are real or parameters unbounded."""

    name: str
    is_simulated: bool = False
    is_unsafe: bool = False


class ParametersSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[parameters]`: durations of the recovery after an outage, milliseconds; see the genesis."""

    outage_ms: int = 3_000
    long_outage_ms: int = 10_000
    short_cancel_only_ms: int = 5_000
    long_cancel_only_ms: int = 60_000
    long_post_only_ms: int = 120_000


class HouseSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[house]`: the venue's own capital by asset, in whole assets."""

    capital: dict[str, str] = {}


class AssetSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `[[assets]]`; `scale` is the number of decimal digits of its smallest unit."""

    name: str
    scale: int = 8


class InstrumentSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `[[instruments]]`, named `BASE-QUOTE`; sizes in whole base, prices in whole quote."""

    name: str
    tick_size: str
    lot_size: str
    quantity_min: str
    quantity_max: str
    price_max: str
    market_cap: str = "5%"


class FeeTierSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `[[fee_tiers]]`; a negative maker rate is a rebate."""

    maker: str
    taker: str


class SourceSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `[[sources]]`: an outside venue whose prices are observed."""

    name: str
    domain: str
    is_synthetic: bool = False


class OperatorSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `[[operators]]`: a person who may approve acts of the venue."""

    name: str


class AccountSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `[[accounts]]`: the person who owns it, and what it starts with, in whole assets."""

    name: str
    fee_tier: int = 0
    balances: dict[str, str] = {}


class VenueFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole venue file."""

    venue: VenueSection
    assets: list[AssetSection]
    instruments: list[InstrumentSection]
    fee_tiers: list[FeeTierSection]
    parameters: ParametersSection = ParametersSection()
    house: HouseSection = HouseSection()
    sources: list[SourceSection] = []
    operators: list[OperatorSection] = []
    accounts: list[AccountSection] = []


class Venue(msgspec.Struct, frozen=True):
    """What a venue file means: the genesis, and who owns its accounts (account id -> name)."""

    genesis: Genesis
    account_names: dict[int, str]


def demo_venue_text() -> str:
    """The text of the demo venue's file, which is also the example to copy."""
    return resources.files("seawall.node").joinpath("demo.toml").read_text(encoding="utf-8")


class Mistake(ValueError):
    """One thing that is wrong with a venue file: its place, what was expected, what was found."""


def read_venue(path: Path | None, *, created_ms: int) -> Venue:
    """The venue that `path` describes, or the demo venue; BadConfiguration names the place."""
    if path is None:
        return parse_venue(demo_venue_text(), name="demo.toml", created_ms=created_ms)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise BadConfiguration(
            expected="a venue file (TOML)",
            found=f"{path}: {why}",
            to_do="name a file that can be read; `seawall init --example` prints one to start from",
        ) from error
    return parse_venue(text, name=str(path), created_ms=created_ms)


def parse_venue(text: str, *, name: str, created_ms: int) -> Venue:
    """The venue that a file's text describes; `name` is how errors call the file."""
    try:
        file = msgspec.toml.decode(text, type=VenueFile, strict=True)
        venue = _venue(file, created_ms=created_ms)
        fault = genesis_fault(venue.genesis)
        if fault:
            raise Mistake(fault)
    except (msgspec.DecodeError, Mistake) as error:
        raise BadConfiguration(
            expected="a sound venue file",
            found=f"{name}: {_readable(str(error))}",
            to_do=f"correct {name} and run the command again",
        ) from error
    return venue


def _readable(text: str) -> str:
    """The place as it stands in the file: `$.venue.name` is `venue.name`, and `$` the file."""
    for ours, theirs in (
        ("at `$.", "at `"),
        (" - at `$`", ""),
        ("Object missing required field", "the table lacks the key"),
        ("Object contains unknown field", "nobody knows the key"),
    ):
        text = text.replace(ours, theirs)
    return text


def scaled(text: str, *, digits: int, key: str) -> int:
    """`text` times 10^digits, exactly; `key` is how the error calls the place."""
    if len(text) > _NUMBER_CHARACTERS_MAX or not _NUMBER.fullmatch(text):
        raise Mistake(f'{key}: expected a decimal number in quotes like "0.1", found {text!r}')
    whole, _, fraction = text.replace("_", "").partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > digits:
        raise Mistake(f"{key}: {text} has more than {digits} decimal digits")
    units: int = 10**digits
    return int(whole) * units + int(fraction.ljust(digits, "0") or "0")


def rate_e8(text: str, *, key: str) -> int:
    """A percentage like "0.10%" or "-0.005%" as an e8 rate."""
    if not text.endswith("%"):
        raise Mistake(f'{key}: expected a percentage in quotes like "0.10%", found {text!r}')
    number = text[:-1].strip()
    sign = -1 if number.startswith("-") else 1
    return sign * scaled(number.removeprefix("-"), digits=PERCENT_DIGITS, key=key)


def _venue(file: VenueFile, *, created_ms: int) -> Venue:
    known = [section.name for section in file.assets]
    for number, name in enumerate(known):
        if name in known[:number]:
            raise Mistake(f"assets[{number}].name: {name!r} is there already")
    assets = [
        Asset(
            asset_id=number, name=_name(section.name, f"assets[{number}].name"), scale=section.scale
        )
        for number, section in enumerate(file.assets)
    ]
    by_name = {asset.name.decode(): asset for asset in assets}
    for asset in assets:  # its scale is needed below, before the genesis checks it
        if not 0 <= asset.scale <= E8_DIGITS:
            raise Mistake(f"asset {asset.name.decode()}: scale must be 0 to {E8_DIGITS}")
    amounts = _amounts(0, file.house.capital, by_name, "house.capital")
    names = _account_names(file)
    for number, account in enumerate(file.accounts):
        amounts += _amounts(number + 1, account.balances, by_name, f"accounts[{number}].balances")
    genesis = Genesis(
        venue=_name(file.venue.name, "venue.name"),
        created_ms=created_ms,
        is_unsafe=file.venue.is_unsafe,
        is_simulated=file.venue.is_simulated,
        parameters=_parameters(file.parameters),
        assets=assets,
        instruments=[
            _instrument(number, section, by_name) for number, section in enumerate(file.instruments)
        ],
        fee_tiers=[
            FeeTier(
                maker_e8=rate_e8(tier.maker, key=f"fee_tiers[{number}].maker"),
                taker_e8=rate_e8(tier.taker, key=f"fee_tiers[{number}].taker"),
            )
            for number, tier in enumerate(file.fee_tiers)
        ],
        sources=[
            PriceSource(
                source_id=number,
                name=_name(source.name, f"sources[{number}].name"),
                domain=_name(source.domain, f"sources[{number}].domain"),
                is_synthetic=source.is_synthetic,
            )
            for number, source in enumerate(file.sources)
        ],
        operators=[
            Operator(operator_id=number, name=_name(person.name, f"operators[{number - 1}].name"))
            for number, person in enumerate(file.operators, start=1)
        ],
        accounts=[
            GenesisAccount(account_id=number, owner_id=number, fee_tier=account.fee_tier)
            for number, account in enumerate(file.accounts, start=1)
        ],
        amounts=amounts,
    )
    return Venue(genesis=genesis, account_names=names)


def _account_names(file: VenueFile) -> dict[int, str]:
    """Account ids, from 1 in the order of the file, and whose they are."""
    names: dict[int, str] = {}
    for number, account in enumerate(file.accounts):
        key = f"accounts[{number}].name"
        if account.name in names.values():
            raise Mistake(f"{key}: {account.name!r} is there already")
        _name(account.name, key)
        names[number + 1] = account.name
    return names


def _name(text: str, key: str) -> bytes:
    if not text.isascii() or not text.isprintable() or not 0 < len(text) <= 32:
        raise Mistake(f"{key}: expected 1 to 32 printable ASCII characters, found {text!r}")
    return text.encode()


def _parameters(section: ParametersSection) -> Parameters:
    values = msgspec.structs.asdict(section)
    for key, value in values.items():
        if not 0 <= value <= 2**31:
            raise Mistake(f"parameters.{key}: expected milliseconds from 0, found {value}")
    return Parameters(**values)


def _amounts(
    account_id: int, balances: dict[str, str], assets: dict[str, Asset], key: str
) -> list[GenesisAmount]:
    amounts = []
    for name, text in balances.items():
        if name not in assets:
            raise Mistake(f"{key}.{name}: there is no asset {name!r} in this file")
        asset = assets[name]
        amount = scaled(text, digits=asset.scale, key=f"{key}.{name}")
        if not 0 <= amount < _AMOUNT_GUARD:
            raise Mistake(f"{key}.{name}: {text} is above what the ledger holds")
        if amount > 0:
            amounts.append(
                GenesisAmount(account_id=account_id, asset_id=asset.asset_id, amount=amount)
            )
    return amounts


def _instrument(number: int, section: InstrumentSection, assets: dict[str, Asset]) -> Instrument:
    key = f"instruments[{number}]"
    base_name, _, quote_name = section.name.partition("-")
    if base_name not in assets or quote_name not in assets:
        raise Mistake(f"{key}.name: expected BASE-QUOTE of two assets, found {section.name!r}")
    base, quote = assets[base_name], assets[quote_name]
    tick_size_e8 = scaled(section.tick_size, digits=E8_DIGITS, key=f"{key}.tick_size")
    lot_size = scaled(section.lot_size, digits=base.scale, key=f"{key}.lot_size")
    if tick_size_e8 == 0 or lot_size == 0:
        raise Mistake(f"{key}: tick_size and lot_size must be above zero")
    if max(tick_size_e8, lot_size) >= _AMOUNT_GUARD:
        raise Mistake(f"{key}: tick_size or lot_size is out of range")
    unit_value = exact_unit_value(
        tick_size_e8=tick_size_e8,
        lot_size=lot_size,
        base_units=base.units_per_whole(),
        quote_units=quote.units_per_whole(),
    )
    if unit_value == 0:
        raise Mistake(
            f"{key}: tick_size {section.tick_size} times lot_size {section.lot_size} must be whole "
            f"units of {quote_name} (it has {quote.scale} decimal digits), so that trades are exact"
        )
    return Instrument(
        instrument_id=number,
        name=_name(section.name, f"{key}.name"),
        base_asset_id=base.asset_id,
        quote_asset_id=quote.asset_id,
        tick_size_e8=tick_size_e8,
        lot_size=lot_size,
        unit_value=unit_value,
        quantity_min=_steps(section.quantity_min, lot_size, base.scale, f"{key}.quantity_min"),
        quantity_max=_steps(section.quantity_max, lot_size, base.scale, f"{key}.quantity_max"),
        price_max=_steps(section.price_max, tick_size_e8, E8_DIGITS, f"{key}.price_max"),
        market_cap_e8=rate_e8(section.market_cap, key=f"{key}.market_cap"),
    )


def _steps(text: str, step: int, digits: int, key: str) -> int:
    """How many whole ticks or lots `text` is."""
    value = scaled(text, digits=digits, key=key)
    if value % step or not 0 < value // step < _AMOUNT_GUARD:
        raise Mistake(f"{key}: {text} must be a positive multiple of its tick or lot size")
    return value // step
