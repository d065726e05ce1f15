"""Every vector of the guarded index, under its own id."""

from __future__ import annotations

import pytest

from tests.core.pricing.index_vectors import ERRORS_MAX, VECTORS
from tests.core.vectors import Vector, changed_by_one, check

IDS = [vector.id for vector in VECTORS]
SLOW = [
    pytest.param(vector, id=vector.id, marks=pytest.mark.slow if vector.id in "IT5 IT7" else ())
    for vector in VECTORS
]


@pytest.mark.parametrize("vector", SLOW)
def test_vector(vector: Vector) -> None:
    """The number was worked out outside; whoever disagrees with it is wrong until shown."""
    check(vector)


@pytest.mark.parametrize("vector", SLOW)
def test_vector_fails_when_an_expected_number_is_off_by_one(vector: Vector) -> None:
    """A check that lets one unit pass would let the error pass that the vector is there for."""
    numbers = vector.play()
    once = Vector(vector.id, vector.expected, lambda: numbers)
    for changed in changed_by_one(once):
        with pytest.raises(AssertionError):
            check(changed)


def test_errors_stay_within_what_was_promised() -> None:
    """The expected numbers above are what comes out; these are what may."""
    for vector in VECTORS:
        if vector.id in ERRORS_MAX:
            assert vector.expected[-1] <= ERRORS_MAX[vector.id]


def test_no_vector_is_told_twice_and_none_is_missing() -> None:
    """The id must lead to one check."""
    assert len(IDS) == len(set(IDS))

    named = {name.split()[0] for name in IDS}
    assert named == {f"IX{n}" for n in range(1, 7)} | {f"IT{n}" for n in range(1, 16)}
