"""The overlay stays something that could be posted: funding, margin, and cost without size."""

from __future__ import annotations

from seawall.core.model.enums import LedgerKind
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair import RepairRows
from seawall.core.model.repair_codec import encode_rows
from tests.core.engine.repair_world import (
    LOSS,
    harmed,
    healing,
    judged,
    post,
    would_have,
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
    long,
    short,
)

R = RejectReason


def test_funding_is_paid_on_what_the_repair_would_bring() -> None:
    """Alice would have paid for ten lots; house:error is the other side, to the unit."""
    from seawall.core.engine.overlay_shape import settle_overlay_funding

    venue = judged()
    state = venue.engine.state
    before = would_have(venue, ALICE)[0]
    settle_overlay_funding(state, state.overlay, state.markets[BIG], 7 * 10**7)

    assert would_have(venue, ALICE)[0] == before - 7
    assert state.overlay.accounts[ALICE].positions[BIG].funding_paid == 7
    assert venue.engine.ledger_faults() == []
    post(venue)
    assert venue.position(ALICE).funding_paid == 7


def test_funding_between_users_leaves_only_rounding_to_house_error() -> None:
    """Who would have lots less gets what he paid too much; two roundings meet in house:error."""
    from seawall.core.engine.overlay_shape import settle_overlay_funding
    from seawall.core.model.repair import PositionRow

    venue = harmed()
    rows = healing()
    rows.positions[1] = PositionRow(BOB, BIG, -10, -9_900 * TICK, 0, 0, 0, 1, 10)
    venue.load(rows)
    state = venue.engine.state
    settle_overlay_funding(state, state.overlay, state.markets[BIG], 25 * 10**6)

    paid = {one: state.overlay.accounts[one].positions[BIG].funding_paid for one in (ALICE, BOB)}
    assert paid == {ALICE: 3, BOB: -2}
    assert state.overlay.accounts[ACCOUNT_ID_ERROR].positions[BIG].funding_paid == -1
    assert venue.engine.ledger_faults() == []
    assert venue.restored().engine.ledger_faults() == []


def test_a_settlement_of_funding_reaches_the_overlay() -> None:
    """In the tick, at the settlement, before anybody is swept."""
    venue = judged()
    funding = venue.engine.state.markets[BIG].swap.funding
    funding.premium_sum = 10**6 * 480
    funding.next_ms = venue.wall_ms // 1_000 * 1_000 + 2_000
    before = would_have(venue, ALICE)[0]
    venue.seconds(4)

    paid = venue.engine.state.overlay.accounts[ALICE].positions[BIG].funding_paid
    assert paid != 0
    assert would_have(venue, ALICE)[0] == before - paid
    assert venue.position(BOB).funding_paid == paid  # ten lots as well
    assert venue.engine.ledger_faults() == []


def test_margin_that_the_repair_leaves_without_position_is_cash() -> None:
    """Dave's isolated position would be undone; when he closes it himself, nothing is missing."""
    from seawall.core.model.repair import LedgerRow, PositionRow

    venue = harmed()
    venue.lever(DAVE, 20, ISOLATED)
    venue.do(short(CAROL, 10, 1_001))
    venue.do(long(DAVE, 10, 1_001, mode=ISOLATED))
    margin, cost = venue.margin(DAVE), 10 * 1_001 * TICK
    rows = RepairRows(
        ledger=[
            LedgerRow(LedgerKind.TRADING, DAVE, USDT, 0, margin),
            LedgerRow(LedgerKind.ISOLATED, DAVE, USDT, BIG, -margin),
        ],
        positions=[
            PositionRow(DAVE, BIG, -10, -cost, 0, 0, 0, ISOLATED, 20),
            PositionRow(ACCOUNT_ID_ERROR, BIG, 10, cost, 0, 0, 0, 1, 1),
        ],
        algos=[],
        orders=[],
    )
    venue.load(rows)
    start = would_have(venue, DAVE)
    venue.do(long(BOB, 10, 1_000))
    venue.do(short(DAVE, 10, 1_000, mode=ISOLATED))

    assert (venue.size(DAVE), venue.margin(DAVE)) == (0, 0)
    assert would_have(venue, DAVE) == start
    money = venue.engine.state.overlay.accounts[DAVE].money
    assert sorted(money.values())[0] == 0
    venue.post(encode_rows(rows))
    assert venue.cash(DAVE) == start[0]
    assert venue.engine.ledger_faults() == []


def test_what_happened_before_the_rows_arrived_is_added() -> None:
    """Between the cut and the arrival Alice bought and sold: no cost is left without size."""
    venue = harmed()
    venue.do(long(DAVE, 10, 995))
    venue.do(short(ALICE, 10, 995))
    cash = venue.cash(ALICE)
    venue.load(healing())

    assert would_have(venue, ALICE) == (cash + LOSS - 10 * 5 * TICK, 0, 0)
    assert venue.engine.ledger_faults() == []
    post(venue)
    assert (venue.cash(ALICE), venue.size(ALICE)) == (cash + LOSS - 10 * 5 * TICK, 0)
