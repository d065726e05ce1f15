"""Auto-deleveraging in the engine: close profitable counterparties at the bankruptcy price, in the
order of their score (domain 4.3).

It never opens a position and costs nobody a fee. Whoever could not pay what closing costs him is
passed over.
"""

from mypy_extensions import i64

from seawall.core.clearing import (
    Party,
    Position,
    closing_pnl,
    move_position,
    pay_pnl,
    rebase,
    unrealised,
)
from seawall.core.engine.fill_cash import realise_profit
from seawall.core.engine.resting import end_resting
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_fill import after_trade, cash_of, settle_funding
from seawall.core.engine.tick_budget import is_spent
from seawall.core.engine.unit_health import BEST, measure_unit
from seawall.core.engine.units_watch import note_change
from seawall.core.ledger import LedgerAccount, available
from seawall.core.liquidation import (
    Candidate,
    Deleveraging,
    counterparties,
    equity_share_of,
    is_candidate,
)
from seawall.core.matching import Order
from seawall.core.model.enums import CancelReason, MarginMode, Side
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.risk_event_writer import position_deleveraged


def deleverage(
    state: State,
    market: Market,
    *,
    account: Account,
    position: Position,
    cash: LedgerAccount,
    lots: i64,
    price: i64,
) -> i64:
    """Close up to `lots` of the position against its best-ranked counterparties at `price`; returns
    how many were closed. Fewer when the tick has done enough, or nobody is left who can.
    """
    liquidations = state.liquidations
    if is_spent(state) or liquidations.rankings_left == 0:
        return 0
    liquidations.rankings_left -= 1
    swap = market.swap
    assert swap is not None
    found = counterparties(
        _candidates(state, market, position),
        lots=lots,
        price=price,
        mark=swap.mark,
        unit_value=market.instrument.unit_value,
    )
    done: i64 = 0
    for one in found:
        if is_spent(state):
            break
        done += _close(state, market, account, position, cash, one, price)
    return done


def _candidates(state: State, market: Market, bankrupt: Position) -> list[Candidate]:
    """Everybody on the other side who has equity behind his position; the venue never is one."""
    swap = market.swap
    assert swap is not None
    found: list[Candidate] = []
    for position in swap.positions:
        if position is None or position.size == 0 or position.account_id >= ACCOUNT_ID_ERROR:
            continue
        if (position.size > 0) == (bankrupt.size > 0):
            continue
        is_cross = position.margin_mode != MarginMode.ISOLATED
        key_id = market.instrument.quote_asset_id if is_cross else position.instrument_id
        account = state.accounts[position.account_slot]
        health = measure_unit(state, account, key_id=key_id, is_cross=is_cross, prices=BEST)
        if health.equity <= 0:
            continue
        share = health.equity
        notional: i64 = 0
        for leg in health.legs:
            if leg.position is position:
                notional = leg.notional
                share = equity_share_of(
                    equity=health.equity,
                    maintenance=leg.maintenance,
                    maintenance_total=health.maintenance,
                )
        if not is_candidate(bankrupt_size=bankrupt.size, size=position.size, equity_share=share):
            continue
        found.append(
            Candidate(
                account_id=position.account_id,
                account_slot=position.account_slot,
                size=position.size,
                cost=position.cost,
                notional=notional,
                equity_share=share,
                equity=health.equity,
            )
        )
    return found


def _close(
    state: State,
    market: Market,
    account: Account,
    bankrupt: Position,
    cash: LedgerAccount,
    one: Deleveraging,
    price: i64,
) -> i64:
    """Close one counterparty; returns the lots, 0 when he cannot be."""
    swap = market.swap
    assert swap is not None
    other = state.accounts[one.candidate.account_slot]
    position = swap.position(other.slot)
    assert position is not None
    settle_funding(state, market, other, position)
    unit_value = market.instrument.unit_value
    before = position.size
    held = before if before > 0 else -before
    lots = one.lots if one.lots < held else held
    ports = state.ports
    if ports is not None and lots > 0:
        lots, price = ports.settle_move(state, market, account, other, lots, price)
    if lots == 0:
        return 0
    has_cash = _has_cash(state, market, other, position, lots=lots, price=price)
    if ports is None and not has_cash:
        return 0
    is_clear = _cancel_exceeding(state, market, other, position, left=held - lots)
    if ports is None and not is_clear:
        return 0
    settled = move_position(
        state.ledger,
        giver=Party(position=bankrupt, cash=cash, rate_e8=0),
        receiver=Party(position=position, cash=cash_of(state, market, other, position), rate_e8=0),
        lots=lots,
        price=price,
        unit_value=unit_value,
        clearing=swap.clearing,
    )
    swap.open_interest -= lots
    state.touch(bankrupt)
    position_deleveraged(
        state.out,
        account_id=other.account_id,
        instrument_id=position.instrument_id,
        bankrupt_account_id=account.account_id,
        quantity=lots,
        price=price,
        realised=settled.maker_pnl,
    )
    after_trade(state, market, other, position, before)
    note_change(state, other, position)
    return lots


def _has_cash(
    state: State, market: Market, account: Account, position: Position, *, lots: i64, price: i64
) -> bool:
    """Whether his cash covers what closing at the price loses; unrealised profit is turned into
    cash first.
    """
    swap = market.swap
    assert swap is not None
    unit_value = market.instrument.unit_value
    cash = cash_of(state, market, account, position)
    needed = -closing_pnl(position, lots=lots, price=price, unit_value=unit_value)
    if available(cash) >= needed:
        return True
    if position.margin_mode != MarginMode.ISOLATED:
        realise_profit(state, account, market.instrument.quote_asset_id, needed, None)
    elif not swap.is_held and unrealised(position, mark=swap.mark, unit_value=unit_value) > 0:
        pnl = rebase(position, mark=swap.mark, unit_value=unit_value)
        pay_pnl(state.ledger, cash=cash, clearing=swap.clearing, pnl=pnl)
        state.touch(position)
    needed = -closing_pnl(position, lots=lots, price=price, unit_value=unit_value)
    return available(cash) >= needed


def _cancel_exceeding(
    state: State, market: Market, account: Account, position: Position, *, left: i64
) -> bool:
    """End his orders that would now increase the position or close more than the `left` lots of
    it, the newest first; False when the tick has done enough before all of them have ended.
    """
    closing: i64 = Side.SELL if position.size > 0 else Side.BUY
    keys: list[tuple[int, int]] = []
    orders: list[Order] = []
    excess = -left
    order = account.first_order
    while order is not None:
        if order.instrument_id == position.instrument_id and not order.is_reduce_only:
            keys.append((int(order.order_id), len(orders)))
            orders.append(order)
            if order.side == closing:
                excess += order.quantity_open
        order = order.account_next
    keys.sort(reverse=True)
    for key in keys:
        found = orders[key[1]]
        if found.side == closing and left > 0:
            if excess <= 0:
                continue
            excess -= found.quantity_open
        if is_spent(state):
            return False
        end_resting(state, market, found, CancelReason.DELEVERAGED)
    return True
