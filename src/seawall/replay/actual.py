"""The actual run beside a pinned one: batches, and the events that the venue answered them with.

    python -m seawall.replay.actual DIRECTORY BEGIN UNTIL

runs the journal again without edits in a process of its own and writes, for each batch that was
applied behind BEGIN, a frame to its standard output; the last frame carries what it ended
with. The process that makes the counterfactual run reads them through a pipe, so that both cores
work and no event is kept longer than it takes to be used.

    frame   first seq u64 | length of batch u32 | length of events u32 | batch | events
    last    0 | length of snapshot | 32 | snapshot | events hash
"""

from __future__ import annotations

import fcntl
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, Final, Self

import msgspec

import seawall
from seawall.journal.directory import open_directory
from seawall.journal.reader import JournalReader
from seawall.journal.replica import Replica, batches_of, without_collector
from seawall.replay.processes import exit_code_of, last_words, stopped
from seawall.replay.run import shortened
from seawall.replay.start import start_at_or_below

MODULE: Final = "seawall.replay.actual"
PIPE_BYTES: Final = 1 << 20  # what an ordinary user may ask of the kernel
_FRAME: Final = struct.Struct("<QII")
_HASH_BYTES: Final = 32

Answered = tuple[int, bytes, bytes]  # first seq, batch, events


class ActualEnd(msgspec.Struct, frozen=True, kw_only=True):
    """What the actual run came to at the cut."""

    snapshot: bytes
    events_hash: str


class ActualEvents:
    """The actual run, batch by batch, in this process. `replica` stands behind what was yielded."""

    def __init__(self, directory: Path, *, begin: int, until: int) -> None:
        """Find the newest checkpoint at or below `begin`; raises what `start_at_or_below` does."""
        self._directory = directory
        self._begin = begin
        self._until = until
        home = open_directory(directory)
        with JournalReader(directory) as reader:
            start = start_at_or_below(home, reader, seq=begin)
        self._place = start.place
        self.replica: Replica = start.replica(home)

    def __iter__(self) -> Iterator[Answered]:
        replica, until = self.replica, self._until
        with JournalReader(self._directory) as reader:
            for _, payload in reader.read_from(self._place.record_no + 1, after=self._place.link):
                for at, header in batches_of(payload):
                    batch = payload[at : at + header.length]
                    if replica.seq + header.count > until:
                        batch = shortened(batch, header, until - replica.seq)
                    if not batch:
                        return
                    for applied in replica.apply_record(batch).batches:
                        if applied.first_seq > self._begin:
                            yield applied.first_seq, batch, applied.events

    def end(self) -> ActualEnd:
        """What it came to; call it when everything has been yielded."""
        return ActualEnd(
            snapshot=self.replica.engine.snapshot(),
            events_hash=self.replica.chain.events_hash_so_far().hex(),
        )


class PipedEvents:
    """The same from a process of its own, which runs while its frames are used."""

    def __init__(self, directory: Path, *, begin: int, until: int) -> None:
        """Start the process."""
        self._words = tempfile.NamedTemporaryFile(prefix="seawall-actual-")  # noqa: SIM115 - closed
        self._end: ActualEnd | None = None
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter and our own module
            [sys.executable, "-m", MODULE, str(directory), str(begin), str(until)],
            stdout=subprocess.PIPE,
            stderr=self._words,
            bufsize=PIPE_BYTES,
        )
        assert self._process.stdout is not None
        widen(self._process.stdout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._words.close()

    def __iter__(self) -> Iterator[Answered]:
        """Raises what `processes.stopped` says when the process ends early."""
        pipe = self._process.stdout
        assert pipe is not None
        while True:
            head = pipe.read(_FRAME.size)
            if len(head) < _FRAME.size:
                break
            first_seq, length, events_length = _FRAME.unpack(head)
            batch, events = pipe.read(length), pipe.read(events_length)
            if len(batch) < length or len(events) < events_length:
                break
            if first_seq == 0:
                self._end = ActualEnd(snapshot=batch, events_hash=events.hex())
                return
            yield first_seq, batch, events
        code = self._process.wait()
        raise stopped("the actual run", code, last_words(Path(self._words.name)))

    def end(self) -> ActualEnd:
        """What it came to; call it when everything has been yielded."""
        assert self._end is not None, "the process has ended and said with which hashes"
        return self._end


def widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold more than the usual 64 KB, where the system can."""
    resize = getattr(fcntl, "F_SETPIPE_SZ", None)
    if resize is not None:
        fcntl.fcntl(pipe, resize, PIPE_BYTES)


def write_answered(out: BinaryIO, directory: Path, *, begin: int, until: int) -> None:
    """Run, and write the frames."""
    run = ActualEvents(directory, begin=begin, until=until)
    with without_collector():
        for first_seq, batch, events in run:
            out.write(_FRAME.pack(first_seq, len(batch), len(events)))
            out.write(batch)
            out.write(events)
    end = run.end()
    out.write(_FRAME.pack(0, len(end.snapshot), _HASH_BYTES))
    out.write(end.snapshot)
    out.write(bytes.fromhex(end.events_hash))
    out.flush()


def main(arguments: Sequence[str]) -> int:
    """Write the frames to the standard output; the exit code says how it ended."""
    seawall.require_assertions()
    return exit_code_of(lambda: _write_to_pipe(*arguments))


def _write_to_pipe(directory: str, begin: str, until: str) -> None:
    with open(sys.stdout.fileno(), "wb", buffering=PIPE_BYTES, closefd=False) as out:
        write_answered(out, Path(directory), begin=int(begin), until=int(until))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
