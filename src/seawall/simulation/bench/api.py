"""The API: orders over HTTP against a venue started as a user would, durable, client on the same
machine.

Each connection places an order that rests and cancels it again, so the book stays as it is; every
request is one durable command. Beside it, from the same run: the disk's own latency, and an empty
application on the same server software under the same client, which is what HTTP costs here
without a venue.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from seawall.errors import EngineUnreachable
from seawall.simulation.bench.disk_probe import percentile, probe_disk, shown
from seawall.simulation.bench.lean_client import LeanConnection
from seawall.simulation.bench.machine import file_system
from seawall.simulation.bench.processes import (
    cpu_us,
    free_port,
    running,
    running_venue,
    wait_for,
)
from seawall.simulation.bench.steps import OnStage, unwatched
from seawall.simulation.client import Credentials

CONNECTIONS = (1, 64)
SECONDS_EACH = 8.0
WARM_S = 1.0
ROLES_OF_AN_ORDER = ("edge", "engine")


class Load(msgspec.Struct, kw_only=True):
    """What one run of a client saw. Failed: anything but success, with the first answer of it."""

    took_us: list[int] = []
    failed: int = 0
    first_failure: str = ""
    seconds: float = 0.0


def bench_api(
    *, seconds_each: float = SECONDS_EACH, on_stage: OnStage = unwatched
) -> dict[str, Any]:
    """Measure over 1 and 64 connections. Raises EngineUnreachable when a process does not start."""
    with tempfile.TemporaryDirectory(prefix="seawall-bench-", dir=Path.cwd()) as name:
        folder = Path(name)
        figures: dict[str, Any] = {}
        probes = probe_disk(folder)
        with running_venue(folder) as venue:
            for connections in CONNECTIONS:
                on_stage("api", len(figures), len(CONNECTIONS) + 1)
                pids = {role: venue.pids[role] for role in ROLES_OF_AN_ORDER}
                figures[_named(connections)] = _measured(
                    venue.port, venue.keys[:connections], pids, seconds_each
                )
                probes += probe_disk(folder)
        on_stage("api, empty application", len(figures), len(CONNECTIONS) + 1)
        figures["empty application"] = _empty_application(folder, venue.keys, seconds_each)
        most = figures[_named(CONNECTIONS[-1])]
        return {
            "commands_per_s": most["commands_per_s"],
            "p50_us": figures[_named(1)]["p50_us"],
            "p99_us": figures[_named(1)]["p99_us"],
            "cpu_us_per_order": most["cpu_us_per_order"],
            "file_system": file_system(folder),
            "disk_probe": shown(probes),
            **figures,
        }


def _named(connections: int) -> str:
    return "1 connection" if connections == 1 else f"{connections} connections"


def _measured(
    port: int, keys: Sequence[Credentials], pids: dict[str, int], seconds: float
) -> dict[str, Any]:
    uvloop.run(_drive(port, keys, WARM_S))
    before = {role: cpu_us(pid) for role, pid in pids.items()}
    load = uvloop.run(_drive(port, keys, seconds))
    cost = {role: cpu_us(pid) - before[role] for role, pid in pids.items()}
    count = len(load.took_us)
    if count == 0:
        raise EngineUnreachable(
            expected="the venue to accept orders",
            found=load.first_failure or "no answer",
            to_do="start one by hand and place an order",
        )
    return {
        "commands_per_s": round(count / load.seconds),
        "p50_us": percentile(load.took_us, 50),
        "p99_us": percentile(load.took_us, 99),
        # Over one connection this is mostly what the processes cost when nobody calls.
        "cpu_us_per_order": sum(cost.values()) // count,
        **{f"cpu_us_per_order_{role}": used // count for role, used in cost.items()},
        "failed": load.failed,
        **({"first_failure": load.first_failure} if load.failed else {}),
    }


async def _drive(port: int, keys: Sequence[Credentials], seconds: float) -> Load:
    """One connection per key, each placing and cancelling until the time is over."""
    load = Load()
    connections = [await LeanConnection.open(port, key) for key in keys]
    # Ids that no other run of this bench has used: the venue remembers them.
    run_id = f"{time.time_ns():x}"
    started = time.perf_counter()
    await asyncio.gather(
        *(
            _place_and_cancel(connection, f"b{run_id}n{number}x", started + seconds, load)
            for number, connection in enumerate(connections)
        )
    )
    load.seconds = time.perf_counter() - started
    for connection in connections:
        connection.close()
    return load


async def _place_and_cancel(
    connection: LeanConnection, prefix: str, until: float, load: Load
) -> None:
    number = 0
    while time.perf_counter() < until:
        number += 1
        # Buys far below, sells far above: nothing trades, so every order rests until it is
        # cancelled.
        side, price = (
            ("buy", 9_000 + number % 500) if number % 2 else ("sell", 11_000 + number % 500)
        )
        place = (
            f'{{"instId":"BTC-USDT","tdMode":"cash","side":"{side}","ordType":"limit",'
            f'"px":"{price}","sz":"0.01","clOrdId":"{prefix}{number}"}}'
        )
        cancel = f'{{"instId":"BTC-USDT","clOrdId":"{prefix}{number}"}}'
        for path, body in (
            ("/api/v5/trade/order", place),
            ("/api/v5/trade/cancel-order", cancel),
        ):
            status, answer, took_us = await connection.post(path, body.encode())
            if status == 200 and answer.startswith(b'{"code":"0"'):
                load.took_us.append(took_us)
            else:
                load.failed += 1
                load.first_failure = load.first_failure or f"{status} {answer[:200]!r}"
                if status == 429:
                    await asyncio.sleep(0.05)  # told to slow down


def _empty_application(folder: Path, keys: Sequence[Credentials], seconds: float) -> dict[str, Any]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--port", str(port), "--no-access-log"]
    command += ["--loop", "uvloop", "--http", "httptools"]
    command += ["seawall.simulation.bench.empty_app:app"]
    log = folder / "empty.log"
    with running(command, log) as process:
        wait_for(port, process, log)
        figures: dict[str, Any] = {}
        for connections in CONNECTIONS:
            measured = _measured(port, keys[:connections], {"server": process.pid}, seconds / 2)
            figures[_named(connections)] = {
                "requests_per_s": measured["commands_per_s"],
                "p50_us": measured["p50_us"],
                "p99_us": measured["p99_us"],
                "cpu_us_per_request": measured["cpu_us_per_order"],
            }
    return figures
