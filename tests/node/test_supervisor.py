"""The supervisor, with small processes in place of a venue's."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from seawall.node.engine_fault import write_fault
from seawall.node.settings import Settings
from seawall.node.supervisor import Supervisor, VenueDidNotStart
from tests.node.waiting import until

pytestmark = pytest.mark.slow

STAYS = (
    "import signal, sys, time\n"
    "signal.signal(signal.SIGUSR1, lambda *_: (print('bye', flush=True), sys.exit(0)))\n"
    "print('here', flush=True)\n"
    "time.sleep(60)\n"
)


def supervise(
    tmp_path: Path, scripts: dict[str, str], lines: list[str], *, restarts: int = 10
) -> Supervisor:
    """A supervisor whose roles run these Python scripts."""
    return Supervisor(
        roles=tuple(scripts),
        command=lambda role: [sys.executable, "-c", scripts[role]],
        directory=tmp_path,
        settings=Settings(restarts_per_minute=restarts, stop_seconds=5),
        write_line=lines.append,
    )


async def ready() -> bool:
    """A venue that answers at once."""
    return True


def run_while(supervisor: Supervisor, body: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run the supervisor until `body` has ended, and stop it."""

    async def main() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(
            supervisor.run(stop=stop, is_ready=ready, announce=lambda: None)
        )
        try:
            await body(stop)
        finally:
            stop.set()
            await running

    asyncio.run(main())


def test_killed_process_is_started_again(tmp_path: Path) -> None:
    """Whatever ended it, the venue must come back without a person."""
    lines: list[str] = []
    supervisor = supervise(tmp_path, {"engine": STAYS}, lines)

    async def body(stop: asyncio.Event) -> None:
        await until(lambda: lines.count("engine   | here") == 1)
        process = supervisor.children["engine"].process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        await until(lambda: lines.count("engine   | here") == 2)

    run_while(supervisor, body)

    assert lines[-1] == "engine   | bye"


def test_processes_stop_from_the_outside_in(tmp_path: Path) -> None:
    """The engine must be there until the last order of the edge is answered."""
    lines: list[str] = []
    supervisor = supervise(
        tmp_path, dict.fromkeys(("engine", "follower", "edge", "world"), STAYS), lines
    )

    async def body(stop: asyncio.Event) -> None:
        await until(lambda: len(lines) == 4)

    run_while(supervisor, body)

    stopped = [line.split()[0] for line in lines if line.endswith("bye")]
    assert stopped == ["world", "edge", "follower", "engine"]


def test_process_that_ignores_the_stop_is_killed(tmp_path: Path) -> None:
    """A stop must end."""
    deaf = STAYS.replace("sys.exit(0)", "None")
    lines: list[str] = []
    supervisor = Supervisor(
        roles=("engine",),
        command=lambda role: [sys.executable, "-c", deaf.replace("sleep(60)", "sleep(30)")],
        directory=tmp_path,
        settings=Settings(stop_seconds=1),
        write_line=lines.append,
    )

    async def body(stop: asyncio.Event) -> None:
        await until(lambda: len(lines) == 1)

    started = time.monotonic()
    run_while(supervisor, body)

    assert time.monotonic() - started < 10.0


def test_engine_failing_twice_at_one_seq_stays_down(tmp_path: Path) -> None:
    """It is started once more from the journal, and not a third time."""
    script = "import sys; print('tried', flush=True); sys.exit(70)"
    write_fault(tmp_path, seq=42, message="a planted fault")
    lines: list[str] = []
    supervisor = supervise(tmp_path, {"engine": script, "edge": STAYS}, lines)

    async def body(stop: asyncio.Event) -> None:
        await until(lambda: supervisor.children["engine"].gave_up != "")
        edge = supervisor.children["edge"].process
        await until(lambda: "edge     | here" in lines)
        assert edge is not None and edge.returncode is None

    run_while(supervisor, body)

    assert lines.count("engine   | tried") == 2
    assert "seq 42" in supervisor.children["engine"].gave_up


def test_venue_whose_engine_cannot_start_ends_with_its_exit_code(tmp_path: Path) -> None:
    """A script that starts a venue must see that it did not."""
    lines: list[str] = []
    supervisor = supervise(
        tmp_path, {"engine": "import sys; print('damaged'); sys.exit(65)", "edge": STAYS}, lines
    )

    async def never() -> bool:
        return False

    with pytest.raises(VenueDidNotStart) as caught:
        asyncio.run(supervisor.run(stop=asyncio.Event(), is_ready=never, announce=lambda: None))

    assert caught.value.child_exit_code == 65
    assert "engine   | damaged" in lines
