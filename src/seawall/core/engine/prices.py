"""Prices in the engine: observations go to the indices; each tick forms indices, marks, price
limits and bands, and says what changed.
"""

from mypy_extensions import i64

from seawall.core.engine.state import NO_LIMIT, Market, State
from seawall.core.engine.swap_market import SwapMarket
from seawall.core.matching import BookSide, impact_price_e8
from seawall.core.model.commands import ObservePrices
from seawall.core.model.enums import HoldReason, IndexState
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
    GuardedIndex,
    IndexEvent,
    PriceBounds,
    execution_band,
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
        index.tick(state.clock_ms)
        for event in index.take_events():
            _say_index_event(state.out, event)
        if index.pause_until_ms > paused_ms and index.pause_until_ms > state.clock_ms:
            freeze_changed(
                state.out,
                index_id=index_id,
                is_frozen=True,
                until_ms=index.pause_until_ms,
                operator_id=0,
            )
        say_index(state.out, index)


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
        swap = market.swap
        is_good = index.state == IndexState.NORMAL or index.state == IndexState.DEGRADED
        if swap is not None:
            _tick_mark(state, market, swap, index, is_good)
        if index.value_e8 > 0:
            _tick_bounds(state, market, index, is_good)


def _tick_mark(
    state: State, market: Market, swap: SwapMarket, index: GuardedIndex, is_good: bool
) -> None:
    instrument = market.instrument
    tick_e8 = instrument.tick_size_e8
    if is_good and index.value_e8 > 0:
        if state.is_protected:
            impact = impact_mid_of(state, market, swap)
            swap.mark_price.sample(
                clock_ms=state.clock_ms, index_e8=index.value_e8, impact_mid_e8=impact
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
    say_mark(state.out, market, swap, index)


def say_mark(out: EventWriter, market: Market, swap: SwapMarket, index: GuardedIndex) -> None:
    """MarkPublished."""
    mark_published(
        out,
        instrument_id=market.instrument.instrument_id,
        mark=swap.mark,
        index_e8=index.value_e8,
        is_held=swap.is_held,
        funding_e8=swap.funding.rate_e8,
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
    swap.low_mark = low if low > 0 else 1
    swap.high_mark = high if high < market.instrument.price_max else market.instrument.price_max


def impact_mid_of(state: State, market: Market, swap: SwapMarket) -> i64:
    """The middle of the impact prices of both sides, e8; 0 when the book is too thin."""
    instrument = market.instrument
    units = state.assets[instrument.quote_asset_id].units_per_whole()
    amount = swap.tiers.impact_amount(units)
    bid = impact_price_e8(
        market.book.bids,
        amount=amount,
        tick_e8=instrument.tick_size_e8,
        unit_value=instrument.unit_value,
        quote_units=units,
    )
    ask = impact_price_e8(
        market.book.asks,
        amount=amount,
        tick_e8=instrument.tick_size_e8,
        unit_value=instrument.unit_value,
        quote_units=units,
    )
    return impact_mid_e8(impact_bid_e8=bid, impact_ask_e8=ask)


def _best_e8(side: BookSide, tick_e8: i64) -> i64:
    best = side.best()
    return 0 if best is None else best.price * tick_e8


def _tick_bounds(state: State, market: Market, index: GuardedIndex, is_good: bool) -> None:
    """Price limits of orders and the band of fills, from the index or what is held of it."""
    guards = market.guards
    assert guards is not None
    if not state.is_protected:
        return
    instrument = market.instrument
    tick_e8 = instrument.tick_size_e8
    bid = _best_e8(market.book.bids, tick_e8)
    ask = _best_e8(market.book.asks, tick_e8)
    if is_good and bid > 0 and ask > 0:
        market.premium.sample(
            clock_ms=state.clock_ms, index_e8=index.value_e8, mid_e8=(bid + ask) // 2
        )
    limits = price_limits(
        index_e8=index.value_e8,
        premium_e8=market.premium.mean_e8(state.clock_ms),
        parameters=guards,
        tick_e8=tick_e8,
        is_young=state.clock_ms - market.listed_ms < YOUNG_MS,
    )
    reference_e8 = index.value_e8
    swap = market.swap
    if swap is not None and swap.mark > 0:
        reference_e8 = swap.mark * tick_e8
    band = execution_band(reference_e8=reference_e8, band_e8=guards.band_e8, tick_e8=tick_e8)
    market.band_low = band.low
    market.band_high = band.high
    _set_limits(state, market, limits)


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
