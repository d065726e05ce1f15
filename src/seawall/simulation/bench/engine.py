"""The engine from bytes to bytes: batches of 256 in, encoded events out, no disk and no network.

Everything is on: spot and perpetual swaps, margin, positions with leverage, algo orders that wait,
seven outside sources, a tick per second of venue time, funding. The stream is made before anything
is timed (`workload/`): at most 3 % refused, at least 8 % trading, a stationary book; an untimed
pass checks the shares with the engine's own events. Beside it stand the same with a client id on
every order, as many v5 clients send them, and a stream of spot orders only. The time per kind comes
from streams whose batches hold one kind each; of the whole mix its orders are all for swaps. A
compiled engine is also run interpreted, in another process on a copy of the same sources; both must
end in the same state.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import seawall
from seawall.errors import DataFault
from seawall.simulation.bench.steps import OnStage, unwatched
from seawall.simulation.bench.timing import ns_by_kind, open_and_fill, rates, shares
from seawall.simulation.workload import BATCH, SPOT, WHOLE, Mix, Shape, Workload, make_workload

COMMANDS: Final = {"compiled": 400_000, "interpreted": 30_000}
ACCOUNTS: Final = {"compiled": 10_000, "interpreted": 1_000}
BAR, GOAL = 500_000, 1_000_000  # commands per second
STAGES: Final = 5  # of which each takes about as long
_CHILD = (
    "import json; from seawall.simulation.bench.engine import measure_small; "
    "print(json.dumps(measure_small()))"
)


def bench_engine(*, on_stage: OnStage = unwatched) -> dict[str, Any]:
    """Measure the engine that is installed, and the same sources interpreted beside it.

    Raises DataFault when the two do not end in the same state.
    """
    figures = measure(on_stage=on_stage)
    if seawall.core_mode() == "interpreted":
        figures["interpreted"] = "this is the interpreted core; build it to have the other"
        return figures
    on_stage("interpreted engine", STAGES - 1, STAGES)
    figures["interpreted"] = _measure_interpreted()
    if isinstance(figures["interpreted"], dict):
        theirs = figures["interpreted"]["hashes"]
        ours = hashes_of(make_workload(_small()))
        if ours != theirs:
            raise DataFault(
                expected="the compiled and the interpreted core to say and to be the same",
                found=f"{ours} and {theirs}",
                to_do="keep both builds: this is a bug",
            )
    return figures


def measure(
    commands: int | None = None, accounts: int | None = None, *, on_stage: OnStage = unwatched
) -> dict[str, Any]:
    """Measure the core of this process. Raises OperatorFault when a stream is not as stated."""
    mode = seawall.core_mode()
    shape = Shape(
        commands=commands if commands is not None else COMMANDS[mode],
        accounts=accounts if accounts is not None else ACCOUNTS[mode],
        has_client_ids=False,
        mix=WHOLE,
    )
    on_stage("engine", 0, STAGES)
    workload = make_workload(shape)
    whole_shares = shares(workload)
    figures = rates(workload)
    on_stage("engine, by kind", 1, STAGES)
    by_kind = _ns_by_kind(shape, WHOLE)
    on_stage("engine with client ids", 2, STAGES)
    named = make_workload(replace(shape, seed=3, has_client_ids=True))
    shares(named)
    named_rates = rates(named)
    on_stage("engine, spot only", 3, STAGES)
    spot = _measure_spot(shape)
    return {
        **figures,
        "bar_commands_per_s": BAR,
        "goal_commands_per_s": GOAL,
        **whole_shares,
        "commands": shape.commands,
        "batch": BATCH,
        "instruments": shape.instruments,
        "accounts": shape.accounts,
        "core_mode": mode,
        "cpu_ns_per_command": by_kind,
        "with_client_ids": named_rates,
        "spot_only": spot,
    }


def _measure_spot(shape: Shape) -> dict[str, Any]:
    workload = make_workload(replace(shape, mix=SPOT))
    found = shares(workload)
    return {**rates(workload), **found, "cpu_ns_per_command": _ns_by_kind(shape, SPOT)}


def _ns_by_kind(shape: Shape, mix: Mix) -> dict[str, int]:
    pure = replace(shape, commands=shape.commands // 2, seed=2, has_client_ids=True, mix=mix)
    return ns_by_kind(make_workload(pure, is_pure=True))


def _small() -> Shape:
    return Shape(
        commands=COMMANDS["interpreted"],
        accounts=ACCOUNTS["interpreted"],
        has_client_ids=False,
        mix=WHOLE,
    )


def measure_small() -> dict[str, Any]:
    """The short stream that the interpreted core is measured with, and the hashes it ends with."""
    workload = make_workload(_small())
    return {
        **rates(workload),
        "commands": COMMANDS["interpreted"],
        "accounts": ACCOUNTS["interpreted"],
        "core_mode": seawall.core_mode(),
        "hashes": hashes_of(workload),
    }


def hashes_of(workload: Workload) -> dict[str, str]:
    """What an engine says about a stream and where it ends, as fingerprints."""
    engine = open_and_fill(workload)
    said = sha256()
    for batch in workload.batches:
        said.update(engine.apply_many(batch))
    return {"events": said.hexdigest(), "state": engine.state_hash().hex()}


def _measure_interpreted() -> dict[str, Any] | str:
    """The small measurement on a copy of the package without native code."""
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
