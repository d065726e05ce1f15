"""Benches: numbers with their units, the machine and the commit; they never fail a build on wall
time.

`run` measures what it is asked for and returns figures, `lines` turns them into text. Each bench
is a module with one function: `engine` (bytes to bytes), `ticks` (a price over many positions),
`scaling` (the same work among more accounts), `journal` (group commits, durable), `replay` (a
journal from genesis), `api` (a real venue over HTTP), `undo` (who is affected by a fault, and the
repair), `undo-full` (the same at the sizes of the budgets, eight minutes). A durable figure stands
beside the disk's own latency from the same run, an API figure beside an empty application's,
because neither machine nor disk is the same twice. This package must not change what it measures:
it uses the doors that everybody uses. Start with `engine.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from seawall.simulation.bench.api import bench_api
from seawall.simulation.bench.engine import bench_engine
from seawall.simulation.bench.journal import bench_journal
from seawall.simulation.bench.machine import describe_machine
from seawall.simulation.bench.replay import bench_replay
from seawall.simulation.bench.scaling import bench_scaling
from seawall.simulation.bench.steps import OnStage, unwatched
from seawall.simulation.bench.ticks import bench_ticks
from seawall.simulation.bench.undo import bench_undo, bench_undo_full

__all__ = ["BENCHES", "lines", "run"]

Figures = dict[str, Any]


class Bench(Protocol):
    """Measures, and says how far it is."""

    def __call__(self, *, on_stage: OnStage) -> Figures:
        """The figures by name."""


BENCHES: Final[Mapping[str, Bench]] = {
    "engine": bench_engine,
    "ticks": bench_ticks,
    "scaling": bench_scaling,
    "journal": bench_journal,
    "replay": bench_replay,
    "api": bench_api,
    "undo": bench_undo,
    "undo-full": bench_undo_full,
}


def run(names: list[str], *, on_stage: OnStage = unwatched) -> Figures:
    """Run benches by name. The figures of each stand under its name, those of a single one also on
    top.

    Raises SeawallError when a bench cannot be run or would measure something else than it says.
    """
    machine = describe_machine()
    results: Figures = {name: {**BENCHES[name](on_stage=on_stage), **machine} for name in names}
    return {**results, **results[names[0]]} if len(names) == 1 else results


def lines(result: Mapping[str, Any]) -> list[str]:
    """The figures as text, one per line, indented by depth."""
    text: list[str] = []
    for name in BENCHES:
        if name in result:
            text.append(name)
            text += _indented(result[name], depth=1)
    return text


def _indented(figures: Mapping[str, Any], *, depth: int) -> list[str]:
    text: list[str] = []
    for key, value in figures.items():
        if isinstance(value, Mapping):
            text.append(f"{'  ' * depth}{key}")
            text += _indented(value, depth=depth + 1)
        else:
            shown = f"{value:,}" if isinstance(value, int) else str(value)
            text.append(f"{'  ' * depth}{key:<34} {shown}")
    return text
