"""Decimal strings and integers: exact both ways, or refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.api.decimals import (
    NOT_A_NUMBER,
    TOO_FINE,
    format_decimal,
    format_ratio,
    parse_decimal,
)


@pytest.mark.parametrize(
    ("text", "scale", "units"),
    [
        ("0", 8, 0),
        ("1", 8, 100_000_000),
        ("0.00000001", 8, 1),
        ("0.000000010", 8, 1),
        ("0.000000011", 8, TOO_FINE),
        ("00012.50", 2, 1_250),
        ("1.0", 0, 1),
        ("1.5", 0, TOO_FINE),
        ("0.1", 1, 1),
        ("99999999999999999999.99999999", 8, 9_999_999_999_999_999_999_999_999_999),
        ("100000000000000000000", 8, NOT_A_NUMBER),  # 21 digits
        ("0.000000000000000000001", 8, NOT_A_NUMBER),  # 21 decimals
        ("", 8, NOT_A_NUMBER),
        (".", 8, NOT_A_NUMBER),
        (".5", 8, NOT_A_NUMBER),
        ("5.", 8, NOT_A_NUMBER),
        ("-1", 8, NOT_A_NUMBER),
        ("+1", 8, NOT_A_NUMBER),
        ("-0", 8, NOT_A_NUMBER),
        ("1e3", 8, NOT_A_NUMBER),
        ("1E-8", 8, NOT_A_NUMBER),
        ("NaN", 8, NOT_A_NUMBER),
        ("inf", 8, NOT_A_NUMBER),
        ("Infinity", 8, NOT_A_NUMBER),
        ("0x10", 8, NOT_A_NUMBER),
        ("1_000", 8, NOT_A_NUMBER),
        ("1,000", 8, NOT_A_NUMBER),
        ("1,5", 8, NOT_A_NUMBER),
        (" 1", 8, NOT_A_NUMBER),
        ("1 ", 8, NOT_A_NUMBER),
        ("1\n", 8, NOT_A_NUMBER),
        ("1\u0660", 8, NOT_A_NUMBER),  # an Arabic-Indic zero
        ("\uff11", 8, NOT_A_NUMBER),  # a full-width one
        ("\u00b2", 8, NOT_A_NUMBER),  # a superscript two
        ("1\u200b", 8, NOT_A_NUMBER),  # a zero-width space
        ("1.2.3", 8, NOT_A_NUMBER),
        ("1" * 100_000, 8, NOT_A_NUMBER),
    ],
)
def test_a_number_is_taken_digit_by_digit_or_not_at_all(text: str, scale: int, units: int) -> None:
    """Each of these has been read as something else by some exchange."""
    assert units == parse_decimal(text, scale)


@given(st.integers(0, 10**20 - 1), st.integers(0, 8))
def test_what_is_written_is_read_back(units: int, scale: int) -> None:
    """An amount that leaves and comes back is the same amount."""
    text = format_decimal(units, scale)

    assert units == parse_decimal(text, scale)
    assert "e" not in text.lower()
    assert Fraction(text) * 10**scale == units


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    """Whatever stands in a field is a number or is refused."""
    assert parse_decimal(text, 8) >= TOO_FINE


@given(st.integers(-(10**20), 10**20), st.integers(0, 8))
def test_the_written_form_is_the_shortest(units: int, scale: int) -> None:
    """No trailing zero, no bare point, no minus zero."""
    text = format_decimal(units, scale)

    assert not text.endswith(".")
    assert "." not in text or not text.endswith("0")
    assert text != "-0"
    assert Fraction(text) * 10**scale == units


@given(st.integers(0, 10**30), st.integers(1, 10**20))
def test_an_average_is_rounded_to_the_nearest(numerator: int, denominator: int) -> None:
    """Readers see it; no money follows from it."""
    shown = Fraction(format_ratio(numerator, denominator, 10))

    assert abs(shown - Fraction(numerator, denominator)) <= Fraction(1, 2 * 10**10)
