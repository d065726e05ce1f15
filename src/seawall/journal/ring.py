"""The newest events in memory: from here consumers are served, and continue after a reconnection.

Events are no second log: what has left the ring is made again from a checkpoint and the journal. A
position is a seq; within a frame the order of the events is their index, so (seq, index) addresses
an event on every replica alike.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

import msgspec

from seawall.core.model.event_reader import split_at_seq
from seawall.journal.frames import EventsFrame

ENTRIES_MAX: Final = 2**20
BYTES_MAX: Final = 64 * 1024 * 1024
_FRAME_BYTES: Final = 200  # what an empty frame costs in memory
_COMPACT_AT: Final = 4_096


class EventRing:
    """Frames in order of seq, at most `entries_max` entries and `bytes_max` bytes; the oldest leave
    first.
    """

    def __init__(
        self, *, seq: int, entries_max: int = ENTRIES_MAX, bytes_max: int = BYTES_MAX
    ) -> None:
        self._entries_max = entries_max
        self._bytes_max = bytes_max
        self._frames: list[EventsFrame] = []
        self._first_seqs: list[int] = []
        self._head = 0  # frames before it have left
        self._bytes = 0
        self.seq = seq  # the newest entry that was offered

    @property
    def start_seq(self) -> int:
        """The oldest entry that can be served; `seq + 1` when the ring is empty."""
        return self._first_seqs[self._head] if self._head < len(self._frames) else self.seq + 1

    def append(self, frame: EventsFrame) -> None:
        """Take in the next applied batch."""
        assert frame.first_seq == self.seq + 1 and frame.count > 0, "frames follow without a gap"
        self._frames.append(frame)
        self._first_seqs.append(frame.first_seq)
        self._bytes += _FRAME_BYTES + len(frame.events)
        self.seq += frame.count
        while self._head < len(self._frames) and (
            self._bytes > self._bytes_max or self.seq + 1 - self.start_seq > self._entries_max
        ):
            self._bytes -= _FRAME_BYTES + len(self._frames[self._head].events)
            self._head += 1
        if self._head >= _COMPACT_AT and 2 * self._head >= len(self._frames):
            del self._frames[: self._head], self._first_seqs[: self._head]
            self._head = 0

    def read_from(self, seq: int, *, frames_max: int = 256) -> list[EventsFrame] | None:
        """The frames from entry `seq` on, at most `frames_max`; None when `seq` is not in reach.

        Not in reach is what has left the ring, and what lies beyond the next entry: such a reader
        knows more than we do. A first frame that begins before `seq` comes without the events
        before it.
        """
        if not self.start_seq <= seq <= self.seq + 1:
            return None
        if seq == self.seq + 1:
            return []
        at = bisect_right(self._first_seqs, seq, lo=self._head) - 1
        frames = self._frames[at : at + frames_max]
        if frames[0].first_seq < seq:
            events = frames[0].events
            frames[0] = msgspec.structs.replace(
                frames[0], events=events[split_at_seq(events, seq) :]
            )
        return frames
