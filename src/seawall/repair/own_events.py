"""What happened to each account in one of two runs and not in the other, in words.

Only what an owner would want to know is told: fills, ends of orders, triggers, liquidations,
takeovers, funding. Balances and positions stand in the lines of his part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from seawall.core.model.enums import CANCEL_REASON_NAMES, LIQUIDATION_PHASE_NAMES, Side
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import Event
from seawall.core.model.order_events import OrderCancelled, OrderFilled
from seawall.core.model.risk_events import (
    AlgoTriggered,
    FundingPaid,
    LiquidationStepped,
    PositionDeleveraged,
    PositionTakenOver,
)
from seawall.repair.parts import OwnEvent, owner_of

Own = tuple[int, int, str]  # seq, account, words


def own_events(
    events: bytes, *, names: Mapping[int, str], first_seq: int, last_seq: int
) -> Iterator[Own]:
    """What the event bytes say of single accounts within these seqs. `names` are those of the
    instruments.
    """
    for entry in read_entries(events):
        if first_seq <= entry.seq <= last_seq:
            for event in entry.events:
                for account_id, words in _words(event, names):
                    yield int(entry.seq), owner_of(int(account_id)), words


def only_in_one(
    one: Iterator[Own], other: Iterator[Own]
) -> tuple[dict[int, list[OwnEvent]], dict[int, list[OwnEvent]]]:
    """By account: what only the one run has, and what only the other has; both in their order."""
    ours, theirs = list(one), list(other)
    return _without(ours, Counter(theirs)), _without(theirs, Counter(ours))


def _without(events: list[Own], known: Counter[Own]) -> dict[int, list[OwnEvent]]:
    found: dict[int, list[OwnEvent]] = {}
    for event in events:
        if known[event] > 0:
            known[event] -= 1
            continue
        seq, account_id, words = event
        found.setdefault(account_id, []).append(OwnEvent(seq=seq, event=words))
    return found


def _words(event: Event, names: Mapping[int, str]) -> list[tuple[int, str]]:
    if isinstance(event, OrderFilled):
        what = f"{event.quantity} lots of {names[event.instrument_id]} at {event.price} ticks"
        taker, maker = ("bought", "sold") if event.taker_side == Side.BUY else ("sold", "bought")
        return [
            (event.taker_account_id, f"{taker} {what}, order {event.taker_order_id}"),
            (event.maker_account_id, f"{maker} {what}, order {event.maker_order_id}"),
        ]
    if isinstance(event, OrderCancelled):
        name = CANCEL_REASON_NAMES[event.reason]
        return [(event.account_id, f"order {event.order_id} ended: {name}")]
    if isinstance(event, AlgoTriggered):
        return [(event.account_id, f"algo order {event.algo_id} fired at {event.price_e8}e-8")]
    if isinstance(event, FundingPaid):
        words = f"funding of {event.amount} units in {names[event.instrument_id]}"
        return [(event.account_id, words)]
    if isinstance(event, LiquidationStepped):
        where = names.get(event.instrument_id, "cross margin")
        phase = LIQUIDATION_PHASE_NAMES[event.phase]
        why = f"equity {event.equity}, needed {event.maintenance}"
        return [(event.account_id, f"liquidation of {where}, {phase}: {why}")]
    if isinstance(event, PositionTakenOver):
        what = f"{event.size} lots of {names[event.instrument_id]} at {event.price} ticks"
        return [(event.account_id, f"the venue took over {what}")]
    if isinstance(event, PositionDeleveraged):
        what = f"{event.quantity} lots of {names[event.instrument_id]} at {event.price} ticks"
        return [
            (event.account_id, f"deleveraged by {what}"),
            (event.bankrupt_account_id, f"closed against others: {what}"),
        ]
    return []
