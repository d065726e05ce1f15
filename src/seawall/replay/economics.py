"""What a venue came to, account by account: the comparison of two worlds that people understand.

Two runs that were told different things cannot be compared by ids or hashes. They are compared by
what their accounts own and owe: balances and holds, positions with their cost, open orders by
client id and open quantity, algo orders by their terms. Ids, priorities, times and lifetime figures
are left out. It is read from what the engine itself says of its state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from seawall.core.engine import Engine, restore_engine
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import BalanceChanged, Event
from seawall.core.model.genesis import Genesis
from seawall.core.model.order_events import OrderAccepted, OrderAmended
from seawall.core.model.risk_events import AlgoAccepted, PositionChanged
from seawall.errors import CheckpointDamaged

HOUSE: Final = 0  # what belongs to no account: house:*, ins:*, sys:*, clearing, custody


class Holdings(msgspec.Struct, frozen=True, order=True):
    """What one account owns and owes. Every list is sorted."""

    balances: list[tuple[int, int, int, int]]  # ledger kind, asset, instrument, units
    holds: list[tuple[int, int, int, int]]  # the same, units held
    positions: list[tuple[int, int, int, int]]  # instrument, mode, signed lots, signed cost
    orders: list[tuple[bytes, int, int, int, int]]  # client id, instrument, side, ticks, lots open
    algos: list[tuple[bytes, tuple[int, ...]]]  # client id, terms


def economic_state(engine: Engine) -> dict[int, Holdings]:
    """The holdings of each account that has any; those of no account stand under `HOUSE`."""
    found: dict[int, Holdings] = {}
    orders: dict[int, OrderAccepted] = {}
    still_open: dict[int, int] = {}  # order id -> lots, of partly filled ones
    for entry in read_entries(engine.describe()):
        for event in entry.events:
            if isinstance(event, OrderAccepted):
                orders[event.order_id] = event
            elif isinstance(event, OrderAmended):
                still_open[event.order_id] = event.quantity_open
            else:
                _take(found, event)
    for order_id, order in orders.items():
        left = still_open.get(order_id, order.quantity)
        row = (order.client_id, order.instrument_id, order.side, order.limit_price, left)
        _of(found, order.account_id).orders.append(row)
    for holdings in found.values():
        for rows in (holdings.balances, holdings.holds, holdings.positions):
            rows.sort()
        holdings.orders.sort()
        holdings.algos.sort()
    return {account_id: found[account_id] for account_id in sorted(found)}


def economic_state_of(genesis: Genesis, snapshot: bytes) -> dict[int, Holdings]:
    """The same of a snapshot. Raises CheckpointDamaged when it is none of this venue."""
    engine, fault = restore_engine(genesis, snapshot)
    if engine is None:
        raise CheckpointDamaged(
            expected="a snapshot of this venue", found=fault, to_do="run the venue again"
        )
    return economic_state(engine)


def differing_accounts(
    one: Mapping[int, Holdings], other: Mapping[int, Holdings]
) -> dict[int, list[str]]:
    """The accounts whose holdings differ, in order, each with the names of what does."""
    found: dict[int, list[str]] = {}
    nothing = _empty()
    for account_id in sorted({*one, *other}):
        ours, theirs = one.get(account_id, nothing), other.get(account_id, nothing)
        if ours != theirs:
            found[account_id] = [
                name
                for name in Holdings.__struct_fields__
                if getattr(ours, name) != getattr(theirs, name)
            ]
    return found


def _empty() -> Holdings:
    return Holdings(balances=[], holds=[], positions=[], orders=[], algos=[])


def _of(found: dict[int, Holdings], account_id: int) -> Holdings:
    return found.setdefault(account_id, _empty())


def _take(found: dict[int, Holdings], event: Event) -> None:
    if isinstance(event, BalanceChanged):
        key = (event.kind, event.asset_id, event.instrument_id)
        holdings = _of(found, event.account_id)
        if event.balance:
            holdings.balances.append((*key, event.balance))
        if event.held:
            holdings.holds.append((*key, event.held))
    elif isinstance(event, PositionChanged):
        if event.size:
            row = (event.instrument_id, event.margin_mode, event.size, event.cost)
            _of(found, event.account_id).positions.append(row)
    elif isinstance(event, AlgoAccepted):
        terms = (
            event.instrument_id,
            event.algo_type,
            event.side,
            event.quantity,
            event.margin_mode,
            int(event.reduce_only),
            event.trigger_price,
            event.trigger_by,
            event.order_price,
            event.second_trigger_price,
            event.second_trigger_by,
            event.second_order_price,
            event.callback_e8,
            event.callback_ticks,
            event.active_price,
        )
        _of(found, event.account_id).algos.append((event.client_id, terms))
