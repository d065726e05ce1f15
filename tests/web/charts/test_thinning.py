"""What is left out of a line cannot be seen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seawall.web.charts.scales import Linear
from seawall.web.charts.thinning import Bar, clipped, merged, thinned

SPAN = 10_000
LINES = st.lists(
    st.tuples(st.integers(0, SPAN), st.integers(0, 1_000)), min_size=1, max_size=400
).map(sorted)


@given(points=LINES, columns=st.integers(2, 20))
def test_every_column_keeps_its_extremes_and_its_ends(
    points: list[tuple[int, int]], columns: int
) -> None:
    """A price of 0.32 that stood for one tick must still be drawn."""
    kept = thinned(points, from_ms=0, to_ms=SPAN, columns=columns)
    scale = Linear(0, SPAN, 0, columns - 1)

    assert kept == sorted(kept)
    assert len(kept) <= columns * 4
    assert {kept[0], kept[-1]} <= set(points)
    for column in range(columns):
        before = [value for moment, value in points if scale.place(moment) == column]
        after = [value for moment, value in kept if scale.place(moment) == column]
        if after:
            assert min(after) >= min(before)
    assert min(value for _, value in points) == min(value for _, value in kept)
    assert max(value for _, value in points) == max(value for _, value in kept)


def test_a_spike_of_one_point_stays() -> None:
    """The lie that this project is about lasted shorter than a column."""
    points = [(moment, 10_100) for moment in range(5_000)]
    points[2_500] = (2_500, 32)
    wiggly = [(moment, value + moment % 2) for moment, value in points]

    assert (2_500, 32) in thinned(wiggly, from_ms=0, to_ms=5_000, columns=20)


def test_the_value_before_a_window_stands_at_its_beginning() -> None:
    """A source that said nothing for a minute still has a price."""
    assert [(10, 7), (15, 8)] == clipped([(1, 7), (15, 8), (30, 9)], from_ms=10, to_ms=20)


def test_bars_add_up_to_what_they_were_made_of() -> None:
    """However many ticks a bar stands for, nothing is lost, and empty ends are not drawn."""
    bars = [Bar(moment, (moment % 3, 1 if moment > 4 else 0)) for moment in range(4, 1_004)]
    added, size = merged([Bar(0, (0, 0)), *bars, Bar(2_000, (0, 0))], 60)

    assert len(added) <= 60
    assert size == 17
    for column in (0, 1):
        assert sum(bar.sums[column] for bar in bars) == sum(bar.sums[column] for bar in added)


def test_no_bar_is_made_of_nothing() -> None:
    """A calm day has no picture of damage."""
    assert ([], 1) == merged([Bar(1, (0, 0)), Bar(2, (0, 0))], 60)
