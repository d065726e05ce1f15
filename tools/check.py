"""Check what needs no running venue: format, lint, types, layers, house rules, documents.

    python tools/check.py

Every step runs, whatever the steps before it found; one line each says how it ended.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CODE = ["src", "tests", "tools", "setup.py"]

STEPS: list[tuple[str, list[str]]] = [
    ("format", [str(BIN / "ruff"), "format", "--check", "--quiet", *CODE]),
    ("lint", [str(BIN / "ruff"), "check", "--quiet", *CODE]),
    ("types", [str(BIN / "mypy"), "--strict", "src", "tools", "setup.py"]),
    ("layers", [str(BIN / "lint-imports"), "--no-cache"]),
    ("house and documents", [sys.executable, "-m", "pytest", "--quiet", "tests/tidy"]),
]


def main() -> int:
    """Run the steps on the sources; a step that passes stays silent."""
    env = {**os.environ, "PYTHONPATH": "src"}
    failed = []
    for name, command in STEPS:
        started = time.monotonic()
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=env,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        verdict = "ok" if done.returncode == 0 else "FAILED"
        print(f"check: {name:20} {verdict} ({time.monotonic() - started:.1f} s)", flush=True)
        if done.returncode != 0:
            failed.append(name)
            print(done.stdout, flush=True)
    if failed:
        print(f"check failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
