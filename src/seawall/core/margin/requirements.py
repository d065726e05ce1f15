"""What an account must have: for open orders, at the worse end of a doubtful price, to change its
leverage, to take money out (domain 3.4, 3.5).

Orders reserve, per account, instrument and margin mode, `IM(w) + gap + fees`: `w` is the largest
position that fills could lead to, the gap what would be lost the moment they fill, and fees those
of a taker. An order is accepted when free cash plus the sum of `worst_net` over all instruments of
the account is not negative. Hot and 64-bit; the ranges are those of `open_orders`, and positions
with their open orders stay within the tiers' `notional_max`, so that sums over instruments fit too.
"""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.margin.open_orders import Added, OpenOrders, exposure, order_fee, order_gap
from seawall.core.margin.tiers import MarginTiers
from seawall.core.model.enums import Side


@final
@mypyc_attr(acyclic=True)
class Valuation:
    """What positions in one instrument are worth now: once per instrument, changed by the tick.

    low, high: marks in ticks, above 0; equal unless the price is in doubt. counts_profit: whether
    gains count, which they do only while the index is normal.
    """

    def __init__(self, *, low: i64, high: i64, unit_value: i64, counts_profit: bool) -> None:
        self.low: i64 = low
        self.high: i64 = high
        self.unit_value: i64 = unit_value
        self.counts_profit: bool = counts_profit


def order_reserve(
    tiers: MarginTiers,
    *,
    size: i64,
    buys: i64,
    sells: i64,
    gap: i64,
    fees: i64,
    mark: i64,
    unit_value: i64,
    lever: i64,
    is_isolated: bool,
) -> i64:
    """What position and open orders reserve at that mark, in units.

    Cross: IM(w) + gap + fees. Isolated: the position's own IM is set aside already and is taken
    off.
    """
    per_lot = mark * unit_value
    worst = exposure(size=size, buys=buys, sells=sells)
    reserved = tiers.initial_margin(worst * per_lot, lever) + gap + fees
    if is_isolated:
        held = size if size >= 0 else -size
        reserved -= tiers.initial_margin(held * per_lot, lever)
    return reserved


def unrealised_profit(*, size: i64, cost: i64, mark: i64, unit_value: i64) -> i64:
    """What closing at the mark would bring, in units: size * mark - cost, exact."""
    return size * mark * unit_value - cost


def net_at(
    tiers: MarginTiers,
    orders: OpenOrders,
    added: Added,
    *,
    size: i64,
    cost: i64,
    lever: i64,
    mark: i64,
    unit_value: i64,
    gap_open: i64,
    counts_profit: bool,
    is_isolated: bool,
) -> i64:
    """What one instrument adds to, or takes from, an account's free equity at that mark, in units:
    profit as far as it counts, less the reserve, the order being judged included.

    gap_open: the gap of the open orders when it is known exactly; below 0: take its bound. An
    isolated position's profit and loss are its own.
    """
    buys = orders.buys
    sells = orders.sells
    if added.side == Side.BUY:
        buys += added.quantity
    else:
        sells += added.quantity
    gap = gap_open
    if gap < 0:
        gap = orders.gap_bound(mark=mark, unit_value=unit_value)
    gap += order_gap(
        side=added.side,
        price=added.price,
        quantity=added.quantity,
        mark=mark,
        unit_value=unit_value,
    )
    reserved = order_reserve(
        tiers,
        size=size,
        buys=buys,
        sells=sells,
        gap=gap,
        fees=orders.fees + added.fee,
        mark=mark,
        unit_value=unit_value,
        lever=lever,
        is_isolated=is_isolated,
    )
    if is_isolated:
        return -reserved
    profit = unrealised_profit(size=size, cost=cost, mark=mark, unit_value=unit_value)
    if profit > 0 and not counts_profit:
        profit = 0
    return profit - reserved


def worst_net(
    tiers: MarginTiers,
    valuation: Valuation,
    orders: OpenOrders,
    added: Added,
    *,
    size: i64,
    cost: i64,
    lever: i64,
    gap_low: i64 = -1,
    gap_high: i64 = -1,
    ignores_profit: bool = False,
    is_isolated: bool = False,
) -> i64:
    """The smaller `net_at` of both ends of the valuation: both must pass.

    gap_low, gap_high: exact gaps of the open orders at the ends, or -1 for their bounds. A caller
    refuses only on exact ones. ignores_profit: for what leaves the account.
    """
    counts_profit = valuation.counts_profit and not ignores_profit
    low = net_at(
        tiers,
        orders,
        added,
        size=size,
        cost=cost,
        lever=lever,
        mark=valuation.low,
        unit_value=valuation.unit_value,
        gap_open=gap_low,
        counts_profit=counts_profit,
        is_isolated=is_isolated,
    )
    if valuation.high == valuation.low:
        return low
    high = net_at(
        tiers,
        orders,
        added,
        size=size,
        cost=cost,
        lever=lever,
        mark=valuation.high,
        unit_value=valuation.unit_value,
        gap_open=gap_high,
        counts_profit=counts_profit,
        is_isolated=is_isolated,
    )
    return low if low < high else high


def max_order_quantity(
    tiers: MarginTiers,
    valuation: Valuation,
    orders: OpenOrders,
    *,
    free: i64,
    size: i64,
    cost: i64,
    lever: i64,
    side: i64,
    price: i64,
    taker_e8: i64,
    quantity_max: i64,
    gap_low: i64 = -1,
    gap_high: i64 = -1,
    is_isolated: bool = False,
) -> i64:
    """The largest order, in lots, that `free` (what all else leaves) covers at that worst price.

    The requirement grows with the quantity, so it is found by bisection between 0 and
    `quantity_max`.
    """
    low: i64 = 0
    high = quantity_max
    while low < high:
        middle = (low + high + 1) // 2
        fee = order_fee(
            price=price, quantity=middle, unit_value=valuation.unit_value, taker_e8=taker_e8
        )
        net = worst_net(
            tiers,
            valuation,
            orders,
            Added(side=side, price=price, quantity=middle, fee=fee),
            size=size,
            cost=cost,
            lever=lever,
            gap_low=gap_low,
            gap_high=gap_high,
            is_isolated=is_isolated,
        )
        if free + net >= 0:
            low = middle
        else:
            high = middle - 1
    return low


def isolated_top_up(tiers: MarginTiers, *, margin: i64, notional: i64, lever: i64) -> i64:
    """What a new leverage pulls from cash into an isolated position: what its margin lacks of the
    new IM. A higher leverage releases nothing by itself.
    """
    lacking = tiers.initial_margin(notional, lever) - margin
    return lacking if lacking > 0 else 0


def isolated_removable(
    tiers: MarginTiers, *, margin: i64, profit: i64, notional: i64, lever: i64
) -> i64:
    """What may be taken out of an isolated position: margin above IM, losses taken off, gains never
    counted.
    """
    spare = margin - tiers.initial_margin(notional, lever)
    if profit < 0:
        spare += profit
    return spare if spare > 0 else 0


def transfer_out_limit(*, cash: i64, free: i64) -> i64:
    """What may leave a cross account: at most its cash, and at most `free`, its equity at the worst
    ends without gains less all reserves (cash plus the sum of `worst_net(ignores_profit=True)`).
    """
    limit = cash if cash < free else free
    return limit if limit > 0 else 0
