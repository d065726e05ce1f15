"""The watch never leaves out a unit whose equity is at or below its maintenance margin."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.core.clearing import Position, notional_at, trade, unrealised
from seawall.core.liquidation import LiquidationWatch, Unit
from seawall.core.liquidation.watch import ROUNDING_RESERVE, bucket_of, leg_of
from seawall.core.margin import default_tiers
from seawall.core.model.enums import RiskTier, Side

INSTRUMENTS = 3
UNITS = (100_000, 7, 1_000)  # unit values
STARTS = (600_000, 1_500, 31_000)  # marks
TIERS = [
    default_tiers(risk_tier=tier, quote_units=1_000_000)
    for tier in (RiskTier.MAJOR, RiskTier.ALT, RiskTier.TAIL)
]
SLOPES = (10_000_000, 20_000_000, 50_000_000)


@dataclass
class Book:
    """A unit as an honest clerk keeps it: cash and positions."""

    unit: Unit
    cash: int
    positions: list[Position] = field(default_factory=list)


def open_positions(number: int) -> list[Position]:
    """One empty position in every instrument."""
    return [
        Position(account_slot=number, account_id=number, instrument_id=one, lever=10, opened_ms=0)
        for one in range(INSTRUMENTS)
    ]


class World:
    """Units, marks, the watch, and the brute force that it is judged by."""

    def __init__(self, units: int) -> None:
        self.watch = LiquidationWatch()
        self.marks = list(STARTS)
        for number in range(INSTRUMENTS):
            self.watch.add_instrument(
                instrument_id=number, unit_value=UNITS[number], slope_e8=SLOPES[number]
            )
        self.books = [
            Book(
                Unit(account_slot=number, account_id=number, key_id=1, is_cross=True),
                0,
                open_positions(number),
            )
            for number in range(units)
        ]

    def margin(self, book: Book) -> tuple[int, int]:
        """Equity and maintenance margin at the marks."""
        equity, needed = book.cash, 0
        for number, position in enumerate(book.positions):
            at = {"mark": self.marks[number], "unit_value": UNITS[number]}
            equity += int(unrealised(position, **at))
            needed += int(TIERS[number].maintenance_margin(notional_at(position, **at)))
        return equity, needed

    def measure(self, book: Book) -> None:
        """Register the unit where it stands."""
        for number, position in enumerate(book.positions):
            if position.size != 0:
                value = notional_at(position, mark=self.marks[number], unit_value=UNITS[number])
                self.watch.note(
                    book.unit, instrument_id=number, mark=self.marks[number], notional=value
                )
        equity, needed = self.margin(book)
        self.watch.measure(book.unit, slack=equity - needed)

    def fill(self, book: Book, number: int, lots: int, price: int) -> None:
        """Buy (lots above 0) or sell, for a fee of 0.05 % rounded up; the watch is told."""
        side = Side.BUY if lots > 0 else Side.SELL
        fee = -(-abs(lots) * price * UNITS[number] // 2_000)
        position = book.positions[number]
        pnl = trade(position, side=side, lots=abs(lots), price=price, unit_value=UNITS[number])
        book.cash += int(pnl) - fee
        self.watch.trade(
            book.unit,
            instrument_id=number,
            is_buy=lots > 0,
            lots=abs(lots),
            price=price,
            fee=fee,
            mark=self.marks[number],
        )

    def move(self, number: int, mark: int) -> None:
        """Another mark."""
        self.marks[number] = max(1, mark)
        self.watch.crossed(instrument_id=number, mark=self.marks[number])

    def missed(self) -> list[int]:
        """Units that must be examined and are not among the due."""
        due = {unit.account_id for unit in self.watch.due()}
        found = []
        for number, book in enumerate(self.books):
            equity, needed = self.margin(book)
            has_position = any(one.size != 0 for one in book.positions)
            if has_position and equity <= needed and number not in due:
                found.append(number)
        return found

    def examine(self, draw: random.Random) -> None:
        """Measure most of the due again; who is left out stays due."""
        for unit in self.watch.due():
            if draw.random() < 0.8:
                self.measure(self.books[int(unit.account_id)])


def populate(world: World, draw: random.Random) -> None:
    """Positions of every size, cash that makes them safe, thin or bankrupt."""
    for book in world.books:
        for number in range(INSTRUMENTS):
            if draw.random() < 0.6:
                value = 10 ** draw.randint(6, 14)
                lots = max(1, value // (world.marks[number] * UNITS[number]))
                world.fill(book, number, draw.choice((-1, 1)) * lots, world.marks[number])
        equity, needed = world.margin(book)
        book.cash += needed - equity + draw.choice((0, 1, 5, needed // 10, needed, 20 * needed))
        world.measure(book)


def step(world: World, draw: random.Random) -> None:
    """A second in the life of the venue: marks move together or apart, some trade, some pay."""
    size = draw.choice((1, 10, 100, 1_000, 20_000))
    common = draw.randint(-size, size)
    for number in range(INSTRUMENTS):
        if draw.random() < 0.7:
            own = common if draw.random() < 0.5 else draw.randint(-size, size)
            change = world.marks[number] * own // 100_000
            world.move(number, world.marks[number] + change + draw.choice((-1, 0, 1)))
    for book in draw.sample(world.books, len(world.books) // 3):
        number = draw.randrange(INSTRUMENTS)
        mark = world.marks[number]
        price = max(1, mark * draw.choice((10, 95, 99, 100, 101, 300)) // 100)
        size_now = abs(int(book.positions[number].size))
        lots = max(1, size_now * draw.choice((0, 1, 5, 25, 100, 250)) // 100)
        world.fill(book, number, draw.choice((-1, 1)) * lots, price)
    for book in draw.sample(world.books, len(world.books) // 5):
        amount = draw.choice((0, 1, 10**6, 10**9, abs(book.cash) // 50))
        book.cash -= amount
        world.watch.spend(book.unit, amount)


@pytest.mark.slow
@settings(max_examples=60)
@given(st.integers(0, 2**64))
def test_no_unit_at_its_threshold_is_ever_left_out(seed: int) -> None:
    """The index must be sound: marks of several instruments, trades at any price, outflows."""
    draw = random.Random(seed)
    world = World(30)
    populate(world, draw)
    assert world.missed() == []
    for _ in range(25):
        step(world, draw)
        assert world.missed() == []
        world.examine(draw)


def planted(breach: str) -> list[int]:
    """What a run with a planted mistake misses, if anything."""
    for seed in range(40):
        draw = random.Random(seed)
        world = World(30)
        if breach == "no allowance":
            world.watch = Forgetful(world.watch)
        if breach == "wide rooms":
            for instrument in world.watch.instruments.values():
                instrument.slope_e8 = 0
        populate(world, draw)
        for _ in range(25):
            step(world, draw)
            if breach == "marks unseen":
                world.marks[0] = max(1, world.marks[0] * 99 // 100)
            if missed := world.missed():
                return missed
            world.examine(draw)
    return []


class Forgetful:
    """A watch that charges nothing to the allowance."""

    def __init__(self, watch: LiquidationWatch) -> None:
        self.watch = watch

    def __getattr__(self, name: str) -> object:
        return getattr(self.watch, name)

    def trade(self, *_: object, **__: object) -> None:
        """Forget a trade."""

    def spend(self, *_: object) -> None:
        """Forget an outflow."""


@pytest.mark.parametrize("breach", ["no allowance", "wide rooms", "marks unseen"])
def test_a_planted_mistake_is_found(breach: str) -> None:
    """The brute force must be able to say no."""
    assert planted(breach) != []


RATE = 10_000_000  # of one bracket, so that the watch's bound is the margin's own slope


def tight_unit(terms: list[tuple[int, int]], slack: int) -> tuple[LiquidationWatch, Unit, int]:
    """A unit short of lots at marks, one instrument each, unit value 1; and its margin."""
    watch = LiquidationWatch()
    unit = Unit(account_slot=0, account_id=1, key_id=0, is_cross=True)
    needed = 0
    for number, (lots, mark) in enumerate(terms):
        watch.add_instrument(instrument_id=number, unit_value=1, slope_e8=RATE)
        watch.note(unit, instrument_id=number, mark=mark, notional=lots * mark)
        needed += -(-lots * mark // 10)
    watch.measure(unit, slack=slack)
    return watch, unit, needed


def test_the_bound_holds_at_the_worst_of_everything_and_wastes_nothing() -> None:
    """A short sells more, below the mark and for a fee, pays out all but the last of its allowance,
    and the mark rises as far as it may unseen: equity is still above margin, by about a tick.
    """
    lots, mark, more, price, fee, slack = 1_000, 10**9, 50, 999_000_000, 10**7, 2 * 10**10
    watch, unit, needed = tight_unit([(lots, mark)], slack)
    equity = needed + slack
    watch.trade(unit, instrument_id=0, is_buy=False, lots=more, price=price, fee=fee)
    outflow = int(unit.allowance) - 1
    watch.spend(unit, outflow)
    top = mark + mark * int(unit.room_e8) // 10**8
    watch.crossed(instrument_id=0, mark=top)
    assert watch.due() == []

    equity += -lots * (top - mark) - more * (top - price) - fee - outflow
    left = equity - -(-(lots + more) * top // 10)
    assert 0 < left < 1_200 * 10  # room is a rate of e8: a hundred-millionth of the mark is 10


@pytest.mark.slow
@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 400)), min_size=1, max_size=4),
    st.integers(1, 3_000),
)
def test_the_bound_holds_to_the_last_unit_of_rounding(
    terms: list[tuple[int, int]], slack: int
) -> None:
    """Small numbers, where every ceiling counts."""
    watch, unit, needed = tight_unit(terms, slack)
    if unit.is_due:
        return
    outflow = int(unit.allowance) - 1
    watch.spend(unit, outflow)
    equity = needed + slack - outflow
    margin = 0
    for number, (lots, mark) in enumerate(terms):
        top = mark + mark * int(unit.room_e8) // 10**8
        watch.crossed(instrument_id=number, mark=top)
        equity -= lots * (top - mark)
        margin += -(-lots * top // 10)

    assert watch.due() == [] and equity > margin


def test_a_bucket_that_was_reached_in_part_still_holds_the_rest() -> None:
    """Two thresholds a few ticks apart: each is found at its own price."""
    world = World(2)
    for number, book in enumerate(world.books):
        trade(book.positions[0], side=Side.BUY, lots=100, price=600_000, unit_value=UNITS[0])
        book.cash = 10**12 + number * 10**8
        world.measure(book)
    prices = [int(leg_of(book.unit, 0).low.key) for book in world.books]
    assert prices[1] < prices[0] and bucket_of(prices[0]) == bucket_of(prices[1])
    for count, price in enumerate(prices, start=1):
        world.move(0, price + 1)
        assert len(world.watch.due()) == count - 1
        world.move(0, price)
        assert len(world.watch.due()) == count


def one_unit(cash: int) -> World:
    """One long of 100 contracts at 60000, with so much cash."""
    world = World(1)
    book = world.books[0]
    trade(book.positions[0], side=Side.BUY, lots=100, price=600_000, unit_value=UNITS[0])
    book.cash = cash
    world.measure(book)
    return world


def test_a_threshold_is_exact() -> None:
    """At room * mark the unit is quiet, one tick further it is due; on both sides."""
    for sign in (-1, 1):
        world = one_unit(10**12)
        leg = leg_of(world.books[0].unit, 0)
        assert leg is not None
        reach = STARTS[0] * int(world.books[0].unit.room_e8) // 10**8
        assert 0 < reach < STARTS[0]
        world.move(0, STARTS[0] + sign * reach)
        assert world.watch.due() == []
        world.move(0, STARTS[0] + sign * (reach + 1))
        assert world.watch.due() == [world.books[0].unit]


def test_a_unit_stays_due_until_it_is_measured() -> None:
    """A tick that works in slices may examine it later; nothing gets lost."""
    world = one_unit(10**12)
    world.move(0, 1)
    world.move(0, STARTS[0])
    for _ in range(2):
        assert world.watch.due() == [world.books[0].unit]
    world.measure(world.books[0])
    assert world.watch.due() == []


def test_a_unit_without_slack_is_due_in_every_tick() -> None:
    """Its condition is counted in consecutive ticks, also while the mark stands still."""
    world = one_unit(0)
    for _ in range(3):
        assert world.watch.due() == [world.books[0].unit]
        world.measure(world.books[0])


def test_a_trade_in_an_instrument_that_was_not_measured_is_watched_from_its_mark() -> None:
    """The new leg has thresholds of its own, and what it may cost is charged at once."""
    world = one_unit(10**12)
    unit = world.books[0].unit
    before = unit.allowance
    world.fill(world.books[0], 1, 1, STARTS[1])

    assert world.watch.due() == []
    assert unit.allowance < before
    leg = leg_of(unit, 1)
    assert leg is not None and leg.mark == STARTS[1]
    world.move(1, STARTS[1] + 1 + STARTS[1] * int(unit.room_e8) // 10**8)
    assert world.watch.due() == [unit]


def test_the_rounding_of_a_new_instrument_is_reserved() -> None:
    """What is left must be more than the reserve."""
    world = one_unit(10**12)
    unit = world.books[0].unit
    world.watch.spend(unit, unit.allowance - ROUNDING_RESERVE)
    assert world.watch.due() == []
    world.watch.trade(
        unit, instrument_id=1, is_buy=True, lots=1, price=STARTS[1], fee=0, mark=STARTS[1]
    )

    assert world.watch.due() == [unit]


def test_a_trade_in_such_an_instrument_at_an_uncertain_mark_makes_it_due() -> None:
    """There is nothing to watch it from."""
    world = one_unit(10**12)
    unit = world.books[0].unit
    world.watch.trade(unit, instrument_id=1, is_buy=True, lots=1, price=STARTS[1], fee=0)

    assert world.watch.due() == [unit]


def test_the_last_unit_of_allowance_makes_it_due() -> None:
    """The bound is strict: equity must stay above the margin."""
    world = one_unit(10**12)
    unit = world.books[0].unit
    world.watch.spend(unit, unit.allowance - 1)
    assert world.watch.due() == []
    world.watch.spend(unit, 1)
    assert world.watch.due() == [unit]


def test_a_dropped_unit_is_gone_and_leaves_nothing_behind() -> None:
    """Links are broken, so nothing keeps it alive."""
    world = one_unit(10**12)
    unit = world.books[0].unit
    world.move(0, 1)
    world.watch.drop(unit)
    world.move(0, 10**6)

    assert (world.watch.due(), unit.legs) == ([], [])
    for side in (world.watch.instruments[0].lows, world.watch.instruments[0].highs):
        assert all(bucket.first is None for bucket in side.buckets.values())


def test_units_come_by_account_whatever_became_due_first() -> None:
    """The order of examination may not tell what was registered when."""
    world = World(5)
    for number in (3, 0, 4, 1, 2):
        book = world.books[number]
        trade(book.positions[0], side=Side.BUY, lots=100, price=600_000, unit_value=UNITS[0])
        book.cash = 10**12 + number
        world.measure(book)
    world.move(0, 1)

    assert [unit.account_id for unit in world.watch.due()] == [0, 1, 2, 3, 4]


def test_a_small_move_finds_few_of_many() -> None:
    """Work must not grow with units that the move does not touch."""
    draw = random.Random(3)
    world = World(2_000)
    for book in world.books:
        trade(book.positions[0], side=Side.BUY, lots=10, price=600_000, unit_value=UNITS[0])
        _, needed = world.margin(book)
        book.cash = needed * draw.randint(150, 3_000) // 100
        world.measure(book)
    world.move(0, 600_010)
    assert world.watch.due() == []
    world.move(0, 600_000 * 998 // 1_000)

    assert 0 < len(world.watch.due()) < 400


@given(st.integers(1, 2**60), st.integers(1, 2**20))
def test_bucket_numbers_rise_with_the_price(price: int, step_up: int) -> None:
    """Whole buckets are passed over by number alone."""
    low, high = bucket_of(price), bucket_of(price + step_up)

    assert low <= high
    assert low < bucket_of(price + price // 1_024 + 1)
    if price < 2_048:
        assert low < bucket_of(price + 1)
