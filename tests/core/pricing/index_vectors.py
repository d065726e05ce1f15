"""The vectors of the guarded index: IX play one second, IT play stored rows of prices.

A file of `rows/` holds a line per second with the price of each of seven sources, each a domain of
its own, as the change since its last one in the unit of the first line; `-` is silence. They were
drawn once with Gaussian noise of fixed seeds; here they are integers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from seawall.core.model.enums import HoldReason, IndexState
from seawall.core.pricing import index_parameters
from seawall.core.pricing.reading import read_sources
from tests.core.pricing.market import E8, Market
from tests.core.vectors import Numbers, Vector

ROWS = Path(__file__).parent / "rows"
NORMAL = IndexState.NORMAL
DEGRADED = IndexState.DEGRADED
CONFIRM = IndexState.CONFIRM
HOLD = IndexState.HOLD
STALE = HoldReason.STALE
DISPUTED = HoldReason.DISPUTED
Shown = tuple[int, int, int, int, int]

# One second: prices in units of a ten-thousandth


def figures(*prices: int) -> Numbers:
    """Median, candidate, agreement, how many are inside, and the quartiles."""
    market = Market("abcdefg"[: len(prices)])
    for place, price in enumerate(prices):
        market.say(place + 1, price * 10_000)
    one = read_sources(market.index.sources, index_parameters(1), 7)
    quartiles = (one.first_quartile_e8, one.third_quartile_e8)
    return (one.median_e8, one.candidate_e8, one.agreement_e8, len(one.inside), *quartiles)


def after(before: int, *prices: int, seconds: int = 1) -> Numbers:
    """What is published after these prices, when all said `before` for ten seconds."""
    market = Market(price=before * 10_000).started()
    market.seconds(seconds, *(price * 10_000 for price in prices))
    return market.shown()


def ix1() -> Numbers:
    """Seven that agree."""
    prices = (100980000, 101000000, 101015000, 101020000, 100990000, 101030000, 101005000)
    return (*figures(*prices)[:3], *after(101000000, *prices))


def ix2() -> Numbers:
    """Two that lie without shame are ignored."""
    prices = (3200, 101000000, 9999990000, 101020000, 100990000, 101030000, 101005000)
    return (*figures(*prices)[:4], *after(101000000, *prices))


def ix3() -> Numbers:
    """Five of seven at 0.32: confirmed never, not even after ten minutes."""
    prices = (3200, 101000000, 3300, 3200, 3100, 101030000, 3200)
    return (*figures(*prices)[:3], *after(101000000, *prices, seconds=700))


def ix4() -> Numbers:
    """Four live ones, split evenly; the median floors between the halves."""
    prices = (101000000, 101020000, 100990000, 101900000)
    market = Market(price=101000000 * 10_000).started()
    market.seconds(11, *(p * 10_000 for p in (0, 101000000, 0, 101020000, 100990000, 101900000, 0)))
    return (*figures(*prices)[:2], market.index.quality, *market.shown())


def ix5() -> Numbers:
    """Two are pulled to the clamp."""
    prices = (1000000, 1000000, 1000000, 1000000, 1000000, 1020000, 1040000)
    return (*figures(*prices)[:2], *after(1000000, *prices))


def ix6() -> Numbers:
    """Three against three, one between: nobody is believed; quartiles alone after 30 seconds."""
    prices = (1000000, 1000000, 1000000, 800000, 800000, 800000, 900000)
    read = figures(*prices)
    return (read[0], *read[2:3], *read[4:], *after(1000000, *prices, seconds=31))


# Time: what is shown after each second


@cache
def shown(name: str) -> list[Shown]:
    """What the index shows after each second of a file of rows."""
    lines = (ROWS / f"{name}.txt").read_text().splitlines()
    unit = int(lines[0].split("unit ")[1].split(".")[0])
    market = Market()
    prices = [0] * 7
    found: list[Shown] = []
    for line in lines[1:]:
        for place, change in enumerate(line.split()):
            if change != "-":
                prices[place] += int(change)
                market.say(place + 1, prices[place] * unit, trade_id=0)
        market.second(*[0] * 7)
        found.append(market.shown())
    return found


def changes(name: str) -> Numbers:
    """Each second at which state or reason changed, with both, from the first value on."""
    found: list[int] = []
    before = (int(IndexState.INIT), 0)
    for second, (_, _, _, state, reason) in enumerate(shown(name)):
        if (state, reason) != before:
            found += (second, state, reason)
            before = (state, reason)
    return tuple(found)


def held(name: str, first: int, last: int) -> Numbers:
    """The lowest and highest value between two seconds, both included."""
    values = [one[0] for one in shown(name)[first : last + 1]]
    return min(values), max(values)


def interval(name: str, second: int) -> Numbers:
    """The published interval."""
    return shown(name)[second][1:3]


def worst(name: str, path: Callable[[int], int]) -> int:
    """The largest distance of the index from the true path, in millionths, rounded up."""
    found = 0
    for second, (value, *_) in enumerate(shown(name)):
        if value:
            found = max(found, -(-abs(value - path(second)) * 10**6 // path(second)))
    return found


def confirming(name: str) -> Numbers:
    """Seconds in CONFIRM, and the longest run of them."""
    total = run = longest = 0
    for _, _, _, state, _ in shown(name):
        run = run + 1 if state == CONFIRM else 0
        total += state == CONFIRM
        longest = max(longest, run)
    return total, longest


def crash(second: int) -> int:
    """7,300 falls by 3 % in 10 minutes, 6 % in one, 10 % in nine, 5 % in forty."""
    since = max(0, second - 60)
    price = 7_300 * E8
    for start, length, percent in ((0, 600, 3), (600, 60, 6), (660, 540, 10), (1_200, 2_400, 5)):
        part = min(length, max(0, since - start))
        price -= price * percent * part // (100 * length)
    return price


def plunge(second: int) -> int:
    """7,200 falls by 28 % in three minutes."""
    return 7_200 * E8 - 7_200 * E8 * 28 * min(180, max(0, second - 60)) // 18_000


def slide(second: int) -> int:
    """10,000 falls by 5 % in a hundred seconds."""
    return 10_000 * E8 - 10_000 * E8 * 5 * min(100, max(0, second - 60)) // 10_000


START = (9, NORMAL, 0)

VECTORS: list[Vector] = [
    Vector(
        "IX1",
        (1010050000000, 1010057142857, 14851, *[1010057142857] * 3, NORMAL, 0),
        ix1,
    ),
    Vector(
        "IX2",
        (1010050000000, 1010090000000, 24752, 5, *[1010090000000] * 3, NORMAL, 0),
        ix2,
    ),
    Vector(
        "IX3",
        (32000000, 32000000, 3125000, 1010000000000, 32000000, 1010000000000, CONFIRM, 0),
        ix3,
    ),
    Vector(
        "IX4",
        (1010100000000, 1011312625000, 1, *[1011312625000] * 3, DEGRADED, 0),
        ix4,
    ),
    Vector("IX5", (10000000000, 10014285714, *[10014285714] * 3, NORMAL, 0), ix5),
    Vector(
        "IX6",
        (
            *(9000000000, 11111112, 8000000000, 10000000000),
            *(10000000000, 8000000000, 10000000000, HOLD, DISPUTED),
        ),
        ix6,
    ),
    Vector(
        "IT1",
        (*START, 60, CONFIRM, 0, 104, NORMAL, 0, 1009845057142, 1009845057142),
        lambda: changes("IT1") + held("IT1", 59, 103),
    ),
    Vector(
        "IT2",
        (*START, 60, HOLD, DISPUTED, 369, NORMAL, 0, 1009845057142, 1009845057142),
        lambda: changes("IT2") + held("IT2", 59, 368),
    ),
    Vector(
        "IT3",
        (*START, 60, CONFIRM, 0, 264, NORMAL, 0, 1009845057142, 1009845057142),
        lambda: changes("IT3") + held("IT3", 59, 263),
    ),
    Vector("IT4", (*START, 361), lambda: (*changes("IT4"), worst("IT4", lambda _: 10_100 * E8))),
    Vector("IT5", (*START, 5108), lambda: (*changes("IT5"), worst("IT5", crash))),
    Vector("IT6", (46, 5, 13840), lambda: (*confirming("IT6"), worst("IT6", plunge))),
    Vector("IT7", (*START, 389000000000), lambda: (*changes("IT7"), shown("IT7")[-1][0])),
    Vector(
        "IT8",
        (*START, 60, CONFIRM, 0, 65, NORMAL, 0, 9979196714, 9979196714),
        lambda: changes("IT8") + held("IT8", 59, 64),
    ),
    Vector(
        "IT9",
        (*START, 70, HOLD, STALE, 129, NORMAL, 0, 1009845000000, 1009845000000),
        lambda: changes("IT9") + held("IT9", 59, 128),
    ),
    Vector("IT10", (*START, 76, HOLD, STALE), lambda: changes("IT10")),
    Vector("IT11", (*START, 1608), lambda: (*changes("IT11"), worst("IT11", slide))),
    Vector(
        "IT12",
        (*START, 997373646428, 998037779285),
        lambda: changes("IT12") + held("IT12", 60, 119),
    ),
    Vector(
        "IT13 (8 s)",
        (*START, 60, CONFIRM, 0, 72, NORMAL, 0, 999846571428, 999846571428),
        lambda: changes("IT13_8s") + held("IT13_8s", 59, 71),
    ),
    Vector(
        "IT13 (20 s)",
        (*START, 60, CONFIRM, 0, 84, NORMAL, 0, 999846571428, 999846571428),
        lambda: changes("IT13_20s") + held("IT13_20s", 59, 83),
    ),
    Vector(
        "IT14",
        (
            *(*START, 60, CONFIRM, 0, 120, NORMAL, 0, 160, CONFIRM, 0, 220, NORMAL, 0),
            *(999846571428, 999846571428, 799797333333, 800143166666),
        ),
        lambda: changes("IT14") + held("IT14", 59, 119) + held("IT14", 121, 159),
    ),
    Vector(
        "IT15",
        (*START, 60, HOLD, DISPUTED, 8000000000, 10000291428, 8000000000, 10002480000),
        lambda: changes("IT15") + interval("IT15", 60) + interval("IT15", 90),
    ),
]
# The largest errors that the specification allows, in millionths.
ERRORS_MAX = {"IT4": 400, "IT5": 5_150, "IT6": 14_000}
