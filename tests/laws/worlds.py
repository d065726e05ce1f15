"""Small worlds drawn from a seed: who trades what, with how much, at which fees.

Integers only, from `getrandbits`, so that a seed draws the same world on every machine and Python.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from seawall.core.model.genesis import (
    Genesis,
    GenesisAccount,
    GenesisAmount,
    Operator,
    Parameters,
)
from seawall.core.model.instruments import Asset, FeeTier, Instrument, exact_unit_value
from tests.laws.outside import outside_sources, small_index

START_MS = 1_700_000_000_000
NS_PER_MS = 1_000_000
BTC, USDT, ETH = 0, 1, 2
FLAVOURS = ("plain", "poor", "rebates", "slow", "huge", "junk")
IS_MANY = os.environ.get("SEAWALL_LAWS") == "many"
FIRST_SEED = int(os.environ.get("SEAWALL_SEED", "0"))

T = TypeVar("T")


def seeds(few: int, many: int) -> range:
    """The seeds of a law: `few` in a normal run, `many` when asked for; SEAWALL_SEED moves the
    first.
    """
    return range(FIRST_SEED, FIRST_SEED + (many if IS_MANY else few))


class Draw:
    """Choices from a seed."""

    def __init__(self, seed: int) -> None:
        self.bits = random.Random(seed)

    def below(self, count: int) -> int:
        """A number from 0 to count - 1."""
        return self.bits.getrandbits(62) % count

    def between(self, low: int, high: int) -> int:
        """A number from low to high, both possible."""
        return low + self.below(high - low + 1)

    def one(self, of: Sequence[T]) -> T:
        """One of the given."""
        return of[self.below(len(of))]

    def chance(self, percent: int) -> bool:
        """True so many times in a hundred."""
        return self.below(100) < percent

    def raw(self, size: int) -> bytes:
        """Random bytes."""
        return self.bits.getrandbits(8 * size).to_bytes(size, "little") if size else b""


@dataclass(frozen=True)
class Step:
    """One entry to be: when its publisher received it, and its bytes."""

    stamp_ns: int
    data: bytes


@dataclass
class World:
    """A genesis and the numbers around which its streams are drawn."""

    flavour: str
    genesis: Genesis
    price: int  # ticks, in the middle of the few prices
    lots: int  # a usual quantity
    wall_ms: int = START_MS
    steps: list[Step] = field(default_factory=list)
    placed: list[tuple[int, int, int, bytes]] = field(default_factory=list)
    deposits: int = 0


def world_of(flavour: str, seed: int) -> tuple[World, Draw]:
    """The world of a flavour, and the draws that go on with its stream."""
    draw = Draw(seed)
    is_huge, is_poor = flavour == "huge", flavour == "poor"
    price = 2**28 if is_huge else 50
    lots = 2**29 if is_huge else 5
    lot_size = 1 if is_huge or draw.chance(50) else 1_000
    wealth = 2**58 + 2**57 if is_huge else (2_000 if is_poor else 10**7) * lot_size
    assets = [
        Asset(asset_id=BTC, name=b"BTC", scale=8),
        Asset(asset_id=USDT, name=b"USDT", scale=8),
        Asset(asset_id=ETH, name=b"ETH", scale=4),
    ]
    instruments = [
        instrument_of(0, b"BTC-USDT", assets[BTC], assets[USDT], lot_size, price, lots),
        instrument_of(7, b"ETH-USDT", assets[ETH], assets[USDT], lot_size, price, lots),
    ]
    maker_e8 = -draw.one((5_000, 1_000_000)) if flavour == "rebates" else draw.one((0, 80_000))
    tiers = [
        FeeTier(maker_e8=maker_e8, taker_e8=draw.one((1_000_000, 1_234_567))),
        FeeTier(maker_e8=max(maker_e8, 0), taker_e8=5_000_000),
    ]
    owners = (1, 1, 2, 3, 3)
    accounts = [
        GenesisAccount(account_id=index + 1, owner_id=owner, fee_tier=draw.below(2))
        for index, owner in enumerate(owners)
    ]
    amounts = [
        GenesisAmount(account_id=one.account_id, asset_id=asset_id, amount=wealth >> draw.below(3))
        for one in accounts
        for asset_id in (BTC, USDT, ETH)
    ]
    if flavour == "rebates":
        amounts += [GenesisAmount(account_id=0, asset_id=USDT, amount=draw.one((1, 10, 10**9)))]
    parameters = Parameters(
        timers=3 if flavour == "slow" else 1,
        short_cancel_only_ms=draw.one((0, 500, 1_000)),
        long_cancel_only_ms=draw.one((0, 700, 1_500)),
        long_post_only_ms=draw.one((0, 900, 3_000)),
    )
    genesis = Genesis(
        venue=b"laws",
        created_ms=START_MS,
        shard=draw.one((0, 0, 1, 255)),
        is_simulated=True,
        parameters=parameters,
        assets=assets,
        instruments=instruments,
        fee_tiers=tiers,
        sources=outside_sources(),
        indices=[small_index()],
        operators=[Operator(operator_id=1, name=b"olga"), Operator(operator_id=2, name=b"otto")],
        accounts=accounts,
        amounts=amounts,
    )
    return World(flavour, genesis, price, lots), draw


def instrument_of(
    instrument_id: int, name: bytes, base: Asset, quote: Asset, lot_size: int, price: int, lots: int
) -> Instrument:
    """An instrument whose tick times lot is one quote unit, or little more."""
    units = 10**base.scale * 10**8 // 10**quote.scale
    tick_size_e8 = max(units // lot_size, 1)
    return Instrument(
        instrument_id=instrument_id,
        name=name,
        base_asset_id=base.asset_id,
        quote_asset_id=quote.asset_id,
        tick_size_e8=tick_size_e8,
        lot_size=lot_size,
        unit_value=exact_unit_value(
            tick_size_e8=tick_size_e8,
            lot_size=lot_size,
            base_units=10**base.scale,
            quote_units=10**quote.scale,
        ),
        quantity_min=1 + instrument_id % 2,
        quantity_max=lots * 2,
        price_max=price * 2 - 1,
        market_cap_e8=4_000_000,
    )
