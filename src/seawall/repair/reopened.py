"""A repair of a repair: what an earlier posting gave, and a rerun without it does not give.

When a posting is among the edited inputs, the rerun does not have it, and each position that it
changed is a gap from that entry on: later fills that close it are closed with the venue, as after
any void. Money of the posting needs no gap; it is in the difference of the two runs. What the
posting gave a victim is no part of what happened to it: that is found by a run of its own, which
drops the posting and nothing else.
"""

from __future__ import annotations

from typing import Final

from seawall.core.engine.gap_rule import VOIDED
from seawall.core.engine.pinned_engine import PinnedEngine
from seawall.core.model.batch import find_commands
from seawall.core.model.commands import CommandType
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import Event
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.order_events import OrderAccepted
from seawall.core.model.repair_events import AccountRestated, RepairPosted
from seawall.core.model.risk_events import PositionChanged

_KINDS: Final = (
    1 << CommandType.OPEN_REPAIR | 1 << CommandType.REPAIR_PART | 1 << CommandType.POST_REPAIR
)


def repair_seqs(batch: bytes, first_seq: int) -> list[int]:
    """The seqs of the commands in a batch that open, carry or post a repair."""
    return [first_seq + place for place, _, _ in find_commands(batch, 0, _KINDS)]


def open_gaps(rerun: PinnedEngine, events: bytes, edits: dict[int, list[bytes]]) -> None:
    """Open the gaps of every posting in these events of the actual run that the edits drop, and
    note which orders it offered back. The rerun stands behind them.
    """
    for entry in read_entries(events):
        is_dropped = edits.get(int(entry.seq)) == []
        if is_dropped and any(isinstance(event, RepairPosted) for event in entry.events):
            for event in entry.events:
                _open_gap(rerun, event)


def _open_gap(rerun: PinnedEngine, event: Event) -> None:
    state, gaps = rerun.state, rerun.pinned.settlement.gaps
    if isinstance(event, AccountRestated):
        gaps.touch(event.account_id, VOIDED)
    elif isinstance(event, OrderAccepted):
        offered = rerun.pinned.settlement.offered
        place = (event.account_id, event.instrument_id, event.side, event.limit_price)
        offered[place] = offered.get(place, 0) + event.quantity
    elif isinstance(event, PositionChanged) and event.account_id != ACCOUNT_ID_ERROR:
        is_system = event.account_id > ACCOUNT_ID_ERROR
        account = state.system_account if is_system else state.account(event.account_id)
        assert account is not None, "whoever has a position has an account in both runs"
        here = state.position(account, state.markets[event.instrument_id]).size
        known = gaps.gap(event.account_id, event.instrument_id)
        lots = event.size - here - known
        if lots != 0:
            gaps.add(event.account_id, event.instrument_id, lots, VOIDED)
