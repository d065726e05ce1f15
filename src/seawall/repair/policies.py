"""The policies: seven ways to answer one incident, by id. Whoever names a policy names one of
these.

The two runs are the same under each of them; what differs is which fills stand. `cause` judges each
side of a fill by why it happened and the fill by its price, and is what a plan uses unless told
otherwise. The numbers of all of them stand side by side in a plan, so that people choose by cost.
"""

from __future__ import annotations

from typing import Final

import msgspec

POLICY_DEFAULT: Final = "cause"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One way to answer an incident. `is_posted` says whether a plan of it may change a venue."""

    policy_id: str
    meaning: str
    is_posted: bool


POLICIES: Final = (
    Policy(policy_id="stand", meaning="nothing is posted", is_posted=False),
    Policy(
        policy_id="compensate",
        meaning="every fill stands, and victims are paid in cash",
        is_posted=True,
    ),
    Policy(policy_id="band", meaning="fills out of band are void", is_posted=True),
    Policy(
        policy_id="cause",
        meaning="fills out of band are void; of those in band, a side that happened without cause "
        "is taken by the venue",
        is_posted=True,
    ),
    Policy(
        policy_id="strict",
        meaning="fills out of band or without cause are void on both sides",
        is_posted=True,
    ),
    Policy(
        policy_id="rerun",
        meaning="the entries run again with the edits and nothing is pinned, so that other trades "
        "happen: shown for comparison",
        is_posted=False,
    ),
    Policy(
        policy_id="window",
        meaning="the state before the window is put back and everybody's acts in it are lost: "
        "shown for comparison",
        is_posted=False,
    ),
)

_BY_ID: Final = {one.policy_id: one for one in POLICIES}


def policy_of(policy_id: str) -> Policy | None:
    """The policy with this id, or None."""
    return _BY_ID.get(policy_id)


def posting_fault(policy_id: str) -> str:
    """Why a plan of this policy may not be posted, or ""."""
    policy = policy_of(policy_id)
    if policy is None:
        return f"there is no policy {policy_id!r}; there are {', '.join(_BY_ID)}"
    if not policy.is_posted:
        return f"policy {policy_id} is never posted: {policy.meaning}"
    return ""
