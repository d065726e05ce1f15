"""Candles and the rolling 24 hours, against a recomputation from all trades."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.marketdata import BARS, CandleView, MarketData
from tests.marketdata.by_hand import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    Tape,
    at,
    market_of,
    naive_candles,
    naive_start,
)

NOON = at("2024-02-28T12:00")
GAPS_MS = [0, 1, 400, MINUTE_MS - 1, MINUTE_MS, 7 * MINUTE_MS, HOUR_MS, 5 * HOUR_MS, DAY_MS]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(GAPS_MS),
        st.sampled_from([0, 0, 0, 1, 999]),  # how far the trade's stamp is behind the newest one
        st.integers(1, 20),
        st.integers(1, 5),
    ),
    max_size=25,
)


def play(steps: list[tuple[int, int, int, int]]) -> tuple[Tape, MarketData]:
    """Trades with gaps and with stamps that run back by up to a second, as the clock allows."""
    tape = Tape(clock_ms=NOON)
    market = market_of(tape)
    now_ms = NOON
    for gap_ms, back_ms, price, quantity in steps:
        now_ms += gap_ms
        tape.clock_ms = max(tape.clock_ms, now_ms - 1_000)
        time_ms = max(now_ms - back_ms, tape.clock_ms)
        market.apply(tape.trade(time_ms, price, quantity))
    return tape, market


def newest(market: MarketData, name: str, limit: int = 300) -> list[CandleView]:
    """The newest candles of a bar."""
    return market.candles(0, name, limit=limit)


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(steps=STEPS, later_ms=st.sampled_from([0, 1_000, MINUTE_MS, DAY_MS]))
def test_candles_of_every_bar_equal_a_recomputation(
    steps: list[tuple[int, int, int, int]], later_ms: int
) -> None:
    """Kept trade by trade, they must be what all trades together make."""
    tape, market = play(steps)
    market.advance(tape.clock_ms + later_ms)
    for bar in BARS:
        expected = naive_candles(bar.name, tape.trades, market.clock_ms)[:300]

        assert expected == newest(market, bar.name), bar.name


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(
    steps=STEPS, later_ms=st.sampled_from([0, MINUTE_MS, DAY_MS - MINUTE_MS, DAY_MS, 3 * DAY_MS])
)
def test_the_ticker_is_the_fold_of_1440_minutes(
    steps: list[tuple[int, int, int, int]], later_ms: int
) -> None:
    """Volumes and extremes must leave the window with the minute they were in, not earlier or
    later.
    """
    tape, market = play(steps)
    market.ticker(0)  # reading in between must not matter
    market.advance(tape.clock_ms + later_ms)
    ticker = market.ticker(0)
    assert ticker is not None
    minutes = naive_candles("1m", tape.trades, market.clock_ms)[:1_440]

    assert ticker.volume_24h == sum(row.volume for row in minutes)
    assert ticker.quote_volume_24h == sum(row.quote_volume for row in minutes)
    assert ticker.high_24h == max((row.high for row in minutes), default=0)
    assert ticker.low_24h == min((row.low for row in minutes), default=0)
    assert ticker.open_24h == (minutes[-1].open if minutes else 0)
    if tape.trades:
        assert (ticker.last_price, ticker.last_quantity) == tape.trades[-1][1:]
        for name, actual in (("1Dutc", ticker.open_utc0), ("1D", ticker.open_utc8)):
            assert naive_candles(name, tape.trades, market.clock_ms)[0].open == actual


def test_a_trade_leaves_the_ticker_after_24_hours_to_the_minute() -> None:
    """The boundary itself, by hand."""
    tape = Tape(clock_ms=NOON)
    market = market_of(tape)
    market.apply(tape.trade(NOON + 30_000, 9, 2))
    market.apply(tape.trade(NOON + MINUTE_MS, 5, 3))
    market.advance(NOON + DAY_MS - 1)
    before = market.ticker(0)
    market.advance(NOON + DAY_MS)
    after = market.ticker(0)
    assert before is not None and after is not None

    assert (before.volume_24h, before.open_24h, before.high_24h, before.low_24h) == (5, 9, 9, 5)
    assert (after.volume_24h, after.open_24h, after.high_24h, after.low_24h) == (3, 5, 5, 5)


def test_a_quiet_day_is_flat_at_the_last_price() -> None:
    """Nobody traded: the price is still the last one, and the turnover is nothing."""
    tape = Tape(clock_ms=NOON)
    market = market_of(tape)
    market.apply(tape.trade(NOON, 9, 2))
    market.advance(NOON + 3 * DAY_MS)
    ticker = market.ticker(0)
    assert ticker is not None

    assert (9, 9, 9, 9) == (
        ticker.last_price,
        ticker.open_24h,
        ticker.high_24h,
        ticker.low_24h,
    )
    assert (0, 0) == (ticker.volume_24h, ticker.quote_volume_24h)
    assert (9, 9) == (ticker.open_utc0, ticker.open_utc8)


def test_a_candle_is_confirmed_by_the_clock_and_not_by_a_later_trade() -> None:
    """A stamp may run a second ahead of the clock; the minute before may still get a trade."""
    tape = Tape(clock_ms=NOON + 59_500)
    market = market_of(tape)
    market.apply(tape.trade(NOON + 60_100, 5, 1))
    market.apply(tape.trade(NOON + 59_900, 8, 1))
    rows = newest(market, "1m")

    assert [(NOON + MINUTE_MS, 5, False), (NOON, 8, False)] == [
        (row.open_ms, row.close, row.is_confirmed) for row in rows
    ]

    market.advance(NOON + MINUTE_MS)
    assert [False, True] == [row.is_confirmed for row in newest(market, "1m")]


def check_page(expected: list[int], **bounds: int) -> None:
    """The starts, in minutes after noon, of a page of ten quiet minutes with two trades."""
    tape = Tape(clock_ms=NOON)
    market = market_of(tape)
    market.apply(tape.trade(NOON + MINUTE_MS, 5))
    market.apply(tape.trade(NOON + 4 * MINUTE_MS, 6))
    market.advance(NOON + 9 * MINUTE_MS)
    limit = bounds.pop("limit", 100)
    times = {name: NOON + minutes for name, minutes in bounds.items()}
    rows = market.candles(0, "1m", limit=limit, **times)

    assert expected == [(row.open_ms - NOON) // MINUTE_MS for row in rows]


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({}, [9, 8, 7, 6, 5, 4, 3, 2, 1]),
        ({"limit": 2}, [9, 8]),
        ({"limit": 0}, []),
        ({"after": 4 * MINUTE_MS}, [3, 2, 1]),
        ({"after": 4 * MINUTE_MS + 1}, [4, 3, 2, 1]),
        ({"after": MINUTE_MS + 1}, [1]),
        ({"after": MINUTE_MS}, []),
        ({"after": -NOON}, []),
        ({"after": -(10**30)}, []),
        ({"after": 10**30}, [9, 8, 7, 6, 5, 4, 3, 2, 1]),
        ({"before": 7 * MINUTE_MS}, [9, 8]),
        ({"before": 7 * MINUTE_MS - 1}, [9, 8, 7]),
        ({"before": 10**30}, []),
        ({"before": -(10**30), "limit": 1}, [9]),
        ({"after": 6 * MINUTE_MS, "before": 3 * MINUTE_MS}, [5, 4]),
        ({"after": 3 * MINUTE_MS, "before": 6 * MINUTE_MS}, []),
    ],
)
def test_pages(bounds: dict[str, int], expected: list[int]) -> None:
    """`after` is older than, `before` is newer than, both exclude; no request can break it."""
    check_page(expected, **bounds)


def test_memory_is_bounded_and_keeps_the_newest() -> None:
    """A market that trades every minute for days must not grow."""
    tape = Tape(clock_ms=NOON)
    market = market_of(tape)
    for minute in range(1_500):
        tape.clock_ms = NOON + minute * MINUTE_MS
        market.apply(tape.trade(tape.clock_ms, minute + 1))
    rows = newest(market, "1m", limit=10_000)
    ticker = market.ticker(0)
    assert ticker is not None

    assert 1_440 == len(rows)
    assert (1_500, 61) == (rows[0].close, rows[-1].close)
    assert (61, 1_500, 61, 1_440) == (
        ticker.open_24h,
        ticker.high_24h,
        ticker.low_24h,
        ticker.volume_24h,
    )
    assert 480 == len(newest(market, "3m", limit=10_000))


def test_unknown_bar_or_instrument_has_no_candles() -> None:
    """Nothing that is asked for may raise."""
    market = market_of(Tape(clock_ms=NOON))

    assert [] == market.candles(0, "1Y", limit=1) == market.candles(9, "1m", limit=1)
    assert [] == market.candles(0, "1m", limit=1)
    assert naive_start("1m", NOON) == NOON
