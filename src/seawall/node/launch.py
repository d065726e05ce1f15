"""What `seawall up` does around the processes: check first, start, announce, stop."""

from __future__ import annotations

import asyncio
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import structlog

from seawall.errors import DataDirectoryInUse, PortTaken, SeawallError
from seawall.identity.demo_keys import DEMO_KEYS_FILE
from seawall.journal.directory import DataDirectory, DirectoryLock, is_in_use
from seawall.node.create import ensure_demo, open_or_create_demo
from seawall.node.http_server import bind
from seawall.node.process import configure_log, stop_on_signals
from seawall.node.run import VENUE_ROLES, WORLD, run_loop
from seawall.node.settings import Settings
from seawall.node.supervisor import Supervisor, child_command
from seawall.node.tls import ensure_certificate

PROBE_SECONDS: Final = 2.0
SUPERVISOR_FOLDER: Final = "run"
GRACE_SECONDS: Final = 1.0

T = TypeVar("T")


class Launch:
    """A venue about to be started: everything that can be wrong is found before anything starts."""

    def __init__(self, directory: Path, *, settings: Settings, now_ms: int) -> None:
        """Check address and directory, and make the demo venue when the directory is new.

        Raises PortTaken, DataDirectoryInUse and what opening or making a venue raises.
        """
        self.settings = settings
        _within_grace(lambda: bind(settings.host, settings.port)).close()
        self.home: DataDirectory
        self.home, self.is_new = open_or_create_demo(directory, now_ms=now_ms)
        self.directory = directory
        self._lock = _supervisor_lock(directory)
        try:
            _within_grace(lambda: _require_unused(directory))
            ensure_demo(self.home, now_ms=now_ms)
        except SeawallError:
            self._lock.release()
            raise
        self.authority: Path | None = None
        if settings.tls:
            self.authority, _ = ensure_certificate(directory, now_ms=now_ms)

    @property
    def url(self) -> str:
        """Where the API answers."""
        scheme = "https" if self.settings.tls else "http"
        host = "localhost" if self.settings.tls else self.settings.host
        host = f"[{host}]" if ":" in host else host
        return f"{scheme}://{host}:{self.settings.port}"

    def announcement(self) -> list[str]:
        """What a person who has just started the venue wants to know."""
        genesis = self.home.genesis
        lines = [
            f"{genesis.venue.decode('ascii', 'replace')} is up.",
            f"  API        {self.url}/api/v5   (for example {self.url}/api/v5/public/time)",
            f"  Data       {self.directory.absolute()}",
        ]
        if (self.directory / DEMO_KEYS_FILE).exists():
            lines.append(f"  Demo keys  {(self.directory / DEMO_KEYS_FILE).absolute()}")
        if self.authority is not None:
            lines += [
                f"  TLS        trust {self.authority.absolute()}, for example",
                f"             SSL_CERT_FILE={self.authority.absolute()} python my_bot.py",
            ]
        if genesis.is_simulated:
            lines.append("  Simulated: prices, money and traders of this venue are not real.")
        if genesis.is_unsafe:
            lines.append("  Unsafe: protections of this venue may be off.")
        lines.append("  Stop it with Ctrl-C or SIGTERM.")
        return lines

    def run(
        self,
        *,
        arguments: list[str],
        with_world: bool,
        say: Callable[[str], None],
    ) -> int:
        """Run the processes until a signal; `arguments` are the children's."""
        configure_log("")
        roles = (*VENUE_ROLES, WORLD) if with_world else VENUE_ROLES
        supervisor = Supervisor(
            roles=roles,
            command=child_command(arguments),
            directory=self.directory,
            settings=self.settings,
            write_line=_write_line,
        )

        async def main() -> None:
            stop = stop_on_signals(is_supervised=False)
            await supervisor.run(
                stop=stop, is_ready=self.is_ready, announce=lambda: self.announce(say)
            )
            structlog.get_logger().info("the venue has stopped")

        try:
            run_loop(main())
        finally:
            self._lock.release()
        return 0

    def announce(self, say: Callable[[str], None]) -> None:
        """Say it."""
        for line in self.announcement():
            say(line)

    async def is_ready(self) -> bool:
        """Whether the API answers."""
        return await asyncio.to_thread(self._probe)

    def _probe(self) -> bool:
        context = None
        if self.authority is not None:
            context = ssl.create_default_context(cafile=str(self.authority))
        try:
            with urllib.request.urlopen(  # noqa: S310 - our own address
                f"{self.url}/api/v5/public/time", timeout=PROBE_SECONDS, context=context
            ) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False


def _within_grace(attempt: Callable[[], T]) -> T:
    """Try for a moment: the processes of a supervisor that was just killed are about to end."""
    deadline = time.monotonic() + GRACE_SECONDS
    while True:
        try:
            return attempt()
        except (PortTaken, DataDirectoryInUse):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _require_unused(directory: Path) -> None:
    if is_in_use(directory):
        raise DataDirectoryInUse(
            expected=f"to be the only one that runs the venue in {directory}",
            found="a process that writes in its journal",
            to_do="stop that one first, or choose another data directory",
        )


def _supervisor_lock(directory: Path) -> DirectoryLock:
    """The right to run the processes of this data directory."""
    folder = directory / SUPERVISOR_FOLDER
    folder.mkdir(exist_ok=True)
    return DirectoryLock(folder, holder="seawall up")


def _write_line(line: str) -> None:
    """A child's line goes where our own log goes; nobody has to read it."""
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except OSError:
        return
