"""The trading account as rows: cash, and in a settlement asset what swaps are worth and need.

`eq` is everything: cash, margin set aside and unrealised profit. `availEq` is what new risk may
use, `availBal` what may be spent or taken out. The ratio of a margin account is equity over
maintenance margin: at 1 liquidation begins. Totals across currencies need prices in one of them;
they are given where the venue settles in one asset only, and then in that asset.
"""

from __future__ import annotations

from typing import Final

from seawall.api.account_rows import amount_text, asset_name, ms_text
from seawall.api.decimals import format_ratio
from seawall.api.wire_account import BalanceDetail, BalanceRow
from seawall.gateway import (
    AccountFigures,
    AccountMaps,
    BalanceView,
    VenueMaps,
    account_figures,
)

RATIO_PLACES: Final = 4


def settlement_assets(venue: VenueMaps) -> list[int]:
    """What the listed swaps are settled in."""
    return sorted({one.quote_asset_id for one in venue.instruments() if one.is_swap})


def balance_row(
    balances: list[BalanceView],
    accounts: AccountMaps,
    venue: VenueMaps,
    *,
    account_id: int,
    now_ms: int,
) -> BalanceRow:
    """The trading account over the currencies given."""
    settled = settlement_assets(venue)
    figures = {
        asset_id: account_figures(accounts, venue, account_id, asset_id) for asset_id in settled
    }
    details = [_detail(one, figures.get(one.asset_id), venue) for one in balances]
    if len(settled) != 1:
        return BalanceRow(u_time=str(now_ms), details=details)
    asset_id = settled[0]
    found = figures[asset_id]
    return BalanceRow(
        u_time=str(now_ms),
        details=details,
        adj_eq=amount_text(found.equity, asset_id, venue),
        avail_eq=amount_text(found.free, asset_id, venue),
        imr=amount_text(found.reserved, asset_id, venue),
        mmr=amount_text(found.maintenance, asset_id, venue),
        mgn_ratio=ratio_text(found.cross_equity, found.maintenance),
        upl=amount_text(found.profit + found.isolated_profit, asset_id, venue),
        iso_eq=amount_text(found.isolated_margin + found.isolated_profit, asset_id, venue),
        notional_usd_for_swap=amount_text(
            found.notional + found.isolated_notional, asset_id, venue
        ),
    )


def _detail(
    balance: BalanceView, figures: AccountFigures | None, venue: VenueMaps
) -> BalanceDetail:
    """One currency: all of it, what may be spent, what orders and positions keep."""

    def text(units: int) -> str:
        return amount_text(units, balance.asset_id, venue)

    if figures is None:
        return BalanceDetail(
            ccy=asset_name(balance.asset_id, venue),
            eq=text(balance.balance),
            cash_bal=text(balance.balance),
            spot_bal=text(balance.balance),
            avail_bal=text(balance.available),
            avail_eq=text(balance.available),
            frozen_bal=text(balance.held),
            ord_frozen=text(balance.held),
            u_time=ms_text(balance.updated_ns),
        )
    cash = figures.cash + figures.isolated_margin
    return BalanceDetail(
        ccy=asset_name(balance.asset_id, venue),
        eq=text(figures.equity),
        cash_bal=text(cash),
        spot_bal=text(balance.balance),
        avail_bal=text(figures.spendable),
        avail_eq=text(figures.free),
        frozen_bal=text(cash - figures.spendable),
        ord_frozen=text(balance.held),
        u_time=ms_text(balance.updated_ns),
        upl=text(figures.profit + figures.isolated_profit),
        iso_eq=text(figures.isolated_margin + figures.isolated_profit),
        iso_upl=text(figures.isolated_profit),
        imr=text(figures.reserved),
        mmr=text(figures.maintenance),
        mgn_ratio=ratio_text(figures.cross_equity, figures.maintenance),
        notional_lever=ratio_text(figures.notional, figures.cross_equity),
    )


def ratio_text(numerator: int, denominator: int) -> str:
    """A ratio for readers; empty where there is nothing to divide by."""
    if denominator <= 0:
        return ""
    sign = "-" if numerator < 0 else ""
    return sign + format_ratio(abs(numerator), denominator, RATIO_PLACES)
