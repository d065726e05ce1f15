"""Whether a plan is still true when its rows arrive in a venue that has traded on.

From the entry that completes the rows the engine follows what their accounts do. Between the cut
and that entry nobody does; so when an account with a difference in some position or coin traded in
it meanwhile, or funding was paid on such a position, or another repair was posted, the rows are no
longer what is missing. Then nothing is posted, and the plan is made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seawall.core.model.enums import LedgerKind
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import Event
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.order_events import OrderFilled
from seawall.core.model.repair import RepairRows
from seawall.core.model.repair_events import OverlayLoaded, RepairClosed, RepairOpened, RepairPosted
from seawall.core.model.risk_events import FundingPaid, PositionDeleveraged, PositionTakenOver

Place = tuple[int, int]  # account, instrument


def stale_fault(
    events: Iterable[bytes],
    rows: RepairRows,
    *,
    case_id: str,
    plan_hash: bytes,
    bases: Mapping[int, int],
) -> str:
    """What happened behind the cut that the rows do not know, as a sentence, or "". `events` are
    those behind the cut; `bases` the base asset of each spot market.
    """
    watch = _Watch(_places(rows, bases), case_id=case_id, plan_hash=plan_hash)
    for data in events:
        for entry in read_entries(data):
            for event in entry.events:
                watch.see(event, int(entry.seq))
    return watch.fault()


class _Watch:
    """What came behind the cut, and whether the engine follows the rows of this plan by now."""

    def __init__(self, places: set[Place], *, case_id: str, plan_hash: bytes) -> None:
        self._places = places
        self._case_id = case_id
        self._plan_hash = plan_hash
        self._is_open = False  # by this very plan
        self._has_arrived = False
        self._said = ""  # the first thing since the cut
        self._said_before = ""  # the same, when the rows arrived

    def see(self, event: Event, seq: int) -> None:
        """One event after the other."""
        if isinstance(event, RepairOpened):
            self._is_open = self._is_own(event.case_id) and event.plan_hash == self._plan_hash
        elif isinstance(event, OverlayLoaded):
            if self._is_open:
                self._has_arrived, self._said_before = True, self._said
        elif isinstance(event, RepairClosed):  # what arrived is dropped
            self._is_open = self._has_arrived = False
        elif isinstance(event, RepairPosted):
            if not self._is_own(event.case_id):
                self._say(f"case {_text(event.case_id)} was posted", seq)
        elif not self._said:
            for place in _moved(event):
                if place in self._places:
                    self._say(f"account {place[0]} has moved in instrument {place[1]}", seq)

    def fault(self) -> str:
        """From the arrival on the engine follows what the accounts do."""
        return self._said_before if self._has_arrived else self._said

    def _is_own(self, case_id: bytes) -> bool:
        return _text(case_id) == self._case_id

    def _say(self, what: str, seq: int) -> None:
        self._said = self._said or f"{what} at seq {seq}, behind the cut of the plan"


def _text(case_id: bytes) -> str:
    return case_id.rstrip(b"\0").decode("ascii", "replace")


def _places(rows: RepairRows, bases: Mapping[int, int]) -> set[Place]:
    """Where users lack, or have too much, of what later trades would close."""
    places = {
        (int(row.account_id), int(row.instrument_id))
        for row in rows.positions
        if row.size != 0 and row.account_id < ACCOUNT_ID_ERROR
    }
    for row in rows.ledger:
        if row.kind == LedgerKind.TRADING:
            places |= {
                (int(row.account_id), instrument_id)
                for instrument_id, asset_id in bases.items()
                if asset_id == row.asset_id
            }
    return places


def _moved(event: Event) -> list[Place]:
    if isinstance(event, OrderFilled):
        instrument_id = int(event.instrument_id)
        return [
            (int(event.taker_account_id), instrument_id),
            (int(event.maker_account_id), instrument_id),
        ]
    if isinstance(event, PositionDeleveraged):
        instrument_id = int(event.instrument_id)
        return [
            (int(event.account_id), instrument_id),
            (int(event.bankrupt_account_id), instrument_id),
        ]
    if isinstance(event, FundingPaid | PositionTakenOver):
        return [(int(event.account_id), int(event.instrument_id))]
    return []
