"""Two people who did not write a plan approve its hash; nothing else counts."""

from __future__ import annotations

import msgspec
import pytest

from seawall.core.model.genesis import Operator
from seawall.errors import OperatorFault
from seawall.repair.approvals import Approval, Approvals, approve, approvers, operator_of, standing
from seawall.repair.plan import Plan, plan_hash
from tests.repair.plans import sound_plan

OLGA = Operator(operator_id=1, name=b"olga")
OTTO = Operator(operator_id=2, name=b"otto")
ADA = Operator(operator_id=7, name=b"ada")  # who wrote the plan
OPERATORS = [OLGA, OTTO, ADA]


def approved(plan: Plan, *people: Operator, before: Approvals = ()) -> Approvals:
    """The approvals of these people, each typing what he saw."""
    for one in people:
        prefix = plan_hash(plan).hex()[:8]
        before = approve(plan, before, operator=one, prefix=prefix, now_ms=5)
    return before


def test_two_operators_approve() -> None:
    """In the order in which they did; the journal names both."""
    plan = sound_plan()
    approvals = approved(plan, OTTO, OLGA)

    assert approvers(plan, approvals, OPERATORS) == (OTTO, OLGA)


def test_one_operator_is_not_enough() -> None:
    """Four eyes."""
    plan = sound_plan()

    with pytest.raises(OperatorFault, match=r"found 1 \(olga\)"):
        approvers(plan, approved(plan, OLGA), OPERATORS)


def test_the_author_cannot_approve() -> None:
    """Nobody judges his own work."""
    with pytest.raises(OperatorFault, match="their author ada"):
        approved(sound_plan(), ADA)


def test_nobody_approves_twice() -> None:
    """Two approvals are two people."""
    with pytest.raises(OperatorFault, match="olga, who has approved this plan before"):
        approved(sound_plan(), OLGA, OLGA)


@pytest.mark.parametrize("length", [8, 12, 64])
def test_the_start_of_the_hash_is_enough(length: int) -> None:
    """Eight digits, in either case, or more."""
    plan = sound_plan()
    prefix = plan_hash(plan).hex()[:length].upper()

    assert len(approve(plan, (), operator=OLGA, prefix=prefix, now_ms=0)) == 1


@pytest.mark.parametrize("prefix", ["", "0" * 7, "z" * 8, "0" * 65, " " * 8, "00000000\n"])
def test_what_is_no_start_of_a_hash_is_refused(prefix: str) -> None:
    """So that nobody approves by pressing return."""
    with pytest.raises(OperatorFault, match="first 8 or more"):
        approve(sound_plan(), (), operator=OLGA, prefix=prefix, now_ms=0)


@pytest.mark.parametrize("at", [0, 3, 7])
def test_a_wrong_digit_is_refused(at: int) -> None:
    """He looked at another plan."""
    plan = sound_plan()
    digits = plan_hash(plan).hex()[:8]
    other = "0" if digits[at] != "0" else "1"

    with pytest.raises(OperatorFault, match="another that begins with"):
        approve(plan, (), operator=OLGA, prefix=digits[:at] + other + digits[at + 1 :], now_ms=0)


def test_a_changed_plan_has_no_approvals() -> None:
    """Not even when it changes by one unit."""
    plan = sound_plan()
    approvals = approved(plan, OLGA, OTTO)
    changed = sound_plan(cut_seq=plan.cut_seq + 1)

    assert standing(changed, approvals) == ()
    with pytest.raises(OperatorFault, match="2 of another plan, which are void"):
        approvers(changed, approvals, OPERATORS)


def test_approving_a_changed_plan_drops_the_void_ones() -> None:
    """Whoever approved before must look again."""
    old, new = sound_plan(), sound_plan(cut_seq=31)
    approvals = approved(new, OTTO, before=approved(old, OLGA, OTTO))

    assert [one.operator for one in approvals] == ["otto"]


@pytest.mark.parametrize(
    "forged",
    [
        {"operator_id": 7, "operator": "ada"},  # the author
        {"operator_id": 1, "operator": "olga"},  # somebody twice
        {"operator_id": 3, "operator": "mallory"},  # a stranger
        {"operator_id": 2, "operator": "mallory"},
        {"operator_id": 3, "operator": "otto"},
        {"plan_hash": "0" * 64},
    ],
)
def test_words_written_into_the_file_do_not_count(forged: dict[str, object]) -> None:
    """Everything is checked again when the repair is posted."""
    plan = sound_plan()
    (second,) = approved(plan, OTTO)
    approvals: tuple[Approval, ...] = (
        *approved(plan, OLGA),
        msgspec.structs.replace(second, **forged),
    )

    with pytest.raises(OperatorFault, match=r"found 1 \(olga\)"):
        approvers(plan, approvals, OPERATORS)


@pytest.mark.parametrize("word", ["otto", "2"])
def test_an_operator_is_named_by_name_or_number(word: str) -> None:
    """Whichever is at hand."""
    assert operator_of(word, OPERATORS) == OTTO


@pytest.mark.parametrize("word", ["", "OTTO", "3", "02"])
def test_a_stranger_is_no_operator(word: str) -> None:
    """The refusal names those there are."""
    with pytest.raises(OperatorFault, match="1 olga, 2 otto, 7 ada"):
        operator_of(word, OPERATORS)
