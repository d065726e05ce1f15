"""Frames: every kind survives its bytes, and nothing that arrives raises."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.journal.channel import SocketChannel
from seawall.journal.frames import (
    HEADER,
    Batch,
    Behind,
    EventsFrame,
    Frame,
    Hello,
    Refused,
    Subscribe,
    Welcome,
    decode_frame,
    encode_frame,
)

FRAMES: list[Frame] = [
    Hello(publisher_id=3, incarnation=0),
    Welcome(
        publisher_id=3,
        incarnation=8,
        last_incarnation=7,
        last_batch_number=2**40,
        seq=2**42,
        clock_ms=1_700_000_000_000,
    ),
    Batch(b"the bytes of a batch"),
    Subscribe(from_seq=2**42),
    EventsFrame(
        publisher_id=1,
        incarnation=2,
        batch_number=3,
        first_seq=4,
        count=5,
        clock_ms=6,
        events=b"12345678",
    ),
    Refused(publisher_id=2, incarnation=1, batch_number=9, is_planned=True, text="stops für heute"),
    Behind(ring_start_seq=10, seq=20),
]


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: type(frame).__name__)
def test_frame_survives_its_bytes(frame: Frame) -> None:
    """Both sides must mean the same."""
    data = encode_frame(frame)
    length, kind = HEADER.unpack_from(data)

    assert length == len(data) - 4
    assert decode_frame(kind, data[HEADER.size :]) == frame


@given(kind=st.integers(min_value=0, max_value=255), body=st.binary(max_size=80))
def test_any_bytes_are_a_frame_or_nothing(kind: int, body: bytes) -> None:
    """A stranger on the socket ends his connection, nothing else."""
    frame = decode_frame(kind, body)

    assert frame is None or encode_frame(frame)[HEADER.size :] == body or kind == 6


@pytest.mark.parametrize(
    "data",
    [b"", b"\1", HEADER.pack(0, 1), HEADER.pack(2**31, 3), HEADER.pack(9, 1) + b"cut", b"\7" * 64],
)
def test_channel_ends_at_what_it_cannot_read(data: bytes) -> None:
    """A length is believed only within bounds."""

    async def main() -> Frame | None:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        nobody = cast(asyncio.StreamWriter, None)  # this channel only reads
        channel = SocketChannel(reader, nobody, bytes_max=1_000)
        return await channel.receive()

    assert asyncio.run(main()) is None
