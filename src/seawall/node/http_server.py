"""The HTTP server: uvicorn, with the limits that it lacks and answers that are always JSON.

uvicorn has no deadline for the receipt of a request, no bound on its headers, and answers what it
refuses itself in plain text. Clients parse every body as JSON, and a client that sends one byte a
minute must not keep a connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Final, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from seawall.errors import PortTaken
from seawall.node.settings import Settings

HEADER_BYTES_MAX: Final = 128 * 1024  # of what comes before the headers are complete
BACKLOG: Final = 2_048
GRACE_SECONDS: Final = 5
BAD_REQUEST: Final = "The request is not HTTP that can be read; nothing was done."
TOO_MANY: Final = "Too many connections are open; nothing was done. Try again later."

App = Callable[..., Any]


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to the address, not listening yet. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise PortTaken(
            expected=f"to listen on {host} port {port}",
            found=error.strerror or str(error),
            to_do="stop the process that listens there, or choose another port with --port",
        ) from error
    return bound


class HttpServer:
    """Serves an ASGI application on a bound socket until `stop`."""

    def __init__(self, app: App, *, settings: Settings, certificate: Path | None = None) -> None:
        config = uvicorn.Config(
            app,
            http=type("BoundProtocol", (LimitedProtocol,), {"settings": settings}),
            loop="none",
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            log_level="warning",
            server_header=False,
            proxy_headers=False,  # nobody in front of us is believed: no rule depends on an address
            backlog=BACKLOG,
            timeout_keep_alive=settings.keep_alive_seconds,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        config.load()
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            config.ssl = context
        self._server = _Server(config)

    async def serve(self, bound: socket.socket) -> None:
        """Serve; returns after `stop`, when the requests under way are answered."""
        await self._server.serve(sockets=[bound])

    def stop(self) -> None:
        """Take no new connections, and end when the requests under way are answered."""
        self._server.should_exit = True


class _Server(uvicorn.Server):
    """uvicorn without signal handlers: the process has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class LimitedProtocol(HttpToolsProtocol):
    """A connection that must send each request in time and within bounds."""

    # A timer is dear. So the deadline of a receipt is set only for a request that did not come in
    # one piece, and one timer watches over all the pauses of a connection.
    settings: ClassVar[Settings]  # uvicorn makes protocols by class, so a server has its own
    _deadline: asyncio.TimerHandle | None = None
    _header_bytes = 0
    _is_in_headers = True
    _is_receiving = False
    _idle_watch: asyncio.TimerHandle | None = None
    _idle_since = 0.0  # of the loop's clock; 0 while a request is received or answered

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        if len(self.connections) > self.settings.connections_max:
            self._refuse(503, "50013", TOO_MANY)
            return
        self._start_deadline()

    def data_received(self, data: bytes) -> None:
        if self._is_in_headers:
            self._header_bytes += len(data)
            if self._header_bytes > HEADER_BYTES_MAX:
                self.send_400_response(BAD_REQUEST)
                return
        super().data_received(data)
        if self._is_receiving:
            self._start_deadline()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_headers = True
        self._is_receiving = True
        self._idle_since = 0.0

    def on_headers_complete(self) -> None:
        self._is_in_headers = False
        self._idle_since = 0.0  # it may have begun while the one before was answered
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_receiving = False
        self._header_bytes = 0
        self._end_deadline()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """What uvicorn does here, with one timer for many pauses."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
            return
        self._idle_since = self.loop.time()
        if self._idle_watch is None:
            self._idle_watch = self.loop.call_later(self.timeout_keep_alive, self._watch_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_deadline()
        if self._idle_watch is not None:
            self._idle_watch.cancel()
            self._idle_watch = None
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - we say it in JSON
        self._refuse(400, "50000", BAD_REQUEST)

    def _start_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.settings.receipt_seconds, self._too_slow)

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        self.transport.close()

    def _watch_idle(self) -> None:
        """Close a connection that has paused too long, or look again when this pause might have."""
        self._idle_watch = None
        if self._idle_since:
            left = self._idle_since + self.timeout_keep_alive - self.loop.time()
            if left > 0:
                self._idle_watch = self.loop.call_later(left, self._watch_idle)
            else:
                self.timeout_keep_alive_handler()

    def _refuse(self, status: int, code: str, message: str) -> None:
        body = json.dumps({"code": code, "msg": message, "data": []}, separators=(",", ":"))
        self.transport.write(
            f"HTTP/1.1 {status} \r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n{body}".encode()
        )
        self.transport.close()
