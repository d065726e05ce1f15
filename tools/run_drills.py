"""Run every drill, both ways where there are two, and say in one line each how it ended.

    python tools/run_drills.py [--seed N]

A drill with protections off must break much, one with protections on nothing; each decides that
itself and ends with an exit code. Two runs of the same day must give the same hashes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

RUNS: Final = (
    ("primexbt", "--protections", "off"),
    ("primexbt", "--protections", "on"),
    ("primexbt", "--protections", "on"),  # again, under another PYTHONHASHSEED
    ("primexbt", "--protections", "off", "--mirror"),
    ("primexbt", "--protections", "on", "--mirror"),
    ("primexbt", "--protections", "off", "--flow", "adaptive"),
    ("primexbt", "--protections", "on", "--flow", "adaptive"),
    ("crash",),
)
SHOWN: Final = (
    "fills",
    "fills_out_of_band",
    "liquidations",
    "wrongful_liquidations",
    "wrongful_triggers",
    "accounts",
    "seconds_to_freeze",
    "index_error_max_ppm",
    "deleveraged",
)
HASHES: Final = ("events_hash", "state_hash", "clean_events_hash", "clean_state_hash")


def main() -> int:
    """Run all of them; 0 when every one showed what it must, and equal days had equal hashes."""
    parser = argparse.ArgumentParser(description="Run every drill.")
    parser.add_argument("--seed", type=int, default=7)
    seed = parser.parse_args().seed
    failed = 0
    hashes: dict[tuple[str, ...], list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, arguments in enumerate(RUNS):
            result = run_drill(arguments, seed, Path(folder) / "result.json", hash_seed=number + 1)
            if result is None:
                failed += 1
                continue
            found = [str(result.get(name)) for name in HASHES]
            if hashes.setdefault(arguments, found) != found:
                print("  NOT equal: the same day led to other hashes the second time", flush=True)
                failed += 1
    print(f"{len(RUNS) - failed} of {len(RUNS)} drills as they must be")
    return 1 if failed else 0


def run_drill(
    arguments: tuple[str, ...], seed: int, file: Path, *, hash_seed: int
) -> dict[str, Any] | None:
    """Run one and print its line; None when it did not show what it must."""
    file.unlink(missing_ok=True)
    started = time.perf_counter()
    command = [sys.executable, "-m", "seawall", "drill", *arguments]
    ended = subprocess.run(
        [*command, "--seed", str(seed), "--json", str(file)],
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    result: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    figures = ", ".join(f"{name} {result[name]}" for name in SHOWN if name in result)
    seconds = time.perf_counter() - started
    verdict = "as it must be" if ended.returncode == 0 else "NOT as it must be"
    print(f"drill {' '.join(arguments)}: {verdict} ({seconds:.0f} s): {figures}", flush=True)
    if ended.returncode != 0:
        print(f"  {ended.stderr.strip()}", flush=True)
        return None
    return result


if __name__ == "__main__":
    raise SystemExit(main())
