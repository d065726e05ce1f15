"""The maps say what a recomputation from the whole history says."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.core.model.commands import (
    AmendOrder,
    Command,
    MassCancel,
    PlaceOrder,
    SetAccountState,
    TransferFunds,
)
from seawall.core.model.enums import OrderType, Side, TimeInForce
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import EntryEvents
from seawall.core.model.limits import CLIENT_ID_BYTES
from seawall.gateway import Gateway, OrderState, OrderView, RejectionView
from seawall.gateway.limits import FILLS_PER_ACCOUNT_MAX, PAGE_MAX
from tests.gateway.desk import Ledger
from tests.gateway.naive_accounts import naive_balances, naive_orders
from tests.gateway.venue import (
    ALICE,
    BOB,
    BTC,
    BTC_USDT,
    ETH_USDT,
    NOW_MS,
    PEOPLE,
    USDT,
    WallClock,
    cancel,
    limit,
    new_gateway,
)

DAY_MS = 86_400_000


@dataclass
class Reader:
    """A gateway that only reads along."""

    gateway: Gateway
    ledger: Ledger

    def apply(self, *commands: Command) -> None:
        """Something happened."""
        self.gateway.on_events(self.ledger.apply_own(*commands))

    def beat(self, wall_ms: int) -> None:
        """Time passed."""
        self.gateway.on_events(self.ledger.beat(wall_ms))


def new_reader() -> Reader:
    """A reader of a venue in which nothing has happened."""
    ledger = Ledger()
    gateway = new_gateway(WallClock())
    gateway.describe(ledger.engine.describe(), seq=ledger.engine.seq)
    return Reader(gateway, ledger)


def told(view: OrderView) -> tuple[object, ...]:
    """A view in the words of the oracle."""
    return (
        view.order_id,
        view.client_id,
        view.state.value,
        view.limit_price,
        view.quantity,
        view.quantity_filled,
        view.quantity_open,
        view.notional_filled,
        view.fee,
        view.fee_asset_id,
        view.last_trade_id,
        view.last_price,
        view.last_quantity,
        view.last_is_maker,
        view.cancel_reason,
    )


people = st.sampled_from(PEOPLE)
instruments = st.sampled_from([BTC_USDT, ETH_USDT])
client_ids = st.sampled_from([b"", b"a", b"b", b"c" * CLIENT_ID_BYTES])
prices = st.integers(95, 105)
quantities = st.integers(1, 20)
orders = st.builds(
    PlaceOrder,
    account_id=people,
    instrument_id=instruments,
    side=st.integers(0, 1),
    order_type=st.just(OrderType.LIMIT),
    limit_price=prices,
    quantity=quantities,
    time_in_force=st.sampled_from([0, 0, 0, 1, 2, 4]),
    self_trade_prevention=st.integers(0, 2),
    client_id=client_ids,
    tag=st.sampled_from([b"", b"tag"]),
)
market_orders = st.builds(
    PlaceOrder,
    account_id=people,
    instrument_id=instruments,
    side=st.integers(0, 1),
    order_type=st.just(OrderType.MARKET),
    limit_price=st.just(0),
    quantity=quantities,
    time_in_force=st.sampled_from([TimeInForce.IOC, TimeInForce.FOK]),
)
quote_sized = st.builds(
    PlaceOrder,
    account_id=people,
    instrument_id=instruments,
    side=st.just(Side.BUY),
    order_type=st.just(OrderType.MARKET),
    limit_price=st.just(0),
    quantity=st.just(0),
    quote_amount=st.integers(1, 3_000_000),
    time_in_force=st.just(TimeInForce.IOC),
    client_id=client_ids,
)
amends = st.builds(
    AmendOrder,
    account_id=people,
    instrument_id=instruments,
    client_id=st.sampled_from([b"a", b"b"]),
    new_price=st.one_of(st.just(0), prices),
    new_quantity=st.one_of(st.just(0), quantities),
    cancel_on_fail=st.booleans(),
)
cancels = st.builds(
    cancel,
    people,
    client_id=st.sampled_from([b"a", b"b", b"c" * CLIENT_ID_BYTES]),
    instrument_id=instruments,
)
mass_cancels = st.builds(MassCancel, account_id=people)
transfers = st.builds(
    TransferFunds,
    account_id=people,
    asset_id=st.sampled_from([USDT, BTC]),
    amount=st.integers(1, 10**6),
    to_trading=st.booleans(),
)
commands = st.one_of(
    orders, orders, orders, market_orders, quote_sized, amends, cancels, mass_cancels, transfers
)


@settings(max_examples=60)
@given(st.lists(commands, min_size=20, max_size=80), st.integers(0, 60))
def test_maps_equal_a_recomputation_from_the_whole_history(
    wishes: list[Command], described_after: int
) -> None:
    """Also when they were described in the middle: balances and open orders, then everything
    later.
    """
    ledger = Ledger()
    for wish in wishes[:described_after]:
        ledger.apply_own(wish)
    gateway = new_gateway(WallClock())
    gateway.describe(ledger.engine.describe(), seq=ledger.engine.seq)
    known = len(ledger.frames)
    for wish in wishes[described_after:]:
        gateway.on_events(ledger.apply_own(wish))

    maps = gateway.accounts
    entries: list[EntryEvents] = [
        entry for frame in ledger.frames for entry in read_entries(frame.events)
    ]
    later = [entry for frame in ledger.frames[known:] for entry in read_entries(frame.events)]
    for (account_id, kind, asset_id), expected in naive_balances(entries).items():
        found = maps.balance(account_id, asset_id=asset_id, kind=kind)
        assert (found.balance, found.held) == expected
    in_full = naive_orders(entries)
    open_ids: dict[int, list[int]] = {account_id: [] for account_id in PEOPLE}
    for (account_id, order_id), order in in_full.items():
        if order.told()[2] in ("live", "partially_filled"):
            open_ids[account_id].append(order_id)
    for account_id in PEOPLE:
        found_ids = [order.order_id for order in maps.open_orders(account_id)]
        assert found_ids == sorted(open_ids[account_id], reverse=True)
    seen = {
        event.order_id
        for entry in later
        for event in entry.events
        if type(event).__name__ == "OrderAccepted"
    }
    for (account_id, order_id), order in in_full.items():
        view = maps.order(account_id, order_id)
        if order_id in seen:  # everything of it happened before our eyes
            assert view is not None
            assert told(view) == order.told()
        elif view is not None and view.state in (OrderState.LIVE, OrderState.PARTIALLY_FILLED):
            assert told(view)[:7] == order.told()[:7]


def test_fills_are_told_to_both_sides_newest_first() -> None:
    reader = new_reader()
    reader.apply(limit(ALICE, Side.SELL, 101, 2, client_id=b"s1", tag=b"t"))
    reader.apply(limit(ALICE, Side.SELL, 102, 2))
    reader.apply(limit(BOB, Side.BUY, 102, 3))
    maps = reader.gateway.accounts

    newest, oldest = maps.fills(BOB)
    (order,) = maps.ended_orders(BOB)
    assert (order.quantity_filled, order.notional_filled) == (3, (2 * 101 + 102) * 1_000)
    assert order.fee == oldest.fee + newest.fee == 3 * 10_000 // 1_000
    assert (order.last_trade_id, order.last_price) == (newest.trade_id, 102)
    assert [(oldest.price, oldest.quantity), (newest.price, newest.quantity)] == [
        (101, 2),
        (102, 1),
    ]
    assert oldest.fee == 2 * 10_000 // 1_000, "10 bp of two lots, in the base asset"
    assert (oldest.fee_asset_id, oldest.is_maker) == (BTC, False)
    mine = maps.fills(ALICE)
    assert [fill.is_maker for fill in mine] == [True, True]
    assert mine[1].fee == -(2 * 101 * 1_000 * 20_000 // 10**8), "a rebate of 2 bp, rounded down"
    assert (mine[1].client_id, mine[1].tag, mine[1].fee_asset_id) == (b"s1", b"t", USDT)
    assert maps.fills(BOB, after=newest.trade_id) == [oldest]
    assert maps.fills(BOB, before=oldest.trade_id) == [newest]
    assert maps.fills(BOB, limit=1) == [newest]
    assert maps.fills(BOB, instrument_id=ETH_USDT) == []
    assert maps.fills(ALICE, order_id=mine[1].order_id) == [mine[1]]


def test_pages_of_open_and_ended_orders_join_without_gap_or_overlap() -> None:
    reader = new_reader()
    reader.apply(*[limit(ALICE, price=90 + index % 5) for index in range(2 * PAGE_MAX + 7)])
    reader.apply(limit(ALICE, instrument_id=ETH_USDT))
    maps = reader.gateway.accounts

    pages: list[list[int]] = []
    after: int | None = None
    for _ in range(3):
        pages.append([order.order_id for order in maps.open_orders(ALICE, after=after)])
        after = pages[-1][-1]
    assert maps.open_orders(ALICE, after=after) == []
    everything = [order_id for page in pages for order_id in page]
    assert [len(page) for page in pages] == [PAGE_MAX, PAGE_MAX, 8]
    assert everything == sorted(set(everything), reverse=True)
    assert [one.order_id for one in maps.open_orders(ALICE, before=everything[3])] == everything[:3]
    assert len(maps.open_orders(ALICE, instrument_id=ETH_USDT)) == 1

    reader.apply(MassCancel(account_id=ALICE, instrument_id=BTC_USDT))
    ended = maps.ended_orders(ALICE, after=everything[5], limit=3)
    assert [order.order_id for order in ended] == everything[6:9]
    assert maps.count_open_orders(ALICE) == 1


def test_a_quote_sized_order_with_leftover_money_is_filled() -> None:
    reader = new_reader()
    reader.apply(limit(ALICE, Side.SELL, 100, 5))
    reader.apply(
        PlaceOrder(
            account_id=BOB,
            instrument_id=BTC_USDT,
            side=Side.BUY,
            order_type=OrderType.MARKET,
            limit_price=0,
            quantity=0,
            quote_amount=2 * 100 * 1_000 + 1,
            time_in_force=TimeInForce.IOC,
        )
    )

    (order,) = reader.gateway.accounts.ended_orders(BOB)
    assert order.state is OrderState.FILLED
    assert (order.quantity_filled, order.cancel_reason) == (2, None)


def test_client_ids_are_remembered_for_a_day_and_then_free() -> None:
    """Memory is tidied when an order ends; the exact hour after the day is not promised."""
    reader = new_reader()
    reader.apply(limit(ALICE, client_id=b"old"))
    reader.apply(*[limit(BOB, client_id=b"b%d" % index) for index in range(2)])
    reader.apply(cancel(ALICE, client_id=b"old"))
    maps = reader.gateway.accounts

    reader.beat(NOW_MS + DAY_MS)
    reader.apply(cancel(BOB, client_id=b"b0"))
    assert maps.is_client_id_used(ALICE, b"old")
    assert not maps.is_client_id_used(BOB, b"old")
    reader.beat(NOW_MS + DAY_MS + 3_600_000)
    reader.apply(cancel(BOB, client_id=b"b1"))
    assert not maps.is_client_id_used(ALICE, b"old")
    assert maps.order_by_client_id(ALICE, b"old") is None
    assert maps.is_client_id_used(BOB, b"b0")


def test_a_rejection_is_remembered_until_the_id_becomes_an_order() -> None:
    reader = new_reader()
    reader.apply(limit(ALICE, price=0, client_id=b"a"))
    first = reader.gateway.accounts.order_by_client_id(ALICE, b"a")
    reader.apply(limit(ALICE, client_id=b"a"))
    reader.apply(limit(ALICE, client_id=b"a"))
    second = reader.gateway.accounts.order_by_client_id(ALICE, b"a")

    assert isinstance(first, RejectionView)
    assert isinstance(second, OrderView)
    assert second.state is OrderState.LIVE


def test_an_account_that_floods_forgets_only_its_own_fills() -> None:
    reader = new_reader()
    reader.apply(limit(ALICE, Side.SELL, 100, 1))
    reader.apply(limit(BOB, Side.BUY, 100, 1))
    carol, dave = PEOPLE[2:]
    for _ in range(FILLS_PER_ACCOUNT_MAX + 1):
        reader.apply(limit(carol, Side.SELL, 100, 1), limit(dave, Side.BUY, 100, 1))
    maps = reader.gateway.accounts

    assert len(maps.fills(carol, limit=10**9)) == FILLS_PER_ACCOUNT_MAX
    assert len(maps.fills(ALICE)) == 1


def test_a_frozen_account_is_seen_to_be_frozen() -> None:
    reader = new_reader()
    reader.apply(SetAccountState(account_id=ALICE, is_frozen=True))
    account = reader.gateway.accounts.account(ALICE)

    assert account is not None
    assert account.is_frozen
    assert reader.gateway.accounts.account(999) is None
    assert reader.gateway.accounts.open_orders(999) == []
    assert reader.gateway.accounts.balances(999) == []


def test_an_order_that_a_newer_history_no_longer_has_is_not_open() -> None:
    """A venue that was down for days: open in the checkpoint, ended soon after, forgotten since."""
    ledger = Ledger()
    ledger.apply_own(limit(ALICE, client_id=b"a"), limit(ALICE, client_id=b"b"))
    described, described_seq = ledger.engine.describe(), ledger.engine.seq
    ended = ledger.apply_own(cancel(ALICE, client_id=b"a"))
    full = new_gateway(WallClock())
    full.describe(ledger.engine.describe(), seq=ledger.engine.seq)

    late = new_gateway(WallClock())
    late.describe(described, seq=described_seq)
    late.accounts.seed_history(
        orders=full.accounts.open_orders(ALICE),
        fills=[],
        history_seq=ended.first_seq,
        described_seq=described_seq,
    )
    late.on_events(ended)

    assert [order.client_id for order in late.accounts.open_orders(ALICE)] == [b"b"]
    assert late.accounts.order_by_client_id(ALICE, b"a") is None


@pytest.mark.parametrize("history_lag", [-7, 0, 7])
def test_maps_seeded_with_history_equal_maps_that_saw_it_all(history_lag: int) -> None:
    """The read model may be behind, level with or ahead of the state that the engine described."""
    ledger = Ledger()
    witness = new_gateway(WallClock())
    witness.describe(ledger.engine.describe(), seq=ledger.engine.seq)
    wishes: list[Command] = [
        order
        for index in range(20)
        for order in (
            limit(ALICE, Side.SELL, 101 + index % 3, 3, client_id=b"s%d" % index),
            limit(BOB, Side.BUY, 101, 2, client_id=b"b%d" % index),
        )
    ]
    snapshots: list[tuple[bytes, int]] = []
    histories: list[tuple[list[OrderView], int]] = []
    for wish in wishes:
        witness.on_events(ledger.apply_own(wish))
        snapshots.append((ledger.engine.describe(), ledger.engine.seq))
        known = [
            order
            for account_id in (ALICE, BOB)
            for order in (
                *witness.accounts.open_orders(account_id),
                *witness.accounts.ended_orders(account_id),
            )
        ]
        histories.append((known, ledger.engine.seq))
    described, described_seq = snapshots[25]
    known, history_seq = histories[25 + history_lag]

    late = new_gateway(WallClock())
    late.describe(described, seq=described_seq)
    late.accounts.seed_history(
        orders=known, fills=[], history_seq=history_seq, described_seq=described_seq
    )
    for frame in ledger.frames:
        if frame.first_seq > described_seq:
            late.on_events(frame)

    for account_id in (ALICE, BOB):
        mine, theirs = late.accounts, witness.accounts
        assert [one.order_id for one in mine.open_orders(account_id)] == [
            one.order_id for one in theirs.open_orders(account_id)
        ]
        assert mine.balances(account_id, 0) != []
        if history_lag >= 0:  # behind, prices of the gap are known to the read model only
            assert mine.open_orders(account_id) == theirs.open_orders(account_id)
            assert mine.ended_orders(account_id) == theirs.ended_orders(account_id)
        for index in range(20):
            client_id = b"s%d" % index if account_id == ALICE else b"b%d" % index
            if history_lag >= 0:
                assert mine.is_client_id_used(account_id, client_id)
