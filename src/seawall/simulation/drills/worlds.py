"""Running worlds: each in a process of its own, from the bytes that lie on disk."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from seawall.errors import EnvironmentFault
from seawall.simulation.drills.world import WorldOrder, WorldResult

# (world, records done, records in all, what a watcher sees as JSON or nothing)
OnLine = Callable[[str, int, int, bytes], None]


class WorldStopped(AssertionError):
    """A world's process did not come to its end: a bug, which its last words name."""


def run_worlds(worlds: Mapping[str, tuple[Path, WorldOrder]], on_line: OnLine) -> list[WorldResult]:
    """Start a process for each world, all at once; return what they came to, in their order.

    Raises EnvironmentFault when the machine failed one of them, and WorldStopped when it ended
    otherwise.
    """
    started: list[tuple[str, Path, subprocess.Popen[bytes], threading.Thread]] = []
    for name, (directory, order) in worlds.items():
        (directory / "world.json").write_bytes(msgspec.json.encode(order))
        with (directory / "world.err").open("wb") as words:
            process = subprocess.Popen(  # noqa: S603 - this interpreter and our own module
                [sys.executable, "-m", "seawall.simulation.drills.world", str(directory)],
                stdout=subprocess.PIPE,
                stderr=words,
            )
        thread = threading.Thread(target=_listen, args=(name, process, on_line), daemon=True)
        thread.start()
        started.append((name, directory, process, thread))
    try:
        for _, _, _, thread in started:
            thread.join()
        return [_result(name, directory, process) for name, directory, process, _ in started]
    finally:
        for _, _, process, _ in started:
            if process.poll() is None:
                process.kill()
            process.wait()


def _listen(name: str, process: subprocess.Popen[bytes], on_line: OnLine) -> None:
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            done, total, *scene = line.split(b" ", 2)
            on_line(name, int(done), int(total), scene[0] if scene else b"")


def _result(name: str, directory: Path, process: subprocess.Popen[bytes]) -> WorldResult:
    code = process.wait()
    if code != 0:
        lines = (directory / "world.err").read_text(errors="replace").strip().splitlines()
        words = lines[-1] if lines else "nothing said"
        if code == EnvironmentFault.exit_code:
            raise EnvironmentFault(
                expected=f"the {name} world to run in {directory}",
                found=words,
                to_do="make room there, or set TMPDIR to a place that has it",
            )
        raise WorldStopped(f"the {name} world ended with {code}: {words}")
    data = (directory / "result.json").read_bytes()
    return msgspec.json.decode(data, type=WorldResult)


def faults_of(results: Sequence[WorldResult]) -> list[str]:
    """What was found wrong with the books of any world."""
    return [fault for result in results for fault in result.faults]
