"""What a judge has found of a day: counts, the ticks they belong to, and every wrong by itself."""

from __future__ import annotations

from typing import Literal

import msgspec

from seawall.core.model.risk_events import PositionChanged


class TickCounts(msgspec.Struct):
    """What the venue did in its own name within one second of its clock."""

    liquidations: int = 0
    wrongful_liquidations: int = 0
    triggers: int = 0
    wrongful_triggers: int = 0


class WrongfulAct(msgspec.Struct, frozen=True, kw_only=True):
    """A liquidation or a trigger that does not happen on the clean world's prices. `positions` are
    what the account held just before, of the instruments concerned; `algo_id` is 0 in a
    liquidation.
    """

    kind: Literal["liquidation", "trigger"]
    seq: int
    time_ms: int
    account_id: int
    algo_id: int
    positions: tuple[PositionChanged, ...]


class FreezeSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The first freeze since the sources lied. `after_ms`: venue time from the first lie."""

    seq: int
    time_ms: int
    after_ms: int
    is_by_operator: bool


class Verdict(msgspec.Struct, kw_only=True):
    """What the judge counted. `ticks` by second of the venue's clock; `acts` in the order in which
    they happened; `index_low_e8`: the lowest index that the venue published while sources lied, 0
    when it published none.
    """

    fills: int = 0
    clean_fills: int = 0
    fills_out_of_band: int = 0
    liquidations: int = 0
    wrongful_liquidations: int = 0
    triggers: int = 0
    wrongful_triggers: int = 0
    taken_over: int = 0
    deleveraged: int = 0
    detections: int = 0
    accounts: int = 0
    accounts_affected: int = 0  # whose economic state differs from the clean world's
    freeze: FreezeSeen | None = None
    index_low_e8: int = 0
    ticks: dict[int, TickCounts] = {}
    acts: list[WrongfulAct] = []
    examples: list[str] = []

    @property
    def freeze_ms(self) -> int | None:
        """Venue time from the first lie to the first freeze; None when there was none."""
        return None if self.freeze is None else self.freeze.after_ms

    def tick(self, second: int) -> TickCounts:
        """The counts of a second."""
        return self.ticks.setdefault(second, TickCounts())
