"""CancelOrder and MassCancel: always accepted, whatever state the venue is in."""

from mypy_extensions import i64

from seawall.core.clearing import Position
from seawall.core.engine.algo_orders import cancel_algos
from seawall.core.engine.place import find_client_order
from seawall.core.engine.resting import end_resting
from seawall.core.engine.state import NO_SLOT, Account, State
from seawall.core.engine.swap_orders import position_in
from seawall.core.matching import Order
from seawall.core.model.commands import (
    ALL_INSTRUMENTS,
    BOTH_SIDES,
    CancelOrder,
    CommandType,
    MassCancel,
)
from seawall.core.model.enums import CancelReason
from seawall.core.model.events import EventType
from seawall.core.model.ids import seq_of_order_id, shard_of_order_id
from seawall.core.model.rejects import RejectReason


def cancel_order(state: State, command: CancelOrder) -> None:
    """End the order at its owner's wish."""
    slot = state.slot_of(command.account_id)
    account = None if slot == NO_SLOT else state.accounts[slot]
    market = state.market(command.instrument_id)
    position: Position | None = None
    if account is not None and market is not None:
        # Found beside the order, not through it: both lie far away in memory.
        position = position_in(market, slot)
    order = named_order(state, account, command.instrument_id, command.order_id, command.client_id)
    if account is None:
        _refuse(state, command, RejectReason.UNKNOWN_ACCOUNT)
    elif market is None:
        _refuse(state, command, RejectReason.UNKNOWN_INSTRUMENT)
    elif order is None:
        if state.ports is not None:
            state.ports.note_cancel(account, command.order_id, command.client_id)
        reason = found_or_why(state, account, command.order_id, command.client_id)
        _refuse(state, command, reason)
    else:
        state.begin_effect()
        end_resting(state, market, order, CancelReason.USER, position=position)


def named_order(
    state: State, account: Account | None, instrument_id: i64, order_id: i64, client_id: bytes
) -> Order | None:
    """The account's open order in the instrument, named by id or, when that is 0, by client id."""
    if account is None:
        return None
    if order_id != 0:
        order = state.orders.get(order_id)
    else:
        order = find_client_order(state, account, client_id)
    if order is None or order.account_slot != account.slot:
        return None
    return order if order.instrument_id == instrument_id else None


def found_or_why(state: State, account: Account, order_id: i64, client_id: bytes) -> i64:
    """Why no order was found: it has ended, or there never was one."""
    if order_id == 0:
        mark = state.client_id_mark(account, client_id)
        return RejectReason.ORDER_DONE if -mark > state.clock_ms else RejectReason.ORDER_NOT_FOUND
    if order_id < 0 or state.orders.get(order_id) is not None:
        return RejectReason.ORDER_NOT_FOUND
    seq = seq_of_order_id(order_id)
    if shard_of_order_id(order_id) == state.genesis.shard and 1 <= seq <= state.seq:
        return RejectReason.ORDER_DONE
    return RejectReason.ORDER_NOT_FOUND


def _refuse(state: State, command: CancelOrder, reason: i64) -> None:
    state.out.words(
        EventType.CANCEL_REJECTED,
        instrument_id=command.instrument_id,
        account_id=command.account_id,
        words=[command.order_id, reason],
    )


def mass_cancel(state: State, command: MassCancel) -> None:
    """End all orders and algo orders of the account that the command names, each kind in the order
    of its creation.
    """
    account = state.account(command.account_id)
    reason: i64 = RejectReason.NONE
    if account is None:
        reason = RejectReason.UNKNOWN_ACCOUNT
    elif command.instrument_id != ALL_INSTRUMENTS and command.instrument_id not in state.markets:
        reason = RejectReason.UNKNOWN_INSTRUMENT
    elif command.side > BOTH_SIDES:
        reason = RejectReason.BAD_FLAGS
    if reason != RejectReason.NONE or account is None:
        state.out.words(
            EventType.COMMAND_REJECTED,
            instrument_id=command.instrument_id,
            account_id=command.account_id,
            words=[CommandType.MASS_CANCEL, reason],
        )
        return
    order_ids: list[int] = []
    order = account.first_order
    while order is not None:
        in_instrument = command.instrument_id in (ALL_INSTRUMENTS, order.instrument_id)
        if in_instrument and command.side in (BOTH_SIDES, order.side):
            order_ids.append(order.order_id)
        order = order.account_next
    order_ids.sort()

    state.begin_effect()
    if state.ports is not None:
        state.ports.note_mass_cancel(account, command.instrument_id, command.side)
    for order_id in order_ids:
        found = state.orders.get(order_id)
        assert found is not None
        end_resting(state, state.markets[found.instrument_id], found, CancelReason.MASS_CANCEL)
    algos = cancel_algos(
        state, account, command.instrument_id, CancelReason.MASS_CANCEL, command.side
    )
    state.out.words(
        EventType.MASS_CANCELLED,
        instrument_id=command.instrument_id,
        account_id=command.account_id,
        words=[len(order_ids) + algos],
    )
