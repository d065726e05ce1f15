"""A venue in which something went wrong, and rows that put it right: Alice was long 10 at 1,000 and
lost it to Bob at 900; the repair gives it back, with house:error in her place.
"""

from __future__ import annotations

from hashlib import sha256

from seawall.core.engine import restore_engine
from seawall.core.model.commands import (
    CloseRepair,
    DebitWithdrawal,
    OpenRepair,
    PostRepair,
    RepairPart,
)
from seawall.core.model.enums import LedgerKind
from seawall.core.model.events import Event
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.repair import (
    AlgoRow,
    LedgerRow,
    OrderRow,
    PositionRow,
    RepairRows,
)
from seawall.core.model.repair_codec import encode_rows
from tests.laws.swap_venue import (
    ALICE,
    BIG,
    BOB,
    CAROL,
    CROSS,
    TICK,
    USDT,
    WHOLE,
    SwapVenue,
    long,
    short,
    swap_genesis,
)

CASE = b"one"
PLAN = b"p" * 32


class RepairVenue(SwapVenue):
    """A venue that can be repaired."""

    def open(self, case: bytes = CASE, *, parts: int = 1, cut: int = 0) -> list[Event]:
        """Two operators announce a case."""
        return self.do(OpenRepair(case, cut or int(self.engine.seq), PLAN, parts, 1, 2))

    def part(self, data: bytes, *, case: bytes = CASE, at: int = 0, of: int = 1) -> list[Event]:
        """One part arrives."""
        return self.do(RepairPart(case, at, of, data))

    def post(self, data: bytes, case: bytes = CASE) -> list[Event]:
        """Two operators post what is encoded as `data`."""
        return self.do(PostRepair(case, sha256(data).digest(), 1, 2))

    def load(self, rows: RepairRows, case: bytes = CASE) -> bytes:
        """Open a case and send its rows; returns their bytes."""
        data = encode_rows(rows)
        self.open(case)
        self.part(data, case=case)
        assert self.engine.state.overlay is not None
        return data

    def repair(self, rows: RepairRows, case: bytes = CASE) -> list[Event]:
        """The whole of a case."""
        data = self.load(rows, case)
        return self.post(data, case)

    def close(self, case: bytes = CASE) -> list[Event]:
        """Two operators give a case up."""
        return self.do(CloseRepair(case, 1, 2))

    def withdraw(self, account_id: int, amount: int, name: bytes = b"w", asset: int = USDT):
        """Money leaves the venue."""
        return self.do(DebitWithdrawal(account_id, asset, amount, name.ljust(32, b"-")))

    def restored(self) -> RepairVenue:
        """The same venue after a restart."""
        data = self.engine.snapshot()
        again = RepairVenue.__new__(RepairVenue)
        again.__dict__.update(self.__dict__)
        engine, fault = restore_engine(self.engine.genesis, data)
        assert engine is not None, fault
        assert engine.snapshot() == data
        again.engine = engine
        return again

    def money(self, kind: int, account_id: int = 0, asset_id: int = USDT) -> int:
        """A ledger account's balance."""
        found = self.engine.state.ledger.account(
            kind=kind, account_id=account_id, asset_id=asset_id
        )
        return int(found.balance)

    def sums(self) -> tuple[list[str], dict[tuple[int, int], int]]:
        """The audit's word, and all balances that are not zero."""
        ledger = self.engine.state.ledger.accounts
        return self.engine.ledger_faults(), {k: int(v.balance) for k, v in ledger.items()}


def harmed(cash: int = 1_000 * WHOLE) -> RepairVenue:
    """Alice bought 10 of Carol at 1,000 and sold them to Bob at 990, which she never wanted."""
    venue = RepairVenue(swap_genesis(usual=cash))
    venue.do(short(CAROL, 10, 1_000))
    venue.do(long(ALICE, 10, 1_000))
    venue.do(long(BOB, 10, 990))
    venue.do(short(ALICE, 10, 990))
    assert (venue.size(ALICE), venue.size(BOB), venue.size(CAROL)) == (0, 10, -10)
    return venue


LOSS = 10 * 10 * TICK  # what Alice lost: ten lots, ten ticks each


def healing(
    *, by: int = 1, algos: list[AlgoRow] | None = None, orders: list[OrderRow] | None = None
):
    """Alice gets her 10 lots back at 1,000 and her loss; house:error is short of them at 990. At
    `by` -1 the opposite.
    """
    cost, sold = by * 10_000 * TICK, by * 9_900 * TICK
    return RepairRows(
        ledger=sorted_rows(
            [
                LedgerRow(LedgerKind.TRADING, ALICE, USDT, 0, by * LOSS),
                LedgerRow(LedgerKind.CLEARING, 0, USDT, BIG, -(cost - sold)),
            ]
        ),
        positions=[
            PositionRow(ALICE, BIG, by * 10, cost, by * LOSS, 0, 0, CROSS, 10),
            PositionRow(ACCOUNT_ID_ERROR, BIG, -by * 10, -sold, 0, 0, 0, CROSS, 10),
        ],
        algos=algos or [],
        orders=orders or [],
    )


def money_rows(*moves: tuple[int, int, int]) -> RepairRows:
    """Rows of money only: (kind, account, amount) in USDT; house:error is the other side."""
    rows = [LedgerRow(kind, account, USDT, 0, amount) for kind, account, amount in moves]
    total = sum(int(row.amount) for row in rows)
    if total:
        rows.append(LedgerRow(LedgerKind.HOUSE_ERROR, 0, USDT, 0, -total))
    return RepairRows(ledger=sorted_rows(rows), positions=[], algos=[], orders=[])


def sorted_rows(rows: list[LedgerRow]) -> list[LedgerRow]:
    """As `rows_fault` wants them."""
    return sorted(rows, key=lambda row: (row.kind, row.account_id, row.asset_id))


def judged(cash: int = 1_000 * WHOLE, rows: RepairRows | None = None) -> RepairVenue:
    """The overlay of Alice's repair stands."""
    venue = harmed(cash)
    venue.load(rows or healing())
    return venue


def delta(venue: RepairVenue, account_id: int) -> tuple[int, int]:
    """Size and cost that the account would have more."""
    found = venue.engine.state.overlay.accounts[account_id].positions[BIG]
    return int(found.size), int(found.cost)


def would_have(venue: RepairVenue, account_id: int) -> tuple[int, int, int]:
    """Cash, size and cost with the repair."""
    state = venue.engine.state
    mine = state.overlay.accounts[account_id]
    found = mine.positions.get(BIG)
    account = state.error_account() if account_id == ACCOUNT_ID_ERROR else state.account(account_id)
    cash = state.trading_account(account, USDT)
    position = state.position(account, state.markets[BIG])
    size, cost = (0, 0) if found is None else (found.size, found.cost)
    return (
        int(cash.balance + mine.amount(cash.key)),
        int(position.size + size),
        int(position.cost + cost),
    )


def equity(venue: RepairVenue, account_id: int) -> int:
    """What the account would be worth at the mark with the repair."""
    cash, size, cost = would_have(venue, account_id)
    return cash + size * venue.mark() * TICK - cost


def post(venue: RepairVenue, rows: RepairRows | None = None) -> None:
    """Post what was sent; nothing breaks."""
    venue.post(encode_rows(rows or healing()))
    assert venue.engine.state.overlay is None
    assert venue.engine.ledger_faults() == []
