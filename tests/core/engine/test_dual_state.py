"""While a repair is being decided its accounts are judged twice, and live fills follow the gap
rule.
"""

from __future__ import annotations

import pytest

import seawall
from seawall.core.engine import posting
from seawall.core.model.commands import AmendOrder, TransferFunds
from seawall.core.model.enums import LedgerKind, TimeInForce
from seawall.core.model.order_events import OrderCancelled, OrderFilled
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair_codec import encode_rows
from seawall.core.model.risk_events import LiquidationStepped
from tests.core.engine.repair_world import (
    LOSS,
    harmed,
    healing,
    judged,
    money_rows,
)
from tests.laws.swap_venue import (
    ALICE,
    BIG,
    BOB,
    CAROL,
    DAVE,
    ISOLATED,
    TICK,
    USDT,
    WHOLE,
    long,
    short,
)
from tests.laws.venue import of_kind, reason_of

PLANTS = pytest.mark.skipif(
    seawall.core_mode() == "compiled",
    reason="plants bugs in the core; the interpreted half of the run does it",
)
R = RejectReason
POOR = 11 * 10**7  # enough for ten lots, gone when they have fallen by 110 ticks


def test_an_order_must_be_covered_in_both_states() -> None:
    """Ten lots more would have to be paid by margin that is there without the repair only."""
    rows = money_rows((LedgerKind.TRADING, BOB, -990 * WHOLE))
    venue = judged(rows=rows)

    assert reason_of(venue.do(long(BOB, 100, 1_000))) == R.NOT_WITH_REPAIR
    assert reason_of(venue.do(long(BOB, 10, 990))) == 0
    order_id = venue.last_order_id()
    amend = AmendOrder(account_id=BOB, instrument_id=BIG, order_id=order_id, new_quantity=100)
    assert reason_of(venue.do(amend)) == R.NOT_WITH_REPAIR
    venue.close()
    assert reason_of(venue.do(long(BOB, 90, 990))) == 0


def test_what_a_repair_would_bring_is_not_there_to_be_used() -> None:
    """The actual state counts as much."""
    rows = money_rows((LedgerKind.TRADING, BOB, 10_000 * WHOLE))
    venue = judged(cash=10 * WHOLE, rows=rows)

    assert reason_of(venue.do(long(BOB, 100, 1_000))) == R.INSUFFICIENT_MARGIN


def test_spot_orders_and_transfers_must_be_covered_in_both_states() -> None:
    """Money that the repair would take neither buys nor leaves."""
    from tests.laws.venue import buy

    venue = harmed()
    cash = venue.cash(BOB)
    venue.load(money_rows((LedgerKind.TRADING, BOB, -cash + 5 * TICK * 1_000)))
    wish = buy(BOB, 6, 1_000)
    fits = buy(BOB, 2, 1_000)

    assert reason_of(venue.do(wish)) == R.NOT_WITH_REPAIR
    assert reason_of(venue.do(fits)) == 0
    order_id = venue.last_order_id()
    more = AmendOrder(account_id=BOB, instrument_id=0, order_id=order_id, new_quantity=6)
    assert reason_of(venue.do(more)) == R.NOT_WITH_REPAIR
    out = TransferFunds(BOB, USDT, 100 * WHOLE, to_trading=False)
    assert reason_of(venue.do(out)) == R.NOT_WITH_REPAIR


def test_leverage_and_margin_are_asked_for_in_both_states() -> None:
    """Less leverage needs more margin; what the repair would take is not there to be added."""
    venue = harmed()
    venue.lever(DAVE, 20, ISOLATED)
    venue.do(short(CAROL, 10, 1_001))
    venue.do(long(DAVE, 10, 1_001, mode=ISOLATED))
    free = venue.cash(DAVE)
    venue.load(money_rows((LedgerKind.TRADING, DAVE, -free + 10)))

    assert venue.margin(DAVE) > 0
    assert reason_of(venue.adjust(DAVE, 11)) == R.NOT_WITH_REPAIR
    assert reason_of(venue.adjust(DAVE, 10)) == 0
    assert reason_of(venue.lever(DAVE, 1, ISOLATED)) == R.NOT_WITH_REPAIR


def test_the_other_margin_mode_waits_for_the_decision() -> None:
    """A position that would come back as cross is not opened as isolated meanwhile."""
    venue = judged()

    assert reason_of(venue.do(long(ALICE, 1, 990, mode=ISOLATED))) == R.NOT_WITH_REPAIR
    assert reason_of(venue.lever(ALICE, 5, ISOLATED)) == R.NOT_WITH_REPAIR


def test_fill_or_kill_is_refused_where_it_might_break_off() -> None:
    """It may be refused too often, but never be filled in part."""
    venue = judged()
    venue.do(short(DAVE, 4, 1_002))
    events = venue.do(long(ALICE, 4, 1_002, time_in_force=TimeInForce.FOK))

    assert of_kind(events, OrderFilled) == []
    assert len(of_kind(events, OrderCancelled)) == 1


def test_nobody_is_liquidated_whom_the_repair_would_save() -> None:
    """Bob is under water without the repair only; he is left alone until it is closed."""
    venue = harmed(cash=POOR)
    rows = money_rows((LedgerKind.TRADING, BOB, 100 * WHOLE))
    venue.load(rows)
    quiet = venue.move(878, seconds=60)

    assert of_kind(quiet, LiquidationStepped) == []
    assert venue.engine.ledger_faults() == []
    venue.close()
    assert {one.account_id for one in of_kind(venue.seconds(10), LiquidationStepped)} == {BOB}


def test_nobody_is_liquidated_whom_the_repair_would_ruin() -> None:
    """The other way round it needs both as well."""
    venue = harmed(cash=POOR)
    venue.load(money_rows((LedgerKind.TRADING, BOB, -POOR)))

    assert of_kind(venue.seconds(10), LiquidationStepped) == []


def test_who_is_under_water_in_both_states_is_liquidated() -> None:
    """A repair that changes nothing of it is no shelter."""
    venue = harmed(cash=POOR)
    venue.load(money_rows((LedgerKind.TRADING, BOB, 1)))

    assert BOB in {
        one.account_id for one in of_kind(venue.move(878, seconds=60), LiquidationStepped)
    }
    assert venue.engine.ledger_faults() == []


@PLANTS
def test_grace_shelters_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alice has her position back, under water: nothing happens to her until her time is over."""
    monkeypatch.setattr(posting, "GRACE_MS", 70_000)
    venue = harmed(cash=POOR)
    venue.repair(healing())
    quiet = venue.move(878, seconds=60)

    assert ALICE not in {one.account_id for one in of_kind(quiet, LiquidationStepped)}
    stepped = of_kind(venue.seconds(20), LiquidationStepped)
    assert ALICE in {one.account_id for one in stepped}


def test_it_all_survives_a_restart() -> None:
    """The overlay of a restored venue is the one that never stopped."""
    venue = judged()
    venue.do(short(DAVE, 12, 1_002))
    venue.do(long(ALICE, 4, 1_002))
    again = venue.restored()
    for world in (venue, again):
        world.do(long(ALICE, 7, 1_002))
        world.seconds(2)
        world.post(encode_rows(healing()))

    assert again.engine.snapshot() == venue.engine.snapshot()


def test_open_orders_use_the_gap_up_first() -> None:
    """Ten lots come back by one order; one lot more needs margin of its own with the repair."""
    from seawall.core.model.repair import LedgerRow

    rows = healing()
    rows.ledger[0].amount = -3 * LOSS
    rows.ledger.append(LedgerRow(LedgerKind.HOUSE_ERROR, 0, USDT, 0, 4 * LOSS))
    venue = judged(14 * LOSS, rows)
    assert reason_of(venue.do(long(ALICE, 11, 995))) == R.NOT_WITH_REPAIR
    assert reason_of(venue.do(long(ALICE, 10, 995))) == 0
    order_id = venue.last_order_id()

    assert reason_of(venue.do(long(ALICE, 1, 996))) == R.NOT_WITH_REPAIR
    amend = AmendOrder(account_id=ALICE, instrument_id=BIG, order_id=order_id, new_quantity=11)
    assert reason_of(venue.do(amend)) == R.NOT_WITH_REPAIR
