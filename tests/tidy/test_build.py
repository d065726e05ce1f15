"""The build compiles where it can, says in one line why where it cannot, and ships no leftovers."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from setuptools import Extension

import setup

ROOT = Path(__file__).resolve().parent.parent.parent


def choose(mode: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Let `setup.py` choose in its own process, where it may end."""
    code = "import sys, setup; print(len(setup.extensions_of_mode(sys.argv[1])))"
    return subprocess.run(
        [sys.executable, "-c", code, mode],
        cwd=ROOT,
        env={**os.environ, **env},
        check=False,
        capture_output=True,
        text=True,
    )


def test_auto_without_a_compiler_says_so_in_one_line() -> None:
    """The venue works without a compiler; its operator must know why it is slow."""
    done = choose("auto", CC="no-such-compiler")

    assert done.returncode == 0, done.stderr
    line, count = done.stdout.splitlines()
    assert "core interpreted" in line
    assert count == "0"


def test_require_without_a_compiler_fails() -> None:
    """Where speed is promised, an interpreted core is an error."""
    done = choose("require", CC="no-such-compiler")

    assert done.returncode != 0
    assert "SEAWALL_COMPILE=require, but" in done.stderr


def test_off_never_compiles() -> None:
    """Also where a compiler is at hand."""
    assert choose("off").stdout.splitlines()[-1] == "0"


def test_unknown_mode_is_refused() -> None:
    """A typing error must not choose a mode in silence."""
    done = choose("fast")

    assert done.returncode != 0
    assert "one of auto, require, off" in done.stderr


def test_leftovers_of_earlier_builds_are_not_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deleted module must not live on in an installed package."""
    monkeypatch.chdir(tmp_path)
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    core = tmp_path / "build" / "lib.x" / "seawall" / "core"
    core.mkdir(parents=True)
    for name in ("kept" + suffix, "deleted" + suffix, "deleted.py"):
        (core / name).touch()

    setup.sweep_leftovers([Extension("seawall.core.kept", [])])

    assert [path.name for path in core.iterdir()] == ["kept" + suffix]
