"""Events: everything that can happen at the venue, in the past tense, as readers see it.

The engine writes events straight into bytes (`event_writer.py`); readers get these classes back
(`event_reader.py`). Within the bytes each entry that had events opens with its seq, its time and
the venue's clock, so an event has the address (seq, index). Balances are stated as they are after
the entry, not as changes: a reader sets them and cannot drift.
"""

from dataclasses import dataclass
from typing import Final, final

from mypy_extensions import i64

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
@dataclass
class OrderAccepted:
    """The order passed every check; what follows of it stands in later events."""

    order_id: i64
    account_id: i64
    instrument_id: i64
    side: i64
    order_type: i64
    time_in_force: i64
    self_trade_prevention: i64
    limit_price: i64  # ticks; a market order's worst price (its cap)
    quantity: i64  # lots; 0 when sized in quote
    quote_amount: i64
    expire_ms: i64
    client_id: bytes  # padded to 32, or empty
    tag: bytes
    margin_mode: i64
    reduce_only: bool


@final
@dataclass
class OrderRejected:
    """The order was refused; nothing changed."""

    account_id: i64
    instrument_id: i64
    reason: i64
    client_id: bytes


@final
@dataclass
class OrderFilled:
    """One trade, seen from both of its orders. Fees are in the asset each side receives, of a swap
    in its settlement asset; negative is a rebate.
    """

    trade_id: i64
    instrument_id: i64
    price: i64  # ticks: the maker's price
    quantity: i64  # lots
    taker_side: i64
    taker_order_id: i64
    taker_account_id: i64
    taker_fee: i64
    taker_open: i64  # lots still open after this fill; of a quote-sized order, quote units left
    maker_order_id: i64
    maker_account_id: i64
    maker_fee: i64
    maker_open: i64


@final
@dataclass
class OrderCancelled:
    """The order, or what was open of it, ended."""

    order_id: i64
    account_id: i64
    instrument_id: i64
    reason: i64
    quantity_open: i64  # lots that will not be filled
    was_resting: bool  # whether the book has to forget it


@final
@dataclass
class OrderAmended:
    """The order changed. It kept its place in the queue, or stands at the end of its (new) price
    level.
    """

    order_id: i64
    account_id: i64
    instrument_id: i64
    limit_price: i64
    quantity: i64
    quantity_open: i64
    kept_priority: bool


@final
@dataclass
class AmendRejected:
    """The amend was refused; the order is as it was, unless a cancel follows because its sender
    asked for that.
    """

    order_id: i64
    account_id: i64
    instrument_id: i64
    reason: i64


@final
@dataclass
class CancelRejected:
    """The cancel was refused."""

    order_id: i64
    account_id: i64
    instrument_id: i64
    reason: i64


@final
@dataclass
class MassCancelled:
    """A mass cancel is complete; the cancels precede it one by one."""

    account_id: i64
    instrument_id: i64
    cancelled: i64


@final
@dataclass
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
@dataclass
class PricesObserved:
    """An observation was recorded; e8 quote per base."""

    source_id: i64
    index_id: i64
    bid_e8: i64
    ask_e8: i64
    last_e8: i64
    receive_ms: i64
    is_synthetic: bool


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
