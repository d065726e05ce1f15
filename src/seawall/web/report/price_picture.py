"""The first picture: what each source said, and the two ways of mixing them."""

from __future__ import annotations

from typing import Final

import msgspec

from seawall.web import numbers
from seawall.web.charts.scales import Linear, Logarithmic, log_ticks
from seawall.web.charts.shapes import Chart, Frame, Shape, box, dot, label, line, step_line
from seawall.web.charts.thinning import clipped, thinned
from seawall.web.report.figures import PriceLine, Prices, Report
from seawall.web.report.picture_frame import (
    LETTER,
    TENTHS,
    WIDE,
    columns_of,
    frame_of,
    freeze_line,
    time_axis,
)
from seawall.web.texts import say

_DRAWING_ORDER: Final = {"source": 0, "guarded": 2, "best_of": 3}
_HEADROOM: Final = 3  # the scale goes on to so many times the highest price, and below the lowest
WORDS_MAX: Final = 60  # letters; longer names stand in the legend alone


def thinned_prices(prices: Prices, size: str) -> Prices:
    """The same prices with as many points as a picture of a size can show."""
    columns = columns_of(size, len(prices.lines))
    lines = []
    for one in prices.lines:
        inside = clipped(one.points, from_ms=prices.from_ms, to_ms=prices.to_ms)
        points = thinned(inside, from_ms=prices.from_ms, to_ms=prices.to_ms, columns=columns)
        lines.append(msgspec.structs.replace(one, points=tuple(points)))
    return msgspec.structs.replace(prices, lines=tuple(lines))


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
    low, high = max(low // _HEADROOM, 1), high * _HEADROOM  # room for words
    is_wide = size == WIDE
    ticks = log_ticks(low, high, 7)
    left = (max(len(numbers.price(tick)) for tick in ticks) * LETTER if ticks else 0) // TENTHS + 14
    frame = frame_of(size, height=330 if is_wide else 280, left=left, right=16, top=30, bottom=30)
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
    shapes += time_axis(frame, times, most=6 if is_wide else 3)
    for one in sorted(prices.lines, key=lambda one: (_DRAWING_ORDER[one.kind], one.is_faulty)):
        places = [
            (times.place(moment), scale.place(price)) if price > 0 else None
            for moment, price in one.points
        ]
        if places and places[-1] is not None:
            places.append((_end_of(one, prices, times), places[-1][1]))
        shapes.append(step_line(_line_css(one), places))
    if report.freeze is not None and times.low <= report.freeze.clock_ms <= times.high:
        x = times.place(report.freeze.clock_ms)
        shapes += freeze_line(frame, x, y=(frame.top + frame.bottom) // 2)
    shapes += _price_words(prices, frame, times, scale, is_wide=is_wide)
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
                    "word guarded-word",
                    say("prices.guarded"),
                    x=middle,
                    y=low + 220,
                    anchor="middle",
                )
            )
        if one.kind == "best_of" and shown:
            moment, lowest = min(shown, key=lambda point: (point[1], -point[0]))
            x, y = times.place(moment), scale.place(lowest)
            words = _axis_price(lowest)
            if is_wide:
                words = f"{say('prices.best_of')}: {words}"
            shapes += [
                dot("best-dot", x=x, y=y, radius=35),
                label("word best-word", words, x=x + 100, y=y - 110),
            ]
    faulty = [one for one in prices.lines if one.is_faulty and one.points]
    if faulty and prices.bad_from_ms:
        lowest = min(price for one in faulty for _, price in one.points if price > 0)
        words = ", ".join(one.name for one in faulty)
        if is_wide and len(words) <= WORDS_MAX:
            end = times.place(prices.bad_to_ms)
            y = scale.place(lowest) - 110
            shapes.append(label("word faulty-word", words, x=end - 80, y=y, anchor="end"))
    return shapes


def price_note(prices: Prices) -> str:
    """The sentence over the picture: about the lines that are there."""
    if prices.note:
        return prices.note
    if not prices.bad_from_ms:
        return say("prices.note_sound")
    kinds = {one.kind for one in prices.lines}
    if {"best_of", "guarded"} <= kinds:
        return say("prices.note")
    if "guarded" in kinds:
        return say("prices.note_guarded")
    return say("prices.note_best") if "best_of" in kinds else say("prices.note_bad")


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
