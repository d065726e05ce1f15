"""The audit of repairs: each law it knows is broken on purpose, and it says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.core.engine.repair_world import RepairVenue, harmed, healing
from tests.laws.swap_venue import ALICE, BIG, BOB


def judged() -> RepairVenue:
    """An overlay stands."""
    venue = harmed()
    venue.load(healing())
    return venue


def a_unit_too_much(venue: RepairVenue) -> None:
    """Money appears in the overlay."""
    money = venue.engine.state.overlay.accounts[ALICE].money
    money[min(money)] += 1


def a_lot_too_much(venue: RepairVenue) -> None:
    """Sizes do not sum to zero."""
    venue.engine.state.overlay.accounts[ALICE].positions[BIG].size += 1


def cost_without_size(venue: RepairVenue) -> None:
    """With the repair Alice would have cost and no size."""
    venue.position(ALICE).size = -10


def no_position(venue: RepairVenue) -> None:
    """The overlay changes what is not there."""
    slot = venue.engine.state.account(ALICE).slot
    venue.engine.state.markets[BIG].swap.positions[slot] = None


def no_case(venue: RepairVenue) -> None:
    """An overlay of nothing."""
    venue.engine.state.repair = None


def orders_of_nobody(venue: RepairVenue) -> None:
    """house:error never trades by itself."""
    venue.engine.state.error_account().open_orders = 1


def no_error_account(venue: RepairVenue) -> None:
    """Somebody forgot it."""
    venue.engine.state.error_account_made = None


def restricted_without_reason(venue: RepairVenue) -> None:
    """Nobody said so."""
    venue.engine.state.account(BOB).is_restricted = True


def grace_of_nobody(venue: RepairVenue) -> None:
    """An account that does not exist."""
    venue.engine.state.grace_until_ms[77] = 1


def unknown_rulebook(venue: RepairVenue) -> None:
    """Accepted what never was."""
    venue.engine.state.account(BOB).rulebook_version = 2


BREACHES: list[tuple[Callable[[RepairVenue], None], str]] = [
    (a_unit_too_much, "overlay is unsound"),
    (a_lot_too_much, "overlay is unsound"),
    (cost_without_size, "size or cost, not both"),
    (no_position, "lacks the position"),
    (no_case, "overlay and no case"),
    (orders_of_nobody, "house:error has orders"),
    (no_error_account, "the venue has not"),
    (restricted_without_reason, "restricted without a reason"),
    (grace_of_nobody, "does not exist"),
    (unknown_rulebook, "accepted a rulebook"),
]


def test_a_sound_case_has_no_faults() -> None:
    """Green means that all was looked at."""
    assert judged().engine.ledger_faults() == []


@pytest.mark.parametrize(("breach", "words"), BREACHES, ids=[one.__name__ for one, _ in BREACHES])
def test_every_broken_law_is_named(breach: Callable[[RepairVenue], None], words: str) -> None:
    """A check is worth what it catches."""
    venue = judged()
    breach(venue)

    assert any(words in fault for fault in venue.engine.ledger_faults())
