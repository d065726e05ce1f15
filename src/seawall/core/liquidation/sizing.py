"""Who is liquidated, how much of it, at what price (domain 3.8, 4.2).

All functions are pure and rare, so whatever might leave 64 bits uses Python's integers. `equity`
and `maintenance` are those of the unit (the cross account in one settlement asset, or one isolated
position) in quote units; sizes are signed lots, prices and marks ticks. Nothing here assumes that
the unit still owes orders: step LIQ1 has cancelled them.
"""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.clearing import value_of
from seawall.core.liquidation.parameters import LiquidationParameters
from seawall.core.margin import MarginTiers, cross_bankruptcy_price
from seawall.core.model.limits import NOTIONAL_MAX
from seawall.core.model.units import E8, rate_ceil, rate_floor


def is_liquidatable(*, equity: i64, maintenance: i64) -> bool:
    """Whether the condition holds: equity at or below the maintenance margin."""
    return equity <= maintenance


def bad_ticks_after(bad_ticks: i64, *, is_bad: bool) -> i64:
    """How many ticks in a row the condition has held, this one included."""
    return bad_ticks + 1 if is_bad else 0


def may_act(parameters: LiquidationParameters, *, bad_ticks: i64, is_degraded: bool) -> bool:
    """Whether it has held long enough: a second tick, a fifth when the index is degraded."""
    return bad_ticks >= (parameters.ticks_degraded if is_degraded else parameters.ticks)


def is_ratio_below(*, equity: i64, maintenance: i64, ratio_e8: i64) -> bool:
    """Whether equity / maintenance < ratio, exactly."""
    return int(equity) * E8 < int(maintenance) * int(ratio_e8)


def is_healed(
    parameters: LiquidationParameters, *, equity: i64, maintenance: i64, fills: i64
) -> bool:
    """Whether an episode ends: the target ratio is reached, or after enough fills the condition no
    longer holds.
    """
    if not is_ratio_below(equity=equity, maintenance=maintenance, ratio_e8=parameters.target_e8):
        return True
    return fills >= parameters.fills_to_heal and equity > maintenance


def best_end(*, size: i64, low: i64, high: i64) -> i64:
    """Of a disputed interval of marks the end that is better for the position: only who is under
    water even there is touched.
    """
    return high if size > 0 else low


def smallest_reduction(
    parameters: LiquidationParameters,
    tiers: MarginTiers,
    *,
    equity: i64,
    size: i64,
    mark: i64,
    unit_value: i64,
    other_maintenance: i64,
) -> i64:
    """The fewest lots whose closing restores the target, all of them when none does (LIQ3).

    Lots x of value X at mark are enough when `E - ceil(X * (slippage + fee)) >= target * MM`, with
    the maintenance margin after closing; `other_maintenance` is that of the unit's other positions.
    """
    lots = size if size > 0 else -size
    low: i64 = 1
    high = lots
    lot_value = mark * unit_value
    value = value_of(price=mark, lots=lots, unit_value=unit_value)
    rate_e8 = parameters.slippage_e8 + parameters.fee_e8
    while low < high:  # all lots are the answer when nothing less is
        middle = (low + high) >> 1
        closed = middle * lot_value
        needed = tiers.maintenance_margin(value - closed) + other_maintenance
        left = equity - rate_ceil(closed, rate_e8)
        if is_ratio_below(equity=left, maintenance=needed, ratio_e8=parameters.target_e8):
            low = middle + 1
        else:
            high = middle
    return low


def step_cap(
    parameters: LiquidationParameters,
    *,
    equity: i64,
    maintenance: i64,
    size: i64,
    episode_size: i64,
    mark: i64,
    unit_value: i64,
) -> i64:
    """The most lots that one step may close, at least 1.

    A small position goes whole, and so does one whose ratio is far gone; else the larger of a share
    of the position at the start of the episode and a fixed value.
    """
    lots = size if size > 0 else -size
    start = episode_size if episode_size > 0 else -episode_size
    if value_of(price=mark, lots=lots, unit_value=unit_value) <= parameters.step_notional:
        return lots
    uncapped = parameters.uncapped_below_e8
    if is_ratio_below(equity=equity, maintenance=maintenance, ratio_e8=uncapped):
        return lots
    cap = rate_floor(start, parameters.step_share_e8)
    by_value = parameters.step_notional // (mark * unit_value)
    if cap < by_value:
        cap = by_value
    if cap < 1:
        cap = 1
    return cap if cap < lots else lots


def takeover_price(
    *, size: i64, mark: i64, unit_value: i64, equity: i64, maintenance: i64, maintenance_total: i64
) -> i64:
    """The bankruptcy price of a position as a price that can be booked: at least one tick, and for
    a short at most the price at which its value still fits.

    Closing there uses up the position's share of the unit's equity and costs the fund nothing. An
    isolated position's share is all of it: maintenance = maintenance_total.
    """
    price = cross_bankruptcy_price(
        size=size,
        mark=mark,
        unit_value=unit_value,
        equity=equity,
        maintenance=maintenance,
        maintenance_total=maintenance_total,
    )
    if size < 0:
        highest: i64 = NOTIONAL_MAX // (-size) // unit_value
        if price > highest:
            price = highest
    return price if price > 1 else 1


def equity_share_of(*, equity: i64, maintenance: i64, maintenance_total: i64) -> i64:
    """A position's part of the unit's equity, in proportion to its maintenance margin, rounded
    down.
    """
    assert 0 < maintenance <= maintenance_total
    share: int = int(equity) * int(maintenance) // int(maintenance_total)
    return share


@final
@mypyc_attr(acyclic=True)
class TakeoverLeg:
    """One position of a unit that the venue takes over; `price` is found by `takeover_prices`."""

    def __init__(
        self, *, instrument_id: i64, size: i64, mark: i64, unit_value: i64, maintenance: i64
    ) -> None:
        self.instrument_id: i64 = instrument_id
        self.size: i64 = size
        self.mark: i64 = mark
        self.unit_value: i64 = unit_value
        self.maintenance: i64 = maintenance
        self.price: i64 = 0


def takeover_prices(legs: list[TakeoverLeg], *, equity: i64) -> i64:
    """Give every position of the unit its bankruptcy price; returns what equity is left, which goes
    to the fund: at least 0, less than one tick of the position priced last.

    Equity is shared in proportion to maintenance margin. A price cannot fall below one tick, so a
    short absorbs at most its value: when equity is far below zero, shorts with the least room come
    first and hand the rest on; longs absorb anything and come last. `legs` is sorted that way.
    """
    _most_constrained_first(legs)
    left = int(equity)
    total: int = 0
    for leg in legs:
        total += int(leg.maintenance)
    for leg in legs:
        price = takeover_price(
            size=leg.size,
            mark=leg.mark,
            unit_value=leg.unit_value,
            equity=left,
            maintenance=leg.maintenance,
            maintenance_total=total,
        )
        leg.price = price
        left -= int(leg.size) * int(leg.mark - price) * int(leg.unit_value)
        total -= int(leg.maintenance)
    assert left >= 0
    rest: i64 = left
    return rest


def _most_constrained_first(legs: list[TakeoverLeg]) -> None:
    """Sort: shorts by what they can absorb per maintenance margin, then longs; then by
    instrument.
    """
    place: i64 = 1
    while place < len(legs):
        leg = legs[place]
        before = place
        while before > 0 and _comes_before(leg, legs[before - 1]):
            legs[before] = legs[before - 1]
            before -= 1
        legs[before] = leg
        place += 1


def _comes_before(a: TakeoverLeg, b: TakeoverLeg) -> bool:
    if (a.size > 0) != (b.size > 0):
        return a.size < 0
    if a.size < 0:
        ours = int(-a.size) * int(a.mark - 1) * int(a.unit_value) * int(b.maintenance)
        theirs = int(-b.size) * int(b.mark - 1) * int(b.unit_value) * int(a.maintenance)
        if ours != theirs:
            return ours < theirs
    return a.instrument_id < b.instrument_id


def step_limit_price(
    parameters: LiquidationParameters,
    *,
    size: i64,
    mark: i64,
    bankruptcy: i64,
    band_low: i64,
    band_high: i64,
) -> i64:
    """The worst price of a step's order: not past the bankruptcy price, not further than the range
    from the mark, not outside the execution band (0: no band).
    """
    reach = rate_floor(mark, parameters.price_range_e8)
    if size > 0:
        price = mark - reach  # = ceil(mark * (1 - range))
        if price < bankruptcy:
            price = bankruptcy
        if price < band_low:
            price = band_low
        return price
    price = mark + reach
    if price > bankruptcy:
        price = bankruptcy
    if band_high > 0 and price > band_high:
        price = band_high
    return price


def liquidation_fee(
    parameters: LiquidationParameters, *, value: i64, equity_after: i64, cash: i64
) -> i64:
    """The fee on a filled value: never more than the equity left, nor than the cash there is."""
    fee = rate_ceil(value, parameters.fee_e8)
    if fee > equity_after:
        fee = equity_after
    if fee > cash:
        fee = cash
    return fee if fee > 0 else 0


def is_past_bankruptcy(*, size: i64, mark: i64, bankruptcy: i64) -> bool:
    """Whether the mark has reached the bankruptcy price or gone through it."""
    return mark <= bankruptcy if size > 0 else mark >= bankruptcy


def must_take_over(
    parameters: LiquidationParameters, *, equity: i64, maintenance: i64, is_past: bool
) -> bool:
    """Whether the venue takes over (LIQ5): the mark is past the bankruptcy price of the position,
    or the ratio is so low that closing in the market is no longer tried.
    """
    threshold = parameters.takeover_below_e8
    return is_past or is_ratio_below(equity=equity, maintenance=maintenance, ratio_e8=threshold)


def estimated_unwind_loss(
    parameters: LiquidationParameters,
    *,
    prices: list[int],
    lots_at: list[int],
    size: i64,
    bankruptcy: i64,
    mark: i64,
    unit_value: i64,
) -> i64:
    """What unwinding a taken-over position would lose against its bankruptcy price, at least 0.

    `prices` and `lots_at` are the levels of the book it would meet inside the band, best first;
    what they do not hold is assumed to go at the end of the range around the mark.
    """
    left = int(size if size > 0 else -size)
    sign: int = 1 if size > 0 else -1
    loss: int = 0
    for place, price in enumerate(prices):
        if left == 0:
            break
        taken = lots_at[place] if lots_at[place] < left else left
        loss += sign * (int(bankruptcy) - price) * taken
        left -= taken
    reach = int(rate_floor(mark, parameters.price_range_e8))
    loss += sign * (int(bankruptcy) - (int(mark) - sign * reach)) * left
    loss *= int(unit_value)
    return loss if loss > 0 else 0


def fund_lots(*, capacity: i64, estimated_loss: i64, lots: i64) -> i64:
    """How many of the lots the fund can afford to unwind; the rest is deleveraged (LIQ6)."""
    if estimated_loss <= capacity:
        return lots
    affordable: int = int(capacity) * int(lots) // int(estimated_loss)
    return affordable
