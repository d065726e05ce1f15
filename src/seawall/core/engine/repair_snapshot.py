"""The canonical bytes of repairs: rulebooks, withdrawals, graces, what was posted, and the open
case with its parts or its overlay. For readers that start, the same told as events.
"""

from mypy_extensions import i64

from seawall.core.engine.overlay import overlay_of
from seawall.core.engine.overlay_shape import open_positions
from seawall.core.engine.repair_case import PostedRepair, RepairCase
from seawall.core.engine.snapshot_reader import Reader
from seawall.core.engine.state import State
from seawall.core.model.codec import Writer, padded, unpadded, write_word
from seawall.core.model.command_codec import decode_command, encode_command
from seawall.core.model.commands import OpenRepair
from seawall.core.model.limits import CASE_ID_BYTES
from seawall.core.model.repair_codec import decode_rows, encode_rows
from seawall.core.model.repair_event_writer import (
    grace_granted,
    overlay_loaded,
    repair_opened,
    repair_posted,
)
from seawall.core.model.rulebook import Rulebook


def write_repairs(out: Writer, state: State) -> None:
    """All of it, after everything that it names."""
    write_word(out, len(state.rulebooks))
    for version in sorted(state.rulebooks):
        rulebook = state.rulebooks[version]
        adjusting: i64 = 1 if rulebook.is_adjusting else 0
        out.write(rulebook.rulebook_hash)
        for word in (rulebook.major_e8, rulebook.alt_e8, rulebook.tail_e8, adjusting):
            write_word(out, word)
    write_word(out, len(state.withdrawals))
    for withdrawal_id in sorted(state.withdrawals):
        out.write(withdrawal_id)
    write_word(out, len(state.grace_until_ms))
    for account_id in sorted(state.grace_until_ms):
        write_word(out, account_id)
        write_word(out, state.grace_until_ms[account_id])
    write_word(out, len(state.posted_repairs))
    for case_id in sorted(state.posted_repairs):
        out.write(padded(case_id, CASE_ID_BYTES))
        posted = state.posted_repairs[case_id]
        out.write(posted.overlay_hash)
        out.write(posted.plan_hash)
        write_word(out, posted.cut_seq)
        write_word(out, posted.seq)
    case = state.repair
    write_word(out, 0 if case is None else 1)
    if case is not None:
        _write_case(out, state, case)


def _write_case(out: Writer, state: State, case: RepairCase) -> None:
    _write_bytes(out, encode_command(case.opening))
    write_word(out, len(case.digests))
    for index in sorted(case.digests):
        write_word(out, index)
        out.write(case.digests[index])
    write_word(out, len(case.parts))
    for index in sorted(case.parts):
        write_word(out, index)
        _write_bytes(out, case.parts[index])
    overlay = state.overlay
    write_word(out, 0 if overlay is None else 1)
    if overlay is not None:
        out.write(case.overlay_hash)
        _write_bytes(out, encode_rows(overlay.rows()))


def _write_bytes(out: Writer, data: bytes) -> None:
    write_word(out, len(data))
    out.write(data)


def read_repairs(state: State, reader: Reader) -> None:
    """The inverse; accounts, markets and positions exist already."""
    state.rulebooks = {}
    for version in range(1, reader.word() + 1):
        state.rulebooks[version] = Rulebook(
            version=version,
            rulebook_hash=reader.raw(32),
            major_e8=reader.word(),
            alt_e8=reader.word(),
            tail_e8=reader.word(),
            is_adjusting=reader.word() != 0,
        )
    for _ in range(reader.word()):
        state.withdrawals[reader.raw(32)] = True
    for _ in range(reader.word()):
        account_id = reader.word()
        state.grace_until_ms[account_id] = reader.word()
    state.find_first_grace()
    for _ in range(reader.word()):
        case_id = unpadded(reader.raw(CASE_ID_BYTES))
        state.posted_repairs[case_id] = PostedRepair(
            overlay_hash=reader.raw(32),
            plan_hash=reader.raw(32),
            cut_seq=reader.word(),
            seq=reader.word(),
        )
    if reader.word() != 0:
        _read_case(state, reader)
    for account in state.accounts:
        state.restrict(account)


def _read_case(state: State, reader: Reader) -> None:
    data = _read_bytes(reader)
    opening = decode_command(data, 0, len(data))
    assert isinstance(opening, OpenRepair)
    case = RepairCase(opening)
    state.repair = case
    for _ in range(reader.word()):
        index = reader.word()
        case.digests[index] = reader.raw(32)
    for _ in range(reader.word()):
        index = reader.word()
        case.parts[index] = _read_bytes(reader)
    if reader.word() != 0:
        case.overlay_hash = reader.raw(32)
        rows = decode_rows(_read_bytes(reader))
        assert rows is not None
        state.overlay = overlay_of(rows)
        open_positions(state, state.overlay)


def _read_bytes(reader: Reader) -> bytes:
    length = reader.word()
    assert length >= 0
    return reader.raw(length)


def say_repairs(state: State) -> None:
    """For a reader that starts: what was posted (without its rows, which nobody needs any more),
    the open case, and whose grace runs.
    """
    out = state.out
    for case_id in sorted(state.posted_repairs):
        posted = state.posted_repairs[case_id]
        repair_posted(out, case_id=case_id, rows=0, overlay_hash=posted.overlay_hash)
    for account_id in sorted(state.grace_until_ms):
        grace_granted(out, account_id=account_id, until_ms=state.grace_until_ms[account_id])
    case = state.repair
    if case is None:
        return
    opening = case.opening
    repair_opened(
        out,
        case_id=opening.case_id,
        cut_seq=opening.cut_seq,
        plan_hash=opening.plan_hash,
        parts=opening.parts,
        first_operator_id=opening.first_operator_id,
        second_operator_id=opening.second_operator_id,
    )
    overlay = state.overlay
    if overlay is not None:
        overlay_loaded(
            out,
            case_id=case.case_id,
            rows=overlay.rows().count(),
            overlay_hash=case.overlay_hash,
        )
