"""Commands of a repair and of the rulebook that it follows. `commands` offers them with all others.

A repair arrives in parts without effect; one entry posts all of it or nothing.
"""

from dataclasses import dataclass
from typing import final

from mypy_extensions import i64


@final
@dataclass
class OpenRepair:
    """Announce the repair of a case: its parts follow. Two operators approve its plan."""

    case_id: bytes  # up to 16 bytes
    cut_seq: i64  # the last seq that the plan has seen
    plan_hash: bytes  # 32: of the plan that people read
    parts: i64  # how many follow
    first_operator_id: i64
    second_operator_id: i64


@final
@dataclass
class RepairPart:
    """One part of the bytes of a repair's rows; without effect until the last one is in."""

    case_id: bytes  # up to 16 bytes
    index: i64  # from 0
    count: i64  # of all parts, as OpenRepair said
    data: bytes  # its share of the bytes of the rows


@final
@dataclass
class PostRepair:
    """Post the repair: all of its rows as they are now, or nothing."""

    case_id: bytes  # up to 16 bytes
    overlay_hash: bytes  # 32: of the rows as they arrived
    first_operator_id: i64
    second_operator_id: i64


@final
@dataclass
class CloseRepair:
    """Give the open case up; nothing of it is posted."""

    case_id: bytes  # up to 16 bytes
    first_operator_id: i64
    second_operator_id: i64


@final
@dataclass
class ActivateRulebook:
    """From now on accounts may accept this version of the rules by which the venue repairs."""

    version: i64  # one more than the newest
    rulebook_hash: bytes  # 32: of its text
    major_e8: i64  # review band of each tier, a ratio times 1e8
    alt_e8: i64
    tail_e8: i64
    is_adjusting: bool  # what is out of band is moved to the edge of the band, not voided


@final
@dataclass
class AcceptRulebook:
    """An account accepts a version of the rulebook; its fills carry it from then on."""

    account_id: i64
    version: i64  # newer than the one it has accepted


@final
@dataclass
class DebitWithdrawal:
    """An amount has left the venue from the funding account; idempotent by `withdrawal_id`."""

    account_id: i64
    asset_id: i64
    amount: i64
    withdrawal_id: bytes  # 32: the payer's own name of it
