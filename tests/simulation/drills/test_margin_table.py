"""The judge's own table of maintenance margin, against the vectors of the specification."""

from __future__ import annotations

import pytest

from seawall.simulation.drills.margin_table import maintenance_margin
from seawall.simulation.drills.venue import E8


@pytest.mark.parametrize(
    ("notional", "expected"),
    [
        pytest.param(400_000 * E8, 2_000 * E8, id="TI1"),
        pytest.param(1_200_000 * E8, 9_500 * E8, id="TI2"),
        pytest.param(30_000_000 * E8, 1_217_500 * E8, id="TI3"),
        pytest.param(2_000_000 * E8, 17_500 * E8, id="TI5-at"),
        pytest.param(2_000_001 * E8, 17_500 * E8 + 2_500_000, id="TI5-above"),
        pytest.param(1, 1, id="rounded-up"),
        pytest.param(0, 0, id="nothing"),
    ],
)
def test_maintenance_margin_is_that_of_the_vectors(notional: int, expected: int) -> None:
    """The judge must not ask the core whether the core was right."""
    assert maintenance_margin(notional) == expected
