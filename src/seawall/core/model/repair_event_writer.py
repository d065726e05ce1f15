"""Events of repairs into bytes, one function for each; see `risk_event_writer.py`.

Texts and digests come last, in the order of the parameters.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.model.codec import padded
from seawall.core.model.commands import PlaceAlgo
from seawall.core.model.event_writer import EventWriter
from seawall.core.model.limits import CASE_ID_BYTES
from seawall.core.model.repair_events import RepairEventType
from seawall.core.model.risk_event_writer import write_algo

_DIGEST_BYTES: Final = 32


def repair_opened(
    out: EventWriter,
    *,
    case_id: bytes,
    cut_seq: i64,
    plan_hash: bytes,
    parts: i64,
    first_operator_id: i64,
    second_operator_id: i64,
) -> None:
    """RepairOpened."""
    out.text(
        RepairEventType.REPAIR_OPENED,
        instrument_id=0,
        account_id=0,
        words=[cut_seq, parts, first_operator_id, second_operator_id],
        text=padded(case_id, CASE_ID_BYTES) + padded(plan_hash, _DIGEST_BYTES),
        size=CASE_ID_BYTES + _DIGEST_BYTES,
    )


def overlay_loaded(out: EventWriter, *, case_id: bytes, rows: i64, overlay_hash: bytes) -> None:
    """OverlayLoaded."""
    _say_rows(out, RepairEventType.OVERLAY_LOADED, case_id, rows, overlay_hash)


def repair_posted(out: EventWriter, *, case_id: bytes, rows: i64, overlay_hash: bytes) -> None:
    """RepairPosted."""
    _say_rows(out, RepairEventType.REPAIR_POSTED, case_id, rows, overlay_hash)


def _say_rows(out: EventWriter, type_: i64, case_id: bytes, rows: i64, overlay_hash: bytes) -> None:
    out.text(
        type_,
        instrument_id=0,
        account_id=0,
        words=[rows],
        text=padded(case_id, CASE_ID_BYTES) + padded(overlay_hash, _DIGEST_BYTES),
        size=CASE_ID_BYTES + _DIGEST_BYTES,
    )


def repair_closed(out: EventWriter, *, case_id: bytes) -> None:
    """RepairClosed."""
    _say_case(out, RepairEventType.REPAIR_CLOSED, 0, case_id)


def account_restated(out: EventWriter, *, account_id: i64, case_id: bytes) -> None:
    """AccountRestated."""
    _say_case(out, RepairEventType.ACCOUNT_RESTATED, account_id, case_id)


def _say_case(out: EventWriter, type_: i64, account_id: i64, case_id: bytes) -> None:
    out.text(
        type_,
        instrument_id=0,
        account_id=account_id,
        words=[],
        text=case_id,
        size=CASE_ID_BYTES,
    )


def grace_granted(out: EventWriter, *, account_id: i64, until_ms: i64) -> None:
    """GraceGranted."""
    out.words(
        RepairEventType.GRACE_GRANTED, instrument_id=0, account_id=account_id, words=[until_ms]
    )


def withdrawal_debited(
    out: EventWriter, *, account_id: i64, asset_id: i64, amount: i64, withdrawal_id: bytes
) -> None:
    """WithdrawalDebited."""
    out.text(
        RepairEventType.WITHDRAWAL_DEBITED,
        instrument_id=asset_id,
        account_id=account_id,
        words=[amount],
        text=withdrawal_id,
        size=_DIGEST_BYTES,
    )


def rulebook_activated(
    out: EventWriter,
    *,
    version: i64,
    rulebook_hash: bytes,
    major_e8: i64,
    alt_e8: i64,
    tail_e8: i64,
    is_adjusting: bool,
) -> None:
    """RulebookActivated."""
    adjusting: i64 = 1 if is_adjusting else 0
    out.text(
        RepairEventType.RULEBOOK_ACTIVATED,
        instrument_id=0,
        account_id=0,
        words=[version, major_e8, alt_e8, tail_e8, adjusting],
        text=rulebook_hash,
        size=_DIGEST_BYTES,
    )


def rulebook_accepted(out: EventWriter, *, account_id: i64, version: i64) -> None:
    """RulebookAccepted."""
    out.words(
        RepairEventType.RULEBOOK_ACCEPTED, instrument_id=0, account_id=account_id, words=[version]
    )


def algo_rearmed(out: EventWriter, command: PlaceAlgo, *, algo_id: i64) -> None:
    """AlgoRearmed: the terms, and the id it has had."""
    write_algo(out, RepairEventType.ALGO_REARMED, command, algo_id=algo_id)
