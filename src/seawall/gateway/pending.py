"""Commands on their way: what waits for which answer.

One future serves a whole request, however many orders it carries; nothing else per order touches
the event loop.
"""

from __future__ import annotations

import asyncio

from seawall.gateway.answers import Answer
from seawall.gateway.outcome import Outcome

NS_PER_US = 1_000


class Request:
    """A request of one or more commands that is answered when the last of them has an outcome."""

    __slots__ = ("_future", "_unsettled", "in_time_ns", "outcomes")

    def __init__(self, *, count: int, in_time_ns: int) -> None:
        self.in_time_ns = in_time_ns
        self.outcomes: list[Outcome | None] = [None] * count
        self._unsettled = count
        self._future: asyncio.Future[None] | None = None

    def settle(self, index: int, answer: Answer, *, seq: int = 0, now_ns: int) -> None:
        """Give one command its outcome; the first one stands. `seq`: where it is in the journal."""
        if self.outcomes[index] is not None:
            return
        self.outcomes[index] = Outcome(
            status=answer.status,
            reason=answer.reason,
            order_id=answer.order_id,
            seq=seq,
            count=answer.cancelled,
            in_time_us=self.in_time_ns // NS_PER_US,
            out_time_us=now_ns // NS_PER_US,
            note=answer.note,
        )
        self._unsettled -= 1
        if self._unsettled == 0 and self._future is not None and not self._future.done():
            self._future.set_result(None)

    @property
    def is_settled(self) -> bool:
        """Whether every command has its outcome."""
        return self._unsettled == 0

    async def answer(self) -> list[Outcome]:
        """Wait until every command has its outcome."""
        if self._unsettled:
            self._future = asyncio.get_running_loop().create_future()
            await self._future
        outcomes = [outcome for outcome in self.outcomes if outcome is not None]
        assert len(outcomes) == len(self.outcomes), "a future is set when all are settled"
        return outcomes


class Pending:
    """One command between its arrival and its outcome in the journal.

    stamp_ns: when it arrived. valid_for_ms: it is not sent later than that; 0 for cancels.
    client_id: of a new order, so that the outcome endpoint can say that it is pending.
    is_reducing: let in while others are shed, because it lowers risk.
    target: of a cancel, what is released when it is answered (see `Gateway.cancel`).
    """

    __slots__ = (
        "account_id",
        "client_id",
        "data",
        "followers",
        "index",
        "instrument_id",
        "is_mass_cancel",
        "is_reducing",
        "request",
        "stamp_ns",
        "target",
        "valid_for_ms",
    )

    def __init__(
        self,
        *,
        request: Request,
        index: int,
        data: bytes,
        stamp_ns: int,
        account_id: int,
        instrument_id: int = 0,
        valid_for_ms: int = 0,
        client_id: bytes = b"",
        target: int = 0,
        is_mass_cancel: bool = False,
        is_reducing: bool = False,
    ) -> None:
        self.request = request
        self.index = index
        self.data = data
        self.stamp_ns = stamp_ns
        self.account_id = account_id
        self.instrument_id = instrument_id
        self.valid_for_ms = valid_for_ms
        self.client_id = client_id
        self.target = target
        self.is_mass_cancel = is_mass_cancel
        self.is_reducing = is_reducing
        self.followers: list[tuple[Request, int]] = []
