"""The process of the outside world (`seawall up --role world`): settings and signals around it."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from seawall.journal.channel import OpenChannel, unix_socket
from seawall.journal.directory import open_directory, socket_path
from seawall.node.process import configure_log, die_with, stop_on_signals
from seawall.node.run import run_loop
from seawall.node.settings import Settings
from seawall.node.tls import CA_FILE
from seawall.simulation.world import WorldSettings, run_world


def run(directory: Path, *, settings: Settings, tape: Path | None, parent_pid: int | None) -> int:
    """Run the outside world of the venue in `directory` until a signal; returns the exit code.

    With `parent_pid` the process ends with that parent, and stops when the parent says so. Raises
    what `run_world` raises, and NotAJournal when the directory holds no venue.
    """
    if parent_pid is not None:
        die_with(parent_pid)
    configure_log("world" if parent_pid is None else "")
    world = world_settings(
        directory,
        settings=settings,
        tape=tape,
        open_channel=unix_socket(socket_path(directory)),
    )

    async def main() -> None:
        await run_world(world, stop=stop_on_signals(is_supervised=parent_pid is not None))

    run_loop(main())
    return 0


async def run_beside(
    directory: Path,
    *,
    settings: Settings,
    tape: Path | None,
    open_channel: OpenChannel,
    stop: asyncio.Event,
) -> None:
    """Run the outside world in the loop of a venue that runs in one process."""
    world = world_settings(directory, settings=settings, tape=tape, open_channel=open_channel)
    await run_world(world, stop=stop)


def world_settings(
    directory: Path, *, settings: Settings, tape: Path | None, open_channel: OpenChannel
) -> WorldSettings:
    """What the world needs to know of the venue that these settings run."""
    scheme, host, context = "http", settings.host, None
    if settings.tls:
        scheme, host = "https", "localhost"
        context = ssl.create_default_context(cafile=str(directory / "tls" / CA_FILE))
    if host in ("0.0.0.0", "::"):  # noqa: S104 - the venue listens everywhere; we ask it here
        host = "127.0.0.1"
    return WorldSettings(
        directory=directory,
        genesis=open_directory(directory).genesis,
        open_channel=open_channel,
        base_url=f"{scheme}://{host}:{settings.port}",
        ssl_context=context,
        tape=tape,
    )
