"""Commands of a repair to bytes and back; `operator_codec` calls it."""

from typing import Final

from mypy_extensions import i64

from seawall.core.model.codec import Writer, padded, read_word, unpadded, write_head, write_word
from seawall.core.model.commands import (
    AcceptRulebook,
    ActivateRulebook,
    CloseRepair,
    Command,
    CommandType,
    DebitWithdrawal,
    OpenRepair,
    PostRepair,
    RepairPart,
)
from seawall.core.model.limits import CASE_ID_BYTES

_DIGEST_BYTES: Final = 32
_PART_HEAD_BYTES: Final = 32 + CASE_ID_BYTES

_LENGTHS: Final = {
    CommandType.OPEN_REPAIR: 40 + CASE_ID_BYTES + _DIGEST_BYTES,
    CommandType.POST_REPAIR: 24 + CASE_ID_BYTES + _DIGEST_BYTES,
    CommandType.CLOSE_REPAIR: 24 + CASE_ID_BYTES,
    CommandType.ACTIVATE_RULEBOOK: 40 + _DIGEST_BYTES,
    CommandType.ACCEPT_RULEBOOK: 16,
    CommandType.DEBIT_WITHDRAWAL: 16 + _DIGEST_BYTES,
}


def write_repair_command(out: Writer, command: Command) -> None:
    """Append the bytes of a command of a repair."""
    if isinstance(command, RepairPart):
        _write_part(out, command)
    elif isinstance(command, OpenRepair):
        write_head(out, CommandType.OPEN_REPAIR, 0, 0, 0)
        write_word(out, command.cut_seq)
        write_word(out, command.parts)
        write_word(out, command.first_operator_id)
        write_word(out, command.second_operator_id)
        out.write(padded(command.case_id, CASE_ID_BYTES))
        out.write(padded(command.plan_hash, _DIGEST_BYTES))
    elif isinstance(command, PostRepair):
        write_head(out, CommandType.POST_REPAIR, 0, 0, 0)
        write_word(out, command.first_operator_id)
        write_word(out, command.second_operator_id)
        out.write(padded(command.case_id, CASE_ID_BYTES))
        out.write(padded(command.overlay_hash, _DIGEST_BYTES))
    elif isinstance(command, CloseRepair):
        write_head(out, CommandType.CLOSE_REPAIR, 0, 0, 0)
        write_word(out, command.first_operator_id)
        write_word(out, command.second_operator_id)
        out.write(padded(command.case_id, CASE_ID_BYTES))
    elif isinstance(command, ActivateRulebook):
        adjusting: i64 = 1 if command.is_adjusting else 0
        write_head(out, CommandType.ACTIVATE_RULEBOOK, adjusting, 0, 0)
        write_word(out, command.version)
        write_word(out, command.major_e8)
        write_word(out, command.alt_e8)
        write_word(out, command.tail_e8)
        out.write(padded(command.rulebook_hash, _DIGEST_BYTES))
    elif isinstance(command, AcceptRulebook):
        write_head(out, CommandType.ACCEPT_RULEBOOK, 0, 0, command.account_id)
        write_word(out, command.version)
    else:
        assert isinstance(command, DebitWithdrawal)
        write_head(out, CommandType.DEBIT_WITHDRAWAL, 0, command.asset_id, command.account_id)
        write_word(out, command.amount)
        out.write(padded(command.withdrawal_id, _DIGEST_BYTES))


def _write_part(out: Writer, command: RepairPart) -> None:
    length: i64 = len(command.data)
    write_head(out, CommandType.REPAIR_PART, 0, 0, 0)
    write_word(out, command.index)
    write_word(out, command.count)
    write_word(out, length)
    out.write(padded(command.case_id, CASE_ID_BYTES))
    out.write(padded(command.data, (length + 7) // 8 * 8))


def is_repair_command(type_: i64) -> bool:
    """Whether this module reads the type."""
    return CommandType.OPEN_REPAIR <= type_ <= CommandType.DEBIT_WITHDRAWAL


def read_repair_command(data: bytes, start: i64, length: i64) -> Command | None:
    """The command in `data[start : start + length]`, or None; at least one word is there."""
    word = read_word(data, start)
    type_: int = word & 0xFF
    if type_ == CommandType.REPAIR_PART:
        return _read_part(data, start, length)
    if _LENGTHS.get(type_, -1) != length:
        return None
    if type_ == CommandType.OPEN_REPAIR:
        return OpenRepair(
            case_id=_case_id(data, start + 40),
            cut_seq=read_word(data, start + 8),
            plan_hash=data[start + 56 : start + 88],
            parts=read_word(data, start + 16),
            first_operator_id=read_word(data, start + 24),
            second_operator_id=read_word(data, start + 32),
        )
    if type_ == CommandType.POST_REPAIR:
        return PostRepair(
            case_id=_case_id(data, start + 24),
            overlay_hash=data[start + 40 : start + 72],
            first_operator_id=read_word(data, start + 8),
            second_operator_id=read_word(data, start + 16),
        )
    if type_ == CommandType.CLOSE_REPAIR:
        return CloseRepair(
            case_id=_case_id(data, start + 24),
            first_operator_id=read_word(data, start + 8),
            second_operator_id=read_word(data, start + 16),
        )
    if type_ == CommandType.ACTIVATE_RULEBOOK:
        return ActivateRulebook(
            version=read_word(data, start + 8),
            rulebook_hash=data[start + 40 : start + 72],
            major_e8=read_word(data, start + 16),
            alt_e8=read_word(data, start + 24),
            tail_e8=read_word(data, start + 32),
            is_adjusting=word >> 8 & 0xFF != 0,
        )
    account_id = word >> 32
    if type_ == CommandType.ACCEPT_RULEBOOK:
        return AcceptRulebook(account_id=account_id, version=read_word(data, start + 8))
    assert type_ == CommandType.DEBIT_WITHDRAWAL
    return DebitWithdrawal(
        account_id=account_id,
        asset_id=word >> 16 & 0xFFFF,
        amount=read_word(data, start + 8),
        withdrawal_id=data[start + 16 : start + 48],
    )


def _read_part(data: bytes, start: i64, length: i64) -> RepairPart | None:
    if length < _PART_HEAD_BYTES:
        return None
    size = read_word(data, start + 24)
    if size < 0 or size > length or _PART_HEAD_BYTES + (size + 7) // 8 * 8 != length:
        return None
    at = start + _PART_HEAD_BYTES
    return RepairPart(
        case_id=_case_id(data, start + 32),
        index=read_word(data, start + 8),
        count=read_word(data, start + 16),
        data=data[at : at + size],
    )


def _case_id(data: bytes, start: i64) -> bytes:
    return unpadded(data[start : start + CASE_ID_BYTES])
