"""What readers see of accounts and of the venue: frozen values, made at the moment of reading.

Prices are ticks, quantities lots, amounts units of the asset, times `_ns` of the journal. Client
ids and tags are without padding; an empty one means none.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from seawall.core.model.enums import (
    HoldReason,
    IndexState,
    InstrumentKind,
    MarginMode,
    OrderCause,
    RiskTier,
)


class OrderState(StrEnum):
    """Where an order is in its life."""

    LIVE = "live"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it is after `updated_seq`.

    limit_price: a market order's worst price (its cap).
    quantity: 0 when the order is sized in quote (`quote_amount` > 0).
    notional_filled: quote units; average price = notional_filled / (quantity_filled * unit_value)
    ticks.
    fee: sum over its fills in `fee_asset_id` (what this side receives); negative is a rebate.
    last_*: the newest fill; `last_trade_id` is 0 when there is none.
    cancel_reason: a CancelReason, or None when the order is open or filled.
    cause: an OrderCause; cause_id is the algo id, the liquidation's episode or the source.
    """

    order_id: int
    account_id: int
    instrument_id: int
    client_id: bytes
    tag: bytes
    side: int
    order_type: int
    time_in_force: int
    self_trade_prevention: int
    margin_mode: int
    reduce_only: bool
    limit_price: int
    quantity: int
    quote_amount: int
    expire_ms: int
    state: OrderState
    quantity_filled: int
    quantity_open: int
    notional_filled: int
    fee: int
    fee_asset_id: int
    last_price: int
    last_quantity: int
    last_trade_id: int
    last_fill_ns: int
    last_is_maker: bool
    cancel_reason: int | None
    created_ns: int
    updated_ns: int
    updated_seq: int
    cause: int = OrderCause.USER
    cause_id: int = 0


class FillView(msgspec.Struct, frozen=True, kw_only=True):
    """One execution as seen by one of its two orders."""

    trade_id: int
    order_id: int
    account_id: int
    instrument_id: int
    client_id: bytes
    tag: bytes
    side: int
    is_maker: bool
    price: int
    quantity: int
    fee: int
    fee_asset_id: int
    time_ns: int
    seq: int


class BalanceView(msgspec.Struct, frozen=True, kw_only=True):
    """One ledger account of a user. `kind` is LedgerKind.TRADING or FUNDING."""

    kind: int
    asset_id: int
    balance: int
    held: int
    updated_ns: int

    @property
    def available(self) -> int:
        """What may be spent now: the balance less what open orders hold."""
        return self.balance - self.held


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """An account, whose it is and what it pays."""

    account_id: int
    owner_id: int
    fee_tier: int
    is_frozen: bool


class RejectionView(msgspec.Struct, frozen=True, kw_only=True):
    """An order with a client id that the engine refused."""

    account_id: int
    instrument_id: int
    client_id: bytes
    reason: int
    seq: int
    time_ns: int


class PendingView(msgspec.Struct, frozen=True, kw_only=True):
    """An order with a client id that was received and whose outcome is not known (yet)."""

    account_id: int
    instrument_id: int
    client_id: bytes
    received_ns: int


class AssetView(msgspec.Struct, frozen=True, kw_only=True):
    """A unit of value; `scale` decimal digits below one whole."""

    asset_id: int
    name: str
    scale: int


class InstrumentView(msgspec.Struct, frozen=True, kw_only=True):
    """A spot pair or a swap; units as in `seawall.core.model.instruments.Instrument`."""

    instrument_id: int
    name: str
    base_asset_id: int
    quote_asset_id: int
    tick_size_e8: int
    lot_size: int
    unit_value: int
    quantity_min: int
    quantity_max: int
    price_max: int
    market_cap_e8: int
    trading_state: int
    kind: int = InstrumentKind.SPOT
    index_id: int = 0  # 0: none
    risk_tier: int = RiskTier.NONE

    @property
    def is_swap(self) -> bool:
        """Whether it is a perpetual swap, settled in its quote asset."""
        return self.kind == InstrumentKind.SWAP


class IndexView(msgspec.Struct, frozen=True, kw_only=True):
    """The guarded outside price, e8, with its grade; `value_e8` is 0 before the first."""

    index_id: int
    name: str
    value_e8: int = 0
    low_e8: int = 0
    high_e8: int = 0
    state: int = IndexState.INIT
    reason: int = HoldReason.NONE
    updated_ns: int = 0


class MarkView(msgspec.Struct, frozen=True, kw_only=True):
    """The mark of a swap in ticks, 0 before the first; funding as it would be settled."""

    instrument_id: int
    mark: int = 0
    is_held: bool = True
    index_e8: int = 0
    funding_e8: int = 0
    funding_ms: int = 0
    open_interest: int = 0
    updated_ns: int = 0


class PriceLimitsView(msgspec.Struct, frozen=True, kw_only=True):
    """Lowest selling and highest buying price of orders, ticks; 0 where there is no limit."""

    low: int = 0
    high: int = 0
    updated_ns: int = 0


class FundingRoundView(msgspec.Struct, frozen=True, kw_only=True):
    """A settlement of funding: rate e8, positive when longs paid; mark in ticks."""

    instrument_id: int
    rate_e8: int
    mark: int
    time_ms: int
    next_ms: int


class PositionView(msgspec.Struct, frozen=True, kw_only=True):
    """A position as it is now. Sizes and costs are signed; money is in settlement units.

    margin: of an isolated position. realised, fees, funding: over the life of the account in this
    swap; fees are paid, funding is received. last_trade_id: 0 when not known.
    """

    account_id: int
    instrument_id: int
    size: int
    cost: int
    margin_mode: int
    lever: int
    margin: int
    realised: int
    fees: int
    funding: int
    opened_ms: int
    updated_ns: int
    last_trade_id: int = 0

    @property
    def is_isolated(self) -> bool:
        """Whether it has its own margin."""
        return self.margin_mode == MarginMode.ISOLATED


class AlgoState(StrEnum):
    """Where an algo order is in its life."""

    LIVE = "live"
    EFFECTIVE = "effective"  # it fired and became an order
    CANCELLED = "cancelled"
    FAILED = "order_failed"  # it fired, and the order was refused


class AlgoView(msgspec.Struct, frozen=True, kw_only=True):
    """An order that waits for a price, or waited. Prices in ticks; order price 0: a market order.

    fired_leg: -1 before it fired. fired_e8: the price that fired it. order_id: what it became, 0
    for nothing. reason: a RejectReason when FAILED, a CancelReason when CANCELLED.
    """

    algo_id: int
    account_id: int
    instrument_id: int
    algo_type: int
    side: int
    quantity: int
    margin_mode: int
    reduce_only: bool
    self_trade_prevention: int
    trigger_price: int
    trigger_by: int
    order_price: int
    second_trigger_price: int
    second_trigger_by: int
    second_order_price: int
    callback_e8: int
    callback_ticks: int
    active_price: int
    client_id: bytes
    tag: bytes
    created_ns: int
    updated_ns: int
    state: AlgoState = AlgoState.LIVE
    fired_leg: int = -1
    fired_e8: int = 0
    order_id: int = 0
    reason: int = 0
    is_rising: bool | None = None  # whether the first leg fires when its price rises, if known
