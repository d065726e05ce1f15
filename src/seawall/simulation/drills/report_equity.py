"""What one account is worth from second to second, in the actual run and in the pinned rerun.

The pinned rerun is made once more, and watched: after every second both are valued by the same
formula at the same prices, those that the rerun believes. What the account has in the actual run is
kept from its events.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from seawall.core.engine.pinned_engine import PinnedEngine
from seawall.core.engine.review import review_policy
from seawall.core.engine.valuation import Prices, account_value
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import BalanceChanged
from seawall.core.model.genesis import Genesis
from seawall.core.model.repair import USER_KINDS
from seawall.core.model.risk_events import PositionChanged
from seawall.repair.remedies import Findings
from seawall.repair.worlds import open_pinned_world
from seawall.replay.edits import Edit
from seawall.replay.pinned import pinned_rerun
from seawall.replay.resolution import resolved

MS_PER_SECOND: Final = 1_000

Point = tuple[int, int]  # (ms of the venue's clock, units)


class Equity(msgspec.Struct, frozen=True, kw_only=True):
    """Both lines up to the cut, at their changes."""

    actual: list[Point]
    repaired: list[Point]


def equity_of(
    directory: Path, findings: Findings, edits: list[Edit], *, account_id: int, begin_seq: int
) -> Equity:
    """Run again and watch the account, from the newest checkpoint at or below `begin_seq` on.
    Raises what `pinned_rerun` raises.
    """

    def open_watched(genesis: Genesis, snapshot: bytes | None) -> EquityWatch:
        world = open_pinned_world(
            genesis,
            snapshot,
            first_seq=findings.window_first,
            last_seq=findings.window_last,
            policy=review_policy(findings.policy),
        )
        return EquityWatch(world.rerun, account_id)

    done = pinned_rerun(
        directory,
        commands=resolved(directory, edits).commands,
        until=findings.cut_seq,
        open_pinned=open_watched,
        begin=begin_seq,
    )
    return done.pinned.equity()


class EquityWatch:
    """A pinned rerun in which one account is watched."""

    def __init__(self, rerun: PinnedEngine, account_id: int) -> None:
        """Both runs are still the same: what the account has is read from the state."""
        self.rerun = rerun
        self._account_id = account_id
        self._actual: list[Point] = []
        self._repaired: list[Point] = []
        self._balances: dict[tuple[int, int, int], int] = {}
        self._positions: dict[int, tuple[int, int]] = {}  # by instrument: size and cost
        state = rerun.state
        for found in state.ledger.accounts.values():
            if found.kind in USER_KINDS and found.account_id == account_id:
                key = (int(found.kind), int(found.asset_id), int(found.instrument_id))
                self._balances[key] = int(found.balance)
        account = state.account(account_id)
        for position in account.positions if account is not None else []:
            figures = (int(position.size), int(position.cost))
            self._positions[int(position.instrument_id)] = figures

    def apply(self, data: bytes, events: bytes, edits: dict[int, list[bytes]]) -> object:
        """See `Pinnable`."""
        second = int(self.rerun.engine.clock_ms) // MS_PER_SECOND
        self.rerun.apply(data, events, edits)
        self._hear(events)
        if int(self.rerun.engine.clock_ms) // MS_PER_SECOND != second:
            self._value()
        return None

    def equity(self) -> Equity:
        """Both lines; call it at the cut."""
        self._value()
        return Equity(actual=self._actual, repaired=self._repaired)

    def _hear(self, events: bytes) -> None:
        """What the actual run says of the account."""
        for entry in read_entries(events):
            for event in entry.events:
                if isinstance(event, BalanceChanged):
                    if event.account_id == self._account_id:
                        key = (int(event.kind), int(event.asset_id), int(event.instrument_id))
                        self._balances[key] = int(event.balance)
                elif isinstance(event, PositionChanged) and event.account_id == self._account_id:
                    figures = (int(event.size), int(event.cost))
                    self._positions[int(event.instrument_id)] = figures

    def _value(self) -> None:
        state = self.rerun.state
        clock_ms = int(state.clock_ms)
        account = state.account(self._account_id)
        if account is None or clock_ms == 0:
            return
        prices = Prices(state, self.rerun.pinned.settlement.references)
        _add(self._repaired, clock_ms, int(account_value(state, prices, account)))
        units: dict[int, int] = {}
        for (_, asset_id, _), amount in self._balances.items():
            units[asset_id] = units.get(asset_id, 0) + amount
        worth = 0
        for instrument_id, (size, cost) in self._positions.items():
            instrument = state.markets[instrument_id].instrument
            quote_id = int(instrument.quote_asset_id)
            at_reference = prices.ticks[instrument_id] * int(instrument.unit_value)
            units[quote_id] = units.get(quote_id, 0) + size * at_reference - cost
        for asset_id, amount in units.items():
            worth += int(prices.value_of(state, asset_id, amount))
        _add(self._actual, clock_ms, worth)


def _add(points: list[Point], clock_ms: int, units: int) -> None:
    if points and points[-1][0] == clock_ms:
        points[-1] = (clock_ms, units)
    elif not points or points[-1][1] != units:
        points.append((clock_ms, units))
