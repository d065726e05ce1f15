"""The genesis: the state before entry 1, and the parameters the venue starts with.

It is stored beside the journal, its hash opens the hash chain, and a replica joins only with an
equal one. `is_unsafe` permits parameters outside their bounds (to play an incident with protections
off); `is_simulated` says that money and prices are not real; every surface repeats both.
`genesis_check.py` says what is wrong with one, `genesis_codec.py` gives its canonical bytes.
"""

from dataclasses import dataclass, field
from typing import Final, final

from mypy_extensions import i64

from seawall.core.model.instruments import Asset, FeeTier, Instrument

RULES_VERSION: Final = 1


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
    protections: i64 = 1  # 0 (unsafe only): prices are believed as they come, nothing is limited


@final
@dataclass
class PriceSource:
    """An outside venue that is observed; sources of one failure domain can fail together.

    `domain` is where it is hosted, `owner` who runs it (empty: nobody else's).
    """

    source_id: i64
    name: bytes
    domain: bytes
    is_synthetic: bool
    owner: bytes = b""


@final
@dataclass
class IndexSource:
    """A constituent of an index. `conversion_id` names the index that turns its quote into ours; 0
    for none.
    """

    source_id: i64
    weight: i64 = 1
    conversion_id: i64 = 0


@final
@dataclass
class IndexDefinition:
    """An outside price that the venue forms from several sources."""

    index_id: i64  # from 1
    name: bytes
    risk_tier: i64
    sources: list[IndexSource] = field(default_factory=list)


@final
@dataclass
class Mirror:
    """An account whose orders the engine derives from what one source says of an instrument."""

    account_id: i64
    instrument_id: i64
    source_id: i64
    spread_e8: i64  # distance from the source's bid and ask
    quantity: i64  # lots on each side


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
    """An opening balance: of an account's trading side, or (account 0) the house's own capital.

    In `Genesis.fund_seeds` (account 0): what of that capital the insurance fund starts with.
    """

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
    indices: list[IndexDefinition] = field(default_factory=list)
    fund_seeds: list[GenesisAmount] = field(default_factory=list)
    mirrors: list[Mirror] = field(default_factory=list)
