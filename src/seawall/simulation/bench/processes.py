"""Starting a venue as a user would, and what its processes cost."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from seawall.errors import EngineUnreachable
from seawall.simulation.client import Credentials

START_S = 60.0
STOP_S = 30.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
ACCOUNTS = 64

VENUE_FILE = """
[venue]
name = "bench"
is_simulated = true

[[assets]]
name = "USDT"

[[assets]]
name = "BTC"

[[instruments]]
name = "BTC-USDT"
tick_size = "0.1"
lot_size = "0.00001"
quantity_min = "0.00001"
quantity_max = "1000"
price_max = "1000000"
market_cap = "5%"

[[fee_tiers]]
maker = "0.08%"
taker = "0.10%"
"""


class Venue(msgspec.Struct, frozen=True, kw_only=True):
    """A running venue: its port, its keys, and its processes by role."""

    directory: Path
    port: int
    keys: list[Credentials]
    pids: dict[str, int]


def free_port() -> int:
    """A loopback port that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_venue(folder: Path) -> Iterator[Venue]:
    """A venue of 64 accounts without simulated traders, from the command line, and its end."""
    directory = folder / "venue"
    venue_file = folder / "venue.toml"
    accounts = "".join(
        f'\n[[accounts]]\nname = "bench-{number}"\n'
        'balances = { USDT = "10000000", BTC = "1000" }\n'
        for number in range(ACCOUNTS)
    )
    venue_file.write_text(VENUE_FILE + accounts)
    _seawall("init", str(directory), "--from", str(venue_file))
    port = free_port()
    command = ["up", str(directory), "--port", str(port), "--no-world"]
    with running(_command(*command), folder / "venue.log") as process:
        wait_for(port, process, folder / "venue.log")
        yield Venue(
            directory=directory,
            port=port,
            keys=msgspec.json.decode(
                (directory / "demo-keys.json").read_bytes(), type=list[Credentials]
            ),
            pids=children(process.pid),
        )


@contextmanager
def running(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process with its output in a file; it is told to stop at the end, and killed if it does
    not.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until somebody answers HTTP on the port. Raises EngineUnreachable with the log's end."""

    async def until_answered() -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.write(b"GET /api/v5/public/time HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            line = await reader.readline()
            writer.close()
            if line.startswith(b"HTTP/1.1 200"):
                return
            await asyncio.sleep(0.05)

    try:
        asyncio.run(asyncio.wait_for(until_answered(), START_S))
    except (TimeoutError, ConnectionError) as error:
        last = log.read_text(errors="replace").strip().splitlines()[-3:]
        raise EngineUnreachable(
            expected=f"the process of a bench to answer within {START_S:g} s",
            found=" | ".join(last) or f"nothing (exit code {process.poll()})",
            to_do="start it by hand and look",
        ) from error


def cpu_us(pid: int) -> int:
    """User and system time of a process so far, microseconds (in steps of the kernel's tick)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1_000_000 // TICKS_PER_S


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "seawall", *arguments]


def _seawall(*arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        _command(*arguments), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise EngineUnreachable(
            expected=f"`seawall {arguments[0]}` to succeed",
            found=done.stderr.strip() or f"exit code {done.returncode}",
            to_do="run it by hand and look",
        )


def children(parent_pid: int) -> dict[str, int]:
    """The roles of a supervisor's processes, by their command lines."""
    found: dict[str, int] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            status = (folder / "stat").read_text().rpartition(")")[2].split()
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended while we looked
        if int(status[1]) == parent_pid and b"--role" in words:
            found[words[words.index(b"--role") + 1].decode()] = int(folder.name)
    return found
