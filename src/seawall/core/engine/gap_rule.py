"""The gap rule: what a rerun books for an account, and what the venue's own account takes instead.

The gap of an account in an instrument is what it holds in the actual run minus what it holds in the
rerun, in lots. It changes only when a side of a fill is not booked. A later fill whose direction
closes the gap is, for that part, taken by house:error: the account ends where it would be, and
whoever it traded with keeps the trade.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.clearing import Leg, Party, Position, settle_side, settle_spot
from seawall.core.engine.fill_cash import gather_cash
from seawall.core.engine.insurance import note_draw
from seawall.core.engine.stand_in import clamped as clamped  # noqa: PLC0414 - offered here
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_fill import after_trade, cash_of, settle_funding
from seawall.core.engine.units_watch import note_change, note_outflow
from seawall.core.ledger import transfer
from seawall.core.model.enums import Side
from seawall.core.model.limits import ACCOUNT_ID_ERROR, ACCOUNT_ID_SYSTEM

VOIDED: Final = 1  # why an account is touched: a side of its fill is not booked
REPLACED: Final = 2  # house:error took a part of its fill
RETIMED: Final = 4  # what was done wrongly before is done now
CLAIMED: Final = 8  # it has a claim for what was not done
ACTED: Final = 16  # the venue acted in its name without cause


@final
@mypyc_attr(acyclic=True)
class GapBook:
    """The gaps that are open, and who was touched by what."""

    def __init__(self) -> None:
        self.gaps: dict[int, int] = {}  # account id << 16 | instrument id -> lots
        self.touched: dict[int, int] = {}  # account id -> VOIDED | REPLACED | ...
        self.is_clamped: bool = False  # the freeze is over: house:error stays near the reference

    def gap(self, account_id: i64, instrument_id: i64) -> i64:
        """Lots held in the actual run less those held in the rerun."""
        return self.gaps.get(account_id << 16 | instrument_id, 0)

    def add(self, account_id: i64, instrument_id: i64, lots: i64, why: i64) -> None:
        """The rerun leaves out, or makes up for, so many signed lots of the account."""
        key: int = account_id << 16 | instrument_id
        left = self.gaps.get(key, 0) + lots
        if left == 0:
            del self.gaps[key]
        else:
            self.gaps[key] = left
        self.touch(account_id, why)

    def touch(self, account_id: i64, why: i64) -> None:
        """Note that the account is touched."""
        self.touched[account_id] = self.touched.get(account_id, 0) | why

    def closing(self, account_id: i64, instrument_id: i64, signed: i64) -> i64:
        """The part of the signed lots that closes the gap."""
        gap = self.gap(account_id, instrument_id)
        if gap == 0 or (gap > 0) == (signed > 0):
            return 0
        if (gap if gap > 0 else -gap) < (signed if signed > 0 else -signed):
            return -gap
        return signed


def skip(book: GapBook, account: Account, market: Market, signed: i64) -> None:
    """The account's side of a fill is not booked."""
    if signed != 0:
        book.add(account.account_id, market.instrument.instrument_id, signed, VOIDED)


def settle_leg(
    state: State,
    book: GapBook,
    market: Market,
    account: Account,
    *,
    signed: i64,
    price: i64,
    reference: i64,
    rate_e8: i64,
) -> i64:
    """Book one side of a fill by the gap rule; returns its fee."""
    if signed == 0:
        return 0
    closing = book.closing(account.account_id, market.instrument.instrument_id, signed)
    if closing != 0:
        taken = clamped(price, reference) if book.is_clamped else price
        trade_error(state, market, signed=closing, price=taken)
        if taken != price:
            _pay_difference(state, market, account, closing, price - taken)
        book.add(account.account_id, market.instrument.instrument_id, closing, REPLACED)
    own = signed - closing
    if own == 0:
        return 0
    return trade_account(state, market, account, signed=own, price=price, rate_e8=rate_e8)


def trade_account(
    state: State, market: Market, account: Account, *, signed: i64, price: i64, rate_e8: i64
) -> i64:
    """Book `signed` lots at `price` for an account alone; returns its fee, 0 at rate 0."""
    side = Side.BUY if signed > 0 else Side.SELL
    lots = signed if signed > 0 else -signed
    if market.swap is None:
        return _trade_spot(state, market, account, side=side, lots=lots, price=price, rate=rate_e8)
    swap = market.swap
    position = state.position(account, market)
    settle_funding(state, market, account, position)
    party = Party(
        position=position, cash=cash_of(state, market, account, position), rate_e8=rate_e8
    )
    if account.account_id < ACCOUNT_ID_ERROR:
        gather_cash(state, market, account, party, side=side, lots=lots, price=price)
    before = position.size
    settled = settle_side(
        state.ledger,
        party,
        side=side,
        lots=lots,
        price=price,
        unit_value=market.instrument.unit_value,
        clearing=swap.clearing,
        house=market.house_quote,
    )
    if account.account_id == ACCOUNT_ID_SYSTEM:
        note_draw(state, market, settled.taker_pnl)
    after_trade(state, market, account, position, before)
    note_change(state, account, position)
    return settled.taker_fee


def trade_error(state: State, market: Market, *, signed: i64, price: i64) -> None:
    """Book `signed` lots at `price` for house:error. Of spot nothing is to be booked: there every
    single side is booked against house:error, so that what it stands in for is what is left.
    """
    if signed != 0 and market.swap is not None:
        error = state.error_account()
        trade_account(state, market, error, signed=signed, price=price, rate_e8=0)


def _trade_spot(
    state: State, market: Market, account: Account, *, side: i64, lots: i64, price: i64, rate: i64
) -> i64:
    instrument = market.instrument
    error = state.error_account()
    base = state.trading_account(account, instrument.base_asset_id)
    quote = state.trading_account(account, instrument.quote_asset_id)
    error_base = state.trading_account(error, instrument.base_asset_id)
    error_quote = state.trading_account(error, instrument.quote_asset_id)
    base_amount = lots * instrument.lot_size
    quote_amount = price * lots * instrument.unit_value
    if side == Side.BUY:
        transfer(state.ledger, source=quote, target=error_quote, amount=quote_amount)
        note_outflow(state, account, instrument.quote_asset_id, quote_amount)
        leg = Leg(giver=error_base, receiver=base, house=market.house_base)
        return settle_spot(state.ledger, leg, amount=base_amount, rate_e8=rate)
    transfer(state.ledger, source=base, target=error_base, amount=base_amount)
    note_outflow(state, account, instrument.base_asset_id, base_amount)
    leg = Leg(giver=error_quote, receiver=quote, house=market.house_quote)
    return settle_spot(state.ledger, leg, amount=quote_amount, rate_e8=rate)


def _pay_difference(
    state: State, market: Market, account: Account, signed: i64, worse: i64
) -> None:
    """The account chose a price that house:error does not take: the rest of it stays with the
    account. `worse`: ticks that the price is above the one house:error takes.
    """
    amount = signed * worse * market.instrument.unit_value
    swap = market.swap
    if swap is None:
        other = state.trading_account(state.error_account(), market.instrument.quote_asset_id)
        cash = state.trading_account(account, market.instrument.quote_asset_id)
    else:
        other = swap.clearing
        cash = cash_of(state, market, account, state.position(account, market))
    if amount > 0:
        transfer(state.ledger, source=cash, target=other, amount=amount)
    else:
        transfer(state.ledger, source=other, target=cash, amount=-amount)


def retime(
    state: State,
    book: GapBook,
    market: Market,
    account: Account,
    *,
    signed: i64,
    reference: i64,
) -> i64:
    """What was done wrongly before is done now, against house:error at the reference; returns the
    signed lots.
    """
    closing = book.closing(account.account_id, market.instrument.instrument_id, -signed)
    lots = -closing
    if lots == 0 or reference == 0:
        return 0
    before = lots_of(state, market, account, account)
    trade_account(state, market, account, signed=lots, price=reference, rate_e8=0)
    trade_error(state, market, signed=-lots, price=reference)
    note_interest(market, before, lots_of(state, market, account, account))
    book.add(account.account_id, market.instrument.instrument_id, -lots, RETIMED)
    return lots


def lots_of(state: State, market: Market, first: Account, second: Account) -> i64:
    """The lots, without sign, of two accounts and of house:error in a swap; for its open
    interest.
    """
    swap = market.swap
    if swap is None:
        return 0
    total = _lots(swap.position(first.slot))
    if second is not first:
        total += _lots(swap.position(second.slot))
    error = state.error_account_made
    if error is not None:
        total += _lots(swap.position(error.slot))
    return total


def note_interest(market: Market, before: i64, after: i64) -> None:
    """The lots of everybody concerned went from `before` to `after`."""
    swap = market.swap
    if swap is not None:
        swap.open_interest += (after - before) // 2


def _lots(position: Position | None) -> i64:
    if position is None:
        return 0
    return position.size if position.size >= 0 else -position.size
