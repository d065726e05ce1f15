"""May an order in a swap be placed: what the outside price allows, margin mode, limits of size, and
whether the account can afford it (domain 3.4, 10).
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.clearing import Position, reducible_lots
from seawall.core.engine.guards import degraded_lever_max, may_add_risk
from seawall.core.engine.health import Wish, can_afford, fee_reserved
from seawall.core.engine.state import Account, Market, State
from seawall.core.ledger import LedgerAccount
from seawall.core.matching import Order
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import MarginMode, Side, TimeInForce, TradingState
from seawall.core.model.rejects import RejectReason

LIMIT_ORDER_WHOLE_MAX: Final = 20_000_000  # largest order, whole quote
MARKET_ORDER_WHOLE_MAX: Final = 1_000_000


def increases(position: Position | None, *, side: i64, quantity: i64) -> bool:
    """Whether an order of these terms could do more than shrink the position."""
    if position is None:
        return quantity > 0
    return quantity > reducible_lots(size=position.size, side=side)


def position_in(market: Market, slot: i64) -> Position | None:
    """The position in the market of the account in that slot; None in spot, and when it never had
    one.
    """
    swap = market.swap
    return None if swap is None else swap.position(slot)


def mode_refusal(
    state: State,
    market: Market,
    position: Position | None,
    command: PlaceOrder,
    trading_state: i64,
) -> i64:
    """REDUCE_ONLY_MODE or PRICE_UNCERTAIN for an order that takes on risk now, else NONE."""
    swap = market.swap
    is_post_only = command.time_in_force == TimeInForce.POST_ONLY
    if swap is None:
        if trading_state == TradingState.REDUCE_ONLY and not is_post_only:
            return RejectReason.REDUCE_ONLY_MODE
        return RejectReason.NONE
    if command.reduce_only:
        return RejectReason.NONE
    if not increases(position, side=command.side, quantity=command.quantity):
        return RejectReason.NONE
    if trading_state == TradingState.REDUCE_ONLY and not is_post_only:
        return RejectReason.REDUCE_ONLY_MODE
    if not may_add_risk(state, market, is_post_only=is_post_only):
        return RejectReason.PRICE_UNCERTAIN
    return RejectReason.NONE


def is_beyond_restriction(market: Market, position: Position | None, command: PlaceOrder) -> bool:
    """Whether a restricted account may not place this: in a swap it may only shrink its position,
    all open orders of the side counted; in spot nothing shrinks.
    """
    if market.swap is None:
        return True
    if command.reduce_only:
        return False
    waiting: i64 = 0
    if position is not None:
        waiting = position.open_buys if command.side == Side.BUY else position.open_sells
    return increases(position, side=command.side, quantity=waiting + command.quantity)


def margin_mode_refusal(
    market: Market, position: Position | None, mode: i64, reduce_only: bool
) -> i64:
    """Spot is paid in cash; a swap is cross or isolated, one of them at a time."""
    if market.swap is None:
        if mode != MarginMode.CASH or reduce_only:
            return RejectReason.BAD_MARGIN_MODE
        return RejectReason.NONE
    if mode != MarginMode.CROSS and mode != MarginMode.ISOLATED:
        return RejectReason.BAD_MARGIN_MODE
    if position is not None and position.margin_mode != mode and is_in_use(position):
        return RejectReason.MARGIN_MODE_CONFLICT
    return RejectReason.NONE


def is_in_use(position: Position) -> bool:
    """Whether the position has size, margin or open orders, so that its margin mode is fixed."""
    if position.size != 0 or position.open_buys != 0 or position.open_sells != 0:
        return True
    if position.reduce_buys != 0 or position.reduce_sells != 0:
        return True
    return position.isolated is not None and position.isolated.balance != 0


def size_refusal(
    state: State,
    market: Market,
    position: Position | None,
    command: PlaceOrder,
    price: i64,
    *,
    replaced: i64 = 0,
) -> i64:
    """ORDER_TOO_LARGE, POSITION_LIMIT, OPEN_INTEREST_LIMIT or DEGRADED_LEVERAGE for an order at its
    worst price. `replaced` lots of the account's open orders give way to it.
    """
    if market.index is None or command.quote_amount > 0:
        return RejectReason.NONE
    instrument = market.instrument
    value = price * command.quantity * instrument.unit_value
    largest = MARKET_ORDER_WHOLE_MAX if command.limit_price == 0 else LIMIT_ORDER_WHOLE_MAX
    if state.is_protected and value > largest * market.quote_units:
        return RejectReason.ORDER_TOO_LARGE
    swap = market.swap
    if swap is None or command.reduce_only:
        return RejectReason.NONE
    size: i64 = 0
    opened: i64 = 0
    lever = swap.default_lever
    if position is not None:
        size = position.size if command.side == Side.BUY else -position.size
        opened = position.open_buys if command.side == Side.BUY else position.open_sells
        lever = position.lever
    opened -= replaced
    exposed = size + opened + command.quantity
    if exposed > swap.size_max or opened + command.quantity > swap.size_max:
        return RejectReason.POSITION_LIMIT
    if exposed * swap.high_mark * instrument.unit_value > swap.tiers.notional_max:
        return RejectReason.POSITION_LIMIT
    if not increases(position, side=command.side, quantity=command.quantity):
        return RejectReason.NONE
    if swap.open_interest + command.quantity > swap.open_interest_max:
        return RejectReason.OPEN_INTEREST_LIMIT
    if lever > degraded_lever_max(state, market):
        return RejectReason.DEGRADED_LEVERAGE
    return RejectReason.NONE


def reduce_only_quantity(position: Position | None, command: PlaceOrder) -> i64:
    """The quantity of a reduce-only order, cut to the position; 0 when there is nothing to
    reduce.
    """
    if position is None:
        return 0
    most = reducible_lots(size=position.size, side=command.side)
    return command.quantity if command.quantity < most else most


def can_afford_order(
    state: State,
    account: Account,
    market: Market,
    position: Position,
    cash: LedgerAccount,
    *,
    side: i64,
    price: i64,
    quantity: i64,
    margin_mode: i64,
    replaced: Order | None = None,
) -> bool:
    """Whether free margin covers the order at `price`. Not asked of reduce-only orders: they can
    only make the account safer, and need no margin, and each fill its cash.
    """
    if not is_in_use(position):
        position.margin_mode = margin_mode
    fee = fee_reserved(state, market, account, price=price, quantity=quantity)
    wish = Wish(
        side=side,
        price=price,
        quantity=quantity,
        fee=fee,
        replaced=replaced,
    )
    return can_afford(state, market, account, position, cash, wish)
