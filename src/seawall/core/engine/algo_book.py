"""Algo orders that wait, and where to find those that a price fires."""

from typing import final

from mypy_extensions import mypyc_attr


@final
@mypyc_attr(acyclic=True)
class AlgoBook:
    """All waiting algo orders of the venue."""

    def __init__(self) -> None:
        self.fired: list[int] = []
