"""Where a run begins: at the newest checkpoint that verifies and lies low enough, or at genesis.

A checkpoint that does not verify is passed over and named. Nothing is passed over in silence, and
where no way leads to the seq that is asked for, the run is refused.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from seawall.core.engine import Engine
from seawall.core.model.batch import BatchHeader
from seawall.errors import CheckpointDamaged, JournalDamaged
from seawall.journal.checkpoints import Checkpoint, checkpoint_paths, read_checkpoint
from seawall.journal.directory import DataDirectory, open_directory
from seawall.journal.reader import JournalReader
from seawall.journal.recovery import checkpoint_replica, genesis_replica
from seawall.journal.replica import Replica
from seawall.journal.store import RESTORE, Place


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """The checkpoint to begin with (None: genesis), and why others were passed over."""

    checkpoint: Checkpoint | None
    place: Place
    notes: list[str]

    @property
    def seq(self) -> int:
        """Where it stands."""
        return 0 if self.checkpoint is None else self.checkpoint.seq

    def replica(self, home: DataDirectory) -> Replica:
        """A replica that stands there. Raises CheckpointDamaged when it cannot be restored."""
        if self.checkpoint is None:
            return genesis_replica(home)
        return checkpoint_replica(home, self.checkpoint)


def start_at_or_below(home: DataDirectory, reader: JournalReader, *, seq: int) -> Start:
    """The nearest place to begin from which a run comes by `seq`.

    Raises CheckpointDamaged when there is none, and JournalDamaged when a checkpoint and the
    journal know different records.
    """
    notes: list[str] = []
    for path in checkpoint_paths(home.path):
        if path.stem.isdigit() and int(path.stem) > seq:
            continue
        try:
            checkpoint, fault = read_checkpoint(path, genesis_hash=home.genesis_hash)
        except FileNotFoundError:  # dropped by the follower while we looked
            continue
        if checkpoint is None:
            notes.append(f"passed over a checkpoint: {fault}")
            continue
        _check_link(checkpoint, reader)
        return Start(checkpoint=checkpoint, place=checkpoint.place, notes=notes)
    if reader.first_record_no() > 1:
        raise CheckpointDamaged(
            expected=f"a checkpoint at or below seq {seq} that verifies, since the journal begins "
            f"with record {reader.first_record_no()}",
            found="; ".join(notes) or "none so low",
            to_do=RESTORE,
        )
    return Start(checkpoint=None, place=Place(0, home.genesis_hash), notes=notes)


def earliest_begin(directory: Path) -> int:
    """The lowest seq at which a run can begin: 0, or that of the oldest checkpoint that verifies
    and is still followed by the journal, when the first archives have been taken away.
    """
    home = open_directory(directory)
    with JournalReader(directory) as reader:
        first = reader.first_record_no()
    if first == 1:
        return 0
    for path in reversed(checkpoint_paths(directory)):
        checkpoint, _ = read_checkpoint(path, genesis_hash=home.genesis_hash)
        if checkpoint is not None and checkpoint.place.record_no >= first - 1:
            return checkpoint.seq
    return 0


def _check_link(checkpoint: Checkpoint, reader: JournalReader) -> None:
    place = checkpoint.place
    link = reader.link_of(place.record_no)  # None when that archive has been taken away
    if link is not None and link != place.link:
        raise JournalDamaged(
            record_no=place.record_no,
            expected=f"record {place.record_no} as {checkpoint.path.name} knows it",
            found="another record, or another journal",
            to_do=RESTORE,
        )


class Numbering:
    """The seqs that batches take, counted as the engine counts them (record 0005) but without
    applying anything.
    """

    def __init__(self, engine: Engine) -> None:
        self.seq = int(engine.seq)
        self._engine = engine
        self._shard = int(engine.genesis.shard)
        self._known: dict[int, tuple[int, int]] = {}

    def take(self, header: BatchHeader) -> int:
        """The first seq of the batch, or 0 when it is dropped."""
        publisher_id = int(header.publisher_id)
        incarnation, number = self._known.get(publisher_id) or self._engine.last_batch(publisher_id)
        if header.incarnation == incarnation:
            if header.batch_number != number + 1:
                return 0
        elif header.incarnation < incarnation or header.batch_number != 1:
            return 0
        if header.shard != self._shard:
            return 0
        self._known[publisher_id] = int(header.incarnation), int(header.batch_number)
        first_seq = self.seq + 1
        self.seq += int(header.count)
        return first_seq
