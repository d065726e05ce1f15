"""Who waits for a price to rise to, or to fall to, a trigger price: levels as in an order book.

A level holds all legs with one trigger price, as a chain in no order that matters: what fires
together is put in the order of placement afterwards. Coming and going cost the search for a level,
and a place in the list where it is new or empty; a price that fires nobody looks at the last level.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

_NEVER: Final = -(2**62) - 1  # a key that no price has


@final
@mypyc_attr(acyclic=True)
class Waiting:
    """One leg of an algo order that waits for its trigger price."""

    def __init__(self, *, algo_id: i64, leg: i64) -> None:
        self.algo_id: i64 = algo_id
        self.leg: i64 = leg
        self.level: TriggerLevel | None = None
        self.next: Waiting | None = None
        self.previous: Waiting | None = None


@final
@mypyc_attr(acyclic=True)
class TriggerLevel:
    """All legs with one trigger price."""

    def __init__(self, key: i64) -> None:
        self.key: i64 = key
        self.first: Waiting | None = None


@final
@mypyc_attr(acyclic=True)
class TriggerSide:
    """Those that wait for a fall (sign 1), or for a rise (sign -1). `levels` is sorted by key, sign
    times trigger price: the next to fire is last.
    """

    def __init__(self, *, sign: i64) -> None:
        self.sign: i64 = sign
        self.levels: list[TriggerLevel] = []

    def nearest(self) -> i64:
        """The key of the next to fire; below that of every price when nobody waits."""
        if self.levels:
            return self.levels[-1].key
        return _NEVER

    def add(self, waiting: Waiting, trigger: i64) -> None:
        """Wait for `trigger` ticks."""
        assert waiting.level is None
        level = self._level_at(self.sign * trigger)
        after = level.first
        waiting.level = level
        waiting.next = after
        if after is not None:
            after.previous = waiting
        level.first = waiting

    def remove(self, waiting: Waiting) -> None:
        """The inverse of `add`."""
        level = waiting.level
        assert level is not None
        before = waiting.previous
        after = waiting.next
        if before is None:
            level.first = after
        else:
            before.next = after
        if after is not None:
            after.previous = before
        waiting.level = None
        waiting.next = None
        waiting.previous = None
        if level.first is None:
            self._drop(level)

    def reached(self, price: i64) -> list[Waiting]:
        """Those whose trigger is reached, still waiting."""
        found: list[Waiting] = []
        key = self.sign * price
        place: i64 = len(self.levels) - 1
        while place >= 0:
            level = self.levels[place]
            if level.key < key:
                break
            waiting = level.first
            while waiting is not None:
                found.append(waiting)
                waiting = waiting.next
            place -= 1
        return found

    def place_of(self, key: i64) -> i64:
        """Index of the first level whose key is not below `key`."""
        levels = self.levels
        low: i64 = 0
        high: i64 = len(levels)
        while low < high:
            middle = (low + high) >> 1
            if levels[middle].key < key:
                low = middle + 1
            else:
                high = middle
        return low

    def _level_at(self, key: i64) -> TriggerLevel:
        place = self.place_of(key)
        if place < len(self.levels):
            found = self.levels[place]
            if found.key == key:
                return found
        level = TriggerLevel(key)
        self.levels.insert(place, level)
        return level

    def _drop(self, level: TriggerLevel) -> None:
        if self.levels[-1] is level:
            self.levels.pop()
            return
        place = self.place_of(level.key)
        assert self.levels[place] is level
        del self.levels[place]
