"""Events back from bytes, for every reader above the core."""

from typing import Final

from mypy_extensions import i64

from seawall.core.model.codec import read_word, unpadded
from seawall.core.model.event_writer import (
    ENTRY_MARKER,
    HAS_CLIENT_ID,
    HAS_TAG,
    MARGIN_MODE_SHIFT,
    REDUCE_ONLY,
)
from seawall.core.model.events import (
    AccountOpened,
    AccountStateChanged,
    AssetListed,
    BalanceChanged,
    ClockAccepted,
    ClockStarted,
    CommandRejected,
    DepositCredited,
    EntryEvents,
    Event,
    EventType,
    FundsTransferred,
    InstrumentListed,
    InternalFault,
    KeyRegistered,
    KeyRevoked,
    OutageEnded,
    PricesObserved,
    RulesActivated,
    SystemModeChanged,
    TradingStateChanged,
)
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
from seawall.core.model.repair_event_reader import read_repair_event
from seawall.core.model.repair_events import RepairEventType
from seawall.core.model.risk_event_reader import read_risk_event

LOW32: Final = 0xFFFFFFFF


def read_entries(data: bytes) -> list[EntryEvents]:
    """All entries that had events, in order. Events of a type this release does not know are left
    out.
    """
    entries: list[EntryEvents] = []
    current: EntryEvents | None = None
    at: i64 = 0
    end: i64 = len(data)
    while at < end:
        word = read_word(data, at)
        if word & 0xFF == ENTRY_MARKER:
            current = EntryEvents(
                seq=read_word(data, at + 8),
                time_ns=read_word(data, at + 16),
                clock_ms=read_word(data, at + 24),
                events=[],
            )
            entries.append(current)
        else:
            assert current is not None, "events begin with the marker of an entry"
            event = read_event(data, at)
            if event is not None:
                current.events.append(event)
        at += 8 * (word >> 8 & 0xFF)
    return entries


def split_at_seq(data: bytes, seq: i64) -> i64:
    """The offset of the first entry whose seq is `seq` or later; the length of `data` when there is
    none.
    """
    at: i64 = 0
    end: i64 = len(data)
    while at < end:
        word = read_word(data, at)
        if word & 0xFF == ENTRY_MARKER and read_word(data, at + 8) >= seq:
            return at
        at += 8 * (word >> 8 & 0xFF)
    return end


def count_events(data: bytes, type_: i64) -> i64:
    """How many events of a type there are, without reading them."""
    count: i64 = 0
    at: i64 = 0
    end: i64 = len(data)
    while at < end:
        word = read_word(data, at)
        if word & 0xFF == type_:
            count += 1
        at += 8 * (word >> 8 & 0xFF)
    return count


def read_event(data: bytes, at: i64) -> Event | None:
    """The event at offset `at`, or None when its type is unknown."""
    word = read_word(data, at)
    type_ = word & 0xFF
    instrument_id = word >> 16 & 0xFFFF
    account_id = word >> 32
    if type_ == EventType.BALANCE_CHANGED:
        kind = read_word(data, at + 24)
        return BalanceChanged(
            kind=kind & LOW32,
            account_id=account_id,
            asset_id=instrument_id,
            balance=read_word(data, at + 8),
            held=read_word(data, at + 16),
            instrument_id=kind >> 32,
        )
    if type_ == EventType.ORDER_ACCEPTED:
        return _read_order_accepted(data, at)
    if type_ == EventType.ORDER_CANCELLED:
        reason = read_word(data, at + 24)
        return OrderCancelled(
            order_id=read_word(data, at + 8),
            account_id=account_id,
            instrument_id=instrument_id,
            reason=reason & LOW32,
            quantity_open=read_word(data, at + 16),
            was_resting=reason >> 32 != 0,
        )
    if type_ == EventType.ORDER_FILLED:
        maker = read_word(data, at + 80)
        return OrderFilled(
            trade_id=read_word(data, at + 8),
            instrument_id=instrument_id,
            price=read_word(data, at + 16),
            quantity=read_word(data, at + 24),
            taker_side=maker >> 32,
            taker_order_id=read_word(data, at + 32),
            taker_account_id=account_id,
            taker_fee=read_word(data, at + 40),
            taker_open=read_word(data, at + 48),
            maker_order_id=read_word(data, at + 56),
            maker_account_id=maker & LOW32,
            maker_fee=read_word(data, at + 64),
            maker_open=read_word(data, at + 72),
        )
    if type_ == EventType.ORDER_AMENDED:
        return OrderAmended(
            order_id=read_word(data, at + 8),
            account_id=account_id,
            instrument_id=instrument_id,
            limit_price=read_word(data, at + 16),
            quantity=read_word(data, at + 24),
            quantity_open=read_word(data, at + 32),
            kept_priority=read_word(data, at + 40) != 0,
        )
    return _read_refusal(data, at, type_)


def _read_order_accepted(data: bytes, at: i64) -> OrderAccepted:
    word = read_word(data, at)
    options = read_word(data, at + 48)
    text = at + 56
    client_id = b""
    tag = b""
    if options & HAS_CLIENT_ID:
        client_id = data[text : text + 32]
        text += 32
    if options & HAS_TAG:
        tag = data[text : text + 16]
    return OrderAccepted(
        order_id=read_word(data, at + 8),
        account_id=word >> 32,
        instrument_id=word >> 16 & 0xFFFF,
        side=options & 1,
        order_type=options >> 1 & 1,
        time_in_force=options >> 2 & 7,
        self_trade_prevention=options >> 5 & 3,
        limit_price=read_word(data, at + 16),
        quantity=read_word(data, at + 24),
        quote_amount=read_word(data, at + 32),
        expire_ms=read_word(data, at + 40),
        client_id=client_id,
        tag=tag,
        margin_mode=options >> MARGIN_MODE_SHIFT & 3,
        reduce_only=(options & REDUCE_ONLY) != 0,
    )


def _read_refusal(data: bytes, at: i64, type_: i64) -> Event | None:
    word = read_word(data, at)
    instrument_id = word >> 16 & 0xFFFF
    account_id = word >> 32
    if type_ == EventType.ORDER_REJECTED:
        has_client_id = word >> 8 & 0xFF > 2
        return OrderRejected(
            account_id=account_id,
            instrument_id=instrument_id,
            reason=read_word(data, at + 8),
            client_id=data[at + 16 : at + 48] if has_client_id else b"",
        )
    if type_ == EventType.AMEND_REJECTED or type_ == EventType.CANCEL_REJECTED:
        order_id = read_word(data, at + 8)
        reason = read_word(data, at + 16)
        if type_ == EventType.AMEND_REJECTED:
            return AmendRejected(order_id, account_id, instrument_id, reason)
        return CancelRejected(order_id, account_id, instrument_id, reason)
    if type_ == EventType.COMMAND_REJECTED:
        return CommandRejected(
            account_id=account_id,
            instrument_id=instrument_id,
            command_type=read_word(data, at + 8),
            reason=read_word(data, at + 16),
        )
    if type_ == EventType.INTERNAL_FAULT:
        return InternalFault(
            account_id=account_id,
            instrument_id=instrument_id,
            command_type=read_word(data, at + 8),
        )
    if type_ == EventType.MASS_CANCELLED:
        return MassCancelled(account_id, instrument_id, read_word(data, at + 8))
    if type_ == EventType.PRICES_OBSERVED:
        return PricesObserved(
            source_id=account_id,
            index_id=instrument_id,
            bid_e8=read_word(data, at + 8),
            ask_e8=read_word(data, at + 16),
            last_e8=read_word(data, at + 24),
            receive_ms=read_word(data, at + 32),
            is_synthetic=read_word(data, at + 40) != 0,
        )
    return _read_account_event(data, at, type_)


def _read_account_event(data: bytes, at: i64, type_: i64) -> Event | None:
    word = read_word(data, at)
    asset_id = word >> 16 & 0xFFFF
    account_id = word >> 32
    if type_ == EventType.ACCOUNT_OPENED:
        return AccountOpened(account_id, read_word(data, at + 8), read_word(data, at + 16))
    if type_ == EventType.ACCOUNT_STATE_CHANGED:
        flags = read_word(data, at + 8)
        return AccountStateChanged(account_id, flags & 1 != 0, flags & 2 != 0)
    if type_ == EventType.DEPOSIT_CREDITED:
        amount = read_word(data, at + 8)
        return DepositCredited(account_id, asset_id, amount, data[at + 16 : at + 48])
    if type_ == EventType.FUNDS_TRANSFERRED:
        to_trading = read_word(data, at + 16) != 0
        return FundsTransferred(account_id, asset_id, read_word(data, at + 8), to_trading)
    if type_ == EventType.KEY_REGISTERED:
        key_id = unpadded(data[at + 16 : at + 80])
        return KeyRegistered(account_id, key_id, read_word(data, at + 8))
    if type_ == EventType.KEY_REVOKED:
        return KeyRevoked(account_id, unpadded(data[at + 8 : at + 72]))
    return _read_venue_event(data, at, type_)


def _read_venue_event(data: bytes, at: i64, type_: i64) -> Event | None:
    subject_id = read_word(data, at) >> 16 & 0xFFFF
    if type_ == EventType.CLOCK_STARTED:
        return ClockStarted(read_word(data, at + 8))
    if type_ == EventType.OUTAGE_ENDED:
        return OutageEnded(read_word(data, at + 8), read_word(data, at + 16))
    if type_ == EventType.SYSTEM_MODE_CHANGED:
        return SystemModeChanged(
            read_word(data, at + 8), read_word(data, at + 16), read_word(data, at + 24)
        )
    if type_ == EventType.TRADING_STATE_CHANGED:
        return TradingStateChanged(subject_id, read_word(data, at + 8), read_word(data, at + 16))
    if type_ == EventType.CLOCK_ACCEPTED:
        return ClockAccepted(
            read_word(data, at + 8), read_word(data, at + 16), read_word(data, at + 24)
        )
    if type_ == EventType.RULES_ACTIVATED:
        return RulesActivated(read_word(data, at + 8), unpadded(data[at + 16 : at + 80]))
    if type_ == EventType.ASSET_LISTED:
        name = unpadded(data[at + 16 : at + 48])
        return AssetListed(subject_id, name, read_word(data, at + 8))
    if type_ == EventType.INSTRUMENT_LISTED:
        return InstrumentListed(
            instrument_id=subject_id,
            base_asset_id=read_word(data, at + 8),
            quote_asset_id=read_word(data, at + 16),
            tick_size_e8=read_word(data, at + 24),
            lot_size=read_word(data, at + 32),
            unit_value=read_word(data, at + 40),
            quantity_min=read_word(data, at + 48),
            quantity_max=read_word(data, at + 56),
            price_max=read_word(data, at + 64),
            market_cap_e8=read_word(data, at + 72),
            trading_state=read_word(data, at + 80),
            kind=read_word(data, at + 88),
            index_id=read_word(data, at + 96),
            risk_tier=read_word(data, at + 104),
            name=unpadded(data[at + 112 : at + 144]),
        )
    if type_ >= RepairEventType.REPAIR_OPENED:
        return read_repair_event(data, at, type_)
    return read_risk_event(data, at, type_)
