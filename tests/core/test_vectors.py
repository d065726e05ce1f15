"""Every vector of the specification that a spot venue can play, under its own id."""

from __future__ import annotations

import pytest

from tests.core.vectors import VECTORS, Vector, changed_by_one, check

IDS = [vector.id for vector in VECTORS]


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_vector(vector: Vector) -> None:
    """The number was worked out outside; whoever disagrees with it is wrong until shown."""
    check(vector)


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_vector_fails_when_an_expected_number_is_off_by_one(vector: Vector) -> None:
    """A check that lets one unit pass would let the error pass that the vector is there for."""
    for changed in changed_by_one(vector):
        with pytest.raises(AssertionError):
            check(changed)


def test_no_vector_is_told_twice() -> None:
    """The id must lead to one check."""
    assert len(IDS) == len(set(IDS))
