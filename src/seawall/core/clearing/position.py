"""A position: signed lots, signed cost, and what a trade does to them (domain 3.2, linear).

Cost is what was paid for what is still open, so profit needs no average price and nothing is ever
divided away: a partial close releases floor(|cost| * closed / |size|) and the rest stays, a full
close releases all. Over the life of a position realised pnl is exact.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.ledger import LedgerAccount
from seawall.core.model.enums import MarginMode, Side
from seawall.core.model.limits import AMOUNT_MAX

_PRODUCT_SAFE: Final = 2**31  # two numbers below it multiply inside 63 bits


@final
@mypyc_attr(acyclic=True)
class Position:
    """What an account has open in one linear instrument, and what belongs to it.

    size: lots, positive long, negative short. cost: quote units, of the same sign.
    realised, fees, funding_paid: quote units over the life of the account, for display: net pnl,
    fees less rebates, funding paid less received.
    funding_index: the instrument's cumulative index up to which funding has been paid.
    isolated: its own margin, when margin_mode is MarginMode.ISOLATED.
    open_buys, open_sells: lots of open orders that are not reduce-only; reduce_buys, reduce_sells:
    lots of those that are. highest_buy, lowest_sell: bounds in ticks of the prices of open orders
    (0: none). order_fees: the sum of what open orders reserve for fees.
    """

    def __init__(
        self, *, account_slot: i64, account_id: i64, instrument_id: i64, lever: i64, opened_ms: i64
    ) -> None:
        # First what every order of the account looks at: it lies together in memory.
        self.account_next: Position | None = None  # the account's in the next instrument
        self.size: i64 = 0
        self.open_buys: i64 = 0
        self.open_sells: i64 = 0
        self.order_fees: i64 = 0
        self.instrument_id: i64 = instrument_id
        self.cost: i64 = 0
        self.margin_mode: i64 = MarginMode.CROSS
        self.lever: i64 = lever
        self.highest_buy: i64 = 0
        self.lowest_sell: i64 = 0
        self.account_slot: i64 = account_slot
        self.account_id: i64 = account_id
        self.realised: i64 = 0
        self.fees: i64 = 0
        self.funding_paid: i64 = 0
        self.funding_index: int = 0
        self.isolated: LedgerAccount | None = None
        self.reduce_buys: i64 = 0
        self.reduce_sells: i64 = 0
        self.opened_ms: i64 = opened_ms
        self.is_touched: bool = False  # in this entry

    @property
    def is_idle(self) -> bool:
        """Whether it needs no margin: nothing is open, and no order of it waits."""
        if self.size != 0 or self.order_fees != 0:
            return False
        return self.open_buys == 0 and self.open_sells == 0

    @property
    def is_zero(self) -> bool:
        """Whether nothing is open. Invariant I12: size 0 if and only if cost 0."""
        assert (self.size == 0) == (self.cost == 0)
        return self.cost == 0


def value_of(*, price: i64, lots: i64, unit_value: i64) -> i64:
    """Quote units of `lots` (>= 0) at `price` ticks: exact, and asserted to fit a ledger
    account.
    """
    assert price > 0 and lots >= 0 and unit_value > 0
    assert lots == 0 or price <= AMOUNT_MAX // unit_value // lots
    return price * lots * unit_value


def trade(position: Position, *, side: i64, lots: i64, price: i64, unit_value: i64) -> i64:
    """Book `lots` bought or sold at `price` ticks; returns the realised pnl in quote units.

    What is opposite to the position closes it first; the rest opens the other way.
    """
    assert lots > 0
    closed = closed_lots(position, side=side, lots=lots)
    pnl: i64 = 0
    if closed > 0:
        pnl = closing_pnl(position, lots=closed, price=price, unit_value=unit_value)
        released = released_cost(position, closed)
        if position.size > 0:
            position.size -= closed
            position.cost -= released
        else:
            position.size += closed
            position.cost += released
        position.realised += pnl
    opened = lots - closed
    if opened > 0:
        value = value_of(price=price, lots=opened, unit_value=unit_value)
        if side == Side.BUY:
            assert position.cost <= AMOUNT_MAX - value
            position.size += opened
            position.cost += value
        else:
            assert position.cost >= value - AMOUNT_MAX
            position.size -= opened
            position.cost -= value
    assert (position.size == 0) == (position.cost == 0)
    return pnl


def closed_lots(position: Position, *, side: i64, lots: i64) -> i64:
    """How many of the lots would close, not open: those opposite to the position, at most all of
    it.
    """
    open_lots = position.size
    if side == Side.BUY:
        open_lots = -open_lots
    if open_lots <= 0:
        return 0
    return lots if lots < open_lots else open_lots


def closing_pnl(position: Position, *, lots: i64, price: i64, unit_value: i64) -> i64:
    """The pnl that closing `lots` at `price` would realise; changes nothing."""
    value = value_of(price=price, lots=lots, unit_value=unit_value)
    released = released_cost(position, lots)
    return value - released if position.size > 0 else released - value


def released_cost(position: Position, lots: i64) -> i64:
    """floor(|cost| * lots / |size|): the cost that leaves with `lots` of the position.

    The remainder stays in the position, so nothing is lost; all lots release all of it.
    """
    size = position.size if position.size > 0 else -position.size
    cost = position.cost if position.size > 0 else -position.cost
    assert 0 <= lots <= size and size > 0
    if lots == size:
        return cost
    if size < _PRODUCT_SAFE:
        # floor((q * size + r) * lots / size) = q * lots + floor(r * lots / size), r < size < 2^31
        return cost // size * lots + cost % size * lots // size
    big: int = int(cost) * int(lots) // int(size)
    return big


def rebase(position: Position, *, mark: i64, unit_value: i64) -> i64:
    """Realise all pnl at `mark` and go on from there: cost becomes the value at mark; returns the
    pnl.

    Equity is the same before and after; whoever calls it pays the pnl into cash.
    """
    pnl = unrealised(position, mark=mark, unit_value=unit_value)
    position.cost += pnl
    position.realised += pnl
    return pnl


def unrealised(position: Position, *, mark: i64, unit_value: i64) -> i64:
    """What closing all of it at `mark` ticks would realise, in quote units; exact."""
    size = position.size
    if size >= 0:
        return value_of(price=mark, lots=size, unit_value=unit_value) - position.cost
    return -value_of(price=mark, lots=-size, unit_value=unit_value) - position.cost


def notional_at(position: Position, *, mark: i64, unit_value: i64) -> i64:
    """Quote units of the whole position at `mark` ticks, never negative."""
    size = position.size
    return value_of(price=mark, lots=size if size > 0 else -size, unit_value=unit_value)


def entry_price_e8(position: Position, *, unit_value: i64, tick_size_e8: i64) -> int:
    """The average price of what is open, e8, rounded down: for display only. 0 when nothing is."""
    if position.size == 0:
        return 0
    lots = int(position.size) * int(unit_value)  # of the same sign as cost
    average: int = int(position.cost) * int(tick_size_e8) // lots
    return average
