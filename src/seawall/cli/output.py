"""What commands print: results on standard output, progress and diagnostics on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from seawall.errors import BadConfiguration, DiskFailure

SILENT_SECONDS: Final = 2.0  # work that is done sooner needs no bar

ProgressCall = Callable[[int, int], None]  # done, total
StageCall = Callable[[str, int, int], None]  # stage, done, total


def _unseen(_done: int, _total: int) -> None:
    """Nobody watches."""


def say(text: str) -> None:
    """A line of the result."""
    print(text, flush=True)


def complain(text: str) -> None:
    """A line of diagnostics."""
    print(f"seawall: {text}", file=sys.stderr, flush=True)


def write_result(result: dict[str, Any], *, json_file: str | None, text: list[str]) -> None:
    """Print `text`, or write the machine-readable result to a file, "-" being standard output."""
    if json_file is None:
        for line in text:
            say(line)
        return
    data = msgspec.json.format(msgspec.json.encode(result), indent=2).decode()
    if json_file == "-":
        say(data)
        return
    write_file(json_file, f"{data}\n".encode(), option="--json")


def write_file(name: str, data: bytes, *, option: str) -> None:
    """Write a file that an option names: all of it, or what was there before stays. What is no
    ordinary file, a pipe for one, is written to as it is.

    Raises BadConfiguration for a name that cannot be written, and DiskFull.
    """
    from seawall.journal.directory import write_durably

    path = Path(name)
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            write_durably(path.resolve(), data)
    except (OSError, DiskFailure) as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        raise BadConfiguration(
            expected=f"a file that can be written after {option}",
            found=f"{name}: {getattr(cause, 'strerror', None) or cause}",
            to_do="name another file, or - for standard output",
        ) from error


@contextmanager
def progress(label: str) -> Iterator[ProgressCall]:
    """A bar on standard error for work that takes longer than two seconds, on a terminal only."""
    if not sys.stderr.isatty():
        yield _unseen
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    bar = Progress(
        TextColumn(label),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    task = bar.add_task(label, total=None)
    started = time.monotonic()
    is_shown = False

    def advance(done: int, total: int) -> None:
        nonlocal is_shown
        if not is_shown and time.monotonic() - started > SILENT_SECONDS:
            bar.start()
            is_shown = True
        bar.update(task, completed=done, total=total or None)

    try:
        yield advance
    finally:
        if is_shown:
            bar.stop()


@contextmanager
def stage_line() -> Iterator[StageCall]:
    """One line on standard error, on a terminal only, that says what is being done. It is written
    when something changes and by nobody else: a bar that moves by itself would be measured too.
    """
    if not sys.stderr.isatty():
        yield lambda _stage, _done, _total: None
        return
    shown = ""

    def note(stage: str, done: int, total: int) -> None:
        nonlocal shown
        text = f"{stage}: {done * 100 // max(total, 1)} %"
        if text != shown:
            shown = text
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()

    try:
        yield note
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
