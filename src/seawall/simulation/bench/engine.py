"""The engine from bytes to bytes: batches of 256 in, encoded events out, no disk and no network.

The stream is made before anything is timed (`workload.py`): at most 3 % refused, at least 8 %
trading, a stationary book; an untimed pass checks the shares with the engine's own events. A second
stream has a client id on every order, as many v5 clients send them: it is measured the same way and
stands beside. The time per kind comes from a third whose batches hold one kind each, with such ids.
A compiled engine is also measured interpreted, in another process on a copy of the same sources.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import seawall
from seawall.core.engine import Engine, open_engine
from seawall.core.model.batch import read_batch_header
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import OrderFilled
from seawall.errors import OperatorFault
from seawall.simulation.workload import KINDS, Shape, Workload, make_workload

COMMANDS = {"compiled": 400_000, "interpreted": 30_000}
ROUNDS = 3
REFUSED_PER_MILLE_MAX, TRADING_PER_MILLE_MIN = 30, 80
TICK_MS = 1_000
_CHILD = (
    "import json; from seawall.simulation.bench.engine import measure; print(json.dumps(measure()))"
)


def bench_engine() -> dict[str, Any]:
    """Measure the engine that is installed, and the same sources interpreted beside it."""
    figures = measure()
    if seawall.core_mode() == "interpreted":
        figures["interpreted"] = "this is the interpreted core; build it to have the other"
    else:
        figures["interpreted"] = _measure_interpreted()
    return figures


def measure(commands: int | None = None) -> dict[str, Any]:
    """Measure the core of this process. Raises OperatorFault when the stream is not as stated."""
    count = commands if commands is not None else COMMANDS[seawall.core_mode()]
    workload = make_workload(Shape(commands=count, has_client_ids=False))
    shares = _shares(workload, count)
    figures = _rates(workload, count)
    named = make_workload(Shape(commands=count, seed=3))
    _shares(named, count)
    pure = make_workload(Shape(commands=count // 2, seed=2), is_pure=True)
    return {
        **figures,
        "with_client_ids": _rates(named, count),
        "commands": count,
        "batch": 256,
        "instruments": 8,
        "accounts": 10_000,
        "core_mode": seawall.core_mode(),
        **shares,
        "cpu_ns_per_command": _ns_by_kind(pure),
    }


def _rates(workload: Workload, count: int) -> dict[str, int]:
    """Commands per second of several rounds, by the clock on the wall and by the core's."""
    rounds = [_timed_round(workload) for _ in range(ROUNDS)]
    seconds = sorted(wall for wall, _ in rounds)
    cpu_seconds = statistics.median(cpu for _, cpu in rounds)
    return {
        "commands_per_s": round(count / statistics.median(seconds)),
        "commands_per_s_best": round(count / seconds[0]),
        "commands_per_s_worst": round(count / seconds[-1]),
        # What the engine needs of a core, also while others want the machine.
        "commands_per_cpu_s": round(count / cpu_seconds),
    }


def _open(workload: Workload) -> Engine:
    engine = open_engine(workload.genesis)
    engine.apply_many(workload.setup)
    return engine


def _shares(workload: Workload, count: int) -> dict[str, int]:
    """An untimed pass that reads the events: what was refused, what traded, what rests at the
    end.
    """
    engine = _open(workload)
    refused = trading = 0
    for batch in workload.batches:
        for entry in read_entries(engine.apply_many(batch)):
            kinds = {type(event) for event in entry.events}
            refused += any(kind.__name__.endswith("Rejected") for kind in kinds)
            trading += OrderFilled in kinds
    shares = {
        "refused_per_mille": refused * 1_000 // count,
        "trading_per_mille": trading * 1_000 // count,
    }
    if (
        refused * 1_000 > count * REFUSED_PER_MILLE_MAX
        or trading * 1_000 < count * TRADING_PER_MILLE_MIN
    ):
        raise OperatorFault(
            expected="at most 3 % of the commands refused and at least 8 % trading",
            found=f"{shares} per mille",
            to_do="this stream does not fit this engine: mend the workload before measuring",
        )
    return shares


def _timed_round(workload: Workload) -> tuple[float, float]:
    """Wall and CPU seconds for all batches on a fresh engine, which collects no garbage."""
    engine = _open(workload)
    batches = workload.batches
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        cpu_started = time.process_time()
        started = time.perf_counter()
        for batch in batches:
            engine.apply_many(batch)
        return time.perf_counter() - started, time.process_time() - cpu_started
    finally:
        gc.enable()
        gc.unfreeze()


def _ns_by_kind(workload: Workload) -> dict[str, int]:
    """CPU nanoseconds per command of each kind; `tick` is a beat that completes a second."""
    engine = _open(workload)
    spent = dict.fromkeys((*KINDS, "beat", "tick"), 0)
    counted = dict.fromkeys(spent, 0)
    gc.collect()
    gc.disable()
    try:
        for batch, kind in zip(workload.batches, workload.kinds, strict=True):
            second = engine.clock_ms // TICK_MS
            started = time.thread_time_ns()
            engine.apply_many(batch)
            took = time.thread_time_ns() - started
            name = "tick" if engine.clock_ms // TICK_MS != second else str(kind)
            spent[name] += took
            counted[name] += read_batch_header(batch, 0).count
    finally:
        gc.enable()
    return {name: spent[name] // counted[name] for name in spent if counted[name]}


def _measure_interpreted() -> dict[str, Any] | str:
    """The same measurement on a copy of the package without native code."""
    package = Path(seawall.__file__).parent
    if not (package / "core" / "engine" / "engine.py").exists():
        return "not measured: the sources of the core are not installed"
    with tempfile.TemporaryDirectory(prefix="seawall-bench-") as folder:
        shutil.copytree(
            package,
            Path(folder) / "seawall",
            ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"),
        )
        done = subprocess.run(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-P", "-c", _CHILD],
            env={**os.environ, "PYTHONPATH": folder},
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        return f"not measured: {last[0]}"
    figures: dict[str, Any] = json.loads(done.stdout)
    assert figures["core_mode"] == "interpreted", "the copy holds no native code"
    return figures
