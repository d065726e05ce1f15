"""What a venue does with the commands of a repair, in the most obvious way; it can die at any step.

It keeps what was sent to it before a death: that is in the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from seawall.core.model.commands import CloseRepair, Command, OpenRepair, PostRepair, RepairPart
from seawall.core.model.rejects import RejectReason
from seawall.repair.cases import PostedCase
from seawall.repair.posting import Answer


class Dead(Exception):
    """The process was killed."""


class NaiveVenue:
    """Cases by id. `dies_before` and `dies_after` count the commands of this life from 1."""

    def __init__(self) -> None:
        self.opened: OpenRepair | None = None
        self.parts: dict[int, bytes] = {}
        self.posted: dict[bytes, bytes] = {}  # case -> rows
        self.settled: dict[bytes, PostedCase] = {}
        self.postings = 0
        self.seq = 0
        self.said: list[tuple[int, bytes]] = []
        self.count = 0
        self.dies_before = 0
        self.dies_after = 0

    def send(self, commands: Sequence[Command]) -> list[Answer]:
        """Do each command, and say how it ended."""
        answers = []
        for command in commands:
            self.count += 1
            if self.count == self.dies_before:
                raise Dead
            self.seq += 1
            answers.append((self.seq, self._do(command)))
            if self.count == self.dies_after:
                raise Dead
        return answers

    def open_case(self) -> tuple[str, bytes]:
        """Which case and plan are open."""
        if self.opened is None:
            return "", b""
        return self.opened.case_id.decode(), self.opened.plan_hash

    def posted_case(self, case_id: bytes) -> PostedCase | None:
        """By which plan it was posted."""
        return self.settled.get(case_id)

    def events_behind(self, seq: int) -> Iterable[bytes]:
        """What was said since, made up."""
        return [data for at, data in self.said if at > seq]

    def bases(self) -> Mapping[int, int]:
        """One spot market, of asset 1."""
        return {9: 1}

    def restart(self) -> None:
        """Another life, with what the journal has."""
        self.count = self.dies_before = self.dies_after = 0

    def _do(self, command: Command) -> int:
        if isinstance(command, OpenRepair):
            return self._open(command)
        if isinstance(command, RepairPart):
            return self._collect(command)
        if isinstance(command, CloseRepair):
            self.opened = None
            return RejectReason.NONE
        assert isinstance(command, PostRepair)
        return self._post(command)

    def _open(self, command: OpenRepair) -> int:
        if command.case_id in self.posted:
            return RejectReason.REPAIR_POSTED
        if command.first_operator_id == command.second_operator_id:
            return RejectReason.NOT_APPROVED
        if self.opened is not None:
            return RejectReason.CASE_OPEN
        self.opened, self.parts = command, {}
        return RejectReason.NONE

    def _collect(self, command: RepairPart) -> int:
        if self.opened is None or self.opened.case_id != command.case_id:
            return RejectReason.UNKNOWN_CASE
        if command.count != self.opened.parts or not 0 <= command.index < command.count:
            return RejectReason.BAD_PART
        if self.parts.setdefault(command.index, command.data) != command.data:
            return RejectReason.BAD_PART
        return RejectReason.NONE

    def _post(self, command: PostRepair) -> int:
        if command.case_id in self.posted:
            return RejectReason.REPAIR_POSTED
        if self.opened is None or self.opened.case_id != command.case_id:
            return RejectReason.UNKNOWN_CASE
        if len(self.parts) < self.opened.parts:
            return RejectReason.REPAIR_INCOMPLETE
        rows = b"".join(self.parts[index] for index in sorted(self.parts))
        if sha256(rows).digest() != command.overlay_hash:
            return RejectReason.REPAIR_HASH_DIFFERS
        self.posted[command.case_id] = rows
        self.settled[command.case_id] = PostedCase(
            case_id=command.case_id.decode(),
            plan_hash=self.opened.plan_hash,
            cut_seq=self.opened.cut_seq,
            posted_seq=self.seq,
        )
        self.postings += 1
        self.opened = None
        return RejectReason.NONE
