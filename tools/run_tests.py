"""Run the tests: all of them on the installed package, the core's again on interpreted sources.

    python tools/run_tests.py [arguments for pytest]

At the end it lists every skip with its reason and prints one line with the totals. Success needs
tests that ran: a suite that collects nothing fails.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORE_TESTS = ("core", "laws", "scenarios", "histories")
# What `.ci/run` installs; there, a test that skips for want of it hides a hole in the build.
INSTALLED_IN_CI = re.compile(r"\bneeds (NATS|Chromium|PostgreSQL)\b")


@dataclass
class Outcome:
    """What one run of pytest did. `is_broken` says that pytest itself did not end well."""

    label: str
    is_broken: bool
    passed: int = 0
    failed: int = 0
    skips: list[str] = field(default_factory=list)

    def line(self) -> str:
        """Return the summary of this run."""
        return (
            f"{self.label} — {self.passed} passed, {self.failed} failed, {len(self.skips)} skipped"
        )


def read_report(report: Path, outcome: Outcome) -> None:
    """Add what pytest's XML report says; a test counts once, by the worst that happened to it."""
    worst: dict[str, tuple[int, str]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        rank, reason = 0, ""
        if (skipped := case.find("skipped")) is not None:
            rank, reason = 1, skipped.get("message", "no reason given")
        if case.find("failure") is not None or case.find("error") is not None:
            rank = 2
        if name not in worst or rank > worst[name][0]:
            worst[name] = (rank, reason)
    outcome.passed = sum(1 for rank, _ in worst.values() if rank == 0)
    outcome.failed = sum(1 for rank, _ in worst.values() if rank == 2)
    outcome.skips = [f"{name}: {reason}" for name, (rank, reason) in worst.items() if rank == 1]


def run_pytest(label: str, paths: list[str], python_path: str, arguments: list[str]) -> Outcome:
    """Run pytest in its own process, with nothing but `python_path` before the environment's."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONOPTIMIZE"}
    env["PYTHONPATH"] = python_path
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junit-xml={report}", *paths, *arguments]
        status = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
        outcome = Outcome(label, is_broken=status not in (0, 1))
        if report.is_file():
            read_report(report, outcome)
        if status != 0 and outcome.failed == 0:
            outcome.is_broken = True
    return outcome


def installed_core_mode() -> str:
    """Return the mode of the installed package, asked from outside the source tree."""
    done = subprocess.run(
        [sys.executable, "-c", "import seawall; print(seawall.core_mode())"],
        cwd=ROOT / "tools",
        env={**os.environ, "PYTHONPATH": ""},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.strip()


def complaints(outcomes: list[Outcome], *, is_ci: bool) -> list[str]:
    """Return why this run is no success, in sentences; none means success."""
    found = []
    for outcome in outcomes:
        if outcome.is_broken:
            found.append(f"{outcome.label}: pytest stopped before the end")
        if outcome.failed > 0:
            found.append(f"{outcome.label}: {outcome.failed} failed")
        if outcome.passed == 0:
            found.append(f"{outcome.label}: no test passed, so nothing was shown")
        if is_ci:
            found += [
                f"{outcome.label}: skipped where it must run: {skip}"
                for skip in outcome.skips
                if INSTALLED_IN_CI.search(skip)
            ]
    return found


def summary(outcomes: list[Outcome]) -> list[str]:
    """Return the last lines of the run: each skip, each core, and the totals alone on a line."""
    lines = [f"skipped ({one.label}): {skip}" for one in outcomes for skip in one.skips]
    lines += [one.line() for one in outcomes]
    passed = sum(one.passed for one in outcomes)
    failed = sum(one.failed for one in outcomes)
    skipped = sum(len(one.skips) for one in outcomes)
    return [*lines, f"{passed} passed, {failed} failed, {skipped} skipped"]


def main() -> int:
    """Run both cores where there are two, and return the exit status."""
    arguments = sys.argv[1:]
    mode = installed_core_mode()
    outcomes = [run_pytest(f"core: {mode}", [], "", arguments)]
    core_paths = [f"tests/{name}" for name in CORE_TESTS if (ROOT / "tests" / name).is_dir()]
    if mode == "compiled":
        label = "core: interpreted"
        outcomes.append(
            run_pytest(label, core_paths, "src", arguments)
            if core_paths
            else Outcome(label, is_broken=False)  # which is no success: nothing was shown
        )
    print()
    if mode != "compiled":
        print("The core could not be compiled here, so only the interpreted core was tested.")
    found = complaints(outcomes, is_ci=os.environ.get("CI") == "true")
    for line in [*found, *summary(outcomes)]:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
