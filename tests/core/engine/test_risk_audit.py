"""The audit of positions, reserves and the watch: each law it knows is broken on purpose, and it
says so.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seawall.core.ledger import transfer
from tests.core.engine.swap_venue import BUY, ISOLATED, SELL, SwapVenue

ALICE, BOB, CAROL = 1, 2, 3


def trading_venue() -> SwapVenue:
    """Alice is long with isolated margin and wants out higher up; Bob is short; Carol bids."""
    venue = SwapVenue()
    venue.lever(ALICE, 20, mode=ISOLATED)
    venue.trade(ALICE, BOB, 100, 60_000, buyer_mode=ISOLATED)
    venue.order(ALICE, SELL, 60, 61_000, mode=ISOLATED, reduce_only=True)
    venue.order(CAROL, BUY, 10, 59_000)
    venue.order(BOB, SELL, 10, 61_500)
    venue.tick(2)
    return venue


def lots_from_nowhere(venue: SwapVenue) -> None:
    """I9."""
    venue.position(ALICE).size += 1


def cost_from_nowhere(venue: SwapVenue) -> None:
    """I10."""
    venue.position(BOB).cost += 1


def open_interest_miscounted(venue: SwapVenue) -> None:
    """I11."""
    venue.swap().open_interest += 1


def cost_without_size(venue: SwapVenue) -> None:
    """I12."""
    venue.position(CAROL).cost = 5


def residue_unbooked(venue: SwapVenue) -> None:
    """I10, while a sweep of funding runs."""
    venue.swap().funding_residue += 1


def too_many_reducers(venue: SwapVenue) -> None:
    """I23: the position shrank and nobody cut the orders; its sum is kept."""
    venue.position(ALICE).size -= 50
    venue.position(BOB).size += 50
    venue.swap().open_interest -= 50


def bids_miscounted(venue: SwapVenue) -> None:
    """I24."""
    venue.position(CAROL).open_buys -= 1


def fees_miscounted(venue: SwapVenue) -> None:
    """I24."""
    venue.position(CAROL).order_fees += 1


def gap_unbounded(venue: SwapVenue) -> None:
    """The bound of what would be lost when the order fills is too low."""
    venue.position(CAROL).highest_buy -= 1


def ask_gap_unbounded(venue: SwapVenue) -> None:
    """The same of an ask."""
    venue.position(BOB).lowest_sell += 1


def margin_left_behind(venue: SwapVenue) -> None:
    """Isolated margin of nobody's position."""
    state = venue.state
    margin = venue.position(ALICE).isolated
    assert margin is not None
    own = venue.position(CAROL)
    own.margin_mode = ISOLATED
    own.isolated = state.ledger.account(kind=6, account_id=CAROL, asset_id=2, instrument_id=1)
    transfer(state.ledger, source=margin, target=own.isolated, amount=1)


def unwatched(venue: SwapVenue) -> None:
    """A position that no tick would ever look at."""
    venue.account(ALICE).first_unit = None


def overlooked(venue: SwapVenue) -> None:
    """Equity is gone, and the watch has not heard of it."""
    margin = venue.position(ALICE).isolated
    assert margin is not None
    own = venue.state.trading_account(venue.account(ALICE), 2)
    transfer(venue.state.ledger, source=margin, target=own, amount=margin.balance)


def unheard(venue: SwapVenue) -> None:
    """A contract more than the watch knows of; its sums are broken too."""
    venue.tick()
    unit = venue.account(ALICE).first_unit
    assert unit is not None and not unit.is_due
    assert unit.first_leg is not None
    unit.first_leg.size -= 1


def fund_below_zero(venue: SwapVenue) -> None:
    """I3: the fund owes, the world is its creditor."""
    fund = venue.swap().fund
    outside = venue.state.ledger.account(kind=2, account_id=0, asset_id=2)
    outside.balance += fund.balance + 1
    fund.balance = -1


BREACHES: list[tuple[Callable[[SwapVenue], None], str]] = [
    (lots_from_nowhere, "lots long"),
    (cost_from_nowhere, "clearing has"),
    (open_interest_miscounted, "lots open, counted"),
    (cost_without_size, "has size or cost, not both"),
    (residue_unbooked, "clearing has"),
    (too_many_reducers, "exceed the position"),
    (bids_miscounted, "reserves"),
    (fees_miscounted, "reserves"),
    (gap_unbounded, "beyond the bound"),
    (ask_gap_unbounded, "beyond the bound"),
    (margin_left_behind, "without a position"),
    (unwatched, "nobody watches"),
    (overlooked, "nobody looks"),
    (unheard, "has not heard"),
    (fund_below_zero, "below its floor"),
]


def test_a_sound_venue_has_no_faults() -> None:
    """Green means that all was looked at and nothing was wrong."""
    trading_venue().check()


@pytest.mark.parametrize(("breach", "words"), BREACHES, ids=[one.__name__ for one, _ in BREACHES])
def test_every_broken_law_is_named(breach: Callable[[SwapVenue], None], words: str) -> None:
    """A check is worth what it catches."""
    venue = trading_venue()
    breach(venue)

    assert any(words in fault for fault in venue.engine.ledger_faults())
