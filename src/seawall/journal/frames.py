"""Frames between the engine process and everybody else: what is said, and its bytes.

```
frame    = u32 length | u8 kind | body          little-endian; length counts kind and body
client   HELLO, BATCH, SUBSCRIBE                 engine   WELCOME, EVENTS, REFUSED, BEHIND
```
The transport is `channel.py`; who says what when is `link.py`. A frame that cannot be read ends the
connection: both sides are of one release, so it is damage or a stranger, and the client connects
anew.
"""

from __future__ import annotations

import struct
from typing import Final

import msgspec

from seawall.core.model.limits import BATCH_BYTES_MAX

HEADER: Final = struct.Struct("<IB")
REQUEST_BYTES_MAX: Final = BATCH_BYTES_MAX + 64  # what an engine reads from a client
ANSWER_BYTES_MAX: Final = 2**31  # the events of one batch can be many

_HELLO: Final = struct.Struct("<IQ")
_WELCOME: Final = struct.Struct("<IQQQQQ")
_SUBSCRIBE: Final = struct.Struct("<Q")
_EVENTS: Final = struct.Struct("<IIQQQQ")
_REFUSED: Final = struct.Struct("<BIQQ")
_BEHIND: Final = struct.Struct("<QQ")


class FrameKind:
    """Numbers of the frames."""

    HELLO: Final = 1
    WELCOME: Final = 2
    BATCH: Final = 3
    SUBSCRIBE: Final = 4
    EVENTS: Final = 5
    REFUSED: Final = 6
    BEHIND: Final = 7


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """A publisher introduces himself. `incarnation` 0 asks for a new life; another one goes on with
    it.
    """

    publisher_id: int
    incarnation: int = 0


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a Hello: the incarnation to use, and what of this publisher has been applied
    last.
    """

    publisher_id: int
    incarnation: int
    last_incarnation: int
    last_batch_number: int
    seq: int  # last applied seq of the engine
    clock_ms: int


class Batch(msgspec.Struct, frozen=True):
    """The encoded bytes of one batch."""

    data: bytes


class Subscribe(msgspec.Struct, frozen=True, kw_only=True):
    """From now on: the events of every applied batch, beginning with entry `from_seq`."""

    from_seq: int


class EventsFrame(msgspec.Struct, frozen=True, kw_only=True):
    """One applied batch: whose it was, its place in the order, and the events of its entries.

    Batches without events are sent too, so a reader can count: the next frame begins at `first_seq
    + count`. A reader who enters in the middle of a batch gets only the events from there on; the
    other figures are the batch's own.
    """

    publisher_id: int
    incarnation: int
    batch_number: int
    first_seq: int
    count: int
    clock_ms: int  # the venue's clock after the batch
    events: bytes


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The batch was not accepted and nothing of it was appended; its number may be used again."""

    publisher_id: int
    incarnation: int
    batch_number: int
    is_planned: bool  # the engine is stopping on purpose
    text: str


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """The wanted seq has left the ring: read a checkpoint and the journal, then subscribe from
    there.
    """

    ring_start_seq: int
    seq: int  # last applied seq of the engine


Frame = Hello | Welcome | Batch | Subscribe | EventsFrame | Refused | Behind


def encode_frame(frame: Frame) -> bytes:
    """The bytes of a frame, header included."""
    kind, body = _kind_and_body(frame)
    return HEADER.pack(1 + len(body), kind) + body


def _kind_and_body(frame: Frame) -> tuple[int, bytes]:
    match frame:
        case EventsFrame():
            head = _EVENTS.pack(
                frame.publisher_id,
                frame.count,
                frame.incarnation,
                frame.batch_number,
                frame.first_seq,
                frame.clock_ms,
            )
            return FrameKind.EVENTS, head + frame.events
        case Batch(data=data):
            return FrameKind.BATCH, data
        case Hello():
            return FrameKind.HELLO, _HELLO.pack(frame.publisher_id, frame.incarnation)
        case Welcome():
            return FrameKind.WELCOME, _WELCOME.pack(
                frame.publisher_id,
                frame.incarnation,
                frame.last_incarnation,
                frame.last_batch_number,
                frame.seq,
                frame.clock_ms,
            )
        case Subscribe():
            return FrameKind.SUBSCRIBE, _SUBSCRIBE.pack(frame.from_seq)
        case Refused():
            head = _REFUSED.pack(
                frame.is_planned, frame.publisher_id, frame.incarnation, frame.batch_number
            )
            return FrameKind.REFUSED, head + frame.text.encode()
        case Behind():
            return FrameKind.BEHIND, _BEHIND.pack(frame.ring_start_seq, frame.seq)


def decode_frame(kind: int, body: bytes) -> Frame | None:
    """The frame, or None when kind or length are wrong. Never raises."""
    if kind == FrameKind.EVENTS and len(body) >= _EVENTS.size:
        publisher_id, count, incarnation, number, first_seq, clock_ms = _EVENTS.unpack_from(body)
        return EventsFrame(
            publisher_id=publisher_id,
            incarnation=incarnation,
            batch_number=number,
            first_seq=first_seq,
            count=count,
            clock_ms=clock_ms,
            events=body[_EVENTS.size :],
        )
    if kind == FrameKind.BATCH:
        return Batch(body)
    if kind == FrameKind.HELLO and len(body) == _HELLO.size:
        publisher_id, incarnation = _HELLO.unpack(body)
        return Hello(publisher_id=publisher_id, incarnation=incarnation)
    if kind == FrameKind.WELCOME and len(body) == _WELCOME.size:
        publisher_id, incarnation, last, number, seq, clock_ms = _WELCOME.unpack(body)
        return Welcome(
            publisher_id=publisher_id,
            incarnation=incarnation,
            last_incarnation=last,
            last_batch_number=number,
            seq=seq,
            clock_ms=clock_ms,
        )
    if kind == FrameKind.SUBSCRIBE and len(body) == _SUBSCRIBE.size:
        return Subscribe(from_seq=_SUBSCRIBE.unpack(body)[0])
    if kind == FrameKind.REFUSED and len(body) >= _REFUSED.size:
        is_planned, publisher_id, incarnation, number = _REFUSED.unpack_from(body)
        return Refused(
            publisher_id=publisher_id,
            incarnation=incarnation,
            batch_number=number,
            is_planned=is_planned != 0,
            text=body[_REFUSED.size :].decode(errors="replace"),
        )
    if kind == FrameKind.BEHIND and len(body) == _BEHIND.size:
        ring_start_seq, seq = _BEHIND.unpack(body)
        return Behind(ring_start_seq=ring_start_seq, seq=seq)
    return None
