"""What a figure was measured on: machine, commit, core."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import seawall


def describe_machine() -> dict[str, Any]:
    """Machine (cpu, cores, system), commit or version, and whether the core is compiled."""
    return {
        "core_mode": seawall.core_mode(),
        "commit": _commit(),
        "version": seawall.__version__,
        "machine": {
            "cpu": _cpu_model(),
            "cores": len(os.sched_getaffinity(0)),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
    }


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Hardware", "cpu"):
            return value.strip()
    return platform.processor() or "unknown"


def _commit() -> str:
    """The commit of the source tree we run from or stand in; the package's version without one."""
    for folder in (Path(__file__).parent, Path.cwd()):
        if not (folder / "pyproject.toml").exists() and folder == Path.cwd():
            continue
        try:
            found = subprocess.run(  # noqa: S603 - fixed words and our own folders
                ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12"],  # noqa: S607 - whichever git the person uses
                capture_output=True,
                text=True,
                check=True,
                timeout=10,
            )
        except (OSError, subprocess.SubprocessError):
            continue
        return found.stdout.strip()
    return f"unknown (package {seawall.__version__})"


def file_system(directory: Path) -> str:
    """Type and device of the file system that holds a directory."""
    best, found = "", "unknown"
    real = str(directory.resolve())
    for line in Path("/proc/mounts").read_text().splitlines():
        device, place, kind, *_ = line.split(" ")
        is_in = real == place or real.startswith(place.rstrip("/") + "/")
        if is_in and len(place) >= len(best):
            best, found = place, f"{kind} on {device}"
    return found
