"""Random draws are integers and the same on any machine."""

from __future__ import annotations

from seawall.simulation.draws import Draws


def test_equal_seeds_give_equal_streams_and_labels_differ() -> None:
    """The values are part of what a seed promises; they never change."""
    one = Draws(1, "a")

    assert [48, 71, 85, 15, 97] == [one.below(100) for _ in range(5)]
    assert Draws(1, "b").below(10**9) != Draws(1, "a").below(10**9) != Draws(2, "a").below(10**9)


def test_chances_and_bells_have_their_size() -> None:
    """A world whose draws are skewed is another world."""
    draws = Draws(5, "size")
    hits = sum(draws.happens(250_000) for _ in range(20_000))
    bells = [draws.bell(1_000) for _ in range(20_000)]
    mean_square = sum(bell * bell for bell in bells) // len(bells)

    assert 4_800 < hits < 5_200
    assert abs(sum(bells)) < 20_000 * 25
    assert 960_000 < mean_square < 1_040_000


def test_a_quantile_table_gives_its_distribution() -> None:
    """Half of the draws lie below the median, and none outside the ends."""
    draws = Draws(5, "table")
    drawn = [draws.from_quantiles((0, 10, 100)) for _ in range(10_000)]

    assert 4_800 < sum(value < 10 for value in drawn) < 5_200
    assert 0 <= min(drawn) <= max(drawn) < 100
