"""Shapes of a picture. A template escapes everything in them, so any text may be given."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """One SVG element: its tag, its attributes with the class, and its text."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """The size of a picture and of the plot in it, in tenths of a unit."""

    width: int
    height: int
    left: int
    right: int  # x of the right edge
    top: int
    bottom: int  # y of the lower edge


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A picture: what it is about, in words, and its shapes in drawing order. `name` is the key of
    its data in the page; `from_ms` and `to_ms` are the times at the edges of the plot.
    """

    name: str
    size: str  # "wide" or "narrow": one of the two is shown
    frame: Frame
    summary: str
    from_ms: int
    to_ms: int
    shapes: tuple[Shape, ...]


def unit(tenths: int) -> str:
    """Tenths of a unit as SVG writes them: 123.4."""
    whole, tenth = divmod(abs(tenths), 10)
    return f"{'-' if tenths < 0 else ''}{whole}{f'.{tenth}' if tenth else ''}"


def line(css: str, *, x1: int, y1: int, x2: int, y2: int) -> Shape:
    """A straight line."""
    ends = {"x1": unit(x1), "y1": unit(y1), "x2": unit(x2), "y2": unit(y2)}
    return Shape(tag="line", attributes={"class": css, **ends})


def box(css: str, *, left: int, top: int, right: int, bottom: int) -> Shape:
    """A rectangle."""
    size = {"width": unit(max(0, right - left)), "height": unit(max(0, bottom - top))}
    return Shape(tag="rect", attributes={"class": css, "x": unit(left), "y": unit(top), **size})


def dot(css: str, *, x: int, y: int, radius: int) -> Shape:
    """A disc."""
    place = {"cx": unit(x), "cy": unit(y), "r": unit(radius)}
    return Shape(tag="circle", attributes={"class": css, **place})


def label(css: str, text: str, *, x: int, y: int, anchor: str = "start") -> Shape:
    """A word at a place; `anchor` is start, middle or end."""
    place = {"x": unit(x), "y": unit(y)}
    return Shape(tag="text", attributes={"class": css, **place, "text-anchor": anchor}, text=text)


def step_line(css: str, points: Sequence[tuple[int, int] | None]) -> Shape:
    """A line that holds each value until the next; None begins a new piece."""
    steps: list[str] = []
    last: tuple[int, int] | None = None
    for point in points:
        if point is not None:
            x, y = point
            if last is None:
                steps.append(f"M{unit(x)} {unit(y)}")
            else:
                steps += [f"H{unit(x)}"] if x != last[0] else []
                steps += [f"V{unit(y)}"] if y != last[1] else []
        last = point
    return Shape(tag="path", attributes={"class": css, "d": "".join(steps)})
