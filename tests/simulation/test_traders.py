"""Makers and takers against an exchange that can be away, lose answers and fill orders."""

from __future__ import annotations

import asyncio

import pytest

from seawall.feeds.updates import OutsideBbo
from seawall.simulation.exchange import OpenOrder
from seawall.simulation.makers import LEVELS_MAX, Maker
from seawall.simulation.outside_view import STALE_MS, OutsideView
from seawall.simulation.takers import LIMIT_MS_MAX, LIMITS_MAX, Taker
from seawall.simulation.trading import TradedInstrument
from tests.simulation.fake_exchange import FakeExchange

E8 = 10**8
BTC = TradedInstrument(
    name="BTC-USDT",
    outside="BTC-USDT",
    tick_size_e8=10_000_000,
    lot_size_e8=1_000,
    quantity_min=1,
    quantity_max=100_000_000,
    price_max=10_000_000,
)

SWAP = TradedInstrument(
    name="BTC-USDT-SWAP",
    outside="BTC-USDT",
    is_swap=True,
    tick_size_e8=10_000_000,
    lot_size_e8=1_000_000,
    quantity_min=1,
    quantity_max=100_000,
    price_max=10_000_000,
)


class Clock:
    """A wall clock that a test moves."""

    def __init__(self) -> None:
        self.now_ms = 1_000_000

    def __call__(self) -> int:
        """The time."""
        return self.now_ms


class Stage:
    """An exchange, an outside price and a clock."""

    def __init__(self) -> None:
        self.exchange = FakeExchange()
        self.view = OutsideView({0: "BTC-USDT"})
        self.clock = Clock()
        self.quote(10_000)

    def quote(self, mid: int, *, source_id: int = 1) -> None:
        """The outside venues say another price."""
        self.view.deliver(
            OutsideBbo(
                source_id=source_id,
                instrument_id=0,
                bid_e8=(mid - 1) * E8,
                ask_e8=(mid + 1) * E8,
                bid_size_e8=E8,
                ask_size_e8=E8,
                is_deep=True,
                venue_ms=self.clock.now_ms,
                receive_ms=self.clock.now_ms,
                raw=b"",
            )
        )

    def maker(self, instrument: TradedInstrument = BTC) -> Maker:
        """A maker of one instrument."""
        return Maker(
            name="maker-1",
            number=0,
            exchange=self.exchange,
            instruments=[instrument],
            view=self.view,
            wall_ms=self.clock,
            seed=1,
        )

    def taker(self, instrument: TradedInstrument = BTC) -> Taker:
        """A taker of one instrument."""
        return Taker(
            name="taker-1",
            exchange=self.exchange,
            instruments=[instrument],
            view=self.view,
            wall_ms=self.clock,
            seed=1,
        )

    def sides(self) -> tuple[list[int], list[int]]:
        """Resting prices: bids from the best, asks from the best."""
        orders = self.exchange.resting.values()
        bids = sorted((order.price for order in orders if order.is_buy), reverse=True)
        return bids, sorted(order.price for order in orders if not order.is_buy)


def rounds(maker: Maker, count: int) -> list[bool]:
    """Let a maker act so many times."""

    async def main() -> list[bool]:
        return [await maker.step() for _ in range(count)]

    return asyncio.run(main())


def test_a_maker_quotes_levels_on_both_sides_of_the_outside_mid() -> None:
    """1.5 bp away and 1.5 bp apart, bids below and asks above."""
    stage = Stage()
    rounds(stage.maker(), 1)
    bids, asks = stage.sides()

    assert [99_985, 99_970, 99_955, 99_940, 99_925] == bids
    assert [100_015, 100_030, 100_045, 100_060, 100_075] == asks
    assert {"post_only"} == {order.kind for order in stage.exchange.placed}


def test_a_maker_that_stands_right_does_nothing() -> None:
    """Each request costs everybody."""
    stage = Stage()
    maker = stage.maker()
    rounds(maker, 3)

    assert 2 * LEVELS_MAX == len(stage.exchange.placed)
    assert 0 == stage.exchange.amended


def test_a_maker_follows_the_outside_price_without_crossing_itself() -> None:
    """Every order moves, the leading side first."""
    stage = Stage()
    maker = stage.maker()
    rounds(maker, 1)
    stage.quote(10_100)
    rounds(maker, 1)
    bids, asks = stage.sides()

    assert (100_984, 101_016) == (bids[0], asks[0])
    assert 2 * LEVELS_MAX == len(stage.exchange.placed)
    assert 2 * LEVELS_MAX == stage.exchange.amended


def test_what_was_filled_is_placed_again() -> None:
    """A visible market must stay visible."""
    stage = Stage()
    maker = stage.maker()
    rounds(maker, 1)
    stage.exchange.fill(next(iter(stage.exchange.resting)))
    rounds(maker, 1)

    assert 2 * LEVELS_MAX == len(stage.exchange.resting)


def test_a_lost_answer_is_resolved_before_the_place_is_filled_again() -> None:
    """Placing twice because the answer got lost would double the risk."""
    stage = Stage()
    stage.exchange.lost = 1
    stage.exchange.undecided = 2 * LEVELS_MAX
    maker = stage.maker()
    rounds(maker, 4)

    assert 2 * LEVELS_MAX == len(stage.exchange.placed) == len(stage.exchange.resting)
    assert 2 * 2 * LEVELS_MAX == len(stage.exchange.resolved)


def test_a_request_that_never_arrived_is_made_again() -> None:
    """The venue says that there is no such order, so its place is free."""
    stage = Stage()
    stage.exchange.swallowed = 1
    rounds(stage.maker(), 2)

    assert 2 * LEVELS_MAX == len(stage.exchange.resting)


def test_while_the_venue_is_away_nothing_is_sent() -> None:
    """The maker comes back by itself."""
    stage = Stage()
    stage.exchange.is_away = True
    maker = stage.maker()
    assert [False, False] == rounds(maker, 2)
    assert [] == stage.exchange.requests

    stage.exchange.is_away = False
    assert [True] == rounds(maker, 1)
    assert 2 * LEVELS_MAX == len(stage.exchange.resting)


def test_orders_of_an_earlier_life_are_cancelled() -> None:
    """The process was killed; its orders rest, and nobody else will end them."""
    stage = Stage()
    rounds(stage.maker(), 1)
    earlier = set(stage.exchange.resting)
    stage.clock.now_ms += 5_000
    stage.quote(10_000)
    rounds(stage.maker(), 1)

    assert earlier == set(stage.exchange.cancelled)
    assert 2 * LEVELS_MAX == len(stage.exchange.resting)


def test_without_an_outside_price_a_maker_withdraws() -> None:
    """A quote that follows nothing is a gift to whoever knows more."""
    stage = Stage()
    maker = stage.maker()
    rounds(maker, 1)
    stage.clock.now_ms += STALE_MS + 1
    rounds(maker, 1)

    assert {} == stage.exchange.resting


def test_a_maker_leans_against_what_it_bought() -> None:
    """With more BTC than at first, both sides stand lower."""
    stage = Stage()
    maker = stage.maker()
    rounds(maker, 1)
    before = stage.sides()
    stage.exchange.holdings["BTC"] += 80 * E8
    rounds(maker, 10)  # balances are read every tenth round
    after = stage.sides()

    assert after[0][0] < before[0][0]
    assert after[1][0] < before[1][0]


def test_a_maker_of_a_swap_quotes_around_the_market_of_its_index() -> None:
    """In contracts of 0.01 BTC: the same sizes as in spot, and none for a base it does not own."""
    stage = Stage()
    stage.exchange.holdings = {"USDT": 10**14}
    rounds(stage.maker(SWAP), 1)
    bids, asks = stage.sides()

    assert (99_985, 100_015) == (bids[0], asks[0])
    assert LEVELS_MAX == len(bids) == len(asks)
    assert max(order.quantity for order in stage.exchange.placed) in range(171, 286)


def test_a_maker_leans_against_its_position() -> None:
    """Short: both sides stand higher, so that somebody sells to it."""
    stage = Stage()
    maker = stage.maker(SWAP)
    rounds(maker, 1)
    before = stage.sides()
    stage.exchange.contracts["BTC-USDT-SWAP"] = -8_000
    rounds(maker, 10)
    after = stage.sides()

    assert after[0][0] > before[0][0]
    assert after[1][0] > before[1][0]
    assert LEVELS_MAX == len(after[0]) == len(after[1])


@pytest.mark.parametrize(("contracts", "sides"), [(20_000, (1, 5)), (-20_000, (5, 1))])
def test_a_large_position_is_reduced_and_hardly_added_to(
    contracts: int, sides: tuple[int, int]
) -> None:
    """One level stays on the side that adds, so that the book never has only one side."""
    stage = Stage()
    maker = stage.maker(SWAP)
    rounds(maker, 1)
    stage.exchange.contracts["BTC-USDT-SWAP"] = contracts
    rounds(maker, 11)
    bids, asks = stage.sides()
    assert sides == (len(bids), len(asks))

    stage.exchange.contracts["BTC-USDT-SWAP"] = 0
    rounds(maker, 10)
    bids, asks = stage.sides()
    assert (LEVELS_MAX, LEVELS_MAX) == (len(bids), len(asks))


def test_the_mid_is_the_middle_of_the_sources() -> None:
    """One wild source does not move the makers."""
    stage = Stage()
    for source_id, mid in ((2, 10_001), (3, 5)):
        stage.quote(mid, source_id=source_id)

    assert 10_000 * E8 == stage.view.mid_e8("BTC-USDT", stage.clock.now_ms)


def acts(stage: Stage, taker: Taker, count: int) -> list[bool]:
    """Let a taker act so many times, a second apart."""

    async def main() -> list[bool]:
        done = []
        for _ in range(count):
            stage.clock.now_ms += 1_000
            stage.quote(10_000)
            done.append(await taker.step())
        return done

    return asyncio.run(main())


@pytest.mark.slow
def test_takers_send_the_stated_mix_inside_the_limits() -> None:
    """Market, immediate and limit orders, both sides, sizes as recorded."""
    stage = Stage()
    acts(stage, stage.taker(), 400)
    kinds = [order.kind for order in stage.exchange.placed]
    buys = sum(order.is_buy for order in stage.exchange.placed)

    assert 400 == len(kinds)
    assert 180 <= kinds.count("market") <= 260
    assert 90 <= kinds.count("ioc") <= 150
    assert 35 <= kinds.count("limit") <= 90
    assert 150 <= buys <= 250
    for order in stage.exchange.placed:
        assert 1 <= order.quantity <= 100_000_000
        assert (order.price == 0) == (order.kind == "market")


@pytest.mark.slow
def test_limits_of_takers_do_not_stay_for_ever() -> None:
    """Else a long run would fill the book with forgotten orders."""
    stage = Stage()
    taker = stage.taker()
    acts(stage, taker, 300)
    assert len(stage.exchange.resting) <= LIMITS_MAX + 1

    stage.clock.now_ms += LIMIT_MS_MAX
    acts(stage, taker, 1)
    assert len(stage.exchange.resting) <= 1


@pytest.mark.slow
def test_a_taker_that_sold_much_buys_more_often() -> None:
    """So nobody runs out of an asset."""
    stage = Stage()
    taker = stage.taker()
    acts(stage, taker, 1)
    stage.exchange.holdings["BTC"] //= 4
    acts(stage, taker, 10)
    stage.exchange.placed.clear()
    acts(stage, taker, 200)

    assert sum(order.is_buy for order in stage.exchange.placed) > 150


@pytest.mark.slow
@pytest.mark.parametrize("contracts", [3_000, -3_000])
def test_a_taker_trades_against_its_position(contracts: int) -> None:
    """So that positions come and go, and none grows for ever."""
    stage = Stage()
    stage.exchange.contracts["BTC-USDT-SWAP"] = contracts
    acts(stage, stage.taker(SWAP), 200)
    buys = sum(order.is_buy for order in stage.exchange.placed)

    assert (buys < 50) == (contracts > 0)
    assert (buys > 150) == (contracts < 0)


def test_a_taker_waits_until_an_unknown_order_is_resolved() -> None:
    """It must know what it holds before it trades on."""
    stage = Stage()
    taker = stage.taker()
    stage.exchange.lost = 1
    acts(stage, taker, 1)
    stage.exchange.undecided = 3
    done = acts(stage, taker, 4)

    assert [False, False, False] == done[:3]
    assert 2 == len(stage.exchange.placed)


def test_a_taker_clears_the_orders_of_its_earlier_life() -> None:
    """Once, when the venue first answers."""
    stage = Stage()
    stage.exchange.resting["old"] = OpenOrder(
        instrument="BTC-USDT", client_id="old", is_buy=True, price=1, quantity=1, filled=0
    )
    stage.exchange.is_away = True
    taker = stage.taker()
    assert [False] == acts(stage, taker, 1)
    stage.exchange.is_away = False
    acts(stage, taker, 1)

    assert "old" in stage.exchange.cancelled
