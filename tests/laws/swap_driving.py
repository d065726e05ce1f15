"""Bring a stream with swaps to the engine and to the naive twin, entry by entry: what the engine
says of prices is given to the twin, all else must be the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from seawall.core.engine import Engine, open_engine
from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import AcceptClock, Command, TimerBeat
from seawall.core.model.enums import InstrumentKind
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import CommandRejected, Event, TradingStateChanged
from seawall.core.model.genesis import Genesis
from seawall.core.model.order_events import (
    AmendRejected,
    CancelRejected,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
)
from seawall.core.model.risk_events import (
    DetectorFired,
    FreezeChanged,
    FundingPaid,
    FundingSettled,
    FundingSkipped,
    IndexJumped,
    IndexPublished,
    LiquidationStepped,
    MarkPublished,
    PositionChanged,
    PositionDeleveraged,
    PositionTakenOver,
    PriceLimitsChanged,
    SourceStatusChanged,
)
from tests.laws.driving import batches
from tests.laws.naive_swap_twin import NaiveSwapTwin, take_given
from tests.laws.worlds import Step

GIVEN = (
    *(IndexPublished, SourceStatusChanged, IndexJumped, DetectorFired, FreezeChanged),
    *(MarkPublished, PriceLimitsChanged, FundingSettled, FundingSkipped),
)
LIQUIDATION = (LiquidationStepped, PositionTakenOver, PositionDeleveraged)
REJECTS = (OrderRejected, AmendRejected, CancelRejected, CommandRejected)


@dataclass
class Told:
    """How a comparison went: the first difference ("" for none), the last seq compared, and how
    often what happened. A story ends with its first liquidation, which has laws of its own.
    """

    difference: str = ""
    seq: int = 0
    is_liquidated: bool = False
    counts: Counter[str] = field(default_factory=Counter)


def compare(genesis: Genesis, steps: list[Step]) -> Told:
    """Engine against twin."""
    engine, twin = open_engine(genesis), NaiveSwapTwin(genesis)
    told = Told()
    sizes: dict[tuple[int, int], int] = {}
    for step, batch in zip(steps, batches(genesis, steps), strict=True):
        entries = read_entries(engine.apply_many(batch))
        events = entries[0].events if entries else []
        if any(isinstance(one, LIQUIDATION) for one in events):
            told.is_liquidated = True
            return told
        told.seq = int(engine.seq)
        command = decode_command(step.data, 0, len(step.data))
        take_given(twin, engine, events)
        expected = twin.apply_bytes(seq=told.seq, stamp_ns=step.stamp_ns, data=step.data)
        actual = compared(command, events)
        if expected != actual:
            told.difference = difference(told.seq, expected, actual)
            return told
        count(told.counts, engine, events, sizes)
    told.counts["too careful"] = twin.too_careful
    return told


def compared(command: Command | None, events: list[Event]) -> list[Event]:
    """What the twin must say as well."""
    own = [one for one in events if not isinstance(one, GIVEN)]
    if isinstance(command, TimerBeat | AcceptClock):  # guards of the price speak in the tick
        return [one for one in own if not isinstance(one, TradingStateChanged)]
    return own


def difference(seq: int, expected: list[Event], actual: list[Event]) -> str:
    """For people."""
    ours, theirs = ("\n    ".join(str(one) for one in some) for some in (expected, actual))
    return f"seq {seq}\n  twin\n    {ours}\n  engine\n    {theirs}"


def count(
    counts: Counter[str],
    engine: Engine,
    events: list[Event],
    sizes: dict[tuple[int, int], int],
) -> None:
    """What happened, by names that a law asks for."""
    markets = engine.state.markets
    counts["entries"] += 1
    is_arrival = any(isinstance(one, OrderAccepted) for one in events)
    for one in events:
        if isinstance(one, REJECTS):
            counts[f"reject {one.reason}"] += 1
        elif isinstance(one, OrderCancelled):
            is_swap = markets[one.instrument_id].instrument.kind == InstrumentKind.SWAP
            counts[f"{'swap' if is_swap else 'spot'} cancel {one.reason}"] += 1
            counts[f"cancel {one.reason} {'resting' if one.was_resting else 'taker'}"] += 1
        elif isinstance(one, OrderFilled):
            is_swap = markets[one.instrument_id].instrument.kind == InstrumentKind.SWAP
            counts["swap fills" if is_swap else "spot fills"] += 1
            counts["rebates"] += one.maker_fee < 0
        elif isinstance(one, OrderAmended):
            counts["trims" if is_arrival and one.kept_priority else "amends"] += 1
        elif isinstance(one, IndexPublished):
            counts[f"index {one.state}/{one.reason}"] += 1
        elif isinstance(one, PositionChanged):
            key = (one.account_id, one.instrument_id)
            counts["flips"] += sizes.get(key, 0) * one.size < 0
            counts["closes"] += sizes.get(key, 0) != 0 and one.size == 0
            counts[f"positions of mode {one.margin_mode}"] += 1
            sizes[key] = one.size
        elif isinstance(one, FundingPaid | FundingSettled):
            counts[type(one).__name__] += 1
