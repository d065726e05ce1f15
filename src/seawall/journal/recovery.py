"""How a venue comes back: the newest checkpoint that verifies, then the records after it.

Nothing is repaired here. What does not fit is refused with the record's number: a checkpoint is
passed over only when an older one, or genesis, still reaches the same end through the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from seawall.core.engine import open_engine, restore_engine
from seawall.errors import CheckpointDamaged, JournalDamaged
from seawall.journal.chain import Chain
from seawall.journal.checkpoints import Checkpoint, newest_checkpoint
from seawall.journal.directory import DataDirectory, open_directory
from seawall.journal.reader import JournalReader
from seawall.journal.replica import AppliedRecord, Replica, without_collector
from seawall.journal.store import RESTORE, Place
from seawall.journal.witnesses import Witness, check_records, check_seqs

PROGRESS_EVERY: Final = 256  # records


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """A replica that stands at the end of the journal. `notes` are for the log."""

    replica: Replica
    place: Place  # the newest record it has applied
    from_seq: int  # seq of the checkpoint it began with; 0 for genesis
    notes: list[str]


Progress = Callable[[int, int], None]  # (records applied, records in all)


def _silent(_done: int, _total: int) -> None:
    """Nobody watches."""


def _unseen(_record_no: int, _applied: AppliedRecord) -> None:
    """Nobody collects the events."""


def open_replica(
    directory: Path,
    *,
    witnesses: Sequence[Witness] = (),
    progress: Progress = _silent,
    on_applied: Callable[[int, AppliedRecord], None] = _unseen,
) -> Recovered:
    """Rebuild the state at the end of the journal, and compare the end with every witness.

    `on_applied(record_no, applied)` sees each record that is applied after the checkpoint: a
    serving engine fills its ring with it. Raises what the reader raises, CheckpointDamaged,
    MarkMismatch and WitnessAhead.
    """
    home = open_directory(directory)
    newest = newest_checkpoint(directory, genesis_hash=home.genesis_hash)
    notes = [f"passed over a checkpoint: {fault}" for fault in newest.faults]
    if newest.checkpoint is not None:
        witnesses = [*witnesses, newest.checkpoint.witness()]
    with without_collector(), JournalReader(directory) as reader:
        end = reader.tail()
        check_records(witnesses, record_no=end.record_no)
        replica, place = _begin(home, newest.checkpoint, reader)
        from_seq = replica.seq
        total = end.record_no - place.record_no
        records = reader.read_from(place.record_no + 1, after=place.link)
        for done, (record_no, payload) in enumerate(records, 1):
            on_applied(record_no, replica.apply_record(payload))
            place = Place(record_no, b"")
            if done % PROGRESS_EVERY == 0:
                progress(done, max(done, total))
        progress(total, total)
        link = reader.link_of(place.record_no)
    assert link is not None, "the record has just been read"
    check_seqs(witnesses, seq=replica.seq)
    _check_names(newest.faults, replica.seq)
    return Recovered(
        replica=replica, place=Place(place.record_no, link), from_seq=from_seq, notes=notes
    )


def genesis_replica(home: DataDirectory) -> Replica:
    """A replica before entry 1."""
    return Replica(open_engine(home.genesis), Chain(home.genesis_bytes))


def checkpoint_replica(home: DataDirectory, checkpoint: Checkpoint) -> Replica:
    """A replica at a checkpoint. Raises CheckpointDamaged when its state cannot be restored."""
    engine, fault = restore_engine(home.genesis, checkpoint.snapshot)
    chain = Chain.decode(checkpoint.chain)
    if engine is None or chain is None or not engine.seq == chain.seq == checkpoint.seq:
        raise CheckpointDamaged(
            expected=f"the state at seq {checkpoint.seq} in {checkpoint.path.name}",
            found=fault or "a chain or a state of another seq, under a hash that fits",
            to_do="remove this checkpoint: the one before, or the journal, is used instead; and "
            "tell us, since it was written so",
        )
    return Replica(engine, chain)


def _begin(
    home: DataDirectory, checkpoint: Checkpoint | None, reader: JournalReader
) -> tuple[Replica, Place]:
    if checkpoint is None:
        return genesis_replica(home), Place(0, home.genesis_hash)
    place = checkpoint.place
    link = reader.link_of(place.record_no)  # None when that archive has been taken away
    if link is not None and link != place.link:
        raise JournalDamaged(
            record_no=place.record_no,
            expected=f"record {place.record_no} as {checkpoint.path.name} knows it",
            found="another record, or another journal",
            to_do=RESTORE,
        )
    return checkpoint_replica(home, checkpoint), place


def _check_names(faults: Sequence[str], seq: int) -> None:
    """A damaged checkpoint still says by its name which seq the venue had reached."""
    for fault in faults:
        name = fault.split(".", 1)[0]
        if name.isdigit():
            witness = Witness(
                name=f"checkpoint {name}.snap", applied_record=0, applied_seq=int(name)
            )
            check_seqs([witness], seq=seq)
