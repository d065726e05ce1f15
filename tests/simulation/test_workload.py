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
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import CancelRejected, OrderFilled
from seawall.core.model.rejects import RejectReason
from seawall.simulation.workload import Shape, Workload, make_workload

TYPES = {
    "place_rest": CommandType.PLACE_ORDER,
    "place_fill": CommandType.PLACE_ORDER,
    "ioc": CommandType.PLACE_ORDER,
    "cancel": CommandType.CANCEL_ORDER,
    "amend": CommandType.AMEND_ORDER,
    "beat": CommandType.TIMER_BEAT,
}
SHAPE = Shape(commands=12_000, accounts=500, resting=200, seed=3)


@pytest.fixture(scope="module")
def workload() -> Workload:
    """A small stream of the usual mix."""
    return make_workload(SHAPE)


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


def test_the_mix_is_the_stated_one(workload: Workload) -> None:
    """48 % orders, 42 % cancels, 5 % immediate, 5 % amends; at least 8 % trade, at most 3 %
    refused.
    """
    counts = workload.counts
    total = SHAPE.commands

    assert total == sum(counts[kind] for kind in ("place_rest", "place_fill", "cancel")) + (
        counts["ioc"] + counts["amend"]
    )
    assert 460 <= (counts["place_rest"] + counts["place_fill"]) * 1_000 // total <= 500
    assert 400 <= counts["cancel"] * 1_000 // total <= 440
    assert 40 <= counts["ioc"] * 1_000 // total <= 60
    assert 40 <= counts["amend"] * 1_000 // total <= 60
    assert counts["trading"] * 100 >= total * 8
    assert 0 < counts["refused"] * 100 <= total * 3


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
def test_pure_batches_hold_one_kind() -> None:
    """So the time of a batch is the time of its kind; the engine agrees here too."""
    pure = make_workload(Shape(commands=12_000, accounts=500, seed=3), is_pure=True)
    _, counts = run(pure)

    assert pure.counts["trading"] == counts["trading"]
    assert {"place_rest", "place_fill", "cancel", "amend", "ioc"} <= set(pure.kinds)
    for batch, kind in zip(pure.batches, pure.kinds, strict=True):
        at = BATCH_HEADER_BYTES
        for _ in range(read_batch_header(batch, 0).count):
            length = read_word(batch, at + 8)
            assert TYPES[kind] == read_word(batch, at + 16) & 0xFF
            at += 16 + length


def test_batches_are_sound_and_of_256(workload: Workload) -> None:
    """The shape that budgets are stated for."""
    sizes = Counter(read_batch_header(batch, 0).count for batch in workload.batches)

    assert {""} == {batch_fault(batch, 0) for batch in workload.batches}
    assert SHAPE.commands // 256 == sizes[256]


PRINT_HASH = """
from tests.simulation.test_workload import digest
print(digest())
"""


def digest() -> str:
    """A fingerprint of a small workload."""
    made = make_workload(Shape(commands=2_000, accounts=100, resting=50, seed=9))
    return hashlib.sha256(made.setup + b"".join(made.batches)).hexdigest()


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
