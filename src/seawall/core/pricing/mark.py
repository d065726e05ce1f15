"""The mark price: what margin, unrealised profit and liquidation are measured at (domain 2.2).

The median of three prices that fail in different ways: the index carried by funding, the index plus
the mean basis of the last minute, and the instrument's own book; then kept near the index. It is
computed in the tick only, never by a trade, and held while the index is not good. It is rare and
its products are large, so it uses Python's integers where 64 bits might not do.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.codec import WORD, Writer, read_word, write_word
from seawall.core.model.units import E8, rate_floor
from seawall.core.pricing.seconds_ring import SecondsRing, read_ring, ring_bytes, write_ring

BASIS_SECONDS: Final = 60
BASIS_SAMPLES_MIN: Final = 30
SPREAD_MAX_E8: Final = 1_000_000  # 1 %: a wider book does not speak for the price
MARK_PRICE_BYTES: Final = (2 + 1 + BASIS_SECONDS) * WORD


@final
@mypyc_attr(acyclic=True)
class MarkPrice:
    """The mark of one instrument, in ticks; 0 before the first. `clamp_e8` is K, `basis_clamp_e8`
    B, the tier's shares of the index.
    """

    def __init__(self, *, clamp_e8: i64, basis_clamp_e8: i64) -> None:
        self.clamp_e8: i64 = clamp_e8
        self.basis_clamp_e8: i64 = basis_clamp_e8
        self.basis: SecondsRing = SecondsRing(size=BASIS_SECONDS)
        self.mark: i64 = 0
        self.is_held: bool = True

    def sample(self, *, clock_ms: i64, index_e8: i64, impact_mid_e8: i64) -> None:
        """Take this second's basis, when the index is good and the book deep enough (mid not 0).

        One sample per tick: a tick that steps several seconds leaves the others without one.
        """
        assert index_e8 > 0
        if impact_mid_e8 <= 0:
            return
        room = rate_floor(index_e8, self.basis_clamp_e8)
        basis = impact_mid_e8 - index_e8
        if basis > room:
            basis = room
        elif basis < -room:
            basis = -room
        self.basis.put(clock_ms // 1000, basis)

    def compute(
        self,
        *,
        clock_ms: i64,
        index_e8: i64,
        funding_rate_e8: i64,
        left_ms: i64,
        interval_ms: i64,
        best_bid_e8: i64,
        best_ask_e8: i64,
        last_e8: i64,
        tick_e8: i64,
    ) -> i64:
        """The new mark in ticks, from a good index; a missing bid, ask or last price is 0."""
        self.basis.advance(clock_ms // 1000)
        carried = carried_price_e8(
            index_e8=index_e8,
            funding_rate_e8=funding_rate_e8,
            left_ms=left_ms,
            interval_ms=interval_ms,
        )
        based = self.based_price_e8(index_e8)
        own = book_price_e8(bid_e8=best_bid_e8, ask_e8=best_ask_e8, last_e8=last_e8)
        middle = carried
        if based != 0 or own != 0:
            middle = _median(
                carried, based if based != 0 else index_e8, own if own != 0 else index_e8
            )
        self.mark = to_tick_inside(
            price_e8=middle, index_e8=index_e8, clamp_e8=self.clamp_e8, tick_e8=tick_e8
        )
        self.is_held = False
        return self.mark

    def follow(self, *, index_e8: i64, tick_e8: i64) -> i64:
        """Without protections: the index itself, to the nearest tick; returns it."""
        self.mark = to_tick_inside(
            price_e8=index_e8, index_e8=index_e8, clamp_e8=0, tick_e8=tick_e8
        )
        self.is_held = False
        return self.mark

    def hold(self) -> i64:
        """Keep the mark as it is while the index is not good; returns it."""
        self.is_held = True
        return self.mark

    def based_price_e8(self, index_e8: i64) -> i64:
        """The index plus the mean basis (P2); 0 when fewer than 30 of the last 60 seconds have a
        sample.
        """
        if self.basis.count < BASIS_SAMPLES_MIN:
            return 0
        return index_e8 + self.basis.mean()


def carried_price_e8(*, index_e8: i64, funding_rate_e8: i64, left_ms: i64, interval_ms: i64) -> i64:
    """The index carried by the funding that is still to come (P1): I + I * F * left / interval,
    rounded down; nothing is left after the end of the interval.
    """
    assert interval_ms > 0 and -E8 <= funding_rate_e8 <= E8
    left = left_ms if left_ms > 0 else 0
    if left > interval_ms:
        left = interval_ms
    carry = int(index_e8) * int(funding_rate_e8) * int(left) // (E8 * int(interval_ms))
    return index_e8 + carry


def book_price_e8(*, bid_e8: i64, ask_e8: i64, last_e8: i64) -> i64:
    """The median of best bid, best ask and last trade (P3).

    0, not valid, when one of the three is missing, the book is crossed, or its spread is wider than
    1 % of the bid.
    """
    if bid_e8 <= 0 or last_e8 <= 0 or bid_e8 >= ask_e8:
        return 0
    if ask_e8 - bid_e8 > rate_floor(bid_e8, SPREAD_MAX_E8):
        return 0
    return _median(bid_e8, ask_e8, last_e8)


def to_tick_inside(*, price_e8: i64, index_e8: i64, clamp_e8: i64, tick_e8: i64) -> i64:
    """The price in ticks, half a tick up, inside index * (1 -/+ clamp).

    Where no tick lies inside, the tick nearest to the clamped price, which is less than a tick
    outside; never below one tick.
    """
    assert index_e8 > 0 and tick_e8 > 0
    room = rate_floor(index_e8, clamp_e8)
    low = index_e8 - room
    high = index_e8 + room
    price = price_e8
    if price < low:
        price = low
    elif price > high:
        price = high
    rest = price % tick_e8
    ticks = price // tick_e8
    if rest >= tick_e8 - rest:
        ticks += 1
    lowest = -((-low) // tick_e8)
    highest = high // tick_e8
    if lowest <= highest:
        if ticks < lowest:
            ticks = lowest
        elif ticks > highest:
            ticks = highest
    return ticks if ticks > 0 else 1


def _median(a: i64, b: i64, c: i64) -> i64:
    if a > b:
        a, b = b, a
    if c <= a:
        return a
    return c if c < b else b


def write_mark_price(out: Writer, mark: MarkPrice) -> None:
    """MARK_PRICE_BYTES bytes; the shares are not state and are not written."""
    write_word(out, mark.mark)
    write_word(out, 1 if mark.is_held else 0)
    write_ring(out, mark.basis)


def read_mark_price(data: bytes, at: i64, *, clamp_e8: i64, basis_clamp_e8: i64) -> MarkPrice:
    """What was written at `at`."""
    assert ring_bytes(BASIS_SECONDS) + 2 * WORD == MARK_PRICE_BYTES
    mark = MarkPrice(clamp_e8=clamp_e8, basis_clamp_e8=basis_clamp_e8)
    mark.mark = read_word(data, at)
    mark.is_held = read_word(data, at + WORD) != 0
    assert mark.mark >= 0
    mark.basis = read_ring(data, at + 2 * WORD, size=BASIS_SECONDS)
    return mark
