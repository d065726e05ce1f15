"""The package says truly which core it runs, and refuses to run without assertions."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

import seawall
import seawall.core.model

ROOT = Path(__file__).resolve().parent.parent
START = "import seawall; seawall.require_assertions(); print(seawall.core_mode())"


def start(*options: str, python_path: str = "") -> subprocess.CompletedProcess[str]:
    """Start Python away from the sources and let the package speak."""
    return subprocess.run(
        [sys.executable, *options, "-c", START],
        cwd=ROOT / "tests",
        env={**os.environ, "PYTHONPATH": python_path},
        check=False,
        capture_output=True,
        text=True,
    )


def test_core_mode_is_that_of_the_loaded_core() -> None:
    """A figure or a bug report must say which core it came from."""
    file = seawall.core.model.__file__
    assert file is not None
    expected = "compiled" if file.endswith(tuple(EXTENSION_SUFFIXES)) else "interpreted"

    assert expected == seawall.core_mode()


def test_sources_run_interpreted() -> None:
    """No compiled file lies among the sources, where it would hide an edit."""
    done = start(python_path=str(ROOT / "src"))

    assert done.stdout == "interpreted\n", done.stderr
    assert not [*(ROOT / "src").rglob("*.so")]


@pytest.mark.parametrize("options", [["-O"], ["-OO"]])
def test_start_without_assertions_is_refused(options: list[str]) -> None:
    """Assertions guard every movement of money; without them a bug would post silently."""
    done = start(*options, python_path=str(ROOT / "src"))

    assert done.returncode != 0
    assert "start Python without -O" in done.stderr
    assert not done.stdout
