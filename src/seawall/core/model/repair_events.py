"""Events of repairs and of the rulebook that they follow, as readers see them.

Balances and positions that a repair changes are stated as always, by BalanceChanged and
PositionChanged in the entry that posts it.
"""

from dataclasses import dataclass
from typing import Final, final

from mypy_extensions import i64


class RepairEventType:
    """Numbers of these events; they share one range with `events.EventType`."""

    REPAIR_OPENED: Final = 80
    OVERLAY_LOADED: Final = 81
    REPAIR_POSTED: Final = 82
    REPAIR_CLOSED: Final = 83
    ACCOUNT_RESTATED: Final = 84
    GRACE_GRANTED: Final = 85
    WITHDRAWAL_DEBITED: Final = 86
    RULEBOOK_ACTIVATED: Final = 87
    RULEBOOK_ACCEPTED: Final = 88
    ALGO_REARMED: Final = 89


@final
@dataclass
class RepairOpened:
    """The repair of a case was announced; its parts follow."""

    case_id: bytes  # the name of the case
    cut_seq: i64  # the last seq that the plan has seen
    plan_hash: bytes  # of the plan that people read
    parts: i64  # how many follow
    first_operator_id: i64
    second_operator_id: i64


@final
@dataclass
class OverlayLoaded:
    """All parts are in: from now on accounts of the repair are judged with it and without it."""

    case_id: bytes  # the name of the case
    rows: i64  # of all kinds
    overlay_hash: bytes  # of the rows as they arrived


@final
@dataclass
class RepairPosted:
    """The repair was posted; the accounts it touched follow."""

    case_id: bytes  # the name of the case
    rows: i64  # of all kinds
    overlay_hash: bytes  # of the rows as they arrived


@final
@dataclass
class RepairClosed:
    """The case was given up; nothing of it was posted."""

    case_id: bytes  # the name of the case


@final
@dataclass
class AccountRestated:
    """A repair changed the account; its balances and positions follow."""

    account_id: i64
    case_id: bytes  # the name of the case


@final
@dataclass
class GraceGranted:
    """The account got positions back: until then it is not liquidated and may only reduce; 0 when
    that is over.
    """

    account_id: i64
    until_ms: i64  # venue clock; 0: over


@final
@dataclass
class WithdrawalDebited:
    """A withdrawal left the funding account."""

    account_id: i64
    asset_id: i64
    amount: i64
    withdrawal_id: bytes  # the payer's own name of it


@final
@dataclass
class RulebookActivated:
    """There is a new version of the rules by which the venue repairs."""

    version: i64  # one more than the newest
    rulebook_hash: bytes  # of its text
    major_e8: i64  # review band of each tier, a ratio times 1e8
    alt_e8: i64
    tail_e8: i64
    is_adjusting: bool  # what is out of band is moved to the edge of the band, not voided


@final
@dataclass
class RulebookAccepted:
    """An account accepted a version of the rulebook."""

    account_id: i64
    version: i64  # of the rulebook


@final
@dataclass
class AlgoRearmed:
    """An algo order waits again as it did before it fired. The fields are those of PlaceAlgo."""

    algo_id: i64
    account_id: i64
    instrument_id: i64
    algo_type: i64
    side: i64
    quantity: i64
    margin_mode: i64
    reduce_only: bool
    self_trade_prevention: i64
    trigger_price: i64
    trigger_by: i64
    order_price: i64
    second_trigger_price: i64
    second_trigger_by: i64
    second_order_price: i64
    callback_e8: i64
    callback_ticks: i64
    active_price: i64
    client_id: bytes
    tag: bytes


RepairEvent = (
    RepairOpened
    | OverlayLoaded
    | RepairPosted
    | RepairClosed
    | AccountRestated
    | GraceGranted
    | WithdrawalDebited
    | RulebookActivated
    | RulebookAccepted
    | AlgoRearmed
)
