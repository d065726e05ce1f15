"""Orders that rest: what they tie up (money in spot, counters of the position in a swap), and how
they come to rest, shrink and end.

Invariant I24: what is tied up equals what the open orders ask for, order by order.
"""

from mypy_extensions import i64

from seawall.core.clearing import Position
from seawall.core.engine.health import fee_reserved
from seawall.core.engine.state import Account, Market, State
from seawall.core.ledger import hold, release
from seawall.core.matching import Order
from seawall.core.model.enums import CancelReason, Side
from seawall.core.model.ids import order_id_of


def held_for(market: Market, order: Order) -> i64:
    """What a spot order holds while it rests: quote for a buy, base for a sell (exactly that)."""
    return _held_lots(market, order, order.quantity_open)


def _held_lots(market: Market, order: Order, lots: i64) -> i64:
    instrument = market.instrument
    if order.side == Side.BUY:
        return order.limit_price * lots * instrument.unit_value
    return lots * instrument.lot_size


def hold_asset(market: Market, order: Order) -> i64:
    """The asset in which a spot order of this side holds money."""
    instrument = market.instrument
    return instrument.quote_asset_id if order.side == Side.BUY else instrument.base_asset_id


def change_reserve(
    state: State,
    market: Market,
    account: Account,
    order: Order,
    *,
    before: i64,
    after: i64,
    position: Position | None = None,
) -> None:
    """The order's open quantity goes from `before` to `after` lots (0: it does not rest).
    `position` is its account's in a swap, where it is at hand.
    """
    if market.swap is not None:
        if position is None:
            position = state.position(account, market)
        _change_counters(state, market, account, position, order, before=before, after=after)
        return
    held = state.trading_account(account, hold_asset(market, order))
    if after > before:
        hold(state.ledger, held, _held_lots(market, order, after - before))
    else:
        release(state.ledger, held, _held_lots(market, order, before - after))


def _change_counters(
    state: State,
    market: Market,
    account: Account,
    position: Position,
    order: Order,
    *,
    before: i64,
    after: i64,
) -> None:
    price = order.limit_price
    position.order_fees += fee_reserved(
        state, market, account, price=price, quantity=after
    ) - fee_reserved(state, market, account, price=price, quantity=before)
    change = after - before
    if order.is_reduce_only:
        if before == 0:
            state.reducing.add(order)
        elif after == 0:
            state.reducing.remove(order)
        if order.side == Side.BUY:
            position.reduce_buys += change
        else:
            position.reduce_sells += change
        assert position.reduce_buys >= 0 and position.reduce_sells >= 0
    elif order.side == Side.BUY:
        position.open_buys += change
        if position.open_buys == 0:
            position.highest_buy = 0
        elif change > 0 and price > position.highest_buy:
            position.highest_buy = price
    else:
        position.open_sells += change
        if position.open_sells == 0:
            position.lowest_sell = 0
        elif change > 0 and (position.lowest_sell == 0 or price < position.lowest_sell):
            position.lowest_sell = price
    assert position.open_buys >= 0 and position.open_sells >= 0
    assert position.order_fees >= 0


def rest(state: State, market: Market, account: Account, order: Order) -> None:
    """Put what is open of the order into the book and tie up what it needs."""
    change_reserve(state, market, account, order, before=0, after=order.quantity_open)
    market.book.add(order)
    state.add_order(account, order)


def end_resting(
    state: State,
    market: Market,
    order: Order,
    reason: i64,
    *,
    was_resting: bool = True,
    position: Position | None = None,
) -> None:
    """Take a resting order out: what it ties up, its place, its indexes, and the event that says
    why. One that came to rest in this very entry was not resting for readers. `position` is its
    account's in a swap, where it is at hand.
    """
    ports = state.ports
    if ports is not None and not ports.may_end(order):
        return
    account = state.accounts[order.account_slot]
    before = order.quantity_open
    change_reserve(state, market, account, order, before=before, after=0, position=position)
    market.book.remove(order)
    state.drop_order(account, order)
    state.out.order_cancelled(
        order_id=order.order_id,
        account_id=order.account_id,
        instrument_id=order.instrument_id,
        reason=reason,
        quantity_open=order.quantity_open,
        was_resting=was_resting,
    )


def cut_resting(
    state: State, market: Market, order: Order, quantity: i64, *, was_resting: bool = True
) -> None:
    """Take `quantity` lots off a resting reduce-only order, which keeps its place; all of it ends
    the order.
    """
    ports = state.ports
    if ports is not None:
        quantity = ports.lots_cut(order, quantity)
        if quantity == 0:
            return
    if quantity >= order.quantity_open:
        end_resting(state, market, order, CancelReason.REDUCE_ONLY, was_resting=was_resting)
        return
    account = state.accounts[order.account_slot]
    before = order.quantity_open
    change_reserve(state, market, account, order, before=before, after=before - quantity)
    order.quantity -= quantity
    market.book.reduce(order, quantity)
    state.out.order_amended(
        order_id=order.order_id,
        account_id=order.account_id,
        instrument_id=order.instrument_id,
        limit_price=order.limit_price,
        quantity=order.quantity,
        quantity_open=order.quantity_open,
        kept_priority=True,
    )


def say_filled(
    state: State,
    market: Market,
    taker: Order,
    maker: Order,
    quantity: i64,
    *,
    taker_open: i64,
    taker_fee: i64,
    maker_fee: i64,
    is_price: bool = True,
) -> None:
    """OrderFilled, and the market's last price. The maker's quantity is reduced already.
    `is_price`: the trade counts as one; in a rerun only what stands does.
    """
    state.out.order_filled(
        trade_id=order_id_of(shard=state.genesis.shard, seq=state.seq, counter=state.trades_made),
        instrument_id=market.instrument.instrument_id,
        price=maker.limit_price,
        quantity=quantity,
        taker_side=taker.side,
        taker_order_id=taker.order_id,
        taker_account_id=taker.account_id,
        taker_fee=taker_fee,
        taker_open=taker_open,
        maker_order_id=maker.order_id,
        maker_account_id=maker.account_id,
        maker_fee=maker_fee,
        maker_open=maker.quantity_open,
    )
    state.trades_made += 1
    if is_price:
        state.note_trade(market, maker.limit_price)
