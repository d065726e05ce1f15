"""What the API is given: the ports behind its routes. `node` fills them with the real ones, tests
with hand-written ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
from litestar.di import NamedDependency

from seawall.core.model.commands import (
    AdjustMargin,
    AmendOrder,
    CancelAlgo,
    CancelOrder,
    MassCancel,
    PlaceAlgo,
    PlaceOrder,
    SetLeverage,
    TransferFunds,
)
from seawall.gateway import (
    AccountMaps,
    AlgoView,
    FillView,
    FundingRoundView,
    OrderView,
    Outcome,
    PendingView,
    RateLimits,
    RejectionView,
    VenueMaps,
)
from seawall.identity import KeyRing
from seawall.marketdata import CandleView, MarketData, TradeView
from seawall.projections import (
    AccountEventRow,
    AlgoRow,
    CandlePageRow,
    FillRow,
    FundingRoundRow,
    OrderRow,
    TradeRow,
)


class CommandDoor(Protocol):
    """The gateway as the API uses it: a list becomes one batch, each command gets its outcome, in
    order.
    """

    async def place(self, orders: list[PlaceOrder]) -> list[Outcome]:
        """Place orders."""

    async def amend(self, amends: list[AmendOrder]) -> list[Outcome]:
        """Amend orders."""

    async def cancel(self, cancels: list[CancelOrder]) -> list[Outcome]:
        """Cancel orders."""

    async def mass_cancel(self, command: MassCancel) -> Outcome:
        """Cancel all orders of an account."""

    async def transfer(self, command: TransferFunds) -> Outcome:
        """Move an amount between an account's funding and trading side."""

    async def place_algos(self, algos: list[PlaceAlgo]) -> list[Outcome]:
        """Let orders wait for a price; the order id of an outcome is the algo id."""

    async def cancel_algos(self, cancels: list[CancelAlgo]) -> list[Outcome]:
        """Cancel algo orders."""

    async def set_leverage(self, command: SetLeverage) -> Outcome:
        """Choose an account's leverage in a swap."""

    async def adjust_margin(self, command: AdjustMargin) -> Outcome:
        """Add margin to an isolated position, or take some out."""

    async def fresh(self) -> bool:
        """Wait shortly for the maps to apply all that is known now; False if they have not."""

    def outcome_of(
        self, account_id: int, client_id: bytes
    ) -> OrderView | PendingView | RejectionView | None:
        """What became of the order with this client id, within the memory of a day."""


# Memory and read models answer with rows of the same fields.
StoredOrder = OrderView | OrderRow
StoredFill = FillView | FillRow
StoredTrade = TradeView | TradeRow
StoredCandle = CandleView | CandlePageRow
StoredAlgo = AlgoView | AlgoRow
StoredRound = FundingRoundView | FundingRoundRow


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which records of an account: newest first, ids below `after` and above `before`, times in
    [begin_ms, end_ms].

    Ids are order ids for orders, trade ids for fills.
    """

    account_id: int
    limit: int
    instrument_id: int | None = None
    order_id: int | None = None  # of fills only
    after: int | None = None
    before: int | None = None
    begin_ms: int | None = None
    end_ms: int | None = None


class History(Protocol):
    """The read models: what memory no longer holds."""

    async def order(self, account_id: int, order_id: int) -> StoredOrder | None:
        """One order of the account."""

    async def orders(self, query: HistoryQuery) -> Sequence[StoredOrder]:
        """Ended orders by order id."""

    async def fills(self, query: HistoryQuery) -> Sequence[StoredFill]:
        """Fills by trade id."""

    async def trades(
        self,
        instrument_id: int,
        *,
        limit: int,
        after: int | None = None,
        before: int | None = None,
        before_ms: int | None = None,
    ) -> Sequence[StoredTrade]:
        """Public trades, newest first: ids below `after`, above `before`, before `before_ms`."""

    async def candles(
        self,
        instrument_id: int,
        bar_name: str,
        *,
        limit: int,
        after: int | None,
        before: int | None,
    ) -> Sequence[StoredCandle]:
        """Candles that start before `after` and after `before` (ms); newest first."""

    async def algo(self, account_id: int, algo_id: int) -> StoredAlgo | None:
        """One algo order of the account."""

    async def algos(self, query: HistoryQuery) -> Sequence[StoredAlgo]:
        """Ended algo orders by algo id."""

    async def funding_rounds(
        self, instrument_id: int, *, limit: int, after: int | None, before: int | None
    ) -> Sequence[StoredRound]:
        """Settlements of a swap before `after` and after `before` (ms); newest first."""

    async def funding_payments(
        self, account_id: int, *, limit: int, after_seq: int | None
    ) -> Sequence[AccountEventRow]:
        """Funding received and paid, of entries before `after_seq`; newest first."""


class Health(Protocol):
    """How the venue stands, as this process knows it. Codes and the status endpoint come from this
    state alone.
    """

    def is_stopping(self) -> bool:
        """Whether a planned stop has begun."""

    def is_engine_reachable(self) -> bool:
        """Whether a command could be sent now."""

    def incident_id(self) -> str:
        """The open incident, "" when there is none."""

    def map_age_ms(self) -> int:
        """How far the account maps lag behind what is known, in milliseconds."""


class SignedRequest(msgspec.Struct, frozen=True, gc=False):
    """A request whose signature holds."""

    account_id: int
    body: bytes
    in_time_us: int
    headers: dict[bytes, bytes]

    def header(self, name: bytes) -> str:
        """A header's text, "" when it is absent."""
        return self.headers.get(name, b"").decode("latin-1")


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """The ports. `now_us` is the wall clock in microseconds since 1970; `created_ms` is when the
    venue began, and its instruments with it.
    """

    gateway: CommandDoor
    venue: VenueMaps
    accounts: AccountMaps
    market: MarketData
    history: History
    keys: KeyRing
    limits: RateLimits
    health: Health
    now_us: Callable[[], int]
    created_ms: int


# The services as a typed route takes them: Litestar gives them by this name.
RouteServices = NamedDependency[Services]
