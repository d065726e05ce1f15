"""A stage for index tests: seven sources that say what a test wants, second by second."""

from __future__ import annotations

from collections.abc import Sequence

from seawall.core.model.enums import RiskTier
from seawall.core.model.risk_events import DetectorFired, IndexJumped, SourceStatusChanged
from seawall.core.pricing import GuardedIndex, Source, index_parameters
from tests.laws.index_worlds import observation

E8 = 10**8
START_MS = 1_700_000_000_000
BITCOIN = 10_100 * E8


class Market:
    """An index over sources 1 to n whose domains are the letters of `domains`."""

    def __init__(
        self,
        domains: str = "abcdefg",
        *,
        tier: int = RiskTier.MAJOR,
        weights: Sequence[int] = (),
        is_protected: bool = True,
        price: int = BITCOIN,
    ) -> None:
        names = sorted(set(domains))
        given = list(weights) or [1] * len(domains)
        sources = [
            Source(source_id=i + 1, weight=given[i], domain=names.index(d), conversion_id=0)
            for i, d in enumerate(domains)
        ]
        self.index = GuardedIndex(
            index_id=1,
            name=b"BTC-USDT",
            parameters=index_parameters(tier),
            sources=sources,
            is_protected=is_protected,
        )
        self.now = START_MS
        self.spoken = 0
        self.price = price
        self.statuses: list[tuple[int, int]] = []  # source, status: as they changed
        self.jumps: list[int] = []
        self.fired: list[int] = []

    def say(self, source_id: int, price: int, **changes: int) -> None:
        """A source speaks; every sample is a new trade unless `changes` says otherwise."""
        self.spoken += 1
        changes.setdefault("trade_id", self.spoken)
        sample = observation(source_id, price, self.now, **changes)
        self.index.observe(self.now, sample, conversion_e8=E8, conversion_is_normal=True)

    def tick(self) -> None:
        """A second passes in the index."""
        self.index.tick(self.now)
        for event in self.index.take_events():
            if isinstance(event, SourceStatusChanged):
                self.statuses.append((event.source_id, event.new_status))
            elif isinstance(event, IndexJumped):
                self.jumps.append(event.step)
            elif isinstance(event, DetectorFired):
                self.fired.append(event.source_id)

    def second(self, *prices: int, **others: int) -> None:
        """All sources speak at the price, except those named `s1=...` (0: silent); then a tick.

        With as many `prices` as sources, each says its own.
        """
        count = len(self.index.sources)
        said = list(prices) if len(prices) > 1 else [prices[0] if prices else self.price] * count
        for place, price in enumerate(said):
            price = others.get(f"s{place + 1}", price)
            if price:
                self.say(place + 1, price)
        self.tick()
        self.now += 1_000

    def seconds(self, count: int, *prices: int, **others: int) -> None:
        """The same for so many seconds."""
        for _ in range(count):
            self.second(*prices, **others)

    def started(self) -> Market:
        """After ten good seconds."""
        self.seconds(10)
        return self

    def shown(self) -> tuple[int, int, int, int, int]:
        """Value, interval, state, reason."""
        one = self.index
        return one.value_e8, one.low_e8, one.high_e8, one.state, one.reason
