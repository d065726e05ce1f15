"""Where liquidations stand."""

from typing import final

from mypy_extensions import mypyc_attr


@final
@mypyc_attr(acyclic=True)
class LiquidationState:
    """Units that must be measured anew, and those that are being liquidated."""

    def __init__(self) -> None:
        self.dirty: list[int] = []
