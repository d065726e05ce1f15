"""Which units a tick must look at: those whose mark has moved far enough since they were measured.

A *unit* is what is liquidated as a whole: an isolated position, or the cross account of an account
in one settlement asset. When it is measured it has a slack (equity less maintenance margin), and
per instrument a size, a mark m0, a notional N0 at m0, and a `slope`: the maintenance rate of a
notional four times as large, or of more.

    slack'    = slack - 4 * (number of its instruments)         for the rounding of margin
    allowance = ceil(slack' / 4)
    room      = floor((slack' - allowance) * E8 / sum(N0 * (1 + slope)))     at most 100 %
    quiet     : each mark is within floor(m0 * room) of m0, or beyond m0 on the side that pays

A threshold is the next tick after that; `units.py` finds those that a mark has reached.

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

When the one position of a unit reaches its threshold, what is left of the slack at that mark is at
least allowance + budget - loss * (1 + slope), where budget is the room's part of it. If that is
above the reserve for rounding, the unit is measured there with as much, and nobody looks at it.

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
from seawall.core.liquidation.units import (
    InstrumentWatch,
    Leg,
    Unit,
    add_leg,
    cross,
    hang,
    leg_of,
    take_out,
)
from seawall.core.margin import MarginTiers
from seawall.core.model.units import E8, ceil_div, rate_ceil, rate_floor

ROUNDING_RESERVE: Final = 4  # units per instrument: ceilings in two margins, floors in two cums
_ALLOWANCE_PART: Final = 4  # one of so many parts of the slack is for trades and outflows
_PLACE_BITS: Final = 24  # units that can be due at once: more than the venue has accounts
_PLACE_MASK: Final = 2**24 - 1


@final
@mypyc_attr(acyclic=True)
class LiquidationWatch:
    """All instruments and the units that are due."""

    def __init__(self) -> None:
        self.instruments: dict[int, InstrumentWatch] = {}
        self.due_units: list[Unit] = []
        self.reached: i64 = 0  # thresholds that marks have reached, for benches and tests

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
            leg = add_leg(unit, self.instruments[instrument_id])
        leg.put(size=size, mark=mark, notional=notional)
        leg.is_noted = True

    def measure(self, unit: Unit, *, slack: i64) -> None:
        """Watch the unit from here: equity less maintenance margin is `slack`, its positions are
        those noted since the last time. Without slack it is due again.
        """
        assert not unit.is_dropped
        weight: int = 0
        kept: i64 = 0
        last: Leg | None = None
        leg = unit.first_leg
        while leg is not None:
            after = leg.unit_next
            take_out(leg)
            if leg.is_noted:
                leg.is_noted = False
                weight += leg.weight
                kept += 1
                last = leg
            else:
                leg.unit = None
                leg.unit_next = None
                if last is None:
                    unit.first_leg = after
                else:
                    last.unit_next = after
            leg = after
        slack -= ROUNDING_RESERVE * kept
        if slack > 0:
            _let_rest(unit, slack, weight)
        else:
            self._make_due(unit)

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
            leg = add_leg(unit, self.instruments[instrument_id])
            leg.mark = mark
            leg.is_long = is_buy
            hang(leg, unit.room_e8)
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
        """The instrument's mark is `mark` now: units whose threshold it has reached become due,
        unless what is known of them shows that they have slack left here. Returns how many did.
        With a doubtful price call it for both ends.
        """
        watch = self.instruments[instrument_id]
        before = len(self.due_units)
        reached: list[Leg] = []
        cross(watch.lows, mark, reached)
        cross(watch.highs, mark, reached)
        self.reached += len(reached)
        for leg in reached:
            unit = leg.unit
            assert unit is not None
            if not unit.is_due and not _rests_again(unit, leg, mark):
                self._make_due(unit)
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
        leg = unit.first_leg
        while leg is not None:
            after = leg.unit_next
            take_out(leg)
            leg.unit = None
            leg.unit_next = None
            leg = after
        unit.first_leg = None
        unit.is_due = False
        unit.is_dropped = True

    def _make_due(self, unit: Unit) -> None:
        unit.is_due = True
        if not unit.is_listed:
            unit.is_listed = True
            self.due_units.append(unit)


def _let_rest(unit: Unit, slack: i64, weight: int) -> None:
    """Divide the slack (> 0, the reserve for rounding taken off) and hang the thresholds."""
    unit.is_due = False
    unit.allowance = ceil_div(slack, _ALLOWANCE_PART)
    unit.budget = slack - unit.allowance
    unit.room_e8 = _room_e8(unit.budget, weight)
    leg = unit.first_leg
    while leg is not None:
        leg.is_long = leg.size >= 0
        hang(leg, unit.room_e8)
        leg = leg.unit_next


def _rests_again(unit: Unit, leg: Leg, mark: i64) -> bool:
    """Whether a unit of one position, whose threshold is reached, surely has slack at this mark; it
    is watched from here then. Nothing but the watch is looked at, which is most of the work saved.
    """
    lots = leg.size if leg.size >= 0 else -leg.size
    moved = leg.mark - mark if leg.is_long else mark - leg.mark
    is_alone = unit.first_leg is leg and leg.unit_next is None
    if lots == 0 or moved > leg.mark or not is_alone:
        return False
    unit_value = leg.instrument.unit_value
    lost = value_of(price=moved, lots=lots, unit_value=unit_value)
    slack = unit.allowance + unit.budget - lost - rate_ceil(lost, leg.slope_e8) - ROUNDING_RESERVE
    if slack <= 0:
        return False
    leg.put(
        size=leg.size,
        mark=mark,
        notional=value_of(price=mark, lots=lots, unit_value=unit_value),
    )
    _let_rest(unit, slack, leg.weight)
    return True


def _room_e8(slack: i64, weight: int) -> i64:
    """How far prices may move, as a rate, at most 100 %."""
    if slack >= weight:
        return E8
    room: int = int(slack) * E8 // weight
    return room


def _turn(leg: Leg, unit: Unit, mark: i64) -> bool:
    """The position is on its other side now: so is its threshold. False when the price is not
    certain or is beyond the threshold already.
    """
    take_out(leg)
    leg.is_long = not leg.is_long
    if mark == 0:
        return False
    hang(leg, unit.room_e8)
    reach = rate_floor(leg.mark, unit.room_e8)
    return leg.mark - mark <= reach if leg.is_long else mark - leg.mark <= reach
