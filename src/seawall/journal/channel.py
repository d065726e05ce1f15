"""Channels carry frames both ways: over a Unix socket, or inside one process.

The engine's side and the client's side use the same port, so `--one-process` and the simulator run
the very code that the processes run. A channel that ends gives None, whatever the cause: it is
gone, and the caller connects anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from seawall.journal.frames import (
    ANSWER_BYTES_MAX,
    HEADER,
    REQUEST_BYTES_MAX,
    Frame,
    decode_frame,
    encode_frame,
)


class Channel(Protocol):
    """One connection between the engine's side and a client."""

    async def receive(self) -> Frame | None:
        """The next frame, or None when the other side is gone or sends what cannot be read."""

    def send(self, frame: Frame) -> None:
        """Hand over a frame; after the end of the channel it is dropped."""

    async def drain(self) -> None:
        """Wait until the other side has taken enough for more to be sent."""

    def close(self) -> None:
        """End the channel; both sides then receive None."""


OpenChannel = Callable[[], Awaitable[Channel]]  # raises OSError when nobody listens
ServeChannel = Callable[[Channel], Awaitable[None]]  # the engine's side of one connection


class SocketChannel:
    """A channel over a stream; `bytes_max` is the longest frame this side accepts."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, bytes_max: int
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._bytes_max = bytes_max

    async def receive(self) -> Frame | None:
        """See `Channel`."""
        try:
            length, kind = HEADER.unpack(await self._reader.readexactly(HEADER.size))
            if not 1 <= length <= self._bytes_max:
                return None
            return decode_frame(kind, await self._reader.readexactly(length - 1))
        except (asyncio.IncompleteReadError, OSError):
            return None

    def send(self, frame: Frame) -> None:
        """See `Channel`."""
        if not self._writer.is_closing():
            self._writer.write(encode_frame(frame))

    async def drain(self) -> None:
        """See `Channel`."""
        try:
            await self._writer.drain()
        except OSError:
            self._writer.close()

    def close(self) -> None:
        """See `Channel`."""
        self._writer.close()


class LocalChannel:
    """One end of a channel inside a process; `local_channels` makes the two ends."""

    def __init__(self, inbox: asyncio.Queue[Frame | None]) -> None:
        self._inbox = inbox
        self._peer: LocalChannel | None = None

    def join(self, peer: LocalChannel) -> None:
        """What is sent here arrives there."""
        self._peer = peer

    async def receive(self) -> Frame | None:
        """See `Channel`."""
        return await self._inbox.get()

    def send(self, frame: Frame) -> None:
        """See `Channel`."""
        if self._peer is not None:
            self._peer._inbox.put_nowait(frame)

    async def drain(self) -> None:
        """See `Channel`; inside one process the loop itself is the brake."""
        await asyncio.sleep(0)

    def close(self) -> None:
        """See `Channel`."""
        peer, self._peer = self._peer, None
        self._inbox.put_nowait(None)
        if peer is not None:
            peer._peer = None
            peer._inbox.put_nowait(None)


def local_channels() -> tuple[Channel, Channel]:
    """The two ends of a channel inside this process."""
    one, other = LocalChannel(asyncio.Queue()), LocalChannel(asyncio.Queue())
    one.join(other)
    other.join(one)
    return one, other


def unix_socket(path: Path) -> OpenChannel:
    """How a client opens a channel to the engine that listens on `path`."""

    async def open_channel() -> Channel:
        reader, writer = await asyncio.open_unix_connection(path)
        return SocketChannel(reader, writer, bytes_max=ANSWER_BYTES_MAX)

    return open_channel


async def listen(path: Path, serve: ServeChannel) -> asyncio.Server:
    """Serve every client that connects to the Unix socket `path`, which a dead process may have
    left behind.
    """

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        channel = SocketChannel(reader, writer, bytes_max=REQUEST_BYTES_MAX)
        try:
            await serve(channel)
        except asyncio.CancelledError:
            pass  # the process is ending; asyncio would report the end of a client as a fault
        finally:
            channel.close()

    _clear(path)
    server = await asyncio.start_unix_server(accept, path)
    _keep_private(path)
    return server


def _clear(path: Path) -> None:
    path.unlink(missing_ok=True)


def _keep_private(path: Path) -> None:
    path.chmod(0o600)


class LocalListener:
    """How a client opens a channel to an engine here; `serve` is the engine's side."""

    def __init__(self, serve: ServeChannel) -> None:
        self._serve = serve
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def open_channel(self) -> Channel:
        """A channel whose other end is being served."""
        if self._is_closed:
            raise ConnectionRefusedError("the local engine has stopped")
        client, engine = local_channels()
        task = asyncio.ensure_future(self._serve(engine))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return client

    async def close(self) -> None:
        """Accept nobody any more and end the serving tasks."""
        self._is_closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
