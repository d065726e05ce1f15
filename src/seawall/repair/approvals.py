"""Approvals: two operators of the venue who did not write a plan agree to its hash.

Whoever approves types the beginning of the hash that he has seen, so nobody approves by habit what
he did not look at. An approval names the whole hash and is of no use to any other plan: a plan that
changes by one letter has none. All rules are checked again when a repair is posted, because the
file in between can be edited by hand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from seawall.core.model.genesis import Operator
from seawall.errors import OperatorFault
from seawall.repair.plan import Plan, plan_hash

APPROVALS_NEEDED: Final = 2
PREFIX_DIGITS_MIN: Final = 8
_PREFIX: Final = re.compile(rf"[0-9a-fA-F]{{{PREFIX_DIGITS_MIN},64}}")


class Approval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person's word for one plan."""

    operator_id: int
    operator: str
    plan_hash: str
    approved_ms: int  # wall time; nothing depends on it


Approvals = tuple[Approval, ...]


def is_hash_prefix(word: str) -> bool:
    """Whether somebody has looked at a hash who types this: enough of its digits to know it by."""
    return _PREFIX.fullmatch(word) is not None


def operator_of(word: str, operators: Sequence[Operator]) -> Operator:
    """The operator with this name or number. Raises OperatorFault when the venue has none."""
    for one in operators:
        if word in (_name(one), str(one.operator_id)):
            return one
    known = ", ".join(f"{one.operator_id} {_name(one)}" for one in operators)
    raise OperatorFault(
        expected=f"an operator of this venue's genesis ({known or 'it has none'})",
        found=repr(word),
        to_do="name one of them by name or number",
    )


def approve(
    plan: Plan, approvals: Approvals, *, operator: Operator, prefix: str, now_ms: int
) -> Approvals:
    """The approvals of the plan with this one; those of other plans are left out, being void.

    Raises OperatorFault when this person may not approve, has done so, or typed another hash.
    """
    digest = plan_hash(plan).hex()
    name = _name(operator)
    if not is_hash_prefix(prefix):
        raise OperatorFault(
            expected=f"the first {PREFIX_DIGITS_MIN} or more hexadecimal digits of the plan's hash",
            found=repr(prefix),
            to_do="read the plan with `seawall repair show` and type the hash from there",
        )
    if not digest.startswith(prefix.lower()):
        raise OperatorFault(
            expected="the hash of the plan as it is now",
            found=f"another that begins with {prefix.lower()}",
            to_do="read it again with `seawall repair show`: the plan may have changed",
        )
    if operator.operator_id in plan.authors:
        raise OperatorFault(
            expected="somebody who is named neither as an author of the plan nor of its edits",
            found=f"their author {name}",
            to_do="let two other operators approve it",
        )
    given = standing(plan, approvals)
    if operator.operator_id in {one.operator_id for one in given}:
        raise OperatorFault(
            expected="an approval of another operator",
            found=f"one of {name}, who has approved this plan before",
            to_do="let a second operator approve it",
        )
    approval = Approval(
        operator_id=operator.operator_id, operator=name, plan_hash=digest, approved_ms=now_ms
    )
    return (*given, approval)


def standing(plan: Plan, approvals: Approvals) -> Approvals:
    """The approvals of this very plan; the others are void."""
    digest = plan_hash(plan).hex()
    return tuple(one for one in approvals if one.plan_hash == digest)


def approvers(
    plan: Plan, approvals: Approvals, operators: Sequence[Operator]
) -> tuple[Operator, Operator]:
    """The first two operators who have approved this very plan.

    Raises OperatorFault when there are not two. Words of the author, of strangers and of somebody
    twice do not count, whoever wrote them into the file.
    """
    found: list[Operator] = []
    for approval in standing(plan, approvals):
        for one in operators:
            is_meant = (one.operator_id, _name(one)) == (approval.operator_id, approval.operator)
            if is_meant and one.operator_id not in plan.authors and one not in found:
                found.append(one)
    if len(found) >= APPROVALS_NEEDED:
        return found[0], found[1]
    void = len(approvals) - len(standing(plan, approvals))
    names = ", ".join(_name(one) for one in found) or "nobody"
    suffix = f" and {void} of another plan, which are void" if void else ""
    raise OperatorFault(
        expected=f"the approvals of {APPROVALS_NEEDED} operators who did not write the plan",
        found=f"{len(found)} ({names}){suffix}",
        to_do=f"let operators run `seawall repair approve {plan.case_id}`",
    )


def _name(operator: Operator) -> str:
    return operator.name.decode("ascii", "replace")
