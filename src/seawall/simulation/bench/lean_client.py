"""A client that costs little, so that it does not compete with the venue for the machine.

It sends one signed request at a time on a kept connection and reads answers with a
Content-Length; it is for benches, where the server is our own.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from datetime import UTC, datetime
from typing import Self

from seawall.simulation.client import Credentials

LENGTH = b"content-length:"


class LeanConnection:
    """One kept connection of one account."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        port: int,
        credentials: Credentials,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._port = port
        self._key = credentials.api_key.encode()
        self._passphrase = credentials.passphrase.encode()
        self._secret = credentials.secret.encode()

    @classmethod
    async def open(cls, port: int, credentials: Credentials) -> Self:
        """Connect to a port of this machine."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        return cls(reader, writer, port=port, credentials=credentials)

    async def post(self, path: str, body: bytes) -> tuple[int, bytes, int]:
        """Send a signed request; returns HTTP status, body and microseconds until the whole
        answer.
        """
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        text = f"{stamp}POST{path}".encode() + body
        sign = base64.b64encode(hmac.digest(self._secret, text, hashlib.sha256))
        started = time.perf_counter_ns()
        self._writer.write(
            b"POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
            b"OK-ACCESS-KEY: %s\r\nOK-ACCESS-SIGN: %s\r\nOK-ACCESS-TIMESTAMP: %s\r\n"
            b"OK-ACCESS-PASSPHRASE: %s\r\nContent-Length: %d\r\n\r\n%s"
            % (
                path.encode(),
                self._port,
                self._key,
                sign,
                stamp.encode(),
                self._passphrase,
                len(body),
                body,
            )
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        answer = await self._reader.readexactly(_content_length(head))
        took_us = (time.perf_counter_ns() - started) // 1_000
        return int(head[9:12]), answer, took_us

    def close(self) -> None:
        """End the connection."""
        self._writer.close()


def _content_length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(LENGTH)
    assert at >= 0, "our own servers state the length of every answer"
    return int(lower[at + len(LENGTH) : lower.index(b"\r\n", at)])
