"""What a repair gives back besides money and positions: algo orders that fired wrongly wait again,
and orders that a void has spent are offered back.

An order given back takes nobody's place: it is a new one, and it never trades on arrival. One that
cannot be placed is said with its reason, and nothing else.
"""

from mypy_extensions import i64

from seawall.core.engine.algo_orders import find_client_algo
from seawall.core.engine.place import check_order, execute_order, would_take
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.trading_states import effective_state
from seawall.core.engine.trailing import NOT_FIRED, Algo
from seawall.core.engine.trigger_prices import unit_of
from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import PlaceAlgo, PlaceOrder
from seawall.core.model.enums import AlgoType, OrderType, TradingState
from seawall.core.model.limits import ALGOS_PER_ACCOUNT_MAX, ORDERS_PER_ENTRY_MAX
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair import AlgoRow, OrderRow
from seawall.core.model.repair_event_writer import algo_rearmed
from seawall.core.model.risk_event_writer import algo_rejected


def rearm(state: State, row: AlgoRow) -> None:
    """Let the algo order wait again, under its id, with what a trailing order has followed."""
    terms = decode_command(row.terms, 0, len(row.terms))
    assert isinstance(terms, PlaceAlgo)
    account = state.account(row.account_id)
    market = state.markets.get(terms.instrument_id)
    assert account is not None and market is not None
    waiting = state.algo_book.by_id.get(row.algo_id)
    if waiting is not None:
        _mend_trail(state, waiting, row)
        return
    reason: i64 = RejectReason.NONE
    if find_client_algo(state, account, terms.client_id) is not None:
        reason = RejectReason.DUPLICATE_CLIENT_ORDER_ID
    elif account.algos >= ALGOS_PER_ACCOUNT_MAX:
        reason = RejectReason.TOO_MANY_ALGOS
    if reason != RejectReason.NONE:
        algo_rejected(
            state.out,
            account_id=row.account_id,
            instrument_id=terms.instrument_id,
            reason=reason,
            client_id=terms.client_id,
        )
        return
    terms.valid_for_ms = 0
    algo = Algo(
        algo_id=row.algo_id,
        account_slot=account.slot,
        terms=terms,
        unit=unit_of(market, terms.trigger_by),
    )
    algo.is_above = row.is_above
    algo.is_second_above = row.is_second_above
    algo.is_active = row.is_active
    algo.extreme = row.extreme
    state.algo_book.add(algo)
    account.algos += 1
    algo_rearmed(state.out, terms, algo_id=algo.algo_id)


def _mend_trail(state: State, algo: Algo, row: AlgoRow) -> None:
    """A trailing order that still waits has followed a wrong price: it goes on from the right one.
    One that has fired since is left alone.
    """
    if algo.fired_leg != NOT_FIRED or algo.terms.algo_type != AlgoType.TRAILING:
        return
    if not row.is_active or row.extreme == 0:
        return
    state.algo_book.unwatch(algo)
    algo.is_active = row.is_active
    algo.extreme = row.extreme
    state.algo_book.watch(algo)


def offer_back(state: State, row: OrderRow) -> None:
    """Place the order anew, or say why not."""
    command = decode_command(row.order, 0, len(row.order))
    assert isinstance(command, PlaceOrder)
    account = state.account(row.account_id)
    market = state.markets.get(command.instrument_id)
    assert account is not None and market is not None
    if command.client_id and state.is_client_id_taken(account, command.client_id):
        command.client_id = b""  # its own name is remembered still
    reason, limit_price = _refusal(state, account, market, command)
    if reason != RejectReason.NONE:
        state.out.order_rejected(command, reason)
        return
    execute_order(state, account, market, command, limit_price=limit_price)


def _refusal(
    state: State, account: Account, market: Market, command: PlaceOrder
) -> tuple[i64, i64]:
    """As for any order; besides, it must rest, and be the only one of its kind."""
    trading_state = effective_state(state, market)
    if account.is_frozen:
        return RejectReason.ACCOUNT_FROZEN, 0
    if trading_state == TradingState.HALTED:
        return RejectReason.INSTRUMENT_HALTED, 0
    if trading_state == TradingState.CANCEL_ONLY:
        return RejectReason.CANCEL_ONLY, 0
    if command.order_type != OrderType.LIMIT:
        return RejectReason.BAD_FLAGS, 0
    if state.orders_made >= ORDERS_PER_ENTRY_MAX:
        return RejectReason.TOO_MANY_OPEN_ORDERS, 0
    if _has_like(account, command):
        return RejectReason.LIKE_ORDER_OPEN, 0
    was_frozen = state.is_frozen
    state.is_frozen = False  # it only rests, and nobody can meet it before the release
    reason, limit_price = check_order(state, account, account.slot, market, command)
    state.is_frozen = was_frozen
    if reason != RejectReason.NONE:
        return reason, 0
    if would_take(market, command.side, limit_price):
        return RejectReason.POST_ONLY_WOULD_TAKE, 0
    return RejectReason.NONE, limit_price


def _has_like(account: Account, command: PlaceOrder) -> bool:
    """Whether the owner has an order on the same side at the same price already."""
    order = account.first_order
    while order is not None:
        if (
            order.instrument_id == command.instrument_id
            and order.side == command.side
            and order.limit_price == command.limit_price
        ):
            return True
        order = order.account_next
    return False
