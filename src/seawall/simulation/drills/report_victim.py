"""One victim for the report: of those who were closed by a wrong price, who lost most by it.

The largest difference in worth between the two runs decides, then the smallest account id, so that
the same day shows the same victim. A position of a swap must have been closed by the act itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import PlaceAlgo
from seawall.core.model.enums import AlgoType, LedgerKind, OrderCause
from seawall.core.model.events import EntryEvents, Event
from seawall.core.model.order_events import OrderFilled
from seawall.core.model.repair import AlgoRow
from seawall.core.model.risk_events import (
    AlgoTriggered,
    OrderCaused,
    PositionChanged,
    PositionDeleveraged,
    PositionTakenOver,
)
from seawall.repair.judging import Judged
from seawall.simulation.drills.picture import entries_of
from seawall.simulation.drills.report_day import to_cents
from seawall.simulation.drills.report_posting import PostedVenue
from seawall.simulation.drills.report_remedies import Measures, differences_in_worth
from seawall.simulation.drills.verdict import Verdict, WrongfulAct
from seawall.web import numbers
from seawall.web.report import Amount, VictimRow

CANDIDATES: Final = 24
ALGO_ROWS_MAX: Final = 8


class Hurt(msgspec.Struct, kw_only=True):
    """A candidate: the act, the position that it closed, and how much of it at which prices."""

    act: WrongfulAct
    position: PositionChanged
    lots: int = 0
    paid: int = 0  # ticks times lots
    fired: set[int] = set()  # algo orders of the account that fired in the actual run

    @property
    def account_id(self) -> int:
        """Whose it was."""
        return self.act.account_id

    def close(self, lots: int, price: int) -> None:
        """The venue closed so many lots at so many ticks; what is more than there was is not of
        this act.
        """
        taken = min(lots, abs(int(self.position.size)) - self.lots)
        if taken > 0:
            self.lots += taken
            self.paid += taken * price


def victim_of(home: Path, verdict: Verdict, judged: Judged, measures: Measures) -> Hurt | None:
    """Who is shown; None when nobody was closed who has more in the repaired run."""
    given = differences_in_worth(judged, measures)
    candidates: dict[int, Hurt] = {}
    for act in verdict.acts:
        swaps = [one for one in act.positions if one.size != 0]
        if act.account_id in candidates or given.get(act.account_id, 0) <= 0 or not swaps:
            continue
        position = max(swaps, key=lambda one: (abs(int(one.cost)), -int(one.instrument_id)))
        candidates[act.account_id] = Hurt(act=act, position=position)
    order = sorted(candidates, key=lambda one: (-given[one], one))[:CANDIDATES]
    shown = {account_id: candidates[account_id] for account_id in order}
    _watch_closings(home, shown)
    return next((one for one in shown.values() if one.lots), None)


def _watch_closings(home: Path, hurt: dict[int, Hurt]) -> None:
    """Find at which prices each was closed, in the events of the day."""
    causes: dict[int, Hurt] = {}  # by the order that the venue made
    if not hurt:
        return
    for entry in entries_of(home):
        for event in entry.events:
            _watch(event, entry, hurt, causes)


def _watch(
    event: Event, entry: EntryEvents, hurt: dict[int, Hurt], causes: dict[int, Hurt]
) -> None:
    if isinstance(event, OrderCaused):
        found = hurt.get(event.account_id)
        if found is not None and entry.seq >= found.act.seq and _is_of(event, found):
            causes[event.order_id] = found
    elif isinstance(event, OrderFilled):
        for order_id in (event.taker_order_id, event.maker_order_id):
            if order_id in causes:
                causes[order_id].close(int(event.quantity), int(event.price))
    elif isinstance(event, AlgoTriggered):
        if event.account_id in hurt:
            hurt[event.account_id].fired.add(int(event.algo_id))
    elif isinstance(event, PositionTakenOver):
        found = hurt.get(event.account_id)
        if found is not None and event.instrument_id == found.position.instrument_id:
            found.close(abs(int(event.size)), int(event.price))
    elif isinstance(event, PositionDeleveraged):
        found = hurt.get(event.bankrupt_account_id)
        if found is not None and event.instrument_id == found.position.instrument_id:
            found.close(int(event.quantity), int(event.price))


def _is_of(event: OrderCaused, hurt: Hurt) -> bool:
    """Whether the venue made this order in the act."""
    if event.instrument_id != hurt.position.instrument_id:
        return False
    if hurt.act.kind == "liquidation":
        return event.cause == OrderCause.LIQUIDATION
    return event.cause == OrderCause.ALGO and event.first == hurt.act.algo_id


def rows_of(
    hurt: Hurt, judged: Judged, venue: PostedVenue, measures: Measures
) -> tuple[VictimRow, ...]:
    """Everything of the account that the repair has changed, and what it paid for its position."""
    return (
        *_position_rows(hurt, judged, venue, measures),
        *_money_rows(hurt, judged, venue, measures),
        *_figure_rows(hurt, judged, venue, measures),
        *_algo_rows(hurt, judged, measures),
        *_order_rows(hurt, judged, venue),
    )


def _position_rows(
    hurt: Hurt, judged: Judged, venue: PostedVenue, measures: Measures
) -> list[VictimRow]:
    rows = []
    for instrument_id, name in sorted(judged.standing.instruments.items()):
        key = (hurt.account_id, instrument_id)
        before = judged.standing.positions.get(key, (0, 0, 0, 0, 0))[0]
        after = venue.standing.positions.get(key, (0, 0, 0, 0, 0))[0]
        if before == after and instrument_id != hurt.position.instrument_id:
            continue
        instrument = measures.state.markets[instrument_id].instrument
        base, lot = int(instrument.base_asset_id), int(instrument.lot_size)
        rows.append(
            VictimRow(
                what=f"Position in {name}",
                actual=measures.amount(base, before * lot),
                repaired=measures.amount(base, after * lot),
            )
        )
    return rows


_MONEY: Final = (
    ("Cash", (LedgerKind.TRADING, LedgerKind.FUNDING)),
    ("Margin set aside", (LedgerKind.ISOLATED,)),
    ("Owed to the venue", (LedgerKind.DEBT,)),
)


def _money_rows(
    hurt: Hurt, judged: Judged, venue: PostedVenue, measures: Measures
) -> list[VictimRow]:
    rows = []
    for what, kinds in _MONEY:
        for asset_id in sorted(judged.standing.assets):
            before, after = (
                sum(
                    units
                    for (kind, account_id, asset, _), units in standing.balances.items()
                    if account_id == hurt.account_id and asset == asset_id and kind in kinds
                )
                for standing in (judged.standing, venue.standing)
            )
            if before != after:
                rows.append(
                    _row(
                        f"{what}, {judged.standing.assets[asset_id]}",
                        asset_id,
                        before,
                        after,
                        measures,
                    )
                )
    return rows


def _figure_rows(
    hurt: Hurt, judged: Judged, venue: PostedVenue, measures: Measures
) -> list[VictimRow]:
    """Profit, fees and funding of the position over its life; what is paid is below zero."""
    instrument_id = int(hurt.position.instrument_id)
    key = (hurt.account_id, instrument_id)
    before = judged.standing.positions.get(key, (0, 0, 0, 0, 0))
    after = venue.standing.positions.get(key, (0, 0, 0, 0, 0))
    quote = judged.standing.quotes[instrument_id]
    rows = [_row("Realised profit", quote, before[2], after[2], measures)]
    for what, place in (("Fees", 3), ("Funding", 4)):
        if before[place] or after[place]:
            rows.append(_row(what, quote, -before[place], -after[place], measures))
    paid = [one for one in judged.made.bills if one.account_id == hurt.account_id]
    for asset_id in sorted({int(one.asset_id) for one in paid}):
        units = sum(int(one.amount) for one in paid if one.asset_id == asset_id)
        rows.append(_row("In the cash: paid by the operator", asset_id, 0, units, measures))
    return rows


def _row(what: str, asset_id: int, before: int, after: int, measures: Measures) -> VictimRow:
    actual: Amount = measures.amount(asset_id, before)
    return VictimRow(what=what, actual=actual, repaired=measures.amount(asset_id, after))


def _algo_rows(hurt: Hurt, judged: Judged, measures: Measures) -> list[VictimRow]:
    mine = [one for one in judged.rows.algos if one.account_id == hurt.account_id]
    return [
        VictimRow(
            what=_algo_words(one, judged, measures),
            actual="fired" if one.algo_id in hurt.fired else "not as it was",
            repaired="active",
        )
        for one in mine[:ALGO_ROWS_MAX]
    ]


def _algo_words(row: AlgoRow, judged: Judged, measures: Measures) -> str:
    terms = decode_command(row.terms, 0, len(row.terms))
    assert isinstance(terms, PlaceAlgo), "rows_fault has read it"
    name = judged.standing.instruments[int(terms.instrument_id)]
    if terms.algo_type == AlgoType.TRAILING:
        return f"Trailing stop in {name}"
    tick_e8 = int(measures.state.markets[terms.instrument_id].instrument.tick_size_e8)
    return f"Stop in {name} at {numbers.price(int(terms.trigger_price) * tick_e8)}"


def _order_rows(hurt: Hurt, judged: Judged, venue: PostedVenue) -> list[VictimRow]:
    spent = sum(1 for one in judged.rows.orders if one.account_id == hurt.account_id)
    if not spent:
        return []
    missing = sum(1 for one in venue.not_offered if one.account_id == hurt.account_id)
    return [
        VictimRow(
            what="Resting orders that a void fill had used",
            actual=f"{spent} used",
            repaired=f"{spent - missing} offered back",
        )
    ]


def entry_price_e8(hurt: Hurt, measures: Measures) -> int:
    """The mean price at which the position was entered, to the cent."""
    instrument = measures.state.markets[hurt.position.instrument_id].instrument
    ticks_e8 = abs(int(hurt.position.cost)) * int(instrument.tick_size_e8)
    return to_cents(ticks_e8 // (abs(int(hurt.position.size)) * int(instrument.unit_value)))


def closed_price_e8(hurt: Hurt, measures: Measures) -> int:
    """The mean price at which the venue closed it, to the cent."""
    instrument = measures.state.markets[hurt.position.instrument_id].instrument
    return to_cents(hurt.paid * int(instrument.tick_size_e8) // hurt.lots)
