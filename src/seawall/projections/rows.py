"""What the queries answer: frozen rows in integers.

Prices are ticks, quantities lots, turnovers quote units, amounts units of their asset; times are
`_ns` of the journal or `_ms`. Client ids and tags are without padding; an empty one means none.
"""

from typing import Literal, TypeAlias

import msgspec

OrderStateName: TypeAlias = Literal["live", "partially_filled", "filled", "cancelled"]


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it is after `updated_seq`.

    limit_price: a market order's worst price (its cap). quantity: 0 when the order is sized in
    quote. notional_filled: quote units; its average price is notional_filled / (quantity_filled *
    unit_value) ticks. fee: the sum over its fills, in `fee_asset_id`; negative is a rebate. last_*:
    its newest fill; `last_trade_id` is 0 when there is none. cancel_reason: a CancelReason, None
    unless it is cancelled. cause: an OrderCause, cause_id what caused it.
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
    state: OrderStateName
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
    cause: int
    cause_id: int


class FillRow(msgspec.Struct, frozen=True, kw_only=True):
    """One execution as seen by one of its two orders; `fee` is negative for a rebate."""

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


class RecentOrders(msgspec.Struct, frozen=True, kw_only=True):
    """What account maps start from, as of entry `applied_seq`; oldest first."""

    applied_seq: int
    orders: list[OrderRow]
    fills: list[FillRow]


class RejectionRow(msgspec.Struct, frozen=True, kw_only=True):
    """An order that was refused, with its RejectReason."""

    seq: int
    account_id: int
    instrument_id: int
    client_id: bytes
    reason: int
    time_ns: int


class TradeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One trade as the market saw it; `side` is the taker's."""

    trade_id: int
    instrument_id: int
    price: int
    quantity: int
    side: int
    time_ms: int
    seq: int


class StoredCandle(msgspec.Struct, frozen=True, kw_only=True):
    """A minute or an hour that had trades, as it is stored."""

    instrument_id: int
    open_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    quote_volume: int


class RecentMarkets(msgspec.Struct, frozen=True, kw_only=True):
    """What market data starts from, as of entry `applied_seq`; oldest first."""

    applied_seq: int
    minutes: list[StoredCandle]
    hours: list[StoredCandle]
    trades: list[TradeRow]


class CandlePageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A period of any bar; without trades it is flat at the close before it."""

    open_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    quote_volume: int
    is_confirmed: bool


class BalanceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger account after entry `seq`: its balance, and how much of it open orders hold."""

    kind: int
    account_id: int
    asset_id: int
    instrument_id: int
    balance: int
    held: int
    seq: int


class AccountEventRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to an account other than by trading.

    event_type: an EventType. amount: of a deposit or a transfer (`detail` 1: to the trading side,
    0: from it), else 0. detail: the state of a freeze, the fee tier of an opening. reference: the
    deposit id or key id. Of funding, amount is what was received (negative: paid) and detail the
    instrument.
    """

    seq: int
    position: int
    account_id: int
    event_type: int
    asset_id: int
    amount: int
    detail: int
    reference: bytes
    time_ns: int


class FundingRoundRow(msgspec.Struct, frozen=True, kw_only=True):
    """A settlement of funding: rate e8, mark in ticks."""

    instrument_id: int
    rate_e8: int
    mark: int
    time_ms: int
    next_ms: int


class LiquidationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a liquidation, a takeover or a deleveraging, by its event type."""

    seq: int
    position: int
    account_id: int
    instrument_id: int
    event_type: int
    phase: int
    episode: int
    step: int
    quantity: int
    price: int
    mark: int
    equity: int
    maintenance: int
    time_ns: int


class PositionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A position after entry `seq`; see the event PositionChanged."""

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
    seq: int


AlgoStateName: TypeAlias = Literal["live", "effective", "cancelled", "order_failed"]


class AlgoRow(msgspec.Struct, frozen=True, kw_only=True):
    """An algo order, waiting or ended; see the events AlgoAccepted and AlgoTriggered."""

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
    state: AlgoStateName
    fired_leg: int
    fired_e8: int
    order_id: int
    reason: int
    created_ns: int
    updated_ns: int
    is_rising: bool | None = None
