"""Takeover: the venue assumes what a unit has left, at prices that leave its equity at zero (domain
4.2, LIQ5 and LIQ6).

What the insurance fund can afford to unwind goes to the venue's own account; the rest is
deleveraged at the same price, first. Afterwards the unit has no position, no equity and no debt.
"""

from mypy_extensions import i64

from seawall.core.clearing import Party, Position, cash_needed, move_position
from seawall.core.engine.deleveraging import deleverage
from seawall.core.engine.insurance import closing_side, estimated_loss, fund_room, note_draw
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_fill import after_trade
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.engine.unit_health import UnitHealth, UnitLeg
from seawall.core.engine.units_watch import note_change
from seawall.core.ledger import LedgerAccount, available, transfer
from seawall.core.liquidation import TakeoverLeg, fund_lots, takeover_prices
from seawall.core.model.risk_event_writer import position_taken_over


def take_over(state: State, health: UnitHealth) -> bool:
    """Take over all positions of the unit; False when something is left for the next tick."""
    cash = health.cash
    assert cash is not None
    if state.ports is not None and not state.ports.has_moves(health.account):
        return False
    prices = _prices(health)
    ordered = _gains_first(health.legs, prices)
    for place, leg in enumerate(ordered):
        price = prices[leg.position.instrument_id]
        is_long = leg.position.size > 0
        kept = _place(state, health.account, leg, cash, price=price)
        if kept < 0:
            return False
        is_last = place == len(ordered) - 1
        left: i64 = available(cash) if is_last else 0
        if is_last and left > 0:
            transfer(state.ledger, source=cash, target=leg.swap.fund, amount=left)
        elif is_last and left < 0:  # only in a rerun, at the price that it had in the run
            error = state.trading_account(
                state.error_account(), leg.market.instrument.quote_asset_id
            )
            transfer(state.ledger, source=error, target=cash, amount=-left)
        position_taken_over(
            state.out,
            account_id=health.account.account_id,
            instrument_id=leg.position.instrument_id,
            size=kept if is_long else -kept,
            price=price,
            equity=left,
        )
    return True


def _prices(health: UnitHealth) -> dict[int, int]:
    """The bankruptcy price of each position, by instrument."""
    legs: list[TakeoverLeg] = []
    is_short = True
    floor: i64 = 0  # what shorts absorb; only a rerun's credit lets equity fall below it
    for leg in health.legs:
        size = leg.position.size
        if size > 0:
            is_short = False
        floor -= leg.notional + size * leg.market.instrument.unit_value
        legs.append(
            TakeoverLeg(
                instrument_id=leg.position.instrument_id,
                size=leg.position.size,
                mark=leg.mark,
                unit_value=leg.market.instrument.unit_value,
                maintenance=leg.maintenance,
            )
        )
    equity = health.equity
    if is_short and equity < floor:
        equity = floor
    takeover_prices(legs, equity=equity)
    prices: dict[int, int] = {}
    for found in legs:
        prices[found.instrument_id] = int(found.price)
    return prices


def _gains_first(legs: list[UnitLeg], prices: dict[int, int]) -> list[UnitLeg]:
    """Whoever gains at his price pays for those who lose: cash stays at or above zero."""
    keyed: list[tuple[int, int, int]] = []
    for place, leg in enumerate(legs):
        position = leg.position
        value = prices[position.instrument_id] * position.size * leg.market.instrument.unit_value
        keyed.append((-int(value - position.cost), int(position.instrument_id), place))
    keyed.sort()
    return [legs[place] for _, _, place in keyed]


def _place(state: State, account: Account, leg: UnitLeg, cash: LedgerAccount, *, price: i64) -> i64:
    """Deleverage what the fund cannot afford, take over the rest; returns how many lots the venue
    took, below 0 when not all could be placed.
    """
    market = leg.market
    position = leg.position
    venue = state.system_account
    assert venue is not None
    inventory = state.position(venue, market)
    size = position.size
    lots = size if size > 0 else -size
    room = fund_room(state, market)
    loss = estimated_loss(state, market, inventory, size=size, price=price, mark=leg.mark)
    kept = fund_lots(capacity=room, estimated_loss=loss, lots=lots) if loss > room else lots
    if not _can_take(state, market, leg.swap, inventory, size=size, lots=kept, price=price):
        kept = 0
    shed: i64 = 0
    if kept < lots:
        shed = deleverage(
            state,
            market,
            account=account,
            position=position,
            cash=cash,
            lots=lots - kept,
            price=price,
        )
    is_placed = shed == lots - kept
    if is_placed and kept > 0:
        moved = _move(state, market, leg.swap, position, cash, lots=kept, price=price)
        is_placed = moved == kept
    if position.size != size:
        after_trade(state, market, account, position, size)
        note_change(state, account, position)
    return kept if is_placed else -1


def _can_take(
    state: State,
    market: Market,
    swap: SwapMarket,
    inventory: Position,
    *,
    size: i64,
    lots: i64,
    price: i64,
) -> bool:
    """Whether the fund pays for what closing an opposite inventory at that price would lose."""
    if lots == 0:
        return True
    needed = cash_needed(
        Party(position=inventory, cash=swap.fund, rate_e8=0),
        side=1 - closing_side(size),
        lots=lots,
        price=price,
        unit_value=market.instrument.unit_value,
    )
    return needed <= fund_room(state, market)


def _move(
    state: State,
    market: Market,
    swap: SwapMarket,
    position: Position,
    cash: LedgerAccount,
    *,
    lots: i64,
    price: i64,
) -> i64:
    """Book the lots from the account to the venue; returns how many they were."""
    venue = state.system_account
    assert venue is not None
    ports = state.ports
    if ports is not None:
        account = state.accounts[position.account_slot]
        lots, price = ports.settle_move(state, market, account, venue, lots, price)
        if lots == 0:
            return 0
    inventory = state.position(venue, market)
    before = inventory.size
    both = _lots(position) + _lots(inventory)
    settled = move_position(
        state.ledger,
        giver=Party(position=position, cash=cash, rate_e8=0),
        receiver=Party(position=inventory, cash=swap.fund, rate_e8=0),
        lots=lots,
        price=price,
        unit_value=market.instrument.unit_value,
        clearing=swap.clearing,
    )
    swap.open_interest += (_lots(position) + _lots(inventory) - both) // 2
    note_draw(state, market, settled.maker_pnl)
    after_trade(state, market, venue, inventory, before)
    return lots


def _lots(position: Position) -> i64:
    return position.size if position.size >= 0 else -position.size
