"""The constants are the measured ones, and the document shows them."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from seawall.simulation import calibration
from seawall.simulation.hidden_path import REGIME_FACTORS_PPM
from tools.measure_recordings import Figures, recorded_figures, shown

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/reference/calibration.md"


def constants() -> Figures:
    """The constants as figures."""
    values: dict[str, Any] = {
        each.name: getattr(calibration, each.name.upper()) for each in fields(Figures)
    }
    for name, value in values.items():
        if isinstance(value, tuple):
            values[name] = list(value)
    return Figures(**values)


def test_the_document_shows_the_constants() -> None:
    """A table that is not the code's is worse than none."""
    text = DOCUMENT.read_text()
    rows = dict(shown(constants()))

    assert len(rows) > 40
    missing = [
        name
        for name, value in rows.items()
        if not name.startswith("level_") and f"| {name} | {value:,} |" not in text
    ]
    assert [] == missing


def test_every_quantile_table_rises() -> None:
    """A table that falls would draw nonsense."""
    for name, value in vars(calibration).items():
        if isinstance(value, tuple) and len(value) == 101:
            assert list(value) == sorted(value), name


def test_regimes_keep_the_measured_variance() -> None:
    """They cluster volatility and do not add to it: mean square 1, within 2 %."""
    mean_square = sum(factor * factor for factor in REGIME_FACTORS_PPM) // len(REGIME_FACTORS_PPM)

    assert abs(mean_square - 10**12) * 50 <= 10**12


@pytest.mark.slow
@pytest.mark.skipif("SEAWALL_TAPES" not in os.environ, reason="SEAWALL_TAPES names no recordings")
def test_the_constants_are_what_the_recordings_say() -> None:
    """Measured again, to the last digit."""
    assert constants() == recorded_figures(Path(os.environ["SEAWALL_TAPES"]))
