"""Indices and markets come into being: from the genesis, a snapshot, or a listing."""

from typing import Final

from seawall.core.engine.state import Market, State
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.margin import default_tiers
from seawall.core.model.enums import InstrumentKind, LedgerKind
from seawall.core.model.genesis import IndexDefinition
from seawall.core.model.instruments import Instrument
from seawall.core.model.limits import ACCOUNT_ID_SYSTEM
from seawall.core.pricing import (
    FundingParameters,
    FundingState,
    GuardedIndex,
    MarkPrice,
    build_sources,
    default_guard_parameters,
    funding_cap_e8,
    index_parameters,
)

OWNER_OF_NOBODY: Final = 0  # owners count from 1: no account shares an owner with the venue's own


def add_index(state: State, definition: IndexDefinition) -> None:
    """An index without a value yet."""
    state.indices[definition.index_id] = GuardedIndex(
        index_id=definition.index_id,
        name=definition.name,
        parameters=index_parameters(definition.risk_tier),
        sources=build_sources(definition, state.genesis.sources),
        is_protected=state.is_protected,
    )


def add_market(state: State, instrument: Instrument) -> Market:
    """Open an empty book for the instrument; for a swap also its clearing, mark and funding."""
    market = Market(
        instrument=instrument,
        house_base=state.ledger.account(
            kind=LedgerKind.HOUSE_FEE, account_id=0, asset_id=instrument.base_asset_id
        ),
        house_quote=state.ledger.account(
            kind=LedgerKind.HOUSE_FEE, account_id=0, asset_id=instrument.quote_asset_id
        ),
    )
    market.quote_units = state.assets[instrument.quote_asset_id].units_per_whole()
    market.listed_ms = state.clock_ms
    if instrument.index_id != 0:
        market.index = state.indices[instrument.index_id]
        market.guards = default_guard_parameters(
            risk_tier=instrument.risk_tier, kind=instrument.kind
        )
    if instrument.kind == InstrumentKind.SWAP:
        market.swap = _swap_of(state, market)
        if state.system_account is None:
            state.add_account(account_id=ACCOUNT_ID_SYSTEM, owner_id=OWNER_OF_NOBODY, fee_tier=0)
    state.add_market(market)
    return market


def _swap_of(state: State, market: Market) -> SwapMarket:
    instrument = market.instrument
    guards = market.guards
    assert guards is not None
    asset_id = instrument.quote_asset_id
    tiers = default_tiers(
        risk_tier=instrument.risk_tier, quote_units=state.assets[asset_id].units_per_whole()
    )
    cap_e8 = funding_cap_e8(initial_e8=tiers.initial_e8[0], maintenance_e8=tiers.maintenance_e8[0])
    return SwapMarket(
        lot_value_max=instrument.price_max * instrument.unit_value,
        tiers=tiers,
        mark_price=MarkPrice(clamp_e8=guards.mark_clamp_e8, basis_clamp_e8=guards.basis_clamp_e8),
        funding=FundingState(FundingParameters(cap_e8=cap_e8)),
        clearing=state.ledger.account(
            kind=LedgerKind.CLEARING,
            account_id=0,
            asset_id=asset_id,
            instrument_id=instrument.instrument_id,
        ),
        rounding=state.ledger.account(
            kind=LedgerKind.SYS_ROUNDING, account_id=0, asset_id=asset_id
        ),
        fund=state.ledger.account(kind=LedgerKind.INSURANCE, account_id=0, asset_id=asset_id),
    )
