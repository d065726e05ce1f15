"""Which units a tick must look at: those whose mark has moved far enough since they were measured.

A *unit* is what is liquidated as a whole: an isolated position, or the cross account of an account
in one settlement asset. When it is measured it has a slack (equity less maintenance margin), and
per instrument a mark m0, a notional N0 at m0, and a bound `slope` on the maintenance rate.

    slack' = slack - 4 * (number of its instruments)             for the rounding of margin
    room   = floor((slack' // 2) * E8 / sum(N0 * (1 + slope)))   at most 100 %
    quiet  : every mark within m0 -/+ floor(m0 * room)

If all marks move by at most `room`, equity falls by at most `room * sum(N0)` and maintenance margin
rises by at most `room * sum(N0 * slope)`: half of the slack, wherever each of the instruments goes.
The other half is the unit's *allowance* for what happens between measurements. A trade of V at m0
(cost P, fee f) takes from it

    charge = loss against m0 + f + V * slope + room * V * (1 + slope)

and every other outflow (funding, withdrawal, margin moved out) takes its amount. So a unit that is
quiet and has allowance left has equity above maintenance margin: it need not be looked at. All
others are *due*, and stay due until they are measured again with slack left. This bounds trades at
any price, with or without bands, and needs no direction, so a position may even be turned.

Thresholds m0 -/+ (floor(m0 * room) + 1) hang in buckets of about a thousandth of the price. A
bucket is a doubly linked list: a unit that is measured again takes its thresholds out, so nothing
stale is kept (with generations and lazy deletion, buckets far from the market would only grow).

A trade in an instrument that it had no position in when it was measured opens one of notional 0 at
the present mark, which takes the reserve for rounding from the allowance, and is charged like any
other.

Measure again (`note` for each position, then `measure`) after: a due unit was examined; such a
trade while the mark is uncertain; new tiers. The watch is derived from the state and is no part
of it: after a restore all units are measured anew, and other units may be due then. So nothing may
be done to a unit because it is due, only because of its equity.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.clearing import value_of
from seawall.core.model.units import E8, rate_ceil, rate_floor

ROUNDING_RESERVE: Final = 4  # units per instrument: ceilings in two margins, floors in two cums
_MANTISSA: Final = 1_024  # a bucket spans 1/1024 to 1/2048 of the price
_MANTISSA_BITS: Final = 10
_EMPTY: Final = -(2**62)
_PLACE_BITS: Final = 24  # units that can be due at once: more than the venue has accounts
_PLACE_MASK: Final = 2**24 - 1


@final
@mypyc_attr(acyclic=True)
class Threshold:
    """A price of one instrument at which a unit becomes due. `key` rises towards the market."""

    def __init__(self, unit: "Unit") -> None:
        self.unit: Unit | None = unit  # None once its leg is gone
        self.key: i64 = 0
        self.bucket: Bucket | None = None
        self.next: Threshold | None = None
        self.previous: Threshold | None = None


@final
@mypyc_attr(acyclic=True)
class Bucket:
    """Thresholds of nearly the same price. `nearest` bounds their keys from above."""

    def __init__(self) -> None:
        self.first: Threshold | None = None
        self.nearest: i64 = _EMPTY


@final
@mypyc_attr(acyclic=True)
class Leg:
    """One instrument of a unit as it was measured."""

    def __init__(self, unit: "Unit", instrument: "InstrumentWatch") -> None:
        self.instrument: InstrumentWatch = instrument
        self.mark: i64 = 0
        self.notional: i64 = 0
        self.is_noted: bool = False
        self.low: Threshold = Threshold(unit)
        self.high: Threshold = Threshold(unit)


@final
@mypyc_attr(acyclic=True)
class Unit:
    """What is liquidated as a whole. `key_id` is the instrument of an isolated position, or the
    settlement asset of a cross account.
    """

    def __init__(self, *, account_slot: i64, account_id: i64, key_id: i64, is_cross: bool) -> None:
        self.account_slot: i64 = account_slot
        self.account_id: i64 = account_id
        self.key_id: i64 = key_id
        self.is_cross: bool = is_cross
        self.legs: list[Leg] = []
        self.room_e8: i64 = 0
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
    """The thresholds below the market of one instrument (sign 1), or those above it (sign -1)."""

    def __init__(self, *, sign: i64) -> None:
        self.sign: i64 = sign
        self.buckets: dict[int, Bucket] = {}
        self.nearest: i64 = _EMPTY  # no bucket with a higher number holds a threshold

    def put(self, threshold: Threshold, price: i64) -> None:
        """Hang the threshold at a price."""
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
        threshold.key = key
        threshold.bucket = bucket
        threshold.next = first
        if first is not None:
            first.previous = threshold
        bucket.first = threshold


@final
@mypyc_attr(acyclic=True)
class InstrumentWatch:
    """One instrument: where units become due when its mark moves."""

    def __init__(self, *, instrument_id: i64, unit_value: i64, slope_e8: i64) -> None:
        self.instrument_id: i64 = instrument_id
        self.unit_value: i64 = unit_value
        self.slope_e8: i64 = slope_e8
        self.lows: ThresholdSide = ThresholdSide(sign=1)
        self.highs: ThresholdSide = ThresholdSide(sign=-1)


@final
@mypyc_attr(acyclic=True)
class LiquidationWatch:
    """All instruments and the units that are due."""

    def __init__(self) -> None:
        self.instruments: dict[int, InstrumentWatch] = {}
        self.due_units: list[Unit] = []

    def add_instrument(self, *, instrument_id: i64, unit_value: i64, slope_e8: i64) -> None:
        """Know an instrument. `slope_e8` is the highest maintenance rate of its tiers, or more."""
        assert 0 <= slope_e8 <= E8 and instrument_id not in self.instruments
        self.instruments[instrument_id] = InstrumentWatch(
            instrument_id=instrument_id, unit_value=unit_value, slope_e8=slope_e8
        )

    def note(self, unit: Unit, *, instrument_id: i64, mark: i64, notional: i64) -> None:
        """Say one position of a unit that is about to be measured: its mark, its notional at it."""
        assert mark > 0 and notional >= 0
        leg = leg_of(unit, instrument_id)
        if leg is None:
            leg = Leg(unit, self.instruments[instrument_id])
            unit.legs.append(leg)
        leg.mark = mark
        leg.notional = notional
        leg.is_noted = True

    def measure(self, unit: Unit, *, slack: i64) -> None:
        """Watch the unit from here: equity less maintenance margin is `slack`, its positions are
        those noted since the last time. Without slack it is due again.
        """
        assert not unit.is_dropped
        legs = unit.legs
        gross: int = 0
        kept: i64 = 0
        for leg in legs:
            _take_out(leg.low)
            _take_out(leg.high)
            if leg.is_noted:
                gross += int(leg.notional + rate_ceil(leg.notional, leg.instrument.slope_e8))
                legs[kept] = leg
                kept += 1
            else:
                leg.low.unit = None
                leg.high.unit = None
        del legs[kept:]
        slack -= ROUNDING_RESERVE * kept
        half = slack // 2
        unit.allowance = slack - half
        if slack <= 0:
            unit.room_e8 = 0
            for leg in legs:
                leg.is_noted = False
            self._make_due(unit)
            return
        unit.is_due = False
        room: int = E8
        if gross > 0:
            room = int(half) * E8 // gross
            if room > E8:
                room = E8
        room_e8: i64 = room
        unit.room_e8 = room_e8
        for leg in legs:
            leg.is_noted = False
            _hang(leg, room_e8)

    def trade(
        self,
        unit: Unit,
        *,
        instrument_id: i64,
        is_buy: bool,
        lots: i64,
        price: i64,
        fee: i64,
        mark: i64 = 0,
    ) -> None:
        """Charge a fill of the unit to its allowance. In an instrument that it had no position in
        when it was measured it is watched from `mark` on, where the instrument stands; when that is
        not certain (0), the unit becomes due at once.
        """
        if unit.is_due:
            return
        leg = leg_of(unit, instrument_id)
        if leg is None:
            if mark == 0 or ROUNDING_RESERVE >= unit.allowance:
                self._make_due(unit)
                return
            unit.allowance -= ROUNDING_RESERVE
            leg = Leg(unit, self.instruments[instrument_id])
            leg.mark = mark
            unit.legs.append(leg)
            _hang(leg, unit.room_e8)
        watch = leg.instrument
        value = value_of(price=leg.mark, lots=lots, unit_value=watch.unit_value)
        paid = value_of(price=price, lots=lots, unit_value=watch.unit_value)
        moved = value + rate_ceil(value, watch.slope_e8)
        charge = rate_ceil(value, watch.slope_e8) + rate_ceil(moved, unit.room_e8)
        loss = paid - value if is_buy else value - paid
        if loss > 0:
            charge += loss
        if fee > 0:
            charge += fee
        self.spend(unit, charge)

    def spend(self, unit: Unit, amount: i64) -> None:
        """Charge an outflow of the unit (funding, a withdrawal, margin moved out); inflows need no
        word.
        """
        assert amount >= 0
        if unit.is_due:
            return
        if amount >= unit.allowance:
            self._make_due(unit)
        else:
            unit.allowance -= amount

    def crossed(self, *, instrument_id: i64, mark: i64) -> i64:
        """The instrument's mark is `mark` now: units whose threshold it has reached become due.
        Returns how many did. With a doubtful price call it for both ends.
        """
        watch = self.instruments[instrument_id]
        before = len(self.due_units)
        self._cross(watch.lows, mark)
        self._cross(watch.highs, mark)
        return len(self.due_units) - before

    def waiting(self) -> list[Unit]:
        """Units that became due since they were last examined, in no particular order; some may be
        due no longer.
        """
        return self.due_units.copy()

    def due(self) -> list[Unit]:
        """All units that must be examined, by account. A unit stays here until `measure` finds it
        slack or `drop` ends it.
        """
        kept: list[Unit] = []
        keys: list[int] = []  # plain integers sort many times faster than units by a key function
        for unit in self.due_units:
            if unit.is_due:
                keys.append(int(unit.order) << _PLACE_BITS | len(kept))
                kept.append(unit)
            else:
                unit.is_listed = False
        assert len(kept) <= _PLACE_MASK
        keys.sort()
        self.due_units = [kept[key & _PLACE_MASK] for key in keys]
        return self.due_units.copy()

    def drop(self, unit: Unit) -> None:
        """The unit has no positions any more; its links are broken, it may not be used again."""
        for leg in unit.legs:
            _take_out(leg.low)
            _take_out(leg.high)
            leg.low.unit = None
            leg.high.unit = None
        unit.legs = []
        unit.is_due = False
        unit.is_dropped = True

    def _cross(self, side: ThresholdSide, mark: i64) -> None:
        target = side.sign * bucket_of(mark)
        key = side.sign * mark
        while side.nearest >= target:
            bucket = side.buckets.get(side.nearest)
            if bucket is not None and bucket.nearest >= key:
                self._empty(bucket, key)
            if side.nearest == target:
                return
            side.nearest -= 1

    def _empty(self, bucket: Bucket, key: i64) -> None:
        """Make due whose threshold has a key from `key` on; what is left tells the nearest."""
        nearest: i64 = _EMPTY
        threshold = bucket.first
        while threshold is not None:
            after = threshold.next
            if threshold.key >= key:
                _take_out(threshold)
                unit = threshold.unit
                assert unit is not None
                self._make_due(unit)
            elif threshold.key > nearest:
                nearest = threshold.key
            threshold = after
        bucket.nearest = nearest

    def _make_due(self, unit: Unit) -> None:
        unit.is_due = True
        if not unit.is_listed:
            unit.is_listed = True
            self.due_units.append(unit)


def _hang(leg: Leg, room_e8: i64) -> None:
    """Hang both thresholds of a leg around its mark."""
    reach = rate_floor(leg.mark, room_e8) + 1
    if reach < leg.mark:
        leg.instrument.lows.put(leg.low, leg.mark - reach)
    leg.instrument.highs.put(leg.high, leg.mark + reach)


def leg_of(unit: Unit, instrument_id: i64) -> Leg | None:
    """The unit's leg in an instrument; a unit has few."""
    for leg in unit.legs:
        if leg.instrument.instrument_id == instrument_id:
            return leg
    return None


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


def _take_out(threshold: Threshold) -> None:
    bucket = threshold.bucket
    if bucket is None:
        return
    before = threshold.previous
    after = threshold.next
    if before is None:
        bucket.first = after
    else:
        before.next = after
    if after is not None:
        after.previous = before
    threshold.next = None
    threshold.previous = None
    threshold.bucket = None
