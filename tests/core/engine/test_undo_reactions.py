"""Cases of undoing that are about what people did then: opened again, sold on, withdrew, waited."""

from __future__ import annotations

from decimal import Decimal

import pytest

from seawall.core.engine.cut import BEST_OF
from seawall.core.model.commands import (
    CancelOrder,
    CreditDeposit,
    SetAccountState,
    TransferFunds,
)
from seawall.core.model.enums import LedgerKind, Side
from seawall.core.model.order_events import CancelRejected, OrderAccepted
from tests.core.engine.test_undo_cases import ended, liquidated, stopped_spot
from tests.core.engine.undo_day import BTC, ETHER, SPOT, USDT, Day
from tests.laws.undo_values import again_faults

D = Decimal


def in_band(*others: str) -> Day:
    """X was long 10 at 9,000 and is sold at 9,080, wrongly, with cash enough to open again."""
    day = Day("X", "Y", "M", *others, price=9_000, has={"X": (40_000, 0)})
    day.trade("X", "Y", 10, 9_000)
    day.price(9_100)
    day.buy("M", 10, 9_080)
    day.lie(4_000)
    day.truth()
    return day


def test_case_47_opened_again_lower_he_keeps_his_luck() -> None:
    """Bought back at 9,000 what was sold at 9,080: the venue takes nothing of it, and pays what the
    sale lacked of the fair 9,100.
    """
    day = in_band("Q")
    day.trade("X", "Q", 10, 9_000)
    undone = ended(day)

    fee = -undone.house(LedgerKind.INSURANCE)
    assert undone.position("X") == (10, D(90_000))
    assert undone.value("X", 9_100) - 200 in (0, fee)
    assert set(undone.bills) == {("X", BEST_OF)}


def test_case_48_opened_again_larger_only_the_lost_part_is_netted() -> None:
    """Fifteen bought: ten close the gap, five are his."""
    day = in_band("Q")
    day.trade("X", "Q", 15, 9_150)
    undone = ended(day)

    assert undone.position("X") == (15, D(90_000 + 5 * 9_150))
    assert undone.position("E") == (0, D(0))


def test_case_49_turned_to_the_other_side_it_nets() -> None:
    """Sold five short afterwards: ten restored less five."""
    day = in_band("Q")
    day.trade("Q", "X", 5, 9_100)
    undone = ended(day)

    assert undone.position("X")[0] == 5
    assert undone.position("Q") == (5, D(45_500))
    assert undone.value("X", 9_100) >= 0


def test_case_50_closed_and_withdrew_all_that_was_left() -> None:
    """He has his position again, and owes nothing for the cash that he took."""
    day = liquidated()
    left = undone_cash(day)
    day.withdraw("X", USDT, left)
    undone = ended(day)

    assert undone.position("X") == (10, D(90_000))
    assert undone.usdt("X") == 13_000 - undone.house(LedgerKind.INSURANCE)
    assert undone.house(LedgerKind.DEBT) == 0


def undone_cash(day: Day) -> str:
    """X's cash in the actual run."""
    state = day.world.engine.state
    units = int(state.trading_account(state.account(1), USDT).balance)
    return str(D(units) / 10**8)


def test_case_51_a_deposit_against_a_false_margin_call_stays_his() -> None:
    """It saved him: nothing happened, and nothing is undone."""
    day = Day("X", "Y", "M", price=9_000, has={"X": (20_000, 0)})
    day.trade("X", "Y", 10, 9_000)
    day.do(CreditDeposit(day.id_of("X"), USDT, 30_000 * 10**8, bytes(32)), 3)
    day.do(TransferFunds(day.id_of("X"), USDT, 30_000 * 10**8, True))
    day.lie(5_500)
    undone = ended(day)

    assert undone.made.rows.count() == 0
    assert undone.position("X") == (10, D(90_000))


@pytest.mark.parametrize(("later", "is_better"), [(3_600, False), (12_000, True)])
def test_case_54_and_55_the_market_moves_before_the_repair(later: int, is_better: bool) -> None:
    """case 54, case 55: 60 % down, he is worth what he was when control was taken from him, and has
    half an hour; up, the profit is his.
    """
    day = liquidated()
    day.truth()
    day.freeze()
    day.price(later)
    undone = day.undone()

    assert undone.position("X") == (10, D(90_000))
    assert undone.wealth("X") + 10 * (later - 9_000) >= 20_000 + 1_000
    assert (("X", BEST_OF) in undone.bills) != is_better
    assert undone.after.grace_until_ms[day.id_of("X")] >= day.wall_ms + 30 * 60_000


def test_case_56_a_counterparty_who_went_from_short_to_long_is_as_he_would_be() -> None:
    """M was short 4, bought 10 at a void price and sold 6 on: he is short 4."""
    day = Day("X", "Y", "M", "Z", price=9_000, has={"X": (20_000, 0)})
    day.trade("X", "Y", 10, 9_000)
    day.trade("Z", "M", 4, 9_000)
    day.price(9_100)
    day.buy("M", 10, 7_700)
    day.lie(5_000)
    day.buy("Z", 6, 9_100)
    day.sell("M", 6, 9_100)
    undone = ended(day)

    assert undone.position("M") == (-4, D(-36_000))
    assert undone.position("E") == (-6, D(-54_600))
    assert undone.position("Z") == (10, D(36_000 + 54_600))


def test_case_57_sold_on_to_many_others_all_of_them_keep() -> None:
    """Ten people buy one contract each of M; house:error stands for all."""
    others = [f"Z{number}" for number in range(10)]
    day = liquidated(*others)
    for number, name in enumerate(others):
        day.buy(name, 1, 9_050 + number)
        day.sell("M", 1, 9_050 + number)
    undone = ended(day)

    assert undone.position("M") == (0, D(0))
    assert undone.position("E") == (-10, -sum(D(9_050 + number) for number in range(10)))
    assert [undone.gets(name) for name in others] == [(D(0), D(0))] * 10


def test_case_59_a_withdrawal_that_is_not_out_yet_comes_back() -> None:
    """The coin lies on the funding side: nobody owes anything."""
    day = stopped_spot()
    day.do(TransferFunds(day.id_of("U"), BTC, 10**8, False))
    undone = ended(day)

    assert undone.gets("U") == (D("0.32"), D(-1))
    assert undone.house(LedgerKind.DEBT, BTC) == 0
    assert undone.error(BTC) == 0


def test_case_60_and_61_a_windfall_turned_into_other_money_and_lost_in_part() -> None:
    """case 60, case 61: U sells the coin at 10,000, and loses 400 of it in honest trading: that
    loss is his own.
    """
    day = stopped_spot()
    day.buy("V", 100, 10_000, SPOT)
    day.sell("U", 100, 10_000, SPOT)
    day.trade("U", "V", 1, 10_200)
    day.trade("V", "U", 1, 9_800)
    undone = ended(day)

    assert undone.gets("U") == (D("-9989.68"), D(0))
    assert undone.gets("V") == (D(0), D(0))
    assert undone.house(LedgerKind.DEBT) == 0


def test_case_62_an_account_that_is_frozen_is_repaired_all_the_same() -> None:
    """For whatever reason it was frozen."""
    day = liquidated()
    day.do(SetAccountState(day.id_of("X"), True), 3)
    undone = ended(day)

    assert undone.position("X") == (10, D(90_000))
    assert undone.after.account(day.id_of("X")).is_frozen


def test_case_63_bankrupt_in_both_runs_nobody_pays_twice() -> None:
    """The price fell to 6,000 while a source said 5,000: X has nothing in either run."""
    day = Day("X", "Y", "M", price=9_000, has={"X": (20_000, 0)})
    day.trade("X", "Y", 10, 9_000)
    day.buy("M", 10, 5_900)
    day.true_e8[1] = 6_000 * 10**8
    day.lie(5_000)
    day.freeze()
    undone = day.undone(truths=True)

    assert undone.verdicts[0] == (10, 0, 0)
    assert undone.position("X") == (0, D(0))
    assert undone.usdt("X") == 0


def test_case_65_two_incidents_that_overlap_are_one_repair() -> None:
    """Another source lies about another market meanwhile."""
    day = Day("X", "Y", "M", "N", price=9_000, has={"X": (20_000, 0), "N": (5_000, 0)})
    day.trade("X", "Y", 10, 9_000)
    day.trade("N", "Y", 100, 300, ETHER)
    day.buy("M", 10, 8_900)
    day.buy("M", 100, 299, ETHER)
    day.lie(5_000, 1)
    day.lie(200, 4, index_id=2)
    undone = ended(day)

    assert undone.position("X") == (10, D(90_000))
    assert undone.position("N", ETHER) == (100, D(30_000))
    assert undone.position("M") == (10, D(89_000))


def test_case_67_a_repair_that_was_wrong_is_repaired() -> None:
    """The opposite rows lead back (law 8)."""
    day = liquidated("Z")
    day.buy("Z", 6, 9_100)
    day.sell("M", 6, 9_100)
    undone = ended(day)

    assert again_faults(undone.repair) == []


def test_case_69_edits_without_effect_change_nothing_and_tell_nobody() -> None:
    """A source lied high, where the lowest counts."""
    day = Day("X", "Y")
    day.lie(11_000, 7)
    day.trade("X", "Y", 10, 10_000)
    undone = ended(day)

    assert undone.made.rows.count() == 0
    assert undone.made.classes == {}


def test_case_74_a_cancel_that_came_too_late_is_a_fact_about_will() -> None:
    """U wanted his bid away, and it had just been filled: void, and not offered back."""
    day = Day("W", "U", has={"W": (0, 1)})
    day.stop("W", Side.SELL, 100, 9_500, SPOT)
    placed = day.buy("U", 100, "0.32", SPOT)
    order_id = next(one.order_id for one in placed if isinstance(one, OrderAccepted))
    day.lie("0.32")
    refused = day.do(
        CancelOrder(account_id=day.id_of("U"), instrument_id=SPOT, order_id=order_id), 1
    )
    assert any(isinstance(one, CancelRejected) for one in refused)
    undone = ended(day)

    assert undone.gets("U") == (D("0.32"), D(-1))
    assert undone.made.rows.orders == []
