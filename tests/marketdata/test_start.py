"""Starting from stored history: nothing is counted twice, nothing is left out."""

from __future__ import annotations

import pytest

from seawall.core.model.events import EntryEvents
from seawall.errors import ReadModelBehind
from seawall.marketdata import BARS, MarketData
from tests.marketdata.by_hand import DAY_MS, HOUR_MS, MINUTE_MS, UNIT_VALUE, Tape, at, market_of

NOON = at("2024-02-28T12:00")


class StoredRow:
    """A stored candle or trade as some read model has it."""

    def __init__(self, **values: int) -> None:
        self.__dict__.update(values)

    instrument_id: int
    trade_id: int
    seq: int
    open_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    quote_volume: int
    price: int
    quantity: int
    side: int
    time_ms: int


def stored_candles(trades: list[tuple[int, int, int]], period_ms: int) -> list[StoredRow]:
    """The stored periods of these trades."""
    rows: dict[int, StoredRow] = {}
    for time_ms, price, quantity in trades:
        start = time_ms // period_ms * period_ms
        row = rows.setdefault(
            start,
            StoredRow(
                instrument_id=0,
                open_ms=start,
                open=price,
                high=price,
                low=price,
                close=price,
                volume=0,
                quote_volume=0,
            ),
        )
        row.high = max(row.high, price)
        row.low = min(row.low, price)
        row.close = price
        row.volume += quantity
        row.quote_volume += price * quantity * UNIT_VALUE
    return [rows[start] for start in sorted(rows)]


def stored_trades(market: MarketData) -> list[StoredRow]:
    """The trades of a market, oldest first."""
    return [
        StoredRow(
            trade_id=one.trade_id,
            instrument_id=0,
            price=one.price,
            quantity=one.quantity,
            side=one.side,
            time_ms=one.time_ms,
            seq=one.seq,
        )
        for one in reversed(market.trades(0, limit=500))
    ]


def busy_tape() -> tuple[Tape, list[list[EntryEvents]]]:
    """Three days of trades, an hour and a half apart, some of them in bursts."""
    tape = Tape(clock_ms=NOON)
    entries = []
    for number in range(60):
        tape.clock_ms = NOON + number // 3 * 3 * HOUR_MS + number % 3 * 20_000
        entries.append(tape.trade(tape.clock_ms, 10 + number * 7 % 11, 1 + number % 4))
    return tape, entries


def check_same(expected: MarketData, actual: MarketData) -> None:
    """Both show the same."""
    assert expected.ticker(0) == actual.ticker(0)
    assert expected.trades(0, limit=500) == actual.trades(0, limit=500)
    for bar in BARS:
        assert expected.candles(0, bar.name, limit=300) == actual.candles(0, bar.name, limit=300)


@pytest.mark.parametrize(
    ("described", "kept"),
    [(0, 0), (0, 1), (0, 60), (1, 1), (1, 29), (25, 25), (25, 29), (25, 59), (25, 60)],
)
def test_history_and_events_together_equal_all_events(described: int, kept: int) -> None:
    """The read models stand anywhere after the checkpoint: each trade counts once."""
    tape, entries = busy_tape()
    whole = market_of(Tape(clock_ms=NOON))
    for pair in entries[:kept]:
        whole.apply(pair)
    market = MarketData()
    market.load_history(
        applied_seq=2 * kept,
        minutes=stored_candles(tape.trades[:kept], MINUTE_MS),
        hours=stored_candles(tape.trades[:kept], HOUR_MS),
        trades=stored_trades(whole),
    )
    description = Tape(clock_ms=NOON).description()[0]
    description.seq = 2 * described
    market.begin([description])
    for pair in entries[described:]:
        market.apply(pair)
    for pair in entries[kept:]:
        whole.apply(pair)

    check_same(whole, market)


def test_a_restart_after_a_quiet_day_has_an_empty_window() -> None:
    """Stored minutes older than 24 hours give the price, and no turnover."""
    tape = Tape(clock_ms=NOON)
    whole = market_of(tape)
    whole.apply(tape.trade(NOON, 9, 4))
    market = MarketData()
    market.load_history(
        applied_seq=2,
        minutes=stored_candles(tape.trades, MINUTE_MS),
        hours=stored_candles(tape.trades, HOUR_MS),
        trades=stored_trades(whole),
    )
    market.begin(Tape(clock_ms=NOON + 2 * DAY_MS, seq=2).description())
    whole.advance(NOON + 2 * DAY_MS)
    ticker = market.ticker(0)
    assert ticker is not None

    assert (9, 9, 0) == (ticker.last_price, ticker.open_24h, ticker.volume_24h)
    check_same(whole, market)


def test_a_history_that_ends_too_early_is_refused() -> None:
    """Trades between its end and the description would be missing from every candle, and nobody
    would know.
    """
    market = MarketData()
    market.load_history(applied_seq=4, minutes=[], hours=[], trades=[])

    with pytest.raises(ReadModelBehind, match="seq 5"):
        market.begin(Tape(clock_ms=NOON, seq=5).description())


def test_the_same_entries_twice_count_once() -> None:
    """A consumer that changes to another stream may see the end of the first one again."""
    tape = Tape(clock_ms=NOON)
    market = market_of(tape)
    pair = tape.trade(NOON, 5, 3)
    market.apply(pair)
    market.apply(pair)
    ticker = market.ticker(0)
    assert ticker is not None

    assert (3, 1, 2) == (ticker.volume_24h, len(market.trades(0, limit=9)), market.applied_seq)


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({}, [4, 3, 2, 1, 0]),
        ({"limit": 2}, [4, 3]),
        ({"limit": 0}, []),
        ({"after": 3}, [2, 1, 0]),
        ({"after": 0}, []),
        ({"before": 1}, [4, 3, 2]),
        ({"before": 4}, []),
        ({"after": 4, "before": 1}, [3, 2]),
        ({"after": 3, "limit": 1}, [2]),
    ],
)
def test_pages_of_trades(bounds: dict[str, int], expected: list[int]) -> None:
    """`after` is older than an id, `before` newer, both exclude it; newest first."""
    tape = Tape(clock_ms=NOON)
    market = market_of(tape)
    for price in range(5):
        market.apply(tape.trade(NOON, price + 1))
    ids = [one.trade_id for one in reversed(market.trades(0, limit=9))]
    limit = bounds.get("limit", 100)
    after = ids[bounds["after"]] if "after" in bounds else None
    before = ids[bounds["before"]] if "before" in bounds else None
    rows = market.trades(0, limit=limit, after=after, before=before)

    assert expected == [row.price - 1 for row in rows]
