"""Algo orders that wait, and where to find those that a price fires.

For each market and each kind of price there are two lists of trigger prices, sorted so that the
next to fire is last: a price that fires nothing looks at two list ends and two numbers. Trailing
orders that are active keep the band of prices within which none of them moves or fires.

Prices here are ticks; trailing orders that watch an index count in e8 (`Algo.unit` is one tick of
what they watch).
"""

from bisect import bisect_left, insort
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.commands import PlaceAlgo
from seawall.core.model.enums import AlgoType, Side
from seawall.core.model.units import E8

NOT_FIRED: Final = -1
FIRST_LEG: Final = 0
SECOND_LEG: Final = 1
_STOP_MAX: Final = 2**62
_KIND_BITS: Final = 2


@final
@mypyc_attr(acyclic=True)
class Algo:
    """One algo order that waits, or that fired and waits for its turn.

    `extreme` and `stop` belong to a trailing order: the best price since it became active (0 while
    none was accepted) and the price that fires it, both in its own unit.
    """

    def __init__(self, *, algo_id: i64, account_slot: i64, terms: PlaceAlgo, unit: i64) -> None:
        self.algo_id: i64 = algo_id
        self.account_slot: i64 = account_slot
        self.terms: PlaceAlgo = terms
        self.unit: i64 = unit
        self.is_above: bool = False  # the first leg (or the activation) waits for a rise
        self.is_second_above: bool = False
        self.is_active: bool = False  # a trailing order follows the price
        self.extreme: i64 = 0
        self.stop: i64 = 0
        self.fired_leg: i64 = NOT_FIRED
        self.fired_e8: i64 = 0  # the price that fired it

    def watches(self, leg: i64) -> i64:
        """The TriggerPrice of a leg."""
        return self.terms.second_trigger_by if leg == SECOND_LEG else self.terms.trigger_by

    def start(self, value: i64) -> None:
        """A trailing order is active; `value` is an accepted price, 0 when there is none now."""
        self.is_active = True
        self.extreme = 0
        if value > 0:
            self._lead(value)

    def follow(self, value: i64) -> bool:
        """Take an accepted price; whether it fires the order."""
        if self.extreme == 0:
            self._lead(value)
            return False
        if self.terms.side == Side.SELL:
            if value <= self.stop:
                return True
            if value > self.extreme:
                self._lead(value)
        else:
            if value >= self.stop:
                return True
            if value < self.extreme:
                self._lead(value)
        return False

    def set_extreme(self, extreme: i64) -> None:
        """The extreme of a snapshot; the stop follows from it."""
        if extreme > 0:
            self._lead(extreme)

    def _lead(self, value: i64) -> None:
        """A new best price. The stop is exact: a sell fires at or below extreme * (1 - ratio), so
        its stop rounds down; that of a buy rounds up.
        """
        self.extreme = value
        terms = self.terms
        best: int = value
        stop: int = 0
        if terms.callback_e8 > 0:
            ratio: int = terms.callback_e8
            if terms.side == Side.SELL:
                stop = best * (E8 - ratio) // E8
            else:
                stop = -(-best * (E8 + ratio) // E8)
        else:
            distance: int = int(terms.callback_ticks) * int(self.unit)
            stop = best - distance if terms.side == Side.SELL else best + distance
        if stop < 0:
            stop = 0
        elif stop > _STOP_MAX:
            stop = _STOP_MAX
        self.stop = stop


@final
@mypyc_attr(acyclic=True)
class WatchedPrice:
    """Who waits for one kind of price of one market.

    `rising` holds (-trigger, algo id), `falling` (trigger, algo id), the next to fire last. No
    active trailing order moves or fires while the price stays from `quiet_low` to `quiet_high`.
    """

    def __init__(self) -> None:
        self.rising: list[tuple[int, int]] = []
        self.falling: list[tuple[int, int]] = []
        self.trailing: dict[int, Algo] = {}
        self.quiet_low: i64 = 1
        self.quiet_high: i64 = 0

    def is_idle(self) -> bool:
        """Whether nobody waits for this price."""
        return not self.rising and not self.falling and not self.trailing

    def add(self, algo_id: i64, trigger: i64, is_above: bool) -> None:
        """Wait for the price to rise, or to fall, to `trigger` ticks."""
        if is_above:
            insort(self.rising, (-trigger, algo_id))
        else:
            insort(self.falling, (trigger, algo_id))

    def remove(self, algo_id: i64, trigger: i64, is_above: bool) -> None:
        """The inverse of `add`."""
        waiting = self.rising if is_above else self.falling
        key: tuple[int, int] = (-trigger, algo_id) if is_above else (trigger, algo_id)
        place = bisect_left(waiting, key)
        assert waiting[place] == key
        del waiting[place]

    def reached(self, *, low: i64, high: i64) -> list[int]:
        """The algo orders whose trigger is reached; `low` and `high` are the price in ticks rounded
        down and up (an index may lie between two ticks).
        """
        found: list[int] = []
        place: i64 = len(self.rising) - 1
        while place >= 0:
            key, algo_id = self.rising[place]
            if -key > low:
                break
            found.append(algo_id)
            place -= 1
        place = len(self.falling) - 1
        while place >= 0:
            key, algo_id = self.falling[place]
            if key < high:
                break
            found.append(algo_id)
            place -= 1
        return found

    def follow(self, value: i64) -> list[int]:
        """The active trailing orders that an accepted price fires; the others move along."""
        found: list[int] = []
        if not self.trailing or self.quiet_low <= value <= self.quiet_high:
            return found
        low: i64 = 0
        high: i64 = _STOP_MAX
        for algo in self.trailing.values():
            if algo.follow(value):
                found.append(algo.algo_id)
            elif algo.terms.side == Side.SELL:
                low = algo.stop + 1 if algo.stop >= low else low
                high = algo.extreme if algo.extreme < high else high
            else:
                low = algo.extreme if algo.extreme > low else low
                high = algo.stop - 1 if algo.stop <= high else high
        self.quiet_low = low
        self.quiet_high = high
        return found

    def disturb(self) -> None:
        """A trailing order was added: the next price is looked at by all of them."""
        self.quiet_low = 1
        self.quiet_high = 0


@final
@mypyc_attr(acyclic=True)
class AlgoBook:
    """All waiting algo orders of the venue.

    `fired` is the queue of those that fired and were not yet made an order, by the moment of
    firing, then by placement; `waiting` counts those among them that have not ended since.
    `fired_in_tick` counts those that were taken from it since the tick began.
    """

    def __init__(self) -> None:
        self.by_id: dict[int, Algo] = {}
        self.by_slot: dict[int, list[Algo]] = {}  # of each account, by id
        self.watched: dict[int, WatchedPrice] = {}  # by instrument and kind of price
        self.fired: list[Algo] = []
        self.waiting: i64 = 0
        self.fired_in_tick: i64 = 0

    def price(self, instrument_id: i64, trigger_by: i64) -> WatchedPrice:
        """Who waits for that price."""
        key = instrument_id << _KIND_BITS | trigger_by
        found = self.watched.get(key)
        if found is None:
            found = WatchedPrice()
            self.watched[key] = found
        return found

    def waiting_for(self, instrument_id: i64, trigger_by: i64) -> WatchedPrice | None:
        """The same, None when nobody waits."""
        found = self.watched.get(instrument_id << _KIND_BITS | trigger_by)
        return None if found is None or found.is_idle() else found

    def of_account(self, slot: i64) -> list[Algo]:
        """The account's waiting algo orders, by id."""
        found = self.by_slot.get(slot)
        return [] if found is None else found

    def add(self, algo: Algo) -> None:
        """Index a new algo order, and let it watch unless it fired already."""
        assert algo.algo_id not in self.by_id
        self.by_id[algo.algo_id] = algo
        own = self.by_slot.get(algo.account_slot)
        if own is None:
            own = []
            self.by_slot[algo.account_slot] = own
        own.append(algo)
        if algo.fired_leg == NOT_FIRED:
            self.watch(algo)

    def remove(self, algo: Algo) -> None:
        """The algo order has ended."""
        if algo.fired_leg == NOT_FIRED:
            self.unwatch(algo)
        else:
            self.waiting -= 1
        del self.by_id[algo.algo_id]
        own = self.by_slot[algo.account_slot]
        own.remove(algo)
        if not own:
            del self.by_slot[algo.account_slot]

    def is_live(self, algo: Algo) -> bool:
        """Whether it has not ended."""
        return self.by_id.get(algo.algo_id) is algo

    def fire(self, algo: Algo, leg: i64, price_e8: i64) -> None:
        """The leg's price is reached: nothing watches for the algo order any more."""
        self.unwatch(algo)
        algo.fired_leg = leg
        algo.fired_e8 = price_e8

    def rearm(self, algo: Algo) -> None:
        """What fired does not count: it watches again."""
        self.waiting -= 1
        algo.fired_leg = NOT_FIRED
        algo.fired_e8 = 0
        self.watch(algo)

    def activate(self, algo: Algo, value: i64) -> None:
        """A trailing order has reached its activation price."""
        self.unwatch(algo)
        algo.start(value)
        self.watch(algo)

    def watch(self, algo: Algo) -> None:
        """Put every leg where its price finds it."""
        terms = algo.terms
        first = self.price(terms.instrument_id, terms.trigger_by)
        if terms.algo_type == AlgoType.TRAILING:
            if algo.is_active:
                first.trailing[algo.algo_id] = algo
                first.disturb()
            else:
                first.add(algo.algo_id, terms.active_price, algo.is_above)
            return
        first.add(algo.algo_id, terms.trigger_price, algo.is_above)
        if terms.algo_type == AlgoType.OCO:
            second = self.price(terms.instrument_id, terms.second_trigger_by)
            second.add(algo.algo_id, terms.second_trigger_price, algo.is_second_above)

    def unwatch(self, algo: Algo) -> None:
        """The inverse of `watch`."""
        terms = algo.terms
        first = self.price(terms.instrument_id, terms.trigger_by)
        if terms.algo_type == AlgoType.TRAILING:
            if algo.is_active:
                del first.trailing[algo.algo_id]
            else:
                first.remove(algo.algo_id, terms.active_price, algo.is_above)
            return
        first.remove(algo.algo_id, terms.trigger_price, algo.is_above)
        if terms.algo_type == AlgoType.OCO:
            second = self.price(terms.instrument_id, terms.second_trigger_by)
            second.remove(algo.algo_id, terms.second_trigger_price, algo.is_second_above)
