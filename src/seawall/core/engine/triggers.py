"""Algo orders fire: by the last price at the end of each command that traded, by mark and index in
the tick.

What fires together enters one queue in the order of placement. Each is an internal command of its
own: its trades may fire others, which queue up behind. One tick takes at most FIRED_PER_TICK_MAX
from the queue, and one entry stops when its events or the counters of its ids run out; the rest
goes first in the next tick, unless the price may not act by then: such orders wait for a price
again.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.engine.algo_orders import order_of, take_out_algo
from seawall.core.engine.place import check_order, execute_order
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.trailing import FIRST_LEG, Algo
from seawall.core.engine.trigger_prices import may_fire, reference, unit_of
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import AlgoType, OrderCause, TriggerPrice
from seawall.core.model.ids import order_id_of
from seawall.core.model.limits import (
    FILLS_PER_ENTRY_MAX,
    FIRED_PER_TICK_MAX,
    ORDERS_PER_ENTRY_MAX,
    TICK_EVENTS_MAX,
)
from seawall.core.model.rejects import RejectReason
from seawall.core.model.risk_event_writer import algo_triggered
from seawall.core.model.units import ceil_div, floor_div

# What follows in the same tick (liquidations) finds ids for as many trades as one order may make.
TRADES_OF_ALGOS_MAX: Final = ORDERS_PER_ENTRY_MAX - FILLS_PER_ENTRY_MAX
ORDERS_OF_ALGOS_MAX: Final = ORDERS_PER_ENTRY_MAX // 2
_PRICE_E8_MAX: Final = 2**62


def tick_triggers(state: State) -> None:
    """The tick: what is left of the last one, then what marks and indices fire now."""
    book = state.algo_book
    book.fired_in_tick = 0
    if not book.by_id:
        book.fired = []
        return
    state.begin_effect()
    _rearm_stale(state)
    for instrument_id in sorted(state.markets):
        market = state.markets[instrument_id]
        _look(state, market, TriggerPrice.MARK)
        _look(state, market, TriggerPrice.INDEX)
    _queue(state)
    _take_turns(state)


def fire_by_trades(state: State) -> None:
    """The end of an entry that traded: what the last prices fire. Forgets what traded.

    While something still waits for the next tick, this only queues up behind it.
    """
    if state.algo_book.by_id:
        state.begin_effect()
        must_wait = state.algo_book.waiting > 0
        _look_at_trades(state)
        if not must_wait:
            _take_turns(state)
    _clear_traded(state)


def _look_at_trades(state: State) -> None:
    """Queue what the last prices of the markets fire that traded since they were looked at."""
    index: i64 = 0
    while index < state.traded_count:
        _look(state, state.traded[index], TriggerPrice.LAST)
        index += 1
    _clear_traded(state)
    _queue(state)


def _clear_traded(state: State) -> None:
    while state.traded_count > 0:
        state.traded_count -= 1
        state.traded[state.traded_count].has_traded = False


def _look(state: State, market: Market, trigger_by: i64) -> None:
    """Fire what one price of a market reaches, and let trailing orders follow it. Most prices reach
    nobody.
    """
    price = state.algo_book.waiting_for(market.instrument.instrument_id, trigger_by)
    value = reference(market, trigger_by)
    if price is None or value <= 0:
        return
    unit = unit_of(market, trigger_by)
    low = floor_div(value, unit)
    high = ceil_div(value, unit)
    if price.is_quiet(value, low=low, high=high) or not may_fire(state, market, trigger_by):
        return
    book = state.algo_book
    price_e8 = _price_e8(market, trigger_by, value)
    for algo_id in price.follow(value):
        book.fire(book.by_id[algo_id], FIRST_LEG, price_e8)
        book.reached.append(algo_id)
    for waiting in price.reached(low=low, high=high):
        if waiting.level is None:  # the order's other leg was reached too, and has fired
            continue
        algo = book.by_id[waiting.algo_id]
        if algo.terms.algo_type == AlgoType.TRAILING:
            book.activate(algo, value)
            continue
        book.fire(algo, waiting.leg, price_e8)
        book.reached.append(waiting.algo_id)


def _price_e8(market: Market, trigger_by: i64, value: i64) -> i64:
    if trigger_by == TriggerPrice.INDEX:
        return value
    exact: int = int(value) * int(market.instrument.tick_size_e8)
    return exact if exact < _PRICE_E8_MAX else _PRICE_E8_MAX


def _queue(state: State) -> None:
    """What fired together stands in the order of placement."""
    book = state.algo_book
    if not book.reached:
        return
    together = book.reached
    book.reached = []
    together.sort()
    for algo_id in together:
        book.fired.append(book.by_id[algo_id])
        book.waiting += 1


def _rearm_stale(state: State) -> None:
    """What fired before and may not act now has not fired: after an uncertain time or an outage
    only the price of that moment counts.
    """
    book = state.algo_book
    if not book.fired:
        return
    kept: list[Algo] = []
    for algo in book.fired:
        if not book.is_live(algo):
            continue
        market = state.markets[algo.terms.instrument_id]
        if may_fire(state, market, algo.watches(algo.fired_leg)):
            kept.append(algo)
        else:
            book.rearm(algo)
    book.fired = kept


def _take_turns(state: State) -> None:
    """Make orders of what fired, one after the other, as far as this entry and this tick reach."""
    book = state.algo_book
    if not book.fired:
        return
    events_max = state.out.events + TICK_EVENTS_MAX
    kept_max = state.trades_max
    state.trades_max = TRADES_OF_ALGOS_MAX
    done: i64 = 0
    while done < len(book.fired):
        if book.fired_in_tick == FIRED_PER_TICK_MAX or state.out.events >= events_max:
            break
        if state.orders_made >= ORDERS_OF_ALGOS_MAX:
            break
        algo = book.fired[done]
        if book.is_live(algo):
            if not _take_turn(state, algo):
                break
            book.fired_in_tick += 1
            _look_at_trades(state)
        done += 1
    del book.fired[:done]
    state.trades_max = kept_max


def _take_turn(state: State, algo: Algo) -> bool:
    """Make an order of a fired algo order, or end it with the reason why not; False when its trades
    might be more than this entry has ids for.
    """
    account = state.accounts[algo.account_slot]
    market = state.markets[algo.terms.instrument_id]
    leg = algo.fired_leg
    command = order_of(algo.terms, leg)
    limit_price: i64 = 0
    reason: i64 = RejectReason.ACCOUNT_FROZEN
    if not account.is_frozen:
        reason, limit_price = check_order(state, account, account.slot, market, command)
    ports = state.ports
    if ports is not None:
        reason, limit_price = ports.admit_fired(algo.algo_id, command, reason, limit_price)
    order_id: i64 = 0
    if reason == RejectReason.NONE:
        if not _has_room(state, market, command, limit_price):
            return False
        order_id = order_id_of(shard=state.genesis.shard, seq=state.seq, counter=state.orders_made)
    take_out_algo(state, account, algo)
    algo_triggered(
        state.out,
        algo_id=algo.algo_id,
        account_id=account.account_id,
        instrument_id=command.instrument_id,
        leg=leg,
        price_e8=algo.fired_e8,
        order_id=order_id,
        reason=reason,
    )
    if reason == RejectReason.NONE:
        _execute(state, account, market, algo, command, limit_price)
    return True


def _execute(
    state: State,
    account: Account,
    market: Market,
    algo: Algo,
    command: PlaceOrder,
    limit_price: i64,
) -> None:
    execute_order(
        state,
        account,
        market,
        command,
        limit_price=limit_price,
        cause=OrderCause.ALGO,
        first=algo.algo_id,
        second=algo.fired_leg,
    )


def _has_room(state: State, market: Market, command: PlaceOrder, limit_price: i64) -> bool:
    """Whether the entry has ids for the trades that the order would make; an entry that has not
    traded always has.
    """
    if state.trades_made == 0:
        return True
    room = state.trades_max - state.trades_made
    opposite = market.book.opposite_side(command.side)
    left = command.quantity
    place: i64 = len(opposite.levels) - 1
    while place >= 0 and left > 0:
        level = opposite.levels[place]
        if not opposite.is_reached_by(level, limit_price):
            break
        maker = level.head
        while maker is not None and left > 0:
            if room <= 0:
                return False
            room -= 1
            left -= maker.quantity_open
            maker = maker.next
        place -= 1
    return True
