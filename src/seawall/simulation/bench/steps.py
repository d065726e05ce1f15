"""How far a bench is, told to whoever watches it."""

from __future__ import annotations

from collections.abc import Callable

OnStage = Callable[[str, int, int], None]  # what is being measured, done, total


def unwatched(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""
