"""How a rerun judges a fill: by who wanted it and by its price (the matrix of the rulebook)."""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.state import Market, State
from seawall.core.matching import Order
from seawall.core.model.enums import Side
from seawall.core.model.rejects import RejectReason
from seawall.core.model.rulebook import Rulebook
from seawall.core.model.units import E8

_CLAIMED: Final = frozenset(
    [
        RejectReason.PRICE_LIMIT,
        RejectReason.PRICE_UNCERTAIN,
        RejectReason.INSUFFICIENT_MARGIN,
        RejectReason.ORDER_TOO_LARGE,
        RejectReason.POSITION_LIMIT,
        RejectReason.OPEN_INTEREST_LIMIT,
    ]
)


@final
@mypyc_attr(acyclic=True)
class ReviewPolicy:
    """What of a remedy concerns single fills, and what is paid at the cut.

    ignores_taint: who wanted a fill is not asked. voids_tainted: what only one side wanted is void
    too. ignores_band: no price is too far away. is_whole: victims get the best of what they had,
    and claims are paid. is_cash: victims are paid the difference to the reference instead.
    """

    def __init__(
        self,
        *,
        ignores_taint: bool = False,
        voids_tainted: bool = False,
        ignores_band: bool = False,
        is_whole: bool = True,
        is_cash: bool = False,
    ) -> None:
        self.ignores_taint: bool = ignores_taint
        self.voids_tainted: bool = voids_tainted
        self.ignores_band: bool = ignores_band
        self.is_whole: bool = is_whole
        self.is_cash: bool = is_cash

    def is_fair(
        self,
        state: State,
        market: Market,
        taker: Order,
        maker: Order,
        price: i64,
        reference_e8: i64,
    ) -> bool:
        """Whether the price lies within the review band of the rulebook that both sides had
        accepted, its edge included. Without a reference (0) it does.
        """
        if reference_e8 <= 0 or self.ignores_band:
            return True
        band_e8 = accepted_by_both(state, taker, maker).band_e8(market.instrument.risk_tier)
        return is_inside(market, price=price, reference_e8=reference_e8, band_e8=band_e8)

    def is_price_fair(self, state: State, market: Market, *, price: i64, reference_e8: i64) -> bool:
        """The same for what the venue moved itself: by the rulebook in force."""
        if reference_e8 <= 0 or self.ignores_band:
            return True
        rulebook = state.rulebooks[state.newest_rulebook()]
        band_e8 = rulebook.band_e8(market.instrument.risk_tier)
        return is_inside(market, price=price, reference_e8=reference_e8, band_e8=band_e8)

    def adjusted(
        self,
        state: State,
        market: Market,
        taker: Order,
        maker: Order,
        price: i64,
        reference_e8: i64,
    ) -> i64:
        """The edge of the band in ticks, where the rulebook settles unfair fills there and the
        limits of both orders allow it; else 0.
        """
        rulebook = accepted_by_both(state, taker, maker)
        if not rulebook.is_adjusting:
            return 0
        tick_e8: int = market.instrument.tick_size_e8
        room = int(reference_e8) * int(rulebook.band_e8(market.instrument.risk_tier)) // E8
        if int(price) * tick_e8 > int(reference_e8):
            edge: i64 = (int(reference_e8) + room) // tick_e8
        else:
            edge = -((room - int(reference_e8)) // tick_e8)
        for order in (taker, maker):
            limit = order.limit_price
            if edge > limit if order.side == Side.BUY else edge < limit:
                return 0
        return edge if edge > 0 else 0

    def claims_refused(self, reason: i64) -> bool:
        """Whether an order refused for this reason may have been refused for a wrong price."""
        return reason in _CLAIMED


def review_policy(policy_id: str) -> ReviewPolicy:
    """The policy of that id among those that are pinned reruns: `cause`, `strict`, `band` and
    `compensate`.
    """
    if policy_id == "strict":
        return ReviewPolicy(voids_tainted=True)
    if policy_id == "band":
        return ReviewPolicy(ignores_taint=True, is_whole=False)
    if policy_id == "compensate":
        return ReviewPolicy(ignores_taint=True, ignores_band=True, is_whole=False, is_cash=True)
    assert policy_id == "cause", "another policy is no pinned rerun"
    return ReviewPolicy()


def is_inside(market: Market, *, price: i64, reference_e8: i64, band_e8: i64) -> bool:
    """Whether the price in ticks is at most so far from the reference; exact."""
    away: int = int(price) * int(market.instrument.tick_size_e8) - int(reference_e8)
    if away < 0:
        away = -away
    return away * E8 <= int(reference_e8) * int(band_e8)


def accepted_by_both(state: State, taker: Order, maker: Order) -> Rulebook:
    """The newest rulebook that the accounts of both orders have accepted."""
    first = state.accounts[taker.account_slot].rulebook_version
    second = state.accounts[maker.account_slot].rulebook_version
    return state.rulebooks[first if first < second else second]
