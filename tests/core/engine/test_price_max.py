"""An index that rises above all prices that an instrument can say moves no order beyond them."""

from __future__ import annotations

from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import OrderType
from seawall.core.model.order_events import OrderRejected
from seawall.core.model.rejects import RejectReason
from tests.core.engine.swap_venue import BTC_SWAP, CROSS, SELL, SwapVenue, of_kind, swap_genesis

PRICE_MAX = 610_000  # 61,000


def test_a_sell_is_not_moved_above_the_highest_price() -> None:
    """At a price beyond it, price times quantity might not fit 64 bits."""
    genesis = swap_genesis(cash=100_000)
    genesis.instruments[0].price_max = PRICE_MAX
    venue = SwapVenue(genesis)
    venue.reach(btc=64_000)
    events = venue.do(
        PlaceOrder(
            account_id=1,
            instrument_id=BTC_SWAP,
            side=SELL,
            order_type=OrderType.LIMIT,
            limit_price=PRICE_MAX,
            quantity=10,
            margin_mode=CROSS,
            reprice=True,
        )
    )

    assert venue.market().low > PRICE_MAX
    assert venue.swap().mark == PRICE_MAX
    assert [one.reason for one in of_kind(events, OrderRejected)] == [RejectReason.PRICE_LIMIT]


def test_an_uncertain_price_above_it_has_its_ends_in_order() -> None:
    """Both are the highest price."""
    genesis = swap_genesis(cash=100_000)
    genesis.instruments[0].price_max = PRICE_MAX
    venue = SwapVenue(genesis)
    venue.reach(btc=64_000)
    venue.tick(3, btc=71_000)

    assert venue.swap().is_held
    assert venue.swap().low_mark == venue.swap().high_mark == PRICE_MAX
