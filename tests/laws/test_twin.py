"""The engine and the naive twin tell the same story of every stream."""

from __future__ import annotations

import pytest

from seawall.core.model.enums import TimeInForce
from seawall.core.model.events import EntryEvents
from seawall.core.model.genesis import Genesis
from seawall.core.model.genesis_check import genesis_fault
from seawall.core.model.risk_events import (
    DetectorFired,
    FreezeChanged,
    IndexJumped,
    IndexPublished,
    SourceStatusChanged,
)
from tests.laws import naive_matching, shrinking
from tests.laws.driving import engine_entries, first_difference, twin_entries
from tests.laws.naive_ledger import NaiveLedger
from tests.laws.naive_orders import NaiveOrders
from tests.laws.naive_twin import NaiveTwin
from tests.laws.strategies import stream
from tests.laws.worlds import FLAVOURS, Step, seeds, world_of

LENGTH = 120


# What ticks say of prices has a twin of its own, `naive_index`.
OF_PRICES = (IndexPublished, SourceStatusChanged, IndexJumped, DetectorFired, FreezeChanged)


def difference(genesis: Genesis, steps: list[Step]) -> str:
    """What the twin says and the engine does not, or "" when they agree."""
    actual = without_prices(engine_entries(genesis, steps)[1])
    return first_difference(twin_entries(genesis, steps)[1], actual)


def without_prices(entries: list[EntryEvents]) -> list[EntryEvents]:
    """The same entries without what they say of indices."""
    for entry in entries:
        entry.events = [one for one in entry.events if not isinstance(one, OF_PRICES)]
    return [entry for entry in entries if entry.events]


def check(flavour: str, seed: int) -> None:
    """Compare both over the stream of a seed; a difference is told with the smallest stream."""
    world, draw = world_of(flavour, seed)
    assert genesis_fault(world.genesis) == ""
    steps = stream(world, draw, LENGTH)
    found = difference(world.genesis, steps)
    if found:
        small = shrinking.smallest(steps, lambda some: difference(world.genesis, some) != "")
        found = difference(world.genesis, small)
        pytest.fail(f"{flavour} world, seed {seed}:\n{shrinking.told(small)}\n{found}")


@pytest.mark.slow
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_engine_and_twin_tell_the_same_story(flavour: str) -> None:
    """A rule misread in one place would be misread differently in the other."""
    for seed in seeds(few=50, many=3_000):
        check(flavour, seed)


# Rules as somebody might misread them: (where it stands, its name, the wrong rule).
Wrong = tuple[object, str, object]


def floor_fee(amount: int, rate_e8: int) -> int:
    """Fees that round in favour of the trader."""
    return amount * rate_e8 // naive_matching.E8


def newest_first(self: NaiveLedger, instrument_id: int, side: int) -> list[object]:
    """Price, then the newest."""
    orders = [one for one in self.orders if (one.instrument_id, one.side) == (instrument_id, side)]
    sign = -1 if side == 0 else 1
    return sorted(orders, key=lambda one: (sign * one.limit_price, -one.arrival))


def own_orders_count(ledger: NaiveLedger, taker: naive_matching.Taker) -> bool:
    """Fill-or-kill that trusts in its owner's own makers."""
    makers = naive_matching.crossing(ledger, taker)
    return sum(one.quantity_open() for one in makers) >= taker.order.quantity


def same_account_only(self: NaiveLedger, account_id: int, other_account_id: int) -> bool:
    """Self-trade prevention that knows accounts instead of owners."""
    return account_id == other_account_id


def rebate_always(ledger: NaiveLedger, account_id: int, asset_id: int, fee: int) -> int:
    """Rebates without regard to the house's capital."""
    source = (0, account_id) if fee > 0 else naive_matching.HOUSE_FEE
    target = naive_matching.HOUSE_FEE if fee > 0 else (0, account_id)
    ledger.move(asset_id, abs(fee), source, target)
    return fee


def same_price_keeps(self: NaiveOrders, order: object, new: object) -> bool:
    """An amend that keeps its place although it grows."""
    return new.limit_price == order.limit_price


def forgets_at_once(self: NaiveLedger, account_id: int, client_id: bytes) -> bool:
    """Client ids that may be used again as soon as their order has ended."""
    return False


def nothing_expires(self: NaiveTwin, old_ms: int) -> list[object]:
    """A tick that forgets its work."""
    return []


WRONG_RULES: dict[str, tuple[str, Wrong]] = {
    "fees_round_down": ("plain", (naive_matching, "fee_of", floor_fee)),
    "newest_first": ("plain", (NaiveLedger, "side_of_book", newest_first)),
    "fok_counts_own": ("plain", (naive_matching, "can_fill_whole", own_orders_count)),
    "self_is_account": ("plain", (NaiveLedger, "are_of_one_owner", same_account_only)),
    "rebate_always": ("rebates", (naive_matching, "charge", rebate_always)),
    "growing_keeps_place": ("plain", (NaiveOrders, "keeps_priority", same_price_keeps)),
    "client_id_reusable": ("plain", (NaiveLedger, "has_ended", forgets_at_once)),
    "no_tick": ("slow", (NaiveTwin, "tick", nothing_expires)),
}


@pytest.mark.slow
@pytest.mark.parametrize("rule", WRONG_RULES)
def test_a_misread_rule_is_found(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The streams must be rich enough that each rule matters: with a wrong twin the law turns
    red.
    """
    flavour, (place, name, wrong) = WRONG_RULES[rule]
    monkeypatch.setattr(place, name, wrong)

    assert any(is_different(flavour, seed) for seed in range(50))


def is_different(flavour: str, seed: int) -> bool:
    """Whether engine and (wrong) twin differ over the stream of a seed."""
    world, draw = world_of(flavour, seed)
    steps = stream(world, draw, LENGTH)
    return difference(world.genesis, steps) != ""


def test_a_difference_is_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing law is only useful when a person can read what it takes."""
    monkeypatch.setattr(naive_matching, "can_fill_whole", lambda ledger, taker: True)
    for seed in range(50):
        world, draw = world_of("plain", seed)
        steps = stream(world, draw, LENGTH)
        if difference(world.genesis, steps):
            break
    small = shrinking.smallest(steps, lambda some: difference(world.genesis, some) != "")

    assert len(small) <= 4
    assert f"time_in_force={TimeInForce.FOK}" in shrinking.told(small)
