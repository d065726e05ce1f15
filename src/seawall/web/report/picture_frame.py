"""What the pictures of a report share: sizes, the axis of time, the line of the freeze."""

from __future__ import annotations

from typing import Final

from seawall.web import numbers
from seawall.web.charts.scales import Linear, time_ticks
from seawall.web.charts.shapes import Frame, Shape, label, line
from seawall.web.texts import say

TENTHS: Final = 10
WIDE: Final = "wide"
NARROW: Final = "narrow"
WIDTHS: Final = {WIDE: 940, NARROW: 360}
SIZES: Final = (WIDE, NARROW)
COLUMNS_MAX: Final = {WIDE: 160, NARROW: 80}
COLUMNS_OF_ALL_LINES: Final = {
    WIDE: 1_000,
    NARROW: 500,
}  # so that a page has a size, whatever it shows
COLUMNS_MIN: Final = 8
LETTER: Final = 78  # tenths of a unit: the width of a digit of an axis in a wide typeface


def columns_of(size: str, lines: int) -> int:
    """How finely each of so many lines is drawn."""
    share = COLUMNS_OF_ALL_LINES[size] // max(lines, 1)
    return max(COLUMNS_MIN, min(COLUMNS_MAX[size], share))


def frame_of(size: str, *, height: int, left: int, right: int, top: int, bottom: int) -> Frame:
    """A frame with margins, all in units."""
    width = WIDTHS[size]
    return Frame(
        width=width * TENTHS,
        height=height * TENTHS,
        left=left * TENTHS,
        right=(width - right) * TENTHS,
        top=top * TENTHS,
        bottom=(height - bottom) * TENTHS,
    )


def time_axis(frame: Frame, times: Linear, *, most: int) -> list[Shape]:
    """The axis below a plot, with at most so many moments."""
    shapes = [line("axis", x1=frame.left, y1=frame.bottom, x2=frame.right, y2=frame.bottom)]
    for moment in time_ticks(times.low, times.high, most):
        x = times.place(moment)
        shapes += [
            line("axis", x1=x, y1=frame.bottom, x2=x, y2=frame.bottom + 50),
            label("ax", numbers.clock(moment), x=x, y=frame.bottom + 190, anchor="middle"),
        ]
    return shapes


def freeze_line(frame: Frame, x: int, *, y: int) -> list[Shape]:
    """The moment of the freeze, with its word at a height."""
    is_right = x > (frame.left + frame.right) // 2
    return [
        line("freeze", x1=x, y1=frame.top, x2=x, y2=frame.bottom),
        label(
            "word freeze-word",
            say("damage.freeze"),
            x=x - 70 if is_right else x + 70,
            y=y,
            anchor="end" if is_right else "start",
        ),
    ]
