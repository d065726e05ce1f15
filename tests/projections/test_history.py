"""History as a trader pages through it, told by a small story of Alice, Bob and Carol."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seawall.core.model.codec import padded
from seawall.core.model.commands import CancelOrder, CreditDeposit, TransferFunds
from seawall.core.model.enums import CancelReason, Side
from seawall.core.model.events import EventType
from seawall.core.model.limits import CLIENT_ID_BYTES
from seawall.core.model.rejects import RejectReason
from seawall.marketdata import MarketData, bar_named
from seawall.projections import (
    AccountQueries,
    MarketQueries,
    OrderQueries,
    Projector,
    ReadModels,
)
from tests.laws.venue import ALICE, BOB, BTC, CAROL, START_MS, USDT, buy, market, sell
from tests.marketdata.by_hand import UNIT_VALUE, Tape
from tests.projections.past import Story, opened, projected

DAY_MS = 86_400_000


@pytest.fixture
def told(tmp_path: Path) -> Iterator[ReadModels]:
    """Five orders of Bob, a second apart: filled, cancelled, filled by halves, cancelled, open."""
    story = Story()
    story.do(sell(ALICE, 100, 500))
    orders = [
        buy(BOB, 10, 500, client_id=b"one"),
        buy(BOB, 5, 400, client_id=b"two"),
        buy(BOB, 20, 500, client_id=b"three"),
        buy(BOB, 5, 410, client_id=b"four"),
        buy(BOB, 5, 420, client_id=b"five"),
    ]
    for order in orders:
        story.beat()
        story.do(order)
        if order.limit_price in (400, 410):
            story.do(CancelOrder(account_id=BOB, instrument_id=0, client_id=order.client_id))
    models = projected(tmp_path, story.past)
    yield models
    models.close()


def names(rows: list[Any]) -> list[str]:
    """Client ids, as words."""
    return [row.client_id.decode() for row in rows]


def order_ids(models: ReadModels) -> dict[str, int]:
    """The ids of Bob's orders by their client ids."""
    queries = OrderQueries(models)
    found = {}
    for name in ("one", "two", "three", "four", "five"):
        row = queries.order_by_client_id(BOB, name.encode(), since_ms=0)
        assert row is not None
        found[name] = row.order_id
    return found


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({}, "four three two one"),
        ({"limit": 2}, "four three"),
        ({"limit": 0}, ""),
        ({"after": "three"}, "two one"),
        ({"after": "three", "limit": 1}, "two"),
        ({"before": "two"}, "four three"),
        ({"before": "four"}, ""),
        ({"after": "four", "before": "one"}, "three two"),
        ({"state": "filled"}, "three one"),
        ({"state": "cancelled"}, "four two"),
        ({"state": "live"}, ""),
        ({"instrument_id": 0}, "four three two one"),
        ({"instrument_id": 1}, ""),
        ({"begin_ms": 3_000}, "four three"),
        ({"end_ms": 3_000}, "three two one"),
        ({"begin_ms": 2_000, "end_ms": 3_000}, "three two"),
        ({"begin_ms": 2_001, "end_ms": 2_999}, ""),
        ({"account_id": ALICE}, ""),
    ],
)
def test_pages_of_ended_orders(told: ReadModels, bounds: dict[str, Any], expected: str) -> None:
    """Bounds of ids are excluded, those of times included; the open order is not history."""
    ids = order_ids(told)
    wanted: dict[str, Any] = {"limit": 100, **bounds}
    for name in ("after", "before"):
        if name in wanted:
            wanted[name] = ids[wanted[name]]
    for name in ("begin_ms", "end_ms"):
        if name in wanted:
            wanted[name] += START_MS
    rows = OrderQueries(told).ended_orders(wanted.pop("account_id", BOB), **wanted)

    assert expected.split() == names(rows)


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({}, [20, 10]),
        ({"limit": 1}, [20]),
        ({"order": "one"}, [10]),
        ({"order": "two"}, []),
        ({"after": 1}, [10]),
        ({"before": 0}, [20]),
        ({"begin_ms": 3_000}, [20]),
        ({"end_ms": 2_999}, [10]),
        ({"instrument_id": 3}, []),
    ],
)
def test_pages_of_fills(told: ReadModels, bounds: dict[str, Any], expected: list[int]) -> None:
    """By trade id, of all orders or one; `after` and `before` name Bob's first or second fill."""
    queries = OrderQueries(told)
    trade_ids = [fill.trade_id for fill in reversed(queries.fills(BOB, limit=9))]
    wanted: dict[str, Any] = {"limit": 100, **bounds}
    if "order" in wanted:
        wanted["order_id"] = order_ids(told)[wanted.pop("order")]
    for name in ("after", "before"):
        if name in wanted:
            wanted[name] = trade_ids[wanted[name]]
    for name in ("begin_ms", "end_ms"):
        if name in wanted:
            wanted[name] += START_MS

    assert expected == [fill.quantity for fill in queries.fills(BOB, **wanted)]


def test_pages_of_trades(told: ReadModels) -> None:
    """The market's trades, by id and by time."""
    queries = MarketQueries(told)
    newest, oldest = queries.trades(0, limit=9)

    assert (20, 10) == (newest.quantity, oldest.quantity)
    assert (Side.BUY, START_MS + 1_000) == (oldest.side, oldest.time_ms)
    assert (
        [newest] == queries.trades(0, limit=1) == queries.trades(0, limit=9, before=oldest.trade_id)
    )
    assert [oldest] == queries.trades(0, limit=9, after=newest.trade_id)
    assert [oldest] == queries.trades(0, limit=9, before_ms=newest.time_ms)
    assert [newest, oldest] == queries.trades(0, limit=9, before_ms=newest.time_ms + 1)
    assert [] == queries.trades(1, limit=9)


def test_an_order_is_found_by_its_client_id_for_a_day(told: ReadModels) -> None:
    """After a restart the reply to a repeated question is still the same."""
    queries = OrderQueries(told)
    ended_ms = START_MS + 2_000
    found = queries.order_by_client_id(BOB, b"two", since_ms=ended_ms)
    assert found is not None

    assert ("cancelled", CancelReason.USER) == (found.state, found.cancel_reason)
    assert queries.order_by_client_id(BOB, b"two", since_ms=ended_ms + 1) is None
    assert queries.order_by_client_id(ALICE, b"two", since_ms=0) is None
    assert queries.order_by_client_id(ALICE, b"", since_ms=0) is None
    still_open = queries.order_by_client_id(BOB, b"five", since_ms=START_MS + DAY_MS)
    assert still_open is not None and "live" == still_open.state


def test_a_reused_client_id_names_the_newest_order(tmp_path: Path) -> None:
    """The engine forgets a client id after ten minutes; history keeps both orders."""
    story = Story()
    for _ in range(2):
        story.do(buy(BOB, 5, 400, client_id=b"again"))
        story.do(
            CancelOrder(
                account_id=BOB, instrument_id=0, client_id=padded(b"again", CLIENT_ID_BYTES)
            )
        )
        for _ in range(601):
            story.beat()
    models = projected(tmp_path, story.past, group=50)
    queries = OrderQueries(models)
    newest, oldest = queries.ended_orders(BOB, limit=9)

    assert newest == queries.order_by_client_id(BOB, b"again", since_ms=0)
    assert newest.order_id > oldest.order_id
    models.close()


def test_a_refused_order_is_found_by_its_client_id(tmp_path: Path) -> None:
    """A client that lost the reply must learn that there is no order, and why."""
    story = Story()
    seq = story.do(buy(BOB, 5, 0, client_id=b"bad"))
    story.do(buy(BOB, 5, 0))
    models = projected(tmp_path, story.past)
    queries = OrderQueries(models)
    found = queries.rejection_by_client_id(BOB, b"bad", since_ms=START_MS)
    assert found is not None

    assert (seq, RejectReason.BAD_PRICE) == (found.seq, found.reason)
    assert queries.rejection_by_client_id(BOB, b"bad", since_ms=START_MS + 1) is None
    assert queries.rejection_by_client_id(ALICE, b"bad", since_ms=0) is None
    assert queries.order_by_client_id(BOB, b"bad", since_ms=0) is None
    models.close()


def test_a_buy_sized_in_money_is_filled_when_it_bought_all_it_could(tmp_path: Path) -> None:
    """Its leftover is less than one lot costs; to a trader that is a filled order."""
    story = Story()
    story.do(sell(ALICE, 100, 500))
    story.do(market(BOB, Side.BUY, 0, quote_amount=3 * 500 * 100 + 99))
    story.do(market(CAROL, Side.BUY, 0, quote_amount=99))
    models = projected(tmp_path, story.past)
    (bought,) = OrderQueries(models).ended_orders(BOB, limit=9)
    (too_poor,) = OrderQueries(models).ended_orders(CAROL, limit=9)

    assert ("filled", None, 3) == (bought.state, bought.cancel_reason, bought.quantity_filled)
    assert (3 * 500 * 100, 0) == (bought.notional_filled, bought.quantity_open)
    assert ("cancelled", CancelReason.QUOTE_LEFTOVER) == (too_poor.state, too_poor.cancel_reason)
    models.close()


def test_recent_orders_are_the_open_ones_and_those_ended_since(told: ReadModels) -> None:
    """What account maps start from after a restart."""
    queries = OrderQueries(told)
    recent = queries.recent(since_ms=START_MS + 3_000)

    assert ["", "three", "four", "five"] == names(recent.orders)
    assert ["partially_filled", "filled", "cancelled", "live"] == [
        row.state for row in recent.orders
    ]
    assert {20} == {fill.quantity for fill in recent.fills}
    assert 2 == len(recent.fills)


def test_recent_orders_are_bounded_by_the_newest_that_ended(told: ReadModels) -> None:
    """A day of market making is more than a restart has time for; what is open always comes."""
    recent = OrderQueries(told).recent(since_ms=START_MS + 3_000, ended_max=1, fills_max=1)

    assert ["", "four", "five"] == names(recent.orders)
    assert 1 == len(recent.fills)


def test_deposits_and_transfers_are_told(tmp_path: Path) -> None:
    """Money that came from outside, and where it was moved."""
    story = Story()
    story.do(CreditDeposit(account_id=BOB, asset_id=USDT, amount=700, deposit_id=padded(b"d1", 32)))
    moved = story.do(TransferFunds(account_id=BOB, asset_id=USDT, amount=300, to_trading=True))
    models = projected(tmp_path, story.past)
    queries = AccountQueries(models)
    transfer, deposit, opening = queries.events(BOB, limit=9)

    assert (EventType.DEPOSIT_CREDITED, 700, b"d1") == (
        deposit.event_type,
        deposit.amount,
        deposit.reference,
    )
    assert (EventType.FUNDS_TRANSFERRED, 300, 1) == (
        transfer.event_type,
        transfer.amount,
        transfer.detail,
    )
    assert EventType.ACCOUNT_OPENED == opening.event_type
    assert [deposit, opening] == queries.events(BOB, limit=9, after_seq=moved)
    assert [deposit] == queries.events(BOB, limit=9, event_type=EventType.DEPOSIT_CREDITED)
    assert {BTC: 0, USDT: 0} == queries.balance_sums()
    models.close()


def test_turnover_beyond_64_bits_stays_exact(tmp_path: Path) -> None:
    """Two rich owners who trade to and fro for an hour must not turn a sum into a float."""
    tape = Tape(clock_ms=START_MS)
    models = opened(tmp_path)
    projector = Projector(models)
    description = tape.description()
    projector.begin(description)
    memory = MarketData()
    memory.begin(description)
    price, quantity = 2**29, 2**28 + 1
    for _ in range(70):
        entries = tape.trade(START_MS, price, quantity)
        memory.apply(entries)
        projector.apply(entries, seq=tape.seq, record_no=tape.seq, clock_ms=START_MS)
    hour = bar_named("1H")
    assert hour is not None
    (row,) = MarketQueries(models).candles(0, hour, limit=9, clock_ms=START_MS)
    (expected,) = memory.candles(0, "1H", limit=9)
    models.close()

    assert 70 * price * quantity * UNIT_VALUE == row.quote_volume == expected.quote_volume
    assert row.quote_volume > 2**63


@pytest.mark.parametrize("far", [10**30, -(10**30), 2**63, -(2**63) - 1])
def test_bounds_beyond_64_bits_are_bounds(told: ReadModels, far: int) -> None:
    """Whatever a request says, it is answered."""
    orders, markets = OrderQueries(told), MarketQueries(told)
    minute = bar_named("1m")
    assert minute is not None
    is_after = far > 0

    assert (4 if is_after else 0) == len(orders.ended_orders(BOB, limit=9, after=far))
    assert (0 if is_after else 4) == len(orders.ended_orders(BOB, limit=9, before=far))
    assert (0 if is_after else 4) == len(orders.ended_orders(BOB, limit=9, begin_ms=far))
    assert (2 if is_after else 0) == len(orders.fills(BOB, limit=9, end_ms=far))
    assert (2 if is_after else 0) == len(markets.trades(0, limit=9, after=far))
    assert (2 if is_after else 0) == len(markets.trades(0, limit=9, before_ms=far))
    rows = markets.candles(0, minute, limit=9, clock_ms=START_MS, after=far, before=-far)

    assert (1 if is_after else 0) == len(rows)
    assert orders.order(BOB, far) is None
    assert [] == orders.fills(BOB, limit=9, order_id=far)
