"""The tick: a new price over many open positions, of which only those near their threshold are
looked at.

Every account has one position; prices then move from second to second: as they usually do, by
0.1 %, and by nearly 1 %, the most that the index takes at once. Ticks in which funding is swept are
told apart. A tick is one entry, from the beat's bytes to its events, in CPU time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Final

import seawall
from seawall.core.engine import Engine, restore_engine
from seawall.core.model.commands import TimerBeat
from seawall.core.model.event_reader import read_entries
from seawall.core.model.risk_events import FundingPaid, LiquidationStepped, MarkPublished
from seawall.errors import OperatorFault
from seawall.simulation.bench.disk_probe import percentile
from seawall.simulation.bench.steps import OnStage, unwatched
from seawall.simulation.bench.timing import no_garbage, open_and_fill
from seawall.simulation.draws import MILLION, Draws
from seawall.simulation.workload import (
    WHOLE,
    BatchWriter,
    Observations,
    Risk,
    Shape,
    Workload,
    make_workload,
)

ACCOUNTS: Final = {"compiled": 100_000, "interpreted": 2_000}
TICKS: Final = {"compiled": 100, "interpreted": 12}
BUDGET_US: Final = 5_000
MOVES_PPM: Final = {"usual move (0.01 %)": 100, "move of 0.1 %": 1_000, "move of 0.98 %": 9_800}
# From careful to as bold as the venue lets them be.
RISK: Final = Risk(levers=(2, 3, 5, 10, 20, 50), used_min_ppm=300_000, used_max_ppm=950_000)
_PATTERN: Final = (1, 0, -1, 0)
_NEAR: Final = 1_000  # a mark within a thousandth of the outside price goes along with it
_ENGINE_PUBLISHER, _COLLECTOR_PUBLISHER = 0, 4


@dataclass
class Ticks:
    """What some ticks took: CPU microseconds each, how many thresholds the marks reached, and how
    many accounts or positions were looked at.
    """

    took_us: list[int] = field(default_factory=list)
    reached: list[int] = field(default_factory=list)
    examined: list[int] = field(default_factory=list)

    def figures(self) -> dict[str, int]:
        """How many, and percentiles; empty when there was no such tick."""
        if not self.took_us:
            return {}
        return {
            "ticks": len(self.took_us),
            "cpu_us_p50": percentile(self.took_us, 50),
            "cpu_us_p99": percentile(self.took_us, 99),
            "cpu_us_max": max(self.took_us),
            "reached_p50": percentile(self.reached, 50),
            "reached_max": max(self.reached),
            "examined_p50": percentile(self.examined, 50),
            "examined_max": max(self.examined),
        }


def bench_ticks(
    *, accounts: int | None = None, ticks: int | None = None, on_stage: OnStage = unwatched
) -> dict[str, Any]:
    """Measure ticks at each size of move. Raises OperatorFault when marks do not move as said."""
    mode = seawall.core_mode()
    count = accounts if accounts is not None else ACCOUNTS[mode]
    each = ticks if ticks is not None else TICKS[mode]
    market = MovingMarket(make_workload(Shape(commands=0, accounts=count, mix=WHOLE, risk=RISK)))
    first, sweeping = Ticks(), Ticks()
    figures: dict[str, Any] = {}
    with no_garbage():
        market.restart()
        market.tick(0, [first, first])
        for name, move_ppm in MOVES_PPM.items():
            found = Ticks()
            on_stage("ticks", len(figures), len(MOVES_PPM))
            for place in range(each):
                market.tick(move_ppm * _PATTERN[place % len(_PATTERN)], [found, sweeping])
            figures[name] = found.figures()
    return {
        "positions": count,
        "budget_us": BUDGET_US,
        **figures,
        "any move while funding is swept": sweeping.figures(),
        "first after a restart": first.figures(),
        "liquidations": market.liquidations,
        "core_mode": mode,
    }


class MovingMarket:
    """A venue without orders coming in, whose outside prices move."""

    def __init__(self, workload: Workload) -> None:
        self._engine: Engine = open_and_fill(workload)
        _check_positions(self._engine, len(workload.genesis.accounts))
        self._writer = BatchWriter(incarnation=2, now_ms=workload.now_ms)
        self._observations = Observations(Draws(1, "ticks"))
        self._fair = workload.fair
        self._marks: dict[int, int] = {}
        self.liquidations = 0

    def restart(self) -> None:
        """Go on from a snapshot: nobody has been measured yet, so the next tick looks at all."""
        engine, fault = restore_engine(self._engine.genesis, self._engine.snapshot())
        assert engine is not None, fault
        self._engine = engine

    def tick(self, move_ppm: int, ticks: list[Ticks]) -> None:
        """Another second, with prices that far from where they began. The first of `ticks` takes
        the measurement, the second when funding was swept.
        """
        wall_ms = self._writer.next_second()
        fair = [price + price * move_ppm // MILLION for price in self._fair]
        for said in self._observations.of_second(wall_ms=wall_ms, fair=fair):
            self._engine.apply_many(self._writer.batch(_COLLECTOR_PUBLISHER, said))
        beat = self._writer.batch(_ENGINE_PUBLISHER, [TimerBeat(timer_id=0, wall_ms=wall_ms)])
        liquidations = self._engine.state.liquidations
        examined, reached = liquidations.examined, liquidations.watch.reached
        started = time.thread_time_ns()
        data = self._engine.apply_many(beat)
        took_us = (time.thread_time_ns() - started) // 1_000
        swept = self._read(data, fair)
        kept = ticks[1] if swept else ticks[0]
        kept.took_us.append(took_us)
        kept.reached.append(liquidations.watch.reached - reached)
        kept.examined.append(liquidations.examined - examined)

    def _read(self, data: bytes, fair: list[int]) -> bool:
        """Check that the marks went along; returns whether somebody paid funding."""
        swept = False
        for entry in read_entries(data):
            for event in entry.events:
                swept = swept or isinstance(event, FundingPaid)
                self.liquidations += isinstance(event, LiquidationStepped)
                if isinstance(event, MarkPublished):
                    expected = fair[event.instrument_id // 2]
                    is_near = abs(int(event.mark) - expected) * _NEAR <= expected
                    if event.is_held or not is_near:
                        raise OperatorFault(
                            expected=f"a mark near {expected} ticks",
                            found=f"{event.mark}, held: {event.is_held}",
                            to_do="these ticks would not be what they are called: mend the bench",
                        )
        return swept


def _check_positions(engine: Engine, accounts: int) -> None:
    """Every account has a position: none was refused for want of room."""
    found = sum(
        any(position.size != 0 for position in account.positions)
        for account in engine.state.accounts
    )
    if found != accounts:
        raise OperatorFault(
            expected=f"{accounts} accounts with a position",
            found=f"{found}",
            to_do="the venue refuses positions of this workload: mend the bench",
        )
