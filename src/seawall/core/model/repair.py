"""The rows of a repair: what the repaired run has more, or less, than the actual one.

A row is a difference, repaired less actual, at the cut. Rows are sorted by key and unique, so that
equal differences have equal bytes (`repair_codec.py`). Money and positions sum to zero by
themselves; `rows_fault` says which rule a set of rows breaks.
"""

from dataclasses import dataclass
from typing import Final, final

from mypy_extensions import i64

from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import PlaceAlgo, PlaceOrder
from seawall.core.model.enums import LedgerKind, MarginMode
from seawall.core.model.limits import (
    ACCOUNT_ID_ERROR,
    ACCOUNT_ID_MAX,
    AMOUNT_MAX,
    ASSET_ID_MAX,
    INSTRUMENT_ID_MAX,
    LEVER_MAX,
    NOTIONAL_MAX,
)

USER_KINDS: Final = (
    LedgerKind.TRADING,
    LedgerKind.FUNDING,
    LedgerKind.ISOLATED,
    LedgerKind.DEBT,
)
INSTRUMENT_KINDS: Final = (LedgerKind.ISOLATED, LedgerKind.CLEARING)


@final
@dataclass
class LedgerRow:
    """Money of one ledger account."""

    kind: i64  # LedgerKind; never ext:custody: what left the venue has left it
    account_id: i64  # 0 for the venue's own
    asset_id: i64
    instrument_id: i64  # of kinds that belong to one, else 0
    amount: i64  # units, repaired less actual


@final
@dataclass
class PositionRow:
    """A position, with what it has realised, paid and received over its life."""

    account_id: i64
    instrument_id: i64
    size: i64  # signed lots
    cost: i64  # signed quote units
    realised: i64
    fees: i64
    funding_paid: i64
    margin_mode: i64  # of the repaired run; used where the account has nothing open
    lever: i64  # likewise


@final
@dataclass
class AlgoRow:
    """An algo order that fired in the actual run only: it waits again, as it did before."""

    account_id: i64
    algo_id: i64
    terms: bytes  # an encoded PlaceAlgo
    extreme: i64  # of a trailing order: the best price since it is active, in the unit it watches
    is_above: bool  # waits for a rise
    is_second_above: bool  # the second leg does
    is_active: bool  # a trailing order that follows the price


@final
@dataclass
class OrderRow:
    """An order that a void has spent, offered back as a new one."""

    account_id: i64
    order: bytes  # an encoded PlaceOrder


@final
@dataclass
class RepairRows:
    """All rows of a repair."""

    ledger: list[LedgerRow]
    positions: list[PositionRow]
    algos: list[AlgoRow]
    orders: list[OrderRow]

    def count(self) -> int:
        """Rows of all kinds."""
        return len(self.ledger) + len(self.positions) + len(self.algos) + len(self.orders)


def ledger_row_key(row: LedgerRow) -> tuple[int, int, int, int]:
    """What a row of money is sorted by."""
    return (int(row.kind), int(row.account_id), int(row.asset_id), int(row.instrument_id))


def position_row_key(row: PositionRow) -> tuple[int, int]:
    """What a row of a position is sorted by."""
    return (int(row.account_id), int(row.instrument_id))


def algo_row_key(row: AlgoRow) -> tuple[int, int]:
    """What a row of an algo order is sorted by."""
    return (int(row.account_id), int(row.algo_id))


def order_row_key(row: OrderRow) -> tuple[int, bytes]:
    """What a row of an order is sorted by."""
    return (int(row.account_id), row.order)


def rows_fault(rows: RepairRows) -> str:
    """ "" for rows that may be posted, else the first rule they break, as one sentence.

    Per asset the money sums to zero; per instrument the sizes sum to zero, and the costs to minus
    the row of the instrument's clearing account (a residue of funding is a row of sys:rounding).
    """
    for check in (_ledger_fault, _positions_fault, _algos_fault, _orders_fault, _clearing_fault):
        fault = check(rows)
        if fault:
            return fault
    return ""


def _ledger_fault(rows: RepairRows) -> str:
    sums: dict[int, int] = {}
    last: tuple[int, int, int, int] = (-1, 0, 0, 0)
    for row in rows.ledger:
        key = ledger_row_key(row)
        name = f"the row of ledger account {key}"
        if key <= last:
            return f"{name} is out of order or there twice"
        last = key
        if row.amount == 0 or not (-AMOUNT_MAX <= row.amount <= AMOUNT_MAX):
            return f"{name} is zero or out of range"
        if not (0 <= row.asset_id <= ASSET_ID_MAX and 0 <= row.instrument_id <= INSTRUMENT_ID_MAX):
            return f"{name} names no asset or instrument"
        if not (LedgerKind.TRADING <= row.kind <= LedgerKind.DEBT):
            return f"{name} is of no kind"
        if row.kind == LedgerKind.EXT_CUSTODY:
            return f"{name} would change what is outside the venue"
        is_users = row.kind in USER_KINDS
        if is_users != (row.account_id != 0) or not (0 <= row.account_id < ACCOUNT_ID_ERROR):
            return f"{name} belongs to nobody"
        if row.instrument_id != 0 and row.kind not in INSTRUMENT_KINDS:
            return f"{name} belongs to no instrument"
        sums[int(row.asset_id)] = sums.get(int(row.asset_id), 0) + int(row.amount)
    for asset_id in sorted(sums):
        if sums[asset_id] != 0:
            return f"asset {asset_id}: the rows sum to {sums[asset_id]}, not to zero"
    return ""


def _positions_fault(rows: RepairRows) -> str:
    last: tuple[int, int] = (-1, 0)
    for row in rows.positions:
        key = position_row_key(row)
        name = f"the row of position {key}"
        if key <= last:
            return f"{name} is out of order or there twice"
        last = key
        if not (0 < row.account_id <= ACCOUNT_ID_MAX):
            return f"{name} belongs to nobody"
        if not (0 <= row.instrument_id <= INSTRUMENT_ID_MAX):
            return f"{name} names no instrument"
        is_moved = False
        for amount in (row.size, row.cost, row.realised, row.fees, row.funding_paid):
            if not (-NOTIONAL_MAX <= amount <= NOTIONAL_MAX):
                return f"{name} is out of range"
            is_moved = is_moved or amount != 0
        if not is_moved:
            return f"{name} has no difference"
        if row.margin_mode != MarginMode.CROSS and row.margin_mode != MarginMode.ISOLATED:
            return f"{name} has no margin mode"
        if not (1 <= row.lever <= LEVER_MAX):
            return f"{name} has no leverage"
    return ""


def _algos_fault(rows: RepairRows) -> str:
    last: tuple[int, int] = (-1, 0)
    for row in rows.algos:
        key = algo_row_key(row)
        name = f"the row of algo order {key}"
        if key <= last:
            return f"{name} is out of order or there twice"
        last = key
        terms = decode_command(row.terms, 0, len(row.terms))
        if not isinstance(terms, PlaceAlgo) or terms.account_id != row.account_id:
            return f"{name} has no terms of that account"
        if row.algo_id <= 0 or row.extreme < 0:
            return f"{name} is out of range"
    return ""


def _orders_fault(rows: RepairRows) -> str:
    last: tuple[int, bytes] = (-1, b"")
    for row in rows.orders:
        key = order_row_key(row)
        name = f"an order of account {row.account_id}"
        if key <= last:
            return f"{name} is out of order or there twice"
        last = key
        order = decode_command(row.order, 0, len(row.order))
        if not isinstance(order, PlaceOrder) or order.account_id != row.account_id:
            return f"{name} has no terms of that account"
    return ""


def _clearing_fault(rows: RepairRows) -> str:
    sizes: dict[int, int] = {}
    costs: dict[int, int] = {}
    for row in rows.positions:
        instrument_id = int(row.instrument_id)
        sizes[instrument_id] = sizes.get(instrument_id, 0) + int(row.size)
        costs[instrument_id] = costs.get(instrument_id, 0) + int(row.cost)
    for line in rows.ledger:
        if line.kind == LedgerKind.CLEARING:
            instrument_id = int(line.instrument_id)
            costs[instrument_id] = costs.get(instrument_id, 0) + int(line.amount)
    for instrument_id in sorted(sizes):
        if sizes[instrument_id] != 0:
            return f"instrument {instrument_id}: the sizes sum to {sizes[instrument_id]}"
    for instrument_id in sorted(costs):
        if costs[instrument_id] != 0:
            return f"instrument {instrument_id}: costs and clearing sum to {costs[instrument_id]}"
    return ""
