"""Whether a plan is still true when its rows arrive in a venue that has traded on.

From the entry that completes the rows the engine follows what their accounts do. Between the cut
and that entry nobody does; so when an account with a difference in some position or coin traded in
it meanwhile, or funding was paid on such a position, the rows are no longer what is missing. Then
nothing is posted, and the plan is made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seawall.core.model.enums import LedgerKind
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import Event
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.order_events import OrderFilled
from seawall.core.model.repair import RepairRows
from seawall.core.model.repair_events import OverlayLoaded, RepairPosted
from seawall.core.model.risk_events import FundingPaid, PositionDeleveraged, PositionTakenOver

Place = tuple[int, int]  # account, instrument


def stale_fault(
    events: Iterable[bytes], rows: RepairRows, *, case_id: str, bases: Mapping[int, int]
) -> str:
    """What happened behind the cut that the rows do not know, as a sentence, or "". `events` are
    those behind the cut; `bases` the base asset of each spot market.
    """
    places = _places(rows, bases)
    for data in events:
        for entry in read_entries(data):
            for event in entry.events:
                if _is_arrival(event, case_id):
                    return ""
                for account_id, instrument_id in _moved(event):
                    if (account_id, instrument_id) in places:
                        return (
                            f"account {account_id} has moved in instrument {instrument_id} at seq "
                            f"{entry.seq}, behind the cut of the plan"
                        )
    return ""


def _is_arrival(event: Event, case_id: str) -> bool:
    """Whether from here on the engine follows what the case's accounts do."""
    if not isinstance(event, OverlayLoaded | RepairPosted):
        return False
    return event.case_id.rstrip(b"\0").decode("ascii", "replace") == case_id


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
