"""Algo orders, leverage and margin: what cannot be written down as it is meant is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import seawall
from seawall.core.model.commands import AdjustMargin, CancelAlgo, PlaceAlgo, SetLeverage
from seawall.core.model.enums import AlgoType, MarginMode, Side
from seawall.core.model.rejects import RejectReason
from seawall.gateway.door import algo_fault, cancel_algo_fault, leverage_fault, margin_fault

WORD = 2**63
ALGO: dict[str, Any] = {
    "account_id": 1,
    "instrument_id": 2,
    "algo_type": AlgoType.TRIGGER,
    "side": Side.BUY,
    "quantity": 3,
    "margin_mode": MarginMode.CROSS,
    "reduce_only": False,
    "trigger_price": 4,
}


def judged(
    fault: Callable[[Any], int], kind: type[Any], terms: dict[str, Any], expected: int
) -> int:
    """What the door says. The compiled core's commands hold words only: what is larger cannot even
    be said in them.
    """
    if seawall.core_mode() == "compiled" and any(not -WORD <= one < WORD for one in whole(terms)):
        with pytest.raises(TypeError, match="i64"):
            kind(**terms)
        return expected
    return fault(kind(**terms))


def whole(terms: dict[str, Any]) -> list[int]:
    """The numbers among the terms."""
    return [one for one in terms.values() if isinstance(one, int)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, RejectReason.NONE),
        ({"account_id": -1}, RejectReason.UNKNOWN_ACCOUNT),
        ({"account_id": 2**31}, RejectReason.UNKNOWN_ACCOUNT),
        ({"instrument_id": 2**16}, RejectReason.UNKNOWN_INSTRUMENT),
        ({"algo_type": 4}, RejectReason.BAD_FLAGS),
        ({"side": 2}, RejectReason.BAD_FLAGS),
        ({"margin_mode": 3}, RejectReason.BAD_FLAGS),
        ({"self_trade_prevention": 3}, RejectReason.BAD_FLAGS),
        ({"valid_for_ms": 60_001}, RejectReason.BAD_FLAGS),
        ({"client_id": b"a b"}, RejectReason.BAD_FLAGS),
        ({"tag": b"t" * 17}, RejectReason.BAD_FLAGS),
        ({"quantity": -1}, RejectReason.BAD_QUANTITY),
        ({"quantity": WORD}, RejectReason.BAD_QUANTITY),
        ({"order_price": WORD}, RejectReason.BAD_PRICE),
        ({"second_order_price": -1}, RejectReason.BAD_PRICE),
        ({"trigger_price": -1}, RejectReason.BAD_TRIGGER),
        ({"second_trigger_price": WORD}, RejectReason.BAD_TRIGGER),
        ({"trigger_by": 3}, RejectReason.BAD_TRIGGER),
        ({"second_trigger_by": -1}, RejectReason.BAD_TRIGGER),
        ({"callback_e8": WORD}, RejectReason.BAD_TRIGGER),
        ({"callback_ticks": -1}, RejectReason.BAD_TRIGGER),
        ({"active_price": WORD}, RejectReason.BAD_TRIGGER),
    ],
    ids=str,
)
def test_an_algo_order_at_the_door(change: dict[str, Any], reason: int) -> None:
    """The engine judges all that fits; what does not would be cut off."""
    assert reason == judged(algo_fault, PlaceAlgo, ALGO | change, reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, RejectReason.NONE),
        ({"algo_id": 0, "client_id": b"mine"}, RejectReason.NONE),
        ({"account_id": 2**31}, RejectReason.UNKNOWN_ACCOUNT),
        ({"instrument_id": -1}, RejectReason.UNKNOWN_INSTRUMENT),
        ({"algo_id": WORD}, RejectReason.ALGO_NOT_FOUND),
        ({"algo_id": 0, "client_id": b"x" * 33}, RejectReason.ALGO_NOT_FOUND),
    ],
    ids=str,
)
def test_a_cancel_of_one_at_the_door(change: dict[str, Any], reason: int) -> None:
    """By id or client id."""
    command = {"account_id": 1, "instrument_id": 2, "algo_id": 5}

    assert reason == judged(cancel_algo_fault, CancelAlgo, command | change, reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, RejectReason.NONE),
        ({"account_id": -1}, RejectReason.UNKNOWN_ACCOUNT),
        ({"instrument_id": 2**16}, RejectReason.UNKNOWN_INSTRUMENT),
        ({"margin_mode": 3}, RejectReason.BAD_MARGIN_MODE),
        ({"lever": -1}, RejectReason.BAD_LEVERAGE),
        ({"lever": 2**31}, RejectReason.BAD_LEVERAGE),
    ],
    ids=str,
)
def test_a_leverage_at_the_door(change: dict[str, Any], reason: int) -> None:
    """Whether it is too high is the engine's word."""
    command = {"account_id": 1, "instrument_id": 2, "margin_mode": 1, "lever": 10}

    assert reason == judged(leverage_fault, SetLeverage, command | change, reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, RejectReason.NONE),
        ({"amount": -5}, RejectReason.NONE),
        ({"account_id": 2**31}, RejectReason.UNKNOWN_ACCOUNT),
        ({"instrument_id": -1}, RejectReason.UNKNOWN_INSTRUMENT),
        ({"amount": WORD}, RejectReason.BAD_AMOUNT),
        ({"amount": -WORD}, RejectReason.BAD_AMOUNT),
    ],
    ids=str,
)
def test_margin_at_the_door(change: dict[str, Any], reason: int) -> None:
    """Added or taken out."""
    command = {"account_id": 1, "instrument_id": 2, "amount": 5}

    assert reason == judged(margin_fault, AdjustMargin, command | change, reason)
