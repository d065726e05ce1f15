"""The venue behind a real uvicorn on loopback, in a thread of its own, for clients that know only
sockets.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from tests.api.venue import Venue, wall_ns

BEAT_SECONDS = 0.25
START_SECONDS_MAX = 20.0


class TellingServer(uvicorn.Server):
    """A uvicorn that says when it listens."""

    def __init__(self, config: uvicorn.Config, is_up: threading.Event) -> None:
        super().__init__(config)
        self._is_up = is_up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        self._is_up.set()


class ServedVenue:
    """A running venue: where it listens, and a way to do something inside its loop."""

    def __init__(self, port: int, made: Callable[[], Venue]) -> None:
        self._made = made
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.venue: Venue
        self._is_up = threading.Event()
        self._server: uvicorn.Server
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def start(self) -> None:
        """Return when it listens."""
        self._thread.start()
        assert self._is_up.wait(START_SECONDS_MAX), "the venue did not start"

    def stop(self) -> None:
        """Return when it has ended."""
        self._server.should_exit = True
        self._thread.join()

    async def _serve(self) -> None:
        self.venue = await self._made().start()
        config = uvicorn.Config(
            self.venue.app, port=self.port, log_config=None, access_log=False, lifespan="on"
        )
        self._server = TellingServer(config, self._is_up)
        beating = asyncio.create_task(self._beat())
        await self._server.serve()
        beating.cancel()

    async def _beat(self) -> None:
        while True:
            self.venue.pulse()
            await asyncio.sleep(BEAT_SECONDS)


def spot_venue() -> Venue:
    """A venue of two spot pairs, on the machine's clock."""
    return Venue(now_ns=wall_ns)


@contextmanager
def served_venue(port: int, made: Callable[[], Venue] = spot_venue) -> Iterator[ServedVenue]:
    """A venue that serves for as long as the context lasts."""
    served = ServedVenue(port, made)
    served.start()
    try:
        yield served
    finally:
        served.stop()
