"""The genesis in canonical bytes: equal geneses have equal bytes, and so equal hashes."""

from typing import Final

from mypy_extensions import i64

from seawall.core.model.codec import Writer, padded, read_word, unpadded, write_word
from seawall.core.model.genesis import (
    Genesis,
    GenesisAccount,
    GenesisAmount,
    Operator,
    Parameters,
    PriceSource,
    genesis_fault,
)
from seawall.core.model.instruments import Asset, FeeTier, Instrument
from seawall.core.model.limits import NAME_BYTES

GENESIS_MAGIC: Final = 0x31_53_47_4C_57_53  # "SWLGS1"
_FIXED_BYTES: Final = 18 * 8 + NAME_BYTES
_COUNT_MAX: Final = 1 << 32


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
        len(genesis.assets),
        len(genesis.instruments),
        len(genesis.fee_tiers),
        len(genesis.sources),
        len(genesis.operators),
        len(genesis.accounts),
        len(genesis.amounts),
    ):
        write_word(out, word)
    out.write(padded(genesis.venue, NAME_BYTES))
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
    for operator in genesis.operators:
        write_word(out, operator.operator_id)
        out.write(padded(operator.name, NAME_BYTES))
    for account in genesis.accounts:
        write_word(out, account.account_id)
        write_word(out, account.owner_id)
        write_word(out, account.fee_tier)
    for amount in genesis.amounts:
        write_word(out, amount.account_id)
        write_word(out, amount.asset_id)
        write_word(out, amount.amount)
    return out.getvalue()


INSTRUMENT_BYTES: Final = 11 * 8 + NAME_BYTES


def write_instrument(out: Writer, instrument: Instrument) -> None:
    """An instrument's terms, as genesis and snapshot hold them: 11 words and its name."""
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
        name=unpadded(data[at + 88 : at + 88 + NAME_BYTES]),
    )


def decode_genesis(data: bytes) -> tuple[Genesis | None, str]:
    """The genesis in `data` and "", or None and what is wrong with it. Never raises."""
    if len(data) < _FIXED_BYTES or read_word(data, 0) != GENESIS_MAGIC:
        return None, "these are not the bytes of a genesis"
    counts: list[int] = []
    at: i64 = 11 * 8
    while at < 18 * 8:
        counts.append(read_word(data, at))
        at += 8
    if not all(0 <= count < _COUNT_MAX for count in counts):
        return None, "a count is out of range"
    assets, instruments, tiers, sources, operators, accounts, amounts = counts
    expected = (
        _FIXED_BYTES
        + assets * (16 + NAME_BYTES)
        + instruments * INSTRUMENT_BYTES
        + tiers * 16
        + sources * (16 + 2 * NAME_BYTES)
        + operators * (8 + NAME_BYTES)
        + accounts * 24
        + amounts * 24
    )
    if expected != len(data):
        return None, f"{len(data)} bytes, expected {expected}"
    genesis = _read_fixed(data)
    at = _read_listings(data, genesis, _FIXED_BYTES, counts)
    _read_accounts(data, genesis, at, counts)
    fault = genesis_fault(genesis)
    if fault:
        return None, fault
    return genesis, ""


def _read_fixed(data: bytes) -> Genesis:
    flags = read_word(data, 24)
    return Genesis(
        venue=unpadded(data[18 * 8 : _FIXED_BYTES]),
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
    return at


def _read_accounts(data: bytes, genesis: Genesis, start: i64, counts: list[int]) -> None:
    at = start
    for _ in range(counts[3]):
        text = at + 16
        genesis.sources.append(
            PriceSource(
                source_id=read_word(data, at),
                name=unpadded(data[text : text + NAME_BYTES]),
                domain=unpadded(data[text + NAME_BYTES : text + 2 * NAME_BYTES]),
                is_synthetic=read_word(data, at + 8) != 0,
            )
        )
        at += 16 + 2 * NAME_BYTES
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
    for _ in range(counts[6]):
        genesis.amounts.append(
            GenesisAmount(
                account_id=read_word(data, at),
                asset_id=read_word(data, at + 8),
                amount=read_word(data, at + 16),
            )
        )
        at += 24
