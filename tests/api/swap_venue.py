"""The venue of the API's tests with two swaps, their indices, and outside prices that hold still.

Alice, Bob and Carol have ten million USDT each; BTC stands at 60,000 and ETH at 3,000.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seawall.core.model.commands import ObservePrices
from seawall.core.model.genesis import Genesis
from seawall.core.model.instruments import FeeTier
from tests.api.venue import Venue
from tests.core.engine.swap_venue import SOURCES, swap_genesis

E8 = 10**8
SWAP = "BTC-USDT-SWAP"
FIRST_TICKS = 15  # until the indices have a value
V5 = "/api/v5"


def genesis() -> Genesis:
    """Takers pay 5 bp, makers nothing."""
    return swap_genesis(people=range(1, 4), fees=FeeTier(maker_e8=0, taker_e8=50_000))


class SwapVenue(Venue):
    """A venue whose indices have a value.

    now_ns: a clock that goes by itself; the venue's begins behind it and catches up at its start.
    """

    def __init__(self, *, now_ns: Callable[[], int] | None = None) -> None:
        self._lag_ms = FIRST_TICKS * 1_000
        behind = None if now_ns is None else lambda: now_ns() - self._lag_ms * 1_000_000
        super().__init__(now_ns=behind, the_genesis=genesis())
        self.prices = {1: 60_000.0, 2: 3_000.0}
        self._updates = 0

    def observe(self) -> None:
        """Every source says the prices, then the timer beats."""
        self._updates += 1
        now_ms = self._now_ns() // 1_000_000
        for index_id, price in self.prices.items():
            price_e8 = round(price * 100) * E8 // 100
            for source_id in SOURCES:
                self.link.command(
                    ObservePrices(
                        source_id=source_id,
                        index_id=index_id,
                        bid_e8=price_e8 - price_e8 // 20_000,
                        ask_e8=price_e8 + price_e8 // 20_000,
                        last_e8=price_e8,
                        low_e8=price_e8,
                        high_e8=price_e8,
                        trade_id=self._updates,
                        venue_ms=now_ms,
                        receive_ms=now_ms,
                        updates=5,
                        is_deep=True,
                        is_synthetic=True,
                        stream_hash=b"",
                    ),
                    now_ms,
                )
        self.beat()

    def tick(self, count: int = 1, *, btc: float = 0) -> None:
        """Let seconds pass, at this price of BTC from now on."""
        if btc:
            self.prices[1] = btc
        for _ in range(count):
            self.now_ms += 1_000
            self._lag_ms -= 1_000
            self.observe()

    def pulse(self) -> None:
        """The sources go on."""
        self.observe()

    async def start(self) -> SwapVenue:
        """Open the lanes, and let the indices form."""
        await super().start()
        self.tick(FIRST_TICKS)
        return self

    async def swap(self, who: str = "alice", **fields: Any) -> dict[str, Any]:
        """Place one limit order in the swap unless told otherwise; the row that answers it."""
        order = {"instId": SWAP, "tdMode": "cross", "px": "60000", "sz": "10"}
        return await self.place(who, **(order | fields))

    async def traded(self, **fields: Any) -> SwapVenue:
        """Alice buys ten contracts of Bob at 60,000."""
        row = await self.swap("bob", side="sell")
        assert row["sCode"] == "0", row
        row = await self.swap("alice", **fields)
        assert row["sCode"] == "0", row
        return self

    async def rows(self, target: str, who: str = "") -> list[dict[str, Any]]:
        """`data` of a good answer."""
        answer = await self.get(V5 + target, who)
        assert answer.json()["code"] == "0", answer.text
        rows: list[dict[str, Any]] = answer.json()["data"]
        return rows

    async def ask(self, target: str, body: Any, who: str = "alice") -> dict[str, Any]:
        """The whole answer to a POST, which must never be a fault of ours."""
        answer = await self.post(V5 + target, body, who)
        assert answer.status_code < 500, answer.text
        found: dict[str, Any] = answer.json()
        return found
