"""The invariants of a venue with swaps, each a function of what is there after an entry: it yields
a sentence for each breach. Sums are made from scratch from the engine's records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from seawall.core.clearing import Position
from seawall.core.engine import Engine
from seawall.core.engine.health import free_margin
from seawall.core.engine.state import Account, Market
from seawall.core.engine.trading_states import effective_state
from seawall.core.matching import Order
from seawall.core.model.commands import Command, PlaceOrder
from seawall.core.model.enums import (
    HoldReason,
    IndexState,
    LedgerKind,
    MarginMode,
    OrderCause,
    Side,
    SystemMode,
    TradingState,
)
from seawall.core.model.events import Event
from seawall.core.model.order_events import OrderAccepted, OrderFilled
from seawall.core.model.risk_events import (
    FundingPaid,
    FundingSettled,
    IndexPublished,
    LiquidationStepped,
    OrderCaused,
    PositionTakenOver,
)
from seawall.core.pricing import Grade
from tests.laws.naive_ledger import E8
from tests.laws.naive_matching import fee_of

USERS = (LedgerKind.TRADING, LedgerKind.FUNDING, LedgerKind.ISOLATED)
ABOVE_ZERO = (*USERS, LedgerKind.INSURANCE, LedgerKind.SYS_ROUNDING, LedgerKind.HOUSE_TREASURY)
GOOD = (IndexState.NORMAL, IndexState.DEGRADED)
MAY_LIQUIDATE = (Grade.NORMAL, Grade.DEGRADED, Grade.HOLD_DISPUTED)
MAKES = (OrderCause.LIQUIDATION, OrderCause.UNWIND)
MARK_FROM_INDEX_E8 = {1: 1_500_000, 2: 3_000_000, 3: 5_000_000}  # K, by risk tier


@dataclass
class Look:
    """What a law may look at: the engine after the entry, what the entry was and said, and what the
    last look remembered.
    """

    engine: Engine
    command: Command | None = None
    events: list[Event] = field(default_factory=list)
    is_tick: bool = False
    before: Memory | None = None
    reduces: set[int] = field(default_factory=set)  # ids of orders that must only reduce

    def markets(self) -> list[Market]:
        """Those of swaps."""
        return [one for one in self.engine.state.markets.values() if one.swap is not None]

    def positions(self, market: Market) -> list[Position]:
        """Of everybody, the venue included."""
        return [one for one in market.swap.positions if one is not None]

    def account(self, account_id: int) -> Account:
        """Also the venue's own."""
        state = self.engine.state
        found = state.account(account_id)
        return state.system_account if found is None else found

    def orders(self, account: Account, instrument_id: int) -> list[Order]:
        """The account's open orders in an instrument."""
        found, order = [], account.first_order
        while order is not None:
            if order.instrument_id == instrument_id:
                found.append(order)
            order = order.account_next
        return found


@dataclass
class Memory:
    """What laws over two entries compare with."""

    sizes: dict[tuple[int, int], int]
    marks: dict[int, int]
    rounding: int
    time_ns: int
    clock_ms: int
    below: set[tuple[int, int, bool]]  # units whose equity did not exceed their margin at a tick


def remember(look: Look) -> Memory:
    """For the next look."""
    state = look.engine.state
    below = look.before.below if look.before is not None else set()
    return Memory(
        sizes={
            (int(one.account_id), int(one.instrument_id)): int(one.size)
            for market in look.markets()
            for one in look.positions(market)
        },
        marks={int(m.instrument.instrument_id): int(m.swap.mark) for m in look.markets()},
        rounding=sum(
            one.balance
            for one in state.ledger.accounts.values()
            if one.kind == LedgerKind.SYS_ROUNDING
        ),
        time_ns=int(state.time_ns),
        clock_ms=int(state.clock_ms),
        below=units_below(look) if look.is_tick else below,
    )


def units_below(look: Look) -> set[tuple[int, int, bool]]:
    """Units with equity at or below their maintenance margin at the present mark: account, then
    asset (cross) or instrument.
    """
    found = set()
    for account in look.engine.state.accounts:
        equity: dict[tuple[int, bool], int] = {}
        margin: dict[tuple[int, bool], int] = {}
        for position in account.positions:
            market = look.engine.state.markets[position.instrument_id]
            is_cross = position.margin_mode != MarginMode.ISOLATED
            asset_id = int(market.instrument.quote_asset_id)
            key = (asset_id if is_cross else int(position.instrument_id), is_cross)
            if position.size == 0:
                continue
            if key not in equity:
                purse = look.engine.state.trading_account(account, asset_id)
                equity[key] = purse.balance if is_cross else position.isolated.balance
            value = position.size * market.swap.mark * market.instrument.unit_value
            equity[key] += value - position.cost
            needed = market.swap.tiers.maintenance_margin(abs(value))
            margin[key] = margin.get(key, 0) + needed
        found |= {
            (int(account.account_id), *key) for key, one in equity.items() if one <= margin[key]
        }
    return found


Law = Callable[[Look], Iterator[str]]


def balances_sum_to_zero(look: Look) -> Iterator[str]:
    """I1, I2, I8: nothing is minted, per asset."""
    sums: dict[int, int] = {}
    for one in look.engine.state.ledger.accounts.values():
        sums[int(one.asset_id)] = sums.get(int(one.asset_id), 0) + one.balance
    yield from (f"asset {asset_id} sums to {total}" for asset_id, total in sums.items() if total)


def nobody_is_below_his_floor(look: Look) -> Iterator[str]:
    """I3, I37: users, funds and roundings never owe anything."""
    for one in look.engine.state.ledger.accounts.values():
        if one.kind in ABOVE_ZERO and one.balance < 0:
            yield f"{one.kind}/{one.account_id} of asset {one.asset_id} has {one.balance}"


def holds_are_those_of_orders(look: Look) -> Iterator[str]:
    """I4, I24 of spot: held is what open orders ask for, and not more than there is."""
    held: dict[int, int] = {}
    for order in look.engine.state.orders.all():
        market = look.engine.state.markets[order.instrument_id]
        terms = market.instrument
        if market.swap is not None:
            continue
        asset_id, amount = terms.base_asset_id, order.quantity_open * terms.lot_size
        if order.side == Side.BUY:
            asset_id = terms.quote_asset_id
            amount = order.limit_price * order.quantity_open * terms.unit_value
        purse = look.engine.state.trading_account(look.account(order.account_id), asset_id)
        held[int(purse.key)] = held.get(int(purse.key), 0) + amount
    for one in look.engine.state.ledger.accounts.values():
        if one.held != held.get(int(one.key), 0):
            yield f"{one.account_id} holds {one.held} of asset {one.asset_id}"
        if one.kind in USERS and one.balance < one.held:
            yield f"{one.account_id} holds more of asset {one.asset_id} than there is"


def rounding_only_grows(look: Look) -> Iterator[str]:
    """I7."""
    now = remember(look).rounding
    if look.before is not None and now < look.before.rounding:
        yield f"sys:rounding fell from {look.before.rounding} to {now}"


def sizes_sum_to_zero(look: Look) -> Iterator[str]:
    """I9."""
    for market in look.markets():
        total = sum(one.size for one in look.positions(market))
        if total != 0:
            yield f"sizes of {market.instrument.instrument_id} sum to {total}"


def clearing_is_minus_cost(look: Look) -> Iterator[str]:
    """I10, but for funding on its way through."""
    for market in look.markets():
        cost = sum(one.cost for one in look.positions(market))
        if market.swap.clearing.balance != market.swap.funding_residue - cost:
            yield f"clearing has {market.swap.clearing.balance}, positions cost {cost}"


def open_interest_is_long_and_short(look: Look) -> Iterator[str]:
    """I11."""
    for market in look.markets():
        longs = sum(one.size for one in look.positions(market) if one.size > 0)
        shorts = -sum(one.size for one in look.positions(market) if one.size < 0)
        if not longs == shorts == market.swap.open_interest:
            yield f"open interest {market.swap.open_interest}, long {longs}, short {shorts}"


def nothing_open_costs_nothing(look: Look) -> Iterator[str]:
    """I12: size 0 if and only if cost 0, and of one sign."""
    for market in look.markets():
        for one in look.positions(market):
            if (one.size == 0) != (one.cost == 0) or one.size * one.cost < 0:
                yield f"account {one.account_id}: size {one.size}, cost {one.cost}"


def profit_is_loss(look: Look) -> Iterator[str]:
    """I13: realised and unrealised profit of all sum to zero, at any mark."""
    for market in look.markets():
        for mark in (1, market.swap.mark, 7_777):
            value = mark * market.instrument.unit_value
            total = sum(
                one.realised + one.size * value - one.cost for one in look.positions(market)
            )
            if total != 0:
                yield f"profits of {market.instrument.instrument_id} sum to {total} at {mark}"


def fills_of(look: Look) -> Iterator[tuple[OrderFilled, int, int, int, int]]:
    """Fills in swaps of the entry: order id, account, size before and after; of both sides."""
    sizes = dict(look.before.sizes) if look.before is not None else {}
    for event in look.events:
        market = None
        if isinstance(event, OrderFilled):
            market = look.engine.state.markets[event.instrument_id]
        if market is None or market.swap is None:
            continue
        sign = 1 if event.taker_side == Side.BUY else -1
        sides = (
            (event.taker_order_id, event.taker_account_id, sign * event.quantity),
            (event.maker_order_id, event.maker_account_id, -sign * event.quantity),
        )
        for order_id, account_id, change in sides:
            key = (account_id, event.instrument_id)
            old = sizes.get(key, 0)
            sizes[key] = old + change
            yield event, order_id, account_id, old, old + change


def is_reduced(old: int, new: int) -> bool:
    """Smaller, and not on the other side."""
    return abs(new) <= abs(old) and old * new >= 0


def reducers_reduce(look: Look) -> Iterator[str]:
    """I14: reduce-only and liquidation orders never increase a position nor turn it."""
    for _, order_id, account_id, old, new in fills_of(look):
        if order_id in look.reduces and not is_reduced(old, new):
            yield f"order {order_id} took account {account_id} from {old} to {new}"


def takers_reduce_in_doubt(look: Look) -> Iterator[str]:
    """I15: in HOLD, and in REDUCE_ONLY, no taker increases exposure."""
    state = look.engine.state
    for event, order_id, account_id, old, new in fills_of(look):
        market = state.markets[event.instrument_id]
        is_held = state.is_protected and market.index.state == IndexState.HOLD
        if not is_held and effective_state(state, market) != TradingState.REDUCE_ONLY:
            continue
        if order_id == event.taker_order_id and not is_reduced(old, new):
            yield f"taker {account_id} went from {old} to {new} in doubt"


def fills_are_inside_the_band(look: Look) -> Iterator[str]:
    """I20: inside the execution band; the witness sees limits and caps."""
    for event in look.events:
        if isinstance(event, OrderFilled):
            market = look.engine.state.markets[event.instrument_id]
            if not market.band_low <= event.price <= market.band_high:
                yield f"a fill at {event.price}, band {market.band_low} to {market.band_high}"


def reduce_only_fits(look: Look) -> Iterator[str]:
    """I23: resting reduce-only orders of a side never exceed the position."""
    for market in look.markets():
        for position in look.positions(market):
            orders = look.orders(look.account(position.account_id), position.instrument_id)
            for side, most in ((Side.SELL, position.size), (Side.BUY, -position.size)):
                mine = [one for one in orders if one.is_reduce_only and one.side == side]
                total = sum(one.quantity_open for one in mine)
                if total > max(most, 0):
                    yield f"account {position.account_id} would reduce {total} of {position.size}"


def reserves_are_recomputed(look: Look) -> Iterator[str]:
    """I24 of swaps: what is counted along the way is what the orders say, one by one."""
    tiers = look.engine.genesis.fee_tiers
    for market in look.markets():
        for position in look.positions(market):
            account = look.account(position.account_id)
            orders = look.orders(account, position.instrument_id)
            rate = tiers[account.fee_tier].taker_e8
            counted = (
                *(position.open_buys, position.open_sells),
                *(position.reduce_buys, position.reduce_sells),
                position.order_fees,
            )
            lots = [
                sum(one.quantity_open for one in orders if key == (one.is_reduce_only, one.side))
                for key in ((False, 0), (False, 1), (True, 0), (True, 1))
            ]
            unit_value = market.instrument.unit_value
            values = [one.limit_price * one.quantity_open * unit_value for one in orders]
            fees = sum(fee_of(int(value), int(rate)) for value in values)
            if counted != (*lots, fees):
                yield f"account {position.account_id} counts {counted}, orders say {lots}, {fees}"


def acceptance_is_covered(look: Look) -> Iterator[str]:
    """I28: a new order that waits leaves its account with free margin; one that only reduces needs
    none.
    """
    command = look.command
    accepted = [one for one in look.events if isinstance(one, OrderAccepted)]
    has_fills = any(isinstance(one, OrderFilled) for one in look.events)
    if not isinstance(command, PlaceOrder) or not accepted or has_fills or command.reduce_only:
        return
    market = look.engine.state.markets[command.instrument_id]
    if market.swap is None:
        return
    asset_id = market.instrument.quote_asset_id
    free = free_margin(look.engine.state, look.account(command.account_id), asset_id)
    if free < 0:
        yield f"account {command.account_id} was accepted with {free} free"


def liquidations_have_a_good_price(look: Look) -> Iterator[str]:
    """I29: no liquidation step at a price of another grade."""
    state = look.engine.state
    for event in look.events:
        if isinstance(event, LiquidationStepped) and event.phase != 0 and state.is_protected:
            grades = {int(one.index.grade(state.clock_ms)) for one in look.markets()}
            if not grades & set(MAY_LIQUIDATE) or state.mode != SystemMode.NORMAL:
                yield f"account {event.account_id} is liquidated at grades {grades}"


def liquidations_are_due(look: Look) -> Iterator[str]:
    """I30: a unit that was healthy at one of the last two marks is not liquidated."""
    if look.before is None or not look.engine.state.is_protected:
        return
    for event in look.events:
        if isinstance(event, LiquidationStepped) and (event.phase, event.step) == (1, 0):
            below = {one[0] for one in look.before.below}
            if event.account_id not in below or event.equity > event.maintenance:
                yield f"account {event.account_id} was healthy at the last mark"


def takeovers_leave_nothing(look: Look) -> Iterator[str]:
    """I32: the unit's equity is exactly zero afterwards."""
    for event in look.events:
        if not isinstance(event, PositionTakenOver):
            continue
        account = look.account(event.account_id)
        position = next(p for p in account.positions if p.instrument_id == event.instrument_id)
        margin = position.isolated.balance if position.isolated is not None else 0
        if position.size != 0 or margin != 0:
            yield f"account {event.account_id} keeps {position.size} lots, {margin} units"


def marks_follow_the_index(look: Look) -> Iterator[str]:
    """I40: within K of the index, changed by ticks only, constant while held."""
    for market in look.markets():
        swap, terms = market.swap, market.instrument
        old = look.before.marks.get(int(terms.instrument_id), 0) if look.before else 0
        if swap.mark != old and (not look.is_tick or swap.is_held):
            yield f"the mark moved from {old} to {swap.mark} without leave"
        if swap.is_held or not look.is_tick or swap.mark in (0, terms.price_max):
            continue
        room = market.index.value_e8 * MARK_FROM_INDEX_E8[int(terms.risk_tier)] // E8
        off = abs(swap.mark * terms.tick_size_e8 - market.index.value_e8)
        if off > room + terms.tick_size_e8:
            yield f"mark {swap.mark} is {off} from the index"


def indices_lie_in_their_interval(look: Look) -> Iterator[str]:
    """I41."""
    for event in look.events:
        if not isinstance(event, IndexPublished) or event.state == IndexState.INIT:
            continue
        is_disputed = event.state == IndexState.HOLD and event.reason == HoldReason.DISPUTED
        if not event.low_e8 <= event.value_e8 <= event.high_e8 and not is_disputed:
            yield f"index {event.value_e8} outside {event.low_e8} to {event.high_e8}"
        is_stale = event.state == IndexState.HOLD and event.reason == HoldReason.STALE
        if (event.state in GOOD or is_stale) and event.low_e8 != event.high_e8:
            yield f"a certain index between {event.low_e8} and {event.high_e8}"


def funding_adds_up(look: Look) -> Iterator[str]:
    """I42: payments and rounding sum to zero, and the rate is inside its cap."""
    settled = [one for one in look.events if isinstance(one, FundingSettled)]
    for one in settled:
        swap = look.engine.state.markets[one.instrument_id].swap
        if abs(one.rate_e8) > swap.funding.parameters.cap_e8:
            yield f"a funding rate of {one.rate_e8}"
    if not settled or look.before is None:
        return
    paid = sum(one.amount for one in look.events if isinstance(one, FundingPaid))
    rounded = remember(look).rounding - look.before.rounding
    missing = sum(min(int(one.swap.funding_residue), 0) for one in look.markets())
    if paid + rounded + missing != 0:
        yield f"funding of {paid} and rounding of {rounded} do not sum to zero"


def time_goes_on(look: Look) -> Iterator[str]:
    """I44."""
    state = look.engine.state
    if look.before is not None and state.clock_ms < look.before.clock_ms:
        yield "the clock went back"
    if look.before is not None and state.time_ns < look.before.time_ns - 10**9:
        yield "time went back"


LAWS: dict[str, Law] = {
    "I1 I2 I8": balances_sum_to_zero,
    "I3 I37": nobody_is_below_his_floor,
    "I4": holds_are_those_of_orders,
    "I7": rounding_only_grows,
    "I9": sizes_sum_to_zero,
    "I10": clearing_is_minus_cost,
    "I11": open_interest_is_long_and_short,
    "I12": nothing_open_costs_nothing,
    "I13": profit_is_loss,
    "I14": reducers_reduce,
    "I15": takers_reduce_in_doubt,
    "I20": fills_are_inside_the_band,
    "I23": reduce_only_fits,
    "I24": reserves_are_recomputed,
    "I28": acceptance_is_covered,
    "I29": liquidations_have_a_good_price,
    "I30": liquidations_are_due,
    "I32": takeovers_leave_nothing,
    "I40": marks_follow_the_index,
    "I41": indices_lie_in_their_interval,
    "I42": funding_adds_up,
    "I44": time_goes_on,
}


def note_orders(look: Look) -> None:
    """Remember which orders must only reduce."""
    for event in look.events:
        is_flagged = isinstance(event, OrderAccepted) and event.reduce_only
        is_made = isinstance(event, OrderCaused) and event.cause in MAKES
        if is_flagged or is_made:
            look.reduces.add(int(event.order_id))


def breaches(look: Look) -> list[str]:
    """Every law that does not hold after the entry."""
    note_orders(look)
    return [f"{name}: {one}" for name, law in LAWS.items() for one in law(look)]
