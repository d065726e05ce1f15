"""What makes a genesis unsound, each as a sentence that says what was expected.

A venue starts only from a sound genesis, and a replica joins only with the same one, so nothing
later has to look again.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.model.enums import InstrumentKind, RiskTier, TradingState
from seawall.core.model.genesis import (
    RULES_VERSION,
    Genesis,
    IndexDefinition,
    Mirror,
    Parameters,
    PriceSource,
)
from seawall.core.model.instruments import (
    Asset,
    Instrument,
    are_sound_fee_tiers,
    is_listable_asset,
    is_listable_instrument,
)
from seawall.core.model.limits import (
    ACCOUNT_ID_ERROR,
    ACCOUNT_ID_MAX,
    AMOUNT_MAX,
    INDICES_MAX,
    MIRRORS_MAX,
    NAME_BYTES,
    SHARD_MAX,
    SOURCES_MAX,
    TIMERS_MAX,
)

DAY_MS: Final = 86_400_000
INDEX_SOURCES_MIN: Final = 3  # even of an unsafe venue: fewer have no median
INDEX_DOMAINS_MIN: Final = 3
SOURCE_WEIGHT_MAX: Final = 1_000_000
MIRROR_SPREAD_E8_MAX: Final = 10_000_000  # 10 %


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
    fault = _indices_fault(genesis)
    if fault:
        return fault
    fault = _accounts_fault(genesis)
    if fault:
        return fault
    fault = _fund_fault(genesis)
    if fault:
        return fault
    return _mirrors_fault(genesis)


def _parameters_fault(parameters: Parameters, is_unsafe: bool) -> str:
    if not (1 <= parameters.timers <= TIMERS_MAX):
        return f"timers: 1 to {TIMERS_MAX}"
    if not (0 <= parameters.protections <= 1):
        return "protections: 0 (off) or 1 (on)"
    if is_unsafe:
        return ""
    if parameters.protections == 0:
        return "protections: 1 (on); they can be off only in a genesis that is marked unsafe"
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
        fault = _instrument_fault(instrument, genesis)
        if fault:
            return f"instrument {instrument.name!r}: {fault}"
        if not is_listable_instrument(instrument, base, quote):
            return (
                f"instrument {instrument.name!r}: tick times lot must be whole quote units, and "
                "the largest order at the highest price must stay below 2^60 quote units"
            )
        ids[instrument.instrument_id] = True
        names[instrument.name] = True
    sources: dict[int, bool] = {}
    source_names: dict[bytes, bool] = {}
    for source in genesis.sources:
        if not (0 <= source.source_id < SOURCES_MAX) or source.source_id in sources:
            return f"source {source.name!r}: ids are unique and below {SOURCES_MAX}"
        if not (0 < len(source.name) <= NAME_BYTES and 0 < len(source.domain) <= NAME_BYTES):
            return f"source {source.source_id}: name and domain have 1 to {NAME_BYTES} bytes"
        if len(source.owner) > NAME_BYTES:
            return f"source {source.name!r}: its owner has at most {NAME_BYTES} bytes"
        if source.name in source_names:
            return f"source {source.name!r}: names are unique"
        sources[source.source_id] = True
        source_names[source.name] = True
    return ""


def _instrument_fault(instrument: Instrument, genesis: Genesis) -> str:
    state = instrument.trading_state
    if not (TradingState.LIVE <= state <= TradingState.HALTED) or state == TradingState.AUCTION:
        return "there is no such trading state"
    if not (InstrumentKind.SPOT <= instrument.kind <= InstrumentKind.SWAP):
        return "its kind is spot or swap"
    if instrument.kind == InstrumentKind.SWAP and instrument.index_id == 0:
        return "a swap needs an index"
    if (instrument.index_id != 0) != (instrument.risk_tier != RiskTier.NONE):
        return "an index and a risk tier go together; it has one of them"
    if not (RiskTier.NONE <= instrument.risk_tier <= RiskTier.TAIL):
        return "its risk tier is none, major, alt or tail"
    if instrument.index_id != 0 and index_of(genesis, instrument.index_id) is None:
        return f"its index {instrument.index_id} does not exist"
    return ""


def index_of(genesis: Genesis, index_id: i64) -> IndexDefinition | None:
    """The index of that id, or None."""
    for index in genesis.indices:
        if index.index_id == index_id:
            return index
    return None


def is_constituent(index: IndexDefinition, source_id: i64) -> bool:
    """Whether the source is one of the index's."""
    for source in index.sources:
        if source.source_id == source_id:
            return True
    return False


def _indices_fault(genesis: Genesis) -> str:
    ids: dict[int, bool] = {}
    names: dict[bytes, bool] = {}
    for index in genesis.indices:
        if not (0 < len(index.name) <= NAME_BYTES) or index.name in names:
            return f"index {index.name!r}: names are unique and have 1 to {NAME_BYTES} bytes"
        if not (1 <= index.index_id <= INDICES_MAX) or index.index_id in ids:
            return f"index {index.name!r}: ids are unique and from 1 to {INDICES_MAX}"
        if not (RiskTier.MAJOR <= index.risk_tier <= RiskTier.TAIL):
            return f"index {index.name!r}: its risk tier is major, alt or tail"
        names[index.name] = True
        ids[index.index_id] = True
    sources: dict[int, PriceSource] = {}
    for source in genesis.sources:
        sources[source.source_id] = source
    for index in genesis.indices:
        fault = _constituents_fault(index, sources, ids)
        if not fault and not genesis.is_unsafe:
            fault = _spread_fault(index, sources)
        if fault:
            return f"index {index.name!r}: {fault}"
    return _conversions_fault(genesis)


def _constituents_fault(
    index: IndexDefinition, sources: dict[int, PriceSource], indices: dict[int, bool]
) -> str:
    if len(index.sources) < INDEX_SOURCES_MIN:
        return f"at least {INDEX_SOURCES_MIN} sources, found {len(index.sources)}"
    seen: dict[int, bool] = {}
    for one in index.sources:
        if one.source_id not in sources:
            return f"its source {one.source_id} does not exist"
        if one.source_id in seen:
            return f"its source {one.source_id} is named twice"
        if not (1 <= one.weight <= SOURCE_WEIGHT_MAX):
            return f"the weight of source {one.source_id} is 1 to {SOURCE_WEIGHT_MAX}"
        if one.conversion_id != 0 and one.conversion_id not in indices:
            return f"source {one.source_id} is converted by index {one.conversion_id}: none such"
        seen[one.source_id] = True
    return ""


def sources_needed(risk_tier: i64) -> i64:
    """How many sources an index of the tier must name: a major one five, of the tail three."""
    if risk_tier == RiskTier.MAJOR:
        return 5
    return 4 if risk_tier == RiskTier.ALT else 3


def _spread_fault(index: IndexDefinition, sources: dict[int, PriceSource]) -> str:
    """No third of the weight may fail, or be moved, at once."""
    needed = sources_needed(index.risk_tier)
    if len(index.sources) < needed:
        return f"at least {needed} sources for its risk tier, found {len(index.sources)}"
    total: i64 = 0
    domains: dict[bytes, int] = {}
    owners: dict[bytes, int] = {}
    for one in index.sources:
        source = sources[one.source_id]
        total += one.weight
        domains[source.domain] = domains.get(source.domain, 0) + one.weight
        if source.owner:
            owners[source.owner] = owners.get(source.owner, 0) + one.weight
    if len(domains) < INDEX_DOMAINS_MIN:
        return f"sources in at least {INDEX_DOMAINS_MIN} host domains, found {len(domains)}"
    for domain in sorted(domains):
        if 3 * domains[domain] > total:
            return f"host domain {domain!r} carries more than a third of the weight"
    for owner in sorted(owners):
        if 3 * owners[owner] > total:
            return f"owner {owner!r} carries more than a third of the weight"
    return ""


def _conversions_fault(genesis: Genesis) -> str:
    """An index may not be needed, over any number of conversions, to compute itself."""
    waiting: dict[int, list[int]] = {}
    for index in genesis.indices:
        waiting[index.index_id] = [
            one.conversion_id for one in index.sources if one.conversion_id != 0
        ]
    while True:
        ready: list[int] = []
        for index_id in sorted(waiting):
            if not any(needed in waiting for needed in waiting[index_id]):
                ready.append(index_id)
        if len(ready) == 0:
            break
        for index_id in ready:
            del waiting[index_id]
    for index_id in sorted(waiting):
        return f"index {index_id}: it is converted by itself, perhaps through other indices"
    return ""


def _accounts_fault(genesis: Genesis) -> str:
    tiers: i64 = len(genesis.fee_tiers)
    accounts: dict[int, bool] = {}
    for account in genesis.accounts:
        if not (0 < account.account_id < ACCOUNT_ID_ERROR) or account.account_id in accounts:
            highest = ACCOUNT_ID_ERROR - 1
            return f"account {account.account_id}: ids are unique and from 1 to {highest}"
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


def _fund_fault(genesis: Genesis) -> str:
    capital: dict[int, int] = {}
    for amount in genesis.amounts:
        if amount.account_id == 0:
            capital[amount.asset_id] = capital.get(amount.asset_id, 0) + int(amount.amount)
    for seed in genesis.fund_seeds:
        if seed.account_id != 0:
            return f"a fund seed comes from the house (account 0), not account {seed.account_id}"
        if not (0 < seed.amount <= capital.get(seed.asset_id, 0)):
            return (
                f"the fund seeds of asset {seed.asset_id} must be above zero and within the "
                "house's own capital of it"
            )
        capital[seed.asset_id] -= int(seed.amount)
    return ""


def _mirrors_fault(genesis: Genesis) -> str:
    if len(genesis.mirrors) > MIRRORS_MAX:
        return f"mirrors: at most {MIRRORS_MAX}, found {len(genesis.mirrors)}"
    seen: dict[tuple[int, int, int], bool] = {}
    for mirror in genesis.mirrors:
        fault = _mirror_fault(mirror, genesis)
        key = (int(mirror.account_id), int(mirror.instrument_id), int(mirror.source_id))
        if not fault and key in seen:
            fault = "it is there twice"
        if fault:
            return f"mirror of account {mirror.account_id}: {fault}"
        seen[key] = True
    return ""


def _mirror_fault(mirror: Mirror, genesis: Genesis) -> str:
    if not any(account.account_id == mirror.account_id for account in genesis.accounts):
        return "the account does not exist"
    instrument: Instrument | None = None
    for listed in genesis.instruments:
        if listed.instrument_id == mirror.instrument_id:
            instrument = listed
    if instrument is None:
        return f"its instrument {mirror.instrument_id} does not exist"
    index = index_of(genesis, instrument.index_id)
    if index is None:
        return f"instrument {instrument.name!r} has no index to mirror"
    if not is_constituent(index, mirror.source_id):
        return f"source {mirror.source_id} is not in index {index.name!r}"
    if not (0 <= mirror.spread_e8 <= MIRROR_SPREAD_E8_MAX):
        return "its spread is 0 to 10 %"
    if not (instrument.quantity_min <= mirror.quantity <= instrument.quantity_max):
        least, most = instrument.quantity_min, instrument.quantity_max
        return f"its quantity is {least} to {most} lots of {instrument.name!r}"
    return ""
