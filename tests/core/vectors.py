"""The specification's vectors for spot: what each says must come out, and how it is worked out
here.

An `expected` is a tuple of integers (lots, ticks, units, reasons), so that a test can change each
by one and see the check fail. `play` builds a venue, lets it happen and returns what came out, in
the same shape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seawall.core.ledger import Ledger, LedgerAccount, available, hold, release, transfer
from seawall.core.matching import market_cap
from seawall.core.model.commands import AmendOrder, CreditDeposit, TransferFunds
from seawall.core.model.enums import CancelReason, LedgerKind, Side, TimeInForce
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import BalanceChanged, Event
from seawall.core.model.instruments import FeeTier, exact_unit_value
from seawall.core.model.order_events import OrderCancelled, OrderFilled
from seawall.core.model.rejects import RejectReason
from seawall.core.model.units import E8, ceil_div, floor_div, rate_ceil, rate_floor
from tests.laws.venue import (
    ALICE,
    BOB,
    BTC,
    CAROL,
    USDT,
    Venue,
    buy,
    genesis,
    instrument,
    market,
    of_kind,
    reason_of,
    sell,
)
from tests.laws.witness import Witness

Numbers = tuple[int, ...]


@dataclass(frozen=True)
class Vector:
    """One vector: its id in the specification, what must come out, what comes out."""

    id: str
    expected: Numbers
    play: Callable[[], Numbers]


def fills(events: list[Event]) -> Numbers:
    """Price and quantity of each fill."""
    found = of_kind(events, OrderFilled)
    return tuple(number for one in found for number in (one.price, one.quantity))


def endings(events: list[Event]) -> Numbers:
    """Reason and quantity of each cancel."""
    found = of_kind(events, OrderCancelled)
    return tuple(number for one in found for number in (one.reason, one.quantity_open))


def queue(venue: Venue, side: int) -> Numbers:
    """Account, price and open quantity of each resting order of a side, best first."""
    witness = Witness().see(read_entries(venue.engine.describe()))
    found: list[int] = []
    for order_id in witness.queue(0, side):
        order = witness.orders[order_id]
        found += (order.accepted.account_id, order.limit_price, order.quantity_open())
    return tuple(int(number) for number in found)


# 0 Conventions: exactness at listing, and rounding


def exactness() -> Numbers:
    """BTC-USDT: tick 0.1 times lot 0.00001 is 100 units; a tick ten thousand times finer is
    none.
    """
    whole = {"base_units": E8, "quote_units": E8}
    fine = exact_unit_value(tick_size_e8=10**7, lot_size=1_000, **whole)
    too_fine = exact_unit_value(tick_size_e8=10**3, lot_size=1_000, **whole)
    return fine, too_fine


def rounding() -> Numbers:
    """Floor and ceiling of both signs; a fee of one unit at 0.1 %, a rebate on it."""
    divisions = (floor_div(7, 2), floor_div(-7, 2), ceil_div(7, 2), ceil_div(-7, 2))
    return (*divisions, rate_ceil(1, 100_000), rate_floor(1, 5_000), rate_ceil(0, 100_000))


# 5.2 Market orders


def cap(side: int, best: int, price_max: int) -> Numbers:
    """The worst price at 1 %, in ticks of 0.1."""
    return (market_cap(side=side, best_price=best, cap_e8=1_000_000, price_max=price_max),)


# 5.7 Self-trade prevention: own sell 5 @ 100 first, another's 5 @ 100, own buy 8 @ 100


def self_trade(prevention: int, *, time_in_force: int = TimeInForce.GTC) -> Numbers:
    """Fills, then cancels, then what rests on both sides."""
    venue = Venue()
    venue.do(sell(ALICE, 5, 100))
    venue.do(sell(BOB, 5, 100))
    order = buy(ALICE, 8, 100, prevention=prevention, time_in_force=time_in_force)
    events = venue.do(order)
    return (*fills(events), *endings(events), *queue(venue, 0), *queue(venue, 1))


# 5.8 Post-only; prices in ticks of 0.1


def post_only() -> tuple[Venue, list[Event]]:
    """Best ask 100.0; a post-only buy at 100.0, then one at 99.9."""
    venue = Venue()
    venue.do(sell(BOB, 5, 1_000))
    crossing = venue.do(buy(ALICE, 5, 1_000, time_in_force=TimeInForce.POST_ONLY))
    venue.do(buy(ALICE, 5, 999, time_in_force=TimeInForce.POST_ONLY))
    return venue, crossing


def post_only_arrives() -> Numbers:
    """The first is cancelled, the second rests."""
    venue, crossing = post_only()
    return (*endings(crossing), *queue(venue, 0))


def post_only_amended(cancel_on_fail: bool) -> Numbers:
    """Amended into the cross: the reason, cancels, and what rests; somebody stands behind it."""
    venue, _ = post_only()
    order_id = venue.last_order_id()
    venue.do(buy(CAROL, 5, 999))
    amend = AmendOrder(
        account_id=ALICE,
        instrument_id=0,
        order_id=order_id,
        new_price=1_000,
        cancel_on_fail=cancel_on_fail,
    )
    events = venue.do(amend)
    return (reason_of(events), *endings(events), *queue(venue, 0))


# 6.2 Order types; BTC-USDT of the reference


def quote_sized() -> Numbers:
    """1,000 USDT against 0.01 @ 60000 and 0.05 @ 60010: lots bought, cost, what came back."""
    venue = Venue()
    venue.do(sell(BOB, 1_000, 600_000))
    venue.do(sell(BOB, 5_000, 600_100))
    amount = 1_000 * E8
    events = venue.do(market(ALICE, Side.BUY, 0, quote_amount=amount))
    trades = of_kind(events, OrderFilled)
    lots = sum(one.quantity for one in trades)
    cost = sum(one.price * one.quantity * 100 for one in trades)
    return lots * 1_000, cost, trades[-1].taker_open, of_kind(events, OrderCancelled)[0].reason


def two_levels(time_in_force: int) -> Numbers:
    """A buy of 8 at 100 against 5 inside and 5 outside its price."""
    venue = Venue()
    venue.do(sell(BOB, 5, 100))
    venue.do(sell(BOB, 5, 110))
    events = venue.do(buy(ALICE, 8, 100, time_in_force=time_in_force))
    return (*fills(events), *endings(events))


def empty_book() -> Numbers:
    """A market order with nobody on the other side."""
    return (reason_of(Venue().do(market(ALICE, Side.BUY, 1))),)


# 6.3 Amend: orders a 5, b 5 @ 100


def amended(new_quantity: int, new_price: int = 0) -> Numbers:
    """The queue after a is amended."""
    venue = Venue()
    venue.do(buy(ALICE, 5, 100))
    order_id = venue.last_order_id()
    venue.do(buy(BOB, 5, 100))
    amend = AmendOrder(
        account_id=ALICE,
        instrument_id=0,
        order_id=order_id,
        new_quantity=new_quantity,
        new_price=new_price,
    )
    events = venue.do(amend)
    assert reason_of(events) == 0
    # A description tells orders by id; who comes first is seen by a taker.
    taken = venue.do(sell(CAROL, 12, 100))
    trades = of_kind(taken, OrderFilled)
    return tuple(number for one in trades for number in (one.maker_account_id, one.quantity))


def amended_to_filled() -> Numbers:
    """a has filled 2 of 5 and is amended to 2."""
    venue = Venue()
    venue.do(buy(ALICE, 5, 100))
    order_id = venue.last_order_id()
    venue.do(sell(BOB, 2, 100))
    amend = AmendOrder(account_id=ALICE, instrument_id=0, order_id=order_id, new_quantity=2)
    return (*endings(venue.do(amend)), *queue(venue, 0))


# 6.5 Fees


def trade_with_fees(
    quantity: int, price: int, *, taker_e8: int, maker_e8: int, **terms: int
) -> Numbers:
    """Alice takes Bob's sell: quote amount, her fee in base, his fee in quote."""
    traded = instrument(**terms) if terms else instrument()
    tiers = [FeeTier(maker_e8=maker_e8, taker_e8=taker_e8)]
    venue = Venue(genesis(traded=traded, tiers=tiers, house=E8))
    venue.do(sell(BOB, quantity, price))
    events = venue.do(buy(ALICE, quantity, price))
    trade = of_kind(events, OrderFilled)[0]
    return price * quantity * traded.unit_value, trade.taker_fee, trade.maker_fee


# 7 Ledger


def deposit_twice(reports: int) -> Numbers:
    """A deposit of 1 BTC, reported so often: custody, funding, reasons of the last report."""
    venue = Venue(genesis(wealth=0))
    events: list[Event] = []
    told: dict[tuple[int, int], int] = {}
    for _ in range(reports):
        events = venue.do(CreditDeposit(ALICE, BTC, E8, b"a".ljust(32)))
        for one in of_kind(events, BalanceChanged):
            told[one.kind, one.account_id] = one.balance
    custody = told[LedgerKind.EXT_CUSTODY, 0]
    return custody, told[LedgerKind.FUNDING, ALICE], reason_of(events)


def trade_postings() -> Numbers:
    """FE1 as postings: what each of seller, buyer and house:fee has more, in BTC, then in USDT."""
    tiers = [FeeTier(maker_e8=80_000, taker_e8=100_000)]
    venue = Venue(genesis(tiers=tiers))
    before = Witness().see(read_entries(venue.engine.describe())).balances
    venue.do(sell(BOB, 12_345, 600_001))
    venue.do(buy(ALICE, 12_345, 600_001))
    after = Witness().see(read_entries(venue.engine.describe())).balances
    lines = [(LedgerKind.TRADING, BOB), (LedgerKind.TRADING, ALICE), (LedgerKind.HOUSE_FEE, 0)]
    return tuple(
        after[*line, asset, 0][0] - before.get((*line, asset, 0), (0, 0))[0]
        for asset in (BTC, USDT)
        for line in lines
    )


def withdrawal_postings() -> Numbers:
    """0.5 with a fee of 0.0005 from 1 BTC: what is free under the hold, then the three postings."""
    ledger = Ledger()
    user, outside, house = (ledger_line(ledger, kind) for kind in (1, 2, 3))
    transfer(ledger, source=outside, target=user, amount=E8)
    before = (user.balance, outside.balance, house.balance)
    hold(ledger, user, 50_050_000)
    free = available(user)
    release(ledger, user, 50_050_000)
    transfer(ledger, source=user, target=outside, amount=50_000_000)
    transfer(ledger, source=user, target=house, amount=50_000)
    after = (user.balance, outside.balance, house.balance)
    return (free, *(new - old for new, old in zip(after, before, strict=True)))


def ledger_line(ledger: Ledger, kind: int) -> LedgerAccount:
    """A ledger account of BTC."""
    account_id = ALICE if kind == LedgerKind.FUNDING else 0
    return ledger.account(kind=kind, account_id=account_id, asset_id=BTC)


def too_much_asked() -> Numbers:
    """10 asked of 9.9995 that are free: the reason, and what is held and had afterwards."""
    venue = Venue(genesis(wealth=999_950_000))
    reason = reason_of(venue.do(TransferFunds(ALICE, BTC, 10 * E8, to_trading=False)))
    witness = Witness().see(read_entries(venue.engine.describe()))
    return (reason, *witness.balances[LedgerKind.TRADING, ALICE, BTC, 0])


MAKER, TAKER, BOTH = 0, 1, 2
SELF_TRADE, QUOTE_LEFTOVER = CancelReason.SELF_TRADE, CancelReason.QUOTE_LEFTOVER
FE1 = {"taker_e8": 100_000, "maker_e8": 80_000}

VECTORS = [
    Vector("0.2-exactness", (100, 0), exactness),
    Vector("0.3-rounding", (3, -4, 4, -3, 1, 0, 0), rounding),
    Vector("MO1", (606_111,), lambda: cap(Side.BUY, 600_110, 612_300)),
    Vector("MO2", (612_300,), lambda: cap(Side.BUY, 609_000, 612_300)),
    Vector("MO3", (594_099,), lambda: cap(Side.SELL, 600_100, 612_300)),
    Vector(
        "STP-cancel_maker",
        (100, 5, SELF_TRADE, 5, ALICE, 100, 3),
        lambda: self_trade(MAKER),
    ),
    Vector(
        "STP-cancel_taker",
        (SELF_TRADE, 8, ALICE, 100, 5, BOB, 100, 5),
        lambda: self_trade(TAKER),
    ),
    Vector(
        "STP-cancel_both",
        (SELF_TRADE, 5, SELF_TRADE, 8, BOB, 100, 5),
        lambda: self_trade(BOTH),
    ),
    *(
        Vector(
            f"STP-fok-{name}",
            (CancelReason.FOK, 8, ALICE, 100, 5, BOB, 100, 5),
            lambda mode=mode: self_trade(mode, time_in_force=TimeInForce.FOK),
        )
        for mode, name in enumerate(("cancel_maker", "cancel_taker", "cancel_both"))
    ),
    Vector("PX1", (CancelReason.POST_ONLY, 5, ALICE, 999, 5), post_only_arrives),
    Vector(
        "PX2",
        (RejectReason.POST_ONLY_WOULD_TAKE, ALICE, 999, 5, CAROL, 999, 5),
        lambda: post_only_amended(False),
    ),
    Vector(
        "PX3",
        (RejectReason.POST_ONLY_WOULD_TAKE, CancelReason.AMEND_FAILED, 5, CAROL, 999, 5),
        lambda: post_only_amended(True),
    ),
    Vector("TY1", (1_666_000, 99_966_660_000, 33_340_000, QUOTE_LEFTOVER), quote_sized),
    Vector("TY2", (CancelReason.FOK, 8), lambda: two_levels(TimeInForce.FOK)),
    Vector("TY3", (100, 5, CancelReason.IOC, 3), lambda: two_levels(TimeInForce.IOC)),
    Vector("TY4", (RejectReason.NO_MARKET,), empty_book),
    Vector("AM1", (ALICE, 3, BOB, 5), lambda: amended(3)),
    Vector("AM2", (BOB, 5, ALICE, 7), lambda: amended(7)),
    Vector("AM3", (ALICE, 5, BOB, 5), lambda: amended(5, 100)),
    Vector("AM4", (CancelReason.AMENDED_TO_DONE, 3), amended_to_filled),
    Vector(
        "FE1",
        (740_701_234_500, 12_345, 592_560_988),
        lambda: trade_with_fees(12_345, 600_001, **FE1),
    ),
    Vector(
        "FE2",
        (60_000_100, 1, -3_000),
        lambda: trade_with_fees(1, 600_001, taker_e8=100_000, maker_e8=-5_000),
    ),
    Vector("LG1", (-E8, E8, 0), lambda: deposit_twice(1)),
    Vector(
        "LG2",
        (-12_345_000, 12_332_655, 12_345, 740_108_673_512, -740_701_234_500, 592_560_988),
        trade_postings,
    ),
    Vector("LG3", (49_950_000, -50_050_000, 50_000_000, 50_000), withdrawal_postings),
    Vector("DW1", (-E8, E8, RejectReason.DUPLICATE_DEPOSIT), lambda: deposit_twice(2)),
    Vector("DW4", (RejectReason.INSUFFICIENT_BALANCE, 999_950_000, 0), too_much_asked),
]


def check(vector: Vector) -> None:
    """What comes out is what the specification says."""
    assert vector.expected == tuple(int(number) for number in vector.play())


def changed_by_one(vector: Vector) -> list[Vector]:
    """The vector with each of its expected numbers one higher, and one lower."""
    found = []
    for place, number in enumerate(vector.expected):
        for other in (number - 1, number + 1):
            expected = (*vector.expected[:place], other, *vector.expected[place + 1 :])
            found.append(Vector(vector.id, expected, vector.play))
    return found
