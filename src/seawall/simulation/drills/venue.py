"""The venue of a drill: instruments, indices, sources and accounts, as a genesis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from seawall.core.model.enums import InstrumentKind, RiskTier
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
from seawall.core.model.instruments import Asset, FeeTier, Instrument, exact_unit_value

E8: Final = 10**8
USDT, BTC, ETH = 0, 1, 2
BTC_INDEX, ETH_INDEX = 1, 2
BTC_SPOT, BTC_SWAP, ETH_SWAP = 0, 1, 2
OPERATORS: Final = (0, 1, 2)

# Seven sources in four failure domains of 2, 2, 2 and 1: no domain carries more than a third.
SOURCES: Final = (
    (0, b"amber", b"harbour"),
    (1, b"basalt", b"harbour"),
    (2, b"cedar", b"hill"),
    (3, b"dune", b"hill"),
    (4, b"ember", b"island"),
    (5, b"fjord", b"island"),
    (6, b"glacier", b"plain"),
)
FAULTY_DOMAIN: Final = b"harbour"
HOUSE_CAPITAL: Final = 50_000_000 * E8
FUND_SEED: Final = 20_000_000 * E8

USER_TIER, MAKER_TIER = 0, 1
FEE_TIERS: Final = (
    FeeTier(maker_e8=20_000, taker_e8=50_000),
    FeeTier(maker_e8=-5_000, taker_e8=30_000),
)
TAKER_FEE_E8: Final = 50_000


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of an instrument that traders calculate with."""

    instrument_id: int
    index_id: int
    tick_size_e8: int
    lot_size: int  # base units (e8)
    unit_value: int  # quote units of one tick times one lot
    is_swap: bool

    def ticks_down(self, price_e8: int) -> int:
        """The highest whole tick at or below a price; at least one."""
        return max(1, price_e8 // self.tick_size_e8)

    def ticks_up(self, price_e8: int) -> int:
        """The lowest whole tick at or above a price; at least one."""
        return max(1, -(-price_e8 // self.tick_size_e8))

    def notional(self, *, price_e8: int, quantity: int) -> int:
        """Quote units of so many lots at a price."""
        return price_e8 // self.tick_size_e8 * quantity * self.unit_value


def _terms(instrument_id: int, index_id: int, tick_size_e8: int, lot_size: int) -> Terms:
    return Terms(
        instrument_id=instrument_id,
        index_id=index_id,
        tick_size_e8=tick_size_e8,
        lot_size=lot_size,
        unit_value=exact_unit_value(
            tick_size_e8=tick_size_e8, lot_size=lot_size, base_units=E8, quote_units=E8
        ),
        is_swap=instrument_id != BTC_SPOT,
    )


TERMS: Final = {
    BTC_SPOT: _terms(BTC_SPOT, BTC_INDEX, E8 // 10, 1_000),
    BTC_SWAP: _terms(BTC_SWAP, BTC_INDEX, E8 // 10, 1_000_000),
    ETH_SWAP: _terms(ETH_SWAP, ETH_INDEX, E8 // 100, 10_000_000),
}
NAMES: Final = {BTC_SPOT: "BTC-USDT", BTC_SWAP: "BTC-USDT-SWAP", ETH_SWAP: "ETH-USDT-SWAP"}


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """An account of the drill with its opening balances, whole assets times 1e8."""

    account_id: int
    fee_tier: int = USER_TIER
    usdt: int = 0
    btc: int = 0


def drill_genesis(
    *,
    name: bytes,
    created_ms: int,
    has_protections: bool,
    holders: Sequence[Holder],
    mirrors: Sequence[Mirror] = (),
    instruments: Sequence[int] = (BTC_SPOT, BTC_SWAP, ETH_SWAP),
) -> Genesis:
    """The genesis of a drill's venue. Without protections it is marked unsafe: prices are believed
    as they come and nothing is limited.
    """
    used = {TERMS[instrument_id].index_id for instrument_id in instruments}
    sources = [IndexSource(source_id=source_id) for source_id, _, _ in SOURCES]
    capital = GenesisAmount(account_id=0, asset_id=USDT, amount=HOUSE_CAPITAL)
    return Genesis(
        venue=name,
        created_ms=created_ms,
        is_unsafe=not has_protections,
        is_simulated=True,
        parameters=Parameters(protections=1 if has_protections else 0),
        assets=[
            Asset(asset_id=USDT, name=b"USDT", scale=8),
            Asset(asset_id=BTC, name=b"BTC", scale=8),
            Asset(asset_id=ETH, name=b"ETH", scale=8),
        ],
        instruments=[_instrument(TERMS[instrument_id]) for instrument_id in instruments],
        fee_tiers=list(FEE_TIERS),
        sources=[
            PriceSource(source_id=source_id, name=source, domain=domain, is_synthetic=True)
            for source_id, source, domain in SOURCES
        ],
        operators=[
            Operator(operator_id=OPERATORS[0], name=b"olivia"),
            Operator(operator_id=OPERATORS[1], name=b"oscar"),
            Operator(operator_id=OPERATORS[2], name=b"orla"),
        ],
        accounts=[
            GenesisAccount(
                account_id=holder.account_id, owner_id=holder.account_id, fee_tier=holder.fee_tier
            )
            for holder in holders
        ],
        amounts=[capital, *_amounts(holders)],
        indices=[
            IndexDefinition(
                index_id=index_id, name=name, risk_tier=RiskTier.MAJOR, sources=list(sources)
            )
            for index_id, name in ((BTC_INDEX, b"BTC-USDT"), (ETH_INDEX, b"ETH-USDT"))
            if index_id in used
        ],
        fund_seeds=[GenesisAmount(account_id=0, asset_id=USDT, amount=FUND_SEED)],
        mirrors=list(mirrors),
    )


def _instrument(terms: Terms) -> Instrument:
    base = ETH if terms.instrument_id == ETH_SWAP else BTC
    return Instrument(
        instrument_id=terms.instrument_id,
        name=NAMES[terms.instrument_id].encode(),
        base_asset_id=base,
        quote_asset_id=USDT,
        tick_size_e8=terms.tick_size_e8,
        lot_size=terms.lot_size,
        unit_value=terms.unit_value,
        quantity_min=1,
        quantity_max=1_000 * E8 // terms.lot_size,
        price_max=10_000_000,
        market_cap_e8=E8 // 100,
        kind=InstrumentKind.SWAP if terms.is_swap else InstrumentKind.SPOT,
        index_id=terms.index_id,
        risk_tier=RiskTier.MAJOR,
    )


def _amounts(holders: Sequence[Holder]) -> list[GenesisAmount]:
    amounts = []
    for holder in holders:
        for asset_id, amount in ((USDT, holder.usdt), (BTC, holder.btc)):
            if amount:
                amounts.append(
                    GenesisAmount(account_id=holder.account_id, asset_id=asset_id, amount=amount)
                )
    return amounts
