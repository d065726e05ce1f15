"""What is checked before SQLite may open a file: its write-ahead log, frame by frame.

SQLite reads its log up to the first frame whose running checksum fails and takes the rest as never
written. That is right for a torn end and wrong for damage: one flipped bit in the middle makes it
drop every later record, without an error and with `integrity_check` ok. So we walk the log first,
by the rules of its file format:

- a frame is valid when it carries the salts of the header and its checksum follows from the frame
before;
- behind the first frame that is not valid, a frame of this generation (same salts) whose checksum
follows from *its*
  neighbour proves that more was written: damage in the middle;
- so does a frame whose checksum is right and whose salts, which no checksum covers, are not.

A cut or damaged *end* looks like a write that never finished. There the wal-index beside it
(`-shm`) is a witness: SQLite raises its count of frames only after a commit is synced, and the file
outlives a killed process.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

PAGE_BYTES: Final = 4_096
HEADER_BYTES: Final = 32
FRAME_BYTES: Final = 24 + PAGE_BYTES
_MAGIC: Final = {0x377F0682: "<", 0x377F0683: ">"}  # the order of bytes in checksummed words
_WAL_VERSION: Final = 3_007_000
_MASK: Final = 0xFFFFFFFF
_OLDER_GENERATIONS_MAX: Final = 2**16
_INDEX_HEADER: Final = struct.Struct("=IIIBBHII8s8s8s")  # 48 bytes, written twice
_INDEX_VERSION: Final = 3_007_000

Checksum = tuple[int, int]


class WalReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a walk found. With a `fault` SQLite must not open the file."""

    salts: bytes = b""  # of this generation; empty without a sound header
    commit_ends: tuple[int, ...] = ()  # number of frames up to and with each commit
    torn_bytes: int = 0  # after the last commit, written by nobody's finished commit
    fault: str = ""

    @property
    def frames(self) -> int:
        """Frames up to and with the last commit."""
        return self.commit_ends[-1] if self.commit_ends else 0


class WalIndex(msgspec.Struct, frozen=True, kw_only=True):
    """What the wal-index remembers: frames committed, how many of them are in the main file too."""

    salts: bytes
    frames: int
    folded: int


class _Frame(msgspec.Struct, frozen=True):
    data: bytes

    @property
    def is_commit(self) -> bool:
        return self.data[4:8] != b"\0\0\0\0"

    @property
    def page_no(self) -> int:
        return int.from_bytes(self.data[:4], "big")

    @property
    def salts(self) -> bytes:
        return self.data[8:16]

    @property
    def stored(self) -> Checksum:
        return int.from_bytes(self.data[16:20], "big"), int.from_bytes(self.data[20:24], "big")

    def checksum(self, seed: Checksum, order: str) -> Checksum:
        return checksum(self.data[:8] + self.data[24:], seed, order)


def checksum(data: bytes, seed: Checksum, order: str) -> Checksum:
    """SQLite's running checksum of a whole number of 8 bytes; `order` is "<" or ">"."""
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    first, second = seed
    for one, other in zip(words[::2], words[1::2], strict=True):
        first = (first + one + second) & _MASK
        second = (second + other + first) & _MASK
    return first, second


def walk_wal(path: Path) -> WalReport:
    """Walk the log at `path` without changing it; a missing or empty one is a sound one without
    frames.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return WalReport()
    with file:
        header = file.read(HEADER_BYTES)
        if len(header) < HEADER_BYTES:  # synced before the first commit, so there was none
            return WalReport(torn_bytes=len(header))
        order = _MAGIC.get(int.from_bytes(header[:4], "big"), "")
        page_bytes = int.from_bytes(header[8:12], "big")
        stored = int.from_bytes(header[24:28], "big"), int.from_bytes(header[28:32], "big")
        frames = _frames(iter(lambda: file.read(FRAME_BYTES), b""))
        if (
            not order
            or page_bytes != PAGE_BYTES
            or int.from_bytes(header[4:8], "big") != _WAL_VERSION
            or checksum(header[:24], (0, 0), order) != stored
        ):
            return _walk_without_header(frames, path.stat().st_size)
        return _walk_frames(frames, header[16:24], stored, order)


def _frames(chunks: Iterator[bytes]) -> Iterator[_Frame]:
    return (_Frame(chunk) for chunk in chunks)


def _walk_frames(
    frames: Iterator[_Frame], salts: bytes, running: Checksum, order: str
) -> WalReport:
    commit_ends: list[int] = []
    count = 0
    torn_bytes = 0
    fault = ""
    for frame in frames:
        if len(frame.data) < FRAME_BYTES:
            torn_bytes += len(frame.data)
            break
        computed = frame.checksum(running, order)
        if frame.page_no != 0 and computed == frame.stored and frame.salts == salts:
            running = computed
            count += 1
            torn_bytes += FRAME_BYTES
            if frame.is_commit:
                commit_ends.append(count)
                torn_bytes = 0
            continue
        if computed == frame.stored:
            fault = f"frame {count + 1} is whole but its salts are not those of the log"
        elif not _is_older(frame.salts, salts):
            torn_bytes += FRAME_BYTES
        fault = fault or _fault_behind(frames, frame, count + 1, computed, salts, order)
        break
    return WalReport(
        salts=salts, commit_ends=tuple(commit_ends), torn_bytes=torn_bytes, fault=fault
    )


def _fault_behind(
    frames: Iterator[_Frame],
    broken: _Frame,
    number: int,
    computed: Checksum,
    salts: bytes,
    order: str,
) -> str:
    """Look behind the first frame that is not valid for one that was written after it."""
    before = broken
    at = number
    for frame in frames:
        if len(frame.data) < FRAME_BYTES:
            return ""
        at += 1
        seeds = [before.stored, computed] if before is broken else [before.stored]
        if frame.salts == salts and any(
            frame.checksum(seed, order) == frame.stored for seed in seeds
        ):
            return f"frame {number} is damaged, and frame {at} was written after it"
        before = frame
    return ""


def _walk_without_header(frames: Iterator[_Frame], size: int) -> WalReport:
    """Behind a header that cannot be read, two frames that follow each other prove that it was once
    sound.
    """
    before: _Frame | None = None
    for number, frame in enumerate(frames, start=1):
        if len(frame.data) < FRAME_BYTES:
            break
        if (
            before is not None
            and frame.salts == before.salts
            and frame.page_no != 0
            and any(frame.checksum(before.stored, order) == frame.stored for order in "<>")
        ):
            return WalReport(fault=f"the header is damaged, and frame {number} is whole")
        before = frame
    return WalReport(torn_bytes=size)


def _is_older(salts: bytes, current: bytes) -> bool:
    """Whether a frame is of an earlier generation: the first salt counts generations."""
    steps = int.from_bytes(current[:4], "big") - int.from_bytes(salts[:4], "big")
    return 0 < steps & _MASK < _OLDER_GENERATIONS_MAX


def read_wal_index(path: Path) -> WalIndex | None:
    """What the wal-index at `path` remembers, or None when it is missing or not whole."""
    try:
        with path.open("rb") as file:
            data = file.read(100)
    except FileNotFoundError:
        return None
    if len(data) < 100 or data[:48] != data[48:96]:
        return None
    version, _, _, is_ready, _, _, frames, _, _, salts, stored = _INDEX_HEADER.unpack(data[:48])
    order = "<" if struct.pack("=H", 1) == b"\1\0" else ">"
    if version != _INDEX_VERSION or not is_ready:
        return None
    if struct.pack("=II", *checksum(data[:40], (0, 0), order)) != stored:
        return None
    return WalIndex(salts=salts, frames=frames, folded=struct.unpack("=I", data[96:100])[0])


def missing_frames(report: WalReport, index: WalIndex | None) -> str:
    """What the log has lost of what its index remembers, or "" when nothing is missing.

    A log of a later generation was begun when all of the earlier one was in the main file.
    """
    if index is None or index.frames == 0:
        return ""
    if report.salts == index.salts:
        if report.frames < index.frames:
            return f"{index.frames} frames were committed, {report.frames} are whole"
        return ""
    if not report.salts and index.folded < index.frames:
        return f"{index.frames} frames were committed and the log is empty"
    return ""
