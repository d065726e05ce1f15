"""What an account can afford: equity, margin and reserves at the endpoints of the price (domain
3.4, 3.5).

A cross account is one unit per settlement asset; an isolated position is one of its own. While the
price is certain both endpoints are the mark; while it is not, risk is taken on only if the endpoint
that is worst for the account allows it.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.clearing import Position
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.ledger import LedgerAccount, available
from seawall.core.margin import order_fee, order_gap, order_reserve
from seawall.core.matching import Order
from seawall.core.model.enums import MarginMode, Side


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Wish:
    """What is looked at: one more order, or another leverage, instead of what is.

    `quantity` counts only what could increase the position; `replaced` is an open order of the
    account that the wish would take the place of.
    """

    def __init__(
        self,
        *,
        side: i64 = Side.BUY,
        price: i64 = 1,
        quantity: i64 = 0,
        fee: i64 = 0,
        lever: i64 = 0,
        replaced: Order | None = None,
    ) -> None:
        self.side: i64 = side
        self.price: i64 = price
        self.quantity: i64 = quantity
        self.fee: i64 = fee
        self.lever: i64 = lever  # 0: the position's
        self.replaced: Order | None = replaced


NO_WISH: Final = Wish()


def fee_reserved(
    state: State, market: Market, account: Account, *, price: i64, quantity: i64
) -> i64:
    """What an order would pay as a taker: reserved while it waits."""
    if quantity == 0:
        return 0
    return order_fee(
        price=price,
        quantity=quantity,
        unit_value=market.instrument.unit_value,
        taker_e8=state.genesis.fee_tiers[account.fee_tier].taker_e8,
    )


def can_afford(
    state: State,
    market: Market,
    account: Account,
    position: Position,
    cash: LedgerAccount,
    wish: Wish,
) -> bool:
    """Whether the account's free margin covers the wish, at the endpoint that is worst for it.
    `cash` is the account's of the settlement asset.

    First with a bound of the gap that looks at no order; when that is not enough, order by order.
    """
    free = _free_besides(state, account, cash, position, is_exact=False)
    free += _worst(state, market, account, position, wish, is_exact=False)
    if free >= 0:
        return True
    free = _free_besides(state, account, cash, position, is_exact=True)
    return free + _worst(state, market, account, position, wish, is_exact=True) >= 0


def free_margin(state: State, account: Account, asset_id: i64) -> i64:
    """What the account's cash and positions in the asset leave free, at the worst endpoints."""
    cash = state.trading_account(account, asset_id)
    return _free_besides(state, account, cash, None, is_exact=True)


def spendable(state: State, account: Account, asset_id: i64) -> i64:
    """What may leave the account's cash: at most what is available, and at most what its positions
    leave at the worst endpoints without any unrealised profit (domain 3.5); never negative.
    """
    cash = available(state.trading_account(account, asset_id))
    free = cash
    position = account.first_position
    while position is not None:
        if not position.is_idle:
            market = state.market_of(position)
            if market.instrument.quote_asset_id == asset_id:
                free += _worst(
                    state, market, account, position, NO_WISH, is_exact=True, ignores_profit=True
                )
        position = position.account_next
    if free < 0:
        return 0
    return free if free < cash else cash


def _free_besides(
    state: State,
    account: Account,
    cash: LedgerAccount,
    besides: Position | None,
    *,
    is_exact: bool,
) -> i64:
    free = available(cash)
    asset_id = cash.asset_id
    position = account.first_position
    while position is not None:
        if position is not besides and not position.is_idle:
            market = state.market_of(position)
            if market.instrument.quote_asset_id == asset_id:
                free += _worst(state, market, account, position, NO_WISH, is_exact=is_exact)
        position = position.account_next
    return free


def _worst(
    state: State,
    market: Market,
    account: Account,
    position: Position,
    wish: Wish,
    *,
    is_exact: bool,
    ignores_profit: bool = False,
) -> i64:
    """Counted profit less reserve at the endpoint where that is least. It is concave in the price,
    so no price between the endpoints is worse.
    """
    swap = market.swap
    assert swap is not None
    counts_profit = swap.counts_profit and not ignores_profit
    low = _net_at(state, market, swap, account, position, wish, swap.low_mark, is_exact)
    low += counted_profit(market, position, swap.low_mark, counts_profit)
    if swap.high_mark == swap.low_mark:
        return low
    high = _net_at(state, market, swap, account, position, wish, swap.high_mark, is_exact)
    high += counted_profit(market, position, swap.high_mark, counts_profit)
    return low if low < high else high


def counted_profit(market: Market, position: Position, price: i64, counts_profit: bool) -> i64:
    """The unrealised profit that cross margin counts: losses always, gains only while the index is
    normal, those of isolated positions never.
    """
    if position.margin_mode == MarginMode.ISOLATED:
        return 0
    profit = position.size * price * market.instrument.unit_value - position.cost
    if profit > 0 and not counts_profit:
        return 0
    return profit


def _net_at(
    state: State,
    market: Market,
    swap: SwapMarket,
    account: Account,
    position: Position,
    wish: Wish,
    price: i64,
    is_exact: bool,
) -> i64:
    """Minus what position, open orders and wish reserve at `price`."""
    buys = position.open_buys
    sells = position.open_sells
    fees = position.order_fees + wish.fee
    unit_value = market.instrument.unit_value
    replaced = wish.replaced
    if replaced is not None:
        fees -= fee_reserved(
            state,
            market,
            account,
            price=replaced.limit_price,
            quantity=replaced.quantity_open,
        )
        if not replaced.is_reduce_only:
            if replaced.side == Side.BUY:
                buys -= replaced.quantity_open
            else:
                sells -= replaced.quantity_open
    if is_exact:
        gap = _gap_of_orders(account, position, price, replaced) * unit_value
    else:
        gap = _gap_bound(position, price) * unit_value
    if wish.quantity > 0:
        gap += order_gap(
            side=wish.side,
            price=wish.price,
            quantity=wish.quantity,
            mark=price,
            unit_value=unit_value,
        )
        if wish.side == Side.BUY:
            buys += wish.quantity
        else:
            sells += wish.quantity
    return -order_reserve(
        swap.tiers,
        size=position.size,
        buys=buys,
        sells=sells,
        gap=gap,
        fees=fees,
        mark=price,
        unit_value=unit_value,
        lever=wish.lever if wish.lever > 0 else position.lever,
        is_isolated=position.margin_mode == MarginMode.ISOLATED,
    )


def _gap_bound(position: Position, price: i64) -> i64:
    """At least the gap of the open orders, in ticks times lots, without looking at any of them."""
    gap: i64 = 0
    if position.open_buys > 0 and position.highest_buy > price:
        gap += (position.highest_buy - price) * position.open_buys
    if position.open_sells > 0 and position.lowest_sell < price:
        gap += (price - position.lowest_sell) * position.open_sells
    return gap


def _gap_of_orders(account: Account, position: Position, price: i64, replaced: Order | None) -> i64:
    """Ticks times lots that the account's open orders in the instrument stand beyond `price`."""
    is_bid_beyond = position.open_buys > 0 and position.highest_buy > price
    is_ask_beyond = position.open_sells > 0 and position.lowest_sell < price
    if not is_bid_beyond and not is_ask_beyond:
        return 0
    gap: i64 = 0
    order = account.first_order
    while order is not None:
        if (
            order.instrument_id == position.instrument_id
            and not order.is_reduce_only
            and order is not replaced
        ):
            gap += order_gap(
                side=order.side,
                price=order.limit_price,
                quantity=order.quantity_open,
                mark=price,
                unit_value=1,
            )
        order = order.account_next
    return gap


def reserved_now(state: State, market: Market, account: Account, position: Position) -> i64:
    """What position and open orders reserve at the mark: for readers and for the audit."""
    swap = market.swap
    assert swap is not None
    return -_net_at(state, market, swap, account, position, NO_WISH, swap.mark, True)


def unit_equity(state: State, account: Account, asset_id: i64) -> i64:
    """Equity of the cross account at the marks: cash and unrealised profit."""
    equity = state.trading_account(account, asset_id).balance
    for position in account.positions:
        market = state.market_of(position)
        swap = market.swap
        if (
            swap is not None
            and position.margin_mode != MarginMode.ISOLATED
            and market.instrument.quote_asset_id == asset_id
        ):
            equity += position.size * swap.mark * market.instrument.unit_value - position.cost
    return equity
