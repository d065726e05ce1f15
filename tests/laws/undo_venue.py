"""The venue of worlds to be undone: who has what, and what is traded."""

from __future__ import annotations

from typing import Final

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
from seawall.core.model.instruments import Asset, FeeTier, Instrument
from tests.laws.worlds import Draw

E8: Final = 10**8
BTC, USDT, ETH = 0, 1, 2
SPOT, PLAIN, BIG, SMALL = 10, 11, 20, 21
SWAPS = (BIG, SMALL)
FIRST, SECOND = 1, 2  # indices
SOURCES = range(1, 8)
FUNDING_MS = 1_700_006_400_000  # midnight, a boundary of funding
HOUR_MS = 3_600_000
MAKERS, MIRROR, BIDDERS = (1, 2, 3), 4, (5, 6, 7, 8)
GAMBLERS_FROM: Final = 11
TICKS_E8 = {SPOT: 10**7, PLAIN: 10**7, BIG: 10**7, SMALL: 10**6}


def domain_of(source_id: int) -> int:
    """Seven sources in four failure domains of 2, 2, 2 and 1."""
    return (source_id - 1) // 2


def undo_genesis(draw: Draw, *, is_protected: bool) -> Genesis:
    """One or two spot markets, two swaps of different tiers; 20 to 60 accounts."""
    accounts = GAMBLERS_FROM + draw.between(12, 45)
    fund = draw.one((0, 3, 300, 100_000))
    amounts = [GenesisAmount(account_id=0, asset_id=USDT, amount=10_000 * E8)]
    if fund:
        amounts[0].amount += fund * E8
    tiers = [
        FeeTier(maker_e8=draw.one((-5_000, 0, 20_000)), taker_e8=50_000),
        FeeTier(maker_e8=30_001, taker_e8=70_003),
    ]
    people = []
    for one in (*MAKERS, MIRROR, *BIDDERS, *range(GAMBLERS_FROM, accounts)):
        # Some people have two accounts; two bidders gamble as well.
        owner = one - 1 if one >= GAMBLERS_FROM and one % 5 == 0 else one
        owner = BIDDERS[one % 2] if one >= GAMBLERS_FROM and one % 11 == 0 else owner
        people.append(GenesisAccount(account_id=one, owner_id=owner, fee_tier=draw.below(2)))
        amounts += wealth_of(draw, one)
    return Genesis(
        venue=b"undone",
        created_ms=FUNDING_MS - 24 * HOUR_MS,
        shard=draw.one((0, 3)),
        is_simulated=True,
        is_unsafe=not is_protected,
        parameters=Parameters(protections=1 if is_protected else 0),
        assets=[
            Asset(asset_id=one, name=name, scale=8)
            for one, name in ((BTC, b"BTC"), (USDT, b"USDT"), (ETH, b"ETH"))
        ],
        instruments=instruments_of(draw),
        fee_tiers=tiers,
        sources=[
            PriceSource(
                source_id=one, name=b"s%d" % one, domain=b"d%d" % domain_of(one), is_synthetic=True
            )
            for one in SOURCES
        ],
        indices=[
            IndexDefinition(
                index_id=one,
                name=name,
                risk_tier=tier,
                sources=[IndexSource(source_id=source) for source in SOURCES],
            )
            for one, name, tier in (
                (FIRST, b"BTC-USDT", RiskTier.MAJOR),
                (SECOND, b"ETH-USDT", RiskTier.ALT),
            )
        ],
        operators=[Operator(operator_id=1, name=b"olga"), Operator(operator_id=2, name=b"otto")],
        accounts=people,
        amounts=amounts,
        fund_seeds=[GenesisAmount(account_id=0, asset_id=USDT, amount=fund * E8)] if fund else [],
        mirrors=[
            Mirror(
                account_id=MIRROR,
                instrument_id=instrument_id,
                source_id=1 + draw.below(7),
                spread_e8=100_000,
                quantity=quantity,
            )
            for instrument_id, quantity in ((BIG, 30), (SPOT, 2_000))
            if draw.chance(70)
        ],
    )


def wealth_of(draw: Draw, account_id: int) -> list[GenesisAmount]:
    """Makers are rich, bidders can pay, gamblers have little."""
    if account_id in MAKERS or account_id == MIRROR:
        cash, coins = 3_000_000, 300 * E8
    elif account_id in BIDDERS:
        cash, coins = draw.one((4_000, 20_000, 100_000)), 2 * E8
    else:
        cash, coins = draw.one((150, 400, 1_000, 3_000)), draw.one((0, 0, E8 // 10, E8))
    found = [GenesisAmount(account_id=account_id, asset_id=USDT, amount=cash * E8)]
    if coins:
        found.append(GenesisAmount(account_id=account_id, asset_id=BTC, amount=coins))
    return found


def instruments_of(draw: Draw) -> list[Instrument]:
    """What is traded; the second spot market has no index."""
    tier = draw.one((RiskTier.ALT, RiskTier.TAIL))
    rows = [
        (SPOT, b"BTC-USDT", BTC, 10**4, InstrumentKind.SPOT, FIRST, RiskTier.MAJOR),
        (BIG, b"BTC-USDT-SWAP", BTC, 10**6, InstrumentKind.SWAP, FIRST, RiskTier.MAJOR),
        (SMALL, b"ETH-USDT-SWAP", ETH, 10**7, InstrumentKind.SWAP, SECOND, tier),
    ]
    if draw.chance(50):
        rows.insert(1, (PLAIN, b"BTC-PLAIN", BTC, 10**4, InstrumentKind.SPOT, 0, RiskTier.NONE))
    return [
        Instrument(
            instrument_id=number,
            name=name,
            base_asset_id=base,
            quote_asset_id=USDT,
            tick_size_e8=TICKS_E8[number],
            lot_size=lot,
            unit_value=TICKS_E8[number] * lot // E8,
            quantity_min=1,
            quantity_max=10**6,
            price_max=5 * 10**6,
            market_cap_e8=10_000_000,
            kind=kind,
            index_id=index_id,
            risk_tier=tier_of,
        )
        for number, name, base, lot, kind, index_id, tier_of in rows
    ]
