"""The specification's vectors of liquidation, the fund and deleveraging, through the engine's door.

The whale: 100 BTC long at 60,000, isolated, 600,000 USDT of margin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from seawall.core.engine.insurance import fund_room
from seawall.core.model.events import Event
from seawall.core.model.order_events import OrderFilled
from seawall.core.model.risk_events import (
    LiquidationStepped,
    MarkPublished,
    PositionDeleveraged,
    PositionTakenOver,
)
from tests.core.engine.swap_venue import (
    BTC_SWAP,
    BUY,
    DOLLAR,
    ISOLATED,
    SwapVenue,
    of_kind,
    swap_genesis,
)

Numbers = tuple[int, ...]
WHALE, SHORT, BIDDER = 1, 2, 3


@dataclass(frozen=True)
class Vector:
    """Its id, what must come out, and how it is played."""

    id: str
    expected: Numbers
    play: Callable[[], Numbers]


def whale_venue(fund: int = 1_000_000 * DOLLAR) -> SwapVenue:
    """The whale has bought, and outside the price has come down to 55,100."""
    venue = SwapVenue(swap_genesis(fund=fund))
    venue.lever(WHALE, 10, mode=ISOLATED)
    venue.trade(WHALE, SHORT, 10_000, 60_000, buyer_mode=ISOLATED)
    venue.reach(btc=56_000)
    venue.reach(btc=55_100)
    venue.tick(5)
    return venue


def bid(venue: SwapVenue, *levels: tuple[int, float]) -> None:
    """Bids that nobody fears for."""
    for quantity, price in levels:
        venue.order(BIDDER, BUY, quantity, price)


def measured(venue: SwapVenue) -> Numbers:
    """Equity and maintenance margin of the whale at the mark, hundredths of a USDT, and the ratio
    in hundredths of a percent.
    """
    position, mark = venue.position(WHALE), venue.swap().mark
    notional = int(position.size) * int(mark) * 100_000
    equity = venue.margin(WHALE) + notional - int(position.cost)
    margin = int(venue.swap().tiers.maintenance_margin(notional))
    return equity * 100 // DOLLAR, margin * 100 // DOLLAR, equity * 10_000 // margin


def condition() -> Numbers:
    """The marks one after the other: figures of each, and how often the engine acted until then."""
    venue = SwapVenue()
    venue.lever(WHALE, 10, mode=ISOLATED)
    venue.trade(WHALE, SHORT, 10_000, 60_000, buyer_mode=ISOLATED)
    found: list[int] = []
    for price in (56_000, 55_100):
        steps = of_kind(venue.reach(btc=price) + venue.tick(5), LiquidationStepped)
        found += (*measured(venue), len(steps))
    for price in (55_051, 55_000):
        steps = of_kind(venue.tick(btc=price), LiquidationStepped)
        found += (*measured(venue), min(1, len(steps)))
    return tuple(found)


def at_55000() -> tuple[SwapVenue, list[Event]]:
    """The tick that acts: 2,000 contracts are bid for at 54,900, more below."""
    venue = whale_venue()
    bid(venue, (2_000, 54_900), (25_000, 54_500))
    venue.tick(btc=55_051)
    return venue, venue.tick(btc=55_000)


def first_step() -> Numbers:
    """Quantity and limit price of the first order."""
    _, events = at_55000()
    step = of_kind(events, LiquidationStepped)[-1]
    return step.quantity, step.limit_price


def after_first_step() -> Numbers:
    """Realised, fee, margin in USDT cents, the figures then, and when the next step comes."""
    venue, events = at_55000()
    fills = of_kind(events, OrderFilled)
    position = venue.position(WHALE)
    assert [(one.price, one.quantity) for one in fills] == [(549_000, 2_000)]
    found = (
        int(position.realised) // DOLLAR,
        int(position.fees) // DOLLAR,
        venue.margin(WHALE) // DOLLAR,
        *measured(venue),
    )
    waited = 0
    while not of_kind(venue.tick(), LiquidationStepped):
        waited += 1
    return (*found, waited + 1)


def taken_over(fund: int, *bids: tuple[int, float]) -> tuple[SwapVenue, list[Event]]:
    """The mark jumps through the bankruptcy price."""
    venue = whale_venue(fund)
    bid(venue, *bids)
    events = venue.reach(btc=53_500)
    for _ in range(10):
        events += venue.tick()
        if venue.position(WHALE).size == 0:
            break
    return venue, events


def gap() -> Numbers:
    """What the whale has then, at what price; what the venue holds and what that cost."""
    venue, events = taken_over(2_000_000 * DOLLAR)
    found = of_kind(events, PositionTakenOver)
    assert len(found) == 1
    position, inventory = venue.position(WHALE), venue.inventory()
    steps = of_kind(events, LiquidationStepped)
    return (
        int(steps[0].equity) // DOLLAR,
        found[0].price,
        found[0].equity,
        venue.margin(WHALE),
        int(position.size),
        int(inventory.size),
        int(inventory.cost) // DOLLAR,
    )


def ledger_of_takeover() -> Numbers:
    """LG4: postings of the takeover: isolated margin, and clearing; cost that moved; cash and fund
    stay.
    """
    venue = whale_venue(2_000_000 * DOLLAR)
    before = (venue.margin(WHALE), int(venue.swap().clearing.balance), venue.cash(WHALE))
    fund = venue.fund()
    venue.reach(btc=53_500)
    while venue.position(WHALE).size:
        venue.tick()
    after = (venue.margin(WHALE), int(venue.swap().clearing.balance), venue.cash(WHALE))
    moved = tuple((two - one) // DOLLAR for one, two in zip(before, after, strict=True))
    return (*moved, venue.fund() - fund, int(venue.inventory().cost) // DOLLAR)


def shared_with_winners() -> Numbers:
    """LQ6: what a fund of a capacity of 20,000 keeps, what that cost in the end, what is shed at
    what price, the price of the takeover, and what the venue still holds.
    """
    fund = 13_333_333_333_334
    venue, events = taken_over(fund, (20_000, 53_400))
    shed = of_kind(events, PositionDeleveraged)
    taken = of_kind(events, PositionTakenOver)
    assert len(shed) == 1 and shed[0].account_id == SHORT
    for _ in range(30):
        venue.tick()
    venue.check()
    return (
        10_000 - shed[0].quantity,
        (fund - venue.fund()) // DOLLAR,
        shed[0].quantity,
        shed[0].price,
        taken[0].price,
        int(venue.inventory().size),
    )


def disputed() -> Numbers:
    """LQ8: sizes of both after more than 30 s of dispute, and the first's takeover price."""
    venue = SwapVenue(btc=95)
    venue.lever(WHALE, 15, mode=ISOLATED)
    venue.trade(WHALE, 4, 100_000, 95, buyer_mode=ISOLATED)
    venue.reach(btc=110)
    venue.tick(5)
    venue.lever(SHORT, 20, mode=ISOLATED)
    venue.trade(SHORT, 4, 100_000, 110, buyer_mode=ISOLATED)
    for one in (WHALE, SHORT):
        venue.set_margin(one, 5_000 * DOLLAR)
    venue.says(1, 80, (11, 12, 13, 14))
    venue.says(1, 100, (15, 16, 17))
    events = []
    for _ in range(45):
        events += venue.tick()
    venue.check()
    taken = of_kind(events, PositionTakenOver)
    marks = [one for one in of_kind(events, MarkPublished) if one.instrument_id == BTC_SWAP]
    assert all(one.is_held for one in marks)
    return (
        int(venue.position(SHORT).size),
        int(venue.position(WHALE).size),
        taken[0].price,
        len(taken),
    )


SHORTS = (  # account, contracts, price, what is left as cash when the mark is 50,000
    (11, 200, 60_000, 4_000),
    (12, 100, 55_000, 10_000),
    (13, 300, 52_000, 0),
    (14, 100, 49_000, 3_000),
)
HELPER = 9


def ranked(longs: int) -> list[PositionDeleveraged]:
    """AD1's four shorts at a mark of 50,000, and an empty fund: who is closed when a long of so
    many contracts, bought at 60,000, fails with a bankruptcy price of 51,000.
    """
    venue = SwapVenue(swap_genesis(fund=0))
    venue.lever(WHALE, 2, mode=ISOLATED)
    for account_id, size, price, _ in SHORTS:
        venue.reach(btc=price)
        venue.tick(4)
        if account_id == 11:
            venue.trade(WHALE, account_id, size, price, buyer_mode=ISOLATED)
            venue.trade(WHALE, HELPER, longs - size, price, buyer_mode=ISOLATED)
        else:
            venue.trade(HELPER, account_id, size, price)
    venue.reach(btc=50_000)
    venue.tick(4)
    for account_id, _, _, left in SHORTS:
        venue.leave_cash(account_id, left * DOLLAR)
    venue.set_margin(WHALE, longs * 90 * DOLLAR)
    events = venue.tick(2)
    venue.check()
    found = of_kind(events, PositionDeleveraged)
    assert all(one.price == 510_000 for one in found)
    assert venue.position(WHALE).size == 0
    assert sum(one.quantity for one in found) == longs
    return found


def ranks() -> Numbers:
    """AD1: who is closed first, second, third, last."""
    return tuple(one.account_id - 10 for one in ranked(700))


def shares() -> Numbers:
    """AD2: who is closed how far."""
    return tuple(n for one in ranked(400) for n in (one.account_id - 10, one.quantity))


def fund_and_winners() -> Numbers:
    """AD3: contracts unwound, what that cost the fund, contracts deleveraged, their price."""
    fund = 1_600 * DOLLAR
    venue = SwapVenue(swap_genesis(fund=fund))
    venue.lever(WHALE, 10, mode=ISOLATED)
    venue.trade(WHALE, SHORT, 100, 60_000, buyer_mode=ISOLATED)
    venue.reach(btc=55_000)
    venue.tick(4)
    bid(venue, (1_000, 53_400))
    events = venue.reach(btc=53_500) + venue.tick(10)
    shed = of_kind(events, PositionDeleveraged)
    sold = of_kind(events, OrderFilled)
    venue.check()
    assert len(shed) == 1 and venue.inventory().size == 0
    return (
        sum(one.quantity for one in sold),
        (fund - venue.fund()) // DOLLAR,
        shed[0].quantity,
        shed[0].price,
    )


def fund_room_of(peaks: int, *drawn: int) -> Numbers:
    """IF: a fund that stood at `peaks` and has drawn so much: what one instrument may draw."""
    venue = SwapVenue(swap_genesis(fund=peaks * DOLLAR))
    venue.tick()
    swap, window = venue.swap(), venue.state.liquidations.windows[2]
    for instrument_id, amount in enumerate(drawn, start=8):
        window.draw(clock_ms=venue.clock_ms, instrument_id=instrument_id, amount=amount * DOLLAR)
        swap.fund.balance -= amount * DOLLAR
    return (int(fund_room(venue.state, venue.market())) // DOLLAR,)


VECTORS = (
    Vector(
        "LQ1",
        (
            *(20_000_000, 10_750_000, 18_604, 0),
            *(11_000_000, 10_525_000, 10_451, 0),
            *(10_510_000, 10_512_750, 9_997, 0),
            *(10_000_000, 10_500_000, 9_523, 1),
        ),
        condition,
    ),
    Vector("LQ2", (2_000, 544_500), first_step),
    Vector("LQ3", (-102_000, 2_196, 495_804, 9_580_400, 7_750_000, 12_361, 5), after_first_step),
    Vector("LQ5", (-50_000, 540_000, 0, 0, 0, 10_000, 5_400_000), gap),
    Vector("LG4", (-600_000, 600_000, 0, 0, 5_400_000), ledger_of_takeover),
    Vector("LQ6", (3_333, 19_998, 6_667, 540_000, 540_000, 0), shared_with_winners),
    Vector("AD1", (3, 1, 2, 4), ranks),
    Vector("AD2", (3, 300, 1, 100), shares),
    Vector("AD3", (40, 240, 60, 540_000), fund_and_winners),
    Vector("IF1-half", (25_000,), lambda: fund_room_of(1_000_000, 250_000)),
    Vector("IF3", (0,), lambda: fund_room_of(1_000_000, 320_000)),
    Vector("LQ8", (0, 100_000, 1_050, 1), disputed),
)
IDS = [one.id for one in VECTORS]


@pytest.mark.slow
@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_engine_gives_the_vector(vector: Vector) -> None:
    """What the specification says comes out of commands and ticks, to the unit; and a figure that
    is off by one turns it red.
    """
    found = vector.play()

    assert vector.expected == found
    for place in range(len(found)):
        wrong = [*vector.expected]
        wrong[place] += 1
        assert tuple(wrong) != found
