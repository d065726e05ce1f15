"""Rows that an account's later trades have overtaken are not posted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seawall.core.model.enums import LedgerKind, MarginMode
from seawall.core.model.event_writer import EventWriter
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.repair import LedgerRow, PositionRow, RepairRows
from seawall.core.model.repair_event_writer import (
    overlay_loaded,
    repair_closed,
    repair_opened,
    repair_posted,
)
from seawall.core.model.risk_event_writer import funding_paid
from seawall.errors import OperatorFault
from seawall.repair.posting import post
from seawall.repair.staleness import stale_fault
from tests.repair.naive_venue import NaiveVenue
from tests.repair.plans import sound_case
from tests.repair.test_posting import approved, no_progress, posting

SWAP, SPOT, OTHER_SPOT = 1, 9, 8
BTC, USDT, ETH = 1, 2, 3
PLAN, OTHER_PLAN = b"p" * 32, b"q" * 32
BASES = {SPOT: BTC, OTHER_SPOT: ETH}
Say = Callable[[EventWriter], None]


def position_row(account_id: int, size: int) -> PositionRow:
    """A difference of a swap."""
    return PositionRow(account_id, SWAP, size, 0, 1, 0, 0, MarginMode.CROSS, 1)


ROWS = RepairRows(
    ledger=[
        LedgerRow(LedgerKind.TRADING, 5, BTC, 0, 7),
        LedgerRow(LedgerKind.TRADING, 6, USDT, 0, 7),
    ],
    positions=[position_row(3, 9), position_row(4, 0), position_row(ACCOUNT_ID_ERROR, -9)],
    algos=[],
    orders=[],
)


def fill(taker_id: int, maker_id: int, instrument_id: int) -> Say:
    """A fill between two."""

    def say(out: EventWriter) -> None:
        out.order_filled(
            trade_id=1,
            instrument_id=instrument_id,
            price=100,
            quantity=1,
            taker_side=0,
            taker_order_id=1,
            taker_account_id=taker_id,
            taker_fee=0,
            taker_open=0,
            maker_order_id=2,
            maker_account_id=maker_id,
            maker_fee=0,
            maker_open=0,
        )

    return say


def funding(account_id: int, instrument_id: int) -> Say:
    """Funding of a position."""
    return lambda out: funding_paid(
        out, account_id=account_id, instrument_id=instrument_id, amount=1
    )


def loaded(case_id: bytes) -> Say:
    """The last part has arrived."""
    return lambda out: overlay_loaded(out, case_id=case_id, rows=1, overlay_hash=b"h" * 32)


def opened(case_id: bytes, digest: bytes) -> Say:
    """A case is announced."""
    return lambda out: repair_opened(
        out,
        case_id=case_id,
        cut_seq=39,
        plan_hash=digest,
        parts=1,
        first_operator_id=1,
        second_operator_id=2,
    )


def closed(case_id: bytes) -> Say:
    """It is given up."""
    return lambda out: repair_closed(out, case_id=case_id)


def posted(case_id: bytes) -> Say:
    """Its rows have been posted."""
    return lambda out: repair_posted(out, case_id=case_id, rows=1, overlay_hash=b"h" * 32)


def said(*events: Say) -> list[bytes]:
    """The bytes of an entry for each."""
    data = []
    for seq, say in enumerate(events, 40):
        out = EventWriter()
        out.begin_entry(seq=seq, time_ns=0, clock_ms=0)
        say(out)
        data.append(out.take())
    return data


def fault(*events: Say) -> str:
    """What these events mean for the rows."""
    return stale_fault(said(*events), ROWS, case_id="c-1", plan_hash=PLAN, bases=BASES)


@pytest.mark.parametrize(
    ("event", "account_id"),
    [
        (fill(3, 99, SWAP), 3),
        (fill(99, 3, SWAP), 3),
        (fill(5, 99, SPOT), 5),
        (funding(3, SWAP), 3),
    ],
)
def test_a_move_of_what_the_rows_give_back_makes_them_stale(event: Say, account_id: int) -> None:
    """The account would get twice what it has already bought again."""
    assert f"account {account_id} has moved" in fault(event)
    assert "at seq 40" in fault(event)


@pytest.mark.parametrize(
    "event",
    [
        fill(99, 98, SWAP),  # strangers
        fill(4, 99, SWAP),  # only money differs in it
        fill(3, 99, SPOT),  # another instrument
        fill(5, 99, OTHER_SPOT),
        fill(6, 99, SPOT),  # he has a difference of the quote, which no trade closes
        funding(99, SWAP),
        fill(ACCOUNT_ID_ERROR, 99, SWAP),
    ],
)
def test_other_moves_do_not_matter(event: Say) -> None:
    """Else no venue that goes on could ever be repaired."""
    assert fault(event) == ""


def test_from_the_last_part_on_the_engine_follows() -> None:
    """Of this very plan; another case or plan that was open before means nothing."""
    move = fill(3, 99, SWAP)

    assert fault(opened(b"c-1", PLAN), loaded(b"c-1"), move) == ""
    assert "seq 42" in fault(opened(b"c-2", PLAN), loaded(b"c-2"), move)
    assert "seq 42" in fault(opened(b"c-1", OTHER_PLAN), loaded(b"c-1"), move)
    assert "seq 40" in fault(move, opened(b"c-1", PLAN), loaded(b"c-1"))


def test_what_arrived_is_forgotten_when_the_case_is_closed() -> None:
    """Between two attempts nobody follows, and the second has the rows of the plan again."""
    attempt = (opened(b"c-1", PLAN), loaded(b"c-1"))
    move = fill(3, 99, SWAP)

    assert "seq 42" in fault(*attempt, move, closed(b"c-1"))
    assert "seq 43" in fault(*attempt, closed(b"c-1"), move, *attempt)
    assert "seq 42" in fault(*attempt, move, closed(b"c-1"), *attempt)
    assert fault(*attempt, closed(b"c-1"), *attempt, move) == ""
    earlier = (opened(b"c-1", OTHER_PLAN), loaded(b"c-1"), closed(b"c-1"))
    assert "seq 43" in fault(*earlier, move, *attempt)


def test_the_posting_of_another_case_makes_rows_stale() -> None:
    """It may have put the same right."""
    other = (opened(b"c-2", OTHER_PLAN), loaded(b"c-2"), posted(b"c-2"))

    assert "case c-2 was posted at seq 42" in fault(*other, opened(b"c-1", PLAN), loaded(b"c-1"))


def test_a_stale_case_is_closed_and_not_posted() -> None:
    """And the next plan of it can be opened."""
    venue = NaiveVenue()
    venue.seq = 50
    venue.said = [(40, said(fill(3, 99, SPOT))[0])]

    with pytest.raises(OperatorFault, match="account 3 has moved in instrument 9 at seq 40"):
        post(posting(), door=venue, progress=no_progress)
    assert venue.opened is None
    assert venue.postings == 0

    venue.said = []
    assert post(posting(approved(sound_case())), door=venue, progress=no_progress).is_new


def test_nothing_is_looked_at_when_nothing_came_between() -> None:
    """A venue that stands still needs no look at its journal."""
    venue = NaiveVenue()
    venue.seq = 30  # the cut of the plan
    venue.said = [(40, said(fill(3, 99, SPOT))[0])]

    assert post(posting(), door=venue, progress=no_progress).is_new
