"""A fill of a linear perpetual: realised pnl against the instrument's clearing account, fees to the
house; and funding, which goes through the same clearing account.

Opening moves no money; closing does. Invariant I10: balance(clearing) = -(sum of all costs), after
every call here. Fees are in the settlement asset on the exact value of the fill: paid rounds up, a
rebate rounds down, both in favour of the house.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.clearing.position import Position, closed_lots, closing_pnl, trade, value_of
from seawall.core.ledger import Ledger, LedgerAccount, available, transfer
from seawall.core.model.enums import Side
from seawall.core.model.units import E8, rate_ceil, rate_floor

# A move of the funding index below the one, times lots below the other, is below 2^62.
_MOVED_SMALL: Final = 2**40
_SIZE_SMALL: Final = 2**22


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Party:
    """One side of a fill: its position, the cash its pnl and fees go to, its fee rate (e8).

    The cash is the account's trading ledger account, or the position's own margin when that is
    isolated, or the insurance fund for positions that the venue has taken over.
    """

    def __init__(self, *, position: Position, cash: LedgerAccount, rate_e8: i64) -> None:
        self.position: Position = position
        self.cash: LedgerAccount = cash
        self.rate_e8: i64 = rate_e8


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Settlement:
    """What a fill did to the money of both, quote units. A negative fee is a rebate."""

    def __init__(self, *, taker_pnl: i64, taker_fee: i64, maker_pnl: i64, maker_fee: i64) -> None:
        self.taker_pnl: i64 = taker_pnl
        self.taker_fee: i64 = taker_fee
        self.maker_pnl: i64 = maker_pnl
        self.maker_fee: i64 = maker_fee


def settle_perpetual(
    ledger: Ledger,
    *,
    taker: Party,
    maker: Party,
    taker_side: i64,
    lots: i64,
    price: i64,
    unit_value: i64,
    clearing: LedgerAccount,
    house: LedgerAccount,
) -> Settlement:
    """Book a fill of `lots` at `price` ticks for both sides.

    Cash must cover it: ask `cash_needed` of both first. A taker whose rate is 0 is the liquidation
    engine (its user pays the liquidation fee instead); then the maker gets no rebate, because
    nobody pays for it.
    """
    maker_side = Side.SELL if taker_side == Side.BUY else Side.BUY
    value = value_of(price=price, lots=lots, unit_value=unit_value)
    taker_pnl = trade(
        taker.position, side=taker_side, lots=lots, price=price, unit_value=unit_value
    )
    maker_pnl = trade(
        maker.position, side=maker_side, lots=lots, price=price, unit_value=unit_value
    )
    pay_pnl(ledger, cash=taker.cash, clearing=clearing, pnl=taker_pnl)
    pay_pnl(ledger, cash=maker.cash, clearing=clearing, pnl=maker_pnl)
    assert taker.rate_e8 >= 0  # listing: takers pay
    taker_fee = rate_ceil(value, taker.rate_e8)
    transfer(ledger, source=taker.cash, target=house, amount=taker_fee)
    maker_rate = maker.rate_e8
    if maker_rate < 0 and taker.rate_e8 == 0:
        maker_rate = 0
    maker_fee = _settle_maker_fee(ledger, maker, house, value=value, rate_e8=maker_rate)
    taker.position.fees += taker_fee
    maker.position.fees += maker_fee
    return Settlement(
        taker_pnl=taker_pnl, taker_fee=taker_fee, maker_pnl=maker_pnl, maker_fee=maker_fee
    )


def settle_side(
    ledger: Ledger,
    party: Party,
    *,
    side: i64,
    lots: i64,
    price: i64,
    unit_value: i64,
    clearing: LedgerAccount,
    house: LedgerAccount,
) -> Settlement:
    """Book one side of a fill alone; whoever books the other side does so at the same price, so
    that clearing still holds minus the sum of all costs. Pnl and fee are returned as the taker's.
    """
    value = value_of(price=price, lots=lots, unit_value=unit_value)
    pnl = trade(party.position, side=side, lots=lots, price=price, unit_value=unit_value)
    pay_pnl(ledger, cash=party.cash, clearing=clearing, pnl=pnl)
    fee = _settle_maker_fee(ledger, party, house, value=value, rate_e8=party.rate_e8)
    party.position.fees += fee
    return Settlement(taker_pnl=pnl, taker_fee=fee, maker_pnl=0, maker_fee=0)


def move_position(
    ledger: Ledger,
    *,
    giver: Party,
    receiver: Party,
    lots: i64,
    price: i64,
    unit_value: i64,
    clearing: LedgerAccount,
) -> Settlement:
    """Take `lots` off the giver's position at `price` and book them to the receiver, without fees.

    For takeover (the receiver is the venue) and deleveraging (the receiver is the counterparty,
    whose position is opposite and shrinks). Returns the giver's pnl as the taker's.
    """
    size = giver.position.size
    assert 0 < lots <= (size if size > 0 else -size)
    side = Side.SELL if size > 0 else Side.BUY
    other = Side.BUY if size > 0 else Side.SELL
    given = trade(giver.position, side=side, lots=lots, price=price, unit_value=unit_value)
    taken = trade(receiver.position, side=other, lots=lots, price=price, unit_value=unit_value)
    pay_pnl(ledger, cash=giver.cash, clearing=clearing, pnl=given)
    pay_pnl(ledger, cash=receiver.cash, clearing=clearing, pnl=taken)
    return Settlement(taker_pnl=given, taker_fee=0, maker_pnl=taken, maker_fee=0)


def cash_needed(party: Party, *, side: i64, lots: i64, price: i64, unit_value: i64) -> i64:
    """How much cash the fill would take: fee less realised pnl, 0 when it brings cash; no rebate is
    counted on.
    """
    value = value_of(price=price, lots=lots, unit_value=unit_value)
    needed: i64 = 0
    if party.rate_e8 > 0:
        needed = rate_ceil(value, party.rate_e8)
    closed = closed_lots(party.position, side=side, lots=lots)
    if closed > 0:
        needed -= closing_pnl(party.position, lots=closed, price=price, unit_value=unit_value)
    if needed < 0:
        return 0
    return needed


def pay_pnl(ledger: Ledger, *, cash: LedgerAccount, clearing: LedgerAccount, pnl: i64) -> None:
    """Move realised pnl: a gain from the clearing account to cash, a loss the other way."""
    if pnl >= 0:
        transfer(ledger, source=clearing, target=cash, amount=pnl)
    else:
        transfer(ledger, source=cash, target=clearing, amount=-pnl)


def funding_due(position: Position, *, index: int) -> i64:
    """What the position owes up to the instrument's cumulative funding index; negative: is owed.

    The index is quote units per lot, times 1e8, of a long. Paid rounds up, received rounds down:
    the residue stays in clearing until `settle_residue`.
    """
    moved = index - position.funding_index
    size = position.size
    if -_MOVED_SMALL < moved < _MOVED_SMALL and -_SIZE_SMALL < size < _SIZE_SMALL:
        small: i64 = moved
        return -(-size * small // E8)
    due: int = -(-int(size) * moved // int(E8))
    return due


def pay_funding(
    ledger: Ledger,
    *,
    position: Position,
    cash: LedgerAccount,
    clearing: LedgerAccount,
    index: int,
) -> i64:
    """Settle funding up to the index through the clearing account; returns what was paid, negative
    when received. The cash must cover `funding_due`.
    """
    due = funding_due(position, index=index)
    pay_pnl(ledger, cash=cash, clearing=clearing, pnl=-due)
    position.funding_paid += due
    position.funding_index = index
    return due


def settle_residue(
    ledger: Ledger, *, clearing: LedgerAccount, rounding: LedgerAccount, costs: i64
) -> i64:
    """After every position has paid up to one index: move what rounding left in clearing to
    sys:rounding. `costs` is the sum of all costs of the instrument.
    """
    residue = clearing.balance + costs
    assert residue >= 0
    transfer(ledger, source=clearing, target=rounding, amount=residue)
    return residue


def _settle_maker_fee(
    ledger: Ledger, maker: Party, house: LedgerAccount, *, value: i64, rate_e8: i64
) -> i64:
    if rate_e8 >= 0:
        fee = rate_ceil(value, rate_e8)
        transfer(ledger, source=maker.cash, target=house, amount=fee)
        return fee
    rebate = rate_floor(value, -rate_e8)
    if available(house) - rebate < house.floor:
        return 0
    transfer(ledger, source=house, target=maker.cash, amount=rebate)
    return -rebate
