"""What the watch knows of units: their positions as they were measured, and their thresholds.

Thresholds hang in buckets of about a thousandth of the price. A bucket is a doubly linked list: a
unit that is measured again takes its thresholds out, so nothing stale is kept (with generations and
lazy deletion, buckets far from the market would only grow). A leg is its own threshold: what a tick
looks at lies far apart in memory, so it had better be one object. What they mean is said in
`watch.py`.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.margin import MarginTiers
from seawall.core.model.limits import AMOUNT_MAX
from seawall.core.model.units import rate_ceil, rate_floor

_MANTISSA: Final = 1_024  # a bucket spans 1/1024 to 1/2048 of the price
_MANTISSA_BITS: Final = 10
_EMPTY: Final = -(2**62)


@final
@mypyc_attr(acyclic=True)
class Bucket:
    """Legs whose thresholds are nearly the same price. `nearest` bounds their keys from above."""

    def __init__(self) -> None:
        self.first: Leg | None = None
        self.nearest: i64 = _EMPTY


@final
@mypyc_attr(acyclic=True)
class Leg:
    """One instrument of a unit as it was measured, with what has been traded since; and a threshold
    in a bucket, the price at which the unit becomes due. `key` rises towards the market.

    size: lots now, positive long, negative short. covered: lots that the room or charges pay for.
    weight: N0 * (1 + slope).
    """

    def __init__(self, unit: "Unit", instrument: "InstrumentWatch") -> None:
        self.unit: Unit | None = unit  # None once the leg is gone
        self.unit_next: Leg | None = None
        self.key: i64 = 0
        self.bucket: Bucket | None = None
        self.next: Leg | None = None
        self.previous: Leg | None = None
        self.instrument: InstrumentWatch = instrument
        self.mark: i64 = 0
        self.size: i64 = 0
        self.covered: i64 = 0
        self.covered_max: i64 = 0  # the slope holds up to here
        self.slope_e8: i64 = 0
        self.weight: i64 = 0
        self.is_long: bool = False  # where its threshold hangs: below the mark, or above it
        self.is_noted: bool = False

    def put(self, *, size: i64, mark: i64, notional: i64) -> None:
        """Say the position as it is measured."""
        self.size = size
        self.mark = mark
        self.covered = size if size >= 0 else -size
        self.take_slope(notional)
        self.weight = notional + rate_ceil(notional, self.slope_e8)

    def take_slope(self, notional: i64) -> None:
        """Take the rate that holds until a position of that notional has twice its size and price,
        and the size up to which it holds at twice the price.
        """
        tiers = self.instrument.tiers
        place = tiers.bracket(4 * notional)
        self.slope_e8 = tiers.maintenance_e8[place]
        top: i64 = AMOUNT_MAX
        if place + 1 < tiers.count:
            top = tiers.floors[place + 1]
        self.covered_max = top // (2 * self.mark * self.instrument.unit_value)


@final
@mypyc_attr(acyclic=True)
class Unit:
    """What is liquidated as a whole. `key_id` is the instrument of an isolated position, or the
    settlement asset of a cross account. Its legs, and the units of an account, are chains: most
    have one, and a list would lie elsewhere in memory.
    """

    def __init__(self, *, account_slot: i64, account_id: i64, key_id: i64, is_cross: bool) -> None:
        self.account_slot: i64 = account_slot
        self.account_id: i64 = account_id
        self.key_id: i64 = key_id
        self.is_cross: bool = is_cross
        self.account_next: Unit | None = None
        self.first_leg: Leg | None = None
        self.room_e8: i64 = 0
        self.budget: i64 = 0  # of the slack, what prices within the room can take
        self.allowance: i64 = 0
        self.is_due: bool = False
        self.is_listed: bool = False  # among the due, once
        self.is_dropped: bool = False

    @property
    def order(self) -> i64:
        """Units are examined by account; of one account isolated before cross, then by id."""
        cross: i64 = 1 if self.is_cross else 0
        return self.account_id << 17 | cross << 16 | self.key_id


@final
@mypyc_attr(acyclic=True)
class ThresholdSide:
    """The thresholds of one instrument's longs, below the market (sign 1), or of its shorts, above
    it (sign -1).
    """

    def __init__(self, *, sign: i64) -> None:
        self.sign: i64 = sign
        self.buckets: dict[int, Bucket] = {}
        self.nearest: i64 = _EMPTY  # no bucket with a higher number holds a threshold

    def put(self, leg: Leg, price: i64) -> None:
        """Hang the leg's threshold at a price."""
        number = self.sign * bucket_of(price)
        bucket = self.buckets.get(number)
        if bucket is None:
            bucket = Bucket()
            self.buckets[number] = bucket
        if number > self.nearest:
            self.nearest = number
        key = self.sign * price
        if key > bucket.nearest:
            bucket.nearest = key
        first = bucket.first
        leg.key = key
        leg.bucket = bucket
        leg.next = first
        if first is not None:
            first.previous = leg
        bucket.first = leg


@final
@mypyc_attr(acyclic=True)
class InstrumentWatch:
    """One instrument: where units become due when its mark moves."""

    def __init__(self, *, instrument_id: i64, unit_value: i64, tiers: MarginTiers) -> None:
        self.instrument_id: i64 = instrument_id
        self.unit_value: i64 = unit_value
        self.tiers: MarginTiers = tiers
        self.lows: ThresholdSide = ThresholdSide(sign=1)
        self.highs: ThresholdSide = ThresholdSide(sign=-1)


def leg_of(unit: Unit, instrument_id: i64) -> Leg | None:
    """The unit's leg in an instrument; a unit has few."""
    leg = unit.first_leg
    while leg is not None:
        if leg.instrument.instrument_id == instrument_id:
            return leg
        leg = leg.unit_next
    return None


def add_leg(unit: Unit, instrument: InstrumentWatch) -> Leg:
    """A new leg at the end of the unit's chain."""
    leg = Leg(unit, instrument)
    last = unit.first_leg
    if last is None:
        unit.first_leg = leg
        return leg
    after = last.unit_next
    while after is not None:
        last = after
        after = last.unit_next
    last.unit_next = leg
    return leg


def hang(leg: Leg, room_e8: i64) -> None:
    """Hang the leg's threshold where the price would hurt it: a long below its mark."""
    reach = rate_floor(leg.mark, room_e8) + 1
    if not leg.is_long:
        leg.instrument.highs.put(leg, leg.mark + reach)
    elif reach < leg.mark:
        leg.instrument.lows.put(leg, leg.mark - reach)


def take_out(leg: Leg) -> None:
    """Take the leg's threshold out of its bucket, if it hangs in one."""
    bucket = leg.bucket
    if bucket is None:
        return
    before = leg.previous
    after = leg.next
    if before is None:
        bucket.first = after
    else:
        before.next = after
    if after is not None:
        after.previous = before
    leg.next = None
    leg.previous = None
    leg.bucket = None


def cross(side: ThresholdSide, mark: i64, reached: list[Leg]) -> None:
    """Take out the legs whose threshold the mark has reached, and add them to `reached`."""
    target = side.sign * bucket_of(mark)
    key = side.sign * mark
    while side.nearest >= target:
        bucket = side.buckets.get(side.nearest)
        if bucket is not None and bucket.nearest >= key:
            _empty(bucket, key, reached)
        if side.nearest == target:
            return
        side.nearest -= 1


def _empty(bucket: Bucket, key: i64, reached: list[Leg]) -> None:
    """Those with a key from `key` on; what is left tells the nearest."""
    nearest: i64 = _EMPTY
    leg = bucket.first
    while leg is not None:
        after = leg.next
        if leg.key >= key:
            take_out(leg)
            reached.append(leg)
        elif leg.key > nearest:
            nearest = leg.key
        leg = after
    bucket.nearest = nearest


def bucket_of(price: i64) -> i64:
    """The number of a price's bucket: it rises with the price, and a bucket spans at most 1/1024 of
    it; below 2,048 every price has its own.
    """
    shift: i64 = 0
    top = price
    while top >= 2 * _MANTISSA * 256:
        top >>= 8
        shift += 8
    while top >= 2 * _MANTISSA:
        top >>= 1
        shift += 1
    return (shift << _MANTISSA_BITS) + top
