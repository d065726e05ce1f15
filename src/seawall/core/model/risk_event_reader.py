"""Events of prices, positions, triggers and liquidations back from bytes, for `event_reader`."""

from mypy_extensions import i64

from seawall.core.model.codec import read_word, unpadded
from seawall.core.model.event_writer import HAS_CLIENT_ID, HAS_TAG
from seawall.core.model.risk_events import (
    AlgoAccepted,
    AlgoCancelled,
    AlgoRejected,
    AlgoTriggered,
    DetectorFired,
    FreezeChanged,
    FundingPaid,
    FundingSettled,
    FundingSkipped,
    HedgeRecorded,
    IndexJumped,
    IndexOverridden,
    IndexPublished,
    LeverageChanged,
    LiquidationStepped,
    MarginAdjusted,
    MarkPublished,
    OrderCaused,
    ParameterSet,
    PositionChanged,
    PositionDeleveraged,
    PositionTakenOver,
    PriceLimitsChanged,
    RiskEvent,
    RiskEventType,
    SourceStatusChanged,
)


def read_risk_event(data: bytes, at: i64, type_: i64) -> RiskEvent | None:
    """The event at offset `at`, or None when it is none of these."""
    word = read_word(data, at)
    subject_id = word >> 16 & 0xFFFF
    owner_id = word >> 32
    if type_ == RiskEventType.INDEX_PUBLISHED:
        return IndexPublished(
            index_id=subject_id,
            value_e8=read_word(data, at + 8),
            low_e8=read_word(data, at + 16),
            high_e8=read_word(data, at + 24),
            state=read_word(data, at + 32),
            reason=read_word(data, at + 40),
            quality=read_word(data, at + 48),
            agreement_e8=read_word(data, at + 56),
            pause_until_ms=read_word(data, at + 64),
        )
    if type_ == RiskEventType.SOURCE_STATUS_CHANGED:
        return SourceStatusChanged(
            index_id=subject_id,
            source_id=owner_id,
            old_status=read_word(data, at + 8),
            new_status=read_word(data, at + 16),
        )
    if type_ == RiskEventType.INDEX_JUMPED:
        return IndexJumped(
            index_id=subject_id,
            step=read_word(data, at + 8),
            value_e8=read_word(data, at + 16),
            candidate_e8=read_word(data, at + 24),
        )
    if type_ == RiskEventType.MARK_PUBLISHED:
        return MarkPublished(
            instrument_id=subject_id,
            mark=read_word(data, at + 8),
            index_e8=read_word(data, at + 16),
            is_held=read_word(data, at + 24) != 0,
            funding_e8=read_word(data, at + 32),
            funding_ms=read_word(data, at + 40),
            open_interest=read_word(data, at + 48),
        )
    if type_ == RiskEventType.PRICE_LIMITS_CHANGED:
        return PriceLimitsChanged(
            instrument_id=subject_id,
            low=read_word(data, at + 8),
            high=read_word(data, at + 16),
        )
    return _read_position_event(data, at, type_)


def _read_position_event(data: bytes, at: i64, type_: i64) -> RiskEvent | None:
    word = read_word(data, at)
    subject_id = word >> 16 & 0xFFFF
    owner_id = word >> 32
    if type_ == RiskEventType.POSITION_CHANGED:
        return PositionChanged(
            account_id=owner_id,
            instrument_id=subject_id,
            size=read_word(data, at + 8),
            cost=read_word(data, at + 16),
            margin_mode=read_word(data, at + 24),
            lever=read_word(data, at + 32),
            margin=read_word(data, at + 40),
            realised=read_word(data, at + 48),
            fees=read_word(data, at + 56),
            funding=read_word(data, at + 64),
            opened_ms=read_word(data, at + 72),
        )
    if type_ == RiskEventType.ORDER_CAUSED:
        return OrderCaused(
            order_id=read_word(data, at + 8),
            account_id=owner_id,
            instrument_id=subject_id,
            cause=read_word(data, at + 16),
            first=read_word(data, at + 24),
            second=read_word(data, at + 32),
        )
    return _read_guard_event(data, at, type_)


def _read_guard_event(data: bytes, at: i64, type_: i64) -> RiskEvent | None:
    word = read_word(data, at)
    subject_id = word >> 16 & 0xFFFF
    owner_id = word >> 32
    if type_ == RiskEventType.DETECTOR_FIRED:
        return DetectorFired(
            detector=read_word(data, at + 8),
            index_id=subject_id,
            source_id=owner_id,
            value_e8=read_word(data, at + 16),
            others_e8=read_word(data, at + 24),
        )
    if type_ == RiskEventType.FREEZE_CHANGED:
        return FreezeChanged(
            index_id=subject_id,
            is_frozen=read_word(data, at + 8) != 0,
            until_ms=read_word(data, at + 16),
            operator_id=read_word(data, at + 24),
        )
    if type_ == RiskEventType.HEDGE_RECORDED:
        return HedgeRecorded(
            account_id=owner_id,
            instrument_id=subject_id,
            quantity=read_word(data, at + 8),
            price_e8=read_word(data, at + 16),
            hedge_id=data[at + 24 : at + 56],
        )
    if type_ == RiskEventType.INDEX_OVERRIDDEN:
        return IndexOverridden(
            index_id=subject_id,
            value_e8=read_word(data, at + 8),
            first_operator_id=read_word(data, at + 16),
            second_operator_id=read_word(data, at + 24),
        )
    if type_ == RiskEventType.PARAMETER_SET:
        return ParameterSet(
            instrument_id=subject_id,
            name=unpadded(data[at + 16 : at + 48]),
            value=read_word(data, at + 8),
        )
    return _read_algo_event(data, at, type_)


def _read_algo_event(data: bytes, at: i64, type_: i64) -> RiskEvent | None:
    word = read_word(data, at)
    subject_id = word >> 16 & 0xFFFF
    owner_id = word >> 32
    if type_ == RiskEventType.ALGO_ACCEPTED:
        return read_algo_accepted(data, at)
    if type_ == RiskEventType.ALGO_REJECTED:
        has_client_id = word >> 8 & 0xFF > 2
        return AlgoRejected(
            account_id=owner_id,
            instrument_id=subject_id,
            reason=read_word(data, at + 8),
            client_id=data[at + 16 : at + 48] if has_client_id else b"",
        )
    if type_ == RiskEventType.ALGO_TRIGGERED:
        return AlgoTriggered(
            algo_id=read_word(data, at + 8),
            account_id=owner_id,
            instrument_id=subject_id,
            leg=read_word(data, at + 16),
            price_e8=read_word(data, at + 24),
            order_id=read_word(data, at + 32),
            reason=read_word(data, at + 40),
        )
    if type_ == RiskEventType.ALGO_CANCELLED:
        return AlgoCancelled(
            algo_id=read_word(data, at + 8),
            account_id=owner_id,
            instrument_id=subject_id,
            reason=read_word(data, at + 16),
        )
    return _read_margin_event(data, at, type_)


def _read_margin_event(data: bytes, at: i64, type_: i64) -> RiskEvent | None:
    word = read_word(data, at)
    subject_id = word >> 16 & 0xFFFF
    owner_id = word >> 32
    if type_ == RiskEventType.LEVERAGE_CHANGED:
        return LeverageChanged(
            account_id=owner_id,
            instrument_id=subject_id,
            margin_mode=read_word(data, at + 8),
            lever=read_word(data, at + 16),
        )
    if type_ == RiskEventType.MARGIN_ADJUSTED:
        return MarginAdjusted(
            account_id=owner_id,
            instrument_id=subject_id,
            amount=read_word(data, at + 8),
        )
    if type_ == RiskEventType.FUNDING_SETTLED:
        return FundingSettled(
            instrument_id=subject_id,
            rate_e8=read_word(data, at + 8),
            mark=read_word(data, at + 16),
            next_ms=read_word(data, at + 24),
        )
    if type_ == RiskEventType.FUNDING_SKIPPED:
        return FundingSkipped(
            instrument_id=subject_id,
            due_ms=read_word(data, at + 8),
            next_ms=read_word(data, at + 16),
        )
    if type_ == RiskEventType.FUNDING_PAID:
        return FundingPaid(
            account_id=owner_id,
            instrument_id=subject_id,
            amount=read_word(data, at + 8),
        )
    return _read_liquidation(data, at, type_)


def _read_liquidation(data: bytes, at: i64, type_: i64) -> RiskEvent | None:
    word = read_word(data, at)
    subject_id = word >> 16 & 0xFFFF
    owner_id = word >> 32
    if type_ == RiskEventType.LIQUIDATION_STEPPED:
        return LiquidationStepped(
            account_id=owner_id,
            instrument_id=subject_id,
            phase=read_word(data, at + 8),
            episode=read_word(data, at + 16),
            step=read_word(data, at + 24),
            mark=read_word(data, at + 32),
            equity=read_word(data, at + 40),
            maintenance=read_word(data, at + 48),
            quantity=read_word(data, at + 56),
            limit_price=read_word(data, at + 64),
        )
    if type_ == RiskEventType.POSITION_TAKEN_OVER:
        return PositionTakenOver(
            account_id=owner_id,
            instrument_id=subject_id,
            size=read_word(data, at + 8),
            price=read_word(data, at + 16),
            equity=read_word(data, at + 24),
        )
    if type_ == RiskEventType.POSITION_DELEVERAGED:
        return PositionDeleveraged(
            account_id=owner_id,
            instrument_id=subject_id,
            bankrupt_account_id=read_word(data, at + 8),
            quantity=read_word(data, at + 16),
            price=read_word(data, at + 24),
            realised=read_word(data, at + 32),
        )
    return None


def read_algo_accepted(data: bytes, at: i64) -> AlgoAccepted:
    """The event at `at`, also of another type that carries the same."""
    word = read_word(data, at)
    options = read_word(data, at + 80)
    text = at + 88
    client_id = b""
    tag = b""
    if options & HAS_CLIENT_ID:
        client_id = data[text : text + 32]
        text += 32
    if options & HAS_TAG:
        tag = data[text : text + 16]
    return AlgoAccepted(
        algo_id=read_word(data, at + 8),
        account_id=word >> 32,
        instrument_id=word >> 16 & 0xFFFF,
        algo_type=options >> 1 & 3,
        side=options & 1,
        quantity=read_word(data, at + 16),
        margin_mode=options >> 5 & 3,
        reduce_only=options >> 7 & 1 != 0,
        self_trade_prevention=options >> 3 & 3,
        trigger_price=read_word(data, at + 24),
        trigger_by=options >> 16 & 0xFF,
        order_price=read_word(data, at + 32),
        second_trigger_price=read_word(data, at + 40),
        second_trigger_by=options >> 24 & 0xFF,
        second_order_price=read_word(data, at + 48),
        callback_e8=read_word(data, at + 56),
        callback_ticks=read_word(data, at + 64),
        active_price=read_word(data, at + 72),
        client_id=client_id,
        tag=tag,
    )
