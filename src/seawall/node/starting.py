"""Where a reader of the journal begins: the newest checkpoint that its read models have reached.

Read models may lag behind a checkpoint only after a power cut or when they were deleted; history
that lies between could not be made up, so an older checkpoint, or the genesis, is taken then.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import structlog

from seawall.errors import SeawallError
from seawall.journal.checkpoints import checkpoint_paths, read_checkpoint
from seawall.journal.directory import DataDirectory
from seawall.journal.frames import EventsFrame
from seawall.journal.recovery import checkpoint_replica, genesis_replica
from seawall.journal.replica import AppliedBatch, Replica
from seawall.journal.store import Place
from seawall.journal.witnesses import Witness

READ_MODEL_FILE: Final = "readmodel.db"


def read_model_url(directory: Path) -> str:
    """Where the read models are kept."""
    return f"sqlite:///{directory / READ_MODEL_FILE}"


def starting_replica(home: DataDirectory, *, seq_max: int) -> tuple[Replica, Place]:
    """A replica at the newest sound checkpoint not beyond `seq_max`, or before entry 1."""
    for path in checkpoint_paths(home.path):
        if path.stem.isdigit() and int(path.stem) > seq_max:
            continue
        try:
            checkpoint, fault = read_checkpoint(path, genesis_hash=home.genesis_hash)
        except FileNotFoundError:  # dropped while we looked; a newer one is there
            continue
        if checkpoint is None:
            structlog.get_logger().error("passed over a checkpoint", fault=fault)
            continue
        return checkpoint_replica(home, checkpoint), checkpoint.place
    return genesis_replica(home), Place(0, home.genesis_hash)


def read_model_witness(home: DataDirectory) -> list[Witness]:
    """What the read models prove of the journal; nothing when there are none that can be read."""
    if not (home.path / READ_MODEL_FILE).exists():
        return []
    from seawall.projections import MarketQueries, open_read_models

    try:
        models = open_read_models(read_model_url(home.path), genesis_hash=home.genesis_hash)
    except SeawallError as error:
        structlog.get_logger().error("the read models cannot be a witness", why=str(error))
        return []
    try:
        progress = MarketQueries(models).progress()
    finally:
        models.close()
    if progress is None:
        return []
    return [
        Witness(
            name=READ_MODEL_FILE,
            applied_record=progress.applied_record,
            applied_seq=progress.applied_seq,
        )
    ]


def frame_of(batch: AppliedBatch) -> EventsFrame:
    """An applied batch as subscribers get it."""
    return EventsFrame(
        publisher_id=batch.publisher_id,
        incarnation=batch.incarnation,
        batch_number=batch.batch_number,
        first_seq=batch.first_seq,
        count=batch.count,
        clock_ms=batch.clock_ms,
        events=batch.events,
    )
