"""True paths: a walk, a recording, and the hours of March 2020."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from seawall.errors import BadConfiguration
from seawall.simulation.draws import Draws
from seawall.simulation.drills.crash import (
    PLUNGE_S,
    CrashSettings,
    crash_prices,
    hour_prices,
    hour_seconds,
)
from seawall.simulation.drills.crash_prices import HOURS
from seawall.simulation.drills.paths import TruePath, recorded, wandering
from seawall.simulation.drills.venue import E8
from tests.simulation.tapes import perpetual_line, touch_line, write_tape


def test_a_path_is_straight_between_its_seconds() -> None:
    """Sources, makers and judges read it at any millisecond and must agree."""
    path = TruePath(start_ms=10_000, prices_e8=[100, 200, 150])

    assert [path.price_e8(at) for at in (0, 10_000, 10_500, 11_000, 11_500, 12_000, 99_000)] == [
        100,
        100,
        150,
        200,
        175,
        150,
        150,
    ]


def test_a_slide_comes_on_top_of_the_walk() -> None:
    """Without noise only the slide is left."""
    prices = wandering(
        Draws(1, "still"), level_e8=E8, seconds=20, deviation_ppm=0, slides=((5, 15, -10_000),)
    )

    assert prices[5] == E8
    assert prices[15] == prices[20] == pytest.approx(E8 * 0.99, rel=1e-4)


def test_a_recording_becomes_a_price_per_second(tmp_path: Path) -> None:
    """A tape brings its own price level."""
    lines = [
        touch_line(0, "100.0", "100.2"),
        touch_line(900, "101.0", "101.2"),
        touch_line(2_100, "102.0", "102.2"),
    ]
    write_tape(tmp_path / "spot.gz", lines)

    prices = recorded(tmp_path, symbol="BTCUSDT", seconds=60)

    assert prices == [10_010_000_000, 10_110_000_000, 10_110_000_000, 10_210_000_000]


def test_a_tape_of_something_else_is_refused_in_one_line(tmp_path: Path) -> None:
    """A perpetual never stands in for spot, and another coin not for this one."""
    write_tape(tmp_path / "perp.gz", [perpetual_line(0)])

    with pytest.raises(BadConfiguration, match="To do"):
        recorded(tmp_path, symbol="BTCUSDT", seconds=60)


def test_the_hours_of_march_2020_follow_each_other() -> None:
    """A slip of the pen in the table would show as a gap, or a close outside its hour."""
    assert [(hour.day, hour.hour) for hour in HOURS] == [
        (day, hour) for day in (12, 13) for hour in range(24)
    ]
    assert all(here.close == there.open for here, there in pairwise(HOURS))
    for hour in HOURS:
        assert hour.low <= min(hour.open, hour.close) <= max(hour.open, hour.close) <= hour.high
    assert (HOURS[0].open, min(hour.low for hour in HOURS)) == (7_935, 3_901)


def test_the_synthetic_seconds_pass_every_corner_of_the_facts() -> None:
    """What lies between is made up; the hours are not."""
    draws = Draws(7, "hours")
    for hour in HOURS:
        prices = hour_prices(draws, hour)

        assert prices[-1] == hour.close * E8
        assert (max(hour.open * E8, *prices), min(hour.open * E8, *prices)) == (
            hour.high * E8,
            hour.low * E8,
        )
        assert abs(len(prices) - hour_seconds(hour)) <= 12


def test_the_deepest_fall_holds_six_percent_in_a_minute() -> None:
    """Decision of the specification: the profile of that day has -6 % in 60 s in it."""
    prices = crash_prices(CrashSettings())

    assert any(
        there * 100 <= here * 95 for here, there in zip(prices, prices[PLUNGE_S:], strict=False)
    )


def test_the_clock_skips_nothing_while_prices_move() -> None:
    """No second of the path jumps: quiet hours are short because little happens in them."""
    prices = crash_prices(CrashSettings())

    assert max(abs(there - here) * 1_000 // here for here, there in pairwise(prices)) < 10
