"""Cases of undoing that are about causes: what the venue did, and would have done, and what
followed of it.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from seawall.core.engine.cut import BEST_OF, FUNDING
from seawall.core.engine.state import State
from seawall.core.model.enums import (
    AlgoType,
    LedgerKind,
    MarginMode,
    Side,
    TriggerPrice,
)
from seawall.core.model.events import Event
from seawall.core.model.instruments import FeeTier
from seawall.core.model.risk_events import (
    AlgoTriggered,
    FundingSettled,
    PositionDeleveraged,
    PositionTakenOver,
)
from tests.core.engine.test_undo_cases import ended, liquidated
from tests.core.engine.undo_day import ETHER, SPOT, SWAP, Day

D = Decimal
MIDNIGHT_MS = 1_700_006_400_000


def happened(events: list[Event], kind: type) -> int:
    """How often."""
    return sum(isinstance(one, kind) for one in events)


def long_with_stop(*others: str, trigger: int = 8_900) -> Day:
    """X is long 10 at 9,000 of Y, with a stop by mark."""
    day = Day("X", "Y", "M", *others, price=9_000, has={"X": (50_000, 0)})
    day.trade("X", "Y", 10, 9_000)
    day.algo = day.stop("X", Side.SELL, 10, trigger, by=TriggerPrice.MARK)
    return day


def test_case_21_a_stop_that_fires_later_is_retimed() -> None:
    """Wrongly at 8,750, rightly three seconds later at 8,890: the difference is paid; and X ends no
    worse than when control was taken from him, at 9,000.
    """
    day = long_with_stop()
    day.buy("M", 10, 8_750)
    day.lie(5_000)
    day.truth()
    day.seconds()
    day.price(8_890)
    undone = ended(day)

    assert undone.verdicts == [(0, 10, 0)]
    assert undone.position("X") == (0, D(0))
    assert undone.realised("X") == 10 * (8_890 - 8_750)
    assert undone.bills == {("X", BEST_OF): D(10 * (9_000 - 8_890))}
    assert undone.usdt("X") == 10 * (9_000 - 8_750)
    assert undone.position("M") == (10, D(87_500))
    assert undone.position("E") == (0, D(0))
    assert undone.error() == -undone.usdt("X")
    assert not undone.is_waiting(day.algo)


def test_case_23_wrongly_liquidated_and_rightly_five_minutes_later() -> None:
    """The later one falls into the half an hour in which X could not act for himself: he has the
    position, and is worth at least what he was when control was taken from him.
    """
    day = liquidated(cash=9_500, bid=9_080, lie=8_000)
    day.truth()
    day.price(7_000)
    day.seconds(3)
    undone = ended(day)

    assert undone.position("X") == (10, D(90_000))
    assert undone.value("X", 7_000) >= 0
    assert undone.after.grace_until_ms[day.id_of("X")] > day.wall_ms
    assert ("X", BEST_OF) in undone.bills


def test_case_24_a_rightful_liquidation_a_second_before_is_not_touched() -> None:
    """It stands outside of the window."""
    day = Day("X", "Y", "M", price=9_000, has={"X": (20_000, 0)})
    day.trade("X", "Y", 10, 9_000)
    day.buy("M", 10, 6_990)
    day.price(7_000)
    assert undone_size(day, "X") == 0
    day.lie(3_000)
    undone = ended(day)

    assert undone.gets("X") == undone.gets("M") == (D(0), D(0))
    assert undone.verdicts == []


def undone_size(day: Day, name: str, where: int = SWAP) -> int:
    """The position in the actual run."""
    state = day.world.engine.state
    found = state.markets[where].swap.position(state.account(day.id_of(name)).slot)
    return 0 if found is None else int(found.size)


def test_case_25_partly_right_stands_in_part() -> None:
    """At the true price a part of the position had to go; at the false one all of it went."""
    day = Day("X", "Y", "M", price=9_000, has={"X": (9_200, 0)})
    day.trade("X", "Y", 10, 9_000)
    day.buy("M", 10, 8_100)
    day.true_e8[1] = 8_114 * 10**8
    day.lie(5_000)
    assert undone_size(day, "X") == 0
    day.freeze()
    undone = day.undone(truths=True)

    assert undone.verdicts == [(6, 4, 0)]
    assert undone.position("X") == (4, D(36_000))
    assert undone.position("E") == (-4, D(-32_400))
    assert undone.position("M") == (10, D(81_000))


def test_case_26_right_but_at_a_price_out_of_band_is_void() -> None:
    """X had to be liquidated at 8,100; nobody has to sell at 5,000."""
    day = Day("X", "Y", "M", price=9_000, has={"X": (9_200, 0)})
    day.trade("X", "Y", 10, 9_000)
    day.buy("M", 10, 5_000)
    day.lie(8_101, 7)
    day.price(8_100)
    undone = ended(day)

    assert undone.verdicts[0] == (0, 0, 10)
    assert undone.position("M") == (0, D(0))
    assert undone.position("X") == (10, D(90_000))
    assert undone.value("X", 8_100) >= 0


def bankrupt(fund: int) -> tuple[Day, list[Event]]:
    """X is long 10 at 9,000 of Y; a source says 6,900, and nobody can pay what selling at 1,000
    would lose.
    """
    has: dict[str, tuple[int | str, int | str]] = {"X": (20_000, 0)}
    day = Day("X", "Y", "M", price=9_000, has=has, fund=fund, capital=0)
    day.trade("X", "Y", 10, 9_000)
    day.buy("M", 10, 1_000)
    return day, day.lie(6_900) + day.seconds(2)


def test_case_27_who_was_deleveraged_by_a_wrong_bankruptcy_has_his_position_again() -> None:
    """Y was short and in profit; X's position went to him."""
    day, events = bankrupt(fund=0)
    assert happened(events, PositionDeleveraged) == 1
    undone = ended(day)

    assert undone.position("X") == (10, D(90_000))
    assert undone.position("Y") == (-10, D(-90_000))
    assert undone.value("X", 9_000) == 20_000
    assert undone.position("E") == (0, D(0))


def test_case_28_a_stop_by_last_that_a_wrong_liquidation_set_off_is_tainted_too() -> None:
    """X's wrongful sale at 9,080 printed; N's stop by last price followed it."""
    day = Day("X", "Y", "M", "N", "U", price=9_100, has={"X": (9_500, 0)})
    day.trade("X", "Y", 10, 9_100)
    day.trade("M", "Y", 1, 9_100)
    day.trade("N", "Y", 5, 9_100)
    algo_id = day.stop("N", Side.SELL, 5, 9_085, by=TriggerPrice.LAST, reduce_only=True)
    day.buy("M", 10, 9_080)
    day.buy("U", 5, 9_070)
    assert happened(day.lie(8_000), AlgoTriggered) == 1
    undone = ended(day)

    assert undone.verdicts == [(0, 10, 0), (0, 5, 0)]
    assert undone.is_waiting(algo_id)
    assert undone.position("N") == (5, D(45_500))
    assert undone.position("U") == (5, D(45_350))


def test_case_29_funding_by_a_bad_price_is_paid_again() -> None:
    """0.01 % of 90,000 instead of 100,000. Nobody traded wrongly: holders are affected by funding
    alone, and nobody else is.
    """
    day = Day("X", "Y", "M", price=10_000, start_ms=MIDNIGHT_MS - 12_000)
    day.trade("X", "Y", 10, 10_000)
    day.buy("M", 20, 9_990)
    day.sell("M", 20, 10_010)
    events = day.lie(9_000)
    for _ in range(14):
        events += day.seconds()
    assert happened(events, FundingSettled) == 2  # of both swaps
    undone = ended(day)

    assert (undone.usdt("X"), undone.usdt("Y"), undone.usdt("M")) == (-1, 1, 0)
    assert undone.made.classes == {1: FUNDING, 2: FUNDING}


@pytest.mark.parametrize(("bid", "keeps"), [(9_950, 500), (9_000, 10_000)])
def test_case_30_a_target_that_a_lie_reached(bid: int, keeps: int) -> None:
    """X is short and his target fires: in band it stands for M, out of band it is void. X has his
    position again, and is worth no less than he was by the venue's mistake: the operator pays.
    """
    day = Day("X", "Y", "M", has={"X": (50_000, 0)})
    day.trade("Y", "X", 10, 10_000)
    algo_id = day.stop("X", Side.BUY, 10, 9_500, by=TriggerPrice.MARK, reduce_only=True)
    day.sell("M", 10, bid)
    day.lie(9_400)
    undone = ended(day)

    assert undone.position("X") == (-10, D(-100_000))
    assert undone.is_waiting(algo_id)
    assert undone.bills == {("X", BEST_OF): D(keeps)}
    assert undone.position("M")[0] == (-10 if keeps == 500 else 0)


def test_case_31_the_high_water_mark_of_a_trailing_stop_is_recomputed() -> None:
    """All sources said 12,000 for a moment; back at 10,000 the stop at 5 % fired."""
    day = Day("W", "U", has={"W": (0, 1)})
    algo_id = day.stop(
        *("W", Side.SELL, 100, 0, SPOT, TriggerPrice.INDEX),
        algo_type=AlgoType.TRAILING,
        callback_e8=5_000_000,
    )
    day.buy("U", 100, 9_990, SPOT)
    day.lie(12_000, *range(1, 8))
    assert happened(day.truth(), AlgoTriggered) == 1
    undone = ended(day)

    assert undone.is_waiting(algo_id)
    rows = [one for one in undone.made.rows.algos if one.algo_id == algo_id]
    assert [one.extreme for one in rows] == [10_000 * 10**8]
    assert undone.gets("W") == (D(-9_990), D(1))


def test_case_35_one_bad_market_of_several_liquidated_the_whole_account() -> None:
    """ETH was said to be worth 30; the bitcoin position of the same cash went too."""
    day = Day("X", "Y", "M", price=10_000, has={"X": (30_000, 0)})
    day.trade("X", "Y", 10, 10_000)
    day.trade("X", "Y", 200, 300, ETHER)
    day.buy("M", 10, 9_990)
    day.buy("M", 200, 299, ETHER)
    day.lie(30, index_id=2)
    day.seconds(2)
    assert (undone_size(day, "X"), undone_size(day, "X", ETHER)) == (0, 0)
    undone = ended(day)

    assert undone.position("X") == (10, D(100_000))
    assert undone.position("X", ETHER) == (200, D(60_000))
    assert undone.position("M") == (10, D(99_900))
    assert undone.value("X", 10_000) + undone.value("X", 300, ETHER) >= undone.usdt("X")


def test_case_36_an_isolated_position_comes_back_with_its_margin() -> None:
    """And the rest of the account never had to do with it."""
    day = Day("X", "Y", "M", price=10_000, has={"X": (50_000, 0)})
    day.lever("X", 10, MarginMode.ISOLATED)
    day.trade("X", "Y", 10, 10_000, margin_mode=MarginMode.ISOLATED)
    margin = isolated_margin(day.world.engine.state)
    day.buy("M", 10, 9_000)
    day.lie(8_000)
    assert undone_size(day, "X") == 0
    undone = ended(day)

    assert undone.position("X") == (10, D(100_000))
    assert isolated_margin(undone.after) == margin == 10_000 * 10**8


def isolated_margin(state: State) -> int:
    """Of account 1, in the swap."""
    account = state.account(1)
    assert account is not None
    found = account.positions[0].isolated
    return 0 if found is None else int(found.balance)


def test_case_40_the_rebate_on_a_void_fill_goes_back() -> None:
    """And the taker's fee comes back."""
    day = Day("U", "V", fees=FeeTier(maker_e8=-10_000, taker_e8=50_000))
    day.lie(10_001, 7)
    day.sell("V", 10, 11_000)
    day.buy("U", 10, 11_000)
    undone = ended(day)

    assert undone.usdt("V") == D(-11)
    assert undone.usdt("U") == D(55)
    assert undone.house(LedgerKind.HOUSE_FEE) == D(-44)


def test_case_42_what_the_fund_gained_by_it_goes_back() -> None:
    """The liquidation fee of V5."""
    day = liquidated(cash=9_500, bid=9_080, lie=8_000)
    undone = ended(day)

    assert undone.house(LedgerKind.INSURANCE) == D("-181.6")


def test_case_43_what_the_fund_paid_comes_back() -> None:
    """X's position was sold far below his bankruptcy; the fund paid the rest."""
    day = Day("X", "Y", "M", price=9_000, has={"X": (12_000, 0)})
    day.trade("X", "Y", 10, 9_000)
    day.buy("M", 10, 5_000)
    day.lie(4_000)
    undone = ended(day)

    assert undone.house(LedgerKind.INSURANCE) == 40_000 - 12_000
    assert undone.usdt("X") == 12_000
    assert undone.position("X") == (10, D(90_000))


def test_case_43_isolated_what_the_fund_paid_was_never_his_loss() -> None:
    """He could lose the margin of the position, and nothing else that he has."""
    day = Day("X", "Y", "M", price=9_000, has={"X": (50_000, 1)})
    day.lever("X", 10, MarginMode.ISOLATED)
    day.trade("X", "Y", 10, 9_000, margin_mode=MarginMode.ISOLATED)
    day.buy("M", 10, 5_000)
    day.lie(4_000)
    assert undone_size(day, "X") == 0
    undone = ended(day)

    assert undone.wealth("X") == 50_000
    assert undone.usdt("X") == 9_000
    assert undone.house(LedgerKind.INSURANCE) == 31_000


def test_case_43_a_takeover_that_was_wrong_is_taken_back_from_the_fund() -> None:
    """The venue held X's position."""
    day, events = bankrupt(fund=5_000)
    assert happened(events, PositionTakenOver) == 1
    undone = ended(day)

    assert undone.position("X") == (10, D(90_000))
    assert undone.value("X", 9_000) == 20_000
    system = undone.after.system_account
    assert system is None or all(one.size == 0 for one in system.positions)


def test_case_45_who_quotes_again_after_each_fill_is_judged_by_his_own_price() -> None:
    """A grid sells 10,010 each time its bid at 9,990 was hit: in band, it stands."""
    day = Day("W", "G", "T", has={"W": (0, 1)})
    day.stop("W", Side.SELL, 100, 9_500, SPOT)
    day.buy("G", 100, 9_990, SPOT)
    day.lie("0.32")
    day.sell("G", 100, 10_010, SPOT)
    day.buy("T", 100, 10_010, SPOT)
    undone = ended(day)

    assert undone.verdicts == [(0, 100, 0), (100, 0, 0)]
    assert undone.gets("G") == undone.gets("T") == (D(0), D(0))
