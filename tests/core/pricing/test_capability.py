"""The capability matrix: laws that any version of the table must keep."""

from __future__ import annotations

import pytest

from seawall.core.pricing import (
    ACTION_NAMES,
    CAPABILITIES,
    GRADE_NAMES,
    Action,
    Allowance,
    Grade,
    allows,
)

ACTIONS = {name: value for name, value in vars(Action).items() if name.isupper()}
GRADES = {name: value for name, value in vars(Grade).items() if name.isupper()}
# As the specification prints it, from NORMAL to HOLD beyond 30 s, with both reasons, then no index.
PRINTED = {
    "CANCEL": "YYYYYYYY",
    "REDUCE": "YYYYYYYY",
    "INCREASE_TAKING": "YYWNNNNN",
    "INCREASE_RESTING": "YYWWWWWN",
    "FILL_RESTING": "YYYYYYYY",
    "TRADE_SPOT": "YYYYYYYY",
    "TAKE_RISK": "YYNNNNNN",
    "ADD_MARGIN": "YYYYYYYY",
    "LIQUIDATE": "YYNNNNBN",
    "TRIGGER_BY_MARK": "YYNNNNNN",
    "TRIGGER_BY_LAST_SWAP": "YYYNNNNN",
    "TRIGGER_BY_LAST_SPOT": "YYYYYYYY",
    "FUNDING": "YYNNNNNN",
    "WITHDRAW_EXPOSED": "YYWNNNNN",
    "WITHDRAW_CLEAR": "YYYYYYYY",
    "UNCROSS": "YYNNNNNN",
    "MIRROR": "YYNNNNNN",
}


@pytest.mark.parametrize("name", PRINTED)
def test_row_is_as_printed(name: str) -> None:
    """The table is the specification's, and nothing else decides."""
    row = [allows(ACTIONS[name], grade) for grade in range(len(GRADE_NAMES))]

    assert PRINTED[name] == "".join("NYWB"[answer] for answer in row)


def test_table_is_whole() -> None:
    """A row for each action, a column for each grade, a name for both."""
    assert list(PRINTED) == sorted(ACTIONS, key=lambda name: ACTIONS[name])
    assert len(ACTION_NAMES) == len(ACTIONS) == len(CAPABILITIES)
    assert len(GRADE_NAMES) == len(GRADES)
    assert {len(row) for row in CAPABILITIES} == {len(GRADES)}


def test_cancel_and_reduce_work_at_every_grade() -> None:
    """Nobody is locked into a position by a bad price."""
    for action in (Action.CANCEL, Action.REDUCE, Action.ADD_MARGIN):
        for grade in range(len(GRADE_NAMES)):
            assert allows(action, grade) == Allowance.YES


def test_nobody_is_liquidated_on_a_price_that_is_not_good() -> None:
    """Except who is under water at every credible price of a long dispute."""
    for grade in range(len(GRADE_NAMES)):
        good = grade in (Grade.NORMAL, Grade.DEGRADED)
        expected = Allowance.YES if good else Allowance.NO
        if grade == Grade.HOLD_DISPUTED:
            expected = Allowance.BEST
        assert allows(Action.LIQUIDATE, grade) == expected
