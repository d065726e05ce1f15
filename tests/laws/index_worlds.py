"""Outside markets drawn from a seed: honest, late, frozen, silent, lying and broken sources, clocks
that stand still, and operators who interfere.
"""

from __future__ import annotations

from dataclasses import dataclass

from seawall.core.model.commands import ObservePrices
from seawall.core.model.events import Event
from seawall.core.model.risk_events import DetectorFired, IndexJumped
from seawall.core.pricing import GuardedIndex, Source, index_parameters
from tests.laws.worlds import START_MS, Draw

E8 = 10**8
LAYOUTS = (
    "abcdefg",
    "aabbccd",
    "aabbcc",
    "aaabbcd",
    "abcd",
    "aabbccdde",
    "aabcd",
    "abcab",
)
PRICES = (10_100 * E8, 32_000_000, 10**17, 10_000, 2**59)
FACTORS = ((1, 2), (2, 1), (96, 100), (80, 100), (88, 100), (112, 100), (1, 30_000), (93, 100))
PHASES = (
    *("calm", "calm", "calm", "drift", "jump", "liars", "liars", "domain", "domain", "majority"),
    *("silent", "frozen", "broken", "flicker", "split", "unconverted", "late", "stopped"),
)
EXTREMES = (0, -1, 1, -(2**63), 2**63 - 1, 2**60, 2**60 + 1)


def observation(source_id: int, price: int, now: int, **changes: int) -> ObservePrices:
    """A tight and healthy sample around a price of at least two units; `changes` spoil it."""
    values: dict[str, int] = {
        "bid_e8": price - 1,
        "ask_e8": price + 1,
        "last_e8": price,
        "trade_id": 0,
        "venue_ms": now,
        "receive_ms": now,
        "updates": 1,
    }
    is_deep = bool(changes.pop("is_deep", 1))
    values.update(changes)
    return ObservePrices(
        source_id=source_id,
        index_id=1,
        low_e8=price,
        high_e8=price,
        is_deep=is_deep,
        is_synthetic=True,
        stream_hash=bytes(32),
        **values,
    )


@dataclass(frozen=True)
class Said:
    """A source speaks."""

    now: int
    sample: ObservePrices
    conversion: int = E8
    is_normal: bool = True


@dataclass(frozen=True)
class Ticked:
    """A second passes."""

    now: int


@dataclass(frozen=True)
class Acted:
    """An operator acts: `quarantine` or `release` of a source, `override` by a value."""

    now: int
    act: str
    value: int


Happening = Said | Ticked | Acted


@dataclass(frozen=True)
class IndexWorld:
    """The definition of an index: for each source its domain and weight."""

    domains: str
    weights: tuple[int, ...]
    tier: int = 1
    is_protected: bool = True

    def index(self) -> GuardedIndex:
        """A new index of this definition."""
        names = sorted(set(self.domains))
        sources = [
            Source(source_id=i + 1, weight=w, domain=names.index(d), conversion_id=0)
            for i, (d, w) in enumerate(zip(self.domains, self.weights, strict=True))
        ]
        return GuardedIndex(
            index_id=1,
            name=b"BTC-USDT",
            parameters=index_parameters(self.tier),
            sources=sources,
            is_protected=self.is_protected,
        )


def draw_index(seed: int) -> tuple[IndexWorld, Draw]:
    """An index to be tried; the draw goes on with its story."""
    draw = Draw(seed)
    domains = draw.one(LAYOUTS)
    heaviest = draw.one((1, 1, 3))
    weights = tuple(draw.between(1, heaviest) for _ in domains)
    tier = draw.one((1, 1, 2, 3))
    return IndexWorld(domains, weights, tier, is_protected=draw.chance(88)), draw


class Story:
    """What happens to one index, second by second."""

    def __init__(self, world: IndexWorld, draw: Draw) -> None:
        self.world = world
        self.draw = draw
        self.now = START_MS
        self.true = draw.one(PRICES)
        self.told: list[Happening] = []
        self.phase = "calm"
        self.left = 14
        self.picked: list[int] = []
        self.factor = (1, 1)
        self.frozen: dict[int, int] = {}

    def tell(self, seconds: int) -> list[Happening]:
        """So many ticks and what lies between them."""
        for _ in range(seconds):
            if self.left == 0:
                self.next_phase()
            self.left -= 1
            self.pass_second()
        return self.told

    def next_phase(self) -> None:
        """Choose what happens next, to whom, by how much."""
        draw = self.draw
        count = len(self.world.domains)
        self.phase = draw.one(PHASES)
        self.left = draw.one((1, 3, 8, 15, 25, 70 if self.phase == "majority" else 12))
        self.factor = draw.one(FACTORS)
        self.frozen = {}
        self.picked = [i for i in range(count) if draw.chance(40)]
        if self.phase == "domain":
            domain = draw.one(self.world.domains)
            self.picked = [i for i in range(count) if self.world.domains[i] == domain]
        if self.phase == "majority":
            self.picked = [i for i in range(count) if draw.chance(80)]
        if self.phase == "jump":
            self.true = max(20_000, min(2**59, self.true * self.factor[0] // self.factor[1]))
        if draw.chance(6):
            act = draw.one(("quarantine", "release", "release", "override"))
            value = max(1, self.true) if act == "override" else draw.between(1, count)
            self.told.append(Acted(self.now, act, value))

    def pass_second(self) -> None:
        """Sources speak, then the clock passes a second, or several."""
        draw = self.draw
        step = 1_000
        if self.phase == "late" and draw.chance(30):
            step = draw.between(2, 9) * 1_000
        if self.phase == "stopped" and draw.chance(8):
            step = draw.one((40_000, 100_000, 2_000_000))
        if self.phase == "drift":
            self.true += self.true * draw.between(-60, 20) // 10_000
        after = self.now // 1_000 * 1_000 + step
        for place in range(len(self.world.domains)):
            self.speak(place, after - draw.between(1, 900))
        self.now = after + draw.between(0, 60)
        self.told.append(Ticked(self.now))

    def speak(self, place: int, now: int) -> None:
        """One source says something, or nothing."""
        draw = self.draw
        price = self.true + self.true * draw.between(-40, 40) // 100_000
        changes: dict[str, int] = {"updates": draw.between(0, 5), "trade_id": draw.below(2)}
        conversion, is_normal = E8, True
        if place in self.picked:
            lie = max(2, min(2**60 - 1, price * self.factor[0] // self.factor[1]))
            if self.phase == "silent":
                return
            if self.phase == "frozen":
                price = self.frozen.setdefault(place, price)
                changes["trade_id"] = 7
            if self.phase in ("liars", "domain", "majority", "split"):
                price = lie
            if self.phase == "flicker" and draw.chance(50):
                price = lie
            if self.phase == "unconverted":
                is_normal = False
            if self.phase == "broken":
                changes |= self.broken(price, now)
        elif self.world.is_protected and draw.chance(1):
            conversion = E8 + draw.between(-(E8 // 500), E8 // 500)
        self.now = max(self.now, now - draw.between(0, 300))
        sample = observation(place + 1, price, now, **changes)
        self.told.append(Said(self.now, sample, conversion, is_normal))

    def broken(self, price: int, now: int) -> dict[str, int]:
        """A way in which a sample is bad."""
        draw = self.draw
        field = draw.one(("bid_e8", "ask_e8", "last_e8", "venue_ms", "receive_ms", "trade_id"))
        ways = (
            {field: draw.one(EXTREMES)},
            {"bid_e8": price, "ask_e8": price},
            {"ask_e8": price + price // 18},
            {"is_deep": 0},
            {"venue_ms": now - draw.one((5_000, 5_001, 8_000))},
            {"venue_ms": now - 4_000, "receive_ms": now - 4_000},
            {"venue_ms": now + 2_200, "receive_ms": now + 2_200},
        )
        return draw.one(ways)


def apply(index: GuardedIndex, happening: Happening) -> None:
    """Let it happen to the index."""
    now = happening.now
    if isinstance(happening, Said):
        said = happening
        index.observe(
            now,
            said.sample,
            conversion_e8=said.conversion,
            conversion_is_normal=said.is_normal,
        )
    elif isinstance(happening, Ticked):
        index.tick(now)
    elif happening.act == "quarantine":
        index.quarantine(now, happening.value)
    elif happening.act == "release":
        index.release(now, happening.value)
    else:
        index.override(now, happening.value)


def published(index: GuardedIndex) -> tuple[int, ...]:
    """What readers get after a tick."""
    return (
        *(index.value_e8, index.low_e8, index.high_e8, index.state, index.reason, index.quality),
        *(index.agreement_e8, index.since_ms, index.pause_until_ms),
    )


def story_of(events: list[Event]) -> list[tuple[int, ...]]:
    """Jumps and detections among what happened, as plain numbers."""
    found: list[tuple[int, ...]] = []
    for event in events:
        if isinstance(event, IndexJumped):
            found.append((event.step, event.value_e8, event.candidate_e8))
        if isinstance(event, DetectorFired):
            found.append((0, event.source_id, event.value_e8, event.others_e8))
    return found
