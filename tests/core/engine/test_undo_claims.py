"""Claims of undoing: cash for what should have been done and was not, and how nobody makes a living
of them. Also what house:error takes after the freeze, and cash that has left.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from seawall.core.engine.cut import CLAIM
from seawall.core.model.enums import LedgerKind, Side, TriggerPrice
from seawall.core.model.order_events import OrderRejected
from tests.core.engine.test_undo_cases import ended, liquidated
from tests.core.engine.undo_day import SPOT, SWAP, USDT, Day, Undone, e8

D = Decimal


def standing_still(day: Day, *later: int) -> Undone:
    """All sources repeat 9,100 while the true price goes on; then the freeze and the truth."""
    for one in range(1, 8):
        day.told_e8[1, one] = e8(9_100)
    for price in later:
        day.price(price)
    day.freeze()
    return day.undone(truths=True)


def long_ten(*triggers: int) -> Day:
    """X is long 10 at 9,100, with stops that may only reduce."""
    day = Day("X", "Y", "Q", price=9_100, has={"X": (50_000, 0)})
    day.trade("X", "Y", 10, 9_100)
    for trigger in triggers:
        day.stop("X", Side.SELL, 10, trigger, by=TriggerPrice.MARK, reduce_only=True)
    return day


def test_a_stop_that_never_fired_is_valued_at_the_cut_when_its_owner_did_nothing() -> None:
    """Sold at 8,990 it would be worth 4,900 more than at 8,500; the position stays."""
    undone = standing_still(long_ten(9_000), 8_990, 8_500)

    assert undone.bills == {("X", CLAIM): D(4_900)}
    assert undone.position("X") == (10, D(91_000))


def test_two_stops_of_one_position_are_one_claim() -> None:
    """The first would have closed it; the second would have found nothing to reduce."""
    undone = standing_still(long_ten(9_000, 8_950), 8_990, 8_940, 8_500)

    assert undone.usdt("X") == 4_900


def test_a_stop_of_coins_that_are_not_there_is_no_claim() -> None:
    """It would have been refused when it fired."""
    day = Day("W", "U", price=9_100, has={"W": (1_000, 0)})
    day.stop("W", Side.SELL, 100, 9_000, SPOT)
    undone = standing_still(day, 8_990, 8_500)

    assert undone.made.bills == []


def test_a_gateway_full_of_refused_orders_is_worth_no_more_than_the_margin_there_was() -> None:
    """Twenty times the same order, refused for a margin that a lie took; one contract trades
    through it.
    """
    day = Day("X", "Y", "U", "V", has={"X": (60_000, 0)})
    day.trade("X", "Y", 10, 10_000)
    day.lie(5_000)
    for _ in range(20):
        assert any(isinstance(one, OrderRejected) for one in day.buy("X", 8, 9_900))
    day.trade("U", "V", 1, 9_890)
    day.truth()
    day.price(11_000)
    undone = ended(day)

    assert 0 <= undone.usdt("X") <= 60_000


def test_one_refused_order_that_was_traded_through_is_paid() -> None:
    """It would have bought at 9,900 what is worth 10,500 at the cut."""
    day = Day("X", "Y", "U", "V", has={"X": (60_000, 0)})
    day.trade("X", "Y", 10, 10_000)
    day.lie(5_000)
    day.buy("X", 8, 9_900)
    day.trade("U", "V", 8, 9_890)
    day.truth()
    day.price(10_500)
    undone = ended(day)

    assert undone.bills == {("X", CLAIM): D(8 * 600)}
    assert undone.position("X") == (10, D(100_000))


@pytest.mark.parametrize(("price", "taken"), [("9300", "9145.5"), ("9120", "9120")])
def test_after_the_freeze_house_error_stands_within_50_bp(price: str, taken: str) -> None:
    """X buys again what was taken from him; what he pays beyond 9,145.5 is his own choice."""
    day = liquidated("Q", cash=40_000, lie=4_000)
    day.truth()
    day.freeze()
    day.trade("X", "Q", 10, price)
    undone = day.undone()

    fee = -undone.house(LedgerKind.INSURANCE)
    assert undone.value("X", 9_100) == 10 * (D(taken) - 7_700) + fee
    assert undone.position("X") == (10, D(90_000))
    assert undone.position("Q") == (-10, -10 * D(price))


def test_cash_of_a_windfall_that_left_is_owed() -> None:
    """M had 15,000, won 8,400 of a void price, and took all of it out."""
    day = Day("X", "Y", "M", "Z", price=9_000, has={"X": (20_000, 0), "M": (15_000, 0)})
    day.trade("X", "Y", 6, 9_000)
    day.trade("X", "Y", 4, 9_000)
    day.price(9_100)
    day.buy("M", 10, 7_700)
    day.lie(5_000)
    day.truth()
    day.buy("Z", 10, 9_100)
    day.sell("M", 10, 9_100)
    day.withdraw("M", USDT, 29_000)
    undone = ended(day)

    assert undone.position("M", SWAP) == (0, D(0))
    assert undone.house(LedgerKind.DEBT) == D(15_000 - 29_000)
    assert undone.usdt("M") == D(-14_000)
    assert undone.error() == 0


@pytest.mark.parametrize(
    "price",
    [8_000, 9_100, 10_000],
)
def test_who_opened_again_has_the_risk_of_it(price: int) -> None:
    """V6, and the price moves on before the repair: neither gain nor loss of it is the venue's."""
    day = liquidated("Q", cash=40_000, lie=4_000)
    day.truth()
    day.trade("X", "Q", 10, 9_150)
    day.freeze()
    day.price(price)
    undone = day.undone()

    fee = -undone.house(LedgerKind.INSURANCE)
    assert undone.value("X", price) == 14_500 + fee
    assert undone.bills == {}
