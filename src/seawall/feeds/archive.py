"""The archive of raw streams: evidence of what each source said, with a hash that anyone can check.

DIR/source-<id>/<receive time of its first line, ms>.gz, a new file every hour. A file begins with
the line `chain <hex>`: the hash of all lines of the file before it, or zeros when the collector
has just started. Then one line per update: the receive time in ns, a space, the raw text; the
form of a recording.

An observation carries the sha256 of its source's file from its first byte up to the last line
received before the observation. A file is written through before an observation that covers it
leaves, so the end of the process loses no evidence; what a power cut loses is missing from the
end of a file.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from seawall.feeds.updates import Update

DIGEST_BYTES = 32
NO_DIGEST = bytes(DIGEST_BYTES)
FILE_MS = 3_600_000
BYTES_MAX_DEFAULT = 256 * 1024 * 1024
RETRY_MS = 60_000  # after a failed write the archive of a source is tried again this much later
GZIP_WINDOW = 31  # zlib's way to say: with a gzip header and trailer
LEVEL = 1  # a higher one saves a tenth of the bytes for twice the time


class StreamArchive:
    """Raw streams of all sources under `directory`, at most about `bytes_max` bytes; the oldest go
    first.

    When the disk refuses, the stream goes on without evidence: its digest is zero until a new
    file could be begun, and `note` is told once. Prices must not stop because an archive is full.
    """

    def __init__(
        self,
        directory: Path,
        *,
        note: Callable[[str], None],
        bytes_max: int = BYTES_MAX_DEFAULT,
    ) -> None:
        self._directory = directory
        self._note = note
        self._bytes_max = bytes_max
        self._streams: dict[int, _Stream] = {}

    def write(self, update: Update) -> None:
        """Append the raw line of an update to its source's file."""
        stream = self._streams.get(update.source_id)
        if stream is None:
            folder = self._directory / f"source-{update.source_id:02}"
            stream = self._streams[update.source_id] = _Stream(folder)
        try:
            if stream.is_over(update.receive_ms):
                self._forget_oldest()
                stream.begin(update.receive_ms)
            stream.append(update)
        except OSError as error:
            self._refused(stream, update.receive_ms, error)

    def digest(self, source_id: int) -> bytes:
        """Return the hash of the source's file as it is now; zeros when nothing could be
        archived.
        """
        stream = self._streams.get(source_id)
        return stream.digest() if stream is not None else NO_DIGEST

    def flush(self) -> None:
        """Hand everything to the operating system."""
        for stream in self._streams.values():
            try:
                stream.flush()
            except OSError as error:
                self._refused(stream, stream.began_ms, error)

    def close(self) -> None:
        """End every file properly."""
        for stream in self._streams.values():
            try:
                stream.end()
            except OSError as error:
                self._refused(stream, stream.began_ms, error)

    def _refused(self, stream: _Stream, now_ms: int, error: OSError) -> None:
        if stream.retry_ms == 0:
            self._note(
                f"{stream.folder}: raw stream is not archived: {error.strerror or error};"
                " observations carry no hash until it can be"
            )
        stream.give_up(now_ms + RETRY_MS)

    def _forget_oldest(self) -> None:
        files = [(path.stat(), path) for path in self._directory.glob("source-*/*.gz")]
        kept = sum(status.st_size for status, _ in files)
        for status, path in sorted(files, key=lambda each: (int(each[1].stem), each[1])):
            if kept <= self._bytes_max:
                return
            path.unlink()
            kept -= status.st_size


class _Stream:
    """The archive of one source."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.began_ms = 0
        self.retry_ms = 0  # 0: all is well
        self._file: io.FileIO | None = None
        self._packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_WINDOW)
        self._hash = hashlib.sha256()
        self._chain = NO_DIGEST

    def is_over(self, now_ms: int) -> bool:
        if self._file is None:
            return now_ms >= self.retry_ms
        return now_ms >= self.began_ms + FILE_MS

    def begin(self, now_ms: int) -> None:
        self.end()
        self.folder.mkdir(parents=True, exist_ok=True)
        name_ms = now_ms
        while (self.folder / f"{name_ms}.gz").exists():
            name_ms += 1
        self._packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_WINDOW)
        self._hash = hashlib.sha256()
        self._file = io.FileIO(self.folder / f"{name_ms}.gz", "x")
        self.began_ms = now_ms
        self.retry_ms = 0
        self._put(b"chain " + self._chain.hex().encode() + b"\n")

    def append(self, update: Update) -> None:
        if self._file is None:
            return
        raw = update.raw.replace(b"\n", b" ")
        self._put(b"%d %s\n" % (update.receive_ms * 1_000_000, raw))

    def digest(self) -> bytes:
        return self._hash.digest() if self._file is not None else NO_DIGEST

    def flush(self) -> None:
        if self._file is not None:
            self._write_out(self._packer.flush(zlib.Z_SYNC_FLUSH))

    def end(self) -> None:
        if self._file is not None:
            self._write_out(self._packer.flush())
            self._file.close()
            self._chain = self._hash.digest()
            self._file = None

    def give_up(self, retry_ms: int) -> None:
        """Close what is open, without regard for what is not written, until `retry_ms`."""
        self.retry_ms = retry_ms
        self._chain = NO_DIGEST
        if self._file is not None:
            file, self._file = self._file, None
            file.close()

    def _put(self, line: bytes) -> None:
        packed = self._packer.compress(line)
        self._hash.update(line)
        if packed:
            self._write_out(packed)

    def _write_out(self, packed: bytes) -> None:
        assert self._file is not None, "something is written only to an open file"
        while packed:
            packed = packed[self._file.write(packed) :]


def read_archive(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield each line of an archive file with the hash of the file up to and with it.

    A file that ends early (the process was killed) yields its whole lines.
    """
    running = hashlib.sha256()
    unpacker = zlib.decompressobj(GZIP_WINDOW)
    rest = b""
    with path.open("rb") as file:
        while packed := file.read(65_536):
            *lines, rest = (rest + unpacker.decompress(packed)).split(b"\n")
            for line in lines:
                running.update(line + b"\n")
                yield line, running.digest()
