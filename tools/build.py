"""Make `.venv` and install Seawall into it: everything that `make` needs before it does its job.

    python3.11 tools/build.py setup      the virtual environment with every dependency
    python3.11 tools/build.py build      the same, and the package, its core compiled

Each step is skipped when a hash of what it depends on is the one it left behind. The package is
installed, never linked: compiled files live in `.venv` only, so `PYTHONPATH=src` in the same
environment runs the same sources interpreted. Only the standard library is used here.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "constraints.txt"


def content_hash(paths: Iterable[Path], *words: str) -> str:
    """Return a hash of the files' names and contents, and of the words."""
    digest = hashlib.sha256("\0".join(words).encode())
    for path in sorted(paths):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def package_files() -> list[Path]:
    """Return every file that decides what is installed."""
    built = ["setup.py", "pyproject.toml", "README.md", "LICENSE", "NOTICE"]
    sources = [path for path in (ROOT / "src").rglob("*") if path.is_file()]
    generated = ("__pycache__", ".egg-info")
    return [path for path in sources if not any(word in str(path) for word in generated)] + [
        ROOT / name for name in built if (ROOT / name).is_file()
    ]


def is_done(step: str, mark: str) -> bool:
    """Return whether the step left this mark."""
    stamp = VENV / f".seawall-{step}"
    return stamp.is_file() and stamp.read_text() == mark


def record(step: str, mark: str) -> None:
    """Leave the mark of a step that succeeded."""
    (VENV / f".seawall-{step}").write_text(mark)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold a lock, so that two terminals do not build into the same folder at once."""
    with (ROOT / "pyproject.toml").open() as anchor:
        fcntl.flock(anchor, fcntl.LOCK_EX)
        yield


def run_quietly(*command: str, env: dict[str, str] | None = None) -> str:
    """Run a command and return its output; print the output only if the command fails."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=env,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        print(done.stdout, file=sys.stderr)
        raise SystemExit(f"failed ({done.returncode}): {' '.join(command)}")
    return done.stdout


def set_up() -> None:
    """Create the virtual environment with exactly the pinned packages."""
    mark = content_hash([REQUIREMENTS], sys.version)
    if is_done("setup", mark):
        return
    print("setup: installing the pinned packages into .venv (about a minute)", flush=True)
    started = time.monotonic()
    if not PYTHON.exists():
        run_quietly(sys.executable, "-m", "venv", str(VENV))
    run_quietly(
        str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--requirement", str(REQUIREMENTS),
    )  # fmt: skip
    record("setup", mark)
    print(f"setup: done in {time.monotonic() - started:.0f} s", flush=True)


def build() -> None:
    """Install the package into the virtual environment, with its core compiled where possible."""
    mode = os.environ.get("SEAWALL_COMPILE", "auto")
    mark = content_hash([*package_files(), REQUIREMENTS], mode, os.environ.get("CC", ""))
    if is_done("build", mark):
        return
    print("build: installing seawall (three minutes when the core is to be compiled)", flush=True)
    started = time.monotonic()
    output = run_quietly(
        str(PYTHON), "-m", "pip", "install", "--verbose", "--disable-pip-version-check",
        "--no-build-isolation", "--no-deps", "--no-index", "--force-reinstall", str(ROOT),
        env={**os.environ, "PYTHONPATH": ""},
    )  # fmt: skip
    said = [line.strip() for line in output.splitlines() if line.strip().startswith("seawall: ")]
    for line in dict.fromkeys(said):
        print(f"build: {line}", flush=True)
    record("build", mark)
    print(f"build: done in {time.monotonic() - started:.0f} s", flush=True)


def main() -> None:
    """Do the step that is named, and the steps before it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("step", choices=["setup", "build"])
    step = parser.parse_args().step
    if sys.version_info[:2] != (3, 11):
        raise SystemExit(f"Seawall needs Python 3.11; this is {sys.version.split()[0]}")
    with one_at_a_time():
        set_up()
        if step == "build":
            build()


if __name__ == "__main__":
    main()
