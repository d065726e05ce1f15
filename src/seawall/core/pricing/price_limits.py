"""Where orders may be priced and fills may happen: limits, market caps and the execution band.

All bounds are whole ticks and round inwards: upper ones down, lower ones up (domain 5.1 to 5.3).
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.codec import WORD, Writer, read_word, write_word
from seawall.core.model.enums import Side
from seawall.core.model.units import rate_floor
from seawall.core.pricing.guard_parameters import GuardParameters
from seawall.core.pricing.seconds_ring import SecondsRing, read_ring, ring_bytes, write_ring

YOUNG_MS: Final = 600_000  # a listing is young for ten minutes
PREMIUM_SECONDS: Final = 120
PREMIUM_SAMPLES_MIN: Final = 60
STOP_WINDOW_MS: Final = 15_000
BAND_STOPS_BYTES: Final = 2 * WORD
PREMIUM_MEAN_BYTES: Final = (1 + PREMIUM_SECONDS) * WORD


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class PriceBounds:
    """Lowest and highest price, both allowed, in ticks. With low > high nothing is allowed."""

    def __init__(self, *, low: i64, high: i64) -> None:
        self.low: i64 = low
        self.high: i64 = high

    def admits_order(self, *, side: i64, price: i64) -> bool:
        """Whether an order may carry that price: only a buy can be too high, a sell too low."""
        return price <= self.high if side == Side.BUY else price >= self.low

    def admits_fill(self, price: i64) -> bool:
        """Whether a fill may happen at that price."""
        return self.low <= price <= self.high

    def clamped(self, *, side: i64, price: i64) -> i64:
        """The price, or the bound where it would be beyond it: for market orders' caps, stops,
        liquidations and orders to be repriced. At least one tick.
        """
        found = price
        if side == Side.BUY:
            if found > self.high:
                found = self.high
        elif found < self.low:
            found = self.low
        return found if found > 0 else 1


def price_limits(
    *, index_e8: i64, premium_e8: i64, parameters: GuardParameters, tick_e8: i64, is_young: bool
) -> PriceBounds:
    """The price limits of orders, from the index (held: the held one) and the mean premium.

    Young: I(1 -/+ X). Later: high min(max(I, I(1+Y) + premium), I(1+Z)), low mirrored. The premium
    is in e8 of the quote, like the index.
    """
    assert index_e8 > 0 and tick_e8 > 0
    if is_young:
        room = rate_floor(index_e8, parameters.limit_young_e8)
        return _inwards(low_e8=index_e8 - room, high_e8=index_e8 + room, tick_e8=tick_e8)
    room = rate_floor(index_e8, parameters.limit_premium_e8)
    hard = rate_floor(index_e8, parameters.limit_hard_e8)
    high = index_e8 + room + premium_e8
    if high < index_e8:
        high = index_e8
    elif high > index_e8 + hard:
        high = index_e8 + hard
    low = index_e8 - room + premium_e8
    if low > index_e8:
        low = index_e8
    elif low < index_e8 - hard:
        low = index_e8 - hard
    return _inwards(low_e8=low, high_e8=high, tick_e8=tick_e8)


def execution_band(*, reference_e8: i64, band_e8: i64, tick_e8: i64) -> PriceBounds:
    """Where fills may happen: reference * (1 -/+ band).

    The reference is the mark of a swap, the index or own average of spot, e8.
    """
    assert reference_e8 > 0 and tick_e8 > 0
    room = rate_floor(reference_e8, band_e8)
    return _inwards(low_e8=reference_e8 - room, high_e8=reference_e8 + room, tick_e8=tick_e8)


def _inwards(*, low_e8: i64, high_e8: i64, tick_e8: i64) -> PriceBounds:
    return PriceBounds(low=-((-low_e8) // tick_e8), high=high_e8 // tick_e8)


@final
@mypyc_attr(acyclic=True)
class PremiumMean:
    """How far the middle of the own book stood from the index, over the last two minutes."""

    def __init__(self) -> None:
        self.samples: SecondsRing = SecondsRing(size=PREMIUM_SECONDS)

    def sample(self, *, clock_ms: i64, index_e8: i64, mid_e8: i64) -> None:
        """Take this second's premium; not to be called while the index is not good or a side of
        the book is empty.
        """
        assert index_e8 > 0 and mid_e8 > 0
        self.samples.put(clock_ms // 1000, mid_e8 - index_e8)

    def mean_e8(self, clock_ms: i64) -> i64:
        """The mean, e8 of the quote, rounded down.

        0 with fewer than 60 samples: a premium nobody could see for a minute moves no limit.
        """
        self.samples.advance(clock_ms // 1000)
        if self.samples.count < PREMIUM_SAMPLES_MIN:
            return 0
        return self.samples.mean()


def write_premium_mean(out: Writer, premium: PremiumMean) -> None:
    """PREMIUM_MEAN_BYTES bytes."""
    write_ring(out, premium.samples)


def read_premium_mean(data: bytes, at: i64) -> PremiumMean:
    """What was written at `at`."""
    assert ring_bytes(PREMIUM_SECONDS) == PREMIUM_MEAN_BYTES
    premium = PremiumMean()
    premium.samples = read_ring(data, at, size=PREMIUM_SECONDS)
    return premium


@final
@mypyc_attr(acyclic=True)
class BandStops:
    """Whether takers keep running into the band: fifteen seconds of it pause the instrument.

    Times are venue clock; -1 before the first.
    """

    def __init__(self) -> None:
        self.last_stop_ms: i64 = -1
        self.limit_since_ms: i64 = -1

    def stop(self, clock_ms: i64) -> bool:
        """A taker was stopped by the band; returns whether the instrument is to be paused."""
        if self.last_stop_ms < 0 or clock_ms - self.last_stop_ms > STOP_WINDOW_MS:
            self.limit_since_ms = clock_ms
        self.last_stop_ms = clock_ms
        return clock_ms - self.limit_since_ms >= STOP_WINDOW_MS

    def forget(self) -> None:
        """Start anew, after a pause."""
        self.last_stop_ms = -1
        self.limit_since_ms = -1


def write_band_stops(out: Writer, stops: BandStops) -> None:
    """BAND_STOPS_BYTES bytes."""
    write_word(out, stops.last_stop_ms)
    write_word(out, stops.limit_since_ms)


def read_band_stops(data: bytes, at: i64) -> BandStops:
    """What was written at `at`."""
    stops = BandStops()
    stops.last_stop_ms = read_word(data, at)
    stops.limit_since_ms = read_word(data, at + WORD)
    return stops
