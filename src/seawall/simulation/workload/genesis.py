"""The venues that workloads run on: like instruments, and accounts that cannot run out of money
while a workload lasts.
"""

from __future__ import annotations

from typing import Final

from seawall.core.model.enums import InstrumentKind, MarginMode, RiskTier
from seawall.core.model.genesis import (
    Genesis,
    GenesisAccount,
    GenesisAmount,
    IndexDefinition,
    IndexSource,
    PriceSource,
)
from seawall.core.model.instruments import Asset, FeeTier, Instrument, exact_unit_value

QUOTE_ASSET: Final = 0
E8: Final = 10**8
# 14 s before funding is settled: a second or two after the books are filled.
START_MS: Final = 1_700_006_386_000
BALANCE: Final = 10**13  # units of each asset per account: 100,000 whole
CASH: Final = 3 * 10**12  # quote of an account that trades swaps: 30,000 whole
TICK_SIZE_E8, LOT_SIZE = 10_000_000, 100_000  # 0.1 USDT, 0.001 of the base
UNIT_VALUE: Final = exact_unit_value(
    tick_size_e8=TICK_SIZE_E8, lot_size=LOT_SIZE, base_units=E8, quote_units=E8
)
SOURCE_DOMAINS: Final = (b"north", b"north", b"east", b"east", b"south", b"west", b"islands")
ISOLATED_EVERY: Final = 8  # every eighth account


def margin_mode_of(account_id: int) -> int:
    """How the account trades swaps; one account in eight isolates its positions."""
    return MarginMode.ISOLATED if account_id % ISOLATED_EVERY == 0 else MarginMode.CROSS


def spot_genesis(*, instruments: int, accounts: int) -> Genesis:
    """A venue of spot instruments without outside prices."""
    return _genesis(
        bases=instruments,
        accounts=accounts,
        cash=BALANCE,
        instruments=[
            _instrument(number, base_asset_id=number + 1) for number in range(instruments)
        ],
    )


def whole_genesis(*, instruments: int, accounts: int) -> Genesis:
    """A venue of as many swaps as spot instruments: number 2n is spot of an underlying, number
    2n + 1 its swap, and index n + 1 the outside price of both, from seven sources in five domains.
    """
    assert instruments % 2 == 0, "each underlying has a spot instrument and a swap"
    underlyings = instruments // 2
    listed = []
    for number in range(instruments):
        instrument = _instrument(number, base_asset_id=number // 2 + 1)
        instrument.index_id = number // 2 + 1
        instrument.risk_tier = RiskTier.MAJOR
        if number % 2 == 1:
            instrument.kind = InstrumentKind.SWAP
            instrument.name += b"-SWAP"
            # As low as it may be: open interest is bounded by what it is worth at this price.
            instrument.price_max = 250_000
        listed.append(instrument)
    genesis = _genesis(bases=underlyings, accounts=accounts, cash=CASH, instruments=listed)
    genesis.sources = [
        PriceSource(source_id=number, name=b"source-%d" % number, domain=domain, is_synthetic=True)
        for number, domain in enumerate(SOURCE_DOMAINS)
    ]
    genesis.indices = [
        IndexDefinition(
            index_id=number + 1,
            name=b"C%d" % number,
            risk_tier=RiskTier.MAJOR,
            sources=[IndexSource(source_id=source.source_id) for source in genesis.sources],
        )
        for number in range(underlyings)
    ]
    house = GenesisAmount(account_id=0, asset_id=QUOTE_ASSET, amount=10**15)
    genesis.amounts.append(house)
    genesis.fund_seeds = [GenesisAmount(account_id=0, asset_id=QUOTE_ASSET, amount=10**14)]
    return genesis


def _instrument(number: int, *, base_asset_id: int) -> Instrument:
    return Instrument(
        instrument_id=number,
        name=b"C%d-USDT" % (base_asset_id - 1),
        base_asset_id=base_asset_id,
        quote_asset_id=QUOTE_ASSET,
        tick_size_e8=TICK_SIZE_E8,
        lot_size=LOT_SIZE,
        unit_value=UNIT_VALUE,
        quantity_min=1,
        quantity_max=1_000_000,
        price_max=10_000_000,
        market_cap_e8=5_000_000,
    )


def _genesis(*, bases: int, accounts: int, cash: int, instruments: list[Instrument]) -> Genesis:
    assets = [Asset(asset_id=QUOTE_ASSET, name=b"USDT", scale=8)]
    assets += [Asset(asset_id=number + 1, name=b"C%d" % number, scale=8) for number in range(bases)]
    return Genesis(
        venue=b"workload",
        created_ms=START_MS,
        is_simulated=True,
        assets=assets,
        instruments=instruments,
        fee_tiers=[FeeTier(maker_e8=20_000, taker_e8=50_000)],
        accounts=[
            GenesisAccount(account_id=number, owner_id=number, fee_tier=0)
            for number in range(1, accounts + 1)
        ],
        amounts=[
            GenesisAmount(
                account_id=number,
                asset_id=asset.asset_id,
                amount=cash if asset.asset_id == QUOTE_ASSET else BALANCE,
            )
            for number in range(1, accounts + 1)
            for asset in assets
        ],
    )
