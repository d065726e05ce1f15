"""Rows of random pasts, against a recomputation that goes through all events one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.core.model.enums import CancelReason, Side
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import BalanceChanged, InstrumentListed
from seawall.core.model.order_events import OrderAccepted, OrderAmended, OrderCancelled, OrderFilled
from seawall.marketdata import BARS, MarketData
from seawall.projections import AccountQueries, MarketQueries, OrderQueries, ReadModels
from tests.laws.worlds import FLAVOURS, seeds
from tests.projections.past import Past, dump, opened, projected, random_past

ALL = 10**6
Facts = dict[str, Any]


def naive_orders(past: Past) -> dict[int, Facts]:
    """Each order's life, from its own events."""
    units: dict[int, int] = {}
    orders: dict[int, Facts] = {}
    for entry in [*past.description, *past.entries()]:
        for event in entry.events:
            if isinstance(event, InstrumentListed):
                units[event.instrument_id] = event.unit_value
            elif isinstance(event, OrderAccepted):
                orders[event.order_id] = {
                    "account_id": event.account_id,
                    "client_id": event.client_id.rstrip(b"\0"),
                    "price": event.limit_price,
                    "quantity": event.quantity,
                    "is_quote_sized": event.quote_amount > 0,
                    "fills": [],
                    "open": event.quantity,
                    "ended": None,
                    "created_ns": entry.time_ns,
                }
            elif isinstance(event, OrderFilled):
                notional = event.price * event.quantity * units[event.instrument_id]
                for order_id, fee, open_after, is_maker in (
                    (event.maker_order_id, event.maker_fee, event.maker_open, True),
                    (event.taker_order_id, event.taker_fee, event.taker_open, False),
                ):
                    fill = (event.trade_id, event.price, event.quantity, notional, fee, is_maker)
                    orders[order_id]["fills"].append(fill)
                    orders[order_id]["open"] = open_after
            elif isinstance(event, OrderCancelled):
                orders[event.order_id]["ended"] = event.reason
            elif isinstance(event, OrderAmended):
                orders[event.order_id]["price"] = event.limit_price
                orders[event.order_id]["quantity"] = event.quantity
                orders[event.order_id]["open"] = event.quantity_open
    return orders


def naive_state(facts: Facts) -> str:
    """The state that a trader would call it."""
    if facts["ended"] is None:
        if facts["open"] == 0:
            return "filled"
        return "partially_filled" if facts["fills"] else "live"
    is_bought = facts["ended"] == CancelReason.QUOTE_LEFTOVER and facts["fills"]
    return "filled" if is_bought else "cancelled"


def check_orders(models: ReadModels, past: Past) -> None:
    """Every order and its fills are as its events say."""
    queries = OrderQueries(models)
    for order_id, facts in naive_orders(past).items():
        row = queries.order(facts["account_id"], order_id)
        assert row is not None
        state = naive_state(facts)

        assert (state, facts["client_id"]) == (row.state, row.client_id)
        assert (facts["price"], facts["quantity"]) == (row.limit_price, row.quantity)
        assert sum(fill[2] for fill in facts["fills"]) == row.quantity_filled
        assert sum(fill[3] for fill in facts["fills"]) == row.notional_filled
        assert sum(fill[4] for fill in facts["fills"]) == row.fee
        assert facts["created_ns"] == row.created_ns
        assert (facts["ended"] if state == "cancelled" else None) == row.cancel_reason
        if state in ("live", "partially_filled"):
            assert facts["open"] == row.quantity_open
        if facts["fills"]:
            trade_id, price, quantity, _, _, is_maker = facts["fills"][-1]

            assert (trade_id, price) == (row.last_trade_id, row.last_price)
            assert (quantity, is_maker) == (row.last_quantity, row.last_is_maker)
        shown = queries.fills(facts["account_id"], order_id=order_id, limit=ALL)

        assert [(one[0], one[1], one[2], one[4], one[5]) for one in facts["fills"][::-1]] == [
            (one.trade_id, one.price, one.quantity, one.fee, one.is_maker) for one in shown
        ]
        assert all(fill.fee_asset_id == row.fee_asset_id for fill in shown)
        assert all(fill.client_id == row.client_id for fill in shown)


@pytest.mark.slow
@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("seed", seeds(1, 30))
def test_orders_and_fills_are_what_their_events_say(
    flavour: str, seed: int, tmp_path: Path
) -> None:
    """A trader's history is his evidence; it must hold whatever happened to the order."""
    past = random_past(flavour, seed)
    models = projected(tmp_path, past)
    check_orders(models, past)
    models.close()


@pytest.mark.slow
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_balances_equal_the_engines_and_sum_to_zero(flavour: str, tmp_path: Path) -> None:
    """Money is neither made nor lost on the way into the read models."""
    past = random_past(flavour, 4)
    models = projected(tmp_path, past)
    queries = AccountQueries(models)
    sums = queries.balance_sums()
    expected = {
        (event.account_id, event.kind, event.asset_id): (event.balance, event.held)
        for event in read_entries(past.engine.describe())[0].events
        if isinstance(event, BalanceChanged)
    }
    actual = {
        (row.account_id, row.kind, row.asset_id): (row.balance, row.held)
        for account_id in range(20)
        for row in queries.balances(account_id)
        if (row.balance, row.held) != (0, 0)
    }
    models.close()

    assert expected == actual
    assert sums and set(sums.values()) == {0}


@pytest.mark.slow
@pytest.mark.parametrize("flavour", ["plain", "rebates", "huge", "junk"])
def test_a_rebuild_equals_what_was_written_bit_by_bit(flavour: str, tmp_path: Path) -> None:
    """Rows do not depend on how entries were grouped, so read models may be dropped at any time."""
    past = random_past(flavour, 9)
    dumps = []
    for group in (1, 13, ALL):
        folder = tmp_path / str(group)
        folder.mkdir()
        models = projected(folder, past, group=group)
        dumps.append(dump(models))
        models.close()

    assert dumps[0] == dumps[1] == dumps[2]
    assert dumps[0]["fills"] and dumps[0]["candles_1m"]


@pytest.mark.slow
@pytest.mark.parametrize("flavour", ["plain", "rebates", "huge", "poor"])
@pytest.mark.parametrize("cut", [0, 31, 80])
def test_market_data_from_the_read_models_equals_uninterrupted(
    flavour: str, cut: int, tmp_path: Path
) -> None:
    """A process that starts from stored history shows what one shows that saw every event."""
    past = random_past(flavour, 2)
    whole = MarketData()
    whole.begin(past.description)
    early = Past(past.genesis, past.engine, past.description, past.batches[:cut])
    models = projected(tmp_path, early)
    recent = MarketQueries(models).recent(minutes_ms=ALL, hours_ms=ALL, trades=500)
    models.close()
    market = MarketData()
    market.load_history(
        applied_seq=recent.applied_seq,
        minutes=recent.minutes,
        hours=recent.hours,
        trades=recent.trades,
    )
    market.begin(past.description)
    for entries, _, clock_ms in past.batches:
        for one in (whole, market):
            one.apply(entries)
            one.advance(clock_ms)
    for instrument_id in whole.instrument_ids():
        assert whole.ticker(instrument_id) == market.ticker(instrument_id)
        assert whole.book(instrument_id, ALL) == market.book(instrument_id, ALL)
        assert whole.trades(instrument_id, limit=500) == market.trades(instrument_id, limit=500)
        for bar in BARS:
            expected = whole.candles(instrument_id, bar.name, limit=300)

            assert expected == market.candles(instrument_id, bar.name, limit=300)


@pytest.mark.parametrize("flavour", ["plain", "huge"])
def test_candle_pages_equal_those_of_market_data(flavour: str, tmp_path: Path) -> None:
    """Memory and read models must agree where they overlap, or a chart has a seam."""
    past = random_past(flavour, 6)
    market = MarketData()
    market.begin(past.description)
    for entries, _, clock_ms in past.batches:
        market.apply(entries)
        market.advance(clock_ms)
    models = projected(tmp_path, past)
    queries = MarketQueries(models)
    for instrument_id in market.instrument_ids():
        for bar in BARS:
            rows = queries.candles(instrument_id, bar, limit=300, clock_ms=market.clock_ms)
            expected = market.candles(instrument_id, bar.name, limit=300)

            assert [_fields(one) for one in expected] == [_fields(one) for one in rows]
    models.close()


def _fields(row: Any) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in row.__struct_fields__)


def test_empty_read_models_answer_everything(tmp_path: Path) -> None:
    """A reader may be the first to come."""
    models = opened(tmp_path)
    markets, orders = MarketQueries(models), OrderQueries(models)
    recent = markets.recent(minutes_ms=1, hours_ms=1, trades=1)

    assert markets.progress() is None
    assert [] == markets.trades(0, limit=5) == orders.ended_orders(1, limit=5)
    assert [] == markets.candles(0, BARS[0], limit=5, clock_ms=5)
    assert (0, []) == (recent.applied_seq, recent.trades)
    assert (-1, []) == (
        orders.recent(since_ms=0).applied_seq,
        orders.recent(since_ms=0).orders,
    )
    assert {} == AccountQueries(models).balance_sums()
    models.close()


def test_sides_of_a_fill_are_opposite(tmp_path: Path) -> None:
    """Maker and taker see a trade from two sides; each fee is in what its side received."""
    past = random_past("plain", 1)
    models = projected(tmp_path, past)
    rows = dump(models)["fills"]
    models.close()
    by_trade: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        by_trade.setdefault(row[0], []).append(row)
    assert by_trade
    for taker, maker in by_trade.values():
        assert (0, 1) == (taker[1], maker[1])
        assert {Side.BUY, Side.SELL} == {taker[4], maker[4]}
        assert taker[6] != maker[6]
