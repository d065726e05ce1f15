"""What a vector is, and the rule that its test turns red when an expected number is off by one.

Free of the engine, so that the rooms below it can play their vectors alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

Numbers = tuple[int, ...]


@dataclass(frozen=True)
class Vector:
    """One vector: its id in the specification, what must come out, what comes out."""

    id: str
    expected: Numbers
    play: Callable[[], Numbers]


def check(vector: Vector) -> None:
    """What comes out is what the specification says."""
    assert vector.expected == tuple(int(number) for number in vector.play())


def check_that_one_off_fails(vector: Vector) -> None:
    """Each expected number, one higher or one lower, turns the check red."""
    for place, number in enumerate(vector.expected):
        for other in (number - 1, number + 1):
            expected = (*vector.expected[:place], other, *vector.expected[place + 1 :])
            with pytest.raises(AssertionError):
                check(Vector(vector.id, expected, vector.play))
