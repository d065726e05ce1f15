"""Fill-or-kill in a swap: whether every fill would stay inside the band and could be settled.

The answer may be no too often, never yes wrongly: an order that was begun must be filled whole.
"""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.clearing import reducible_lots
from seawall.core.engine.fill_cash import has_cash, is_covered
from seawall.core.engine.state import Market, State
from seawall.core.engine.swap_fill import party_of, settle_funding
from seawall.core.matching import Order
from seawall.core.model.units import rate_ceil


@final
@mypyc_attr(acyclic=True)
class _Asked:
    """What one account's makers would be asked for."""

    def __init__(self, first: Order) -> None:
        self.first: Order = first  # met first, at the price that is worst for the maker
        self.lots: i64 = 0
        self.makers: i64 = 0
        self.reduces: bool = False  # one of them may only shrink the position


def can_fill_whole(state: State, market: Market, order: Order) -> bool:
    """Whether an order for which the book has enough lots would be filled to its last one.

    Each maker's account is asked for all its lots at the first price it is met at, the worst for
    it, and for the fee of each fill at the last. Where makers of an account shrink its position
    further than it goes, those that may only reduce would be cut on the way.
    """
    opposite = market.book.opposite_side(order.side)
    asked: dict[int, _Asked] = {}
    left = order.quantity
    makers: i64 = 0
    worst = order.limit_price
    place: i64 = len(opposite.levels) - 1
    while left > 0:
        assert place >= 0
        level = opposite.levels[place]
        if level.price > market.band_high or level.price < market.band_low:
            return False
        worst = level.price
        maker = level.head
        while maker is not None and left > 0:
            if maker.owner_id != order.owner_id:
                found = asked.get(maker.account_slot)
                if found is None:
                    found = _Asked(maker)
                    asked[maker.account_slot] = found
                lots = maker.quantity_open if maker.quantity_open < left else left
                found.lots += lots
                found.makers += 1
                found.reduces = found.reduces or maker.is_reduce_only
                makers += 1
                left -= lots
            maker = maker.next
        place -= 1
    for one in asked.values():
        if not _can_settle_all(state, market, one.first, one, worst, is_taker=False):
            return False
    whole = _Asked(order)
    whole.lots = order.quantity
    whole.makers = makers
    return _can_settle_all(state, market, order, whole, worst, is_taker=True)


def _can_settle_all(
    state: State, market: Market, order: Order, asked: _Asked, last_price: i64, *, is_taker: bool
) -> bool:
    account = state.accounts[order.account_slot]
    overlay = state.overlay
    if overlay is not None and account.account_id in overlay.accounts:
        return False  # with its repair a fill might fail on the way
    position = state.position(account, market)
    settle_funding(state, market, account, position)
    if asked.reduces and asked.lots > reducible_lots(size=position.size, side=order.side):
        return False
    tier = state.genesis.fee_tiers[account.fee_tier]
    rate_e8 = tier.taker_e8 if is_taker else tier.maker_e8
    party = party_of(state, market, account, position, order, rate_e8)
    extra = 2 * asked.makers  # a unit for each fee, and each share of the cost, that rounds
    if rate_e8 > 0:
        extra += rate_ceil(last_price * asked.lots * market.instrument.unit_value, rate_e8)
    price = last_price if is_taker else order.limit_price
    if not is_covered(
        state, market, account, position, side=order.side, lots=asked.lots, price=price
    ):
        return False
    return has_cash(
        state,
        market,
        account,
        party,
        side=order.side,
        lots=asked.lots,
        price=price,
        extra=extra,
    )
