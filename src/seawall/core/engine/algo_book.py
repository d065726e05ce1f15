"""Algo orders that wait, and where to find those that a price fires.

For each market and each kind of price there are two sides of trigger prices (`trigger_levels.py`):
a price that fires nothing looks at the last level of each. Trailing orders that are active have an
arrangement of their own (`trailing.py`).

Prices here are ticks; trailing orders that watch an index count in e8.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.trailing import FIRST_LEG, NOT_FIRED, SECOND_LEG, Algo, TrailingSide
from seawall.core.engine.trigger_levels import TriggerSide, Waiting
from seawall.core.model.enums import AlgoType, Side

_KIND_BITS: Final = 2


@final
@mypyc_attr(acyclic=True)
class WatchedPrice:
    """Who waits for one kind of price of one market."""

    def __init__(self) -> None:
        self.rising: TriggerSide = TriggerSide(sign=-1)
        self.falling: TriggerSide = TriggerSide(sign=1)
        self.trailing_sells: TrailingSide = TrailingSide(Side.SELL)
        self.trailing_buys: TrailingSide = TrailingSide(Side.BUY)

    def side(self, is_above: bool) -> TriggerSide:
        """Those that wait for a rise, or for a fall."""
        return self.rising if is_above else self.falling

    def trailing(self, side: i64) -> TrailingSide:
        """The active trailing orders of that side."""
        return self.trailing_sells if side == Side.SELL else self.trailing_buys

    def reached(self, *, low: i64, high: i64) -> list[Waiting]:
        """The legs whose trigger is reached; `low` and `high` are the price in ticks rounded down
        and up (an index may lie between two ticks).
        """
        return self.rising.reached(low) + self.falling.reached(high)

    def is_quiet(self, value: i64, *, low: i64, high: i64) -> bool:
        """Whether the price fires nobody and moves nobody along: then `reached` and `follow` find
        nothing.
        """
        if self.rising.nearest() >= -low or self.falling.nearest() >= high:
            return False
        return self.trailing_sells.is_quiet(value) and self.trailing_buys.is_quiet(value)

    def follow(self, value: i64) -> list[int]:
        """The active trailing orders that an accepted price fires; the others move along."""
        return self.trailing_sells.follow(value) + self.trailing_buys.follow(value)


@final
@mypyc_attr(acyclic=True)
class AlgoBook:
    """All waiting algo orders of the venue.

    `reached` are the ids of those that the prices which are being looked at fire. `fired` is the
    queue of those that fired and were not yet made an order, by the moment of firing, then by
    placement; `waiting` counts those among them that have not ended since.
    `fired_in_tick` counts those that were taken from it since the tick began.
    """

    def __init__(self) -> None:
        self.by_id: dict[int, Algo] = {}
        self.by_slot: dict[int, list[Algo]] = {}  # of each account, by id
        self.watched: list[WatchedPrice | None] = []  # by instrument and kind of price
        self.reached: list[int] = []
        self.fired: list[Algo] = []
        self.waiting: i64 = 0
        self.fired_in_tick: i64 = 0

    def price(self, instrument_id: i64, trigger_by: i64) -> WatchedPrice:
        """Who waits for that price."""
        key = instrument_id << _KIND_BITS | trigger_by
        while len(self.watched) <= key:
            self.watched.append(None)
        found = self.watched[key]
        if found is None:
            found = WatchedPrice()
            self.watched[key] = found
        return found

    def waiting_for(self, instrument_id: i64, trigger_by: i64) -> WatchedPrice | None:
        """The same, None when nobody has waited for it yet."""
        key = instrument_id << _KIND_BITS | trigger_by
        return self.watched[key] if key < len(self.watched) else None

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
        trigger = terms.trigger_price
        if terms.algo_type == AlgoType.TRAILING:
            if algo.is_active:
                first.trailing(terms.side).add(algo)
                return
            trigger = terms.active_price
        waiting = Waiting(algo_id=algo.algo_id, leg=FIRST_LEG)
        algo.waiting = waiting
        first.side(algo.is_above).add(waiting, trigger)
        if terms.algo_type == AlgoType.OCO:
            waiting = Waiting(algo_id=algo.algo_id, leg=SECOND_LEG)
            algo.second_waiting = waiting
            second = self.price(terms.instrument_id, terms.second_trigger_by)
            second.side(algo.is_second_above).add(waiting, terms.second_trigger_price)

    def unwatch(self, algo: Algo) -> None:
        """The inverse of `watch`."""
        terms = algo.terms
        first = self.price(terms.instrument_id, terms.trigger_by)
        if terms.algo_type == AlgoType.TRAILING and algo.is_active:
            first.trailing(terms.side).remove(algo)
            return
        waiting = algo.waiting
        assert waiting is not None
        first.side(algo.is_above).remove(waiting)
        algo.waiting = None
        waiting = algo.second_waiting
        if waiting is not None:
            second = self.price(terms.instrument_id, terms.second_trigger_by)
            second.side(algo.is_second_above).remove(waiting)
            algo.second_waiting = None
