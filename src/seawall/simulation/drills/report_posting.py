"""The venue after its repair, read from the journal behind the cut: what was posted and stays open.

Nothing of it is believed: the entries behind the cut are run again from a checkpoint, and what is
shown is what they say and leave.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import msgspec

from seawall.core.engine import Engine
from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import LedgerKind, Side
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import EntryEvents
from seawall.core.model.order_events import OrderAccepted, OrderRejected
from seawall.core.model.rejects import reject_sentence
from seawall.core.model.repair_events import AlgoRearmed, RepairOpened, RepairPosted
from seawall.repair.judging import Judged
from seawall.repair.parts import Standing, standing_of
from seawall.replay.actual import ActualEvents
from seawall.simulation.drills.report_remedies import Measures
from seawall.simulation.drills.told import NS_PER_MS, First
from seawall.web import numbers
from seawall.web.report import Amount, Open, OpenLine

LINES_MAX: Final = 10


class NotOffered(msgspec.Struct, frozen=True, kw_only=True):
    """An order that could not be offered back, by its place among the rows, and why."""

    place: int
    account_id: int
    reason: str


class PostedVenue(msgspec.Struct, kw_only=True):
    """The venue at the end of its journal, and what was said behind the cut."""

    engine: Engine
    standing: Standing
    ledger_faults: list[str]
    cut_ms: int
    opened: First | None = None
    posted: First | None = None
    offered: int = 0
    rearmed: int = 0
    not_offered: list[NotOffered] = []


def posted_venue(directory: Path, *, cut_seq: int) -> PostedVenue:
    """Run what is behind the cut. Raises what the reader raises."""
    run = ActualEvents(directory, begin=cut_seq, until=sys.maxsize)
    entries: list[EntryEvents] = []
    for _, _, events in run:
        entries += read_entries(events)
    engine = run.replica.engine
    venue = PostedVenue(
        engine=engine,
        standing=standing_of(engine.describe()),
        ledger_faults=list(engine.ledger_faults()),
        cut_ms=int(entries[0].time_ns if entries else engine.time_ns) // NS_PER_MS,
    )
    for entry in entries:
        _note(venue, entry)
    return venue


def _note(venue: PostedVenue, entry: EntryEvents) -> None:
    first = First(seq=int(entry.seq), time_ms=int(entry.time_ns) // NS_PER_MS)
    for event in entry.events:
        if isinstance(event, RepairOpened):
            venue.opened = venue.opened or first
        elif isinstance(event, RepairPosted):
            venue.posted = first
        elif isinstance(event, OrderAccepted):
            venue.offered += 1
        elif isinstance(event, AlgoRearmed):
            venue.rearmed += 1
        elif isinstance(event, OrderRejected):
            venue.not_offered.append(
                NotOffered(
                    place=venue.offered + len(venue.not_offered),
                    account_id=int(event.account_id),
                    reason=reject_sentence(int(event.reason)),
                )
            )


def remains_of(venue: PostedVenue, judged: Judged, measures: Measures) -> tuple[Open, ...]:
    """What is open after the posting."""
    return (
        _claims(judged, measures),
        _receivables(venue, measures),
        _orders(venue, judged, measures),
    )


def _claims(judged: Judged, measures: Measures) -> Open:
    """Cash for what the day did not do: a policy that makes victims whole has paid it."""
    settlement = judged.world.rerun.pinned.settlement
    if settlement.policy.is_whole:
        return Open(kind="claims", count=0)
    lines: list[OpenLine] = []
    sums: dict[int, int] = {}
    room = {int(one): int(cap) for one, cap in settlement.claim_book.caps.items()}
    for claim in settlement.claim_book.claims:
        instrument = measures.state.markets[claim.instrument_id].instrument
        worse = measures.prices.ticks[int(claim.instrument_id)] - int(claim.price)
        worse = worse if claim.signed > 0 else -worse
        account_id = int(claim.account_id)
        units = (claim.value + worse * int(claim.left)) * int(instrument.unit_value)
        units = min(units, room.get(account_id, 0))
        if units <= 0:
            continue
        room[account_id] -= units
        asset_id = int(instrument.quote_asset_id)
        sums[asset_id] = sums.get(asset_id, 0) + units
        name = judged.standing.instruments[int(claim.instrument_id)]
        lines.append(
            OpenLine(
                account=account_name(account_id),
                what=f"A trade of {name} that the day did not make, entry {int(claim.seq):,}",
                amount=measures.amount(asset_id, units),
            )
        )
    return Open(
        kind="claims",
        count=len(lines),
        sums=tuple(measures.amount(asset_id, units) for asset_id, units in sorted(sums.items())),
        lines=tuple(lines[:LINES_MAX]),
    )


def _receivables(venue: PostedVenue, measures: Measures) -> Open:
    """What accounts owe because they had it no more."""
    sums: dict[int, int] = {}
    lines: list[OpenLine] = []
    for (kind, account_id, asset_id, _), units in sorted(venue.standing.balances.items()):
        if kind == LedgerKind.DEBT and units < 0:
            sums[asset_id] = sums.get(asset_id, 0) - units
            owed: Amount = measures.amount(asset_id, -units)
            what = "Owed to the venue: it was gone when the repair was posted"
            lines.append(OpenLine(account=account_name(account_id), what=what, amount=owed))
    return Open(
        kind="receivables",
        count=len(lines),
        sums=tuple(measures.amount(asset_id, units) for asset_id, units in sorted(sums.items())),
        lines=tuple(lines[:LINES_MAX]),
    )


def _orders(venue: PostedVenue, judged: Judged, measures: Measures) -> Open:
    """What was refused, in the order of the rows, as the venue answered it."""
    lines = []
    for one in venue.not_offered[:LINES_MAX]:
        row = judged.rows.orders[one.place]
        assert row.account_id == one.account_id, "each row is answered once, in order"
        order = decode_command(row.order, 0, len(row.order))
        assert isinstance(order, PlaceOrder), "rows_fault has read it"
        instrument = measures.state.markets[order.instrument_id].instrument
        price_e8 = int(order.limit_price) * int(instrument.tick_size_e8)
        side = "Buy" if order.side == Side.BUY else "Sell"
        name = venue.standing.instruments[int(order.instrument_id)]
        what = f"{side} {name} at {numbers.price(price_e8)}. {one.reason}"
        lines.append(OpenLine(account=account_name(one.account_id), what=what))
    return Open(kind="orders_not_offered", count=len(venue.not_offered), lines=tuple(lines))


def account_name(account_id: int) -> str:
    """How an account of a drill is called in public: nobody owns it."""
    return f"Account {account_id}"
