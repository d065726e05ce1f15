"""Stored minutes and hours into a page of candles of any bar, without holes."""

from collections.abc import Iterable
from typing import Protocol

from seawall.projections.rows import CandlePageRow, StoredCandle


class BarCalendar(Protocol):
    """When the periods of a bar begin and end (ms, UTC); market data's `Bar` is one."""

    @property
    def is_hourly(self) -> bool:
        """Whether its periods are made of whole hours, else of whole minutes."""

    def start_of(self, time_ms: int) -> int:
        """Start of the period that contains a time."""

    def next_start(self, start_ms: int) -> int:
        """Start of the period after one."""

    def previous_start(self, start_ms: int) -> int:
        """Start of the period before one."""


def page_starts(
    bar: BarCalendar,
    *,
    first_ms: int,
    last_ms: int,
    after: int | None,
    before: int | None,
    limit: int,
) -> list[int]:
    """The starts of a page, newest first: at most `limit` periods from `first_ms` to `last_ms`.

    They start before `after` and later than `before`.
    """
    start = bar.start_of(last_ms)
    oldest = bar.start_of(first_ms)
    if after is not None and after <= start:
        if after <= oldest:
            return []
        start = bar.start_of(after - 1)
    floor = oldest if before is None else max(oldest, before + 1)
    starts: list[int] = []
    while start >= floor and len(starts) < limit:
        starts.append(start)
        start = bar.previous_start(start)
    return starts


def page_of(
    bar: BarCalendar,
    starts: list[int],
    stored: Iterable[StoredCandle],
    *,
    carried: int,
    clock_ms: int,
) -> list[CandlePageRow]:
    """The candles of the periods `starts` (newest first) from stored ones (oldest first).

    `carried` is the close before the first of them, which flat periods at the beginning have.
    """
    by_start: dict[int, list[StoredCandle]] = {}
    for candle in stored:
        by_start.setdefault(bar.start_of(candle.open_ms), []).append(candle)
    rows: list[CandlePageRow] = []
    for start in reversed(starts):
        parts = by_start.get(start, [])
        if parts:
            carried = parts[-1].close
        rows.append(
            CandlePageRow(
                open_ms=start,
                open=parts[0].open if parts else carried,
                high=max((part.high for part in parts), default=carried),
                low=min((part.low for part in parts), default=carried),
                close=carried,
                volume=sum(part.volume for part in parts),
                quote_volume=sum(part.quote_volume for part in parts),
                is_confirmed=clock_ms >= bar.next_start(start),
            )
        )
    rows.reverse()
    return rows
