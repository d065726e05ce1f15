"""The genesis: the state before entry 1, and the parameters the venue starts with.

It is stored beside the journal, its hash opens the hash chain, and a replica joins only with an
equal one. `is_unsafe` permits parameters outside their bounds (to play an incident with protections
off); `is_simulated` says that money and prices are not real; every surface repeats both.
`genesis_codec.py` gives its canonical bytes.
"""

from dataclasses import dataclass, field
from typing import Final, final

from mypy_extensions import i64

from seawall.core.model.enums import TradingState
from seawall.core.model.instruments import (
    Asset,
    FeeTier,
    Instrument,
    are_sound_fee_tiers,
    is_listable_asset,
    is_listable_instrument,
)
from seawall.core.model.limits import (
    ACCOUNT_ID_MAX,
    AMOUNT_MAX,
    NAME_BYTES,
    SHARD_MAX,
    SOURCES_MAX,
    TIMERS_MAX,
)

RULES_VERSION: Final = 1
DAY_MS: Final = 86_400_000


@final
@dataclass
class Parameters:
    """Durations on the venue's clock, milliseconds (record 0009)."""

    outage_ms: i64 = 3_000  # a step of the clock from here on is an outage
    long_outage_ms: i64 = 10_000  # from here on recovery is the long one
    short_cancel_only_ms: i64 = 5_000
    long_cancel_only_ms: i64 = 60_000
    long_post_only_ms: i64 = 120_000
    timers: i64 = 1


@final
@dataclass
class PriceSource:
    """An outside venue that is observed; sources of one failure domain can fail together."""

    source_id: i64
    name: bytes
    domain: bytes
    is_synthetic: bool


@final
@dataclass
class GenesisAccount:
    """A trading account that exists from the start."""

    account_id: i64
    owner_id: i64
    fee_tier: i64


@final
@dataclass
class GenesisAmount:
    """An opening balance: of an account's trading side, or (account 0) the house's own capital."""

    account_id: i64
    asset_id: i64
    amount: i64


@final
@dataclass
class Operator:
    """A person who may approve acts of the venue."""

    operator_id: i64
    name: bytes


@final
@dataclass
class Genesis:
    """Everything that is agreed before the first entry. Build it with keywords."""

    venue: bytes
    created_ms: i64
    shard: i64 = 0
    rules_version: i64 = RULES_VERSION
    is_unsafe: bool = False
    is_simulated: bool = False
    parameters: Parameters = field(default_factory=Parameters)
    assets: list[Asset] = field(default_factory=list)
    instruments: list[Instrument] = field(default_factory=list)
    fee_tiers: list[FeeTier] = field(default_factory=list)
    sources: list[PriceSource] = field(default_factory=list)
    operators: list[Operator] = field(default_factory=list)
    accounts: list[GenesisAccount] = field(default_factory=list)
    amounts: list[GenesisAmount] = field(default_factory=list)


def genesis_fault(genesis: Genesis) -> str:
    """The first thing that is wrong with a genesis, as a sentence, or "" when it is sound."""
    if not (0 < len(genesis.venue) <= NAME_BYTES) or not (0 <= genesis.shard <= SHARD_MAX):
        return "the venue needs a name of 1 to 32 bytes and a shard of 0 to 255"
    if genesis.rules_version != RULES_VERSION:
        return f"rules version {genesis.rules_version}; this release implements {RULES_VERSION}"
    fault = _parameters_fault(genesis.parameters, genesis.is_unsafe)
    if fault:
        return fault
    if not are_sound_fee_tiers(genesis.fee_tiers):
        return "fee tiers: at least one, rates within 5 %, taker + maker >= 0 for every pair"
    fault = _listing_fault(genesis)
    if fault:
        return fault
    return _accounts_fault(genesis)


def _parameters_fault(parameters: Parameters, is_unsafe: bool) -> str:
    if not (1 <= parameters.timers <= TIMERS_MAX):
        return f"timers: 1 to {TIMERS_MAX}"
    if is_unsafe:
        return ""
    if not (1_000 <= parameters.outage_ms <= 10_000):
        return "outage_ms: 1000 to 10000"
    if not (parameters.outage_ms <= parameters.long_outage_ms <= 60_000):
        return "long_outage_ms: outage_ms to 60000"
    for name, value in (
        ("short_cancel_only_ms", parameters.short_cancel_only_ms),
        ("long_cancel_only_ms", parameters.long_cancel_only_ms),
        ("long_post_only_ms", parameters.long_post_only_ms),
    ):
        if not (0 <= value <= DAY_MS):
            return f"{name}: 0 to {DAY_MS}"
    return ""


def _listing_fault(genesis: Genesis) -> str:
    assets: dict[int, Asset] = {}
    names: dict[bytes, bool] = {}
    for asset in genesis.assets:
        if not is_listable_asset(asset) or asset.asset_id in assets or asset.name in names:
            return f"asset {asset.name!r}: id and name must be unique, scale 0 to 8"
        assets[asset.asset_id] = asset
        names[asset.name] = True
    ids: dict[int, bool] = {}
    for instrument in genesis.instruments:
        base = assets.get(instrument.base_asset_id)
        quote = assets.get(instrument.quote_asset_id)
        if base is None or quote is None:
            return f"instrument {instrument.name!r}: its base or quote asset is not listed"
        if instrument.instrument_id in ids or instrument.name in names:
            return f"instrument {instrument.name!r}: id and name must be unique"
        if not is_listable_instrument(instrument, base, quote):
            return (
                f"instrument {instrument.name!r}: tick times lot must be whole quote units, and "
                "the largest order at the highest price must stay below 2^60 quote units"
            )
        if not (TradingState.LIVE <= instrument.trading_state <= TradingState.HALTED):
            return f"instrument {instrument.name!r}: there is no such trading state"
        ids[instrument.instrument_id] = True
        names[instrument.name] = True
    sources: dict[int, bool] = {}
    for source in genesis.sources:
        if not (0 <= source.source_id < SOURCES_MAX) or source.source_id in sources:
            return f"source {source.name!r}: ids are unique and below {SOURCES_MAX}"
        sources[source.source_id] = True
    return ""


def _accounts_fault(genesis: Genesis) -> str:
    tiers: i64 = len(genesis.fee_tiers)
    accounts: dict[int, bool] = {}
    for account in genesis.accounts:
        if not (0 < account.account_id <= ACCOUNT_ID_MAX) or account.account_id in accounts:
            return f"account {account.account_id}: ids are unique and from 1 to {ACCOUNT_ID_MAX}"
        if not (0 < account.owner_id <= ACCOUNT_ID_MAX and 0 <= account.fee_tier < tiers):
            return f"account {account.account_id}: its owner or fee tier is out of range"
        accounts[account.account_id] = True
    assets: dict[int, int] = {}
    for asset in genesis.assets:
        assets[asset.asset_id] = 0
    for amount in genesis.amounts:
        if amount.account_id != 0 and amount.account_id not in accounts:
            return f"an opening balance names account {amount.account_id}, which does not exist"
        if amount.asset_id not in assets or not (0 < amount.amount <= AMOUNT_MAX):
            return f"an opening balance of account {amount.account_id} is out of range"
        assets[amount.asset_id] += int(amount.amount)
        if assets[amount.asset_id] > AMOUNT_MAX:
            return f"the opening balances of asset {amount.asset_id} exceed what the ledger holds"
    return ""
