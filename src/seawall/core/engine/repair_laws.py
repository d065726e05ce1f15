"""The laws of undoing that one cut can be asked for (specification of undoing, section 6), each
with what breaks it. The laws about reruns without edits are asked by comparing processes.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.engine.cut import Cut
from seawall.core.engine.pin_settlement import PinSettlement
from seawall.core.engine.state import State
from seawall.core.engine.valuation import Prices, account_value
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.repair import rows_fault

SUMS: Final = "sums_are_zero"
GAPS: Final = "positions_mirror_gaps"
UNTOUCHED: Final = "untouched_accounts_do_not_differ"
VICTIMS: Final = "victims_get_the_best"
BOOKS: Final = "books_are_the_same"

Orders = dict[int, tuple[int, int, int, int, int]]


def broken_laws(
    actual: State,
    repaired: State,
    settlement: PinSettlement,
    made: Cut,
    unrepaired: State | None = None,
) -> dict[str, str]:
    """Each law by name, with "" or the first thing that breaks it, as a sentence; the states as for
    the cut.
    """
    happened = actual if unrepaired is None else unrepaired
    return {
        SUMS: rows_fault(made.rows),
        GAPS: _gaps_fault(settlement, made),
        UNTOUCHED: _untouched_fault(settlement, made),
        VICTIMS: _victims_fault(happened, repaired, settlement),
        BOOKS: _books_fault(actual, repaired),
    }


def _gaps_fault(settlement: PinSettlement, made: Cut) -> str:
    """D.position = -gap, for everybody but house:error."""
    moved: dict[tuple[int, int], int] = {}
    for row in made.rows.positions:
        if row.size != 0 and row.account_id != ACCOUNT_ID_ERROR:
            moved[int(row.account_id), int(row.instrument_id)] = int(row.size)
    swaps = {key[1] for key in moved}
    for row in made.rows.positions:
        swaps.add(int(row.instrument_id))
    gaps: dict[tuple[int, int], int] = {}
    for key, lots in settlement.gaps.gaps.items():
        if key & 0xFFFF in swaps:
            gaps[key >> 16, key & 0xFFFF] = lots
    for place in sorted({**moved, **gaps}):
        if moved.get(place, 0) != -gaps.get(place, 0):
            return (
                f"account {place[0]} instrument {place[1]}: the position differs by "
                f"{moved.get(place, 0)}, the gap is {gaps.get(place, 0)}"
            )
    return ""


def _untouched_fault(settlement: PinSettlement, made: Cut) -> str:
    """Whoever no void, split or claim touched has what he had, but for funding and fees."""
    totals: dict[int, int] = {}
    for row in made.rows.ledger:
        if row.account_id != 0:
            account_id = int(row.account_id)
            totals[account_id] = totals.get(account_id, 0) + int(row.amount)
    for position in made.rows.positions:
        account_id = int(position.account_id)
        less = int(position.cost) - int(position.funding_paid) - int(position.fees)
        totals[account_id] = totals.get(account_id, 0) - less
    paid: dict[int, int] = {}
    for bill in made.bills:
        paid[int(bill.account_id)] = 1
    for account_id in sorted(totals):
        if account_id >= ACCOUNT_ID_ERROR or account_id in paid:
            continue
        if totals[account_id] != 0 and settlement.gaps.touched.get(account_id, 0) == 0:
            return f"account {account_id} was not touched and differs by {totals[account_id]}"
    return ""


def _victims_fault(happened: State, repaired: State, settlement: PinSettlement) -> str:
    """No victim ends below what happened to it, or would have, had the venue acted at fair
    prices.
    """
    if not settlement.policy.is_whole:
        return ""
    prices = Prices(repaired, settlement.references)
    for account_id in sorted(settlement.victims):
        found = repaired.account(account_id)
        was = happened.account(account_id)
        if found is None or was is None:
            continue
        after = account_value(repaired, prices, found)
        best = account_value(happened, prices, was)
        taken = settlement.victims[account_id]
        best += taken.value(repaired, prices, was=was, found=found)
        if after < best:
            return f"account {account_id} ends with {after}, and {best} is due"
    return ""


def _books_fault(actual: State, repaired: State) -> str:
    """The open orders of both runs, with what is open of them."""
    was = _orders(actual)
    found = _orders(repaired)
    for order_id in sorted({**was, **found}):
        if was.get(order_id) != found.get(order_id):
            return (
                f"order {order_id}: {was.get(order_id)} in the actual run, "
                f"{found.get(order_id)} in the rerun"
            )
    return ""


def _orders(state: State) -> Orders:
    orders: Orders = {}
    for instrument_id in sorted(state.markets):
        book = state.markets[instrument_id].book
        for side in (book.bids, book.asks):
            for level in side.levels:
                order = level.head
                while order is not None:
                    opened: i64 = order.quantity_open
                    orders[order.order_id] = (
                        int(instrument_id),
                        int(order.side),
                        int(order.limit_price),
                        int(order.quantity),
                        int(opened),
                    )
                    order = order.next
    return orders
