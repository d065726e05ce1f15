"""Decimal numbers of outside venues become integers exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.feeds.updates import e8_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("1", 10**8),
        ("61837.63000000", 6_183_763_000_000),
        (".5", 50_000_000),
        ("5.", 500_000_000),
        ("0.00000001", 1),
        ("0.000000019", 1),
        ("1e-7", 10),
        ("1.5E+3", 1_500 * 10**8),
        ("", None),
        (".", None),
        ("-1", None),
        ("+1", None),
        (" 1", None),
        ("1,5", None),
        ("1_000", None),
        ("nan", None),
        ("Infinity", None),
        ("1e", None),
        ("1e999", None),
        ("1e5e5", None),
        ("١", None),
        ("9" * 41, None),
    ],
)
def test_a_decimal_is_read_exactly_or_not_at_all(text: str, expected: int | None) -> None:
    """A price that is nearly right is a wrong price."""
    assert expected == e8_of(text)


@given(st.text(max_size=50))
def test_no_text_raises(text: str) -> None:
    """What a venue sends is never a reason to stop."""
    value = e8_of(text)

    assert value is None or value >= 0
