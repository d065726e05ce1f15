"""The third picture: the equity of a victim, as it happened and as repaired."""

from __future__ import annotations

from seawall.web import numbers
from seawall.web.charts.scales import Linear, linear_ticks
from seawall.web.charts.shapes import Chart, Frame, Shape, label, line, step_line
from seawall.web.charts.thinning import Point, thinned
from seawall.web.report.picture_frame import (
    LETTER,
    TENTHS,
    WIDE,
    columns_of,
    frame_of,
    time_axis,
)
from seawall.web.report.repair_figures import Victim
from seawall.web.texts import say


def equity_window(victim: Victim) -> tuple[int, int]:
    """From the first point of either line to the last."""
    times = [moment for moment, _ in (*victim.equity_actual, *victim.equity_repaired)]
    begin, end = min(times), max(*times, victim.repaired_ms)
    return begin, end if end > begin else begin + 1_000


def thinned_equity(victim: Victim, size: str) -> tuple[list[Point], list[Point]]:
    """Both lines with as many points as a picture of a size can show."""
    begin, end = equity_window(victim)
    columns = columns_of(size, 2)
    return (
        thinned(victim.equity_actual, from_ms=begin, to_ms=end, columns=columns),
        thinned(victim.equity_repaired, from_ms=begin, to_ms=end, columns=columns),
    )


def equity_chart(victim: Victim, size: str) -> Chart:
    """Equity as it happened, dashed, and as repaired, solid."""
    actual, repaired = thinned_equity(victim, size)
    begin, end = equity_window(victim)
    values = [units for _, units in (*actual, *repaired)]
    low, high = min(values), max(values)
    room = max((high - low) * 12 // 100, 1)
    low, high = low - room, high + room
    is_wide = size == WIDE
    ticks = linear_ticks(low, high, 5)
    scale_digits = victim.equity_scale
    words = [numbers.number(tick, scale_digits).text().removesuffix(".00") for tick in ticks]
    left = max((len(word) for word in words), default=1) * LETTER // TENTHS + 14
    frame = frame_of(size, height=240 if is_wide else 220, left=left, right=16, top=24, bottom=30)
    times = Linear(begin, end, frame.left, frame.right)
    scale = Linear(low, high, frame.bottom, frame.top)
    shapes: list[Shape] = []
    for tick, word in zip(ticks, words, strict=True):
        y = scale.place(tick)
        shapes += [
            line("grid", x1=frame.left, y1=y, x2=frame.right, y2=y),
            label("ax", word, x=frame.left - 80, y=y + 40, anchor="end"),
        ]
    shapes += time_axis(frame, times, most=6 if is_wide else 3)
    for css, points, until in (
        ("ln as-repaired", repaired, end),
        ("ln as-happened", actual, max(victim.repaired_ms, actual[-1][0])),
    ):
        places: list[tuple[int, int] | None] = [
            (times.place(moment), scale.place(units)) for moment, units in points
        ]
        places.append((times.place(until), scale.place(points[-1][1])))
        shapes.append(step_line(css, places))
    shapes += _equity_words(victim, frame, times, scale)
    return Chart(
        name="equity",
        size=size,
        frame=frame,
        summary=equity_summary(victim),
        from_ms=begin,
        to_ms=end,
        shapes=tuple(shapes),
    )


def _equity_words(victim: Victim, frame: Frame, times: Linear, scale: Linear) -> list[Shape]:
    moment, lowest = min(victim.equity_actual, key=lambda point: point[1])
    x, y = times.place(moment), scale.place(lowest)
    best = min(scale.place(units) for _, units in victim.equity_repaired)
    mark = times.place(victim.repaired_ms)
    is_late = mark > frame.right - 1_100
    return [
        label("word happened-word", say("victim.line_actual"), x=x + 80, y=y - 80),
        label("word guarded-word", say("victim.line_repaired"), x=frame.left + 60, y=best - 80),
        line("freeze", x1=mark, y1=frame.top, x2=mark, y2=frame.bottom),
        label(
            "word freeze-word",
            say("victim.mark_repaired", time=numbers.clock(victim.repaired_ms)),
            x=mark - 70 if is_late else mark + 70,
            y=frame.bottom - 90,
            anchor="end" if is_late else "start",
        ),
    ]


def equity_summary(victim: Victim) -> str:
    """The third picture in one sentence."""
    scale = victim.equity_scale
    return say(
        "victim.equity_summary",
        account=victim.account,
        asset=victim.equity_asset,
        low=numbers.number(min(units for _, units in victim.equity_actual), scale).text(),
        end=numbers.number(victim.equity_repaired[-1][1], scale).text(),
    )
