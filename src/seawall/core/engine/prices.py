"""Prices in the engine: observations go to the indices; each tick forms indices, marks, price
limits and bands, and says what changed.
"""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.arming import arm_after, is_good
from seawall.core.engine.open_interest import set_open_interest_max
from seawall.core.engine.state import NO_LIMIT, Market, State
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.matching import BookSide, impact_price_e8
from seawall.core.model.commands import ObservePrices
from seawall.core.model.enums import HoldReason, IndexState, InstrumentKind
from seawall.core.model.event_writer import EventWriter
from seawall.core.model.risk_event_writer import (
    detector_fired,
    freeze_changed,
    index_jumped,
    index_published,
    mark_published,
    price_limits_changed,
    source_status_changed,
)
from seawall.core.model.risk_events import IndexJumped, SourceStatusChanged
from seawall.core.model.units import E8
from seawall.core.pricing import (
    YOUNG_MS,
    Grade,
    GuardedIndex,
    IndexEvent,
    PriceBounds,
    execution_band,
    funding_estimate_e8,
    impact_mid_e8,
    price_limits,
)


def take_observation(state: State, index: GuardedIndex, command: ObservePrices) -> None:
    """Hand the observation to its index, converted when the source quotes in another asset."""
    source = index.source(command.source_id)
    assert source is not None
    conversion_e8: i64 = E8
    is_normal = True
    if source.conversion_id != 0:
        conversion = state.indices[source.conversion_id]
        conversion_e8 = conversion.value_e8
        is_normal = conversion.state == IndexState.NORMAL
    index.observe(
        state.clock_ms,
        command,
        conversion_e8=conversion_e8,
        conversion_is_normal=is_normal,
    )


def tick_indices(state: State) -> None:
    """Form every index, in the order of their ids, and publish it."""
    for index_id in sorted(state.indices):
        index = state.indices[index_id]
        paused_ms = index.pause_until_ms
        state_before = index.state
        hold_ms_before = index.hold_ms
        index.tick(state.clock_ms)
        say_index_events(state, index)
        arm_after(state, index, state_before=state_before, hold_ms_before=hold_ms_before)
        if index.pause_until_ms > paused_ms and index.pause_until_ms > state.clock_ms:
            freeze_changed(
                state.out,
                index_id=index_id,
                is_frozen=True,
                until_ms=index.pause_until_ms,
                operator_id=0,
            )
        say_index(state.out, index)


def say_index_events(state: State, index: GuardedIndex) -> None:
    """What the index noted since it was last asked."""
    for event in index.take_events():
        _say_index_event(state.out, event)


def _say_index_event(out: EventWriter, event: IndexEvent) -> None:
    if isinstance(event, SourceStatusChanged):
        source_status_changed(
            out,
            index_id=event.index_id,
            source_id=event.source_id,
            old_status=event.old_status,
            new_status=event.new_status,
        )
    elif isinstance(event, IndexJumped):
        index_jumped(
            out,
            index_id=event.index_id,
            step=event.step,
            value_e8=event.value_e8,
            candidate_e8=event.candidate_e8,
        )
    else:
        detector_fired(
            out,
            detector=event.detector,
            index_id=event.index_id,
            source_id=event.source_id,
            value_e8=event.value_e8,
            others_e8=event.others_e8,
        )


def say_index(out: EventWriter, index: GuardedIndex) -> None:
    """IndexPublished."""
    index_published(
        out,
        index_id=index.index_id,
        value_e8=index.value_e8,
        low_e8=index.low_e8,
        high_e8=index.high_e8,
        state=index.state,
        reason=index.reason,
        quality=index.quality,
        agreement_e8=index.agreement_e8,
        pause_until_ms=index.pause_until_ms if index.pause_until_ms > 0 else 0,
    )


def tick_markets(state: State) -> None:
    """Marks, price limits and bands of every market with an index, sorted by instrument."""
    for instrument_id in sorted(state.markets):
        market = state.markets[instrument_id]
        index = market.index
        if index is None:
            continue
        if market.has_new_price:
            market.has_new_price = False
            market.own_average.sample(market.last_price)
        swap = market.swap
        if swap is not None:
            _tick_mark(state, market, swap, index)
            set_open_interest_max(state, market, swap)
        if state.is_protected:
            _tick_bounds(state, market, index)


def _tick_mark(state: State, market: Market, swap: SwapMarket, index: GuardedIndex) -> None:
    instrument = market.instrument
    tick_e8 = instrument.tick_size_e8
    ports = state.ports
    if is_good(index.state) and index.value_e8 > 0:
        if ports is not None and ports.is_polluted(state):
            based_e8 = index.value_e8 + ports.basis_e8(market)
            swap.mark = (based_e8 + tick_e8 // 2) // tick_e8
        elif state.is_protected:
            impact = impact_prices(state, market, swap)
            swap.mark_price.sample(
                clock_ms=state.clock_ms,
                index_e8=index.value_e8,
                impact_mid_e8=impact_mid_e8(
                    impact_bid_e8=impact.bid_e8, impact_ask_e8=impact.ask_e8
                ),
            )
            swap.mark = swap.mark_price.compute(
                clock_ms=state.clock_ms,
                index_e8=index.value_e8,
                funding_rate_e8=swap.funding.rate_e8,
                left_ms=swap.funding.left_ms(state.clock_ms),
                interval_ms=swap.funding.interval_ms,
                best_bid_e8=_best_e8(market.book.bids, tick_e8),
                best_ask_e8=_best_e8(market.book.asks, tick_e8),
                last_e8=market.last_price * tick_e8,
                tick_e8=tick_e8,
            )
        else:
            swap.mark = (index.value_e8 + tick_e8 // 2) // tick_e8
        if swap.mark < 1:
            swap.mark = 1
        elif swap.mark > instrument.price_max:
            swap.mark = instrument.price_max
        swap.is_held = False
        swap.low_mark = swap.mark
        swap.high_mark = swap.mark
        swap.counts_profit = index.state == IndexState.NORMAL
    else:
        _hold_mark(market, swap, index)
    say_mark(state, market, swap, index)


def say_mark(state: State, market: Market, swap: SwapMarket, index: GuardedIndex) -> None:
    """MarkPublished."""
    mark_published(
        state.out,
        instrument_id=market.instrument.instrument_id,
        mark=swap.mark,
        index_e8=index.value_e8,
        is_held=swap.is_held,
        funding_e8=funding_estimate_e8(swap.funding, clock_ms=state.clock_ms),
        funding_ms=swap.funding.next_ms,
        open_interest=swap.open_interest,
    )


def _hold_mark(market: Market, swap: SwapMarket, index: GuardedIndex) -> None:
    """The mark stays; risk is valued at the endpoints of what the price may be."""
    tick_e8 = market.instrument.tick_size_e8
    swap.mark_price.hold()
    swap.is_held = True
    swap.counts_profit = False
    swap.low_mark = swap.mark
    swap.high_mark = swap.mark
    is_stale = index.state == IndexState.HOLD and index.reason == HoldReason.STALE
    if swap.mark == 0 or is_stale or index.low_e8 <= 0:
        return
    low = index.low_e8 // tick_e8
    high = (index.high_e8 + tick_e8 - 1) // tick_e8
    price_max = market.instrument.price_max
    swap.high_mark = high if high < price_max else price_max
    swap.low_mark = low if low < price_max else price_max
    if swap.low_mark < 1:
        swap.low_mark = 1


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class ImpactPrices:
    """What a market order of the impact amount would get and pay, e8; 0 where the book is thin."""

    def __init__(self, *, bid_e8: i64, ask_e8: i64) -> None:
        self.bid_e8: i64 = bid_e8
        self.ask_e8: i64 = ask_e8


def impact_prices(state: State, market: Market, swap: SwapMarket) -> ImpactPrices:
    """The impact prices of both sides of the swap's book."""
    units = state.assets[market.instrument.quote_asset_id].units_per_whole()
    amount = swap.tiers.impact_amount(units)
    return ImpactPrices(
        bid_e8=_impact_e8(market, market.book.bids, amount, units),
        ask_e8=_impact_e8(market, market.book.asks, amount, units),
    )


def _impact_e8(market: Market, side: BookSide, amount: i64, units: i64) -> i64:
    return impact_price_e8(
        side,
        amount=amount,
        tick_e8=market.instrument.tick_size_e8,
        unit_value=market.instrument.unit_value,
        quote_units=units,
    )


def _best_e8(side: BookSide, tick_e8: i64) -> i64:
    best = side.best()
    if best is None:
        return 0
    return best.price * tick_e8


def _tick_bounds(state: State, market: Market, index: GuardedIndex) -> None:
    """Price limits of orders and the band of fills. Limits come from the index, or what is held of
    it; spot whose index has no value yet goes by the average of its own trades.
    """
    guards = market.guards
    assert guards is not None
    tick_e8 = market.instrument.tick_size_e8
    own_e8 = market.own_average.price_e8(tick_e8)
    is_spot = market.instrument.kind == InstrumentKind.SPOT
    index_e8 = index.value_e8
    if index_e8 == 0 and is_spot:
        index_e8 = own_e8
    if index_e8 == 0:
        return
    bid = _best_e8(market.book.bids, tick_e8)
    ask = _best_e8(market.book.asks, tick_e8)
    is_believed = state.ports is None or not state.ports.is_polluted(state)
    if is_good(index.state) and bid > 0 and ask > 0 and is_believed:
        market.premium.sample(
            clock_ms=state.clock_ms, index_e8=index_e8, mid_e8=bid + (ask - bid) // 2
        )
    limits = price_limits(
        index_e8=index_e8,
        premium_e8=market.premium.mean_e8(state.clock_ms),
        parameters=guards,
        tick_e8=tick_e8,
        is_young=state.clock_ms - market.listed_ms < YOUNG_MS,
    )
    _set_limits(state, market, limits)
    reference_e8 = index_e8
    band_e8 = guards.band_e8
    swap = market.swap
    if own_e8 > 0 and _is_long_held(index, state.clock_ms):
        reference_e8 = own_e8
        if not is_spot:
            band_e8 = 2 * band_e8 if 2 * band_e8 < E8 else E8
    elif swap is not None and swap.mark > 0:
        reference_e8 = swap.mark * tick_e8
    band = execution_band(reference_e8=reference_e8, band_e8=band_e8, tick_e8=tick_e8)
    market.band_low = band.low
    market.band_high = band.high


def _is_long_held(index: GuardedIndex, clock_ms: i64) -> bool:
    """Whether the index was held for so long that the own trades say more of the price."""
    grade = index.grade(clock_ms)
    return grade == Grade.HOLD_STALE or grade == Grade.HOLD_DISPUTED


def _set_limits(state: State, market: Market, limits: PriceBounds) -> None:
    high = limits.high if limits.high < NO_LIMIT else NO_LIMIT
    if market.low != limits.low or market.high != high:
        market.low = limits.low
        market.high = high
        say_limits(state.out, market)


def say_limits(out: EventWriter, market: Market) -> None:
    """PriceLimitsChanged; no limit is said as 0."""
    price_limits_changed(
        out,
        instrument_id=market.instrument.instrument_id,
        low=market.low,
        high=market.high if market.high < NO_LIMIT else 0,
    )
