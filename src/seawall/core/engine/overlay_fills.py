"""Live fills while a repair is being decided: the gap rule, online.

The overlay says how many lots an account would have more, or less, with the repair. A fill in just
that direction does by itself what the repair would do: with the repair, house:error takes that part
of it instead, at the fill's price within 50 bp of the mark, and the rest of the price stays with
the account that chose it. What is left of the fill is the account's in both states. So whoever lost
a position may open it again at once, and has it once. Accounts of one owner never trade with each
other, so nobody closes his gap with himself.

A fill of a swap that would take an account's cash below zero with the repair does not happen.
"""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.clearing import Party, Position, trade
from seawall.core.engine.overlay import Overlay, OverlayAccount, OverlayPosition
from seawall.core.engine.overlay_shape import (
    book_profit,
    margin_mode_of,
    straighten_one,
    together,
)
from seawall.core.engine.stand_in import clamped
from seawall.core.engine.state import Account, Market, State
from seawall.core.ledger import LedgerAccount, ledger_key
from seawall.core.matching import Order
from seawall.core.model.enums import LedgerKind, MarginMode, OrderCause, Side
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.units import rate_ceil


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Replayed:
    """One side of a fill as it would be with the repair.

    taken: signed lots that house:error takes, at `taken_price`. own: what is left. pnl: realised by
    the own part, and what the account keeps of the difference in price. fee: of the own part.
    """

    def __init__(self, *, taken: i64, taken_price: i64, own: i64, pnl: i64, fee: i64) -> None:
        self.taken: i64 = taken
        self.taken_price: i64 = taken_price
        self.own: i64 = own
        self.pnl: i64 = pnl
        self.fee: i64 = fee


def reference_of(market: Market) -> i64:
    """What a fill's price is compared with, in ticks: the mark, or the index of a spot market; 0
    when there is none.
    """
    swap = market.swap
    if swap is not None:
        return swap.mark
    index = market.index
    return 0 if index is None else index.value_e8 // market.instrument.tick_size_e8


def taken_lots(gap: i64, signed: i64, reference: i64) -> i64:
    """How many of the signed lots house:error takes, when the account would have `gap` lots more
    with the repair; none without a price to compare with.
    """
    if gap == 0 or reference == 0 or (gap > 0) != (signed > 0):
        return 0
    if (gap if gap > 0 else -gap) < (signed if signed > 0 else -signed):
        return gap
    return signed


def share_of_fee(fee: i64, own: i64, signed: i64) -> i64:
    """The part of a fee that falls to `own` of `signed` lots, in favour of the house."""
    if own == signed:
        return fee
    part: int = -(-int(fee) * abs(int(own)) // abs(int(signed)))
    return part


def repaired(position: Position, delta: OverlayPosition | None) -> Position:
    """A copy of the position's size and cost as they would be."""
    found = Position(
        account_slot=position.account_slot,
        account_id=position.account_id,
        instrument_id=position.instrument_id,
        lever=position.lever,
        opened_ms=0,
    )
    found.size = position.size
    found.cost = position.cost
    if delta is not None:
        found.size += delta.size
        found.cost += delta.cost
    return found


def replay(
    market: Market, position: Position, gap: i64, *, signed: i64, price: i64, fee: i64
) -> Replayed:
    """Book the fill into the copy `position` as it would be with the repair."""
    reference = reference_of(market)
    taken = taken_lots(gap, signed, reference)
    own = signed - taken
    taken_price = clamped(price, reference) if taken != 0 else price
    unit_value = market.instrument.unit_value
    pnl = taken * (taken_price - price) * unit_value
    if own != 0:
        side = Side.BUY if own > 0 else Side.SELL
        lots = own if own > 0 else -own
        pnl += trade(position, side=side, lots=lots, price=price, unit_value=unit_value)
    return Replayed(
        taken=taken,
        taken_price=taken_price,
        own=own,
        pnl=pnl,
        fee=share_of_fee(fee, own, signed),
    )


def _signed(order: Order, lots: i64) -> i64:
    return lots if order.side == Side.BUY else -lots


def is_swap_fill_short(
    state: State, market: Market, order: Order, party: Party, lots: i64, price: i64
) -> bool:
    """Whether the fill would take the cash of the order's account below zero with the repair. No
    profit of other positions is counted; a liquidation is not stopped by this.
    """
    overlay = state.overlay
    assert overlay is not None
    account = state.accounts[order.account_slot]
    mine = overlay.accounts.get(account.account_id)
    if mine is None or order.cause == OrderCause.LIQUIDATION:
        return False
    straighten_one(state, overlay, account.account_id, market)
    position = party.position
    delta = mine.positions.get(market.instrument.instrument_id)
    fee: i64 = 0
    if party.rate_e8 > 0:
        fee = rate_ceil(price * lots * market.instrument.unit_value, party.rate_e8)
    gap: i64 = delta.size if delta is not None else 0
    found = replay(
        market,
        repaired(position, delta),
        gap,
        signed=_signed(order, lots),
        price=price,
        fee=fee,
    )
    outcome = found.pnl - found.fee
    return outcome < 0 and _pool(state, market, account, mine, position, delta) + outcome < 0


def _pool(
    state: State,
    market: Market,
    account: Account,
    mine: OverlayAccount,
    position: Position,
    delta: OverlayPosition | None,
) -> i64:
    """The cash that could pay, with the repair: what is available, and an isolated position's
    margin.
    """
    cash = state.trading_account(account, market.instrument.quote_asset_id)
    pool = cash.balance - cash.held + mine.amount(cash.key)
    mode = position.margin_mode if delta is None else margin_mode_of(position, delta)
    if mode == MarginMode.ISOLATED:
        pool += together(
            state,
            mine,
            ledger_key(
                kind=LedgerKind.ISOLATED,
                account_id=account.account_id,
                asset_id=market.instrument.quote_asset_id,
                instrument_id=market.instrument.instrument_id,
            ),
        )
    return pool


def follow_swap_fill(
    state: State,
    market: Market,
    order: Order,
    position: Position,
    *,
    lots: i64,
    price: i64,
    pnl: i64,
    fee: i64,
) -> None:
    """The order's account has traded and realised `pnl`; the overlay follows."""
    overlay = state.overlay
    assert overlay is not None
    mine = overlay.accounts.get(position.account_id)
    if mine is None or position.account_id >= ACCOUNT_ID_ERROR:
        return
    delta = mine.positions.get(market.instrument.instrument_id)
    if delta is None:
        return  # with the repair the position is the same
    signed = _signed(order, lots)
    before = repaired(position, delta)
    before.size -= signed
    before.cost -= signed * price * market.instrument.unit_value + pnl
    found = replay(market, before, delta.size, signed=signed, price=price, fee=fee)
    delta.size = before.size - position.size
    delta.cost = before.cost - position.cost
    delta.realised += found.pnl - pnl
    delta.fees += found.fee - fee
    book_profit(overlay, mine, market, position, delta, found.pnl - pnl)
    _spare_fee(
        overlay, mine, market.house_quote, _cash_of(market, position, delta), fee - found.fee
    )
    if found.taken != 0:
        _trade_error(state, overlay, market, signed=found.taken, price=found.taken_price)


def _cash_of(market: Market, position: Position, delta: OverlayPosition) -> i64:
    isolated = margin_mode_of(position, delta) == MarginMode.ISOLATED
    return ledger_key(
        kind=LedgerKind.ISOLATED if isolated else LedgerKind.TRADING,
        account_id=position.account_id,
        asset_id=market.instrument.quote_asset_id,
        instrument_id=market.instrument.instrument_id if isolated else 0,
    )


def _spare_fee(
    overlay: Overlay, mine: OverlayAccount, house: LedgerAccount, key: i64, spared: i64
) -> None:
    """What house:error takes pays no fee."""
    if spared != 0:
        mine.add_money(key, spared)
        overlay.account(0).add_money(house.key, -spared)


def _trade_error(
    state: State, overlay: Overlay, market: Market, *, signed: i64, price: i64
) -> None:
    """house:error has traded in the overlay."""
    position = state.position(state.error_account(), market)
    delta = overlay.position(
        ACCOUNT_ID_ERROR,
        market.instrument.instrument_id,
        margin_mode=MarginMode.CROSS,
        lever=position.lever,
    )
    after = repaired(position, delta)
    pnl = trade(
        after,
        side=Side.BUY if signed > 0 else Side.SELL,
        lots=signed if signed > 0 else -signed,
        price=price,
        unit_value=market.instrument.unit_value,
    )
    delta.size = after.size - position.size
    delta.cost = after.cost - position.cost
    delta.realised += pnl
    book_profit(overlay, overlay.account(ACCOUNT_ID_ERROR), market, position, delta, pnl)


def spot_gap(market: Market, mine: OverlayAccount, base: LedgerAccount) -> i64:
    """Lots of the base asset that the account would have more with the repair; whole ones count."""
    amount = mine.amount(base.key)
    lot = market.instrument.lot_size
    return amount // lot if amount >= 0 else -(-amount // lot)


def follow_spot_fill(
    state: State, market: Market, order: Order, *, lots: i64, price: i64, fee: i64
) -> None:
    """The order's account has traded; the overlay follows."""
    overlay = state.overlay
    assert overlay is not None
    account = state.accounts[order.account_slot]
    mine = overlay.accounts.get(account.account_id)
    if mine is None:
        return
    instrument = market.instrument
    base = state.trading_account(account, instrument.base_asset_id)
    quote = state.trading_account(account, instrument.quote_asset_id)
    signed = _signed(order, lots)
    reference = reference_of(market)
    taken = taken_lots(spot_gap(market, mine, base), signed, reference)
    if taken == 0:
        return
    spared = fee - share_of_fee(fee, signed - taken, signed)
    taken_price = clamped(price, reference)
    base_amount = taken * instrument.lot_size
    quote_amount = taken * taken_price * instrument.unit_value
    price_difference = taken * (taken_price - price) * instrument.unit_value
    error_account = state.error_account()
    error_base = state.trading_account(error_account, instrument.base_asset_id)
    error_quote = state.trading_account(error_account, instrument.quote_asset_id)
    mine.add_money(base.key, -base_amount)
    mine.add_money(quote.key, quote_amount)
    error = overlay.account(ACCOUNT_ID_ERROR)
    error.add_money(error_base.key, base_amount)
    error.add_money(error_quote.key, -quote_amount)
    lack = -(quote.balance + mine.amount(quote.key))
    if lack > 0 and price_difference < 0:  # house:error bears what the account could not
        spared_price = lack if lack < -price_difference else -price_difference
        mine.add_money(quote.key, spared_price)
        error.add_money(error_quote.key, -spared_price)
    if order.side == Side.BUY:
        _spare_fee(overlay, mine, market.house_base, base.key, spared)
    else:
        _spare_fee(overlay, mine, market.house_quote, quote.key, spared)
