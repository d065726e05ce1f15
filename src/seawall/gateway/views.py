"""What readers see of accounts and of the venue: frozen values, made at the moment of reading.

Prices are ticks, quantities lots, amounts units of the asset, times `_ns` of the journal. Client
ids and tags are without padding; an empty one means none.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


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
    """A spot instrument; units as in `seawall.core.model.instruments.Instrument`."""

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
