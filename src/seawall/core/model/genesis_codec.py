"""The genesis in canonical bytes: equal geneses have equal bytes, and so equal hashes."""

from typing import Final

from mypy_extensions import i64

from seawall.core.model.codec import Writer, padded, read_word, unpadded, write_word
from seawall.core.model.genesis import (
    Genesis,
    GenesisAccount,
    GenesisAmount,
    IndexDefinition,
    IndexSource,
    Mirror,
    Operator,
    Parameters,
    PriceSource,
)
from seawall.core.model.genesis_check import genesis_fault
from seawall.core.model.instruments import Asset, FeeTier, Instrument
from seawall.core.model.limits import NAME_BYTES

GENESIS_MAGIC: Final = 0x32_53_47_4C_57_53  # "SWLGS2"
_COUNTS_AT: Final = 12 * 8  # behind the words of venue and parameters
_COUNTS: Final = 11
_FIXED_BYTES: Final = _COUNTS_AT + _COUNTS * 8 + NAME_BYTES
_COUNT_MAX: Final = 1 << 32
_SIZES: Final = (  # bytes of one of each, in the order of the counts
    16 + NAME_BYTES,  # asset
    14 * 8 + NAME_BYTES,  # instrument
    16,  # fee tier
    16 + 3 * NAME_BYTES,  # source
    8 + NAME_BYTES,  # operator
    24,  # account
    24,  # amount
    24,  # fund seed
    40,  # mirror
    24 + NAME_BYTES,  # index
    24,  # source of an index
)


def encode_genesis(genesis: Genesis) -> bytes:
    """Canonical bytes: equal geneses have equal bytes."""
    out = Writer()
    flags: i64 = (1 if genesis.is_unsafe else 0) | (2 if genesis.is_simulated else 0)
    parameters = genesis.parameters
    for word in (
        GENESIS_MAGIC,
        genesis.shard,
        genesis.rules_version,
        flags,
        genesis.created_ms,
        parameters.outage_ms,
        parameters.long_outage_ms,
        parameters.short_cancel_only_ms,
        parameters.long_cancel_only_ms,
        parameters.long_post_only_ms,
        parameters.timers,
        parameters.protections,
        len(genesis.assets),
        len(genesis.instruments),
        len(genesis.fee_tiers),
        len(genesis.sources),
        len(genesis.operators),
        len(genesis.accounts),
        len(genesis.amounts),
        len(genesis.fund_seeds),
        len(genesis.mirrors),
        len(genesis.indices),
        sum(len(index.sources) for index in genesis.indices),
    ):
        write_word(out, word)
    out.write(padded(genesis.venue, NAME_BYTES))
    _write_listings(out, genesis)
    _write_people(out, genesis)
    _write_prices(out, genesis)
    return out.getvalue()


def _write_listings(out: Writer, genesis: Genesis) -> None:
    for asset in genesis.assets:
        write_word(out, asset.asset_id)
        write_word(out, asset.scale)
        out.write(padded(asset.name, NAME_BYTES))
    for instrument in genesis.instruments:
        write_instrument(out, instrument)
    for tier in genesis.fee_tiers:
        write_word(out, tier.maker_e8)
        write_word(out, tier.taker_e8)
    for source in genesis.sources:
        write_word(out, source.source_id)
        synthetic: i64 = 1 if source.is_synthetic else 0
        write_word(out, synthetic)
        out.write(padded(source.name, NAME_BYTES))
        out.write(padded(source.domain, NAME_BYTES))
        out.write(padded(source.owner, NAME_BYTES))


def _write_people(out: Writer, genesis: Genesis) -> None:
    for operator in genesis.operators:
        write_word(out, operator.operator_id)
        out.write(padded(operator.name, NAME_BYTES))
    for account in genesis.accounts:
        write_word(out, account.account_id)
        write_word(out, account.owner_id)
        write_word(out, account.fee_tier)
    for amounts in (genesis.amounts, genesis.fund_seeds):
        for amount in amounts:
            write_word(out, amount.account_id)
            write_word(out, amount.asset_id)
            write_word(out, amount.amount)


def _write_prices(out: Writer, genesis: Genesis) -> None:
    for mirror in genesis.mirrors:
        write_word(out, mirror.account_id)
        write_word(out, mirror.instrument_id)
        write_word(out, mirror.source_id)
        write_word(out, mirror.spread_e8)
        write_word(out, mirror.quantity)
    for index in genesis.indices:
        write_word(out, index.index_id)
        write_word(out, index.risk_tier)
        write_word(out, len(index.sources))
        out.write(padded(index.name, NAME_BYTES))
        for one in index.sources:
            write_word(out, one.source_id)
            write_word(out, one.weight)
            write_word(out, one.conversion_id)


INSTRUMENT_BYTES: Final = 14 * 8 + NAME_BYTES


def write_instrument(out: Writer, instrument: Instrument) -> None:
    """An instrument's terms, as genesis and snapshot hold them: 14 words and its name."""
    for word in (
        instrument.instrument_id,
        instrument.base_asset_id,
        instrument.quote_asset_id,
        instrument.tick_size_e8,
        instrument.lot_size,
        instrument.unit_value,
        instrument.quantity_min,
        instrument.quantity_max,
        instrument.price_max,
        instrument.market_cap_e8,
        instrument.trading_state,
        instrument.kind,
        instrument.index_id,
        instrument.risk_tier,
    ):
        write_word(out, word)
    out.write(padded(instrument.name, NAME_BYTES))


def read_instrument(data: bytes, at: i64) -> Instrument:
    """The inverse of `write_instrument`."""
    return Instrument(
        instrument_id=read_word(data, at),
        base_asset_id=read_word(data, at + 8),
        quote_asset_id=read_word(data, at + 16),
        tick_size_e8=read_word(data, at + 24),
        lot_size=read_word(data, at + 32),
        unit_value=read_word(data, at + 40),
        quantity_min=read_word(data, at + 48),
        quantity_max=read_word(data, at + 56),
        price_max=read_word(data, at + 64),
        market_cap_e8=read_word(data, at + 72),
        trading_state=read_word(data, at + 80),
        kind=read_word(data, at + 88),
        index_id=read_word(data, at + 96),
        risk_tier=read_word(data, at + 104),
        name=unpadded(data[at + 112 : at + 112 + NAME_BYTES]),
    )


def decode_genesis(data: bytes) -> tuple[Genesis | None, str]:
    """The genesis in `data` and "", or None and what is wrong with it. Never raises."""
    if len(data) < _FIXED_BYTES or read_word(data, 0) != GENESIS_MAGIC:
        return None, "these are not the bytes of a genesis"
    counts: list[int] = []
    at: i64 = _COUNTS_AT
    while at < _COUNTS_AT + _COUNTS * 8:
        counts.append(read_word(data, at))
        at += 8
    if not all(0 <= count < _COUNT_MAX for count in counts):
        return None, "a count is out of range"
    expected = _FIXED_BYTES
    for count, size in zip(counts, _SIZES, strict=True):
        expected += count * size
    if expected != len(data):
        return None, f"{len(data)} bytes, expected {expected}"
    genesis = _read_fixed(data)
    at = _read_listings(data, genesis, _FIXED_BYTES, counts)
    at = _read_people(data, genesis, at, counts)
    if not _read_prices(data, genesis, at, counts):
        return None, "the counts of an index's sources do not add up"
    fault = genesis_fault(genesis)
    if fault:
        return None, fault
    if encode_genesis(genesis) != data:
        return None, "the bytes are not the canonical ones of this genesis"
    return genesis, ""


def _read_fixed(data: bytes) -> Genesis:
    flags = read_word(data, 24)
    return Genesis(
        venue=unpadded(data[_FIXED_BYTES - NAME_BYTES : _FIXED_BYTES]),
        created_ms=read_word(data, 32),
        shard=read_word(data, 8),
        rules_version=read_word(data, 16),
        is_unsafe=(flags & 1) != 0,
        is_simulated=(flags & 2) != 0,
        parameters=Parameters(
            outage_ms=read_word(data, 40),
            long_outage_ms=read_word(data, 48),
            short_cancel_only_ms=read_word(data, 56),
            long_cancel_only_ms=read_word(data, 64),
            long_post_only_ms=read_word(data, 72),
            timers=read_word(data, 80),
            protections=read_word(data, 88),
        ),
    )


def _read_listings(data: bytes, genesis: Genesis, start: i64, counts: list[int]) -> i64:
    at = start
    for _ in range(counts[0]):
        name = unpadded(data[at + 16 : at + 16 + NAME_BYTES])
        genesis.assets.append(
            Asset(asset_id=read_word(data, at), name=name, scale=read_word(data, at + 8))
        )
        at += 16 + NAME_BYTES
    for _ in range(counts[1]):
        genesis.instruments.append(read_instrument(data, at))
        at += INSTRUMENT_BYTES
    for _ in range(counts[2]):
        genesis.fee_tiers.append(
            FeeTier(maker_e8=read_word(data, at), taker_e8=read_word(data, at + 8))
        )
        at += 16
    for _ in range(counts[3]):
        text = at + 16
        genesis.sources.append(
            PriceSource(
                source_id=read_word(data, at),
                is_synthetic=read_word(data, at + 8) != 0,
                name=unpadded(data[text : text + NAME_BYTES]),
                domain=unpadded(data[text + NAME_BYTES : text + 2 * NAME_BYTES]),
                owner=unpadded(data[text + 2 * NAME_BYTES : text + 3 * NAME_BYTES]),
            )
        )
        at += 16 + 3 * NAME_BYTES
    return at


def _read_people(data: bytes, genesis: Genesis, start: i64, counts: list[int]) -> i64:
    at = start
    for _ in range(counts[4]):
        name = unpadded(data[at + 8 : at + 8 + NAME_BYTES])
        genesis.operators.append(Operator(operator_id=read_word(data, at), name=name))
        at += 8 + NAME_BYTES
    for _ in range(counts[5]):
        genesis.accounts.append(
            GenesisAccount(
                account_id=read_word(data, at),
                owner_id=read_word(data, at + 8),
                fee_tier=read_word(data, at + 16),
            )
        )
        at += 24
    for amounts, count in ((genesis.amounts, counts[6]), (genesis.fund_seeds, counts[7])):
        for _ in range(count):
            amounts.append(
                GenesisAmount(
                    account_id=read_word(data, at),
                    asset_id=read_word(data, at + 8),
                    amount=read_word(data, at + 16),
                )
            )
            at += 24
    return at


def _read_prices(data: bytes, genesis: Genesis, start: i64, counts: list[int]) -> bool:
    """False when the indices name another number of sources than there are."""
    at = start
    for _ in range(counts[8]):
        genesis.mirrors.append(
            Mirror(
                account_id=read_word(data, at),
                instrument_id=read_word(data, at + 8),
                source_id=read_word(data, at + 16),
                spread_e8=read_word(data, at + 24),
                quantity=read_word(data, at + 32),
            )
        )
        at += 40
    left: i64 = counts[10]
    for _ in range(counts[9]):
        index = IndexDefinition(
            index_id=read_word(data, at),
            name=unpadded(data[at + 24 : at + 24 + NAME_BYTES]),
            risk_tier=read_word(data, at + 8),
        )
        named = read_word(data, at + 16)
        if named < 0 or named > left:
            return False
        left -= named
        at += 24 + NAME_BYTES
        while named > 0:
            index.sources.append(
                IndexSource(
                    source_id=read_word(data, at),
                    weight=read_word(data, at + 8),
                    conversion_id=read_word(data, at + 16),
                )
            )
            at += 24
            named -= 1
        genesis.indices.append(index)
    return left == 0
