"""Read models and market data of swaps: positions, algo orders, funding, liquidations, books."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.core.model.commands import PlaceAlgo
from seawall.core.model.enums import AlgoType, MarginMode, Side, TriggerPrice
from seawall.core.model.order_events import OrderAccepted
from seawall.projections import AccountQueries, OrderQueries, RiskQueries
from tests.core.engine.swap_venue import BTC_SWAP, ETH_SWAP, USDT
from tests.laws.worlds import Draw, seeds
from tests.projections.written_venue import PEOPLE, WrittenVenue

STEPS = 250
pytestmark = pytest.mark.slow


def random_step(venue: WrittenVenue, draw: Draw) -> None:
    """Orders, stops, and now and then a move that fires and liquidates."""
    who, swap = draw.one(PEOPLE), draw.one((BTC_SWAP, ETH_SWAP))
    mark = venue.swap(swap).mark
    price = mark * venue.market(swap).instrument.tick_size_e8 / 10**8
    mode = MarginMode.CROSS if (who + swap) % 2 else MarginMode.ISOLATED
    kind = draw.below(10)
    if kind < 6:
        venue.order(
            who,
            draw.one((Side.BUY, Side.SELL)),
            draw.between(1, 60),
            price * (10_000 + draw.between(-90, 90)) / 10_000,
            instrument_id=swap,
            mode=mode,
            reduce_only=draw.chance(10),
        )
    elif kind < 9:
        trigger = mark * (10_000 + draw.between(-80, 80)) // 10_000
        venue.do(
            PlaceAlgo(
                account_id=who,
                instrument_id=swap,
                algo_type=AlgoType.TRIGGER,
                side=draw.one((Side.BUY, Side.SELL)),
                quantity=draw.between(1, 40),
                margin_mode=mode,
                reduce_only=draw.chance(30),
                trigger_price=trigger,
                trigger_by=draw.one((TriggerPrice.LAST, TriggerPrice.MARK)),
                order_price=draw.one((0, trigger)),
            )
        )
    else:
        venue.tick(3, btc=60_000 + draw.between(-4_000, 4_000), eth=3_000 + draw.between(-90, 90))


@pytest.mark.parametrize("seed", seeds(3, 30))
def test_positions_books_and_money_are_the_engines(tmp_path: Path, seed: int) -> None:
    """Whatever fires and is liquidated, however it is cut into transactions."""
    venue, draw = WrittenVenue(tmp_path), Draw(seed)
    for _ in range(STEPS):
        random_step(venue, draw)
        if draw.chance(20):
            venue.write()
    venue.write()
    risk, accounts = RiskQueries(venue.models), AccountQueries(venue.models)
    touched = 0
    for who in PEOPLE:
        for row in risk.positions(who):
            position = venue.position(who, row.instrument_id)
            touched += 1

            assert (int(position.size), int(position.cost)) == (row.size, row.cost)
            assert venue.margin(who, row.instrument_id) == row.margin
        waiting = {one.algo_id for one in risk.ended_algos(who, limit=1_000)}
        alive = {
            int(one.algo_id) for one in venue.state.algo_book.of_account(venue.account(who).slot)
        }

        assert waiting & alive == set()
        assert {one.fee_asset_id for one in OrderQueries(venue.models).fills(who, limit=50)} <= {
            USDT
        }
    for swap in (BTC_SWAP, ETH_SWAP):
        book = venue.market(swap).book
        best_bid, best_ask = book.bids.best(), book.asks.best()
        view = venue.market_data.book(swap, 1)

        assert [level[0] for level in view.bids] == ([best_bid.price] if best_bid else [])
        assert [level[0] for level in view.asks] == ([best_ask.price] if best_ask else [])
    assert set(accounts.balance_sums().values()) == {0}
    assert touched > 0


def test_one_entry_may_make_several_orders(tmp_path: Path) -> None:
    """Stops that fire together: the later one takes what the earlier one left on the book."""
    venue = WrittenVenue(tmp_path)
    venue.trade(1, 2, 10, 60_000)
    for who, side, price in ((3, Side.SELL, 600_500), (4, Side.BUY, 600_500)):
        venue.do(
            PlaceAlgo(
                account_id=who,
                instrument_id=BTC_SWAP,
                algo_type=AlgoType.TRIGGER,
                side=side,
                quantity=7,
                margin_mode=MarginMode.CROSS,
                reduce_only=False,
                trigger_price=600_400,
                trigger_by=TriggerPrice.MARK,
                order_price=price,
            )
        )
    events = venue.tick(20, btc=60_060)
    venue.write()

    assert len([one for one in events if isinstance(one, OrderAccepted)]) == 2
    assert venue.position(4).size == 7
    assert venue.market_data.book(BTC_SWAP, 5).asks == []
    fired = RiskQueries(venue.models).ended_algos(3, limit=5)
    assert [(one.state, one.fired_leg) for one in fired] == [("effective", 0)]
    order = OrderQueries(venue.models).order(3, fired[0].order_id)
    assert order is not None
    assert order.cause_id == fired[0].algo_id
