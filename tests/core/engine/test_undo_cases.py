"""The worked cases of undoing a market, number by number, and the matrix of fills: what stands,
what is split, what is void.

`OUT_OF_SCOPE` lists the cases of the catalogue of incidents (10.2 to 10.4) that concern what the
venue does not do; every other number has a test named after it, here or in the two files beside.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from seawall.core.model.commands import AcceptRulebook, ActivateRulebook, ListInstrument
from seawall.core.model.enums import (
    AlgoType,
    InstrumentKind,
    LedgerKind,
    RiskTier,
    Side,
    TimeInForce,
    TriggerPrice,
)
from seawall.core.model.genesis import Mirror
from seawall.core.model.instruments import FeeTier
from tests.core.engine.undo_day import BTC, LOT, SPOT, SWAP, TICK_E8, USDT, Day, Undone, e8

D = Decimal
TEN_BP = FeeTier(maker_e8=0, taker_e8=100_000)
OUT_OF_SCOPE = {
    9: "no queue of policies: each fill has a verdict, and the other policies are priced beside it",
    13: "no block trades or quotes on request",
    14: "no spreads or combinations",
    15: "no options",
    16: "no negative prices",
    17: "amounts and prices are units and ticks everywhere; the laws draw several ticks",
    19: "no delisting",
    20: "no expiry",
    32: "an algo order watches its own market",
    33: "no baskets",
    34: "no collateral but the settlement asset",
    37: "no portfolio margin",
    38: "no borrowing",
    39: "fee tiers do not follow volume",
    41: "no competitions or points",
    44: "no vaults, no copying of traders",
    52: "a hedge elsewhere is not on our ledger",
    53: "no election: the best is posted at once",
    58: "no transfers between accounts",
    64: "nobody's cash is below zero in an actual run",
    66: "one case is open at a time; a second incident is repaired after the first",
    68: "late evidence is a repair of the posted repair: law 8",
    70: "in these cases all stamps of a second are equal",
    71: "edits of time come with their tapes",
    72: "asked of the journal: exactly once, after kills",
    73: "asked of the journal and the gateway",
    76: "no chain: deposits are confirmed facts",
    77: "no chain",
    78: "statements are written from events; a repair is an event",
    79: "one version of the rules",
    80: "no collateral weights",
}


def stopped_spot(**more: object) -> Day:
    """W has a coin and a stop by index at 9,500; U bids 0.32 for it; a source says 0.32."""
    day = Day("W", "U", "V", has={"U": (1_000, 0), "W": (0, 1)}, fees=TEN_BP, **more)
    day.algo = day.stop("W", Side.SELL, 100, 9_500, SPOT)
    day.buy("U", 100, "0.32", SPOT)
    day.lie("0.32")
    return day


def liquidated(*others: str, cash: int = 20_000, bid: int = 7_700, lie: int = 5_000) -> Day:
    """X is long 10 at 9,000 of Y; at 9,100 a source lies, and M's bid takes X's position."""
    day = Day("X", "Y", "M", *others, price=9_000, has={"X": (cash, 0)})
    day.trade("X", "Y", 10, 9_000)
    day.price(9_100)
    day.buy("M", 10, bid)
    day.lie(lie)
    return day


@pytest.mark.parametrize("bad", [(1, 2, 3), (1, 2, 3, 4)])
def test_v0_a_quorum_is_of_domains(bad: tuple[int, ...]) -> None:
    """Sources of half the domains print 0.32; the index stays among the honest."""
    day = Day("W", price=10_100, is_protected=True)
    day.told_e8 = {(1, one): e8("0.32") for one in bad}
    day.seconds(5)

    value_e8 = day.world.engine.state.indices[1].value_e8
    assert abs(value_e8 - e8(10_100)) * 1_000 < e8(10_100)


def test_v1_void_spot() -> None:
    """W has his coin again, and his stop; U his money; the fee goes back."""
    day = stopped_spot()
    day.freeze()
    undone = day.undone()

    assert undone.gets("W") == (D("-0.31968"), D(1))
    assert undone.gets("U") == (D("0.32"), D(-1))
    assert undone.house(LedgerKind.HOUSE_FEE) == D("-0.00032")
    assert (undone.error(), undone.error(BTC)) == (0, 0)
    assert undone.verdicts == [(0, 0, 100)]
    assert undone.is_waiting(day.algo)


def test_v2_sold_on() -> None:
    """V keeps what he bought at a fair price; house:error owes the coin; U is where he began."""
    day = stopped_spot()
    day.buy("V", 100, 10_000, SPOT)
    day.sell("U", 100, 10_000, SPOT)
    day.freeze()
    undone = day.undone()

    assert undone.gets("W") == (D("-0.31968"), D(1))
    assert undone.gets("U") == (D("-9989.68"), D(0))
    assert undone.gets("V") == (D(0), D(0))
    assert undone.house(LedgerKind.HOUSE_FEE) == D("-10.00032")
    assert (undone.error(), undone.error(BTC)) == (D(10_000), D(-1))


@pytest.mark.parametrize("is_late", [False, True])
def test_v3_withdrawn(is_late: bool) -> None:
    """The coin left the venue in both runs: U gives what he has, and owes the rest. case 59, 75:
    also when it left after the freeze.
    """
    day = stopped_spot()
    if is_late:
        day.freeze()
    day.withdraw("U", BTC, 1)
    if not is_late:
        day.freeze()
    undone = day.undone()

    assert undone.gets("W") == (D("-0.31968"), D(1))
    assert undone.usdt("U") == D("0.32") - 10_000
    assert undone.house(LedgerKind.DEBT) == D(-9_000)
    assert undone.house(LedgerKind.HOUSE_FEE) == D("-0.00032")
    assert (undone.error(), undone.error(BTC)) == (D(10_000), D(-1))


def test_v4_wrong_liquidation_partly_held() -> None:
    """X is long again, M flat without the windfall, house:error short what M sold on."""
    day = liquidated("Z")
    day.buy("Z", 6, 9_100)
    day.sell("M", 6, 9_100)
    day.freeze()
    undone = day.undone()

    assert undone.verdicts == [(0, 0, 10), (6, 0, 0)]
    assert undone.position("X") == (10, D(90_000))
    assert undone.realised("X") == D(13_000)
    assert undone.position("M") == (0, D(0))
    assert undone.realised("M") == D(-8_400)
    assert undone.value("M", 9_100) == D(-14_000)
    assert undone.position("E") == (-6, D(-54_600))
    assert undone.position("Z") == (6, D(54_600))
    assert undone.position("Y") == (-10, D(-90_000))
    fee = -undone.house(LedgerKind.INSURANCE)
    assert undone.usdt("X") == 13_000 + fee and fee > 0


def test_v5_tainted_but_a_fair_price() -> None:
    """M keeps; X has his position and the liquidation fee back; house:error is short."""
    day = liquidated(cash=9_500, bid=9_080, lie=8_000)
    day.freeze()
    undone = day.undone()

    assert undone.verdicts == [(0, 10, 0)]
    assert undone.position("X") == (10, D(90_000))
    assert undone.position("M") == (10, D(90_800))
    assert undone.position("E") == (-10, D(-90_800))
    fee = -undone.house(LedgerKind.INSURANCE)
    assert fee == D("181.6")
    assert undone.usdt("X") == fee - 800
    assert (undone.usdt("M"), undone.usdt("Y"), undone.error()) == (0, 0, 0)


@pytest.mark.parametrize("price", [8_000, 9_100, 9_150, 12_000])
def test_v6_mitigation_is_exact(price: int) -> None:
    """X bought again at 9,150: 14,500 and no second position; as if, at every price. case 46."""
    day = liquidated("Q", cash=40_000, lie=4_000)
    day.truth()
    day.trade("X", "Q", 10, 9_150)
    day.freeze()
    undone = day.undone()

    fee = -undone.house(LedgerKind.INSURANCE)
    assert undone.value("X", price) == 10 * (9_150 - 7_700) + fee
    assert undone.position("X") == (10, D(90_000))
    assert undone.position("Q") == (-10, D(-91_500))
    assert undone.position("M") == (0, D(0))


@pytest.mark.parametrize("is_closed", [True, False])
def test_v7_missed_stop(is_closed: bool) -> None:
    """The feed stood still: the stop at 9,000 would have sold at 8,990. X closed at 8,500 and gets
    4,900 of cash; had he held on until 9,200, nothing. case 22: nobody trades what did not happen.
    """
    day = Day("X", "Y", "Q", price=9_100, has={"X": (50_000, 0)})
    day.trade("X", "Y", 10, 9_100)
    day.stop("X", Side.SELL, 10, 9_000, by=TriggerPrice.MARK)
    for one in range(1, 8):
        day.told_e8[1, one] = e8(9_100)
    day.price(8_990)
    if is_closed:
        day.price(8_500)
        day.trade("Q", "X", 10, 8_500)
    else:
        day.price(9_200)
    day.freeze()
    undone = day.undone(truths=True)

    assert undone.usdt("X") == (4_900 if is_closed else 0)
    assert undone.error() == (-4_900 if is_closed else 0)
    assert undone.position("X") == ((0, D(0)) if is_closed else (10, D(91_000)))
    assert (undone.usdt("Y"), undone.usdt("Q")) == (0, 0)


def test_v8_far_off_by_a_quote_of_a_bad_feed_is_void() -> None:
    """A mirror quotes 11,500 where 10,000 is fair: both sides are as before. case 8: it is void,
    not adjusted.
    """
    mirror = Mirror(account_id=2, instrument_id=SWAP, source_id=1, spread_e8=0, quantity=10)
    day = Day("T", "L", mirrors=[mirror])
    day.lie(11_500)
    day.buy("T", 10, 12_000, time_in_force=TimeInForce.IOC)
    assert day.world.engine.state.account(1).positions[0].size == 10
    day.freeze()
    undone = day.undone()

    assert undone.verdicts == [(0, 0, 10)]
    assert undone.position("T") == undone.position("L") == (0, D(0))
    assert (undone.usdt("T"), undone.usdt("L"), undone.error()) == (0, 0, 0)


def fair_day(*people: str, **more: object) -> Day:
    """A source lies high, where the lowest ask counts: nobody notices, and fills are reviewed."""
    day = Day(*people, **more)
    day.lie(10_001, 7)
    return day


def ended(day: Day) -> Undone:
    """Freeze and undo."""
    day.freeze()
    return day.undone()


def test_case_1_in_band_and_wanted_stands() -> None:
    """Nothing changes."""
    day = fair_day("U", "V", fees=TEN_BP)
    day.trade("U", "V", 5, 10_100)
    day.trade("V", "U", 100, 9_900, SPOT)
    undone = ended(day)

    assert undone.verdicts == [(5, 0, 0), (100, 0, 0)]
    assert undone.made.rows.count() == 0


def test_case_2_a_tainted_stop_in_band_is_split() -> None:
    """U keeps his coin; W has his back, from house:error."""
    day = Day("W", "U", has={"W": (0, 1)}, fees=TEN_BP)
    algo_id = day.stop("W", Side.SELL, 100, 9_500, SPOT)
    day.buy("U", 100, 9_950, SPOT)
    day.lie("0.32")
    undone = ended(day)

    assert undone.verdicts == [(0, 100, 0)]
    assert undone.gets("W") == (D("-9940.05"), D(1))
    assert undone.gets("U") == (D(0), D(0))
    assert (undone.error(), undone.error(BTC)) == (D(9_950), D(-1))
    assert undone.house(LedgerKind.HOUSE_FEE) == D("-9.95")
    assert undone.is_waiting(algo_id)


def test_case_3_out_of_band_and_wanted_is_void_on_both_sides() -> None:
    """A price of 11,000 where 10,000 is fair."""
    day = fair_day("U", "V", fees=TEN_BP)
    day.trade("U", "V", 100, 11_000, SPOT)
    undone = ended(day)

    assert undone.gets("U") == (D(11_000), D("-0.999"))
    assert undone.gets("V") == (D(-11_000), D(1))
    assert undone.house(LedgerKind.HOUSE_FEE, BTC) == D("-0.001")
    assert undone.house(LedgerKind.HOUSE_FEE) == 0


def test_case_4_out_of_band_and_tainted_is_void() -> None:
    """V1 is the case; the order that bought is offered back (decision 25)."""
    day = stopped_spot()
    undone = ended(day)

    assert [one.account_id for one in undone.made.rows.orders] == [day.id_of("U")]
    assert undone.error() == 0


@pytest.mark.parametrize(
    ("price", "stands"), [("10300", 5), ("10300.1", 0), ("9700", 5), ("9699.9", 0)]
)
def test_case_5_the_edge_of_the_band_stands(price: str, stands: int) -> None:
    """3 % of 10,000, the edge included."""
    day = fair_day("U", "V")
    day.trade("U", "V", 5, price)
    undone = ended(day)

    assert undone.verdicts == [(stands, 0, 5 - stands)]


def test_case_6_of_an_order_that_straddles_the_band_the_outer_part_is_void() -> None:
    """One taker, two makers."""
    day = fair_day("U", "V")
    day.sell("V", 3, 10_300)
    day.sell("V", 4, 10_400)
    day.buy("U", 7, 10_500)
    undone = ended(day)

    assert undone.verdicts == [(3, 0, 0), (0, 0, 4)]
    assert undone.position("U") == (3, D(30_900))


def test_case_7_a_sweep_of_ten_levels_is_judged_fill_by_fill() -> None:
    """10,000 to 10,900: four levels stand."""
    day = fair_day("U", "V")
    for level in range(10):
        day.sell("V", 2, 10_000 + 100 * level)
    day.buy("U", 20, 11_000)
    undone = ended(day)

    assert undone.verdicts == [(2, 0, 0)] * 4 + [(0, 0, 2)] * 6
    assert undone.position("V") == (-8, D(-2 * 40_600))


@pytest.mark.parametrize(
    ("limit", "accepts", "cost"),
    [
        (10_000, ("U", "V"), 9_700),
        (9_600, ("U", "V"), 0),
        (10_000, ("U",), 0),
        (10_000, (), 0),
    ],
)
def test_case_8_moved_to_the_edge_by_a_rulebook_that_both_accepted_if_both_limits_allow(
    limit: int, accepts: tuple[str, ...], cost: int
) -> None:
    """V offered at 8,500 where 10,000 is fair. The rulebook in force from the start voids; a later
    one may adjust, for who accepted it.
    """
    day = Day("U", "V")
    day.do(ActivateRulebook(2, bytes(32), 3_000_000, 7_000_000, 15_000_000, True), 5)
    for name in accepts:
        day.do(AcceptRulebook(day.id_of(name), 2), 3)
    day.lie(10_001, 7)
    day.sell("V", 10, 8_500)
    day.buy("U", 10, limit)
    undone = ended(day)

    lots = 10 if cost else 0
    assert undone.position("U") == (lots, D(10 * cost))
    assert undone.position("V") == (-lots, D(-10 * cost))
    assert (undone.usdt("U"), undone.usdt("V"), undone.error()) == (0, 0, 0)


@pytest.mark.parametrize("is_real", [True, False])
def test_case_10_a_bid_far_below_keeps_what_a_real_crash_brings(is_real: bool) -> None:
    """Years old; only the repaired reference decides."""
    day = Day("W", "U", has={"W": (0, 1)})
    day.stop("W", Side.SELL, 100, 9_500, SPOT)
    day.buy("U", 100, "0.32", SPOT)
    if is_real:
        day.price("0.32")
    else:
        day.lie("0.32")
    undone = ended(day)

    assert undone.gets("U") == ((D(0), D(0)) if is_real else (D("0.32"), D(-1)))


@pytest.mark.parametrize("force", [TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTC])
@pytest.mark.parametrize("is_near", [True, False])
def test_case_11_every_form_of_order_is_judged_alike(force: int, is_near: bool) -> None:
    """A post-only maker, and takers of each kind."""
    day = fair_day("U", "V")
    price = 10_200 if is_near else 10_400
    day.sell("V", 5, price, time_in_force=TimeInForce.POST_ONLY)
    day.buy("U", 5, price, time_in_force=force)
    undone = ended(day)

    assert undone.verdicts == [(5, 0, 0) if is_near else (0, 0, 5)]
    assert undone.error() == 0


def test_case_11_one_cancels_the_other_waits_again_with_both_legs() -> None:
    """Its stop fired wrongly; the target is back too."""
    day = Day("X", "Y", "M", has={"X": (200_000, 0)})
    day.trade("X", "Y", 10, 10_000)
    algo_id = day.stop(
        *("X", Side.SELL, 10, 11_000, SWAP, TriggerPrice.MARK),
        algo_type=AlgoType.OCO,
        second_trigger_price=e8(9_500) // TICK_E8[SWAP],
        second_trigger_by=TriggerPrice.MARK,
    )
    day.buy("M", 10, 9_900)
    day.lie(9_000)
    undone = ended(day)

    assert undone.is_waiting(algo_id)
    terms = undone.after.algo_book.by_id[algo_id].terms
    assert (terms.trigger_price, terms.second_trigger_price) == (110_000, 95_000)
    assert undone.position("X") == (10, D(100_000))


def test_case_11_legs_on_both_sides_of_a_lie_may_both_be_reached_by_the_true_price() -> None:
    """Placed while the index said 9,100, they are crossed at the true 10,000: one fires, once."""
    day = Day("X", "Y", "M", has={"X": (200_000, 0)})
    day.trade("X", "Y", 10, 10_000)
    day.buy("M", 10, 9_000)
    day.lie(9_100, 7)
    algo_id = day.stop(
        *("X", Side.SELL, 10, 9_500),
        algo_type=AlgoType.OCO,
        second_trigger_price=e8(8_500) // TICK_E8[SWAP],
        second_trigger_by=TriggerPrice.INDEX,
    )
    day.price(9_000)
    undone = ended(day)

    assert undone.after.algo_book.by_id.keys() <= {algo_id}


def test_case_12_accounts_of_one_owner_do_not_trade_in_either_run() -> None:
    """Self-trade prevention ended the older order; so it did again."""
    day = Day("U", "U2", "V", owners={"U2": "U"})
    day.lie(10_001, 7)
    day.sell("U", 5, 10_000)
    day.buy("U2", 5, 10_000)
    undone = ended(day)

    assert undone.verdicts == []
    assert undone.made.rows.count() == 0


@pytest.mark.parametrize(("price", "stands"), [(10_200, 5), (10_800, 0)])
def test_case_18_of_an_instrument_listed_in_the_window_the_index_decides(
    price: int, stands: int
) -> None:
    """It has no basis of its own yet."""
    day = fair_day("U", "V")
    day.do(
        ListInstrument(
            instrument_id=9,
            name=b"BTC-USDT-NEW",
            base_asset_id=BTC,
            quote_asset_id=USDT,
            tick_size_e8=TICK_E8[SWAP],
            lot_size=LOT[SWAP],
            quantity_min=1,
            quantity_max=100,
            price_max=10**6,
            market_cap_e8=10**6,
            kind=InstrumentKind.SWAP,
            index_id=1,
            risk_tier=RiskTier.MAJOR,
        ),
        5,
    )
    TICK_E8[9], LOT[9] = TICK_E8[SWAP], LOT[SWAP]
    day.seconds()
    day.trade("U", "V", 5, price, 9)
    undone = ended(day)

    assert undone.verdicts == [(stands, 0, 5 - stands)]


def test_every_case_of_the_catalogue_is_asked_or_out_of_scope() -> None:
    """10.2 to 10.4: 80 cases."""
    asked: set[int] = set()
    for name in ("cases", "causes", "reactions"):
        text = (Path(__file__).parent / f"test_undo_{name}.py").read_text()
        for line in re.findall(r"(?:def test_case_|[ .]case )([0-9][0-9, ]*)", text):
            asked |= {int(one) for one in re.findall(r"\d+", line)}

    assert asked & OUT_OF_SCOPE.keys() == set()
    assert asked | OUT_OF_SCOPE.keys() == set(range(1, 81))
