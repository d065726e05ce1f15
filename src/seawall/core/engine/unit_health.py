"""Equity and maintenance margin of a unit, at the prices that a decision rests on.

    MARK    the marks: what the watch measures, what events say while the price is certain
    BEST    the same, but an uncertain price at the end of its interval that is better for the unit:
            only who is under water even there is touched
    SURE    BEST, and a certain price moved to where the index would stand without any one failure
            domain, if that is better for the unit: no act may hang on a single host's sources

Funding counts once it is settled: a position that is swept or touched. Money that spot orders hold
is the account's and counts; the first step of a liquidation releases it.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.clearing import Position, notional_at, unrealised
from seawall.core.engine.guards import may_act_on_mark
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_fill import cash_of
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.engine.trading_states import effective_state
from seawall.core.ledger import LedgerAccount
from seawall.core.liquidation import best_end
from seawall.core.model.enums import IndexState, MarginMode, TradingState
from seawall.core.pricing import Action, leave_one_domain_out_shifts

MARK: Final = 0
BEST: Final = 1
SURE: Final = 2


@final
@mypyc_attr(acyclic=True)
class UnitLeg:
    """One position of a unit at a price: its value and maintenance margin there, quote units."""

    def __init__(
        self,
        *,
        market: Market,
        swap: SwapMarket,
        position: Position,
        mark: i64,
        notional: i64,
        maintenance: i64,
    ) -> None:
        self.market: Market = market
        self.swap: SwapMarket = swap
        self.position: Position = position
        self.mark: i64 = mark
        self.notional: i64 = notional
        self.maintenance: i64 = maintenance


@final
@mypyc_attr(acyclic=True)
class UnitHealth:
    """A unit, measured. `cash` is the ledger account that its profit and loss go to."""

    def __init__(self, *, account: Account, key_id: i64, is_cross: bool) -> None:
        self.account: Account = account
        self.key_id: i64 = key_id
        self.is_cross: bool = is_cross
        self.legs: list[UnitLeg] = []
        self.cash: LedgerAccount | None = None
        self.equity: i64 = 0
        self.maintenance: i64 = 0


def measure_unit(
    state: State, account: Account, *, key_id: i64, is_cross: bool, prices: i64
) -> UnitHealth:
    """The unit now, at MARK, BEST or SURE prices. Without open positions it has no legs."""
    health = UnitHealth(account=account, key_id=key_id, is_cross=is_cross)
    if is_cross:
        for position in account.positions:
            market = state.markets[position.instrument_id]
            if (
                position.margin_mode != MarginMode.ISOLATED
                and market.instrument.quote_asset_id == key_id
            ):
                _add_leg(state, health, market, position, prices)
        health.cash = state.trading_account(account, key_id)
    else:
        market = state.markets[key_id]
        swap = market.swap
        assert swap is not None
        own = swap.position(account.slot)
        if own is not None and own.margin_mode == MarginMode.ISOLATED:
            _add_leg(state, health, market, own, prices)
            health.cash = cash_of(state, market, account, own)
    cash = health.cash
    if cash is not None:
        health.equity += cash.balance
    return health


def _add_leg(
    state: State, health: UnitHealth, market: Market, position: Position, prices: i64
) -> None:
    swap = market.swap
    if swap is None or position.size == 0:
        return
    mark = price_for(state, market, swap, size=position.size, prices=prices)
    unit_value = market.instrument.unit_value
    notional = notional_at(position, mark=mark, unit_value=unit_value)
    maintenance = swap.tiers.maintenance_margin(notional)
    health.equity += unrealised(position, mark=mark, unit_value=unit_value)
    health.maintenance += maintenance
    health.legs.append(
        UnitLeg(
            market=market,
            swap=swap,
            position=position,
            mark=mark,
            notional=notional,
            maintenance=maintenance,
        )
    )


def price_for(state: State, market: Market, swap: SwapMarket, *, size: i64, prices: i64) -> i64:
    """The price in ticks at which a position of that size is measured."""
    if prices == MARK:
        return swap.mark
    if swap.is_held:
        return best_end(size=size, low=swap.low_mark, high=swap.high_mark)
    if prices == BEST or not state.is_protected:
        return swap.mark
    low, high = _shifts_of(state, market)
    tick_e8: int = market.instrument.tick_size_e8
    lowest = int(swap.mark) + low // tick_e8
    highest = int(swap.mark) - (-high // tick_e8)
    lowest = max(lowest, 1)
    highest = min(highest, int(market.instrument.price_max))
    return best_end(size=size, low=lowest, high=highest)


def _shifts_of(state: State, market: Market) -> tuple[int, int]:
    """`leave_one_domain_out_shifts` of the market's index, worked out once per tick."""
    index = market.index
    assert index is not None
    shifts = state.liquidations.shifts
    found = shifts.get(index.index_id)
    if found is None:
        found = leave_one_domain_out_shifts(index, state.clock_ms)
        shifts[index.index_id] = found
    return found


def is_certain(health: UnitHealth) -> bool:
    """Whether no mark of the unit is held."""
    for leg in health.legs:
        if leg.swap.is_held:
            return False
    return True


def is_degraded(health: UnitHealth) -> bool:
    """Whether one of its indices has few sources."""
    for leg in health.legs:
        index = leg.market.index
        if index is not None and index.state == IndexState.DEGRADED:
            return True
    return False


def may_liquidate(state: State, market: Market) -> bool:
    """Whether the outside price of the instrument allows liquidations now."""
    return may_act_on_mark(state, market, Action.LIQUIDATE)


def may_any_leg(state: State, health: UnitHealth) -> bool:
    """Whether the unit's condition counts in this tick: some of its prices allow liquidations; the
    others stand at the end that is better for it.
    """
    for leg in health.legs:
        if may_liquidate(state, leg.market):
            return True
    return False


def may_every_leg(state: State, health: UnitHealth) -> bool:
    """Whether all of the unit may be taken over: every price allows it, no instrument is halted."""
    for leg in health.legs:
        is_open = effective_state(state, leg.market) <= TradingState.REDUCE_ONLY
        if not is_open or not may_liquidate(state, leg.market):
            return False
    return True


def certain_part(state: State, health: UnitHealth) -> UnitHealth | None:
    """The positions that may be taken over although others of the unit have no certain price: those
    whose own losses have used up the cash. None when there are none, or cash is left.

    Otherwise one contract in an instrument whose sources are silent would protect all others.
    """
    part = UnitHealth(account=health.account, key_id=health.key_id, is_cross=health.is_cross)
    part.cash = health.cash
    cash = health.cash
    if cash is None or not health.is_cross:
        return None
    part.equity = cash.balance
    for leg in health.legs:
        is_open = effective_state(state, leg.market) <= TradingState.REDUCE_ONLY
        if is_open and may_liquidate(state, leg.market):
            part.legs.append(leg)
            part.maintenance += leg.maintenance
            part.equity += unrealised(
                leg.position, mark=leg.mark, unit_value=leg.market.instrument.unit_value
            )
    return part if len(part.legs) > 0 and part.equity <= 0 else None


def may_trade(state: State, market: Market) -> bool:
    """Whether an order of the venue may meet the instrument's book now."""
    trading_state = effective_state(state, market)
    is_matching = trading_state == TradingState.LIVE or trading_state == TradingState.REDUCE_ONLY
    return is_matching and may_liquidate(state, market)
