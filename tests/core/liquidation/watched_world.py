"""Units that an honest clerk keeps, beside the watch that is told of them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from seawall.core.clearing import Position, notional_at, trade, unrealised
from seawall.core.liquidation import LiquidationWatch, Unit
from seawall.core.margin import MarginTiers, default_tiers
from seawall.core.model.enums import RiskTier, Side

INSTRUMENTS = 3
UNITS = (100_000, 7, 1_000)  # unit values
STARTS = (600_000, 1_500, 31_000)  # marks
TIERS = [
    default_tiers(risk_tier=tier, quote_units=1_000_000)
    for tier in (RiskTier.MAJOR, RiskTier.ALT, RiskTier.TAIL)
]


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
                instrument_id=number, unit_value=UNITS[number], tiers=TIERS[number]
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
                    book.unit,
                    instrument_id=number,
                    size=position.size,
                    mark=self.marks[number],
                    notional=value,
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


def one_bracket(rate_e8: int) -> MarginTiers:
    """The same maintenance rate at every size: the watch's slope is the margin's own."""
    return MarginTiers(
        floors=[0], initial_e8=[20_000_000], maintenance_e8=[rate_e8], notional_max=2**60 - 1
    )


def one_unit(cash: int, side: int = Side.BUY) -> World:
    """One long, or short, of 100 contracts at 60000, with so much cash."""
    world = World(1)
    book = world.books[0]
    trade(book.positions[0], side=side, lots=100, price=600_000, unit_value=UNITS[0])
    book.cash = cash
    world.measure(book)
    return world
