"""The smallest entries that once showed a bug, or could have: each stays for good."""

from __future__ import annotations

import pytest

from seawall.core.engine import Entry, open_engine
from seawall.core.model import limits
from seawall.core.model.codec import padded
from seawall.core.model.commands import (
    AcceptClock,
    AmendOrder,
    CancelOrder,
    Command,
    CreditDeposit,
    ListAsset,
    ListInstrument,
    TimerBeat,
    TransferFunds,
)
from seawall.core.model.enums import CancelReason, TimeInForce
from seawall.core.model.genesis_check import genesis_fault
from seawall.core.model.order_events import OrderAmended, OrderCancelled, OrderFilled
from seawall.core.model.rejects import RejectReason
from tests.laws.venue import (
    ALICE,
    ALICE_TOO,
    BOB,
    BTC,
    NS_PER_MS,
    START_MS,
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


def never_raises_after(first: Command) -> int:
    """The reason with which an order is refused that follows `first`, on a fresh venue."""
    engine = open_engine(genesis())
    engine.apply(Entry(seq=1, time_ns=0, command=first))
    order = Entry(seq=2, time_ns=START_MS * NS_PER_MS, command=buy(ALICE, 1, 1))
    return reason_of(engine.apply(order))


@pytest.mark.parametrize(
    "wall_ms",
    [2**43, 2**52 - 1],
)
@pytest.mark.parametrize("by_beat", [True, False])
def test_a_clock_whose_nanoseconds_do_not_fit_is_refused(wall_ms: int, by_beat: bool) -> None:
    """A timer gone wild must not stop the venue at the next entry.

    The time of an entry is the clock in nanoseconds and up to a second more, in 63 bits.
    """
    first = TimerBeat(0, wall_ms) if by_beat else AcceptClock(wall_ms, 1, 2)

    assert never_raises_after(first) in (RejectReason.TOO_LATE, RejectReason.VENUE_PAUSED)


@pytest.mark.slow
def test_a_quote_sized_order_that_cannot_buy_one_more_lot_is_not_called_limited() -> None:
    """After the last step that an entry may make, what is left buys nothing: it is a leftover."""
    most = limits.FILLS_PER_ENTRY_MAX
    venue = Venue()
    for _ in range(most + 1):
        venue.do(sell(BOB, 1, 100))
    unit_value = 100
    events = venue.do(market(ALICE, 0, 0, quote_amount=most * 100 * unit_value + 1))

    assert most == len(of_kind(events, OrderFilled))
    assert [CancelReason.QUOTE_LEFTOVER] == [one.reason for one in of_kind(events, OrderCancelled)]


@pytest.mark.slow
def test_a_client_id_used_again_is_remembered_from_its_second_end() -> None:
    """What ended last is forgotten last, also when its id had been used before."""
    venue = Venue()
    assert ended(venue, b"again") == CancelReason.IOC
    venue.jump(limits.CLIENT_ID_MEMORY_MS)
    venue.wait(200)
    for number in range(limits.CLIENT_IDS_REMEMBERED_PER_ACCOUNT_MAX - 1):
        assert ended(venue, b"%d" % number) == CancelReason.IOC
    assert ended(venue, b"again") == CancelReason.IOC
    assert ended(venue, b"one more") == CancelReason.IOC

    assert ended(venue, b"again") == RejectReason.DUPLICATE_CLIENT_ORDER_ID


@pytest.mark.slow
def test_an_id_used_twice_does_not_stand_at_the_head_of_the_memory() -> None:
    """Its first end must not put it where the oldest is looked for."""
    venue = Venue()
    assert ended(venue, b"again") == CancelReason.IOC
    venue.jump(limits.CLIENT_ID_MEMORY_MS)
    venue.wait(200)
    assert ended(venue, b"again") == CancelReason.IOC
    for number in range(limits.CLIENT_IDS_REMEMBERED_PER_ACCOUNT_MAX - 1):
        assert ended(venue, b"%d" % number) == CancelReason.IOC

    assert ended(venue, b"again") == RejectReason.DUPLICATE_CLIENT_ORDER_ID


def ended(venue: Venue, client_id: bytes) -> int:
    """Place an order that ends at once; why it was refused, or why it ended."""
    command = buy(ALICE, 1, 1, time_in_force=TimeInForce.IOC, client_id=client_id)
    return reason_of(venue.do(command))


def test_an_asset_and_an_instrument_do_not_share_a_name() -> None:
    """A genesis with such names is refused, so a listing must be."""
    venue = Venue()
    same_name = ListInstrument(
        instrument_id=1,
        name=b"USDT",
        base_asset_id=BTC,
        quote_asset_id=USDT,
        tick_size_e8=10**7,
        lot_size=1_000,
        quantity_min=1,
        quantity_max=10,
        price_max=10,
        market_cap_e8=0,
    )

    assert reason_of(venue.do(ListAsset(5, b"BTC-USDT", 8))) == RejectReason.BAD_LISTING
    assert reason_of(venue.do(same_name)) == RejectReason.BAD_LISTING


def test_a_genesis_with_an_unknown_trading_state_is_refused() -> None:
    """An instrument in a state that no table knows would accept what nobody meant."""
    odd = instrument()
    odd.trading_state = 7

    assert genesis_fault(genesis(traded=odd)) != ""


def test_a_refused_deposit_of_an_unlisted_asset_leaves_no_ledger_account() -> None:
    """What is refused changes nothing, also nothing that grows."""
    venue = Venue()
    before = venue.engine.describe()
    accounts = len(venue.engine.snapshot())
    venue.do(CreditDeposit(ALICE, 999, 1, bytes(32)))
    venue.do(TransferFunds(ALICE, 998, 1, to_trading=True))

    assert accounts == len(venue.engine.snapshot())
    assert len(before) == len(venue.engine.describe())


def test_a_sibling_account_amended_into_its_owner_does_not_trade() -> None:
    """Self-trade prevention knows owners, and an amended order remembers its mode."""
    venue = Venue()
    venue.do(sell(ALICE, 5, 100))
    venue.do(buy(ALICE_TOO, 5, 90, prevention=2))
    amend = AmendOrder(
        account_id=ALICE_TOO, instrument_id=0, order_id=venue.last_order_id(), new_price=100
    )
    events = venue.do(amend)

    assert [OrderAmended, OrderCancelled, OrderCancelled] == [type(one) for one in events[:3]]
    assert [True, False] == [one.was_resting for one in of_kind(events, OrderCancelled)]
    assert of_kind(events, OrderFilled) == []


def test_a_cancel_by_an_empty_client_id_finds_nothing() -> None:
    """Orders without a client id must not be found by none."""
    venue = Venue()
    venue.do(buy(ALICE, 1, 1))
    events = venue.do(CancelOrder(account_id=ALICE, instrument_id=0))

    assert reason_of(events) == RejectReason.ORDER_NOT_FOUND


def test_a_client_id_of_zero_bytes_is_a_client_id() -> None:
    """Thirty-two zero bytes in the journal are an id like any other, not the absence of one."""
    venue = Venue()
    command = buy(ALICE, 1, 1)
    command.client_id = padded(b"\0", limits.CLIENT_ID_BYTES)
    venue.do(command)

    assert reason_of(venue.do(command)) == RejectReason.DUPLICATE_CLIENT_ORDER_ID
