"""A plan says everything that is approved, in one way only, and a bad one says why it is bad."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from seawall.repair.plan import (
    LAWS,
    NULL_TESTS,
    Plan,
    decode_plan,
    encode_plan,
    plan_fault,
    plan_hash,
    postable_fault,
    show_plan,
)
from tests.repair.plans import digest, remedy, sound_plan


def test_a_sound_plan_has_no_fault() -> None:
    """Else none of the refusals below would mean anything."""
    plan = sound_plan()

    assert plan_fault(plan) == ""
    assert postable_fault(plan) == ""


def test_a_plan_comes_back_as_it_was_written() -> None:
    """What is kept for people to read is what was hashed."""
    plan = sound_plan()

    assert decode_plan(show_plan(plan)) == (plan, "")
    assert decode_plan(encode_plan(plan)) == (plan, "")


OTHER: dict[str, Any] = {
    "format": 2,
    "case_id": "c-2",
    "venue_hash": digest("a"),
    "authors": (7, 8),
    "release": "0.1.1",
    "edits": 3,
    "edits_hash": digest("b"),
    "window_first": 11,
    "window_last": 21,
    "cut_seq": 31,
    "cut_state_hash": digest("c"),
    "policy": "band",
    "rulebook_version": 2,
    "rulebook_hash": digest("d"),
    "rows": 5,
    "rows_hash": digest("e"),
    "accounts_affected": 3,
    "receipts_root": digest("f"),
    "remedies": (remedy("stand"), remedy("cause", fills_voided=4)),
    "null_tests": {"plain": True, "pinned": False},
    "laws": {**dict.fromkeys(LAWS, True), LAWS[0]: False},
    "sum_by_asset": {"BTC": 0, "USDT": 1},
}


def test_every_field_is_tried() -> None:
    """A field that is added later may not be forgotten by the hash."""
    assert set(OTHER) == {one.name for one in msgspec.structs.fields(Plan)}


@pytest.mark.parametrize("field", OTHER)
def test_the_hash_covers_every_field(field: str) -> None:
    """An approval of one plan must not be one of another."""
    changed = sound_plan(**{field: OTHER[field]})

    assert plan_hash(changed) != plan_hash(sound_plan())


def test_the_order_of_names_changes_nothing() -> None:
    """Equal plans have equal bytes, whatever order their tables were filled in."""
    plan = sound_plan(sum_by_asset={"USDT": 0, "BTC": 0}, laws=dict.fromkeys(LAWS[::-1], True))

    assert plan_hash(plan) == plan_hash(sound_plan())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 2}, "format 2"),
        ({"case_id": "Case 1"}, "a case has 1 to 16"),
        ({"case_id": "c" * 17}, "a case has 1 to 16"),
        ({"case_id": ""}, "a case has 1 to 16"),
        ({"authors": ()}, "its authors"),
        ({"authors": (8, 7)}, "its authors"),
        ({"authors": (7, 7)}, "its authors"),
        ({"rows_hash": digest("G")}, "hash of the rows"),
        ({"cut_state_hash": "00"}, "hash of the cut state"),
        ({"window_first": 21}, "window 21 to 20"),
        ({"window_first": 0}, "window 0"),
        ({"cut_seq": 19}, "its cut 19"),
        ({"edits": 0}, "no edits"),
        ({"rows": -1}, "below zero"),
        ({"policy": "kind"}, "no policy 'kind'"),
        ({"rulebook_version": 9}, "no rulebook 9"),
        ({"rulebook_hash": digest("0")}, "not the one of this release"),
        ({"null_tests": {"plain": True}}, "null test pinned was not run"),
        ({"null_tests": {"plain": False, "pinned": True}}, "null test plain fails"),
        ({"null_tests": {}}, "null test plain was not run"),
        ({"laws": {}}, f"law {LAWS[0]} was not run"),
        ({"laws": {**dict.fromkeys(LAWS, True), LAWS[2]: False}}, f"law {LAWS[2]} fails"),
        ({"sum_by_asset": {"BTC": 0, "USDT": -1}}, "USDT sum to -1"),
        ({"remedies": ()}, "its own policy cause"),
        ({"remedies": (remedy("cause"), remedy("cause"))}, "cause twice"),
        ({"remedies": (remedy("cause"), remedy("mercy"))}, "no policy 'mercy'"),
    ],
)
def test_an_unsound_plan_says_why(changes: dict[str, Any], words: str) -> None:
    """Each is refused before anybody is asked to approve it."""
    assert words in plan_fault(sound_plan(**changes))


@pytest.mark.parametrize("name", [*NULL_TESTS, *LAWS])
def test_no_test_and_no_law_may_fail(name: str) -> None:
    """One that is not looked at would be a hope."""
    group = "null_tests" if name in NULL_TESTS else "laws"
    results = getattr(sound_plan(), group)

    assert f"{name} fails" in plan_fault(sound_plan(**{group: {**results, name: False}}))


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("stand", "never posted"),
        ("window", "never posted"),
        ("rerun", "never posted"),
        ("compensate", ""),
        ("strict", ""),
    ],
)
def test_some_policies_are_only_shown(policy: str, words: str) -> None:
    """Nobody's acts are erased, and no trades are imposed on anybody."""
    fault = postable_fault(sound_plan(policy=policy))

    assert words in fault
    assert bool(words) == bool(fault)


def test_nothing_to_repair_is_not_posted() -> None:
    """A real crash yields no rows."""
    assert "nothing to repair" in postable_fault(sound_plan(rows=0))


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace(b'"cut_seq": 30', b'"cut_seq": 30, "cut_seq": 30'),
        lambda text: text.replace(b'"cut_seq": 30', b'"cut_seq": 30, "note": 1'),
        lambda text: text.replace(b'"cut_seq": 30', b'"cut_seq": "30"'),
        lambda text: text.replace(b'"cut_seq": 30,', b""),
        lambda text: text[:-10],
        lambda text: b"\xff" + text,
        lambda text: b"",
    ],
)
def test_what_is_not_written_as_a_plan_is_none(damage: Any) -> None:
    """A reader and the hash must never see different things."""
    text = damage(show_plan(sound_plan()))
    plan, fault = decode_plan(text)

    assert plan is None
    assert fault
