"""What the venue lists and how it stands: assets, instruments, trading states, system mode, prices.

Fed by events in order; before the first one `Engine.describe()` fills it.
"""

from __future__ import annotations

import msgspec

from seawall.core.engine.margin_view import SwapTerms, Valuation
from seawall.core.model.enums import InstrumentKind, SystemMode
from seawall.core.model.events import (
    AssetListed,
    ClockStarted,
    InstrumentListed,
    OutageEnded,
    SystemModeChanged,
    TradingStateChanged,
)
from seawall.core.model.genesis import Genesis
from seawall.core.model.instruments import FeeTier
from seawall.gateway.handlers import Handler
from seawall.gateway.price_maps import PriceMaps
from seawall.gateway.views import AssetView, InstrumentView


class VenueMaps:
    """Assets, instruments and modes, as of the newest event applied."""

    def __init__(self, genesis: Genesis) -> None:
        self.venue: str = genesis.venue.decode("ascii", "replace")
        self.shard: int = genesis.shard
        self.is_simulated: bool = genesis.is_simulated  # money and prices are not real
        self.is_unsafe: bool = genesis.is_unsafe  # protections may be off
        self.fee_tiers: list[FeeTier] = list(genesis.fee_tiers)
        self.clock_ms: int = 0  # the venue's clock; set by whoever applies the events
        self.mode: int = SystemMode.NORMAL
        self.mode_until_ms: int = 0  # earliest end of a phase of recovery, 0 for none
        self.last_outage_ms: tuple[int, int] | None = None  # from, to
        self._assets: dict[int, AssetView] = {}
        self._asset_ids: dict[str, int] = {}
        self._instruments: dict[int, InstrumentView] = {}
        self._instrument_ids: dict[str, int] = {}
        self._swap_terms: dict[int, SwapTerms] = {}
        self.prices: PriceMaps = PriceMaps(genesis.indices)

    def handlers(self) -> dict[type, Handler]:
        """Which events change these maps, and how."""
        return {
            AssetListed: self._on_asset_listed,
            InstrumentListed: self._on_instrument_listed,
            TradingStateChanged: self._on_trading_state_changed,
            SystemModeChanged: self._on_system_mode_changed,
            OutageEnded: self._on_outage_ended,
            ClockStarted: self._on_clock_started,
            **self.prices.handlers(),
        }

    def assets(self) -> list[AssetView]:
        """All assets, in the order of their listing."""
        return list(self._assets.values())

    def asset(self, asset_id: int) -> AssetView | None:
        """The asset with this id."""
        return self._assets.get(asset_id)

    def asset_by_name(self, name: str) -> AssetView | None:
        """The asset called `name`, e.g. "USDT"."""
        asset_id = self._asset_ids.get(name)
        return None if asset_id is None else self._assets[asset_id]

    def instruments(self) -> list[InstrumentView]:
        """All instruments, in the order of their listing."""
        return list(self._instruments.values())

    def instrument(self, instrument_id: int) -> InstrumentView | None:
        """The instrument with this id."""
        return self._instruments.get(instrument_id)

    def instrument_by_name(self, name: str) -> InstrumentView | None:
        """The instrument called `name`, e.g. "BTC-USDT"."""
        instrument_id = self._instrument_ids.get(name)
        return None if instrument_id is None else self._instruments[instrument_id]

    def swap_terms(self, instrument_id: int) -> SwapTerms:
        """What margin needs to know of a swap, which must be one."""
        return self._swap_terms[instrument_id]

    @property
    def has_swaps(self) -> bool:
        """Whether a perpetual swap is listed."""
        return bool(self._swap_terms)

    def valuation(self, instrument_id: int) -> Valuation:
        """The marks at which the risk of a swap is valued now."""
        mark = self.prices.mark(instrument_id)
        index = self.prices.index(self._instruments[instrument_id].index_id)
        return self._swap_terms[instrument_id].valuation(
            mark=mark.mark,
            is_held=mark.is_held,
            index_state=index.state,
            hold_reason=index.reason,
            low_e8=index.low_e8,
            high_e8=index.high_e8,
        )

    def _on_asset_listed(self, event: AssetListed, _seq: int, _time_ns: int) -> None:
        name = event.name.decode("ascii", "replace")
        self._assets[event.asset_id] = AssetView(
            asset_id=event.asset_id, name=name, scale=event.scale
        )
        self._asset_ids[name] = event.asset_id

    def _on_instrument_listed(self, event: InstrumentListed, _seq: int, _time_ns: int) -> None:
        name = event.name.decode("ascii", "replace")
        self._instruments[event.instrument_id] = InstrumentView(
            instrument_id=event.instrument_id,
            name=name,
            base_asset_id=event.base_asset_id,
            quote_asset_id=event.quote_asset_id,
            tick_size_e8=event.tick_size_e8,
            lot_size=event.lot_size,
            unit_value=event.unit_value,
            quantity_min=event.quantity_min,
            quantity_max=event.quantity_max,
            price_max=event.price_max,
            market_cap_e8=event.market_cap_e8,
            trading_state=event.trading_state,
            kind=event.kind,
            index_id=event.index_id,
            risk_tier=event.risk_tier,
        )
        if event.kind == InstrumentKind.SWAP:
            self._swap_terms[event.instrument_id] = SwapTerms(
                risk_tier=event.risk_tier,
                quote_units=10 ** self._assets[event.quote_asset_id].scale,
                tick_size_e8=event.tick_size_e8,
                unit_value=event.unit_value,
                price_max=event.price_max,
            )
        self._instrument_ids[name] = event.instrument_id

    def _on_trading_state_changed(
        self, event: TradingStateChanged, _seq: int, _time_ns: int
    ) -> None:
        instrument = self._instruments[event.instrument_id]
        self._instruments[event.instrument_id] = msgspec.structs.replace(
            instrument, trading_state=event.new_state
        )

    def _on_system_mode_changed(self, event: SystemModeChanged, _seq: int, _time_ns: int) -> None:
        self.mode = event.new_mode
        self.mode_until_ms = event.until_ms

    def _on_outage_ended(self, event: OutageEnded, _seq: int, _time_ns: int) -> None:
        self.last_outage_ms = (event.from_ms, event.to_ms)

    def _on_clock_started(self, event: ClockStarted, _seq: int, _time_ns: int) -> None:
        self.clock_ms = event.clock_ms
