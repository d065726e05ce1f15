"""PlaceAlgo and CancelAlgo: orders that wait for a price (domain 6.4). `triggers.py` fires them.

What a firing would need (margin, size limits, a counterparty) is checked when it fires, not here.
The direction is fixed here: a trigger at or above the present price waits for a rise, one below it
for a fall. A price that does not exist yet has no sides: NO_MARKET until it does; a price that the
instrument never has (the mark of a spot market) is BAD_TRIGGER.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.engine.refusals import door_refusal
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_orders import margin_mode_refusal, position_in
from seawall.core.engine.trailing import FIRST_LEG, Algo
from seawall.core.engine.trigger_prices import (
    has_price,
    may_fire,
    reference,
    reference_ticks,
    unit_of,
)
from seawall.core.model.commands import (
    ALL_INSTRUMENTS,
    BOTH_SIDES,
    CancelAlgo,
    PlaceAlgo,
    PlaceOrder,
)
from seawall.core.model.enums import (
    AlgoType,
    CancelReason,
    OrderType,
    SelfTradePrevention,
    TimeInForce,
)
from seawall.core.model.event_writer import EventWriter
from seawall.core.model.events import EventType
from seawall.core.model.ids import order_id_of, seq_of_order_id, shard_of_order_id
from seawall.core.model.limits import ALGOS_PER_ACCOUNT_MAX, VALID_FOR_MS_MAX
from seawall.core.model.rejects import RejectReason
from seawall.core.model.risk_event_writer import algo_accepted, algo_cancelled, algo_rejected

CALLBACK_E8_MIN: Final = 100_000  # 0.1 %
CALLBACK_E8_MAX: Final = 50_000_000  # 50 %


def place_algo(state: State, command: PlaceAlgo) -> None:
    """Let the order wait for its price, or refuse it with a reason."""
    account = state.account(command.account_id)
    market = state.market(command.instrument_id)
    reason = door_refusal(state, account, market, command.valid_for_ms)
    if reason == RejectReason.NONE:
        assert account is not None and market is not None
        reason = _algo_refusal(state, account, market, command)
    if state.ports is not None:
        reason = state.ports.admit()
    if reason != RejectReason.NONE:
        algo_rejected(
            state.out,
            account_id=command.account_id,
            instrument_id=command.instrument_id,
            reason=reason,
            client_id=command.client_id,
        )
        return
    assert account is not None and market is not None
    algo = Algo(
        algo_id=order_id_of(shard=state.genesis.shard, seq=state.seq, counter=state.orders_made),
        account_slot=account.slot,
        terms=command,
        unit=unit_of(market, command.trigger_by),
    )
    command.valid_for_ms = 0  # it arrived in time; no part of what waits
    first = reference_ticks(market, command.trigger_by)
    if command.algo_type == AlgoType.TRAILING:
        algo.is_above = command.active_price >= first
        if command.active_price == 0:
            algo.is_active = True
            if may_fire(state, market, command.trigger_by):
                algo.extreme = reference(market, command.trigger_by)
    else:
        algo.is_above = command.trigger_price >= first
    if command.algo_type == AlgoType.OCO:
        algo.is_second_above = not algo.is_above

    state.begin_effect()
    state.orders_made += 1
    state.algo_book.add(algo)
    account.algos += 1
    algo_accepted(state.out, command, algo_id=algo.algo_id)


def _algo_refusal(state: State, account: Account, market: Market, command: PlaceAlgo) -> i64:
    """Is the algo order well formed, and may the account have one more?"""
    instrument = market.instrument
    if state.is_frozen:
        return RejectReason.VENUE_FROZEN
    if account.is_restricted and not command.reduce_only:
        return RejectReason.ACCOUNT_REDUCE_ONLY
    if command.self_trade_prevention > SelfTradePrevention.CANCEL_BOTH:
        return RejectReason.BAD_FLAGS
    if command.valid_for_ms < 0 or command.valid_for_ms > VALID_FOR_MS_MAX:
        return RejectReason.BAD_FLAGS
    if command.client_id and find_client_algo(state, account, command.client_id) is not None:
        return RejectReason.DUPLICATE_CLIENT_ORDER_ID
    if command.order_price < 0 or command.second_order_price < 0:
        return RejectReason.BAD_PRICE
    if command.order_price > instrument.price_max:
        return RejectReason.PRICE_TOO_HIGH
    if command.second_order_price > instrument.price_max:
        return RejectReason.PRICE_TOO_HIGH
    if command.quantity <= 0:
        return RejectReason.BAD_QUANTITY
    if command.quantity < instrument.quantity_min:
        return RejectReason.QUANTITY_TOO_SMALL
    if command.quantity > instrument.quantity_max:
        return RejectReason.QUANTITY_TOO_LARGE
    position = position_in(market, account.slot)
    reason = margin_mode_refusal(market, position, command.margin_mode, command.reduce_only)
    if reason != RejectReason.NONE:
        return reason
    if not _are_legs_sound(market, command):
        return RejectReason.BAD_TRIGGER
    if account.algos >= ALGOS_PER_ACCOUNT_MAX:
        return RejectReason.TOO_MANY_ALGOS
    if reference(market, command.trigger_by) == 0:
        return RejectReason.NO_MARKET
    if command.algo_type == AlgoType.OCO and reference(market, command.second_trigger_by) == 0:
        return RejectReason.NO_MARKET
    return RejectReason.NONE


def _are_legs_sound(market: Market, command: PlaceAlgo) -> bool:
    """Whether legs, callback and activation go together for this type of algo order."""
    type_ = command.algo_type
    if not has_price(market, command.trigger_by):
        return False
    price_max = market.instrument.price_max
    if type_ == AlgoType.TRAILING:
        if command.trigger_price != 0 or command.order_price != 0:
            return False
        if not (0 <= command.active_price <= price_max):
            return False
        is_ratio = CALLBACK_E8_MIN <= command.callback_e8 <= CALLBACK_E8_MAX
        is_spread = 1 <= command.callback_ticks <= price_max
        if not (is_ratio and command.callback_ticks == 0) and not (
            is_spread and command.callback_e8 == 0
        ):
            return False
    else:
        if not (1 <= command.trigger_price <= price_max):
            return False
        if command.callback_e8 != 0 or command.callback_ticks != 0 or command.active_price != 0:
            return False
    if type_ != AlgoType.OCO:
        return (
            command.second_trigger_price == 0
            and command.second_trigger_by == 0
            and command.second_order_price == 0
        )
    if not has_price(market, command.second_trigger_by):
        return False
    if not (1 <= command.second_trigger_price <= price_max):
        return False
    first = reference_ticks(market, command.trigger_by)
    second = reference_ticks(market, command.second_trigger_by)
    if first == 0 or second == 0:
        return True  # refused for want of a price
    return (command.trigger_price >= first) != (command.second_trigger_price >= second)


def order_of(terms: PlaceAlgo, leg: i64) -> PlaceOrder:
    """The order that a leg becomes: a market order, or a limit order that is moved to the price
    limit where it lies beyond. It carries the tag, not the client id.
    """
    price = terms.order_price if leg == FIRST_LEG else terms.second_order_price
    is_market = price == 0
    return PlaceOrder(
        account_id=terms.account_id,
        instrument_id=terms.instrument_id,
        side=terms.side,
        order_type=OrderType.MARKET if is_market else OrderType.LIMIT,
        limit_price=price,
        quantity=terms.quantity,
        time_in_force=TimeInForce.IOC if is_market else TimeInForce.GTC,
        self_trade_prevention=terms.self_trade_prevention,
        tag=terms.tag,
        margin_mode=terms.margin_mode,
        reduce_only=terms.reduce_only,
        reprice=True,
    )


def find_client_algo(state: State, account: Account, client_id: bytes) -> Algo | None:
    """The account's waiting algo order of that client id. Ids of orders are another matter, and
    ended algo orders are not remembered.
    """
    if client_id:
        for algo in state.algo_book.of_account(account.slot):
            if algo.terms.client_id == client_id:
                return algo
    return None


def cancel_algo(state: State, command: CancelAlgo) -> None:
    """End the algo order at its owner's wish, whatever state the venue is in; also one that fired
    and waits for its turn.
    """
    account = state.account(command.account_id)
    reason: i64 = RejectReason.NONE
    algo: Algo | None = None
    if account is None:
        reason = RejectReason.UNKNOWN_ACCOUNT
    elif state.market(command.instrument_id) is None:
        reason = RejectReason.UNKNOWN_INSTRUMENT
    else:
        if command.algo_id != 0:
            algo = state.algo_book.by_id.get(command.algo_id)
        else:
            algo = find_client_algo(state, account, command.client_id)
        if (
            algo is None
            or algo.account_slot != account.slot
            or algo.terms.instrument_id != command.instrument_id
        ):
            reason = _not_found_reason(state, command.algo_id, algo)
    if reason != RejectReason.NONE or account is None or algo is None:
        state.out.words(
            EventType.CANCEL_REJECTED,
            instrument_id=command.instrument_id,
            account_id=command.account_id,
            words=[command.algo_id, reason],
        )
        return

    state.begin_effect()
    end_algo(state, account, algo, CancelReason.USER)


def _not_found_reason(state: State, algo_id: i64, found: Algo | None) -> i64:
    """ALGO_DONE for an id that the venue has given already, else ALGO_NOT_FOUND."""
    if algo_id <= 0 or found is not None or state.orders.get(algo_id) is not None:
        return RejectReason.ALGO_NOT_FOUND
    is_ours = shard_of_order_id(algo_id) == state.genesis.shard
    if is_ours and 1 <= seq_of_order_id(algo_id) < state.seq:
        return RejectReason.ALGO_DONE
    return RejectReason.ALGO_NOT_FOUND


def end_algo(state: State, account: Account, algo: Algo, reason: i64) -> None:
    """Forget a waiting algo order, and say why."""
    take_out_algo(state, account, algo)
    algo_cancelled(
        state.out,
        algo_id=algo.algo_id,
        account_id=account.account_id,
        instrument_id=algo.terms.instrument_id,
        reason=reason,
    )


def take_out_algo(state: State, account: Account, algo: Algo) -> None:
    """Forget a waiting algo order."""
    state.algo_book.remove(algo)
    account.algos -= 1
    assert account.algos >= 0


def cancel_algos(
    state: State, account: Account, instrument_id: i64, reason: i64, side: i64 = BOTH_SIDES
) -> i64:
    """End the account's algo orders in an instrument, or in ALL_INSTRUMENTS, by id; returns how
    many.
    """
    ended: list[Algo] = []
    for algo in state.algo_book.of_account(account.slot):
        if instrument_id != ALL_INSTRUMENTS and instrument_id != algo.terms.instrument_id:
            continue
        if side == BOTH_SIDES or side == algo.terms.side:
            ended.append(algo)
    if not ended:
        return 0
    state.begin_effect()
    for algo in ended:
        end_algo(state, account, algo, reason)
    return len(ended)


def say_algos(out: EventWriter, state: State) -> None:
    """AlgoAccepted of every algo order that waits, for a reader that starts."""
    for algo_id in sorted(state.algo_book.by_id):
        algo_accepted(out, state.algo_book.by_id[algo_id].terms, algo_id=algo_id)
