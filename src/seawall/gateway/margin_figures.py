"""What an account's positions are worth and need, from the maps, by the engine's own formulas.

A cross account is one unit per settlement asset; each isolated position is one of its own. Amounts
are settlement units, prices ticks.
"""

from __future__ import annotations

import msgspec

from seawall.core.engine.margin_view import Exposure
from seawall.core.model.enums import MarginMode
from seawall.gateway.account_maps import AccountMaps
from seawall.gateway.venue_maps import VenueMaps
from seawall.gateway.views import PositionView


class PositionFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One position at the mark.

    initial: of the position alone. liquidation_price: 0 when there is none. equity: of an isolated
    position, margin and profit.
    """

    mark: int
    notional: int
    profit: int
    initial: int
    maintenance: int
    liquidation_price: int
    equity: int


class AccountFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A trading account in one settlement asset.

    cash: what belongs to no isolated position. profit: unrealised, of cross positions. reserved:
    what cross positions and all open orders in swaps require. free: what new risk may use;
    spendable: what may leave. isolated_*: sums over isolated positions.
    """

    cash: int
    held: int
    profit: int
    reserved: int
    maintenance: int
    notional: int
    free: int
    spendable: int
    isolated_margin: int
    isolated_profit: int
    isolated_maintenance: int
    isolated_notional: int

    @property
    def equity(self) -> int:
        """Everything: cash, margin set aside, and what positions have won or lost so far."""
        return self.cash + self.profit + self.isolated_margin + self.isolated_profit

    @property
    def cross_equity(self) -> int:
        """What stands behind cross positions."""
        return self.cash + self.profit


def exposures_of(accounts: AccountMaps, venue: VenueMaps, account_id: int) -> dict[int, Exposure]:
    """The account's positions with its open orders, by swap; also those of size 0 with orders."""
    found: dict[int, Exposure] = {}
    for position in accounts.positions.of_account(account_id):
        found[position.instrument_id] = _exposure(position, venue)
    taker_e8 = taker_rate_e8(accounts, venue, account_id)
    for record in accounts.open_records(account_id):
        accepted = record.accepted
        instrument = venue.instrument(accepted.instrument_id)
        if instrument is None or not instrument.is_swap:
            continue
        exposure = found.get(accepted.instrument_id)
        if exposure is None:
            terms = venue.swap_terms(accepted.instrument_id)
            exposure = found[accepted.instrument_id] = Exposure(
                terms,
                size=0,
                cost=0,
                lever=terms.lever_default,
                margin=0,
                is_isolated=accepted.margin_mode == MarginMode.ISOLATED,
            )
        exposure.add_order(
            side=accepted.side,
            price=record.limit_price,
            quantity=record.quantity - record.quantity_filled,
            is_reduce_only=accepted.reduce_only,
            taker_e8=taker_e8,
        )
    return found


def exposure_of(
    accounts: AccountMaps, venue: VenueMaps, account_id: int, instrument_id: int
) -> Exposure:
    """One of them; an empty one when the account never touched the swap."""
    found = exposures_of(accounts, venue, account_id).get(instrument_id)
    if found is not None:
        return found
    terms = venue.swap_terms(instrument_id)
    return Exposure(terms, size=0, cost=0, lever=terms.lever_default, margin=0, is_isolated=False)


def taker_rate_e8(accounts: AccountMaps, venue: VenueMaps, account_id: int) -> int:
    """What the account pays as a taker."""
    account = accounts.account(account_id)
    return venue.fee_tiers[account.fee_tier].taker_e8 if account is not None else 0


def account_figures(
    accounts: AccountMaps, venue: VenueMaps, account_id: int, asset_id: int
) -> AccountFigures:
    """The account in one settlement asset, at the marks."""
    balance = accounts.balance(account_id, asset_id=asset_id)
    sums = dict.fromkeys(("profit", "reserved", "maintenance", "notional"), 0)
    isolated = dict.fromkeys(("margin", "profit", "maintenance", "notional"), 0)
    free = no_profit = balance.available
    for instrument_id, exposure in exposures_of(accounts, venue, account_id).items():
        instrument = venue.instrument(instrument_id)
        if instrument is None or instrument.quote_asset_id != asset_id:
            continue
        mark = venue.prices.mark(instrument_id).mark
        valuation = venue.valuation(instrument_id)
        free += exposure.worst_net(valuation, ignores_profit=False)
        no_profit += exposure.worst_net(valuation, ignores_profit=True)
        sums["reserved"] += exposure.reserved(mark)
        part = isolated if exposure.is_isolated else sums
        part["profit"] += exposure.profit(mark)
        part["maintenance"] += exposure.maintenance(mark)
        part["notional"] += exposure.notional(mark)
        isolated["margin"] += exposure.margin
    return AccountFigures(
        cash=balance.balance,
        held=balance.held,
        free=max(free, 0),
        spendable=max(min(no_profit, balance.available), 0),
        isolated_margin=isolated["margin"],
        isolated_profit=isolated["profit"],
        isolated_maintenance=isolated["maintenance"],
        isolated_notional=isolated["notional"],
        **sums,
    )


def margin_free(accounts: AccountMaps, venue: VenueMaps, account_id: int, *, besides: int) -> int:
    """What everything but the swap `besides` leaves free for it, at the worse ends."""
    chosen = venue.instrument(besides)
    assert chosen is not None, "asked for a listed swap"
    asset_id = chosen.quote_asset_id
    free = accounts.balance(account_id, asset_id=asset_id).available
    for instrument_id, exposure in exposures_of(accounts, venue, account_id).items():
        instrument = venue.instrument(instrument_id)
        if instrument_id != besides and instrument and instrument.quote_asset_id == asset_id:
            free += exposure.worst_net(venue.valuation(instrument_id), ignores_profit=False)
    return free


def position_figures(
    accounts: AccountMaps, venue: VenueMaps, position: PositionView
) -> PositionFigures:
    """One position at its mark; a cross one with all that stands behind it."""
    exposure = _exposure(position, venue)
    mark = venue.prices.mark(position.instrument_id).mark
    profit = exposure.profit(mark)
    maintenance = exposure.maintenance(mark)
    spare = position.margin
    if not position.is_isolated:
        instrument = venue.instrument(position.instrument_id)
        assert instrument is not None, "positions are in listed swaps"
        account = account_figures(accounts, venue, position.account_id, instrument.quote_asset_id)
        spare = account.cross_equity - profit - (account.maintenance - maintenance)
    return PositionFigures(
        mark=mark,
        notional=exposure.notional(mark),
        profit=profit,
        initial=exposure.initial(mark),
        maintenance=maintenance,
        liquidation_price=exposure.liquidation_price(spare) if mark else 0,
        equity=position.margin + profit,
    )


def _exposure(position: PositionView, venue: VenueMaps) -> Exposure:
    return Exposure(
        venue.swap_terms(position.instrument_id),
        size=position.size,
        cost=position.cost,
        lever=position.lever,
        margin=position.margin,
        is_isolated=position.is_isolated,
    )
