"""Margin for readers: the formulas that the engine itself uses, over what events have told.

Pure functions of integers, so that what an account is shown is what it is judged by. A reader gives
sizes and costs of positions, its open orders and the marks; nothing here knows the engine's state.
"""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.swap_market import LEVER_DEFAULT
from seawall.core.engine.swap_orders import LIMIT_ORDER_WHOLE_MAX, MARKET_ORDER_WHOLE_MAX
from seawall.core.margin import (
    Added,
    MarginTiers,
    OpenOrders,
    Valuation,
    default_tiers,
    liquidation_price,
    max_order_quantity,
    order_fee,
    order_gap,
    order_reserve,
    worst_net,
)
from seawall.core.model.enums import HoldReason, IndexState, Side
from seawall.core.model.limits import NOTIONAL_MAX
from seawall.core.pricing import funding_cap_e8

__all__ = [
    "LIMIT_ORDER_WHOLE_MAX",
    "MARKET_ORDER_WHOLE_MAX",
    "Exposure",
    "SwapTerms",
    "Valuation",
]


@final
@mypyc_attr(acyclic=True)
class SwapTerms:
    """What margin needs to know of a swap; `quote_units` make one whole settlement asset."""

    def __init__(
        self,
        *,
        risk_tier: i64,
        quote_units: i64,
        tick_size_e8: i64,
        unit_value: i64,
        price_max: i64,
    ) -> None:
        self.tiers: MarginTiers = default_tiers(risk_tier=risk_tier, quote_units=quote_units)
        self.tick_size_e8: i64 = tick_size_e8
        self.unit_value: i64 = unit_value
        self.price_max: i64 = price_max
        self.market_order_max: i64 = MARKET_ORDER_WHOLE_MAX * quote_units
        self.lever_max: i64 = self.tiers.lever_max(0)
        self.lever_default: i64 = LEVER_DEFAULT
        if self.lever_max < LEVER_DEFAULT:
            self.lever_default = self.lever_max
        self.funding_cap_e8: i64 = funding_cap_e8(
            initial_e8=self.tiers.initial_e8[0], maintenance_e8=self.tiers.maintenance_e8[0]
        )

    def brackets(self) -> list[tuple[int, int, int, int]]:
        """(from, to, initial rate e8, maintenance rate e8) of each bracket; notionals in units."""
        found: list[tuple[int, int, int, int]] = []
        tiers = self.tiers
        place: i64 = 0
        while place < tiers.count:
            top = tiers.notional_max
            if place + 1 < tiers.count:
                top = tiers.floors[place + 1]
            found.append(
                (tiers.floors[place], top, tiers.initial_e8[place], tiers.maintenance_e8[place])
            )
            place += 1
        return found

    def valuation(
        self,
        *,
        mark: i64,
        is_held: bool,
        index_state: i64,
        hold_reason: i64,
        low_e8: i64,
        high_e8: i64,
    ) -> Valuation:
        """The marks at which risk is valued: both ends of what the price may be while it is in
        doubt.
        """
        low = mark
        high = mark
        is_stale = index_state == IndexState.HOLD and hold_reason == HoldReason.STALE
        if is_held and mark > 0 and not is_stale and low_e8 > 0:
            low = low_e8 // self.tick_size_e8
            high = (high_e8 + self.tick_size_e8 - 1) // self.tick_size_e8
            if low < 1:
                low = 1
            if high > self.price_max:
                high = self.price_max
        counts_profit = not is_held and index_state == IndexState.NORMAL
        return Valuation(
            low=low, high=high, unit_value=self.unit_value, counts_profit=counts_profit
        )


@final
@mypyc_attr(acyclic=True)
class Exposure:
    """A position in a swap together with the account's open orders in it.

    size in lots and cost in settlement units are signed; margin is that of an isolated position.
    """

    def __init__(
        self, terms: SwapTerms, *, size: i64, cost: i64, lever: i64, margin: i64, is_isolated: bool
    ) -> None:
        self.terms: SwapTerms = terms
        self.size: i64 = size
        self.cost: i64 = cost
        self.lever: i64 = lever
        self.margin: i64 = margin
        self.is_isolated: bool = is_isolated
        self.buys: i64 = 0
        self.sells: i64 = 0
        self.fees: i64 = 0
        self._orders: list[tuple[int, int, int]] = []  # side, price, lots of those that may add

    def add_order(
        self, *, side: i64, price: i64, quantity: i64, is_reduce_only: bool, taker_e8: i64
    ) -> None:
        """Count an open order; one that may only reduce reserves nothing but its fee."""
        self.fees += order_fee(
            price=price,
            quantity=quantity,
            unit_value=self.terms.unit_value,
            taker_e8=taker_e8,
        )
        if is_reduce_only:
            return
        self._orders.append((side, price, quantity))
        if side == Side.BUY:
            self.buys += quantity
        else:
            self.sells += quantity

    def gap(self, mark: i64) -> i64:
        """What would be lost against the mark if all open orders filled, in units."""
        total: i64 = 0
        for side, price, quantity in self._orders:
            total += order_gap(
                side=side,
                price=price,
                quantity=quantity,
                mark=mark,
                unit_value=self.terms.unit_value,
            )
        return total

    def notional(self, mark: i64) -> i64:
        """Value of the position, without sign."""
        size = self.size if self.size >= 0 else -self.size
        return size * mark * self.terms.unit_value

    def profit(self, mark: i64) -> i64:
        """Unrealised profit at that price."""
        return self.size * mark * self.terms.unit_value - self.cost

    def initial(self, mark: i64) -> i64:
        """Initial margin of the position alone."""
        return self.terms.tiers.initial_margin(self.notional(mark), self.lever)

    def maintenance(self, mark: i64) -> i64:
        """Maintenance margin of the position."""
        if self.size == 0:
            return 0
        return self.terms.tiers.maintenance_margin(self.notional(mark))

    def reserved(self, mark: i64) -> i64:
        """What position and orders reserve; an isolated position's own initial margin is apart."""
        return order_reserve(
            self.terms.tiers,
            size=self.size,
            buys=self.buys,
            sells=self.sells,
            gap=self.gap(mark),
            fees=self.fees,
            mark=mark,
            unit_value=self.terms.unit_value,
            lever=self.lever,
            is_isolated=self.is_isolated,
        )

    def worst_net(self, valuation: Valuation, *, ignores_profit: bool) -> i64:
        """What it adds to, or takes from, the free margin of its account at the worse end."""
        return worst_net(
            self.terms.tiers,
            valuation,
            self._open_orders(),
            Added(side=Side.BUY, price=1, quantity=0, fee=0),
            size=self.size,
            cost=self.cost,
            lever=self.lever,
            gap_low=self.gap(valuation.low),
            gap_high=self.gap(valuation.high),
            ignores_profit=ignores_profit,
            is_isolated=self.is_isolated,
        )

    def max_lots(
        self, valuation: Valuation, *, free: i64, side: i64, price: i64, taker_e8: i64, lots: i64
    ) -> i64:
        """The largest order, up to `lots`, that `free` (what all else leaves) covers."""
        most = NOTIONAL_MAX // (self.terms.price_max * self.terms.unit_value)
        return max_order_quantity(
            self.terms.tiers,
            valuation,
            self._open_orders(),
            free=free,
            size=self.size,
            cost=self.cost,
            lever=self.lever,
            side=side,
            price=price,
            taker_e8=taker_e8,
            quantity_max=lots if lots < most else most,
            gap_low=self.gap(valuation.low),
            gap_high=self.gap(valuation.high),
            is_isolated=self.is_isolated,
        )

    def liquidation_price(self, spare: i64) -> i64:
        """The mark at which maintenance margin is all that is left, in ticks; 0 when there is none.

        spare: the position's isolated margin, or of a cross position all that stands behind it:
        cash and the other positions' profits, less their maintenance margins.
        """
        return liquidation_price(
            self.terms.tiers,
            size=self.size,
            cost=self.cost,
            margin=spare,
            unit_value=self.terms.unit_value,
        )

    def _open_orders(self) -> OpenOrders:
        return OpenOrders(
            buys=self.buys, sells=self.sells, highest_buy=0, lowest_sell=0, fees=self.fees
        )
