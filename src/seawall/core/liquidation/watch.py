"""Which units a tick must look at: those whose mark has moved far enough since they were measured.

A *unit* is what is liquidated as a whole: an isolated position, or the cross account of an account
in one settlement asset. When it is measured it has a slack (equity less maintenance margin), and
per instrument a size, a mark m0, a notional N0 at m0, and a `slope`: the maintenance rate of a
notional four times as large, or of more.

    slack'    = slack - 4 * (number of its instruments)         for the rounding of margin
    allowance = ceil(slack' / 4)
    room      = floor((slack' - allowance) * E8 / sum(N0 * (1 + slope)))     at most 100 %
    quiet     : each mark is within floor(m0 * room) of m0, or beyond m0 on the side that pays

A price hurts on one side only: below m0 for a long, above it for a short. There, within the room,
equity falls by at most `room * sum(N0)` and maintenance margin rises by at most
`room * sum(N0 * slope)`. On the other side, however far, equity gains no less than maintenance
margin, because no rate is above 100 %. So prices take at most slack' less the allowance, wherever
each of the instruments goes, and the larger part of the slack is theirs: a unit rests until a mark
has gone most of the way to where it would be liquidated.

The unit's *allowance* is for what happens between measurements. A trade at a cost of P (fee f) of
lots worth V at m0, after which the position is larger by lots worth G than it ever was since, takes

    charge = loss of P against V + f + G * slope + room * G * (1 + slope)

and every other outflow (funding, withdrawal, margin moved out) takes its amount. A position so
large that at twice the price its rate would be above the slope ends the rest, and so does one that
turns where the price has left the room on its new side. So a unit that is quiet and has allowance
left has equity above maintenance margin: it need not be looked at. All others are *due*, and stay
due until they are measured again with slack left. This bounds trades at any price, with or without
bands.

Thresholds m0 -/+ (floor(m0 * room) + 1) hang in buckets of about a thousandth of the price. A
bucket is a doubly linked list: a unit that is measured again takes its thresholds out, so nothing
stale is kept (with generations and lazy deletion, buckets far from the market would only grow).
A leg is its own threshold: what a tick looks at lies far apart in memory, so it had better be one
object.

A trade in an instrument that it had no position in when it was measured opens one of size 0 at the
present mark, which takes the reserve for rounding from the allowance, and is charged like any
other.

Measure again (`note` for each position, then `measure`) after: a due unit was examined; such a
trade while the mark is uncertain; new tiers. The watch is derived from the state and is no part
of it: after a restore all units are measured anew, and other units may be due then. So nothing may
be done to a unit because it is due, only because of its equity.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.clearing import value_of
from seawall.core.margin import MarginTiers
from seawall.core.model.limits import AMOUNT_MAX
from seawall.core.model.units import E8, ceil_div, rate_ceil, rate_floor

ROUNDING_RESERVE: Final = 4  # units per instrument: ceilings in two margins, floors in two cums
_ALLOWANCE_PART: Final = 4  # one of so many parts of the slack is for trades and outflows
_MANTISSA: Final = 1_024  # a bucket spans 1/1024 to 1/2048 of the price
_MANTISSA_BITS: Final = 10
_EMPTY: Final = -(2**62)
_PLACE_BITS: Final = 24  # units that can be due at once: more than the venue has accounts
_PLACE_MASK: Final = 2**24 - 1


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

    def take_slope(self, notional: i64) -> None:
        """Take the rate that holds until a position of that notional has twice its size and price,
        and the size up to which it holds at twice the price.
        """
        tiers = self.instrument.tiers
        place = tiers.bracket(4 * notional)
        self.slope_e8 = tiers.maintenance_e8[place]
        top = tiers.floors[place + 1] if place + 1 < tiers.count else AMOUNT_MAX
        self.covered_max = top // (2 * self.mark * self.instrument.unit_value)


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


@final
@mypyc_attr(acyclic=True)
class LiquidationWatch:
    """All instruments and the units that are due."""

    def __init__(self) -> None:
        self.instruments: dict[int, InstrumentWatch] = {}
        self.due_units: list[Unit] = []

    def add_instrument(self, *, instrument_id: i64, unit_value: i64, tiers: MarginTiers) -> None:
        """Know an instrument."""
        assert instrument_id not in self.instruments
        self.instruments[instrument_id] = InstrumentWatch(
            instrument_id=instrument_id, unit_value=unit_value, tiers=tiers
        )

    def note(self, unit: Unit, *, instrument_id: i64, size: i64, mark: i64, notional: i64) -> None:
        """Say one position of a unit that is about to be measured: its lots (negative: short), its
        mark, and its notional at it.
        """
        assert mark > 0 and notional >= 0
        leg = leg_of(unit, instrument_id)
        if leg is None:
            leg = Leg(unit, self.instruments[instrument_id])
            unit.legs.append(leg)
        leg.mark = mark
        leg.size = size
        leg.covered = size if size >= 0 else -size
        leg.take_slope(notional)
        leg.weight = notional + rate_ceil(notional, leg.slope_e8)
        leg.is_noted = True

    def measure(self, unit: Unit, *, slack: i64) -> None:
        """Watch the unit from here: equity less maintenance margin is `slack`, its positions are
        those noted since the last time. Without slack it is due again.
        """
        assert not unit.is_dropped
        legs = unit.legs
        weight: int = 0
        kept: i64 = 0
        for leg in legs:
            _take_out(leg)
            if leg.is_noted:
                leg.is_noted = False
                weight += leg.weight
                legs[kept] = leg
                kept += 1
            else:
                leg.unit = None
        del legs[kept:]
        slack -= ROUNDING_RESERVE * kept
        if slack <= 0:
            unit.room_e8 = 0
            unit.allowance = 0
            self._make_due(unit)
            return
        unit.is_due = False
        unit.allowance = ceil_div(slack, _ALLOWANCE_PART)
        unit.room_e8 = _room_e8(slack - unit.allowance, weight)
        for leg in legs:
            leg.is_long = leg.size >= 0
            _hang(leg, unit.room_e8)

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
        """Charge a fill of the unit to its allowance; `mark` is where the instrument stands, 0 when
        that is not certain. Then it becomes due by a position that it had not when it was measured,
        and by one that turns.
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
            leg.is_long = is_buy
            unit.legs.append(leg)
            _hang(leg, unit.room_e8)
        unit_value = leg.instrument.unit_value
        value = value_of(price=leg.mark, lots=lots, unit_value=unit_value)
        paid = value_of(price=price, lots=lots, unit_value=unit_value)
        loss = paid - value if is_buy else value - paid
        charge: i64 = 0
        if loss > 0:
            charge += loss
        if fee > 0:
            charge += fee
        leg.size += lots if is_buy else -lots
        is_bounded = leg.size == 0 or (leg.size > 0) == leg.is_long or _turn(leg, unit, mark)
        grown = (leg.size if leg.size >= 0 else -leg.size) - leg.covered
        if grown > 0:
            more = value_of(price=leg.mark, lots=grown, unit_value=unit_value)
            if leg.covered_max == 0:
                leg.take_slope(more)
            leg.covered += grown
            is_bounded = is_bounded and leg.covered <= leg.covered_max
            margin = rate_ceil(more, leg.slope_e8)
            charge += margin + rate_ceil(more + margin, unit.room_e8)
        if is_bounded:
            self.spend(unit, charge)
        else:
            self._make_due(unit)

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
            _take_out(leg)
            leg.unit = None
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
        leg = bucket.first
        while leg is not None:
            after = leg.next
            if leg.key >= key:
                _take_out(leg)
                unit = leg.unit
                assert unit is not None
                self._make_due(unit)
            elif leg.key > nearest:
                nearest = leg.key
            leg = after
        bucket.nearest = nearest

    def _make_due(self, unit: Unit) -> None:
        unit.is_due = True
        if not unit.is_listed:
            unit.is_listed = True
            self.due_units.append(unit)


def _room_e8(slack: i64, weight: int) -> i64:
    """How far prices may move, as a rate, at most 100 %."""
    if slack >= weight:
        return E8
    room: int = int(slack) * E8 // weight
    return room


def _hang(leg: Leg, room_e8: i64) -> None:
    """Hang the leg's threshold where the price would hurt it: a long below its mark."""
    reach = rate_floor(leg.mark, room_e8) + 1
    if not leg.is_long:
        leg.instrument.highs.put(leg, leg.mark + reach)
    elif reach < leg.mark:
        leg.instrument.lows.put(leg, leg.mark - reach)


def _turn(leg: Leg, unit: Unit, mark: i64) -> bool:
    """The position is on its other side now: so is its threshold. False when the price is not
    certain or is beyond the threshold already.
    """
    _take_out(leg)
    leg.is_long = not leg.is_long
    if mark == 0:
        return False
    _hang(leg, unit.room_e8)
    reach = rate_floor(leg.mark, unit.room_e8)
    return leg.mark - mark <= reach if leg.is_long else mark - leg.mark <= reach


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


def _take_out(leg: Leg) -> None:
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
