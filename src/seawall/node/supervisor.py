"""`seawall up`: start the processes of a venue, keep them running, and stop them in order.

The supervisor does no work of the venue. A process that dies is started again (`restarts.py`); one
that stays down is named, and the others go on, since they tell clients the truth about what is
missing. Stopping goes from the outside in: traders, edge, follower, engine. The processes stop by
the supervisor's order only, whoever else tells their group or the whole service to stop.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from seawall.errors import EXIT_BUG, EnvironmentFault
from seawall.node.engine_fault import read_fault_seq
from seawall.node.large_pages import with_large_pages
from seawall.node.process import STOP_ORDER_SIGNAL
from seawall.node.restarts import RestartPolicy
from seawall.node.settings import Settings

LINE_BYTES_MAX: Final = 1 << 20
READY_SECONDS: Final = 120.0
POLL_SECONDS: Final = 0.05
STOP_ORDER: Final = ("world", "edge", "follower", "engine")
HOLD_THE_STATE: Final = ("engine", "follower")

Command = Callable[[str], list[str]]  # role -> the command that runs it


class VenueDidNotStart(EnvironmentFault):
    """A process gave up before the venue had answered once; `child_exit_code` is that process's."""

    def __init__(self, *, role: str, why: str, child_exit_code: int) -> None:
        super().__init__(
            expected=f"the {role} to start",
            found=why,
            to_do=f"read the lines of the {role} above",
        )
        self.child_exit_code = child_exit_code


@dataclass
class Child:
    """One role and the process that plays it at the moment."""

    role: str
    policy: RestartPolicy
    process: asyncio.subprocess.Process | None = None
    gave_up: str = ""
    exit_code: int = 0
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class Supervisor:
    """Runs `roles` with the processes that `command` names, over one data directory.

    `write_line` receives each line that a child logs, with its role in front.
    """

    def __init__(
        self,
        *,
        roles: tuple[str, ...],
        command: Command,
        directory: Path,
        settings: Settings,
        write_line: Callable[[str], None],
    ) -> None:
        self._command = command
        self._directory = directory
        self._settings = settings
        self._write_line = write_line
        self._log = structlog.get_logger()
        self._stopping = asyncio.Event()
        self.children = {
            role: Child(role, RestartPolicy(restarts_per_minute=settings.restarts_per_minute))
            for role in roles
        }

    async def run(
        self,
        *,
        stop: asyncio.Event,
        is_ready: Callable[[], Awaitable[bool]],
        announce: Callable[[], None],
    ) -> None:
        """Run until `stop`; VenueDidNotStart when a process gives up before `is_ready` was true."""
        for child in self.children.values():
            child.task = asyncio.create_task(self._keep_running(child), name=child.role)
        try:
            if await self._wait_until_ready(stop, is_ready):
                announce()
            await stop.wait()
        finally:
            await self.stop()

    async def _wait_until_ready(
        self, stop: asyncio.Event, is_ready: Callable[[], Awaitable[bool]]
    ) -> bool:
        deadline = time.monotonic() + READY_SECONDS
        while not stop.is_set():
            for child in self.children.values():
                if child.gave_up:
                    raise VenueDidNotStart(
                        role=child.role, why=child.gave_up, child_exit_code=child.exit_code
                    )
            if await is_ready():
                return True
            if time.monotonic() > deadline:
                self._log.warning("the API does not answer yet", after_seconds=int(READY_SECONDS))
                deadline += READY_SECONDS
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), POLL_SECONDS)
        return False

    async def _keep_running(self, child: Child) -> None:
        while not self._stopping.is_set():
            code = await self._run_once(child)
            if self._stopping.is_set():
                return
            child.exit_code = code
            is_fault = code == EXIT_BUG and child.role == "engine"
            fault_seq = read_fault_seq(self._directory) if is_fault else None
            delay, why_not = child.policy.delay_after(
                code=code, fault_seq=fault_seq, now_seconds=time.monotonic()
            )
            if delay is None:
                child.gave_up = why_not
                self._log.error(f"the {child.role} stays down", why=why_not, exit=_ending(code))
                return
            self._log.warning(f"the {child.role} ended; starting it again", exit=_ending(code))
            await asyncio.sleep(delay)

    async def _run_once(self, child: Child) -> int:
        process = await asyncio.create_subprocess_exec(
            *self._command(child.role),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=LINE_BYTES_MAX,
            env=with_large_pages(os.environ) if child.role in HOLD_THE_STATE else None,
            start_new_session=True,  # what a terminal tells its group is for the supervisor
        )
        child.process = process
        if self._stopping.is_set():  # the stop came between the decision to start and the start
            process.send_signal(STOP_ORDER_SIGNAL)
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # a line beyond the limit is left out
                continue
            if not line:
                return await process.wait()
            self._write_line(f"{child.role:<8} | {line.decode(errors='replace').rstrip()}")

    async def stop(self) -> None:
        """Stop every process in order; one that does not stop in time is killed and logged."""
        self._stopping.set()
        for role in (*STOP_ORDER, *self.children):
            child = self.children.get(role)
            if child is None or child.task is None:
                continue
            await self._stop_one(child)

    async def _stop_one(self, child: Child) -> None:
        assert child.task is not None
        process = child.process
        if process is None or process.returncode is not None:
            child.task.cancel()
        else:
            with suppress(ProcessLookupError):
                process.send_signal(STOP_ORDER_SIGNAL)
        done, _ = await asyncio.wait({child.task}, timeout=self._settings.stop_seconds)
        if not done:
            self._log.error(f"the {child.role} did not stop in time and is killed")
            if child.process is not None:
                with suppress(ProcessLookupError):
                    child.process.kill()
            await asyncio.wait({child.task}, timeout=self._settings.stop_seconds)
        if child.process is not None and child.process.returncode not in (0, None):
            ending = _ending(child.process.returncode or 0)
            self._log.warning(f"the {child.role} stopped", exit=ending)
        child.task = None


def _ending(code: int) -> str:
    """An exit status in words."""
    if code >= 0:
        return f"code {code}"
    with suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"killed by signal {-code}"


def child_command(arguments: list[str]) -> Command:
    """The command that runs a role with the same Python and the same package as this process."""

    def command(role: str) -> list[str]:
        return [
            *(sys.executable, "-m", "seawall", "up", *arguments),
            *("--role", role, "--parent", str(os.getpid())),
        ]

    return command
