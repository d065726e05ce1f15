"""Small worlds with swaps, drawn from a seed: two swaps of one settlement asset, one of another, a
spot market for the same cash, an outside market that is calm, jumps, splits or falls silent.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from seawall.core.engine import Engine
from seawall.core.model.enums import InstrumentKind, MarginMode, RiskTier
from seawall.core.model.genesis import (
    Genesis,
    GenesisAccount,
    GenesisAmount,
    IndexDefinition,
    IndexSource,
    Operator,
    Parameters,
    PriceSource,
)
from seawall.core.model.instruments import Asset, FeeTier, Instrument
from tests.laws.worlds import START_MS, Draw, World

E8 = 10**8
BTC, USDT, USDC = 0, 1, 2
SPOT, BIG, SMALL, OTHER = 0, 20, 21, 22
SWAPS = (BIG, SMALL, OTHER)
INDEX = 1
SOURCES = (1, 2, 3, 4, 5)
PRICE_E8 = 100 * E8
FUNDING_MS = 1_700_006_400_000  # midnight: the first boundary after START_MS
SWAP_FLAVOURS = ("steady", "scarce", "restless", "large", "funded", "unsafe")
OWNERS = (1, 1, 2, 3, 4, 5)


@dataclass
class SwapWorld(World):
    """What the stream of a world with swaps remembers besides."""

    outside_e8: int = PRICE_E8
    phase: str = "calm"
    phase_left: int = 15
    slope: int = 2  # thousandths a second while the price drifts
    lots_most: int = 60
    money: int = 0  # units that an account may have
    habits: dict[tuple[int, int], int] = field(default_factory=dict)
    seen: Engine | None = None  # the venue as traders see it while the stream is written


def swap_world_of(flavour: str, seed: int) -> tuple[SwapWorld, Draw]:
    """The world of a flavour, and the draws that go on with its stream."""
    draw = Draw(seed)
    is_large = flavour == "large"
    tier = RiskTier.TAIL if is_large else draw.one((RiskTier.MAJOR, RiskTier.ALT, RiskTier.TAIL))
    usdt_scale = draw.one((8, 6, 4))
    assets = [
        Asset(asset_id=BTC, name=b"BTC", scale=8),
        Asset(asset_id=USDT, name=b"USDT", scale=usdt_scale),
        Asset(asset_id=USDC, name=b"USDC", scale=6),
    ]
    whole = {"scarce": draw.between(1, 6), "large": 60_000}.get(flavour, 80)
    amounts = [
        GenesisAmount(
            account_id=account_id,
            asset_id=asset.asset_id,
            amount=(whole if asset.asset_id != BTC else 2) * 10**asset.scale >> draw.below(4),
        )
        for account_id in range(1, len(OWNERS) + 1)
        for asset in assets
    ]
    house = [
        GenesisAmount(account_id=0, asset_id=one, amount=draw.between(1, whole) * 10**6)
        for one in (USDT, USDC)
    ]
    genesis = Genesis(
        venue=b"swaps",
        created_ms=START_MS,
        shard=draw.one((0, 1, 255)),
        is_simulated=True,
        is_unsafe=flavour == "unsafe",
        parameters=Parameters(
            short_cancel_only_ms=draw.one((0, 1_000)),
            long_cancel_only_ms=draw.one((0, 1_500)),
            long_post_only_ms=draw.one((0, 2_000)),
            protections=0 if flavour == "unsafe" else 1,
        ),
        assets=assets,
        instruments=instruments_of(tier, usdt_scale, is_large=is_large),
        fee_tiers=DEAR if flavour == "scarce" and draw.chance(60) else CHEAP,
        sources=five_sources(),
        indices=[five_source_index(tier)],
        operators=[Operator(operator_id=1, name=b"olga"), Operator(operator_id=2, name=b"otto")],
        accounts=[
            GenesisAccount(account_id=number, owner_id=owner, fee_tier=draw.below(2))
            for number, owner in enumerate(OWNERS, start=1)
        ],
        amounts=amounts + house,
        fund_seeds=[
            GenesisAmount(account_id=0, asset_id=one.asset_id, amount=one.amount // 2)
            for one in house
            if draw.chance(50)
        ],
    )
    world = SwapWorld(flavour, genesis, price=1_000, lots=5)
    world.lots_most = 150_000 if is_large else 60
    world.money = whole * 10**usdt_scale
    if flavour == "funded":
        world.wall_ms = FUNDING_MS - draw.between(20_000, 45_000)
    world.habits = {
        (account, instrument): draw.one((MarginMode.CROSS, MarginMode.CROSS, MarginMode.ISOLATED))
        for account in range(1, len(OWNERS) + 1)
        for instrument in SWAPS
    }
    return world, draw


CHEAP = [FeeTier(maker_e8=-5_000, taker_e8=50_000), FeeTier(maker_e8=20_000, taker_e8=60_001)]
DEAR = [FeeTier(maker_e8=0, taker_e8=1_000_000), FeeTier(maker_e8=2_000_000, taker_e8=5_000_000)]


def five_sources() -> list[PriceSource]:
    """Five sources, each in a failure domain of its own."""
    return [
        PriceSource(source_id=one, name=b"s%d" % one, domain=b"d%d" % one, is_synthetic=True)
        for one in SOURCES
    ]


def five_source_index(tier: int = RiskTier.MAJOR) -> IndexDefinition:
    """An index of all of them."""
    return IndexDefinition(
        index_id=INDEX,
        name=b"BTC-INDEX",
        risk_tier=tier,
        sources=[IndexSource(source_id=one) for one in SOURCES],
    )


def instruments_of(tier: int, usdt_scale: int, *, is_large: bool = False) -> list[Instrument]:
    """Spot without an index; two swaps in USDT of which one has small contracts; one in USDC."""
    quantity_max = 2_500_000 if is_large else 100
    spot = swap_instrument(SPOT, b"BTC-USDT", usdt_scale, quantity_max=quantity_max)
    spot.kind, spot.index_id, spot.risk_tier = InstrumentKind.SPOT, 0, RiskTier.NONE
    big = swap_instrument(BIG, b"BIG", usdt_scale, quantity_max=quantity_max, tier=tier)
    small = swap_instrument(
        *(SMALL, b"SMALL", usdt_scale),
        tick_size_e8=5 * 10**7,
        lot_size=10**5,
        quantity_max=quantity_max,
        tier=tier,
    )
    other = swap_instrument(OTHER, b"OTHER", 6, quantity_max=quantity_max, tier=tier)
    other.quote_asset_id = USDC
    return [spot, big, small, other]


def swap_instrument(
    instrument_id: int,
    name: bytes,
    quote_scale: int,
    *,
    tick_size_e8: int = 10**7,
    lot_size: int = 10**6,
    quantity_max: int = 100,
    price_max: int = 10_000,
    tier: int = RiskTier.MAJOR,
) -> Instrument:
    """A swap of BTC, a hundredth of one each contract unless said otherwise, at ticks of 0.1."""
    return Instrument(
        instrument_id=instrument_id,
        name=name,
        base_asset_id=BTC,
        quote_asset_id=USDT,
        tick_size_e8=tick_size_e8,
        lot_size=lot_size,
        unit_value=tick_size_e8 * lot_size * 10**quote_scale // E8 // E8,
        quantity_min=1,
        quantity_max=quantity_max,
        price_max=price_max,
        market_cap_e8=2_000_000,
        kind=InstrumentKind.SWAP,
        index_id=INDEX,
        risk_tier=tier,
    )
