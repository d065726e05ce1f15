"""What the insurance fund may pay, and for what (domain 4.5).

The venue's own account holds the positions it took over, and its cash is the fund. A loss may be
drawn up to the capacity of the fund's window; without protections up to its balance, and then the
house's treasury pays for the losses of liquidation orders, so that nobody's cash goes below zero.
"""

from mypy_extensions import i64

from seawall.core.clearing import Party, Position, cash_needed, closing_pnl
from seawall.core.engine.state import Market, State
from seawall.core.ledger import available, transfer
from seawall.core.liquidation import (
    FundWindow,
    LiquidationParameters,
    estimated_unwind_loss,
)
from seawall.core.matching import BookSide
from seawall.core.model.enums import LedgerKind, Side
from seawall.core.model.units import rate_floor


def window_of(state: State, market: Market) -> FundWindow:
    """The memory of the fund of the market's settlement asset."""
    windows = state.liquidations.windows
    asset_id = market.instrument.quote_asset_id
    found = windows.get(asset_id)
    if found is None:
        found = FundWindow()
        windows[asset_id] = found
    return found


def parameters_of(state: State, market: Market) -> LiquidationParameters:
    """The numbers of liquidation in the instrument's settlement asset."""
    asset_id = market.instrument.quote_asset_id
    return state.liquidations.parameters_of(
        asset_id=asset_id, quote_units=state.assets[asset_id].units_per_whole()
    )


def observe_fund(state: State, market: Market) -> None:
    """The window sees the fund's balance: in every tick."""
    swap = market.swap
    assert swap is not None
    window_of(state, market).observe(
        parameters_of(state, market), clock_ms=state.clock_ms, balance=swap.fund.balance
    )


def fund_room(state: State, market: Market) -> i64:
    """What the fund may pay for losses in the instrument now."""
    swap = market.swap
    assert swap is not None
    if not state.is_protected:
        return available(swap.fund)
    return window_of(state, market).capacity_of(
        parameters_of(state, market),
        balance=swap.fund.balance,
        instrument_id=market.instrument.instrument_id,
    )


def note_draw(state: State, market: Market, pnl: i64) -> None:
    """The venue's own position realised `pnl`: a loss is a draw."""
    if pnl < 0:
        window_of(state, market).draw(
            clock_ms=state.clock_ms,
            instrument_id=market.instrument.instrument_id,
            amount=-pnl,
        )


def cover_loss(
    state: State, market: Market, party: Party, *, side: i64, lots: i64, price: i64
) -> bool:
    """Without protections: give a liquidated account what a fill takes beyond its cash, from the
    fund, then from the treasury. False when they do not have it; then nothing moved.
    """
    swap = market.swap
    assert swap is not None
    if state.is_protected:
        return False
    needed = cash_needed(
        party, side=side, lots=lots, price=price, unit_value=market.instrument.unit_value
    )
    lacking = needed - available(party.cash)
    treasury = state.ledger.account(
        kind=LedgerKind.HOUSE_TREASURY, account_id=0, asset_id=market.instrument.quote_asset_id
    )
    if available(swap.fund) + available(treasury) < lacking:
        return False
    for source in (swap.fund, treasury):
        part = available(source) if available(source) < lacking else lacking
        if part > 0:
            transfer(state.ledger, source=source, target=party.cash, amount=part)
            lacking -= part
    return True


def unwind_side(market: Market, size: i64) -> BookSide:
    """The side of the book that closing a position of that size would meet."""
    return market.book.bids if size > 0 else market.book.asks


def estimated_loss(
    state: State, market: Market, inventory: Position, *, size: i64, price: i64, mark: i64
) -> int:
    """What unwinding `size` more at its bankruptcy price would lose, on top of the inventory.

    Of an inventory of the same side the loss is counted first, and its lots meet the book first. An
    opposite one is closed by what comes, at that price.
    """
    unit_value = market.instrument.unit_value
    held = inventory.size if inventory.size > 0 else -inventory.size
    lots = size if size > 0 else -size
    loss: int = 0
    ahead: i64 = 0
    if inventory.size != 0 and (inventory.size > 0) != (size > 0):
        netted = held if held < lots else lots
        loss -= closing_pnl(inventory, lots=netted, price=price, unit_value=unit_value)
        lots -= netted
    else:
        ahead = held
        loss += inventory_loss(state, market, inventory, mark=mark)
    if lots > 0:
        prices, lots_at = _levels(market, size=size, skip=ahead, lots=lots)
        loss += estimated_unwind_loss(
            parameters_of(state, market),
            prices=prices,
            lots_at=lots_at,
            size=lots if size > 0 else -lots,
            bankruptcy=price,
            mark=mark,
            unit_value=unit_value,
        )
    return loss if loss > 0 else 0


def inventory_loss(state: State, market: Market, inventory: Position, *, mark: i64) -> int:
    """What unwinding all that the venue holds would lose against its cost, at least 0."""
    size = inventory.size
    if size == 0:
        return 0
    parameters = parameters_of(state, market)
    lots = size if size > 0 else -size
    prices, lots_at = _levels(market, size=size, skip=0, lots=lots)
    left = int(lots)
    value: int = 0
    for place, price in enumerate(prices):
        taken = min(left, lots_at[place])
        value += price * taken
        left -= taken
    reach = int(rate_floor(mark, parameters.price_range_e8))
    value += (int(mark) - reach if size > 0 else int(mark) + reach) * left
    value *= int(market.instrument.unit_value)
    loss = int(inventory.cost) - value if size > 0 else value + int(inventory.cost)
    return loss if loss > 0 else 0


def _levels(market: Market, *, size: i64, skip: i64, lots: i64) -> tuple[list[int], list[int]]:
    """Prices and lots of the levels inside the band that `lots` would meet, best first, behind
    `skip` lots that come before.
    """
    side = unwind_side(market, size)
    prices: list[int] = []
    lots_at: list[int] = []
    place: i64 = len(side.levels) - 1
    while place >= 0 and lots > 0:
        level = side.levels[place]
        if level.price > market.band_high or level.price < market.band_low:
            break
        here = level.quantity
        if skip >= here:
            skip -= here
        else:
            here -= skip
            skip = 0
            prices.append(level.price)
            lots_at.append(here)
            lots -= here
        place -= 1
    return prices, lots_at


def cost_price(position: Position, *, unit_value: i64) -> i64:
    """The price at which closing what the venue holds costs the fund nothing: up to the tick for a
    long, down for a short; at least one tick.
    """
    size = int(position.size)
    if size > 0:
        price = -(-int(position.cost) // (size * int(unit_value)))
    else:
        price = int(position.cost) // (size * int(unit_value))
    return max(price, 1)


def closing_side(size: i64) -> i64:
    """The side of an order that closes a position of that size."""
    return Side.SELL if size > 0 else Side.BUY
