"""Running roles: one in a process of its own, or all of them in one loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog
import uvloop

from seawall.errors import EXIT_BUG, BadConfiguration
from seawall.node.clock import WallClock
from seawall.node.engine_fault import ApplyFailed
from seawall.node.process import configure_log, die_with, stop_on_signals
from seawall.node.settings import Settings

if TYPE_CHECKING:
    from seawall.journal.channel import OpenChannel

VENUE_ROLES: Final = ("engine", "follower", "edge")
# Something that runs beside the venue: it gets the way to the engine, and is told to stop.
Companion = Callable[["OpenChannel", asyncio.Event], Coroutine[Any, Any, None]]
WORLD: Final = "world"  # simulated outside venues and traders; the command line brings it


def nothing_to_announce() -> None:
    """A role of its own tells nobody that it is ready: its supervisor asks the API."""


def run_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


def run_role(
    role: str,
    directory: Path,
    *,
    settings: Settings,
    clock: WallClock,
    parent_pid: int | None = None,
    on_ready: Callable[[], None] = nothing_to_announce,
) -> int:
    """Run one role until it is told to stop; returns the exit code, or raises a SeawallError.

    With `parent_pid` the process ends with that parent, and stops when the parent says so.
    """

    async def main(stop: asyncio.Event) -> None:
        await _role_main(
            role, directory, settings=settings, clock=clock, stop=stop, on_ready=on_ready
        )

    return run_process(main, role=role, parent_pid=parent_pid)


def run_process(
    main: Callable[[asyncio.Event], Coroutine[Any, Any, None]],
    *,
    role: str,
    parent_pid: int | None = None,
) -> int:
    """Run `main` with the event that signals set; its bugs become the exit code for bugs."""
    is_supervised = parent_pid is not None
    if parent_pid is not None:
        die_with(parent_pid)
    configure_log("" if is_supervised else role)

    async def with_signals() -> None:
        await main(stop_on_signals(is_supervised=is_supervised))

    try:
        run_loop(with_signals())
    except ApplyFailed as error:
        structlog.get_logger().critical("the engine stopped itself", at=str(error))
        return EXIT_BUG
    return 0


async def _role_main(
    role: str,
    directory: Path,
    *,
    settings: Settings,
    clock: WallClock,
    stop: asyncio.Event,
    on_ready: Callable[[], None],
) -> None:
    # Each process loads only what its role needs, so that an engine is back within half a second.
    if role == "engine":
        from seawall.node.engine_process import EngineRole

        engine = EngineRole(directory, settings=settings, clock=clock)
        engine.open()
        await engine.run(stop=stop, on_ready=on_ready)
    elif role == "follower":
        from seawall.node.follower import FollowerRole

        follower = FollowerRole(directory, settings=settings)
        on_ready()
        await follower.run(stop=stop)
    elif role == "edge":
        from seawall.journal.channel import unix_socket
        from seawall.journal.directory import socket_path
        from seawall.node.edge import EdgeRole

        edge = EdgeRole(
            directory,
            settings=settings,
            clock=clock,
            open_channel=unix_socket(socket_path(directory)),
        )
        await asyncio.to_thread(edge.build_maps)
        await edge.run(stop=stop, on_ready=on_ready)
    else:
        raise BadConfiguration(
            expected=f"a role of {', '.join(VENUE_ROLES)}", found=role, to_do="name one of them"
        )


def run_in_one_process(
    directory: Path,
    *,
    settings: Settings,
    clock: WallClock,
    on_ready: Callable[[], None],
    companion: Companion | None = None,
) -> int:
    """Run all roles in one loop over channels in memory; `companion` runs beside them."""

    async def main(stop: asyncio.Event) -> None:
        await run_all(
            directory,
            settings=settings,
            clock=clock,
            stop=stop,
            on_ready=on_ready,
            companion=companion,
        )

    return run_process(main, role="")


async def run_all(
    directory: Path,
    *,
    settings: Settings,
    clock: WallClock,
    stop: asyncio.Event,
    on_ready: Callable[[], None],
    companion: Companion | None = None,
) -> None:
    """The same parts in this loop, until `stop` or until one of them fails, which is raised.

    They stop in the order of the supervisor: companion, edge, follower, engine.
    """
    from seawall.journal.channel import LocalListener
    from seawall.node.edge import EdgeRole
    from seawall.node.engine_process import EngineRole
    from seawall.node.follower import FollowerRole

    engine = EngineRole(directory, settings=settings, clock=clock)
    listener = LocalListener(engine.open().serve)
    follower = FollowerRole(directory, settings=settings)
    edge = EdgeRole(directory, settings=settings, clock=clock, open_channel=listener.open_channel)
    edge.build_maps()
    is_up = asyncio.Event()

    def announce() -> None:
        is_up.set()
        on_ready()

    async def run_companion(stop_companion: asyncio.Event) -> None:
        await is_up.wait()
        if companion is not None and not stop_companion.is_set():
            await companion(listener.open_channel, stop_companion)
        await stop_companion.wait()

    stops = [asyncio.Event() for _ in range(4)]
    tasks = [
        asyncio.create_task(main)
        for main in (
            run_companion(stops[0]),
            edge.run(stop=stops[1], on_ready=announce),
            follower.run(stop=stops[2]),
            engine.serve(stop=stops[3]),
        )
    ]
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    is_up.set()
    for event, task in zip(stops, tasks, strict=True):
        event.set()
        await asyncio.wait({task})
    await listener.close()
    for task in tasks:
        await task
