"""Processes that run the venue again: each starts from the bytes on disk and shares nothing.

`python -m MODULE FOLDER` finds what it is to do in FOLDER/order.json, says on its standard output
how far it is, and leaves FOLDER/result.json last. What keeps it from that is one line on its
standard error and an exit code.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from seawall.errors import (
    EXIT_BUG,
    BadConfiguration,
    DataFault,
    EnvironmentFault,
    OperatorFault,
    SeawallError,
)
from seawall.journal.replica import EntryFailed

ORDER_FILE: Final = "order.json"
RESULT_FILE: Final = "result.json"
WORDS_FILE: Final = "words"  # what a process wrote to its standard error

OnFresh = Callable[[str, int, int], None]  # name, records done, records in all


class RerunStopped(AssertionError):
    """A rerun's process did not come to its end: a bug, which its last words name."""


def unheard_of(_name: str, _done: int, _total: int) -> None:
    """Nobody watches."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A process to start: `python -m module folder`, which finds its order in the folder and leaves
    its result there.
    """

    folder: Path
    module: str
    order: msgspec.Struct


def run_jobs(jobs: Mapping[str, Job], *, on_fresh: OnFresh = unheard_of) -> dict[str, bytes]:
    """Start all, each in a folder of its own; the bytes of their results by name.

    Raises what `stopped` says of the first that failed.
    """
    started: list[tuple[str, Path, subprocess.Popen[bytes], threading.Thread]] = []
    for name, job in jobs.items():
        folder = job.folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RESULT_FILE).unlink(missing_ok=True)
        (folder / ORDER_FILE).write_bytes(msgspec.json.encode(job.order))
        with (folder / WORDS_FILE).open("wb") as words:
            process = subprocess.Popen(  # noqa: S603 - this interpreter and our own module
                [sys.executable, "-m", job.module, str(folder)],
                stdout=subprocess.PIPE,
                stderr=words,
            )
        thread = threading.Thread(target=_listen, args=(name, process, on_fresh), daemon=True)
        thread.start()
        started.append((name, folder, process, thread))
    try:
        for _, _, _, thread in started:
            thread.join()
        return {name: _ended(name, folder, process) for name, folder, process, _ in started}
    finally:
        for _, _, process, _ in started:
            if process.poll() is None:
                process.kill()
            process.wait()


def _listen(name: str, process: subprocess.Popen[bytes], on_fresh: OnFresh) -> None:
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            done, total = line.split()
            on_fresh(name, int(done), int(total))


def _ended(name: str, folder: Path, process: subprocess.Popen[bytes]) -> bytes:
    code = process.wait()
    if code == 0:
        return (folder / RESULT_FILE).read_bytes()
    raise stopped(f"the {name} rerun", code, last_words(folder / WORDS_FILE))


def stopped(name: str, code: int, words: str) -> Exception:
    """Why a process that runs the venue again did not come to its end: a fault of the data, of the
    machine or of what was asked, or else a bug.
    """
    if code == DataFault.exit_code:
        return DataFault(
            expected=f"the bytes on disk that {name} begins with to be what was written",
            found=words,
            to_do="restore them, or begin with an older checkpoint",
        )
    if code == EnvironmentFault.exit_code:
        return EnvironmentFault(
            expected=f"{name} to go on",
            found=words,
            to_do="make room on the disk, or set TMPDIR to a place that has it",
        )
    if code in (OperatorFault.exit_code, BadConfiguration.exit_code):
        return OperatorFault(
            expected=f"{name} to be possible", found=words, to_do="change what is asked"
        )
    return RerunStopped(f"{name} ended with {code}: {words}")


def last_words(path: Path) -> str:
    """The last line that a process wrote to its standard error."""
    lines = path.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "nothing said"


def exit_code_of(run: Callable[[], None]) -> int:
    """The exit code of a process that does this: what is not its fault becomes one line."""
    try:
        run()
    except SeawallError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return EnvironmentFault.exit_code
    except EntryFailed as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_BUG
    return 0


def say_progress(done: int, total: int) -> None:
    """Tell the parent how far this process is."""
    sys.stdout.write(f"{done} {total}\n")
    sys.stdout.flush()
