"""How benches run a stream: on a fresh engine, bytes in, bytes out, no garbage collected."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from seawall.core.engine import Engine, open_engine
from seawall.core.model.batch import read_batch_header
from seawall.core.model.event_reader import read_entries
from seawall.core.model.order_events import OrderFilled
from seawall.errors import OperatorFault
from seawall.simulation.workload import Workload

ROUNDS: Final = 3
TICK_MS: Final = 1_000
REFUSED_PER_MILLE_MAX, TRADING_PER_MILLE_MIN = 30, 80


def open_and_fill(workload: Workload) -> Engine:
    """A fresh engine with what the workload sets up."""
    engine = open_engine(workload.genesis)
    engine.apply_many(workload.setup)
    return engine


@contextmanager
def no_garbage() -> Iterator[None]:
    """The collector is off, and what exists is none of its business; as in a venue's engine."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def shares(workload: Workload) -> dict[str, int]:
    """An untimed pass that reads the events: what was refused and what traded, per mille of the
    stream's commands. Raises OperatorFault when the stream is not as benches state.
    """
    engine = open_and_fill(workload)
    count = commands_of(workload)
    refused = trading = 0
    for batch in workload.batches:
        for entry in read_entries(engine.apply_many(batch)):
            kinds = {type(event) for event in entry.events}
            refused += any(kind.__name__.endswith("Rejected") for kind in kinds)
            trading += OrderFilled in kinds
    found = {
        "refused_per_mille": refused * 1_000 // count,
        "trading_per_mille": trading * 1_000 // count,
    }
    if (
        refused * 1_000 > count * REFUSED_PER_MILLE_MAX
        or trading * 1_000 < count * TRADING_PER_MILLE_MIN
    ):
        raise OperatorFault(
            expected="at most 3 % of the commands refused and at least 8 % trading",
            found=f"{found} per mille",
            to_do="this stream does not fit this engine: mend the workload before measuring",
        )
    return found


def rates(workload: Workload) -> dict[str, int]:
    """Commands per second of several rounds, by the clock on the wall and by the core's.

    Beats and observations are worked off in that time and not counted.
    """
    count = commands_of(workload)
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


def commands_of(workload: Workload) -> int:
    """Commands of the timed part, without beats and observations."""
    return sum(
        count for kind, count in workload.counts.items() if kind not in ("trading", "refused")
    )


def _timed_round(workload: Workload) -> tuple[float, float]:
    """Wall and CPU seconds for all batches on a fresh engine."""
    engine = open_and_fill(workload)
    batches = workload.batches
    with no_garbage():
        cpu_started = time.process_time()
        started = time.perf_counter()
        for batch in batches:
            engine.apply_many(batch)
        return time.perf_counter() - started, time.process_time() - cpu_started


def ns_by_kind(workload: Workload) -> dict[str, int]:
    """CPU nanoseconds per command of each kind, of a stream of pure batches: the median of its
    batches. `tick` is a beat that completes a second.
    """
    engine = open_and_fill(workload)
    spent: dict[str, list[int]] = {}
    with no_garbage():
        for batch, kind in zip(workload.batches, workload.kinds, strict=True):
            second = engine.clock_ms // TICK_MS
            started = time.thread_time_ns()
            engine.apply_many(batch)
            took = time.thread_time_ns() - started
            name = "tick" if engine.clock_ms // TICK_MS != second else str(kind)
            spent.setdefault(name, []).append(took // read_batch_header(batch, 0).count)
    return {name: round(statistics.median(took)) for name, took in spent.items()}
