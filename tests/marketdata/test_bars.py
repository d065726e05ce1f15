"""The calendar of candles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.marketdata import BARS, Bar, bar_named
from tests.marketdata.by_hand import at, naive_start

NAMES = [bar.name for bar in BARS]


def bar_of(name: str) -> Bar:
    """The bar; it must be there."""
    bar = bar_named(name)
    assert bar is not None
    return bar


def test_every_v5_name_is_there() -> None:
    """A client that asks for a bar it knows from elsewhere must not be refused."""
    expected = "1m 3m 5m 15m 30m 1H 2H 4H 6H 12H 1D 1W 1M 6Hutc 12Hutc 1Dutc 1Wutc 1Mutc"

    assert sorted(expected.split()) == sorted(NAMES)


@pytest.mark.parametrize("name", ["", "1d", "2m", "1Hutc", "1M ", "1Yutc"])
def test_other_names_are_not(name: str) -> None:
    """Minutes and months differ by one letter's case; nothing is guessed."""
    assert bar_named(name) is None


@pytest.mark.parametrize(
    ("name", "time", "start"),
    [
        ("1D", "2024-03-01T15:59", "2024-02-29T16:00"),
        ("1D", "2024-03-01T16:00", "2024-03-01T16:00"),
        ("1Dutc", "2024-03-01T23:59", "2024-03-01T00:00"),
        ("6H", "2024-03-01T03:59", "2024-02-29T22:00"),
        ("6H", "2024-03-01T04:00", "2024-03-01T04:00"),
        ("6Hutc", "2024-03-01T05:59", "2024-03-01T00:00"),
        ("12H", "2024-03-01T04:00", "2024-03-01T04:00"),
        ("4H", "2024-03-01T04:00", "2024-03-01T04:00"),
        ("1W", "2024-03-03T15:59", "2024-02-25T16:00"),
        ("1W", "2024-03-03T16:00", "2024-03-03T16:00"),
        ("1Wutc", "2024-03-03T23:59", "2024-02-26T00:00"),
        ("1Wutc", "2024-03-04T00:00", "2024-03-04T00:00"),
        ("1M", "2024-02-29T15:59", "2024-01-31T16:00"),
        ("1M", "2024-02-29T16:00", "2024-02-29T16:00"),
        ("1Mutc", "2024-02-29T23:59", "2024-02-01T00:00"),
        ("1Mutc", "2023-12-31T23:59", "2023-12-01T00:00"),
    ],
)
def test_long_bars_count_in_their_time_zone(name: str, time: str, start: str) -> None:
    """A day of the plain bar begins at midnight UTC+8; a chart that is off by eight hours is wrong
    all day.
    """
    assert at(start) == bar_of(name).start_of(at(time))


@pytest.mark.parametrize("name", NAMES)
@given(time_ms=st.integers(0, 4_102_444_800_000))
def test_a_start_agrees_with_the_calendar(name: str, time_ms: int) -> None:
    """For any time of more than a century, as a calendar of another make says it."""
    assert naive_start(name, time_ms) == bar_of(name).start_of(time_ms)


@pytest.mark.parametrize("name", NAMES)
@given(time_ms=st.integers(0, 4_102_444_800_000))
def test_periods_follow_each_other_without_gap(name: str, time_ms: int) -> None:
    """Every moment belongs to exactly one period."""
    bar = bar_of(name)
    start = bar.start_of(time_ms)
    end = bar.next_start(start)

    assert start <= time_ms < end
    assert end == bar.start_of(end)
    assert start == bar.start_of(end - 1) == bar.previous_start(end)
