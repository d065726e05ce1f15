"""What is traded, and what it costs: assets, instruments, fee tiers.

Prices are counted in ticks and quantities in lots, so `notional = ticks * lots * unit_value` is
exact in quote units for everything that may be listed.
"""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.enums import InstrumentKind, RiskTier, TradingState
from seawall.core.model.limits import (
    AMOUNT_MAX,
    ASSET_ID_MAX,
    ASSET_SCALE_MAX,
    FEE_RATE_E8_MAX,
    INSTRUMENT_ID_MAX,
    NAME_BYTES,
    NOTIONAL_MAX,
)
from seawall.core.model.units import E8


@final
@mypyc_attr(acyclic=True)
class Asset:
    """A unit of value. `scale` is the number of decimal digits of its smallest unit (8: 1e-8)."""

    def __init__(self, *, asset_id: i64, name: bytes, scale: i64) -> None:
        self.asset_id: i64 = asset_id
        self.name: bytes = name
        self.scale: i64 = scale

    def units_per_whole(self) -> i64:
        """How many smallest units make one whole asset."""
        units: i64 = 1
        digit: i64 = 0
        while digit < self.scale:
            units *= 10
            digit += 1
        return units


@final
@mypyc_attr(acyclic=True)
class Instrument:
    """A spot instrument, or a linear perpetual swap, which is settled in its quote asset.

    tick_size_e8: smallest price step, quote per whole base, times 1e8.
    lot_size: smallest quantity step, in base units; of a swap, what one contract stands for.
    unit_value: quote units of one tick times one lot; exact by the rule of listing.
    quantity_min, quantity_max: lots of one order. price_max: ticks.
    """

    def __init__(
        self,
        *,
        instrument_id: i64,
        name: bytes,
        base_asset_id: i64,
        quote_asset_id: i64,
        tick_size_e8: i64,
        lot_size: i64,
        unit_value: i64,
        quantity_min: i64,
        quantity_max: i64,
        price_max: i64,
        market_cap_e8: i64,
        trading_state: i64 = TradingState.LIVE,
        kind: i64 = InstrumentKind.SPOT,
        index_id: i64 = 0,
        risk_tier: i64 = RiskTier.NONE,
    ) -> None:
        self.instrument_id: i64 = instrument_id
        self.name: bytes = name
        self.base_asset_id: i64 = base_asset_id
        self.quote_asset_id: i64 = quote_asset_id
        self.tick_size_e8: i64 = tick_size_e8
        self.lot_size: i64 = lot_size
        self.unit_value: i64 = unit_value
        self.quantity_min: i64 = quantity_min
        self.quantity_max: i64 = quantity_max
        self.price_max: i64 = price_max
        self.market_cap_e8: i64 = market_cap_e8  # sigma of a market order's worst price
        self.trading_state: i64 = trading_state
        self.kind: i64 = kind
        self.index_id: i64 = index_id  # 0: none
        self.risk_tier: i64 = risk_tier

    def copy(self) -> "Instrument":
        """The same terms in an object of its own, whose trading state may change."""
        return Instrument(
            instrument_id=self.instrument_id,
            name=self.name,
            base_asset_id=self.base_asset_id,
            quote_asset_id=self.quote_asset_id,
            tick_size_e8=self.tick_size_e8,
            lot_size=self.lot_size,
            unit_value=self.unit_value,
            quantity_min=self.quantity_min,
            quantity_max=self.quantity_max,
            price_max=self.price_max,
            market_cap_e8=self.market_cap_e8,
            trading_state=self.trading_state,
            kind=self.kind,
            index_id=self.index_id,
            risk_tier=self.risk_tier,
        )


@final
@mypyc_attr(acyclic=True)
class FeeTier:
    """Rates of a fill, e8. A negative maker rate is a rebate."""

    def __init__(self, *, maker_e8: i64, taker_e8: i64) -> None:
        self.maker_e8: i64 = maker_e8
        self.taker_e8: i64 = taker_e8


def is_listable_asset(asset: Asset) -> bool:
    """Whether the asset's id, name and scale are in range."""
    return (
        0 <= asset.asset_id <= ASSET_ID_MAX
        and 0 < len(asset.name) <= NAME_BYTES
        and 0 <= asset.scale <= ASSET_SCALE_MAX
    )


def exact_unit_value(*, tick_size_e8: i64, lot_size: i64, base_units: i64, quote_units: i64) -> i64:
    """Quote units of one tick times one lot, or 0 when that is not a positive integer (domain
    0.2).
    """
    if not (0 < tick_size_e8 <= E8 * E8 and 0 < lot_size <= AMOUNT_MAX):
        return 0
    numerator: int = int(tick_size_e8) * int(lot_size) * int(quote_units)
    denominator: int = int(E8) * int(base_units)
    if numerator % denominator != 0 or numerator // denominator > NOTIONAL_MAX:
        return 0
    return numerator // denominator


def is_listable_instrument(instrument: Instrument, base: Asset, quote: Asset) -> bool:
    """Whether every order the instrument admits stays exact and inside 64 bits."""
    if not (0 <= instrument.instrument_id <= INSTRUMENT_ID_MAX - 1):
        return False
    if not (0 < len(instrument.name) <= NAME_BYTES) or base.asset_id == quote.asset_id:
        return False
    unit_value = exact_unit_value(
        tick_size_e8=instrument.tick_size_e8,
        lot_size=instrument.lot_size,
        base_units=base.units_per_whole(),
        quote_units=quote.units_per_whole(),
    )
    if unit_value == 0 or unit_value != instrument.unit_value:
        return False
    if not (0 < instrument.quantity_min <= instrument.quantity_max):
        return False
    if not (InstrumentKind.SPOT <= instrument.kind <= InstrumentKind.SWAP):
        return False
    if not (RiskTier.NONE <= instrument.risk_tier <= RiskTier.TAIL):
        return False
    has_index = instrument.index_id != 0
    if has_index != (instrument.risk_tier != RiskTier.NONE):
        return False
    if instrument.kind == InstrumentKind.SWAP and not has_index:
        return False
    if has_index and int(instrument.price_max) * int(instrument.tick_size_e8) > NOTIONAL_MAX:
        return False  # its prices are compared with the index, in e8
    if not (0 < instrument.price_max and 0 <= instrument.market_cap_e8 <= E8):
        return False
    notional_max: int = int(instrument.price_max) * int(instrument.quantity_max) * int(unit_value)
    base_max: int = int(instrument.quantity_max) * int(instrument.lot_size)
    return notional_max <= NOTIONAL_MAX and base_max <= NOTIONAL_MAX


def are_sound_fee_tiers(tiers: list[FeeTier]) -> bool:
    """Rates in range, and taker + maker >= 0 for every pair of tiers."""
    for taker in tiers:
        if not (0 <= taker.taker_e8 <= FEE_RATE_E8_MAX):
            return False
        for maker in tiers:
            if not (-FEE_RATE_E8_MAX <= maker.maker_e8 <= FEE_RATE_E8_MAX):
                return False
            if taker.taker_e8 + maker.maker_e8 < 0:
                return False
    return len(tiers) > 0
