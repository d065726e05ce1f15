"""A position as the wire shows it: what the maps say, and figures by the engine's formulas."""

from __future__ import annotations

from typing import Final

from seawall.api.account_rows import amount_text, asset_name, listed_instrument, ms_text, price_text
from seawall.api.balance_rows import ratio_text
from seawall.api.decimals import format_decimal, format_ratio
from seawall.api.services import Services
from seawall.api.wire_swap import PositionRow
from seawall.core.model.enums import MARGIN_MODE_NAMES
from seawall.core.model.units import E8
from seawall.gateway import (
    InstrumentView,
    PositionView,
    account_figures,
    position_figures,
)

AVERAGE_PLACES: Final = 10


def position_id_text(position: PositionView) -> str:
    """A position is known by its account and its swap."""
    return str(position.account_id << 16 | position.instrument_id)


def position_row(position: PositionView, services: Services) -> PositionRow:
    """One position that is open, or (size 0) was."""
    venue = services.venue
    instrument = listed_instrument(position.instrument_id, venue)
    asset_id = instrument.quote_asset_id
    figures = position_figures(services.accounts, venue, position)
    account = account_figures(services.accounts, venue, position.account_id, asset_id)
    index_e8 = venue.prices.index(instrument.index_id).value_e8
    ticker = services.market.ticker(instrument.instrument_id)
    last = ticker.last_price if ticker is not None else 0
    last_profit = position.size * last * instrument.unit_value - position.cost if last else 0
    is_isolated = position.is_isolated
    equity = figures.equity if is_isolated else account.cross_equity
    maintenance = figures.maintenance if is_isolated else account.maintenance
    realised = position.realised - position.fees + position.funding

    def money(units: int) -> str:
        return amount_text(units, asset_id, venue)

    def ticks(price: int) -> str:
        return price_text(price, instrument) if price else ""

    return PositionRow(
        inst_id=instrument.name,
        pos_id=position_id_text(position),
        mgn_mode=MARGIN_MODE_NAMES[position.margin_mode],
        pos=str(position.size),
        avail_pos=str(abs(position.size)),
        ccy=asset_name(asset_id, venue),
        lever=str(position.lever),
        avg_px=average_text(position.cost, position.size, instrument),
        mark_px=ticks(figures.mark),
        last=ticks(last),
        idx_px=format_decimal(index_e8, 8) if index_e8 else "",
        liq_px=ticks(figures.liquidation_price),
        be_px=_break_even_text(position, services, instrument),
        upl=money(figures.profit),
        upl_ratio=ratio_text(figures.profit, figures.initial),
        upl_last_px=money(last_profit) if last else "",
        upl_ratio_last_px=ratio_text(last_profit, figures.initial) if last else "",
        pnl=money(position.realised),
        realized_pnl=money(realised),
        fee=money(-position.fees),
        funding_fee=money(position.funding),
        imr="" if is_isolated else money(figures.initial),
        mmr=money(figures.maintenance),
        margin=money(position.margin) if is_isolated else "",
        mgn_ratio=ratio_text(equity, maintenance),
        trade_id=str(position.last_trade_id) if position.last_trade_id else "",
        notional_usd=money(figures.notional),
        c_time=str(position.opened_ms),
        u_time=ms_text(position.updated_ns),
    )


def average_text(cost: int, size: int, instrument: InstrumentView) -> str:
    """The average price of what is open; empty when nothing is."""
    if size == 0:
        return ""
    return format_ratio(
        abs(cost) * instrument.tick_size_e8,
        abs(size) * instrument.unit_value * E8,
        AVERAGE_PLACES,
    )


def _break_even_text(position: PositionView, services: Services, instrument: InstrumentView) -> str:
    """The price at which closing as a taker brings back the cost and this closing fee."""
    account = services.accounts.account(position.account_id)
    if position.size == 0 or account is None:
        return ""
    taker_e8 = services.venue.fee_tiers[account.fee_tier].taker_e8
    kept_e8 = E8 - taker_e8 if position.size > 0 else E8 + taker_e8
    return format_ratio(
        abs(position.cost) * instrument.tick_size_e8,
        abs(position.size) * instrument.unit_value * kept_e8,
        AVERAGE_PLACES,
    )
