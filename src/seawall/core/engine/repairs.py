"""OpenRepair, RepairPart, PostRepair, CloseRepair: a repair arrives in parts without effect and is
posted in one entry, all of it or nothing.

One case is open at a time. When its last part is in, the rows are checked as a whole and become the
overlay, by which the accounts concerned are judged twice until it is posted or closed. Each
function returns a RejectReason. A case that was posted stays posted: posting it again changes
nothing and says so. Rows are differences from the state at their cut, so a case whose cut lies
before the posting of another is refused: both might pay for the same. To take a repair back is
another case with the opposite rows.
"""

from hashlib import sha256

from mypy_extensions import i64

from seawall.core.engine.overlay import overlay_of
from seawall.core.engine.overlay_shape import prepare_overlay, straighten
from seawall.core.engine.posting import free_overlaid_holds, is_in_range, post_overlay
from seawall.core.engine.price_operations import are_two_operators
from seawall.core.engine.rearming import offer_back, rearm
from seawall.core.engine.repair_case import PostedRepair, RepairCase
from seawall.core.engine.state import State
from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import (
    CloseRepair,
    OpenRepair,
    PlaceAlgo,
    PlaceOrder,
    PostRepair,
    RepairPart,
)
from seawall.core.model.enums import LedgerKind
from seawall.core.model.limits import ACCOUNT_ID_ERROR, REPAIR_PARTS_MAX
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair import RepairRows, rows_fault
from seawall.core.model.repair_codec import decode_rows
from seawall.core.model.repair_event_writer import (
    overlay_loaded,
    repair_closed,
    repair_opened,
    repair_posted,
)


def open_repair(state: State, command: OpenRepair) -> i64:
    """Announce a case; nothing else changes."""
    if not are_two_operators(state, command.first_operator_id, command.second_operator_id):
        return RejectReason.NOT_APPROVED
    if state.repair is not None:
        return RejectReason.CASE_OPEN
    if command.case_id in state.posted_repairs:
        return RejectReason.REPAIR_POSTED
    is_sane = 0 <= command.cut_seq < state.seq and 1 <= command.parts <= REPAIR_PARTS_MAX
    if not command.case_id or not is_sane:
        return RejectReason.BAD_REPAIR
    if _is_overtaken(state, command.cut_seq):
        return RejectReason.REPAIR_OVERTAKEN

    state.begin_effect()
    state.repair = RepairCase(command)
    say_opened(state, command)
    return RejectReason.NONE


def _is_overtaken(state: State, cut_seq: i64) -> bool:
    """Whether a case was posted behind this cut."""
    for posted in state.posted_repairs.values():
        if posted.seq > cut_seq:
            return True
    return False


def say_opened(state: State, opening: OpenRepair) -> None:
    """RepairOpened."""
    repair_opened(
        state.out,
        case_id=opening.case_id,
        cut_seq=opening.cut_seq,
        plan_hash=opening.plan_hash,
        parts=opening.parts,
        first_operator_id=opening.first_operator_id,
        second_operator_id=opening.second_operator_id,
    )


def repair_part(state: State, command: RepairPart) -> i64:
    """Keep a part; the last one makes the overlay, or is refused with all that is wrong. A part
    that has arrived already is no news.
    """
    case = state.repair
    if case is None or case.case_id != command.case_id:
        return RejectReason.UNKNOWN_CASE
    if case.is_known(command.index, command.data):
        return RejectReason.NONE
    is_placed = 0 <= command.index < command.count and command.count == case.opening.parts
    if not is_placed or command.index in case.digests:
        return RejectReason.BAD_PART
    if len(case.digests) + 1 < case.opening.parts:
        state.begin_effect()
        case.add(command.index, command.data)
        return RejectReason.NONE
    data = _whole(case, command)
    rows = decode_rows(data)
    if rows is None or rows_fault(rows) or not _are_rows_known(state, rows):
        return RejectReason.BAD_REPAIR

    state.begin_effect()
    case.add(command.index, command.data)
    case.parts = {}
    case.overlay_hash = sha256(data).digest()
    state.overlay = overlay_of(rows)
    prepare_overlay(state, state.overlay)
    free_overlaid_holds(state, state.overlay)
    overlay_loaded(
        state.out,
        case_id=case.case_id,
        rows=rows.count(),
        overlay_hash=case.overlay_hash,
    )
    return RejectReason.NONE


def _whole(case: RepairCase, last: RepairPart) -> bytes:
    """The bytes of all parts, the one that completes them included."""
    parts = dict(case.parts)
    parts[last.index] = last.data
    return b"".join([parts[index] for index in sorted(parts)])


def _are_rows_known(state: State, rows: RepairRows) -> bool:
    """Whether every row names an account, an asset and an instrument that exist."""
    for row in rows.ledger:
        if row.asset_id not in state.assets:
            return False
        if row.account_id != 0 and state.account(row.account_id) is None:
            return False
        has_instrument = row.kind == LedgerKind.ISOLATED or row.kind == LedgerKind.CLEARING
        if has_instrument and not _is_swap_of(state, row.instrument_id, row.asset_id):
            return False
    for line in rows.positions:
        market = state.markets.get(line.instrument_id)
        if market is None or market.swap is None:
            return False
        if line.account_id > ACCOUNT_ID_ERROR:
            if state.system_account is None:
                return False
        elif line.account_id != ACCOUNT_ID_ERROR and state.account(line.account_id) is None:
            return False
    for algo in rows.algos:
        terms = decode_command(algo.terms, 0, len(algo.terms))
        if not isinstance(terms, PlaceAlgo) or terms.instrument_id not in state.markets:
            return False
        if state.account(algo.account_id) is None:
            return False
    for order in rows.orders:
        wish = decode_command(order.order, 0, len(order.order))
        if not isinstance(wish, PlaceOrder) or wish.instrument_id not in state.markets:
            return False
        if state.account(order.account_id) is None:
            return False
    return True


def _is_swap_of(state: State, instrument_id: i64, asset_id: i64) -> bool:
    market = state.markets.get(instrument_id)
    if market is None or market.swap is None:
        return False
    return market.instrument.quote_asset_id == asset_id


def post_repair(state: State, command: PostRepair) -> i64:
    """Post the open case as its overlay is now."""
    if not are_two_operators(state, command.first_operator_id, command.second_operator_id):
        return RejectReason.NOT_APPROVED
    posted = state.posted_repairs.get(command.case_id)
    if posted is not None:
        if posted.overlay_hash == command.overlay_hash:
            return RejectReason.REPAIR_POSTED
        return RejectReason.REPAIR_HASH_DIFFERS
    case = state.repair
    if case is None or case.case_id != command.case_id:
        return RejectReason.UNKNOWN_CASE
    overlay = state.overlay
    if overlay is None:
        return RejectReason.REPAIR_INCOMPLETE
    if rows_fault(overlay.rows()):  # only a bug of the gap rule could have broken it since
        return RejectReason.BAD_REPAIR
    if case.overlay_hash != command.overlay_hash:
        return RejectReason.REPAIR_HASH_DIFFERS
    if not is_in_range(state, overlay):
        return RejectReason.REPAIR_OUT_OF_RANGE

    state.begin_effect()
    straighten(state, overlay)
    rows = overlay.rows()
    state.overlay = None  # from here on accounts are judged once
    state.repair = None
    state.posted_repairs[case.case_id] = PostedRepair(
        overlay_hash=case.overlay_hash,
        plan_hash=case.opening.plan_hash,
        cut_seq=case.opening.cut_seq,
        seq=state.seq,
    )
    repair_posted(
        state.out, case_id=case.case_id, rows=rows.count(), overlay_hash=case.overlay_hash
    )
    post_overlay(state, overlay, case.case_id)
    for algo in rows.algos:
        rearm(state, algo)
    for order in rows.orders:
        offer_back(state, order)
    return RejectReason.NONE


def close_repair(state: State, command: CloseRepair) -> i64:
    """Give the open case up: its overlay is dropped."""
    if not are_two_operators(state, command.first_operator_id, command.second_operator_id):
        return RejectReason.NOT_APPROVED
    case = state.repair
    if case is None or case.case_id != command.case_id:
        return RejectReason.UNKNOWN_CASE

    state.begin_effect()
    state.repair = None
    state.overlay = None
    repair_closed(state.out, case_id=command.case_id)
    return RejectReason.NONE
