"""What work grows with: the cost per kind of command and of a tick at 1, 10 and 100 times the
accounts, each with a position; as many orders and algo orders rest at all three.

An entry must not cost more because there are accounts that it does not touch. What remains is the
memory: among more accounts, one that has not been touched for long is in no cache.
"""

from __future__ import annotations

from typing import Any, Final

import seawall
from seawall.simulation.bench.steps import OnStage, unwatched
from seawall.simulation.bench.ticks import MOVES_PPM, MovingMarket, Ticks
from seawall.simulation.bench.timing import no_garbage, ns_by_kind
from seawall.simulation.workload import WHOLE, Shape, make_workload

ACCOUNTS: Final = {"compiled": 1_000, "interpreted": 100}
COMMANDS: Final = {"compiled": 120_000, "interpreted": 6_000}
TIMES: Final = (1, 10, 100)
TICKS: Final = 20


def bench_scaling(
    *, accounts: int | None = None, commands: int | None = None, on_stage: OnStage = unwatched
) -> dict[str, Any]:
    """Measure at each size. Each row also says how many times the first the last figure is."""
    mode = seawall.core_mode()
    first = accounts if accounts is not None else ACCOUNTS[mode]
    count = commands if commands is not None else COMMANDS[mode]
    columns: dict[str, dict[str, int]] = {}
    for times in TIMES:
        on_stage("scaling", len(columns), len(TIMES))
        columns[_name(first * times)] = _measure(first * times, count)
    least, most = columns[_name(first)], columns[_name(first * TIMES[-1])]
    table = {
        kind: {
            **{name: column[kind] for name, column in columns.items()},
            "last to first": f"{most[kind] / least[kind]:.2f}",
        }
        for kind in least
    }
    return {"cpu_ns": table, "commands": count, "core_mode": mode}


def _name(accounts: int) -> str:
    return f"{accounts:,} accounts"


def _measure(accounts: int, commands: int) -> dict[str, int]:
    workload = make_workload(Shape(commands=commands, accounts=accounts, mix=WHOLE), is_pure=True)
    found = ns_by_kind(workload)
    found["tick"] = _tick_ns(accounts)
    return found


def _tick_ns(accounts: int) -> int:
    """A usual tick, no funding being swept."""
    market = MovingMarket(make_workload(Shape(commands=0, accounts=accounts, mix=WHOLE)))
    first, found, sweeping = Ticks(), Ticks(), Ticks()
    move_ppm = min(MOVES_PPM.values())
    with no_garbage():
        market.tick(0, [first, first])
        while len(found.took_us) < TICKS:
            market.tick(move_ppm * (len(found.took_us) % 2), [found, sweeping])
    return 1_000 * found.figures()["cpu_us_p50"]
