"""Verify a data directory: everything it claims is computed again.

Checked are the links between records and files, every chain mark, every checkpoint against the
state that the journal leads to, every witness, and the laws of the ledger. A verification says how
much it looked at, and one that looked at nothing is not green.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from seawall.errors import CheckpointDamaged, JournalDamaged, MarkMismatch
from seawall.journal.checkpoints import Checkpoint, checkpoint_paths, read_checkpoint
from seawall.journal.directory import DataDirectory, open_directory
from seawall.journal.reader import JournalReader
from seawall.journal.recovery import (
    PROGRESS_EVERY,
    checkpoint_replica,
    genesis_replica,
)
from seawall.journal.replica import Replica, without_collector
from seawall.journal.witnesses import Witness
from seawall.replay.run import Progress, no_progress

LAWS_EVERY: Final = 65_536  # records between two looks at the laws of the ledger
MARK_SLACK: Final = 16  # records within which a due mark must have been published


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as claimed: where, and a sentence."""

    subject: str  # records, files, marks, checkpoints, witnesses, ledger, or nothing
    text: str


class Verification(msgspec.Struct, kw_only=True):
    """How much was looked at, and what was found wrong."""

    records: int = 0
    batches: int = 0
    duplicates: int = 0  # batches dropped before numbering
    commands: int = 0
    files: int = 0
    marks: int = 0
    checkpoints: int = 0
    witnesses: int = 0
    laws: int = 0  # times the laws of the ledger were checked
    seq: int = 0
    findings: list[Finding] = msgspec.field(default_factory=list)

    @property
    def is_green(self) -> bool:
        """Whether something was looked at and all of it was as claimed."""
        return not self.findings and self.records > 0


class _Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a checkpoint says, without its bulk."""

    name: str
    record_no: int
    link: bytes
    seq: int
    chain_hash: bytes
    snapshot_hash: bytes


def verify(
    directory: Path,
    *,
    witnesses: Sequence[Witness] = (),
    progress: Progress = no_progress,
) -> Verification:
    """Look at everything in a data directory. What is wrong becomes a finding, not an exception.

    Raises only when there is nothing to look at: NotAJournal, NewerFormat, BrokenGenesis.
    """
    home = open_directory(directory)
    result = Verification()
    claims = _read_claims(home, result)  # before the journal's end is read, so none can be ahead
    try:
        with without_collector(), JournalReader(directory) as reader:
            _check_files(reader, result)
            start = _start(home, reader, result)
            if start is not None:
                _Walk(reader, result, claims, witnesses).go(*start, progress=progress)
    except JournalDamaged as error:
        result.findings.append(Finding("records", f"record {error.record_no}: {error}"))
    except MarkMismatch as error:
        result.findings.append(Finding("marks", f"seq {error.seq}: {error}"))
    if result.records == 0 and not result.findings:
        result.findings.append(Finding("nothing", "the journal holds no record to verify"))
    return result


def _read_claims(home: DataDirectory, result: Verification) -> list[_Claim]:
    claims = []
    for path in checkpoint_paths(home.path):
        try:
            checkpoint, fault = read_checkpoint(path, genesis_hash=home.genesis_hash)
        except FileNotFoundError:  # dropped by the follower while we looked
            continue
        if checkpoint is None:
            result.findings.append(Finding("checkpoints", fault))
            continue
        claims.append(
            _Claim(
                name=path.name,
                record_no=checkpoint.place.record_no,
                link=checkpoint.place.link,
                seq=checkpoint.seq,
                chain_hash=sha256(checkpoint.chain).digest(),
                snapshot_hash=sha256(checkpoint.snapshot).digest(),
            )
        )
    return claims


def _check_files(reader: JournalReader, result: Verification) -> None:
    missing = reader.missing_files()
    if missing:
        names = ", ".join(f"{one:08d}.db" for one in missing)
        result.findings.append(Finding("files", f"archives are missing: {names}"))
    for name, fault in reader.page_faults():
        result.files += 1
        if fault:
            result.findings.append(Finding("files", f"{name}: {fault}"))


def _start(
    home: DataDirectory, reader: JournalReader, result: Verification
) -> tuple[Replica, int, bytes] | None:
    """Where to begin: at genesis, or at the oldest checkpoint when the first archives are gone."""
    first = reader.first_record_no()
    if first == 1:
        return genesis_replica(home), 0, home.genesis_hash
    for path in reversed(checkpoint_paths(home.path)):
        checkpoint, _ = read_checkpoint(path, genesis_hash=home.genesis_hash)
        if checkpoint is not None and checkpoint.place.record_no >= first - 1:
            return _restored(checkpoint, home, result)
    result.findings.append(
        Finding("files", f"nothing to begin with: no checkpoint before record {first}")
    )
    return None


def _restored(
    checkpoint: Checkpoint, home: DataDirectory, result: Verification
) -> tuple[Replica, int, bytes] | None:
    try:
        replica = checkpoint_replica(home, checkpoint)
    except CheckpointDamaged as error:
        result.findings.append(Finding("checkpoints", str(error)))
        return None
    return replica, checkpoint.place.record_no, checkpoint.place.link


class _Walk:
    """One replay with everything that is compared on the way."""

    def __init__(
        self,
        reader: JournalReader,
        result: Verification,
        claims: Sequence[_Claim],
        witnesses: Sequence[Witness],
    ) -> None:
        self.reader = reader
        self.result = result
        self.claims: dict[int, list[_Claim]] = {}
        for claim in claims:
            self.claims.setdefault(claim.record_no, []).append(claim)
        self.witnesses: dict[int, list[Witness]] = {}
        for witness in witnesses:
            self.witnesses.setdefault(witness.applied_record, []).append(witness)

    def find(self, subject: str, text: str) -> None:
        """Add a finding."""
        self.result.findings.append(Finding(subject, text))

    def go(self, replica: Replica, start: int, link: bytes, *, progress: Progress) -> None:
        """Replay the records after `start` to the end."""
        result = self.result
        total = self.reader.tail().record_no
        self.look(replica, start)
        seq_at: list[int] = [replica.seq]  # after each of the last records
        records = self.reader.read_from(start + 1, after=link)
        for record_no, payload in records:
            if record_no > total:
                break
            try:
                applied = replica.apply_record(payload)
            except AssertionError as error:
                self.find("records", f"record {record_no}: the engine stopped: {error}")
                break
            result.records += 1
            result.batches += len(applied.batches)
            result.duplicates += applied.dropped
            result.commands += applied.commands
            seq_at = [*seq_at[-MARK_SLACK:], replica.seq]
            self.look(replica, record_no)
            if record_no % LAWS_EVERY == 0:
                self.check_laws(replica)
            if record_no % PROGRESS_EVERY == 0:
                progress(record_no, total)
        result.seq = replica.seq
        result.marks = replica.chain.marks_checked
        self.check_laws(replica)
        for mark in replica.chain.pending_marks():
            if mark.marked_seq <= seq_at[0]:
                self.find("marks", f"seq {mark.marked_seq}: the mark that was due is missing")
        self.look_beyond(total)
        progress(total, total)

    def look(self, replica: Replica, record_no: int) -> None:
        """Compare checkpoints and witnesses that claim to stand at this record."""
        for claim in self.claims.pop(record_no, []):
            self.result.checkpoints += 1
            if self.reader.link_of(record_no) not in (None, claim.link):
                self.find("checkpoints", f"{claim.name}: it contains another record {record_no}")
            if (replica.seq, sha256(replica.chain.encode()).digest()) != (
                claim.seq,
                claim.chain_hash,
            ):
                self.find("checkpoints", f"{claim.name}: its chain is not that of the journal")
            if bytes(replica.engine.state_hash()) != claim.snapshot_hash:
                self.find(
                    "checkpoints",
                    f"{claim.name}: its state is not that of the journal at seq {replica.seq}",
                )
            self.check_laws(replica)
        for witness in self.witnesses.pop(record_no, []):
            self.result.witnesses += 1
            if witness.applied_seq != replica.seq:
                self.find(
                    "witnesses",
                    f"{witness.name}: seq {witness.applied_seq} at record {record_no}, the journal "
                    f"leads to seq {replica.seq}",
                )

    def look_beyond(self, total: int) -> None:
        """What claims to stand at a record that the replay did not come by."""
        for record_no, claims in sorted(self.claims.items()):
            for claim in claims:
                self.find("checkpoints", f"{claim.name}: {_unseen(record_no, total)}")
        for record_no, witnesses in sorted(self.witnesses.items()):
            for witness in witnesses:
                self.find("witnesses", f"{witness.name}: {_unseen(record_no, total)}")

    def check_laws(self, replica: Replica) -> None:
        """The laws of ledger and book, on the whole state."""
        self.result.laws += 1
        for fault in replica.engine.ledger_faults():
            self.find("ledger", f"seq {replica.seq}: {fault}")


def _unseen(record_no: int, total: int) -> str:
    if record_no > total:
        return f"it has applied record {record_no}, the journal ends with {total}: entries are lost"
    return f"record {record_no} could not be replayed, so it was not compared"
