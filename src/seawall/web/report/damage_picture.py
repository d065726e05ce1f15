"""The second picture: liquidations and stops per tick, and the freeze."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from seawall.web import numbers
from seawall.web.charts.scales import Linear
from seawall.web.charts.shapes import Chart, Frame, Shape, box, label, line
from seawall.web.charts.thinning import Bar, merged
from seawall.web.report.figures import Report, Tick
from seawall.web.report.picture_frame import WIDE, frame_of, freeze_line, time_axis
from seawall.web.texts import say

BARS_MAX: Final = 60


def damage_bars(ticks: tuple[Tick, ...]) -> tuple[list[Bar], int]:
    """The bars of the second picture, and how many ticks each stands for."""
    return merged(
        [
            Bar(
                tick.clock_ms,
                (
                    tick.wrongful_liquidations,
                    tick.liquidations - tick.wrongful_liquidations,
                    tick.wrongful_triggers,
                    tick.triggers - tick.wrongful_triggers,
                ),
            )
            for tick in ticks
        ],
        BARS_MAX,
    )


def tick_of(bar: Bar) -> Tick:
    """A bar as one tick, for those who read the figures of the picture."""
    wrongful_liquidations, rightful_liquidations, wrongful_triggers, rightful_triggers = bar.sums
    return Tick(
        clock_ms=bar.clock_ms,
        liquidations=wrongful_liquidations + rightful_liquidations,
        wrongful_liquidations=wrongful_liquidations,
        triggers=wrongful_triggers + rightful_triggers,
        wrongful_triggers=wrongful_triggers,
    )


def damage_chart(report: Report, size: str) -> Chart | None:
    """Liquidations and stops per tick, wrongful ones filled, and the freeze; None without any."""
    bars, _ = damage_bars(report.ticks)
    if not bars:
        return None
    is_wide = size == WIDE
    frame = frame_of(size, height=300, left=52 if is_wide else 44, right=16, top=26, bottom=30)
    step = min(
        (later.clock_ms - one.clock_ms for one, later in pairwise(bars)),
        default=1_000,
    )
    freeze_ms = report.freeze.clock_ms if report.freeze is not None else 0
    begin = bars[0].clock_ms - step
    end = max(bars[-1].clock_ms, freeze_ms) + 2 * step
    times = Linear(begin, end, frame.left, frame.right)
    middle = (frame.top + frame.bottom) // 2
    panels = (
        (0, say("damage.liquidations"), frame.top, middle - 150),
        (2, say("damage.triggers"), middle + 200, frame.bottom),
    )
    shapes: list[Shape] = []
    for first, name, top, bottom in panels:
        shapes += _panel(bars, first, name, frame, times, top=top, bottom=bottom, step=step)
    shapes += time_axis(frame, times, most=8 if is_wide else 4)
    if begin <= freeze_ms <= end:
        shapes += freeze_line(frame, times.place(freeze_ms), y=frame.top + 160)
    return Chart(
        name="damage",
        size=size,
        frame=frame,
        summary=damage_summary(report),
        from_ms=begin,
        to_ms=end,
        shapes=tuple(shapes),
    )


def _panel(
    bars: list[Bar], first: int, name: str, frame: Frame, times: Linear,
    *, top: int, bottom: int, step: int,
) -> list[Shape]:  # fmt: skip
    """Bars of two columns, one on the other, over a line of their own."""
    most = max(bar.sums[first] + bar.sums[first + 1] for bar in bars)
    scale = Linear(0, max(most, 1), bottom, top + 150)
    shapes = [
        line("axis", x1=frame.left, y1=bottom, x2=frame.right, y2=bottom),
        label("note", name, x=frame.left, y=top + 20),
        label("ax", "0", x=frame.left - 80, y=bottom, anchor="end"),
    ]
    if most:
        y = scale.place(most)
        shapes += [
            line("grid", x1=frame.left, y1=y, x2=frame.right, y2=y),
            label("ax", numbers.count(most), x=frame.left - 80, y=y + 40, anchor="end"),
        ]
    width = times.place(times.low + step) - times.place(times.low)
    gap = max(width // 6, 4)
    for bar in bars:
        left = times.place(bar.clock_ms)
        edges = {"left": left + gap // 2, "right": left + max(width - gap // 2, gap)}
        wrongful, rightful = bar.sums[first], bar.sums[first + 1]
        y = scale.place(wrongful)
        if wrongful:
            shapes.append(box("bar wrongful", top=y, bottom=bottom, **edges))
        if rightful:
            above = scale.place(wrongful + rightful)
            shapes.append(box("bar rightful", top=above, bottom=y, **edges))
    return shapes


def damage_summary(report: Report) -> str:
    """The second picture in one sentence."""
    ticks = report.ticks
    return say(
        "damage.caption",
        wrongful_liquidations=numbers.count(sum(tick.wrongful_liquidations for tick in ticks)),
        liquidations=numbers.count(sum(tick.liquidations for tick in ticks)),
        wrongful_triggers=numbers.count(sum(tick.wrongful_triggers for tick in ticks)),
        triggers=numbers.count(sum(tick.triggers for tick in ticks)),
    )
