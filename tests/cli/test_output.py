"""What commands write beside their results."""

from __future__ import annotations

import io

import pytest

from seawall.cli.output import stage_line


class Terminal(io.StringIO):
    """A standard error that people look at."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_a_stage_is_said_when_it_changes_and_wiped_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing moves by itself beside a measurement, and no line stays behind."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with stage_line() as on_stage:
        for done in (0, 1, 1, 100, 200):
            on_stage("both runs", done, 200)
        on_stage("cut", 0, 0)

    wipe = "\r\x1b[K"
    lines = ["both runs: 0 %", "both runs: 50 %", "both runs: 100 %", "cut: 0 %", ""]
    assert terminal.getvalue() == "".join(f"{wipe}{line}" for line in lines)


def test_where_nobody_looks_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that reads standard error finds faults there, and nothing else."""
    nobody = io.StringIO()
    monkeypatch.setattr("sys.stderr", nobody)
    with stage_line() as on_stage:
        on_stage("both runs", 1, 2)

    assert nobody.getvalue() == ""
