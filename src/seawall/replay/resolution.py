"""From edits to the seqs they mean: one scan of the journal, without applying anything.

What comes out is what the engine's `apply_edited` takes: for each edited seq the commands that are
heard there instead. Everything that could make an edit mean nothing, or two edits mean different
things, is found here and said in one sentence.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from seawall.core.engine import Engine, Entry
from seawall.core.model.batch import BATCH_HEADER_BYTES, BatchHeader, find_commands
from seawall.core.model.codec import read_word
from seawall.core.model.command_codec import decode_command, encode_command
from seawall.core.model.commands import (
    CommandType,
    ObservePrices,
    SetFreeze,
    SetParameter,
)
from seawall.core.model.events import CommandRejected
from seawall.core.model.genesis import Genesis
from seawall.errors import BadConfiguration
from seawall.journal.directory import open_directory
from seawall.journal.reader import JournalReader
from seawall.journal.replica import batches_of
from seawall.replay.edits import (
    Annul,
    Drop,
    Edit,
    Freezes,
    Insert,
    Observations,
    Reconfigure,
    Replace,
    Seqs,
    approval_fault,
    edit_range,
    edits_hash,
    shape_fault,
)
from seawall.replay.start import Numbering, start_at_or_below

WISHES: Final = frozenset(
    [
        CommandType.PLACE_ORDER,
        CommandType.AMEND_ORDER,
        CommandType.CANCEL_ORDER,
        CommandType.MASS_CANCEL,
        CommandType.PLACE_ALGO,
        CommandType.CANCEL_ALGO,
        CommandType.SET_LEVERAGE,
        CommandType.ADJUST_MARGIN,
        CommandType.TRANSFER_FUNDS,
    ]
)


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """A case whose repair has been posted: its window may only be edited again together with the
    posting itself.
    """

    case_id: str
    from_seq: int
    to_seq: int
    posted_seq: int


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """What edits come to. `annulled` are the seqs of wishes that were not their owner's; they are
    holes in `commands` too, and a pinned rerun finds what came of them without licence.
    """

    hash: bytes  # of the edits, without approvals
    commands: dict[int, list[bytes]]  # heard instead, by seq; none is a hole
    annulled: list[int]
    first_seq: int  # 0 without edits
    last_seq: int


def draft_fault(directory: Path, edits: Sequence[Edit], *, settled: Sequence[Settled] = ()) -> str:
    """What is wrong with edits that nobody has approved yet, as a sentence; "" when nothing."""
    return resolve(directory, edits, settled=settled)[1]


def edits_fault(
    directory: Path, edits: Sequence[Edit], *, settled: Sequence[Settled] = (), window_last: int = 0
) -> str:
    """What is wrong with edits that are to be posted, as a sentence; "" when nothing. Their window
    ends with `window_last`.
    """
    fault = approval_fault(edits, open_directory(directory).genesis)
    if fault:
        return fault
    found, fault = resolve(directory, edits)
    if found is None:
        return fault
    return settled_fault(found, settled, window_last=window_last)


def settled_fault(found: Resolved, settled: Sequence[Settled], *, window_last: int = 0) -> str:
    """Why the edits may not be heard beside the cases that were posted, as a sentence, or "". The
    window of such a case is closed, unless its posting is dropped too: what is judged once more
    would be paid once more. The window of the edits ends with `window_last` (0: not yet known).
    """
    for case in settled:
        if found.commands.get(case.posted_seq) == []:
            continue
        seqs = [seq for seq in found.commands if case.from_seq <= seq <= case.to_seq]
        if seqs:
            what = f"seq {min(seqs)} belongs to"
        elif found.first_seq <= case.to_seq and case.from_seq <= window_last:
            what = (
                f"the window from seq {found.first_seq} to {window_last} overlaps that from "
                f"{case.from_seq} to {case.to_seq} of"
            )
        else:
            continue
        return (
            f"{what} case {case.case_id}, which is settled: its repair was posted at seq "
            f"{case.posted_seq}, and only an edit that drops it reopens it"
        )
    return ""


def edited_commands(directory: Path, edits: Sequence[Edit]) -> dict[int, list[bytes]]:
    """What a rerun hears instead, by seq. Raises BadConfiguration for edits with a fault."""
    return resolved(directory, edits).commands


def resolved(directory: Path, edits: Sequence[Edit]) -> Resolved:
    """What edits come to. Raises BadConfiguration for a draft with a fault."""
    found, fault = resolve(directory, edits)
    if found is None:
        raise BadConfiguration(
            expected="edits that fit the journal", found=fault, to_do="correct them"
        )
    return found


def resolve(
    directory: Path, edits: Sequence[Edit], *, settled: Sequence[Settled] = ()
) -> tuple[Resolved | None, str]:
    """What edits come to and "", or None and what is wrong; whether their window overlaps that of a
    settled case, `settled_fault` says when it is known. Raises what the reader raises.
    """
    home = open_directory(directory)
    fault = shape_fault(edits, home.genesis)
    if fault:
        return None, fault
    if not edits:
        return Resolved(
            hash=edits_hash(edits), commands={}, annulled=[], first_seq=0, last_seq=0
        ), ""
    scan = _Scan(edits, home.genesis)
    with JournalReader(directory) as reader:
        start = start_at_or_below(home, reader, seq=scan.first - 1)
        scan.go(reader, start.replica(home).engine, start.place.record_no)
    fault = scan.fault()
    if fault:
        return None, fault
    found = scan.result()
    fault = settled_fault(found, settled)
    return (None, fault) if fault else (found, "")


class _Scan:
    """One walk over the journal, from below the first edit to behind the last."""

    def __init__(self, edits: Sequence[Edit], genesis: Genesis) -> None:
        self.edits = edits
        ranges = [edit_range(edit) for edit in edits]
        self.first = min(first for first, _ in ranges)
        self.last = max(last for _, last in ranges)
        self.end = 0  # seq that the walk came to
        self.whose: dict[int, int] = {}  # seq -> number of the edit that takes its command away
        self.commands: dict[int, list[bytes]] = {}
        self.behind: dict[int, list[bytes]] = {}  # inserted
        self.annulled: list[int] = []
        self.found: list[int] = [0] * len(edits)  # how many seqs each names
        self.said = ""  # the first fault
        self._operators = [operator.operator_id for operator in genesis.operators]
        self._by_seq: dict[int, list[int]] = {}
        self._ranged: list[tuple[int, int, int]] = []
        self._kinds = 0  # a bit for each kind of command that a range may select
        for place, edit in enumerate(edits):
            self._file(place, edit)
        self._seqs = sorted(self._by_seq)

    def _file(self, place: int, edit: Edit) -> None:
        """By what the edit is found: exact seqs, or a range to look through."""
        if isinstance(edit, Replace):
            seqs: Sequence[int] = [edit.seq]
        elif isinstance(edit, Insert):
            seqs = [edit.after_seq]
        elif isinstance(edit, Drop) and isinstance(edit.selects, Seqs):
            seqs = edit.selects.seqs
        else:
            first, last = edit_range(edit)
            self._ranged.append((first, last, place))
            for kind in _selected_kinds(edit):
                self._kinds |= 1 << kind
            seqs = [first] if isinstance(edit, Reconfigure) else []
        for seq in seqs:
            self._by_seq.setdefault(seq, []).append(place)

    def go(self, reader: JournalReader, engine: Engine, record_no: int) -> None:
        """Walk. The engine stands at `record_no`; it follows to the first edit when a parameter is
        to be tried in it.
        """
        numbering = Numbering(engine)
        is_tried = any(isinstance(edit, Reconfigure) for edit in self.edits)
        for _, payload in reader.read_from(record_no + 1):
            for at, header in batches_of(payload):
                first = numbering.take(header)
                if first == 0:
                    continue
                if is_tried and numbering.seq < self.first:
                    engine.apply_batch(payload, at)
                    engine.take_events()
                if numbering.seq >= self.first and first <= self.last:
                    self._look_at(payload, at, header, first)
            if numbering.seq >= self.last:
                break
        self.end = numbering.seq
        for number, edit in enumerate(self.edits, 1):
            if isinstance(edit, Reconfigure):
                self._try_parameter(number, edit, engine)

    def _look_at(self, payload: bytes, at: int, header: BatchHeader, first: int) -> None:
        last = first + int(header.count) - 1
        if bisect_left(self._seqs, first) < bisect_right(self._seqs, last):
            place = at + BATCH_HEADER_BYTES
            for seq in range(first, last + 1):
                length = int(read_word(payload, place + 8))
                for number in self._by_seq.get(seq, ()):
                    self._exact(number, seq, payload[place + 16 : place + 16 + length])
                place += 16 + length
        ranged = [one for one in self._ranged if one[0] <= last and first <= one[1]]
        if not ranged:
            return
        for index, place, length in find_commands(payload, at, self._kinds):
            for begin, end, number in ranged:
                if begin <= first + index <= end:
                    self._select(number, first + index, payload, place, length)

    def _exact(self, number: int, seq: int, command: bytes) -> None:
        edit = self.edits[number]
        if isinstance(edit, Insert):
            self.found[number] += 1
            self._put_behind(seq, command, edit.command)
        elif isinstance(edit, Reconfigure):
            self.found[number] += 1
            decoded = decode_command(command, 0, len(command))
            if not isinstance(decoded, SetParameter) or not _is_parameter(decoded, edit):
                self._put_behind(seq, command, self._parameter(edit))
        elif isinstance(edit, Replace):
            self._take(number, seq, [edit.command])
        else:
            self._take(number, seq, [])

    def _put_behind(self, seq: int, own: bytes, inserted: bytes) -> None:
        self.commands.setdefault(seq, [own])
        self.behind.setdefault(seq, []).append(inserted)

    def _select(self, number: int, seq: int, payload: bytes, at: int, length: int) -> None:
        edit = self.edits[number]
        kind = payload[at]
        if isinstance(edit, Annul):
            if kind in WISHES and length >= 8 and read_word(payload, at) >> 32 == edit.account_id:
                self._take(number, seq, None)
            return
        command = decode_command(payload, at, length)
        if isinstance(edit, Reconfigure):
            if isinstance(command, SetParameter) and _is_parameter(command, edit):
                self._take(number, seq, [self._parameter(edit)])
        elif isinstance(edit, Drop):
            selects = edit.selects
            is_meant = False
            if isinstance(selects, Observations) and isinstance(command, ObservePrices):
                is_meant = command.index_id == selects.index_id and (
                    command.source_id in selects.source_ids
                )
            elif isinstance(selects, Freezes) and isinstance(command, SetFreeze):
                is_meant = command.index_id == selects.index_id
            if is_meant:
                self._take(number, seq, [])

    def _take(self, number: int, seq: int, instead: list[bytes] | None) -> None:
        """The edit takes the command at a seq away; None: it is annulled."""
        self.found[number] += 1
        other = self.whose.setdefault(seq, number)
        if other != number:
            first, second = sorted((other, number))
            self._say(f"edits {first + 1} and {second + 1} overlap: both name seq {seq}")
        elif instead is None:
            self.annulled.append(seq)
        else:
            self.commands[seq] = instead

    def _say(self, fault: str) -> None:
        self.said = self.said or fault

    def _parameter(self, edit: Reconfigure) -> bytes:
        """The command that sets it: by those who approve, in a draft by the first two operators."""
        approvals = list(dict.fromkeys(edit.grounds.approvals)) + self._operators
        first = approvals[0]
        return encode_command(
            SetParameter(
                instrument_id=edit.instrument_id,
                name=edit.parameter.encode(errors="replace"),
                value=edit.value,
                first_operator_id=first,
                second_operator_id=next((one for one in approvals if one != first), first),
            )
        )

    def _try_parameter(self, number: int, edit: Reconfigure, engine: Engine) -> None:
        """Set it in the engine that nobody needs any more: it knows the names and their bounds."""
        data = self._parameter(edit)
        command = decode_command(data, 0, len(data))
        assert command is not None, "it has just been encoded"
        entry = Entry(seq=engine.seq + 1, time_ns=engine.time_ns, command=command)
        for event in engine.apply(entry):
            if isinstance(event, CommandRejected):
                self._say(
                    f"edit {number} cannot set {edit.parameter!r} of instrument "
                    f"{edit.instrument_id} to {edit.value}: there is no such parameter, or the "
                    f"value is out of its bounds"
                )

    def fault(self) -> str:
        """What is wrong, now that the journal has been seen."""
        for number, edit in enumerate(self.edits, 1):
            last = edit_range(edit)[1]
            if last > self.end:
                return f"edit {number} names seq {last}: the journal ends with seq {self.end}"
        if self.said:
            return self.said
        for number, edit in enumerate(self.edits, 1):
            if self.found[number - 1] == 0:
                return f"edit {number} names nothing: {_meant(edit)}"
        return ""

    def result(self) -> Resolved:
        """What the edits come to; only without a fault."""
        own = {**self.commands, **{seq: [] for seq in self.annulled}}
        seqs = sorted(own)
        return Resolved(
            hash=edits_hash(self.edits),
            commands={seq: [*own[seq], *self.behind.get(seq, ())] for seq in seqs},
            annulled=sorted(self.annulled),
            first_seq=seqs[0],
            last_seq=seqs[-1],
        )


def _selected_kinds(edit: Edit) -> frozenset[int]:
    """What kinds of command an edit of a range may select."""
    if isinstance(edit, Annul):
        return WISHES
    if isinstance(edit, Reconfigure):
        return frozenset([CommandType.SET_PARAMETER])
    assert isinstance(edit, Drop), "the others name a seq"
    if isinstance(edit.selects, Observations):
        return frozenset([CommandType.OBSERVE_PRICES])
    return frozenset([CommandType.SET_FREEZE])


def _is_parameter(command: SetParameter, edit: Reconfigure) -> bool:
    name = edit.parameter.encode(errors="replace")
    return command.instrument_id == edit.instrument_id and command.name.rstrip(b"\0") == name


def _meant(edit: Edit) -> str:
    """What was looked for and not found."""
    first, last = edit_range(edit)
    where = f"from seq {first} to {last}"
    if isinstance(edit, Annul):
        return f"account {edit.account_id} wished nothing {where}"
    assert isinstance(edit, Drop), "the others name a seq"
    if isinstance(edit.selects, Observations):
        sources = ", ".join(str(one) for one in edit.selects.source_ids)
        return f"no observation of index {edit.selects.index_id} by source {sources} {where}"
    if isinstance(edit.selects, Freezes):
        return f"no freeze or release of index {edit.selects.index_id} {where}"
    return "a list without a seq"
