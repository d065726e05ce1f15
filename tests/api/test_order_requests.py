"""Rows of the trade endpoints: what is taken, what it becomes, how all else is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from seawall.api.codes import Fault
from seawall.api.order_requests import (
    amend_command,
    cancel_command,
    place_command,
    validity_ms,
)
from seawall.api.wire_trade import AMEND_ONE, CANCEL_ONE, PLACE_ONE
from seawall.core.model.commands import AmendOrder, CancelOrder, PlaceOrder
from seawall.core.model.enums import OrderType, SelfTradePrevention, Side, TimeInForce
from seawall.gateway import VenueMaps
from tests.api.venue import ALICE, BTC_USDT, ETH_USDT, NOON_MS, Venue

LIMIT_ORDER = {
    "instId": "BTC-USDT",
    "tdMode": "cash",
    "side": "buy",
    "ordType": "limit",
    "px": "60000.1",
    "sz": "0.00002",
}


@pytest.fixture(scope="module")
def venue() -> VenueMaps:
    """Two instruments: tick 0.1, lot 0.00001."""
    return Venue().gateway.venue


def placed(venue: VenueMaps, **fields: Any) -> PlaceOrder | Fault:
    """What an order becomes that differs from the usual one in some fields."""
    row = PLACE_ONE.decode(msgspec.json.encode(LIMIT_ORDER | fields))
    return place_command(row, venue, account_id=ALICE, valid_for_ms=2_000)


def placed_raw(venue: VenueMaps, body: bytes) -> PlaceOrder | Fault:
    """The same from bytes."""
    return place_command(PLACE_ONE.decode(body), venue, account_id=ALICE, valid_for_ms=2_000)


def check_refused(found: object, code: str) -> None:
    """The row is answered with this code."""
    assert isinstance(found, Fault), f"expected {code}, got an order"
    assert code == found.code


def test_a_limit_order_is_counted_in_ticks_and_lots(venue: VenueMaps) -> None:
    """The one place where decimals become integers."""
    order = placed(venue, clOrdId="a1", tag="bot7", stpMode="cancel_both")

    assert isinstance(order, PlaceOrder)
    assert (order.account_id, order.instrument_id) == (ALICE, BTC_USDT)
    assert (order.side, order.order_type) == (Side.BUY, OrderType.LIMIT)
    assert (order.limit_price, order.quantity, order.quote_amount) == (600_001, 2, 0)
    assert (order.client_id, order.tag) == (b"a1", b"bot7")
    assert order.self_trade_prevention == SelfTradePrevention.CANCEL_BOTH
    assert order.time_in_force == TimeInForce.GTC


@pytest.mark.parametrize(
    ("ord_type", "order_type", "time_in_force"),
    [
        ("limit", OrderType.LIMIT, TimeInForce.GTC),
        ("post_only", OrderType.LIMIT, TimeInForce.POST_ONLY),
        ("fok", OrderType.LIMIT, TimeInForce.FOK),
        ("ioc", OrderType.LIMIT, TimeInForce.IOC),
        ("market", OrderType.MARKET, TimeInForce.IOC),
    ],
)
def test_each_order_type_has_its_time_in_force(
    venue: VenueMaps, ord_type: str, order_type: int, time_in_force: int
) -> None:
    """v5 says both in one word."""
    order = placed(venue, ordType=ord_type)

    assert isinstance(order, PlaceOrder)
    assert (order_type, time_in_force) == (order.order_type, order.time_in_force)


@pytest.mark.parametrize(
    ("side", "target", "expected"),
    [
        ("buy", None, (0, 100_050_000)),  # a market buy spends quote unless it says otherwise
        ("buy", "quote_ccy", (0, 100_050_000)),
        ("buy", "base_ccy", (100_050, 0)),
        ("sell", None, (100_050, 0)),
        ("sell", "base_ccy", (100_050, 0)),
    ],
)
def test_a_market_order_is_sized_as_v5_says(
    venue: VenueMaps, side: str, target: str | None, expected: tuple[int, int]
) -> None:
    """Taking quote for base would buy 60,000 times too much."""
    order = placed(venue, ordType="market", side=side, tgtCcy=target, sz="1.0005", px=None)

    assert isinstance(order, PlaceOrder)
    assert expected == (order.quantity, order.quote_amount)
    assert order.limit_price == 0


def test_tgt_ccy_means_nothing_for_a_limit_order(venue: VenueMaps) -> None:
    """ccxt sends it always."""
    order = placed(venue, tgtCcy="quote_ccy")

    assert isinstance(order, PlaceOrder)
    assert (order.quantity, order.quote_amount) == (2, 0)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        # the instrument
        ({"instId": "DOGE-USDT"}, "51001"),
        ({"instId": ""}, "50014"),
        ({"instId": None}, "50014"),
        ({"instId": ["BTC-USDT"]}, "51001"),
        ({"instId": "btc-usdt"}, "51001"),
        ({"instId": "BTC-USDT\x00"}, "51001"),
        # the words
        ({"side": "long"}, "51000"),
        ({"side": None}, "51000"),
        ({"side": True}, "51000"),
        ({"side": {}}, "51000"),
        ({"ordType": "optimal_limit_ioc"}, "51000"),
        ({"ordType": "trigger"}, "51000"),
        ({"ordType": ""}, "51000"),
        ({"tdMode": "cross"}, "51010"),
        ({"tdMode": "isolated"}, "51010"),
        ({"posSide": "long"}, "51000"),
        ({"stpMode": "none"}, "51000"),
        ({"tgtCcy": "usd"}, "51000"),
        ({"ordType": "market", "side": "sell", "tgtCcy": "quote_ccy"}, "51000"),
        ({"reduceOnly": True}, "51205"),
        ({"reduceOnly": "true"}, "51205"),
        ({"reduceOnly": "yes"}, "51000"),
        ({"banAmend": 7}, "51000"),
        ({"attachAlgoOrds": [{"slTriggerPx": "1"}]}, "51000"),
        # the ids
        ({"clOrdId": "a" * 33}, "51000"),
        ({"clOrdId": "a-b"}, "51000"),
        ({"clOrdId": "\u00e4"}, "51000"),
        ({"clOrdId": "\u0663"}, "51000"),
        ({"clOrdId": -5}, "51000"),
        ({"tag": "a" * 17}, "51000"),
        ({"tag": "a b"}, "51000"),
        # the price
        ({"px": None}, "51204"),
        ({"px": ""}, "51204"),
        ({"px": "60000.15"}, "51006"),
        ({"px": "60000.100000001"}, "51006"),
        ({"px": "0"}, "51006"),
        ({"px": "99999999999999999999"}, "51006"),
        ({"px": "-1"}, "51000"),
        ({"px": "1e5"}, "51000"),
        ({"px": "NaN"}, "51000"),
        ({"px": " 60000"}, "51000"),
        ({"px": "\u0666"}, "51000"),
        ({"px": True}, "51000"),
        ({"px": [1]}, "51000"),
        ({"px": "9" * 1_000}, "51000"),
        # the size
        ({"sz": None}, "50014"),
        ({"sz": ""}, "50014"),
        ({"sz": "0"}, "51000"),
        ({"sz": "-0.1"}, "51000"),
        ({"sz": "0.000015"}, "51121"),
        ({"sz": "0.000000001"}, "51121"),
        ({"sz": "99999999999999999999"}, "51005"),
        ({"sz": "1e-8"}, "51000"),
        ({"sz": "all"}, "51000"),
        ({"ordType": "market", "sz": "0.000000001"}, "51121"),
        ({"ordType": "market", "sz": "99999999999999999999"}, "51005"),
        ({"ordType": "market", "sz": "0"}, "51000"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_cannot_be_done_exactly_is_refused(
    venue: VenueMaps, fields: dict[str, Any], code: str
) -> None:
    """Never rounded, never guessed."""
    check_refused(placed(venue, **fields), code)


@pytest.mark.parametrize(
    "fields",
    [
        {"px": 60000.1, "sz": 0.00002},  # JSON numbers
        {"clOrdId": "", "tag": "", "ccy": "", "posSide": "", "reduceOnly": "", "stpMode": ""},
        {"clOrdId": None, "tag": None, "ccy": None, "attachAlgoOrds": None, "tgtCcy": None},
        {"reduceOnly": False, "banAmend": "false", "attachAlgoOrds": []},
        {"reduceOnly": "false", "posSide": "net"},
        {"tdMode": ""},
        {"nobodyKnows": {"this": ["field"]}, "ccy": "USDT"},
    ],
    ids=str,
)
def test_each_form_that_clients_send_is_understood(
    venue: VenueMaps, fields: dict[str, Any]
) -> None:
    """Seen from ccxt, python-okx and others."""
    order = placed(venue, **fields)

    assert isinstance(order, PlaceOrder)
    assert (order.limit_price, order.quantity) == (600_001, 2)


def test_a_json_number_keeps_every_digit(venue: VenueMaps) -> None:
    """As a float, 0.1 + tiny would be 0.1; as text it is off the lot."""
    order = b'{"instId":"BTC-USDT","side":"buy","ordType":"limit","px":60000.1,"sz":%s}'

    assert isinstance(placed_raw(venue, order % b"0.1"), PlaceOrder)
    check_refused(placed_raw(venue, order % b"0.10000000000000000001"), "51121")
    check_refused(placed_raw(venue, order % b"1e-5"), "51000")


def test_an_instrument_may_be_named_by_its_code(venue: VenueMaps) -> None:
    """ccxt pro sends only instIdCode."""
    order = placed(venue, instId=None, instIdCode=ETH_USDT)

    assert isinstance(order, PlaceOrder)
    assert order.instrument_id == ETH_USDT
    check_refused(placed(venue, instId=None, instIdCode=99), "51001")
    check_refused(placed(venue, instId=None, instIdCode="x"), "51000")


def amended(venue: VenueMaps, **fields: Any) -> AmendOrder | Fault:
    """What an amend becomes."""
    body = msgspec.json.encode({"instId": "BTC-USDT", "ordId": "4096"} | fields)
    return amend_command(AMEND_ONE.decode(body), venue, account_id=ALICE, valid_for_ms=2_000)


def test_an_amend_names_an_order_and_what_changes(venue: VenueMaps) -> None:
    """0 keeps the price or the quantity."""
    amend = amended(venue, newPx="60000.2", cxlOnFail="true", reqId="r1")

    assert isinstance(amend, AmendOrder)
    assert (amend.order_id, amend.client_id) == (4096, b"")
    assert (amend.new_price, amend.new_quantity) == (600_002, 0)
    assert amend.cancel_on_fail


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "51500"),
        ({"newSz": "", "newPx": None}, "51500"),
        ({"newSz": "0"}, "51000"),
        ({"newSz": "0.000001"}, "51121"),
        ({"newPx": "1.05"}, "51006"),
        ({"newPx": "x"}, "51000"),
        ({"newSz": "1", "cxlOnFail": "maybe"}, "51000"),
        ({"newSz": "1", "reqId": "a b"}, "51000"),
        ({"newSz": "1", "ordId": "abc"}, "51000"),
        ({"newSz": "1", "ordId": "0"}, "51400"),
        ({"newSz": "1", "ordId": str(2**63)}, "51400"),
        ({"newSz": "1", "ordId": ""}, "51003"),
        ({"newSz": "1", "ordId": None, "clOrdId": "a-b"}, "51000"),
    ],
    ids=str,
)
def test_an_amend_that_says_nothing_sensible_is_refused(
    venue: VenueMaps, fields: dict[str, Any], code: str
) -> None:
    """With the code of what is wrong."""
    check_refused(amended(venue, **fields), code)


def test_the_order_id_decides_when_both_are_given(venue: VenueMaps) -> None:
    """As in v5."""
    row = CANCEL_ONE.decode(b'{"instId":"BTC-USDT","ordId":8192,"clOrdId":"mine"}')
    cancel = cancel_command(row, venue, account_id=ALICE)

    assert isinstance(cancel, CancelOrder)
    assert (cancel.order_id, cancel.client_id) == (8192, b"")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (str(NOON_MS + 500), 500),
        (str(NOON_MS + 1), 1),
        (str(NOON_MS + 10**9), 60_000),
        (str(NOON_MS), "50036"),
        (str(NOON_MS - 1), "50036"),
        ("soon", "51000"),
        ("-5", "51000"),
    ],
)
def test_exp_time_bounds_how_long_a_command_is_valid(text: str, expected: int | str) -> None:
    """A client that gave up must not be executed afterwards."""
    found = validity_ms(text, NOON_MS)

    assert expected == (found.code if isinstance(found, Fault) else found)
