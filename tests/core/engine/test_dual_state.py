"""While a repair is being decided its accounts are judged twice, and live fills follow the gap
rule.
"""

from __future__ import annotations

import pytest

from seawall.core.engine import overlay_fills, posting
from seawall.core.model.commands import AmendOrder, TransferFunds
from seawall.core.model.enums import LedgerKind, TimeInForce
from seawall.core.model.events import OrderCancelled, OrderFilled
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair import RepairRows
from seawall.core.model.repair_codec import encode_rows
from seawall.core.model.risk_events import LiquidationStepped
from tests.core.engine.repair_world import (
    LOSS,
    RepairVenue,
    harmed,
    healing,
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

R = RejectReason
POOR = 11 * 10**7  # enough for ten lots, gone when they have fallen by 110 ticks


def judged(cash: int = 1_000 * WHOLE, rows: RepairRows | None = None) -> RepairVenue:
    """The overlay of Alice's repair stands."""
    venue = harmed(cash)
    venue.load(rows or healing())
    return venue


def delta(venue: RepairVenue, account_id: int) -> tuple[int, int]:
    """Size and cost that the account would have more."""
    found = venue.engine.state.overlay.accounts[account_id].positions[BIG]
    return int(found.size), int(found.cost)


def would_have(venue: RepairVenue, account_id: int) -> tuple[int, int, int]:
    """Cash, size and cost with the repair."""
    state = venue.engine.state
    mine = state.overlay.accounts[account_id]
    found = mine.positions.get(BIG)
    account = state.error_account() if account_id == ACCOUNT_ID_ERROR else state.account(account_id)
    cash = state.trading_account(account, USDT)
    position = state.position(account, state.markets[BIG])
    size, cost = (0, 0) if found is None else (found.size, found.cost)
    return (
        int(cash.balance + mine.amount(cash.key)),
        int(position.size + size),
        int(position.cost + cost),
    )


def equity(venue: RepairVenue, account_id: int) -> int:
    """What the account would be worth at the mark with the repair."""
    cash, size, cost = would_have(venue, account_id)
    return cash + size * venue.mark() * TICK - cost


def post(venue: RepairVenue, rows: RepairRows | None = None) -> None:
    """Post what was sent; nothing breaks."""
    venue.post(encode_rows(rows or healing()))
    assert venue.engine.state.overlay is None
    assert venue.engine.ledger_faults() == []


def test_buying_back_what_was_lost_is_had_once() -> None:
    """With the repair house:error takes what Alice buys back; without it she has it too, once."""
    venue = judged()
    before = would_have(venue, ALICE)
    venue.do(short(DAVE, 4, 1_002))
    events = venue.do(long(ALICE, 4, 1_002))

    assert of_kind(events, OrderFilled)
    assert venue.size(ALICE) == 4
    assert delta(venue, ALICE)[0] == 6
    assert would_have(venue, ALICE) == before
    assert would_have(venue, ACCOUNT_ID_ERROR)[1] == -6
    assert venue.engine.ledger_faults() == []
    post(venue)
    assert (venue.size(ALICE), venue.size(DAVE)) == (10, -4)


def test_what_exceeds_the_gap_is_the_accounts_own() -> None:
    """Ten of twelve close the gap, two are hers in both states."""
    venue = judged()
    venue.do(short(DAVE, 12, 1_002))
    venue.do(long(ALICE, 12, 1_002))

    assert delta(venue, ALICE)[0] == 0
    assert would_have(venue, ALICE)[1] == 12
    post(venue)
    assert venue.size(ALICE) == 12


def test_a_fill_the_other_way_closes_nothing() -> None:
    """It is hers in both states."""
    venue = judged()
    venue.do(long(DAVE, 3, 998))
    venue.do(short(ALICE, 3, 998))

    assert venue.size(ALICE) == -3
    assert delta(venue, ALICE)[0] == 10
    assert would_have(venue, ALICE)[1] == 7
    post(venue)
    assert venue.size(ALICE) == 7


def test_a_fill_that_closes_all_of_the_repaired_position_leaves_no_cost() -> None:
    """Size and cost end together."""
    venue = judged()
    venue.do(long(DAVE, 10, 998))
    venue.do(short(ALICE, 10, 998))

    assert would_have(venue, ALICE)[1:] == (0, 0)
    assert venue.engine.ledger_faults() == []
    post(venue)
    assert venue.size(ALICE) == 0


@pytest.mark.parametrize("price", [985, 1_000, 1_012])
def test_house_error_stands_in_near_the_mark(price: int) -> None:
    """The rest of the price stays with the account that chose it; nothing is made or lost."""
    venue = judged()
    mark = venue.mark()
    total = sum(equity(venue, one) for one in (ALICE, ACCOUNT_ID_ERROR))
    alice = equity(venue, ALICE)
    venue.do(short(DAVE, 4, price))
    venue.do(long(ALICE, 4, price))
    taken = min(max(price, mark - mark // 200), mark + mark // 200)

    assert venue.size(ALICE) == 4
    assert equity(venue, ALICE) - alice == 4 * (taken - price) * TICK
    assert sum(equity(venue, one) for one in (ALICE, ACCOUNT_ID_ERROR)) - total == (
        4 * (mark - price) * TICK
    )
    assert venue.engine.ledger_faults() == []
    post(venue)


def test_house_error_pays_no_fee() -> None:
    """Of a fill that it takes, the account would get its fee back."""
    from seawall.core.model.instruments import FeeTier
    from tests.laws.swap_venue import swap_genesis

    venue = RepairVenue(swap_genesis(tiers=[FeeTier(maker_e8=10_000, taker_e8=50_000)]))
    venue.do(short(CAROL, 10, 1_000))
    venue.do(long(ALICE, 10, 1_000))
    venue.do(long(BOB, 10, 990))
    venue.do(short(ALICE, 10, 990))
    venue.load(healing())
    before = would_have(venue, ALICE)
    fees = venue.position(ALICE).fees
    venue.do(short(DAVE, 15, 1_000))
    venue.do(long(ALICE, 15, 1_000))
    own = 5 * 1_000 * TICK * 50_000 // 10**8

    assert would_have(venue, ALICE)[0] == before[0] - own
    assert venue.position(ALICE).fees - fees == 3 * own
    post(venue)
    assert venue.position(ALICE).fees - fees == own


def test_others_are_not_touched() -> None:
    """Dave, whom no row names, trades as ever; only house:error stands where Alice stood."""
    venue = judged()
    cash = venue.cash(DAVE)
    venue.do(short(DAVE, 4, 1_002))
    venue.do(long(ALICE, 4, 1_002))

    assert DAVE not in venue.engine.state.overlay.accounts
    assert (venue.cash(DAVE), venue.size(DAVE)) == (cash, -4)


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


def test_a_fill_that_the_repaired_account_could_not_pay_does_not_happen() -> None:
    """Bob's sale at a loss would take his cash below zero with the repair: the maker ends."""
    venue = harmed(cash=200 * WHOLE // 100)
    cash = venue.cash(BOB)
    venue.do(short(BOB, 10, 985, reduce_only=True))
    venue.load(money_rows((LedgerKind.TRADING, BOB, -cash + 1)))
    events = venue.do(long(DAVE, 5, 1_000))

    assert of_kind(events, OrderFilled) == []
    assert [one.account_id for one in of_kind(events, OrderCancelled)] == [BOB]


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


def test_grace_shelters_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alice has her position back, under water: nothing happens to her until her time is over."""
    monkeypatch.setattr(posting, "GRACE_MS", 70_000)
    venue = harmed(cash=POOR)
    venue.repair(healing())
    quiet = venue.move(878, seconds=60)

    assert ALICE not in {one.account_id for one in of_kind(quiet, LiquidationStepped)}
    stepped = of_kind(venue.seconds(20), LiquidationStepped)
    assert ALICE in {one.account_id for one in stepped}


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


def test_a_gap_rule_that_forgets_house_error_turns_the_audit_red(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An audit is worth what it catches."""
    monkeypatch.setattr(overlay_fills, "_trade_error", lambda *args, **kwargs: None)
    venue = judged()
    venue.do(short(DAVE, 4, 1_002))
    venue.do(long(ALICE, 4, 1_002))

    assert any("overlay is unsound" in fault for fault in venue.engine.ledger_faults())
    assert reason_of(venue.post(encode_rows(healing()))) == R.BAD_REPAIR
    assert venue.size(ALICE) == 4


def test_what_was_lost_comes_back_whatever_happened_meanwhile() -> None:
    """Alice ends with her loss and ten lots at the price she paid, however she traded."""
    venue = judged()
    start = equity(venue, ALICE)
    venue.do(short(DAVE, 6, 1_000))
    venue.do(long(ALICE, 6, 1_000))
    venue.do(long(DAVE, 6, 1_000))
    venue.do(short(ALICE, 6, 1_000))

    assert equity(venue, ALICE) == start
    post(venue)
    assert venue.engine.state.error_account().open_orders == 0
    assert LOSS


def spot_venue() -> RepairVenue:
    """BTC-USDT has an index here; Alice would get 10 lots back for what she got for them."""
    from seawall.core.model.enums import RiskTier
    from seawall.core.model.instruments import FeeTier
    from tests.laws.swap_venue import swap_genesis
    from tests.laws.swap_worlds import INDEX, instruments_of

    instruments = instruments_of(RiskTier.MAJOR, 8)
    instruments[0].index_id, instruments[0].risk_tier = INDEX, RiskTier.MAJOR
    fees = [FeeTier(maker_e8=10_000, taker_e8=50_000)]
    venue = RepairVenue(swap_genesis(instruments=instruments, tiers=fees))
    venue.load(spot_rows())
    return venue


LOT = 10**6  # units of BTC


def spot_rows() -> RepairRows:
    """Ten lots for 700 ticks each, against house:error."""
    from seawall.core.model.repair import LedgerRow

    quote = 10 * 700 * TICK
    return RepairRows(
        ledger=[
            LedgerRow(LedgerKind.TRADING, ALICE, 0, 0, 10 * LOT),
            LedgerRow(LedgerKind.TRADING, ALICE, USDT, 0, -quote),
            LedgerRow(LedgerKind.HOUSE_ERROR, 0, 0, 0, -10 * LOT),
            LedgerRow(LedgerKind.HOUSE_ERROR, 0, USDT, 0, quote),
        ],
        positions=[],
        algos=[],
        orders=[],
    )


def spot_would_have(venue: RepairVenue, account_id: int) -> tuple[int, int]:
    """BTC and USDT with the repair."""
    state = venue.engine.state
    mine = state.overlay.accounts[account_id]
    account = state.error_account() if account_id == ACCOUNT_ID_ERROR else state.account(account_id)
    lines = [state.trading_account(account, asset) for asset in (0, USDT)]
    btc, usdt = (int(line.balance + mine.amount(line.key)) for line in lines)
    return btc, usdt


@pytest.mark.parametrize("lots", [4, 12])
def test_spot_bought_back_is_had_once(lots: int) -> None:
    """What closes the gap is taken by house:error with its fee; what exceeds it is Alice's."""
    from tests.laws.venue import buy, sell

    venue = spot_venue()
    before, error = spot_would_have(venue, ALICE), spot_would_have(venue, ACCOUNT_ID_ERROR)
    venue.do(sell(DAVE, lots, 1_002))
    assert of_kind(venue.do(buy(ALICE, lots, 1_002)), OrderFilled)
    taken = min(lots, 10)
    own = lots - taken
    fee = -(-lots * LOT * 50_000 // 10**8)

    assert spot_would_have(venue, ACCOUNT_ID_ERROR) == (
        error[0] + taken * LOT,
        error[1] - taken * 1_002 * TICK,
    )
    assert spot_would_have(venue, ALICE) == (
        before[0] + own * LOT - -(-fee * own // lots),
        before[1] - own * 1_002 * TICK,
    )
    assert venue.engine.ledger_faults() == []
    venue.post(encode_rows(spot_rows()))
    assert venue.engine.ledger_faults() == []


def test_spot_sold_meanwhile_is_sold_in_both() -> None:
    """It widens no gap and closes none."""
    from tests.laws.venue import buy, sell

    venue = spot_venue()
    before = spot_would_have(venue, ALICE)
    venue.do(buy(DAVE, 4, 998))
    venue.do(sell(ALICE, 4, 998))

    assert spot_would_have(venue, ALICE)[0] == before[0] - 4 * LOT
    assert spot_would_have(venue, ACCOUNT_ID_ERROR)[0] == -10 * LOT


def test_spot_without_a_price_to_compare_closes_no_gap() -> None:
    """house:error never stands in blindly."""
    from tests.laws.venue import buy, sell

    venue = harmed()
    venue.load(spot_rows())
    venue.do(sell(DAVE, 4, 998))
    venue.do(buy(ALICE, 4, 998))

    assert spot_would_have(venue, ACCOUNT_ID_ERROR)[0] == -10 * LOT
    assert venue.engine.ledger_faults() == []
