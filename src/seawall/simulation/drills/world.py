"""One world of a drill, in a process of its own: bytes on disk in, events on disk out.

    python -m seawall.simulation.drills.world DIR

DIR is a data directory with `world.json` beside its journal. In the scripted flow the journal is
complete, and this is a replay. In the adaptive flow the script lies in another directory; makers
quote off the index that the venue has just published, and what they say is appended to DIR's own
journal behind the script's record, so that any replay of DIR leads to the same hashes.

Written: `events` (a length and the event bytes for each record), checkpoints where they are asked
for, and, last, `result.json`.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

import seawall
from seawall.core.model.command_codec import encode_command
from seawall.core.model.event_reader import read_entries
from seawall.core.model.risk_events import IndexPublished
from seawall.errors import EXIT_BUG, EnvironmentFault, SeawallError
from seawall.journal.checkpoints import write_checkpoint
from seawall.journal.directory import open_directory
from seawall.journal.reader import JournalReader
from seawall.journal.recovery import genesis_replica
from seawall.journal.replica import EntryFailed, Replica, batches_of, without_collector
from seawall.journal.store import Place
from seawall.journal.writer import JournalWriter
from seawall.simulation.drills.event_file import events_path, write_events
from seawall.simulation.drills.quotes import Quoter, quotes
from seawall.simulation.drills.script import BATCH_COMMANDS, MAKERS, Publisher
from seawall.simulation.drills.venue import TERMS
from seawall.simulation.drills.watch_lines import WatchLine


class WorldOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a world's process is to do. `script`: where the script lies in the adaptive flow.
    `checkpoints`: after which records the state is kept, so that a rerun can begin there; as in a
    venue, the newest three stay.
    """

    script: str = ""
    checkpoints: list[int] = []
    quoters: list[Quoter] = []
    is_watched: bool = False


class WorldResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a world came to. `faults` are broken laws of ledger and book; empty when all is well."""

    seq: int
    records: int
    clock_ms: int
    events_hash: str
    state_hash: str
    core: str
    seconds: float
    faults: list[str]


def main(arguments: Sequence[str]) -> int:
    """Run the world of the directory named; the exit code says how it ended."""
    seawall.require_assertions()
    directory = Path(arguments[0])
    try:
        result = run_world(directory)
    except SeawallError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return EnvironmentFault.exit_code
    except EntryFailed as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_BUG
    (directory / "result.json").write_bytes(msgspec.json.encode(result))
    return 0


def run_world(directory: Path) -> WorldResult:
    """Apply the journal, or script and makers, from the bytes on disk."""
    order = msgspec.json.decode((directory / "world.json").read_bytes(), type=WorldOrder)
    replica = genesis_replica(open_directory(directory))
    started = time.perf_counter()
    watch = WatchLine() if order.is_watched else None
    records = 0
    with contextlib.ExitStack() as stack:
        stack.enter_context(without_collector())
        out = stack.enter_context(events_path(directory).open("wb"))
        reader = stack.enter_context(JournalReader(Path(order.script or directory)))
        makers = None
        if order.script:
            writer = stack.enter_context(JournalWriter(directory, holder="seawall drill"))
            makers = Makers(order.quoters, writer)
        total = reader.tail().record_no
        for records, scripted in reader.read_from(1):
            payload = scripted
            if makers is not None:
                payload = makers.with_quotes(scripted, at_ms=replica.engine.clock_ms)
            applied = replica.apply_record(payload)
            events = b"".join(batch.events for batch in applied.batches)
            write_events(out, events)
            if makers is not None:
                makers.hear(events)
            if records in order.checkpoints:
                _keep(directory, replica, records)
            _report(records, total, watch, events)
    return WorldResult(
        seq=replica.seq,
        records=records,
        clock_ms=replica.engine.clock_ms,
        events_hash=replica.chain.events_hash_so_far().hex(),
        state_hash=replica.engine.state_hash().hex(),
        core=seawall.core_mode(),
        seconds=time.perf_counter() - started,
        faults=list(replica.engine.ledger_faults()),
    )


def _keep(directory: Path, replica: Replica, record_no: int) -> None:
    """Write a checkpoint after a record."""
    with JournalReader(directory) as reader:
        link = reader.link_of(record_no)
    assert link is not None, "the record has just been applied"
    place = Place(record_no, link)
    write_checkpoint(directory, engine=replica.engine, chain=replica.chain, place=place)


def _report(record: int, total: int, watch: WatchLine | None, events: bytes) -> None:
    """A line for the parent: how far we are, and what a watcher sees."""
    line = b"%d %d" % (record, total)
    if watch is not None:
        line += b" " + watch.after(events)
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


class Makers:
    """Makers who quote off the index that the venue published last: the adaptive flow.

    What they say stands at the head of the next record, so it follows the tick that published.
    Before the first index they are silent.
    """

    def __init__(self, quoters: Sequence[Quoter], writer: JournalWriter) -> None:
        self._quoters = quoters
        self._writer = writer
        self._publisher = Publisher(MAKERS)
        self._indices: dict[int, int] = {}

    def with_quotes(self, payload: bytes, *, at_ms: int) -> bytes:
        """The record as it is appended to the world's own journal: quotes, then the script's."""
        commands = []
        for quoter in self._quoters:
            terms = TERMS[quoter.instrument_id]
            price_e8 = self._indices.get(terms.index_id, 0)
            if price_e8:
                commands += [encode_command(one) for one in quotes(quoter, terms, price_e8)]
        parts = []
        for at in range(0, len(commands), BATCH_COMMANDS):
            batch = commands[at : at + BATCH_COMMANDS]
            parts.append(self._publisher.batch([at_ms] * len(batch), batch))
        parts += [payload[at : at + header.length] for at, header in batches_of(payload)]
        self._writer.append(parts)
        return b"".join(parts)

    def hear(self, events: bytes) -> None:
        """Remember the newest index of each market."""
        for entry in read_entries(events):
            for event in entry.events:
                if isinstance(event, IndexPublished) and event.value_e8 > 0:
                    self._indices[event.index_id] = event.value_e8


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
