"""A writer under load, to be killed: `python -m tests.journal.load DIRECTORY`.

It comes back from whatever it finds, says `ready SEQ`, then appends and says `RECORD SHA256` for
each record that is durable: its acknowledgements. Folding, checkpoints and new files go on
meanwhile, so that a kill meets them.
"""

from __future__ import annotations

import os
import sys
import threading
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

from seawall.core.model.commands import Command
from seawall.journal.checkpoints import write_checkpoint
from seawall.journal.recovery import open_replica
from seawall.journal.replica import ENGINE_PUBLISHER
from seawall.journal.store import Place, next_link
from seawall.journal.writer import JournalWriter
from tests.journal.venue import GATEWAY, Flow

RECORDS_PER_FILE = 150
ORDERS_PER_BATCH = 24
CHECKPOINT_EVERY = 40
FOLD_EVERY = 25


def say(text: str) -> None:
    """One line, at once: what was said before a kill has been said."""
    os.write(1, f"{text}\n".encode())


def main(directory: Path) -> NoReturn:
    """Append until killed."""
    writer = JournalWriter(directory, holder="load", records_per_file=RECORDS_PER_FILE)
    recovered = open_replica(directory)
    replica, link = recovered.replica, recovered.place.link
    lives = [replica.engine.last_batch(one)[0] for one in (ENGINE_PUBLISHER, GATEWAY)]
    flow = Flow(incarnation=max(lives) + 1, orders_per_batch=ORDERS_PER_BATCH)
    flow.clock_ms = max(flow.clock_ms, replica.engine.clock_ms)
    say(f"ready {replica.seq}")
    while True:
        batches = flow.record()
        marks: list[Command] = list(replica.chain.pending_marks())
        if marks:
            batches.append(flow.from_engine(marks))
        payload = b"".join(batches)
        record_no = writer.append(batches)
        say(f"{record_no} {sha256(payload).hexdigest()}")
        replica.apply_record(payload)
        link = next_link(link, payload)
        if record_no % CHECKPOINT_EVERY == 0:
            place = Place(record_no, link)
            write_checkpoint(directory, engine=replica.engine, chain=replica.chain, place=place)
        if record_no % FOLD_EVERY == 0:
            threading.Thread(target=writer.fold_wal, daemon=True).start()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
