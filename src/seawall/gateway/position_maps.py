"""Positions and leverage as the edge knows them, from events.

Events state a position as it is after its entry, so a map sets it and cannot drift. The margin of
an isolated position is the balance of its own ledger account.
"""

from __future__ import annotations

import msgspec

from seawall.core.model.events import BalanceChanged
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.risk_events import LeverageChanged, PositionChanged
from seawall.gateway.handlers import Handler
from seawall.gateway.views import PositionView


class PositionMaps:
    """What each account has in each swap; the system's own positions are nobody's to read."""

    def __init__(self) -> None:
        self._positions: dict[int, dict[int, PositionView]] = {}  # by account, then instrument
        self._trade_ids: dict[tuple[int, int], int] = {}  # the last of an account in a swap

    def handlers(self) -> dict[type, Handler]:
        """Which events change these maps, and how."""
        return {
            PositionChanged: self._on_position_changed,
            LeverageChanged: self._on_leverage_changed,
        }

    def of_account(self, account_id: int) -> list[PositionView]:
        """Everything the account ever had or set leverage of, by instrument; sizes may be 0."""
        return [view for _, view in sorted(self._positions.get(account_id, {}).items())]

    def position(self, account_id: int, instrument_id: int) -> PositionView | None:
        """One of them; None when the account never touched the swap."""
        found = self._positions.get(account_id, {}).get(instrument_id)
        if found is None:
            return None
        trade_id = self._trade_ids.get((account_id, instrument_id), 0)
        return msgspec.structs.replace(found, last_trade_id=trade_id)

    def note_trade(self, account_id: int, instrument_id: int, trade_id: int) -> None:
        """The account traded in a swap."""
        self._trade_ids[(account_id, instrument_id)] = trade_id

    def set_isolated(self, event: BalanceChanged, time_ns: int) -> None:
        """The balance of an isolated position's ledger account."""
        mine = self._positions.get(event.account_id, {})
        found = mine.get(event.instrument_id)
        if found is not None:
            mine[event.instrument_id] = msgspec.structs.replace(
                found, margin=event.balance, updated_ns=time_ns
            )

    def _on_position_changed(self, event: PositionChanged, _seq: int, time_ns: int) -> None:
        if event.account_id >= ACCOUNT_ID_ERROR:
            return
        self._positions.setdefault(event.account_id, {})[event.instrument_id] = PositionView(
            account_id=event.account_id,
            instrument_id=event.instrument_id,
            size=event.size,
            cost=event.cost,
            margin_mode=event.margin_mode,
            lever=event.lever,
            margin=event.margin,
            realised=event.realised,
            fees=event.fees,
            funding=event.funding,
            opened_ms=event.opened_ms,
            updated_ns=time_ns,
        )

    def _on_leverage_changed(self, event: LeverageChanged, _seq: int, time_ns: int) -> None:
        mine = self._positions.setdefault(event.account_id, {})
        found = mine.get(event.instrument_id)
        if found is None:
            found = PositionView(
                account_id=event.account_id,
                instrument_id=event.instrument_id,
                size=0,
                cost=0,
                margin_mode=event.margin_mode,
                lever=event.lever,
                margin=0,
                realised=0,
                fees=0,
                funding=0,
                opened_ms=0,
                updated_ns=time_ns,
            )
        mine[event.instrument_id] = msgspec.structs.replace(
            found, margin_mode=event.margin_mode, lever=event.lever, updated_ns=time_ns
        )
