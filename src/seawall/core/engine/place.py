"""PlaceOrder: refuse it with a reason, or accept, match and rest it."""

from mypy_extensions import i64

from seawall.core.clearing import Position
from seawall.core.engine.doubled import can_afford_with_repair, has_funds_with_repair
from seawall.core.engine.execution import ending_of, finish, match
from seawall.core.engine.fill_or_kill import can_fill_whole
from seawall.core.engine.health import spendable
from seawall.core.engine.refusals import door_refusal
from seawall.core.engine.state import NO_SLOT, Account, Market, State
from seawall.core.engine.swap_orders import (
    can_afford_order,
    is_beyond_restriction,
    margin_mode_refusal,
    mode_refusal,
    position_in,
    reduce_only_quantity,
    size_refusal,
)
from seawall.core.engine.trading_states import effective_state
from seawall.core.ledger import LedgerAccount, available
from seawall.core.matching import Order, market_cap, walk
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import (
    CancelReason,
    OrderCause,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TradingState,
)
from seawall.core.model.ids import order_id_of
from seawall.core.model.limits import (
    NOTIONAL_MAX,
    OPEN_ORDERS_PER_ACCOUNT_MAX,
    VALID_FOR_MS_MAX,
)
from seawall.core.model.rejects import RejectReason
from seawall.core.model.risk_event_writer import order_caused


def place_order(state: State, command: PlaceOrder) -> None:
    """Match the order, rest what remains, or refuse it with a reason."""
    slot = state.slot_of(command.account_id)
    account = None if slot == NO_SLOT else state.accounts[slot]
    market = state.market(command.instrument_id)
    reason = door_refusal(state, account, market, command.valid_for_ms)
    limit_price: i64 = 0
    if reason == RejectReason.NONE:
        assert account is not None and market is not None
        reason, limit_price = check_order(state, account, slot, market, command)
    ports = state.ports
    if ports is not None and account is not None and market is not None:
        reason, limit_price = ports.admit_order(state, account, command, reason, limit_price)
    if reason != RejectReason.NONE:
        state.out.order_rejected(command, reason)
        return
    assert account is not None and market is not None
    execute_order(state, account, market, command, limit_price=limit_price)


def check_order(
    state: State, account: Account, slot: i64, market: Market, command: PlaceOrder
) -> tuple[i64, i64]:
    """The RejectReason of the order and its worst price in ticks. A reduce-only quantity is cut to
    the position here.

    `slot` is the account's, given so that position and cash are found beside it, not through it:
    all three lie far away in memory, and are fetched at once.
    """
    position = position_in(market, slot)
    asset_id = paying_asset(market, command.side)
    cash = state.trading_at(slot, asset_id)
    reason = order_refusal(state, account, market, position, command)
    if reason != RejectReason.NONE:
        return reason, 0
    limit_price = worst_price(market, command)
    if command.order_type == OrderType.LIMIT:
        clamped = price_inside(market, command.side, limit_price)
        if clamped != limit_price:
            if not command.reprice:
                return RejectReason.PRICE_LIMIT, 0
            limit_price = clamped
    if limit_price > market.instrument.price_max:  # the index left what the instrument can say
        return RejectReason.PRICE_LIMIT, 0
    if market.index is not None and limit_price != 0:
        reason = size_refusal(state, market, position, command, limit_price)
        if reason != RejectReason.NONE:
            return reason, 0
    if limit_price == 0:
        return RejectReason.NO_MARKET, 0
    if market.swap is not None:
        reason = swap_funds_refusal(state, account, market, position, cash, command, limit_price)
        is_sure = reason != RejectReason.NONE or state.overlay is None
        if not is_sure and not can_afford_with_repair(state, account, market, command, limit_price):
            reason = RejectReason.NOT_WITH_REPAIR
        return reason, limit_price
    needed = funds_needed(market, account, command, limit_price)
    if needed > available(cash):
        return RejectReason.INSUFFICIENT_BALANCE, 0
    if account.first_position is not None and needed > spendable(state, account, asset_id):
        return RejectReason.INSUFFICIENT_BALANCE, 0
    if state.overlay is not None and not has_funds_with_repair(state, account, asset_id, needed):
        return RejectReason.NOT_WITH_REPAIR, 0
    return RejectReason.NONE, limit_price


def swap_funds_refusal(
    state: State,
    account: Account,
    market: Market,
    position: Position | None,
    cash: LedgerAccount,
    command: PlaceOrder,
    limit_price: i64,
) -> i64:
    """NOTHING_TO_REDUCE, INSUFFICIENT_MARGIN or NONE; cuts a reduce-only quantity. Opens the
    account's (empty) position for what may increase it, which has no effect of its own.
    """
    if command.reduce_only:
        command.quantity = reduce_only_quantity(position, command)
        return RejectReason.NOTHING_TO_REDUCE if command.quantity == 0 else RejectReason.NONE
    if position is None:
        position = state.position(account, market)
    can_afford = can_afford_order(
        state,
        account,
        market,
        position,
        cash,
        side=command.side,
        price=limit_price,
        quantity=command.quantity,
        margin_mode=command.margin_mode,
    )
    return RejectReason.NONE if can_afford else RejectReason.INSUFFICIENT_MARGIN


def execute_order(
    state: State,
    account: Account,
    market: Market,
    command: PlaceOrder,
    *,
    limit_price: i64,
    cause: i64 = OrderCause.USER,
    first: i64 = 0,
    second: i64 = 0,
) -> i64:
    """Accept the order, match it, rest or end what remains; returns its order id.

    An order that the venue makes says its cause: `first` and `second` as in OrderCaused.
    """
    order_id = order_id_of(shard=state.genesis.shard, seq=state.seq, counter=state.orders_made)
    ports = state.ports
    if ports is not None:
        order_id, limit_price = ports.wants(
            state, account, market, command, limit_price, cause, first
        )
        if order_id == 0:
            return 0
    order = Order(
        order_id=order_id,
        account_slot=account.slot,
        account_id=account.account_id,
        owner_id=account.owner_id,
        instrument_id=command.instrument_id,
        side=command.side,
        limit_price=limit_price,
        quantity=command.quantity,
        time_in_force=command.time_in_force,
        self_trade_prevention=command.self_trade_prevention,
        expire_ms=command.expire_ms,
        client_id=command.client_id,
        tag=command.tag,
        is_reduce_only=command.reduce_only,
        cause=cause,
    )
    assert order.quantity_open > 0 or command.quote_amount > 0

    state.begin_effect()
    state.orders_made += 1
    state.out.order_accepted(command, order_id=order.order_id, limit_price=limit_price)
    if cause != OrderCause.USER:
        order_caused(
            state.out,
            order_id=order.order_id,
            account_id=account.account_id,
            instrument_id=command.instrument_id,
            cause=cause,
            first=first,
            second=second,
        )
    _arrive(state, market, account, order, command)
    return order.order_id


def _arrive(
    state: State, market: Market, account: Account, order: Order, command: PlaceOrder
) -> None:
    """Match the accepted order, rest or end what remains."""
    ending = _arrival_ending(state, market, order)
    ports = state.ports
    if ports is not None:
        ending = ports.match(state, market, account, order, command.quote_amount)
    elif ending < 0:
        stopped = match(state, market, order, command.quote_amount)
        ending = ending_of(market, order, command.order_type, stopped)
    finish(state, market, account, order, ending)
    if order.time_in_force == TimeInForce.GTD and order.level is not None:
        state.add_expiry(order)


def order_refusal(
    state: State,
    account: Account,
    market: Market,
    position: Position | None,
    command: PlaceOrder,
) -> i64:
    """Is the order well formed, and may it be placed in the instrument's present state?"""
    is_post_only = command.time_in_force == TimeInForce.POST_ONLY
    instrument = market.instrument
    trading_state = effective_state(state, market)
    if trading_state == TradingState.POST_ONLY and not is_post_only:
        return RejectReason.POST_ONLY_MODE
    reason = mode_refusal(state, market, position, command, trading_state)
    if reason != RejectReason.NONE:
        return reason
    if state.is_frozen:
        return RejectReason.VENUE_FROZEN
    if account.is_restricted and is_beyond_restriction(market, position, command):
        return RejectReason.ACCOUNT_REDUCE_ONLY
    if not are_flags_sound(command) or (command.quote_amount != 0 and market.swap is not None):
        return RejectReason.BAD_FLAGS
    if len(command.client_id) > 0 and state.is_client_id_taken(account, command.client_id):
        return RejectReason.DUPLICATE_CLIENT_ORDER_ID
    is_market = command.order_type == OrderType.MARKET
    if command.limit_price != 0 if is_market else command.limit_price <= 0:
        return RejectReason.BAD_PRICE
    if command.limit_price > instrument.price_max:
        return RejectReason.PRICE_TOO_HIGH
    if command.quote_amount != 0:
        if command.quote_amount < 0:
            return RejectReason.BAD_QUANTITY
        if command.quote_amount > NOTIONAL_MAX:
            return RejectReason.QUANTITY_TOO_LARGE
    elif command.quantity <= 0:
        return RejectReason.BAD_QUANTITY
    elif command.quantity < instrument.quantity_min:
        return RejectReason.QUANTITY_TOO_SMALL
    elif command.quantity > instrument.quantity_max:
        return RejectReason.QUANTITY_TOO_LARGE
    is_gtd = command.time_in_force == TimeInForce.GTD
    if command.expire_ms <= 0 if is_gtd else command.expire_ms != 0:
        return RejectReason.BAD_EXPIRY
    if is_gtd and command.expire_ms <= state.clock_ms:
        return RejectReason.EXPIRY_IN_THE_PAST
    if account.open_orders >= OPEN_ORDERS_PER_ACCOUNT_MAX:
        return RejectReason.TOO_MANY_OPEN_ORDERS
    return margin_mode_refusal(market, position, command.margin_mode, command.reduce_only)


def are_flags_sound(command: PlaceOrder) -> bool:
    """Whether type, time in force and the other options go together."""
    time_in_force = command.time_in_force
    if time_in_force > TimeInForce.POST_ONLY:
        return False
    if command.self_trade_prevention > SelfTradePrevention.CANCEL_BOTH:
        return False
    if command.valid_for_ms < 0 or command.valid_for_ms > VALID_FOR_MS_MAX:
        return False
    if command.order_type == OrderType.LIMIT:
        return command.quote_amount == 0
    if command.quote_amount != 0:
        return command.side == Side.BUY and time_in_force == TimeInForce.IOC
    return time_in_force == TimeInForce.IOC or time_in_force == TimeInForce.FOK


def worst_price(market: Market, command: PlaceOrder) -> i64:
    """The order's limit, or a market order's cap; 0 when there is nobody to trade with."""
    if command.order_type == OrderType.LIMIT:
        return command.limit_price
    best = market.book.opposite_side(command.side).best()
    if best is None:
        return 0
    cap_e8 = market.instrument.market_cap_e8
    guards = market.guards
    if guards is not None:
        cap_e8 = guards.market_cap_e8
    cap = market_cap(
        side=command.side,
        best_price=best.price,
        cap_e8=cap_e8,
        price_max=market.instrument.price_max,
    )
    return price_inside(market, command.side, cap)


def price_inside(market: Market, side: i64, price: i64) -> i64:
    """The price, or the price limit where it lies beyond it: only a buy can be too high, only a
    sell too low (domain 5.1).
    """
    if side == Side.BUY:
        return price if price <= market.high else market.high
    return price if price >= market.low else market.low


def paying_asset(market: Market, side: i64) -> i64:
    """What an order of this side pays with: only what sells in spot pays with the base."""
    instrument = market.instrument
    if side == Side.BUY or market.swap is not None:
        return instrument.quote_asset_id
    return instrument.base_asset_id


def funds_needed(market: Market, account: Account, command: PlaceOrder, limit_price: i64) -> i64:
    """Units of the paying asset that must be available: the worst case, exact for market orders."""
    instrument = market.instrument
    if command.side == Side.SELL:
        return command.quantity * instrument.lot_size
    if command.quote_amount > 0:
        return command.quote_amount
    if command.order_type == OrderType.LIMIT:
        return limit_price * command.quantity * instrument.unit_value
    found = walk(
        market.book.asks,
        limit_price=limit_price,
        quantity=command.quantity,
        owner_id=account.owner_id,
        prevention=command.self_trade_prevention,
    )
    return found.cost * instrument.unit_value


def _arrival_ending(state: State, market: Market, order: Order) -> i64:
    """A CancelReason for an order that must not trade at all, else negative: post-only that would
    take, fill-or-kill that is short.
    """
    if order.time_in_force == TimeInForce.POST_ONLY:
        if would_take(market, order.side, order.limit_price):
            return CancelReason.POST_ONLY
    elif order.time_in_force == TimeInForce.FOK:
        found = walk(
            market.book.opposite_side(order.side),
            limit_price=order.limit_price,
            quantity=order.quantity,
            owner_id=order.owner_id,
            prevention=order.self_trade_prevention,
        )
        if found.lots < order.quantity:
            return CancelReason.FOK
        if market.swap is not None and not can_fill_whole(state, market, order):
            return CancelReason.FOK
    return -1


def would_take(market: Market, side: i64, limit_price: i64) -> bool:
    """Whether an order at this limit would trade on arrival."""
    opposite = market.book.opposite_side(side)
    best = opposite.best()
    return best is not None and opposite.is_reached_by(best, limit_price)


def find_client_order(state: State, account: Account, client_id: bytes) -> Order | None:
    """The account's open order of that client id."""
    mark = state.client_id_mark(account, client_id)
    return state.orders.get(mark) if mark > 0 else None
