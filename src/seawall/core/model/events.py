"""Events: everything that can happen at the venue, in the past tense, as readers see it.

The engine writes events straight into bytes (`event_writer.py`); readers get these classes back
(`event_reader.py`). Within the bytes each entry that had events opens with its seq, its time and
the venue's clock, so an event has the address (seq, index). Balances are stated as they are after
the entry, not as changes: a reader sets them and cannot drift.
"""

from dataclasses import dataclass
from typing import Final, final

from mypy_extensions import i64

from seawall.core.model.order_events import (
    AmendRejected,
    CancelRejected,
    MassCancelled,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
)
from seawall.core.model.repair_events import RepairEvent
from seawall.core.model.risk_events import RiskEvent


class EventType:
    """Numbers of the events; part of the format, never reused."""

    ORDER_ACCEPTED: Final = 1
    ORDER_REJECTED: Final = 2
    ORDER_FILLED: Final = 3
    ORDER_CANCELLED: Final = 4
    ORDER_AMENDED: Final = 5
    AMEND_REJECTED: Final = 6
    CANCEL_REJECTED: Final = 7
    MASS_CANCELLED: Final = 8
    BALANCE_CHANGED: Final = 10
    ACCOUNT_OPENED: Final = 11
    ACCOUNT_STATE_CHANGED: Final = 12
    DEPOSIT_CREDITED: Final = 13
    FUNDS_TRANSFERRED: Final = 14
    KEY_REGISTERED: Final = 15
    KEY_REVOKED: Final = 16
    ASSET_LISTED: Final = 20
    INSTRUMENT_LISTED: Final = 21
    TRADING_STATE_CHANGED: Final = 22
    PRICES_OBSERVED: Final = 30
    CLOCK_STARTED: Final = 40
    OUTAGE_ENDED: Final = 41
    SYSTEM_MODE_CHANGED: Final = 42
    CLOCK_ACCEPTED: Final = 43
    RULES_ACTIVATED: Final = 44
    COMMAND_REJECTED: Final = 50
    INTERNAL_FAULT: Final = 51


@final
@dataclass(init=False)
class BalanceChanged:
    """A ledger account after the entry: balance, and how much of it is held for open orders
    (units).
    """

    kind: i64  # LedgerKind
    account_id: i64  # 0 for the venue's own ledger accounts
    asset_id: i64
    balance: i64
    held: i64
    instrument_id: i64  # of kinds that belong to one instrument, else 0

    def __init__(
        self,
        kind: i64,
        account_id: i64,
        asset_id: i64,
        balance: i64,
        held: i64,
        instrument_id: i64,
    ) -> None:
        self.kind = kind
        self.account_id = account_id
        self.asset_id = asset_id
        self.balance = balance
        self.held = held
        self.instrument_id = instrument_id


@final
@dataclass
class AccountOpened:
    """There is a new trading account."""

    account_id: i64
    owner_id: i64
    fee_tier: i64


@final
@dataclass
class AccountStateChanged:
    """An account was frozen, restricted or released."""

    account_id: i64
    is_frozen: bool  # it may cancel only
    is_reduce_only: bool = False  # it may cancel and reduce only


@final
@dataclass
class DepositCredited:
    """A deposit reached the funding account."""

    account_id: i64
    asset_id: i64
    amount: i64
    deposit_id: bytes


@final
@dataclass
class FundsTransferred:
    """An amount moved between an account's funding and trading side."""

    account_id: i64
    asset_id: i64
    amount: i64
    to_trading: bool


@final
@dataclass
class KeyRegistered:
    """An API key is known to the venue."""

    account_id: i64
    key_id: bytes
    scopes: i64


@final
@dataclass
class KeyRevoked:
    """An API key is no longer accepted."""

    account_id: i64
    key_id: bytes


@final
@dataclass
class AssetListed:
    """There is a new asset."""

    asset_id: i64
    name: bytes
    scale: i64


@final
@dataclass
class InstrumentListed:
    """There is a new instrument."""

    instrument_id: i64
    name: bytes
    base_asset_id: i64
    quote_asset_id: i64
    tick_size_e8: i64
    lot_size: i64
    unit_value: i64
    quantity_min: i64
    quantity_max: i64
    price_max: i64
    market_cap_e8: i64
    trading_state: i64
    kind: i64
    index_id: i64
    risk_tier: i64


@final
@dataclass
class TradingStateChanged:
    """What the instrument accepts has changed, by an operator or by a fault."""

    instrument_id: i64
    old_state: i64
    new_state: i64


@final
@dataclass(init=False)
class PricesObserved:
    """An observation was recorded; e8 quote per base."""

    source_id: i64
    index_id: i64
    bid_e8: i64
    ask_e8: i64
    last_e8: i64
    receive_ms: i64
    is_synthetic: bool

    def __init__(
        self,
        source_id: i64,
        index_id: i64,
        bid_e8: i64,
        ask_e8: i64,
        last_e8: i64,
        receive_ms: i64,
        is_synthetic: bool,
    ) -> None:
        self.source_id = source_id
        self.index_id = index_id
        self.bid_e8 = bid_e8
        self.ask_e8 = ask_e8
        self.last_e8 = last_e8
        self.receive_ms = receive_ms
        self.is_synthetic = is_synthetic


@final
@dataclass
class ClockStarted:
    """The venue's clock has its first value."""

    clock_ms: i64


@final
@dataclass
class OutageEnded:
    """The clock stepped over a gap in which nobody could trade."""

    from_ms: i64
    to_ms: i64


@final
@dataclass
class SystemModeChanged:
    """The venue entered or left a phase of recovery; `until_ms` is the earliest end of the phase, 0
    for none.
    """

    old_mode: i64
    new_mode: i64
    until_ms: i64


@final
@dataclass
class ClockAccepted:
    """A step of the wall clock was taken over with two approvals."""

    wall_ms: i64
    first_operator_id: i64
    second_operator_id: i64


@final
@dataclass
class RulesActivated:
    """The rules in force changed."""

    version: i64
    release: bytes


@final
@dataclass
class CommandRejected:
    """A command other than an order's was refused, or could not be read."""

    account_id: i64
    instrument_id: i64
    command_type: i64
    reason: i64


@final
@dataclass
class InternalFault:
    """A bug of the venue was caught before it had an effect; what the command names is frozen."""

    account_id: i64
    instrument_id: i64
    command_type: i64


Event = (
    OrderAccepted
    | OrderRejected
    | OrderFilled
    | OrderCancelled
    | OrderAmended
    | AmendRejected
    | CancelRejected
    | MassCancelled
    | BalanceChanged
    | AccountOpened
    | AccountStateChanged
    | DepositCredited
    | FundsTransferred
    | KeyRegistered
    | KeyRevoked
    | AssetListed
    | InstrumentListed
    | TradingStateChanged
    | PricesObserved
    | ClockStarted
    | OutageEnded
    | SystemModeChanged
    | ClockAccepted
    | RulesActivated
    | CommandRejected
    | InternalFault
    | RiskEvent
    | RepairEvent
)


@final
@dataclass
class EntryEvents:
    """The events of one entry, with its place and time."""

    seq: i64
    time_ns: i64
    clock_ms: i64
    events: list[Event]
