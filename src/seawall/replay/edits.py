"""Edits: what is to be told otherwise when the venue is run again.

    Drop         commands that should not have been heard: bad observations, a freeze, exact seqs
    Replace      another command at the same seq
    Insert       a command that was lost, behind the one at a seq and in the same entry
    Annul        what an account wished in a range was not its owner's wish
    Reconfigure  a guard parameter had another value in a range

An edit never renumbers: a dropped command leaves a hole. Each stands on evidence, has an author and
needs the approval of two operators. An entry does not say which key signed it, so a stolen key is
annulled by its account. `resolution.py` finds the seqs that edits mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import msgspec

from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import ALL_INSTRUMENTS, ChainMark
from seawall.core.model.genesis import Genesis
from seawall.core.model.limits import ENTRY_BYTES_MAX, NAME_BYTES, NOTIONAL_MAX, SEQ_MAX
from seawall.errors import BadConfiguration
from seawall.journal.directory import read_at_most, write_durably

APPROVALS_MIN: Final = 2
EDITS_MAX: Final = 100_000
EDITS_BYTES_MAX: Final = 64 * 1024 * 1024
_HASH_DIGITS: Final = 64

Seq = Annotated[int, msgspec.Meta(ge=1, le=SEQ_MAX)]


class Grounds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why an edit is made, and who answers for it."""

    evidence: str  # sha256, 64 hexadecimal digits, of what shows that it is right
    author: int  # operator id
    approvals: tuple[int, ...] = ()  # operator ids


class Observations(
    msgspec.Struct, frozen=True, kw_only=True, tag="observations", forbid_unknown_fields=True
):
    """What some sources said of an index."""

    index_id: int
    source_ids: tuple[int, ...]


class Freezes(msgspec.Struct, frozen=True, kw_only=True, tag="freezes", forbid_unknown_fields=True):
    """Freezes and releases of one index, or (index 0) of the whole venue."""

    index_id: int = 0


class Seqs(msgspec.Struct, frozen=True, kw_only=True, tag="seqs", forbid_unknown_fields=True):
    """Exactly these; each must lie in the range."""

    seqs: tuple[Seq, ...]


class Drop(msgspec.Struct, frozen=True, kw_only=True, tag="drop", forbid_unknown_fields=True):
    """Within the range, what is selected is not heard."""

    from_seq: Seq
    to_seq: Seq  # the last one
    selects: Observations | Freezes | Seqs
    grounds: Grounds


class Replace(msgspec.Struct, frozen=True, kw_only=True, tag="replace", forbid_unknown_fields=True):
    """At a seq another command is heard, with the same stamp."""

    seq: Seq
    command: bytes
    grounds: Grounds


class Insert(msgspec.Struct, frozen=True, kw_only=True, tag="insert", forbid_unknown_fields=True):
    """Behind what is heard at a seq this is heard too, in the same entry."""

    after_seq: Seq
    command: bytes
    grounds: Grounds


class Annul(msgspec.Struct, frozen=True, kw_only=True, tag="annul", forbid_unknown_fields=True):
    """Within the range nothing that the account wished counts as its owner's wish: it is not heard,
    and a pinned rerun gives no licence to what came of it.
    """

    account_id: int
    from_seq: Seq
    to_seq: Seq  # the last one
    grounds: Grounds


class Reconfigure(
    msgspec.Struct, frozen=True, kw_only=True, tag="reconfigure", forbid_unknown_fields=True
):
    """From the entry at `from_seq` on a guard parameter has a value, whatever the journal sets it
    to until `to_seq`; what is set behind that holds again.
    """

    instrument_id: int
    parameter: str
    value: int  # in its own unit
    from_seq: Seq
    to_seq: Seq  # the last one
    grounds: Grounds


Edit = Drop | Replace | Insert | Annul | Reconfigure


def encode_edits(edits: Sequence[Edit]) -> bytes:
    """The content of an edits file: JSON, the same bytes for the same edits."""
    return msgspec.json.format(msgspec.json.encode(list(edits)), indent=1) + b"\n"


def decode_edits(data: bytes) -> tuple[list[Edit], str]:
    """The edits of a file and "", or none and what is wrong with the file."""
    try:
        return msgspec.json.decode(data, type=list[Edit]), ""
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return [], str(error)


def read_edits(path: Path) -> list[Edit]:
    """The edits in a file. Raises BadConfiguration when there are none to read."""
    edits: list[Edit] = []
    try:
        data = read_at_most(path, EDITS_BYTES_MAX + 1)
    except OSError as error:
        fault = error.strerror or str(error)
    else:
        if len(data) > EDITS_BYTES_MAX:
            fault = f"more than {EDITS_BYTES_MAX} bytes"
        else:
            edits, fault = decode_edits(data)
    if fault:
        raise BadConfiguration(
            expected=f"edits in {path}, as JSON",
            found=fault,
            to_do="mend the file, or name another",
        )
    return edits


def write_edits(path: Path, edits: Sequence[Edit]) -> None:
    """Write an edits file. Raises DiskFull or DiskFailure."""
    write_durably(path, encode_edits(edits))


def edits_hash(edits: Sequence[Edit]) -> bytes:
    """sha256 of the edits without their approvals: what is approved is this."""
    bare = [
        msgspec.structs.replace(edit, grounds=msgspec.structs.replace(edit.grounds, approvals=()))
        for edit in edits
    ]
    return sha256(encode_edits(bare)).digest()


def approval_fault(edits: Sequence[Edit], genesis: Genesis) -> str:
    """Which edit lacks approval, as a sentence; "" when all have it."""
    operators = {operator.operator_id for operator in genesis.operators}
    for number, edit in enumerate(edits, 1):
        approvals = set(edit.grounds.approvals)
        strangers = sorted(approvals - operators)
        if strangers:
            return f"edit {number} is approved by {strangers[0]}, who is no operator of the venue"
        if len(approvals) < APPROVALS_MIN:
            return (
                f"edit {number} lacks approval: it needs that of {APPROVALS_MIN} different "
                f"operators and has {len(approvals)}"
            )
    return ""


def shape_fault(edits: Sequence[Edit], genesis: Genesis) -> str:
    """What can be seen to be wrong without the journal, as a sentence; "" when nothing."""
    if len(edits) > EDITS_MAX:
        return f"there are {len(edits)} edits, at most {EDITS_MAX} can be made at once"
    operators = {operator.operator_id for operator in genesis.operators}
    for number, edit in enumerate(edits, 1):
        fault = _grounds_fault(edit.grounds, operators) or _edit_fault(edit)
        if fault:
            return f"edit {number} {fault}"
    return ""


def _grounds_fault(grounds: Grounds, operators: set[int]) -> str:
    evidence = grounds.evidence
    is_hash = len(evidence) == _HASH_DIGITS and set(evidence) <= set("0123456789abcdef")
    if not is_hash or set(evidence) == {"0"}:
        return "lacks evidence: that is named by its sha256, 64 hexadecimal digits"
    if grounds.author not in operators:
        return f"is written by {grounds.author}, who is no operator of the venue"
    strangers = sorted(set(grounds.approvals) - operators)
    if strangers:
        return f"is approved by {strangers[0]}, who is no operator of the venue"
    return ""


def _edit_fault(edit: Edit) -> str:
    first, last = edit_range(edit)
    if not 1 <= first <= SEQ_MAX or not 1 <= last <= SEQ_MAX:
        return f"names seq {first if first < 1 else last}: seqs begin with 1"
    if first > last:
        return f"names an empty range: seq {first} is behind seq {last}"
    if isinstance(edit, Replace | Insert):
        return _command_fault(edit.command)
    if isinstance(edit, Reconfigure):
        return _parameter_fault(edit)
    if isinstance(edit, Drop):
        if isinstance(edit.selects, Seqs):
            outside = [seq for seq in edit.selects.seqs if not first <= seq <= last]
            if outside:
                return f"names seq {outside[0]}, outside of its range {first} to {last}"
            if len(set(edit.selects.seqs)) != len(edit.selects.seqs):
                return "names a seq twice"
        if isinstance(edit.selects, Observations) and not edit.selects.source_ids:
            return "names nothing: no source"
    return ""


def _parameter_fault(edit: Reconfigure) -> str:
    name = edit.parameter
    if not name or not name.isascii() or len(name) > NAME_BYTES:
        return f"names no parameter: {name!r}"
    if not 0 <= edit.instrument_id < ALL_INSTRUMENTS:
        return f"names no instrument: {edit.instrument_id}"
    if not 0 <= edit.value <= NOTIONAL_MAX:
        return f"has a value outside of every bound: {edit.value}"
    return ""


def _command_fault(command: bytes) -> str:
    if len(command) > ENTRY_BYTES_MAX:
        return f"has a command of {len(command)} bytes, an entry has at most {ENTRY_BYTES_MAX}"
    decoded = decode_command(command, 0, len(command))
    if decoded is None:
        return "has a command that cannot be decoded"
    if isinstance(decoded, ChainMark):
        return "has a chain mark: what a writer found is no wish"
    return ""


def edit_range(edit: Edit) -> tuple[int, int]:
    """The first and the last seq that an edit may touch."""
    if isinstance(edit, Replace):
        return edit.seq, edit.seq
    if isinstance(edit, Insert):
        return edit.after_seq, edit.after_seq
    return edit.from_seq, edit.to_seq
