"""Plans to be tested: a sound one, and what one change makes of it."""

from __future__ import annotations

from typing import Any

import msgspec

from seawall.repair.plan import LAWS, NULL_TESTS, Plan, Remedy
from seawall.repair.rulebook import RULEBOOKS


def digest(character: str) -> str:
    """A hash that is easy to recognise."""
    return character * 64


def remedy(policy_id: str, **changes: Any) -> Remedy:
    """What a policy comes to."""
    sound = Remedy(
        id=policy_id,
        fills_voided=3,
        accounts_touched=2,
        operator_cost_by_asset={"USDT": 1_250},
    )
    return msgspec.structs.replace(sound, **changes)


def sound_plan(**changes: Any) -> Plan:
    """A plan that is sound by what it says of itself, with these fields instead."""
    rulebook = RULEBOOKS[0]
    plan = Plan(
        case_id="c-1",
        venue_hash=digest("1"),
        author="ada",
        release="0.1.0",
        edits=2,
        edits_hash=digest("2"),
        window_first=10,
        window_last=20,
        cut_seq=30,
        cut_state_hash=digest("3"),
        policy="cause",
        rulebook_version=rulebook.version,
        rulebook_hash=rulebook.digest().hex(),
        rows=4,
        rows_hash=digest("4"),
        accounts_affected=2,
        receipts_root=digest("5"),
        remedies=(remedy("stand"), remedy("cause")),
        null_tests=dict.fromkeys(NULL_TESTS, True),
        laws=dict.fromkeys(LAWS, True),
        sum_by_asset={"BTC": 0, "USDT": 0},
    )
    return msgspec.structs.replace(plan, **changes)
