"""PlaceAlgo and CancelAlgo: what is refused, in which order of reasons; who may cancel what."""

from __future__ import annotations

import random
from typing import Any

import pytest

from seawall.core.engine.algo_orders import cancel_algos
from seawall.core.model.commands import (
    ALL_INSTRUMENTS,
    CancelAlgo,
    MassCancel,
    SetAccountState,
    SetFreeze,
    SetTradingState,
)
from seawall.core.model.enums import (
    AlgoType,
    CancelReason,
    MarginMode,
    Side,
    TradingState,
)
from seawall.core.model.events import InternalFault
from seawall.core.model.limits import ALGOS_PER_ACCOUNT_MAX, VALID_FOR_MS_MAX
from seawall.core.model.order_events import CancelRejected, MassCancelled, OrderAccepted
from seawall.core.model.rejects import RejectReason
from seawall.core.model.risk_events import AlgoAccepted, AlgoCancelled, AlgoRejected
from tests.core.engine.algo_venue import (
    ALICE,
    BOB,
    BUY,
    INDEX,
    INDEXED_SPOT,
    LAST,
    MARK,
    PRICE_MAX,
    QUANTITY_MAX,
    SELL,
    SPOT,
    SWAP,
    AlgoVenue,
    algo_terms,
    of_kind,
)

I64_MIN, I64_MAX = -(2**63), 2**63 - 1
R = RejectReason
TRAILING: dict[str, Any] = {"algo_type": AlgoType.TRAILING, "callback_e8": 1_000_000}
OCO: dict[str, Any] = {
    "algo_type": AlgoType.OCO,
    "trigger_price": 1_050,
    "second_trigger_price": 950,
}


def open_venue() -> AlgoVenue:
    """A venue whose every price is 1,000."""
    venue = AlgoVenue(is_protected=False)
    venue.tick(1_000, times=2)
    for market in (SPOT, SWAP, INDEXED_SPOT):
        venue.trade(1_000, market)
    return venue


REFUSED: dict[str, tuple[int, dict[str, Any]]] = {
    "self trade prevention": (R.BAD_FLAGS, {"self_trade_prevention": 3, "quantity": 0}),
    "valid too long": (R.BAD_FLAGS, {"valid_for_ms": VALID_FOR_MS_MAX + 1, "quantity": 0}),
    "negative limit": (R.BAD_PRICE, {"order_price": -1, "quantity": 0}),
    "limit i64 min": (R.BAD_PRICE, {"order_price": I64_MIN}),
    "second limit negative": (R.BAD_PRICE, {**OCO, "second_order_price": -1}),
    "limit too high": (R.PRICE_TOO_HIGH, {"order_price": PRICE_MAX + 1, "quantity": 0}),
    "limit i64 max": (R.PRICE_TOO_HIGH, {"order_price": I64_MAX}),
    "second limit too high": (R.PRICE_TOO_HIGH, {**OCO, "second_order_price": I64_MAX}),
    "no quantity": (R.BAD_QUANTITY, {"quantity": 0, "margin_mode": 3}),
    "quantity i64 min": (R.BAD_QUANTITY, {"quantity": I64_MIN}),
    "quantity too large": (R.QUANTITY_TOO_LARGE, {"quantity": QUANTITY_MAX + 1, "margin_mode": 3}),
    "quantity i64 max": (R.QUANTITY_TOO_LARGE, {"quantity": I64_MAX}),
    "margin in spot": (R.BAD_MARGIN_MODE, {"margin_mode": MarginMode.CROSS, "trigger_price": 0}),
    "reduce only in spot": (R.BAD_MARGIN_MODE, {"reduce_only": True, "trigger_price": 0}),
    "cash in a swap": (R.BAD_MARGIN_MODE, {"market": SWAP, "margin_mode": MarginMode.CASH}),
    "unknown margin mode": (R.BAD_MARGIN_MODE, {"market": SWAP, "margin_mode": 3}),
    "no trigger": (R.BAD_TRIGGER, {"trigger_price": 0}),
    "trigger negative": (R.BAD_TRIGGER, {"trigger_price": -5}),
    "trigger i64 min": (R.BAD_TRIGGER, {"trigger_price": I64_MIN}),
    "trigger too high": (R.BAD_TRIGGER, {"trigger_price": PRICE_MAX + 1}),
    "trigger i64 max": (R.BAD_TRIGGER, {"trigger_price": I64_MAX}),
    "unknown price": (R.BAD_TRIGGER, {"trigger_by": 3}),
    "mark of a spot market": (R.BAD_TRIGGER, {"market": INDEXED_SPOT, "trigger_by": MARK}),
    "index of a market without": (R.BAD_TRIGGER, {"trigger_by": INDEX}),
    "one leg with a second": (R.BAD_TRIGGER, {"second_trigger_price": 1}),
    "one leg with a second limit": (R.BAD_TRIGGER, {"second_order_price": 1}),
    "one leg with a second kind": (R.BAD_TRIGGER, {"second_trigger_by": 1}),
    "trigger with a second": (
        R.BAD_TRIGGER,
        {"algo_type": AlgoType.TRIGGER, "second_trigger_price": 1},
    ),
    "one leg with a ratio": (R.BAD_TRIGGER, {"callback_e8": 1_000_000}),
    "one leg with a distance": (R.BAD_TRIGGER, {"callback_ticks": 5}),
    "one leg with an activation": (R.BAD_TRIGGER, {"active_price": 5}),
    "oco without second": (R.BAD_TRIGGER, {**OCO, "second_trigger_price": 0}),
    "oco second i64 max": (R.BAD_TRIGGER, {**OCO, "second_trigger_price": I64_MAX}),
    "oco second i64 min": (R.BAD_TRIGGER, {**OCO, "second_trigger_price": I64_MIN}),
    "oco both above": (R.BAD_TRIGGER, {**OCO, "second_trigger_price": 1_060}),
    "oco one at the price": (R.BAD_TRIGGER, {**OCO, "second_trigger_price": 1_000}),
    "oco both below": (R.BAD_TRIGGER, {**OCO, "trigger_price": 999}),
    "oco second kind": (R.BAD_TRIGGER, {**OCO, "second_trigger_by": 9}),
    "oco with a ratio": (R.BAD_TRIGGER, {**OCO, "callback_e8": 1_000_000}),
    "trailing without callback": (R.BAD_TRIGGER, {**TRAILING, "callback_e8": 0}),
    "trailing with both": (R.BAD_TRIGGER, {**TRAILING, "callback_ticks": 1}),
    "trailing ratio too small": (R.BAD_TRIGGER, {**TRAILING, "callback_e8": 99_999}),
    "trailing ratio too large": (R.BAD_TRIGGER, {**TRAILING, "callback_e8": 50_000_001}),
    "trailing ratio i64 max": (R.BAD_TRIGGER, {**TRAILING, "callback_e8": I64_MAX}),
    "trailing ratio i64 min": (R.BAD_TRIGGER, {**TRAILING, "callback_e8": I64_MIN}),
    "trailing distance negative": (
        R.BAD_TRIGGER,
        {**TRAILING, "callback_e8": 0, "callback_ticks": -1},
    ),
    "trailing distance i64 max": (
        R.BAD_TRIGGER,
        {**TRAILING, "callback_e8": 0, "callback_ticks": I64_MAX},
    ),
    "trailing with a trigger": (R.BAD_TRIGGER, {**TRAILING, "trigger_price": 1}),
    "trailing with a limit": (R.BAD_TRIGGER, {**TRAILING, "order_price": 1}),
    "trailing activation negative": (R.BAD_TRIGGER, {**TRAILING, "active_price": -1}),
    "trailing activation i64 max": (R.BAD_TRIGGER, {**TRAILING, "active_price": I64_MAX}),
    "trailing by a price there is not": (R.BAD_TRIGGER, {**TRAILING, "trigger_by": INDEX}),
}


@pytest.mark.parametrize("row", REFUSED.values(), ids=REFUSED)
def test_what_does_not_go_together_is_refused(row: tuple[int, dict[str, Any]]) -> None:
    """With the reason of the smallest number that applies."""
    reason, terms = row
    terms = {"trigger_price": 0 if terms.get("algo_type") == 3 else 950, **terms}

    assert open_venue().refusal(**terms) == reason


ACCEPTED: dict[str, dict[str, Any]] = {
    "ratio at its least": {**TRAILING, "callback_e8": 100_000},
    "ratio at its most": {**TRAILING, "callback_e8": 50_000_000},
    "distance at its most": {**TRAILING, "callback_e8": 0, "callback_ticks": PRICE_MAX},
    "activation at its most": {**TRAILING, "active_price": PRICE_MAX},
    "trigger at its most": {"trigger_price": PRICE_MAX, "order_price": PRICE_MAX},
    "trigger at its least": {"trigger_price": 1, "order_price": 1},
    "quantity at its most": {"trigger_price": 950, "quantity": QUANTITY_MAX},
    "oco at the price": {**OCO, "trigger_price": 1_000, "second_trigger_price": 999},
}


@pytest.mark.parametrize("terms", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_just_inside_the_bounds_is_accepted(terms: dict[str, Any]) -> None:
    """And survives prices at both ends, and a restart."""
    venue = open_venue()
    venue.wait_for(market=SWAP, **terms)
    venue.restart()
    for price in (PRICE_MAX, 1, PRICE_MAX):
        venue.tick(price)
        venue.trade(price, SWAP)

    assert venue.engine.ledger_faults() == []


def test_doors_are_closed_to_algo_orders_too() -> None:
    """Unknown accounts and instruments, halts, freezes, commands that come too late."""
    venue = open_venue()
    assert venue.refusal(who=99, trigger_price=950) == R.UNKNOWN_ACCOUNT
    assert venue.refusal(market=99, trigger_price=950) == R.UNKNOWN_INSTRUMENT
    venue.wall_ms -= 3_000
    assert venue.refusal(trigger_price=950) == R.TOO_LATE
    venue.wall_ms += 3_000
    venue.do(SetAccountState(account_id=BOB, is_frozen=True))
    assert venue.refusal(who=BOB, trigger_price=950) == R.ACCOUNT_FROZEN
    for state, reason in (
        (TradingState.HALTED, R.INSTRUMENT_HALTED),
        (TradingState.CANCEL_ONLY, R.CANCEL_ONLY),
    ):
        venue.do(SetTradingState(instrument_id=SPOT, trading_state=state))
        assert venue.refusal(trigger_price=950) == reason
    venue.do(SetFreeze(index_id=0, is_frozen=True, operator_id=1))
    assert venue.refusal(market=SWAP, trigger_price=950) in (R.VENUE_FROZEN, R.CANCEL_ONLY)


def test_a_price_that_does_not_exist_yet_has_no_sides() -> None:
    """Nobody traded, no index was formed."""
    venue = AlgoVenue()
    venue.tick()
    assert venue.refusal(trigger_price=950) == R.NO_MARKET
    for kind in (LAST, MARK, INDEX):
        assert venue.refusal(market=SWAP, trigger_price=950, trigger_by=kind) == R.NO_MARKET
    assert venue.refusal(market=SWAP, **OCO) == R.NO_MARKET


def test_an_account_has_two_hundred_algo_orders_at_most() -> None:
    """The next one is refused until one ends."""
    venue = open_venue()
    for _ in range(ALGOS_PER_ACCOUNT_MAX):
        newest = venue.wait_for(trigger_price=950)
    assert venue.refusal(trigger_price=950) == R.TOO_MANY_ALGOS
    venue.wait_for(who=BOB, trigger_price=950)
    venue.do(CancelAlgo(account_id=ALICE, instrument_id=SPOT, algo_id=newest))
    venue.wait_for(trigger_price=950)


def test_the_other_margin_mode_of_a_position_in_use_is_refused() -> None:
    """At placement already, as for an order."""
    venue = open_venue()
    venue.order(ALICE, BUY, 1_000, 1, SWAP)
    isolated = {"margin_mode": MarginMode.ISOLATED, "trigger_price": 950}
    assert venue.refusal(market=SWAP, **isolated) == R.MARGIN_MODE_CONFLICT
    venue.wait_for(who=BOB, market=SWAP, **isolated)


def test_a_client_id_names_one_waiting_algo_order() -> None:
    """It is free again once that has ended, and ids of orders are another matter."""
    venue = open_venue()
    name = b"mine".ljust(32, b"\0")
    venue.order(ALICE, SELL, 2_000, client_id=name)
    algo_id = venue.wait_for(trigger_price=950, client_id=name)
    assert venue.refusal(trigger_price=950, client_id=name) == R.DUPLICATE_CLIENT_ORDER_ID
    venue.wait_for(who=BOB, trigger_price=950, client_id=name)
    events = venue.do(CancelAlgo(account_id=ALICE, instrument_id=SPOT, client_id=name))
    assert events == [AlgoCancelled(algo_id, ALICE, SPOT, CancelReason.USER)]
    venue.wait_for(trigger_price=950, client_id=name)


def cancel_refusal(venue: AlgoVenue, **terms: Any) -> int:
    """Cancel what cannot be cancelled; why not."""
    values = {"account_id": ALICE, "instrument_id": SPOT, **terms}
    events = venue.do(CancelAlgo(**values))
    assert len(events) == 1 and isinstance(events[0], CancelRejected), events
    return int(events[0].reason)


def test_a_cancel_says_what_it_did_not_find() -> None:
    """Others' orders, other instruments, what has fired or ended, what never was."""
    venue = open_venue()
    algo_id = venue.wait_for(trigger_price=950)
    order = of_kind(venue.order(ALICE, SELL, 2_000), OrderAccepted)[0].order_id
    assert cancel_refusal(venue, algo_id=algo_id, account_id=BOB) == R.ALGO_NOT_FOUND
    assert cancel_refusal(venue, algo_id=algo_id, instrument_id=SWAP) == R.ALGO_NOT_FOUND
    assert cancel_refusal(venue, algo_id=algo_id, account_id=99) == R.UNKNOWN_ACCOUNT
    assert cancel_refusal(venue, algo_id=algo_id, instrument_id=99) == R.UNKNOWN_INSTRUMENT
    assert cancel_refusal(venue, algo_id=order) == R.ALGO_NOT_FOUND
    for never in (I64_MIN, -1, 1, I64_MAX, algo_id + (1 << 30)):
        assert cancel_refusal(venue, algo_id=never) == R.ALGO_NOT_FOUND
    assert cancel_refusal(venue) == R.ALGO_NOT_FOUND
    assert cancel_refusal(venue, client_id=b"x" * 32) == R.ALGO_NOT_FOUND
    venue.trade(940)
    assert cancel_refusal(venue, algo_id=algo_id) == R.ALGO_DONE


@pytest.mark.parametrize("state", [TradingState.CANCEL_ONLY, TradingState.HALTED])
def test_a_cancel_works_whatever_the_state(state: int) -> None:
    """Halted, frozen, late."""
    venue = open_venue()
    algo_id = venue.wait_for(trigger_price=950)
    venue.do(SetTradingState(instrument_id=SPOT, trading_state=state))
    venue.do(SetAccountState(account_id=ALICE, is_frozen=True))
    venue.do(SetFreeze(index_id=0, is_frozen=True, operator_id=1))
    venue.wall_ms -= 100_000
    events = venue.do(CancelAlgo(account_id=ALICE, instrument_id=SPOT, algo_id=algo_id))
    assert of_kind(events, AlgoCancelled)


def test_a_mass_cancel_ends_algo_orders_of_its_scope() -> None:
    """Of one instrument, of one side, of all; counted with the orders."""
    venue = open_venue()
    spot = venue.wait_for(trigger_price=950)
    swap_buy = venue.wait_for(market=SWAP, side=BUY, trigger_price=950)
    swap_sell = venue.wait_for(market=SWAP, trigger_price=950)
    other = venue.wait_for(who=BOB, trigger_price=950)
    venue.order(ALICE, SELL, 2_000, 1, SWAP)
    events = venue.do(MassCancel(account_id=ALICE, instrument_id=SWAP, side=Side.SELL))
    assert [one.algo_id for one in of_kind(events, AlgoCancelled)] == [swap_sell]
    assert of_kind(events, MassCancelled)[0].cancelled == 2
    events = venue.do(MassCancel(account_id=ALICE, instrument_id=ALL_INSTRUMENTS))
    assert [one.algo_id for one in of_kind(events, AlgoCancelled)] == [spot, swap_buy]
    assert list(venue.engine.state.algo_book.by_id) == [other]
    assert venue.engine.ledger_faults() == []


def test_a_liquidation_ends_the_algo_orders_of_its_unit() -> None:
    """The door that it uses."""
    venue = open_venue()
    spot = venue.wait_for(trigger_price=950)
    swap = venue.wait_for(market=SWAP, trigger_price=950)
    state = venue.engine.state
    count = cancel_algos(state, venue.account(ALICE), SWAP, CancelReason.LIQUIDATION)
    assert count == 1 and list(state.algo_book.by_id) == [spot]
    assert cancel_algos(state, venue.account(ALICE), SWAP, CancelReason.LIQUIDATION) == 0
    assert swap not in state.algo_book.by_id


@pytest.mark.slow
def test_no_values_whatever_make_the_venue_fail() -> None:
    """Every field drawn from extremes and usual values: an answer, sound books, no fault."""
    venue = open_venue()
    draw = random.Random(7)
    odd = (0, 1, -1, 950, 1_050, 100_000, 1_000_000, PRICE_MAX, I64_MIN, I64_MAX, 2**62, 2**31)
    accepted = 0
    for _ in range(3_000):
        terms = {
            name: odd[draw.getrandbits(20) % len(odd)] if draw.getrandbits(20) % 15 == 0 else usual
            for name, usual in (
                ("quantity", 1),
                ("trigger_price", 950),
                ("order_price", 0),
                ("second_trigger_price", 0),
                ("second_order_price", 0),
                ("callback_e8", 0),
                ("callback_ticks", 0),
                ("active_price", 0),
            )
        }
        command = algo_terms(
            1 + draw.getrandbits(20) % 30,
            (SPOT, SWAP, INDEXED_SPOT)[draw.getrandbits(20) % 3],
            algo_type=draw.getrandbits(2),
            side=draw.getrandbits(1),
            trigger_by=draw.getrandbits(2),
            **terms,
        )
        events = venue.do(command)
        assert len(events) == 1 and isinstance(events[0], AlgoAccepted | AlgoRejected)
        accepted += isinstance(events[0], AlgoAccepted)
        if draw.getrandbits(20) % 40 == 0:
            price = (900, 1_000, 1_100, 1, PRICE_MAX)[draw.getrandbits(20) % 5]
            events = venue.tick(price) + venue.trade(price, SWAP) + venue.trade(price)
            assert of_kind(events, InternalFault) == []
    venue.restart()

    assert accepted > 300
    assert venue.engine.ledger_faults() == []


def test_a_bug_while_firing_stops_the_process() -> None:
    """The entry that traded had its effect: it must not be contained as if it had none."""
    venue = open_venue()
    venue.wait_for(trigger_price=950)
    venue.order(30, SELL, 950)
    venue.account(ALICE).algos = 0
    with pytest.raises(AssertionError):
        venue.order(29, BUY, 950)
    assert venue.engine.state.has_effect
