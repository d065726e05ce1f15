"""What a crash must not do to the venue, counted from the events of the day.

The index must follow, liquidations must keep to the market limiter (domain 4.4), the insurance fund
must stay above zero, and nothing may be frozen that need not be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from seawall.core.model.enums import (
    DETECTOR_NAMES,
    INDEX_STATE_NAMES,
    TRADING_STATE_NAMES,
    IndexState,
    LedgerKind,
    OrderCause,
    Side,
)
from seawall.core.model.events import (
    BalanceChanged,
    EntryEvents,
    Event,
    OutageEnded,
    TradingStateChanged,
)
from seawall.core.model.genesis import Genesis
from seawall.core.model.order_events import OrderFilled
from seawall.core.model.risk_events import (
    AlgoTriggered,
    DetectorFired,
    FreezeChanged,
    IndexJumped,
    IndexPublished,
    LiquidationStepped,
    OrderCaused,
    PositionDeleveraged,
    PositionTakenOver,
)
from seawall.simulation.drills.crash import Truth
from seawall.simulation.drills.picture import Picture
from seawall.simulation.drills.venue import E8, FUND_SEED, TERMS

MILLION: Final = 10**6
RANGE_PERCENT: Final = 1  # depth counts within this of the mark
FLOW_SHARE: Final = 10  # a tenth of it may be sold in a tick ...
FLOW_MIN, FLOW_MAX = 50_000 * E8, 2_000_000 * E8  # ... between these
FORCED: Final = (OrderCause.LIQUIDATION, OrderCause.UNWIND)


class Tally(msgspec.Struct, kw_only=True):
    """What the judge of a crash counted. Shares in ppm, money in units of USDT."""

    fills: int = 0
    index_error_max_ppm: int = 0
    index_ticks: int = 0
    confirm_seconds: int = 0
    hold_seconds: int = 0
    jumps: int = 0
    liquidations: int = 0
    taken_over: int = 0
    deleveraged: int = 0
    triggers: int = 0
    triggers_refused: int = 0  # they fired, and the order was refused then
    forced_ticks: int = 0  # ticks in which the venue itself traded
    limiter_share_max_ppm: int = 0  # of the allowance, the most that was used in a tick
    fund_start: int = FUND_SEED
    fund_min: int = FUND_SEED
    fund_end: int = FUND_SEED
    frozen: list[str] = []


class CrashJudge:
    """Reads the day and compares its index with the truth of each second."""

    def __init__(self, *, genesis: Genesis, truths: Sequence[Truth]) -> None:
        self.tally = Tally(frozen=[])
        self._picture = Picture(genesis)
        self._truth = {truth.at_ms // 1_000: truth.median_e8 for truth in truths}
        self._episodes: set[tuple[int, int, int]] = set()
        self._forced: dict[int, tuple[int, int]] = {}  # order id -> (instrument, side)
        self._allowed: dict[tuple[int, int], int] = {}  # in this entry
        self._flow: dict[tuple[int, int], int] = {}

    def judge(self, entries: Iterable[EntryEvents]) -> Tally:
        """Read everything and count."""
        for entry in entries:
            for event in entry.events:
                self._count(event, entry)
                self._picture.apply_event(event, entry)
            if self._allowed:
                self._close_tick()
        self.tally.liquidations = len(self._episodes)
        return self.tally

    def _count(self, event: Event, entry: EntryEvents) -> None:
        tally = self.tally
        if isinstance(event, OrderFilled):
            tally.fills += 1
            self._count_flow(event)
        elif isinstance(event, OrderCaused):
            if event.cause in FORCED:
                self._count_order(event)
        elif isinstance(event, IndexPublished):
            self._compare(event, entry)
        elif isinstance(event, IndexJumped):
            tally.jumps += 1
        elif isinstance(event, LiquidationStepped):
            self._episodes.add((event.account_id, event.instrument_id, event.episode))
        elif isinstance(event, PositionTakenOver):
            tally.taken_over += 1
        elif isinstance(event, PositionDeleveraged):
            tally.deleveraged += 1
        elif isinstance(event, AlgoTriggered):
            tally.triggers += 1
            tally.triggers_refused += 1 if event.reason else 0
        elif isinstance(event, BalanceChanged):
            if event.kind == LedgerKind.INSURANCE:
                tally.fund_end = event.balance
                tally.fund_min = min(tally.fund_min, event.balance)
        else:
            self._count_stop(event, entry)

    def _count_stop(self, event: Event, entry: EntryEvents) -> None:
        """Everything that keeps people from trading, or prices from acting."""
        text = ""
        if isinstance(event, DetectorFired):
            text = f"detector {DETECTOR_NAMES[event.detector]} on source {event.source_id}"
        elif isinstance(event, FreezeChanged) and event.is_frozen:
            text = f"index {event.index_id} frozen"
        elif isinstance(event, TradingStateChanged):
            state = TRADING_STATE_NAMES[event.new_state]
            text = f"instrument {event.instrument_id} {state}"
        elif isinstance(event, OutageEnded):
            text = "an outage of the venue"
        if text:
            self.tally.frozen.append(f"seq {entry.seq}: {text}")

    def _compare(self, event: IndexPublished, entry: EntryEvents) -> None:
        tally = self.tally
        if event.state == IndexState.INIT:
            return
        tally.index_ticks += 1
        if event.state == IndexState.CONFIRM:
            tally.confirm_seconds += 1
        elif event.state == IndexState.HOLD:
            tally.hold_seconds += 1
            state = INDEX_STATE_NAMES[event.state]
            tally.frozen.append(f"seq {entry.seq}: index {event.index_id} {state}")
        truth = self._truth.get(entry.time_ns // 1_000_000_000)
        assert truth is not None, "every second has its truth"
        error = -(-abs(int(event.value_e8) - truth) * MILLION // truth)
        tally.index_error_max_ppm = max(tally.index_error_max_ppm, error)

    def _count_order(self, event: OrderCaused) -> None:
        """An order of the venue's own: what it may fill in this tick was fixed before it."""
        order = self._picture.orders[event.order_id]
        key = (event.instrument_id, order.side)
        self._forced[event.order_id] = key
        if key not in self._allowed:
            self._allowed[key] = self._allowance(*key)
            self._flow[key] = 0

    def _allowance(self, instrument_id: int, side: int) -> int:
        mark = self._picture.marks[instrument_id]
        reach = mark * RANGE_PERCENT // 100
        depth = 0
        for order in self._picture.orders.values():
            if order.instrument_id != instrument_id or order.side == side:
                continue
            is_near = (
                order.price >= mark - reach if side == Side.SELL else order.price <= mark + reach
            )
            if is_near:
                depth += order.price * order.open
        value = depth * TERMS[instrument_id].unit_value // FLOW_SHARE
        return max(FLOW_MIN, min(FLOW_MAX, value))

    def _count_flow(self, event: OrderFilled) -> None:
        key = self._forced.get(event.taker_order_id)
        if key is not None:
            terms = TERMS[event.instrument_id]
            mark = self._picture.marks[event.instrument_id]
            self._flow[key] += event.quantity * mark * terms.unit_value

    def _close_tick(self) -> None:
        tally = self.tally
        tally.forced_ticks += 1
        for key, allowed in self._allowed.items():
            used = self._flow[key] * MILLION // allowed
            tally.limiter_share_max_ppm = max(tally.limiter_share_max_ppm, used)
        self._allowed, self._flow, self._forced = {}, {}, {}
