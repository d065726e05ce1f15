"""Design tokens: the colours of both themes as CSS variables.

One table, so that a page, a picture and a test speak of the same colour. Direction (up, down) is
never told by colour alone; level colours never follow the direction set.
"""

from __future__ import annotations

from typing import Final

LIGHT: Final = {
    "bg": "#f3f6f8",
    "surface-0": "#fafcfd",
    "surface-1": "#ffffff",
    "surface-2": "#eef3f6",
    "surface-3": "#e1e9ee",
    "line": "#d9e2e8",
    "strong": "#b3c2cc",
    "control": "#788b98",
    "text-1": "#0f1f29",
    "text-2": "#3f5361",
    "text-3": "#5a6d7a",
    "accent": "#0a6f83",
    "ok": "#1d7458",
    "limited": "#835600",
    "partial": "#a8480a",
    "broken": "#b01f3c",
    "maintenance": "#2a59b8",
    "unknown": "#5a6d7a",
    "up": "#08725f",
    "down": "#b3440c",
}
DARK: Final = {
    "bg": "#0a1014",
    "surface-0": "#0e151b",
    "surface-1": "#111a21",
    "surface-2": "#17222b",
    "surface-3": "#1f2d38",
    "line": "#20303b",
    "strong": "#3a5060",
    "control": "#667c8c",
    "text-1": "#e8eff4",
    "text-2": "#b1c0cb",
    "text-3": "#8a9ba8",
    "accent": "#56c2d6",
    "ok": "#6cc7a8",
    "limited": "#e6b95c",
    "partial": "#f0954f",
    "broken": "#f5788a",
    "maintenance": "#8db1f5",
    "unknown": "#8a9ba8",
    "up": "#3cc0a6",
    "down": "#f58a56",
}
# Colours that tint a surface, as a share of the colour over what lies below.
TINTED: Final = ("accent", "ok", "limited", "partial", "broken", "unknown")
TINT_PERCENT: Final = 10


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def tint(colour: str, below: str) -> str:
    """A colour at `TINT_PERCENT` over another, as one opaque colour."""
    mixed = (
        (over * TINT_PERCENT + under * (100 - TINT_PERCENT)) // 100
        for over, under in zip(_channels(colour), _channels(below), strict=True)
    )
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def variables(theme: dict[str, str]) -> dict[str, str]:
    """Every variable of a theme: the tokens, and a tint of each level over the first surface."""
    tints = {f"{name}-tint": tint(theme[name], theme["surface-1"]) for name in TINTED}
    return {**theme, **tints}
