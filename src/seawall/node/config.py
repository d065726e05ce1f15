"""The venue file: TOML that people write, turned into a genesis.

Every error names the file, the key and what was expected there. `numbers.py` reads what people
write, `instrument_sections.py` and `price_sections.py` know the larger tables.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import msgspec

from seawall.core.model.genesis import (
    Genesis,
    GenesisAccount,
    GenesisAmount,
    Operator,
    Parameters,
)
from seawall.core.model.genesis_check import genesis_fault
from seawall.core.model.instruments import Asset, FeeTier
from seawall.errors import BadConfiguration
from seawall.node.instrument_sections import InstrumentSection, instruments_of
from seawall.node.mirror_sections import MirrorSection, mirrors_of
from seawall.node.numbers import AMOUNT_GUARD, E8_DIGITS, Mistake, name_bytes, rate_e8, scaled
from seawall.node.price_sections import (
    IndexSection,
    SourceSection,
    index_definitions,
    price_sources,
)


class VenueSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[venue]`: its name, and whether money and prices are real or parameters unbounded."""

    name: str
    is_simulated: bool = False
    is_unsafe: bool = False


class ParametersSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[parameters]`: durations of the recovery after an outage, milliseconds; see the genesis.

    `protections = false` (unsafe only): prices are believed as they come, nothing is limited.
    """

    outage_ms: int = 3_000
    long_outage_ms: int = 10_000
    short_cancel_only_ms: int = 5_000
    long_cancel_only_ms: int = 60_000
    long_post_only_ms: int = 120_000
    protections: bool = True


class HouseSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[house]`: the venue's own capital by asset, in whole assets."""

    capital: dict[str, str] = {}


class FundSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[fund]`: what of the venue's own capital the insurance fund starts with, in whole assets."""

    seeds: dict[str, str] = {}


class AssetSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `[[assets]]`; `scale` is the number of decimal digits of its smallest unit."""

    name: str
    scale: int = 8


class FeeTierSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `[[fee_tiers]]`; a negative maker rate is a rebate."""

    maker: str
    taker: str


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
    fund: FundSection = FundSection()
    sources: list[SourceSection] = []
    operators: list[OperatorSection] = []
    accounts: list[AccountSection] = []
    indices: list[IndexSection] = []
    mirrors: list[MirrorSection] = []


class Venue(msgspec.Struct, frozen=True):
    """What a venue file means: the genesis, and who owns its accounts (account id -> name)."""

    genesis: Genesis
    account_names: dict[int, str]


def demo_venue_text() -> str:
    """The text of the demo venue's file, which is also the example to copy."""
    return resources.files("seawall.node").joinpath("demo.toml").read_text(encoding="utf-8")


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


def _venue(file: VenueFile, *, created_ms: int) -> Venue:
    assets = _assets(file.assets)
    by_name = {asset.name.decode(): asset for asset in assets}
    amounts = _amounts(0, file.house.capital, by_name, "house.capital")
    names = _account_names(file)
    index_ids = {section.name: number for number, section in enumerate(file.indices, start=1)}
    instruments = instruments_of(file.instruments, by_name, index_ids)
    for number, account in enumerate(file.accounts):
        amounts += _amounts(number + 1, account.balances, by_name, f"accounts[{number}].balances")
    genesis = Genesis(
        venue=name_bytes(file.venue.name, "venue.name"),
        created_ms=created_ms,
        is_unsafe=file.venue.is_unsafe,
        is_simulated=file.venue.is_simulated,
        parameters=_parameters(file.parameters),
        assets=assets,
        instruments=instruments,
        fee_tiers=[
            FeeTier(
                maker_e8=rate_e8(tier.maker, key=f"fee_tiers[{number}].maker"),
                taker_e8=rate_e8(tier.taker, key=f"fee_tiers[{number}].taker"),
            )
            for number, tier in enumerate(file.fee_tiers)
        ],
        sources=price_sources(file.sources),
        operators=[
            Operator(
                operator_id=number, name=name_bytes(person.name, f"operators[{number - 1}].name")
            )
            for number, person in enumerate(file.operators, start=1)
        ],
        accounts=[
            GenesisAccount(account_id=number, owner_id=number, fee_tier=account.fee_tier)
            for number, account in enumerate(file.accounts, start=1)
        ],
        amounts=amounts,
        indices=index_definitions(file.indices, file.sources),
        fund_seeds=_amounts(0, file.fund.seeds, by_name, "fund.seeds"),
        mirrors=mirrors_of(
            file.mirrors,
            accounts=names,
            instruments=instruments,
            sources=file.sources,
            scales=[asset.scale for asset in assets],
        ),
    )
    return Venue(genesis=genesis, account_names=names)


def _assets(sections: list[AssetSection]) -> list[Asset]:
    """The assets; their ids are their places in the file."""
    known = [section.name for section in sections]
    for number, name in enumerate(known):
        if name in known[:number]:
            raise Mistake(f"assets[{number}].name: {name!r} is there already")
    assets = [
        Asset(
            asset_id=number,
            name=name_bytes(section.name, f"assets[{number}].name"),
            scale=section.scale,
        )
        for number, section in enumerate(sections)
    ]
    for asset in assets:  # its scale is needed soon, before the genesis checks it
        if not 0 <= asset.scale <= E8_DIGITS:
            raise Mistake(f"asset {asset.name.decode()}: scale must be 0 to {E8_DIGITS}")
    return assets


def _account_names(file: VenueFile) -> dict[int, str]:
    """Account ids, from 1 in the order of the file, and whose they are."""
    names: dict[int, str] = {}
    for number, account in enumerate(file.accounts):
        key = f"accounts[{number}].name"
        if account.name in names.values():
            raise Mistake(f"{key}: {account.name!r} is there already")
        name_bytes(account.name, key)
        names[number + 1] = account.name
    return names


def _parameters(section: ParametersSection) -> Parameters:
    values = msgspec.structs.asdict(section)
    values["protections"] = int(section.protections)
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
        if not 0 <= amount < AMOUNT_GUARD:
            raise Mistake(f"{key}.{name}: {text} is above what the ledger holds")
        if amount > 0:
            amounts.append(
                GenesisAmount(account_id=account_id, asset_id=asset.asset_id, amount=amount)
            )
    return amounts
