"""Colours stay apart: text from what it stands on, in both themes."""

from __future__ import annotations

import pytest

from seawall.web import tokens

TEXT_MIN = 4.5  # WCAG 2.2, AA
SHAPE_MIN = 3.0
TEXTS = ("text-1", "text-2", "text-3", "accent", "ok", "limited", "partial", "broken", "up", "down")
SURFACES = ("bg", "surface-0", "surface-1", "surface-2")
THEMES = {"light": tokens.LIGHT, "dark": tokens.DARK}


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 to 21 (WCAG 2.2)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read_wherever_it_stands(theme: str) -> None:
    """On every surface, and on the tint of every level."""
    colours = tokens.variables(THEMES[theme])
    for text in TEXTS:
        for surface in SURFACES:
            assert contrast(colours[text], colours[surface]) >= TEXT_MIN, (text, surface)
    for level in tokens.TINTED:
        for text in ("text-1", "text-2", level):
            assert contrast(colours[text], colours[f"{level}-tint"]) >= TEXT_MIN, (text, level)
    assert contrast(colours["surface-1"], colours["accent"]) >= TEXT_MIN


@pytest.mark.parametrize("theme", THEMES)
def test_borders_of_controls_can_be_seen(theme: str) -> None:
    """A dashed border says that data is synthetic."""
    colours = THEMES[theme]

    assert contrast(colours["control"], colours["bg"]) >= SHAPE_MIN


def test_both_themes_name_the_same_tokens() -> None:
    """A variable that is missing in one theme would keep the other's colour."""
    assert list(tokens.LIGHT) == list(tokens.DARK)


def test_a_contrast_that_is_too_small_is_noticed() -> None:
    """The measure itself: black on white is 21, equal colours are 1."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)
