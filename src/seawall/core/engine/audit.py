"""The laws of ledger and book, checked on a whole state. Slow and independent of how the state came
about.
"""

from mypy_extensions import i64

from seawall.core.engine.algo_audit import algo_faults
from seawall.core.engine.repair_audit import repair_faults
from seawall.core.engine.resting import held_for, hold_asset
from seawall.core.engine.risk_audit import risk_faults
from seawall.core.engine.state import Market, State
from seawall.core.matching import BookSide
from seawall.core.model.enums import LedgerKind, Side
from seawall.core.model.limits import AMOUNT_MAX


def state_faults(state: State) -> list[str]:
    """Every law that does not hold, as a sentence; empty when all hold."""
    faults: list[str] = []
    _check_balances(state, faults)
    _check_holds(state, faults)
    resting: i64 = 0
    for instrument_id in sorted(state.markets):
        market = state.markets[instrument_id]
        resting += _check_side(market, market.book.bids, Side.BUY, faults)
        resting += _check_side(market, market.book.asks, Side.SELL, faults)
        bid = market.book.bids.best()
        ask = market.book.asks.best()
        if bid is not None and ask is not None and bid.price >= ask.price:
            faults.append(f"instrument {instrument_id}: the book is crossed")
    if resting != len(state.orders):
        faults.append(f"{resting} orders in the books, {len(state.orders)} in the index")
    for account in state.accounts:
        count: i64 = 0
        order = account.first_order
        while order is not None:
            count += 1
            order = order.account_next
        if count != account.open_orders:
            faults.append(f"account {account.account_id}: its list of open orders is broken")
    faults.extend(algo_faults(state))
    faults.extend(risk_faults(state))
    faults.extend(repair_faults(state))
    return faults


def _check_balances(state: State, faults: list[str]) -> None:
    sums: dict[int, int] = {}
    for key in sorted(state.ledger.accounts):
        found = state.ledger.accounts[key]
        asset_id: int = found.asset_id
        sums[asset_id] = sums.get(asset_id, 0) + found.balance
        if found.balance - found.held < found.floor:
            faults.append(f"ledger account {key:#x} is below its floor")
        if found.kind == LedgerKind.DEBT and found.balance > 0:
            faults.append(f"ledger account {key:#x} is a debt of the venue to a user")
        if found.held < 0 or found.balance > AMOUNT_MAX or found.balance < -AMOUNT_MAX:
            faults.append(f"ledger account {key:#x} is out of range")
    for asset_id in sorted(sums):
        if sums[asset_id] != 0:
            faults.append(f"asset {asset_id}: the balances sum to {sums[asset_id]}, not to zero")


def _check_holds(state: State, faults: list[str]) -> None:
    held: dict[int, int] = {}
    for order in state.orders.all():
        market = state.markets[order.instrument_id]
        if market.swap is not None:
            continue
        account = state.accounts[order.account_slot]
        key = state.trading_account(account, hold_asset(market, order)).key
        held[key] = held.get(key, 0) + held_for(market, order)
    for key in sorted(state.ledger.accounts):
        found = state.ledger.accounts[key]
        expected = held.get(key, 0)
        if found.held != expected:
            faults.append(f"ledger account {key:#x} holds {found.held}, its orders {expected}")
        if found.kind != LedgerKind.TRADING and found.held != 0:
            faults.append(f"ledger account {key:#x} holds money without orders")


def _check_side(market: Market, side: BookSide, name: i64, faults: list[str]) -> i64:
    instrument_id = market.instrument.instrument_id
    orders: i64 = 0
    last_key: i64 = -(2**62)
    for level in side.levels:
        if level.key <= last_key:
            faults.append(f"instrument {instrument_id}: price levels are out of order")
        last_key = level.key
        quantity: i64 = 0
        count: i64 = 0
        order = level.head
        while order is not None:
            if order.side != name or order.limit_price != level.price or order.quantity_open <= 0:
                faults.append(f"order {order.order_id} stands at the wrong place")
            quantity += order.quantity_open
            count += 1
            order = order.next
        if quantity != level.quantity or count != level.count or count == 0:
            faults.append(f"instrument {instrument_id}: level {level.price} miscounts its orders")
        orders += count
    return orders
