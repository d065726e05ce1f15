"""The three pictures of a report, each drawn for a wide and for a narrow page."""

from __future__ import annotations

from typing import Final

import msgspec

from seawall.web import numbers
from seawall.web.charts.scales import (
    Linear,
    Logarithmic,
    linear_ticks,
    log_ticks,
    time_ticks,
)
from seawall.web.charts.shapes import Chart, Frame, Shape, box, dot, label, line, step_line
from seawall.web.charts.thinning import Bar, Point, clipped, merged, thinned
from seawall.web.report.figures import PriceLine, Prices, Report, Tick
from seawall.web.report.repair_figures import Victim
from seawall.web.texts import say

TENTHS: Final = 10
WIDE: Final = "wide"
NARROW: Final = "narrow"
WIDTHS: Final = {WIDE: 940, NARROW: 360}
SIZES: Final = (WIDE, NARROW)
COLUMNS: Final = {WIDE: 260, NARROW: 120}
BARS_MAX: Final = 60
LETTER: Final = 68  # tenths of a unit: the width of a digit of an axis
_DRAWING_ORDER: Final = {"source": 0, "guarded": 2, "best_of": 3}


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


def thinned_prices(prices: Prices, size: str) -> Prices:
    """The same prices with as many points as a picture of a size can show."""
    lines = []
    for one in prices.lines:
        inside = clipped(one.points, from_ms=prices.from_ms, to_ms=prices.to_ms)
        points = thinned(
            inside, from_ms=prices.from_ms, to_ms=prices.to_ms, columns=COLUMNS[size]
        )
        lines.append(msgspec.structs.replace(one, points=tuple(points)))
    return msgspec.structs.replace(prices, lines=tuple(lines))


def _time_axis(frame: Frame, times: Linear, *, most: int) -> list[Shape]:
    shapes = [line("axis", x1=frame.left, y1=frame.bottom, x2=frame.right, y2=frame.bottom)]
    for moment in time_ticks(times.low, times.high, most):
        x = times.place(moment)
        shapes += [
            line("axis", x1=x, y1=frame.bottom, x2=x, y2=frame.bottom + 50),
            label("ax", numbers.clock(moment), x=x, y=frame.bottom + 190, anchor="middle"),
        ]
    return shapes


def _line_css(one: PriceLine) -> str:
    if one.kind == "best_of":
        return "ln best"
    if one.kind == "guarded":
        return "ln guarded"
    return "ln faulty" if one.is_faulty else "ln sound"


def price_chart(report: Report, size: str) -> Chart:
    """What each source said, on a logarithmic scale, with the window of bad prices."""
    prices = thinned_prices(report.prices, size)
    values = [price for one in prices.lines for _, price in one.points if price > 0] or [10**8]
    low, high = min(values), max(values)
    low, high = low * 100 // 160, high * 160 // 100 + 1  # room for words above and below
    is_wide = size == WIDE
    ticks = log_ticks(low, high, 7)
    left = (max(len(numbers.price(tick)) for tick in ticks) * LETTER if ticks else 0) // TENTHS + 14
    frame = frame_of(
        size, height=330 if is_wide else 280, left=left, right=16, top=30, bottom=30
    )
    times = Linear(prices.from_ms, prices.to_ms, frame.left, frame.right)
    scale = Logarithmic(low, high, frame.bottom, frame.top)
    shapes: list[Shape] = []
    if prices.bad_from_ms:
        shapes += _bad_window(prices, frame, times)
    for tick in ticks:
        y = scale.place(tick)
        shapes += [
            line("grid", x1=frame.left, y1=y, x2=frame.right, y2=y),
            label("ax", _axis_price(tick), x=frame.left - 80, y=y + 40, anchor="end"),
        ]
    shapes += _time_axis(frame, times, most=6 if is_wide else 3)
    for one in sorted(prices.lines, key=lambda one: (_DRAWING_ORDER[one.kind], one.is_faulty)):
        places = [
            (times.place(moment), scale.place(price)) if price > 0 else None
            for moment, price in one.points
        ]
        if places and places[-1] is not None:
            places.append((_end_of(one, prices, times), places[-1][1]))
        shapes.append(step_line(_line_css(one), places))
    shapes += _price_words(prices, frame, times, scale, is_wide=is_wide)
    if report.freeze is not None and times.low <= report.freeze.clock_ms <= times.high:
        shapes += _freeze_line(frame, times.place(report.freeze.clock_ms))
    return Chart(
        name="prices",
        size=size,
        frame=frame,
        summary=price_summary(prices),
        from_ms=prices.from_ms,
        to_ms=prices.to_ms,
        shapes=tuple(shapes),
    )


def _end_of(one: PriceLine, prices: Prices, times: Linear) -> int:
    """A line holds its last value to the edge, as a price stands until the next."""
    return times.place(max(prices.to_ms, one.points[-1][0]))


def _axis_price(price_e8: int) -> str:
    text = numbers.price(price_e8)
    return text.removesuffix(".00")


def _bad_window(prices: Prices, frame: Frame, times: Linear) -> list[Shape]:
    begin, end = times.place(prices.bad_from_ms), times.place(prices.bad_to_ms)
    words = f"{numbers.clock(prices.bad_from_ms)} – {numbers.clock(prices.bad_to_ms)}"
    middle = min(max((begin + end) // 2, frame.left + 900), frame.right - 900)
    return [
        box("window", left=begin, top=frame.top, right=end, bottom=frame.bottom),
        line("edge", x1=begin, y1=frame.top, x2=begin, y2=frame.bottom),
        line("edge", x1=end, y1=frame.top, x2=end, y2=frame.bottom),
        label(
            "note", f"{say('prices.window')} {words}", x=middle, y=frame.top - 90, anchor="middle"
        ),
    ]


def _freeze_line(frame: Frame, x: int) -> list[Shape]:
    is_right = x > (frame.left + frame.right) // 2
    return [
        line("freeze", x1=x, y1=frame.top, x2=x, y2=frame.bottom),
        label(
            "word freeze-word",
            say("damage.freeze"),
            x=x - 70 if is_right else x + 70,
            y=frame.top + 160,
            anchor="end" if is_right else "start",
        ),
    ]


def _price_words(
    prices: Prices, frame: Frame, times: Linear, scale: Logarithmic, *, is_wide: bool
) -> list[Shape]:
    """Words beside the lines; the legend under the picture says the same at length."""
    shapes: list[Shape] = []
    middle = (frame.left + frame.right) // 2
    for one in prices.lines:
        shown = [point for point in one.points if point[1] > 0]
        if one.kind == "guarded" and shown:
            low = scale.place(min(price for _, price in shown))
            shapes.append(
                label(
                    "word guarded-word", say("prices.guarded"), x=middle, y=low + 220,
                    anchor="middle",
                )  # fmt: skip
            )
        if one.kind == "best_of" and shown:
            moment, lowest = min(shown, key=lambda point: (point[1], -point[0]))
            x, y = times.place(moment), scale.place(lowest)
            words = f"{say('prices.best_of')}: {_axis_price(lowest)}"
            shapes += [
                dot("best-dot", x=x, y=y, radius=35),
                label("word best-word", words, x=x + 100, y=y - 110),
            ]
    faulty = [one for one in prices.lines if one.is_faulty and one.points]
    if faulty and prices.bad_from_ms:
        lowest = min(price for one in faulty for _, price in one.points if price > 0)
        words = ", ".join(one.name for one in faulty)
        if is_wide and len(words) < 60:
            end = times.place(prices.bad_to_ms)
            y = scale.place(lowest) - 110
            shapes.append(label("word faulty-word", words, x=end - 80, y=y, anchor="end"))
    return shapes


def price_summary(prices: Prices) -> str:
    """The picture in words, for those who do not see it."""
    sentences = []
    for one in prices.lines:
        shown = [price for _, price in one.points if price > 0]
        if shown:
            low, high = numbers.price(min(shown)), numbers.price(max(shown))
            sentences.append(say("prices.line", name=one.name, low=low, high=high))
    return say(
        "prices.summary",
        index=prices.index,
        begin=numbers.clock(prices.from_ms),
        end=numbers.clock(prices.to_ms),
        sentences=" ".join(sentences),
    )


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


def damage_chart(report: Report, size: str) -> Chart | None:
    """Liquidations and stops per tick, wrongful ones filled, and the freeze; None without any."""
    bars, _ = damage_bars(report.ticks)
    if not bars:
        return None
    is_wide = size == WIDE
    frame = frame_of(size, height=300, left=52 if is_wide else 44, right=16, top=26, bottom=30)
    step = min(
        (later.clock_ms - one.clock_ms for one, later in zip(bars, bars[1:], strict=False)),
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
    shapes += _time_axis(frame, times, most=8 if is_wide else 4)
    if begin <= freeze_ms <= end:
        shapes += _freeze_line(frame, times.place(freeze_ms))
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


def equity_window(victim: Victim) -> tuple[int, int]:
    """From the first point of either line to the last."""
    times = [moment for moment, _ in (*victim.equity_actual, *victim.equity_repaired)]
    begin, end = min(times), max(*times, victim.repaired_ms)
    return begin, end if end > begin else begin + 1_000


def thinned_equity(victim: Victim, size: str) -> tuple[list[Point], list[Point]]:
    """Both lines with as many points as a picture of a size can show."""
    begin, end = equity_window(victim)
    columns = COLUMNS[size]
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
    ticks = linear_ticks(low, high, 4)
    scale_digits = victim.equity_scale
    words = [numbers.number(tick, scale_digits).text().removesuffix(".00") for tick in ticks]
    left = max((len(word) for word in words), default=1) * LETTER // TENTHS + 14
    frame = frame_of(
        size, height=240 if is_wide else 220, left=left, right=16, top=24, bottom=30
    )
    times = Linear(begin, end, frame.left, frame.right)
    scale = Linear(low, high, frame.bottom, frame.top)
    shapes: list[Shape] = []
    for tick, word in zip(ticks, words, strict=True):
        y = scale.place(tick)
        shapes += [
            line("grid", x1=frame.left, y1=y, x2=frame.right, y2=y),
            label("ax", word, x=frame.left - 80, y=y + 40, anchor="end"),
        ]
    shapes += _time_axis(frame, times, most=6 if is_wide else 3)
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
