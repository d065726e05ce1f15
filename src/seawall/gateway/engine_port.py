"""What the gateway needs of the way to the engine; `seawall.journal.link.EngineLink` is one."""

from __future__ import annotations

from typing import Protocol

from seawall.journal.frames import Welcome


class EnginePort(Protocol):
    """A connection to the engine that mends itself, and reports through the gateway's `on_*`."""

    @property
    def is_connected(self) -> bool:
        """Whether a batch sent now is on its way to an engine."""

    async def hello(self, publisher_id: int) -> Welcome:
        """Begin a new life as this publisher."""

    async def subscribe(self, from_seq: int) -> None:
        """Ask for the events of every applied batch from this entry on."""

    def send_batch(self, data: bytes) -> bool:
        """Send a batch: applied exactly once or refused. False when nothing was sent."""
