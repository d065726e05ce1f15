"""Books derived from events, against the engine's own orders, over random streams of commands."""

from __future__ import annotations

import pytest

from seawall.core.engine import open_engine
from seawall.core.model.enums import Side
from seawall.core.model.event_reader import read_entries
from seawall.core.model.genesis import Genesis
from seawall.core.model.order_events import OrderAccepted, OrderAmended, OrderFilled
from seawall.marketdata import Level, MarketData
from tests.laws.driving import batches
from tests.laws.strategies import stream
from tests.laws.worlds import FLAVOURS, seeds, world_of

ALL = 10**6
Resting = dict[int, tuple[int, int, int]]  # order id -> side, price, open lots


def resting_orders(description: bytes) -> dict[int, Resting]:
    """The open orders of each instrument as the engine describes them."""
    found: dict[int, Resting] = {}
    for event in read_entries(description)[0].events:
        if isinstance(event, OrderAccepted):
            orders = found.setdefault(event.instrument_id, {})
            orders[event.order_id] = (event.side, event.limit_price, event.quantity)
        elif isinstance(event, OrderAmended):
            side = found[event.instrument_id][event.order_id][0]
            row = (side, event.limit_price, event.quantity_open)
            found[event.instrument_id][event.order_id] = row
    return found


def levels_of(orders: Resting, side: int) -> list[Level]:
    """One side of a book from its orders."""
    levels: dict[int, tuple[int, int]] = {}
    for its_side, price, quantity_open in orders.values():
        if its_side == side:
            lots, count = levels.get(price, (0, 0))
            levels[price] = (lots + quantity_open, count + 1)
    prices = sorted(levels, reverse=side == Side.BUY)
    return [(price, *levels[price]) for price in prices]


def check_books(market: MarketData, orders: dict[int, Resting], seqs: dict[int, int]) -> None:
    """The books of market data are those of the orders, and changed last where they should have."""
    for instrument_id in market.instrument_ids():
        view = market.book(instrument_id, ALL)
        own = orders.get(instrument_id, {})

        assert levels_of(own, Side.BUY) == view.bids
        assert levels_of(own, Side.SELL) == view.asks
        assert seqs.get(instrument_id, 0) == view.seq_id


def begun(genesis: Genesis) -> MarketData:
    """Market data at the genesis."""
    market = MarketData()
    market.begin(read_entries(open_engine(genesis).describe()))
    return market


@pytest.mark.slow
@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("seed", seeds(2, 60))
def test_books_equal_the_engines_after_every_entry(flavour: str, seed: int) -> None:
    """A level off by one lot misleads whoever trades on it; `seq_id` tells when it changed."""
    world, draw = world_of(flavour, seed)
    steps = stream(world, draw, 400)
    engine = open_engine(world.genesis)
    market = begun(world.genesis)
    orders: dict[int, Resting] = {}
    seqs: dict[int, int] = {}
    for batch in batches(world.genesis, steps):
        market.apply(read_entries(engine.apply_many(batch)))
        now = resting_orders(engine.describe())
        for instrument_id in now.keys() | orders.keys():
            if now.get(instrument_id, {}) != orders.get(instrument_id, {}):
                seqs[instrument_id] = int(engine.seq)
        orders = now
        check_books(market, orders, seqs)


@pytest.mark.parametrize("flavour", ["plain", "huge"])
def test_a_start_from_a_description_has_the_same_books(flavour: str) -> None:
    """A process that starts now sees what one sees that was there from the beginning."""
    world, draw = world_of(flavour, 11)
    steps = stream(world, draw, 300)
    engine = open_engine(world.genesis)
    cut = batches(world.genesis, steps)
    old = begun(world.genesis)
    old.apply(read_entries(engine.apply_many(b"".join(cut[:150]))))
    new = MarketData()
    new.load_history(applied_seq=int(engine.seq), minutes=[], hours=[], trades=[])
    new.begin(read_entries(engine.describe()))
    for batch in [b"", *cut[150:]]:
        entries = read_entries(engine.apply_many(batch))
        old.apply(entries)
        new.apply(entries)
        for instrument_id in old.instrument_ids():
            expected = old.book(instrument_id, ALL)
            actual = new.book(instrument_id, ALL)

            assert (expected.bids, expected.asks) == (actual.bids, actual.asks)


@pytest.mark.slow
@pytest.mark.parametrize("flavour", [one for one in FLAVOURS if one != "junk"])
def test_trades_and_volume_are_all_that_was_filled(flavour: str) -> None:
    """Every fill is one trade, newest first, and its turnover is exact, also when it is huge.

    Junk is left out: it may hold a beat that moves the clock by years, and the 24 hours with it.
    """
    world, draw = world_of(flavour, 5)
    steps = stream(world, draw, 1_500)
    engine = open_engine(world.genesis)
    market = begun(world.genesis)
    entries = read_entries(engine.apply_many(b"".join(batches(world.genesis, steps))))
    market.apply(entries)
    fills = [one for entry in entries for one in entry.events if isinstance(one, OrderFilled)]
    units = {one.instrument_id: one.unit_value for one in world.genesis.instruments}
    assert fills
    for instrument_id, unit_value in units.items():
        own = [one for one in fills if one.instrument_id == instrument_id]
        ticker = market.ticker(instrument_id)
        assert ticker is not None
        shown = market.trades(instrument_id, limit=500)

        assert [one.trade_id for one in own[::-1]][:500] == [one.trade_id for one in shown]
        assert sum(one.quantity for one in own) == ticker.volume_24h
        assert ticker.quote_volume_24h == sum(one.price * one.quantity * unit_value for one in own)


def test_depth_cuts_each_side_from_the_best() -> None:
    """Whoever asks for five levels gets the five that trade first."""
    world, draw = world_of("plain", 3)
    engine = open_engine(world.genesis)
    market = begun(world.genesis)
    steps = stream(world, draw, 600)
    market.apply(read_entries(engine.apply_many(b"".join(batches(world.genesis, steps)))))
    whole = market.book(0, ALL)
    assert len(whole.bids) + len(whole.asks) > 2
    for depth in (-1, 0, 1, 2, 5):
        view = market.book(0, depth)

        assert (whole.bids[: max(depth, 0)], whole.asks[: max(depth, 0)]) == (view.bids, view.asks)


def test_an_unknown_instrument_has_an_empty_book() -> None:
    """Nothing that is asked for may raise."""
    market = MarketData()
    view = market.book(77, 5)

    assert ([], [], 0) == (view.bids, view.asks, view.seq_id)
    assert [] == market.trades(77, limit=5)
    assert market.ticker(77) is None
