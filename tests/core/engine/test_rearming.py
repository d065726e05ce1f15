"""What a repair gives back besides money: algo orders wait again as they did, orders are offered
anew, and what cannot be given back is said with its reason.
"""

from __future__ import annotations

import pytest

from seawall.core.model.codec import padded
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import PlaceAlgo, PlaceOrder, SetFreeze, SetTradingState
from seawall.core.model.enums import (
    AlgoType,
    OrderType,
    Side,
    TimeInForce,
    TradingState,
    TriggerPrice,
)
from seawall.core.model.limits import ALGOS_PER_ACCOUNT_MAX
from seawall.core.model.order_events import OrderAccepted, OrderRejected
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair import AlgoRow, OrderRow, RepairRows
from seawall.core.model.repair_events import AlgoRearmed
from seawall.core.model.risk_events import AlgoRejected, AlgoTriggered
from tests.core.engine.repair_world import harmed
from tests.laws.swap_venue import ALICE, BIG, BOB, CROSS, long, short
from tests.laws.venue import of_kind

R = RejectReason
NAME = padded(b"mine", 32)


def trailing(**fields: object) -> PlaceAlgo:
    """Alice sells ten when the mark has fallen by five ticks from its best."""
    usual = {
        "account_id": ALICE,
        "instrument_id": BIG,
        "algo_type": AlgoType.TRAILING,
        "side": Side.SELL,
        "quantity": 10,
        "margin_mode": CROSS,
        "reduce_only": False,
        "trigger_by": TriggerPrice.MARK,
        "callback_ticks": 5,
        "client_id": NAME,
    }
    return PlaceAlgo(**{**usual, **fields})


def stop(price: int = 950) -> PlaceAlgo:
    """Alice sells ten when the mark has fallen there."""
    return trailing(
        algo_type=AlgoType.CONDITIONAL, callback_ticks=0, trigger_price=price, client_id=b""
    )


def given_back(*, algos: tuple[AlgoRow, ...] = (), orders: tuple[OrderRow, ...] = ()) -> RepairRows:
    """Only these rows."""
    rows = sorted(orders, key=lambda row: (row.account_id, row.order))
    return RepairRows(ledger=[], positions=[], algos=list(algos), orders=rows)


def row_of(terms: PlaceAlgo, algo_id: int = 4096, **fields: object) -> AlgoRow:
    """As placed then."""
    usual = {"extreme": 0, "is_above": False, "is_second_above": False, "is_active": False}
    return AlgoRow(ALICE, algo_id, encode_command(terms), **{**usual, **fields})


def test_a_trailing_order_waits_again_with_what_it_has_followed() -> None:
    """Its id, its best price and its owner's name are those it had, also after a restart."""
    venue = harmed()
    best = venue.mark() + 3
    rows = given_back(algos=(row_of(trailing(), 12345, extreme=best, is_active=True),))
    events = venue.repair(rows)

    (rearmed,) = of_kind(events, AlgoRearmed)
    assert (rearmed.algo_id, rearmed.account_id, rearmed.client_id) == (12345, ALICE, NAME)
    for world in (venue, venue.restored()):
        algo = world.engine.state.algo_book.by_id[12345]
        assert (algo.best_price(), algo.is_active) == (best, True)
        assert world.engine.state.account(ALICE).algos == 1
        assert world.engine.ledger_faults() == []
    fallen = venue.move(best - 5)
    assert [one.algo_id for one in of_kind(fallen, AlgoTriggered)] == [12345]


def test_a_stop_waits_again_on_its_side() -> None:
    """It waits for a fall, as it did."""
    venue = harmed()
    venue.repair(given_back(algos=(row_of(stop()),)))

    assert of_kind(venue.seconds(3), AlgoTriggered) == []
    assert [one.algo_id for one in of_kind(venue.move(945), AlgoTriggered)] == [4096]


def test_an_algo_order_that_waits_is_not_doubled() -> None:
    """Its id, or its owner's name for it, is taken."""
    venue = harmed()
    venue.repair(given_back(algos=(row_of(trailing(), 7, extreme=0),)))
    events = venue.repair(given_back(algos=(row_of(trailing(), 7), row_of(trailing(), 8))), b"two")

    assert [one.reason for one in of_kind(events, AlgoRejected)] == [R.DUPLICATE_CLIENT_ORDER_ID]
    assert sorted(venue.engine.state.algo_book.by_id) == [7]
    assert venue.engine.ledger_faults() == []


def test_a_trailing_order_that_followed_a_wrong_price_goes_on_from_the_right_one() -> None:
    """It waits still; only what it has followed is mended."""
    venue = harmed()
    mark = venue.mark()
    wrong = row_of(trailing(), 7, extreme=mark + 400, is_active=True)
    venue.repair(given_back(algos=(wrong,)))
    right = row_of(trailing(), 7, extreme=mark + 3, is_active=True)
    events = venue.repair(given_back(algos=(right,)), b"two")

    assert of_kind(events, AlgoRejected) == []
    assert venue.engine.state.algo_book.by_id[7].best_price() == mark + 3
    assert venue.restored().engine.state.algo_book.by_id[7].best_price() == mark + 3
    assert venue.engine.ledger_faults() == []


def test_an_account_full_of_algo_orders_gets_no_more() -> None:
    """The limit holds for what is given back too."""
    venue = harmed()
    many = [row_of(stop(), number + 1) for number in range(ALGOS_PER_ACCOUNT_MAX + 1)]
    events = venue.repair(given_back(algos=tuple(many)))

    assert len(of_kind(events, AlgoRearmed)) == ALGOS_PER_ACCOUNT_MAX
    assert [one.reason for one in of_kind(events, AlgoRejected)] == [R.TOO_MANY_ALGOS]


def offered(order: PlaceOrder) -> OrderRow:
    """An order that a void has spent."""
    return OrderRow(order.account_id, encode_command(order))


def test_an_order_is_offered_back_as_a_new_one() -> None:
    """With what is left of it, behind those that stand there already."""
    venue = harmed()
    venue.do(long(BOB, 1, 950))
    events = venue.repair(given_back(orders=(offered(long(ALICE, 4, 950)),)))

    (accepted,) = of_kind(events, OrderAccepted)
    assert (accepted.account_id, accepted.quantity, accepted.limit_price) == (ALICE, 4, 950)
    level = venue.engine.state.markets[BIG].book.bids.best()
    assert [level.head.account_id, level.head.next.account_id] == [BOB, ALICE]
    assert venue.engine.ledger_faults() == []


def test_its_own_name_may_be_remembered_still() -> None:
    """Then it comes back without."""
    venue = harmed()
    wish = long(ALICE, 4, 950)
    wish.client_id = NAME
    venue.repair(given_back(orders=(offered(wish),)))
    events = venue.repair(given_back(orders=(offered(named(long(ALICE, 4, 940))),)), b"two")

    assert [one.client_id for one in of_kind(events, OrderAccepted)] == [b""]


def named(order: PlaceOrder) -> PlaceOrder:
    """The order under its owner's name."""
    order.client_id = NAME
    return order


def market_order() -> PlaceOrder:
    """Nothing that could rest."""
    order = long(ALICE, 1, 0)
    assert order.order_type == OrderType.MARKET
    return order


NOT_OFFERED = {
    "would trade": (lambda: long(ALICE, 1, 1_010), R.POST_ONLY_WOULD_TAKE),
    "has its like": (lambda: long(ALICE, 2, 960), R.LIKE_ORDER_OPEN),
    "beyond the limit": (lambda: long(ALICE, 1, 1_100), R.PRICE_LIMIT),
    "too poor": (lambda: short(BOB, 100, 1_000), R.INSUFFICIENT_MARGIN),
    "market": (market_order, R.BAD_FLAGS),
}


@pytest.mark.parametrize("name", NOT_OFFERED)
def test_an_order_that_cannot_come_back_is_a_line(name: str) -> None:
    """Its owner reads why; nothing else happens."""
    make, reason = NOT_OFFERED[name]
    venue = harmed(cash=5 * 10**8)
    venue.do(short(BOB, 1, 1_005))
    venue.do(long(ALICE, 1, 960))
    events = venue.repair(given_back(orders=(offered(make()),)))

    assert [one.reason for one in of_kind(events, OrderRejected)] == [reason]
    assert of_kind(events, OrderAccepted) == []


@pytest.mark.parametrize(
    ("state", "reason"),
    [(TradingState.HALTED, R.INSTRUMENT_HALTED), (TradingState.CANCEL_ONLY, R.CANCEL_ONLY)],
)
def test_a_closed_instrument_takes_nothing_back(state: int, reason: int) -> None:
    """Nor does an account that is frozen."""
    venue = harmed()
    venue.do(SetTradingState(BIG, state))
    events = venue.repair(given_back(orders=(offered(long(ALICE, 1, 950)),)))

    assert [one.reason for one in of_kind(events, OrderRejected)] == [reason]


def test_a_frozen_venue_lets_what_it_gives_back_rest() -> None:
    """Nobody can meet it before the release; without this nothing would ever come back."""
    venue = harmed()
    venue.do(SetFreeze(0, True, 1))
    events = venue.repair(given_back(orders=(offered(long(ALICE, 4, 950)),)))

    (placed,) = of_kind(events, OrderAccepted)
    assert (placed.account_id, placed.limit_price, placed.quantity) == (ALICE, 950, 4)
    assert of_kind(events, OrderRejected) == []
    assert venue.engine.state.is_frozen
    assert venue.engine.ledger_faults() == []


def test_two_legs_that_one_price_reaches_fire_once() -> None:
    """Where the price went meanwhile, a row's legs may lie on the wrong sides of it."""
    venue = harmed()
    mark = venue.mark()
    terms = trailing(
        algo_type=AlgoType.OCO,
        callback_ticks=0,
        trigger_price=mark - 10,
        second_trigger_price=mark + 10,
        second_trigger_by=TriggerPrice.MARK,
        client_id=b"",
    )
    venue.repair(given_back(algos=(row_of(terms, is_above=True),)))
    assert venue.engine.ledger_faults() == []
    (fired,) = of_kind(venue.seconds(3), AlgoTriggered)

    assert (fired.algo_id, fired.leg) == (4096, 0)
    assert venue.engine.ledger_faults() == []


def test_a_frozen_account_gets_no_order_back() -> None:
    """It may cancel only."""
    from seawall.core.model.commands import SetAccountState

    venue = harmed()
    venue.do(SetAccountState(ALICE, is_frozen=True))
    events = venue.repair(given_back(orders=(offered(long(ALICE, 1, 950)),)))

    assert [one.reason for one in of_kind(events, OrderRejected)] == [R.ACCOUNT_FROZEN]


def test_immediate_orders_do_not_rest() -> None:
    """One that may not rest ends as it would on any day."""
    venue = harmed()
    wish = long(ALICE, 1, 950, time_in_force=TimeInForce.IOC)
    venue.repair(given_back(orders=(offered(wish),)))

    assert len(venue.engine.state.orders) == 0
