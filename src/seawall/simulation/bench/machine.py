"""What a figure was measured on: machine, commit, core."""

from __future__ import annotations

import os
import platform
import shutil
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
    """The commit of our source tree, around the package or the working directory; else the version.

    A package installed inside another project's tree must not be given that project's commit.
    """
    for folder in (Path(__file__).parent, Path.cwd()):
        top = _git(folder, "rev-parse", "--show-toplevel")
        if top and (Path(top) / "src" / "seawall" / "simulation").is_dir():
            return _git(folder, "describe", "--always", "--dirty", "--abbrev=12") or "no commit"
    return f"unknown (package {seawall.__version__})"


def _git(folder: Path, *arguments: str) -> str:
    """What git prints; nothing when there is no git, no repository, or no answer."""
    git = shutil.which("git")
    if git is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - fixed words and our own folders
            [git, "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return str(done.stdout).strip()


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
