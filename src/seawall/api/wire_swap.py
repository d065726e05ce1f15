"""What is asked and answered about swaps: positions, leverage, marks, funding, limits.

Keys that belong to options, borrowing or hedge mode are there and empty: strict clients lose the
whole answer when a key is missing.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from seawall.api.wire_market import Row, camel


class LeverageRequest(msgspec.Struct, frozen=True, rename=camel):
    """The leverage to take in a swap."""

    inst_id: Any = None
    lever: Any = None
    mgn_mode: Any = None
    pos_side: Any = None
    ccy: Any = None


class MarginRequest(msgspec.Struct, frozen=True, rename=camel):
    """Margin to add to an isolated position, or to take out."""

    inst_id: Any = None
    pos_side: Any = None
    type: Any = None
    amt: Any = None
    ccy: Any = None


class PositionModeRequest(msgspec.Struct, frozen=True, rename=camel):
    """How positions are counted; net_mode is the one there is."""

    pos_mode: Any = None


class ClosePositionRequest(msgspec.Struct, frozen=True, rename=camel):
    """A position to close at the market."""

    inst_id: Any = None
    mgn_mode: Any = None
    pos_side: Any = None
    ccy: Any = None
    auto_cxl: Any = None
    cl_ord_id: Any = None
    tag: Any = None


class LeverageRow(Row, frozen=True):
    """The leverage in force."""

    inst_id: str
    mgn_mode: str
    lever: str
    pos_side: str = "net"
    ccy: str = ""


class MarginRow(Row, frozen=True):
    """Margin that was moved."""

    inst_id: str
    amt: str
    type: str
    leverage: str
    ccy: str
    pos_side: str = "net"


class PositionModeRow(Row, frozen=True):
    """How positions are counted."""

    pos_mode: str


class ClosePositionRow(Row, frozen=True):
    """A position that is being closed."""

    inst_id: str
    cl_ord_id: str
    tag: str
    pos_side: str = "net"


class PositionRow(Row, frozen=True):
    """A position; sizes in contracts, money in the settlement currency."""

    inst_id: str
    pos_id: str
    mgn_mode: str
    pos: str
    avail_pos: str
    ccy: str
    lever: str
    avg_px: str
    mark_px: str
    last: str
    idx_px: str
    liq_px: str
    be_px: str
    upl: str
    upl_ratio: str
    upl_last_px: str
    upl_ratio_last_px: str
    pnl: str
    realized_pnl: str
    fee: str
    funding_fee: str
    imr: str
    mmr: str
    margin: str
    mgn_ratio: str
    trade_id: str
    notional_usd: str
    c_time: str
    u_time: str
    inst_type: str = "SWAP"
    pos_side: str = "net"
    pos_ccy: str = ""
    base_bal: str = ""
    quote_bal: str = ""
    base_borrowed: str = ""
    base_interest: str = ""
    usd_px: str = ""
    liq_penalty: str = "0"
    interest: str = ""
    liab: str = ""
    liab_ccy: str = ""
    adl: str = ""
    opt_val: str = ""
    pending_close_ord_liab_val: str = ""
    quote_borrowed: str = ""
    quote_interest: str = ""
    spot_in_use_amt: str = ""
    spot_in_use_ccy: str = ""
    delta_bs: str = ""
    delta_pa: str = ""
    gamma_bs: str = ""
    gamma_pa: str = ""
    theta_bs: str = ""
    theta_pa: str = ""
    vega_bs: str = ""
    vega_pa: str = ""
    biz_ref_id: str = ""
    biz_ref_type: str = ""
    settled_pnl: str = ""
    close_order_algo: tuple[str, ...] = ()


class BillRow(Row, frozen=True):
    """A payment of funding; positive was received."""

    bill_id: str
    sub_type: str
    ccy: str
    bal_chg: str
    pnl: str
    inst_id: str
    ts: str
    inst_type: str = "SWAP"
    type: str = "8"
    bal: str = ""
    pos_bal_chg: str = ""
    pos_bal: str = ""
    sz: str = ""
    px: str = ""
    fee: str = "0"
    mgn_mode: str = ""
    ord_id: str = ""
    exec_type: str = ""
    interest: str = ""
    from_: str = ""
    to: str = ""
    notes: str = ""
    tag: str = ""
    cl_ord_id: str = ""
    trade_id: str = ""
    fill_time: str = ""
    fill_idx_px: str = ""
    fill_mark_px: str = ""
    earn_amt: str = ""
    earn_apr: str = ""


class MarkPriceRow(Row, frozen=True):
    """The price that margin is measured at."""

    inst_id: str
    mark_px: str
    ts: str
    inst_type: str = "SWAP"


class IndexTickerRow(Row, frozen=True):
    """An outside price as the venue guards it; the last day is not kept."""

    inst_id: str
    idx_px: str
    ts: str
    high24h: str = ""
    low24h: str = ""
    open24h: str = ""
    sod_utc0: str = ""
    sod_utc8: str = ""


class FundingRateRow(Row, frozen=True):
    """Funding as it would be settled at `fundingTime`; positive: longs pay."""

    inst_id: str
    funding_rate: str
    funding_time: str
    next_funding_time: str
    min_funding_rate: str
    max_funding_rate: str
    sett_funding_rate: str
    ts: str
    inst_type: str = "SWAP"
    next_funding_rate: str = ""
    sett_state: str = "settled"
    premium: str = ""
    method: str = "current_period"
    formula_type: str = "withRate"
    interest_rate: str = "0.0001"
    impact_value: str = ""
    prev_funding_time: str = ""


class FundingHistoryRow(Row, frozen=True):
    """A settlement of funding."""

    inst_id: str
    funding_rate: str
    realized_rate: str
    funding_time: str
    inst_type: str = "SWAP"
    method: str = "current_period"
    formula_type: str = "withRate"


class OpenInterestRow(Row, frozen=True):
    """What is open on each side: in contracts, in base, in quote at the mark."""

    inst_id: str
    oi: str
    oi_ccy: str
    oi_usd: str
    ts: str
    inst_type: str = "SWAP"


class PriceLimitRow(Row, frozen=True):
    """Highest buying and lowest selling price of orders."""

    inst_id: str
    inst_type: str
    buy_lmt: str
    sell_lmt: str
    ts: str
    enabled: bool


class PositionTierRow(Row, frozen=True):
    """A bracket of margin; its bounds are notionals, shown in contracts at the mark."""

    inst_family: str
    inst_id: str
    uly: str
    tier: str
    min_sz: str
    max_sz: str
    mmr: str
    imr: str
    max_lever: str
    base_max_loan: str = ""
    quote_max_loan: str = ""
    opt_mgn_factor: str = ""


LEVERAGE: Final = msgspec.json.Decoder(LeverageRequest, float_hook=str)
MARGIN: Final = msgspec.json.Decoder(MarginRequest, float_hook=str)
POSITION_MODE: Final = msgspec.json.Decoder(PositionModeRequest, float_hook=str)
CLOSE_POSITION: Final = msgspec.json.Decoder(ClosePositionRequest, float_hook=str)
