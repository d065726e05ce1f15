"""Numbers on a page are exact, signed by U+2212, grouped, and never a float."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.web import numbers

NBSP = numbers.NO_BREAK_SPACE


@pytest.mark.parametrize(
    ("units", "scale", "expected"),
    [
        (2_860_900_000_000, 8, ("", "28,609.00", "")),
        (-31_844_207_135_512, 8, ("−", "318,442.07", "135512")),
        (1, 8, ("", "0.00000001", "")),
        (-1, 8, ("−", "0.00000001", "")),
        (0, 8, ("", "0.00", "")),
        (-0, 8, ("", "0.00", "")),
        (9_999_999_999_999_12345678, 8, ("", "9,999,999,999,999.12", "345678")),
        (1_234_567, 0, ("", "1,234,567", "")),
        (15, 1, ("", "1.5", "")),
    ],
)
def test_money_is_shown_to_the_last_unit(
    units: int, scale: int, expected: tuple[str, str, str]
) -> None:
    """A rounded figure could not be added up by its reader."""
    assert expected == tuple(numbers.number(units, scale))


@given(units=st.integers(-(2**70), 2**70), scale=st.integers(0, 18))
def test_every_number_can_be_read_back(units: int, scale: int) -> None:
    """Nothing is lost on the way to the page, and only a number below zero has a minus."""
    text = numbers.number(units, scale).text().replace(",", "").replace("−", "-")
    whole, _, fraction = text.lstrip("-").partition(".")
    read = int(whole) * 10**scale + (int(fraction.ljust(scale, "0")) if fraction else 0)

    assert units == (-read if text.startswith("-") else read)
    assert text.startswith("-") == (units < 0)


@given(units=st.integers(-(10**12), 10**12))
def test_a_difference_carries_its_sign(units: int) -> None:
    """Direction is never told by colour alone."""
    sign = numbers.number(units, 8, is_signed=True).sign

    assert sign == ("+" if units > 0 else "−" if units < 0 else "")


@pytest.mark.parametrize(
    ("length_ms", "expected"),
    [
        (0, f"0{NBSP}s"),
        (400, f"0.4{NBSP}s"),
        (4_980, f"4.98{NBSP}s"),
        (90_000, f"90{NBSP}s"),
        (401_000, f"6{NBSP}min{NBSP}41{NBSP}s"),
        (600_000, f"10{NBSP}min"),
        (3_600_000 * 5 + 60_000, f"5{NBSP}h{NBSP}1{NBSP}min"),
    ],
)
def test_durations_are_read_aloud(length_ms: int, expected: str) -> None:
    """Exact where it matters, short where it does not."""
    assert expected == numbers.duration(length_ms)


def test_a_share_is_all_only_when_it_is_all() -> None:
    """1,230 of 1,231 victims are not 100 %."""
    assert f"99{NBSP}%" == numbers.percent(1_230, 1_231)
    assert f"100{NBSP}%" == numbers.percent(1_231, 1_231)


def test_times_are_utc() -> None:
    """Wherever the page is made."""
    assert "05:55:02.4" == numbers.clock(1_566_539_702_400)
    assert "23 August 2019" == numbers.date(1_566_539_702_400)
    assert "2019-08-23T05:55:02.400Z" == numbers.iso(1_566_539_702_400)
    assert "05:55:00" == numbers.clock(1_566_539_700_000)


@given(st.text("0123456789abcdef", max_size=64))
def test_a_short_hash_begins_and_ends_like_the_whole(value: str) -> None:
    """So that people can compare it with one that they hold."""
    short = numbers.short_hash(value)

    assert len(short) <= 11
    assert value.startswith(short.partition("…")[0])
    assert value.endswith(short.rpartition("…")[2])
