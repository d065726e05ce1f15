"""What the account and asset endpoints answer. Keys that belong to margin are there and empty."""

from __future__ import annotations

from seawall.api.wire_market import Row


class ConfigRow(Row, frozen=True):
    """How the account is set up: no borrowing; level 2 where swaps are listed, else 1."""

    uid: str
    main_uid: str
    label: str
    perm: str
    level: str
    acct_lv: str = "1"
    pos_mode: str = "net_mode"
    auto_loan: bool = False
    greeks_type: str = "PA"
    ip: str = ""
    ct_iso_mode: str = "automatic"
    mgn_iso_mode: str = "automatic"
    role_type: str = "0"
    type: str = "0"
    acct_stp_mode: str = "cancel_maker"
    enable_spot_borrow: bool = False
    kyc_lv: str = "0"
    settle_ccy: str = ""
    level_tmp: str = ""
    op_auth: str = "0"
    spot_borrow_auto_repay: bool = False
    spot_role_type: str = "0"
    spot_trader_insts: tuple[str, ...] = ()
    trader_insts: tuple[str, ...] = ()


class BalanceDetail(Row, frozen=True):
    """One currency of the trading account."""

    ccy: str
    eq: str
    cash_bal: str
    avail_bal: str
    avail_eq: str
    frozen_bal: str
    ord_frozen: str
    u_time: str
    eq_usd: str = ""
    dis_eq: str = ""
    upl: str = ""
    upl_liab: str = ""
    liab: str = ""
    cross_liab: str = ""
    iso_liab: str = ""
    iso_eq: str = ""
    iso_upl: str = ""
    interest: str = ""
    imr: str = ""
    mmr: str = ""
    mgn_ratio: str = ""
    max_loan: str = ""
    notional_lever: str = ""
    twap: str = "0"
    borrow_froz: str = ""
    fixed_bal: str = "0"
    stgy_eq: str = "0"
    spot_in_use_amt: str = ""
    cl_spot_in_use_amt: str = ""
    max_spot_in_use_amt: str = ""
    spot_iso_bal: str = "0"
    smt_sync_eq: str = "0"
    spot_copy_trading_eq: str = "0"
    reward_bal: str = "0"
    spot_bal: str = ""
    open_avg_px: str = ""
    acc_avg_px: str = ""
    spot_upl: str = ""
    spot_upl_ratio: str = ""
    total_pnl: str = ""
    total_pnl_ratio: str = ""


class BalanceRow(Row, frozen=True):
    """The trading account: totals that need prices in one currency are empty where there is
    none.
    """

    u_time: str
    details: list[BalanceDetail]
    total_eq: str = ""
    adj_eq: str = ""
    borrow_froz: str = ""
    imr: str = ""
    iso_eq: str = ""
    mgn_ratio: str = ""
    mmr: str = ""
    notional_usd: str = ""
    notional_usd_for_borrow: str = ""
    notional_usd_for_futures: str = ""
    notional_usd_for_option: str = ""
    notional_usd_for_swap: str = ""
    ord_froz: str = ""
    upl: str = ""
    avail_eq: str = ""


class TradeFeeRow(Row, frozen=True):
    """Rates of the account's fee tier; negative is what the trader pays, positive a rebate."""

    level: str
    maker: str
    taker: str
    ts: str
    inst_type: str = "SPOT"
    maker_u: str = ""
    taker_u: str = ""
    maker_usdc: str = ""
    taker_usdc: str = ""
    category: str = "1"
    delivery: str = ""
    exercise: str = ""


class MaxSizeRow(Row, frozen=True):
    """The largest buy and sell, in base, that the available balances cover."""

    inst_id: str
    ccy: str
    max_buy: str
    max_sell: str


class MaxAvailSizeRow(Row, frozen=True):
    """What is available: quote to buy with, base to sell."""

    inst_id: str
    avail_buy: str
    avail_sell: str


class CurrencyRow(Row, frozen=True):
    """A currency. The venue has no connection to a chain: nothing can be deposited or withdrawn
    through it.
    """

    ccy: str
    name: str
    chain: str
    wd_tick_sz: str
    can_dep: bool = False
    can_wd: bool = False
    can_internal: bool = True
    min_wd: str = "0"
    max_wd: str = "0"
    fee: str = "0"
    min_fee: str = "0"
    max_fee: str = "0"
    min_dep: str = "0"
    main_net: bool = True
    logo_link: str = ""
    wd_quota: str = "0"
    used_wd_quota: str = "0"
    need_tag: bool = False


class AssetBalanceRow(Row, frozen=True):
    """One currency of the funding account."""

    ccy: str
    bal: str
    avail_bal: str
    frozen_bal: str = "0"


class TransferRow(Row, frozen=True):
    """A transfer that was made."""

    trans_id: str
    ccy: str
    amt: str
    from_: str
    to: str
    client_id: str = ""
