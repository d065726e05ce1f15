"""The hash chain: one number that stands for everything a venue has been told and has answered.

```
value   sha256(genesis), after a batch sha256(value + first_seq u64 + time_ns u64 + batch bytes)
events  h_0 = sha256(genesis), h_k = sha256(h_(k-1) + event bytes of seqs 1024 (k-1) + 1 to 1024 k)
```
`time_ns` is the stamp of the batch's newest entry. Only applied batches count, so all who read the
same journal agree. A hash object cannot be saved, so the bytes of the open block are kept and
travel in checkpoints.

A *mark point* is the end of a batch in which a block was completed; a `ChainMark` states what the
writer had there, and every reader compares it with what it has itself.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from hashlib import sha256
from typing import Final

import msgspec

from seawall.core.model.commands import ChainMark
from seawall.core.model.event_reader import split_at_seq
from seawall.errors import MarkMismatch

BLOCK_SEQS: Final = 1_024
MARK_POINTS_REMEMBERED: Final = (
    256  # between a mark point and its mark at most some group commits lie
)
_PLACE: Final = struct.Struct("<QQ")
_HEAD: Final = struct.Struct("<QQQII32s32s")  # seq, blocks, marked, open bytes, points, value, hash
_POINT: Final = struct.Struct("<QQ32s32s")


OnBlock = Callable[[int, bytes, bytes], None]  # (number from 1, events hash after it, its events)


class MarkPoint(msgspec.Struct, frozen=True):
    """The chain at the end of the batch that completed a block of events."""

    seq: int
    blocks: int
    value: bytes
    events_hash: bytes


class Chain:
    """The running chain of one reader. `marked_seq` is the newest mark met in the journal."""

    def __init__(self, genesis: bytes) -> None:
        self.seq = 0
        self.value = sha256(genesis).digest()
        self.blocks = 0
        self.events_hash = self.value
        self.marked_seq = 0
        self.marks_checked = 0  # by this object; not part of the chain
        self.on_block: OnBlock | None = None
        self._open_block: list[bytes] = []
        self._points: list[MarkPoint] = []

    def extend(self, batch: bytes, *, first_seq: int, count: int, time_ns: int) -> None:
        """Take in an applied batch; its events follow by `take_events`."""
        assert first_seq == self.seq + 1 and count > 0, "batches follow each other without a gap"
        place = _PLACE.pack(first_seq, time_ns)
        self.value = sha256(self.value + place + batch).digest()
        self.seq += count

    def take_events(self, events: bytes) -> None:
        """Take in the events of the batch just extended by, and close the blocks it completed."""
        if self.seq // BLOCK_SEQS == self.blocks:
            if events:
                self._open_block.append(events)
            return
        while self.seq // BLOCK_SEQS > self.blocks:
            at = split_at_seq(events, (self.blocks + 1) * BLOCK_SEQS + 1)
            block = b"".join([*self._open_block, events[:at]])
            self.events_hash = sha256(self.events_hash + block).digest()
            self.blocks += 1
            events = events[at:]
            self._open_block = []
            if self.on_block is not None:
                self.on_block(self.blocks, self.events_hash, block)
        if events:
            self._open_block.append(events)
        self._points.append(MarkPoint(self.seq, self.blocks, self.value, self.events_hash))
        del self._points[:-MARK_POINTS_REMEMBERED]

    def events_hash_so_far(self) -> bytes:
        """The events hash as if the open block ended here: it stands for every event until now."""
        return sha256(self.events_hash + self.open_block()).digest()

    def open_block(self) -> bytes:
        """The events of the block that is not complete yet."""
        return b"".join(self._open_block)

    def pending_marks(self) -> list[ChainMark]:
        """The marks that are due and not in the journal yet, in order, to be published."""
        return [
            ChainMark(
                marked_seq=point.seq,
                blocks=point.blocks,
                chain=point.value,
                events_hash=point.events_hash,
            )
            for point in self._points
            if point.seq > self.marked_seq
        ]

    def check(self, mark: ChainMark) -> None:
        """Compare a mark of the journal with our own chain at that seq; raises MarkMismatch."""
        point = next((one for one in self._points if one.seq == mark.marked_seq), None)
        expected = (
            f"the mark of seq {mark.marked_seq} to say {mark.blocks} blocks, "
            f"chain {mark.chain.hex()[:16]}, events {mark.events_hash.hex()[:16]}"
        )
        if point is None:
            found = f"no completed block there; this replay stands at seq {self.seq}"
        elif (point.blocks, point.value, point.events_hash) == (
            mark.blocks,
            mark.chain,
            mark.events_hash,
        ):
            self.marked_seq = max(self.marked_seq, mark.marked_seq)
            self.marks_checked += 1
            return
        else:
            found = (
                f"{point.blocks} blocks, chain {point.value.hex()[:16]}, "
                f"events {point.events_hash.hex()[:16]}"
            )
        raise MarkMismatch(
            seq=mark.marked_seq,
            expected=expected,
            found=found,
            to_do="keep the data directory, run `seawall verify` with the release that wrote it, "
            "and replace whichever differs: this machine, this release or this copy",
        )

    def encode(self) -> bytes:
        """The chain in canonical bytes, for a checkpoint."""
        block = self.open_block()
        head = _HEAD.pack(
            self.seq,
            self.blocks,
            self.marked_seq,
            len(block),
            len(self._points),
            self.value,
            self.events_hash,
        )
        points = [_POINT.pack(p.seq, p.blocks, p.value, p.events_hash) for p in self._points]
        return b"".join([head, block, *points])

    @classmethod
    def decode(cls, data: bytes) -> Chain | None:
        """The inverse of `encode`, or None when the lengths do not fit."""
        if len(data) < _HEAD.size:
            return None
        seq, blocks, marked_seq, block_bytes, points, value, events_hash = _HEAD.unpack_from(data)
        end = _HEAD.size + block_bytes
        if len(data) != end + points * _POINT.size:
            return None
        chain = cls(b"")
        chain.seq, chain.blocks, chain.marked_seq = seq, blocks, marked_seq
        chain.value, chain.events_hash = value, events_hash
        chain._open_block = [data[_HEAD.size : end]] if block_bytes else []
        chain._points = [MarkPoint(*fields) for fields in _POINT.iter_unpack(data[end:])]
        return chain
