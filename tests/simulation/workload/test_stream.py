"""The workload is what it says: its mix, its trades, its refusals, as the engine sees them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter

import pytest

from seawall.core.engine import Engine, open_engine
from seawall.core.model.batch import BATCH_HEADER_BYTES, batch_fault, read_batch_header
from seawall.core.model.codec import read_word
from seawall.core.model.commands import CommandType
from seawall.core.model.enums import IndexState, MarginMode
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import PricesObserved
from seawall.core.model.order_events import CancelRejected, OrderFilled
from seawall.core.model.rejects import RejectReason
from seawall.core.model.risk_events import FundingPaid, IndexPublished
from seawall.simulation.workload import SPOT, WHOLE, Mix, Shape, Workload, make_workload

TYPES = {
    "place_rest": CommandType.PLACE_ORDER,
    "place_fill": CommandType.PLACE_ORDER,
    "ioc": CommandType.PLACE_ORDER,
    "cancel": CommandType.CANCEL_ORDER,
    "amend": CommandType.AMEND_ORDER,
    "algo_place": CommandType.PLACE_ALGO,
    "algo_cancel": CommandType.CANCEL_ALGO,
    "observe": CommandType.OBSERVE_PRICES,
    "beat": CommandType.TIMER_BEAT,
}
COMMANDS = 12_000
MIXES = {"spot": SPOT, "whole": WHOLE}


def shape_of(mix: Mix, *, commands: int = COMMANDS) -> Shape:
    """A small stream."""
    return Shape(commands=commands, accounts=500, resting=200, seed=3, mix=mix)


@pytest.fixture(scope="module", params=list(MIXES))
def workload(request: pytest.FixtureRequest) -> Workload:
    """A small stream of each mix."""
    return make_workload(shape_of(MIXES[request.param]))


def run(workload: Workload) -> tuple[Engine, Counter[str]]:
    """Apply a workload; count the entries of the timed part that trade and that are refused."""
    engine = open_engine(workload.genesis)
    engine.apply_many(workload.setup)
    counts: Counter[str] = Counter()
    for batch in workload.batches:
        for entry in read_entries(engine.apply_many(batch)):
            names = {type(event).__name__ for event in entry.events}
            counts["trading"] += any(isinstance(event, OrderFilled) for event in entry.events)
            counts["refused"] += any(name.endswith("Rejected") for name in names)
            counts["late"] += any(
                isinstance(event, CancelRejected) and event.reason == RejectReason.ORDER_DONE
                for event in entry.events
            )
    return engine, counts


@pytest.mark.slow
def test_the_engine_does_what_the_model_expects(workload: Workload) -> None:
    """Each command of the stream was written for a book that the engine must then have."""
    engine, counts = run(workload)

    assert workload.counts["trading"] == counts["trading"]
    assert workload.counts["refused"] == counts["refused"] == counts["late"]
    assert [] == engine.ledger_faults()


@pytest.mark.parametrize("name", list(MIXES))
def test_the_mix_is_the_stated_one(name: str) -> None:
    """Each kind has its share, within a twentieth of it and a few commands; at least 8 % trade, at
    most 3 % are refused.
    """
    mix = MIXES[name]
    counts = make_workload(shape_of(mix)).counts
    shares_ppm = mix.exact_shares_ppm()

    assert COMMANDS == sum(counts[kind] for kind in mix.kinds)
    assert 1_000_000 == sum(shares_ppm.values())
    for kind, share_ppm in shares_ppm.items():
        stated = COMMANDS * share_ppm // 1_000_000
        assert abs(counts[kind] - stated) <= stated // 20 + 60
    assert counts["trading"] * 100 >= COMMANDS * 8
    assert 0 < counts["refused"] * 100 <= COMMANDS * 3


@pytest.mark.slow
def test_the_book_is_stationary() -> None:
    """A book that grows or dries up would measure something else at the end than at the start."""
    shape = Shape(commands=60_000, accounts=500, resting=200, has_client_ids=False)
    engine, _ = run(make_workload(shape))
    resting = sum(1 for _ in engine.state.markets) * shape.resting
    open_orders = Counter(
        type(event).__name__ for entry in read_entries(engine.describe()) for event in entry.events
    )["OrderAccepted"]

    assert resting * 8 <= open_orders * 10 <= resting * 12


@pytest.mark.slow
@pytest.mark.parametrize("name", list(MIXES))
def test_pure_batches_hold_one_kind(name: str) -> None:
    """So the time of a batch is the time of its kind; the engine agrees here too."""
    mix = MIXES[name]
    pure = make_workload(shape_of(mix), is_pure=True)
    _, counts = run(pure)

    assert pure.counts["trading"] == counts["trading"]
    assert pure.counts["refused"] == counts["refused"]
    assert set(mix.kinds) <= set(pure.kinds)
    for batch, kind in zip(pure.batches, pure.kinds, strict=True):
        at = BATCH_HEADER_BYTES
        for _ in range(read_batch_header(batch, 0).count):
            length = read_word(batch, at + 8)
            assert TYPES[kind] == read_word(batch, at + 16) & 0xFF
            at += 16 + length


@pytest.mark.slow
def test_the_whole_mix_has_everything_switched_on() -> None:
    """Positions in both margin modes, a good index from seven sources, algo orders that wait and
    do not fire, funding that is swept; no liquidation, or accounts would be missing later.
    """
    shape = shape_of(WHOLE, commands=70_000)
    workload = make_workload(shape)
    engine = open_engine(workload.genesis)
    engine.apply_many(workload.setup)
    seen: Counter[str] = Counter()
    for batch in workload.batches:
        for entry in read_entries(engine.apply_many(batch)):
            for event in entry.events:
                seen[type(event).__name__] += 1
                if isinstance(event, IndexPublished):
                    assert event.state == IndexState.NORMAL
    positions = [
        position
        for market in engine.state.markets.values()
        if market.swap is not None
        for position in market.swap.positions
        if position is not None and position.size != 0
    ]

    assert seen[PricesObserved.__name__] == 7 * seen[IndexPublished.__name__] > 0
    assert seen[FundingPaid.__name__] > 0
    assert seen["AlgoAccepted"] > 0 < seen["AlgoCancelled"]
    assert 0 == seen["AlgoTriggered"] == seen["LiquidationStepped"]
    assert len(positions) >= shape.accounts
    assert {MarginMode.CROSS, MarginMode.ISOLATED} == {one.margin_mode for one in positions}
    assert len(engine.state.algo_book.by_id) > 500


def test_batches_are_sound_and_of_256(workload: Workload) -> None:
    """The shape that budgets are stated for."""
    sizes = Counter(read_batch_header(batch, 0).count for batch in workload.batches)

    assert {""} == {batch_fault(batch, 0) for batch in workload.batches}
    assert COMMANDS // 256 == sizes[256]


PRINT_HASH = """
from tests.simulation.workload.test_stream import digest
print(digest())
"""


def digest() -> str:
    """A fingerprint of a small workload."""
    found = hashlib.sha256()
    for mix in MIXES.values():
        made = make_workload(Shape(commands=2_000, accounts=100, resting=50, seed=9, mix=mix))
        found.update(made.setup + b"".join(made.batches))
    return found.hexdigest()


@pytest.mark.slow
def test_a_seed_gives_the_same_bytes_in_any_process() -> None:
    """Two fresh processes with different hash seeds print the same."""
    printed = [
        subprocess.run(
            [sys.executable, "-c", PRINT_HASH],
            env={
                **os.environ,
                "PYTHONHASHSEED": hash_seed,
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            },
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    ]

    assert [digest(), digest()] == printed
