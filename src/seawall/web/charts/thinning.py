"""Fewer points that draw the same line: what no column of the picture can show is left out."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

import msgspec

from seawall.web.charts.scales import Linear

Point = tuple[int, int]  # (clock_ms, value); a value of 0 is a gap where the line has gaps
_PER_COLUMN_MIN: Final = 4  # a column keeps its first, lowest, highest and last point


def clipped(points: Sequence[Point], *, from_ms: int, to_ms: int) -> list[Point]:
    """The points inside a window; the value that stood when it began stands at its beginning."""
    begin = bisect_left(points, from_ms, key=_moment)
    inside = list(points[begin : bisect_right(points, to_ms, key=_moment)])
    if begin and (not inside or inside[0][0] > from_ms):
        inside.insert(0, (from_ms, points[begin - 1][1]))
    return inside


def _moment(point: Point) -> int:
    return point[0]


def thinned(points: Sequence[Point], *, from_ms: int, to_ms: int, columns: int) -> list[Point]:
    """The points that a picture of so many columns can show: of each column the first, the last,
    the lowest and the highest, in order. Repeated values are dropped first, but for the last point.
    """
    changes = [
        point
        for index, point in enumerate(points)
        if index in (0, len(points) - 1) or point[1] != points[index - 1][1]
    ]
    if len(changes) <= columns * _PER_COLUMN_MIN:
        return changes
    scale = Linear(from_ms, to_ms, 0, columns - 1)
    kept: list[Point] = []
    column: list[Point] = []
    for point in changes:
        if column and scale.place(point[0]) != scale.place(column[0][0]):
            kept += _extremes(column)
            column = []
        column.append(point)
    return kept + _extremes(column)


def _extremes(column: list[Point]) -> list[Point]:
    values = [value for _, value in column]
    wanted = {0, len(column) - 1, values.index(min(values)), values.index(max(values))}
    return [column[index] for index in sorted(wanted)]


class Bar(msgspec.Struct, frozen=True):
    """Neighbouring ticks added up: the first one's time, and sums by column."""

    clock_ms: int
    sums: tuple[int, ...]


def merged(bars: Sequence[Bar], most: int) -> tuple[list[Bar], int]:
    """At most so many bars, each the sum of as many neighbours; and how many neighbours.

    Bars of zeros at both ends are dropped first.
    """
    filled = [index for index, bar in enumerate(bars) if any(bar.sums)]
    if not filled:
        return [], 1
    bars = bars[filled[0] : filled[-1] + 1]
    size = -(-len(bars) // most)
    groups = [bars[start : start + size] for start in range(0, len(bars), size)]
    return [
        Bar(group[0].clock_ms, tuple(map(sum, zip(*(bar.sums for bar in group), strict=True))))
        for group in groups
    ], size
