"""Who waits for a trigger price: against a plain list, and whatever leaves in whatever order."""

from __future__ import annotations

import random

from seawall.core.engine.trigger_levels import TriggerSide, Waiting


def reached_plainly(waiting: dict[int, int], *, is_above: bool, price: int) -> list[int]:
    """Of triggers by id: those that the price has risen to, or fallen to."""
    return sorted(
        algo_id
        for algo_id, trigger in waiting.items()
        if (price >= trigger if is_above else price <= trigger)
    )


def test_a_price_reaches_whom_it_has_risen_or_fallen_to() -> None:
    """The table of the two directions."""
    for sign, price, expected in (
        (-1, 99, []),
        (-1, 100, [1, 2]),
        (-1, 101, [1, 2, 3]),
        (1, 102, []),
        (1, 101, [3]),
        (1, 100, [1, 2, 3]),
    ):
        side = TriggerSide(sign=sign)
        for algo_id, trigger in ((1, 100), (2, 100), (3, 101)):
            side.add(Waiting(algo_id=algo_id, leg=0), trigger)

        assert sorted(one.algo_id for one in side.reached(price)) == expected


def test_who_comes_and_goes_is_found_as_in_a_plain_list() -> None:
    """Many at few prices; the levels stay sorted, and an empty one is gone."""
    draw = random.Random(3)
    for is_above in (True, False):
        side = TriggerSide(sign=-1 if is_above else 1)
        plain: dict[int, int] = {}
        nodes: dict[int, Waiting] = {}
        for algo_id in range(3_000):
            if plain and draw.random() < 0.48:
                ended = draw.choice(sorted(plain))
                side.remove(nodes.pop(ended))
                del plain[ended]
            else:
                plain[algo_id] = draw.randint(1, 25)
                nodes[algo_id] = Waiting(algo_id=algo_id, leg=0)
                side.add(nodes[algo_id], plain[algo_id])
            price = draw.randint(0, 26)
            found = sorted(one.algo_id for one in side.reached(price))
            assert found == reached_plainly(plain, is_above=is_above, price=price)
            keys = [level.key for level in side.levels]
            assert keys == sorted({side.sign * trigger for trigger in plain.values()})
            assert side.nearest() == max(keys, default=-(2**62) - 1)


def test_who_has_left_keeps_nobody() -> None:
    """First, last and in the middle of one price: no link stays, so nothing ended is kept alive."""
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)):
        side = TriggerSide(sign=1)
        nodes = [Waiting(algo_id=number, leg=0) for number in range(3)]
        for node in nodes:
            side.add(node, 7)
        for place in order:
            side.remove(nodes[place])

        assert side.levels == []
        assert all(node.level is node.next is node.previous is None for node in nodes)
