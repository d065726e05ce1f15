"""Cutting reduce-only orders looks at those that are cut, however many others the account has."""

from __future__ import annotations

import pytest

import seawall
from seawall.core.engine.reducing import ReducingOrders
from seawall.core.matching import Order
from seawall.core.model.limits import FILLS_PER_ENTRY_MAX
from seawall.core.model.order_events import OrderCancelled
from tests.core.engine.swap_venue import BUY, IOC, SELL, SwapVenue, of_kind, swap_genesis

MAKER, TAKER, OTHER = 1, 2, 3
FILLS = 300


@pytest.mark.skipif(seawall.core_mode() == "compiled", reason="replaces a method of the core")
def test_each_fill_of_a_shrinking_position_looks_at_what_it_cuts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One taker fills many closing orders; each fill cuts one lot of one reduce-only order."""
    venue = SwapVenue(swap_genesis(cash=100_000_000, people=range(1, 4)))
    venue.trade(MAKER, OTHER, FILLS, 60_000)
    for _ in range(FILLS):
        venue.order(MAKER, SELL, 1, 61_150, reduce_only=True)
        venue.order(MAKER, BUY, 1, 58_900)
    for _ in range(FILLS):
        venue.order(MAKER, SELL, 1, 60_010)
    seen = []
    worst = ReducingOrders.worst

    def counted(self: ReducingOrders, *given: object, **more: object) -> list[Order]:
        found = worst(self, *given, **more)
        seen.append(len(found))
        return found

    monkeypatch.setattr(ReducingOrders, "worst", counted)
    events = venue.order(TAKER, BUY, FILLS, 60_010, tif=IOC)

    assert FILLS < FILLS_PER_ENTRY_MAX
    assert len(of_kind(events, OrderCancelled)) == FILLS
    assert seen == [1] * FILLS
    assert venue.state.reducing.waiting == {}
    venue.check()


def test_the_audit_finds_a_lost_one() -> None:
    """Nothing would cut it."""
    venue = SwapVenue(swap_genesis(cash=1_000_000))
    venue.trade(MAKER, OTHER, 10, 60_000)
    venue.order(MAKER, SELL, 3, 61_000, reduce_only=True)
    venue.check()
    venue.state.reducing.waiting.clear()

    assert venue.engine.ledger_faults() == [
        "the index of reduce-only orders differs from the orders"
    ]


def test_a_restored_venue_knows_them_as_well() -> None:
    """And cuts the same ones."""
    venue = SwapVenue(swap_genesis(cash=1_000_000))
    venue.trade(MAKER, OTHER, 10, 60_000)
    for price in (61_000, 60_500, 61_000):
        venue.order(MAKER, SELL, 3, price, reduce_only=True)
    waiting = dict(venue.state.reducing.waiting)
    venue.restart()

    assert venue.state.reducing.waiting == waiting
    venue.order(OTHER, BUY, 4, 60_000)
    venue.order(MAKER, SELL, 4, 60_000, tif=IOC)
    left = [(int(one.limit_price), int(one.quantity_open)) for one in venue.state.orders.all()]
    assert sorted(left) == [(605_000, 3), (610_000, 3)]
