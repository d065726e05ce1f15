"""Algo orders that wait, and where to find those that a price fires.

For each market and each kind of price there are two lists of trigger prices, sorted so that the
next to fire is last: a price that fires nothing looks at two list ends. Trailing orders that are
active have an arrangement of their own (`trailing.py`).

Prices here are ticks; trailing orders that watch an index count in e8.
"""

from bisect import bisect_left, insort
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.trailing import NOT_FIRED, Algo, TrailingSide
from seawall.core.model.enums import AlgoType, Side

_KIND_BITS: Final = 2
_ID_BITS: Final = 63
_ID_MASK: Final = 2**63 - 1


def _key_of(height: int, algo_id: int) -> int:
    """One number that sorts by height, then by algo id: it compares faster than a pair."""
    return height << _ID_BITS | algo_id


@final
@mypyc_attr(acyclic=True)
class WatchedPrice:
    """Who waits for one kind of price of one market.

    `rising` holds the `_key_of` of minus each trigger, `falling` that of each trigger, the next to
    fire last.
    """

    def __init__(self) -> None:
        self.rising: list[int] = []
        self.falling: list[int] = []
        self.trailing_sells: TrailingSide = TrailingSide(Side.SELL)
        self.trailing_buys: TrailingSide = TrailingSide(Side.BUY)

    def is_idle(self) -> bool:
        """Whether nobody waits for this price."""
        if self.rising or self.falling:
            return False
        return self.trailing_sells.is_idle() and self.trailing_buys.is_idle()

    def trailing(self, side: i64) -> TrailingSide:
        """The active trailing orders of that side."""
        return self.trailing_sells if side == Side.SELL else self.trailing_buys

    def add(self, algo_id: i64, trigger: i64, is_above: bool) -> None:
        """Wait for the price to rise, or to fall, to `trigger` ticks."""
        if is_above:
            insort(self.rising, _key_of(-trigger, algo_id))
        else:
            insort(self.falling, _key_of(trigger, algo_id))

    def remove(self, algo_id: i64, trigger: i64, is_above: bool) -> None:
        """The inverse of `add`."""
        waiting = self.rising if is_above else self.falling
        key = _key_of(-trigger if is_above else trigger, algo_id)
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
            key = self.rising[place]
            if -(key >> _ID_BITS) > low:
                break
            found.append(key & _ID_MASK)
            place -= 1
        place = len(self.falling) - 1
        while place >= 0:
            key = self.falling[place]
            if key >> _ID_BITS < high:
                break
            found.append(key & _ID_MASK)
            place -= 1
        return found

    def is_quiet(self, value: i64, *, low: i64, high: i64) -> bool:
        """Whether the price fires nobody and moves nobody along: then `reached` and `follow` find
        nothing.
        """
        if self.rising and -(self.rising[-1] >> _ID_BITS) <= low:
            return False
        if self.falling and self.falling[-1] >> _ID_BITS >= high:
            return False
        return self.trailing_sells.is_quiet(value) and self.trailing_buys.is_quiet(value)

    def follow(self, value: i64) -> list[int]:
        """The active trailing orders that an accepted price fires; the others move along."""
        return self.trailing_sells.follow(value) + self.trailing_buys.follow(value)


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
        algo.is_active = True
        algo.extreme = value
        self.watch(algo)

    def watch(self, algo: Algo) -> None:
        """Put every leg where its price finds it."""
        terms = algo.terms
        first = self.price(terms.instrument_id, terms.trigger_by)
        if terms.algo_type == AlgoType.TRAILING:
            if algo.is_active:
                first.trailing(terms.side).add(algo)
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
                first.trailing(terms.side).remove(algo)
            else:
                first.remove(algo.algo_id, terms.active_price, algo.is_above)
            return
        first.remove(algo.algo_id, terms.trigger_price, algo.is_above)
        if terms.algo_type == AlgoType.OCO:
            second = self.price(terms.instrument_id, terms.second_trigger_by)
            second.remove(algo.algo_id, terms.second_trigger_price, algo.is_second_above)
