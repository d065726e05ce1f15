"""A repair of a repair: what an earlier posting gave, and a rerun without it does not give.

When a posting is among the edited inputs, the rerun does not have it, and each position that it
changed is a gap from that entry on: later fills that close it are closed with the venue, as after
any void. Money of the posting needs no gap; it is in the difference of the two runs. What the
posting gave a victim is no part of what happened to it: that is found by a run of its own, which
drops the posting and nothing else.

A posting is dropped as a whole, by the seq of its `PostRepair`. Without its opening or one of its
parts it would be refused in the rerun, but nobody has asked for that: `torn_posting_fault`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
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
from seawall.replay.heard import heard
from seawall.replay.resolution import Settled

POSTING_KINDS: Final = (CommandType.OPEN_REPAIR, CommandType.REPAIR_PART, CommandType.POST_REPAIR)
_KINDS: Final = sum(1 << kind for kind in POSTING_KINDS)


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


def torn_posting_fault(
    directory: Path, commands: Mapping[int, Sequence[bytes]], *, settled: Sequence[Settled]
) -> str:
    """Which posting the edits tear, taking its opening or a part of it and leaving the rest, as a
    sentence; "" for none. `commands` are heard instead, by seq.
    """
    left = {one.posted_seq: one.case_id for one in settled if commands.get(one.posted_seq) != []}
    first_seq, last_seq = min(commands, default=0), max(left, default=0)
    if not commands or last_seq < first_seq:
        return ""
    torn_seq = 0  # the first that is taken of the posting that is being read
    for one in heard(directory, kinds=POSTING_KINDS, first_seq=first_seq, last_seq=last_seq):
        kind = one.command[0]
        if kind == CommandType.OPEN_REPAIR:
            torn_seq = 0
        if kind != CommandType.POST_REPAIR:
            is_taken = one.command not in commands.get(one.seq, (one.command,))
            torn_seq = torn_seq or (one.seq if is_taken else 0)
        elif torn_seq and one.seq in left:
            return (
                f"seq {torn_seq} belongs to the posting of case {left[one.seq]}, which is dropped "
                f"whole or not at all: drop its PostRepair too, at seq {one.seq}"
            )
    return ""


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
