"""The gap rule on live fills: what an account does by itself of its repair, house:error takes."""

from __future__ import annotations

import pytest

import seawall
from seawall.core.engine import overlay_fills
from seawall.core.model.enums import LedgerKind
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.order_events import OrderCancelled, OrderFilled
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair import RepairRows
from seawall.core.model.repair_codec import encode_rows
from tests.core.engine.repair_world import (
    LOSS,
    RepairVenue,
    delta,
    equity,
    harmed,
    healing,
    judged,
    money_rows,
    post,
    would_have,
)
from tests.laws.swap_venue import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
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
LOT = 10**6  # units of BTC
R = RejectReason


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


def test_a_fill_that_the_repaired_account_could_not_pay_does_not_happen() -> None:
    """Bob's sale at a loss would take his cash below zero with the repair: the maker ends."""
    venue = harmed(cash=200 * WHOLE // 100)
    cash = venue.cash(BOB)
    venue.do(short(BOB, 10, 985, reduce_only=True))
    venue.load(money_rows((LedgerKind.TRADING, BOB, -cash + 1)))
    events = venue.do(long(DAVE, 5, 1_000))

    assert of_kind(events, OrderFilled) == []
    assert [one.account_id for one in of_kind(events, OrderCancelled)] == [BOB]


@PLANTS
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
