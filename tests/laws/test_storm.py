"""Laws in a storm: whatever happens at once, the books balance, nothing raises, a restart changes
nothing, and compiled or not the venue becomes the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from seawall.core.engine import Engine, open_engine
from seawall.core.engine.swap_market import LEVER_DEFAULT
from seawall.core.model.enums import (
    CancelReason,
    LedgerKind,
    LiquidationPhase,
    OrderCause,
    TimeInForce,
)
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import BalanceChanged, CommandRejected, Event, InternalFault
from seawall.core.model.genesis_codec import encode_genesis
from seawall.core.model.order_events import (
    AmendRejected,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
)
from seawall.core.model.risk_events import (
    AlgoRejected,
    AlgoTriggered,
    IndexPublished,
    LiquidationStepped,
    OrderCaused,
    PositionChanged,
)
from tests.laws.fresh import installed_mode, run_fresh
from tests.laws.storm import Storm
from tests.laws.test_restore import restored
from tests.laws.worlds import seeds

ENTRIES = 2_500
AUDIT_EVERY = 7
RESTART_PERCENT = 1
NEVER_NEGATIVE = (
    *(LedgerKind.TRADING, LedgerKind.FUNDING, LedgerKind.ISOLATED),
    *(LedgerKind.INSURANCE, LedgerKind.SYS_ROUNDING, LedgerKind.HOUSE_TREASURY),
)
COMMON = (
    *("OrderFilled", "OrderAmended", "MassCancelled", "OutageEnded", "IndexJumped"),
    *("AlgoAccepted", "AlgoCancelled", "fired", "fired in vain", "FundingPaid"),
    *("LeverageChanged", "MarginAdjusted", "FundsTransferred", "DepositCredited"),
    *("TradingStateChanged", "SourceStatusChanged", "SystemModeChanged"),
    *("LiquidationStepped", f"phase {LiquidationPhase.REDUCE}"),
    *(f"cause {OrderCause.ALGO}", f"cause {OrderCause.LIQUIDATION}", f"cause {OrderCause.MIRROR}"),
    *(f"cancel {CancelReason.SELF_TRADE}", f"cancel {CancelReason.FOK}"),
    *(f"cancel {CancelReason.POST_ONLY}", f"cancel {CancelReason.EXPIRED}"),
    *(f"cancel {CancelReason.MASS_CANCEL}", f"cancel {CancelReason.MIRROR}"),
    *("index 1/0", "index 3/0", "index 4/1", "index 4/2"),
)
RARE = (
    *("FundingSettled", "FundingSkipped", "HedgeRecorded", "IndexOverridden", "ParameterSet"),
    *("FreezeChanged", "AccountStateChanged", "DetectorFired", "ClockAccepted", "index 2/0"),
    *("PositionTakenOver", "PositionDeleveraged", f"cause {OrderCause.UNWIND}"),
    *(f"cancel {CancelReason.BAND_PROTECT}", f"cancel {CancelReason.REDUCE_ONLY}"),
    *(f"cancel {CancelReason.LIQUIDATION}", f"cancel {CancelReason.DELEVERAGED}"),
    *(f"cancel {CancelReason.MARGIN}", f"cancel {CancelReason.FROZEN}"),
    *(f"cancel {CancelReason.MARKET_CAP}", f"cancel {CancelReason.QUOTE_LEFTOVER}"),
)
REFUSALS = (OrderRejected, AmendRejected, AlgoRejected, CommandRejected)


@dataclass
class Books:
    """What a reader makes of events alone: money, positions, open orders, waiting algo orders."""

    balances: dict[tuple[int, ...], tuple[int, ...]] = field(default_factory=dict)
    positions: dict[tuple[int, ...], tuple[int, ...]] = field(default_factory=dict)

    def read(self, events: list[Event]) -> None:
        """Take the events of an entry, or of a description."""
        for one in events:
            if isinstance(one, BalanceChanged):
                name = (one.kind, one.account_id, one.asset_id, one.instrument_id)
                self.balances[name] = (one.balance, one.held)
            elif isinstance(one, PositionChanged):
                size = one.size
                mode = one.margin_mode if size else 0  # a mode that nothing uses is no state
                terms = (size, one.cost, mode, one.lever, one.margin, one.realised, one.fees)
                opened_ms = one.opened_ms if size else 0
                key = (one.account_id, one.instrument_id)
                self.positions[key] = (*terms, one.funding, opened_ms)

    def difference(self, engine: Engine) -> str:
        """What the engine describes otherwise; "" for nothing."""
        told = Books()
        for entry in read_entries(engine.describe()):
            told.read(entry.events)
        for name, ours, theirs in (
            ("balances", self.balances, told.balances),
            ("positions", self.positions, told.positions),
        ):
            for key in ours.keys() | theirs.keys():
                mine, true = ours.get(key), theirs.get(key)
                if mine != true and not (is_nothing(mine) and is_nothing(true)):
                    return f"{name} {key}: read {mine}, is {true}"
        return ""


def is_nothing(known: tuple[int, ...] | None) -> bool:
    """Whether it need not be said: no money, or a position without size, history or choice of
    leverage.
    """
    if known is None or not any(known):
        return True
    return len(known) == len(UNUSED) and known == UNUSED


UNUSED = (0, 0, 0, LEVER_DEFAULT, 0, 0, 0, 0, 0)


class Watcher:
    """Judges each entry of a storm, and counts what happened."""

    def __init__(self, storm: Storm) -> None:
        self.storm = storm
        self.books = Books()
        for entry in read_entries(storm.engine.describe()):
            self.books.read(entry.events)
        self.counts: Counter[str] = Counter()

    def take(self, events: list[Event]) -> None:
        """What one entry said."""
        where = f"seq {self.storm.engine.seq}"
        self.books.read(events)
        filled: Counter[int] = Counter()
        wanted: dict[int, OrderAccepted] = {}
        for one in events:
            assert not isinstance(one, InternalFault), where
            if isinstance(one, BalanceChanged) and one.kind in NEVER_NEGATIVE:
                assert 0 <= one.held <= one.balance, f"{where}: {one}"
            elif isinstance(one, OrderAccepted):
                wanted[one.order_id] = one
            elif isinstance(one, OrderFilled):
                filled[one.taker_order_id] += one.quantity
                self.judge_fill(one, where)
            self.count(one)
        for order_id, order in wanted.items():
            if order.time_in_force == TimeInForce.FOK:  # I22
                assert filled[order_id] in (0, order.quantity), f"{where}: {order}"
            if order.time_in_force == TimeInForce.POST_ONLY:  # I21
                assert filled[order_id] == 0, f"{where}: {order}"
        is_deep = self.storm.engine.seq % AUDIT_EVERY == 0
        if is_deep or any(isinstance(one, LiquidationStepped) for one in events):
            assert self.storm.engine.ledger_faults() == [], where
        if self.storm.engine.seq % 97 == 0:
            assert self.books.difference(self.storm.engine) == "", where

    def judge_fill(self, fill: OrderFilled, where: str) -> None:
        """I19, I20: nobody trades with himself, nothing trades outside the band."""
        state = self.storm.engine.state
        maker = state.account(fill.maker_account_id)
        taker = state.account(fill.taker_account_id)
        if maker is not None and taker is not None:
            assert maker.owner_id != taker.owner_id, f"{where}: {fill}"
        market = state.markets[fill.instrument_id]
        assert market.band_low <= fill.price <= market.band_high, f"{where}: {fill}"

    def count(self, one: Event) -> None:
        """By the name of the event, and by what it says."""
        self.counts[type(one).__name__] += 1
        if isinstance(one, OrderCancelled):
            self.counts[f"cancel {one.reason}"] += 1
        elif isinstance(one, LiquidationStepped):
            self.counts[f"phase {one.phase}"] += 1
        elif isinstance(one, OrderCaused):
            self.counts[f"cause {one.cause}"] += 1
        elif isinstance(one, IndexPublished):
            self.counts[f"index {one.state}/{one.reason}"] += 1
        elif isinstance(one, AlgoTriggered):
            self.counts["fired" if one.reason == 0 else "fired in vain"] += 1
        elif isinstance(one, REFUSALS):
            self.counts[f"refusal {one.reason}"] += 1


def weathered(seed: int, entries: int = ENTRIES) -> Watcher:
    """A storm to its end, beside an engine that is restarted from bytes now and then and must say
    the same.
    """
    storm = Storm(seed)
    watcher = Watcher(storm)
    again = open_engine(storm.genesis)
    for _ in range(entries):
        if storm.draw.chance(RESTART_PERCENT):
            data = storm.engine.snapshot()
            again = restored(storm.genesis, data)
            assert again.snapshot() == data, f"seed {seed}, seq {storm.engine.seq}"
            assert again.ledger_faults() == []
        batch, said, events = storm.step()
        assert again.apply_many(batch) == said, f"seed {seed}, seq {storm.engine.seq}"
        watcher.take(events)
    assert again.state_hash() == storm.engine.state_hash(), f"seed {seed}"
    assert watcher.books.difference(storm.engine) == "", f"seed {seed}"
    return watcher


@pytest.mark.slow
def test_no_storm_breaks_a_law() -> None:
    """Money, positions, books, reserves, the watch; restarts at random places; readers who know
    nothing but events.
    """
    counts: Counter[str] = Counter()
    for seed in seeds(few=10, many=400):
        counts += weathered(seed).counts
    rare = {name: counts[name] for name in RARE if counts[name] == 0}
    common = {name: counts[name] for name in COMMON if counts[name] < 8}

    assert rare == {}
    assert common == {}


@pytest.mark.slow
def test_compiled_and_interpreted_weather_the_same_storm(tmp_path: Path) -> None:
    """64-bit arithmetic wraps silently when compiled; a difference would be money."""
    if installed_mode() != "compiled":
        pytest.skip("needs an installed, compiled seawall beside the sources")
    for seed in seeds(few=3, many=100):
        storm = Storm(seed)
        batches = [storm.step()[0] for _ in range(ENTRIES)]
        genesis, data = encode_genesis(storm.genesis), b"".join(batches)
        plain = run_fresh(genesis, data, folder=tmp_path, hash_seed="0", on_sources=True)
        native = run_fresh(genesis, data, folder=tmp_path, hash_seed="0", on_sources=False)

        assert (plain.mode, native.mode) == ("interpreted", "compiled")
        assert plain.result() == native.result(), f"seed {seed}"
