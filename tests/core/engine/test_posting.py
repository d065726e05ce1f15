"""What a post does to money and positions, and who pays for what is not there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import seawall
from seawall.core.engine import posting
from seawall.core.model.commands import Command
from seawall.core.model.enums import CancelReason, LedgerKind
from seawall.core.model.order_events import OrderCancelled
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair_codec import encode_rows
from seawall.core.model.repair_events import (
    GraceGranted,
)
from tests.core.engine.repair_world import (
    LOSS,
    RepairVenue,
    harmed,
    healing,
    money_rows,
)
from tests.laws.swap_venue import ALICE, BIG, BOB, DAVE, TICK, USDT, WHOLE, long, short
from tests.laws.venue import buy, of_kind, reason_of

PLANTS = pytest.mark.skipif(
    seawall.core_mode() == "compiled",
    reason="plants bugs in the core; the interpreted half of the run does it",
)
R = RejectReason


def test_who_lacks_the_money_gives_what_he_has_and_owes_the_rest() -> None:
    """First the newest orders that hold it, then his funding account, then a debt; nobody is below
    zero elsewhere, and what comes back pays the debt first.
    """
    venue = harmed()
    venue.do(transfer_to_funding(BOB, 100 * WHOLE))
    cash = venue.cash(BOB)
    venue.do(buy(BOB, 1, 1_000))
    venue.do(buy(BOB, 2, 1_000))
    first, second = sorted(order.order_id for order in venue.engine.state.orders.all())
    taken = cash + 100 * WHOLE + 7
    rows = money_rows((LedgerKind.TRADING, BOB, -taken))
    venue.open()
    events = venue.part(encode_rows(rows))
    venue.post(encode_rows(rows))

    assert [(one.order_id, one.reason) for one in of_kind(events, OrderCancelled)] == [
        (second, CancelReason.REPAIR),
        (first, CancelReason.REPAIR),
    ]
    profit = realised_at_mark(venue, BOB)
    assert profit >= 0
    assert venue.money(LedgerKind.DEBT, BOB) == min(0, profit - 7)
    assert venue.money(LedgerKind.FUNDING, BOB) == 0
    assert venue.cash(BOB) == max(0, profit - 7)
    assert venue.engine.ledger_faults() == []
    venue.repair(money_rows((LedgerKind.TRADING, BOB, taken)), b"two")
    assert venue.money(LedgerKind.DEBT, BOB) == 0
    assert venue.cash(BOB) == cash + 100 * WHOLE + profit
    assert venue.engine.ledger_faults() == []


def realised_at_mark(venue: RepairVenue, account_id: int) -> int:
    """Profit that was turned into cash: cost is the value at the mark then."""
    return int(venue.position(account_id).realised)


def transfer_to_funding(account_id: int, amount: int) -> Command:
    """Out of trading."""
    from seawall.core.model.commands import TransferFunds

    return TransferFunds(account_id, USDT, amount, to_trading=False)


def test_only_what_is_needed_is_freed() -> None:
    """An older order stays when the newer one's money is enough."""
    venue = harmed()
    venue.do(buy(BOB, 1, 1_000))
    venue.do(buy(BOB, 2, 1_000))
    taken = venue.cash(BOB) - 3 * 1_000 * TICK + 1
    venue.repair(money_rows((LedgerKind.TRADING, BOB, -taken)))

    assert [int(order.quantity) for order in venue.engine.state.orders.all()] == [1]


def test_what_the_house_lacks_is_the_operators_loss() -> None:
    """The insurance fund, fees and rounding never go below their floor for a repair."""
    venue = harmed()
    venue.repair(money_rows((LedgerKind.INSURANCE, 0, -50), (LedgerKind.TRADING, ALICE, 20)))

    assert venue.money(LedgerKind.INSURANCE) == 0
    assert venue.money(LedgerKind.HOUSE_ERROR) == -20
    assert venue.engine.ledger_faults() == []


def test_positions_given_back_have_half_an_hour() -> None:
    """Nobody is liquidated right after a repair, and he may only reduce."""
    venue = harmed()
    events = venue.repair(healing())
    (granted,) = of_kind(events, GraceGranted)

    assert granted == GraceGranted(ALICE, venue.engine.clock_ms + posting.GRACE_MS)
    assert reason_of(venue.do(long(ALICE, 1, 990))) == R.ACCOUNT_REDUCE_ONLY
    assert reason_of(venue.do(short(ALICE, 1, 1_010))) == 0
    venue = venue.restored()
    assert venue.engine.state.account(ALICE).is_restricted
    venue.wall_ms += posting.GRACE_MS
    ended = venue.seconds(1)
    assert of_kind(ended, GraceGranted) == [GraceGranted(ALICE, 0)]
    assert not venue.engine.state.account(ALICE).is_restricted


def forgotten_interest(patch: pytest.MonkeyPatch) -> None:
    """Open interest stays as it was."""
    patch.setattr(posting, "_count_interest", lambda state, overlay: None)


def dropped_transfer(patch: pytest.MonkeyPatch) -> None:
    """Somebody gets nothing."""
    patch.setattr(posting, "_give", lambda state, target, amount: None)


def unsettled_funding(patch: pytest.MonkeyPatch) -> None:
    """Funding of the new size is charged for the time before."""
    patch.setattr(posting, "settle_funding", lambda state, market, account, position: None)


def skipped_positions(patch: pytest.MonkeyPatch) -> None:
    """Money moves and positions do not."""
    patch.setattr(posting, "_book_positions", lambda state, overlay: sizes_of(overlay))


def sizes_of(overlay) -> dict[int, int]:
    """As if nothing had been open."""
    return {
        one << 16 | other: 0 for one, mine in overlay.accounts.items() for other in mine.positions
    }


@PLANTS
@pytest.mark.parametrize("bug", [forgotten_interest, skipped_positions])
def test_a_bug_in_posting_turns_the_audit_red(
    bug: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An audit is worth what it catches."""
    venue = harmed()
    bug(monkeypatch)
    venue.repair(healing())

    assert venue.engine.ledger_faults() != []


@PLANTS
def test_a_dropped_transfer_breaks_the_law_of_return(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a user should have got is not there, although all sums are zero."""
    venue = harmed()
    cash = venue.cash(ALICE)
    dropped_transfer(monkeypatch)
    venue.repair(healing())

    assert venue.cash(ALICE) == cash


@PLANTS
@pytest.mark.parametrize("is_settled", [True, False])
def test_funding_before_the_post_is_of_the_size_before(
    is_settled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob, long 10, owes funding of 10 lots, not of the 20 that he has afterwards."""
    venue = harmed()
    swap = venue.engine.state.markets[BIG].swap
    swap.funding.cumulative += 3 * 10**8  # as a settlement would, before its sweep
    if not is_settled:
        unsettled_funding(monkeypatch)
    rows = healing()
    rows.positions[0].account_id = BOB
    rows.ledger[0].account_id = BOB
    venue.repair(rows)

    assert (venue.position(BOB).funding_paid == 30) is is_settled


def test_whoever_has_nothing_on_one_side_gives_from_the_other() -> None:
    """A row of the funding side, or of a margin, is paid from the trading side."""
    venue = harmed()
    cash = venue.cash(BOB)
    venue.repair(money_rows((LedgerKind.FUNDING, BOB, -70)))

    assert (venue.cash(BOB), venue.money(LedgerKind.FUNDING, BOB)) == (cash - 70, 0)
    assert venue.money(LedgerKind.DEBT, BOB) == 0
    assert venue.engine.ledger_faults() == []


def test_a_debt_is_forgiven_as_far_as_it_goes() -> None:
    """A row of more than the debt is cash for the rest."""
    venue = harmed()
    rows = money_rows((LedgerKind.TRADING, DAVE, -venue.cash(DAVE) - 50))
    venue.repair(rows)
    assert venue.money(LedgerKind.DEBT, DAVE) == -50
    venue.repair(money_rows((LedgerKind.DEBT, DAVE, 60)), b"two")

    assert venue.money(LedgerKind.DEBT, DAVE) == 0
    assert venue.cash(DAVE) == 10
    venue.repair(money_rows((LedgerKind.DEBT, DAVE, -5)), b"three")
    assert (venue.money(LedgerKind.DEBT, DAVE), venue.cash(DAVE)) == (-5, 10)
    assert venue.engine.ledger_faults() == []


def test_margin_given_to_a_cross_position_is_cash() -> None:
    """Meanwhile the account has a cross position: what would be its isolated margin is not lost."""
    venue = harmed()
    rows = healing()
    rows.ledger[0].kind, rows.ledger[0].instrument_id = LedgerKind.ISOLATED, BIG
    rows.positions[0].margin_mode = 2
    rows.ledger.sort(key=lambda row: row.kind)
    venue.do(long(ALICE, 1, 950))  # in use, and cross
    cash = venue.cash(ALICE)
    venue.repair(rows)

    assert (venue.cash(ALICE), venue.margin(ALICE), venue.size(ALICE)) == (cash + LOSS, 0, 10)
    assert venue.engine.ledger_faults() == []


def test_an_isolated_position_comes_back_with_its_margin() -> None:
    """Where nothing is open, the repaired run's margin mode and leverage hold."""
    venue = harmed()
    rows = healing()
    rows.ledger[0].kind, rows.ledger[0].instrument_id = LedgerKind.ISOLATED, BIG
    rows.positions[0].margin_mode, rows.positions[0].lever = 2, 25
    rows.ledger.sort(key=lambda row: row.kind)
    venue.repair(rows)
    position = venue.position(ALICE)

    assert (position.margin_mode, position.lever, venue.margin(ALICE)) == (2, 25, LOSS)
    assert venue.engine.ledger_faults() == []


def test_a_position_too_large_is_refused() -> None:
    """Beyond what the instrument can value."""
    venue = harmed()
    most = int(venue.engine.state.markets[BIG].swap.size_max)
    rows = healing()
    rows.positions[0].size, rows.positions[1].size = most + 1, -most - 1
    data = venue.load(rows)

    assert reason_of(venue.post(data)) == R.REPAIR_OUT_OF_RANGE


def test_a_position_that_the_venue_took_over_wrongly_goes_back() -> None:
    """The liquidation engine's inventory and the insurance fund are accounts like any other."""
    from seawall.core.model.limits import ACCOUNT_ID_SYSTEM
    from seawall.core.model.repair import LedgerRow, PositionRow, RepairRows, ledger_row_key

    venue = harmed()
    cost = 10 * 990 * TICK
    away = RepairRows(
        ledger=[],
        positions=[
            PositionRow(BOB, BIG, -10, -cost, 0, 0, 0, 1, 10),
            PositionRow(ACCOUNT_ID_SYSTEM, BIG, 10, cost, 0, 0, 0, 1, 10),
        ],
        algos=[],
        orders=[],
    )
    venue.repair(away)
    assert (venue.size(BOB), venue.engine.ledger_faults()) == (0, [])
    ledger = [
        LedgerRow(LedgerKind.INSURANCE, 0, USDT, 0, 30),
        LedgerRow(LedgerKind.TRADING, BOB, USDT, 0, -30),
    ]
    back = RepairRows(
        ledger=sorted(ledger, key=ledger_row_key),
        positions=[
            PositionRow(BOB, BIG, 10, cost, 0, 0, 0, 1, 10),
            PositionRow(ACCOUNT_ID_SYSTEM, BIG, -10, -cost, 0, 0, 0, 1, 10),
        ],
        algos=[],
        orders=[],
    )
    fund = venue.money(LedgerKind.INSURANCE)
    venue.repair(back, b"two")

    assert venue.size(BOB) == 10
    assert venue.money(LedgerKind.INSURANCE) == fund + 30
    assert venue.engine.ledger_faults() == []
