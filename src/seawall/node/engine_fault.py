"""Where the engine stopped itself: the one number that must survive its process.

When an assertion fails after an effect, the state in memory may be wrong, so the process ends. It
leaves the seq here; the supervisor starts it once more from the journal and, when it fails at the
same seq, no more.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

FAULT_FILE: Final = "engine-fault"


class ApplyFailed(Exception):
    """An entry could not be applied after it was durable: our bug, or a mark that differs."""

    def __init__(self, *, seq: int, cause: BaseException) -> None:
        super().__init__(f"seq {seq}: {cause!r}")
        self.seq = seq


def write_fault(directory: Path, *, seq: int, message: str) -> None:
    """Remember that the entry at `seq` failed; a full disk must not hide the fault."""
    with suppress(OSError):
        (directory / FAULT_FILE).write_text(f"{seq}\n{message}\n", encoding="utf-8")


def clear_fault(directory: Path) -> None:
    """The engine has got over everything in the journal, so no fault stands in its way."""
    with suppress(OSError):
        (directory / FAULT_FILE).unlink(missing_ok=True)


def read_fault_seq(directory: Path) -> int | None:
    """The seq of the newest fault, or None when there was none."""
    try:
        return int((directory / FAULT_FILE).read_text(encoding="utf-8").splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None
