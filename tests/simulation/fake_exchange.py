"""An exchange for one account, in memory: orders rest until a test fills them; answers can be
lost.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from seawall.simulation.exchange import (
    Amend,
    Answer,
    Cancel,
    Ended,
    NewOrder,
    OpenOrder,
    Position,
    StopOrder,
)


class FakeExchange:
    """Keeps what rests.

    is_away: nothing is answered, nothing is done. lost: so many of the next placing requests are
    done without an answer; swallowed: so many are neither done nor answered. undecided: so many
    `resolve` calls still cannot tell. A test says what positions there are; market orders in what
    `swaps` names become positions.
    """

    def __init__(self) -> None:
        self.resting: dict[str, OpenOrder] = {}
        self.placed: list[NewOrder] = []
        self.ids: list[str] = []
        self.requests: list[int] = []  # sizes
        self.amended = 0
        self.cancelled: list[str] = []
        self.resolved: list[str] = []
        self.is_away = False
        self.lost = 0
        self.swallowed = 0
        self.undecided = 0
        self.holdings = {"BTC": 100 * 10**8, "USDT": 10**14}
        self.swaps: set[str] = set()
        self.contracts: dict[str, int] = {}
        self.profit_e8 = 0
        self.levers: dict[str, int] = {}
        self.is_lever_refused = False
        self.waiting: dict[str, StopOrder] = {}

    async def place(self, orders: Sequence[NewOrder]) -> list[Answer]:
        """Rest limits and post-only orders; the others end at once."""
        self.requests.append(len(orders))
        if self.is_away:
            return [Answer(client_id=order.client_id, ended=Ended.REFUSED) for order in orders]
        if self.swallowed:
            self.swallowed -= 1
            return [Answer(client_id=order.client_id, ended=Ended.UNKNOWN) for order in orders]
        for order in orders:
            assert order.client_id not in self.ids, "a client id is used once"
            self.ids.append(order.client_id)
            self.placed.append(order)
            if order.kind == "market" and order.instrument in self.swaps:
                self.contracts[order.instrument] = order.quantity * (1 if order.is_buy else -1)
            if order.kind in ("limit", "post_only"):
                self.resting[order.client_id] = OpenOrder(
                    instrument=order.instrument,
                    client_id=order.client_id,
                    is_buy=order.is_buy,
                    price=order.price,
                    quantity=order.quantity,
                    filled=0,
                )
        ended = Ended.DONE
        if self.lost:
            self.lost -= 1
            ended = Ended.UNKNOWN
        return [Answer(client_id=order.client_id, ended=ended, code="0") for order in orders]

    async def amend(self, amends: Sequence[Amend]) -> list[Answer]:
        """Change what rests."""
        self.requests.append(len(amends))
        for amend in amends:
            self.amended += 1
            self.resting[amend.client_id] = msgspec.structs.replace(
                self.resting[amend.client_id], price=amend.price, quantity=amend.quantity
            )
        return [Answer(client_id=amend.client_id, ended=Ended.DONE, code="0") for amend in amends]

    async def cancel(self, cancels: Sequence[Cancel]) -> list[Answer]:
        """Take away what rests."""
        self.requests.append(len(cancels))
        answers = []
        for cancel in cancels:
            found = self.resting.pop(cancel.client_id, None)
            self.cancelled.append(cancel.client_id)
            ended, code = (Ended.DONE, "0") if found is not None else (Ended.REFUSED, "51400")
            answers.append(Answer(client_id=cancel.client_id, ended=ended, code=code))
        return answers

    async def resolve(self, instrument: str, client_id: str) -> Ended:
        """Tell how an order ended, unless it is undecided."""
        self.resolved.append(client_id)
        if self.undecided:
            self.undecided -= 1
            return Ended.UNKNOWN
        return Ended.DONE if client_id in self.ids else Ended.REFUSED

    async def open_orders(self) -> list[OpenOrder] | None:
        """What rests."""
        return None if self.is_away else list(self.resting.values())

    async def balances(self) -> dict[str, int] | None:
        """The holdings."""
        return None if self.is_away else dict(self.holdings)

    async def positions(self) -> dict[str, Position] | None:
        """The positions."""
        if self.is_away:
            return None
        return {
            name: Position(contracts=contracts, profit_e8=self.profit_e8)
            for name, contracts in self.contracts.items()
        }

    async def set_leverage(self, instrument: str, lever: int) -> Answer:
        """Remember it, unless it is refused."""
        if self.is_lever_refused:
            return Answer(client_id="", ended=Ended.REFUSED, code="59102")
        self.levers[instrument] = lever
        return Answer(client_id="", ended=Ended.DONE, code="0")

    async def close_position(self, instrument: str) -> Answer:
        """Forget it."""
        del self.contracts[instrument]
        return Answer(client_id="", ended=Ended.DONE, code="0")

    async def place_stop(self, stop: StopOrder) -> Answer:
        """Let it wait."""
        self.waiting[stop.client_id] = stop
        return Answer(client_id=stop.client_id, ended=Ended.DONE, code="0")

    async def stops(self) -> list[Cancel] | None:
        """What waits."""
        if self.is_away:
            return None
        return [
            Cancel(instrument=stop.instrument, client_id=stop.client_id)
            for stop in self.waiting.values()
        ]

    async def cancel_stops(self, cancels: Sequence[Cancel]) -> list[Answer]:
        """Take away what waits."""
        for cancel in cancels:
            del self.waiting[cancel.client_id]
        return [Answer(client_id=one.client_id, ended=Ended.DONE, code="0") for one in cancels]

    def fill(self, client_id: str) -> None:
        """Somebody took the whole order."""
        del self.resting[client_id]
