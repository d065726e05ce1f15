"""AmendOrder: change a resting order, keep its place only when nothing but its size shrinks."""

from mypy_extensions import i64

from seawall.core.clearing import reducible_lots
from seawall.core.engine.cancel import found_or_why, named_order
from seawall.core.engine.doubled import can_afford_with_repair, has_funds_with_repair
from seawall.core.engine.execution import ending_of, finish, match
from seawall.core.engine.health import spendable
from seawall.core.engine.place import price_inside, would_take
from seawall.core.engine.refusals import door_refusal
from seawall.core.engine.resting import change_reserve, end_resting, held_for, hold_asset
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_orders import (
    can_afford_order,
    is_beyond_restriction,
    mode_refusal,
    position_in,
    size_refusal,
)
from seawall.core.engine.trading_states import effective_state
from seawall.core.ledger import available
from seawall.core.matching import Order
from seawall.core.model.commands import AmendOrder, PlaceOrder
from seawall.core.model.enums import (
    CancelReason,
    MarginMode,
    OrderType,
    Side,
    TimeInForce,
    TradingState,
)
from seawall.core.model.events import EventType
from seawall.core.model.limits import VALID_FOR_MS_MAX
from seawall.core.model.rejects import RejectReason


def amend_order(state: State, command: AmendOrder) -> None:
    """Change the order, end it when the new quantity is filled already, or refuse with a reason."""
    account = state.account(command.account_id)
    market = state.market(command.instrument_id)
    order = named_order(state, account, command.instrument_id, command.order_id, command.client_id)
    reason = door_refusal(state, account, market, command.valid_for_ms)
    if reason == RejectReason.NONE:
        assert account is not None and market is not None
        reason = _amend_refusal(state, account, market, order, command)
    if state.ports is not None:
        reason = state.ports.admit()
    if reason != RejectReason.NONE:
        _refuse(state, market, order, command, reason)
        return
    assert account is not None and market is not None and order is not None
    new_price = command.new_price if command.new_price != 0 else order.limit_price
    new_quantity = command.new_quantity if command.new_quantity != 0 else order.quantity
    filled = order.quantity - order.quantity_open
    assert 0 <= filled < order.quantity

    state.begin_effect()
    if new_quantity <= filled:
        end_resting(state, market, order, CancelReason.AMENDED_TO_DONE)
    elif new_price == order.limit_price and new_quantity <= order.quantity:
        _shrink(state, market, account, order, new_quantity)
    else:
        _move(state, market, account, order, new_price, new_quantity)


def _amend_refusal(
    state: State, account: Account, market: Market, order: Order | None, command: AmendOrder
) -> i64:
    instrument = market.instrument
    if command.valid_for_ms < 0 or command.valid_for_ms > VALID_FOR_MS_MAX:
        return RejectReason.BAD_FLAGS
    if command.new_price < 0:
        return RejectReason.BAD_PRICE
    if command.new_price > instrument.price_max:
        return RejectReason.PRICE_TOO_HIGH
    if command.new_quantity < 0:
        return RejectReason.BAD_QUANTITY
    if 0 < command.new_quantity < instrument.quantity_min:
        return RejectReason.QUANTITY_TOO_SMALL
    if command.new_quantity > instrument.quantity_max:
        return RejectReason.QUANTITY_TOO_LARGE
    if order is None:
        return found_or_why(state, account, command.order_id, command.client_id)
    if command.new_price == 0 and command.new_quantity == 0:
        return RejectReason.NOTHING_TO_AMEND
    new_price = command.new_price if command.new_price != 0 else order.limit_price
    new_quantity = command.new_quantity if command.new_quantity != 0 else order.quantity
    new_open = new_quantity - (order.quantity - order.quantity_open)
    if new_price == order.limit_price and new_open <= order.quantity_open:
        return RejectReason.NONE  # making it smaller is always possible
    if new_open <= 0:
        return RejectReason.NONE
    reason = _terms_refusal(state, account, market, order, new_price=new_price, new_open=new_open)
    if reason != RejectReason.NONE:
        return reason
    if new_price != order.limit_price and would_take(market, order.side, new_price):
        if order.time_in_force == TimeInForce.POST_ONLY:
            return RejectReason.POST_ONLY_WOULD_TAKE
        if effective_state(state, market) == TradingState.POST_ONLY:
            return RejectReason.POST_ONLY_WOULD_TAKE
    if order.is_reduce_only:
        size = state.position(account, market).size
        if new_open > reducible_lots(size=size, side=order.side):
            return RejectReason.NOTHING_TO_REDUCE
    return _funds_refusal(state, account, market, order, new_price, new_open)


def _terms_refusal(
    state: State, account: Account, market: Market, order: Order, *, new_price: i64, new_open: i64
) -> i64:
    """What a new order of these terms would be refused for: freeze, uncertain price, price limit,
    size.
    """
    wish = _wish_of(state, account, market, order, new_price, new_open)
    position = position_in(market, account.slot)
    reason = mode_refusal(state, market, position, wish, effective_state(state, market))
    if reason != RejectReason.NONE:
        return reason
    if state.is_frozen:
        return RejectReason.VENUE_FROZEN
    if account.is_restricted and is_beyond_restriction(market, position, wish):
        return RejectReason.ACCOUNT_REDUCE_ONLY
    if price_inside(market, order.side, new_price) != new_price:
        return RejectReason.PRICE_LIMIT
    if market.index is None:
        return RejectReason.NONE
    replaced: i64 = 0
    if not order.is_reduce_only:
        replaced = order.quantity_open
    return size_refusal(state, market, position, wish, new_price, replaced=replaced)


def _funds_refusal(
    state: State, account: Account, market: Market, order: Order, new_price: i64, new_open: i64
) -> i64:
    """Whether what the order ties up now and what is free cover its new terms."""
    instrument = market.instrument
    if market.swap is not None:
        position = state.position(account, market)
        if not order.is_reduce_only and not can_afford_order(
            state,
            account,
            market,
            position,
            state.trading_account(account, instrument.quote_asset_id),
            side=order.side,
            price=new_price,
            quantity=new_open,
            margin_mode=position.margin_mode,
            replaced=order,
        ):
            return RejectReason.INSUFFICIENT_MARGIN
        if state.overlay is not None:
            wish = _wish_of(state, account, market, order, new_price, new_open)
            if not can_afford_with_repair(state, account, market, wish, new_price, order):
                return RejectReason.NOT_WITH_REPAIR
        return RejectReason.NONE
    needed = new_open * (
        new_price * instrument.unit_value if order.side == Side.BUY else instrument.lot_size
    )
    asset_id = hold_asset(market, order)
    held = held_for(market, order)
    if needed > available(state.trading_account(account, asset_id)) + held:
        return RejectReason.INSUFFICIENT_BALANCE
    has_positions = account.first_position is not None
    if has_positions and needed > spendable(state, account, asset_id) + held:
        return RejectReason.INSUFFICIENT_BALANCE
    if state.overlay is not None and not has_funds_with_repair(
        state, account, asset_id, needed, freed=held
    ):
        return RejectReason.NOT_WITH_REPAIR
    return RejectReason.NONE


def _wish_of(
    state: State, account: Account, market: Market, order: Order, new_price: i64, new_open: i64
) -> PlaceOrder:
    """The order as it would be placed with its new terms."""
    mode: i64 = MarginMode.CASH
    if market.swap is not None:
        mode = state.position(account, market).margin_mode
    return PlaceOrder(
        account_id=account.account_id,
        instrument_id=market.instrument.instrument_id,
        side=order.side,
        order_type=OrderType.LIMIT,
        limit_price=new_price,
        quantity=new_open,
        time_in_force=order.time_in_force,
        margin_mode=mode,
        reduce_only=order.is_reduce_only,
    )


def _refuse(
    state: State,
    market: Market | None,
    order: Order | None,
    command: AmendOrder,
    reason: i64,
) -> None:
    if order is not None and command.cancel_on_fail:
        state.begin_effect()
    order_id = order.order_id if order is not None else command.order_id
    state.out.words(
        EventType.AMEND_REJECTED,
        instrument_id=command.instrument_id,
        account_id=command.account_id,
        words=[order_id, reason],
    )
    if order is not None and market is not None and command.cancel_on_fail:
        end_resting(state, market, order, CancelReason.AMEND_FAILED)


def _shrink(
    state: State, market: Market, account: Account, order: Order, new_quantity: i64
) -> None:
    """Less at the same price: the order keeps its place."""
    cut = order.quantity - new_quantity
    open_before = order.quantity_open
    change_reserve(state, market, account, order, before=open_before, after=open_before - cut)
    order.quantity = new_quantity
    if cut > 0:
        market.book.reduce(order, cut)
    _say_amended(state, order, kept_priority=True)


def _move(
    state: State,
    market: Market,
    account: Account,
    order: Order,
    new_price: i64,
    new_quantity: i64,
) -> None:
    """Another price or more quantity: the order leaves its place and arrives anew."""
    change_reserve(state, market, account, order, before=order.quantity_open, after=0)
    market.book.remove(order)
    state.take_out(account, order)
    order.quantity_open += new_quantity - order.quantity
    order.quantity = new_quantity
    order.limit_price = new_price
    _say_amended(state, order, kept_priority=False)
    ports = state.ports
    if ports is not None:
        ending = ports.match(state, market, account, order, 0)
    else:
        stopped = match(state, market, order, 0)
        ending = ending_of(market, order, OrderType.LIMIT, stopped)
    finish(state, market, account, order, ending)


def _say_amended(state: State, order: Order, *, kept_priority: bool) -> None:
    state.out.order_amended(
        order_id=order.order_id,
        account_id=order.account_id,
        instrument_id=order.instrument_id,
        limit_price=order.limit_price,
        quantity=order.quantity,
        quantity_open=order.quantity_open,
        kept_priority=kept_priority,
    )
