"""Events of repairs back from bytes; `risk_event_reader` calls it."""

from typing import Final

from mypy_extensions import i64

from seawall.core.model.codec import read_word, unpadded
from seawall.core.model.limits import CASE_ID_BYTES
from seawall.core.model.repair_events import (
    AccountRestated,
    AlgoRearmed,
    GraceGranted,
    OverlayLoaded,
    RepairClosed,
    RepairEvent,
    RepairEventType,
    RepairOpened,
    RepairPosted,
    RulebookAccepted,
    RulebookActivated,
    WithdrawalDebited,
)
from seawall.core.model.risk_event_reader import read_algo_accepted

_DIGEST_BYTES: Final = 32


def read_repair_event(data: bytes, at: i64, type_: i64) -> RepairEvent | None:
    """The event at `at`, or None when its type is unknown."""
    word = read_word(data, at)
    account_id = word >> 32
    if type_ == RepairEventType.REPAIR_OPENED:
        return RepairOpened(
            case_id=_case_id(data, at + 40),
            cut_seq=read_word(data, at + 8),
            plan_hash=_digest(data, at + 40 + CASE_ID_BYTES),
            parts=read_word(data, at + 16),
            first_operator_id=read_word(data, at + 24),
            second_operator_id=read_word(data, at + 32),
        )
    if type_ == RepairEventType.OVERLAY_LOADED or type_ == RepairEventType.REPAIR_POSTED:
        case_id = _case_id(data, at + 16)
        rows = read_word(data, at + 8)
        digest = _digest(data, at + 16 + CASE_ID_BYTES)
        if type_ == RepairEventType.OVERLAY_LOADED:
            return OverlayLoaded(case_id=case_id, rows=rows, overlay_hash=digest)
        return RepairPosted(case_id=case_id, rows=rows, overlay_hash=digest)
    if type_ == RepairEventType.REPAIR_CLOSED:
        return RepairClosed(case_id=_case_id(data, at + 8))
    if type_ == RepairEventType.ACCOUNT_RESTATED:
        return AccountRestated(account_id=account_id, case_id=_case_id(data, at + 8))
    if type_ == RepairEventType.GRACE_GRANTED:
        return GraceGranted(account_id=account_id, until_ms=read_word(data, at + 8))
    if type_ == RepairEventType.WITHDRAWAL_DEBITED:
        return WithdrawalDebited(
            account_id=account_id,
            asset_id=word >> 16 & 0xFFFF,
            amount=read_word(data, at + 8),
            withdrawal_id=_digest(data, at + 16),
        )
    if type_ == RepairEventType.RULEBOOK_ACTIVATED:
        return RulebookActivated(
            version=read_word(data, at + 8),
            rulebook_hash=_digest(data, at + 48),
            major_e8=read_word(data, at + 16),
            alt_e8=read_word(data, at + 24),
            tail_e8=read_word(data, at + 32),
            is_adjusting=read_word(data, at + 40) != 0,
        )
    if type_ == RepairEventType.RULEBOOK_ACCEPTED:
        return RulebookAccepted(account_id=account_id, version=read_word(data, at + 8))
    return _read_algo_rearmed(data, at) if type_ == RepairEventType.ALGO_REARMED else None


def _read_algo_rearmed(data: bytes, at: i64) -> AlgoRearmed:
    terms = read_algo_accepted(data, at)
    return AlgoRearmed(
        algo_id=terms.algo_id,
        account_id=terms.account_id,
        instrument_id=terms.instrument_id,
        algo_type=terms.algo_type,
        side=terms.side,
        quantity=terms.quantity,
        margin_mode=terms.margin_mode,
        reduce_only=terms.reduce_only,
        self_trade_prevention=terms.self_trade_prevention,
        trigger_price=terms.trigger_price,
        trigger_by=terms.trigger_by,
        order_price=terms.order_price,
        second_trigger_price=terms.second_trigger_price,
        second_trigger_by=terms.second_trigger_by,
        second_order_price=terms.second_order_price,
        callback_e8=terms.callback_e8,
        callback_ticks=terms.callback_ticks,
        active_price=terms.active_price,
        client_id=terms.client_id,
        tag=terms.tag,
    )


def _case_id(data: bytes, at: i64) -> bytes:
    return unpadded(data[at : at + CASE_ID_BYTES])


def _digest(data: bytes, at: i64) -> bytes:
    return data[at : at + _DIGEST_BYTES]
