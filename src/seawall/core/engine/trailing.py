"""Active trailing orders, so arranged that a price which fires none of them touches almost none.

All trailing orders of one side that watch one price see the same prices, so a new best price
becomes the extreme of everybody whose extreme is not better: their groups become one. What is left
is a stack of groups whose extremes get worse towards the end; a price is compared with the extreme
of the last group and with the nearest stop of all groups, two numbers. A smaller group joins a
larger one, so an order moves at most log2(n) times.

Buys are sells upside down: `height` is the price for sells and its negative for buys, the extreme
is the greatest height, and an order fires at a height not above its stop.
"""

from bisect import bisect_left, insort
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.trigger_levels import Waiting
from seawall.core.model.commands import PlaceAlgo
from seawall.core.model.enums import Side
from seawall.core.model.units import E8

NOT_FIRED: Final = -1
FIRST_LEG: Final = 0
SECOND_LEG: Final = 1
_NEVER: Final = -(2**62) - 1  # a height that no price has


@final
@mypyc_attr(acyclic=True)
class Algo:
    """One algo order that waits, or that fired and waits for its turn.

    A trailing order that watches prices is in a `group`, which knows its extreme; `extreme` is that
    of one that does not, 0 while none was accepted. `unit` is one tick of the price it watches.
    `waiting` is its first leg, or its activation, while that waits for a price, `second_waiting`
    the second leg of a one-cancels-the-other order.
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
        self.group: TrailGroup | None = None
        self.waiting: Waiting | None = None
        self.second_waiting: Waiting | None = None
        self.fired_leg: i64 = NOT_FIRED
        self.fired_e8: i64 = 0  # the price that fired it

    def watches(self, leg: i64) -> i64:
        """The TriggerPrice of a leg."""
        return self.terms.second_trigger_by if leg == SECOND_LEG else self.terms.trigger_by

    def best_price(self) -> i64:
        """The best price since a trailing order became active, in its unit; 0 before the first."""
        group = self.group
        if group is None:
            return self.extreme
        return group.extreme if self.terms.side == Side.SELL else -group.extreme


@final
@mypyc_attr(acyclic=True)
class TrailGroup:
    """Trailing orders with one extreme. The lists hold (-distance, algo id), the nearest last."""

    def __init__(self, extreme: i64) -> None:
        self.extreme: i64 = extreme  # a height
        self.members: dict[int, Algo] = {}
        self.ratios: list[tuple[int, int]] = []
        self.spreads: list[tuple[int, int]] = []
        self.cover: i64 = _NEVER  # no stop of this group or of one before it is above

    def add(self, algo: Algo) -> None:
        """Take the order in."""
        algo.group = self
        self.members[algo.algo_id] = algo
        if algo.terms.callback_e8 > 0:
            insort(self.ratios, (-int(algo.terms.callback_e8), algo.algo_id))
        else:
            insort(self.spreads, (-int(algo.terms.callback_ticks) * int(algo.unit), algo.algo_id))

    def remove(self, algo: Algo) -> None:
        """The inverse of `add`."""
        algo.group = None
        del self.members[algo.algo_id]
        if algo.terms.callback_e8 > 0:
            key = (-int(algo.terms.callback_e8), algo.algo_id)
            place = bisect_left(self.ratios, key)
            assert self.ratios[place] == key
            del self.ratios[place]
        else:
            key = (-int(algo.terms.callback_ticks) * int(algo.unit), algo.algo_id)
            place = bisect_left(self.spreads, key)
            assert self.spreads[place] == key
            del self.spreads[place]

    def nearest_stop(self) -> i64:
        """The height at which the first of them fires."""
        stop: i64 = _NEVER
        if self.ratios:
            stop = self.ratio_stop(self.ratios[-1][0])
        if self.spreads:
            other = self.spread_stop(self.spreads[-1][0])
            stop = other if other > stop else stop
        return stop

    def ratio_stop(self, key: int) -> i64:
        """The stop at minus this ratio. Exact: a sell fires at or below extreme * (1 - ratio), so
        its stop rounds down, as does the height of a buy's.
        """
        extreme: int = self.extreme
        share = E8 + key if extreme > 0 else E8 - key
        return extreme * share // E8

    def spread_stop(self, key: int) -> i64:
        """The stop at minus this distance."""
        stop: int = int(self.extreme) + key
        return stop if stop > _NEVER else _NEVER


@final
@mypyc_attr(acyclic=True)
class TrailingSide:
    """The active trailing orders of one side that watch one price. `fresh` are those that have not
    seen a price yet.
    """

    def __init__(self, side: i64) -> None:
        self.sign: i64 = 1 if side == Side.SELL else -1
        self.groups: list[TrailGroup] = []  # the best extreme first
        self.fresh: dict[int, Algo] = {}

    def count(self) -> i64:
        """How many orders follow the price."""
        total: i64 = len(self.fresh)
        for group in self.groups:
            total += len(group.members)
        return total

    def add(self, algo: Algo) -> None:
        """Let the order follow the price from its extreme on."""
        if algo.extreme == 0:
            self.fresh[algo.algo_id] = algo
            return
        self._group_at(self.sign * algo.extreme).add(algo)
        self._recover(self._place_of(self.sign * algo.extreme))

    def remove(self, algo: Algo) -> None:
        """The inverse of `add`; the order keeps its extreme."""
        group = algo.group
        if group is None:
            del self.fresh[algo.algo_id]
            return
        algo.extreme = algo.best_price()
        group.remove(algo)
        if not group.members:
            place = self._place_of(group.extreme)
            assert self.groups[place] is group
            del self.groups[place]

    def is_quiet(self, price: i64) -> bool:
        """Whether `follow` would find and change nothing."""
        if self.fresh:
            return False
        if not self.groups:
            return True
        height = self.sign * price
        last = self.groups[-1]
        return last.cover < height <= last.extreme

    def follow(self, price: i64) -> list[int]:
        """The orders that an accepted price fires, still in their groups; the others move along."""
        height = self.sign * price
        found: list[int] = []
        groups = self.groups
        if groups and height <= groups[-1].cover:
            for group in groups:
                _add_reached(group, height, found)
            self._recover(0)
        if groups and groups[-1].extreme < height:
            self._lead(height)
        if self.fresh:
            group = self._group_at(height)
            for algo in self.fresh.values():
                group.add(algo)
            self.fresh = {}
            self._recover(self._place_of(height))
        return found

    def _lead(self, height: i64) -> None:
        """A new best price of those whose extreme it passes."""
        groups = self.groups
        merged = groups.pop()
        while groups and groups[-1].extreme <= height:
            other = groups.pop()
            if len(other.members) > len(merged.members):
                merged, other = other, merged
            for algo in other.members.values():
                merged.add(algo)
        merged.extreme = height
        groups.append(merged)
        self._recover(len(groups) - 1)

    def _group_at(self, extreme: i64) -> TrailGroup:
        place = self._place_of(extreme)
        if place < len(self.groups) and self.groups[place].extreme == extreme:
            return self.groups[place]
        group = TrailGroup(extreme)
        self.groups.insert(place, group)
        return group

    def _place_of(self, extreme: i64) -> i64:
        """Where the group of this extreme is or would be."""
        low: i64 = 0
        high: i64 = len(self.groups)
        while low < high:
            middle = (low + high) >> 1
            if self.groups[middle].extreme > extreme:
                low = middle + 1
            else:
                high = middle
        return low

    def _recover(self, place: i64) -> None:
        """Set the covers from a place on. One that is too high only costs a look."""
        cover: i64 = self.groups[place - 1].cover if place > 0 else _NEVER
        while place < len(self.groups):
            group = self.groups[place]
            stop = group.nearest_stop()
            cover = stop if stop > cover else cover
            group.cover = cover
            place += 1


def _add_reached(group: TrailGroup, height: i64, found: list[int]) -> None:
    """Those of the group whose stop is not below the height."""
    place: i64 = len(group.ratios) - 1
    while place >= 0 and group.ratio_stop(group.ratios[place][0]) >= height:
        found.append(group.ratios[place][1])
        place -= 1
    place = len(group.spreads) - 1
    while place >= 0 and group.spread_stop(group.spreads[place][0]) >= height:
        found.append(group.spreads[place][1])
        place -= 1
